//! Every call that needs the store, made from the API's own description, and the carrier's webhooks: a new
//! route is tried like the others without being listed anywhere.

use std::time::Duration;

use anyhow::Context as _;
use domain::Secret;
use providers::twilio::signature::sign;
use serde_json::{Value, json};

use crate::http::{Http, Response};
use crate::sandbox::{ACCOUNT, OUR_NUMBER, TOKEN};
use crate::stopwatch;
use crate::world::text;

/// One call, ready to be made.
#[derive(Clone, Debug)]
pub struct Call {
    /// As the description has it: `post /api/v1/messages`.
    pub name: String,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
    is_a_stream: bool,
}

impl Call {
    /// Makes it; the answer, and how long that took.
    pub async fn make(&self, service: &Http) -> anyhow::Result<(Response, Duration)> {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let began = stopwatch();
        let answer = service
            .send(&self.method, &self.path, &headers, self.body.clone())
            .await
            .with_context(|| self.name.clone())?;
        Ok((answer, began.elapsed()))
    }

    /// Whether it only reads, and its answer has an end.
    pub fn only_reads(&self) -> bool {
        self.method == "GET" && !self.is_a_stream && !self.name.contains("/api/cron/")
    }
}

/// Whom the calls are about.
#[derive(Clone, Debug)]
pub struct About {
    /// A member.
    pub member: String,
    /// A message of theirs.
    pub message: String,
    /// The secret of the cron routes.
    pub cron_secret: String,
}

/// Every call of the description that needs a key: those without one need no store.
pub async fn described(service: &Http, about: &About) -> anyhow::Result<Vec<Call>> {
    let document = service.get("/api/v1/openapi.json").await?.json();
    let paths = document.get("paths").and_then(Value::as_object);
    let mut calls = Vec::new();
    for (template, methods) in paths.context("the description has paths")? {
        let methods = methods.as_object().context("a path has methods")?;
        for (method, operation) in methods {
            let Some(security) = operation.get("security") else {
                continue;
            };
            let mut headers = Vec::new();
            if security.to_string().contains("cron") {
                let secret = format!("Bearer {}", about.cron_secret);
                headers.push(("authorization".to_owned(), secret));
            }
            let schema = operation.pointer("/requestBody/content/application~1json/schema");
            let body = schema
                .map(|schema| {
                    example(&document, schema)
                        .with_context(|| format!("an example of the body of {method} {template}"))
                })
                .transpose()?;
            if body.is_some() {
                headers.push(("content-type".into(), "application/json".into()));
            }
            let body = body.map(|body| meant(body, about).to_string());
            calls.push(Call {
                name: format!("{method} {template}"),
                method: method.to_uppercase(),
                path: filled(template, about)? + &queried(operation),
                headers,
                body: body.unwrap_or_default(),
                is_a_stream: operation
                    .pointer("/responses/200/content/text~1event-stream")
                    .is_some(),
            });
        }
    }
    anyhow::ensure!(calls.len() > 20, "only {} calls are described", calls.len());
    Ok(calls)
}

/// The example of a schema: its own, or made of those of its fields that are needed.
fn example(document: &Value, schema: &Value) -> Option<Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return example(document, document.pointer(reference.strip_prefix('#')?)?);
    }
    if let Some(example) = schema.get("example") {
        return Some(example.clone());
    }
    if let Some(items) = schema.get("items") {
        return Some(json!([example(document, items)?]));
    }
    let fields = schema.get("properties").and_then(Value::as_object)?;
    let needed = schema.get("required").and_then(Value::as_array)?;
    let mut made = json!({});
    for name in needed.iter().filter_map(Value::as_str) {
        made.as_object_mut()?
            .insert(name.to_owned(), example(document, fields.get(name)?)?);
    }
    Some(made)
}

/// The same about the member there is.
fn meant(mut body: Value, about: &About) -> Value {
    match &mut body {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                *value = if name == "member_id" {
                    json!(about.member)
                } else {
                    meant(value.take(), about)
                };
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = meant(item.take(), about);
            }
        }
        _ => {}
    }
    body
}

/// A path with its parameters.
fn filled(template: &str, about: &About) -> anyhow::Result<String> {
    let as_one_of = |prefix: &str| about.message.replacen("msg_", prefix, 1);
    let id = match template {
        one if one.starts_with("/api/v1/members/") => about.member.clone(),
        one if one.starts_with("/api/v1/segments/") => as_one_of("seg_"),
        one if one.starts_with("/api/v1/broadcasts/") => as_one_of("bct_"),
        one if one.starts_with("/api/v1/webhooks/") => as_one_of("whk_"),
        one if one.starts_with("/api/v1/keys/") => as_one_of("key_"),
        _ => about.message.clone(),
    };
    let path = template
        .replace("{id}", &id)
        .replace("{channel}", "sms")
        .replace("{slug}", "mobility")
        .replace("{scope}", "kind:broadcast");
    anyhow::ensure!(
        !path.contains('{'),
        "{template} has a parameter nobody knows"
    );
    Ok(path)
}

/// The query that the examples of an operation's parameters make.
fn queried(operation: &Value) -> String {
    let mut query = form_urlencoded::Serializer::new(String::from("?"));
    let parameters = operation.get("parameters").and_then(Value::as_array);
    for parameter in parameters.into_iter().flatten() {
        if text(parameter, "in") == "query"
            && let Some(example) = parameter.get("example").and_then(Value::as_str)
        {
            query.append_pair(&text(parameter, "name"), example);
        }
    }
    query.finish()
}

/// The carrier's webhooks: a message from `from` to each address that takes them, and a receipt.
pub fn webhooks(service: &Http, from: &str, id: &str) -> Vec<Call> {
    let message = |address: &str, prefix: &str| {
        let pairs = [
            ("AccountSid", ACCOUNT.to_owned()),
            ("MessageSid", format!("SM{id:0>32}")),
            ("From", format!("{prefix}{from}")),
            ("To", format!("{prefix}{OUR_NUMBER}")),
            ("Body", format!("Is this heard? {id}")),
            ("NumMedia", "0".to_owned()),
        ];
        signed(service, address, &pairs)
    };
    let receipt = |address: &str, prefix: &str| {
        let (to, sender) = (format!("{prefix}{from}"), format!("{prefix}{OUR_NUMBER}"));
        delivered(service, address, &format!("SM{id:0>32}"), &to, &sender)
    };
    vec![
        message("/api/twilio/sms", ""),
        receipt("/api/twilio/status", ""),
        message("/api/whatsapp/webhook", "whatsapp:"),
        receipt("/api/whatsapp/status", "whatsapp:"),
    ]
}

/// The carrier's word that a message of its own id was delivered; which attempt of ours that is it does not say.
pub fn delivered(service: &Http, path: &str, sid: &str, to: &str, from: &str) -> Call {
    let pairs = [
        ("AccountSid", ACCOUNT.to_owned()),
        ("MessageSid", sid.to_owned()),
        ("MessageStatus", "delivered".to_owned()),
        ("To", to.to_owned()),
        ("From", from.to_owned()),
    ];
    signed(service, path, &pairs)
}

fn signed(service: &Http, path: &str, pairs: &[(&str, String)]) -> Call {
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let signature = sign(
        &format!("{}{path}", service.base()),
        &pairs,
        &Secret::new(TOKEN),
    );
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pairs)
        .finish();
    Call {
        name: format!("post {path}"),
        method: "POST".into(),
        path: path.to_owned(),
        headers: vec![
            (
                "content-type".into(),
                "application/x-www-form-urlencoded".into(),
            ),
            ("x-twilio-signature".into(), signature),
        ],
        body,
        is_a_stream: false,
    }
}

/// What is wrong with an answer that should say that the store is away; `None` when it says so.
pub fn not_a_refusal(answer: &Response) -> Option<String> {
    let body = answer.json();
    let refuses = answer.status == 503
        && answer.code() == "unavailable"
        && answer.header("retry-after").parse::<u8>().is_ok()
        && answer.header("content-type") == "application/problem+json"
        && !text(&body, "title").is_empty()
        && body.get("status") == Some(&json!(503));
    (!refuses).then(|| {
        format!(
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        )
    })
}
