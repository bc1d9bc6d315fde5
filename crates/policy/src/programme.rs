//! The built-in programme: seven days of exercise without equipment, in three languages.

use jiff::civil::Date;

/// What is to be done on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workout {
    /// A few words.
    pub title: &'static str,
    /// The whole text as it is sent: GSM-7, at most three segments.
    pub text: &'static str,
}

/// The workout of a local date.
pub fn workout(date: Date, locale: &str) -> Workout {
    let _ = (date, locale);
    Workout {
        title: "",
        text: "",
    }
}

/// The weekly question.
pub fn weekly_checkin(name: &str, locale: &str) -> String {
    let _ = (name, locale);
    String::new()
}

/// The first message after joining.
pub fn welcome(name: &str, service: &str, locale: &str) -> String {
    let _ = (name, service, locale);
    String::new()
}
