//! A message's place in its lane (GUARANTEES 2.1). `claimed` is the scheduler's memory and not kept.

use crate::channel::words;

words! {
    /// The state of a place as the store keeps it.
    PlaceState {
        /// Ready when it is the head of a free lane and due.
        Waiting = "waiting",
        /// Not before a certain instant, for a recorded reason.
        Held = "held",
        /// An attempt is open: we may be talking to the provider.
        Begun = "begun",
        /// An attempt went out and no usable answer came.
        Unconfirmed = "unconfirmed",
        /// With the provider; the lane waits for its receipt (G10).
        AwaitingReceipt = "awaiting_receipt",
        /// Over.
        Ended = "ended",
    }
}
