//! Days and hours as people write them.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

/// The longest holiday that is understood; longer ones are until they say so.
const DAYS_MAX: i32 = 366;

/// The words of a week, Monday first.
const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "mon", "lunes", "segunda"],
    &["tuesday", "tue", "martes", "terca"],
    &["wednesday", "wed", "miercoles", "quarta"],
    &["thursday", "thu", "jueves", "quinta"],
    &["friday", "fri", "viernes", "sexta"],
    &["saturday", "sat", "sabado"],
    &["sunday", "sun", "domingo"],
];

const DAY: &[&str] = &["day", "days", "dia", "dias"];
const WEEK: &[&str] = &["week", "weeks", "semana", "semanas"];
const TOMORROW: &[&str] = &["tomorrow", "manana", "amanha"];
const ONE: &[&str] = &["a", "one", "una", "un", "uma", "um"];
const NUMBERS: [&[&str]; 5] = [
    &["two", "dos", "dois", "duas"],
    &["three", "tres"],
    &["four", "cuatro", "quatro"],
    &["five", "cinco"],
    &["six", "seis"],
];

/// The day somebody goes on: `10 days`, `a week`, `until Monday`, `2026-12-24`.
pub(super) fn until(words: &[&str], today: Date) -> Option<Date> {
    let after = |days: i32| {
        let days = (1..=DAYS_MAX).contains(&days).then_some(days)?;
        today.checked_add(days.days()).ok()
    };
    if let Some(date) = written(words).filter(|date| *date > today) {
        return Some(date);
    }
    for pair in words.windows(2) {
        let [count, unit] = pair else { continue };
        let Some(count) = number(count) else { continue };
        if DAY.contains(unit) {
            return after(count);
        }
        if WEEK.contains(unit) {
            return after(count.saturating_mul(7));
        }
    }
    if words.iter().any(|word| TOMORROW.contains(word)) {
        return after(1);
    }
    let day = words
        .iter()
        .find_map(|word| WEEKDAYS.iter().position(|names| names.contains(word)))?;
    let day = Weekday::from_monday_zero_offset(i8::try_from(day).ok()?).ok()?;
    today.nth_weekday(1, day).ok()
}

fn number(word: &str) -> Option<i32> {
    if ONE.contains(&word) {
        return Some(1);
    }
    let spelled = NUMBERS.iter().position(|names| names.contains(&word));
    match spelled {
        Some(at) => i32::try_from(at).ok().map(|at| at + 2),
        None => word
            .parse()
            .ok()
            .filter(|count| (1..=DAYS_MAX).contains(count)),
    }
}

/// A date as `2026-12-24`; its parts are words here.
fn written(words: &[&str]) -> Option<Date> {
    words.windows(3).find_map(|parts| {
        let [year, month, day] = parts else {
            return None;
        };
        if year.len() != 4 {
            return None;
        }
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    })
}

/// What is counted by a number that is no hour.
const MEASURES: &[&str] = &[
    "min",
    "mins",
    "minutes",
    "minutos",
    "km",
    "kilometres",
    "kilometers",
    "kilometros",
    "miles",
    "kg",
    "kilos",
    "lb",
    "lbs",
    "reps",
    "sets",
    "series",
    "rounds",
    "days",
    "weeks",
    "dias",
    "semanas",
];

/// An hour of the day: `7`, `7:00`, `7am`, `7 pm`, `19h`. Minutes are left out: hours are whole.
pub(super) fn hour(text: &str, words: &[&str]) -> Option<u8> {
    let is_at = words
        .iter()
        .position(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let word = words.get(is_at)?;
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let hour: u8 = digits.parse().ok()?;
    let next = words.get(is_at + 1).copied().unwrap_or("");
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    if MEASURES.contains(&next) || MEASURES.contains(&unit) {
        return None;
    }
    // After `7:30` the half of the day comes one word later.
    let minutes = text.contains(':') && next.len() == 2 && next.parse::<u8>().is_ok();
    let half = if minutes {
        words.get(is_at + 2).copied().unwrap_or("")
    } else {
        next
    };
    let is = |mark: &str| word.ends_with(mark) || half == mark;
    let (night, day) = (
        is("pm") || words.contains(&"tarde") || words.contains(&"noche"),
        is("am"),
    );
    let hour = match hour {
        12 if day => 0,
        1..=11 if night => hour + 12,
        hour => hour,
    };
    (hour <= 23).then_some(hour)
}
