//! The clocks: the system's, which only this crate reads, the database's, and one that can be moved,
//! for the demo.

mod database;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

pub use database::DatabaseClock;
use domain::{Clock, Seconds, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the system's clock"
        )]
        let now = SystemTime::now();
        let micros = match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros)
            }
        };
        Timestamp::from_micros(micros)
    }

    fn steady(&self) -> Timestamp {
        since_boot()
    }
}

/// When the machine started, and what has passed since, its sleep included.
fn since_boot() -> Timestamp {
    let now = clock_gettime(ClockId::Boottime);
    Timestamp::from_micros(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)
}

/// The system's clock and what it was moved forward by: the demo's, shared by product and sandbox.
#[derive(Debug, Default)]
pub struct MovableClock {
    ahead_micros: AtomicI64,
}

impl MovableClock {
    /// One that is ahead of the system's by this much already.
    pub fn ahead_by(span: Seconds) -> Self {
        Self {
            ahead_micros: AtomicI64::new(span.as_micros()),
        }
    }

    /// How far it is ahead of the system's.
    pub fn ahead(&self) -> Seconds {
        Seconds::from_micros(self.ahead_micros.load(Ordering::SeqCst))
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.ahead()
    }

    fn steady(&self) -> Timestamp {
        since_boot() + self.ahead()
    }

    fn advance(&self, span: Seconds) -> bool {
        self.ahead_micros
            .fetch_add(span.as_micros(), Ordering::SeqCst);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_clock_goes_on_from_where_it_was_moved_to() {
        let clock = MovableClock::default();
        let before = clock.now();
        assert!(clock.advance(Seconds::new(3600)));
        let after = clock.now();
        assert!(after.since(before) >= Seconds::new(3600));
        assert!(after.since(before) < Seconds::new(3660));
        assert!(!SystemClock.advance(Seconds::new(1)));
    }
}
