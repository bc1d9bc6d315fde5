//! The tables of whoever looks after programmes and templates.

use super::super::Kind::{Instant, Text};
use super::super::{Table, column};

/// What became of templates.
pub(super) const TEMPLATE_CHANGES: Table = Table {
    name: "template_changes",
    key: &["provider_template_id", "at", "what"],
    columns: &[
        column("provider_template_id", Text),
        column("at", Instant),
        column("what", Text),
        column("name", Text),
        column("language", Text),
        column("edition", Text),
        column("was", Text),
        column("became", Text),
        column("reason", Text),
    ],
};
