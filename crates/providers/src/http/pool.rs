//! Kept-alive connections to one server, and one call on them within one deadline.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Uri};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::connection::{Connection, Outcome};
use super::{Exchange, Origin, Reach};
use crate::request::MayStart;

/// Bounds of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, busy and idle together.
    pub connections_max: usize,
    /// How long one may stay idle.
    pub idle: Duration,
    /// The whole call: waiting for a connection, connecting, writing, reading.
    pub deadline: Duration,
}

impl Default for Limits {
    /// 128 connections, 30 s idle, 10 s a call (D of GUARANTEES).
    fn default() -> Self {
        Self {
            connections_max: 128,
            idle: Duration::from_secs(30),
            deadline: Duration::from_secs(10),
        }
    }
}

/// Connections to one server. A clone is the same pool.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    origin: Origin,
    reach: Reach,
    limits: Limits,
    permits: Semaphore,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// The most recently used last.
    connections: VecDeque<(Box<Connection>, Instant)>,
    swept: bool,
}

/// One request: method, path with query, headers without `host`, and body.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: PathAndQuery,
    /// Headers; `host` is added.
    pub headers: HeaderMap<HeaderValue>,
    /// The body, possibly empty.
    pub body: Bytes,
    /// The most bytes the answer's body may have.
    pub answer_bytes_max: usize,
}

impl Pool {
    /// An empty pool; the first call connects.
    pub fn new(origin: Origin, reach: Reach, limits: Limits) -> Self {
        Self(Arc::new(Shared {
            permits: Semaphore::new(limits.connections_max.max(1)),
            origin,
            reach,
            limits,
            idle: Mutex::default(),
        }))
    }

    /// The server.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// How many connections are idle now.
    pub fn idle_count(&self) -> usize {
        self.0.idle().connections.len()
    }

    /// At most one request, on one connection, within the deadline. Only a request that hyper gave
    /// back unsent takes another connection, and that one is new.
    pub async fn call(&self, call: Call, may_start: &MayStart) -> Exchange {
        let deadline = Instant::now() + self.0.limits.deadline;
        let answer_bytes_max = call.answer_bytes_max;
        let mut request = self.request(call);
        let mut fresh_only = false;
        loop {
            let found = tokio::time::timeout_at(deadline, self.0.take(fresh_only)).await;
            let (mut connection, permit) = match found {
                Ok(Ok(found)) => found,
                Ok(Err(why)) => return Exchange::NotStarted { why },
                Err(_) => {
                    return Exchange::NotStarted {
                        why: "no connection was free or made in time".into(),
                    };
                }
            };
            // From here to the first byte there is no await, lock or system call but the clock's.
            if !may_start.now() {
                self.0.give_back(connection, permit);
                return Exchange::NotStarted {
                    why: "its time to start was over".into(),
                };
            }
            domain::failpoint::pass(domain::failpoint::Point::Connected);
            let before = connection.bytes_written();
            let exchange = connection.exchange(request, answer_bytes_max);
            let outcome = tokio::time::timeout_at(deadline, exchange).await;
            match outcome {
                Ok(Outcome::Ended(exchange, reusable)) => {
                    if reusable {
                        self.0.give_back(connection, permit);
                    }
                    return exchange;
                }
                Ok(Outcome::Unsent(_, why)) if fresh_only => {
                    return Exchange::NotStarted { why };
                }
                Ok(Outcome::Unsent(back, _)) => {
                    request = *back;
                    fresh_only = true;
                }
                Err(_) => {
                    let why = "no answer in time".into();
                    // The connection goes with this call: what was not written never will be.
                    return if connection.bytes_written() == before {
                        Exchange::NotStarted { why }
                    } else {
                        Exchange::NoAnswer { why }
                    };
                }
            }
        }
    }

    fn request(&self, call: Call) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(call.body));
        *request.method_mut() = call.method;
        *request.uri_mut() = Uri::from(call.path);
        *request.headers_mut() = call.headers;
        request
            .headers_mut()
            .insert(HOST, self.0.origin.host_header.clone());
        request
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(
        &self,
        fresh_only: bool,
    ) -> Result<(Box<Connection>, SemaphorePermit<'_>), Box<str>> {
        let permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| "the pool is closed")?;
        if !fresh_only && let Some(connection) = self.kept().await {
            return Ok((connection, permit));
        }
        let connection = Connection::open(&self.origin, self.reach, self.limits.deadline).await?;
        Ok((Box::new(connection), permit))
    }

    /// The connection used last that still stands; those that do not are dropped.
    async fn kept(&self) -> Option<Box<Connection>> {
        loop {
            let (mut connection, since) = self.idle().connections.pop_back()?;
            if since.elapsed() < self.limits.idle && connection.stands() && connection.ready().await
            {
                return Some(connection);
            }
        }
    }

    fn give_back(self: &Arc<Self>, connection: Box<Connection>, permit: SemaphorePermit<'_>) {
        let mut idle = self.idle();
        idle.connections.push_back((connection, Instant::now()));
        if !idle.swept {
            idle.swept = true;
            let limit = self.limits.idle;
            tokio::spawn(sweep(Arc::downgrade(self), limit));
        }
        drop(idle);
        drop(permit);
    }
}

/// Closes what has been idle too long, and ends when nothing is idle.
async fn sweep(pool: Weak<Shared>, idle: Duration) {
    loop {
        tokio::time::sleep(idle).await;
        let Some(pool) = pool.upgrade() else {
            return;
        };
        let mut waiting = pool.idle();
        waiting
            .connections
            .retain(|(connection, since)| since.elapsed() < idle && connection.stands());
        if waiting.connections.is_empty() {
            waiting.swept = false;
            return;
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("origin", &self.0.origin)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}
