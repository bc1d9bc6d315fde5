//! How a provider says that one of our own numbers stands (GUARANTEES 2.9).

use crate::channel::words;

words! {
    /// Whether a number may be used.
    SenderStatus {
        /// It may.
        Online = "online",
        /// The provider, or WhatsApp behind it, has taken it offline.
        Offline = "offline",
        /// Something else was said, which changes nothing.
        Other = "other",
    }
}

words! {
    /// What people's blocks and reports have made of it.
    SenderQuality {
        /// Good.
        High = "high",
        /// Worse.
        Medium = "medium",
        /// So bad that it may be limited, flagged or taken offline.
        Low = "low",
        /// Nobody has said.
        Unknown = "unknown",
    }
}
