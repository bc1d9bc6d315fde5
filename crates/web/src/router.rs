//! The public routes, put together.

use axum::Router;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::State;
use crate::code::Code;
use crate::problem::Problem;
use crate::webhooks::{stripe, twilio};
use crate::{api, console, docs, landing, missing, people, unsubscribe};

/// Webhooks, the API, cron, health, documentation and the first page. The application merges
/// [`ui::assets_router`] beside it, once.
pub fn public_router(state: State) -> Router {
    let mut calls = Router::new();
    for route in api::routes() {
        calls = calls.route(route.path, route.handlers);
    }
    let pages = Router::new()
        .route("/", get(landing::landing))
        .route("/docs", get(docs::page::page))
        .merge(people::routes())
        .merge(console::routes())
        .route(
            "/email/unsubscribe/{id}",
            get(unsubscribe::ask).post(unsubscribe::end),
        );
    // A bug in a call costs that call, not the connection. Webhooks go without layers: there a
    // closed connection says the same to the provider.
    let calls = calls.merge(pages).layer(CatchPanicLayer::custom(broken));
    Router::new()
        .route(
            "/api/twilio/sms",
            post(twilio::message).get(twilio::message),
        )
        .route(
            "/api/twilio/status",
            post(twilio::status).get(twilio::status),
        )
        .route(
            "/api/whatsapp/webhook",
            post(twilio::message).get(twilio::message),
        )
        .route(
            "/api/whatsapp/status",
            post(twilio::status).get(twilio::status),
        )
        .route("/api/stripe/webhook", post(stripe::event))
        .merge(calls)
        .fallback(missing::not_found)
        .method_not_allowed_fallback(missing::wrong_method)
        .with_state(state)
        .merge(docs::assets_router())
}

fn broken(_panic: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    tracing::error!("a call broke; the lines before this one say where");
    Problem::of(Code::Internal).into_response()
}
