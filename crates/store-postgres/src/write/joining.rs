//! Making a member of whose addresses nothing is known: nobody is there who could be silenced, no consent that could be
//! changed, and all rows are new. What is known of somebody goes the longer way ([`super::members`]).

use domain::{Channel, ConsentState, Handle, Purpose, Timestamp};
use store::records::{ConsentEntry, ConsentRecord, Member, NewMember, Opens};

use super::accept;
use super::consent::{self, Current};
use super::members::event;
use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::work::{NewLine, NewUser};

/// Whether all entries are about what the member is to have, and for everything.
pub(super) fn are_own(new: &NewMember, consents: &[ConsentEntry]) -> bool {
    consents.iter().all(|entry| {
        entry.purpose == Purpose::All
            && match (entry.channel, &entry.handle) {
                (Channel::Sms | Channel::Whatsapp, Handle::Phone(phone)) => *phone == new.phone,
                (Channel::Email, Handle::Email(email)) => {
                    Some(email.as_ref()) == new.email.as_deref()
                }
                _ => false,
            }
    })
}

/// Makes them.
pub(super) fn add(
    tx: &mut Tx<'_>,
    new: &NewMember,
    consents: &[ConsentEntry],
    at: Timestamp,
) -> Done<Member> {
    tx.count("members", "all", 1);
    tx.event(&event("member.created", new.id, at));
    tx.will_be_member(new.id);
    let mut now: Vec<ConsentRecord> = Vec::with_capacity(consents.len());
    let mut lines = Vec::with_capacity(consents.len());
    for entry in consents {
        let known = now.iter().position(|one| one.channel == entry.channel);
        let before = known.map_or_else(Current::nothing, |at| Current::of(&now.swap_remove(at)));
        let (record, asks) = consent::after(&before, entry, at);
        lines.push(NewLine {
            entry: entry.clone(),
            state: record.state,
            version: record.version,
            at,
        });
        tx.event(&Event {
            detail: &format!("{} {}", entry.channel, record.state),
            ..event("consent.changed", new.id, at)
        });
        now.push(record);
        if let (true, Some(Opens::Request(request))) = (asks, &entry.opens) {
            // One that was asked before is not asked again.
            let _stored = accept::one(tx, request, at)?;
        }
    }
    let whatsapp = now.iter().find(|one| one.channel == Channel::Whatsapp);
    let user = NewUser {
        member: new.clone(),
        at,
        whatsapp_since: whatsapp
            .filter(|one| one.state == ConsentState::OptedIn)
            .and_then(|one| one.changed_at),
    };
    tx.add_member(user, now, lines);
    Ok(Member {
        profile: new.clone(),
        whatsapp_number: None,
        created_at: at,
        updated_at: at,
    })
}
