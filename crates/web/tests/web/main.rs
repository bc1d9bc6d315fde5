//! The routes in front of a real engine and a real store; nothing listens on a socket.

mod bad_input;
mod members;
mod messages;
mod service;
mod streams;
mod surroundings;
mod webhooks;
