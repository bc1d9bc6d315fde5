//! Nights: nobody is woken by what they did not ask for, and everybody is answered.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;

/// In Recife, where it is nine in the morning as a story begins.
async fn maria(world: &World, hour: u8) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called("Maria Souza")
                .opted_in(Channel::Sms)
                .with("time_zone", json!("America/Recife"))
                .with("preferred_send_hour", json!(hour)),
        )
        .await
}

async fn quiet_world() -> anyhow::Result<World> {
    World::with(&[("GYMTEXT_QUIET_HOURS", "21-8")]).await
}

fn why(message: &Value) -> Option<&str> {
    message.pointer("/decision/reasons/0/code")?.as_str()
}

async fn until_arrived(
    world: &World,
    person: &Person,
    count: usize,
) -> anyhow::Result<Vec<String>> {
    world
        .until("what arrives", async || {
            let texts = person.received(Channel::Sms).await?;
            Ok((texts.len() >= count).then_some(texts))
        })
        .await
}

#[tokio::test]
async fn at_night_news_wait_for_the_morning_and_what_is_urgent_goes() -> anyhow::Result<()> {
    let world = quiet_world().await?;
    let maria = maria(&world, 10).await?;
    // Two in the morning.
    world.passes(Seconds::new(17 * HOUR));
    let news = json!({"kind": "broadcast", "content": "New classes on Saturday."});
    let news = world.sends(&maria, news).await?;
    let held = world.reaches(&news, &["held"]).await?;
    assert_eq!(why(&held), Some("quiet_hours"), "{held:#}");
    // In one queue the order is kept; what is urgent has its own.
    let more = json!({"kind": "broadcast", "content": "Bring a friend."});
    let more = world.sends(&maria, more).await?;
    let behind = world.message(&more).await?;
    assert_eq!(
        behind.pointer("/waits_for/message_id"),
        Some(&json!(news)),
        "{behind:#}"
    );
    let urgent = json!({"content": "The gym is closed: a pipe has burst.", "critical": true});
    let urgent = world.sends(&maria, urgent).await?;
    world.reaches(&urgent, &["delivered"]).await?;
    assert_eq!(maria.received(Channel::Sms).await?.len(), 1);
    world.passes(Seconds::new(6 * HOUR));
    world.reaches(&news, &["delivered"]).await?;
    world.reaches(&more, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn who_writes_at_night_is_answered() -> anyhow::Result<()> {
    let world = quiet_world().await?;
    let maria = maria(&world, 10).await?;
    world.passes(Seconds::new(14 * HOUR));
    maria.texts(Channel::Sms, "workout").await?;
    until_arrived(&world, &maria, 1).await?;
    Ok(())
}

#[tokio::test]
async fn a_workout_comes_at_the_hour_that_was_chosen_though_it_is_night() -> anyhow::Result<()> {
    let world = quiet_world().await?;
    let (early, late) = (maria(&world, 5).await?, maria(&world, 22).await?);
    // 22:00 and 05:00 in Recife.
    world.passes(Seconds::new(13 * HOUR));
    until_arrived(&world, &late, 1).await?;
    world.passes(Seconds::new(7 * HOUR));
    until_arrived(&world, &early, 1).await?;
    Ok(())
}

#[tokio::test]
async fn a_workout_that_is_late_wakes_nobody_and_ends_with_its_day() -> anyhow::Result<()> {
    let world = quiet_world().await?;
    let maria = maria(&world, 19).await?;
    let switch = "/api/v1/switches/kind:daily_workout";
    let off = json!({"on": true, "reason": "a wrong text"});
    let answer = world.api.json("PUT", switch, &off).await?;
    assert_eq!(answer.status, 200, "{}", answer.json());
    // 19:30: held by the switch, and let go at 22:00.
    world.passes(Seconds::new(10 * HOUR + HOUR / 2));
    let workout = world
        .until("a workout that is held", async || {
            let path = format!("/api/v1/messages?member={}", maria.id);
            let list = world.api.get(&path).await?.json();
            let id = list.pointer("/items/0/id").and_then(Value::as_str);
            Ok(id.map(str::to_owned))
        })
        .await?;
    let held = world.reaches(&workout, &["held"]).await?;
    assert_eq!(why(&held), Some("kind_switched_off"), "{held:#}");
    world.passes(Seconds::new(2 * HOUR + HOUR / 2));
    let answer = world.api.json("PUT", switch, &json!({"on": false})).await?;
    assert_eq!(answer.status, 200, "{}", answer.json());
    // It is looked at again within five minutes.
    world.passes(Seconds::new(301));
    world
        .until("it waits for the night's end", async || {
            let message = world.message(&workout).await?;
            Ok((why(&message) == Some("quiet_hours")).then_some(()))
        })
        .await?;
    world.passes(Seconds::new(2 * HOUR + 60));
    let ended = world.reaches(&workout, &["expired"]).await?;
    assert_eq!(why(&ended), Some("expired"), "{ended:#}");
    assert_eq!(maria.received(Channel::Sms).await?, Vec::<String>::new());
    Ok(())
}
