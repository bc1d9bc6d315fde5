//! What a member writes that a person has to see at once: that they may harm themselves, an eating disorder, an
//! injury. It goes before every other meaning of a text. A false alarm costs somebody a look; a missed one may cost
//! more: what is not clearly a figure of speech counts.

mod phrases;

use domain::{Seconds, Timestamp};

use crate::words::{Plain, any, without};

/// How long after a safe reply no other one of its kind is given (our own choice): said again and again, it sounds like
/// nobody is there.
pub const REPLY_ONCE_WITHIN: Seconds = Seconds::new(24 * 3600);

/// What it is about, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// They may harm themselves.
    Crisis,
    /// An eating disorder.
    Eating,
    /// An injury, or a body that fails.
    Injury,
}

impl Topic {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Crisis, Self::Eating, Self::Injury];

    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Crisis => "crisis",
            Self::Eating => "eating_disorder",
            Self::Injury => "injury",
        }
    }
}

/// What was left to a person for a topic before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before {
    /// Whether a person has still to look.
    pub is_open: bool,
    /// When the member wrote what was replied to last.
    pub replied_at: Option<Timestamp>,
}

/// The topic of a text, the most urgent where there are several.
pub fn topic(text: &str) -> Option<Topic> {
    let plain = Plain::of(text);
    let words = plain.words();
    let about = |topic: &Topic| {
        let (meant, harmless) = match topic {
            Topic::Crisis => (phrases::CRISIS, phrases::NO_CRISIS),
            Topic::Eating => (phrases::EATING, phrases::NO_EATING),
            Topic::Injury => (phrases::INJURY, phrases::NO_INJURY),
        };
        any(meant, &words) && any(meant, &without(harmless, &words))
    };
    Topic::ALL.iter().copied().find(about)
}

/// Whether a safe reply is given. Until a person has handed the conversation back the rules say no more about it.
pub fn replies(before: Before, now: Timestamp) -> bool {
    !before.is_open
        && before
            .replied_at
            .is_none_or(|at| at + REPLY_ONCE_WITHIN <= now)
}

#[cfg(test)]
mod tests;
