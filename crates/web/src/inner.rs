//! The inner listener: for whoever runs the service, on loopback. It is not for the world and asks
//! for no key.

mod ledger;
mod metrics;

use axum::Router;
use axum::routing::get;

use crate::State;

/// The routes of the inner listener.
pub fn inner_router(state: State) -> Router {
    Router::new()
        .route("/inner/health", get(health::health))
        .route("/inner/ready", get(ready::ready))
        .route("/inner/metrics", get(metrics::metrics))
        .route("/inner/attempts", get(ledger::attempts))
        .route("/inner/receipts", get(ledger::receipts))
        .fallback(crate::missing::not_found)
        .method_not_allowed_fallback(crate::missing::wrong_method)
        .with_state(state)
}

mod health {
    //! `GET /inner/health`: as the outer one, and what this node is among others.

    use axum::response::Response;
    use serde::Serialize;

    use crate::State;
    use crate::json::answer;

    #[derive(Serialize)]
    struct HealthAnswer {
        status: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        node: Option<NodeAnswer>,
    }

    #[derive(Serialize)]
    struct NodeAnswer {
        epoch: i64,
        shards: u32,
        nodes: u32,
        clock_off_seconds: Option<f64>,
    }

    pub(super) async fn health(state: State) -> Response {
        let (code, status) = crate::health::of(state.engine().health());
        let node = state.engine().node().map(|node| NodeAnswer {
            epoch: node.epoch.0,
            shards: node.shards,
            nodes: node.nodes,
            clock_off_seconds: node.clock_off.map(domain::Seconds::as_f64),
        });
        answer(code, &HealthAnswer { status, node })
    }
}

mod ready {
    //! `GET /inner/ready`: whether the store answers and writes; if not, why. The words are the store's own
    //! and name nobody. Away from home it says so, and still takes requests: what members write is kept.

    use std::time::Duration;

    use axum::response::{IntoResponse, Response};
    use engine::Health;
    use http::StatusCode;
    use store::StoreError;

    use crate::State;
    use crate::code::Code;
    use crate::json::answer;
    use crate::problem::Problem;

    /// How long the store may take.
    const DEADLINE: Duration = Duration::from_secs(2);

    pub(super) async fn ready(state: State) -> Response {
        let health = state.engine().health();
        if !matches!(health, Health::Ready | Health::ClockOff | Health::Held) {
            return crate::health::health(state).await;
        }
        match tokio::time::timeout(DEADLINE, state.engine().check_store()).await {
            Ok(Ok(())) if health == Health::Held => crate::health::health(state).await,
            Ok(Ok(())) => answer(StatusCode::OK, &serde_json::json!({ "status": "ok" })),
            Ok(Err(StoreError::Unavailable(why))) => Problem::of(Code::Unavailable)
                .retry_after(2)
                .with("why", why)
                .into_response(),
            Ok(Err(error)) => Problem::from(error).into_response(),
            Err(_) => Problem::of(Code::Unavailable)
                .retry_after(2)
                .into_response(),
        }
    }
}
