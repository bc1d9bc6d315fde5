//! What is copied: one declaration of tables, columns and kinds for both stores. A test of each store
//! compares it with its real schema, so that no later migration can be forgotten here: a column is
//! copied, or named as left out with the reason.

mod left_out;

use super::{Cell, Cells};
use Kind::{Bytes, Flag, Id, Instant, Json, Number, Text};

pub use left_out::{LEFT_OUT, LeftOut, Which, is_left_out};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 16 bytes; `uuid` on PostgreSQL.
    Id,
    /// Whole microseconds since 1970; `timestamptz` on PostgreSQL.
    Instant,
    /// Yes or no; 0 and 1 on SQLite.
    Flag,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// JSON; text on SQLite, `jsonb` on PostgreSQL.
    Json,
    /// Bytes.
    Bytes,
}

/// A column that is copied.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, the same in both stores.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// A table that is copied.
#[derive(Debug)]
pub struct Table {
    /// Its name, the same in both stores.
    pub name: &'static str,
    /// The columns that order it and that no two rows have the same.
    pub key: &'static [&'static str],
    /// What is copied of it.
    pub columns: &'static [Column],
}

impl Table {
    /// The key of a row.
    pub fn key_of(&self, row: &Cells) -> Vec<Cell> {
        self.columns
            .iter()
            .zip(row)
            .filter(|(column, _)| self.key.contains(&column.name))
            .map(|(_, cell)| cell.clone())
            .collect()
    }

    /// The names of its columns, as a statement lists them.
    pub fn list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    /// The place of a column among those that are copied.
    pub fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// What of a real schema is neither declared nor left out: `(table, column)` pairs in, names out. A
/// table that is not known is named once.
pub fn unknown(which: Which, schema: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (table, column) in schema {
        if is_left_out(which, table) {
            continue;
        }
        let full = format!("{table}.{column}");
        let name = match TABLES.iter().find(|known| known.name == table) {
            None => table.clone(),
            Some(known) if known.at(column).is_some() || is_left_out(which, &full) => continue,
            Some(_) => full,
        };
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// What is copied, in an order in which each row finds those it refers to.
pub const TABLES: &[Table] = &[
    Table {
        name: "users",
        key: &["id"],
        columns: &[
            column("id", Id),
            column("phone_number", Text),
            column("name", Text),
            column("email", Text),
            column("country", Text),
            column("created_at", Instant),
            column("updated_at", Instant),
            column("erased_at", Instant),
        ],
    },
    Table {
        name: "user_profiles",
        key: &["user_id"],
        columns: &[
            column("user_id", Id),
            column("preferred_messaging_provider", Text),
            column("whatsapp_opt_in", Flag),
            column("whatsapp_opt_in_date", Instant),
            column("whatsapp_number", Text),
            column("time_zone", Text),
            column("locale", Text),
            column("preferred_send_hour", Number),
            column("programme", Text),
            column("daily_workouts", Text),
            column("weekly_checkins", Text),
            column("chat_responses", Text),
            column("system_notifications", Text),
            column("cohort", Text),
        ],
    },
    Table {
        name: "messages",
        key: &["seq"],
        columns: &[
            column("seq", Number),
            column("id", Id),
            column("client_id", Id),
            column("direction", Text),
            column("delivery_status", Text),
            column("kind", Text),
            column("queue_name", Text),
            column("channel", Text),
            column("channel_used", Text),
            column("phone_from", Text),
            column("phone_to", Text),
            column("provider", Text),
            column("provider_message_id", Text),
            column("delivery_error", Text),
            column("error_code", Number),
            column("segments", Number),
            column("delivery_attempts", Number),
            column("last_delivery_attempt_at", Instant),
            column("created_at", Instant),
            column("reason", Text),
            column("possible_repeat", Flag),
            column("critical", Flag),
            column("attempts_max", Number),
            column("not_before", Instant),
            column("expires_at", Instant),
            column("in_reply_to", Id),
            column("knocks_for", Id),
            column("occasion", Text),
            column("unanswered", Flag),
            column("answered_at", Instant),
            column("account", Text),
            column("button", Text),
            column("template", Text),
            column("variables", Text),
            column("media", Text),
            column("metadata", Json),
            column("blocks", Text),
            column("content", Text),
        ],
    },
    Table {
        name: "message_queues",
        key: &["sequence_number"],
        columns: &[
            column("sequence_number", Number),
            column("message_id", Id),
            column("client_id", Id),
            column("lane", Number),
            column("priority", Number),
            column("status", Text),
            column("due", Instant),
            column("attempts", Number),
            column("retry_count", Number),
            column("max_retries", Number),
            column("cancel_requested", Flag),
            column("possible_repeat", Flag),
            column("released_by_reply", Flag),
            column("held_why", Text),
            column("error_message", Text),
            column("created_at", Instant),
            column("sent_at", Instant),
            column("delivered_at", Instant),
            column("queue_name", Text),
        ],
    },
    Table {
        name: "attempts",
        key: &["id"],
        columns: &[
            column("id", Number),
            column("status", Text),
            column("channel", Text),
            column("provider", Text),
            column("sender", Text),
            column("address", Text),
            column("template", Text),
            column("segments", Number),
            column("begun_at", Instant),
            column("settled_at", Instant),
            column("provider_message_id", Text),
            column("error_code", Number),
            column("error", Text),
            column("conflict", Flag),
            column("decision", Text),
            column("estimate_amount", Number),
            column("estimate_currency", Text),
        ],
    },
    Table {
        name: "receipts",
        key: &["id"],
        columns: &[
            column("id", Number),
            column("word", Text),
            column("status", Text),
            column("error_code", Number),
            column("received_at", Instant),
        ],
    },
    Table {
        name: "decisions",
        key: &["id"],
        columns: &[
            column("id", Number),
            column("seq", Number),
            column("at", Instant),
            column("decision", Text),
        ],
    },
    Table {
        name: "parked_receipts",
        key: &["id"],
        columns: &[
            column("id", Number),
            column("provider", Text),
            column("provider_message_id", Text),
            column("word", Text),
            column("status", Text),
            column("error_code", Number),
            column("error_class", Text),
            column("error", Text),
            column("opted_out", Text),
            column("opted_out_source", Text),
            column("received_at", Instant),
        ],
    },
    Table {
        name: "consents",
        key: &["channel", "address", "purpose"],
        columns: &[
            column("channel", Text),
            column("address", Text),
            column("purpose", Text),
            column("state", Text),
            column("version", Number),
            column("changed_at", Instant),
            column("source", Text),
            column("wording", Text),
            column("asked_at", Instant),
            column("doubt_since", Instant),
            column("doubt_why", Text),
            column("doubt_message", Id),
        ],
    },
    Table {
        name: "consent_ledger",
        key: &["id"],
        columns: &[
            column("id", Number),
            column("channel", Text),
            column("address", Text),
            column("purpose", Text),
            column("event", Text),
            column("own_act", Flag),
            column("state", Text),
            column("version", Number),
            column("source", Text),
            column("wording", Text),
            column("actor", Text),
            column("at", Instant),
            column("wording_version", Text),
            column("evidence", Text),
        ],
    },
    Table {
        name: "session_windows",
        key: &["address", "sender"],
        columns: &[
            column("address", Text),
            column("sender", Text),
            column("ends_at", Instant),
            column("entry_until", Instant),
            column("free_until", Instant),
        ],
    },
    Table {
        name: "unreachable_addresses",
        key: &["channel", "address"],
        columns: &[
            column("channel", Text),
            column("address", Text),
            column("at", Instant),
            column("earlier_at", Instant),
        ],
    },
    Table {
        name: "erased_addresses",
        key: &["hash"],
        columns: &[column("hash", Bytes), column("erased_at", Instant)],
    },
    Table {
        name: "idempotency_keys",
        key: &["scope", "key"],
        columns: &[
            column("scope", Text),
            column("key", Text),
            column("fingerprint", Bytes),
            column("answer", Bytes),
            column("created_at", Instant),
        ],
    },
    Table {
        name: "occasions",
        key: &["client_id", "occasion"],
        columns: &[
            column("client_id", Id),
            column("occasion", Text),
            column("message_id", Id),
        ],
    },
    Table {
        name: "delivery_watches",
        key: &["message_id"],
        columns: &[column("message_id", Id), column("due", Instant)],
    },
    Table {
        name: "events",
        key: &["id"],
        columns: &[
            column("id", Number),
            column("at", Instant),
            column("kind", Text),
            column("client_id", Id),
            column("message_id", Id),
            column("detail", Text),
        ],
    },
    Table {
        name: "switches",
        key: &["scope"],
        columns: &[
            column("scope", Text),
            column("reason", Text),
            column("actor", Text),
            column("since", Instant),
        ],
    },
    Table {
        name: "templates",
        key: &["provider_template_id"],
        columns: &[
            column("provider_template_id", Text),
            column("name", Text),
            column("language", Text),
            column("edition", Text),
            column("status", Text),
            column("category", Text),
            column("category_asked", Text),
            column("reason", Text),
            column("body", Text),
            column("variables", Text),
            column("created_at", Instant),
            column("changed_at", Instant),
        ],
    },
    Table {
        name: "sender_standings",
        key: &["channel", "sender"],
        columns: &[
            column("channel", Text),
            column("sender", Text),
            column("status", Text),
            column("quality", Text),
            column("people", Number),
            column("reason", Text),
            column("changed_at", Instant),
        ],
    },
    Table {
        name: "provider_copies",
        key: &["channel", "attempt", "provider_message_id"],
        columns: &[
            column("channel", Text),
            column("attempt", Number),
            column("provider_message_id", Text),
            column("erased_at", Instant),
            column("asked", Number),
            column("ask_at", Instant),
        ],
    },
    Table {
        name: "attempt_prices",
        key: &["id"],
        columns: &[
            column("id", Number),
            column("amount", Number),
            column("currency", Text),
            column("told_at", Instant),
            column("asked", Number),
            column("ask_at", Instant),
        ],
    },
    Table {
        name: "price_marks",
        key: &["event_id"],
        columns: &[column("event_id", Number)],
    },
    Table {
        name: "programme_versions",
        key: &["slug", "version"],
        columns: &[
            column("slug", Text),
            column("version", Number),
            column("files", Json),
            column("saved_by", Text),
            column("saved_at", Instant),
            column("published_at", Instant),
            column("change", Number),
        ],
    },
    Table {
        name: "enrolments",
        key: &["user_id", "began_at"],
        columns: &[
            column("user_id", Id),
            column("began_at", Instant),
            column("programme", Text),
            column("started_on", Text),
            column("ended_at", Instant),
        ],
    },
    Table {
        name: "pauses",
        key: &["user_id", "from_date"],
        columns: &[
            column("user_id", Id),
            column("from_date", Text),
            column("until_date", Text),
        ],
    },
    Table {
        name: "logged_sets",
        key: &["user_id", "message_id", "position"],
        columns: &[
            column("user_id", Id),
            column("message_id", Id),
            column("position", Number),
            column("done_on", Text),
            column("exercise", Text),
            column("sets", Number),
            column("reps", Number),
            column("seconds", Number),
            column("weight", Number),
            column("unit", Text),
            column("logged_at", Instant),
        ],
    },
    Table {
        name: "occurrences",
        key: &["user_id", "occasion"],
        columns: &[
            column("user_id", Id),
            column("occasion", Text),
            column("due_at", Instant),
            column("why", Text),
            column("noted_at", Instant),
        ],
    },
    Table {
        name: "slowdowns",
        key: &["limited", "channel", "address"],
        columns: &[
            column("limited", Text),
            column("channel", Text),
            column("address", Text),
            column("until", Instant),
            column("code", Number),
            column("times", Number),
            column("told_at", Instant),
        ],
    },
    Table {
        name: "reached_people",
        key: &["channel", "address"],
        columns: &[
            column("channel", Text),
            column("address", Text),
            column("reached_at", Instant),
        ],
    },
    Table {
        name: "stranger_messages",
        key: &["id"],
        columns: &[
            column("id", Id),
            column("provider", Text),
            column("account", Text),
            column("provider_message_id", Text),
            column("channel", Text),
            column("address", Text),
            column("sender", Text),
            column("button", Text),
            column("media", Text),
            column("metadata", Text),
            column("content", Text),
            column("received_at", Instant),
            column("answered_at", Instant),
        ],
    },
    Table {
        name: "costs",
        key: &["day", "channel", "currency"],
        columns: &[
            column("day", Number),
            column("channel", Text),
            column("currency", Text),
            column("estimated", Number),
            column("awaiting", Number),
            column("awaiting_attempts", Number),
            column("charged", Number),
            column("charged_attempts", Number),
        ],
    },
    Table {
        name: "counters",
        key: &["topic", "word"],
        columns: &[
            column("topic", Text),
            column("word", Text),
            column("value", Number),
        ],
    },
];
