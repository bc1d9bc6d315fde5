//! The server: a bounded number of connections, bounded waits, and an end that lets calls in flight
//! finish (G29, G30, G31).

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::people::Peer;

/// Bounds of one listener.
#[derive(Clone, Copy, Debug)]
pub struct ServeLimits {
    /// Connections at once; past it a new one is told 503 and closed.
    pub connections_max: usize,
    /// How long a header may take, and how long a connection may idle between requests.
    pub header_deadline: Duration,
    /// The most headers' bytes of one request.
    pub header_bytes_max: usize,
    /// How long calls in flight may take to finish at the end.
    pub drain_deadline: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections_max: 8_192,
            header_deadline: Duration::from_secs(10),
            header_bytes_max: 32 * 1024,
            drain_deadline: Duration::from_secs(10),
        }
    }
}

/// What a connection hears when there are too many.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\
    Content-Type: application/problem+json\r\nContent-Length: 134\r\nConnection: close\r\n\r\n\
    {\"type\":\"/docs#error-unavailable\",\"title\":\"Not available right now\",\"status\":503,\
    \"code\":\"unavailable\",\"detail\":\"Too many connections\"}";

/// How long to wait when a connection cannot be accepted (out of files): trying again at once would
/// only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown`, then lets calls in flight end, at most `limits.drain_deadline`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    limits: ServeLimits,
) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let connections = TaskTracker::new();
    let give_up = CancellationToken::new();
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_deadline)
        .max_buf_size(limits.header_bytes_max.max(8_192))
        .half_close(false);
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (stream, Peer(peer.ip())),
            Err(error) => {
                if !is_of_the_peer(&error) {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            refuse(&stream);
            continue;
        };
        // Small answers must not wait for the peer's acknowledgement.
        let _ = stream.set_nodelay(true);
        // Who is at the other end: codes are counted by it.
        let told = router
            .clone()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(peer);
                request
            });
        let service = TowerToHyperService::new(told);
        let connection = server.serve_connection(TokioIo::new(stream), service);
        let (shutdown, give_up) = (shutdown.clone(), give_up.clone());
        connections.spawn(async move {
            let mut connection = pin!(connection);
            // How a connection ends is the peer's business: cut, timed out or closed.
            let ended = tokio::select! {
                ended = connection.as_mut() => Some(ended),
                () = shutdown.cancelled() => None,
            };
            if ended.is_none() {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    _ = connection.as_mut() => {}
                    () = give_up.cancelled() => {}
                }
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.drain_deadline, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            connections = connections.len(),
            "connections were cut after the deadline"
        );
        give_up.cancel();
        connections.wait().await;
    }
}

fn refuse(stream: &TcpStream) {
    // A fresh socket takes this whole; whoever cannot is refused all the same.
    let _ = stream.try_write(TOO_MANY);
}

/// Errors of the connection that was to be accepted, not of ours.
fn is_of_the_peer(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    struct Running {
        address: std::net::SocketAddr,
        shutdown: CancellationToken,
        server: tokio::task::JoinHandle<()>,
    }

    async fn run(router: Router, limits: ServeLimits) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let server = tokio::spawn(serve(listener, router, shutdown.clone(), limits));
        Running {
            address,
            shutdown,
            server,
        }
    }

    async fn everything(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_call_in_flight_ends_before_the_server_does() {
        let (entered, mut inside) = tokio::sync::mpsc::channel::<()>(1);
        let go = CancellationToken::new();
        let waiting = go.clone();
        let router = Router::new().route(
            "/",
            get(move || async move {
                entered.send(()).await.unwrap();
                waiting.cancelled().await;
                "done"
            }),
        );
        let running = run(router, ServeLimits::default()).await;
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        inside.recv().await.unwrap();
        running.shutdown.cancel();
        go.cancel();
        assert!(everything(&mut stream).await.ends_with("done"));
        running.server.await.unwrap();
    }

    #[tokio::test]
    async fn one_connection_too_many_is_told_so_at_once() {
        let limits = ServeLimits {
            connections_max: 0,
            ..ServeLimits::default()
        };
        let running = run(Router::new(), limits).await;
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let text = everything(&mut stream).await;
        assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
        let body = text.split("\r\n\r\n").nth(1).unwrap();
        assert!(
            text.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{} {text}",
            body.len()
        );
        serde_json::from_str::<serde_json::Value>(body).unwrap();
        running.shutdown.cancel();
        running.server.await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_never_finishes_its_header_is_let_go() {
        let limits = ServeLimits {
            header_deadline: Duration::from_millis(100),
            ..ServeLimits::default()
        };
        let running = run(Router::new(), limits).await;
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        let _ = everything(&mut stream).await;
        running.shutdown.cancel();
        running.server.await.unwrap();
    }
}
