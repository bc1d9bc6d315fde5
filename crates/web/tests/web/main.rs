//! The routes in front of a real engine and a real store; nothing listens on a socket.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends there"
)]

mod bad_input;
mod members;
mod messages;
mod rollback;
mod service;
mod streams;
mod surroundings;
mod templates;
mod webhooks;
