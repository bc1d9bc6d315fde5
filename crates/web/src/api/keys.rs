//! `GET|POST /api/v1/keys`, `DELETE /api/v1/keys/{id}`: who may use this API, and for what.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Response};
use domain::{KeyId, Scope, Secret, Timestamp};
use engine::keys::{KeyError, KeyRecord};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::json::{Sent, answer, json_body};
use crate::path::parameter;
use crate::problem::{Faults, Problem};

/// The longest name, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 40;

/// The key a path names.
#[derive(Debug)]
pub(crate) struct KeyInPath(KeyId);

impl FromRequestParts<State> for KeyInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let text = parameter(parts, state, "id").await;
        text.parse().map(Self).map_err(|error| {
            let detail = format!("There is no such key: {error}.");
            Problem::new(Code::UnknownKey, detail)
        })
    }
}

/// A key. The key itself is told once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyAnswer {
    #[schema(example = "key_01kaz3v8w0f8q5s9z5t1m3d4e6")]
    id: String,
    /// The log names whoever uses it `api:` and this.
    #[schema(example = "crm")]
    name: String,
    /// What it may be used for.
    #[schema(example = json!(["read", "send"]))]
    scopes: Vec<&'static str>,
    made_at: String,
    /// Who made it.
    made_by: String,
    /// When it was used last, to the minute.
    used_at: Option<String>,
    /// Until when it may be used; null is for good.
    expires_at: Option<String>,
}

impl From<&KeyRecord> for KeyAnswer {
    fn from(key: &KeyRecord) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().copied().map(Scope::as_str).collect(),
            made_at: key.made_at.to_string(),
            made_by: key.made_by.clone(),
            used_at: key.used_at.map(|at| at.to_string()),
            expires_at: key.expires_at.map(|at| at.to_string()),
        }
    }
}

/// Keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeysAnswer {
    items: Vec<KeyAnswer>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// A new key, with the key itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewKeyAnswer {
    #[serde(flatten)]
    kept: KeyAnswer,
    /// What goes after `Bearer`. It is told here and nowhere else.
    #[schema(example = "gt_8f14e45fceea167a5a36dedd4bea2543f1b2c3d4e5f60718")]
    key: String,
}

/// A key to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "crm", "scopes": ["read", "send"]}))]
pub(crate) struct CreateKey {
    /// What it is called; no other key is called so.
    name: String,
    /// What it may be used for: `read`, `send`, `members`, `settings`.
    scopes: Vec<String>,
    /// Until when it may be used; left out, it is for good.
    #[serde(default)]
    expires_at: Option<String>,
}
json_body!(CreateKey);

/// List keys
///
/// The keys that hold, without the keys themselves. The one in `GYMTEXT_API_KEY` is not among them: it may be used for
/// everything, and is changed where it is set.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "Keys", operation_id = "list_keys",
    responses((status = 200, description = "The keys", body = KeysAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let keys = state.engine().keys().await?;
    let items = keys.iter().map(KeyAnswer::from).collect();
    Ok(answer(
        StatusCode::OK,
        &KeysAnswer {
            items,
            next_cursor: None,
        },
    ))
}

/// Make a key
///
/// The answer holds the key: it is kept as a hash and told to nobody again. It takes no `Idempotency-Key`; a second key of
/// the same name is refused.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "Keys", operation_id = "create_key",
    request_body = CreateKey,
    responses(
        (status = 201, description = "The key", body = NewKeyAnswer),
        (status = 409, description = "The name is taken, or there are too many", body = Problem),
        (status = 422, description = "Some fields cannot be accepted", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create(state: State, sent: Sent<CreateKey>) -> Result<Response, Problem> {
    let now = state.engine().clock().now();
    let mut faults = Faults::default();
    let name = faults.keep("name", name_of(&sent.body.name));
    let scopes = faults.keep(
        "scopes",
        scopes_of(sent.body.scopes.iter().map(String::as_str)),
    );
    let end = sent.body.expires_at.as_deref();
    let expires_at = end.and_then(|text| faults.keep("expires_at", end_of(text, now)));
    let (Some(name), Some(scopes), true) = (name, scopes, faults.is_empty()) else {
        faults.into_result()?;
        return Err(Problem::of(Code::InvalidRequest));
    };
    let made = state.engine().make_key(name, scopes, expires_at).await;
    let (kept, key) = made.map_err(refused)?;
    Ok(answer(StatusCode::CREATED, &told(&kept, &key)))
}

fn told(kept: &KeyRecord, key: &Secret) -> NewKeyAnswer {
    NewKeyAnswer {
        kept: kept.into(),
        key: key.expose().to_owned(),
    }
}

/// Revoke a key
///
/// Every node refuses it within a second.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", tag = "Keys", operation_id = "revoke_key",
    params(("id" = String, Path)),
    responses(
        (status = 204, description = "It holds no more"),
        (status = 404, description = "There is no such key", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn revoke(
    state: State,
    _caller: Caller,
    id: KeyInPath,
) -> Result<Response, Problem> {
    state.engine().revoke_key(id.0).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn refused(error: KeyError) -> Problem {
    let text = format!("{error}.");
    match error {
        KeyError::Engine(error) => error.into(),
        KeyError::Unknown => Problem::of(Code::UnknownKey),
        KeyError::NameTaken(_) => Problem::new(Code::KeyNameTaken, text).about("name"),
        KeyError::TooMany => Problem::new(Code::TooMany, text),
    }
}

/// A name that the log can show.
pub(crate) fn name_of(text: &str) -> Result<String, String> {
    let name = text.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count())
        && !name
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace());
    if fits {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "a name has 1 to {NAME_CHARS_MAX} letters without spaces, such as crm"
        ))
    }
}

/// Scopes, each once.
pub(crate) fn scopes_of<'a>(words: impl Iterator<Item = &'a str>) -> Result<Vec<Scope>, String> {
    let mut scopes = Vec::new();
    for word in words {
        let scope = word.parse::<Scope>().map_err(|_| {
            format!("`{word}` is no scope; there are read, send, members and settings")
        })?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() {
        return Err("a key needs one scope at least: read, send, members or settings".to_owned());
    }
    Ok(scopes)
}

fn end_of(text: &str, now: Timestamp) -> Result<Timestamp, &'static str> {
    match text.trim().parse().map(Timestamp::from_jiff) {
        Ok(at) if at > now => Ok(at),
        Ok(_) => Err("this has passed already"),
        Err(_) => Err("write an instant such as `2027-03-01T00:00:00Z`"),
    }
}
