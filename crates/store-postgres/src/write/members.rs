//! Making and changing members.

use crate::sql::params;
use domain::{Channel, MemberId, PhoneNumber, Timestamp};
use store::StoreError;
use store::ops::{CreateMember, CreateMemberAnswer, UpdateMember, UpdateMemberAnswer};
use store::records::Member;

use crate::columns::{member_id, preference_word};
use crate::fault::{Done, corrupt};
use crate::rows;
use crate::tx::{Event, Tx};
use crate::write::consent;
use crate::write::idempotency::{self, Key};

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
                        member,
                        replayed: true,
                    });
                }
            }
        }
    }
    let new = &op.member;
    if let Some(owner) = owner_of(tx, &new.phone)? {
        return Ok(CreateMemberAnswer::PhoneTaken(owner));
    }
    tx.run(
        "INSERT INTO users (id, phone_number, name, email, country, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        params![
            new.id.as_bytes(),
            new.phone.as_e164(),
            new.name.as_str(),
            new.email,
            new.country,
            op.at.as_micros()
        ],
    )?;
    tx.run(
        "INSERT INTO user_profiles (user_id, preferred_messaging_provider, time_zone, locale,
           preferred_send_hour, programme) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            new.id.as_bytes(),
            new.preferred_channel.map(preference_word),
            new.time_zone,
            new.locale,
            new.preferred_send_hour,
            new.programme
        ],
    )?;
    tx.count("members", "all", 1);
    tx.event(&event("member.created", new.id, op.at));
    let member = known(tx, new.id)?;
    remember_erased(tx, &member, op.at)?;
    for entry in &op.consents {
        consent::change(tx, entry, op.at)?;
    }
    consent::mirror(tx, new.id)?;
    if let Some(key) = &op.idempotency {
        idempotency::keep(tx, key, new.id.as_bytes(), op.at)?;
    }
    Ok(CreateMemberAnswer::Created {
        member,
        replayed: false,
    })
}

/// See [`store::Op::UpdateMember`].
pub(crate) fn update(tx: &mut Tx<'_>, op: &UpdateMember) -> Done<UpdateMemberAnswer> {
    if read(tx, op.id)?.is_none() {
        return Ok(UpdateMemberAnswer::Unknown);
    }
    let changes = &op.changes;
    if let Some((phone, _)) = &changes.phone
        && let Some(owner) = owner_of(tx, phone)?
        && owner != op.id
    {
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
    if let Some(email) = &changes.email {
        tx.run(
            "UPDATE users SET email = $2 WHERE id = $1",
            params![id, email],
        )?;
    }
    if let Some(preferred) = changes.preferred_channel {
        tx.run(
            "UPDATE user_profiles SET preferred_messaging_provider = $2 WHERE user_id = $1",
            params![id, preferred.map(preference_word)],
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
    if changes.phone.is_some() || changes.email.is_some() {
        remember_erased(tx, &member, op.at)?;
        consent::mirror(tx, op.id)?;
    }
    tx.event(&event("member.updated", op.id, op.at));
    Ok(UpdateMemberAnswer::Updated(member))
}

/// The member, unless unknown or erased.
pub(crate) fn read(tx: &Tx<'_>, id: MemberId) -> Done<Option<Member>> {
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
