//! Twilio's error codes and what they mean for us (facts/twilio.md 7.3), as data: `errors.tsv`.
//!
//! A code is classified the same whether it comes with the answer or in a receipt. Twilio's own
//! texts are never matched nor kept: they change, and may hold numbers.

use std::sync::OnceLock;

use domain::{ErrorClass, ProviderError};

const TABLE: &str = include_str!("errors.tsv");

/// Where a code usually shows up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In the answer to a request.
    Create,
    /// In a receipt or a later look-up.
    Receipt,
    /// In either.
    Both,
    /// About our webhook's behaviour, in Twilio's console.
    Webhook,
    /// About a message of a member.
    Inbound,
    /// A notice about a template, a sender or a limit.
    Notice,
}

impl When {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "create" => Self::Create,
            "receipt" => Self::Receipt,
            "both" => Self::Both,
            "webhook" => Self::Webhook,
            "inbound" => Self::Inbound,
            "notice" => Self::Notice,
            _ => return None,
        })
    }
}

/// One row of the table: a code, or a span of codes that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The first code.
    pub first: u32,
    /// The last code, often the same.
    pub last: u32,
    /// What it means for us.
    pub class: ErrorClass,
    /// Where it shows up.
    pub when: When,
    /// What it means, in our words.
    pub meaning: &'static str,
}

/// The whole table, in order of codes.
pub fn table() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    // A test holds that every line is read.
    ROWS.get_or_init(|| TABLE.lines().skip(1).filter_map(read).collect())
}

fn read(line: &'static str) -> Option<Row> {
    let mut columns = line.split('\t');
    Some(Row {
        first: columns.next()?.parse().ok()?,
        last: columns.next()?.parse().ok()?,
        class: columns.next()?.parse().ok()?,
        when: When::read(columns.next()?)?,
        meaning: columns.next()?,
    })
}

/// The row of a code, if we know it.
pub fn row(code: u32) -> Option<&'static Row> {
    let rows = table();
    let at = rows.partition_point(|row| row.last < code);
    rows.get(at).filter(|row| row.first <= code)
}

/// What a code means for us. An unknown code is permanent for its message, except those of
/// Twilio's own failures, which may pass (facts/twilio.md 7.2).
pub fn class_of(code: u32) -> ErrorClass {
    match row(code) {
        Some(row) => row.class,
        None if (20_500..20_600).contains(&code) => ErrorClass::Transient,
        None => ErrorClass::Permanent,
    }
}

/// What a code means for a message that was, or was not, a template: the window is no obstacle to
/// a template, so 63016 and refused contents are then the template's fault.
pub fn class_for(code: u32, is_template: bool) -> ErrorClass {
    match code {
        63_013 | 63_016 | 63_021 if is_template => ErrorClass::TemplateProblem,
        _ => class_of(code),
    }
}

/// The error of a code, with our words for it.
pub fn error(code: u32, is_template: bool) -> ProviderError {
    ProviderError {
        code: Some(code),
        class: class_for(code, is_template),
        meaning: row(code).map_or_else(
            || format!("error {code}, which is not in our table").into(),
            |row| row.meaning.into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code of facts/twilio.md 7.3, spans expanded, with its class.
    const FACTS: &str = include_str!("../../../../fixtures/twilio-error-codes.csv");

    #[test]
    fn every_row_of_the_facts_is_in_the_table_with_its_class() {
        let mut count = 0;
        for line in FACTS.lines().skip(1) {
            let (code, class) = line.split_once(',').unwrap();
            let code = code.parse().unwrap();
            let class: ErrorClass = class.parse().unwrap();
            assert!(row(code).is_some(), "{code} is missing");
            assert_eq!(class_of(code), class, "{code}");
            count += 1;
        }
        assert_eq!(count, 278);
        let spans: u32 = table().iter().map(|row| row.last - row.first + 1).sum();
        assert_eq!(spans, count, "a code of the table is not in the facts");
    }

    #[test]
    fn every_line_of_the_table_is_read_in_order_without_overlap() {
        assert_eq!(table().len(), TABLE.lines().count() - 1);
        assert!(table().iter().all(|row| row.first <= row.last));
        assert!(table().iter().all(|row| !row.meaning.is_empty()));
        assert!(table().is_sorted_by(|a, b| a.last < b.first));
    }

    #[test]
    fn the_codes_that_are_often_misread() {
        use ErrorClass::*;
        for (code, class) in [
            (63_016, WindowClosed),
            (63_024, NotOnWhatsapp),
            (63_003, NotOnWhatsapp),
            (21_610, OptedOut),
            (30_630, OptedOut),
            (63_033, OptedOutOfMarketing),
            (63_014, OptedOut),
            (20_003, SenderProblem),
            (20_429, RateLimited),
            (63_018, RateLimited),
            (21_614, Landline),
            (21_211, InvalidNumber),
            (63_005, Permanent),
            (30_410, Transient),
            (63_041, TemplateProblem),
            (30_450, Transient),
            (30_451, SenderProblem),
        ] {
            assert_eq!(class_of(code), class, "{code}");
        }
    }

    #[test]
    fn a_closed_window_is_no_excuse_for_a_template() {
        assert_eq!(class_for(63_016, true), ErrorClass::TemplateProblem);
        assert_eq!(class_for(63_016, false), ErrorClass::WindowClosed);
        assert_eq!(class_for(63_024, true), ErrorClass::NotOnWhatsapp);
    }

    #[test]
    fn an_unknown_code_fails_its_message_only() {
        assert_eq!(class_of(63_999), ErrorClass::Permanent);
        assert_eq!(class_of(0), ErrorClass::Permanent);
        assert_eq!(class_of(u32::MAX), ErrorClass::Permanent);
        assert_eq!(class_of(20_599), ErrorClass::Transient);
        assert!(error(63_999, false).meaning.contains("63999"));
    }
}
