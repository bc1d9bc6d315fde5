//! `/api/v1/webhooks`: endpoints of the caller's that events are told to (docs/WEBHOOKS.md).

pub(crate) mod deliveries;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Response};
use domain::WebhookId;
use engine::webhooks::{EndpointRecord, EndpointWishes, WebhookError};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::json::{Sent, answer, json_body};
use crate::path::parameter;
use crate::problem::Problem;

/// The longest description, in characters.
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 200;

/// The endpoint a path names.
#[derive(Debug)]
pub(crate) struct WebhookInPath(pub(crate) WebhookId);

impl FromRequestParts<State> for WebhookInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let text = parameter(parts, state, "id").await;
        text.parse().map(Self).map_err(|error| {
            let detail = format!("There is no such endpoint: {error}.");
            Problem::new(Code::UnknownWebhook, detail)
        })
    }
}

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookAnswer {
    #[schema(example = "whk_01kaz3v8w0f8q5s9z5t1m3d4e6")]
    id: String,
    #[schema(example = "https://crm.example/hooks/gymtext")]
    url: String,
    /// What it is for.
    description: String,
    /// Which events it is told: names, beginnings with `*`, or `*`.
    #[schema(example = json!(["message.*", "consent.changed"]))]
    events: Vec<String>,
    /// Whether it is told any.
    enabled: bool,
    /// Why it is not: `paused`, `gone` (it answered 410) or `failing` (it took nothing for five days).
    #[schema(example = json!(null))]
    stopped: Option<&'static str>,
    stopped_at: Option<String>,
    made_at: String,
    made_by: String,
    /// Until when deliveries are signed with the secret before, too.
    rotated_until: Option<String>,
    /// How often the first event that it did not take was tried.
    tries: u32,
    /// When that is tried again.
    next_try_at: Option<String>,
    /// Since when it took nothing.
    failing_since: Option<String>,
    /// How many events wait for it, counted to a thousand.
    waiting: u32,
    /// When the first of them happened.
    waiting_since: Option<String>,
}

/// Endpoints.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhooksAnswer {
    items: Vec<WebhookAnswer>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// An endpoint with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SecretAnswer {
    #[serde(flatten)]
    endpoint: WebhookAnswer,
    /// What its deliveries are signed with. It is told here and nowhere else.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
}

/// An endpoint to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://crm.example/hooks/gymtext", "events": ["message.*"]}))]
pub(crate) struct CreateWebhook {
    /// Where it is: https, on the public internet.
    url: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// Which events it is told; left out, all.
    #[serde(default)]
    events: Option<Vec<String>>,
}
json_body!(CreateWebhook);

/// What is to be otherwise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct UpdateWebhook {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    events: Option<Vec<String>>,
    /// `false` pauses it: it goes on where it was once this is `true`.
    #[serde(default)]
    enabled: Option<bool>,
}
json_body!(UpdateWebhook);

async fn shown(state: &State, one: &EndpointRecord) -> Result<WebhookAnswer, Problem> {
    let now = state.engine().clock().now();
    let behind = state.engine().endpoint_behind(one).await?;
    let until = one.previous.as_ref().map(|(_, until)| *until);
    Ok(WebhookAnswer {
        id: one.id.to_string(),
        url: one.url.clone(),
        description: one.description.clone(),
        events: one.events.clone(),
        enabled: one.stopped.is_none(),
        stopped: one.stopped.map(|(why, _)| why.as_str()),
        stopped_at: one.stopped.map(|(_, at)| at.to_string()),
        made_at: one.made_at.to_string(),
        made_by: one.made_by.clone(),
        rotated_until: until.filter(|until| now < *until).map(|at| at.to_string()),
        tries: one.line.tries,
        next_try_at: one.line.next_at.map(|at| at.to_string()),
        failing_since: one.line.failing_since.map(|at| at.to_string()),
        waiting: behind.waiting,
        waiting_since: behind.since.map(|at| at.to_string()),
    })
}

fn refused(error: WebhookError) -> Problem {
    let text = format!("{error}.");
    match error {
        WebhookError::Engine(error) => error.into(),
        WebhookError::Unknown => Problem::of(Code::UnknownWebhook),
        WebhookError::TooMany => Problem::new(Code::TooMany, text),
        WebhookError::AddressTaken(id) => Problem::new(Code::WebhookExists, text)
            .about("url")
            .with("webhook_id", id.to_string()),
        WebhookError::Url(_) | WebhookError::UrlTooLong => Problem::field("url", &error),
        WebhookError::Pattern(_) | WebhookError::Patterns => Problem::field("events", &error),
        WebhookError::NotBehind => Problem::new(Code::NotToldYet, text),
        WebhookError::NotKept(_) => Problem::new(Code::EventsGone, text),
    }
}

/// A description that a page can show.
pub(crate) fn description_of(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > DESCRIPTION_CHARS_MAX || text.contains('\0') {
        let why = format!("a description has at most {DESCRIPTION_CHARS_MAX} characters");
        return Err(Problem::field("description", why));
    }
    Ok(text.to_owned())
}

/// List endpoints
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "list_webhooks",
    responses((status = 200, description = "The endpoints", body = WebhooksAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let mut items = Vec::new();
    for one in &state.engine().endpoints().await? {
        items.push(shown(&state, one).await?);
    }
    Ok(answer(
        StatusCode::OK,
        &WebhooksAnswer {
            items,
            next_cursor: None,
        },
    ))
}

/// Make an endpoint
///
/// It is told every event that happens from now on, in their order, each at least once; signed by Standard Webhooks. The
/// answer holds the secret. It takes no `Idempotency-Key`; a second endpoint at the same address is refused.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "create_webhook",
    request_body = CreateWebhook,
    responses(
        (status = 201, description = "The endpoint", body = SecretAnswer),
        (status = 409, description = "There is one at this address, or there are too many", body = Problem),
        (status = 422, description = "Some fields cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create(state: State, sent: Sent<CreateWebhook>) -> Result<Response, Problem> {
    let wishes = EndpointWishes {
        url: Some(sent.body.url.trim().to_owned()),
        description: Some(description_of(&sent.body.description)?),
        events: sent.body.events,
        enabled: None,
    };
    let made = state.engine().make_endpoint(wishes).await;
    with_secret(&state, StatusCode::CREATED, &made.map_err(refused)?).await
}

async fn with_secret(
    state: &State,
    status: StatusCode,
    one: &EndpointRecord,
) -> Result<Response, Problem> {
    let told = SecretAnswer {
        endpoint: shown(state, one).await?,
        secret: one.secret.expose().to_owned(),
    };
    Ok(answer(status, &told))
}

/// Read an endpoint
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "read_webhook",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The endpoint", body = WebhookAnswer),
        (status = 404, description = "There is no such endpoint", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    id: WebhookInPath,
) -> Result<Response, Problem> {
    let one = state.engine().endpoint(id.0).await.map_err(refused)?;
    Ok(answer(StatusCode::OK, &shown(&state, &one).await?))
}

/// Change an endpoint
///
/// What is not named stays. One that was stopped and is enabled again is tried at once, and goes on where it was: what
/// happened meanwhile is told.
#[utoipa::path(
    patch, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "update_webhook",
    params(("id" = String, Path)),
    request_body = UpdateWebhook,
    responses(
        (status = 200, description = "The endpoint", body = WebhookAnswer),
        (status = 404, description = "There is no such endpoint", body = Problem),
        (status = 409, description = "There is one at this address", body = Problem),
        (status = 422, description = "Some fields cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn update(
    state: State,
    id: WebhookInPath,
    sent: Sent<UpdateWebhook>,
) -> Result<Response, Problem> {
    let description = sent.body.description.as_deref().map(description_of);
    let wishes = EndpointWishes {
        url: sent.body.url.map(|url| url.trim().to_owned()),
        description: description.transpose()?,
        events: sent.body.events,
        enabled: sent.body.enabled,
    };
    let changed = state.engine().change_endpoint(id.0, wishes).await;
    let changed = changed.map_err(refused)?;
    Ok(answer(StatusCode::OK, &shown(&state, &changed).await?))
}

/// Remove an endpoint
///
/// With what is kept of its deliveries.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "delete_webhook",
    params(("id" = String, Path)),
    responses(
        (status = 204, description = "It is told nothing any more"),
        (status = 404, description = "There is no such endpoint", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn remove(
    state: State,
    _caller: Caller,
    id: WebhookInPath,
) -> Result<Response, Problem> {
    let removed = state.engine().remove_endpoint(id.0).await;
    removed.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Rotate an endpoint's secret
///
/// Deliveries are signed with both secrets for a day, so that nothing is refused while yours is changed.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/rotate", tag = "Webhooks", operation_id = "rotate_webhook",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The endpoint with its new secret", body = SecretAnswer),
        (status = 404, description = "There is no such endpoint", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn rotate(
    state: State,
    _caller: Caller,
    id: WebhookInPath,
) -> Result<Response, Problem> {
    let rotated = state.engine().rotate_endpoint(id.0).await;
    with_secret(&state, StatusCode::OK, &rotated.map_err(refused)?).await
}
