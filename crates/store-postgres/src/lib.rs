//! The store on PostgreSQL: one writing connection for the committer of each node, several reading
//! ones, shards owned by lease. What the operations mean stands in `store`; here is only how they
//! are written.
//!
//! Deliberately not here: any rule of sending, any scheduling, any clock.

mod adopt;
mod columns;
pub mod copying;
mod doorbell;
mod fault;
pub mod held_up;
pub mod home;
mod lease;
mod mailbox;
pub mod migrate;
mod open;
mod outbox;
mod presence;
mod reach;
mod read;
mod reader;
mod recall;
mod recent;
mod rows;
mod session;
mod sql;
mod tls;
mod tx;
mod unheard;
mod wire;
mod work;
mod write;
mod writer;

pub use open::{Options, PostgresStore};
pub use reader::PostgresReader;
pub use session::check_address;
pub use writer::PostgresWriter;
