//! Days and hours as people write them.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

/// The longest holiday that is understood; longer ones are until they say so.
const DAYS_MAX: i32 = 366;

/// The words of a week, Monday first.
const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "mon", "lunes", "lun", "segunda", "seg"],
    &["tuesday", "tue", "tues", "martes", "mar", "terca", "ter"],
    &["wednesday", "wed", "miercoles", "mie", "quarta", "qua"],
    &["thursday", "thu", "thurs", "jueves", "jue", "quinta", "qui"],
    &["friday", "fri", "viernes", "vie", "sexta", "sex"],
    &["saturday", "sat", "sabado", "sab"],
    &["sunday", "sun", "domingo", "dom"],
];

/// The words of a year, January first.
const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "enero", "ene", "janeiro"],
    &["february", "feb", "febrero", "fevereiro", "fev"],
    &["march", "mar", "marzo", "marco"],
    &["april", "apr", "abril", "abr"],
    &["may", "mayo", "maio"],
    &["june", "jun", "junio", "junho"],
    &["july", "jul", "julio", "julho"],
    &["august", "aug", "agosto", "ago"],
    &["september", "sep", "sept", "septiembre", "setembro", "set"],
    &["october", "oct", "octubre", "outubro", "out"],
    &["november", "nov", "noviembre", "novembro"],
    &["december", "dec", "diciembre", "dic", "dezembro", "dez"],
];

const DAY: &[&str] = &["day", "days", "dia", "dias"];
const WEEK: &[&str] = &["week", "weeks", "semana", "semanas"];
const MONTH: &[&str] = &["month", "months", "mes", "meses"];
const TOMORROW: &[&str] = &["tomorrow", "manana", "amanha"];
const UNTIL: &[&str] = &[
    "until", "untill", "till", "til", "hasta", "ate", "thru", "through",
];
const BETWEEN: &[&str] = &[
    "the", "next", "el", "la", "proximo", "o", "a", "dia", "de", "of",
];
const ONE: &[&str] = &["a", "one", "una", "un", "uma", "um"];
const NUMBERS: [&[&str]; 11] = [
    &["two", "dos", "dois", "duas"],
    &["three", "tres"],
    &["four", "cuatro", "quatro"],
    &["five", "cinco"],
    &["six", "seis"],
    &["seven", "siete", "sete"],
    &["eight", "ocho", "oito"],
    &["nine", "nueve", "nove"],
    &["ten", "diez", "dez"],
    &["eleven", "once", "onze"],
    &["twelve", "doce", "doze"],
];

/// The day somebody goes on: `10 days`, `a week`, `until Monday`, `until the 5th`, `2026-12-24`. A day that is named
/// without an “until” may be the first one of it, and is none.
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
        if MONTH.contains(unit) && count <= 12 {
            return today.checked_add(count.months()).ok();
        }
    }
    let at = words.iter().position(|word| UNTIL.contains(word))?;
    let rest = words.get(at + 1..)?;
    let mut rest = rest.iter().filter(|word| !BETWEEN.contains(word));
    let (first, second) = (rest.next()?, rest.next());
    if TOMORROW.contains(first) {
        return after(1);
    }
    if let Some(date) = of_month(first, second.copied(), today) {
        return Some(date);
    }
    let day = among(&WEEKDAYS, first)?;
    let day = Weekday::from_monday_zero_offset(i8::try_from(day).ok()?).ok()?;
    today.nth_weekday(1, day).ok()
}

/// The next `5th`, `15 december` or `december 15` after today.
fn of_month(first: &str, second: Option<&str>, today: Date) -> Option<Date> {
    let month = |word: &str| i8::try_from(among(&MONTHS, word)?).ok()?.checked_add(1);
    let date = match (day_of_month(first), second) {
        (Some(day), second) => {
            if let Some(month) = second.and_then(month) {
                Date::new(today.year(), month, day).ok()?
            } else {
                let date = Date::new(today.year(), today.month(), day).ok();
                let next = today.first_of_month().checked_add(1.month()).ok()?;
                return date
                    .filter(|date| *date > today)
                    .or_else(|| Date::new(next.year(), next.month(), day).ok());
            }
        }
        (None, Some(second)) => {
            Date::new(today.year(), month(first)?, day_of_month(second)?).ok()?
        }
        (None, None) => return None,
    };
    if date > today {
        Some(date)
    } else {
        Date::new(date.year() + 1, date.month(), date.day()).ok()
    }
}

fn day_of_month(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let suffix = word.get(digits.len()..)?;
    let is_day = matches!(suffix, "" | "st" | "nd" | "rd" | "th");
    let day: i8 = digits.parse().ok()?;
    (is_day && (1..=31).contains(&day)).then_some(day)
}

fn among(names: &[&[&str]], word: &str) -> Option<usize> {
    names.iter().position(|names| names.contains(&word))
}

fn number(word: &str) -> Option<i32> {
    if ONE.contains(&word) {
        return Some(1);
    }
    match among(&NUMBERS, word) {
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

/// What stands before an hour that is written as a word.
const AT: &[&str] = &["to", "at", "for", "las", "la", "as", "a", "para"];

/// What stands before the hour that was, where two are told.
const FROM: &[&str] = &["from", "de", "das", "desde"];

const AFTERNOON: &[&str] = &["tarde", "noche", "noite", "evening", "night", "afternoon"];

/// An hour of the day: `7`, `7:00`, `7am`, `7 pm`, `19h`, `seven`; of two, `from 6 to 7`, the latter. Minutes are left
/// out: hours are whole, and the answer says which one it is.
pub(super) fn hour(text: &str, words: &[&str]) -> Option<u8> {
    let mut found: Option<(usize, u8)> = None;
    let mut minutes = false;
    for at in 0..words.len() {
        if std::mem::take(&mut minutes) {
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| words.get(at)).copied();
        let Some(hour) = one_hour(text, words, at, before)? else {
            continue;
        };
        if let Some((was, _)) = found
            && !before_of(words, was).is_some_and(|word| FROM.contains(&word))
        {
            return None;
        }
        found = Some((at, hour));
        minutes = has_minutes(text, words, at);
    }
    found.map(|(_, hour)| hour)
}

/// The word before this one, an article aside.
fn before_of<'a>(words: &[&'a str], at: usize) -> Option<&'a str> {
    let before = words.get(..at)?;
    before
        .iter()
        .rev()
        .find(|word| !matches!(**word, "las" | "la"))
        .copied()
}

/// The hour at this word: `Some(None)` where there is no number, `None` where it is a number of something else.
#[expect(
    clippy::option_option,
    reason = "a number of something else ends the search, no number goes on with it"
)]
fn one_hour(text: &str, words: &[&str], at: usize, before: Option<&str>) -> Option<Option<u8>> {
    let word = words.get(at)?;
    let end = word.find(|c: char| !c.is_ascii_digit());
    let (digits, unit) = word.split_at(end.unwrap_or(word.len()));
    let hour: u8 = if digits.is_empty() {
        let is_hour = before.is_some_and(|word| AT.contains(&word));
        match number(word).filter(|_| is_hour && !ONE.contains(word)) {
            Some(hour) => u8::try_from(hour).ok()?,
            None => return Some(None),
        }
    } else {
        digits.parse().ok()?
    };
    let next = words.get(at + 1).copied().unwrap_or("");
    if MEASURES.contains(&next) || MEASURES.contains(&unit) {
        return None;
    }
    // After `7:30` the half of the day comes one word later.
    let half = if has_minutes(text, words, at) {
        words.get(at + 2).copied().unwrap_or("")
    } else {
        next
    };
    let is = |mark: &str| word.ends_with(mark) || half == mark || next.ends_with(mark);
    let night = is("pm") || words.iter().any(|word| AFTERNOON.contains(word));
    let hour = match hour {
        12 if is("am") => 0,
        1..=11 if night => hour + 12,
        hour => hour,
    };
    (hour <= 23).then_some(Some(hour))
}

/// Whether the word after this one is the minutes of its hour: `7:30`, `7:30am`.
fn has_minutes(text: &str, words: &[&str], at: usize) -> bool {
    let next = words.get(at + 1).copied().unwrap_or("");
    let digits = next.trim_end_matches(|c: char| !c.is_ascii_digit());
    text.contains(':') && digits.len() == 2 && digits.parse::<u8>().is_ok()
}
