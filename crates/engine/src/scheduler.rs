//! Lanes in memory: which place may go next. One owner, no locks, no IO: it is told what was
//! committed and what the time is, and says which heads to take (STACK section 0).
//!
//! A lane has one current place. It is *ready* (in a ring), *timed* (not before an instant),
//! *claimed* (with the dispatcher) or *occupied* (an open attempt, a receipt waited for). Places
//! behind it wait as numbers: nothing of a message is kept here, so memory follows the number of
//! lanes and places, not their content (G29).

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, VecDeque};

use domain::{Priority, Timestamp};
use rustc_hash::FxHashMap;
use store::{LaneKey, Notice, Seq};

/// A place's number with its priority in the lowest two bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(i64);

impl Place {
    fn new(seq: Seq, priority: Priority) -> Self {
        Self((seq.0 << 2) | priority as i64)
    }

    fn seq(self) -> Seq {
        Seq(self.0 >> 2)
    }

    fn ring(self) -> usize {
        usize::try_from(self.0 & 3).unwrap_or(0).min(2)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Ready,
    Timed,
    Claimed,
    Occupied,
}

struct Lane {
    current: Place,
    /// The instant of the timer that counts, or `i64::MAX`.
    timer: i64,
    #[expect(
        clippy::box_collection,
        reason = "a lane mostly holds one place: 8 bytes instead of 32 in a map of a million"
    )]
    rest: Option<Box<VecDeque<Place>>>,
    state: State,
    /// Whether a ring holds this lane's key. Entries are dropped when they are reached, not
    /// searched for.
    ringed: bool,
}

const NO_TIMER: i64 = i64::MAX;

/// What [`Scheduler::wake`] found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Woken {
    /// Occupied places whose timer ran out: the store must look at them again.
    pub(crate) elapsed: Vec<(LaneKey, Seq)>,
}

/// The lanes of this process.
#[derive(Default)]
pub(crate) struct Scheduler {
    lanes: FxHashMap<LaneKey, Lane>,
    ready: [VecDeque<LaneKey>; 3],
    timers: BinaryHeap<Reverse<(i64, LaneKey)>>,
}

impl Scheduler {
    /// Takes in what was committed.
    pub(crate) fn note(&mut self, notice: &Notice, now: Timestamp) {
        match *notice {
            Notice::Waiting {
                lane,
                seq,
                priority,
                due,
            } => self.waiting(lane, Place::new(seq, priority), due, now),
            Notice::Occupied { lane, seq, until } => self.occupied(lane, seq, until),
            Notice::Freed { lane, seq } => self.freed(lane, seq),
            Notice::Lost(shards) => self.lanes.retain(|lane, _| !shards.contains(lane.shard())),
            Notice::Events | Notice::Inbound | Notice::Switches => {}
        }
    }

    fn waiting(&mut self, key: LaneKey, place: Place, due: Option<Timestamp>, now: Timestamp) {
        let due = due
            .filter(|due| *due > now)
            .map_or(NO_TIMER, Timestamp::as_micros);
        match self.lanes.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(Lane {
                    current: place,
                    timer: due,
                    rest: None,
                    state: State::Timed,
                    ringed: false,
                });
                self.set_out(key);
            }
            Entry::Occupied(mut entry) => {
                let lane = entry.get_mut();
                if lane.current.seq() == place.seq() {
                    // Given back, held, released early, or to be tried again.
                    lane.current = place;
                    lane.timer = due;
                    lane.state = State::Timed;
                    self.set_out(key);
                } else {
                    let rest = lane.rest.get_or_insert_default();
                    match rest.back() {
                        Some(last) if last.seq() >= place.seq() => {
                            if let Err(at) =
                                rest.binary_search_by_key(&place.seq(), |other| other.seq())
                            {
                                rest.insert(at, place);
                            }
                        }
                        Some(_) | None => rest.push_back(place),
                    }
                }
            }
        }
    }

    /// Puts a lane whose current place waits into the ring, or sets its timer.
    fn set_out(&mut self, key: LaneKey) {
        let Some(lane) = self.lanes.get_mut(&key) else {
            return;
        };
        if lane.timer == NO_TIMER {
            lane.state = State::Ready;
            if lane.ringed {
                return;
            }
            if let Some(ring) = self.ready.get_mut(lane.current.ring()) {
                lane.ringed = true;
                ring.push_back(key);
            }
        } else {
            lane.state = State::Timed;
            self.timers.push(Reverse((lane.timer, key)));
        }
    }

    fn occupied(&mut self, key: LaneKey, seq: Seq, until: Option<Timestamp>) {
        let timer = until.map_or(NO_TIMER, Timestamp::as_micros);
        match self.lanes.entry(key) {
            Entry::Vacant(entry) => {
                let current = Place::new(seq, Priority::Normal);
                entry.insert(Lane {
                    current,
                    timer,
                    rest: None,
                    state: State::Occupied,
                    ringed: false,
                });
            }
            Entry::Occupied(mut entry) => {
                let lane = entry.get_mut();
                if lane.current.seq() == seq {
                    lane.state = State::Occupied;
                    lane.timer = timer;
                } else if lane.state == State::Ready || lane.state == State::Timed {
                    // The occupant comes before what waits: the first scan tells them in the order
                    // of their numbers, a late settlement may not.
                    let waiting = lane.current;
                    let rest = lane.rest.get_or_insert_default();
                    let at = rest
                        .binary_search_by_key(&waiting.seq(), |other| other.seq())
                        .unwrap_or_else(|at| at);
                    rest.insert(at, waiting);
                    lane.current = Place::new(seq, Priority::Normal);
                    lane.state = State::Occupied;
                    lane.timer = timer;
                } else {
                    return;
                }
            }
        }
        if timer != NO_TIMER {
            self.timers.push(Reverse((timer, key)));
        }
    }

    fn freed(&mut self, key: LaneKey, seq: Seq) {
        let Entry::Occupied(mut entry) = self.lanes.entry(key) else {
            return;
        };
        let lane = entry.get_mut();
        if lane.current.seq() != seq {
            if let Some(rest) = lane.rest.as_mut() {
                rest.retain(|place| place.seq() != seq);
            }
            return;
        }
        match lane.rest.as_mut().and_then(|rest| rest.pop_front()) {
            Some(next) => {
                lane.current = next;
                lane.timer = NO_TIMER;
                if lane.rest.as_ref().is_some_and(|rest| rest.is_empty()) {
                    lane.rest = None;
                }
                self.set_out(key);
            }
            None => {
                entry.remove();
            }
        }
    }

    /// Takes up to `most` heads, answers before daily work before broadcasts.
    pub(crate) fn claim(&mut self, most: usize, claimed: &mut Vec<(LaneKey, Seq)>) {
        for ring in &mut self.ready {
            while claimed.len() < most {
                let Some(key) = ring.pop_front() else { break };
                if let Some(lane) = self.lanes.get_mut(&key) {
                    lane.ringed = false;
                    if lane.state == State::Ready {
                        lane.state = State::Claimed;
                        claimed.push((key, lane.current.seq()));
                    }
                }
            }
        }
    }

    /// The dispatcher could not do it now: the head goes back until `due`. Not kept anywhere.
    pub(crate) fn give_back(&mut self, key: LaneKey, seq: Seq, due: Option<Timestamp>) {
        let Some(lane) = self.lanes.get_mut(&key) else {
            return;
        };
        if lane.current.seq() == seq && lane.state == State::Claimed {
            lane.timer = due.map_or(NO_TIMER, Timestamp::as_micros);
            self.set_out(key);
        }
    }

    /// A claimed place turned out to be over. Anybody else's place of that number is left alone.
    pub(crate) fn gone(&mut self, key: LaneKey, seq: Seq) {
        let claimed = |lane: &Lane| lane.current.seq() == seq && lane.state == State::Claimed;
        if self.lanes.get(&key).is_some_and(claimed) {
            self.freed(key, seq);
        }
    }

    /// Whether a head could be claimed now.
    pub(crate) fn has_ready(&self) -> bool {
        self.ready.iter().any(|ring| !ring.is_empty())
    }

    /// How many heads could be claimed now, at most.
    pub(crate) fn ready_count(&self) -> usize {
        self.ready.iter().map(VecDeque::len).sum()
    }

    /// When the next timer runs out.
    pub(crate) fn next_timer(&self) -> Option<Timestamp> {
        self.timers
            .peek()
            .map(|Reverse((at, _))| Timestamp::from_micros(*at))
    }

    /// Runs the timers that are due.
    pub(crate) fn wake(&mut self, now: Timestamp) -> Woken {
        let mut woken = Woken::default();
        while let Some(Reverse((at, key))) = self.timers.peek().copied() {
            if at > now.as_micros() {
                break;
            }
            self.timers.pop();
            let Some(lane) = self.lanes.get_mut(&key) else {
                continue;
            };
            if lane.timer != at {
                continue; // an older timer of this lane
            }
            lane.timer = NO_TIMER;
            match lane.state {
                State::Timed => self.set_out(key),
                State::Occupied => woken.elapsed.push((key, lane.current.seq())),
                State::Ready | State::Claimed => {}
            }
        }
        woken
    }

    /// An elapsed place could not be looked at: try again at `at`, unless what was committed
    /// meanwhile has given it a timer of its own.
    pub(crate) fn watch_again(&mut self, key: LaneKey, seq: Seq, at: Timestamp) {
        let Some(lane) = self.lanes.get_mut(&key) else {
            return;
        };
        if lane.current.seq() == seq && lane.state == State::Occupied && lane.timer == NO_TIMER {
            lane.timer = at.as_micros();
            self.timers.push(Reverse((lane.timer, key)));
        }
    }

    /// How many lanes hold anything.
    pub(crate) fn lane_count(&self) -> usize {
        self.lanes.len()
    }
}

#[cfg(test)]
mod tests;
