//! Words and ages as the team reads them.

use domain::{Channel, DeliveryStatus, Kind, Timestamp};

/// What a channel is called.
pub(super) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "E-mail",
        Channel::Web => "Web",
    }
}

/// How long ago something was: `now`, `4 min`, `3 h`, `2 d`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = (now.since(at).as_micros() / 1_000_000).max(0);
    match seconds {
        0..60 => "now".to_owned(),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// An instant for machines; `console.js` says it where the reader is.
pub(super) fn machine(at: Timestamp) -> String {
    at.to_string()
}

/// An instant in UTC, for whoever reads without scripts.
pub(super) fn utc(at: Timestamp) -> String {
    let local = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02} UTC",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute()
    )
}

/// A part of a whole in per cent; nothing of nothing. A tenth is enough for anybody.
pub(super) fn share(count: u64, of: u64) -> String {
    if of == 0 {
        return String::new();
    }
    let tenths = count.saturating_mul(1_000) / of;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A code as words: `daily_workout` is `daily workout`.
pub(super) fn words(code: &str) -> String {
    code.replace(['_', '.'], " ")
}

/// What a kind of message is called.
pub(super) fn kind(kind: Option<Kind>) -> String {
    kind.map_or_else(String::new, |kind| words(kind.as_str()))
}

/// The tone of a status word: how a badge is coloured.
pub(super) fn tone(status: &str) -> &'static str {
    match status {
        "delivered" | "read" => "ok",
        "failed" | "undelivered" | "expired" => "bad",
        "held" | "suppressed" | "cancelled" | "unconfirmed" => "warn",
        _ => "",
    }
}

/// The ticks of an outbound message: one when it left, two when it arrived, and whether it was read.
pub(super) const fn ticks(status: DeliveryStatus) -> (&'static str, bool) {
    match status {
        DeliveryStatus::Accepted | DeliveryStatus::Sent => ("one", false),
        DeliveryStatus::Delivered => ("two", false),
        DeliveryStatus::Read => ("two", true),
        _ => ("none", false),
    }
}

/// Why something waits for a person, in words.
pub(super) fn need(why: &str) -> &str {
    match why {
        "crisis" => "may be in a crisis",
        "eating_disorder" => "may have an eating disorder",
        "injury" => "may be hurt",
        "question" => "asks something the rules cannot answer",
        "not_understood" => "was not understood",
        "left_waiting" => "waited when a hand-over ended",
        "with_person" => "wrote while a person keeps the conversation",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_told_to_a_tenth_and_nothing_of_nothing_is_nothing() {
        assert_eq!(
            [share(1, 3), share(3, 3), share(0, 3), share(0, 0)],
            ["33.3 %", "100.0 %", "0.0 %", ""]
        );
    }

    #[test]
    fn ages_are_told_in_the_largest_unit_that_says_something() {
        let at = Timestamp::from_seconds(1_000_000);
        let told = |seconds: i64| ago(at, Timestamp::from_seconds(1_000_000 + seconds));
        assert_eq!(
            [0, 59, 60, 3_599, 3_600, 172_799, 172_800, -5].map(told),
            ["now", "now", "1 min", "59 min", "1 h", "47 h", "2 d", "now"]
        );
    }
}
