//! Stripe, who takes payments: pages to pay and to manage on, how subscriptions stand, and its signed webhooks.
//!
//! Typed calls of the few things we need, with small structs that are tolerant: Stripe's objects differ from one version
//! of its API to the next, and events come in the version of whoever set the webhook up. Absent on purpose: invoices, cards
//! and amounts. They are Stripe's, and are shown there.

pub mod client;
pub mod event;
pub mod signature;
mod wire;

pub use client::{NewCheckout, Settings, SettingsError, Stripe, StripeError};
pub use event::{Event, EventError};
pub use wire::Subscription;

/// The metadata of a subscription that says whose it is.
pub const MEMBER: &str = "gymtext_member";

/// Whether this is what ids look like: it becomes part of a path.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
