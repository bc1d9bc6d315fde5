//! `GET /api/v1/templates`, `POST /api/v1/templates/submit`, `POST /api/v1/templates/sync`: texts
//! that WhatsApp approves, how they stand, and what needs them.

use axum::response::Response;
use engine::templates::{Submitted, Synced, TemplateView};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::json::{Sent, answer, json_body};
use crate::problem::Problem;

/// The most names of one call.
const NAMES_MAX: usize = 250;

/// A variable of a template.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VariableAnswer {
    /// What `variables` of a message calls it.
    #[schema(example = "1")]
    number: String,
    /// What it holds; `null` where only the template's id is known.
    #[schema(example = "name")]
    name: Option<String>,
    /// What may stand there: `name`, `day`, `date`, `time`, `number`, `text`.
    #[schema(example = "name")]
    kind: Option<&'static str>,
}

/// A template in one language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateAnswer {
    #[schema(example = "daily_workout")]
    name: String,
    #[schema(example = "pt_BR")]
    language: String,
    /// How it stands: `draft` (not submitted), or the provider's word, such as `pending`, `approved`,
    /// `rejected`, `paused`, `disabled`. `missing`: the provider does not know it.
    #[schema(example = "approved")]
    status: String,
    /// Whether it may be sent now. A word that is not known is a no.
    may_be_sent: bool,
    /// What the provider counts it as; `null` while it has not told.
    #[schema(example = "UTILITY")]
    category: Option<String>,
    /// What it was asked to be approved as.
    #[schema(example = "UTILITY")]
    category_asked: Option<String>,
    /// The provider counts it as something else than was asked for: its price, its reach and the
    /// consent it needs changed.
    category_changed: bool,
    /// A fingerprint of its wording; `null` where only its id is known.
    #[schema(example = "0a1b2c3d4e5f")]
    version: Option<String>,
    /// The provider's id; `null` while it is a draft.
    #[schema(example = "HX00000000000000000000000000000001")]
    provider_template_id: Option<String>,
    /// `setting` (its id is set), `file`, or `former`: an earlier wording that is sent until the present
    /// one is approved.
    #[schema(example = "file")]
    from: &'static str,
    /// Why it was rejected.
    reason: Option<String>,
    /// Its text, where it is known.
    body: Option<String>,
    variables: Vec<VariableAnswer>,
    /// The template that takes its place while it may not be sent.
    backup: Option<String>,
    /// What needs it, while it may not be sent.
    dependents: Vec<String>,
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

impl From<TemplateView> for TemplateAnswer {
    fn from(view: TemplateView) -> Self {
        let variables = view
            .entry
            .numbered()
            .into_iter()
            .map(|variable| VariableAnswer {
                number: variable.number,
                name: variable
                    .declared
                    .as_ref()
                    .map(|declared| declared.name.to_string()),
                kind: variable.declared.map(|declared| declared.kind.as_str()),
            })
            .collect();
        let entry = view.entry;
        Self {
            name: entry.name,
            language: entry.language,
            status: entry.status,
            may_be_sent: view.may_be_sent,
            category: filled(entry.category),
            category_asked: filled(entry.category_asked),
            category_changed: view.category_changed,
            version: filled(entry.edition),
            provider_template_id: filled(entry.provider_template_id),
            from: entry.origin.as_str(),
            reason: filled(entry.reason),
            body: entry.body,
            variables,
            backup: entry.backup.map(Into::into),
            dependents: view.dependents,
        }
    }
}

/// The templates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplatesAnswer {
    items: Vec<TemplateAnswer>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// Which to submit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"names": ["welcome"]}))]
pub(crate) struct SubmitTemplates {
    /// By name; all when it is empty or missing.
    #[serde(default)]
    names: Vec<String>,
}
json_body!(SubmitTemplates);

/// What became of one wording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmittedAnswer {
    name: String,
    language: String,
    /// A fingerprint of its wording.
    version: String,
    /// `created`, `submitted` (it was there and not submitted), `unchanged`, or `failed`.
    #[schema(example = "created")]
    outcome: &'static str,
    /// How it stands now.
    #[schema(example = "pending")]
    status: Option<String>,
    provider_template_id: Option<String>,
    /// Why it failed or was rejected.
    why: Option<String>,
}

impl From<Submitted> for SubmittedAnswer {
    fn from(one: Submitted) -> Self {
        Self {
            name: one.name,
            language: one.language,
            version: one.edition,
            outcome: one.outcome.as_str(),
            status: one.status,
            provider_template_id: one.provider_template_id,
            why: one.why,
        }
    }
}

/// One for each wording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmittedAnswers {
    items: Vec<SubmittedAnswer>,
}

/// Nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(crate) struct SyncTemplates {}
json_body!(SyncTemplates);

/// A change that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateChangeAnswer {
    name: String,
    language: String,
    provider_template_id: String,
    /// `status` or `category`.
    #[schema(example = "status")]
    what: &'static str,
    /// As it was; empty for one that is new.
    before: String,
    now: String,
}

/// What the provider said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SyncedAnswer {
    /// How many templates were asked about.
    asked: usize,
    items: Vec<TemplateChangeAnswer>,
}

impl From<Synced> for SyncedAnswer {
    fn from(synced: Synced) -> Self {
        Self {
            asked: synced.asked,
            items: synced
                .changes
                .into_iter()
                .map(|change| TemplateChangeAnswer {
                    name: change.name,
                    language: change.language,
                    provider_template_id: change.provider_template_id,
                    what: change.what.as_str(),
                    before: change.before,
                    now: change.now,
                })
                .collect(),
        }
    }
}

/// List templates
///
/// Every template in every language, how it stands at the provider, and what needs those that may
/// not be sent.
#[utoipa::path(
    get, path = "/api/v1/templates", tag = "Templates", operation_id = "list_templates",
    responses((status = 200, description = "The templates", body = TemplatesAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let views = state.engine().templates().await?;
    let items = views.into_iter().map(TemplateAnswer::from).collect();
    Ok(answer(
        StatusCode::OK,
        &TemplatesAnswer {
            items,
            next_cursor: None,
        },
    ))
}

/// Submit templates
///
/// Creates what is missing at the provider and asks WhatsApp to approve it. What is there already stays as it is:
/// calling it twice creates nothing twice.
#[utoipa::path(
    post, path = "/api/v1/templates/submit", tag = "Templates", operation_id = "submit_templates",
    request_body = SubmitTemplates,
    responses(
        (status = 200, description = "What became of each wording", body = SubmittedAnswers),
        (status = 422, description = "No such template", body = Problem),
        (status = 502, description = "The provider could not be asked", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn submit(
    state: State,
    _caller: Caller,
    sent: Sent<SubmitTemplates>,
) -> Result<Response, Problem> {
    if sent.body.names.len() > NAMES_MAX {
        return Err(Problem::field(
            "names",
            format!("at most {NAMES_MAX} names are taken at once"),
        ));
    }
    let done = state.engine().submit_templates(&sent.body.names).await?;
    let items = done.into_iter().map(SubmittedAnswer::from).collect();
    Ok(answer(StatusCode::OK, &SubmittedAnswers { items }))
}

/// Ask how templates stand
///
/// Asks the provider now, beside the asking by itself every few minutes.
#[utoipa::path(
    post, path = "/api/v1/templates/sync", tag = "Templates", operation_id = "sync_templates",
    request_body = SyncTemplates,
    responses(
        (status = 200, description = "What changed", body = SyncedAnswer),
        (status = 502, description = "The provider could not be asked", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn sync(
    state: State,
    _caller: Caller,
    _sent: Sent<SyncTemplates>,
) -> Result<Response, Problem> {
    let synced = state.engine().sync_templates().await?;
    Ok(answer(StatusCode::OK, &SyncedAnswer::from(synced)))
}
