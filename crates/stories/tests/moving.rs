//! Members go from one channel to another: by a word of theirs, or because they are not on WhatsApp.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

fn ana() -> Joining {
    Joining::called("Ana")
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp)
        .prefers(Channel::Whatsapp)
}

async fn member(world: &World, who: &Person) -> anyhow::Result<Value> {
    let answer = world
        .api
        .get(&format!("/api/v1/members/{}", who.id))
        .await?;
    Ok(answer.json())
}

async fn prefers(world: &World, who: &Person, channel: &str) -> anyhow::Result<()> {
    world
        .until("a preference", async || {
            let member = member(world, who).await?;
            Ok((text(&member, "preferred_channel") == channel).then_some(()))
        })
        .await
}

async fn hears(world: &World, who: &Person, channel: Channel, words: &str) -> anyhow::Result<()> {
    world
        .until(words, async || {
            let received = who.received(channel).await?;
            let heard = received.iter().any(|text| text.contains(words));
            Ok(heard.then_some(()))
        })
        .await
}

/// A message of theirs that goes by SMS because WhatsApp does not know them.
async fn is_not_reached(world: &World, who: &Person) -> anyhow::Result<()> {
    let fields = json!({"kind": "welcome", "template": "welcome", "variables": {"1": "Ana"}});
    let id = world.sends(who, fields).await?;
    let message = world.reaches(&id, &["delivered"]).await?;
    anyhow::ensure!(text(&message, "channel") == "sms", "{message}");
    Ok(())
}

#[tokio::test]
async fn who_is_not_on_whatsapp_twice_is_moved_to_sms_and_told_once_and_can_go_back()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let ana = world
        .joins(
            ana()
                .with("locale", json!("es-MX"))
                .on_a_phone("whatsapp", json!(false)),
        )
        .await?;
    is_not_reached(&world, &ana).await?;
    world.is_quiet().await?;
    let once = member(&world, &ana).await?;
    assert_eq!(
        text(&once, "preferred_channel"),
        "whatsapp",
        "once is not enough"
    );
    assert_eq!(ana.received(Channel::Sms).await?.len(), 1);

    world.passes(Seconds::new(24 * 3600));
    is_not_reached(&world, &ana).await?;
    prefers(&world, &ana, "sms").await?;
    world.is_quiet().await?;
    let received = ana.received(Channel::Sms).await?;
    let told = |texts: &[String]| {
        let notice = |text: &&String| text.contains("no te llegan por WhatsApp");
        texts.iter().filter(notice).count()
    };
    assert_eq!((received.len(), told(&received)), (3, 1), "{received:#?}");

    // Nothing is tried on WhatsApp any more, and nobody is told again.
    is_not_reached(&world, &ana).await?;
    world.is_quiet().await?;
    let received = ana.received(Channel::Sms).await?;
    assert_eq!((received.len(), told(&received)), (4, 1), "{received:#?}");

    // They set it up and say so by the word they were told.
    ana.becomes("whatsapp", true).await?;
    ana.texts(Channel::Sms, "WhatsApp").await?;
    prefers(&world, &ana, "whatsapp").await?;
    let fields = json!({"kind": "welcome", "template": "welcome", "variables": {"1": "Ana"}});
    let id = world.sends(&ana, fields).await?;
    let message = world.reaches(&id, &["delivered", "read"]).await?;
    assert_eq!(text(&message, "channel"), "whatsapp", "{message}");
    world.is_quiet().await?;
    let received = ana.received(Channel::Sms).await?;
    assert!(
        received
            .last()
            .is_some_and(|text| text.contains("Responde SMS")),
        "{received:#?}"
    );
    Ok(())
}

/// The workout of the next day, 23 hours on: by which channel it came.
async fn workout_of_the_next_day(world: &World, who: &Person) -> anyhow::Result<String> {
    world.passes(Seconds::new(23 * 3600));
    assert_eq!(world.cron("daily-messages").await?.status, 200);
    let path = format!("/api/v1/messages?member={}&kind=daily_workout", who.id);
    let newest = world
        .until("the workout", async || {
            let listed = world.api.get(&path).await?.json();
            let newest = listed.pointer("/items/0").cloned().unwrap_or_default();
            let created: jiff::Timestamp = match text(&newest, "created_at").parse() {
                Ok(created) => created,
                Err(_) => return Ok(None),
            };
            let age = world.clock_now().as_micros() - created.as_microsecond();
            let arrived = ["delivered", "read"].contains(&text(&newest, "status").as_str());
            Ok((arrived && age < 60 * 1_000_000).then_some(newest))
        })
        .await?;
    let message = world.message(&text(&newest, "id")).await?;
    let reasons = message.pointer("/decision/reasons").map(Value::to_string);
    anyhow::ensure!(
        reasons.is_some_and(|reasons| reasons.contains("members_preference")),
        "{message:#}"
    );
    Ok(text(&message, "channel"))
}

#[tokio::test]
async fn a_preference_changed_to_whatsapp_and_back_moves_the_next_workout_each_time()
-> anyhow::Result<()> {
    let world = World::new().await?;
    // Noon UTC is six in the morning in Chicago.
    let ana = ana()
        .prefers(Channel::Sms)
        .with("preferred_send_hour", json!(6));
    let ana = world.joins(ana).await?;
    let changes = async |channel: &str| {
        let path = format!("/api/v1/members/{}", ana.id);
        let wish = json!({"preferred_channel": channel});
        let changed = world.api.json("PATCH", &path, &wish).await?;
        anyhow::ensure!(changed.status == 200, "{}", changed.json());
        // With a window open the workout itself goes out, on either channel.
        world.passes(Seconds::new(3600));
        ana.texts(Channel::Whatsapp, "Good morning!").await?;
        world.is_quiet().await
    };
    for channel in ["sms", "whatsapp", "sms"] {
        changes(channel).await?;
        assert_eq!(workout_of_the_next_day(&world, &ana).await?, channel);
    }
    Ok(())
}

#[tokio::test]
async fn two_failures_more_than_a_month_apart_move_nobody() -> anyhow::Result<()> {
    let world = World::new().await?;
    let ana = world
        .joins(ana().on_a_phone("whatsapp", json!(false)))
        .await?;
    is_not_reached(&world, &ana).await?;
    world.passes(Seconds::new(31 * 24 * 3600));
    is_not_reached(&world, &ana).await?;
    world.is_quiet().await?;
    let now = member(&world, &ana).await?;
    assert_eq!(text(&now, "preferred_channel"), "whatsapp", "{now}");
    assert_eq!(ana.received(Channel::Sms).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn without_consent_for_sms_nobody_is_moved_there() -> anyhow::Result<()> {
    let world = World::new().await?;
    let joining = Joining::called("Ana")
        .opted_in(Channel::Whatsapp)
        .prefers(Channel::Whatsapp)
        .on_a_phone("whatsapp", json!(false));
    let ana = world.joins(joining).await?;
    for _ in 0..3 {
        let fields = json!({"kind": "welcome", "template": "welcome", "variables": {"1": "Ana"}});
        let id = world.sends(&ana, fields).await?;
        world.reaches(&id, &["suppressed"]).await?;
    }
    let now = member(&world, &ana).await?;
    assert_eq!(text(&now, "preferred_channel"), "whatsapp", "{now}");
    assert!(ana.inbox(Channel::Sms).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn sms_as_a_reply_to_a_knock_sends_what_waits_by_sms() -> anyhow::Result<()> {
    let world = World::new().await?;
    let ana = world.joins(ana()).await?;
    let fields = json!({"kind": "daily_workout", "content": "Ten squats"});
    let id = world.sends(&ana, fields).await?;
    world.reaches(&id, &["held"]).await?;
    world
        .until("the knock", async || {
            Ok((ana.inbox(Channel::Whatsapp).await?.len() == 1).then_some(()))
        })
        .await?;
    ana.texts(Channel::Whatsapp, "sms please").await?;
    let message = world.reaches(&id, &["delivered"]).await?;
    assert_eq!(text(&message, "channel"), "sms", "{message}");
    prefers(&world, &ana, "sms").await?;
    world.is_quiet().await?;
    // The answer goes where they asked; the workout where they want it.
    let there = ana.received(Channel::Whatsapp).await?;
    assert_eq!(there.len(), 2, "{there:#?}");
    assert!(
        there.last().is_some_and(|text| text.contains("by SMS")),
        "{there:#?}"
    );
    assert_eq!(ana.received(Channel::Sms).await?, ["Ten squats"]);
    Ok(())
}

#[tokio::test]
async fn a_word_is_no_consent_and_says_what_is_missing() -> anyhow::Result<()> {
    let world = World::new().await?;
    let ana = world
        .joins(
            Joining::called("Ana")
                .opted_in(Channel::Sms)
                .prefers(Channel::Sms),
        )
        .await?;
    ana.texts(Channel::Sms, "WHATSAPP").await?;
    hears(&world, &ana, Channel::Sms, "Send START by WhatsApp to +").await?;
    ana.texts(Channel::Whatsapp, "whatsapp").await?;
    hears(&world, &ana, Channel::Whatsapp, "Reply START").await?;
    let now = member(&world, &ana).await?;
    assert_eq!(text(&now, "preferred_channel"), "sms", "{now}");
    // As they were told.
    ana.texts(Channel::Whatsapp, "START").await?;
    hears(&world, &ana, Channel::Whatsapp, "subscribed again").await?;
    ana.texts(Channel::Whatsapp, "WHATSAPP").await?;
    prefers(&world, &ana, "whatsapp").await?;
    Ok(())
}
