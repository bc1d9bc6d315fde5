//! `GET /events`: server-sent events of everything that changes, resumable by `Last-Event-ID` as
//! far back as the sandbox remembers. After a gap the first event is `reset`: read all anew.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::observe::Change;
use crate::simulator::Simulator;
use crate::state;

/// Events that are taken from memory at once.
const BATCH: usize = 256;

struct Follower {
    simulator: Arc<Simulator>,
    changed: watch::Receiver<u64>,
    seen: u64,
    ready: VecDeque<Event>,
}

/// Follows all changes after the one named, or from now on.
pub(crate) async fn events(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changed = simulator.changed.subscribe();
    let asked: Option<u64> = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .and_then(|id| id.parse().ok());
    let (seen, gap) = {
        let state = simulator.state();
        let last = state.changes.last();
        match asked {
            Some(id) if id < state.changes.forgotten() || id > last => (last, true),
            Some(id) => (id, false),
            None => (last, false),
        }
    };
    let mut ready = VecDeque::from([Event::default().comment("hello")]);
    if gap {
        ready.push_back(
            Event::default()
                .id(seen.to_string())
                .event("reset")
                .data("{}"),
        );
    }
    let follower = Follower {
        simulator,
        changed,
        seen,
        ready,
    };
    let stream = futures_util::stream::unfold(follower, |mut follower| async move {
        loop {
            if let Some(event) = follower.ready.pop_front() {
                return Some((Ok(event), follower));
            }
            follower.gather();
            if follower.ready.is_empty() {
                let stop = follower.simulator.stop.clone();
                let more = stop.run_until_cancelled(follower.changed.changed()).await;
                more?.ok()?;
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

impl Follower {
    /// Takes what is new from memory.
    fn gather(&mut self) {
        self.changed.mark_unchanged();
        let state = self.simulator.state();
        if self.seen < state.changes.forgotten() {
            self.seen = state.changes.forgotten();
            let gap = Event::default().id(self.seen.to_string()).event("reset");
            self.ready.push_back(gap.data("{}"));
        }
        for (number, change) in state.changes.after(self.seen).take(BATCH) {
            self.seen = number;
            if let Some((name, data)) = shown(&state, &self.simulator, change) {
                let event = Event::default().id(number.to_string()).event(name);
                self.ready.push_back(event.data(data.to_string()));
            }
        }
    }
}

/// An event's name and data; `None` when what it is about has been forgotten.
fn shown(
    state: &state::State,
    simulator: &Simulator,
    change: &Change,
) -> Option<(&'static str, Value)> {
    match change {
        Change::Phone(number) => {
            let phone = state.phones.get(number)?;
            Some(("phone", phone.show(simulator.now())))
        }
        Change::Message(seq) => {
            let record = state.log.get(*seq)?;
            let data = json!({"phone": record.handset(), "message": record.on_handset()});
            Some(("message", data))
        }
        Change::Letter(number) => {
            let letter = state.letters.get(*number)?;
            let owner = Simulator::owner_of(state, letter)?;
            let data = json!({"phone": &*owner, "message": letter.show(Some(&owner))});
            Some(("message", data))
        }
        Change::Status(seq, status, error) => {
            let record = state.log.get(*seq)?;
            let mut data = json!({
                "phone": record.handset(),
                "id": record.sid.to_string(),
                "status": status.as_str(),
            });
            if let (Some(code), Some(fields)) = (error, data.as_object_mut()) {
                fields.insert("error_code".into(), json!(code));
            }
            Some(("status", data))
        }
        Change::Clock(now) => Some(("clock", json!({"now": crate::dates::iso_8601_millis(*now)}))),
        Change::Reset => Some(("reset", json!({}))),
    }
}
