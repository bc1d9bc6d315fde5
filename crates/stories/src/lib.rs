//! Scenario tests over real sockets and real files, and what they share: an HTTP client, the binary
//! as a process that can be killed, and the checker that compares our records with the pretend
//! carrier's own ledger. Nothing of the service itself is here.

pub mod binary;
pub mod chance;
pub mod http;
pub mod ledger;
pub mod running;
pub mod sandbox;
pub mod skips;
pub mod world;
