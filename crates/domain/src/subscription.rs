//! How whoever takes payments says that a subscription stands (GUARANTEES 2.5). It is no consent, and moves none.

use crate::channel::words;

words! {
    /// Where one subscription is.
    SubscriptionState {
        /// It was begun, and the first payment has not gone through.
        Incomplete = "incomplete",
        /// It is tried out: the first payment comes at its period's end.
        Trialing = "trialing",
        /// It is paid.
        Active = "active",
        /// A payment is owed.
        PastDue = "past_due",
        /// It is over.
        Ended = "ended",
    }
}
