//! The tables of whoever works through what ended badly, and of their notes.

use super::super::Kind::{Id, Instant, Number, Text};
use super::super::{Table, column};

/// Messages that ended badly.
pub(super) const DEAD_LETTERS: Table = Table {
    name: "dead_letters",
    key: &["seq"],
    columns: &[
        column("seq", Number),
        column("status", Text),
        column("ended_at", Instant),
        column("left_at", Instant),
    ],
};

/// Notes about members.
pub(super) const MEMBER_NOTES: Table = Table {
    name: "member_notes",
    key: &["id"],
    columns: &[
        column("id", Id),
        column("user_id", Id),
        column("author", Text),
        column("text", Text),
        column("written_at", Instant),
        column("deleted_at", Instant),
    ],
};
