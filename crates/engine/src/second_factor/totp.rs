//! Codes of an app by time (RFC 6238): six digits of HMAC-SHA-1 over the number of the half minute, which is what every
//! app does, whatever else an address asks of it.
//!
//! Which step a code is of is the answer, and not only whether it is right: a step is accepted once.

use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// How long a code is shown, in microseconds.
const STEP_MICROS: i64 = 30_000_000;

/// How many steps a clock may be away.
const SKEW: i64 = 1;

/// The number of the half minute since 1970.
pub(super) const fn step_at(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(STEP_MICROS)
}

/// The code of a step, as it is typed.
fn code(key: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    // RFC 4226 section 5.3: four bytes from where the last half byte says.
    let from = usize::from(hash.last()? & 0x0f);
    let four: [u8; 4] = hash.get(from..from + 4)?.try_into().ok()?;
    let number = u32::from_be_bytes(four) & 0x7fff_ffff;
    Some(format!("{:06}", number % 1_000_000))
}

/// The step a code is of, of those that a clock may be away. All are compared, each in the same time.
pub(super) fn step_of(key: &[u8], typed: &str, at: Timestamp) -> Option<i64> {
    let now = step_at(at);
    (now - SKEW..=now + SKEW).fold(None, |found, step| {
        let right = code(key, step)?;
        let same: bool = right.as_bytes().ct_eq(typed.as_bytes()).into();
        if same { Some(step) } else { found }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of their eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let at = Timestamp::from_seconds(seconds);
            let key = b"12345678901234567890";
            assert_eq!(code(key, step_at(at)).unwrap(), expected, "{seconds}");
            assert_eq!(step_of(key, expected, at), Some(step_at(at)));
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_away_and_not_more() {
        let key = b"12345678901234567890";
        let at = |seconds: i64| Timestamp::from_seconds(1_111_111_110 + seconds);
        let right = code(key, step_at(at(0))).unwrap();
        for (seconds, expected) in [
            (-31, false),
            (-30, true),
            (0, true),
            (59, true),
            (60, false),
        ] {
            let found = step_of(key, &right, at(seconds));
            assert_eq!(found.is_some(), expected, "{seconds} s away");
            assert!(found.is_none_or(|step| step == step_at(at(0))));
        }
    }
}
