//! Making and changing members.

use crate::sql::params;
use domain::{Channel, Handle, MemberId, PhoneNumber, Timestamp, Topic};
use store::StoreError;
use store::ops::{
    CreateMember, CreateMemberAnswer, CreateMembers, CreateMembersAnswer, Joined, MoveMember,
    UpdateMember, UpdateMemberAnswer,
};
use store::records::{ConsentEntry, Member, NewMember};

use crate::columns::{member_id, preference_word};
use crate::fault::{Done, corrupt};
use crate::rows;
use crate::tx::{Event, Tx};
use crate::work::Claim;
use crate::write::idempotency::{self, Key};
use crate::write::{accept, addresses, consent, inbound, joining};

/// See [`store::Op::CreateMember`].
pub(crate) fn create(tx: &mut Tx<'_>, op: &CreateMember) -> Done<CreateMemberAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(CreateMemberAnswer::KeyReused),
            Key::Known(answer) => {
                let id: [u8; 16] = answer
                    .try_into()
                    .map_err(|_| corrupt("idempotency_keys.answer", "not 16 bytes"))?;
                // A member erased since is no answer any more: the call counts as a new one.
                if let Some(member) = read(tx, MemberId::from_bytes(id))? {
                    return Ok(CreateMemberAnswer::Created {
                        member: Box::new(member),
                        replayed: true,
                    });
                }
            }
        }
    }
    let member = match make(tx, &op.member, &op.consents, op.at)? {
        Ok(member) => member,
        Err(owner) => return Ok(CreateMemberAnswer::PhoneTaken(owner)),
    };
    if let Some(key) = &op.idempotency {
        idempotency::keep(tx, key, op.member.id.as_bytes(), op.at)?;
    }
    Ok(CreateMemberAnswer::Created {
        member: Box::new(member),
        replayed: false,
    })
}

/// See [`store::Op::CreateMembers`].
pub(crate) fn create_many(tx: &mut Tx<'_>, op: &CreateMembers) -> Done<CreateMembersAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(CreateMembersAnswer::KeyReused),
            Key::Known(answer) => {
                let results = Joined::unpacked(&answer)
                    .ok_or_else(|| corrupt("idempotency_keys.answer", "an unknown result"))?;
                return Ok(CreateMembersAnswer::Done {
                    results,
                    replayed: true,
                });
            }
        }
    }
    let mut results = Vec::with_capacity(op.members.len());
    for (new, consents) in &op.members {
        let made = make(tx, new, consents, op.at)?;
        results.push(made.map_or_else(Joined::Known, |_| Joined::Made(new.id)));
    }
    if let Some(key) = &op.idempotency {
        idempotency::keep(tx, key, &Joined::packed(&results), op.at)?;
    }
    Ok(CreateMembersAnswer::Done {
        results,
        replayed: false,
    })
}

/// Makes a member, unless somebody has the number: then that one.
fn make(
    tx: &mut Tx<'_>,
    new: &NewMember,
    consents: &[ConsentEntry],
    at: Timestamp,
) -> Done<Result<Member, MemberId>> {
    match tx.standing(new)? {
        Claim::Owned(owner) => return Ok(Err(owner)),
        Claim::Fresh if joining::are_own(new, consents) => {
            return joining::add(tx, new, consents, at).map(Ok);
        }
        Claim::Fresh | Claim::Touched => {}
    }
    // Nothing below is about anybody else who is to be made.
    let standings = tx.set_standings_aside();
    tx.run(
        "INSERT INTO users (id, phone_number, name, email, country, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        params![
            new.id.as_bytes(),
            new.phone.as_e164(),
            new.name.as_str(),
            new.email,
            new.country,
            at.as_micros()
        ],
    )?;
    let wish = |topic| new.preferences.of(topic).map(Channel::as_str);
    tx.run(
        "INSERT INTO user_profiles (user_id, preferred_messaging_provider, time_zone, locale,
           preferred_send_hour, programme, daily_workouts, weekly_checkins, chat_responses,
           system_notifications, cohort)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            new.id.as_bytes(),
            new.preferred_channel.map(preference_word),
            new.time_zone,
            new.locale,
            new.preferred_send_hour,
            new.programme,
            wish(Topic::DailyWorkouts),
            wish(Topic::WeeklyCheckins),
            wish(Topic::ChatResponses),
            wish(Topic::SystemNotifications),
            new.cohort
        ],
    )?;
    tx.count("members", "all", 1);
    tx.event(&event("member.created", new.id, at));
    let member = known(tx, new.id)?;
    remember_erased(tx, &member, at)?;
    for entry in consents {
        consent::change(tx, entry, at)?;
    }
    consent::mirror(tx, new.id)?;
    tx.take_standings_back(standings, new);
    Ok(Ok(member))
}

/// See [`store::Op::UpdateMember`].
pub(crate) fn update(tx: &mut Tx<'_>, op: &UpdateMember) -> Done<UpdateMemberAnswer> {
    let Some(before) = read(tx, op.id)? else {
        return Ok(UpdateMemberAnswer::Unknown);
    };
    let changes = &op.changes;
    if let Some(owner) = taken(tx, op, &before)? {
        return Ok(UpdateMemberAnswer::PhoneTaken(owner));
    }
    let id = op.id.as_bytes();
    if let Some(name) = &changes.name {
        tx.run(
            "UPDATE users SET name = $2 WHERE id = $1",
            params![id, name.as_str()],
        )?;
    }
    if let Some((phone, country)) = &changes.phone {
        tx.run(
            "UPDATE users SET phone_number = $2, country = $3 WHERE id = $1",
            params![id, phone.as_e164(), country],
        )?;
    }
    if changes.phone.is_some() {
        // What was proved was the old number.
        tx.run(
            "DELETE FROM member_sessions WHERE user_id = $1",
            params![id],
        )?;
    }
    if let Some(email) = &changes.email {
        tx.run(
            "UPDATE users SET email = $2 WHERE id = $1",
            params![id, email],
        )?;
    }
    if let Some(number) = &changes.whatsapp_number {
        tx.run(
            "UPDATE user_profiles SET whatsapp_number = $2 WHERE user_id = $1",
            params![id, number.as_ref().map(PhoneNumber::as_e164)],
        )?;
    }
    if let Some(preferred) = changes.preferred_channel {
        tx.run(
            "UPDATE user_profiles SET preferred_messaging_provider = $2 WHERE user_id = $1",
            params![id, preferred.map(preference_word)],
        )?;
    }
    for (topic, channel) in &changes.preferences {
        set_wish(tx, op.id, *topic, *channel)?;
    }
    if let Some(cohort) = &changes.cohort {
        tx.run(
            "UPDATE user_profiles SET cohort = $2 WHERE user_id = $1",
            params![id, cohort],
        )?;
    }
    tx.run(
        "UPDATE user_profiles SET time_zone = coalesce($2, time_zone),
           locale = coalesce($3, locale), preferred_send_hour = coalesce($4, preferred_send_hour),
           programme = coalesce($5, programme) WHERE user_id = $1",
        params![
            id,
            changes.time_zone,
            changes.locale,
            changes.preferred_send_hour,
            changes.programme
        ],
    )?;
    tx.run(
        "UPDATE users SET updated_at = $2 WHERE id = $1",
        params![id, op.at.as_micros()],
    )?;
    let member = known(tx, op.id)?;
    if changes.phone.is_some() || changes.email.is_some() || changes.whatsapp_number.is_some() {
        addresses::leave(tx, op, &before, &member)?;
        remember_erased(tx, &member, op.at)?;
        addresses::prove(tx, op)?;
        consent::mirror(tx, op.id)?;
    }
    tx.event(&event("member.updated", op.id, op.at));
    Ok(UpdateMemberAnswer::Updated(Box::new(member)))
}

/// Who else has the number this one is to have.
fn taken(tx: &Tx<'_>, op: &UpdateMember, before: &Member) -> Done<Option<MemberId>> {
    let changes = &op.changes;
    if let Some((phone, _)) = &changes.phone
        && let Some(owner) = owner_of(tx, phone)?
        && owner != op.id
    {
        return Ok(Some(owner));
    }
    // Where they prove it themselves, nobody else may be written to there on WhatsApp either.
    let whatsapp = match (&changes.whatsapp_number, &changes.phone) {
        (Some(Some(number)), _) => Some(number),
        (None, Some((phone, _))) if before.whatsapp_number.is_none() => Some(phone),
        _ => None,
    };
    let Some(number) = whatsapp.filter(|_| op.proved.is_some()) else {
        return Ok(None);
    };
    let handle = Handle::Phone(number.clone());
    let members = consent::members_at(tx, Channel::Whatsapp, &handle)?;
    Ok(members.into_iter().find(|member| *member != op.id))
}

fn set_wish(tx: &mut Tx<'_>, id: MemberId, topic: Topic, channel: Option<Channel>) -> Done<()> {
    let sql = match topic {
        Topic::DailyWorkouts => "UPDATE user_profiles SET daily_workouts = $2 WHERE user_id = $1",
        Topic::WeeklyCheckins => "UPDATE user_profiles SET weekly_checkins = $2 WHERE user_id = $1",
        Topic::ChatResponses => "UPDATE user_profiles SET chat_responses = $2 WHERE user_id = $1",
        Topic::SystemNotifications => {
            "UPDATE user_profiles SET system_notifications = $2 WHERE user_id = $1"
        }
    };
    tx.run(sql, params![id.as_bytes(), channel.map(Channel::as_str)])?;
    Ok(())
}

/// See [`store::Op::MoveMember`].
pub(crate) fn move_to(tx: &mut Tx<'_>, op: &MoveMember) -> Done<bool> {
    let Some(member) = read(tx, op.member)? else {
        return Ok(false);
    };
    let wished = |channel| {
        member.profile.preferred_channel == channel
            && Topic::ALL
                .iter()
                .all(|topic| member.profile.preferences.of(*topic).is_none())
    };
    if wished(Some(op.to)) {
        return Ok(false);
    }
    prefer(tx, op.member, op.to, &op.why, op.at)?;
    if let Some(notice) = &op.notice {
        // One that was made before is no reason to tell it twice.
        let _stored = accept::one(tx, notice, op.at)?;
    }
    Ok(true)
}

/// From now on everything for a member goes by one channel first, and what waits for their reply on another is
/// planned again.
pub(crate) fn prefer(
    tx: &mut Tx<'_>,
    member: MemberId,
    channel: Channel,
    why: &str,
    at: Timestamp,
) -> Done<()> {
    tx.run(
        "UPDATE user_profiles SET preferred_messaging_provider = $2, daily_workouts = NULL,
           weekly_checkins = NULL, chat_responses = NULL, system_notifications = NULL
         WHERE user_id = $1",
        params![member.as_bytes(), preference_word(channel)],
    )?;
    tx.run(
        "UPDATE users SET updated_at = $2 WHERE id = $1",
        params![member.as_bytes(), at.as_micros()],
    )?;
    inbound::release(tx, member)?;
    tx.event(&Event {
        detail: &format!("{channel}: {why}"),
        ..event("member.moved", member, at)
    });
    Ok(())
}

/// The member, unless unknown or erased.
pub(crate) fn read(tx: &Tx<'_>, id: MemberId) -> Done<Option<Member>> {
    tx.flush()?;
    rows::member(tx.sql, id)
}

fn known(tx: &Tx<'_>, id: MemberId) -> Done<Member> {
    read(tx, id)?.ok_or_else(|| {
        StoreError::Corrupt(format!("user_profiles.user_id: no profile of {id}")).into()
    })
}

fn owner_of(tx: &Tx<'_>, phone: &PhoneNumber) -> Done<Option<MemberId>> {
    tx.one(
        "SELECT id FROM users WHERE phone_number = $1",
        params![phone.as_e164()],
        |row| member_id(row, 0, "users.id"),
    )
}

/// Addresses that were opted out before an erasure stay so (G18).
fn remember_erased(tx: &mut Tx<'_>, member: &Member, at: Timestamp) -> Done<()> {
    for channel in Channel::ALL {
        if let Some(handle) = member.handle(*channel) {
            consent::remember_erased(tx, *channel, &handle, at)?;
        }
    }
    Ok(())
}

/// An event of a member.
pub(crate) const fn event(kind: &str, member: MemberId, at: Timestamp) -> Event<'_> {
    Event {
        at,
        kind,
        member: Some(member),
        message: None,
        detail: "",
    }
}
