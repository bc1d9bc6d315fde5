//! Who is meant when the same words go to many: conditions on members, all of which must hold.
//!
//! The erased are never meant. Whether somebody may be written to is not asked here: the send planner decides that for
//! each message.

use std::collections::BTreeSet;

use crate::channel::Channel;
use crate::time::{Seconds, Timestamp};

/// The most values of one condition.
pub const VALUES_MAX: usize = 200;

/// The most days of a condition about days.
pub const DAYS_MAX: u16 = 3_650;

/// Conditions on members. Those that are empty ask nothing; with none, everybody is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Their language is one of these: `pt` means `pt-BR` too, `pt-BR` only itself. Lower case.
    pub languages: BTreeSet<Box<str>>,
    /// The country of their phone is one of these, by two letters. Upper case.
    pub countries: BTreeSet<Box<str>>,
    /// They live in one of these IANA time zones.
    pub time_zones: BTreeSet<Box<str>>,
    /// They follow one of these programmes now.
    pub programmes: BTreeSet<Box<str>>,
    /// They prefer one of these channels.
    pub preferred_channels: BTreeSet<Channel>,
    /// They are opted in on at least one of these. The web chat needs no consent, and is none of them.
    pub opted_in: BTreeSet<Channel>,
    /// Whether a WhatsApp session window of theirs is open.
    pub window_open: Option<bool>,
    /// They wrote within so many days.
    pub heard_within_days: Option<u16>,
    /// They did not write within so many days, or never.
    pub silent_for_days: Option<u16>,
    /// They joined at this instant or later.
    pub joined_from: Option<Timestamp>,
    /// They joined before this instant.
    pub joined_before: Option<Timestamp>,
    /// Whether their plan serves them. Judged by `policy`, not by stores.
    pub is_served: Option<bool>,
}

impl Filter {
    /// Whether everybody is meant.
    pub fn is_everybody(&self) -> bool {
        *self == Self::default()
    }

    /// The instant from which on somebody must have written.
    pub fn heard_from(&self, now: Timestamp) -> Option<Timestamp> {
        self.heard_within_days.map(|days| now - days_of(days))
    }

    /// The instant from which on somebody must not have written.
    pub fn silent_from(&self, now: Timestamp) -> Option<Timestamp> {
        self.silent_for_days.map(|days| now - days_of(days))
    }
}

/// Whether somebody of a locale speaks a language: `pt` means `pt-BR` too, `pt-BR` only itself.
pub fn speaks(locale: &str, language: &str) -> bool {
    let base = locale.split('-').next().unwrap_or_default();
    locale.eq_ignore_ascii_case(language) || base.eq_ignore_ascii_case(language)
}

fn days_of(days: u16) -> Seconds {
    Seconds::new(u32::from(days) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_means_all_of_its_countries_and_one_of_a_country_only_that() {
        assert!(speaks("pt-BR", "pt") && speaks("pt-BR", "PT-br") && speaks("en", "en"));
        assert!(!speaks("pt-BR", "pt-PT") && !speaks("pt", "pt-BR") && !speaks("en", ""));
    }

    #[test]
    fn days_are_counted_back_from_now() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let filter = Filter {
            heard_within_days: Some(2),
            ..Filter::default()
        };
        assert_eq!(filter.heard_from(now), Some(now - Seconds::new(172_800)));
        assert_eq!(filter.silent_from(now), None);
        assert!(!filter.is_everybody() && Filter::default().is_everybody());
    }
}
