//! Instants, spans and the clock that is handed in. The system's own clock stands in `app`.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicI64, Ordering};

/// An instant in UTC, in whole microseconds since 1970, which is what both databases keep: a value
/// read back equals the value written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant of 1970.
    pub const EPOCH: Self = Self(0);

    /// From microseconds since 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Seconds {
        Seconds::from_micros(self.0.saturating_sub(earlier.0).max(0))
    }

    /// The same instant for the `jiff` crate.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// From the `jiff` crate, rounded down to a microsecond.
    pub fn from_jiff(at: jiff::Timestamp) -> Self {
        Self(at.as_microsecond())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// RFC 3339 in UTC with microseconds, as the API prints it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.to_jiff())
    }
}

/// A span of time that is never negative, in whole microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seconds(i64);

impl Seconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From whole seconds.
    pub const fn new(seconds: u32) -> Self {
        Self(seconds as i64 * 1_000_000)
    }

    /// From microseconds; a negative number becomes zero.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < 0 { Self(0) } else { Self(micros) }
    }

    /// From milliseconds.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis as i64 * 1_000)
    }

    /// From a number of seconds with a fraction; `None` when it is negative or not a number.
    pub fn from_f64(seconds: f64) -> Option<Self> {
        if !seconds.is_finite() || !(0.0..=3.2e9).contains(&seconds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
        Some(Self((seconds * 1e6).round() as i64))
    }

    /// Microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Seconds with a fraction, for people and wires.
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans here are far below 2^53 microseconds"
    )]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// For the standard library's timers.
    pub fn to_duration(self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0.unsigned_abs())
    }
}

impl fmt::Debug for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.as_f64())
    }
}

impl Add<Seconds> for Timestamp {
    type Output = Self;
    fn add(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Seconds> for Timestamp {
    type Output = Self;
    fn sub(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Seconds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Tells the time. Handed in everywhere, so that a test can hold it still and the demo can move it.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Moves the clock forward, where it can be moved: the demo's and the tests' can, a service's
    /// cannot and returns `false`.
    fn advance(&self, _span: Seconds) -> bool {
        false
    }

    /// The present instant on a clock that nobody sets and that runs on while the machine sleeps, where there is one: for
    /// spans. It says nothing of the date, and compares with its own kind only.
    fn steady(&self) -> Timestamp {
        self.now()
    }

    /// Goes by another clock from now on, where this one can: a node's by the database's (G28). That one showed `told` at
    /// some instant since `asked`, which is [`Clock::steady`] from before it was asked for.
    fn go_by(&self, _told: Timestamp, _asked: Timestamp) {}
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.as_micros()))
    }

    /// Sets it, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn advance(&self, span: Seconds) -> bool {
        self.0.fetch_add(span.as_micros(), Ordering::SeqCst);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_seconds(1_700_000_000).to_string(),
            "2023-11-14T22:13:20.000000Z"
        );
    }

    #[test]
    fn spans_are_never_negative() {
        let early = Timestamp::from_seconds(5);
        let late = Timestamp::from_seconds(8);
        assert_eq!(late.since(early), Seconds::new(3));
        assert_eq!(early.since(late), Seconds::ZERO);
        assert_eq!(Seconds::from_f64(-1.0), None);
        assert_eq!(Seconds::from_f64(0.25), Some(Seconds::from_millis(250)));
    }
}
