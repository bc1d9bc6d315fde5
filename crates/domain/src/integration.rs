//! What other programs may ask of us, and how what we tell them stands.

use crate::channel::words;

words! {
    /// What a key of the API may be used for.
    Scope {
        /// Looking.
        Read = "read",
        /// Messages: sending, cancelling, retrying, dismissing.
        Send = "send",
        /// Members: their profile, consent, training, conversation; and forgetting them.
        Members = "members",
        /// How the service runs: switches, programmes, templates, schedules, webhooks and keys.
        Settings = "settings",
    }
}

words! {
    /// How one delivery of an event to an endpoint stands.
    DeliveryState {
        /// The first of its line: the endpoint did not take it yet, and what is newer waits behind it.
        Waiting = "waiting",
        /// Put aside: tried again by itself while the line goes on.
        Retrying = "retrying",
        /// The endpoint took it.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
    }
}

words! {
    /// Why nothing is sent to an endpoint.
    Stopped {
        /// Somebody paused it.
        Paused = "paused",
        /// It answered 410: it is gone.
        Gone = "gone",
        /// It took nothing for five days.
        Failing = "failing",
    }
}

impl Stopped {
    /// Whether it stopped by itself, which somebody should hear of.
    pub const fn is_trouble(self) -> bool {
        match self {
            Self::Paused => false,
            Self::Gone | Self::Failing => true,
        }
    }
}
