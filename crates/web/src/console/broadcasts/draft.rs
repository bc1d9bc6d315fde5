//! A broadcast that is being written: the form, what is wrong with it, and keeping it.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::broadcast::{Past, When};
use domain::{Channel, Role};
use engine::audience::SegmentRecord;
use engine::broadcasts::{BroadcastPlan, BroadcastRecord};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use ui::Page;

use super::HOME;
use crate::State;
use crate::api::broadcasts::BroadcastInPath;
use crate::api::broadcasts::body::PostBroadcast;
use crate::console::filters::{Fault, FilterForm};
use crate::console::guard::{OnDuty, Posted};
use crate::console::{html, refused, trouble};
use crate::people::html_as;
use crate::query::Asked;

/// A broadcast as it is typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Typed {
    pub(super) revision: String,
    pub(super) name: String,
    pub(super) content: String,
    pub(super) media: String,
    pub(super) template: String,
    pub(super) variables: String,
    pub(super) channel: String,
    pub(super) when: String,
    pub(super) time: String,
    pub(super) past: String,
    pub(super) percents: String,
    pub(super) go_on_after_minutes: String,
    pub(super) bad_percent_max: String,
    #[serde(flatten)]
    pub(super) filter: FilterForm,
}

/// What a draft may begin with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Begin {
    segment: Option<String>,
}

#[derive(Template)]
#[template(path = "console-broadcast-draft.html")]
struct Form {
    page: Page,
    token: String,
    action: String,
    back: String,
    is_new: bool,
    typed: Typed,
    /// The same, by the name the shared part of the form knows.
    filter: FilterForm,
    faults: Vec<Fault>,
    segments: Vec<(String, String)>,
    templates: Vec<String>,
    programmes: String,
}

impl Form {
    /// The form, with what its choices are taken from.
    async fn of(
        state: &State,
        on_duty: &OnDuty,
        record: Option<&BroadcastRecord>,
        typed: Typed,
    ) -> Result<Self, Response> {
        let engine = state.engine();
        let segments = engine
            .segments()
            .await
            .map_err(|error| trouble(error, HOME))?;
        let programmes = engine
            .programmes()
            .await
            .map_err(|error| trouble(error.into(), HOME))?;
        let views = engine
            .templates()
            .await
            .map_err(|error| trouble(error, HOME))?;
        let usable = views.into_iter().filter(|view| view.may_be_sent);
        let templates: BTreeSet<String> = usable.map(|view| view.entry.name).collect();
        let names: Vec<&str> = programmes
            .offered()
            .map(|one| &*one.programme.slug)
            .collect();
        let (title, action, back) = match record {
            None => ("New broadcast", HOME.to_owned(), HOME.to_owned()),
            Some(record) => {
                let own = format!("{HOME}/{}", record.id);
                ("Edit a broadcast", format!("{own}/edit"), own)
            }
        };
        Ok(Self {
            page: on_duty.page(title, HOME),
            token: on_duty.token(),
            action,
            back,
            is_new: record.is_none(),
            filter: typed.filter.clone(),
            typed,
            faults: Vec::new(),
            segments: segments
                .iter()
                .map(|one| (one.id.to_string(), one.name.clone()))
                .collect(),
            templates: templates.into_iter().collect(),
            programmes: names.join(", "),
        })
    }
}

/// An empty one, with the conditions of a segment if one is named.
pub(in crate::console) async fn new(
    state: State,
    on_duty: OnDuty,
    begin: Asked<Begin>,
) -> Response {
    if !on_duty.may(Role::Coach) {
        return watches();
    }
    let segment = match named(&state, begin.0.segment.as_deref()).await {
        Ok(segment) => segment,
        Err(refused) => return refused,
    };
    let typed = Typed {
        when: "now".into(),
        percents: "100".into(),
        bad_percent_max: "5".into(),
        filter: segment.map_or_else(FilterForm::default, |one| FilterForm::of(&one.filter)),
        ..Typed::default()
    };
    match Form::of(&state, &on_duty, None, typed).await {
        Ok(form) => html(&form),
        Err(refused) => refused,
    }
}

async fn named(state: &State, segment: Option<&str>) -> Result<Option<SegmentRecord>, Response> {
    let Some(id) = segment.and_then(|id| id.parse().ok()) else {
        return Ok(None);
    };
    let found = state.engine().segment(id).await;
    found.map(Some).map_err(|error| trouble(error, HOME))
}

/// Keeps a new one.
pub(in crate::console) async fn create(state: State, posted: Posted<Typed>) -> Response {
    if let Some(refused) = posted.refusal(Role::Coach, HOME) {
        return refused;
    }
    let Posted { on_duty, form } = posted;
    let plan = match form.read() {
        Ok(plan) => plan,
        Err(faults) => return again(&state, &on_duty, None, form, faults).await,
    };
    match on_duty.engine(&state).make_broadcast(plan, None).await {
        Ok((record, _)) => to(&record),
        Err(error) => {
            let faults = vec![Fault::whole(crate::console::sentence(&error))];
            again(&state, &on_duty, None, form, faults).await
        }
    }
}

/// The form of one there is.
pub(in crate::console) async fn edit(
    state: State,
    on_duty: OnDuty,
    id: BroadcastInPath,
) -> Response {
    if !on_duty.may(Role::Coach) {
        return watches();
    }
    let record = match state.engine().broadcast(id.0).await {
        Ok(record) => record,
        Err(error) => return trouble(error, HOME),
    };
    if let Some(refused) = only_drafts(&record) {
        return refused;
    }
    match Form::of(&state, &on_duty, Some(&record), Typed::of(&record)).await {
        Ok(form) => html(&form),
        Err(refused) => refused,
    }
}

/// Keeps what was edited.
pub(in crate::console) async fn save(
    state: State,
    id: BroadcastInPath,
    posted: Posted<Typed>,
) -> Response {
    let back = format!("{HOME}/{}", id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    let Posted { on_duty, form } = posted;
    let record = match state.engine().broadcast(id.0).await {
        Ok(record) => record,
        Err(error) => return trouble(error, HOME),
    };
    if let Some(refused) = only_drafts(&record) {
        return refused;
    }
    let plan = match form.read() {
        Ok(plan) => plan,
        Err(faults) => return again(&state, &on_duty, Some(&record), form, faults).await,
    };
    let base = form.revision.parse().unwrap_or(0);
    match on_duty
        .engine(&state)
        .edit_broadcast(id.0, plan, base)
        .await
    {
        Ok(record) => to(&record),
        Err(error) => {
            let faults = vec![Fault::whole(crate::console::sentence(&error))];
            again(&state, &on_duty, Some(&record), form, faults).await
        }
    }
}

fn to(record: &BroadcastRecord) -> Response {
    Redirect::to(&format!("{HOME}/{}", record.id)).into_response()
}

/// The form once more, with what is wrong.
async fn again(
    state: &State,
    on_duty: &OnDuty,
    record: Option<&BroadcastRecord>,
    typed: Typed,
    faults: Vec<Fault>,
) -> Response {
    match Form::of(state, on_duty, record, typed).await {
        Ok(form) => html_as(StatusCode::UNPROCESSABLE_ENTITY, &Form { faults, ..form }),
        Err(refused) => refused,
    }
}

/// What cannot be edited here.
fn only_drafts(record: &BroadcastRecord) -> Option<Response> {
    let back = format!("{HOME}/{}", record.id);
    let say = |what: &str, todo: &str| Some(refused(StatusCode::CONFLICT, what, todo, &back));
    if record.standing.state != domain::BroadcastState::Draft {
        return say(
            "Only a draft can be edited.",
            "What was started goes as it was written. Cancel it, and make another.",
        );
    }
    if record.plan.content.rich().is_some() {
        return say(
            "This one has buttons, places or links that the form cannot show.",
            "It was made through the API: edit it there. Everything else can be done here.",
        );
    }
    None
}

fn watches() -> Response {
    refused(
        StatusCode::FORBIDDEN,
        "Coaches and owners write broadcasts.",
        "An owner changes roles under Team.",
        HOME,
    )
}

impl Typed {
    /// What was typed, as callers of the API write it: one way of reading judges both.
    fn read(&self) -> Result<BroadcastPlan, Vec<Fault>> {
        let body: Result<PostBroadcast, _> = serde_json::from_value(self.to_json());
        let plan = match body {
            Ok(body) => body.into_plan(),
            Err(error) => return Err(vec![Fault::whole(error.to_string())]),
        };
        plan.map_err(|problem| {
            let faults = problem.by_field().into_iter();
            faults
                .map(|(field, message)| Fault {
                    field: label(field).to_owned(),
                    message: message.to_owned(),
                })
                .collect()
        })
    }

    fn to_json(&self) -> Value {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| {
            body.insert(name.to_owned(), value);
        };
        put("name", json!(self.name));
        put("filter", self.filter.to_json());
        for (name, text) in [
            ("content", self.content.trim()),
            ("template", self.template.trim()),
            ("channel", self.channel.trim()),
        ] {
            if !text.is_empty() {
                put(name, json!(text.replace("\r\n", "\n")));
            }
        }
        let media: Vec<&str> = self.media.split_whitespace().collect();
        if !media.is_empty() {
            put("media_urls", json!(media));
        }
        if !self.template.trim().is_empty() {
            let pairs = self
                .variables
                .lines()
                .filter_map(|line| line.split_once('='));
            let pairs = pairs.map(|(name, value)| (name.trim().to_owned(), json!(value.trim())));
            put("variables", Value::Object(pairs.collect()));
        }
        let time = self.time.trim();
        match self.when.as_str() {
            "local" => put("schedule", json!({"local": time, "past": self.past})),
            "at" => put("schedule", json!({"at": format!("{time}:00Z")})),
            _ => {}
        }
        let percents: Vec<Value> = self
            .percents
            .split([',', ' ', '%'])
            .filter(|part| !part.is_empty())
            .map(number)
            .collect();
        let mut stages =
            json!({"percents": percents, "bad_percent_max": number(self.bad_percent_max.trim())});
        let minutes = self.go_on_after_minutes.trim();
        if !minutes.is_empty()
            && let Some(stages) = stages.as_object_mut()
        {
            stages.insert("go_on_after_minutes".to_owned(), number(minutes));
        }
        put("stages", stages);
        Value::Object(body)
    }

    /// What is typed to get this one.
    fn of(record: &BroadcastRecord) -> Self {
        let plan = &record.plan;
        let template = plan.content.template();
        let (when, time, past) = match &plan.when {
            When::Now => ("now", String::new(), Past::Skip),
            When::At(at) => ("at", at.to_string().chars().take(16).collect(), Past::Skip),
            When::Local { time, past } => {
                ("local", time.strftime("%Y-%m-%dT%H:%M").to_string(), *past)
            }
        };
        let variables = template.map_or_else(String::new, |used| {
            let lines = used.variables.iter();
            let lines: Vec<String> = lines
                .map(|(name, value)| format!("{name}={}", value.as_str()))
                .collect();
            lines.join("\n")
        });
        let media: Vec<&str> = plan
            .content
            .media()
            .iter()
            .map(|one| one.url().as_str())
            .collect();
        let percents: Vec<String> = plan
            .stages
            .percents
            .iter()
            .map(ToString::to_string)
            .collect();
        let minutes = plan.stages.go_on_after.map(|after| after.as_f64() / 60.0);
        Self {
            revision: record.revision.to_string(),
            name: plan.name.clone(),
            content: plan.content.text().as_str().to_owned(),
            media: media.join("\n"),
            template: template.map_or_else(String::new, |used| used.name.to_string()),
            variables,
            channel: plan.channel.map_or("", Channel::as_str).to_owned(),
            when: when.to_owned(),
            time,
            past: past.as_str().to_owned(),
            percents: percents.join(", "),
            go_on_after_minutes: minutes.map_or_else(String::new, |minutes| minutes.to_string()),
            bad_percent_max: plan.stages.bad_percent_max.to_string(),
            filter: FilterForm::of(&plan.filter),
        }
    }
}

/// A number where it is one; what is none is refused by whoever reads it.
fn number(text: &str) -> Value {
    text.parse::<u64>()
        .map_or_else(|_| json!(text), Value::from)
}

/// What a field is called on the page.
fn label(field: &str) -> &str {
    match field {
        "name" => "Name",
        "content" => "Words",
        "media_urls" => "Pictures",
        "template" => "Template",
        "variables" => "Its values",
        "channel" => "Channel",
        "schedule.at" | "schedule.local" | "schedule" => "Time",
        "schedule.past" => "Where it is over",
        "stages.percents" => "Stages",
        "stages.go_on_after_minutes" => "Minutes between stages",
        "stages.bad_percent_max" => "Pauses itself above",
        other => other.strip_prefix("filter.").unwrap_or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            name: "Holiday hours".into(),
            content: "Closed on Friday.\r\nSee you on Saturday.".into(),
            when: "local".into(),
            time: "2026-12-24T09:00".into(),
            past: "skip".into(),
            percents: "1, 10 100".into(),
            go_on_after_minutes: "60".into(),
            bad_percent_max: "5".into(),
            ..Typed::default()
        }
    }

    #[test]
    fn what_is_typed_is_read_as_the_api_reads_it() {
        let plan = typed().read().map_err(|faults| faults.len()).unwrap();
        assert_eq!(plan.name, "Holiday hours");
        assert_eq!(
            plan.content.text().as_str(),
            "Closed on Friday.\nSee you on Saturday."
        );
        assert_eq!(plan.stages.percents, [1, 10, 100]);
        assert!(matches!(
            plan.when,
            When::Local {
                past: Past::Skip,
                ..
            }
        ));
        assert!(plan.filter.is_everybody());
    }

    #[test]
    fn every_fault_is_named_as_the_page_calls_it() {
        let bad = Typed {
            name: String::new(),
            time: "tomorrow".into(),
            percents: "10, 5".into(),
            ..typed()
        };
        let faults = bad.read().unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["Name", "Time", "Stages"]);
    }

    #[test]
    fn a_number_that_is_none_is_a_sentence_and_not_a_crash() {
        let bad = Typed {
            percents: "all".into(),
            ..typed()
        };
        assert_eq!(bad.read().unwrap_err().len(), 1);
    }
}
