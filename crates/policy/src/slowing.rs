//! What an answer of "too fast" is about, and how long to wait: pure data about the limits of others
//! (facts/twilio.md 7.2, 7.3 and 10, facts/whatsapp.md 1.7). Our own pace stands in [`crate::pacing`].

use domain::Seconds;

/// What has to slow down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Everything that goes through the provider: its interface takes no more at once.
    Account,
    /// One of our numbers.
    Sender,
    /// Writing to people outside a session window: they are counted, for all our numbers together, over a
    /// moving day.
    NewPeople,
    /// One of our numbers to one person.
    Pair,
    /// Marketing to one person: a cap over all businesses that write to them.
    Marketing,
    /// This message, and no other: a cap of the person's carrier, which we do not know.
    Message,
}

impl Limit {
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Sender => "sender",
            Self::NewPeople => "new_people",
            Self::Pair => "pair",
            Self::Marketing => "marketing",
            Self::Message => "message",
        }
    }

    /// The limit of this word.
    pub fn of_code(code: &str) -> Option<Self> {
        [
            Self::Account,
            Self::Sender,
            Self::NewPeople,
            Self::Pair,
            Self::Marketing,
            Self::Message,
        ]
        .into_iter()
        .find(|limit| limit.code() == code)
    }

    /// Whether it is about one person.
    pub const fn is_of_a_person(self) -> bool {
        matches!(self, Self::Pair | Self::Marketing)
    }
}

/// The limit that a provider's number for "too fast" is about; without a number, HTTP 429 itself.
pub const fn limit_of(code: Option<u32>) -> Limit {
    match code {
        // Too many requests at once, too many scheduled ones, the account's daily limit.
        None | Some(20429 | 35125 | 63038) => Limit::Account,
        // Replies in a loop between two numbers; Meta's pace of one person.
        Some(14107 | 131_056) => Limit::Pair,
        // A daily cap of one carrier in the United States.
        Some(30023) => Limit::Message,
        // A queue that is full, a campaign's rate, a number's rate.
        Some(_) => Limit::Sender,
    }
}

/// How long marketing to a person rests after the provider has chosen not to deliver it
/// (facts/whatsapp.md 1.7: at least a day, and repeats may extend it).
pub const fn marketing_rest(code: Option<u32>) -> Option<Seconds> {
    match code {
        Some(63049 | 131_049) => Some(DAY),
        Some(_) | None => None,
    }
}

const DAY: Seconds = Seconds::new(24 * 3600);

/// So many times one after another, and it is no longer the pace that is wrong.
const TIMES: u32 = 3;

/// What to slow down besides, after the same was told so many times, each when the wait before it was over:
/// WhatsApp says with one number (63018) that a number is too fast and that too many people were reached today,
/// and only waiting tells which (facts/twilio.md 7.2).
pub const fn besides(limit: Limit, code: Option<u32>, times: u32) -> Option<(Limit, Seconds)> {
    match (limit, code) {
        (Limit::Sender, Some(63018)) if times >= TIMES => Some((Limit::NewPeople, DAY)),
        _ => None,
    }
}

/// The longest wait for a pair.
const PAIR_MAX: Seconds = Seconds::new(3600);

/// The wait for a pair that was too fast so many times, from 1: 4^X seconds, X from 0
/// (facts/whatsapp.md 1.7).
pub const fn pair_wait(times: u32) -> Seconds {
    let power = if times == 0 { 0 } else { times - 1 };
    if power >= 6 {
        return PAIR_MAX;
    }
    Seconds::new(4_u32.pow(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_slows_what_it_is_about() {
        for (code, limit) in [
            (None, Limit::Account),
            (Some(20429), Limit::Account),
            (Some(63038), Limit::Account),
            (Some(21611), Limit::Sender),
            (Some(30001), Limit::Sender),
            (Some(30022), Limit::Sender),
            (Some(63017), Limit::Sender),
            (Some(63018), Limit::Sender),
            (Some(14107), Limit::Pair),
            (Some(131_056), Limit::Pair),
            (Some(30023), Limit::Message),
        ] {
            assert_eq!(limit_of(code), limit, "{code:?}");
            assert_eq!(Limit::of_code(limit.code()), Some(limit));
        }
        assert_eq!(Limit::of_code("new_people"), Some(Limit::NewPeople));
        assert_eq!(Limit::of_code("nonsense"), None);
    }

    #[test]
    fn a_number_that_stays_too_fast_reaches_nobody_new_for_a_day() {
        assert_eq!(besides(Limit::Sender, Some(63018), 2), None);
        assert_eq!(
            besides(Limit::Sender, Some(63018), 3),
            Some((Limit::NewPeople, DAY))
        );
        assert_eq!(besides(Limit::Sender, Some(30022), 9), None);
    }

    #[test]
    fn a_pair_waits_four_times_as_long_each_time() {
        let waits: Vec<u64> = (1..=9)
            .map(|times| pair_wait(times).as_micros().unsigned_abs() / 1_000_000)
            .collect();
        assert_eq!(waits, [1, 4, 16, 64, 256, 1_024, 3_600, 3_600, 3_600]);
        assert_eq!(pair_wait(0), Seconds::new(1));
    }

    #[test]
    fn marketing_rests_for_a_day_where_the_provider_chose_not_to_deliver_it() {
        assert_eq!(marketing_rest(Some(63049)), Some(DAY));
        assert_eq!(marketing_rest(Some(63018)), None);
        assert_eq!(marketing_rest(None), None);
    }
}
