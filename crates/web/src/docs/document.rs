//! `GET /api/v1/openapi.json`: made from the handlers themselves. A test keeps it and the router
//! the same.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::api::{
    attention, broadcasts, conversations, events, keys, limits, members, messages, programmes,
    rollback, rollout, schedules, segments, stats, suppressions, switches, templates, webhooks,
};
use crate::problem::Problem;
use crate::{cron, health};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "GymText",
        description = "Coaching by text message, over SMS and WhatsApp.\n\nEvery call needs `Authorization: Bearer <key>`. \
            Errors are problem details (RFC 9457) with a stable `code`. Lists answer `items` and `next_cursor`. \
            Every POST that creates takes an `Idempotency-Key`: the same key with the same body is one call.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        members::create::create, members::batch::batch, members::list::list, members::read::read, members::update::update,
        members::erase::erase, members::export::export, members::consents::change, members::plan::plan,
        members::certificate::certificate, members::certificate::page,
        members::subscription::read, members::subscription::checkout,
        members::training::read, members::training::enrol, members::training::pause,
        programmes::list, programmes::read, programmes::write,
        broadcasts::drafts::list, broadcasts::drafts::create, broadcasts::drafts::read, broadcasts::drafts::edit,
        broadcasts::members::members, broadcasts::estimate::estimate, broadcasts::acts::start,
        broadcasts::acts::next_stage, broadcasts::acts::pause, broadcasts::acts::resume, broadcasts::acts::cancel,
        broadcasts::acts::test,
        segments::list, segments::create, segments::read, segments::change, segments::remove, segments::members,
        suppressions::list, suppressions::import, attention::list, attention::decide,
        conversations::list, conversations::take, conversations::hand_back, conversations::dismiss,
        messages::create::create, messages::batch::batch, messages::immediate::immediate, messages::list::list,
        messages::read::read, messages::cancel::cancel, messages::retry::retry,
        templates::list, templates::submit, templates::sync,
        stats::stats, limits::list, switches::list, switches::change, rollback::preview, rollback::roll_back,
        rollout::show, rollout::change,
        keys::list, keys::create, keys::revoke,
        webhooks::list, webhooks::create, webhooks::read, webhooks::update, webhooks::remove, webhooks::rotate,
        webhooks::deliveries::list, webhooks::deliveries::test, webhooks::deliveries::replay,
        schedules::run, events::events, description, health::health, cron::daily, cron::weekly, cron::stalled,
    ),
    components(schemas(Problem)),
    tags(
        (name = "Members", description = "People who are coached, and what they have agreed to."),
        (name = "Conversations", description = "Who answers a member, and what waits for whom."),
        (name = "Consent", description = "Who is opted out, what proves it, and what a person has to decide."),
        (name = "Messages", description = "What is said to them, and what became of it."),
        (name = "Programmes", description = "What members do, day by day, written by their coach."),
        (name = "Broadcasts", description = "The same words to many: who is meant, and what became of it."),
        (name = "Templates", description = "Texts that WhatsApp approves before they may open a conversation."),
        (name = "Webhooks", description = "Endpoints of yours that events are told to, by Standard Webhooks."),
        (name = "Keys", description = "Who may use this API, and for what."),
        (name = "Service", description = "How things stand, and what changes."),
        (name = "Cron", description = "For an outside scheduler; the built-in one needs none of these."),
    ),
    modifiers(&Keys),
)]
struct Description;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |about: &str| {
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some(about))
                    .build(),
            )
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "key",
            bearer("An API key, such as the one in `GYMTEXT_API_KEY`."),
        );
        components.add_security_scheme("cron", bearer("The secret in `CRON_SECRET`."));
    }
}

/// The document, written once.
static DOCUMENT: LazyLock<(serde_json::Value, String)> = LazyLock::new(|| {
    // Only texts, numbers, lists and maps with texts as keys: nothing that could fail.
    let mut value = serde_json::to_value(Description::openapi()).unwrap_or_default();
    for item in value
        .get_mut("paths")
        .and_then(|paths| paths.as_object_mut())
        .into_iter()
        .flat_map(|p| p.values_mut())
    {
        let twice = item
            .get("post")
            .is_some_and(|post| post.get("operationId") == item.pointer("/get/operationId"));
        // One handler for two methods, but an operation's id belongs to one.
        if let (true, Some(Value::String(id))) = (twice, item.pointer_mut("/get/operationId")) {
            id.push_str("_by_get");
        }
    }
    complete(&mut value);
    let text = value.to_string();
    (value, text)
});

/// What is true of every call: problems have a media type of their own, a key may be wrong, and the
/// store may be away.
fn complete(document: &mut Value) {
    let problem = |about: &str| {
        json!({
            "description": about,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    };
    let items = document.get_mut("paths").and_then(Value::as_object_mut);
    let calls = items
        .into_iter()
        .flat_map(|items| items.values_mut())
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut());
    for call in calls {
        let keyed = call.get("security").is_some();
        let Some(answers) = call.get_mut("responses").and_then(Value::as_object_mut) else {
            continue;
        };
        for answer in answers.values_mut() {
            let schema = answer.pointer("/content/application~1json/schema/$ref");
            if schema.and_then(Value::as_str) == Some("#/components/schemas/Problem") {
                let about = answer
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                *answer = problem(about);
            }
        }
        if keyed {
            let needed = [
                ("401", "The key is missing or wrong"),
                ("403", "The key lacks the scope that is needed"),
                (
                    "503",
                    "Nothing was changed; try again after `Retry-After` seconds",
                ),
            ];
            for (status, about) in needed {
                answers.entry(status).or_insert_with(|| problem(about));
            }
        }
    }
}

/// The document.
pub(crate) fn document() -> &'static serde_json::Value {
    &DOCUMENT.0
}

/// Describe the API
///
/// This description, by OpenAPI. It needs no key.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "Service", operation_id = "description",
    responses((status = 200, description = "The API's description by OpenAPI", body = serde_json::Value)),
)]
#[expect(dead_code, reason = "describes `serve`")]
fn description() {}

/// Needs no key: what can be asked is no secret.
pub(crate) async fn serve() -> Response {
    let mut response = DOCUMENT.1.as_str().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_has_every_route_and_no_other() {
        let routed: BTreeSet<String> = crate::api::routes()
            .iter()
            .flat_map(|route| {
                route
                    .methods
                    .iter()
                    .map(|method| format!("{method} {}", route.path))
            })
            .collect();
        let mut described = BTreeSet::new();
        for (path, item) in document()["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert(format!("{method} {path}"));
            }
        }
        assert_eq!(described, routed);
    }

    #[test]
    fn an_operation_has_an_id_of_its_own() {
        let paths = document()["paths"].as_object().unwrap();
        let mut ids: Vec<_> = paths
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .map(|call| call["operationId"].as_str().unwrap())
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn every_reference_in_the_description_leads_somewhere() {
        fn walk(value: &serde_json::Value, found: &mut Vec<String>) {
            match value {
                serde_json::Value::Object(map) => {
                    if let Some(reference) = map.get("$ref").and_then(|r| r.as_str()) {
                        found.push(reference.to_owned());
                    }
                    map.values().for_each(|value| walk(value, found));
                }
                serde_json::Value::Array(list) => list.iter().for_each(|value| walk(value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        walk(document(), &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document().pointer(pointer).is_some(), "{reference}");
        }
    }
}
