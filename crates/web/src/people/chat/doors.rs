//! Who has the chat open on this node, and the bell that rings when something of theirs has changed.
//!
//! The outbox is read once for all of them, and only while somebody is there. A bell carries nothing: whoever hears it
//! reads the store. One that was not heard is made up for by looking again after a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::MemberId;
use store::questions::EventsAfter;
use tokio::sync::watch;

use crate::State;

/// How many places a member has: windows of one browser, or several devices.
const OF_ONE_MAX: usize = 6;

/// How many places there are on a node.
const OF_ALL_MAX: usize = 2_048;

/// How many events are read at once.
const PAGE: u32 = 200;

/// How long to wait after the store could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// The doors of this node.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    rooms: HashMap<MemberId, Room>,
    all: usize,
    /// Whether somebody reads the outbox for them.
    is_read: bool,
}

#[derive(Debug)]
struct Room {
    bell: watch::Sender<u64>,
    places: usize,
}

/// A place in the chat, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    doors: Arc<Doors>,
    member: MemberId,
    /// Changes when something of this member's has changed.
    pub(super) bell: watch::Receiver<u64>,
}

impl Doors {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings for one member.
    pub(super) fn ring(&self, member: MemberId) {
        if let Some(room) = self.open().rooms.get(&member) {
            room.bell.send_modify(|rung| *rung += 1);
        }
    }

    fn ring_all(&self) {
        for room in self.open().rooms.values() {
            room.bell.send_modify(|rung| *rung += 1);
        }
    }

    /// Whether nobody is there any more; the reading ends with that.
    fn close(&self) -> bool {
        let mut open = self.open();
        open.is_read = open.all > 0;
        !open.is_read
    }
}

/// A place for a member, where there is one.
pub(super) fn enter(state: &State, member: MemberId) -> Option<Place> {
    let doors = Arc::clone(state.doors());
    let mut open = doors.open();
    if open.all >= OF_ALL_MAX {
        return None;
    }
    let room = open.rooms.entry(member).or_insert_with(|| Room {
        bell: watch::Sender::new(0),
        places: 0,
    });
    if room.places >= OF_ONE_MAX {
        return None;
    }
    room.places += 1;
    let bell = room.bell.subscribe();
    open.all += 1;
    let begins = !open.is_read;
    open.is_read = true;
    drop(open);
    if begins {
        tokio::spawn(read(state.clone()));
    }
    Some(Place {
        doors,
        member,
        bell,
    })
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.doors.open();
        open.all -= 1;
        if let Some(room) = open.rooms.get_mut(&self.member) {
            room.places -= 1;
            if room.places == 0 {
                open.rooms.remove(&self.member);
            }
        }
    }
}

/// Reads the outbox while anybody is there.
async fn read(state: State) {
    let doors = Arc::clone(state.doors());
    let mut changes = state.engine().outbox_changes();
    let mut after = None;
    loop {
        if state.stopping().is_cancelled() || doors.close() {
            return;
        }
        changes.borrow_and_update();
        let question = EventsAfter {
            after,
            limit: if after.is_some() { PAGE } else { 1 },
        };
        match state.engine().ask().question(question).await {
            Ok(events) => {
                let newest = events.last().map(|event| event.id);
                if after.is_none() {
                    // Whoever came in before this was known looks once more.
                    after = Some(newest.unwrap_or(0));
                    doors.ring_all();
                    continue;
                }
                for event in &events {
                    if let Some(member) = event.member {
                        doors.ring(member);
                    }
                }
                if let Some(newest) = newest {
                    after = Some(newest);
                    continue;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what changed could not be read for the web chat; trying again");
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => continue,
                    () = state.stopping().cancelled() => return,
                }
            }
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(super::live::LOOK_EVERY) => {}
            () = state.stopping().cancelled() => return,
        }
    }
}
