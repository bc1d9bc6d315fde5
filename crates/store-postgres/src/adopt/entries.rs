//! What stood in their queue: set aside when the database is taken over, sorted by what may have become
//! of it, and told to the operator without texts or numbers.

use domain::{Kind, MemberId, MessageId, Seconds};
use store::StoreError;

use super::catalog;
use super::exists;
use super::undo;
use crate::columns::{member_id, message_id_opt};
use crate::fault::Done;
use crate::migrate;
use crate::sql::{Row, Sql, params};

/// How an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// It certainly never left: it waits for an operator's word.
    Held,
    /// It may be with the provider, or may have been: it is not sent again.
    Unconfirmed,
    /// It was put into its lane.
    Released,
    /// It was ended by an operator.
    Discarded,
}

impl EntryState {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Unconfirmed => "unconfirmed",
            Self::Released => "released",
            Self::Discarded => "discarded",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [
            Self::Held,
            Self::Unconfirmed,
            Self::Released,
            Self::Discarded,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

/// One entry of their queue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id in their table.
    pub id: String,
    /// Whose it is.
    pub member: MemberId,
    /// What it wants to send.
    pub message: Option<MessageId>,
    /// The name of its queue.
    pub queue: String,
    /// What it is taken for, by the name of its queue.
    pub kind: Kind,
    /// How it stands.
    pub state: EntryState,
    /// How long it has been there.
    pub age: Seconds,
}

/// Sets their rows aside and answers how many there are.
pub(super) fn set_aside(sql: &Sql, present: &[&str]) -> Done<u64> {
    if !present.contains(&"message_queues") {
        return Ok(0);
    }
    let theirs = catalog::columns(sql, "message_queues")?;
    let has = |name: &str| theirs.iter().any(|column| column.name == name);
    let rows = sql.run(
        "CREATE TABLE adopted_message_queues AS SELECT q.*, 'over'::text AS adopted_state
         FROM message_queues q",
        params![],
    )?;
    sql.batch("ALTER TABLE adopted_message_queues ADD PRIMARY KEY (id)")?;
    // Every row when it was put back, and beside them the places that came since.
    let kept: Vec<String> = theirs
        .iter()
        .filter(|column| !column.generated)
        .map(|column| super::ident(&column.name))
        .collect();
    let kept = kept.join(", ");
    let ours: Vec<&str> = [
        "id",
        "client_id",
        "queue_name",
        "sequence_number",
        "message_id",
        "status",
        "retry_count",
        "max_retries",
        "error_message",
        "created_at",
    ]
    .into_iter()
    .filter(|name| has(name))
    .collect();
    let ours = ours.join(", ");
    undo::note(
        sql,
        &format!(
            "INSERT INTO message_queues ({kept}) OVERRIDING SYSTEM VALUE
             SELECT {kept} FROM adopted_message_queues;
             INSERT INTO message_queues ({ours}) SELECT {ours} FROM adopted_new_places"
        ),
    )?;
    sort(sql, &has, present.contains(&"messages"))?;
    sql.batch("DELETE FROM message_queues")?;
    Ok(rows)
}

/// Words of an entry that has not left, and of one that is over. Anything else may be with the provider.
const WAITING: &str = "('pending', 'queued', 'waiting', 'scheduled')";
const OVER: &str = "('delivered', 'read', 'completed', 'complete', 'done', 'failed', 'undelivered',
       'cancelled', 'canceled', 'expired', 'skipped')";

/// An entry has certainly never left only when nothing at all says that somebody tried: not itself, not its message, and no
/// other entry of that message.
fn sort(sql: &Sql, has: &dyn Fn(&str) -> bool, messages: bool) -> Done<()> {
    by_themselves(sql, has)?;
    if messages {
        by_messages(sql)?;
    }
    sql.batch(
        "UPDATE adopted_message_queues SET adopted_state = 'unconfirmed'
         WHERE adopted_state = 'held' AND message_id IN
           (SELECT message_id FROM adopted_message_queues WHERE adopted_state <> 'held')",
    )
}

fn by_themselves(sql: &Sql, has: &dyn Fn(&str) -> bool) -> Done<()> {
    let untouched = |column: &str, is: &str| {
        if has(column) {
            format!("a.{column} {is}")
        } else {
            "true".into()
        }
    };
    let delivered = if has("delivered_at") {
        "a.delivered_at IS NOT NULL"
    } else {
        "false"
    };
    sql.batch(&format!(
        "UPDATE adopted_message_queues a SET adopted_state = CASE
           WHEN lower(a.status::text) IN {OVER} OR {delivered} THEN 'over'
           WHEN lower(a.status::text) IN {WAITING} AND {} AND {} THEN 'held'
           ELSE 'unconfirmed' END",
        untouched("sent_at", "IS NULL"),
        untouched("retry_count", "IS NOT DISTINCT FROM 0"),
    ))
}

fn by_messages(sql: &Sql) -> Done<()> {
    let of_message = catalog::columns(sql, "messages")?;
    let says = |name: &str| of_message.iter().any(|column| column.name == name);
    if !says("delivery_status") {
        return Ok(());
    }
    let mut touched = vec!["lower(m.delivery_status::text) NOT IN ('pending', 'queued')"];
    if says("provider_message_id") {
        touched.push("m.provider_message_id IS NOT NULL");
    }
    if says("delivery_attempts") {
        touched.push("m.delivery_attempts <> 0");
    }
    if says("last_delivery_attempt_at") {
        touched.push("m.last_delivery_attempt_at IS NOT NULL");
    }
    sql.batch(&format!(
        "UPDATE adopted_message_queues a SET adopted_state = CASE
           WHEN lower(m.delivery_status::text) IN ('delivered', 'read') THEN 'over'
           WHEN a.adopted_state = 'held' AND ({}) THEN 'unconfirmed'
           ELSE a.adopted_state END
         FROM messages m WHERE m.id = a.message_id AND a.adopted_state <> 'over'",
        touched.join(" OR ")
    ))
}

/// How many are held, and how many unconfirmed.
pub(super) fn counts(sql: &Sql) -> Done<(u64, u64)> {
    if !exists(sql, "adopted_message_queues")? {
        return Ok((0, 0));
    }
    let counts = sql.one(
        "SELECT count(*) FILTER (WHERE adopted_state = 'held'),
           count(*) FILTER (WHERE adopted_state = 'unconfirmed') FROM adopted_message_queues",
        params![],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(counts.unwrap_or_default())
}

/// Entries that are not over, in the order of their lanes. Blocks.
pub fn entries(address: &str) -> Result<Vec<Entry>, StoreError> {
    let sql = migrate::open(address)?;
    Ok(list(&sql, "adopted_state <> 'over'", "")?)
}

/// The entries that meet a condition.
pub(super) fn list(sql: &Sql, condition: &str, locked: &str) -> Done<Vec<Entry>> {
    if !exists(sql, "adopted_message_queues")? {
        return Ok(Vec::new());
    }
    sql.all(
        &format!(
            "SELECT a.id::text, a.client_id, a.message_id, a.queue_name::text, a.adopted_state,
               greatest(0, extract(epoch FROM now() - a.created_at))::bigint
             FROM adopted_message_queues a WHERE {condition}
             ORDER BY a.client_id, a.queue_name, a.sequence_number, a.created_at, a.id {locked}"
        ),
        params![],
        read,
    )
}

fn read(row: &Row) -> Done<Entry> {
    let queue: String = row.get(3)?;
    let word: String = row.get(4)?;
    Ok(Entry {
        id: row.get(0)?,
        member: member_id(row, 1, "adopted_message_queues.client_id")?,
        message: message_id_opt(row, 2, "adopted_message_queues.message_id")?,
        kind: kind_of(&queue),
        queue,
        state: EntryState::read(&word).unwrap_or(EntryState::Unconfirmed),
        age: Seconds::new(row.get::<Option<u32>>(5)?.unwrap_or(0)),
    })
}

/// What the plan names its queues after. What no name tells is taken for a broadcast: it goes last, is
/// never repeated, and marketing that was stopped stops it.
pub(super) fn kind_of(queue: &str) -> Kind {
    let queue = queue.to_ascii_lowercase();
    let kinds = [
        (&["daily", "workout"][..], Kind::DailyWorkout),
        (&["week", "checkin"], Kind::WeeklyCheckin),
        (&["welcome", "onboard", "signup"], Kind::Welcome),
        (
            &["subscription", "renew", "billing"],
            Kind::SubscriptionReminder,
        ),
        (&["chat", "reply", "conversation"], Kind::ChatReply),
    ];
    let found = kinds
        .iter()
        .find(|(words, _)| words.iter().any(|word| queue.contains(word)));
    found.map_or(Kind::Broadcast, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_queues_are_known_by_their_names() {
        for (queue, kind) in [
            ("daily-9f0c", Kind::DailyWorkout),
            ("weekly-9f0c", Kind::WeeklyCheckin),
            ("Onboarding", Kind::Welcome),
            ("default", Kind::Broadcast),
        ] {
            assert_eq!(kind_of(queue), kind, "{queue}");
        }
    }
}
