//! Templates: listed, submitted once, asked about.

use http::Method;
use serde_json::{Value, json};

use crate::service::Service;

fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == name)
        .unwrap()
}

#[tokio::test]
async fn a_draft_is_submitted_once_and_listed_with_its_variables() {
    let service = Service::new().await;
    let list = service.get("/api/v1/templates").await.json();
    let tip = named(&list, "tip");
    assert_eq!(tip["status"], "draft");
    assert_eq!(
        (&tip["may_be_sent"], &tip["provider_template_id"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(
        tip["variables"],
        json!([{"number": "1", "name": "name", "kind": "name"}])
    );
    let set = named(&list, "welcome");
    assert_eq!(
        (&set["from"], &set["status"]),
        (&json!("setting"), &json!("approved"))
    );

    let submit = async |body: Value| {
        service
            .send(Method::POST, "/api/v1/templates/submit", body)
            .await
    };
    let first = submit(json!({})).await.json();
    assert_eq!(first["items"][0]["outcome"], "created", "{first}");
    assert_eq!(first["items"][0]["status"], "approved");
    let second = submit(json!({"names": ["tip"]})).await.json();
    assert_eq!(second["items"][0]["outcome"], "unchanged", "{second}");
    assert_eq!(
        second["items"][0]["provider_template_id"],
        first["items"][0]["provider_template_id"]
    );
    let unknown = submit(json!({"names": ["nope"]})).await;
    assert_eq!(
        (unknown.status.as_u16(), &*unknown.code()),
        (422, "unknown_template")
    );

    let list = service.get("/api/v1/templates").await.json();
    let tip = named(&list, "tip");
    assert_eq!(
        (&tip["may_be_sent"], &tip["category"]),
        (&json!(true), &json!("UTILITY"))
    );
    assert_eq!(tip["version"], first["items"][0]["version"]);
    let synced = service
        .send(Method::POST, "/api/v1/templates/sync", json!({}))
        .await
        .json();
    assert_eq!(synced["asked"], 2, "{synced}");
    assert!(synced["items"].as_array().unwrap().len() <= 1, "{synced}");
}
