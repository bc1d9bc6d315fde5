//! The tables of the team that works in the console.

use super::super::Kind::{Id, Instant, Number, Text};
use super::super::{Table, column};

/// Who belongs to it.
pub(super) const OPERATORS: Table = Table {
    name: "operators",
    key: &["id"],
    columns: &[
        column("id", Id),
        column("phone", Text),
        column("name", Text),
        column("role", Text),
        column("made_at", Instant),
        column("made_by", Text),
        column("removed_at", Instant),
    ],
};

/// What it changed.
pub(super) const AUDIT_ENTRIES: Table = Table {
    name: "audit_entries",
    key: &["id"],
    columns: &[
        column("id", Number),
        column("at", Instant),
        column("operator_id", Id),
        column("actor", Text),
        column("action", Text),
        column("subject", Text),
        column("user_id", Id),
        column("was", Text),
        column("became", Text),
    ],
};
