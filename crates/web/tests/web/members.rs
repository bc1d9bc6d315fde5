//! Members: made once, read, changed, erased.

use http::Method;
use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn a_member_is_made_read_changed_and_erased() {
    let service = Service::new().await;
    let made = service
        .post(
            "/api/v1/members",
            json!({
                "name": "Maria Souza", "phone": "(415) 555-2671", "country": "us", "email": "maria@example.com",
                "time_zone": "America/Sao_Paulo", "locale": "pt-BR", "preferred_send_hour": 7,
                "preferred_channel": "whatsapp",
                "consents": [{"channel": "whatsapp", "state": "opted_in", "source": "join_page", "wording": "Yes."}],
            }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.headers["cache-control"], "no-store");
    let member = made.json();
    assert_eq!(member["phone"], "+14155552671");
    assert_eq!(member["country"], "US");
    let id = member["id"].as_str().unwrap();
    let path = format!("/api/v1/members/{id}");
    let consents = service.get(&path).await.json()["consents"].clone();
    let whatsapp = consents
        .as_array()
        .unwrap()
        .iter()
        .find(|consent| consent["channel"] == "whatsapp")
        .unwrap();
    assert_eq!(whatsapp["state"], "opted_in");

    let changed = service
        .send(
            Method::PATCH,
            &path,
            json!({"preferred_send_hour": 6, "preferred_channel": null}),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["preferred_send_hour"], 6);
    assert!(changed.json()["preferred_channel"].is_null());
    assert_eq!(changed.json()["email"], "maria@example.com");

    let found = service
        .get("/api/v1/members?phone=+14155552671")
        .await
        .json();
    assert_eq!(found["items"][0]["id"], id);
    assert_eq!(
        service
            .send(Method::DELETE, &path, json!(null))
            .await
            .status,
        204
    );
    assert_eq!(service.get(&path).await.code(), "unknown_member");
    assert_eq!(
        service.get("/api/v1/members").await.json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn wishes_for_sorts_of_messages_change_one_by_one() {
    let service = Service::new().await;
    let made = service
        .post(
            "/api/v1/members",
            json!({
                "name": "Ana", "phone": "+14155552671", "preferred_channel": "sms", "cohort": "team",
                "preferences": {"daily_workouts": "whatsapp", "weekly_checkins": "sms"},
            }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let member = made.json();
    assert_eq!(member["cohort"], "team");
    assert_eq!(
        member["preferences"],
        json!({
            "daily_workouts": "whatsapp", "weekly_checkins": "sms",
            "chat_responses": null, "system_notifications": null,
        })
    );
    let path = format!("/api/v1/members/{}", member["id"].as_str().unwrap());
    let changed = service
        .send(
            Method::PATCH,
            &path,
            json!({"preferences": {"weekly_checkins": null, "chat_responses": "sms"}, "cohort": null}),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(
        changed.json()["preferences"],
        json!({
            "daily_workouts": "whatsapp", "weekly_checkins": null,
            "chat_responses": "sms", "system_notifications": null,
        })
    );
    assert!(changed.json()["cohort"].is_null());
    let refused = service
        .send(
            Method::PATCH,
            &path,
            json!({"preferences": {"daily_workouts": "pigeon"}, "cohort": "a b"}),
        )
        .await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("preferences.daily_workouts"));
    assert!(refused.text.contains("cohort"));
}

#[tokio::test]
async fn a_member_is_made_once_for_one_key_and_a_number_belongs_to_one() {
    let service = Service::new().await;
    let body = json!({"name": "James", "phone": "+14155552672"});
    let first = service
        .post_once("/api/v1/members", "join-1", body.clone())
        .await;
    let again = service
        .post_once("/api/v1/members", "join-1", body.clone())
        .await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.text, again.text);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = service
        .post_once(
            "/api/v1/members",
            "join-1",
            json!({"name": "Jim", "phone": "+14155552673"}),
        )
        .await;
    assert_eq!(
        (other.status.as_u16(), other.code().as_str()),
        (422, "idempotency_key_reused")
    );
    let taken = service.post("/api/v1/members", body).await;
    assert_eq!(
        (taken.status.as_u16(), taken.code().as_str()),
        (409, "phone_taken")
    );
    assert_eq!(taken.json()["member_id"], first.json()["id"]);
}

#[tokio::test]
async fn a_consent_is_recorded_and_an_opt_out_is_not_undone_without_proof() {
    let service = Service::new().await;
    let id = service.joins("Maria", "+14155552674").await;
    let path = format!("/api/v1/members/{id}/consents/sms");
    let out = service
        .send(
            Method::PUT,
            &path,
            json!({"state": "opted_out", "source": "support"}),
        )
        .await;
    assert_eq!(
        (out.status.as_u16(), out.json()["state"].as_str()),
        (200, Some("opted_out")),
        "{}",
        out.text
    );
    let without = service
        .send(
            Method::PUT,
            &path,
            json!({"state": "opted_in", "source": "crm"}),
        )
        .await;
    assert_eq!(without.json()["state"], "opted_out");
    let with = service
        .send(
            Method::PUT,
            &path,
            json!({"state": "opted_in", "source": "settings_page", "wording": "Yes, text me."}),
        )
        .await;
    assert_eq!(with.json()["state"], "opted_in");
    let import = service
        .send(
            Method::PUT,
            &path,
            json!({"state": "opted_in", "source": "import"}),
        )
        .await;
    assert_eq!(import.status, 422);
    let email = format!("/api/v1/members/{id}/consents/email");
    assert_eq!(
        service
            .send(
                Method::PUT,
                &email,
                json!({"state": "opted_in", "source": "x"})
            )
            .await
            .field(),
        "channel"
    );
    let fax = format!("/api/v1/members/{id}/consents/fax");
    assert_eq!(
        service
            .send(
                Method::PUT,
                &fax,
                json!({"state": "opted_in", "source": "x"})
            )
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn members_are_listed_page_by_page() {
    let service = Service::new().await;
    for number in 0..5 {
        service
            .joins("Somebody", &format!("+1415555268{number}"))
            .await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/members?limit=2".to_owned();
    loop {
        let page = service.get(&path).await.json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|member| member["phone"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/members?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let expected: Vec<_> = (0..5)
        .rev()
        .map(|number| format!("+1415555268{number}"))
        .collect();
    assert_eq!(seen, expected);
}
