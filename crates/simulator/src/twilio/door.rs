//! The door of the API: notes each request, lets in who may, throttles, and makes the faults that
//! were asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use domain::Timestamp;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};

use crate::chance::Thing;
use crate::cut::cut;
use crate::error::Refusal;
use crate::hook::Hook;
use crate::observe::{LedgerLine, Request, Verdict};
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::state::State;
use crate::twilio::form::Form;
use crate::twilio::{Call, resource};

/// What a handler has to say besides its answer.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The message it created, and its sequence number if it is to be carried now.
    pub(crate) created: Option<(Sid, Option<u64>)>,
    /// Twilio's code, when it was refused.
    pub(crate) code: Option<u32>,
}

/// The faults a request meets before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    TooMany(Option<u32>),
    Fails,
    IsCut,
}

/// Counts a request for as long as it is answered.
struct AtOnce<'a>(&'a AtomicUsize);

impl Drop for AtOnce<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Takes a request through the door to its answer.
pub(crate) async fn pass(simulator: &Arc<Simulator>, call: Call) -> Response {
    let arrived = simulator.now();
    let at_once = simulator.at_once.fetch_add(1, Ordering::Relaxed) + 1;
    let _leaving = AtOnce(&simulator.at_once);
    let crowded = simulator
        .config
        .requests_at_once_max
        .is_some_and(|max| at_once > max)
        || simulator.under_way.load(Ordering::Relaxed) > simulator.config.messages_under_way_max;

    let creates = call.method == Method::POST && call.path.ends_with("/Messages.json");
    let (number, before, latency, request_id) = {
        let mut state = simulator.state();
        state.counts.requests += 1;
        let number = state.requests.push(Request {
            at: arrived,
            method: call.method.clone(),
            path: path_and_query(&call).into(),
            form: call.is_form(),
            body: call.body.clone(),
            status: None,
        });
        let before = if crowded {
            Before::TooMany(None)
        } else {
            fault_before(&mut state)
        };
        let id = Sid::new(*b"RQ", state.chance.id(Thing::Token));
        (number, before, state.faults.latency_ms, id)
    };
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }

    let mut seen = Seen::default();
    let mut response = match before {
        Before::IsCut => cut(),
        Before::Fails => refuse(&mut seen, Refusal::of(20500)),
        Before::TooMany(retry_after) => {
            let mut response = refuse(&mut seen, Refusal::of(20429));
            if let Some(seconds) = retry_after {
                let value = HeaderValue::from(seconds);
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Before::Nothing => match authenticate(simulator, &call) {
            Err(refusal) => refuse(&mut seen, refusal),
            Ok(()) => match resource(simulator, &call, &mut seen) {
                Ok(response) => response,
                Err(refusal) => refuse(&mut seen, refusal),
            },
        },
    };

    // Before anybody is told of it: the ledger's order is the order in which attempts were judged,
    // and whoever hears of this one may make the next.
    let line = creates.then(|| enter(simulator, &seen, &call, arrived));
    if let Some((_, carried)) = seen.created {
        response = after_creation(simulator, response, carried).await;
    }
    let lost = response.extensions().get::<crate::cut::Cut>().is_some();
    let status = (!lost).then(|| response.status().as_u16());
    note(simulator, number, line, status, seen.code);
    dress(&mut response, request_id, at_once);
    slow_down(simulator, response)
}

fn path_and_query(call: &Call) -> String {
    if call.query.is_empty() {
        call.path.clone()
    } else {
        format!("{}?{}", call.path, call.query)
    }
}

fn refuse(seen: &mut Seen, refusal: Refusal) -> Response {
    seen.code = Some(refusal.code);
    refusal.into_response()
}

fn fault_before(state: &mut State) -> Before {
    let faults = &state.faults;
    let (many, fails, cuts, retry) = (
        faults.http_429_rate,
        faults.http_5xx_before_rate,
        faults.cut_connection_before_rate,
        faults.retry_after_seconds,
    );
    let chance = &mut state.chance;
    if chance.happens(Thing::CutBefore, cuts) {
        state.counts.cut_on_purpose += 1;
        Before::IsCut
    } else if chance.happens(Thing::TooMany, many) {
        Before::TooMany(retry)
    } else if chance.happens(Thing::FailBefore, fails) {
        state.counts.failed_on_purpose += 1;
        Before::Fails
    } else {
        Before::Nothing
    }
}

/// Basic auth with the account's own credentials or one of its API keys.
fn authenticate(simulator: &Simulator, call: &Call) -> Result<(), Refusal> {
    let given = call.header(header::AUTHORIZATION);
    if simulator.keys.iter().any(|key| key == given) {
        Ok(())
    } else {
        Err(Refusal::of(20003))
    }
}

/// Lets a created message go, and loses the answer where a fault says so.
async fn after_creation(
    simulator: &Arc<Simulator>,
    response: Response,
    carried: Option<u64>,
) -> Response {
    let (fails, cuts, first) = {
        let mut state = simulator.state();
        let (fail, cut, first) = (
            state.faults.http_5xx_after_rate,
            state.faults.cut_connection_after_rate,
            state.faults.callback_before_answer_rate,
        );
        let cuts = state.chance.happens(Thing::CutAfter, cut);
        let fails = !cuts && state.chance.happens(Thing::FailAfter, fail);
        state.counts.cut_on_purpose += u64::from(cuts);
        state.counts.failed_on_purpose += u64::from(fails);
        (
            fails,
            cuts,
            state.chance.happens(Thing::CallbackFirst, first),
        )
    };
    if let Some(seq) = carried {
        if first {
            simulator.carry(seq).await;
        } else {
            simulator.send_off(seq);
        }
    }
    if cuts {
        cut()
    } else if fails {
        Refusal::of(20500).into_response()
    } else {
        response
    }
}

/// Writes an attempt into the ledger; what is answered is not known yet. Returns the line's number.
fn enter(simulator: &Simulator, seen: &Seen, call: &Call, arrived: Timestamp) -> u64 {
    let form = Form::parse(&call.body);
    let verdict = match (seen.created, seen.code) {
        (Some(_), _) => Verdict::Accepted,
        (None, Some(20429 | 20500) | None) => Verdict::Unprocessed,
        (None, Some(_)) => Verdict::Refused,
    };
    let line = LedgerLine {
        at: arrived,
        attempt: form
            .get("StatusCallback")
            .and_then(Hook::parse)
            .and_then(|hook| hook.query_value("attempt"))
            .map(Into::into),
        verdict,
        http: None,
        code: seen.code,
        sid: seen.created.map(|(sid, _)| sid),
        to: form.get("To").unwrap_or("").into(),
        body_hash: Sha256::digest(form.get("Body").unwrap_or("")).into(),
    };
    simulator.state().ledger.push(line)
}

/// Completes the request's note and the ledger's line with what was answered, and counts it.
fn note(
    simulator: &Simulator,
    number: u64,
    line: Option<u64>,
    status: Option<u16>,
    code: Option<u32>,
) {
    let mut state = simulator.state();
    if let Some(request) = state.requests.get_mut(number) {
        request.status = status;
    }
    if let Some(line) = line.and_then(|line| state.ledger.get_mut(line)) {
        line.http = status;
    }
    match code {
        Some(20429) => state.counts.throttled += 1,
        Some(code) if code != 20500 => state.counts.refused += 1,
        _ => {}
    }
}

/// The headers Twilio's answers have.
fn dress(response: &mut Response, request_id: Sid, at_once: usize) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(HeaderName::from_static("twilio-request-id"), id);
    }
    headers.insert(
        HeaderName::from_static("twilio-concurrent-requests"),
        HeaderValue::from(at_once),
    );
    headers.insert(
        HeaderName::from_static("x-powered-by"),
        HeaderValue::from_static("GymText sandbox"),
    );
}

/// Lets an answer trickle out byte by byte where a fault says so.
fn slow_down(simulator: &Simulator, response: Response) -> Response {
    let pause = {
        let mut state = simulator.state();
        let rate = state.faults.slow_bytes_rate;
        state
            .chance
            .happens(Thing::SlowBytes, rate)
            .then_some(state.faults.slow_byte_ms)
    };
    let Some(pause) = pause.map(Duration::from_millis) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let stream = futures_util::stream::once(async move {
        body.collect()
            .await
            .map(http_body_util::Collected::to_bytes)
    });
    let slow = futures_util::stream::unfold(
        (Some(Box::pin(stream)), Bytes::new()),
        move |(source, mut left)| async move {
            let source = match source {
                Some(mut whole) => {
                    left = futures_util::StreamExt::next(&mut whole).await?.ok()?;
                    None
                }
                None => None,
            };
            if left.is_empty() {
                return None;
            }
            tokio::time::sleep(pause).await;
            let byte = left.split_to(1);
            Some((Ok::<_, std::io::Error>(byte), (source, left)))
        },
    );
    Response::from_parts(parts, Body::from_stream(slow))
}

/// 204 without a body.
pub(crate) fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
