//! `GET /me/chat/live`: what changes in the conversation, as server-sent events. The id of each is the number of the
//! newest message, so that a browser that comes back misses nothing.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event;
use axum::response::{IntoResponse as _, Response};
use domain::MessageId;
use futures_util::{Stream, stream};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use super::bubble::Eyes;
use super::doors::{self, Place};
use super::{SHOWN_MAX, write};
use crate::State;
use crate::people::guard::LoggedIn;
use crate::stream::streamed;

/// How often it is looked without a bell, and whether somebody is still logged in.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How long to wait after the store could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// A line to one browser.
struct Line {
    state: State,
    headers: HeaderMap,
    place: Place,
    /// What was told, by its mark.
    told: HashMap<MessageId, String>,
    waiting: VecDeque<Event>,
    /// The newest number that the browser has.
    newest: i64,
    looks: bool,
    is_over: bool,
}

/// Follows the conversation. Who is not logged in hears 401; where no place is free, 429 or 503.
pub(crate) async fn live(state: State, headers: HeaderMap, uri: Uri) -> Response {
    let member = match LoggedIn::of(&state, &headers).await {
        Ok(Some(logged_in)) => logged_in.session.member.profile.id,
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(response) => return response,
    };
    let Some(place) = doors::enter(&state, member) else {
        let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
        let later = HeaderValue::from_static("30");
        response.headers_mut().insert(RETRY_AFTER, later);
        return response;
    };
    let line = Line {
        newest: newest_had(&headers, &uri),
        state,
        headers,
        place,
        told: HashMap::new(),
        waiting: VecDeque::new(),
        looks: true,
        is_over: false,
    };
    streamed(line.stream())
}

/// The number after which to go on; one that is none is from the beginning.
fn newest_had(headers: &HeaderMap, uri: &Uri) -> i64 {
    let again = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let first = || {
        let query = uri.query().unwrap_or_default().as_bytes();
        form_urlencoded::parse(query)
            .find(|(name, _)| name == "after")
            .and_then(|(_, value)| value.parse().ok())
    };
    again.or_else(first).unwrap_or(0)
}

impl Line {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut line| async move {
            let event = line.next().await?;
            Some((Ok(event), line))
        })
    }

    /// What to tell next; `None` when the service shuts down, or nobody is logged in any more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.state.stopping().is_cancelled() {
                return None;
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            if std::mem::take(&mut self.looks) {
                self.place.bell.borrow_and_update();
                self.look().await;
                continue;
            }
            tokio::select! {
                rung = self.place.bell.changed() => rung.ok()?,
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.state.stopping().cancelled() => return None,
            }
            self.looks = true;
        }
    }

    /// Reads the conversation, and who reads it: nothing is told to a browser that was logged out meanwhile.
    async fn look(&mut self) {
        let state = self.state.clone();
        let logged_in = match LoggedIn::of(&state, &self.headers).await {
            Ok(Some(logged_in)) => logged_in,
            Ok(None) => {
                self.is_over = true;
                self.waiting
                    .push_back(Event::default().event("over").data("{}"));
                return;
            }
            Err(_) => return self.rest().await,
        };
        let member = logged_in.session.member.profile.id;
        let records = match state.engine().chat_of(member, SHOWN_MAX).await {
            Ok(records) => records,
            Err(error) => {
                tracing::warn!(%error, "a conversation could not be read; trying again");
                return self.rest().await;
            }
        };
        let is_whole = records.len() < usize::try_from(SHOWN_MAX).unwrap_or(usize::MAX);
        let oldest = records.last().map_or(0, |one| one.seq.0);
        if self.newest > 0 && !is_whole && oldest > self.newest {
            // More was said meanwhile than is read at once.
            self.waiting
                .push_back(Event::default().event("reload").data("{}"));
            self.is_over = true;
            return;
        }
        let eyes = Eyes::of(&state, &logged_in);
        for record in records.iter().rev() {
            let bubble = eyes.see(record);
            if self.told.get(&record.id) == Some(&bubble.mark) {
                continue;
            }
            self.newest = self.newest.max(record.seq.0);
            let event = Event::default()
                .id(self.newest.to_string())
                .event("message")
                .data(write::told(&bubble).to_string());
            self.told.insert(record.id, bubble.mark);
            self.waiting.push_back(event);
        }
        // As much as is read, and not all that ever was.
        self.told
            .retain(|id, _| records.iter().any(|one| one.id == *id));
    }

    async fn rest(&mut self) {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = self.state.stopping().cancelled() => {}
        }
        self.looks = true;
    }
}
