//! Puts the service together: store, committer, providers, engine, routes, listeners. `serve`, the
//! demo and the stories start the same thing.

mod billing;
pub(crate) mod coach;
mod core;
mod database;
pub(crate) mod hash_key;
pub(crate) mod home;
mod privacy;
mod recurring;
mod senders;
mod sending;
mod service;
mod stop;
mod traces;

pub use core::Core;
pub(crate) use database::reader;
pub(crate) use senders::twilio;
pub use service::Service;
pub(crate) use service::{bind_port, files_max, limits};
pub use stop::until_stopped;
