//! A pretend Stripe: checkout and portal pages, subscriptions that renew or fail as the clock moves, and signed webhooks.
//!
//! Written from Stripe's description of its API, and on purpose without a look at the code that calls it in `providers`.
//! Only what subscriptions need: no amounts, no cards, no taxes. Nothing here is money.

mod api;
mod books;
mod control;
mod hooks;
mod objects;
mod pages;
mod time;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post, put};
use domain::Secret;

use crate::control::guard;
use crate::simulator::Simulator;
use books::Books;

/// How a pretend Stripe is set up.
#[derive(Clone)]
pub struct StripeConfig {
    /// The secret key of calls.
    pub secret_key: Secret,
    /// The one price there is.
    pub price: String,
    /// Where events go; they go nowhere without it.
    pub webhook_url: Option<String>,
    /// Signs them.
    pub webhook_secret: Secret,
}

/// What the sandbox has of it.
#[derive(Debug)]
pub(crate) struct Stripe {
    config: StripeConfig,
    books: Mutex<Books>,
}

impl std::fmt::Debug for StripeConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StripeConfig")
            .field("price", &self.price)
            .field("webhook_url", &self.webhook_url)
            .finish_non_exhaustive()
    }
}

impl Stripe {
    pub(crate) fn new(config: StripeConfig, seed: u64) -> Self {
        Self {
            config,
            books: Mutex::new(Books::new(seed)),
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        self.books().reset();
    }
}

/// Its API, its pages, and its part of the control API.
pub(crate) fn router(simulator: &Arc<Simulator>) -> Router {
    let control = Router::new()
        .route("/sandbox/api/stripe", get(control::show))
        .route("/sandbox/api/stripe/faults", put(control::set_faults))
        .route("/sandbox/api/stripe/events/{id}", post(control::send))
        .route("/sandbox/api/stripe/subscriptions/{id}", post(control::act))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(simulator),
            guard::only_loopback,
        ));
    Router::new()
        .route("/v1/checkout/sessions", post(api::make_session))
        .route("/v1/checkout/sessions/{id}", get(api::session))
        .route("/v1/billing_portal/sessions", post(api::make_portal))
        .route(
            "/v1/subscriptions/{id}",
            get(api::subscription).delete(api::cancel),
        )
        .route("/stripe/pay/{id}", get(pages::pay).post(pages::paid))
        .route(
            "/stripe/portal/{id}",
            get(pages::portal).post(pages::managed),
        )
        .merge(control)
        .with_state(Arc::clone(simulator))
}
