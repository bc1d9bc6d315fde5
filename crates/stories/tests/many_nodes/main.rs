//! Many nodes on one PostgreSQL, judged by a second observer: whatever dies, stands still, is cut off or goes
//! wrong by its clock, the carrier's own ledger and ours must tell the same story (GUARANTEES 3, 4). Told only
//! where there is a PostgreSQL: on SQLite there is one node.

mod answers;
mod broadcasts;
mod clocks;
mod cut_off;
mod database;
mod freezes;
mod hand_over;
mod held_up;
mod homecoming;
mod kills;
mod limits;
mod missed;
mod receipts;
mod stops;
mod switches;
mod upgrades;

use stories::skips::setting;

/// The seed of a run; a failing one is repeated by it.
fn seed() -> u64 {
    number("GYMTEXT_SEED").unwrap_or(20_261_127)
}

/// How often something is done: a long run says how many kills it wants, and the others follow in proportion;
/// elsewhere a third of what goes with a hundred kills.
fn times(of_a_hundred: u64) -> u64 {
    number("GYMTEXT_KILLS").map_or(of_a_hundred.div_ceil(3), |kills| {
        (of_a_hundred * kills / 100).max(1)
    })
}

fn number(name: &str) -> Option<u64> {
    setting(name).and_then(|text| text.parse().ok())
}
