//! The binary, as a library: settings, wiring, commands. Stories start the same [`wiring::Service`]
//! that `gymtext serve` does.
//!
//! Absent on purpose: rules of sending (`policy`), use cases (`engine`), SQL and HTTP to providers.
//! This is the only place that reads the environment, the system's clock and its randomness.

pub mod bench;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod demo;
pub mod output;
pub mod settings;
pub mod wiring;

mod chance;
mod client;
mod failpoints;
mod failure;
mod logging;
mod rates;
mod runtime;
mod templates;
