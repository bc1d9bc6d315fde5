//! The API: forms in, JSON out.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::Stripe;
use super::books::{Portal, Remembered, Session, keep};
use super::objects;
use crate::simulator::Simulator;

type Form = BTreeMap<String, String>;
type Answer = (StatusCode, Value);

fn refused(status: StatusCode, kind: &str, code: Option<&str>, message: &str) -> Answer {
    (status, objects::error(kind, code, message))
}

fn missing(what: &str) -> Answer {
    refused(
        StatusCode::NOT_FOUND,
        "invalid_request_error",
        Some("resource_missing"),
        &format!("No such {what}"),
    )
}

fn invalid(message: &str) -> Answer {
    let kind = "invalid_request_error";
    refused(
        StatusCode::BAD_REQUEST,
        kind,
        Some("parameter_invalid"),
        message,
    )
}

/// Lets a call in, or says why not.
fn door<'a>(simulator: &'a Simulator, headers: &HeaderMap) -> Result<&'a Stripe, Answer> {
    let stripe = simulator
        .stripe
        .as_ref()
        .ok_or_else(|| missing("account"))?;
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if given != stripe.config.secret_key.expose() {
        let message = "Invalid API Key provided";
        return Err(refused(
            StatusCode::UNAUTHORIZED,
            "invalid_request_error",
            None,
            message,
        ));
    }
    if stripe.books().faults.down {
        let message = "The sandbox was told to fail";
        return Err(refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "api_error",
            None,
            message,
        ));
    }
    Ok(stripe)
}

fn shown((status, value): Answer) -> Response {
    (status, Json(value)).into_response()
}

/// Reads a form and answers; the same key with the same body is answered with what was answered before.
fn once(
    simulator: &Simulator,
    headers: &HeaderMap,
    path: &str,
    body: &Bytes,
    work: impl FnOnce(&Stripe, &Form) -> Answer,
) -> Answer {
    let stripe = match door(simulator, headers) {
        Ok(stripe) => stripe,
        Err(answer) => return answer,
    };
    let asked = format!("{path}?{}", String::from_utf8_lossy(body));
    let key = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    if let Some(known) = key
        .as_ref()
        .and_then(|key| stripe.books().keys.get(key).cloned())
    {
        if known.asked != asked {
            let message = "Keys for idempotent requests can only be used with the same parameters they were first used with";
            return refused(StatusCode::BAD_REQUEST, "idempotency_error", None, message);
        }
        let status = StatusCode::from_u16(known.status).unwrap_or(StatusCode::OK);
        return (status, known.answer);
    }
    let form: Form = form_urlencoded::parse(body).into_owned().collect();
    let (status, answer) = work(stripe, &form);
    if let Some(key) = key {
        let remembered = Remembered {
            asked,
            status: status.as_u16(),
            answer: answer.clone(),
        };
        keep(&mut stripe.books().keys, key, remembered);
    }
    (status, answer)
}

/// The entries of a form such as `metadata[name]`.
fn map(form: &Form, name: &str) -> BTreeMap<String, String> {
    form.iter()
        .filter_map(|(key, value)| {
            let key = key
                .strip_prefix(name)?
                .strip_prefix('[')?
                .strip_suffix(']')?;
            Some((key.to_owned(), value.clone()))
        })
        .collect()
}

/// `POST /v1/checkout/sessions`
pub(super) async fn make_session(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let base = simulator.base_url(host);
    let now = simulator.now();
    let path = "/v1/checkout/sessions";
    shown(once(&simulator, &headers, path, &body, |stripe, form| {
        let text = |name: &str| form.get(name).cloned();
        if text("mode").as_deref() != Some("subscription") {
            return invalid("Only mode=subscription is spoken here");
        }
        if text("line_items[0][price]").as_ref() != Some(&stripe.config.price) {
            return refused(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                Some("resource_missing"),
                "No such price",
            );
        }
        let (Some(success_url), Some(cancel_url)) = (text("success_url"), text("cancel_url"))
        else {
            return invalid("success_url and cancel_url are needed");
        };
        let trial_end = text("subscription_data[trial_end]").map(|at| at.parse::<i64>());
        let trial_end = match trial_end.transpose() {
            Ok(at) if at.is_none_or(|at| at >= now.as_seconds() + 48 * 3600) => at,
            Ok(_) | Err(_) => return invalid("trial_end has to be at least 2 days in the future"),
        };
        let mut books = stripe.books();
        let customer = text("customer");
        if customer
            .as_ref()
            .is_some_and(|customer| !books.customers.contains_key(customer))
        {
            return refused(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                Some("resource_missing"),
                "No such customer",
            );
        }
        let session = Session {
            id: books.id("cs_test"),
            member: text("client_reference_id").unwrap_or_default(),
            metadata: map(form, "metadata"),
            plan_metadata: map(form, "subscription_data[metadata]"),
            customer,
            email: text("customer_email"),
            success_url,
            cancel_url,
            trial_end,
            made_at: now.as_seconds(),
            subscription: None,
            declined: false,
        };
        let answer = objects::session(&session, &base, now);
        keep(&mut books.sessions, session.id.clone(), session);
        (StatusCode::OK, answer)
    }))
}

/// `GET /v1/checkout/sessions/{id}`
pub(super) async fn session(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let base = simulator.base_url(None);
    let now = simulator.now();
    shown(match door(&simulator, &headers) {
        Err(answer) => answer,
        Ok(stripe) => match stripe.books().sessions.get(&id) {
            Some(session) => (StatusCode::OK, objects::session(session, &base, now)),
            None => missing("checkout.session"),
        },
    })
}

/// `POST /v1/billing_portal/sessions`
pub(super) async fn make_portal(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let base = simulator.base_url(host);
    let path = "/v1/billing_portal/sessions";
    shown(once(&simulator, &headers, path, &body, |stripe, form| {
        let mut books = stripe.books();
        let customer = form.get("customer").cloned().unwrap_or_default();
        if !books.customers.contains_key(&customer) {
            return refused(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                Some("resource_missing"),
                "No such customer",
            );
        }
        let id = books.id("bps");
        let portal = Portal {
            customer,
            return_url: form.get("return_url").cloned().unwrap_or_default(),
        };
        let answer = serde_json::json!({
            "id": id,
            "object": "billing_portal.session",
            "customer": portal.customer,
            "return_url": portal.return_url,
            "url": format!("{base}/stripe/portal/{id}"),
        });
        keep(&mut books.portals, id, portal);
        (StatusCode::OK, answer)
    }))
}

fn version(headers: &HeaderMap) -> &str {
    headers
        .get("stripe-version")
        .and_then(|value| value.to_str().ok())
        .unwrap_or(objects::EVENT_VERSION)
}

/// `GET /v1/subscriptions/{id}`
pub(super) async fn subscription(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    shown(match door(&simulator, &headers) {
        Err(answer) => answer,
        Ok(stripe) => match stripe.books().subscriptions.get(&id) {
            Some(one) => (
                StatusCode::OK,
                objects::subscription(one, version(&headers)),
            ),
            None => missing("subscription"),
        },
    })
}

/// `DELETE /v1/subscriptions/{id}`: over at once. One that is over already is not there to be cancelled.
pub(super) async fn cancel(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if let Err(answer) = door(&simulator, &headers) {
        return shown(answer);
    }
    let Some(one) = simulator.end_subscription(&id) else {
        return shown(missing("subscription"));
    };
    shown((
        StatusCode::OK,
        objects::subscription(&one, version(&headers)),
    ))
}
