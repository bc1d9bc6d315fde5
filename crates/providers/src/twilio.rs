//! Twilio: SMS, MMS and WhatsApp. One client serves both providers of the plan, `twilio` and
//! `whatsapp`.

mod account;
mod answer;
mod client;
pub mod content;
mod create;
pub mod errors;
pub mod explain;
pub mod form;
mod inbound;
mod loose;
mod media;
mod messages;
mod session_content;
pub mod signature;
mod standing;
pub mod webhook;
mod words;

pub use account::{Settings, SettingsError};
pub use client::{AccountState, Twilio};
pub use media::MEDIA_BYTES_MAX;
