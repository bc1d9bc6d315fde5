//! The tables of what is counted as it happens.

use super::super::Kind::{Number, Text};
use super::super::{Table, column};

/// What messages cost.
pub(super) const COSTS: Table = Table {
    name: "costs",
    key: &["day", "channel", "currency"],
    columns: &[
        column("day", Number),
        column("channel", Text),
        column("currency", Text),
        column("estimated", Number),
        column("awaiting", Number),
        column("awaiting_attempts", Number),
        column("charged", Number),
        column("charged_attempts", Number),
    ],
};

/// What happened in each hour.
pub(super) const ACTIVITY: Table = Table {
    name: "activity",
    key: &["hour", "channel", "what"],
    columns: &[
        column("hour", Number),
        column("channel", Text),
        column("what", Text),
        column("count", Number),
    ],
};

/// How many of each there are.
pub(super) const COUNTERS: Table = Table {
    name: "counters",
    key: &["topic", "word"],
    columns: &[
        column("topic", Text),
        column("word", Text),
        column("value", Number),
    ],
};
