//! The store on embedded SQLite: one writing connection for the committer, two reading ones beside
//! it, a lock file against a second process. What the operations mean stands in `store`; here is
//! only how they are written.
//!
//! Deliberately not here: any rule of sending, any scheduling, any clock.

pub mod backup;
mod checkpoint;
mod columns;
pub mod copying;
mod fault;
pub mod home;
pub mod migrate;
mod open;
mod read;
mod reader;
mod recent;
mod rows;
mod statements;
mod tx;
mod write;
mod writer;

pub use open::{Options, SqliteStore};
pub use reader::SqliteReader;
pub use writer::SqliteWriter;
