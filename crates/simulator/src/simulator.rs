//! The sandbox itself: its shared parts, and how it is served and stopped.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Seconds, Timestamp};
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::cut::unless_cut;
use crate::phones::Phone;
use crate::signature::Signer;
use crate::state::State;
use crate::webhook::Clients;

/// How often scheduled messages are looked at, in real time.
const SCHEDULE_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

/// A pretend Twilio with handsets.
pub struct Simulator {
    pub(crate) config: Config,
    pub(crate) account: Arc<str>,
    state: Mutex<State>,
    pub(crate) signer: Option<Signer>,
    pub(crate) clients: Clients,
    pub(crate) stripe: Option<crate::stripe::Stripe>,
    pub(crate) model: crate::openai::Model,
    /// The `Authorization` headers that are let in.
    pub(crate) keys: Vec<String>,
    pub(crate) webhooks: Semaphore,
    /// REST requests being answered.
    pub(crate) at_once: AtomicUsize,
    /// Messages on their way.
    pub(crate) under_way: AtomicUsize,
    /// The number of the last change, for those who wait for one.
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    listening: OnceLock<String>,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Simulator {
    /// A sandbox. Nothing runs until requests come; scheduled messages need [`Simulator::serve`] or
    /// [`Simulator::run`].
    pub fn new(config: Config) -> Arc<Self> {
        let basic = |user: &str, password: &str| {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        };
        let mut keys = vec![basic(&config.account_sid, config.auth_token.expose())];
        keys.extend(
            config
                .api_keys
                .iter()
                .map(|(sid, secret)| basic(sid, secret.expose())),
        );
        Arc::new(Self {
            account: config.account_sid.as_str().into(),
            state: Mutex::new(State::new(&config)),
            signer: Signer::new(config.auth_token.expose()),
            clients: Clients::default(),
            stripe: config
                .stripe
                .clone()
                .map(|set| crate::stripe::Stripe::new(set, config.seed)),
            model: crate::openai::Model::default(),
            keys,
            webhooks: Semaphore::new(config.webhooks_at_once_max.max(1)),
            at_once: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            changed: watch::Sender::new(0),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            listening: OnceLock::new(),
            config,
        })
    }

    /// Twilio's API at the root and the control API under `/sandbox/api`.
    pub fn router(self: &Arc<Self>) -> Router {
        let mut router = crate::twilio::router(Arc::clone(self))
            .merge(crate::control::router(Arc::clone(self)))
            .merge(crate::openai::router(self));
        if self.stripe.is_some() {
            router = router.merge(crate::stripe::router(self));
        }
        router
    }

    /// Sends scheduled messages when their time has come, until the token is cancelled; then all of
    /// the sandbox's work stops. [`Simulator::serve`] does this too.
    pub async fn run(self: &Arc<Self>, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(SCHEDULE_EVERY);
        while shutdown.run_until_cancelled(tick.tick()).await.is_some() {
            self.send_scheduled();
            self.renew_subscriptions();
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Serves [`Simulator::router`] on a listener until the token is cancelled; then all of the
    /// sandbox's work stops.
    pub async fn serve(
        self: &Arc<Self>,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> std::io::Result<()> {
        let router = self.router().fallback(crate::twilio::nothing_here);
        self.serve_router(router, listener, shutdown).await
    }

    /// The same with a router of the caller's, which holds [`Simulator::router`] and more. Only here
    /// do cut connections really end without a byte of an answer.
    pub async fn serve_router(
        self: &Arc<Self>,
        router: Router,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> std::io::Result<()> {
        let _ = self
            .listening
            .set(format!("http://{}", listener.local_addr()?));
        let connections = TaskTracker::new();
        let accept = async {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    // Out of file descriptors, most likely: give connections time to end.
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let inner = TowerToHyperService::new(router.clone());
                let service = service_fn(move |request: http::Request<Incoming>| {
                    inner.call(request).map(unless_cut)
                });
                let closing = shutdown.clone();
                connections.spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service);
                    let mut connection = std::pin::pin!(connection);
                    tokio::select! {
                        // An error here is a client that left, or a connection we cut.
                        _ = connection.as_mut() => {}
                        () = closing.cancelled() => {
                            connection.as_mut().graceful_shutdown();
                            let _ = tokio::time::timeout(
                                std::time::Duration::from_secs(2),
                                connection,
                            )
                            .await;
                        }
                    }
                });
            }
        };
        let running = self.run(shutdown.clone());
        tokio::join!(shutdown.run_until_cancelled(accept), running);
        connections.close();
        connections.wait().await;
        Ok(())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    /// Moves the clock; `false` when it cannot be moved.
    pub fn advance_clock(self: &Arc<Self>, span: Seconds) -> bool {
        if !self.config.clock.advance(span) {
            return false;
        }
        let now = self.now();
        let mut state = self.state();
        let number = state.changes.push(crate::observe::Change::Clock(now));
        drop(state);
        self.tell(number);
        self.send_scheduled();
        self.renew_subscriptions();
        true
    }

    /// From now on a reset leaves the phones that are here now, without their messages: the demo's
    /// members keep theirs, with who wrote when and who said STOP, as the product does.
    pub fn keep_phones(&self) {
        let mut state = self.state();
        state.first_phones = state.phones.iter().map(Phone::as_new).collect();
    }

    /// Forgets messages, phones, faults and observations.
    pub fn reset(&self) {
        if let Some(stripe) = &self.stripe {
            stripe.reset();
        }
        self.model.reset();
        let number = {
            let mut state = self.state();
            state.reset(&self.config);
            state.changes.last()
        };
        self.tell(number);
    }

    /// Wakes those who wait for changes.
    pub(crate) fn tell(&self, number: u64) {
        self.changed.send_if_modified(|last| {
            let newer = number > *last;
            *last = number.max(*last);
            newer
        });
    }

    /// Where this sandbox is reached; `host` is what the present request says.
    pub(crate) fn base_url(&self, host: Option<&str>) -> String {
        let set = self.config.public_url.as_deref();
        set.map(|url| url.trim_end_matches('/').to_owned())
            .or_else(|| self.listening.get().cloned())
            .or_else(|| host.map(|host| format!("http://{host}")))
            .unwrap_or_default()
    }

    /// Starts a piece of work that ends with the sandbox.
    pub(crate) fn start(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let this = Arc::clone(self);
        self.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
            this.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }
}
