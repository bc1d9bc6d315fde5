//! Operations of those who run the service.

use domain::Timestamp;

/// See [`Op::SetSwitch`](super::Op::SetSwitch). Answers the version of the switches.
#[derive(Clone, Debug)]
pub struct SetSwitch {
    /// What it stops; see [`SwitchRecord`](crate::records::SwitchRecord).
    pub scope: String,
    /// On or off.
    pub on: bool,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Tidy`](super::Op::Tidy). Answers how many rows went.
#[derive(Clone, Debug)]
pub struct Tidy {
    /// Now.
    pub at: Timestamp,
}
