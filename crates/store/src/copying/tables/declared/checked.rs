//! The tables of up to when something was looked through: they say something of rows that are copied with them, in the
//! same state. Shards, and our own numbers, are the same in every database.

use super::super::Kind::{Instant, Number, Text};
use super::super::{Table, column};

/// Up to when the occurrences of each shard's members were looked through.
pub(super) const OCCURRENCES: Table = Table {
    name: "checked_occurrences",
    key: &["shard"],
    columns: &[column("shard", Number), column("checked_to", Instant)],
};

/// Up to when each provider's list of inbound messages was read.
pub(super) const LISTS: Table = Table {
    name: "lists_read",
    key: &["channel", "sender"],
    columns: &[
        column("channel", Text),
        column("sender", Text),
        column("read_to", Instant),
    ],
};
