//! Twilio's webhooks for SMS and WhatsApp: messages of members and receipts for ours. Each of the
//! four routes takes either: what a request is about is said by the request, not by the address it
//! came to.
//!
//! This is the hot path under load: no layers, no spans, one read of the body.

use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{Channel, ProviderName};
use engine::EngineError;
use engine::receive::Received;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use providers::twilio::explain::{Explanation, explain};
use providers::twilio::signature::{SETTINGS_HEADER, SIGNATURE_HEADER, SignedRequest, verified};
use providers::twilio::webhook::{parse, parse_pairs};
use providers::{Inbound, Parsed, Receipt};

use crate::State;
use crate::code::Code;
use crate::problem::Problem;
use crate::state::Twilio;
use crate::webhooks::heard::{Refusal, Source};

/// The largest body (G30).
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long the store may take; then 503, so that the provider comes again (G3: within 2 s).
const STORE_DEADLINE: Duration = Duration::from_millis(1_900);

/// The largest body of which it is found out what differs.
const EXPLAINED_BYTES_MAX: usize = 8 * 1024;

/// What differs where no usual mistake does.
const UNEXPLAINED: &str = "no usual mistake explains it: is TWILIO_AUTH_TOKEN the auth token of this account, and is the \
    whole body handed on as it came?";

/// The answer that says nothing, to a message (facts/twilio.md 4.3).
const NOTHING_TO_SAY: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

/// `/api/twilio/sms` and `/api/whatsapp/webhook`.
pub(crate) async fn message(state: State, request: Request) -> Response {
    answer(noted(&state, request).await, Done::Message)
}

/// `/api/twilio/status` and `/api/whatsapp/status`.
pub(crate) async fn status(state: State, request: Request) -> Response {
    answer(noted(&state, request).await, Done::Receipt)
}

/// What was taken, which decides how it is answered.
#[derive(Clone, Copy)]
enum Done {
    Message,
    Receipt,
    /// Nothing to act on: answered as the route answers.
    Nothing,
}

fn answer(taken: Result<Done, Problem>, route: Done) -> Response {
    let done = match taken {
        Ok(Done::Nothing) => route,
        Ok(done) => done,
        Err(problem) => return problem.into_response(),
    };
    match done {
        Done::Message | Done::Nothing => {
            let mut response = NOTHING_TO_SAY.into_response();
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
            response
        }
        Done::Receipt => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn noted(state: &State, request: Request) -> Result<Done, Problem> {
    let source = Source::of_path(request.uri().path());
    let taken = take(state, request).await;
    let now = state.engine().clock().now();
    state.heard().note(source, &taken, now);
    taken
}

async fn take(state: &State, request: Request) -> Result<Done, Problem> {
    let (parts, body) = request.into_parts();
    // Without keys of ours nobody can prove anything: closed (PITFALLS, Security).
    let twilio = state
        .twilio()
        .ok_or_else(|| Problem::of(Code::InvalidSignature))?;
    if !parts.headers.contains_key(SIGNATURE_HEADER) {
        state
            .heard()
            .refuse(refusal(state, &parts, "there is no signature".into()));
        return Err(refused(&"there is no signature"));
    }
    let body = crate::body::read(body, BODY_BYTES_MAX).await?;
    let received = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let url = [state.public_url(), received].concat();
    let content_type = text(&parts.headers, CONTENT_TYPE.as_str());
    let signed = SignedRequest {
        is_get: parts.method == Method::GET,
        url: &url,
        content_type,
        body: &body,
        signature: text(&parts.headers, SIGNATURE_HEADER),
        settings: text(&parts.headers, SETTINGS_HEADER),
    };
    let form = match verified(&signed, &twilio.keys) {
        Ok(form) => form,
        Err(error) => {
            tell_what_differs(state, &parts, &body, error.to_string());
            return Err(refused(&error));
        }
    };
    if !body.is_empty() && !content_type.is_some_and(is_form) {
        return Err(Problem::new(
            Code::InvalidForm,
            "Twilio's webhooks are forms; this body calls itself something else.",
        ));
    }
    let query = parts.uri.query();
    let parsed = match form {
        Some(form) => parse_pairs(query, form),
        None => parse(query, &body),
    };
    let parsed = parsed.map_err(|error| {
        tracing::warn!(%error, "a signed webhook could not be read");
        Problem::new(
            Code::InvalidForm,
            format!("The form cannot be read: {error}."),
        )
    })?;
    match parsed {
        Parsed::Inbound(inbound) => {
            check_account(twilio, &inbound.account)?;
            store_inbound(state, inbound).await?;
            Ok(Done::Message)
        }
        Parsed::Receipt(receipt) => {
            check_account(twilio, &receipt.account)?;
            store_receipt(state, receipt).await?;
            Ok(Done::Receipt)
        }
        Parsed::Ignored { why } => {
            tracing::info!(%why, "a webhook was ignored");
            Ok(Done::Nothing)
        }
    }
}

/// A call that was refused, for whoever looks why. A query may hold anything, and is left out.
pub(super) fn refusal(state: &State, parts: &Parts, why: String) -> Refusal {
    let path = parts.uri.path();
    let said = |name: &str| text(&parts.headers, name).unwrap_or("?");
    let scheme = text(&parts.headers, "x-forwarded-proto").unwrap_or("http");
    let host = text(&parts.headers, "x-forwarded-host").unwrap_or_else(|| said("host"));
    Refusal {
        at: state.engine().clock().now(),
        source: Source::of_path(path),
        seen: format!("{scheme}://{host}{path}"),
        checked: format!("{}{path}", state.public_url()),
        why,
        times: 1,
    }
}

/// Finds out what differs beside the answer, now and then and for small bodies: nobody who calls us can make us work by it.
fn tell_what_differs(state: &State, parts: &Parts, body: &Bytes, plainly: String) {
    let told = refusal(state, parts, plainly);
    if body.len() > EXPLAINED_BYTES_MAX || !state.heard().may_explain() {
        state.heard().refuse(told);
        return;
    }
    let (state, parts, body) = (state.clone(), parts.clone(), body.clone());
    tokio::task::spawn_blocking(move || {
        let Some(twilio) = state.twilio() else { return };
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let url = [state.public_url(), target].concat();
        let signed = SignedRequest {
            is_get: parts.method == Method::GET,
            url: &url,
            content_type: text(&parts.headers, CONTENT_TYPE.as_str()),
            body: &body,
            signature: text(&parts.headers, SIGNATURE_HEADER),
            settings: text(&parts.headers, SETTINGS_HEADER),
        };
        let why = match explain(&signed, &twilio.keys) {
            Explanation::Differs(why) => why.into_owned(),
            Explanation::Valid | Explanation::Unexplained => UNEXPLAINED.to_owned(),
        };
        state.heard().refuse(Refusal { why, ..told });
    });
}

/// A message is finished even when its caller hangs up: the confirmation of a STOP comes after the
/// commit. The deadline is the commit's (G3); the answer to a STOP may wait longer, until nothing
/// to that address can start any more (G14).
async fn store_inbound(state: &State, inbound: Box<Inbound>) -> Result<(), Problem> {
    let engine = state.engine().clone();
    let provider = provider_of(inbound.channel());
    let (committed, commit) = tokio::sync::oneshot::channel();
    let storing = tokio::spawn(async move {
        engine
            .receive_inbound(provider, *inbound, Some(committed))
            .await
    });
    if tokio::time::timeout(STORE_DEADLINE, commit).await.is_err() {
        return Err(too_slow());
    }
    match storing.await {
        Ok(Ok(Received::Ignored { why })) => {
            tracing::info!(why, "an inbound message was not kept");
            Ok(())
        }
        Ok(Ok(Received::Stored | Received::Repeated)) => Ok(()),
        Ok(Err(error)) => Err(passing(error)),
        Err(error) => {
            tracing::error!(%error, "taking in a message broke");
            Err(Problem::of(Code::Internal))
        }
    }
}

async fn store_receipt(state: &State, receipt: Receipt) -> Result<(), Problem> {
    let provider = provider_of(receipt.channel);
    match tokio::time::timeout(
        STORE_DEADLINE,
        state.engine().receive_receipt(provider, receipt),
    )
    .await
    {
        Ok(stored) => stored.map_err(passing),
        Err(_) => Err(too_slow()),
    }
}

/// The column keeps the plan's words: WhatsApp by Twilio is `whatsapp`.
fn provider_of(channel: Channel) -> ProviderName {
    match channel {
        Channel::Whatsapp => ProviderName::Whatsapp,
        Channel::Sms | Channel::Email | Channel::Web => ProviderName::Twilio,
    }
}

fn check_account(twilio: &Twilio, account: &str) -> Result<(), Problem> {
    if account == twilio.account_sid {
        Ok(())
    } else {
        Err(refused(&"it is of another account"))
    }
}

/// One answer for every reason: what would have been right is nobody's business. The reason is for
/// the log, where a wrong `PUBLIC_URL` shows.
fn refused(why: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(%why, "a webhook was refused");
    Problem::of(Code::InvalidSignature)
}

/// A webhook that was not stored comes again, whatever the reason.
fn passing(error: EngineError) -> Problem {
    let problem = Problem::from(error);
    if problem.status().is_server_error() {
        problem
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
            .retry_after(2)
    } else {
        problem
    }
}

fn too_slow() -> Problem {
    tracing::warn!("a webhook could not be stored in time");
    Problem::of(Code::Unavailable).retry_after(2)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_form(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| {
        kind.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}
