//! What a database that is given back does not take along, for whoever asks before it is: what people said or made for which the
//! old tables have no place. What we count, measure or can ask for again is not among it.

use super::examine::count;
use super::{catalog, days, exists};
use crate::fault::Done;
use crate::sql::Sql;

/// A table, which of its rows, and what they are. What must not be passed over by whoever sends next comes first.
const LOST: &[(&str, &str, &str)] = &[
    (
        "consents",
        "state = 'opted_out'",
        "addresses that said stop: the old tables have no place for that, and whoever sends next must \
         know it",
    ),
    (
        "erased_addresses",
        "true",
        "addresses of erased people who had said stop, of which only hashes are left: nobody can know them any more",
    ),
    (
        "switches",
        "true",
        "kill switches that are on: nothing holds back any more what they hold",
    ),
    (
        "message_queues",
        "status IN ('waiting', 'held') AND EXISTS (SELECT 1 FROM messages m
           WHERE m.id = message_queues.message_id AND m.not_before > now())",
        "messages that are to go later: they are entries like all others, so whoever sends next sends them at once",
    ),
    (
        "broadcasts",
        "state NOT IN ('finished', 'cancelled')",
        "broadcasts that are not over: nothing more of them is made",
    ),
    (
        "conversations",
        "kept_until > now()",
        "conversations that somebody of the team keeps",
    ),
    (
        "subscriptions",
        "state <> 'ended'",
        "subscriptions: they go on where payments are taken",
    ),
    (
        "consents",
        "state = 'opted_in' AND source <> 'adopted'",
        "consents given since, with their evidence",
    ),
    (
        "consent_ledger",
        "source <> 'adopted'",
        "lines of who agreed to what, and when",
    ),
    (
        "messages",
        "unanswered",
        "messages of members that nobody has answered: that they wait is told nowhere else",
    ),
    (
        "programme_versions",
        "true",
        "versions of programmes that coaches wrote",
    ),
    (
        "enrolments",
        "true",
        "programmes that members were put on, and since when",
    ),
    ("logged_sets", "true", "sets that members logged"),
    ("member_notes", "deleted_at IS NULL", "notes about members"),
    (
        "broadcasts",
        "state IN ('finished', 'cancelled')",
        "broadcasts that are over (their messages stay)",
    ),
    ("segments", "true", "segments of members"),
    ("operators", "removed_at IS NULL", "people of the team"),
    ("audit_entries", "true", "lines of what the team did"),
    (
        "webhook_endpoints",
        "true",
        "endpoints that are told events",
    ),
    ("api_keys", "revoked_at IS NULL", "keys of the API"),
    (
        "stranger_messages",
        "true",
        "messages from numbers that are no member's",
    ),
    (
        "attempts",
        "true",
        "attempts with their receipts and reasons (the messages themselves stay)",
    ),
];

/// Columns of profiles that members fill, with what stands there when they have not.
const PROFILE: &[(&str, &str)] = &[
    ("locale", "'en'"),
    ("programme", "'default'"),
    ("daily_workouts", "NULL"),
    ("weekly_checkins", "NULL"),
    ("chat_responses", "NULL"),
    ("system_notifications", "NULL"),
    ("cohort", "NULL"),
];

/// Each a sentence that begins with how many.
pub(crate) fn losses(sql: &Sql) -> Done<Vec<String>> {
    let mut losses = Vec::new();
    for (table, condition, what) in LOST {
        // Whoever was interrupted on the way up has not all of them.
        if !exists(sql, table)? {
            continue;
        }
        let rows = count(
            sql,
            &format!("SELECT count(*) FROM {table} WHERE {condition}"),
        )?;
        if rows > 0 {
            losses.push(format!("{rows} {what}"));
        }
    }
    let holidays = holidays(sql)?;
    if holidays > 0 {
        losses.push(format!(
            "{holidays} holidays of members that are not over: what recurs comes to them again"
        ));
    }
    let days = days::lost(sql)?;
    if days > 0 {
        losses.push(format!(
            "{days} time zones or hours of members for which the old tables have no column"
        ));
    }
    let profiles = profiles(sql)?;
    if profiles > 0 {
        losses.push(format!(
            "{profiles} members with a language, a programme, a cohort or wishes about what they get"
        ));
    }
    Ok(losses)
}

/// Members who have something in a column that goes.
fn profiles(sql: &Sql) -> Done<i64> {
    let there = catalog::columns(sql, "user_profiles")?;
    let mut said = Vec::new();
    for (name, nothing) in PROFILE {
        let is_there = there.iter().any(|column| column.name == *name);
        // What the first migration added, or a later one.
        let first = ["locale", "programme"].contains(name);
        if is_there && (!first || days::is_added(sql, name)?) {
            said.push(format!("p.{name} IS DISTINCT FROM {nothing}"));
        }
    }
    if said.is_empty() {
        return Ok(0);
    }
    count(
        sql,
        &format!(
            "SELECT count(*) FROM user_profiles p JOIN users u ON u.id = p.user_id
             WHERE u.erased_at IS NULL AND ({})",
            said.join(" OR ")
        ),
    )
}

/// But for those that began with the take-over.
fn holidays(sql: &Sql) -> Done<i64> {
    if !exists(sql, "pauses")? {
        return Ok(0);
    }
    let made = if exists(sql, "adopted_zones")? {
        "until_date IS NULL AND user_id IN (SELECT user_id FROM adopted_zones)"
    } else {
        "false"
    };
    count(
        sql,
        &format!(
            "SELECT count(*) FROM pauses WHERE NOT ({made})
               AND coalesce(until_date > to_char(now(), 'YYYY-MM-DD'), true)"
        ),
    )
}
