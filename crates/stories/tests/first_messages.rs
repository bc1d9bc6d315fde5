//! A message goes out, arrives, is answered, and everyone can see it.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, World, text};

#[tokio::test]
async fn a_workout_arrives_by_sms_and_says_why_it_went_that_way() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let id = world
        .sends(
            &james,
            json!({"kind": "daily_workout", "content": "5 rounds: 10 squats, 10 push-ups"}),
        )
        .await?;
    let message = world.reaches(&id, &["delivered"]).await?;
    assert_eq!(
        james.received(Channel::Sms).await?,
        ["5 rounds: 10 squats, 10 push-ups"]
    );
    assert_eq!(text(&message, "channel"), "sms");
    assert_eq!(message.get("segments").and_then(Value::as_u64), Some(1));
    let reasons = message
        .pointer("/decision/reasons")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    assert!(!reasons.is_empty(), "no reason: {message}");
    assert!(message.get("attempts").is_some());
    Ok(())
}

#[tokio::test]
async fn a_question_is_answered_on_the_channel_it_came_on_and_read() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(
            Joining::called("Maria")
                .opted_in(Channel::Sms)
                .opted_in(Channel::Whatsapp)
                .prefers(Channel::Sms)
                .on_a_phone("read_receipts", json!(true)),
        )
        .await?;
    maria
        .texts(Channel::Whatsapp, "What is today's workout?")
        .await?;
    world
        .until("an answer on WhatsApp", async || {
            Ok((maria.inbox(Channel::Whatsapp).await?.len() == 1).then_some(()))
        })
        .await?;
    assert!(maria.inbox(Channel::Sms).await?.is_empty());
    let list = world
        .api
        .get(&format!(
            "/api/v1/messages?member={}&kind=chat_reply",
            maria.id
        ))
        .await?
        .json();
    let id = list
        .pointer("/items/0/id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    world.reaches(&id, &["read"]).await?;
    Ok(())
}

#[tokio::test]
async fn two_questions_in_a_row_are_both_answered() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    james
        .texts(Channel::Sms, "What is today's workout?")
        .await?;
    james
        .texts(Channel::Sms, "And is there coffee in the gym?")
        .await?;
    world
        .until("two answers", async || {
            Ok((james.inbox(Channel::Sms).await?.len() == 2).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    assert_eq!(james.inbox(Channel::Sms).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn messages_of_a_lane_arrive_in_the_order_they_were_accepted() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let mut last = String::new();
    for number in 1..=20 {
        last = world
            .sends(&james, json!({"content": format!("Number {number}")}))
            .await?;
    }
    world.reaches(&last, &["delivered"]).await?;
    let expected: Vec<String> = (1..=20).map(|number| format!("Number {number}")).collect();
    assert_eq!(james.received(Channel::Sms).await?, expected);
    Ok(())
}

#[tokio::test]
async fn the_daily_workout_comes_once_at_the_members_hour_and_a_chat_does_not_replace_it()
-> anyhow::Result<()> {
    let world = World::new().await?;
    // Noon UTC is six in the morning in Chicago.
    let early = world
        .joins(
            Joining::called("Early")
                .opted_in(Channel::Sms)
                .with("preferred_send_hour", json!(6)),
        )
        .await?;
    let late = world
        .joins(
            Joining::called("Late")
                .opted_in(Channel::Sms)
                .with("preferred_send_hour", json!(18)),
        )
        .await?;
    early.texts(Channel::Sms, "Good morning!").await?;
    world
        .until("an answer", async || {
            Ok((early.inbox(Channel::Sms).await?.len() == 1).then_some(()))
        })
        .await?;
    for _ in 0..3 {
        assert_eq!(world.cron("daily-messages").await?.status, 200);
    }
    world
        .until("the workout", async || {
            Ok((early.inbox(Channel::Sms).await?.len() == 2).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    assert_eq!(early.inbox(Channel::Sms).await?.len(), 2);
    assert!(late.inbox(Channel::Sms).await?.is_empty());
    world.passes(Seconds::new(24 * 3600));
    assert_eq!(world.cron("daily-messages").await?.status, 200);
    world
        .until("the next day's", async || {
            Ok((early.inbox(Channel::Sms).await?.len() == 3).then_some(()))
        })
        .await?;
    Ok(())
}

#[tokio::test]
async fn who_joins_after_their_hour_begins_with_the_next_day() -> anyhow::Result<()> {
    let world = World::new().await?;
    // Noon UTC is six in the morning in Chicago: five o'clock has just been.
    let new = world
        .joins(
            Joining::called("New")
                .opted_in(Channel::Sms)
                .with("preferred_send_hour", json!(5)),
        )
        .await?;
    assert_eq!(world.cron("daily-messages").await?.status, 200);
    world.is_quiet().await?;
    assert!(new.inbox(Channel::Sms).await?.is_empty());
    world.passes(Seconds::new(24 * 3600));
    assert_eq!(world.cron("daily-messages").await?.status, 200);
    world
        .until("the first workout", async || {
            Ok((new.inbox(Channel::Sms).await?.len() == 1).then_some(()))
        })
        .await
}

#[tokio::test]
async fn cron_without_the_secret_does_nothing() -> anyhow::Result<()> {
    let world = World::new().await?;
    for headers in [&[][..], &[("authorization", "Bearer wrong")][..]] {
        let response = world
            .api
            .send("POST", "/api/cron/daily-messages", headers, "")
            .await?;
        assert!([401, 403].contains(&response.status), "{}", response.status);
    }
    Ok(())
}

#[tokio::test]
async fn a_message_is_cancelled_before_it_leaves_and_not_after() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let tomorrow = (world.clock_now() + Seconds::new(24 * 3600)).to_string();
    let waiting = world
        .sends(
            &james,
            json!({"content": "Tomorrow", "not_before": tomorrow}),
        )
        .await?;
    let gone = world
        .sends(&james, json!({"content": "Now", "queue": "other"}))
        .await?;
    world.reaches(&gone, &["delivered"]).await?;
    let cancelled = world
        .api
        .json(
            "POST",
            &format!("/api/v1/messages/{waiting}/cancel"),
            &json!({}),
        )
        .await?;
    assert_eq!(cancelled.status, 200, "{}", cancelled.json());
    assert_eq!(text(&world.message(&waiting).await?, "status"), "cancelled");
    let late = world
        .api
        .json(
            "POST",
            &format!("/api/v1/messages/{gone}/cancel"),
            &json!({}),
        )
        .await?;
    assert_eq!((late.status, late.code()), (409, "too_late".to_owned()));
    assert_eq!(text(&world.message(&gone).await?, "status"), "delivered");
    world.passes(Seconds::new(48 * 3600));
    world.is_quiet().await?;
    assert_eq!(james.received(Channel::Sms).await?, ["Now"]);
    Ok(())
}

#[tokio::test]
async fn the_same_key_is_answered_with_the_same_message_and_another_body_is_refused()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let body = json!({"member_id": james.id, "content": "Once"});
    let (one, two) = tokio::join!(
        world.api.post_once("/api/v1/messages", "key-1", &body),
        world.api.post_once("/api/v1/messages", "key-1", &body),
    );
    let (one, two) = (one?, two?);
    assert_eq!((one.status, two.status), (202, 202));
    assert_eq!(
        text(&one.json(), "message_id"),
        text(&two.json(), "message_id")
    );
    let other = json!({"member_id": james.id, "content": "Another"});
    let refused = world
        .api
        .post_once("/api/v1/messages", "key-1", &other)
        .await?;
    assert_eq!(
        (refused.status, refused.code()),
        (422, "idempotency_key_reused".to_owned())
    );
    world.is_quiet().await?;
    assert_eq!(james.received(Channel::Sms).await?, ["Once"]);
    Ok(())
}

#[tokio::test]
async fn a_repeated_call_is_answered_as_it_was_also_after_the_message_has_expired()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let end = (world.clock_now() + Seconds::new(3600)).to_string();
    let body = json!({"member_id": james.id, "content": "For an hour", "expires_at": end});
    let first = world
        .api
        .post_once("/api/v1/messages", "key-2", &body)
        .await?;
    assert_eq!(first.status, 202, "{}", first.json());
    world.passes(Seconds::new(7200));
    let again = world
        .api
        .post_once("/api/v1/messages", "key-2", &body)
        .await?;
    assert_eq!(again.status, 202, "{}", again.json());
    assert_eq!(
        text(&first.json(), "message_id"),
        text(&again.json(), "message_id")
    );
    let fresh = world
        .api
        .post_once("/api/v1/messages", "key-3", &body)
        .await?;
    assert_eq!(
        (fresh.status, fresh.code()),
        (422, "expired_already".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn a_message_whose_webhook_was_lost_is_found_on_the_carriers_list_once() -> anyhow::Result<()>
{
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world
        .sandbox
        .sends_webhooks_to("http://127.0.0.1:9/nobody-listens")
        .await?;
    james
        .texts(Channel::Sms, "What is today's workout?")
        .await?;
    let found = world.cron("check-stalled-queues").await?;
    assert_eq!(found.status, 200, "{}", found.json());
    assert_eq!(
        found.json().get("inbound_found"),
        Some(&json!(1)),
        "{}",
        found.json()
    );
    world
        .until("an answer", async || {
            Ok((james.inbox(Channel::Sms).await?.len() == 1).then_some(()))
        })
        .await?;
    let again = world.cron("check-stalled-queues").await?.json();
    assert_eq!(again.get("inbound_found"), Some(&json!(0)), "{again}");
    world.is_quiet().await?;
    assert_eq!(james.inbox(Channel::Sms).await?.len(), 1);
    Ok(())
}
