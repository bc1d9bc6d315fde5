//! Media: their descriptions, and their bytes behind a redirect to a storage that wants no
//! credentials (facts/twilio.md 1.7).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json as value};

use crate::dates::rfc_2822;
use crate::error::Refusal;
use crate::record::{Media, Record};
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::twilio::door::no_content;
use crate::twilio::form::Form;
use crate::twilio::messages::message_sid;
use crate::twilio::paging::{Asked, envelope};
use crate::twilio::{Call, json};

fn described(account: &str, record: &Record, media: &Media) -> Value {
    value!({
        "sid": media.sid.to_string(),
        "account_sid": account,
        "parent_sid": record.sid.to_string(),
        "content_type": media.content_type,
        "date_created": rfc_2822(record.created),
        "date_updated": rfc_2822(record.updated),
        "uri": format!(
            "/2010-04-01/Accounts/{account}/Messages/{}/Media/{}.json",
            record.sid, media.sid
        ),
    })
}

fn media_sid(call: &Call, text: &str) -> Result<Sid, Refusal> {
    text.parse()
        .ok()
        .filter(|sid: &Sid| sid.kind() == *b"ME")
        .ok_or_else(|| Refusal::not_found(&call.path))
}

/// `GET /Messages/{sid}/Media.json`.
pub(crate) fn list(
    simulator: &Arc<Simulator>,
    call: &Call,
    message: &str,
) -> Result<Response, Refusal> {
    let query = Form::parse(call.query.as_bytes());
    let asked = Asked::read(&query)?;
    let message = message_sid(call, message)?;
    let state = simulator.state();
    let record = state
        .log
        .find(message)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    let items: Vec<Value> = record
        .media
        .iter()
        .map(|media| described(&simulator.account, record, media))
        .collect();
    let body = envelope("media_list", &items, &call.path, &call.query, asked, None);
    Ok(json(StatusCode::OK, &body))
}

/// `GET /Messages/{sid}/Media/{sid}.json`.
pub(crate) fn fetch(
    simulator: &Arc<Simulator>,
    call: &Call,
    message: &str,
    media: &str,
) -> Result<Response, Refusal> {
    let (message, media) = (message_sid(call, message)?, media_sid(call, media)?);
    let state = simulator.state();
    let missing = || Refusal::not_found(&call.path);
    let record = state.log.find(message).ok_or_else(missing)?;
    let found = record
        .media
        .iter()
        .find(|one| one.sid == media)
        .ok_or_else(missing)?;
    Ok(json(
        StatusCode::OK,
        &described(&simulator.account, record, found),
    ))
}

/// `DELETE /Messages/{sid}/Media/{sid}.json`.
pub(crate) fn delete(
    simulator: &Arc<Simulator>,
    call: &Call,
    message: &str,
    media: &str,
) -> Result<Response, Refusal> {
    let (message, media) = (message_sid(call, message)?, media_sid(call, media)?);
    let missing = || Refusal::not_found(&call.path);
    let mut state = simulator.state();
    let seq = state.log.seq_of(message).ok_or_else(missing)?;
    let record = state.log.get_mut(seq).ok_or_else(missing)?;
    let before = record.media.len();
    record.media.retain(|one| one.sid != media);
    if record.media.len() == before {
        return Err(missing());
    }
    state.media.remove(&media.id());
    Ok(no_content())
}

/// The bytes: a redirect to the storage.
pub(crate) fn bytes(
    simulator: &Arc<Simulator>,
    call: &Call,
    message: &str,
    media: &str,
) -> Result<Response, Refusal> {
    if call.method != http::Method::GET {
        return Err(Refusal::of(20004));
    }
    let (message, media) = (message_sid(call, message)?, media_sid(call, media)?);
    let missing = || Refusal::not_found(&call.path);
    let state = simulator.state();
    let record = state.log.find(message).ok_or_else(missing)?;
    let found = record
        .media
        .iter()
        .find(|one| one.sid == media)
        .ok_or_else(missing)?;
    let target = if found.bytes.is_some() {
        let base = call
            .host()
            .and_then(other_name)
            .unwrap_or_else(|| simulator.base_url(call.host()));
        format!("{base}/sandbox/media/{media}")
    } else {
        found.url.clone()
    };
    let target = HeaderValue::from_str(&target).map_err(|_| missing())?;
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, target);
    Ok(response)
}

/// The address by this machine's other name: at Twilio the storage is another host, by which clients
/// know to leave the credentials behind. `None` for hosts that have no other name.
fn other_name(host: &str) -> Option<String> {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, format!(":{port}")),
        None => (host, String::new()),
    };
    let other = match name {
        "127.0.0.1" => "localhost",
        "localhost" => "127.0.0.1",
        _ => return None,
    };
    Some(format!("http://{other}{port}"))
}

/// `GET /sandbox/media/{sid}`: the storage. It refuses credentials, as signed storage URLs do, so
/// that a client which forwards them finds out.
pub(crate) async fn storage(
    State(simulator): State<Arc<Simulator>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        return (
            StatusCode::BAD_REQUEST,
            "Only one way of authentication is allowed: the URL is signed, leave out the \
             Authorization header",
        )
            .into_response();
    }
    let found = sid.parse::<Sid>().ok().and_then(|sid| {
        let state = simulator.state();
        let seq = *state.media.get(&sid.id())?;
        let media = state
            .log
            .get(seq)?
            .media
            .iter()
            .find(|one| one.sid == sid)?;
        Some((media.content_type.clone(), media.bytes.clone()?))
    });
    match found {
        Some((content_type, bytes)) => (
            [
                (header::CONTENT_TYPE, content_type),
                // Somebody's upload: never a page of ours.
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; sandbox".to_owned(),
                ),
            ],
            bytes,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::other_name;

    #[test]
    fn the_storage_is_another_host_on_the_same_machine() {
        let other = |host| other_name(host).unwrap_or_default();
        assert_eq!(other("127.0.0.1:8090"), "http://localhost:8090");
        assert_eq!(other("localhost:8090"), "http://127.0.0.1:8090");
        assert_eq!(other("localhost"), "http://127.0.0.1");
        for host in ["sandbox.example.com", "[::1]:8090", "10.0.0.1:80"] {
            assert_eq!(other_name(host), None, "{host}");
        }
    }
}
