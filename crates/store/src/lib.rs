//! What we ask of a database: operations that change it, questions that do not, the records both
//! speak in, the committer that groups operations into transactions, and the conformance suite
//! every store must pass.
//!
//! A store keeps facts, it does not judge: no rule of sending lives here or in SQL.

pub mod activity;
pub mod audience;
pub mod broadcasts;
pub mod committer;
pub mod conformance;
pub mod content;
pub mod copying;
pub mod costs;
pub mod error;
pub mod home;
pub mod lane;
pub mod migration;
pub mod notice;
pub mod ops;
pub mod ownership;
pub mod questions;
pub mod records;

pub use committer::{Apply, Committer};
pub use error::StoreError;
pub use lane::{Epoch, LaneKey, SHARDS, Seq, Shard, Shards};
pub use notice::Notice;
pub use ops::{Answer, Op, Operation};
pub use ownership::Ownership;
pub use questions::{Ask, Question, Reply, Request};
