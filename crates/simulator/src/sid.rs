//! Sids: two capital letters for the kind, then 32 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

/// A sid such as `SM0123…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sid {
    kind: [u8; 2],
    id: u128,
}

impl Sid {
    /// From its two letters and its number.
    pub(crate) const fn new(kind: [u8; 2], id: u128) -> Self {
        Self { kind, id }
    }

    /// Its two letters.
    pub(crate) const fn kind(self) -> [u8; 2] {
        self.kind
    }

    /// The same number with other letters, for things that belong together one to one.
    pub(crate) const fn with_kind(self, kind: [u8; 2]) -> Self {
        Self { kind, id: self.id }
    }

    /// Its number.
    pub(crate) const fn id(self) -> u128 {
        self.id
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.kind;
        write!(f, "{}{}{:032x}", char::from(a), char::from(b), self.id)
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not two letters and 32 hexadecimal digits.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a sid is two capital letters and 32 hexadecimal digits")]
pub struct NotASid;

impl FromStr for Sid {
    type Err = NotASid;
    fn from_str(text: &str) -> Result<Self, NotASid> {
        let (kind, digits) = text.split_at_checked(2).ok_or(NotASid)?;
        let &[a, b] = kind.as_bytes() else {
            return Err(NotASid);
        };
        let shaped = a.is_ascii_uppercase()
            && b.is_ascii_uppercase()
            && digits.len() == 32
            && digits.bytes().all(|c| c.is_ascii_hexdigit());
        if !shaped {
            return Err(NotASid);
        }
        let id = u128::from_str_radix(digits, 16).map_err(|_| NotASid)?;
        Ok(Self { kind: [a, b], id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sid_reads_back_as_it_was_written() {
        let sid = Sid::new(*b"SM", 0xabc);
        assert_eq!(sid.to_string(), "SM00000000000000000000000000000abc");
        assert_eq!(sid.to_string().parse(), Ok(sid));
        assert_eq!(sid.to_string().to_uppercase().parse(), Ok(sid));
        assert_eq!("SM12".parse::<Sid>(), Err(NotASid));
        assert_eq!("sm".parse::<Sid>(), Err(NotASid));
    }
}
