//! When the provider's answer does not say what became of a message: never twice, unless it was said
//! beforehand; a receipt is evidence at any age.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, World};

#[tokio::test]
async fn a_500_after_the_carrier_took_it_is_cleared_up_by_its_receipt() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world
        .carrier_fails(json!({"http_5xx_after_rate": 1.0}))
        .await?;
    let id = world
        .sends(&james, json!({"kind": "daily_workout", "content": "Once"}))
        .await?;
    world.reaches(&id, &["delivered"]).await?;
    world.carrier_fails(json!({})).await?;
    world.passes(Seconds::new(3600));
    world.is_quiet().await?;
    assert_eq!(james.received(Channel::Sms).await?, ["Once"]);
    Ok(())
}

#[tokio::test]
async fn without_evidence_a_broadcast_is_never_repeated_and_a_workout_is_marked()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world
        .carrier_fails(json!({"http_5xx_before_rate": 1.0}))
        .await?;
    let broadcast = world
        .sends(
            &james,
            json!({"kind": "broadcast", "content": "News", "queue": "news"}),
        )
        .await?;
    let workout = world
        .sends(
            &james,
            json!({"kind": "daily_workout", "content": "Squats", "queue": "daily"}),
        )
        .await?;
    world.reaches(&broadcast, &["unconfirmed"]).await?;
    world.reaches(&workout, &["unconfirmed"]).await?;
    world.carrier_fails(json!({})).await?;
    world.passes(Seconds::new(21 * 60));
    let workout = world.reaches(&workout, &["delivered"]).await?;
    assert_eq!(
        workout.get("possible_repeat").and_then(Value::as_bool),
        Some(true),
        "{workout}"
    );
    world.is_quiet().await?;
    world.reaches(&broadcast, &["unconfirmed"]).await?;
    assert_eq!(james.received(Channel::Sms).await?, ["Squats"]);
    Ok(())
}

#[tokio::test]
async fn receipts_before_the_answer_doubled_and_out_of_order_give_the_same_end()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world
        .carrier_fails(json!({
            "callback_before_answer_rate": 0.5, "duplicate_callback_rate": 0.5, "reorder_callback_rate": 0.5,
        }))
        .await?;
    let mut ids = Vec::new();
    for number in 0..25 {
        let fields =
            json!({"content": format!("Number {number}"), "queue": format!("q{}", number % 5)});
        ids.push(world.sends(&james, fields).await?);
    }
    for id in &ids {
        world.reaches(id, &["delivered"]).await?;
    }
    assert_eq!(james.inbox(Channel::Sms).await?.len(), 25);
    Ok(())
}

#[tokio::test]
async fn too_fast_is_slowed_down_and_costs_no_attempt() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world.carrier_fails(json!({"http_429_rate": 1.0})).await?;
    let id = world.sends(&james, json!({"content": "Patience"})).await?;
    world
        .until("the refusal", async || {
            let message = world.message(&id).await?;
            let attempts = message
                .get("attempts")
                .and_then(Value::as_array)
                .map_or(0, Vec::len);
            Ok((attempts >= 1).then_some(()))
        })
        .await?;
    world.carrier_fails(json!({})).await?;
    world
        .until("the sender is ready again", async || {
            world.passes(Seconds::new(30));
            let message = world.message(&id).await?;
            Ok((message.get("status").and_then(Value::as_str) == Some("delivered")).then_some(()))
        })
        .await?;
    assert_eq!(james.received(Channel::Sms).await?, ["Patience"]);
    Ok(())
}

#[tokio::test]
async fn a_lost_receipt_is_asked_for_and_the_lane_goes_on() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world
        .carrier_fails(json!({"drop_callback_rate": 1.0}))
        .await?;
    let first = world.sends(&james, json!({"content": "First"})).await?;
    let second = world.sends(&james, json!({"content": "Second"})).await?;
    world.reaches(&first, &["accepted"]).await?;
    world.passes(Seconds::new(601));
    world.reaches(&first, &["delivered"]).await?;
    world.reaches(&second, &["accepted"]).await?;
    assert_eq!(james.received(Channel::Sms).await?, ["First", "Second"]);
    Ok(())
}

#[tokio::test]
async fn a_landline_ends_the_message_with_its_reason() -> anyhow::Result<()> {
    let world = World::new().await?;
    let office = world
        .joins(
            Joining::called("Office")
                .opted_in(Channel::Sms)
                .on_a_phone("sms", json!(false)),
        )
        .await?;
    let id = world
        .sends(&office, json!({"content": "Hello?", "channel": "sms"}))
        .await?;
    let message = world
        .reaches(&id, &["failed", "undelivered", "suppressed"])
        .await?;
    assert!(
        message.get("error_code").is_some_and(Value::is_number),
        "{message}"
    );
    Ok(())
}
