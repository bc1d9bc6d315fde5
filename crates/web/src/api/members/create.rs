//! `POST /api/v1/members`

use axum::response::Response;
use domain::{Channel, ConsentEvent, Handle, Preferences, Purpose};
use http::StatusCode;
use serde::Deserialize;
use store::records::{ConsentEntry, NewMember, Proof};
use utoipa::ToSchema;

use super::answer::MemberAnswer;
use super::fields;
use super::preferences::Wishes;
use crate::State;
use crate::idempotency::{Posted, mark};
use crate::json::{answer, json_body};
use crate::problem::{Faults, Problem};

/// A member to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Maria Souza", "phone": "+1 415 555 0123", "time_zone": "America/Los_Angeles",
    "preferred_send_hour": 7, "preferred_channel": "whatsapp",
    "consents": [{"channel": "whatsapp", "state": "opted_in", "source": "join_page",
                  "wording": "Yes, text me my workouts on WhatsApp. Reply STOP to stop."}]
}))]
pub(crate) struct CreateMember {
    /// 1 to 200 characters.
    name: String,
    /// As people write it; without `+` it is read as a number of `country`.
    phone: String,
    /// Two letters by ISO 3166; needed for numbers without `+`.
    country: Option<String>,
    email: Option<String>,
    /// IANA time zone; the service's default if missing.
    time_zone: Option<String>,
    /// Language tag.
    locale: Option<String>,
    /// Local hour of the daily message, 0 to 23.
    preferred_send_hour: Option<u8>,
    /// `sms`, `whatsapp`, `email` or `web`.
    preferred_channel: Option<String>,
    /// Their wishes for some sorts of messages.
    #[serde(default)]
    preferences: Wishes,
    /// The group of a rollout they are in, 1 to 50 letters, digits, `-`, `_`, `.` or `:`.
    cohort: Option<String>,
    /// The programme they follow.
    programme: Option<String>,
    /// What they have agreed to. Unknown is not yes: without an entry for a channel nothing is
    /// sent there. An address that is opted out stays so.
    #[serde(default)]
    consents: Vec<ConsentRequest>,
}
json_body!(CreateMember);

/// What somebody has agreed to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentRequest {
    /// `sms`, `whatsapp` or `email`.
    #[schema(example = "sms")]
    channel: String,
    /// `opted_in` or `opted_out`.
    #[schema(example = "opted_in")]
    state: String,
    /// Where it came from.
    #[schema(example = "join_page")]
    source: String,
    /// The text the person saw.
    wording: Option<String>,
    /// Which version of it, as you count them.
    wording_version: Option<String>,
    /// Where the proof can be looked up, such as the id of a form.
    evidence: Option<String>,
}

/// Make a member
///
/// Somebody to coach, with what they have agreed to.
#[utoipa::path(
    post, path = "/api/v1/members", tag = "Members", operation_id = "create_member",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    request_body = CreateMember,
    responses(
        (status = 201, description = "The member", body = MemberAnswer),
        (status = 409, description = "Another member has the number", body = Problem),
        (status = 422, description = "Some fields cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create(
    state: State,
    posted: Posted<CreateMember>,
) -> Result<Response, Problem> {
    let (member, consents) = read(&state, &posted.caller.actor(), posted.body)?;
    let (member, replayed) = state
        .engine()
        .create_member(member, consents, posted.key)
        .await?;
    let view = state.engine().member(member.profile.id).await?;
    Ok(mark(
        answer(StatusCode::CREATED, &MemberAnswer::from(&view)),
        replayed,
    ))
}

/// Checks every field; `actor` is who enters what they agreed to.
pub(crate) fn read(
    state: &State,
    actor: &str,
    body: CreateMember,
) -> Result<(NewMember, Vec<ConsentEntry>), Problem> {
    let defaults = state.defaults();
    let mut faults = Faults::default();
    let name = faults.keep("name", fields::name(&body.name));
    let country = body
        .country
        .as_deref()
        .and_then(|text| faults.keep("country", fields::country(text)));
    let region = country.as_deref().or(defaults.country.as_deref());
    let phone = faults.keep("phone", fields::phone(&body.phone, region));
    let email = body
        .email
        .as_deref()
        .and_then(|text| faults.keep("email", fields::email(text)));
    let locale = body
        .locale
        .as_deref()
        .and_then(|text| faults.keep("locale", fields::locale(text)));
    let hour = body
        .preferred_send_hour
        .and_then(|hour| faults.keep("preferred_send_hour", fields::hour(hour)));
    let channel = faults.parse("preferred_channel", body.preferred_channel.as_deref());
    let preferences = body.preferences.read(&mut faults);
    let cohort = body
        .cohort
        .as_deref()
        .and_then(|text| faults.keep("cohort", fields::cohort(text)));
    let programme = body
        .programme
        .as_deref()
        .and_then(|text| faults.keep("programme", fields::programme(text)));
    let handle = |channel: Channel| match channel {
        Channel::Sms | Channel::Whatsapp => phone
            .as_ref()
            .map(|phone| Handle::Phone(phone.number.clone())),
        Channel::Email => email.as_deref().map(|email| Handle::Email(email.into())),
        // It is their own page, which they have once they are there: nobody can agree to it before.
        Channel::Web => None,
    };
    let mut entries = Vec::with_capacity(body.consents.len());
    for (at, consent) in body.consents.iter().enumerate() {
        let field = |name: &str| format!("consents[{at}].{name}");
        let channel = faults.parse::<Channel>(&field("channel"), Some(&consent.channel));
        let event = faults.keep(&field("state"), event(&consent.state, &consent.source));
        let source = faults.keep(&field("source"), fields::source(&consent.source));
        let wording = consent
            .wording
            .as_deref()
            .and_then(|text| faults.keep(&field("wording"), fields::wording(text)));
        let proof = Proof {
            wording_version: consent
                .wording_version
                .as_deref()
                .and_then(|text| faults.keep(&field("wording_version"), fields::proof(text))),
            evidence: consent
                .evidence
                .as_deref()
                .and_then(|text| faults.keep(&field("evidence"), fields::proof(text))),
            said_at: None,
        };
        let (Some(channel), Some(event), Some(source)) = (channel, event, source) else {
            continue;
        };
        let Some(handle) = handle(channel) else {
            // A bad number or e-mail address has been named already.
            if phone.is_some() && (body.email.is_none() || channel == Channel::Web) {
                faults.add(
                    field("channel"),
                    format!("the member has no address on `{channel}`"),
                );
            }
            continue;
        };
        entries.push(ConsentEntry {
            channel,
            handle,
            purpose: Purpose::All,
            event,
            // Signing up again does not undo a STOP (G18): that takes START or a fresh opt-in.
            own_act: false,
            source,
            wording,
            actor: actor.to_owned(),
            proof,
            opens: None,
        });
    }
    faults.into_result()?;
    let (Some(name), Some(phone)) = (name, phone) else {
        return Err(Problem::field(
            "body",
            "a member needs a name and a phone number",
        ));
    };
    let member = NewMember {
        id: state.engine().ids().member(),
        name,
        phone: phone.number,
        country: phone.country.map(String::from).or(country),
        email,
        time_zone: body.time_zone.unwrap_or_else(|| defaults.time_zone.clone()),
        locale: locale.unwrap_or_else(|| defaults.locale.clone()),
        preferred_send_hour: hour.unwrap_or(defaults.preferred_send_hour),
        preferred_channel: channel,
        preferences: preferences
            .into_iter()
            .fold(Preferences::default(), |wishes, (topic, channel)| {
                wishes.with(topic, channel)
            }),
        cohort,
        programme: programme.unwrap_or_else(|| defaults.programme.clone()),
    };
    Ok((member, entries))
}

/// The event a state means: what was imported is no act of the person.
pub(super) fn event(state: &str, source: &str) -> Result<ConsentEvent, &'static str> {
    match state {
        "opted_in" if source == "import" => Err(
            "an import is no proof that somebody agreed; name where they did, such as `join_page`",
        ),
        "opted_in" => Ok(ConsentEvent::OptIn),
        "opted_out" => Ok(ConsentEvent::OptOut),
        _ => Err("a consent is `opted_in` or `opted_out`"),
    }
}
