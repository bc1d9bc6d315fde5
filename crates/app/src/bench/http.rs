//! A light HTTP client: one kept-alive connection each, one request at a time.

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

/// What a body is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Json,
    Form,
}

impl Client {
    pub(super) async fn connect(address: &str) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(address)
            .await
            .with_context(|| format!("{address} does not answer"))?;
        socket.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: HeaderValue::from_str(address)?,
        })
    }

    pub(super) async fn get(
        &mut self,
        path: &str,
        key: Option<&HeaderValue>,
    ) -> anyhow::Result<(u16, Bytes)> {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = path.parse()?;
        if let Some(key) = key {
            request.headers_mut().insert(AUTHORIZATION, key.clone());
        }
        self.send(request).await
    }

    pub(super) async fn post(
        &mut self,
        path: &str,
        kind: Kind,
        header: (&'static str, &HeaderValue),
        body: Bytes,
    ) -> anyhow::Result<(u16, Bytes)> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse()?;
        let content_type = match kind {
            Kind::Json => "application/json",
            Kind::Form => "application/x-www-form-urlencoded",
        };
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        request.headers_mut().insert(header.0, header.1.clone());
        self.send(request).await
    }

    async fn send(&mut self, mut request: Request<Full<Bytes>>) -> anyhow::Result<(u16, Bytes)> {
        request.headers_mut().insert(HOST, self.host.clone());
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
