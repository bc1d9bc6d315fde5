//! The WhatsApp session window: 24 h of free text since the member last wrote
//! (facts/whatsapp.md 1.1, GUARANTEES 2.6). It belongs to a pair of our sender and their address.

use crate::time::{Seconds, Timestamp};

/// How long a qualifying inbound message opens the window (facts/whatsapp.md 1.1).
pub const WINDOW: Seconds = Seconds::new(24 * 3600);

/// A window as last known. `ends_at` only moves forward, except when the provider closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionWindow {
    /// When it ends, if nothing else happens.
    pub ends_at: Timestamp,
}

impl SessionWindow {
    /// The window a message opens: the earlier of the provider's time and our receipt counts, so a
    /// timestamp in the future is cut to now (G19).
    pub fn opened_by(provider_time: Option<Timestamp>, received_at: Timestamp) -> Self {
        let from = provider_time.map_or(received_at, |at| at.min(received_at));
        Self {
            ends_at: from + WINDOW,
        }
    }

    /// Whether free text may still start: the whole call must end `margin` before the end (G19).
    pub fn is_open(self, now: Timestamp, deadline: Seconds, margin: Seconds) -> bool {
        now + deadline + margin < self.ends_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_timestamp_is_cut_to_now() {
        let now = Timestamp::from_seconds(1_000_000);
        let opened = SessionWindow::opened_by(Some(now + Seconds::new(99)), now);
        assert_eq!(opened.ends_at, now + WINDOW);
    }

    #[test]
    fn it_closes_early_by_the_margin_and_the_call() {
        let now = Timestamp::from_seconds(1_000_000);
        let window = SessionWindow::opened_by(None, now);
        let (deadline, margin) = (Seconds::new(10), Seconds::new(120));
        assert!(window.is_open(now + Seconds::new(24 * 3600 - 131), deadline, margin));
        assert!(!window.is_open(now + Seconds::new(24 * 3600 - 130), deadline, margin));
    }
}
