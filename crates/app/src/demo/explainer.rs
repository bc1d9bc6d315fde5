//! Tells the handset page why a message was sent this way: the attempt stands in the status
//! callback, or in a letter's id, and the engine knows the rest.

use std::sync::OnceLock;

use domain::AttemptId;
use engine::Engine;
use futures_util::future::{BoxFuture, FutureExt as _};
use providers::request::attempt_of_query;
use serde_json::Value;
use simulator::Sign;

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
    fn explain<'a>(&'a self, sign: &'a Sign) -> BoxFuture<'a, Option<Value>> {
        async move {
            let attempt = attempt(sign)?;
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

fn attempt(sign: &Sign) -> Option<AttemptId> {
    match sign {
        Sign::StatusCallback(url) => {
            let (_, rest) = url.split_once('?')?;
            let query = rest.split_once('#').map_or(rest, |(query, _)| query);
            attempt_of_query(query)
        }
        Sign::MessageId(id) => id.split('@').next()?.parse().ok(),
    }
}
