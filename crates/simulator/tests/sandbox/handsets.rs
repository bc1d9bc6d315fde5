//! A person writes: the signed webhook, the reply it asks for, keywords, windows, buttons, media.

use crate::world::{ANA, OWN, TOKEN, World, signed};
use axum::response::IntoResponse as _;
use http::{StatusCode, header};
use serde_json::{Value, json};

fn xml(body: &'static str) -> axum::response::Response {
    ([(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

#[tokio::test]
async fn what_a_person_says_by_sms_reaches_the_webhook_and_its_twiml_is_the_reply() {
    let world = World::new().await;
    world.phone(ANA, json!({"name": "Ana"})).await;
    world.receiver.answers(|_| {
        xml("<?xml version=\"1.0\"?><Response><Message>Hi &amp; welcome</Message></Response>")
    });
    let said = world
        .say(ANA, json!({"channel": "sms", "text": "Hello 💪"}))
        .await;
    assert_eq!(said.status, 201, "{}", said.text());
    assert_eq!(said.json()["direction"], "out");
    let hook = world.receiver.until(|hook| hook.path == "/sms").await;
    assert_eq!(hook.method, "POST");
    assert_eq!(hook.get("Body"), Some("Hello 💪"));
    assert_eq!(hook.get("From"), Some(ANA));
    assert_eq!(hook.get("To"), Some(OWN));
    assert_eq!(hook.get("FromCity"), Some(""));
    assert_eq!(hook.get("FromCountry"), Some("US"));
    assert_eq!(hook.get("NumMedia"), Some("0"));
    assert_eq!(hook.get("SmsStatus"), Some("received"));
    assert_eq!(hook.get("MessageSid"), said.json()["id"].as_str());
    let url = format!("{}/sms", world.hooks);
    assert_eq!(hook.signature, signed(&url, &hook.params, TOKEN));
    until_thread(&world, |thread| {
        thread.len() == 2 && thread[1]["body"] == "Hi & welcome"
    })
    .await;
}

/// Asks for Ana's thread until it fits; each message changes it within a short time.
async fn until_thread(world: &World, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..2_000 {
        let thread = world.thread(ANA).await;
        if fits(&thread) {
            return thread;
        }
        tokio::task::yield_now().await;
    }
    panic!("the thread never fits: {:?}", world.thread(ANA).await);
}

#[tokio::test]
async fn a_webhook_by_get_has_its_parameters_in_the_signed_url() {
    let world = World::with(|config| {
        config.numbers[0].sms_method = simulator::HookMethod::Get;
    })
    .await;
    world.phone(ANA, json!({})).await;
    world
        .say(ANA, json!({"channel": "sms", "text": "a b&c"}))
        .await;
    let hook = world.receiver.until(|hook| hook.method == "GET").await;
    assert_eq!(hook.get("Body"), Some("a b&c"));
    let url = format!("{}{}", world.hooks, hook.path);
    assert_eq!(hook.signature, signed(&url, &[], TOKEN));
}

#[tokio::test]
async fn a_webhook_that_fails_goes_to_the_fallback_with_the_error() {
    let world = World::with(|config| {
        let hooks = config.numbers[0].sms_url.clone().unwrap();
        config.numbers[0].sms_fallback_url = Some(hooks.replace("/sms", "/fallback"));
    })
    .await;
    world.phone(ANA, json!({})).await;
    for (answer, code) in [
        (
            (
                StatusCode::OK,
                [(header::CONTENT_TYPE, "application/json")],
                "{}",
            ),
            "12300",
        ),
        (
            (
                StatusCode::OK,
                [(header::CONTENT_TYPE, "text/xml")],
                "<Response>",
            ),
            "12100",
        ),
        (
            (
                StatusCode::OK,
                [(header::CONTENT_TYPE, "text/xml")],
                "<Html/>",
            ),
            "12200",
        ),
        (
            (
                StatusCode::BAD_GATEWAY,
                [(header::CONTENT_TYPE, "text/xml")],
                "",
            ),
            "11200",
        ),
    ] {
        world.receiver.answers(move |hook| {
            if hook.path == "/sms" {
                answer.clone().into_response()
            } else {
                xml("<Response/>")
            }
        });
        world
            .say(ANA, json!({"channel": "sms", "text": "Hi"}))
            .await;
        let fallback = world
            .receiver
            .until(|hook| hook.path == "/fallback" && hook.get("ErrorCode") == Some(code))
            .await;
        assert_eq!(
            fallback.get("ErrorUrl"),
            Some(&*format!("{}/sms", world.hooks))
        );
    }
    let alerts = world.control("GET", "/alerts", Value::Null).await.json();
    assert_eq!(alerts.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn stop_is_answered_by_the_carrier_and_refuses_the_next_message_until_start() {
    let world = World::new().await;
    world.phone(ANA, json!({})).await;
    world
        .say(ANA, json!({"channel": "sms", "text": "Stop"}))
        .await;
    let hook = world.receiver.until(|hook| hook.path == "/sms").await;
    assert_eq!(hook.get("OptOutType"), None);
    let thread = world.thread(ANA).await;
    assert_eq!(thread.len(), 2);
    assert_eq!(thread[1]["by_carrier"], true);
    let refused = world.send(&[]).await;
    assert_eq!((refused.status, refused.code()), (400, 21610));
    world
        .say(ANA, json!({"channel": "sms", "text": "START"}))
        .await;
    assert_eq!(world.send(&[]).await.status, 201);
    world.until_status("delivered").await;
}

#[tokio::test]
async fn with_advanced_opt_out_the_message_is_accepted_and_fails_later() {
    let world = World::with(|config| config.advanced_opt_out = true).await;
    world.phone(ANA, json!({})).await;
    world
        .say(ANA, json!({"channel": "sms", "text": "STOP"}))
        .await;
    let hook = world.receiver.until(|hook| hook.path == "/sms").await;
    assert_eq!(hook.get("OptOutType"), Some("STOP"));
    assert_eq!(world.send(&[]).await.status, 201);
    let failed = world.until_status("failed").await;
    assert_eq!(failed.get("ErrorCode"), Some("21610"));
}

#[tokio::test]
async fn whatsapp_is_free_only_within_a_day_of_the_persons_message() {
    let world = World::new().await;
    let traits = json!({"name": "Ana", "external_user_id": "US.13491208655302741918"});
    world.phone(ANA, traits).await;
    assert_eq!(world.send_whatsapp(&[]).await.status, 201);
    let failed = world.until_status("failed").await;
    assert_eq!(failed.get("ErrorCode"), Some("63016"));
    assert_eq!(failed.get("ChannelPrefix"), Some("whatsapp"));
    assert_eq!(failed.get("To"), Some(&*format!("whatsapp:{ANA}")));

    world
        .say(ANA, json!({"channel": "whatsapp", "text": "Hi"}))
        .await;
    let hook = world.receiver.until(|hook| hook.path == "/whatsapp").await;
    assert_eq!(hook.get("ProfileName"), Some("Ana"));
    assert_eq!(hook.get("WaId"), Some("14155550123"));
    assert_eq!(
        hook.get("ExternalUserId"),
        Some("whatsapp:US.13491208655302741918")
    );
    assert_eq!(hook.get("From"), Some(&*format!("whatsapp:{ANA}")));
    assert_eq!(hook.get("FromCity"), None);
    world.send_whatsapp(&[]).await;
    let read = world.until_status("read").await;
    assert_eq!(read.get("EventType"), Some("READ"));
    assert_eq!(read.get("ChannelToAddress"), Some("+1415555XXXX"));

    world
        .control("POST", "/clock", json!({"advance_seconds": 24 * 3600}))
        .await;
    let sid = world.send_whatsapp(&[]).await.json()["sid"].clone();
    let closed = world
        .receiver
        .until(|hook| hook.get("MessageSid") == sid.as_str())
        .await;
    assert_eq!(closed.get("ErrorCode"), Some("63016"));
}

#[tokio::test]
async fn whatsapp_knows_who_is_not_there_who_blocked_and_who_is_no_sender() {
    let world = World::new().await;
    world
        .phone("+14155550101", json!({"whatsapp": false}))
        .await;
    world.phone("+14155550102", json!({})).await;
    let block = json!({"channel": "whatsapp", "blocked": true});
    world
        .control("POST", "/phones/+14155550102/block", block)
        .await;
    for (number, code) in [("+14155550101", "63024"), ("+14155550102", "63014")] {
        let to = format!("whatsapp:{number}");
        world.send_whatsapp(&[("To", &to)]).await;
        let failed = world
            .receiver
            .until(|hook| hook.get("To") == Some(&to))
            .await;
        assert_eq!(failed.get("ErrorCode"), Some(code));
    }
    let no_sender = world
        .send_whatsapp(&[("From", "whatsapp:+14155550100")])
        .await;
    assert_eq!((no_sender.status, no_sender.code()), (400, 63007));
}

#[tokio::test]
async fn a_template_opens_the_conversation_and_its_button_comes_back() {
    let world = World::with(|config| config.approval = simulator::Approval::ByHand).await;
    world.phone(ANA, json!({})).await;
    let created = world
        .twilio_json(
            "POST",
            "/v1/Content",
            &json!({
                "friendly_name": "weekly_checkin", "language": "en",
                "variables": {"1": "there"},
                "types": {
                    "twilio/text": {"body": "Hi {{1}}, how was it?"},
                    "twilio/quick-reply": {
                        "body": "Hi {{1}}, how was it?",
                        "actions": [{"type": "QUICK_REPLY", "title": "Great", "id": "great-1"}],
                    },
                },
            }),
        )
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    let content = created.json()["sid"].as_str().unwrap().to_owned();
    let submit = json!({"name": "weekly_checkin", "category": "UTILITY"});
    let approvals = format!("/v1/Content/{content}/ApprovalRequests");
    let submitted = world
        .twilio_json("POST", &format!("{approvals}/whatsapp"), &submit)
        .await;
    assert_eq!(submitted.status, 201, "{}", submitted.text());
    let fetched = world.twilio("GET", &approvals, &[]).await.json();
    assert_eq!(fetched["whatsapp"]["status"], "pending");

    let template = [("Body", ""), ("ContentSid", content.as_str())];
    let set = format!("/templates/{content}/approval");
    for (status, code) in [
        ("pending", "63016"),
        ("paused", "63041"),
        ("disabled", "63042"),
    ] {
        world.control("PUT", &set, json!({"status": status})).await;
        let sid = world.send_whatsapp(&template).await.json()["sid"].clone();
        let hook = world
            .receiver
            .until(|hook| hook.get("MessageSid") == sid.as_str())
            .await;
        assert_eq!(hook.get("ErrorCode"), Some(code), "{status}");
    }
    world
        .control("PUT", &set, json!({"status": "approved"}))
        .await;
    let broken = [
        template[0],
        template[1],
        ("ContentVariables", "{\"1\":\"a\\nb\"}"),
    ];
    let sid = world.send_whatsapp(&broken).await.json()["sid"].clone();
    let hook = world
        .receiver
        .until(|hook| hook.get("MessageSid") == sid.as_str())
        .await;
    assert_eq!(hook.get("ErrorCode"), Some("63013"));
    let filled = [
        template[0],
        template[1],
        ("ContentVariables", "{\"1\":\"Ana\"}"),
    ];
    let sent = world.send_whatsapp(&filled).await.json();
    assert_eq!(sent["body"], "Hi Ana, how was it?");
    world.until_status("read").await;

    let thread = world.thread(ANA).await;
    let last = thread.last().unwrap();
    assert_eq!(last["buttons"][0]["title"], "Great");
    assert_eq!(last["template"]["name"], "weekly_checkin");
    let tapped = world
        .say(ANA, json!({"channel": "whatsapp", "button": "Great"}))
        .await;
    assert_eq!(tapped.status, 201, "{}", tapped.text());
    let hook = world.receiver.until(|hook| hook.path == "/whatsapp").await;
    assert_eq!(hook.get("ButtonText"), Some("Great"));
    assert_eq!(hook.get("ButtonPayload"), Some("great-1"));
    assert_eq!(hook.get("Body"), Some("Great"));
    assert_eq!(hook.get("OriginalRepliedMessageSid"), sent["sid"].as_str());
    let none = world
        .say(ANA, json!({"channel": "whatsapp", "button": "Nope"}))
        .await;
    assert_eq!(
        (none.status, none.json()["code"].as_str()),
        (422, Some("no_such_button"))
    );
}

#[tokio::test]
async fn a_picture_is_fetched_with_credentials_and_its_storage_refuses_them() {
    let world = World::new().await;
    world.phone(ANA, json!({})).await;
    let picture = json!({"channel": "sms", "media_url": "data:image/png;base64,iVBORw0KGgo="});
    let said = world.say(ANA, picture).await;
    assert_eq!(said.status, 201, "{}", said.text());
    let hook = world.receiver.until(|hook| hook.path == "/sms").await;
    assert!(hook.get("MessageSid").unwrap().starts_with("MM"));
    assert_eq!(hook.get("NumMedia"), Some("1"));
    assert_eq!(hook.get("MediaContentType0"), Some("image/png"));
    let url = hook.get("MediaUrl0").unwrap();
    let anonymous = world.request("GET", url, &[], "").await.unwrap();
    assert_eq!(anonymous.status, 401);
    let auth = World::basic();
    let with = [("authorization", auth.as_str())];
    let redirect = world.request("GET", url, &with, "").await.unwrap();
    assert_eq!(redirect.status, 302);
    let storage = redirect.headers["location"].to_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:") && storage.starts_with("http://localhost:"));
    let by_name = url.replace("127.0.0.1", "localhost");
    let back = world.request("GET", &by_name, &with, "").await.unwrap();
    let back = back.headers["location"].to_str().unwrap();
    assert!(back.starts_with("http://127.0.0.1:"), "{back}");
    let forwarded = world.request("GET", storage, &with, "").await.unwrap();
    assert_eq!(forwarded.status, 400);
    let bytes = world.request("GET", storage, &[], "").await.unwrap();
    assert_eq!(bytes.status, 200);
    assert_eq!(bytes.headers["content-type"], "image/png");
    assert_eq!(&bytes.body[..4], b"\x89PNG");

    let place = json!({"latitude": 37.78, "longitude": -122.39, "label": "Gym"});
    world
        .say(ANA, json!({"channel": "whatsapp", "location": place}))
        .await;
    let hook = world
        .receiver
        .until(|hook| hook.get("Latitude").is_some())
        .await;
    assert_eq!(hook.get("Latitude"), Some("37.78"));
    assert_eq!(hook.get("Label"), Some("Gym"));
    let contact = json!({"name": "Bo", "phone": "+14155550177"});
    world
        .say(ANA, json!({"channel": "whatsapp", "contact": contact}))
        .await;
    let hook = world
        .receiver
        .until(|hook| hook.get("MediaContentType0") == Some("text/vcard"))
        .await;
    assert_eq!(hook.get("Body"), Some(""));
}
