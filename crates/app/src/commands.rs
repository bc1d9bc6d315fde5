//! The commands, one file each: arguments, and what is done with them. `demo` and `bench` are larger
//! and stand beside this.

pub mod backup;
pub mod coach;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod erase;
pub mod explain;
pub mod export;
pub mod home;
pub mod members;
pub mod migrate;
pub mod phone;
pub mod programs;
pub mod rates;
pub mod rollback;
pub mod rollout;
pub mod sandbox;
pub mod schedule;
pub mod segments;
pub mod send;
pub mod serve;
pub mod signature;
pub mod suppressions;
pub mod switches;
pub mod tail;
pub mod templates;

mod lines;
mod lists;
