//! The database's clock, as a node of many goes by it (G28): read at each beat, carried on in between
//! by a clock that nobody sets and that runs on while the machine sleeps.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Clock, Seconds, Timestamp};

use super::{SystemClock, since_boot};

/// By less than this our own clock may have run ahead of the database's without being set back: it does not go
/// back for nothing.
const AHEAD_MAX: Seconds = Seconds::from_millis(250);

/// The database's clock. Until it was first told of, the system's.
#[derive(Debug)]
pub struct DatabaseClock {
    /// Microseconds from the start of the machine to 1970, negative.
    offset: AtomicI64,
}

impl Default for DatabaseClock {
    fn default() -> Self {
        Self {
            offset: AtomicI64::new(SystemClock.now().since(since_boot()).as_micros()),
        }
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        since_boot() + Seconds::from_micros(self.offset.load(Ordering::Relaxed))
    }

    fn steady(&self) -> Timestamp {
        since_boot()
    }

    fn go_by(&self, told: Timestamp, asked: Timestamp) {
        let [told, asked, heard] = [told, asked, since_boot()].map(Timestamp::as_micros);
        let kept = self.offset.load(Ordering::Relaxed);
        self.offset
            .store(offset(kept, told, asked, heard), Ordering::Relaxed);
    }
}

/// Microseconds from the start of the machine to 1970, as they are to be kept: the database showed `told` at some instant
/// between `asked` and `heard`, and nobody knows at which. An answer that is read late, because this process or a COMMIT
/// stood still, says less, and is no reason to go back: what is too old by then would be young again.
fn offset(kept: i64, told: i64, asked: i64, heard: i64) -> i64 {
    let (least, most) = (told - heard, told - asked);
    if kept < least {
        return least;
    }
    if kept - most > AHEAD_MAX.as_micros() {
        return most;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_by_what_it_is_told() {
        let clock = DatabaseClock::default();
        let system = SystemClock.now();
        assert!(clock.now().since(system) < Seconds::new(1));
        let told = system + Seconds::new(40);
        clock.go_by(told, clock.steady());
        assert!(clock.now() >= told);
        // One that was set back sets it back.
        clock.go_by(system - Seconds::new(7), clock.steady());
        assert!(clock.now() < system);
    }

    #[test]
    fn an_answer_allows_what_lies_between_the_question_and_its_hearing() {
        // Milliseconds: what is kept, what was told, when that was asked for and heard, what is kept then.
        for (kept, told, asked, heard, then, why) in [
            (1_000, 1_500, 500, 600, 1_000, "asked, and told at once"),
            (1_000, 1_600, 500, 600, 1_000, "told, and heard at once"),
            (
                1_000,
                1_500,
                500,
                7_500,
                1_000,
                "stood still when it was told",
            ),
            (1_000, 8_500, 500, 7_500, 1_000, "stood still before it was"),
            (
                1_000,
                5_000,
                500,
                7_500,
                1_000,
                "stood still before and after",
            ),
            (1_000, 9_500, 500, 600, 8_900, "the database is ahead"),
            (1_000, 9_500, 500, 7_500, 2_000, "by so much at least"),
            (8_000, 1_500, 500, 600, 1_000, "the database was set back"),
            (
                8_000,
                1_500,
                500,
                7_500,
                1_000,
                "by so much at least, and told late",
            ),
            (1_100, 1_500, 500, 600, 1_100, "ours ran ahead a little"),
        ] {
            let kept = offset(kept * 1_000, told * 1_000, asked * 1_000, heard * 1_000);
            assert_eq!(kept, then * 1_000, "{why}");
        }
    }
}
