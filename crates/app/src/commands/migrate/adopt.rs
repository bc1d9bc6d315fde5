//! `gymtext migrate adopt`: what a database that was taken over had in its queue. Nothing of it is sent
//! before an operator says so here.

use std::io;

use domain::MemberId;
use serde_json::{Value, json};
use store_postgres::migrate::{self, Adoption, Entry, EntryState};

use super::Place;
use crate::output::Out;

const EXAMPLES: &str = "\
Examples:
  gymtext migrate adopt
  gymtext migrate adopt --release
  gymtext migrate adopt --discard

Held entries certainly never left. Released, they go the ordinary way: consent, windows and hours are
asked, and what was written too long ago ends as expired. Unconfirmed ones may have reached somebody
and are never sent again.";

/// Most entries of one list for people; `--json` has them all.
const SHOWN_MAX: usize = 50;

/// Arguments of `gymtext migrate adopt`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Put what is held into its lanes
    #[arg(long, conflicts_with = "discard")]
    release: bool,
    /// End what is held as cancelled
    #[arg(long)]
    discard: bool,
}

pub(super) fn run(args: &Args, place: &Place<'_>, json: bool, out: &mut Out) -> anyhow::Result<()> {
    let address = place.server()?;
    if args.release {
        let lifetime = policy::admission::lifetime;
        let done = place.told(migrate::release_held(address, lifetime))?;
        if json {
            let kept = done.kept.iter().map(|(entry, why)| {
                let mut value = line(entry);
                if let Some(object) = value.as_object_mut() {
                    object.insert("why".into(), json!(why));
                }
                value
            });
            let released: Vec<Value> = done.released.iter().map(line).collect();
            let kept: Vec<Value> = kept.collect();
            out.json(&json!({ "released": released, "kept": kept }))?;
            return Ok(());
        }
        out.line(format!("{} released", done.released.len()))?;
        if !done.kept.is_empty() {
            out.line(format!("{} stay held:", done.kept.len()))?;
            let rows = done.kept.iter().take(SHOWN_MAX);
            let rows = rows.map(|(entry, why)| vec![entry.id.clone(), (*why).to_owned()]);
            out.table(&["entry", "why"], rows)?;
        }
    } else if args.discard {
        let discarded = place.told(migrate::discard_held(address))?;
        if json {
            let discarded: Vec<Value> = discarded.iter().map(line).collect();
            out.json(&json!({ "discarded": discarded }))?;
        } else {
            out.line(format!("{} discarded", discarded.len()))?;
        }
    } else {
        list(&place.told(migrate::held_entries(address))?, json, out)?;
    }
    Ok(())
}

fn list(entries: &[Entry], json: bool, out: &mut Out) -> anyhow::Result<()> {
    if json {
        for entry in entries {
            out.json(&line(entry))?;
        }
        return Ok(());
    }
    let count = |state| entries.iter().filter(|entry| entry.state == state).count();
    out.line(format!(
        "{} held, {} unconfirmed, {} released, {} discarded",
        count(EntryState::Held),
        count(EntryState::Unconfirmed),
        count(EntryState::Released),
        count(EntryState::Discarded)
    ))?;
    if entries.is_empty() {
        return Ok(());
    }
    let rows = entries.iter().take(SHOWN_MAX).map(|entry| {
        vec![
            entry.id.clone(),
            entry.state.as_str().to_owned(),
            entry.member.to_string(),
            entry.queue.clone(),
            entry.kind.to_string(),
            age(entry),
        ]
    });
    out.table(&["entry", "state", "member", "queue", "as", "age"], rows)?;
    if entries.len() > SHOWN_MAX {
        out.line(format!(
            "and {} more; --json lists all",
            entries.len() - SHOWN_MAX
        ))?;
    }
    Ok(())
}

fn age(entry: &Entry) -> String {
    let hours = entry.age.as_micros() / 3_600_000_000;
    if hours >= 48 {
        format!("{} days", hours / 24)
    } else {
        format!("{hours} h")
    }
}

fn line(entry: &Entry) -> Value {
    json!({
        "entry": entry.id,
        "state": entry.state.as_str(),
        "member_id": entry.member.to_string(),
        "message_id": entry.message.map(|id| id.to_string()),
        "queue": entry.queue,
        "kind": entry.kind.as_str(),
        "age_seconds": entry.age.as_micros() / 1_000_000,
    })
}

/// What was taken over, for people.
pub(super) fn tell(out: &mut Out, adopted: &Adoption) -> io::Result<()> {
    out.line("The plan's tables were there and are taken over:")?;
    out.line(format!(
        "  {} users, {} profiles ({} made), {} messages, {} queue entries",
        adopted.users, adopted.profiles, adopted.profiles_made, adopted.messages, adopted.entries
    ))?;
    out.line(format!(
        "  {} agreed to WhatsApp by flag and date; nobody is known to agree to SMS",
        adopted.opted_in
    ))?;
    if adopted.opt_ins_without_proof > 0 {
        out.line(format!(
            "  {} have the WhatsApp flag without a date, or for a number that cannot be read, or wrote since \
             what is or may be a stop: not known to agree",
            adopted.opt_ins_without_proof
        ))?;
    }
    if !adopted.unread_whatsapp.is_empty() {
        out.line(format!(
            "  {} have a number on WhatsApp that cannot be read; what they agreed to there counts for no other:",
            adopted.unread_whatsapp.len()
        ))?;
        list_members(out, &adopted.unread_whatsapp)?;
    }
    if !adopted.unread_zones.is_empty() {
        out.line(format!(
            "  {} have a time zone that is not said or cannot be read; they have UTC, and are on holiday until somebody \
             sets it and ends that:",
            adopted.unread_zones.len()
        ))?;
        list_members(out, &adopted.unread_zones)?;
    }
    if adopted.numbers_rewritten > 0 {
        out.line(format!(
            "  {} numbers were written in another way and are E.164 now",
            adopted.numbers_rewritten
        ))?;
    }
    if !adopted.without_number.is_empty() {
        out.line(format!(
            "  {} users have no number that can be read; they stay, and nobody writes to them:",
            adopted.without_number.len()
        ))?;
        list_members(out, &adopted.without_number)?;
    }
    if adopted.held + adopted.unconfirmed > 0 {
        out.line(format!(
            "  {} entries are held and {} unconfirmed: `gymtext migrate adopt` lists them; nothing of \
             them is sent before you say so",
            adopted.held, adopted.unconfirmed
        ))?;
    }
    Ok(())
}

/// Members, each with why it is named.
fn list_members(out: &mut Out, members: &[(MemberId, String)]) -> io::Result<()> {
    for (member, why) in members.iter().take(SHOWN_MAX) {
        out.line(format!("    {member}  {why}"))?;
    }
    if members.len() > SHOWN_MAX {
        out.line(format!(
            "    and {} more; --json lists all",
            members.len() - SHOWN_MAX
        ))?;
    }
    Ok(())
}

/// What was taken over, for programs.
pub(super) fn as_json(adopted: &Adoption) -> Value {
    let members = |named: &[(MemberId, String)]| -> Vec<Value> {
        named
            .iter()
            .map(|(member, why)| json!({ "member_id": member.to_string(), "why": why }))
            .collect()
    };
    json!({
        "users": adopted.users,
        "profiles": adopted.profiles,
        "profiles_made": adopted.profiles_made,
        "messages": adopted.messages,
        "entries": adopted.entries,
        "held": adopted.held,
        "unconfirmed": adopted.unconfirmed,
        "numbers_rewritten": adopted.numbers_rewritten,
        "opted_in": adopted.opted_in,
        "opt_ins_without_proof": adopted.opt_ins_without_proof,
        "unread_whatsapp": members(&adopted.unread_whatsapp),
        "unread_zones": members(&adopted.unread_zones),
        "without_number": members(&adopted.without_number),
    })
}
