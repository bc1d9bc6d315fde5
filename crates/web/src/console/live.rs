//! `GET /admin/live`: rings whenever something changed, so that an open page asks for itself again. It says
//! nothing more: what changed is on the page.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event;
use axum::response::{IntoResponse as _, Response};
use domain::Secret;
use futures_util::{Stream, stream};
use http::StatusCode;
use store::questions::EventsAfter;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::guard::OnDuty;
use crate::State;
use crate::stream::streamed;

/// How many events are read at once.
const PAGE: u32 = 500;

/// The least time between two rings: a page under full load is made again once a second, not once a message.
const REST: Duration = Duration::from_secs(1);

/// How long an open stream goes on before the browser asks again, and is asked who it is.
const LASTS: Duration = Duration::from_mins(5);

/// Rings.
pub(super) async fn changes(state: State, on_duty: OnDuty) -> Response {
    let Ok(permit) = state.streams().clone().try_acquire_owned() else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    let bell = Bell {
        changes: state.engine().outbox_changes(),
        state,
        secret: on_duty.secret,
        after: None,
        until: tokio::time::Instant::now() + LASTS,
        _permit: permit,
    };
    streamed(bell.stream())
}

struct Bell {
    changes: watch::Receiver<u64>,
    state: State,
    secret: Secret,
    after: Option<i64>,
    until: tokio::time::Instant,
    _permit: OwnedSemaphorePermit,
}

impl Bell {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut bell| async move {
            bell.next().await?;
            // Browsers pass over an event without data.
            Some((Ok(Event::default().event("changed").data("{}")), bell))
        })
    }

    /// When something happened; `None` when it is over.
    async fn next(&mut self) -> Option<()> {
        loop {
            if self.after.is_some() {
                tokio::select! {
                    changed = self.changes.changed() => changed.ok()?,
                    () = tokio::time::sleep_until(self.until) => return None,
                    () = self.state.stopping().cancelled() => return None,
                }
                tokio::time::sleep(REST).await;
            }
            self.changes.borrow_and_update();
            let question = EventsAfter {
                after: self.after,
                limit: PAGE,
            };
            // Whoever was logged out or removed meanwhile hears nothing more.
            if let Ok(None) = self.state.engine().console_session(&self.secret).await {
                return None;
            }
            // A database that is away rings too: whoever looks sees it on the page they ask for.
            let Ok(events) = self.state.engine().ask().question(question).await else {
                tokio::time::sleep(REST).await;
                return Some(());
            };
            let first = self.after.is_none();
            self.after = Some(
                events
                    .last()
                    .map_or(self.after.unwrap_or(0), |last| last.id),
            );
            if !first && !events.is_empty() {
                return Some(());
            }
        }
    }
}
