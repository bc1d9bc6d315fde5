//! A light HTTP client: one kept-alive connection each, one request at a time, and no more of HTTP than our own servers
//! speak, because the driver shares the processors with what it measures.

use anyhow::{Context as _, bail, ensure};
use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Room for an answer; longer ones make more.
const ANSWER_BYTES: usize = 4 * 1024;

/// The longest header of an answer.
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    socket: TcpStream,
    host: String,
    request: Vec<u8>,
    read: BytesMut,
}

/// What a body is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Json,
    Form,
}

/// What the header of an answer says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins.
    begins: usize,
    body_bytes: usize,
}

impl Client {
    pub(super) async fn connect(address: &str) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(address)
            .await
            .with_context(|| format!("{address} does not answer"))?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            host: address.to_owned(),
            request: Vec::new(),
            read: BytesMut::with_capacity(ANSWER_BYTES),
        })
    }

    pub(super) async fn get(
        &mut self,
        path: &str,
        key: Option<&HeaderValue>,
    ) -> anyhow::Result<(u16, Bytes)> {
        self.begin("GET", path);
        if let Some(key) = key {
            self.header("authorization", key.as_bytes());
        }
        self.send(&[]).await
    }

    pub(super) async fn post(
        &mut self,
        path: &str,
        kind: Kind,
        header: (&'static str, &HeaderValue),
        body: Bytes,
    ) -> anyhow::Result<(u16, Bytes)> {
        self.begin("POST", path);
        let kind: &[u8] = match kind {
            Kind::Json => b"application/json",
            Kind::Form => b"application/x-www-form-urlencoded",
        };
        self.header("content-type", kind);
        self.header(header.0, header.1.as_bytes());
        self.header("content-length", body.len().to_string().as_bytes());
        self.send(&body).await
    }

    fn begin(&mut self, method: &str, path: &str) {
        self.request.clear();
        for part in [method, " ", path, " HTTP/1.1\r\nhost: ", &self.host, "\r\n"] {
            self.request.extend_from_slice(part.as_bytes());
        }
    }

    fn header(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            self.request.extend_from_slice(part);
        }
    }

    async fn send(&mut self, body: &[u8]) -> anyhow::Result<(u16, Bytes)> {
        self.request.extend_from_slice(b"\r\n");
        self.request.extend_from_slice(body);
        self.socket.write_all(&self.request).await?;
        let head = loop {
            if let Some(head) = head_of(&self.read)? {
                break head;
            }
            ensure!(self.read.len() < HEADER_BYTES_MAX, "an answer has no end");
            self.more().await?;
        };
        let whole = head.begins + head.body_bytes;
        while self.read.len() < whole {
            self.read.reserve(whole - self.read.len());
            self.more().await?;
        }
        let mut answer = self.read.split_to(whole);
        Ok((head.status, answer.split_off(head.begins).freeze()))
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        self.read.reserve(1);
        let read = self.socket.read_buf(&mut self.read).await?;
        ensure!(read > 0, "the connection ended without an answer");
        Ok(())
    }
}

/// The header of an answer, once it is there as a whole.
fn head_of(read: &[u8]) -> anyhow::Result<Option<Head>> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(read.get(..end).unwrap_or_default())?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok())
        .context("an answer is no HTTP")?;
    let mut body_bytes = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            body_bytes = value.trim().parse()?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("an answer does not say how long it is");
        }
    }
    Ok(Some(Head {
        status,
        begins: end + 4,
        body_bytes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_when_it_is_whole() {
        let whole = b"HTTP/1.1 202 Accepted\r\nContent-Length: 7\r\ndate: x\r\n\r\n{\"a\":1}";
        let head = Head {
            status: 202,
            begins: whole.len() - 7,
            body_bytes: 7,
        };
        assert_eq!(head_of(whole).unwrap(), Some(head));
        assert_eq!(head_of(&whole[..40]).unwrap(), None);
        let without = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(head_of(without).unwrap().unwrap().body_bytes, 0);
        assert!(head_of(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(head_of(b"SSH-2.0\r\n\r\n").is_err());
    }
}
