//! Twilio's API: one door for all requests, then the resource the path names.

mod content;
mod create;
mod door;
mod form;
mod media;
mod messages;
mod messaging;
mod numbers;
mod order;
mod paging;

pub(crate) use create::content_type_of;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use crate::error::Refusal;
use crate::simulator::Simulator;
use crate::twilio::door::Seen;

/// Largest request that is read.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// A request whose body has been read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    /// The host it was sent to.
    fn host(&self) -> Option<&str> {
        let host = self.header(header::HOST);
        (!host.is_empty()).then_some(host)
    }

    fn is_form(&self) -> bool {
        self.header(header::CONTENT_TYPE)
            .starts_with("application/x-www-form-urlencoded")
    }
}

/// Twilio's paths.
pub(crate) fn router(simulator: Arc<Simulator>) -> Router {
    let mut router = Router::new();
    for path in [
        "/2010-04-01/{*rest}",
        "/v1/Content",
        "/v1/Content/{*rest}",
        "/v1/ContentAndApprovals",
        "/v1/LegacyContent",
        "/v2/Content",
        "/v2/ContentAndApprovals",
        "/v1/Services",
        "/v1/Services/{*rest}",
        "/v2/Channels/Senders",
        "/v2/Channels/Senders/{*rest}",
        "/v2/Indicators/Typing.json",
    ] {
        router = router.route(path, any(answer));
    }
    router
        .route("/sandbox/media/{sid}", axum::routing::get(media::storage))
        .with_state(simulator)
}

/// Nothing is here, in Twilio's words.
pub(crate) async fn nothing_here(request: Request) -> Response {
    Refusal::not_found(request.uri().path()).into_response()
}

/// Reads a request, lets the door judge it, and answers.
async fn answer(State(simulator): State<Arc<Simulator>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, REQUEST_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or("").to_owned(),
        headers: parts.headers,
        body,
    };
    // A caller that hangs up does not undo its request: what was read is worked on to its end.
    let passing = tokio::spawn(async move { door::pass(&simulator, call).await });
    passing
        .await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The resource a path names. Paths of the 2010 API end in `.json`; the XML of those without is
/// not spoken here.
fn resource(simulator: &Arc<Simulator>, call: &Call, seen: &mut Seen) -> Result<Response, Refusal> {
    let segments: Vec<&str> = call.path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["2010-04-01", "Accounts", account, rest @ ..] => {
            if *account != &*simulator.account {
                return Err(Refusal::not_found(&call.path));
            }
            account_resource(simulator, call, rest, seen)
        }
        ["v1" | "v2", "Content", rest @ ..] => content::resource(simulator, call, rest),
        ["v1" | "v2", "ContentAndApprovals"] => content::list_with_approvals(simulator, call),
        ["v1", "LegacyContent"] => content::list_legacy(simulator, call),
        ["v1", "Services", rest @ ..] => messaging::services(simulator, call, rest),
        ["v2", "Channels", "Senders", rest @ ..] => messaging::senders(simulator, call, rest),
        ["v2", "Indicators", "Typing.json"] => messaging::typing(simulator, call),
        _ => Err(Refusal::not_found(&call.path)),
    }
}

/// A resource below an account.
fn account_resource(
    simulator: &Arc<Simulator>,
    call: &Call,
    rest: &[&str],
    seen: &mut Seen,
) -> Result<Response, Refusal> {
    // The bytes of media are the one path without an ending that is served.
    if let ["Messages", message, "Media", media] = rest
        && !media.contains('.')
    {
        return media::bytes(simulator, call, message, media);
    }
    let Some((last, before)) = rest.split_last() else {
        return Err(Refusal::not_found(&call.path));
    };
    let Some(last) = last.strip_suffix(".json") else {
        return Err(Refusal {
            code: 20404,
            status: 406,
            message: "This sandbox answers in JSON only: let the path end in `.json`".into(),
        });
    };
    let method = call.method.as_str();
    match (method, before, last) {
        ("POST", [], "Messages") => create::create(simulator, call, seen),
        ("GET", [], "Messages") => messages::list(simulator, call),
        ("GET", ["Messages"], sid) => messages::fetch(simulator, call, sid),
        ("POST", ["Messages"], sid) => messages::update(simulator, call, sid),
        ("DELETE", ["Messages"], sid) => messages::delete(simulator, call, sid),
        ("GET", ["Messages", sid], "Media") => media::list(simulator, call, sid),
        ("GET", ["Messages", sid, "Media"], media) => media::fetch(simulator, call, sid, media),
        ("DELETE", ["Messages", sid, "Media"], media) => media::delete(simulator, call, sid, media),
        ("POST", ["Messages", sid], "Feedback") => messages::feedback(simulator, call, sid),
        ("GET", [], "IncomingPhoneNumbers") => numbers::list(simulator, call),
        ("GET", ["IncomingPhoneNumbers"], sid) => numbers::fetch(simulator, call, sid),
        ("POST", ["IncomingPhoneNumbers"], sid) => numbers::update(simulator, call, sid),
        (_, [], "Messages" | "IncomingPhoneNumbers")
        | (_, ["Messages" | "IncomingPhoneNumbers"] | ["Messages", _, "Media"], _)
        | (_, ["Messages", _], "Media" | "Feedback") => Err(Refusal::of(20004)),
        _ => Err(Refusal::not_found(&call.path)),
    }
}

/// A JSON answer.
fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
