//! The document as the page shows it: calls by group, with fields read out of the schemas.

use serde_json::Value;

/// Calls that belong together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) calls: Vec<Call>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) about: String,
    pub(super) needs_key: bool,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Vec<Field>,
    pub(super) example: Option<String>,
    pub(super) answers: Vec<Answer>,
}

/// One of its answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) about: String,
    pub(super) fields: Vec<Field>,
}

impl Answer {
    /// The colour of its badge.
    pub(super) fn tone(&self) -> &'static str {
        match self.status.as_bytes().first() {
            Some(b'2') => "ok",
            Some(b'5') => "bad",
            Some(_) | None => "warn",
        }
    }
}

/// A field of a body, an answer or the query.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) needed: bool,
    pub(super) about: String,
}

/// Reads the document, in the order of its tags.
pub(super) fn groups(document: &Value) -> Vec<Group> {
    list(document, "tags")
        .map(|tag| {
            let name = text(tag, "name");
            Group {
                calls: calls(document, &name),
                about: text(tag, "description"),
                name,
            }
        })
        .collect()
}

fn calls(document: &Value, tag: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    for (path, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for (method, call) in item.as_object().into_iter().flatten() {
            // What answers GET as well as POST is shown once.
            let twice = text(call, "operationId").ends_with("_by_get");
            if !twice && list(call, "tags").any(|name| name.as_str() == Some(tag)) {
                calls.push(read(document, path, method, call));
            }
        }
    }
    let rank = |call: &Call| match call.method.as_str() {
        "POST" => 0,
        "GET" => 1,
        "PATCH" | "PUT" => 2,
        _ => 3,
    };
    calls.sort_by(|a, b| (&a.path, rank(a)).cmp(&(&b.path, rank(b))));
    calls
}

fn read(document: &Value, path: &str, method: &str, call: &Value) -> Call {
    let schema = call.pointer("/requestBody/content/application~1json/schema");
    let parameters = list(call, "parameters")
        .map(|parameter| Field {
            name: text(parameter, "name"),
            kind: format!(
                "{}, in {}",
                kind(parameter.get("schema")),
                text(parameter, "in")
            ),
            needed: parameter
                .get("required")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            about: text(parameter, "description"),
        })
        .collect();
    let mut answers = Vec::new();
    for (status, answer) in call
        .get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let schema = answer
            .get("content")
            .and_then(Value::as_object)
            .and_then(|content| content.values().next())
            .and_then(|media| media.get("schema"));
        let is_problem = schema.is_some_and(|schema| text(schema, "$ref").ends_with("/Problem"));
        answers.push(Answer {
            status: status.clone(),
            about: text(answer, "description"),
            fields: schema
                .filter(|_| !is_problem)
                .map_or_else(Vec::new, |schema| fields(document, schema, 0)),
        });
    }
    let example = schema.and_then(|schema| resolve(document, schema).get("example"));
    Call {
        id: text(call, "operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(call, "summary"),
        about: text(call, "description").replace('\n', " "),
        needs_key: list(call, "security").next().is_some(),
        parameters,
        body: schema.map_or_else(Vec::new, |schema| fields(document, schema, 0)),
        example: example.and_then(|example| serde_json::to_string_pretty(example).ok()),
        answers,
    }
}

/// The fields of a schema, those of inner objects behind a dot, two levels deep.
fn fields(document: &Value, schema: &Value, depth: u8) -> Vec<Field> {
    let schema = resolve(document, schema);
    let mut found = Vec::new();
    for part in ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .flat_map(|name| list(schema, name))
    {
        found.extend(fields(document, part, depth));
    }
    let needed: Vec<_> = list(schema, "required").filter_map(Value::as_str).collect();
    for (name, field) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        found.push(Field {
            name: name.clone(),
            kind: kind(Some(field)),
            needed: needed.contains(&name.as_str()),
            about: text(field, "description").replace('\n', " "),
        });
        let items = field
            .get("items")
            .filter(|items| items.get("$ref").is_some());
        if let (Some(items), true) = (items, depth < 1) {
            found.extend(
                fields(document, items, depth + 1)
                    .into_iter()
                    .map(|inner| Field {
                        name: format!("{name}[].{}", inner.name),
                        ..inner
                    }),
            );
        }
    }
    found
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?))
        .unwrap_or(schema)
}

fn kind(schema: Option<&Value>) -> String {
    let Some(schema) = schema else {
        return String::new();
    };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches("Answer")
            .to_owned();
    }
    let word = match schema.get("type") {
        Some(Value::String(word)) => word.clone(),
        Some(Value::Array(words)) => {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            words.join(" or ")
        }
        Some(_) | None => match list(schema, "oneOf").next() {
            Some(_) => list(schema, "oneOf")
                .map(|part| kind(Some(part)))
                .collect::<Vec<_>>()
                .join(" or "),
            None => "any".to_owned(),
        },
    };
    match schema.get("items") {
        Some(items) => format!("{word} of {}", kind(Some(items))),
        None => word,
    }
}

fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_call_with_its_fields() {
        let groups = groups(super::super::document::document());
        let calls: usize = groups.iter().map(|group| group.calls.len()).sum();
        let described = super::super::document::document()["paths"]
            .as_object()
            .unwrap()
            .values()
            .map(|item| item.as_object().unwrap().len())
            .sum::<usize>();
        assert_eq!(calls + 3, described, "three cron routes take two methods");
        let create = groups
            .iter()
            .flat_map(|group| &group.calls)
            .find(|call| call.id == "create_member")
            .unwrap();
        assert!(create.needs_key && create.example.is_some());
        assert!(
            create
                .body
                .iter()
                .any(|field| field.name == "phone" && field.needed)
        );
        assert!(
            create
                .body
                .iter()
                .any(|field| field.name == "consents[].channel")
        );
        assert!(
            groups
                .iter()
                .flat_map(|group| &group.calls)
                .all(|call| !call.summary.is_empty())
        );
    }
}
