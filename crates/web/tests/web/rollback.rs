//! A rollback: asked about, done, undone, and what it refuses.

use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn a_rollback_is_asked_about_done_and_undone() {
    let service = Service::new().await;
    let asked = service.get("/api/v1/rollback?to=sms").await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let asked = asked.json();
    assert_eq!(asked["now"], "whatsapp");
    assert!(asked["rolled_back"].is_null());
    assert_eq!(asked["preview"]["waiting"], 0);
    assert_eq!(asked["preview"]["more"], false);
    let nothing = service.get("/api/v1/rollback?to=whatsapp").await.json();
    assert!(nothing["preview"].is_null(), "it is there already");

    let body = json!({"to": "sms", "reason": "late"});
    let done = service.post("/api/v1/rollback", body.clone()).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let done = done.json();
    assert_eq!(done["now"], "sms");
    assert_eq!(done["rolled_back"]["scope"], "rollback:sms");
    assert_eq!(done["rolled_back"]["reason"], "late");
    assert!(done["rolled_back"]["actor"].is_string());
    let again = service.post("/api/v1/rollback", body).await.json();
    assert_eq!(again["rolled_back"]["since"], done["rolled_back"]["since"]);
    let listed = service.get("/api/v1/switches").await.json();
    assert_eq!(listed["items"][0]["scope"], "rollback:sms");

    let undone = service
        .post("/api/v1/rollback", json!({"to": "whatsapp"}))
        .await
        .json();
    assert_eq!(undone["now"], "whatsapp");
    assert_eq!(
        service.get("/api/v1/switches").await.json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_rollback_wants_a_way_and_a_reason() {
    let service = Service::new().await;
    for body in [
        json!({"to": "sms"}),
        json!({"to": "sms", "reason": "  "}),
        json!({"to": "email", "reason": "why not"}),
        json!({"to": "pigeon", "reason": "why not"}),
        json!({"reason": "where to"}),
    ] {
        let refused = service.post("/api/v1/rollback", body.clone()).await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.text);
    }
    for path in ["/api/v1/rollback", "/api/v1/rollback?to=web"] {
        assert_eq!(service.get(path).await.status, 422, "{path}");
    }
    let switches = service.get("/api/v1/switches").await.json();
    assert_eq!(switches["items"], json!([]), "nothing was changed");
}
