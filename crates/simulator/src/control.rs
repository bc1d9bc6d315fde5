//! The control API under `/sandbox/api`: phones, what they say, the clock, faults, and what was
//! seen. For loopback only.

mod events;
pub(crate) mod guard;
mod letters;
mod phones;
pub(crate) mod problem;
mod said;
mod seen;
mod world;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::simulator::Simulator;

/// Largest body: media of 16 MB as a data URL.
const BODY_BYTES_MAX: usize = 24 * 1024 * 1024;

/// The routes of the control API.
pub(crate) fn router(simulator: Arc<Simulator>) -> Router {
    Router::new()
        .route("/sandbox/api/phones", get(phones::list).post(phones::add))
        .route(
            "/sandbox/api/phones/{number}",
            get(phones::show).patch(phones::change),
        )
        .route(
            "/sandbox/api/phones/{number}/messages",
            get(phones::messages),
        )
        .route("/sandbox/api/phones/{number}/say", post(said::say))
        .route("/sandbox/api/phones/{number}/block", post(phones::block))
        .route("/sandbox/api/numbers", get(world::numbers))
        .route("/sandbox/api/clock", get(world::clock).post(world::advance))
        .route(
            "/sandbox/api/faults",
            get(world::faults).put(world::set_faults),
        )
        .route(
            "/sandbox/api/limits",
            get(world::limits).put(world::set_limits),
        )
        .route(
            "/sandbox/api/senders/{number}",
            get(world::sender).put(world::set_sender),
        )
        .route("/sandbox/api/reset", post(world::reset))
        .route("/sandbox/api/templates", get(world::templates))
        .route(
            "/sandbox/api/templates/{sid}/approval",
            axum::routing::put(world::set_approval),
        )
        .route("/sandbox/api/requests", get(seen::requests))
        .route("/sandbox/api/alerts", get(seen::alerts))
        .route("/sandbox/api/ledger", get(seen::ledger))
        .route("/sandbox/api/letters", get(letters::list))
        .route(
            "/sandbox/api/letters/{sid}/unsubscribe",
            post(letters::unsubscribe),
        )
        .route("/sandbox/api/stats", get(seen::stats))
        .route("/sandbox/api/why/{sid}", get(seen::why))
        .route("/sandbox/api/events", get(events::events))
        .route("/sandbox/api/{*rest}", axum::routing::any(problem::nothing))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&simulator),
            guard::only_loopback,
        ))
        .with_state(simulator)
}
