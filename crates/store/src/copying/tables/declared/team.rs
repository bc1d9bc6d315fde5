//! The tables of the team that works in the console.

use super::super::Kind::{Bytes, Id, Instant, Number, Text};
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

/// Their second factors.
pub(super) const OPERATOR_FACTORS: Table = Table {
    name: "operator_factors",
    key: &["operator_id"],
    columns: &[
        column("operator_id", Id),
        column("secret", Text),
        column("made_at", Instant),
        column("confirmed_at", Instant),
        column("last_step", Number),
        column("tries", Number),
        column("tries_from", Instant),
    ],
};

/// What stands in for them.
pub(super) const OPERATOR_RECOVERY_CODES: Table = Table {
    name: "operator_recovery_codes",
    key: &["operator_id", "hash"],
    columns: &[column("operator_id", Id), column("hash", Bytes)],
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
