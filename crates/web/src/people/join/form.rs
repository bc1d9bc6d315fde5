//! What somebody fills in on `/join`, and what is wrong with it.

use domain::phone::PhoneKind;
use domain::{PhoneNumber, Text};
use engine::EngineError;
use engine::joining::Language;
use serde::Deserialize;

use super::Fault;
use crate::State;
use crate::people::words::{Words, words};

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 200;

/// The form as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::people) struct Filled {
    pub(in crate::people) name: String,
    pub(in crate::people) country: String,
    pub(in crate::people) phone: String,
    pub(in crate::people) language: String,
    pub(in crate::people) programme: String,
    pub(in crate::people) hour: String,
    pub(in crate::people) time_zone: String,
    pub(in crate::people) sms: String,
    pub(in crate::people) whatsapp: String,
    pub(in crate::people) code: String,
    pub(in crate::people) step: String,
}

impl Filled {
    /// Before anybody wrote anything: what the service takes for granted, and no consent.
    pub(super) fn fresh(state: &State, language: Language) -> Self {
        let defaults = state.defaults();
        let countries = state.engine().code_countries();
        Self {
            country: countries.first().map_or(String::new(), ToString::to_string),
            language: language.tag().to_owned(),
            programme: defaults.programme.clone(),
            hour: defaults.preferred_send_hour.to_string(),
            time_zone: defaults.time_zone.clone(),
            ..Self::default()
        }
    }

    pub(in crate::people) fn language(&self) -> Language {
        Language::of(&self.language)
    }

    /// What the page with the code carries along.
    pub(super) fn carried(&self) -> Vec<(&'static str, String)> {
        [
            ("name", &self.name),
            ("country", &self.country),
            ("phone", &self.phone),
            ("language", &self.language),
            ("programme", &self.programme),
            ("hour", &self.hour),
            ("time_zone", &self.time_zone),
            ("sms", &self.sms),
            ("whatsapp", &self.whatsapp),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.clone()))
        .collect()
    }
}

/// The form as it can be acted on.
#[derive(Clone, Debug)]
pub(super) struct Valid {
    pub(super) name: Text,
    pub(super) phone: PhoneNumber,
    pub(super) country: String,
    pub(super) language: Language,
    pub(super) programme: String,
    pub(super) hour: u8,
    pub(super) time_zone: String,
    pub(super) sms: bool,
    pub(super) whatsapp: bool,
}

impl Valid {
    /// With the phone that was proved, whatever the form says meanwhile.
    pub(super) fn proved(self, phone: PhoneNumber, country: String) -> Self {
        Self {
            phone,
            country,
            ..self
        }
    }
}

/// Looks at everything, so that somebody hears of all that is wrong at once.
pub(super) async fn check(
    state: &State,
    filled: &Filled,
) -> Result<Result<Valid, Vec<Fault>>, EngineError> {
    let w = words(filled.language());
    let mut faults = Vec::new();
    let mut note = |field, message| faults.push(Fault { field, message });
    let name = filled.name.trim();
    let has_name = !name.is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.chars().any(char::is_control);
    if !has_name {
        note("name", w.name_wrong);
    }
    let phone = phone(state, w, filled).map_err(|fault| note(fault.field, fault.message));
    let library = state.engine().programmes().await?;
    let programme = library.get(&filled.programme);
    if programme.is_none() {
        note("programme", w.choose_one);
    }
    let hour = filled.hour.parse::<u8>().ok().filter(|hour| *hour < 24);
    if hour.is_none() {
        note("hour", w.choose_one);
    }
    if engine::joining::time_zone(&filled.time_zone).is_err() {
        note("time_zone", w.choose_one);
    }
    let (sms, whatsapp) = (
        filled.sms == "yes",
        filled.whatsapp == "yes" && super::writes_on_whatsapp(state),
    );
    if !sms && !whatsapp {
        note("sms", w.consent_needed);
    }
    Ok(match (phone, programme, hour) {
        (Ok((phone, country)), Some(programme), Some(hour)) if faults.is_empty() => Ok(Valid {
            name: name.into(),
            phone,
            country,
            language: filled.language(),
            programme: programme.programme.slug.clone(),
            hour,
            time_zone: filled.time_zone.clone(),
            sms,
            whatsapp,
        }),
        _ => Err(faults),
    })
}

/// The number, where codes may go to it: a mobile phone of one of our countries.
pub(in crate::people) fn phone(
    state: &State,
    w: &Words,
    filled: &Filled,
) -> Result<(PhoneNumber, String), Fault> {
    let fault = |field, message| Fault { field, message };
    let wrong = || fault("phone", w.phone_wrong);
    let parsed =
        PhoneNumber::from_input(&filled.phone, Some(&filled.country)).map_err(|_| wrong())?;
    let country = parsed.country.ok_or_else(wrong)?;
    let mut allowed = state.engine().code_countries().iter();
    if !allowed.any(|one| *one == country) {
        return Err(fault("country", w.not_there));
    }
    match parsed.kind {
        PhoneKind::Mobile | PhoneKind::FixedOrMobile => Ok((parsed.number, country.into())),
        PhoneKind::FixedLine
        | PhoneKind::TollFree
        | PhoneKind::Premium
        | PhoneKind::Voip
        | PhoneKind::Other => Err(fault("phone", w.not_mobile)),
    }
}
