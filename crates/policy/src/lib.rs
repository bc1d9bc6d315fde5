//! The decisions: pure functions from facts to answers with reasons.
//!
//! Nothing here reads a clock, a random number, a store or a socket: all of them are handed in, so
//! that every rule is a table test and every answer can be explained later from what it was given.

pub mod admission;
pub mod broadcast;
pub mod budget;
pub mod burst;
pub mod choices;
pub mod coach;
pub mod conversation;
pub mod fallback;
pub mod frequency;
pub mod keywords;
pub mod language;
pub mod letters;
pub mod login;
pub mod moving;
pub mod opt_in;
pub mod outbound;
pub mod pacing;
pub mod pricing;
pub mod programme;
pub mod quiet_hours;
pub mod retention;
pub mod retry;
pub mod safety;
pub mod schedule;
pub mod slowing;
pub mod subscription;
pub mod templates;
pub mod webhooks;

mod courtesy;
mod said;
mod words;
