//! Phone numbers as people type them, by Google's numbering plans (`rlibphonenumber`): all
//! countries, any common way of writing, and a reason when it is none.
//!
//! Letters are refused, also where a plan would spell them out (1-800-FLOWERS): in a sign-up form
//! they are a mistake. Extensions are refused because nothing can be texted to them.

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, PhoneNumberType, Region,
    ValidationError,
};

use super::PhoneNumber;

/// The most characters that are looked at.
const CHARS_MAX: usize = 60;

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

    /// Whether a text can arrive there, as far as the numbering plan tells.
    pub const fn may_take_texts(self) -> bool {
        match self {
            Self::Mobile | Self::FixedOrMobile | Self::Voip | Self::TollFree | Self::Other => true,
            Self::FixedLine | Self::Premium => false,
        }
    }
}

impl From<PhoneNumberType> for PhoneKind {
    fn from(kind: PhoneNumberType) -> Self {
        match kind {
            PhoneNumberType::Mobile => Self::Mobile,
            PhoneNumberType::FixedLine => Self::FixedLine,
            PhoneNumberType::FixedLineOrMobile => Self::FixedOrMobile,
            PhoneNumberType::TollFree => Self::TollFree,
            PhoneNumberType::PremiumRate => Self::Premium,
            PhoneNumberType::VoIP => Self::Voip,
            PhoneNumberType::SharedCost
            | PhoneNumberType::PersonalNumber
            | PhoneNumberType::Pager
            | PhoneNumberType::UAN
            | PhoneNumberType::VoiceMail
            | PhoneNumberType::Unknown => Self::Other,
        }
    }
}

/// Why a number as typed is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneInputError {
    /// Nothing was typed.
    #[error("a phone number is needed")]
    Empty,
    /// Nothing that looks like a number.
    #[error("this does not look like a phone number")]
    NotANumber,
    /// Letters in it.
    #[error("a phone number has no letters")]
    Letters,
    /// An extension.
    #[error("a number with an extension cannot be texted; give it without")]
    Extension,
    /// Neither `+` nor a country.
    #[error("start the number with `+` and the country code, or say which country it is from")]
    CountryNeeded,
    /// Not a country we have a numbering plan for.
    #[error("`{found}` is not a country with phone numbers; use two letters such as `US` or `ES`")]
    UnknownCountry {
        /// What was given.
        found: Box<str>,
    },
    /// The digits after `+` begin with no country code.
    #[error("no country has a code like the one this number starts with")]
    UnknownCallingCode,
    /// Too few digits.
    #[error("this number is too short{}", of(country.as_deref()))]
    TooShort {
        /// The country it was judged for.
        country: Option<Box<str>>,
    },
    /// Complete only with an area code.
    #[error("the area code is missing{}", of(country.as_deref()))]
    AreaCodeMissing {
        /// The country it was judged for.
        country: Option<Box<str>>,
    },
    /// Too many digits.
    #[error("this number is too long{}", of(country.as_deref()))]
    TooLong {
        /// The country it was judged for.
        country: Option<Box<str>>,
    },
    /// The length fits, but no such numbers are given out.
    #[error("no such number is given out{}", of(country.as_deref()))]
    NotInUse {
        /// The country it was judged for.
        country: Option<Box<str>>,
    },
}

fn of(country: Option<&str>) -> String {
    country.map_or_else(String::new, |country| format!(" for {country}"))
}

impl PhoneInputError {
    /// A stable word for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotANumber => "not_a_number",
            Self::Letters => "letters",
            Self::Extension => "extension",
            Self::CountryNeeded => "country_needed",
            Self::UnknownCountry { .. } => "unknown_country",
            Self::UnknownCallingCode => "unknown_calling_code",
            Self::TooShort { .. } => "too_short",
            Self::AreaCodeMissing { .. } => "area_code_missing",
            Self::TooLong { .. } => "too_long",
            Self::NotInUse { .. } => "not_in_use",
        }
    }
}

impl PhoneNumber {
    /// Reads a number as people type it. `country` (ISO 3166, two letters, any case) is needed
    /// unless the number starts with `+`; a number with `+` may be from elsewhere.
    pub fn from_input(text: &str, country: Option<&str>) -> Result<ParsedPhone, PhoneInputError> {
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text).trim();
        if text.is_empty() {
            return Err(PhoneInputError::Empty);
        }
        if text.chars().count() > CHARS_MAX || text.chars().any(|c| matches!(c, ';' | '\n' | '\0'))
        {
            return Err(PhoneInputError::NotANumber);
        }
        let region = country
            .map(str::trim)
            .filter(|c| !c.is_empty())
            .map(region)
            .transpose()?;
        let international = text.starts_with(['+', '＋']);
        let letters = text.chars().any(char::is_alphabetic);
        if region.is_none() && !international {
            return Err(if text.chars().any(char::is_numeric) {
                PhoneInputError::CountryNeeded
            } else {
                PhoneInputError::NotANumber
            });
        }
        let named = || region.filter(|_| !international).and_then(name);
        let parsed = match PHONE_NUMBER_UTIL.parse(text, region) {
            Ok(parsed) if parsed.extension.is_some() => return Err(PhoneInputError::Extension),
            Ok(_) | Err(_) if letters => return Err(PhoneInputError::Letters),
            Ok(parsed) => parsed,
            Err(error) => return Err(not_parsed(&error, named())),
        };
        let country = named().or_else(|| {
            PHONE_NUMBER_UTIL
                .get_region_for_country_code(parsed.country_code)
                .and_then(name)
        });
        match parsed.is_possible_with_reason() {
            Ok(NumberLengthType::IsPossible) => {}
            Ok(NumberLengthType::IsPossibleLocalOnly) => {
                return Err(PhoneInputError::AreaCodeMissing { country });
            }
            Err(ValidationError::InvalidCountryCode) => {
                return Err(PhoneInputError::UnknownCallingCode);
            }
            Err(ValidationError::TooShort) => return Err(PhoneInputError::TooShort { country }),
            Err(ValidationError::TooLong) => return Err(PhoneInputError::TooLong { country }),
            Err(ValidationError::InvalidLength) => {
                return Err(PhoneInputError::NotInUse { country });
            }
        }
        if !parsed.is_valid() {
            return Err(PhoneInputError::NotInUse { country });
        }
        let number = parsed.format_as(PhoneNumberFormat::E164);
        Ok(ParsedPhone {
            number: number.parse().map_err(|_| PhoneInputError::NotANumber)?,
            country: parsed.get_region_code().and_then(name),
            kind: parsed.get_type().into(),
        })
    }
}

fn region(country: &str) -> Result<Region, PhoneInputError> {
    let unknown = || PhoneInputError::UnknownCountry {
        found: country.chars().take(20).collect(),
    };
    let region = Region::from_code(&country.to_ascii_uppercase()).map_err(|_| unknown())?;
    match PHONE_NUMBER_UTIL.get_country_code_for_region(region) {
        Some(_) if region != Region::World => Ok(region),
        Some(_) | None => Err(unknown()),
    }
}

/// The two letters of a region; `None` for numbers of no country.
fn name(region: Region) -> Option<Box<str>> {
    (region != Region::World).then(|| region.as_region_str().as_str().into())
}

fn not_parsed(error: &ParseError, country: Option<Box<str>>) -> PhoneInputError {
    match error {
        ParseError::InvalidCountryCode => PhoneInputError::UnknownCallingCode,
        ParseError::NotANumber(_) => PhoneInputError::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => {
            PhoneInputError::TooShort { country }
        }
        ParseError::TooLongNsn => PhoneInputError::TooLong { country },
    }
}

#[cfg(test)]
mod tests;
