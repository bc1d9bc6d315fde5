//! The database's clock, as a node of many goes by it (G28): read at each beat, carried on in between
//! by a clock that nobody sets and that runs on while the machine sleeps.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Clock, Seconds, Timestamp};
use rustix::time::{ClockId, clock_gettime};

use super::SystemClock;

/// What is told is late by the way it took. An instant that seems earlier by less than this is such a
/// delay; by more, the database's clock was set back.
const DELAY_MAX: Seconds = Seconds::from_millis(250);

/// The database's clock. Until it was first told of, the system's.
#[derive(Debug)]
pub struct DatabaseClock {
    /// Microseconds from the start of the machine to 1970, negative.
    offset: AtomicI64,
}

impl Default for DatabaseClock {
    fn default() -> Self {
        Self {
            offset: AtomicI64::new(SystemClock.now().as_micros() - since_boot()),
        }
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.offset.load(Ordering::Relaxed) + since_boot())
    }

    fn go_by(&self, now: Timestamp) {
        let told = now.as_micros() - since_boot();
        let kept = self.offset.load(Ordering::Relaxed);
        if told > kept || kept - told > DELAY_MAX.as_micros() {
            self.offset.store(told, Ordering::Relaxed);
        }
    }
}

/// Microseconds since the machine started, its sleep included.
fn since_boot() -> i64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_by_what_it_is_told_and_forgives_the_way_it_took() {
        let clock = DatabaseClock::default();
        let system = SystemClock.now();
        assert!(clock.now().since(system) < Seconds::new(1));
        let told = system + Seconds::new(40);
        clock.go_by(told);
        assert!(clock.now() >= told);
        // The same instant heard a little later does not set it back …
        clock.go_by(told - Seconds::from_millis(100));
        assert!(clock.now() >= told);
        // … and one that was set back does.
        clock.go_by(system - Seconds::new(7));
        assert!(clock.now() < system);
    }
}
