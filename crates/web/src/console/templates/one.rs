//! A template: how it stands in each language and what to do next, as a phone shows it with samples or with typed values, what
//! speaks against it, what sends it, and what became of it. From here it is submitted.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Role;
use engine::EngineError;
use engine::templates::{
    Entry, Finding, Origin, Outcome, Severity, Submitted, TemplateDetail, TemplateView, Wording,
    is_fit, placeholders,
};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use ui::Page;

use super::super::guard::{OnDuty, Posted};
use super::super::{html, refused, shown, trouble};
use super::{HOME, tone};
use crate::State;
use crate::path::parameter;
use crate::people::html_as;
use crate::query::Asked;

/// The longest value that is shown, in characters.
const VALUE_MAX: usize = 300;

/// The template a path names.
#[derive(Debug)]
pub(in crate::console) struct TemplateInPath(String);

impl FromRequestParts<State> for TemplateInPath {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        Ok(Self(parameter(parts, state, "name").await))
    }
}

/// Something that speaks against it.
struct Against {
    tone: &'static str,
    what: String,
    mend: &'static str,
    rule: &'static str,
    source: &'static str,
}

/// A template in one language.
struct Card {
    language: String,
    tag: String,
    status: String,
    tone: &'static str,
    next: String,
    origin: &'static str,
    preview: String,
    buttons: Vec<String>,
    facts: Vec<(&'static str, String)>,
    against: Vec<Against>,
}

/// A variable to try out.
struct Field {
    name: String,
    label: String,
    value: String,
    sample: String,
}

struct Event {
    at: String,
    utc: String,
    language: String,
    what: &'static str,
    before: String,
    now: String,
    reason: String,
    edition: String,
}

#[derive(Template)]
#[template(path = "console-template.html")]
struct One {
    page: Page,
    token: String,
    may: bool,
    name: String,
    is_file: bool,
    is_fit: bool,
    told: String,
    failed: Vec<String>,
    fields: Vec<Field>,
    cards: Vec<Card>,
    against: Vec<Against>,
    needs: Vec<String>,
    missed_by: Vec<String>,
    broadcasts: Vec<(String, String)>,
    events: Vec<Event>,
}

/// The page. `v1` and the like are values of variables to try out; `told` is what was done.
pub(in crate::console) async fn show(
    state: State,
    on_duty: OnDuty,
    name: TemplateInPath,
    typed: Asked<BTreeMap<String, String>>,
) -> Response {
    match state.engine().template(&name.0).await {
        Ok(Some(detail)) => html(&page(&on_duty, &name.0, detail, &typed.0, Vec::new())),
        Ok(None) => unknown(),
        Err(error) => trouble(error, HOME),
    }
}

fn unknown() -> Response {
    refused(
        StatusCode::NOT_FOUND,
        "There is no such template.",
        "Look for it in the list.",
        HOME,
    )
}

/// What is done with it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Act {
    /// `submit`, or `ask` how it stands.
    act: String,
}

/// Submits it, or asks the provider.
pub(in crate::console) async fn act(
    state: State,
    name: TemplateInPath,
    posted: Posted<Act>,
) -> Response {
    let back = format!("{HOME}/{}", name.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    match worked(&state, &posted, &name.0, &back).await {
        Ok(response) => response,
        Err(error) => trouble(error, &back),
    }
}

async fn worked(
    state: &State,
    posted: &Posted<Act>,
    name: &str,
    back: &str,
) -> Result<Response, EngineError> {
    let engine = posted.on_duty.engine(state);
    let Some(detail) = engine.template(name).await? else {
        return Ok(unknown());
    };
    if posted.form.act == "ask" {
        engine.sync_templates().await?;
        return Ok(Redirect::to(&format!("{back}?told=asked")).into_response());
    }
    if !is_fit(&detail.findings) {
        return Ok(refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "It would be refused as it is.",
            "Nothing was submitted. Mend its file first.",
            back,
        ));
    }
    let done = engine.submit_templates(&[name.to_owned()]).await?;
    let failed: Vec<String> = done.iter().filter_map(failure).collect();
    if failed.is_empty() {
        return Ok(Redirect::to(&format!("{back}?told=submitted")).into_response());
    }
    let detail = engine.template(name).await?.unwrap_or(detail);
    let again = page(&posted.on_duty, name, detail, &BTreeMap::new(), failed);
    Ok(html_as(StatusCode::BAD_GATEWAY, &again))
}

fn failure(one: &Submitted) -> Option<String> {
    let why = one
        .why
        .as_deref()
        .unwrap_or("the provider cannot be reached");
    (one.outcome == Outcome::Failed).then(|| format!("{}: {why}", one.language))
}

fn page(
    on_duty: &OnDuty,
    name: &str,
    detail: TemplateDetail,
    typed: &BTreeMap<String, String>,
    failed: Vec<String>,
) -> One {
    let fields = fields(&detail, typed);
    let of_whole = detail.findings.iter().filter(|one| one.language.is_none());
    let mut missed_by: Vec<String> = Vec::new();
    for line in detail.views.iter().flat_map(|view| &view.dependents) {
        if !detail.needs.contains(line) && !missed_by.contains(line) {
            missed_by.push(line.clone());
        }
    }
    let told = match typed.get("told").map(String::as_str) {
        Some("submitted") => "It was submitted in all its languages.",
        Some("asked") => "The provider was asked how it stands.",
        _ => "",
    };
    One {
        page: on_duty.page(name, HOME),
        token: on_duty.token(),
        may: on_duty.may(Role::Coach),
        name: name.to_owned(),
        is_file: detail.file.is_some(),
        is_fit: is_fit(&detail.findings),
        told: told.to_owned(),
        failed,
        cards: detail
            .views
            .iter()
            .map(|view| card(view, &detail, &fields))
            .collect(),
        against: of_whole.map(against).collect(),
        missed_by,
        broadcasts: detail
            .broadcasts
            .iter()
            .map(|one| (one.id.to_string(), one.plan.name.clone()))
            .collect(),
        events: detail
            .events
            .iter()
            .map(|event| Event {
                at: shown::machine(event.at),
                utc: shown::utc(event.at),
                language: event.change.language.clone(),
                what: match event.change.what.as_str() {
                    "category" => "counts as",
                    _ => "stands",
                },
                before: shown::words(&event.change.before).to_lowercase(),
                now: shown::words(&event.change.now).to_lowercase(),
                reason: event.reason.clone(),
                edition: event.edition.clone(),
            })
            .collect(),
        needs: detail.needs,
        fields,
    }
}

/// The variables, with what was typed for each. The samples of the first language stand beside them.
fn fields(detail: &TemplateDetail, typed: &BTreeMap<String, String>) -> Vec<Field> {
    let entry = detail
        .views
        .iter()
        .max_by_key(|view| view.entry.variables.len());
    let first = detail.file.as_ref().and_then(|file| {
        let english = file.wordings.iter().find(|one| &*one.language == "en");
        english.or_else(|| file.wordings.first())
    });
    let numbered = entry.map(|view| view.entry.numbered()).unwrap_or_default();
    let all = numbered.into_iter().enumerate().map(|(at, variable)| {
        let declared = detail.file.as_ref().and_then(|file| file.variables.get(at));
        let label =
            declared.map_or_else(|| variable.number.clone(), |one| one.name.replace('_', " "));
        let value = typed.get(&format!("v{}", variable.number));
        Field {
            value: value.map_or_else(String::new, |value| {
                value
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(VALUE_MAX)
                    .collect()
            }),
            sample: sample(first, at),
            name: variable.number,
            label,
        }
    });
    all.collect()
}

fn sample(wording: Option<&Wording>, at: usize) -> String {
    let samples = wording.and_then(|one| one.samples.get(at));
    samples.map_or_else(String::new, ToString::to_string)
}

fn card(view: &TemplateView, detail: &TemplateDetail, fields: &[Field]) -> Card {
    let entry = &view.entry;
    let wordings = detail.file.iter().flat_map(|file| &file.wordings);
    let wording = wordings
        .clone()
        .find(|one| *one.language == *entry.language);
    let body = entry.body.as_deref().unwrap_or_default();
    let values: Vec<(String, String)> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let own = sample(wording, at);
            let value = if !field.value.is_empty() {
                field.value.clone()
            } else if own.is_empty() {
                format!("{{{{{}}}}}", field.name)
            } else {
                own
            };
            (field.name.clone(), value)
        })
        .collect();
    let value_of = |name: &str| {
        let found = values.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let is_current = entry.origin == Origin::File;
    let of_it = detail
        .findings
        .iter()
        .filter(|one| is_current && one.language.as_deref() == Some(&*entry.language));
    let against: Vec<Against> = of_it.map(against).collect();
    Card {
        tag: entry.language.replace('_', "-"),
        language: entry.language.clone(),
        tone: tone(view),
        next: next(view, detail),
        origin: match entry.origin {
            Origin::Setting => "named by a setting",
            Origin::File => "",
            Origin::Former => "earlier wording",
        },
        preview: placeholders::filled(body, value_of).unwrap_or_else(|| body.to_owned()),
        buttons: wording
            .filter(|_| entry.origin != Origin::Former)
            .map(|one| one.buttons.iter().map(|button| button.title.to_string()))
            .into_iter()
            .flatten()
            .collect(),
        facts: facts(entry),
        status: shown::words(&entry.status),
        against,
    }
}

fn facts(entry: &Entry) -> Vec<(&'static str, String)> {
    let filled = |name, text: &str| (!text.is_empty()).then(|| (name, text.to_owned()));
    let all = [
        filled("Asked for as", &entry.category_asked.to_lowercase()),
        filled("Counts as", &entry.category.to_lowercase()),
        filled("Words", &entry.edition),
        filled("At the provider", &entry.provider_template_id),
        filled("In its place", entry.backup.as_deref().unwrap_or_default()),
    ];
    all.into_iter().flatten().collect()
}

fn against(finding: &Finding) -> Against {
    Against {
        tone: match finding.rule.severity() {
            Severity::Error => "bad",
            Severity::Warning => "warn",
        },
        what: finding.what.clone(),
        mend: finding.rule.mend(),
        rule: finding.rule.id(),
        source: finding.rule.source(),
    }
}

/// What there is to do, by how it stands (facts/twilio.md 8.2, facts/whatsapp.md 1.6 and 3.5).
fn next(view: &TemplateView, detail: &TemplateDetail) -> String {
    let entry = &view.entry;
    let submit = if is_fit(&detail.findings) {
        "submit it"
    } else {
        "mend what speaks against it, then submit it"
    };
    let reason = || {
        if entry.reason.is_empty() {
            "no reason was told".to_owned()
        } else {
            entry.reason.clone()
        }
    };
    let words = match entry.status.as_str() {
        _ if view.category_changed && view.may_be_sent => {
            "It may be sent, and counts as something else than was asked for: its price, its reach and the consent it needs changed.".to_owned()
        }
        _ if view.may_be_sent => "It may be sent. Nothing to do.".to_owned(),
        "draft" => format!("Nobody has seen it yet: {submit}."),
        "unsubmitted" => format!("The provider has it, and was not asked to approve it: {submit}."),
        "received" | "pending" => {
            "It is being looked at: minutes as a rule, up to two days. Nothing to do.".to_owned()
        }
        "rejected" => format!(
            "It was rejected: {}. Mend the words in its file, start the service again, then submit it.",
            reason()
        ),
        "paused" => {
            "Members did not like it: it waits for some hours, and goes on by itself. A third time ends it.".to_owned()
        }
        "disabled" => "It was ended for good: write other words in its file, then submit it.".to_owned(),
        "missing" => format!("The provider does not know it any more: {submit}."),
        other => format!(
            "The provider says {}, which counts as not to be sent. Ask how it stands later.",
            shown::words(other)
        ),
    };
    if entry.origin == Origin::Former {
        format!("{words} These are earlier words, sent until the present ones are approved.")
    } else {
        words
    }
}
