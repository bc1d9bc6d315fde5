//! Codes that prove whose phone it is (G34): how long one holds, how many tries it has, and how many may be asked
//! for. Making and comparing them is for the engine; counting is for the store.

use domain::Seconds;

/// How long a code holds.
pub const VALID: Seconds = Seconds::new(600);

/// How many digits it has.
pub const DIGITS: usize = 6;

/// How many tries it has.
pub const TRIES_MAX: u32 = 5;

/// How long somebody stays logged in.
pub const SESSION: Seconds = Seconds::new(30 * 24 * 3600);

/// How long somebody of the team stays logged in: a working day.
pub const CONSOLE_SESSION: Seconds = Seconds::new(12 * 3600);

/// How many codes may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// For one address within an hour.
    pub address_per_hour: u32,
    /// From one block of the network within an hour.
    pub network_per_hour: u32,
    /// For all addresses of a country within a day.
    pub country_per_day: u32,
    /// For all addresses within a day.
    pub per_day: u32,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            address_per_hour: 3,
            network_per_hour: 10,
            country_per_day: 500,
            per_day: 1_000,
        }
    }
}

/// Six digits out of 64 random bits: the remainder prefers no code by more than one in 10^13.
pub fn digits(random: u64) -> String {
    format!("{:06}", random % 1_000_000)
}

/// The digits of what somebody typed, where it may be a code: people leave gaps and hyphens between them.
pub fn typed(text: &str) -> Option<String> {
    let found: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '\u{2013}'))
        .take(DIGITS + 1)
        .collect();
    (found.len() == DIGITS && found.bytes().all(|b| b.is_ascii_digit())).then_some(found)
}

/// The block of the network an address belongs to: what one household or one server has to itself (our own choice:
/// 24 bits of version 4, 56 of version 6).
pub fn network_of(address: std::net::IpAddr) -> String {
    match address.to_canonical() {
        std::net::IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        std::net::IpAddr::V6(v6) => {
            let kept = u128::from(v6) & (u128::MAX << 72);
            format!("{}/56", std::net::Ipv6Addr::from(kept))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits_whatever_the_number() {
        for (random, code) in [
            (0, "000000"),
            (7, "000007"),
            (999_999, "999999"),
            (1_000_001, "000001"),
        ] {
            assert_eq!(digits(random), code);
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for (text, code) in [
            ("123456", Some("123456")),
            (" 123 456 ", Some("123456")),
            ("123-456", Some("123456")),
            ("12345", None),
            ("1234567", None),
            ("12345a", None),
            ("١٢٣٤٥٦", None),
            ("", None),
        ] {
            assert_eq!(typed(text).as_deref(), code, "{text}");
        }
    }

    #[test]
    fn neighbours_in_the_network_are_counted_together() {
        for (address, block) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.9", "203.0.113.0/24"),
            ("2001:db8:1:22ff::1", "2001:db8:1:2200::/56"),
        ] {
            assert_eq!(network_of(address.parse().unwrap()), block);
        }
    }
}
