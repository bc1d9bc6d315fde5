//! Templates: reviewed by rule and by hand, and what becomes of messages meanwhile.

use serde_json::{Value, json};

use crate::world::World;

const ANA: &str = "+14155550123";
const BIA: &str = "+5511955550123";

async fn submitted(world: &World, body: &str, submit: Value) -> (String, Value) {
    let content = json!({
        "friendly_name": "t", "language": "en", "variables": {"1": "Ana"},
        "types": {"twilio/text": {"body": body}},
    });
    let made = world.twilio_json("POST", "/v1/Content", &content).await;
    let sid = sid_of(&made.json());
    let approvals = format!("/v1/Content/{sid}/ApprovalRequests");
    let asked = world
        .twilio_json("POST", &format!("{approvals}/whatsapp"), &submit)
        .await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    let fetched = world.twilio("GET", &approvals, &[]).await.json();
    (sid, fetched.get("whatsapp").cloned().unwrap_or_default())
}

fn sid_of(made: &Value) -> String {
    let sid = made.get("sid").and_then(Value::as_str);
    sid.expect("it was made").to_owned()
}

fn utility() -> Value {
    json!({"name": "t", "category": "UTILITY"})
}

async fn code_of(world: &World, to: &str, sid: &str) -> String {
    let to = format!("whatsapp:{to}");
    let template = [("To", to.as_str()), ("Body", ""), ("ContentSid", sid)];
    let sent = world.send_whatsapp(&template).await.json();
    let sid = sid_of(&sent);
    let hook = world
        .receiver
        .until(|hook| {
            hook.get("MessageSid") == Some(&sid)
                && ["failed", "undelivered", "delivered"]
                    .contains(&hook.get("MessageStatus").unwrap_or_default())
        })
        .await;
    hook.get("ErrorCode").unwrap_or("delivered").to_owned()
}

#[tokio::test]
async fn a_template_that_breaks_a_rule_is_rejected_with_its_reason() {
    let world = World::new().await;
    world.phone(ANA, json!({})).await;
    let (sid, approval) = submitted(&world, "Hi {{1}}, how was your week?", utility()).await;
    assert_eq!(approval["status"], "approved");
    assert_eq!(code_of(&world, ANA, &sid).await, "delivered");
    for (body, why) in [
        ("{{1}}, how was your week?", "start or the end"),
        ("Hi {{1}}!", "too many variables"),
        (
            "Hi {{1}} and {{2}}, how was your week with us?",
            "no sample",
        ),
        ("Hi {{1}}, how was your week?", "repeats another"),
    ] {
        let (sid, approval) = submitted(&world, body, utility()).await;
        assert_eq!(approval["status"], "rejected", "{body}");
        let reason = approval["rejection_reason"].as_str().unwrap();
        assert!(
            reason.starts_with("INVALID_FORMAT") && reason.contains(why),
            "{reason}"
        );
        assert_eq!(code_of(&world, ANA, &sid).await, "63040", "{body}");
    }
}

#[tokio::test]
async fn advertising_is_moved_to_marketing_which_does_not_reach_us_numbers() {
    let world = World::new().await;
    world.phone(ANA, json!({})).await;
    world.phone(BIA, json!({})).await;
    let offer = "Hi {{1}}, 20% off all plans today.";
    let (sid, approval) = submitted(&world, offer, utility()).await;
    assert_eq!(
        (&approval["status"], &approval["category"]),
        (&json!("approved"), &json!("MARKETING"))
    );
    assert_eq!(code_of(&world, ANA, &sid).await, "63049");
    assert_eq!(code_of(&world, BIA, &sid).await, "delivered");
    let strict = json!({"name": "t", "category": "UTILITY", "allow_category_change": false});
    let (_, refused) = submitted(&world, "Hi {{1}}, 30% off all plans today.", strict).await;
    assert_eq!(refused["rejection_reason"], "INCORRECT_CATEGORY");
}

#[tokio::test]
async fn a_person_pauses_reinstates_and_moves_a_template() {
    let world = World::new().await;
    world.phone(ANA, json!({})).await;
    let (sid, _) = submitted(&world, "Hi {{1}}, how was your week?", utility()).await;
    let path = format!("/templates/{sid}/approval");
    let set = async |what: Value| world.control("PUT", &path, what).await;
    assert_eq!(
        set(json!({"status": "paused"})).await.json()["status"],
        "paused"
    );
    assert_eq!(code_of(&world, ANA, &sid).await, "63041");
    let back = set(json!({"status": "reinstated"})).await.json();
    assert_eq!(back["status"], "approved");
    assert_eq!(code_of(&world, ANA, &sid).await, "delivered");
    let moved = set(json!({"category": "MARKETING"})).await.json();
    assert_eq!(
        (&moved["status"], &moved["category"]),
        (&json!("approved"), &json!("MARKETING"))
    );
    assert_eq!(code_of(&world, ANA, &sid).await, "63049");
    for (what, code) in [
        (json!({"status": "adored"}), "unknown_status"),
        (json!({"category": "SPAM"}), "unknown_category"),
        (json!({}), "nothing_asked"),
    ] {
        let refused = set(what).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (422, Some(code))
        );
    }
}
