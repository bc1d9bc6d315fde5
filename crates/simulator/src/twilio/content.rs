//! The Content API: templates and their approval (facts/twilio.md 8).

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json as value};

use crate::address::Channel;
use crate::contents::{Content, Submission, TYPES};
use crate::error::Refusal;
use crate::review::review;
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::twilio::door::no_content;
use crate::twilio::form::Form;
use crate::twilio::paging::{Asked, with_meta};
use crate::twilio::{Call, json};

/// Most templates, as WhatsApp's accounts have it.
const CONTENTS_MAX: usize = 6_000;

#[derive(Deserialize)]
struct New {
    friendly_name: Option<String>,
    language: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    types: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Submit {
    name: Option<String>,
    category: Option<String>,
    allow_category_change: Option<bool>,
}

fn read<T: for<'a> Deserialize<'a>>(call: &Call) -> Result<T, Refusal> {
    serde_json::from_slice(&call.body).map_err(|error| {
        Refusal::saying(20001, format!("The body is not the JSON expected: {error}"))
    })
}

fn check_types(types: Option<&Map<String, Value>>) -> Result<(), Refusal> {
    let types = types
        .filter(|types| !types.is_empty())
        .ok_or_else(|| Refusal::of(92001))?;
    match types.keys().find(|name| !TYPES.contains(&name.as_str())) {
        Some(unknown) => Err(Refusal::saying(
            92008,
            format!("Content type {unknown} is not supported"),
        )),
        None => types
            .iter()
            .try_for_each(|(name, shape)| check_shape(name, shape)),
    }
}

/// What buttons and lists cannot be without (facts/twilio.md 8.3).
fn check_shape(name: &str, shape: &Value) -> Result<(), Refusal> {
    let (fields, list, of_each): (&[&str], &str, &[&str]) = match name {
        "twilio/quick-reply" => (&["body"], "actions", &["type", "title"]),
        "twilio/list-picker" => (&["body", "button"], "items", &["id", "item"]),
        _ => return Ok(()),
    };
    let says = |of: &Value, field: &&str| {
        of.get(field)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    let missing = |field: &str| Err(Refusal::saying(20001, format!("{name} needs `{field}`")));
    if let Some(field) = fields.iter().find(|field| !says(shape, field)) {
        return missing(field);
    }
    let all = shape.get(list).and_then(Value::as_array);
    let Some(all) = all.filter(|all| !all.is_empty()) else {
        return missing(list);
    };
    match of_each
        .iter()
        .find(|field| all.iter().any(|one| !says(one, field)))
    {
        Some(field) => missing(field),
        None => Ok(()),
    }
}

/// `/v1/Content…` and `/v2/Content`.
pub(crate) fn resource(
    simulator: &Arc<Simulator>,
    call: &Call,
    rest: &[&str],
) -> Result<Response, Refusal> {
    let base = simulator.base_url(call.host());
    let account = &*simulator.account;
    let now = simulator.now();
    let missing = || Refusal::not_found(&call.path);
    let sid_of = |text: &str| {
        text.parse::<Sid>()
            .ok()
            .filter(|sid| sid.kind() == *b"HX")
            .ok_or_else(missing)
    };
    let mut state = simulator.state();
    match (call.method.as_str(), rest) {
        ("POST", []) => {
            let new: New = read(call)?;
            let language = new
                .language
                .filter(|language| !language.is_empty())
                .ok_or_else(|| Refusal::of(92003))?;
            check_types(new.types.as_ref())?;
            if state.contents.list.len() >= CONTENTS_MAX {
                return Err(Refusal::saying(20001, "There are too many templates"));
            }
            let content = Content {
                sid: state.sid(*b"HX"),
                friendly_name: new.friendly_name,
                language,
                variables: new.variables.unwrap_or_default(),
                types: new.types.unwrap_or_default(),
                created: now,
                updated: now,
                submitted: None,
            };
            let answer = json(StatusCode::CREATED, &content.show(account, &base));
            state.contents.list.push(content);
            Ok(answer)
        }
        ("GET", []) => listed(
            simulator,
            call,
            &state.contents.list,
            "contents",
            |content| content.show(account, &base),
        ),
        ("GET", [sid]) => {
            let content = state.contents.get(sid_of(sid)?).ok_or_else(missing)?;
            Ok(json(StatusCode::OK, &content.show(account, &base)))
        }
        ("PUT", [sid]) => {
            let new: New = read(call)?;
            check_types(new.types.as_ref())?;
            let content = state.contents.get_mut(sid_of(sid)?).ok_or_else(missing)?;
            if content.submitted.is_some() {
                return Err(Refusal::of(92009));
            }
            content.types = new.types.unwrap_or_default();
            if let Some(variables) = new.variables {
                content.variables = variables;
            }
            content.updated = now;
            Ok(json(StatusCode::OK, &content.show(account, &base)))
        }
        ("DELETE", [sid]) => {
            let sid = sid_of(sid)?;
            state.contents.get(sid).ok_or_else(missing)?;
            state.contents.list.retain(|content| content.sid != sid);
            Ok(no_content())
        }
        ("POST", [sid, "ApprovalRequests", "whatsapp"]) => {
            let submit: Submit = read(call)?;
            let name = submit
                .name
                .filter(|name| is_template_name(name))
                .ok_or_else(|| {
                    Refusal::saying(
                        20001,
                        "name has lower-case letters, digits and underscores only",
                    )
                })?;
            let category = submit
                .category
                .filter(|category| {
                    matches!(
                        category.as_str(),
                        "UTILITY" | "MARKETING" | "AUTHENTICATION"
                    )
                })
                .ok_or_else(|| {
                    Refusal::saying(20001, "category is UTILITY, MARKETING or AUTHENTICATION")
                })?;
            let sid = sid_of(sid)?;
            let content = state.contents.get(sid).ok_or_else(missing)?;
            if content.submitted.is_some() {
                return Err(Refusal::of(92009));
            }
            let may_change = submit.allow_category_change.unwrap_or(true);
            let (kind, shape) = content
                .type_for(Channel::Whatsapp)
                .ok_or_else(|| Refusal::of(92001))?;
            let others = state.contents.texts(&content.language, sid, now);
            let review = review(
                kind,
                shape,
                &content.variables,
                &category,
                may_change,
                &others,
            );
            let content = state.contents.get_mut(sid).ok_or_else(missing)?;
            content.submitted = Some(Submission {
                name,
                category,
                category_by_hand: None,
                review,
                at: now,
                approval: simulator.config.approval,
                by_hand: None,
                rejection_reason: String::new(),
                allow_category_change: may_change,
            });
            let mut answer = content.show_approval(now);
            if let Some(fields) = answer.as_object_mut() {
                fields.insert("status".into(), value!("received"));
                fields.remove("type");
            }
            Ok(json(StatusCode::CREATED, &answer))
        }
        ("GET", [sid, "ApprovalRequests"]) => {
            let content = state.contents.get(sid_of(sid)?).ok_or_else(missing)?;
            Ok(json(
                StatusCode::OK,
                &value!({
                    "sid": content.sid.to_string(),
                    "account_sid": account,
                    "whatsapp": content.show_approval(now),
                    "url": format!("{base}/v1/Content/{}/ApprovalRequests", content.sid),
                }),
            ))
        }
        (_, [] | [_] | [_, "ApprovalRequests", ..]) => Err(Refusal::of(20004)),
        _ => Err(missing()),
    }
}

/// `GET /v1/ContentAndApprovals`.
pub(crate) fn list_with_approvals(
    simulator: &Arc<Simulator>,
    call: &Call,
) -> Result<Response, Refusal> {
    let base = simulator.base_url(call.host());
    let now = simulator.now();
    let state = simulator.state();
    listed(
        simulator,
        call,
        &state.contents.list,
        "contents",
        |content| {
            let mut shown = content.show(&simulator.account, &base);
            if let Some(fields) = shown.as_object_mut() {
                fields.remove("url");
                fields.remove("links");
                fields.insert("approval_requests".into(), content.show_approval(now));
            }
            shown
        },
    )
}

/// `GET /v1/LegacyContent`: nothing here is that old.
pub(crate) fn list_legacy(simulator: &Arc<Simulator>, call: &Call) -> Result<Response, Refusal> {
    listed(simulator, call, &[], "contents", |_| Value::Null)
}

fn listed(
    simulator: &Simulator,
    call: &Call,
    all: &[Content],
    key: &str,
    show: impl Fn(&Content) -> Value,
) -> Result<Response, Refusal> {
    if call.method != http::Method::GET {
        return Err(Refusal::of(20004));
    }
    let query = Form::parse(call.query.as_bytes());
    let asked = Asked::read(&query)?;
    let url = format!("{}{}", simulator.base_url(call.host()), call.path);
    let items = all
        .iter()
        .filter(|content| {
            query
                .get("Language")
                .is_none_or(|wanted| content.language == wanted)
                && query
                    .get("ContentName")
                    .is_none_or(|wanted| content.friendly_name.as_deref() == Some(wanted))
        })
        .map(show)
        .collect();
    Ok(json(
        StatusCode::OK,
        &with_meta(key, items, &url, &call.query, asked),
    ))
}

fn is_template_name(name: &str) -> bool {
    (1..=512).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
