//! Days and hours as people read them.

use domain::{Channel, Timestamp};
use engine::Engine;
use engine::joining::{Language, time_zone, weekday};
use jiff::civil::Date;

const MONTHS: [[&str; 3]; 12] = [
    ["January", "enero", "janeiro"],
    ["February", "febrero", "fevereiro"],
    ["March", "marzo", "março"],
    ["April", "abril", "abril"],
    ["May", "mayo", "maio"],
    ["June", "junio", "junho"],
    ["July", "julio", "julho"],
    ["August", "agosto", "agosto"],
    ["September", "septiembre", "setembro"],
    ["October", "octubre", "outubro"],
    ["November", "noviembre", "novembro"],
    ["December", "diciembre", "dezembro"],
];

fn month(date: Date, language: Language) -> &'static str {
    let [english, spanish, portuguese] = usize::try_from(date.month() - 1)
        .ok()
        .and_then(|at| MONTHS.get(at))
        .copied()
        .unwrap_or([""; 3]);
    match language {
        Language::English => english,
        Language::Spanish => spanish,
        Language::Portuguese => portuguese,
    }
}

/// A channel as people call it.
pub(super) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "E-mail",
        Channel::Web => "Chat",
    }
}

/// A day: "Saturday 28 November", "sábado 28 de noviembre".
pub(super) fn day(date: Date, language: Language) -> String {
    let (weekday, month) = (weekday(date, language.tag()), month(date, language));
    let number = date.day();
    match language {
        Language::English => format!("{weekday} {number} {month}"),
        Language::Spanish => format!("{weekday} {number} de {month}"),
        Language::Portuguese => format!("{weekday}, {number} de {month}"),
    }
}

/// An instant where somebody lives: the day and the time.
pub(crate) fn instant(at: Timestamp, zone: &str, language: Language) -> String {
    let zone = time_zone(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let local = at.to_jiff().to_zoned(zone);
    format!(
        "{}, {:02}:{:02}",
        day(local.date(), language),
        local.hour(),
        local.minute()
    )
}

/// When somebody would get their next workout. `None` where it is no time zone.
pub(super) fn next(engine: &Engine, zone: &str, hour: u8, language: Language) -> Option<String> {
    let at = engine.next_daily(zone, hour)?;
    Some(instant(at, zone, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_where_somebody_lives() {
        // Thursday 19 November 2026, 12:00 in London, 09:00 in Recife.
        let at = Timestamp::from_seconds(1_795_089_600);
        for (zone, language, expected) in [
            (
                "America/Recife",
                Language::English,
                "Thursday 19 November, 09:00",
            ),
            (
                "America/Recife",
                Language::Portuguese,
                "quinta-feira, 19 de novembro, 09:00",
            ),
            (
                "Europe/Madrid",
                Language::Spanish,
                "jueves 19 de noviembre, 13:00",
            ),
            (
                "Nowhere/Land",
                Language::English,
                "Thursday 19 November, 12:00",
            ),
        ] {
            assert_eq!(instant(at, zone, language), expected);
        }
    }
}
