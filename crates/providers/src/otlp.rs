//! A collector of traces that speaks the OpenTelemetry Protocol over HTTP with JSON bodies: spans go into a bounded queue that
//! never makes anybody wait, and out in batches (decision 0035).
//!
//! Absent on purpose: metrics and logs (they have ways of their own), context from and to other services, and anything about
//! a person: a span has ids, codes and times.

mod wire;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::{Secret, Timestamp};
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use tokio::sync::mpsc;

use crate::http::{Body, Call, Exchange, Limits, Origin, OriginError, Pool, Reach};
use crate::request::MayStart;

/// The most spans that wait for the collector; what comes beyond them is dropped and counted.
pub const WAITING_MAX: usize = 8_192;

/// The most spans of one request.
pub const BATCH_MAX: usize = 512;

/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Who made a span, in the protocol's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Work of our own.
    Internal,
    /// Somebody asked us.
    Server,
    /// We asked somebody.
    Client,
    /// Something was put where it is taken up later.
    Producer,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word of ours.
    Word(&'static str),
    /// A code or an id.
    Text(Box<str>),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// A stretch of time in the life of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// 16 bytes: the id of the message.
    pub trace: [u8; 16],
    /// Its own id; the same stretch told twice has the same one.
    pub id: u64,
    /// The span it is a part of.
    pub parent: Option<u64>,
    /// Another trace that it follows from, by its first span.
    pub follows: Option<([u8; 16], u64)>,
    /// What was done.
    pub name: &'static str,
    /// Who did it.
    pub kind: SpanKind,
    /// From when.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// What went wrong, as a code.
    pub failed: Option<Box<str>>,
    /// More about it, by name.
    pub attributes: Vec<(&'static str, Value)>,
}

/// Where spans are put. A clone is the same queue; the default is none at all.
#[derive(Clone, Default)]
pub struct Spans(Option<Arc<Queue>>);

struct Queue {
    sender: mpsc::Sender<Span>,
    /// How many of 2^56 traces are kept.
    kept: u64,
    exported: AtomicU64,
    dropped: AtomicU64,
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spans({})", if self.is_on() { "on" } else { "off" })
    }
}

/// How many spans were told, and how many never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The collector took them.
    pub exported: u64,
    /// There was no room, or the collector did not take them.
    pub dropped: u64,
}

impl Spans {
    /// A queue that keeps this share of traces, from 0 to 1, and the end spans are taken from.
    pub fn new(share: f64) -> (Self, mpsc::Receiver<Span>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let queue = Queue {
            sender,
            kept: of_two_to_56(share),
            exported: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        };
        (Self(Some(Arc::new(queue))), receiver)
    }

    /// Whether anybody listens.
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether spans of this trace are kept: by the last 56 bits of its id, which are random, so that every process
    /// keeps the same ones.
    pub fn keeps(&self, trace: &[u8; 16]) -> bool {
        let Some(queue) = &self.0 else {
            return false;
        };
        let last = trace.iter().skip(9);
        last.fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte)) < queue.kept
    }

    /// Puts a span in the queue, where there is room.
    pub fn put(&self, span: Span) {
        if let Some(queue) = &self.0
            && queue.sender.try_send(span).is_err()
        {
            queue.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes what became of spans that were taken from the queue.
    pub fn note(&self, spans: usize, taken: bool) {
        if let Some(queue) = &self.0 {
            let spans = u64::try_from(spans).unwrap_or(u64::MAX);
            let count = if taken {
                &queue.exported
            } else {
                &queue.dropped
            };
            count.fetch_add(spans, Ordering::Relaxed);
        }
    }

    /// What became of all so far; `None` where nobody listens.
    pub fn told(&self) -> Option<Told> {
        self.0.as_ref().map(|queue| Told {
            exported: queue.exported.load(Ordering::Relaxed),
            dropped: queue.dropped.load(Ordering::Relaxed),
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a u64 holds"
)]
fn of_two_to_56(share: f64) -> u64 {
    const ALL: f64 = 72_057_594_037_927_936.0;
    (share.clamp(0.0, 1.0) * ALL) as u64
}

/// How to reach a collector.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its base URL, up to and without `/v1/traces`.
    pub endpoint: String,
    /// Headers of each request, as `name=value` with commas between them, values percent-encoded.
    pub headers: Option<Secret>,
    /// What this service is called there.
    pub service_name: String,
    /// Which process this is.
    pub instance: String,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Not a base URL.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT is not usable: {0}")]
    Endpoint(#[from] OriginError),
    /// Its path is none.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT has a path that is none")]
    Path,
    /// Not headers.
    #[error("OTEL_EXPORTER_OTLP_HEADERS is not `name=value`, with commas between several")]
    Headers,
}

/// Why a batch was not taken.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExportError {
    /// It may be taken later.
    #[error("the collector does not answer, or not now: {why}")]
    Later {
        /// For people.
        why: Box<str>,
        /// When it may be asked again, where it says so.
        after: Option<Duration>,
    },
    /// It will not be taken.
    #[error("the collector refused spans with HTTP {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
}

/// A collector.
#[derive(Clone)]
pub struct Collector {
    pool: Pool,
    path: hyper::http::uri::PathAndQuery,
    headers: HeaderMap<HeaderValue>,
    resource: serde_json::Value,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector")
            .field("endpoint", self.pool.origin())
            .finish_non_exhaustive()
    }
}

impl Collector {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("gymtext/", env!("CARGO_PKG_VERSION"))),
        );
        if let Some(more) = &settings.headers {
            for (name, value) in read_headers(more.expose())? {
                headers.insert(name, value);
            }
        }
        let (origin, path) = Origin::of_url(&settings.endpoint)?;
        let path = format!("{}/v1/traces", path.trim_end_matches('/'));
        let limits = Limits {
            connections_max: 2,
            ..Limits::default()
        };
        Ok(Self {
            pool: Pool::new(origin, Reach::Anywhere, limits),
            path: path.parse().map_err(|_| SettingsError::Path)?,
            headers,
            resource: wire::resource(&settings.service_name, &settings.instance),
        })
    }

    /// Tells it a batch, with one request.
    pub async fn export(&self, spans: &[Span]) -> Result<(), ExportError> {
        let call = Call {
            method: Method::POST,
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: Bytes::from(wire::request(&self.resource, spans)),
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let response = match self.pool.call(call, &MayStart::Always).await {
            Exchange::NotStarted { why } | Exchange::NoAnswer { why } => {
                return Err(ExportError::Later { why, after: None });
            }
            Exchange::Response(response) => response,
        };
        let after = response
            .header(RETRY_AFTER)
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
        match (response.status, response.body) {
            (200..300, Body::Whole(_) | Body::TooLarge | Body::Cut) => Ok(()),
            // These and no others may be tried again, says the protocol.
            (status @ (429 | 502 | 503 | 504), _) => Err(ExportError::Later {
                why: format!("HTTP {status}").into(),
                after,
            }),
            (status, _) => Err(ExportError::Refused { status }),
        }
    }
}

fn read_headers(text: &str) -> Result<Vec<(HeaderName, HeaderValue)>, SettingsError> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or(SettingsError::Headers)?;
            let name = name.trim().parse().map_err(|_| SettingsError::Headers)?;
            // `+` stands for itself there, not for a space.
            let value = value.trim().replace('+', "%2B");
            let value = form_urlencoded::parse(value.as_bytes())
                .next()
                .map(|(value, _)| value.into_owned())
                .unwrap_or_default();
            let mut value = HeaderValue::from_str(&value).map_err(|_| SettingsError::Headers)?;
            value.set_sensitive(true);
            Ok((name, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_share_of_traces_is_kept_everywhere() {
        let ids: Vec<[u8; 16]> = (0_u64..10_000)
            .map(|n| {
                let mut id = [0x80; 16];
                let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
                id[8..].copy_from_slice(&spread);
                id
            })
            .collect();
        let (all, _all) = Spans::new(1.0);
        let (tenth, _tenth) = Spans::new(0.1);
        let (none, _none) = Spans::new(0.0);
        let kept = |spans: &Spans| ids.iter().filter(|id| spans.keeps(id)).count();
        assert_eq!((kept(&all), kept(&none)), (10_000, 0));
        assert!((900..1_100).contains(&kept(&tenth)), "{}", kept(&tenth));
        assert_eq!(kept(&Spans::default()), 0);
    }

    #[test]
    fn headers_are_read_as_the_standard_writes_them() {
        let read = read_headers("api-key=a%20b+c, x-team = coach").unwrap();
        let shown: Vec<(&str, &[u8])> = read
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        assert_eq!(
            shown,
            [("api-key", &b"a b+c"[..]), ("x-team", &b"coach"[..])]
        );
        assert!(read.iter().all(|(_, value)| value.is_sensitive()));
        assert_eq!(read_headers("nonsense"), Err(SettingsError::Headers));
        assert_eq!(read_headers("a b=c"), Err(SettingsError::Headers));
    }

    #[test]
    fn what_finds_no_room_is_counted_and_nobody_waits() {
        let (spans, _receiver) = Spans::new(1.0);
        for _ in 0..WAITING_MAX + 3 {
            spans.put(wire::tests::span());
        }
        let told = spans.told().unwrap();
        assert_eq!((told.exported, told.dropped), (0, 3));
    }
}
