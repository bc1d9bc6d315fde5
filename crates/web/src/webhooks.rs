//! What providers call us with. Read within bounds, verified, parsed, stored, and only then
//! answered 2xx (G3, G25). Nothing of a request is logged here but why it was refused.

pub(crate) mod heard;
pub(crate) mod stripe;
pub(crate) mod twilio;
