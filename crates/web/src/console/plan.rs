//! A dry run: on which channel, in which form, at what price and when something would go to a member, and why. Nothing is
//! kept and nothing is sent; from here it is sent as it was looked at.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use domain::{Channel, Content, Kind, Role, TemplateUse, Text};
use engine::templates::Offered;
use engine::training::Today;
use engine::{Draft, EngineError};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::member::none;
use super::members::name;
use super::message::{Considered, considered, list, price, reason, text};
use super::shown;
use super::{html, html_as, refused, trouble};
use crate::State;
use crate::path::MemberInPath;

/// What somebody is about to say: words, or a template with its values.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proposed {
    pub(super) text: String,
    pub(super) channel: String,
    pub(super) template: String,
    /// The messages it answers, with spaces between.
    pub(super) answers: String,
    /// The form's own id: the same form sent twice is one message.
    pub(super) once: String,
    /// Values of the template's variables, as `value.1`, and whatever else the form holds.
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, String>,
}

impl Proposed {
    /// The value of a variable; empty where none was given.
    pub(super) fn value(&self, variable: &str) -> &str {
        let value = self.rest.get(&format!("value.{variable}"));
        value.map_or("", |value| value.trim())
    }

    /// What it says, or why it cannot be said.
    pub(super) fn content(&self) -> Result<Content, String> {
        if self.template.is_empty() {
            let words = self.text.trim();
            let content = Content::text_only(words).ok();
            let content = content.filter(|_| !words.is_empty());
            return content.ok_or_else(|| "A message has 1 to 1,600 characters.".to_owned());
        }
        let mut values: BTreeMap<Box<str>, Text> = BTreeMap::new();
        for (field, value) in &self.rest {
            if let Some(variable) = field.strip_prefix("value.") {
                values.insert(variable.into(), Text::from(value.trim()));
            }
        }
        let used = TemplateUse::new(&self.template, values).map_err(|error| sentence(&error))?;
        Content::new(Text::new(""), Vec::new(), Some(used)).map_err(|error| sentence(&error))
    }
}

fn sentence(error: &domain::content::ContentError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// A variable to fill in.
struct Field {
    name: String,
    label: String,
    value: String,
}

/// What the planner says.
struct Planned {
    tone: &'static str,
    headline: String,
    facts: Vec<(&'static str, String)>,
    reasons: Vec<String>,
    considered: Vec<Considered>,
    preview: String,
    choices: Vec<String>,
}

#[derive(Template)]
#[template(path = "console-plan.html")]
struct Plan {
    page: Page,
    token: String,
    may: bool,
    id: String,
    member: String,
    /// Why there is nothing to plan; empty where there is.
    fault: String,
    of_today: bool,
    /// Why today has no workout; empty where nothing is known of that.
    none: String,
    proposed: Proposed,
    fields: Vec<Field>,
    template: Option<Offered>,
    planned: Option<Planned>,
}

/// What would become of today's workout if it went now.
pub(super) async fn show(state: State, on_duty: OnDuty, id: MemberInPath) -> Response {
    let back = format!("/admin/members/{}", id.0);
    let engine = state.engine();
    let found = async {
        let member = engine.member(id.0).await?.member;
        let today = engine.todays_training(&member).await?;
        let why_not = today.as_ref().and_then(Today::why_not);
        let none = why_not.map(none);
        let workout = today.and_then(|today| today.workout);
        let planned = match workout.map(|one| Content::text_only(&one.text)) {
            Some(Ok(content)) => {
                let mut draft = Draft::new(id.0, content);
                draft.kind = Kind::DailyWorkout;
                Some(planned(&engine.plan(id.0, draft).await?, None))
            }
            _ => None,
        };
        Ok::<_, EngineError>((member, planned, none.unwrap_or_default()))
    };
    match found.await {
        Ok((member, planned, none)) => html(&Plan {
            page: on_duty.page("What would be sent now", "/admin/members"),
            token: on_duty.token(),
            may: on_duty.may(Role::Coach),
            id: id.0.to_string(),
            member: name(member.profile.name.as_str()),
            fault: String::new(),
            of_today: true,
            none,
            proposed: Proposed::default(),
            fields: Vec::new(),
            template: None,
            planned,
        }),
        Err(error) => trouble(error, &back),
    }
}

/// What would become of what somebody is about to say.
pub(super) async fn plan(state: State, id: MemberInPath, posted: Posted<Proposed>) -> Response {
    let back = format!("/admin/conversations/{}?state=all", id.0);
    if let Some(refused) = posted.refusal(Role::Coach, &back) {
        return refused;
    }
    match template(&state, &posted, id.0).await {
        Ok(Some(plan)) if plan.fault.is_empty() => html(&plan),
        Ok(Some(plan)) => html_as(StatusCode::UNPROCESSABLE_ENTITY, &plan),
        Ok(None) => refused(
            StatusCode::NOT_FOUND,
            "There is no such template that may be sent now.",
            "Nothing was sent.",
            &back,
        ),
        Err(error) => trouble(error, &back),
    }
}

async fn template(
    state: &State,
    posted: &Posted<Proposed>,
    id: domain::MemberId,
) -> Result<Option<Plan>, EngineError> {
    let engine = state.engine();
    let proposed = posted.form.clone();
    let member = engine.member(id).await?.member;
    let template = if proposed.template.is_empty() {
        None
    } else {
        let offered = engine.templates_offered(&member.profile.locale).await?;
        let found = offered
            .into_iter()
            .find(|one| one.name == proposed.template);
        let Some(found) = found else { return Ok(None) };
        Some(found)
    };
    let fields: Vec<Field> = template
        .iter()
        .flat_map(|one| &one.fields)
        .map(|(variable, label)| {
            let given = proposed.value(variable);
            let value = if given.is_empty() && label == "name" {
                member
                    .profile
                    .name
                    .as_str()
                    .split(' ')
                    .next()
                    .unwrap_or_default()
            } else {
                given
            };
            Field {
                name: format!("value.{variable}"),
                label: label.clone(),
                value: value.to_owned(),
            }
        })
        .collect();
    let first_look =
        template.is_some() && !proposed.rest.keys().any(|name| name.starts_with("value."));
    let is_whole = !first_look || fields.is_empty();
    let (planned, fault) = if is_whole {
        match proposed.content() {
            Ok(content) => {
                let mut draft = Draft::new(id, content);
                draft.kind = Kind::ChatReply;
                draft.channel = proposed.channel.parse::<Channel>().ok();
                let plan = engine.plan(id, draft).await?;
                let words = template.as_ref().map(|one| filled(one, &proposed));
                (Some(planned(&plan, words)), String::new())
            }
            Err(fault) => (None, fault),
        }
    } else {
        (None, String::new())
    };
    Ok(Some(Plan {
        page: posted
            .on_duty
            .page("How it would go", "/admin/conversations"),
        token: posted.on_duty.token(),
        may: true,
        id: id.to_string(),
        member: name(member.profile.name.as_str()),
        fault,
        of_today: false,
        none: String::new(),
        proposed,
        fields,
        template,
        planned,
    }))
}

/// The words of a template with the values that were given.
fn filled(template: &Offered, proposed: &Proposed) -> String {
    let fields = template.fields.iter();
    fields.fold(template.body.clone(), |words, (variable, _)| {
        words.replace(&format!("{{{{{variable}}}}}"), proposed.value(variable))
    })
}

fn planned(plan: &Value, words: Option<String>) -> Planned {
    let channel = text(plan, "channel").parse().map_or("", shown::channel);
    let form = match text(plan, "form") {
        "template" => "as an approved template",
        "buttons" => "with buttons",
        "list" => "with a list",
        "location" => "as a place",
        _ => "as a text",
    };
    let (tone, headline) = match text(plan, "decision") {
        "send" => ("ok", format!("It would go now, by {channel}, {form}.")),
        "hold" => ("warn", "It would wait.".to_owned()),
        _ => ("bad", "It would not be sent.".to_owned()),
    };
    let mut facts = Vec::new();
    if let Some(value) = plan.get("price") {
        facts.push(("Price", price(value)));
    }
    if let Some(count) = plan.get("segments").and_then(Value::as_u64) {
        facts.push(("SMS segments", count.to_string()));
    }
    let until = text(plan, "until").parse::<jiff::Timestamp>();
    if let Ok(until) = until {
        facts.push(("Until", shown::utc(domain::Timestamp::from_jiff(until))));
    }
    if let Some(plan) = plan.get("subscription") {
        facts.push(("Their plan", text(plan, "sentence").to_owned()));
    }
    let preview = plan.get("preview").unwrap_or(&Value::Null);
    Planned {
        tone,
        headline,
        facts,
        reasons: list(plan, "reasons").map(reason).collect(),
        considered: list(plan, "considered").map(considered).collect(),
        preview: words.unwrap_or_else(|| text(preview, "text").to_owned()),
        choices: list(preview, "choices")
            .map(|one| text(one, "title").to_owned())
            .collect(),
    }
}
