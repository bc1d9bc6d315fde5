//! The table of up to when occurrences were looked through: it says something of rows that are copied with it, in the
//! same state, and shards are the same in every database.

use super::super::Kind::{Instant, Number};
use super::super::{Table, column};

/// Up to when the occurrences of each shard's members were looked through.
pub(super) const OCCURRENCES: Table = Table {
    name: "checked_occurrences",
    key: &["shard"],
    columns: &[column("shard", Number), column("checked_to", Instant)],
};
