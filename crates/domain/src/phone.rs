//! Phone numbers in E.164 form. What people type is read by libphonenumber's rules in
//! [`PhoneNumber::from_input`]; what wires and databases hold is already E.164 and parsed strictly.

mod input;

use std::fmt;
use std::str::FromStr;

pub use input::{ParsedPhone, PhoneInputError, PhoneKind};

/// A phone number in E.164 form: `+`, then 7 to 15 digits.
///
/// ITU-T E.164 sets the upper bound; the lower one is ours. `Debug` shows the last two digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Box<str>);

/// What is wrong with the shape of a number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PhoneNumberError {
    /// Not in international form.
    #[error("a phone number starts with `+`")]
    MissingPlus,
    /// Something else than a digit after the plus.
    #[error("a phone number has digits only after the `+`, found {found:?} at {at}")]
    NotADigit {
        /// What stood there.
        found: char,
        /// Its place, counted in bytes from 0.
        at: usize,
    },
    /// Too short or too long.
    #[error("a phone number has 7 to 15 digits, this one has {digits}")]
    Length {
        /// How many there were.
        digits: usize,
    },
}

impl PhoneNumber {
    /// The whole number with its `+`.
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The number for logs and public pages: country and last two digits, `+1•••••••23`.
    pub fn masked(&self) -> String {
        let digits = self.0.len().saturating_sub(4);
        format!(
            "{}{}{}",
            self.0.get(..2).unwrap_or("+"),
            "•".repeat(digits),
            self.0.get(self.0.len() - 2..).unwrap_or("")
        )
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;
    fn from_str(text: &str) -> Result<Self, PhoneNumberError> {
        let digits = text
            .strip_prefix('+')
            .ok_or(PhoneNumberError::MissingPlus)?;
        if let Some((at, found)) = digits.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(PhoneNumberError::NotADigit { found, at: at + 1 });
        }
        if !(7..=15).contains(&digits.len()) {
            return Err(PhoneNumberError::Length {
                digits: digits.len(),
            });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PhoneNumber(…{})",
            self.0.get(self.0.len() - 2..).unwrap_or("")
        )
    }
}
