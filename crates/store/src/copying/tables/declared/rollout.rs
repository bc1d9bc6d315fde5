//! The tables of whom WhatsApp is on for, and of how far the outbox reaches back.

use super::super::Kind::{Instant, Number, Text};
use super::super::{Table, column};

/// Whom WhatsApp is on for.
pub(super) const ROLLOUT: Table = Table {
    name: "rollout",
    key: &["id"],
    columns: &[
        column("id", Number),
        column("percent", Number),
        column("cohorts", Text),
        column("actor", Text),
        column("since", Instant),
    ],
};

/// How far the outbox was pruned.
pub(super) const PRUNED_EVENTS: Table = Table {
    name: "pruned_events",
    key: &["event_id"],
    columns: &[column("event_id", Number), column("at", Instant)],
};
