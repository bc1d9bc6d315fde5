//! `GET /api/v1/events`: everything that changes, as server-sent events, resumable by id.
//!
//! Events are read from the outbox page by page, so a stream that is far behind costs one page of
//! memory, not its backlog.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::Response;
use axum::response::sse::Event;
use futures_util::{Stream, stream};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use store::questions::EventsAfter;
use store::records::EventRecord;
use tokio::sync::{OwnedSemaphorePermit, watch};
use utoipa::{IntoParams, ToSchema};

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::problem::Problem;
use crate::query::Asked;
use crate::stream::streamed;

/// How many events are read at once.
const PAGE: u32 = 200;

/// How long to wait after the store could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// Where to start.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// The id after which to go on; the header `Last-Event-ID` wins. `0` is from the oldest that is kept,
    /// missing is from now on.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
}

/// The data of one event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventAnswer {
    /// Grows; give the last one back to go on after it.
    id: i64,
    at: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "message.status")]
    kind: String,
    member_id: Option<String>,
    message_id: Option<String>,
    /// A word more: the new status, the channel, the reason.
    #[schema(example = "delivered")]
    detail: String,
}

impl std::convert::From<EventRecord> for EventAnswer {
    fn from(record: EventRecord) -> Self {
        Self {
            id: record.id,
            at: record.at.to_string(),
            kind: record.kind,
            member_id: record.member.map(|id| id.to_string()),
            message_id: record.message.map(|id| id.to_string()),
            detail: record.detail,
        }
    }
}

/// The id a reconnecting client saw last.
#[derive(Debug)]
pub(crate) struct LastEventId(Option<i64>);

impl FromRequestParts<State> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &State) -> Result<Self, Problem> {
        match parts.headers.get("last-event-id") {
            None => Ok(Self(None)),
            Some(value) => {
                id(value.to_str().unwrap_or("?"), "Last-Event-ID").map(|id| Self(Some(id)))
            }
        }
    }
}

fn id(text: &str, field: &str) -> Result<i64, Problem> {
    match text.trim().parse() {
        Ok(id) if id >= 0 => Ok(id),
        Ok(_) | Err(_) => Err(Problem::field(
            field,
            "an event's id is a number, as it came with the event",
        )),
    }
}

/// Follow events
///
/// A stream of everything that changes: `id`, `event` (its type) and `data` as JSON. It ends when
/// the service shuts down; connect again with `Last-Event-ID` and nothing is missed that is still kept
/// (`GYMTEXT_RETAIN_EVENTS_DAYS`): who was away for longer is told so.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "Service", operation_id = "events",
    params(From, ("Last-Event-ID" = Option<i64>, Header, description = "The id seen last")),
    responses(
        (status = 200, description = "Events", body = EventAnswer, content_type = "text/event-stream"),
        (status = 410, description = "What came after this id is no longer kept", body = Problem),
        (status = 429, description = "Too many streams are open", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn events(
    state: State,
    _caller: Caller,
    last: LastEventId,
    from: Asked<From>,
) -> Result<Response, Problem> {
    let permit = state
        .streams()
        .clone()
        .try_acquire_owned()
        .map_err(|_| Problem::of(Code::TooManyStreams).retry_after(5))?;
    let asked = from
        .0
        .after
        .as_deref()
        .map(|text| id(text, "after"))
        .transpose()?;
    // Before the first look, so that nothing falls between the look and the wait.
    let changes = state.engine().outbox_changes();
    let after = if let Some(after) = last.0.or(asked) {
        let pruned = state.engine().events_pruned().await?;
        if let Some(pruned) = pruned.filter(|to| (1..to.event).contains(&after)) {
            let at = pruned.at;
            return Err(Problem::new(
                Code::EventsGone,
                format!(
                    "Events up to {at} are no longer kept; `after=0` begins with the oldest that is."
                ),
            ));
        }
        after
    } else {
        let newest = state
            .engine()
            .ask()
            .question(EventsAfter {
                after: None,
                limit: 1,
            })
            .await?;
        newest.last().map_or(0, |event| event.id)
    };
    let reader = Reader {
        state,
        after,
        changes,
        page: VecDeque::new(),
        _permit: permit,
    };
    Ok(streamed(reader.stream()))
}

struct Reader {
    state: State,
    after: i64,
    changes: watch::Receiver<u64>,
    page: VecDeque<EventRecord>,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut reader| async move {
            let record = reader.next().await?;
            let (id, kind) = (record.id.to_string(), record.kind.clone());
            let data = serde_json::to_string(&EventAnswer::from(record)).unwrap_or_default();
            Some((Ok(Event::default().id(id).event(kind).data(data)), reader))
        })
    }

    /// The next event; `None` when the service shuts down.
    async fn next(&mut self) -> Option<EventRecord> {
        loop {
            if self.state.stopping().is_cancelled() {
                return None;
            }
            if let Some(record) = self.page.pop_front() {
                self.after = record.id;
                return Some(record);
            }
            self.changes.borrow_and_update();
            let question = EventsAfter {
                after: Some(self.after),
                limit: PAGE,
            };
            match self.state.engine().ask().question(question).await {
                Ok(records) if !records.is_empty() => {
                    self.page = records.into();
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a stream of events could not be read; trying again");
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => continue,
                        () = self.state.stopping().cancelled() => return None,
                    }
                }
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                () = self.state.stopping().cancelled() => return None,
            }
        }
    }
}
