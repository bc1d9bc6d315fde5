//! HTTP: the API, the providers' webhooks, health, cron.
//!
//! Everything here is an edge: it reads bytes, says what is wrong with them, asks the engine, and
//! writes the answer. Absent on purpose: rules of sending (`policy`), writing to a store except
//! through the engine, and the sandbox (`simulator`).

mod api;
mod auth;
mod body;
mod checkup;
mod code;
mod console;
mod cron;
pub mod csv;
mod cursor;
mod docs;
mod fault;
mod health;
mod idempotency;
mod inner;
mod json;
mod landing;
mod missing;
mod path;
mod people;
mod problem;
mod query;
pub mod roster;
mod router;
mod serve;
mod settings;
mod state;
mod stream;
mod unsubscribe;
mod webhooks;

pub use checkup::{Checks, Finding, FindingState, Looking};
pub use code::Code;
pub use inner::inner_router;
pub use problem::{FieldError, Problem};
pub use router::public_router;
pub use serve::{ServeLimits, serve};
pub use settings::{InForce, MemberDefaults, TwilioInbound, WebSettings};
pub use state::State;
