//! The sandbox: a pretend Twilio with handsets, and a mailbox, on loopback.
//!
//! It speaks Twilio's wire format over real sockets (messages, media, templates, services, signed
//! webhooks) and has phones that can be written from, blocked and switched off, a clock that can be
//! moved, and faults by seed. Letters come to it by SMTP, and a pretend language model says what it is told to. Everything is in memory, and everything has a bound. It shares no code
//! with the crate that talks to Twilio, or a mistake would agree with itself.

mod address;
mod carry;
mod chance;
mod config;
mod contents;
mod control;
mod cut;
mod dates;
mod error;
mod faults;
mod hook;
mod inbound;
mod judge;
mod keywords;
mod limits;
mod log;
mod mail;
mod numbers;
mod observe;
mod openai;
pub mod page;
mod phones;
mod record;
mod review;
mod ring;
mod segments;
mod sid;
mod signature;
mod simulator;
mod state;
mod stripe;
mod twilio;
mod twiml;
mod webhook;

pub use address::Channel;
pub use config::{Approval, Config, Explain, HookMethod, OwnNumber, Sign, Timing};
pub use faults::Faults;
pub use sid::{NotASid, Sid};
pub use simulator::Simulator;
pub use stripe::StripeConfig;
