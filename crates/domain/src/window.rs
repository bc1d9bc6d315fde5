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

/// How long we have to answer somebody who came by an advertisement for the answer to open a free entry point
/// (facts/whatsapp.md 1.2).
pub const ENTRY: Seconds = Seconds::new(24 * 3600);

/// A free entry point: who writes through an advertisement, and is answered within a day, can be written to without
/// Meta's charge for some days. It is not a window: what may be said stays a matter of [`SessionWindow`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreeEntry {
    /// They came by an advertisement: an answer before this instant opens it.
    pub answer_by: Option<Timestamp>,
    /// It was opened by an answer, and ends then.
    pub free_until: Option<Timestamp>,
}

impl FreeEntry {
    /// By when somebody who came by an advertisement at this time must be answered.
    pub fn answer_by(provider_time: Option<Timestamp>, received_at: Timestamp) -> Timestamp {
        let from = provider_time.map_or(received_at, |at| at.min(received_at));
        from + ENTRY
    }

    /// Whether an answer is still to come that opens one.
    pub fn awaits_answer(self, now: Timestamp) -> bool {
        self.answer_by.is_some_and(|until| now < until)
    }

    /// Whether what is sent now is free of Meta's charge: while it lasts, and the answer that opens it.
    pub fn is_free(self, now: Timestamp) -> bool {
        self.awaits_answer(now) || self.free_until.is_some_and(|until| now < until)
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
    fn an_answer_within_a_day_is_free_and_so_is_what_follows_while_it_lasts() {
        let came = Timestamp::from_seconds(1_000_000);
        let at = |seconds| came + Seconds::new(seconds);
        let pending = FreeEntry {
            answer_by: Some(FreeEntry::answer_by(Some(at(99)), came)),
            free_until: None,
        };
        assert!(pending.awaits_answer(at(86_399)) && pending.is_free(at(86_399)));
        assert!(!pending.awaits_answer(at(86_400)) && !pending.is_free(at(86_400)));
        let opened = FreeEntry {
            answer_by: None,
            free_until: Some(at(90_000)),
        };
        assert!(opened.is_free(at(89_999)) && !opened.awaits_answer(at(0)));
        assert!(!opened.is_free(at(90_000)));
        assert!(!FreeEntry::default().is_free(came));
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
