//! Conditions on members as a form has them, and in words.

use domain::Channel;
use domain::audience::Filter;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shown;

/// The conditions as they are typed. An empty field asks nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FilterForm {
    pub(super) languages: String,
    pub(super) countries: String,
    pub(super) time_zones: String,
    pub(super) programmes: String,
    pub(super) prefers_sms: String,
    pub(super) prefers_whatsapp: String,
    pub(super) prefers_email: String,
    pub(super) prefers_web: String,
    pub(super) agreed_sms: String,
    pub(super) agreed_whatsapp: String,
    pub(super) agreed_email: String,
    pub(super) window: String,
    pub(super) heard_within_days: String,
    pub(super) silent_for_days: String,
    pub(super) joined_from: String,
    pub(super) joined_before: String,
    pub(super) served: String,
}

/// What is wrong with a field of a form; with the whole of it, where none is named.
pub(super) struct Fault {
    pub(super) field: String,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            message: message.into(),
        }
    }
}

const YES: &str = "yes";

impl FilterForm {
    /// The conditions, as callers of the API write them: one way of reading judges both.
    pub(super) fn to_json(&self) -> Value {
        let mut filter = Map::new();
        for (name, text) in [
            ("languages", &self.languages),
            ("countries", &self.countries),
            ("time_zones", &self.time_zones),
            ("programmes", &self.programmes),
        ] {
            let values: Vec<&str> = text
                .split([',', ';', ' ', '\n'])
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .collect();
            if !values.is_empty() {
                filter.insert(name.to_owned(), json!(values));
            }
        }
        let ticked = |ticks: &[(&String, Channel)]| -> Vec<&'static str> {
            let ticks = ticks.iter().filter(|(tick, _)| *tick == YES);
            ticks.map(|(_, channel)| channel.as_str()).collect()
        };
        for (name, channels) in [
            (
                "preferred_channels",
                ticked(&[
                    (&self.prefers_sms, Channel::Sms),
                    (&self.prefers_whatsapp, Channel::Whatsapp),
                    (&self.prefers_email, Channel::Email),
                    (&self.prefers_web, Channel::Web),
                ]),
            ),
            (
                "opted_in",
                ticked(&[
                    (&self.agreed_sms, Channel::Sms),
                    (&self.agreed_whatsapp, Channel::Whatsapp),
                    (&self.agreed_email, Channel::Email),
                ]),
            ),
        ] {
            if !channels.is_empty() {
                filter.insert(name.to_owned(), json!(channels));
            }
        }
        for (name, text) in [("window_open", &self.window), ("is_served", &self.served)] {
            if !text.is_empty() {
                filter.insert(name.to_owned(), json!(text == YES));
            }
        }
        for (name, text) in [
            ("heard_within_days", self.heard_within_days.trim()),
            ("silent_for_days", self.silent_for_days.trim()),
        ] {
            if !text.is_empty() {
                let days = text
                    .parse::<u64>()
                    .map_or_else(|_| json!(text), Value::from);
                filter.insert(name.to_owned(), days);
            }
        }
        for (name, text) in [
            ("joined_from", self.joined_from.trim()),
            ("joined_before", self.joined_before.trim()),
        ] {
            if !text.is_empty() {
                let is_date = text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10;
                let midnight = if is_date { "T00:00:00Z" } else { "" };
                filter.insert(name.to_owned(), json!(format!("{text}{midnight}")));
            }
        }
        Value::Object(filter)
    }

    /// The conditions, or what is wrong with a field.
    pub(super) fn read(&self) -> Result<Filter, Vec<Fault>> {
        store::audience::read(&self.to_json()).map_err(|error| {
            vec![Fault {
                field: shown::words(&error.field),
                message: error.to_string(),
            }]
        })
    }

    /// What is filled in, by field.
    pub(super) fn said(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("languages", &self.languages),
            ("countries", &self.countries),
            ("time_zones", &self.time_zones),
            ("programmes", &self.programmes),
            ("prefers_sms", &self.prefers_sms),
            ("prefers_whatsapp", &self.prefers_whatsapp),
            ("prefers_email", &self.prefers_email),
            ("prefers_web", &self.prefers_web),
            ("agreed_sms", &self.agreed_sms),
            ("agreed_whatsapp", &self.agreed_whatsapp),
            ("agreed_email", &self.agreed_email),
            ("window", &self.window),
            ("heard_within_days", &self.heard_within_days),
            ("silent_for_days", &self.silent_for_days),
            ("joined_from", &self.joined_from),
            ("joined_before", &self.joined_before),
            ("served", &self.served),
        ];
        let filled = fields
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty());
        filled.map(|(name, value)| (name, value.clone())).collect()
    }

    /// The form that says these conditions.
    pub(super) fn of(filter: &Filter) -> Self {
        let list = |values: &std::collections::BTreeSet<Box<str>>| {
            let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
            values.join(", ")
        };
        let tick = |is_on: bool| if is_on { YES.to_owned() } else { String::new() };
        let either = |flag: Option<bool>| match flag {
            None => String::new(),
            Some(true) => YES.to_owned(),
            Some(false) => "no".to_owned(),
        };
        let days = |days: Option<u16>| days.map_or_else(String::new, |days| days.to_string());
        let date = |at: Option<domain::Timestamp>| at.map_or_else(String::new, date_of);
        let prefers = |channel: Channel| tick(filter.preferred_channels.contains(&channel));
        let agreed = |channel: Channel| tick(filter.opted_in.contains(&channel));
        Self {
            languages: list(&filter.languages),
            countries: list(&filter.countries),
            time_zones: list(&filter.time_zones),
            programmes: list(&filter.programmes),
            prefers_sms: prefers(Channel::Sms),
            prefers_whatsapp: prefers(Channel::Whatsapp),
            prefers_email: prefers(Channel::Email),
            prefers_web: prefers(Channel::Web),
            agreed_sms: agreed(Channel::Sms),
            agreed_whatsapp: agreed(Channel::Whatsapp),
            agreed_email: agreed(Channel::Email),
            window: either(filter.window_open),
            heard_within_days: days(filter.heard_within_days),
            silent_for_days: days(filter.silent_for_days),
            joined_from: date(filter.joined_from),
            joined_before: date(filter.joined_before),
            served: either(filter.is_served),
        }
    }
}

/// Whom the conditions mean, as a sentence.
pub(super) fn in_words(filter: &Filter) -> String {
    let words = conditions(filter);
    if words.is_empty() {
        return "Everybody.".to_owned();
    }
    format!("Members who {}.", words.join(", and "))
}

fn conditions(filter: &Filter) -> Vec<String> {
    let mut words = Vec::new();
    let mut any_of = |what: &str, values: Vec<&str>| {
        if !values.is_empty() {
            words.push(format!("{what} {}", values.join(" or ")));
        }
    };
    let texts = |values: &'_ std::collections::BTreeSet<Box<str>>| -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    };
    let channels = |set: &std::collections::BTreeSet<Channel>| -> Vec<&'static str> {
        set.iter().map(|one| shown::channel(*one)).collect()
    };
    for (what, values) in [
        ("speak", texts(&filter.languages)),
        ("have a number of", texts(&filter.countries)),
        ("live in", texts(&filter.time_zones)),
        ("follow", texts(&filter.programmes)),
    ] {
        any_of(what, values.iter().map(String::as_str).collect());
    }
    any_of("prefer", channels(&filter.preferred_channels));
    any_of("agreed to", channels(&filter.opted_in));
    match filter.window_open {
        Some(true) => words.push("have an open WhatsApp window".to_owned()),
        Some(false) => words.push("have no open WhatsApp window".to_owned()),
        None => {}
    }
    if let Some(days) = filter.heard_within_days {
        words.push(format!("wrote within {days} days"));
    }
    if let Some(days) = filter.silent_for_days {
        words.push(format!("did not write within {days} days"));
    }
    if let Some(at) = filter.joined_from {
        words.push(format!("joined from {} on", date_of(at)));
    }
    if let Some(at) = filter.joined_before {
        words.push(format!("joined before {}", date_of(at)));
    }
    match filter.is_served {
        Some(true) => words.push("have a plan that serves them".to_owned()),
        Some(false) => words.push("have no plan that serves them".to_owned()),
        None => {}
    }
    words
}

/// A date, where it is the midnight in UTC a form means by one; else the instant.
fn date_of(at: domain::Timestamp) -> String {
    let text = at.to_jiff().to_string();
    match text.strip_suffix("T00:00:00Z") {
        Some(date) => date.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_says_is_what_it_shows_again() {
        let form = FilterForm {
            languages: "pt-br; es".into(),
            countries: "br".into(),
            prefers_whatsapp: "yes".into(),
            agreed_sms: "yes".into(),
            window: "no".into(),
            silent_for_days: "14".into(),
            prefers_web: "yes".into(),
            joined_from: "2026-01-31".into(),
            joined_before: "2026-03-01T10:00:00Z".into(),
            ..FilterForm::default()
        };
        let filter = store::audience::read(&form.to_json()).unwrap();
        let said: std::collections::HashMap<_, _> = form.said().into_iter().collect();
        let said: FilterForm = serde_json::from_value(json!(said)).unwrap();
        assert_eq!(said.read().ok(), Some(filter.clone()));
        let again = FilterForm::of(&filter);
        assert_eq!(store::audience::read(&again.to_json()), Ok(filter.clone()));
        assert_eq!(
            conditions(&filter),
            [
                "speak es or pt-br",
                "have a number of BR",
                "prefer WhatsApp or Web",
                "agreed to SMS",
                "have no open WhatsApp window",
                "did not write within 14 days",
                "joined from 2026-01-31 on",
                "joined before 2026-03-01T10:00:00Z",
            ]
        );
        assert_eq!(in_words(&Filter::default()), "Everybody.");
    }

    #[test]
    fn what_is_no_number_is_refused_by_name() {
        let form = FilterForm {
            silent_for_days: "many".into(),
            ..FilterForm::default()
        };
        let error = store::audience::read(&form.to_json()).unwrap_err();
        assert_eq!(error.field, "silent_for_days");
    }
}
