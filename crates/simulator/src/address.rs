//! Addresses as Twilio writes them: `+…` for SMS, `whatsapp:+…` for WhatsApp.

use serde::Serialize;

/// The channels of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// SMS and MMS.
    Sms,
    /// WhatsApp.
    Whatsapp,
}

impl Channel {
    /// Its word in the control API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
        }
    }

    /// What stands before a number of it on the wire.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Sms => "",
            Self::Whatsapp => "whatsapp:",
        }
    }

    /// The channel with this word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "sms" | "mms" => Some(Self::Sms),
            "whatsapp" => Some(Self::Whatsapp),
            _ => None,
        }
    }
}

/// Splits the channel off an address.
pub(crate) fn split(address: &str) -> (Channel, &str) {
    match address.strip_prefix("whatsapp:") {
        Some(rest) => (Channel::Whatsapp, rest),
        None => (Channel::Sms, address),
    }
}

/// Whether this is `+` and 7 to 15 digits of which the first is not 0.
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// A number as a person or a client may write it for SMS: spaces, dots, hyphens and parentheses
/// after the `+` are left out, as Twilio does. `None` when no E.164 number remains.
pub(crate) fn tidy(text: &str) -> Option<String> {
    let plain: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')'))
        .collect();
    is_e164(&plain).then_some(plain)
}

/// The country an American or other number belongs to, as far as the webhook's `FromCountry` and the price need
/// it: only the countries with a calling code of their own among the common ones.
pub(crate) fn country(number: &str) -> &'static str {
    const CODES: [(&str, &str); 16] = [
        ("+1", "US"),
        ("+44", "GB"),
        ("+49", "DE"),
        ("+33", "FR"),
        ("+34", "ES"),
        ("+39", "IT"),
        ("+41", "CH"),
        ("+43", "AT"),
        ("+52", "MX"),
        ("+55", "BR"),
        ("+61", "AU"),
        ("+62", "ID"),
        ("+81", "JP"),
        ("+91", "IN"),
        ("+353", "IE"),
        ("+351", "PT"),
    ];
    CODES
        .iter()
        .find(|(code, _)| number.starts_with(code))
        .map_or("", |(_, country)| country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_its_channel() {
        assert_eq!(
            split("whatsapp:+4915112345678"),
            (Channel::Whatsapp, "+4915112345678")
        );
        assert_eq!(split("+14155550123"), (Channel::Sms, "+14155550123"));
        assert_eq!(tidy("+1 (415) 555-0123").as_deref(), Some("+14155550123"));
        assert_eq!(tidy("4155550123"), None);
        assert_eq!(tidy("+0123456789"), None);
    }
}
