//! A member as the API shows them.

use domain::{FreeEntry, Timestamp};
use engine::members::MemberView;
use serde::Serialize;
use store::records::{ConsentRecord, Member, WindowRecord};
use utoipa::ToSchema;

use super::preferences::PreferencesAnswer;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberAnswer {
    /// `mem_…`
    #[schema(example = "mem_01kat4zk0q7h3sx0d7n2v9m4pc")]
    id: String,
    #[schema(example = "Maria Souza")]
    name: String,
    /// The number in international form.
    #[schema(example = "+14155550123")]
    phone: String,
    /// Country of the number, where it has one.
    #[schema(example = "US")]
    country: Option<String>,
    /// An own number for WhatsApp, where it differs.
    whatsapp_phone: Option<String>,
    email: Option<String>,
    /// IANA time zone.
    #[schema(example = "America/Los_Angeles")]
    time_zone: String,
    #[schema(example = "en")]
    locale: String,
    /// Local hour of the daily message.
    #[schema(example = 8)]
    preferred_send_hour: u8,
    #[schema(example = "whatsapp")]
    preferred_channel: Option<&'static str>,
    preferences: PreferencesAnswer,
    /// The group of a rollout they are in.
    #[schema(example = "team")]
    cohort: Option<String>,
    programme: String,
    /// RFC 3339, UTC.
    created_at: String,
    updated_at: String,
    /// What is known of each address; what is not listed is unknown, and unknown is not yes. Left
    /// out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    consents: Option<Vec<ConsentAnswer>>,
    /// Until when free text may be sent over WhatsApp. Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    windows: Option<Vec<WindowAnswer>>,
}

/// The consent of one address now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentAnswer {
    #[schema(example = "sms")]
    channel: &'static str,
    #[schema(example = "+14155550123")]
    address: String,
    #[schema(example = "all")]
    purpose: &'static str,
    /// `unknown`, `opted_in` or `opted_out`
    #[schema(example = "opted_in")]
    state: &'static str,
    /// Counts every change.
    version: u32,
    changed_at: Option<String>,
    #[schema(example = "join_page")]
    source: String,
    wording: Option<String>,
    /// Since when a reply that confirms it is waited for: until it comes the state is `unknown`.
    confirmation_asked_at: Option<String>,
    /// Since when a person has to decide whether something they wrote was a stop: until then
    /// nothing but replies goes out.
    in_doubt_since: Option<String>,
}

/// A WhatsApp session window.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WindowAnswer {
    /// Our sender.
    sender: String,
    ends_at: String,
    /// They came by an advertisement: what is sent until `until` is free of Meta's charge. `null` where that is no question.
    free_entry: Option<FreeEntryAnswer>,
}

/// A free entry point of WhatsApp.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FreeEntryAnswer {
    /// `awaits_answer` while our first answer, by `until`, is still to open it, else `open`; `over` once it has ended.
    #[schema(example = "open")]
    state: &'static str,
    until: String,
}

impl From<&ConsentRecord> for ConsentAnswer {
    fn from(record: &ConsentRecord) -> Self {
        Self {
            channel: record.channel.as_str(),
            address: record.handle.as_str().to_owned(),
            purpose: record.purpose.as_str(),
            state: record.state.as_str(),
            version: record.version,
            changed_at: record.changed_at.map(|at| at.to_string()),
            source: record.source.clone(),
            wording: record
                .wording
                .as_ref()
                .map(|wording| wording.as_str().to_owned()),
            confirmation_asked_at: record.open.asked_at.map(|at| at.to_string()),
            in_doubt_since: record
                .open
                .doubt
                .as_ref()
                .map(|doubt| doubt.since.to_string()),
        }
    }
}

impl WindowAnswer {
    fn new(record: &WindowRecord, now: Timestamp) -> Self {
        Self {
            sender: record.sender.as_str().to_owned(),
            ends_at: record.window.ends_at.to_string(),
            free_entry: FreeEntryAnswer::of(record.free_entry, now),
        }
    }
}

impl FreeEntryAnswer {
    fn of(entry: FreeEntry, now: Timestamp) -> Option<Self> {
        let (state, until) = match (entry.answer_by, entry.free_until) {
            (_, Some(until)) if now < until => ("open", until),
            (Some(until), _) if now < until => ("awaits_answer", until),
            (None, None) => return None,
            (by, until) => ("over", until.or(by)?),
        };
        Some(Self {
            state,
            until: until.to_string(),
        })
    }
}

impl From<&Member> for MemberAnswer {
    fn from(member: &Member) -> Self {
        let profile = &member.profile;
        Self {
            id: profile.id.to_string(),
            name: profile.name.as_str().to_owned(),
            phone: profile.phone.as_e164().to_owned(),
            country: profile.country.clone(),
            whatsapp_phone: member
                .whatsapp_number
                .as_ref()
                .map(|number| number.as_e164().to_owned()),
            email: profile.email.clone(),
            time_zone: profile.time_zone.clone(),
            locale: profile.locale.clone(),
            preferred_send_hour: profile.preferred_send_hour,
            preferred_channel: profile.preferred_channel.map(domain::Channel::as_str),
            preferences: profile.preferences.into(),
            cohort: profile.cohort.clone(),
            programme: profile.programme.clone(),
            created_at: member.created_at.to_string(),
            updated_at: member.updated_at.to_string(),
            consents: None,
            windows: None,
        }
    }
}

impl From<&MemberView> for MemberAnswer {
    fn from(view: &MemberView) -> Self {
        Self {
            consents: Some(view.consents.iter().map(Into::into).collect()),
            windows: Some(
                view.windows
                    .iter()
                    .map(|one| WindowAnswer::new(one, view.at))
                    .collect(),
            ),
            ..Self::from(&view.member)
        }
    }
}
