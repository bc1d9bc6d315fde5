//! Where a message goes: a channel and a handle on it. A phone number is not a person: people have
//! addresses, and a WhatsApp address may be a business-scoped id without a number
//! (facts/twilio.md 4.4). In the web chat members are themselves, whatever their phone is.

use std::fmt;
use std::str::FromStr;

use crate::channel::Channel;
use crate::ids::MemberId;
use crate::phone::{PhoneNumber, PhoneNumberError};

/// Who is meant on a channel.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Handle {
    /// A phone number.
    Phone(PhoneNumber),
    /// A WhatsApp business-scoped user id such as `US.13491208655302741918`.
    ScopedUser(Box<str>),
    /// An e-mail address.
    Email(Box<str>),
    /// A member in the web chat, by their id: `mem_…`.
    Member(Box<str>),
    /// Ourselves in the web chat.
    Service,
}

/// How we are called in the web chat.
const SERVICE: &str = "service";

impl Handle {
    /// A member in the web chat.
    pub fn member(id: MemberId) -> Self {
        Self::Member(id.to_string().into())
    }

    /// As databases and wires keep it: `+…`, `US.…`, `ana@…`, `mem_…` or `service`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(number) => number.as_e164(),
            Self::ScopedUser(id) | Self::Email(id) | Self::Member(id) => id,
            Self::Service => SERVICE,
        }
    }

    /// The phone number, where it is one.
    pub fn phone(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Phone(number) => Some(number),
            Self::ScopedUser(_) | Self::Email(_) | Self::Member(_) | Self::Service => None,
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(number) => fmt::Debug::fmt(number, f),
            Self::ScopedUser(_) => f.write_str("ScopedUser(…)"),
            Self::Email(_) => f.write_str("Email(…)"),
            Self::Member(_) => f.write_str("Member(…)"),
            Self::Service => f.write_str("Service"),
        }
    }
}

/// What is wrong with a handle.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HandleError {
    /// A phone number that is none.
    #[error(transparent)]
    Phone(#[from] PhoneNumberError),
    /// Neither a number, nor a business-scoped id, nor an e-mail address, nor a member's id.
    #[error(
        "neither a phone number, nor a business-scoped user id, nor an e-mail address, nor a member's id"
    )]
    Unknown,
}

impl FromStr for Handle {
    type Err = HandleError;
    fn from_str(text: &str) -> Result<Self, HandleError> {
        if text.starts_with('+') {
            return Ok(Self::Phone(text.parse()?));
        }
        if text.len() <= 320
            && text
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
        {
            return Ok(Self::Email(text.into()));
        }
        if is_scoped_user(text) {
            return Ok(Self::ScopedUser(text.into()));
        }
        if text == SERVICE {
            return Ok(Self::Service);
        }
        if text.parse::<MemberId>().is_ok() {
            return Ok(Self::Member(text.into()));
        }
        Err(HandleError::Unknown)
    }
}

/// `[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}` (facts/twilio.md 4.4).
fn is_scoped_user(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A channel and a handle on it: what consent, windows and receipts belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The channel.
    pub channel: Channel,
    /// Who is meant there.
    pub handle: Handle,
}

impl Address {
    /// An SMS address.
    pub fn sms(number: PhoneNumber) -> Self {
        Self {
            channel: Channel::Sms,
            handle: Handle::Phone(number),
        }
    }

    /// A member in the web chat.
    pub fn web(id: MemberId) -> Self {
        Self {
            channel: Channel::Web,
            handle: Handle::member(id),
        }
    }

    /// A WhatsApp address with a number.
    pub fn whatsapp(number: PhoneNumber) -> Self {
        Self {
            channel: Channel::Whatsapp,
            handle: Handle::Phone(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_scoped_id_is_an_address_without_a_number() {
        assert!(matches!(
            "US.13491208655302741918".parse(),
            Ok(Handle::ScopedUser(_))
        ));
        assert!(matches!(
            "US.ENT.13491208655302741918".parse(),
            Ok(Handle::ScopedUser(_))
        ));
        assert_eq!("us.1".parse::<Handle>(), Err(HandleError::Unknown));
        assert!(matches!("ana@example.com".parse(), Ok(Handle::Email(_))));
        assert_eq!("ana".parse::<Handle>(), Err(HandleError::Unknown));
    }

    #[test]
    fn in_the_web_chat_a_member_is_themselves() {
        let id = MemberId::from_bytes([7; 16]);
        let handle = Handle::member(id);
        assert_eq!(handle.as_str().parse(), Ok(handle.clone()));
        assert_eq!(Handle::Service.as_str().parse(), Ok(Handle::Service));
        assert_eq!("mem_1".parse::<Handle>(), Err(HandleError::Unknown));
        assert!(!format!("{handle:?}").contains("mem_"));
    }

    #[test]
    fn debug_names_nobody() {
        let address = Address::sms("+14155550123".parse().unwrap());
        assert!(!format!("{address:?}").contains("5550"));
    }
}
