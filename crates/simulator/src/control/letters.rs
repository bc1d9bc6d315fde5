//! The letters that came: all of them, and the press of "Unsubscribe" on one, as a mail program does it (RFC 8058).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::{StatusCode, header};
use http_body_util::Full;
use serde_json::Value;

use crate::control::problem::Problem;
use crate::control::said::is_here;
use crate::hook::Patience;
use crate::sid::Sid;
use crate::simulator::Simulator;

/// How long the sender's server may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// `GET /letters`, oldest first, whoever they are to.
pub(crate) async fn list(State(simulator): State<Arc<Simulator>>) -> Json<Vec<Value>> {
    let state = simulator.state();
    let all = state.letters.iter().map(|letter| {
        let owner = Simulator::owner_of(&state, letter);
        letter.show(owner.as_deref())
    });
    Json(all.collect())
}

/// `POST /letters/{id}/unsubscribe`: posts to the address in `List-Unsubscribe`, if it is on this machine.
pub(crate) async fn unsubscribe(
    State(simulator): State<Arc<Simulator>>,
    Path(sid): Path<String>,
) -> Result<StatusCode, Problem> {
    let unknown = || Problem::missing("no_such_letter", "there is no letter with this id");
    let sid: Sid = sid.parse().map_err(|_| unknown())?;
    let place = {
        let state = simulator.state();
        let letter = state.letters.find(sid).ok_or_else(unknown)?;
        letter.unsubscribe().map(str::to_owned)
    };
    let uri: Option<http::Uri> = place.and_then(|place| place.parse().ok());
    let uri = uri.filter(is_here).ok_or_else(|| {
        Problem::conflict(
            "no_such_way",
            "the letter names no address of this machine in `List-Unsubscribe` that takes one press",
        )
    })?;
    let request = http::Request::post(uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from_static(b"List-Unsubscribe=One-Click")))
        .map_err(|_| unknown())?;
    let client = simulator.clients.waiting(Patience::DEFAULT.connect);
    let answer = tokio::time::timeout(ANSWER_WITHIN, client.request(request)).await;
    let refused = |why: &str| Problem::new(StatusCode::BAD_GATEWAY, "not_unsubscribed", why);
    match answer {
        Ok(Ok(response)) if response.status().is_success() => Ok(StatusCode::NO_CONTENT),
        Ok(Ok(response)) => Err(refused(&format!(
            "the sender answered {}",
            response.status().as_u16()
        ))),
        Ok(Err(_)) | Err(_) => Err(refused("the sender does not answer")),
    }
}
