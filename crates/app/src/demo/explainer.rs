//! Tells the handset page why a message was sent this way: the attempt stands in the status
//! callback, and the engine knows the rest.

use std::sync::OnceLock;

use engine::Engine;
use futures_util::future::{BoxFuture, FutureExt as _};
use providers::request::attempt_of_query;
use serde_json::Value;

/// Asks the engine, once there is one.
#[derive(Debug, Default)]
pub(super) struct Explainer {
    engine: OnceLock<Engine>,
}

impl Explainer {
    /// From now on this engine is asked.
    pub(super) fn knows(&self, engine: Engine) {
        // Set once, when the demo starts.
        let _ = self.engine.set(engine);
    }
}

impl simulator::Explain for Explainer {
    fn explain<'a>(&'a self, status_callback: &'a str) -> BoxFuture<'a, Option<Value>> {
        async move {
            let (_, rest) = status_callback.split_once('?')?;
            let query = rest.split_once('#').map_or(rest, |(query, _)| query);
            let attempt = attempt_of_query(query)?;
            self.engine
                .get()?
                .explain(attempt.message)
                .await
                .ok()
                .flatten()
        }
        .boxed()
    }
}
