//! Messages: handed in one by one and many at once, read back, taken back.

use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn a_message_is_stored_and_can_be_read_with_its_reasons() {
    let service = Service::new().await;
    let member = service.joins("Maria", "+14155552671").await;
    let sent = service
        .post(
            "/api/v1/messages/immediate",
            json!({"member_id": member, "content": "Squats today", "kind": "system"}),
        )
        .await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let message = sent.json();
    assert_eq!(
        message["attempts"].as_array().unwrap().len(),
        1,
        "{}",
        sent.text
    );
    let id = message["id"].as_str().unwrap();
    let read = service.get(&format!("/api/v1/messages/{id}")).await.json();
    assert_eq!(read["content"], "Squats today");
    assert_eq!(read["channel"], "sms");
    assert!(read["decision"].is_object(), "{read}");
    assert_eq!(read["cost"]["estimated"], "0.0113");
    assert!(read["cost"]["actual"].is_null());
    assert_eq!(read["attempts"][0]["number"], 1);
    assert_eq!(service.local.messages().len(), 1);
}

#[tokio::test]
async fn a_message_is_handed_in_once_for_one_key() {
    let service = Service::new().await;
    let member = service.joins("James", "+14155552672").await;
    let body = json!({"member_id": member, "content": "Once"});
    let first = service
        .post_once("/api/v1/messages", "k-1", body.clone())
        .await;
    assert_eq!(first.status, 202, "{}", first.text);
    let answer = first.json();
    let suffix = |name: &str| {
        answer[name]
            .as_str()
            .unwrap()
            .split_once('_')
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(suffix("message_id"), suffix("queue_entry_id"));
    assert_eq!(answer["status"], "queued");
    let again = service
        .post_once("/api/v1/messages", "k-1", body.clone())
        .await;
    assert_eq!(again.text, first.text);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = service
        .post_once(
            "/api/v1/messages",
            "k-1",
            json!({"member_id": member, "content": "Twice"}),
        )
        .await;
    assert_eq!(other.code(), "idempotency_key_reused");
    let list = service
        .get(&format!("/api/v1/messages?member={member}"))
        .await
        .json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn each_message_of_a_batch_stands_or_falls_for_itself() {
    let service = Service::new().await;
    let member = service.joins("Maria", "+14155552671").await;
    let stranger = member.replace(|c: char| c.is_ascii_digit(), "0");
    let body = json!([
        {"member_id": member, "content": "One"},
        {"member_id": member, "content": ""},
        {"member_id": stranger, "content": "Two"},
        {"member_id": member, "content": "Three", "kind": "knock"},
        {"member_id": member, "content": "Four", "nonsense": 1},
        {"member_id": member, "content": "Five"},
    ]);
    let reply = service
        .post_once("/api/v1/messages/batch", "b-1", body.clone())
        .await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    let answer = reply.json();
    let codes: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            result["error"]["code"]
                .as_str()
                .unwrap_or("accepted")
                .to_owned()
        })
        .collect();
    assert_eq!(
        codes,
        [
            "accepted",
            "invalid_request",
            "unknown_member",
            "reserved_kind",
            "invalid_request",
            "accepted"
        ],
        "{answer}"
    );
    assert_eq!(
        (answer["accepted"].as_u64(), answer["refused"].as_u64()),
        (Some(2), Some(4))
    );
    let again = service
        .post_once("/api/v1/messages/batch", "b-1", body)
        .await;
    assert_eq!(again.text, reply.text);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let in_object = service
        .post("/api/v1/messages/batch", json!({"messages": []}))
        .await;
    assert_eq!(
        (
            in_object.status.as_u16(),
            in_object.json()["results"].clone()
        ),
        (202, json!([]))
    );
}

#[tokio::test]
async fn a_message_that_waits_is_taken_back_and_one_that_left_is_not() {
    let service = Service::new().await;
    let member = service.joins("James", "+14155552672").await;
    let later =
        json!({"member_id": member, "content": "Later", "not_before": "2026-12-24T08:00:00+01:00"});
    let id = service.post("/api/v1/messages", later).await.json()["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let cancelled = service
        .post(&format!("/api/v1/messages/{id}/cancel"), json!({}))
        .await;
    assert_eq!(
        (
            cancelled.status.as_u16(),
            cancelled.json()["status"].as_str()
        ),
        (200, Some("cancelled"))
    );
    assert_eq!(
        service.get(&format!("/api/v1/messages/{id}")).await.json()["status"],
        "cancelled"
    );

    let now = json!({"member_id": member, "content": "Now"});
    let sent = service.post("/api/v1/messages/immediate", now).await.json();
    let id = sent["id"].as_str().unwrap();
    for verb in ["cancel", "retry"] {
        let late = service
            .post(&format!("/api/v1/messages/{id}/{verb}"), json!({}))
            .await;
        assert_eq!(
            (late.status.as_u16(), late.code().as_str()),
            (409, "too_late"),
            "{verb}: {}",
            late.text
        );
    }
}

#[tokio::test]
async fn messages_are_listed_by_what_is_asked() {
    let service = Service::new().await;
    let member = service.joins("Maria", "+14155552671").await;
    for number in 0..3 {
        let body = json!({
            "member_id": member, "content": format!("Number {number}"), "kind": "broadcast",
            "not_before": "2026-12-24T07:00:00Z",
        });
        assert_eq!(service.post("/api/v1/messages", body).await.status, 202);
    }
    let list = async |query: &str| {
        let query = format!("/api/v1/messages?{query}");
        let page = service.get(&query).await.json();
        (
            page["items"].as_array().unwrap().len(),
            page["next_cursor"].as_str().map(str::to_owned),
        )
    };
    assert_eq!(list("kind=broadcast").await, (3, None));
    assert_eq!(list("kind=welcome").await, (0, None));
    assert_eq!(list("direction=inbound").await, (0, None));
    let (count, cursor) = list("limit=2").await;
    assert_eq!(count, 2);
    let rest = service
        .get(&format!(
            "/api/v1/messages?limit=2&cursor={}",
            cursor.unwrap()
        ))
        .await
        .json();
    assert_eq!(rest["items"][0]["content"], "Number 0");
    assert!(rest["next_cursor"].is_null());
}

#[tokio::test]
async fn a_plan_sends_nothing() {
    let service = Service::new().await;
    let member = service.joins("Maria", "+14155552671").await;
    let before = service.everything().await;
    let plan = service
        .get(&format!(
            "/api/v1/members/{member}/plan?kind=daily_workout&content=Squats%20today"
        ))
        .await;
    assert_eq!(plan.status, 200, "{}", plan.text);
    assert_eq!(service.everything().await, before);
    assert!(service.local.messages().is_empty());
    let empty = service
        .get(&format!("/api/v1/members/{member}/plan?kind=daily_workout"))
        .await;
    assert_eq!(
        (empty.status.as_u16(), empty.field().as_str()),
        (422, "content")
    );
}
