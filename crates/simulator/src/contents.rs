//! Templates of the Content API: what they hold, whether they are approved, and how they read on a
//! handset (facts/twilio.md 8).

use std::borrow::Cow;

use domain::Timestamp;
use serde_json::{Map, Value, json};

use crate::address::Channel;
use crate::config::Approval;
use crate::dates::iso_8601;
use crate::record::Button;
use crate::review::{Verdict, body_of};
use crate::sid::Sid;

/// The types that are known, the richest first.
pub(crate) const TYPES: [&str; 14] = [
    "whatsapp/authentication",
    "whatsapp/flows",
    "whatsapp/card",
    "twilio/carousel",
    "twilio/card",
    "twilio/flows",
    "twilio/catalog",
    "twilio/schedule",
    "twilio/list-picker",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "twilio/location",
    "twilio/media",
    "twilio/text",
];

/// Longest text of a template on WhatsApp, variables filled in.
const TEMPLATE_CHARS_MAX: usize = 1_024;

/// A template.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) sid: Sid,
    pub(crate) friendly_name: Option<String>,
    pub(crate) language: String,
    pub(crate) variables: Map<String, Value>,
    pub(crate) types: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) submitted: Option<Submission>,
}

/// A template's way through WhatsApp's review.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) name: String,
    pub(crate) category: String,
    /// Set by the control API; wins over the rest.
    pub(crate) category_by_hand: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) approval: Approval,
    /// Set by the control API; wins over the rest.
    pub(crate) by_hand: Option<String>,
    pub(crate) rejection_reason: String,
    pub(crate) allow_category_change: bool,
    /// What the review by rule came to: known at once, told when it is over.
    pub(crate) review: Verdict,
}

impl Submission {
    pub(crate) fn status(&self, now: Timestamp) -> Cow<'_, str> {
        match (&self.by_hand, self.approval) {
            (Some(status), _) => Cow::Borrowed(status),
            (None, Approval::After(span)) if now >= self.at + span => {
                Cow::Borrowed(if self.review.rejected.is_some() {
                    "rejected"
                } else {
                    "approved"
                })
            }
            (None, _) => Cow::Borrowed("pending"),
        }
    }

    /// What it counts as: as asked for while it is looked at, then as the review or a person says.
    pub(crate) fn category(&self, now: Timestamp) -> &str {
        match (&self.category_by_hand, self.approval) {
            (Some(category), _) => category,
            (None, Approval::After(span)) if now >= self.at + span => &self.review.category,
            (None, _) => &self.category,
        }
    }

    fn reason(&self, now: Timestamp) -> &str {
        match (&self.by_hand, &self.review.rejected) {
            (None, Some(why)) if self.status(now) == "rejected" => why,
            _ => &self.rejection_reason,
        }
    }

    pub(crate) fn show(&self, content_type: &str, now: Timestamp) -> Value {
        json!({
            "type": "whatsapp",
            "name": self.name,
            "category": self.category(now),
            "content_type": content_type,
            "status": self.status(now),
            "rejection_reason": self.reason(now),
            "allow_category_change": self.allow_category_change,
        })
    }
}

/// What a template comes to on one channel, with its variables filled in.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) body: String,
    pub(crate) media: Vec<String>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) location: Option<Value>,
    /// What the handset shows besides: type, header, footer, cards.
    pub(crate) shown: Value,
    /// What WhatsApp says against the variables, when this goes out as a template.
    pub(crate) trouble: Option<u32>,
}

impl Content {
    /// The type a channel gets: the richest it can show.
    pub(crate) fn type_for(&self, channel: Channel) -> Option<(&str, &Value)> {
        let fits = |name: &&str| match channel {
            Channel::Whatsapp => true,
            Channel::Sms => !name.starts_with("whatsapp/"),
        };
        let plain = ["twilio/text", "twilio/media"];
        let order: Vec<&str> = match channel {
            Channel::Whatsapp => TYPES.to_vec(),
            Channel::Sms => plain.iter().chain(TYPES.iter()).copied().collect(),
        };
        order
            .into_iter()
            .filter(fits)
            .find_map(|name| self.types.get_key_value(name))
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Fills the template in for a channel.
    pub(crate) fn render(&self, channel: Channel, given: &Map<String, Value>) -> Option<Rendered> {
        let (name, shape) = self.type_for(channel)?;
        let value_of = |key: &str| {
            given
                .get(key)
                .or_else(|| self.variables.get(key))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let trouble = trouble(shape, &value_of);
        let shape = filled(shape, &value_of);
        let text = |field: &str| {
            shape
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let media = shape
            .get("media")
            .map(|media| match media {
                Value::Array(urls) => urls.iter().filter_map(Value::as_str).collect(),
                Value::String(url) => vec![url.as_str()],
                _ => Vec::new(),
            })
            .unwrap_or_default();
        let body = match name {
            "twilio/card" => [text("title"), text("subtitle")]
                .into_iter()
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join("\n"),
            "whatsapp/authentication" => {
                let code = given.get("1").and_then(Value::as_str).unwrap_or("");
                format!("{code} is your verification code.")
            }
            _ => text("body"),
        };
        let too_long = body.chars().count() > TEMPLATE_CHARS_MAX;
        Some(Rendered {
            trouble: trouble.or(too_long.then_some(63021)),
            body,
            media: media.into_iter().map(str::to_owned).collect(),
            buttons: if channel == Channel::Whatsapp {
                buttons(&shape)
            } else {
                Vec::new()
            },
            location: (name == "twilio/location").then(|| shape.clone()),
            shown: json!({
                "content_sid": self.sid.to_string(),
                "name": self.friendly_name,
                "language": self.language,
                "type": name,
                "header": shape.get("header_text"),
                "footer": shape.get("footer"),
                "list_button": shape.get("button"),
                "cards": shape.get("cards"),
            }),
        })
    }

    pub(crate) fn show(&self, account: &str, base: &str) -> Value {
        let url = format!("{base}/v1/Content/{}", self.sid);
        json!({
            "sid": self.sid.to_string(),
            "account_sid": account,
            "friendly_name": self.friendly_name,
            "language": self.language,
            "variables": self.variables,
            "types": self.types,
            "url": url,
            "date_created": iso_8601(self.created),
            "date_updated": iso_8601(self.updated),
            "links": {
                "approval_create": format!("{url}/ApprovalRequests/whatsapp"),
                "approval_fetch": format!("{url}/ApprovalRequests"),
            },
        })
    }

    /// The approval as it is fetched; a template that was never submitted says so.
    pub(crate) fn show_approval(&self, now: Timestamp) -> Value {
        let kind = self
            .type_for(Channel::Whatsapp)
            .map_or("", |(name, _)| name);
        match &self.submitted {
            Some(submission) => submission.show(kind, now),
            None => json!({
                "type": "whatsapp", "name": "", "category": "", "content_type": kind,
                "status": "unsubmitted", "rejection_reason": "", "allow_category_change": true,
            }),
        }
    }
}

/// All buttons and rows of a template.
fn buttons(shape: &Value) -> Vec<Button> {
    let field = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| {
        shape
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let actions = list("actions").chain(
        list("cards")
            .filter_map(|card| card.get("actions").and_then(Value::as_array))
            .flatten(),
    );
    let mut found: Vec<Button> = actions
        .map(|action| {
            let title = field(action, "title").or_else(|| field(action, "copy_code_text"));
            let (kind, value) = match field(action, "type").as_deref() {
                Some("URL") => ("url", field(action, "url")),
                Some("PHONE_NUMBER" | "VOICE_CALL" | "VOICE_CALL_REQUEST") => {
                    ("phone", field(action, "phone"))
                }
                Some("COPY_CODE") => ("code", field(action, "code")),
                _ => ("reply", None),
            };
            let title = title.unwrap_or_default();
            Button {
                payload: (kind == "reply").then(|| field(action, "id").unwrap_or(title.clone())),
                title,
                kind,
                description: None,
                value,
            }
        })
        .collect();
    found.extend(list("items").filter_map(|item| {
        Some(Button {
            title: field(item, "item")?,
            payload: field(item, "id"),
            kind: "list",
            description: field(item, "description"),
            value: None,
        })
    }));
    found
}

/// Whether buttons or a list keep the limits of session messages (facts/twilio.md 8.3, facts/whatsapp.md
/// 4); the text above them is judged when its variables are known.
fn fits_session(kind: &str, shape: &Value) -> bool {
    let units = |of: &Value, field: &str| {
        of.get(field)
            .and_then(Value::as_str)
            .map(|text| text.encode_utf16().count())
    };
    let within = |of: &Value, field: &str, most: usize| {
        units(of, field).is_some_and(|units| (1..=most).contains(&units))
    };
    let optional =
        |of: &Value, field: &str, most: usize| units(of, field).is_none_or(|units| units <= most);
    let all = |field: &str, most: usize, fits: &dyn Fn(&Value) -> bool| {
        shape
            .get(field)
            .and_then(Value::as_array)
            .is_some_and(|all| (1..=most).contains(&all.len()) && all.iter().all(fits))
    };
    match kind {
        "twilio/quick-reply" => all("actions", 3, &|action| {
            within(action, "title", 20) && optional(action, "id", 200)
        }),
        "twilio/list-picker" => {
            within(shape, "button", 20)
                && all("items", 10, &|item| {
                    within(item, "item", 24)
                        && within(item, "id", 200)
                        && optional(item, "description", 72)
                })
        }
        _ => true,
    }
}

/// What WhatsApp says against the variables of a template: a missing one is 63028; one that is
/// empty or has a line break, a tab or more than four spaces in a row is 63013.
fn trouble(shape: &Value, value_of: &impl Fn(&str) -> Option<String>) -> Option<u32> {
    match shape {
        Value::String(text) => text.split("{{").skip(1).find_map(|after| {
            let (name, _) = after.split_once("}}")?;
            match value_of(name.trim()) {
                None => Some(63028),
                Some(value) => {
                    let wrong = value.trim().is_empty()
                        || value.contains(['\n', '\r', '\t'])
                        || value.contains("     ");
                    wrong.then_some(63013)
                }
            }
        }),
        Value::Array(all) => all.iter().find_map(|one| trouble(one, value_of)),
        Value::Object(fields) => fields.values().find_map(|one| trouble(one, value_of)),
        _ => None,
    }
}

/// A copy of a shape with `{{name}}` replaced in all its strings; an unknown name stays as it is.
fn filled(shape: &Value, value_of: &impl Fn(&str) -> Option<String>) -> Value {
    match shape {
        Value::String(text) => Value::String(fill(text, value_of)),
        Value::Array(all) => all.iter().map(|one| filled(one, value_of)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, one)| (name.clone(), filled(one, value_of)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

fn fill(text: &str, value_of: &impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        if let Some(value) = value_of(name.trim()) {
            out.push_str(&value);
        } else {
            out.push_str("{{");
            out.push_str(name);
            out.push_str("}}");
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// All templates, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) list: Vec<Content>,
}

impl Contents {
    pub(crate) fn get(&self, sid: Sid) -> Option<&Content> {
        self.list.iter().find(|content| content.sid == sid)
    }

    /// The texts of one language that were submitted and not rejected: none may be repeated.
    pub(crate) fn texts(&self, language: &str, but: Sid, now: Timestamp) -> Vec<String> {
        self.list
            .iter()
            .filter(|content| content.sid != but && content.language == language)
            .filter(|content| {
                content
                    .submitted
                    .as_ref()
                    .is_some_and(|submitted| submitted.status(now) != "rejected")
            })
            .filter_map(|content| content.type_for(Channel::Whatsapp))
            .map(|(_, shape)| body_of(shape).to_owned())
            .collect()
    }

    pub(crate) fn get_mut(&mut self, sid: Sid) -> Option<&mut Content> {
        self.list.iter_mut().find(|content| content.sid == sid)
    }

    /// Whether WhatsApp takes this template now, `open` being the state of the window; with the code if not.
    pub(crate) fn verdict(&self, sid: Sid, open: bool, now: Timestamp) -> Result<(), u32> {
        let content = self.get(sid).ok_or(63027u32)?;
        let status = content
            .submitted
            .as_ref()
            .map_or(Cow::Borrowed("unsubmitted"), |submitted| {
                submitted.status(now)
            });
        let kind = content
            .type_for(Channel::Whatsapp)
            .map_or("", |(name, _)| name);
        match &*status {
            "approved" => Ok(()),
            "paused" => Err(63041),
            "disabled" => Err(63042),
            "rejected" if !open => Err(63040),
            // Unapproved content is free-form; these types cannot be.
            _ if kind.starts_with("whatsapp/") => Err(63040),
            _ if !open => Err(63016),
            _ if content
                .types
                .get(kind)
                .is_some_and(|shape| !fits_session(kind, shape)) =>
            {
                Err(63021)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_and_lists_over_whatsapps_limits_do_not_fit_a_session() {
        let long = |units: usize| "x".repeat(units);
        let action = |title: &str| json!({"type": "QUICK_REPLY", "title": title, "id": "a"});
        let item = |item: &str, description: &str| json!({"id": "a", "item": item, "description": description});
        let quick = |actions: Vec<Value>| json!({"body": "x", "actions": actions});
        let list = |items: Vec<Value>| json!({"body": "x", "button": "Open", "items": items});
        for (kind, shape, fits) in [
            ("twilio/quick-reply", quick(vec![action("Yes"); 3]), true),
            ("twilio/quick-reply", quick(vec![action("Yes"); 4]), false),
            ("twilio/quick-reply", quick(vec![action(&long(21))]), false),
            (
                "twilio/list-picker",
                list(vec![item("Legs", "20 min"); 10]),
                true,
            ),
            (
                "twilio/list-picker",
                list(vec![item("Legs", ""); 11]),
                false,
            ),
            ("twilio/list-picker", list(vec![item(&long(25), "")]), false),
            (
                "twilio/list-picker",
                list(vec![item("Legs", &long(73))]),
                false,
            ),
            ("twilio/text", json!({"body": long(1_500)}), true),
        ] {
            assert_eq!(fits_session(kind, &shape), fits, "{kind} {shape}");
        }
    }
}
