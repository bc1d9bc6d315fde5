//! New members with their consents, the lines that say who made them, and the keys of those who asked for it.

use domain::{Channel, MemberId, MessageId, OperatorId, Text, Timestamp, Topic};
use store::records::{AuditEntry, ConsentRecord};

use super::super::joining::{Joining, NewLine, NewUser};
use super::super::keys::KeyRow;
use super::{Columns, columns, instant};
use crate::columns::preference_word;
use crate::sql::{AsValue as _, Value};

/// The statements that store these, in the order of their keys: two nodes that take the same ones wait for each other in
/// one order. What a member's row is needed for comes after it.
pub(super) fn new(joining: &Joining) -> [Option<Columns<'_>>; 5] {
    let mut users: Vec<&NewUser> = joining.users.iter().collect();
    users.sort_unstable_by_key(|user| user.member.phone.as_e164());
    let key = |one: &ConsentRecord| (one.channel.as_str(), one.purpose.as_str());
    let mut consents: Vec<&ConsentRecord> = joining.consents.iter().collect();
    consents.sort_unstable_by(|one, other| {
        let addresses = one.handle.as_str().cmp(other.handle.as_str());
        addresses.then_with(|| key(one).cmp(&key(other)))
    });
    [
        columns(USERS, users.iter().map(|user| new_user(user))),
        columns(PROFILES, users.iter().map(|user| new_profile(user))),
        columns(CONSENTS, consents.into_iter().map(consent)),
        columns(LINES, joining.lines.iter().map(line)),
        columns(AUDITS, joining.audits.iter().map(audit)),
    ]
}

/// The same for the keys of callers: one that was used elsewhere meanwhile is found by trying again.
pub(super) fn keys(keys: &[KeyRow]) -> Option<Columns<'_>> {
    let mut keys: Vec<&KeyRow> = keys.iter().collect();
    keys.sort_unstable_by_key(|key| &key.name);
    columns(KEYS, keys.into_iter().map(key))
}

const KEYS: &str = "INSERT INTO idempotency_keys (scope, key, fingerprint, answer, created_at)
     SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::bytea[]), unnest($4::bytea[]),
       unnest($5::timestamptz[])";

fn key(new: &KeyRow) -> [Value<'_>; 5] {
    let (scope, key) = &new.name;
    [
        scope.value(),
        key.value(),
        Value::Bytes(&new.fingerprint),
        Value::Bytes(&new.answer),
        new.at.value(),
    ]
}

const USERS: &str =
    "INSERT INTO users (id, phone_number, name, email, country, created_at, updated_at)
     SELECT id, phone_number, name, email, country, at, at
     FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::text[]) AS phone_number,
       unnest($3::text[]) AS name, unnest($4::text[]) AS email, unnest($5::text[]) AS country,
       unnest($6::timestamptz[]) AS at) AS new";

fn new_user(new: &NewUser) -> [Value<'_>; 6] {
    let member = &new.member;
    [
        Value::Bytes(member.id.as_bytes()),
        Value::Text(member.phone.as_e164()),
        Value::Text(member.name.as_str()),
        member.email.value(),
        member.country.value(),
        Value::Int(new.at.as_micros()),
    ]
}

const PROFILES: &str =
    "INSERT INTO user_profiles (user_id, preferred_messaging_provider, time_zone,
       locale, preferred_send_hour, programme, daily_workouts, weekly_checkins, chat_responses,
       system_notifications, cohort, whatsapp_opt_in, whatsapp_opt_in_date)
     SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),
       unnest($5::integer[]), unnest($6::text[]), unnest($7::text[]), unnest($8::text[]),
       unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), unnest($12::boolean[]),
       unnest($13::timestamptz[])";

fn new_profile(new: &NewUser) -> [Value<'_>; 13] {
    let member = &new.member;
    let word = |word: Option<&'static str>| word.map_or(Value::Null, Value::Text);
    let wish = |topic| word(member.preferences.of(topic).map(Channel::as_str));
    [
        Value::Bytes(member.id.as_bytes()),
        word(member.preferred_channel.map(preference_word)),
        member.time_zone.value(),
        member.locale.value(),
        member.preferred_send_hour.value(),
        member.programme.value(),
        wish(Topic::DailyWorkouts),
        wish(Topic::WeeklyCheckins),
        wish(Topic::ChatResponses),
        wish(Topic::SystemNotifications),
        member.cohort.value(),
        Value::Bool(new.whatsapp_since.is_some()),
        instant(new.whatsapp_since),
    ]
}

/// One that somebody else has added since is found by trying again, and not written over.
const CONSENTS: &str =
    "INSERT INTO consents (channel, address, purpose, state, version, changed_at,
       source, wording, asked_at, doubt_since, doubt_why, doubt_message)
     SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),
       unnest($5::integer[]), unnest($6::timestamptz[]), unnest($7::text[]), unnest($8::text[]),
       unnest($9::timestamptz[]), unnest($10::timestamptz[]), unnest($11::text[]),
       unnest($12::uuid[])";

fn consent(record: &ConsentRecord) -> [Value<'_>; 12] {
    let doubt = record.open.doubt.as_ref();
    let message = doubt.and_then(|doubt| doubt.message.as_ref());
    [
        Value::Text(record.channel.as_str()),
        Value::Text(record.handle.as_str()),
        Value::Text(record.purpose.as_str()),
        Value::Text(record.state.as_str()),
        record.version.value(),
        instant(record.changed_at),
        record.source.value(),
        text(record.wording.as_ref()),
        instant(record.open.asked_at),
        instant(doubt.map(|doubt| doubt.since)),
        doubt.map_or(Value::Null, |doubt| doubt.why.value()),
        message
            .map(MessageId::as_bytes)
            .map_or(Value::Null, |id| Value::Bytes(id)),
    ]
}

const LINES: &str = "INSERT INTO consent_ledger (channel, address, purpose, event, own_act, state,
       version, source, wording, actor, at, wording_version, evidence)
     SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),
       unnest($5::boolean[]), unnest($6::text[]), unnest($7::integer[]), unnest($8::text[]),
       unnest($9::text[]), unnest($10::text[]), unnest($11::timestamptz[]), unnest($12::text[]),
       unnest($13::text[])";

fn line(new: &NewLine) -> [Value<'_>; 13] {
    let entry = &new.entry;
    [
        Value::Text(entry.channel.as_str()),
        Value::Text(entry.handle.as_str()),
        Value::Text(entry.purpose.as_str()),
        Value::Text(entry.event.as_str()),
        entry.own_act.value(),
        Value::Text(new.state.as_str()),
        new.version.value(),
        entry.source.value(),
        text(entry.wording.as_ref()),
        entry.actor.value(),
        Value::Int(new.at.as_micros()),
        entry.proof.wording_version.value(),
        entry.proof.evidence.value(),
    ]
}

const AUDITS: &str =
    "INSERT INTO audit_entries (at, operator_id, actor, action, subject, user_id, was,
       became)
     SELECT unnest($1::timestamptz[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]),
       unnest($5::text[]), unnest($6::uuid[]), unnest($7::text[]), unnest($8::text[])";

fn audit((entry, at): &(AuditEntry, Timestamp)) -> [Value<'_>; 8] {
    let operator = entry.operator.as_ref().map(OperatorId::as_bytes);
    let member = entry.member.as_ref().map(MemberId::as_bytes);
    [
        Value::Int(at.as_micros()),
        operator.map_or(Value::Null, |id| Value::Bytes(id)),
        entry.actor.value(),
        entry.action.value(),
        entry.subject.value(),
        member.map_or(Value::Null, |id| Value::Bytes(id)),
        entry.before.value(),
        entry.after.value(),
    ]
}

fn text(text: Option<&Text>) -> Value<'_> {
    text.map_or(Value::Null, |text| Value::Text(text.as_str()))
}
