//! The tables of audiences and of the same words to many.

use super::super::Kind::{Flag, Id, Instant, Number, Text};
use super::super::{Table, column};

/// Audiences that were saved.
pub(super) const SEGMENTS: Table = Table {
    name: "segments",
    key: &["id"],
    columns: &[
        column("id", Id),
        column("name", Text),
        column("filter", Text),
        column("created_at", Instant),
        column("created_by", Text),
        column("changed_at", Instant),
    ],
};

/// The same words to many.
pub(super) const BROADCASTS: Table = Table {
    name: "broadcasts",
    key: &["id"],
    columns: &[
        column("id", Id),
        column("name", Text),
        column("state", Text),
        column("revision", Number),
        column("content", Text),
        column("blocks", Text),
        column("template", Text),
        column("variables", Text),
        column("media", Text),
        column("channel", Text),
        column("filter", Text),
        column("schedule", Text),
        column("stages", Text),
        column("created_at", Instant),
        column("created_by", Text),
        column("changed_at", Instant),
        column("changed_by", Text),
        column("starts_at", Instant),
        column("started_at", Instant),
        column("audience_after", Id),
        column("audience_at", Instant),
        column("audience", Number),
        column("taken", Number),
        column("stage", Number),
        column("stage_at", Instant),
        column("held_state", Text),
        column("why", Text),
        column("winds_up", Flag),
        column("ended_at", Instant),
    ],
};

/// Who was meant by each.
pub(super) const BROADCAST_MEMBERS: Table = Table {
    name: "broadcast_members",
    key: &["broadcast_id", "user_id"],
    columns: &[
        column("broadcast_id", Id),
        column("user_id", Id),
        column("position", Number),
        column("stage", Number),
        column("seq", Number),
        column("why", Text),
    ],
};
