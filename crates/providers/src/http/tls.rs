//! Tests over TLS, against a server of our own whose certificate (`fixtures/`, made for these tests
//! and for nothing else) the client accepts in tests only.

use std::sync::Arc;

use hyper::{HeaderMap, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto, pki_types::PrivateKeyDer};

use super::{Call, Exchange, Limits, Origin, Pool, Reach};
use crate::request::MayStart;

/// The certificate of the test's server, which is its own authority.
pub(super) const AUTHORITY: &[u8] = include_bytes!("fixtures/localhost.der");
const KEY: &[u8] = include_bytes!("fixtures/localhost.key.der");

/// A server that answers every request on a connection; it says how many it answered when the
/// connection ends.
async fn server() -> (u16, tokio::sync::mpsc::UnboundedReceiver<usize>) {
    let config =
        ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![AUTHORITY.to_vec().into()],
                PrivateKeyDer::Pkcs8(KEY.to_vec().into()),
            )
            .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (ended, ends) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let mut answered = 0;
            if let Ok(mut stream) = acceptor.accept(tcp).await {
                let mut bytes = [0; 4096];
                while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                    if stream.write_all(answer).await.is_err() || stream.flush().await.is_err() {
                        break;
                    }
                    answered += 1;
                }
            }
            let _ = ended.send(answered);
        }
    });
    (port, ends)
}

fn pool(url: &str) -> Pool {
    let (origin, _) = Origin::of_url(url).unwrap();
    Pool::new(origin, Reach::Anywhere, Limits::default())
}

fn get() -> Call {
    Call {
        method: Method::GET,
        path: "/".parse().unwrap(),
        headers: HeaderMap::new(),
        body: bytes::Bytes::new(),
        answer_bytes_max: 100,
    }
}

#[tokio::test]
async fn requests_over_tls_share_one_kept_connection() {
    let (port, mut ends) = server().await;
    let pool = pool(&format!("https://localhost:{port}"));
    for _ in 0..5 {
        let exchange = pool.call(get(), &MayStart::Always).await;
        assert!(
            matches!(&exchange, Exchange::Response(r) if r.status == 200),
            "{exchange:?}"
        );
        assert_eq!(pool.idle_count(), 1);
    }
    drop(pool);
    assert_eq!(ends.recv().await, Some(5));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_accepted_and_nothing_was_written() {
    let (port, mut ends) = server().await;
    let exchange = pool(&format!("https://127.0.0.1:{port}"))
        .call(get(), &MayStart::Always)
        .await;
    assert!(
        matches!(exchange, Exchange::NotStarted { .. }),
        "{exchange:?}"
    );
    assert_eq!(ends.recv().await, Some(0));
}
