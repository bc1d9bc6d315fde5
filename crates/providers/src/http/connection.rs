//! One connection: opening it, asking whether it still stands, one request on it.

use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response as HyperResponse};
use hyper_util::rt::TokioIo;
use socket2::{SockRef, Socket};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::wire::{Stream, Wire, Written};
use super::{Body, Exchange, Origin, Response};

/// The most time one address of a host gets to answer before the next one is tried.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// Which addresses a name may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any: the operator configured the host.
    Anywhere,
    /// Only addresses of the public internet: the host came from outside (G37).
    PublicOnly,
}

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

fn said(what: &str, error: &(dyn std::error::Error + 'static)) -> Box<str> {
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

async fn connect(origin: &Origin, reach: Reach) -> Result<TcpStream, Box<str>> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((&*origin.host, origin.port))
        .await
        .map_err(|e| said("its name could not be resolved", &e))?
        .collect();
    let mut why: Box<str> = "its name leads nowhere".into();
    for address in addresses {
        if reach == Reach::PublicOnly && !is_public(address.ip()) {
            why = "its name leads to a private address".into();
            continue;
        }
        match tokio::time::timeout(CONNECT_MAX, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = said("connect", &error),
            Err(_) => why = "connect: no answer in time".into(),
        }
    }
    Err(why)
}

/// Whether an address is one of the public internet: not private, loopback, link-local (cloud
/// metadata lives there), shared, reserved, multicast, nor one of these wrapped in IPv6.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(ip) => {
            if let Some(v4) = ip.to_ipv4() {
                return is_public(IpAddr::V4(v4));
            }
            let [first, second, ..] = ip.segments();
            // Global unicast is 2000::/3; not 6to4, Teredo and documentation, which wrap others.
            (first & 0xe000) == 0x2000
                && first != 0x2002
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        }
    }
}

fn connector() -> Result<TlsConnector, Box<str>> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(TlsConnector::from(Arc::clone(config)));
    }
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| said("TLS", &e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let config = CONFIG.get_or_init(|| Arc::new(config));
    Ok(TlsConnector::from(Arc::clone(config)))
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "54.172.60.0",
            "8.8.8.8",
            "2600:1f18::1",
            "2a00:1450:4001::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
