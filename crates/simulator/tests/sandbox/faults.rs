//! What goes wrong on purpose, and what the sandbox tells about what it saw.

use std::sync::Arc;

use crate::world::{ANA, World};
use axum::response::IntoResponse as _;
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde_json::{Value, json};
use simulator::Sign;

async fn ledger(world: &World) -> Vec<Value> {
    let text = world.control("GET", "/ledger", Value::Null).await.text();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[tokio::test]
async fn faults_before_and_after_creation_are_told_apart_by_the_ledger() {
    let world = World::new().await;
    for (fault, status, created) in [
        ("http_429_rate", Some(429), false),
        ("http_5xx_before_rate", Some(500), false),
        ("http_5xx_after_rate", Some(500), true),
        ("cut_connection_before_rate", None, false),
        ("cut_connection_after_rate", None, true),
    ] {
        world.control("POST", "/reset", Value::Null).await;
        let set = world.control("PUT", "/faults", json!({fault: 1.0})).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let callback = format!("{}/status?attempt=att_{fault}", world.hooks);
        let form = [
            ("To", ANA),
            ("From", crate::world::OWN),
            ("Body", "Hi"),
            ("StatusCallback", callback.as_str()),
        ];
        let answer = world.try_twilio("POST", "/Messages.json", &form).await;
        assert_eq!(answer.map(|answer| answer.status), status, "{fault}");
        let lines = ledger(&world).await;
        // A client may try a cut connection again by itself; each try is a line.
        assert!(!lines.is_empty(), "{fault}");
        for line in &lines {
            let verdict = if created { "accepted" } else { "unprocessed" };
            assert_eq!(line["verdict"], verdict, "{fault}");
            assert_eq!(line["attempt"], format!("att_{fault}"));
            assert_eq!(line["http"], json!(status));
            assert_eq!(line["to"], ANA);
            assert_eq!(
                line["body_hash"],
                "3639efcd08abb273b1619e82e78c29a7df02c1051b1820e99fc395dcaa3326b8"
            );
            assert_eq!(line["sid"].is_string(), created);
        }
        assert_eq!(
            world.thread(ANA).await.len(),
            if created { lines.len() } else { 0 }
        );
    }
}

#[tokio::test]
async fn error_codes_come_at_once_or_later_as_they_do_at_twilio() {
    let world = World::new().await;
    world
        .control("PUT", "/faults", json!({"errors": {"21408": 1.0}}))
        .await;
    let refused = world.send(&[]).await;
    assert_eq!((refused.status, refused.code()), (400, 21408));
    for (code, status) in [("30003", "undelivered"), ("30034", "failed")] {
        world
            .control("PUT", "/faults", json!({"errors": {code: 1.0}}))
            .await;
        assert_eq!(world.send(&[]).await.status, 201);
        let hook = world
            .receiver
            .until(|hook| hook.get("ErrorCode") == Some(code))
            .await;
        assert_eq!(hook.get("MessageStatus"), Some(status));
    }
    world
        .control("PUT", "/faults", json!({"failed_at_once_rate": 1.0}))
        .await;
    let failed = world.send(&[]).await;
    assert_eq!(failed.status, 201);
    assert_eq!(failed.json()["status"], "failed");
    assert_eq!(failed.json()["error_code"], 30008);
}

#[tokio::test]
async fn callbacks_are_lost_doubled_and_reordered_by_their_rates() {
    let world = World::new().await;
    let faults = json!({"duplicate_callback_rate": 1.0, "reorder_callback_rate": 1.0});
    world.control("PUT", "/faults", faults).await;
    world.send(&[]).await;
    world.until_status("sent").await;
    for _ in 0..1_000 {
        if world.receiver.statuses().len() == 4 {
            break;
        }
        world.thread(ANA).await;
    }
    assert_eq!(
        world.receiver.statuses(),
        ["delivered", "delivered", "sent", "sent"]
    );
    let tokens: Vec<String> = {
        let hooks = world.receiver.hooks.lock().unwrap();
        hooks.iter().map(|hook| hook.token.clone()).collect()
    };
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
    let faults = json!({"drop_callback_rate": 1.0});
    world.control("PUT", "/faults", faults).await;
    world.send(&[]).await;
    for _ in 0..1_000 {
        let stats = world.control("GET", "/stats", Value::Null).await.json();
        if stats["callbacks_dropped"] == 2 {
            break;
        }
    }
    assert_eq!(world.receiver.statuses().len(), 4);
}

#[tokio::test]
async fn a_failed_callback_is_tried_again_only_where_its_url_says_so() {
    let world = World::new().await;
    world
        .receiver
        .answers(|_| StatusCode::BAD_GATEWAY.into_response());
    world.send(&[]).await;
    world.until_status("delivered").await;
    assert_eq!(world.receiver.statuses(), ["sent", "delivered"]);
    world.receiver.hooks.lock().unwrap().clear();
    let callback = format!("{}/status?m=1#rc=2&rp=5xx", world.hooks);
    world.send(&[("StatusCallback", &callback)]).await;
    world.until_status("delivered").await;
    for _ in 0..1_000 {
        if world.receiver.statuses().len() == 6 {
            break;
        }
        world.thread(ANA).await;
    }
    assert_eq!(world.receiver.statuses().len(), 6);
    let hooks = world.receiver.hooks.lock().unwrap().clone();
    assert_eq!(hooks[0].path, "/status?m=1");
    assert_eq!(hooks[0].token, hooks[2].token);
}

#[tokio::test]
async fn the_control_api_says_clearly_what_is_wrong() {
    let world = World::new().await;
    for (method, path, body, status, code) in [
        (
            "POST",
            "/phones",
            json!({"number": "12"}),
            422,
            "invalid_number",
        ),
        (
            "POST",
            "/phones",
            json!({"number": ANA, "colour": 1}),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/phones",
            json!({"number": crate::world::OWN}),
            409,
            "own_number",
        ),
        (
            "PATCH",
            "/phones/+14155550999",
            json!({}),
            404,
            "no_such_phone",
        ),
        (
            "POST",
            "/phones/+14155550999/say",
            json!({"channel": "sms", "text": "a"}),
            404,
            "no_such_phone",
        ),
        (
            "POST",
            "/phones/+14155550999/say",
            json!({"channel": "fax", "text": "a"}),
            422,
            "unknown_channel",
        ),
        (
            "POST",
            "/phones/+14155550999/say",
            json!({"channel": "sms"}),
            422,
            "nothing_said",
        ),
        (
            "PUT",
            "/faults",
            json!({"http_429_rate": 2}),
            422,
            "invalid_faults",
        ),
        (
            "PUT",
            "/faults",
            json!({"nonsense": 1}),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "/clock",
            json!({"advance_seconds": -1}),
            422,
            "invalid_span",
        ),
        ("GET", "/why/SM1", Value::Null, 404, "not_known"),
        ("GET", "/nothing", Value::Null, 404, "no_such_path"),
    ] {
        let answer = world.control(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        assert_eq!(answer.json()["code"], code, "{method} {path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let broken = [("content-type", "application/json")];
    let answer = world
        .request("POST", "/sandbox/api/phones", &broken, "{")
        .await
        .unwrap();
    assert_eq!(answer.status, 400);
    let foreign = [("host", "sandbox.example.com")];
    let answer = world
        .request("GET", "/sandbox/api/phones", &foreign, "")
        .await
        .unwrap();
    assert_eq!(answer.status, 403);
}

#[derive(Debug)]
struct Product;

impl simulator::Explain for Product {
    fn explain<'a>(&'a self, sign: &'a Sign) -> BoxFuture<'a, Option<Value>> {
        let asked = match sign {
            Sign::StatusCallback(asked) | Sign::MessageId(asked) => asked,
        };
        Box::pin(async move { Some(json!({"asked": asked})) })
    }
}

#[tokio::test]
async fn somebody_who_knows_is_asked_why_with_the_callback_of_the_message() {
    let world = World::with(|config| config.explain = Some(Arc::new(Product))).await;
    let sid = world.send(&[]).await.json()["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let why = world
        .control("GET", &format!("/why/{sid}"), Value::Null)
        .await;
    let expected = format!("{}/status?attempt=att_1", world.hooks);
    assert_eq!(why.json()["asked"], expected);
}

#[tokio::test]
async fn changes_are_streamed_and_can_be_resumed() {
    use http_body_util::{BodyExt as _, Empty};
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;

    let world = World::new().await;
    world.send(&[]).await;
    world.until_status("delivered").await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let request = http::Request::get(format!("{}/sandbox/api/events", world.base))
        .header("last-event-id", "0")
        .body(Empty::new())
        .unwrap();
    let mut body = client.request(request).await.unwrap().into_body();
    let mut text = String::new();
    while !text.contains("\"delivered\"}") {
        let frame = body.frame().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
    }
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    assert_eq!(names, ["phone", "message", "status", "status"]);
    assert!(text.contains("id: 1\n"), "{text}");
}

#[tokio::test]
async fn requests_are_noted_without_secrets_and_a_reset_forgets_them() {
    let world = World::new().await;
    world.send(&[]).await;
    let seen = world.control("GET", "/requests", Value::Null).await;
    assert!(!seen.text().contains(crate::world::TOKEN));
    assert!(!seen.text().contains(&World::basic()));
    let seen = seen.json();
    assert_eq!(seen[0]["method"], "POST");
    assert_eq!(seen[0]["status"], 201);
    assert_eq!(
        world.control("POST", "/reset", Value::Null).await.status,
        204
    );
    let seen = world.control("GET", "/requests", Value::Null).await.json();
    assert_eq!(seen, json!([]));
    let phones = world.control("GET", "/phones", Value::Null).await.json();
    assert_eq!(phones, json!([]));
    let messages = world.twilio("GET", "/Messages.json", &[]).await.json();
    assert_eq!(messages["messages"], json!([]));
}

#[tokio::test]
async fn kept_phones_are_there_after_a_reset_with_their_stop_and_without_messages() {
    let world = World::new().await;
    world.phone(ANA, json!({"name": "Ana"})).await;
    world.simulator.keep_phones();
    world.phone("+14155550124", json!({})).await;
    world
        .say(ANA, json!({"channel": "sms", "text": "STOP"}))
        .await;
    world.control("POST", "/reset", Value::Null).await;
    let phones = world.control("GET", "/phones", Value::Null).await.json();
    assert_eq!(phones.as_array().map(Vec::len), Some(1));
    assert_eq!(phones[0]["name"], "Ana");
    assert_eq!(phones[0]["messages"], 0);
    assert_eq!(phones[0]["stopped"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_oldest_messages_are_forgotten_when_there_are_too_many() {
    let world = World::with(|config| config.messages_max = 5).await;
    let mut sids = Vec::new();
    for _ in 0..8 {
        let created = world.send(&[]).await.json();
        sids.push(created["sid"].as_str().unwrap().to_owned());
    }
    let status = |sid: &str| {
        let path = format!("/Messages/{sid}.json");
        let world = &world;
        async move { world.twilio("GET", &path, &[]).await.status }
    };
    assert_eq!(status(&sids[0]).await, 404);
    assert_eq!(status(&sids[7]).await, 200);
    assert_eq!(world.thread(ANA).await.len(), 5);
}

#[tokio::test]
async fn a_callback_may_come_before_the_answer_and_the_answer_may_trickle() {
    let world = World::new().await;
    let faults = json!({"callback_before_answer_rate": 1.0, "slow_bytes_rate": 1.0});
    world.control("PUT", "/faults", faults).await;
    let created = world.send(&[]).await;
    assert_eq!(created.json()["status"], "queued");
    assert_eq!(world.receiver.statuses(), ["sent", "delivered"]);
}

/// Whoever is told of a message may act on it at once: the ledger must have it by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_has_an_attempt_before_anybody_is_told_of_it() {
    let world = World::new().await;
    let faults = json!({"callback_before_answer_rate": 1.0});
    world.control("PUT", "/faults", faults).await;
    let (told, mut is_told) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    world.receiver.answers(move |_| {
        told.send(()).unwrap();
        tokio::task::block_in_place(|| may_go_on.lock().unwrap().recv().unwrap());
        StatusCode::NO_CONTENT.into_response()
    });
    let looks = async {
        is_told.recv().await.unwrap();
        let seen = ledger(&world).await;
        go_on.send(()).unwrap();
        go_on.send(()).unwrap();
        seen
    };
    let (created, seen) = tokio::join!(world.send(&[]), looks);
    assert_eq!(created.status, 201);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["verdict"], "accepted");
    assert_eq!(seen[0]["http"], Value::Null, "nobody was answered yet");
    assert_eq!(ledger(&world).await[0]["http"], 201);
}

#[tokio::test]
async fn more_requests_than_allowed_at_once_are_refused_unprocessed() {
    let world = World::with(|config| config.requests_at_once_max = Some(0)).await;
    let refused = world.send(&[]).await;
    assert_eq!((refused.status, refused.code()), (429, 20429));
    assert_eq!(world.thread(ANA).await.len(), 0);
    assert_eq!(ledger(&world).await[0]["verdict"], "unprocessed");
}
