//! A tiny server on loopback that does exactly what its script says, and counts what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Address, AttemptId, MessageId, ProviderAnswer, Secret, Text};
use providers::http::Limits;
use providers::request::MayStart;
use providers::twilio::Settings;
use providers::{Form, Provider, SendRequest, Twilio};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

pub(crate) const ACCOUNT: &str = "AC0f3e5d7c9b1a2f4e6d8c0b2a4f6e8d0c";
pub(crate) const TOKEN: &str = "9c7b1b6a5f0e4d3c2b1a09f8e7d6c5b4";

/// What the carrier does once it has read a request.
pub(crate) enum Act {
    /// Writes these bytes and keeps the connection.
    Say(Vec<u8>),
    /// Writes these bytes and closes.
    SayAndClose(Vec<u8>),
    /// Writes these bytes and neither writes more nor closes.
    SayAndHang(Vec<u8>),
    /// Writes these bytes again and again.
    Flood(Vec<u8>),
    /// Resets the connection.
    Reset,
}

#[derive(Default)]
struct Ledger {
    requests: Vec<String>,
    connections: usize,
    script: VecDeque<Act>,
}

/// The carrier. It ends with its runtime.
#[derive(Clone)]
pub(crate) struct Carrier {
    pub(crate) at: SocketAddr,
    ledger: Arc<Mutex<Ledger>>,
    closed: Arc<Semaphore>,
}

impl Carrier {
    pub(crate) async fn that(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let carrier = Self {
            at: listener.local_addr().unwrap(),
            ledger: Arc::new(Mutex::new(Ledger {
                script: script.into_iter().collect(),
                ..Ledger::default()
            })),
            closed: Arc::new(Semaphore::new(0)),
        };
        let serving = carrier.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.ledger.lock().unwrap().connections += 1;
                let serving = serving.clone();
                tokio::spawn(async move {
                    serving.serve(stream).await;
                    serving.closed.add_permits(1);
                });
            }
        });
        carrier
    }

    async fn serve(&self, mut stream: TcpStream) {
        while let Some(request) = read_request(&mut stream).await {
            let act = {
                let mut ledger = self.ledger.lock().unwrap();
                ledger.requests.push(request);
                ledger.script.pop_front()
            };
            match act {
                Some(Act::Say(bytes)) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Some(Act::SayAndClose(bytes)) => {
                    let _ = stream.write_all(&bytes).await;
                    return;
                }
                Some(Act::SayAndHang(bytes)) => {
                    let _ = stream.write_all(&bytes).await;
                    std::future::pending::<()>().await;
                }
                Some(Act::Flood(bytes)) => {
                    while stream.write_all(&bytes).await.is_ok() {}
                    return;
                }
                Some(Act::Reset) | None => {
                    SockRef::from(&stream)
                        .set_linger(Some(Duration::ZERO))
                        .unwrap();
                    return;
                }
            }
        }
    }

    /// How many whole requests arrived.
    pub(crate) fn requests(&self) -> usize {
        self.ledger.lock().unwrap().requests.len()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.ledger.lock().unwrap().connections
    }

    /// The request that arrived at this place.
    pub(crate) fn request(&self, at: usize) -> String {
        self.ledger.lock().unwrap().requests[at].clone()
    }

    /// Waits until it has closed one more connection.
    pub(crate) async fn has_closed_one(&self) {
        self.closed.acquire().await.unwrap().forget();
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// A client of this carrier.
    pub(crate) fn client(&self) -> Twilio {
        client(&self.url(), Limits::default())
    }

    /// A client that waits a fifth of a second only.
    pub(crate) fn hasty_client(&self) -> Twilio {
        let limits = Limits {
            deadline: Duration::from_millis(200),
            ..Limits::default()
        };
        client(&self.url(), limits)
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .map(|l| l.trim().parse().unwrap())
                })
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

pub(crate) fn client(url: &str, limits: Limits) -> Twilio {
    let settings = Settings {
        api_url: Some(url.into()),
        limits,
        ..Settings::new(ACCOUNT, Secret::new(TOKEN))
    };
    Twilio::new(&settings).unwrap()
}

/// A whole answer with a JSON body.
pub(crate) fn answer(status: u16, body: &str) -> Vec<u8> {
    answer_with(status, "content-type: application/json\r\n", body)
}

/// A whole answer with more headers.
pub(crate) fn answer_with(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} Whatever\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What Twilio says to a message it takes.
pub(crate) fn created(number: usize) -> Vec<u8> {
    answer(
        201,
        &format!(
            r#"{{"sid":"SM{number:032}","status":"queued","error_code":null,"num_segments":"1"}}"#
        ),
    )
}

pub(crate) fn request() -> SendRequest {
    SendRequest {
        attempt: AttemptId {
            message: MessageId::from_bytes([3; 16]),
            number: 1,
        },
        from: "+14155550199".parse().unwrap(),
        to: Address::sms("+14155550123".parse().unwrap()),
        form: Form::Text {
            text: Text::new("Squats today"),
            media: Vec::new(),
        },
        validity: None,
        status_callback: None,
        lettering: None,
        smart_encoded: false,
        may_start: MayStart::Always,
    }
}

pub(crate) async fn send(client: &Twilio) -> ProviderAnswer {
    client.send(request()).await
}

pub(crate) fn is_accepted(answer: &ProviderAnswer) -> bool {
    matches!(answer, ProviderAnswer::Accepted { .. })
}

pub(crate) fn is_not_started(answer: &ProviderAnswer) -> bool {
    matches!(answer, ProviderAnswer::NotStarted { .. })
}

pub(crate) fn is_no_answer(answer: &ProviderAnswer) -> bool {
    matches!(answer, ProviderAnswer::NoAnswer { .. })
}
