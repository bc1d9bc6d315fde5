//! WhatsApp: the window decides the form, at the moment of sending.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

async fn maria(world: &World) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called("Maria")
                .opted_in(Channel::Sms)
                .opted_in(Channel::Whatsapp)
                .prefers(Channel::Whatsapp),
        )
        .await
}

#[tokio::test]
async fn outside_the_window_a_template_knocks_and_any_reply_releases_the_workout()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let body = "3 rounds:\n- 10 squats\n- 10 push-ups";
    let id = world
        .sends(&maria, json!({"kind": "daily_workout", "content": body}))
        .await?;
    let held = world.reaches(&id, &["held"]).await?;
    assert_eq!(
        held.pointer("/decision/reasons/0/code"),
        Some(&json!("behind_knock")),
        "{held}"
    );
    world
        .until("the knock", async || {
            Ok((maria.inbox(Channel::Whatsapp).await?.len() == 1).then_some(()))
        })
        .await?;
    maria.texts(Channel::Whatsapp, "ready").await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    let texts = maria.received(Channel::Whatsapp).await?;
    assert!(texts.iter().any(|text| text == body), "{texts:?}");
    assert_eq!(texts.iter().filter(|text| *text == body).count(), 1);
    assert!(maria.inbox(Channel::Sms).await?.is_empty());
    // What waited is the answer: no second message thanks for the reply.
    world.is_quiet().await?;
    assert_eq!(maria.inbox(Channel::Whatsapp).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_question_in_reply_to_a_knock_gets_an_answer_of_its_own() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let id = world
        .sends(
            &maria,
            json!({"kind": "daily_workout", "content": "Squats"}),
        )
        .await?;
    world.reaches(&id, &["held"]).await?;
    maria
        .texts(Channel::Whatsapp, "How long will it take?")
        .await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    world
        .until("the answer", async || {
            let texts = maria.received(Channel::Whatsapp).await?;
            Ok(texts
                .iter()
                .any(|text| text.starts_with("Good question"))
                .then_some(()))
        })
        .await
}

#[tokio::test]
async fn a_held_workout_expires_with_its_day_and_says_so() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let end = (world.clock_now() + Seconds::new(6 * 3600)).to_string();
    let id = world
        .sends(
            &maria,
            json!({"kind": "daily_workout", "content": "Squats", "expires_at": end}),
        )
        .await?;
    world.reaches(&id, &["held"]).await?;
    world
        .until("the knock", async || {
            Ok((maria.inbox(Channel::Whatsapp).await?.len() == 1).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    world.passes(Seconds::new(7 * 3600));
    let expired = world.reaches(&id, &["expired"]).await?;
    assert_eq!(text(&expired, "status"), "expired");
    maria.texts(Channel::Whatsapp, "ready").await?;
    world.is_quiet().await?;
    assert!(
        !maria
            .received(Channel::Whatsapp)
            .await?
            .contains(&"Squats".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn inside_the_window_free_text_goes_and_a_day_later_it_does_not() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    maria.texts(Channel::Whatsapp, "hola").await?;
    world.is_quiet().await?;
    let open = world
        .sends(&maria, json!({"kind": "daily_workout", "content": "Now"}))
        .await?;
    world.reaches(&open, &["delivered", "read"]).await?;
    // Our own messages do not keep the window open; the margin closes it early.
    world.passes(Seconds::new(24 * 3600 - 100));
    let closed = world
        .sends(&maria, json!({"kind": "daily_workout", "content": "Later"}))
        .await?;
    world.reaches(&closed, &["held"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_closed_window_heard_from_the_provider_is_not_an_absent_whatsapp() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    maria.texts(Channel::Whatsapp, "hola").await?;
    world.is_quiet().await?;
    world
        .carrier_fails(json!({"errors": {"63016": 1.0}}))
        .await?;
    let id = world
        .sends(
            &maria,
            json!({"kind": "daily_workout", "content": "Squats"}),
        )
        .await?;
    // The provider's word closes the window: planned again behind a knock, not moved to SMS.
    world.reaches(&id, &["held"]).await?;
    world.carrier_fails(json!({})).await?;
    let member = world
        .api
        .get(&format!("/api/v1/members/{}", maria.id))
        .await?
        .json();
    assert_eq!(text(&member, "preferred_channel"), "whatsapp", "{member}");
    assert!(maria.inbox(Channel::Sms).await?.is_empty());
    maria.texts(Channel::Whatsapp, "ready").await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    Ok(())
}

#[tokio::test]
async fn who_is_not_on_whatsapp_gets_it_by_sms_with_consent() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(
            Joining::called("James")
                .opted_in(Channel::Sms)
                .opted_in(Channel::Whatsapp)
                .prefers(Channel::Whatsapp)
                .on_a_phone("whatsapp", json!(false)),
        )
        .await?;
    let id = world
        .sends(&james, json!({
            "kind": "welcome", "content": "Welcome!", "template": "welcome", "variables": {"1": "James"},
        }))
        .await?;
    let message = world.reaches(&id, &["delivered"]).await?;
    assert_eq!(text(&message, "channel"), "sms", "{message}");
    assert_eq!(james.inbox(Channel::Sms).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_template_is_sent_with_its_variables_and_a_retry_sends_the_same() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    world
        .carrier_fails(json!({"errors": {"63013": 1.0}}))
        .await?;
    let fields = json!({"kind": "welcome", "channel": "whatsapp", "template": "welcome", "variables": {"1": "Maria"}});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["failed", "undelivered"]).await?;
    world.carrier_fails(json!({})).await?;
    let retried = world
        .api
        .json("POST", &format!("/api/v1/messages/{id}/retry"), &json!({}))
        .await?;
    assert!(
        retried.status < 300,
        "{} {}",
        retried.status,
        retried.json()
    );
    world.reaches(&id, &["delivered", "read"]).await?;
    let inbox = maria.inbox(Channel::Whatsapp).await?;
    assert_eq!(inbox.len(), 1);
    let body = inbox
        .first()
        .map(|message| text(message, "body"))
        .unwrap_or_default();
    assert!(body.contains("Maria"), "{body}");
    Ok(())
}

#[tokio::test]
async fn an_unknown_template_or_a_missing_variable_is_refused_before_anything_is_stored()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    for (fields, code) in [
        (json!({"template": "no_such"}), "unknown_template"),
        (json!({"template": "welcome"}), "missing_variable"),
        (
            json!({"template": "welcome", "variables": {"1": "Maria", "9": "x"}}),
            "unknown_variable",
        ),
    ] {
        let mut body = json!({"member_id": maria.id, "kind": "welcome"});
        for (name, value) in fields.as_object().into_iter().flatten() {
            if let Some(body) = body.as_object_mut() {
                body.insert(name.clone(), value.clone());
            }
        }
        let refused = world.api.json("POST", "/api/v1/messages", &body).await?;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, code),
            "{}",
            refused.json()
        );
    }
    let list = world
        .api
        .get(&format!("/api/v1/messages?member={}", maria.id))
        .await?
        .json();
    assert_eq!(
        list.get("items").and_then(Value::as_array).map(Vec::len),
        Some(0)
    );
    Ok(())
}

#[tokio::test]
async fn a_template_begins_a_talk_that_goes_on_as_free_text() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let fields = json!({
        "kind": "weekly_checkin", "template": "weekly_checkin", "variables": {"1": "Maria"},
    });
    let first = world.sends(&maria, fields).await?;
    let first = world.reaches(&first, &["delivered", "read"]).await?;
    assert_eq!(first.pointer("/decision/form"), Some(&json!("template")));
    maria.texts(Channel::Whatsapp, "Going well").await?;
    world
        .until("an answer", async || {
            Ok((maria.inbox(Channel::Whatsapp).await?.len() == 2).then_some(()))
        })
        .await?;
    let follow_up = world
        .sends(&maria, json!({"kind": "system", "content": "Keep it up"}))
        .await?;
    let follow_up = world.reaches(&follow_up, &["delivered", "read"]).await?;
    assert_eq!(follow_up.pointer("/decision/form"), Some(&json!("text")));
    assert_eq!(text(&follow_up, "channel"), "whatsapp", "{follow_up}");
    Ok(())
}

#[tokio::test]
async fn a_window_that_closes_while_a_message_waits_is_seen_when_its_turn_comes()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    maria.texts(Channel::Whatsapp, "hola").await?;
    world.is_quiet().await?;
    let before = maria.inbox(Channel::Whatsapp).await?.len();
    let turn = (world.clock_now() + Seconds::new(24 * 3600 + 60)).to_string();
    let fields = json!({"kind": "daily_workout", "content": "Squats", "not_before": turn});
    let id = world.sends(&maria, fields).await?;
    world.passes(Seconds::new(24 * 3600 + 61));
    let held = world
        .until("it is behind a knock", async || {
            let message = world.message(&id).await?;
            let knocked = text(&message, "reason") == "behind_knock";
            Ok(knocked.then_some(message))
        })
        .await?;
    assert_eq!(text(&held, "status"), "held", "{held}");
    world
        .until("the knock", async || {
            Ok((maria.inbox(Channel::Whatsapp).await?.len() > before).then_some(()))
        })
        .await?;
    let texts = maria.received(Channel::Whatsapp).await?;
    assert!(!texts.contains(&"Squats".to_owned()), "{texts:?}");
    maria.texts(Channel::Whatsapp, "ready").await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_consent_withdrawn_on_one_channel_closes_that_one_only() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    maria.texts(Channel::Whatsapp, "hola").await?;
    world.is_quiet().await?;
    let path = format!("/api/v1/members/{}/consents/sms", maria.id);
    let withdrawn = json!({"state": "opted_out", "source": "settings_page", "wording": "No SMS"});
    let answer = world.api.json("PUT", &path, &withdrawn).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    let by_sms = json!({"kind": "system", "content": "By SMS", "channel": "sms"});
    let by_sms = world.sends(&maria, by_sms).await?;
    let by_sms = world.reaches(&by_sms, &["suppressed"]).await?;
    assert_eq!(text(&by_sms, "reason"), "opted_out", "{by_sms}");
    let by_any = json!({"kind": "system", "content": "By what there is", "queue": "other"});
    let by_any = world.sends(&maria, by_any).await?;
    let by_any = world.reaches(&by_any, &["delivered", "read"]).await?;
    assert_eq!(text(&by_any, "channel"), "whatsapp", "{by_any}");
    assert!(maria.inbox(Channel::Sms).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_waits_when_stop_comes_can_say_why_it_never_went() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let later = (world.clock_now() + Seconds::new(600)).to_string();
    let fields = json!({
        "kind": "system", "content": "Later", "channel": "whatsapp", "not_before": later,
    });
    let id = world.sends(&maria, fields).await?;
    maria.texts(Channel::Whatsapp, "STOP").await?;
    let stopped = world.reaches(&id, &["suppressed"]).await?;
    let reason = stopped.pointer("/decision/reasons/0").cloned();
    let expected = json!({"code": "opted_out", "sentence": "the member said stop"});
    assert_eq!(reason, Some(expected), "{stopped:#}");
    // START opens the window and the consent; what was suppressed stays so.
    maria.texts(Channel::Whatsapp, "START").await?;
    let hello = world
        .until("START is obeyed", async || {
            let fields = json!({"kind": "system", "content": "Hello", "channel": "whatsapp"});
            let id = world.sends(&maria, fields).await?;
            let message = world
                .reaches(&id, &["suppressed", "delivered", "read"])
                .await?;
            Ok((text(&message, "status") != "suppressed").then_some(message))
        })
        .await?;
    assert_eq!(text(&hello, "channel"), "whatsapp", "{hello}");
    world.passes(Seconds::new(700));
    world.is_quiet().await?;
    assert_eq!(text(&world.message(&id).await?, "status"), "suppressed");
    Ok(())
}

#[tokio::test]
async fn a_picture_goes_each_way() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let picture = json!({"channel": "whatsapp", "text": "My squat", "media_url": pixel});
    maria.says(picture).await?;
    let heard = world
        .until("the picture", async || {
            let path = format!("/api/v1/messages?member={}", maria.id);
            let list = world.api.get(&path).await?.json();
            let items = list.get("items").and_then(Value::as_array).cloned();
            let found = items
                .unwrap_or_default()
                .into_iter()
                .find(|one| text(one, "direction") == "inbound");
            Ok(found)
        })
        .await?;
    let media = heard.get("media_urls").and_then(Value::as_array);
    assert_eq!(media.map(Vec::len), Some(1), "{heard}");
    let fields = json!({
        "kind": "system", "content": "Like this", "channel": "whatsapp",
        "media_urls": ["https://media.example/squat.png"],
    });
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    let inbox = maria.inbox(Channel::Whatsapp).await?;
    let picture = inbox.iter().find(|one| text(one, "body") == "Like this");
    assert_eq!(
        picture.and_then(|one| one.pointer("/media/0/url")),
        Some(&json!("https://media.example/squat.png")),
        "{inbox:?}"
    );
    Ok(())
}
