//! Which events an endpoint wants, and when one it did not take is told again.
//!
//! Delays and answers are those the specification of Standard Webhooks recommends
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>, "Deliverability and
//! reliability"); that a line gives way after three tries and an endpoint is stopped after five days are our own
//! (docs/decisions/0033).

use domain::Seconds;

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;

/// Between one try and the next: 75.6 hours in all.
pub const DELAYS: [Seconds; 9] = [
    Seconds::new(5),
    Seconds::new(5 * MINUTE),
    Seconds::new(30 * MINUTE),
    Seconds::new(2 * HOUR),
    Seconds::new(5 * HOUR),
    Seconds::new(10 * HOUR),
    Seconds::new(14 * HOUR),
    Seconds::new(20 * HOUR),
    Seconds::new(24 * HOUR),
];

/// How often the first of a line is tried before the one behind it is: if that one is taken, the first is put aside.
pub const GIVES_WAY_AFTER: u32 = 3;

/// An endpoint that took nothing for so long is stopped.
pub const STOPS_AFTER: Seconds = Seconds::new(5 * 24 * HOUR);

/// The longest an endpoint may ask us to wait.
pub const ASKED_MAX: Seconds = Seconds::new(24 * HOUR);

/// How long the secret before is signed with too.
pub const ROTATION: Seconds = Seconds::new(24 * HOUR);

/// The most patterns of an endpoint.
pub const PATTERNS_MAX: usize = 32;

/// The longest pattern, in characters.
const PATTERN_CHARS_MAX: usize = 80;

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It took the event.
    Taken,
    /// It is gone and wants nothing any more.
    Gone,
    /// Not now.
    NotTaken,
}

/// What a status means; none is no answer. Redirects are not followed, so they take nothing.
pub const fn judge(status: Option<u16>) -> Verdict {
    match status {
        Some(200..300) => Verdict::Taken,
        Some(410) => Verdict::Gone,
        Some(_) | None => Verdict::NotTaken,
    }
}

/// How long after the try with this number (from 1) the next one is: the delay of the table and up to a tenth more, or
/// what the endpoint asked for with 429 or 503 if that is longer. After the last delay, each further one is as long.
pub fn wait(tries: u32, status: Option<u16>, asked: Option<Seconds>, random: u64) -> Seconds {
    let at = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let [.., last] = DELAYS;
    let delay = DELAYS.get(at).copied().unwrap_or(last).as_micros();
    let spread = u64::try_from(delay / 10).unwrap_or(0).max(1);
    let jitter = i64::try_from(random % spread).unwrap_or(0);
    let wait = Seconds::from_micros(delay.saturating_add(jitter));
    match (status, asked) {
        (Some(429 | 503), Some(asked)) => wait.max(asked.min(ASKED_MAX)),
        _ => wait,
    }
}

/// Whether what was put aside is given up after so many tries.
pub fn is_given_up(tries: u32) -> bool {
    usize::try_from(tries).is_ok_and(|tries| tries > DELAYS.len())
}

/// Whether a text can be a pattern: the name of an event, or the beginning of one with `*` at its end.
pub fn is_pattern(text: &str) -> bool {
    let name = text.strip_suffix('*').unwrap_or(text);
    (1..=PATTERN_CHARS_MAX).contains(&text.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte))
}

/// Whether one of the patterns fits an event.
pub fn wants<'a>(patterns: impl IntoIterator<Item = &'a String>, event: &str) -> bool {
    patterns
        .into_iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => event.starts_with(beginning),
            None => event == pattern,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(span: Seconds) -> i64 {
        span.as_micros() / 1_000_000
    }

    #[test]
    fn an_endpoint_is_asked_again_ever_more_seldom() {
        let waits: Vec<i64> = (1..=11)
            .map(|tries| seconds(wait(tries, None, None, 0)))
            .collect();
        assert_eq!(waits[..3], [5, 300, 1_800]);
        let hours: Vec<i64> = waits[3..].iter().map(|wait| wait / 3_600).collect();
        assert_eq!(hours, [2, 5, 10, 14, 20, 24, 24, 24]);
        for random in [0, 1, 77, u64::MAX] {
            let spread = wait(1, None, None, random).as_micros();
            assert!((5_000_000..5_500_000).contains(&spread), "{spread}");
        }
        assert!(!is_given_up(9) && is_given_up(10));
    }

    #[test]
    fn an_endpoint_may_ask_for_more_time_but_not_for_ever() {
        let asked = |status, more| {
            let more = Some(Seconds::new(more));
            seconds(wait(1, Some(status), more, 0))
        };
        assert_eq!(asked(429, 60), 60);
        assert_eq!(asked(503, 60), 60);
        assert_eq!(asked(500, 60), 5);
        assert_eq!(asked(429, 1), 5);
        assert_eq!(asked(429, 1_000_000), 86_400);
    }

    #[test]
    fn only_what_says_so_was_taken() {
        let told = [
            (Some(200), Verdict::Taken),
            (Some(204), Verdict::Taken),
            (Some(299), Verdict::Taken),
            (Some(301), Verdict::NotTaken),
            (Some(404), Verdict::NotTaken),
            (Some(410), Verdict::Gone),
            (Some(500), Verdict::NotTaken),
            (None, Verdict::NotTaken),
        ];
        for (status, verdict) in told {
            assert_eq!(judge(status), verdict, "{status:?}");
        }
    }

    #[test]
    fn patterns_fit_by_name_or_by_beginning() {
        let fits = |pattern: &str, event| wants(&[pattern.to_owned()], event);
        assert!(fits("*", "message.status"));
        assert!(fits("message.*", "message.status"));
        assert!(!fits("message.*", "messages.status"));
        assert!(fits("message.status", "message.status"));
        assert!(!fits("message.status", "message.status.more"));
        for good in ["*", "message.*", "consent.changed", "a_b.c2"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "*.status", "Message.*", "a b", "a**", "ü"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
