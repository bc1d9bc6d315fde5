//! What a copy leaves out, each with its reason.

/// Where something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// In SQLite.
    Sqlite,
    /// In PostgreSQL.
    Postgres,
    /// In both.
    Both,
}

/// A table, or a column of one, that is not copied as it is.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut {
    /// The store that has it.
    pub which: Which,
    /// `table` or `table.column`.
    pub name: &'static str,
    /// Why.
    pub why: &'static str,
}

const fn left_out(which: Which, name: &'static str, why: &'static str) -> LeftOut {
    LeftOut { which, name, why }
}

/// What is not copied as it is.
pub const LEFT_OUT: &[LeftOut] = &[
    left_out(Which::Both, "schema_migrations", "the target has its own"),
    left_out(
        Which::Both,
        "copying",
        "how far a copy is, while one is made",
    ),
    left_out(
        Which::Both,
        "homes",
        "a copy is at home nowhere until it is confirmed",
    ),
    left_out(
        Which::Both,
        "homecomings",
        "a copy is at home nowhere until it is confirmed, which is its first",
    ),
    left_out(
        Which::Both,
        "instance",
        "one row; the key, the version of the switches and since when what recurs is ours travel as marks",
    ),
    left_out(
        Which::Both,
        "login_codes",
        "they hold for ten minutes; who needs one asks again",
    ),
    left_out(
        Which::Both,
        "member_sessions",
        "whoever was logged in proves their phone again",
    ),
    left_out(
        Which::Both,
        "operator_sessions",
        "whoever was logged in proves their phone again",
    ),
    left_out(
        Which::Both,
        "operator_entries",
        "whoever was half logged in proves their phone again",
    ),
    left_out(
        Which::Both,
        "operator_looks",
        "whoever looked as a member asks again",
    ),
    left_out(
        Which::Both,
        "redactions",
        "how far messages were looked at; a copy looks again, and finds nothing to do",
    ),
    left_out(
        Which::Both,
        "redactions_put_off",
        "what was looked at too early; a copy looks again",
    ),
    left_out(
        Which::Postgres,
        "nodes",
        "the nodes of the source do not move",
    ),
    left_out(Which::Postgres, "shards", "owned by nodes"),
    left_out(
        Which::Postgres,
        "lane_notices",
        "for nodes that run; who takes up a lane reads its places",
    ),
    left_out(
        Which::Postgres,
        "inbound_keys",
        "made again from `messages` and `stranger_messages`",
    ),
    left_out(
        Which::Both,
        "message_queues.epoch",
        "of a process of the source: what it had begun was left begun by nobody who lives, which is 0",
    ),
    left_out(Which::Both, "message_queues.id", "equals message_id"),
    left_out(
        Which::Postgres,
        "message_queues.shard",
        "made again from client_id",
    ),
    left_out(
        Which::Sqlite,
        "idempotency_keys.id",
        "a number of the row that nothing refers to",
    ),
    left_out(
        Which::Postgres,
        "counters.node",
        "counts of all nodes are copied as one",
    ),
    left_out(
        Which::Postgres,
        "costs.node",
        "costs of all nodes are copied as one",
    ),
    left_out(
        Which::Postgres,
        "activity.node",
        "what happened on all nodes is copied as one",
    ),
];

/// Whether this store may have this table or column without copying it.
pub fn is_left_out(which: Which, name: &str) -> bool {
    LEFT_OUT
        .iter()
        .any(|left| left.name == name && [which, Which::Both].contains(&left.which))
}
