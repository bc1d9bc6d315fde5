//! Twilio's webhooks: verified, stored, then answered.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::service::{ACCOUNT, PUBLIC, Service, TOKEN, form, signed};

const MARIA: &str = "+14155552671";
const OURS: &str = "+14155550100";

fn says<'a>(sid: &'a str, from: &'a str, to: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("ToCountry", "US"),
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("AccountSid", ACCOUNT),
        ("SmsStatus", "received"),
        ("From", from),
        ("To", to),
        ("Body", text),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("ApiVersion", "2010-04-01"),
    ]
}

async fn inbound(service: &Service) -> Vec<String> {
    let page = service
        .get("/api/v1/messages?direction=inbound")
        .await
        .json();
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["content"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_message_is_stored_once_and_answered_with_an_empty_response() {
    let service = Service::new().await;
    service.joins("Maria", MARIA).await;
    let pairs = says(
        "SM00000000000000000000000000000001",
        MARIA,
        OURS,
        "Hello & <b>goodbye</b> 💪",
    );
    for _ in 0..2 {
        let reply = service.call(signed("/api/twilio/sms", &pairs)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.headers["content-type"], "text/xml");
        assert_eq!(
            reply.text,
            r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#
        );
    }
    assert_eq!(inbound(&service).await, ["Hello & <b>goodbye</b> 💪"]);
}

#[tokio::test]
async fn what_a_message_is_says_the_message_not_the_route() {
    let service = Service::new().await;
    service.joins("Maria", MARIA).await;
    let from = format!("whatsapp:{MARIA}");
    let pairs = says(
        "SM00000000000000000000000000000002",
        &from,
        "whatsapp:+14155550101",
        "over WhatsApp",
    );
    assert_eq!(
        service.call(signed("/api/twilio/sms", &pairs)).await.status,
        200
    );
    let page = service
        .get("/api/v1/messages?direction=inbound&channel=whatsapp")
        .await
        .json();
    assert_eq!(page["items"][0]["provider"], "whatsapp");
}

#[tokio::test]
async fn a_stop_opts_out_and_suppresses_what_waits() {
    let service = Service::new().await;
    let member = service.joins("Maria", MARIA).await;
    let later =
        json!({"member_id": member, "content": "Later", "not_before": "2026-12-24T08:00:00Z"});
    let id = service.post("/api/v1/messages", later).await.json()["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let pairs = says("SM00000000000000000000000000000003", MARIA, OURS, "stop");
    assert_eq!(
        service.call(signed("/api/twilio/sms", &pairs)).await.status,
        200
    );
    assert_eq!(
        service.get(&format!("/api/v1/messages/{id}")).await.json()["status"],
        "suppressed"
    );
    let member = service
        .get(&format!("/api/v1/members/{member}"))
        .await
        .json();
    assert_eq!(member["consents"][0]["state"], "opted_out", "{member}");
}

#[tokio::test]
async fn a_receipt_is_answered_without_content_whatever_it_says() {
    let service = Service::new().await;
    for (word, sid) in [
        ("delivered", "SM7"),
        ("teleported", "SM8"),
        ("failed", "SM9"),
    ] {
        let pairs = [
            ("MessageSid", sid),
            ("MessageStatus", word),
            ("AccountSid", ACCOUNT),
            ("To", MARIA),
            ("From", OURS),
            ("ErrorCode", "30003"),
        ];
        let reply = service
            .call(signed("/api/twilio/status?attempt=att_x", &pairs))
            .await;
        assert_eq!(
            (reply.status.as_u16(), reply.text.as_str()),
            (204, ""),
            "{word}"
        );
    }
}

#[tokio::test]
async fn a_receipt_moves_a_message_forward() {
    let service = Service::new().await;
    let member = service.joins("Maria", MARIA).await;
    let body = json!({"member_id": member, "content": "Squats"});
    let sent = service
        .post("/api/v1/messages/immediate", body)
        .await
        .json();
    let (id, sid) = (
        sent["id"].as_str().unwrap(),
        sent["provider_message_id"].as_str().unwrap(),
    );
    let attempt = sent["attempts"][0]["id"].as_str().unwrap();
    let pairs = [
        ("MessageSid", sid),
        ("MessageStatus", "delivered"),
        ("AccountSid", ACCOUNT),
        ("To", MARIA),
        ("From", OURS),
    ];
    let path = format!("/api/twilio/status?attempt={attempt}");
    assert_eq!(service.call(signed(&path, &pairs)).await.status, 204);
    let message = service.get(&format!("/api/v1/messages/{id}")).await.json();
    assert_eq!(message["status"], "delivered");
    assert_eq!(
        message["receipts"].as_array().unwrap().last().unwrap()["word"],
        "delivered",
        "{message}"
    );
}

#[tokio::test]
async fn a_get_is_taken_where_a_number_is_set_to_get() {
    let service = Service::new().await;
    service.joins("Maria", MARIA).await;
    let path = format!(
        "/api/twilio/sms?MessageSid=SM11&AccountSid={ACCOUNT}&From=%2B14155552671&To=%2B14155550100&Body=by+GET&SmsStatus=received"
    );
    let url = format!("{PUBLIC}{path}");
    let signature = providers::twilio::signature::sign(&url, &[], &domain::Secret::new(TOKEN));
    let request = Request::get(&path)
        .header("x-twilio-signature", signature)
        .body(Body::empty())
        .unwrap();
    let reply = service.call(request).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(inbound(&service).await, ["by GET"]);
}

#[tokio::test]
async fn whatever_is_altered_is_refused_and_leaves_nothing() {
    let service = Service::new().await;
    service.joins("Maria", MARIA).await;
    let pairs = says("SM00000000000000000000000000000004", MARIA, OURS, "Hi");
    let whole = signed("/api/twilio/sms", &pairs);
    let signature = whole.headers()["x-twilio-signature"]
        .to_str()
        .unwrap()
        .to_owned();
    let mut altered = pairs.clone();
    altered[7].1 = "Hi!";
    let mut more = pairs.clone();
    more.push(("Extra", "1"));
    for (name, request) in [
        (
            "another text",
            form("/api/twilio/sms", &altered, Some(&signature)),
        ),
        (
            "one more pair",
            form("/api/twilio/sms", &more, Some(&signature)),
        ),
        (
            "another route",
            form("/api/whatsapp/webhook", &pairs, Some(&signature)),
        ),
        (
            "a query",
            form("/api/twilio/sms?a=1", &pairs, Some(&signature)),
        ),
        ("no signature", form("/api/twilio/sms", &pairs, None)),
        (
            "an empty signature",
            form("/api/twilio/sms", &pairs, Some("")),
        ),
    ] {
        let reply = service.call(request).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (403, "invalid_signature"),
            "{name}"
        );
        assert!(!reply.text.contains(&signature));
    }
    assert!(inbound(&service).await.is_empty());
}

#[tokio::test]
async fn without_keys_everybody_is_refused() {
    let service = Service::with(|settings| settings.twilio = None).await;
    let pairs = says("SM00000000000000000000000000000005", MARIA, OURS, "Hi");
    assert_eq!(
        service.call(signed("/api/twilio/sms", &pairs)).await.status,
        403
    );
}

#[tokio::test]
async fn a_body_past_the_bound_is_refused() {
    let service = Service::new().await;
    let text = "a".repeat(300 * 1024);
    let pairs = says("SM00000000000000000000000000000006", MARIA, OURS, &text);
    assert_eq!(
        service.call(signed("/api/twilio/sms", &pairs)).await.code(),
        "body_too_large"
    );
}

#[tokio::test]
async fn a_signed_form_that_lacks_something_is_told_so() {
    let service = Service::new().await;
    let pairs = [
        ("MessageSid", "SM!!"),
        ("AccountSid", ACCOUNT),
        ("From", MARIA),
        ("To", OURS),
        ("Body", "x"),
    ];
    let reply = service.call(signed("/api/twilio/sms", &pairs)).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (400, "invalid_form"),
        "{}",
        reply.text
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_stored_in_time_is_answered_503_within_two_seconds() {
    let service = Service::stuck().await;
    let message = says("SM00000000000000000000000000000012", MARIA, OURS, "Hi");
    let receipt = [
        ("MessageSid", "SM13"),
        ("MessageStatus", "delivered"),
        ("AccountSid", ACCOUNT),
        ("To", MARIA),
    ];
    for request in [
        signed("/api/twilio/sms", &message),
        signed("/api/twilio/status", &receipt),
    ] {
        let asked = tokio::time::Instant::now();
        let reply = service.call(request).await;
        assert!(asked.elapsed() < std::time::Duration::from_secs(2));
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (503, "unavailable")
        );
        assert!(reply.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn the_longest_scoped_user_is_heard() {
    let service = Service::new().await;
    let from = format!("whatsapp:US.ENT.{}", "a1".repeat(64));
    let ours = format!("whatsapp:{OURS}");
    let sid = "SM00000000000000000000000000000003";
    let pairs = says(sid, &from, &ours, "STOP");
    // Twice: answered after the commit, and known the second time.
    for _ in 0..2 {
        let reply = service.call(signed("/api/whatsapp/webhook", &pairs)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
}
