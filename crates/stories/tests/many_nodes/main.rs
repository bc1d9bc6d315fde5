//! Many nodes on one PostgreSQL, judged by a second observer: whatever dies, stands still, is cut off or goes
//! wrong by its clock, the carrier's own ledger and ours must tell the same story (GUARANTEES 3, 4). Told only
//! where there is a PostgreSQL: on SQLite there is one node.

mod clocks;
mod cut_off;
mod database;
mod freezes;
mod hand_over;
mod kills;
mod stops;
mod upgrades;

use stories::skips::setting;

/// The seed of a run; a failing one is repeated by it.
fn seed() -> u64 {
    number("GYMTEXT_SEED").unwrap_or(20_261_127)
}

/// How often something is done: so often in CI, and in a long run, which says how many kills it wants, in
/// proportion.
fn times(in_ci: u64) -> u64 {
    number("GYMTEXT_KILLS").map_or(in_ci, |kills| (in_ci * kills / 100).max(1))
}

fn number(name: &str) -> Option<u64> {
    setting(name).and_then(|text| text.parse().ok())
}
