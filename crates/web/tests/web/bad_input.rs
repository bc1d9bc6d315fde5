//! Bad input gets a clear 4xx with a code, and nothing is stored.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::service::{Service, form, keyed, signed};

fn json_request(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    keyed(method, path)
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn bad_input_is_refused_with_a_code_and_nothing_is_stored() {
    let service = Service::new().await;
    let member = service.joins("Maria", "+14155552671").await;
    let stranger = member.replace(|c: char| c.is_ascii_digit(), "0");
    let before = service.everything().await;
    let post =
        |path: &str, body: serde_json::Value| json_request(Method::POST, path, body.to_string());
    let message = |extra: serde_json::Value| {
        let mut body = json!({"member_id": member, "content": "Hello"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        post("/api/v1/messages", body)
    };
    let mut megabyte = b"{\"content\":\"".to_vec();
    megabyte.resize(1024 * 1024, b'a');
    let mut not_utf8 = format!("{{\"member_id\":\"{member}\",\"content\":\"").into_bytes();
    not_utf8.extend(b"\xff\xfe\"}");
    let pairs = [
        ("MessageSid", "SM1"),
        ("AccountSid", "AC1"),
        ("From", "+14155552671"),
        ("To", "+14155550100"),
        ("Body", "STOP"),
    ];
    let cases: Vec<(&str, Request<Body>, u16, &str)> = vec![
        (
            "unknown member",
            message(json!({"member_id": stranger})),
            422,
            "unknown_member",
        ),
        (
            "no member id",
            message(json!({"member_id": "Maria"})),
            422,
            "invalid_request",
        ),
        (
            "member in the path",
            json_request(Method::GET, "/api/v1/members/mem_x", ""),
            404,
            "unknown_member",
        ),
        (
            "message in the path",
            json_request(Method::GET, "/api/v1/messages/x", ""),
            404,
            "unknown_message",
        ),
        (
            "invalid number",
            post("/api/v1/members", json!({"name": "A", "phone": "+1 23"})),
            422,
            "invalid_request",
        ),
        (
            "number of no country",
            post(
                "/api/v1/members",
                json!({"name": "A", "phone": "4155552671"}),
            ),
            422,
            "invalid_request",
        ),
        (
            "no zone",
            post(
                "/api/v1/members",
                json!({"name": "A", "phone": "+14155552679", "time_zone": "Mars"}),
            ),
            422,
            "invalid_request",
        ),
        (
            "bad consent",
            post(
                "/api/v1/members",
                json!({"name": "A", "phone": "+14155552679", "consents": [{"channel": "fax", "state": "yes", "source": "x"}]}),
            ),
            422,
            "invalid_request",
        ),
        (
            "empty content",
            message(json!({"content": ""})),
            422,
            "invalid_request",
        ),
        (
            "no content",
            message(json!({"content": null})),
            422,
            "invalid_request",
        ),
        (
            "too long",
            message(json!({"content": "a".repeat(2_000)})),
            422,
            "invalid_request",
        ),
        (
            "unknown template",
            message(json!({"template": "no_such"})),
            422,
            "unknown_template",
        ),
        (
            "missing variable",
            message(json!({"template": "welcome"})),
            422,
            "missing_variable",
        ),
        (
            "reserved kind",
            message(json!({"kind": "keyword_reply"})),
            422,
            "reserved_kind",
        ),
        (
            "unknown field",
            message(json!({"text": "x"})),
            422,
            "invalid_request",
        ),
        (
            "over already",
            message(json!({"expires_at": "2020-01-01T00:00:00Z"})),
            422,
            "expired_already",
        ),
        (
            "one megabyte",
            json_request(Method::POST, "/api/v1/messages", megabyte),
            413,
            "body_too_large",
        ),
        (
            "broken JSON",
            json_request(Method::POST, "/api/v1/messages", "{\"member_id\":"),
            400,
            "invalid_json",
        ),
        (
            "invalid UTF-8",
            json_request(Method::POST, "/api/v1/messages", not_utf8),
            400,
            "invalid_utf8",
        ),
        (
            "no JSON",
            keyed(Method::POST, "/api/v1/messages")
                .body(Body::from("{}"))
                .unwrap(),
            415,
            "unsupported_media_type",
        ),
        (
            "wrong key",
            Request::post("/api/v1/messages")
                .header("authorization", "Bearer nope")
                .body(Body::empty())
                .unwrap(),
            401,
            "unauthorized",
        ),
        (
            "no key",
            Request::get("/api/v1/members").body(Body::empty()).unwrap(),
            401,
            "unauthorized",
        ),
        (
            "bad limit",
            json_request(Method::GET, "/api/v1/messages?limit=0", ""),
            422,
            "invalid_request",
        ),
        (
            "bad cursor",
            json_request(Method::GET, "/api/v1/messages?cursor=zzz", ""),
            422,
            "invalid_request",
        ),
        (
            "bad filter",
            json_request(Method::GET, "/api/v1/messages?stauts=held", ""),
            422,
            "invalid_request",
        ),
        (
            "bad event id",
            json_request(Method::GET, "/api/v1/events?after=x", ""),
            422,
            "invalid_request",
        ),
        (
            "unknown route",
            json_request(Method::GET, "/api/v1/nothing", ""),
            404,
            "not_found",
        ),
        (
            "wrong method",
            json_request(Method::PUT, "/api/v1/members", "{}"),
            405,
            "method_not_allowed",
        ),
        (
            "no signature",
            form("/api/twilio/sms", &pairs, None),
            403,
            "invalid_signature",
        ),
        (
            "wrong signature",
            form(
                "/api/twilio/sms",
                &pairs,
                Some("x3LJ0Kv4tOsXDzC2lTMYKf2JHnY="),
            ),
            403,
            "invalid_signature",
        ),
        (
            "another account",
            signed("/api/twilio/sms", &pairs),
            403,
            "invalid_signature",
        ),
        (
            "no cron secret",
            Request::post("/api/cron/daily-messages")
                .body(Body::empty())
                .unwrap(),
            401,
            "unauthorized",
        ),
        (
            "an API key for cron",
            json_request(Method::POST, "/api/cron/daily-messages", ""),
            401,
            "unauthorized",
        ),
    ];
    for (name, request, status, code) in cases {
        let reply = service.call(request).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.text);
        assert_eq!(
            reply.headers["content-type"], "application/problem+json",
            "{name}"
        );
        let problem = reply.json();
        assert_eq!(problem["code"], code, "{name}: {problem}");
        assert_eq!(problem["status"], status, "{name}");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{name}: {problem}"
        );
    }
    assert_eq!(service.everything().await, before);
}

#[tokio::test]
async fn every_fault_of_a_member_is_named_at_once() {
    let service = Service::new().await;
    let reply = service
        .post(
            "/api/v1/members",
            json!({
                "name": "", "phone": "x", "email": "y", "preferred_send_hour": 24,
                "consents": [{"channel": "sms", "state": "maybe", "source": ""}],
            }),
        )
        .await;
    let fields: Vec<_> = reply.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        fields,
        [
            "name",
            "phone",
            "email",
            "preferred_send_hour",
            "consents[0].state",
            "consents[0].source"
        ]
    );
}

#[tokio::test]
async fn every_call_of_the_api_needs_a_key() {
    let service = Service::new().await;
    let document: serde_json::Value = service.get("/api/v1/openapi.json").await.json();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            if !path.starts_with("/api/v1/") || path.ends_with("openapi.json") {
                continue;
            }
            assert!(
                call["security"].is_array(),
                "{method} {path} is described without a key"
            );
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(path.replace("{id}", "x").replace("{channel}", "sms"))
                .body(Body::empty())
                .unwrap();
            let reply = service.call(request).await;
            // What is no id is told before anything else is looked at.
            assert!(
                [401, 404].contains(&reply.status.as_u16()),
                "{method} {path}: {}",
                reply.text
            );
            asked += 1;
        }
    }
    assert!(asked >= 15, "{asked}");
}
