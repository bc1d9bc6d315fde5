//! How long the outbox keeps what happened.

use domain::Seconds;

use super::reader::Reader;

/// Days for which events are kept; `None` for 0. An endpoint that takes nothing is stopped after five, so fewer than seven
/// could take away what it is still to be told.
pub(super) fn kept(reader: &mut Reader, name: &'static str) -> Option<Seconds> {
    let days = reader.whole(name, 0, 3_650).unwrap_or(30);
    if (1..7).contains(&days) {
        reader.problem(
            name,
            "is too short",
            "Write 7 days or more, or 0 to keep them.",
        );
    }
    (days > 0).then(|| Seconds::new(days * 86_400))
}
