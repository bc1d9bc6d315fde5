//! Twilio's wire, as facts/ know it: signatures, webhooks, and a carrier that misbehaves.

mod carrier;
mod content;
mod faults;
mod media;
mod messages;
mod signatures;
mod webhooks;
