//! Stripe's webhook: something happened to a subscription. It is verified over the raw bytes, stored once, and answered;
//! how the subscription stands is asked afterwards, at the engine's own pace.

use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use engine::EngineError;
use http::StatusCode;
use http::request::Parts;
use providers::stripe::Event;
use providers::stripe::signature::SIGNATURE_HEADER;

use crate::State;
use crate::code::Code;
use crate::problem::Problem;
use crate::webhooks::heard::{Refusal, Source};
use crate::webhooks::twilio;

/// The largest body (G30).
const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long the store may take; then 503, so that it is sent again (G3).
const STORE_DEADLINE: Duration = Duration::from_millis(1_900);

/// `/api/stripe/webhook`.
pub(crate) async fn event(state: State, request: Request) -> Response {
    let taken = take(&state, request).await;
    let now = state.engine().clock().now();
    state.heard().note(Source::Stripe, &taken, now);
    match taken {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn take(state: &State, request: Request) -> Result<(), Problem> {
    let (parts, body) = request.into_parts();
    let Some(signature) = parts
        .headers
        .get(SIGNATURE_HEADER)
        .and_then(|value| value.to_str().ok())
    else {
        tell(state, &parts, "there is no signature".into());
        return Err(refused(&"there is no signature"));
    };
    let body = crate::body::read(body, BODY_BYTES_MAX).await?;
    let engine = state.engine();
    let now = engine.clock().now();
    // Without secrets of ours nothing fits: closed (PITFALLS, Security).
    state
        .stripe()
        .verify(signature, &body, now)
        .map_err(|why| {
            tell(state, &parts, why.to_string());
            refused(&why)
        })?;
    let event = Event::parse(&body).map_err(|error| {
        tracing::warn!(%error, "a signed event could not be read");
        Problem::new(Code::InvalidJson, "The body is no event.")
    })?;
    let kind = event.kind.clone();
    let heard = tokio::time::timeout(STORE_DEADLINE, engine.hear_billing(event)).await;
    match heard {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => {
            tracing::debug!(
                event.kind = kind,
                "an event says nothing new about a subscription"
            );
            Ok(())
        }
        Ok(Err(error)) => Err(passing(error)),
        Err(_) => {
            tracing::warn!("an event could not be stored in time");
            Err(Problem::of(Code::Unavailable).retry_after(2))
        }
    }
}

/// Keeps why it was refused, for whoever looks.
fn tell(state: &State, parts: &Parts, why: String) {
    state.heard().refuse(Refusal {
        source: Source::Stripe,
        ..twilio::refusal(state, parts, why)
    });
}

/// One answer for every reason, as for all webhooks.
fn refused(why: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(%why, "an event was refused");
    Problem::of(Code::InvalidSignature)
}

fn passing(error: EngineError) -> Problem {
    let problem = Problem::from(error);
    if problem.status().is_server_error() {
        problem
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
            .retry_after(2)
    } else {
        problem
    }
}
