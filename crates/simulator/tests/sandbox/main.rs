//! The sandbox over real sockets, as a client and a receiver of webhooks see it.

mod faults;
mod handsets;
mod letters;
mod messages;
mod templates;
mod throughput;
mod world;
