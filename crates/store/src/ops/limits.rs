//! Limits of providers, kept so that all processes go by them, the next one too.

use domain::{Channel, Handle, Timestamp};

use crate::records::Slowdown;

/// See [`Op::SlowDown`](super::Op::SlowDown). The later end and the higher count stay.
#[derive(Clone, Debug)]
pub struct SlowDown {
    /// What, until when and why.
    pub slowdown: Slowdown,
}

/// See [`Op::ReachPeople`](super::Op::ReachPeople). Answers, in the order asked, who may be: whoever was reached
/// since `since`, and others while there is room. A store with several processes may refuse while another one
/// asks; to be asked again soon.
#[derive(Clone, Debug)]
pub struct ReachPeople {
    /// The channel.
    pub channel: Channel,
    /// Whom.
    pub handles: Vec<Handle>,
    /// How many different people may be reached.
    pub max: u32,
    /// Since when they count.
    pub since: Timestamp,
    /// Now.
    pub at: Timestamp,
}
