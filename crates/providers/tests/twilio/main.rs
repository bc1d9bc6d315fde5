//! Twilio's wire, as facts/ know it: signatures, webhooks, and a carrier that misbehaves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails where it panics"
)]

mod carrier;
mod content;
mod explanations;
mod faults;
mod media;
mod messages;
mod signatures;
mod webhooks;
