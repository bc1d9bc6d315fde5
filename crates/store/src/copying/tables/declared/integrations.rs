//! The tables of other programs: endpoints that events are told to, and keys of the API.

use super::super::Kind::{Bytes, Id, Instant, Number, Text};
use super::super::{Table, column};

/// Endpoints.
pub(super) const WEBHOOK_ENDPOINTS: Table = Table {
    name: "webhook_endpoints",
    key: &["id"],
    columns: &[
        column("id", Id),
        column("url", Text),
        column("description", Text),
        column("events", Text),
        column("secret", Text),
        column("previous_secret", Text),
        column("previous_until", Instant),
        column("stopped", Text),
        column("stopped_at", Instant),
        column("made_at", Instant),
        column("made_by", Text),
        column("position", Number),
        column("tries", Number),
        column("next_at", Instant),
        column("failing_since", Instant),
    ],
};

/// What each was told.
pub(super) const WEBHOOK_DELIVERIES: Table = Table {
    name: "webhook_deliveries",
    key: &["endpoint_id", "event_id"],
    columns: &[
        column("endpoint_id", Id),
        column("event_id", Number),
        column("kind", Text),
        column("state", Text),
        column("attempts", Number),
        column("code", Number),
        column("why", Text),
        column("took_ms", Number),
        column("answer_bytes", Number),
        column("tried_at", Instant),
        column("next_at", Instant),
    ],
};

/// Keys.
pub(super) const API_KEYS: Table = Table {
    name: "api_keys",
    key: &["id"],
    columns: &[
        column("id", Id),
        column("name", Text),
        column("scopes", Text),
        column("digest", Bytes),
        column("made_at", Instant),
        column("made_by", Text),
        column("used_at", Instant),
        column("expires_at", Instant),
        column("revoked_at", Instant),
    ],
};
