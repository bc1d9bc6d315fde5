//! Our own small HTTP/1.1 client for calls to providers.
//!
//! It exists for two reasons. It proves what became of a request: certainly not started, answered,
//! or unknown (GUARANTEES 2.3), which general clients blur by retrying, replaying on another
//! connection and following redirects; this one does none of that (G5). And it is cheap: the
//! connection is driven by the task that waits for the answer, so a call wakes nobody else.
//!
//! Absent on purpose: HTTP/2, proxies, cookies, compression, redirects, retries.

mod connection;
mod origin;
mod pool;
mod reach;
#[cfg(test)]
mod tls;
mod wire;

pub use origin::{Origin, OriginError};
pub use pool::{Call, Limits, Pool};
pub use reach::Reach;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::HeaderName;

/// What became of one request.
#[derive(Debug)]
pub enum Exchange {
    /// No byte of it was written: certain.
    NotStarted {
        /// For people.
        why: Box<str>,
    },
    /// Some of it was written, or may have been, and no whole answer came.
    NoAnswer {
        /// For people.
        why: Box<str>,
    },
    /// A whole answer.
    Response(Response),
}

/// A whole answer.
#[derive(Debug)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, within the bound.
    pub body: Body,
}

/// The body of an answer that came whole within its bound, or not.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// More than the bound; the rest was not read.
    TooLarge,
    /// The connection ended within it.
    Cut,
}

impl Response {
    /// A header that is text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, where it came whole.
    pub fn whole(&self) -> Option<&Bytes> {
        match &self.body {
            Body::Whole(bytes) => Some(bytes),
            Body::TooLarge | Body::Cut => None,
        }
    }
}
