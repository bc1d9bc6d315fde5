//! One connection: opening it, asking whether it still stands, one request on it.

use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response as HyperResponse};
use hyper_util::rt::TokioIo;
use socket2::{SockRef, Socket};
use tokio_rustls::rustls::pki_types::ServerName;

use super::reach::{Reach, connect, connector};
use super::wire::{Stream, Wire, Written};
use super::{Body, Exchange, Origin, Response};

/// A connection with hyper's two halves side by side. Nothing polls it while it is idle, so the
/// socket itself is asked before it is used again.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: http1::Connection<TokioIo<Wire>, Full<Bytes>>,
    driver_ended: bool,
    written: Written,
    socket: Socket,
}

/// How a request ended on one connection.
pub(super) enum Outcome {
    /// Given back unsent: no byte was written.
    Unsent(Box<Request<Full<Bytes>>>, Box<str>),
    /// It ended; whether the connection can be used again stands beside it.
    Ended(Exchange, bool),
}

impl Connection {
    /// Connects, finishes TLS, says nothing yet.
    pub(super) async fn open(
        origin: &Origin,
        reach: Reach,
        user_timeout: Duration,
    ) -> Result<Self, Box<str>> {
        let tcp = connect(origin, reach).await?;
        tcp.set_nodelay(true).map_err(|e| said("no delay", &e))?;
        let socket = {
            let socket = SockRef::from(&tcp);
            #[cfg(target_os = "linux")]
            socket
                .set_tcp_user_timeout(Some(user_timeout))
                .map_err(|e| said("user timeout", &e))?;
            #[cfg(not(target_os = "linux"))]
            let _ = user_timeout;
            socket.try_clone().map_err(|e| said("socket", &e))?
        };
        let stream = if origin.tls {
            let name = ServerName::try_from(origin.host.to_string())
                .map_err(|_| "its name cannot be in a certificate")?;
            let stream = connector()?
                .connect(name, tcp)
                .await
                .map_err(|e| said("TLS", &e))?;
            Stream::Tls(Box::new(stream))
        } else {
            Stream::Plain(tcp)
        };
        let written = Written::default();
        let wire = Wire {
            stream,
            written: written.clone(),
        };
        let (sender, driver) = http1::Builder::new()
            .handshake(TokioIo::new(wire))
            .await
            .map_err(|e| said("HTTP", &e))?;
        Ok(Self {
            sender,
            driver,
            driver_ended: false,
            written,
            socket,
        })
    }

    /// Whether the server has neither closed it nor said anything unasked, by the kernel's word:
    /// asked right before use, so that a request is not spent on a dead connection.
    pub(super) fn stands(&self) -> bool {
        let mut byte = [MaybeUninit::uninit(); 1];
        let silent =
            matches!(self.socket.peek(&mut byte), Err(e) if e.kind() == io::ErrorKind::WouldBlock);
        silent && !self.driver_ended && !self.sender.is_closed()
    }

    /// How many bytes were written in its life.
    pub(super) fn bytes_written(&self) -> u64 {
        self.written.bytes()
    }

    /// Polls the driver beside `waiting`, the driver first, so that an answer is seen in the same
    /// wake-up that read it.
    async fn drive<F: Future>(
        driver: &mut http1::Connection<TokioIo<Wire>, Full<Bytes>>,
        driver_ended: &mut bool,
        waiting: F,
    ) -> F::Output {
        let mut waiting = pin!(waiting);
        std::future::poll_fn(|cx| {
            if !*driver_ended && Pin::new(&mut *driver).poll(cx).is_ready() {
                *driver_ended = true;
            }
            waiting.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until it can take a request; `false` when it cannot any more.
    pub(super) async fn ready(&mut self) -> bool {
        if self.sender.is_ready() {
            return true;
        }
        let Self {
            sender,
            driver,
            driver_ended,
            ..
        } = self;
        Self::drive(driver, driver_ended, sender.ready())
            .await
            .is_ok()
    }

    /// One request and its whole answer.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        body_bytes_max: usize,
    ) -> Outcome {
        let before = self.written.bytes();
        let Self {
            sender,
            driver,
            driver_ended,
            written,
            ..
        } = self;
        let sent = sender.try_send_request(request);
        match Self::drive(driver, driver_ended, sent).await {
            Ok(response) => {
                let reading = read(response, body_bytes_max);
                let (response, whole) = Self::drive(driver, driver_ended, reading).await;
                let again = whole && self.settles().await;
                Outcome::Ended(Exchange::Response(response), again)
            }
            Err(mut failed) => {
                let why = said("the connection failed", failed.error());
                if let Some(request) = failed.take_message() {
                    return Outcome::Unsent(Box::new(request), why);
                }
                let exchange = if written.bytes() == before {
                    Exchange::NotStarted { why }
                } else {
                    Exchange::NoAnswer { why }
                };
                Outcome::Ended(exchange, false)
            }
        }
    }

    /// Lets hyper finish with the last answer, without waiting; `false` when the connection is
    /// over.
    async fn settles(&mut self) -> bool {
        std::future::poll_fn(|cx| {
            if !self.driver_ended && Pin::new(&mut self.driver).poll(cx).is_ready() {
                self.driver_ended = true;
            }
            Poll::Ready(())
        })
        .await;
        !self.driver_ended && !self.sender.is_closed()
    }
}

pub(super) fn said(what: &str, error: &(dyn std::error::Error + 'static)) -> Box<str> {
    // The innermost cause says most; none of them holds what was sent.
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    format!("{what}: {cause}").into()
}

async fn read(response: HyperResponse<Incoming>, bytes_max: usize) -> (Response, bool) {
    let (parts, mut incoming) = response.into_parts();
    let answer = |body: Body| {
        let whole = matches!(body, Body::Whole(_));
        let response = Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        };
        (response, whole)
    };
    if incoming.size_hint().lower() > bytes_max as u64 {
        return answer(Body::TooLarge);
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let Ok(frame) = frame else {
            return answer(Body::Cut);
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + rest.len() + data.len() > bytes_max {
            return answer(Body::TooLarge);
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return answer(Body::Whole(first));
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    answer(Body::Whole(whole.freeze()))
}
