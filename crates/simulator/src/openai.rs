//! A pretend language model that speaks the Chat Completions of `OpenAI`. What it says is scripted by whoever tests, or made by a few plain
//! rules; it understands nothing.
//!
//! Written from their description of the API, and on purpose without a look at the code that calls it in `providers`. Only
//! what a conversation with tools needs: nothing is streamed.

mod api;
mod control;
mod script;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post, put};

use crate::control::guard;
use crate::simulator::Simulator;
use script::Script;

/// What the sandbox has of it.
#[derive(Debug, Default)]
pub(crate) struct Model {
    script: Mutex<Script>,
}

impl Model {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what it was told and what it was asked.
    pub(crate) fn reset(&self) {
        *self.script() = Script::default();
    }
}

/// Its API, and its part of the control API.
pub(crate) fn router(simulator: &Arc<Simulator>) -> Router {
    let guarded =
        || axum::middleware::from_fn_with_state(Arc::clone(simulator), guard::only_loopback);
    Router::new()
        .route("/sandbox/openai/v1/chat/completions", post(api::complete))
        .route("/sandbox/openai/v1/models", get(api::models))
        .route("/sandbox/api/model", put(control::set).get(control::show))
        .route("/sandbox/api/model/requests", get(control::requests))
        .layer(guarded())
        .with_state(Arc::clone(simulator))
}
