//! An integrator's server: takes what it is told, or does not, as the story says; and remembers every request.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// One request.
#[derive(Clone, Debug)]
pub struct Told {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// The body, as it came.
    pub body: String,
    /// What was answered.
    pub answered: u16,
}

impl Told {
    /// The body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The number of the event.
    pub fn event(&self) -> i64 {
        let number = self.json().pointer("/data/id").and_then(Value::as_i64);
        number.unwrap_or_default()
    }

    /// Headers and body, for whoever verifies them.
    pub fn as_json(&self) -> Value {
        json!({
            "headers": {
                "webhook-id": self.id, "webhook-timestamp": self.timestamp, "webhook-signature": self.signature,
            },
            "body": self.body,
        })
    }
}

#[derive(Debug)]
struct State {
    status: u16,
    /// Events that it answers with 500, whatever it says to others.
    refused: Vec<i64>,
    /// A header more.
    retry_after: Option<u32>,
    /// How many requests came, answered or not.
    asked: usize,
    told: Vec<Told>,
}

/// The server; it stops when dropped.
#[derive(Debug)]
pub struct Integrator {
    /// Where it listens.
    pub addr: SocketAddr,
    state: Arc<Mutex<State>>,
    answers: watch::Sender<bool>,
    stop: CancellationToken,
}

impl Drop for Integrator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Integrator {
    /// Listens, and takes everything.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            status: 204,
            refused: Vec::new(),
            retry_after: None,
            asked: 0,
            told: Vec::new(),
        }));
        let answers = watch::Sender::new(true);
        let stop = CancellationToken::new();
        let (serving, stopped) = (Arc::clone(&state), stop.clone());
        let may_answer = answers.subscribe();
        tokio::spawn(async move {
            loop {
                let client = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stopped.cancelled() => return,
                };
                let Ok((client, _)) = client else { continue };
                let (state, stopped) = (Arc::clone(&serving), stopped.clone());
                let may_answer = may_answer.clone();
                tokio::spawn(async move {
                    let service =
                        service_fn(|request| take(Arc::clone(&state), may_answer.clone(), request));
                    let serving = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(client), service);
                    tokio::select! {
                        _ = serving => {}
                        () = stopped.cancelled() => {}
                    }
                });
            }
        });
        Ok(Self {
            addr,
            state,
            answers,
            stop,
        })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/hooks?of=gymtext", self.addr)
    }

    /// Answers like this from now on.
    pub fn says(&self, status: u16) {
        self.lock().status = status;
    }

    /// Refuses one event.
    pub fn refuses(&self, event: Option<i64>) {
        self.lock().refused = event.into_iter().collect();
    }

    /// Asks for some time with each answer.
    pub fn asks_for(&self, seconds: Option<u32>) {
        self.lock().retry_after = seconds;
    }

    /// Answers nobody until this is called with `true`.
    pub fn answers(&self, answers: bool) {
        self.answers.send_replace(answers);
    }

    /// How many requests came, also those that were not answered yet.
    pub fn asked(&self) -> usize {
        self.lock().asked
    }

    /// All requests that were answered, in the order they came.
    pub fn all(&self) -> Vec<Told> {
        self.lock().told.clone()
    }

    /// Those it took.
    pub fn taken(&self) -> Vec<Told> {
        let mut all = self.all();
        all.retain(|one| one.answered < 300);
        all
    }

    /// The numbers of the events it took.
    pub fn events(&self) -> Vec<i64> {
        self.taken().iter().map(Told::event).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(
    state: Arc<Mutex<State>>,
    mut answers: watch::Receiver<bool>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes);
    let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    state.lock().unwrap_or_else(PoisonError::into_inner).asked += 1;
    let _ = answers.wait_for(|answers| *answers).await;
    let header = |name: &str| {
        let value = parts.headers.get(name);
        let text = value.and_then(|value| value.to_str().ok());
        text.unwrap_or_default().to_owned()
    };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let mut told = Told {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
        answered: state.status,
    };
    if state.refused.contains(&told.event()) {
        told.answered = 500;
    }
    let mut answer = http::Response::builder().status(told.answered);
    if let Some(seconds) = state.retry_after {
        answer = answer.header("retry-after", seconds);
    }
    state.told.push(told);
    Ok(answer.body(Full::default()).unwrap_or_default())
}
