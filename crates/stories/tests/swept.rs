//! What was written to us while webhooks were lost is found on the carrier's list, which is newest first: what it does to
//! consent goes by when it was said, not by when it was found.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

/// A world that hears nothing by itself, and a member in it.
async fn deaf() -> anyhow::Result<(World, Person)> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    hears_nothing(&world).await?;
    Ok((world, maria))
}

async fn hears_nothing(world: &World) -> anyhow::Result<()> {
    let nobody = "http://127.0.0.1:9/nobody-listens";
    world.sandbox.sends_webhooks_to(nobody).await
}

async fn hears_again(world: &World) -> anyhow::Result<()> {
    let url = format!("{}/api/twilio/sms", world.api.base());
    world.sandbox.sends_webhooks_to(&url).await
}

/// Says these words, a minute after each other.
async fn texts(world: &World, person: &Person, words: &[&str]) -> anyhow::Result<()> {
    for word in words {
        person.texts(Channel::Sms, word).await?;
        world.passes(Seconds::new(60));
    }
    Ok(())
}

/// Looks at the list; answers how many of it were new.
async fn sweeps(world: &World) -> anyhow::Result<u64> {
    let found = world.cron("check-stalled-queues").await?;
    anyhow::ensure!(found.status == 200, "{}", found.json());
    let found = found.json();
    Ok(found
        .get("inbound_found")
        .and_then(Value::as_u64)
        .unwrap_or(0))
}

async fn consent(world: &World, person: &Person) -> anyhow::Result<String> {
    let path = format!("/api/v1/members/{}", person.id);
    let member = world.api.get(&path).await?.json();
    let consents = member.get("consents").and_then(Value::as_array);
    let of_sms = consents
        .into_iter()
        .flatten()
        .find(|one| text(one, "channel") == "sms");
    Ok(of_sms.map(|one| text(one, "state")).unwrap_or_default())
}

#[tokio::test]
async fn who_wrote_start_and_then_stop_while_nobody_heard_has_stopped() -> anyhow::Result<()> {
    let (world, maria) = deaf().await?;
    texts(&world, &maria, &["START", "STOP"]).await?;
    assert_eq!(sweeps(&world).await?, 2);
    assert_eq!(consent(&world, &maria).await?, "opted_out");
    let after = world.sends(&maria, json!({"content": "Squats"})).await?;
    world.reaches(&after, &["suppressed"]).await?;
    Ok(())
}

#[tokio::test]
async fn who_wrote_stop_and_then_start_while_nobody_heard_is_back() -> anyhow::Result<()> {
    let (world, maria) = deaf().await?;
    texts(&world, &maria, &["STOP", "START"]).await?;
    assert_eq!(sweeps(&world).await?, 2);
    assert_eq!(consent(&world, &maria).await?, "opted_in");
    Ok(())
}

#[tokio::test]
async fn an_old_start_that_is_found_late_does_not_undo_the_stop_we_heard() -> anyhow::Result<()> {
    let (world, maria) = deaf().await?;
    texts(&world, &maria, &["START"]).await?;
    hears_again(&world).await?;
    texts(&world, &maria, &["STOP"]).await?;
    world
        .until("the stop is heard", async || {
            let state = consent(&world, &maria).await?;
            Ok((state == "opted_out").then_some(()))
        })
        .await?;
    let heard = maria.received(Channel::Sms).await?;
    assert_eq!(sweeps(&world).await?, 1);
    assert_eq!(consent(&world, &maria).await?, "opted_out");
    world.is_quiet().await?;
    // Nobody tells her that she is back.
    assert_eq!(maria.received(Channel::Sms).await?, heard);
    // That she wrote it is kept beside what it did not change.
    let path = format!("/api/v1/members/{}/consent-certificate", maria.id);
    let certificate = world.api.get(&path).await?.json();
    let consents = certificate.get("consents").and_then(Value::as_array);
    let of_sms = |one: &&Value| text(one, "channel") == "sms" && text(one, "purpose") == "all";
    let of_sms = consents.into_iter().flatten().find(of_sms);
    let lines = of_sms.and_then(|one| one.get("events")?.as_array());
    let last = lines
        .and_then(|lines| lines.last())
        .cloned()
        .unwrap_or_default();
    let told = (text(&last, "event"), text(&last, "state"));
    assert_eq!(
        told,
        ("start".to_owned(), "opted_out".to_owned()),
        "{certificate:#}"
    );
    Ok(())
}

#[tokio::test]
async fn an_old_stop_that_is_found_late_is_obeyed_all_the_same() -> anyhow::Result<()> {
    let (world, maria) = deaf().await?;
    texts(&world, &maria, &["STOP"]).await?;
    hears_again(&world).await?;
    texts(&world, &maria, &["START"]).await?;
    world.is_quiet().await?;
    assert_eq!(sweeps(&world).await?, 1);
    assert_eq!(consent(&world, &maria).await?, "opted_out");
    Ok(())
}

#[tokio::test]
async fn the_first_message_that_is_heard_again_does_not_hide_what_was_written_before()
-> anyhow::Result<()> {
    let (world, maria) = deaf().await?;
    // The list is read to its end. After that nobody looks for hours, and nobody is told.
    assert_eq!(sweeps(&world).await?, 0);
    texts(&world, &maria, &["STOP"]).await?;
    world.passes(Seconds::new(3 * 3_600));
    hears_again(&world).await?;
    maria
        .texts(Channel::Sms, "What is today's workout?")
        .await?;
    world.is_quiet().await?;
    // What is written now is heard at once; what was written hours before is still found.
    let again = world.restarts_with(&[]).await?;
    assert_eq!(sweeps(&again).await?, 1);
    assert_eq!(consent(&again, &maria).await?, "opted_out");
    Ok(())
}

/// More than one go over a list takes: 20 pages of 200.
const LONG: usize = 4_010;

#[tokio::test]
async fn a_list_that_is_longer_than_one_sweep_is_gone_on_with_by_the_next() -> anyhow::Result<()> {
    let (world, maria) = deaf().await?;
    assert_eq!(sweeps(&world).await?, 0);
    texts(&world, &maria, &["STOP"]).await?;
    let ben = world.joins(Joining::called("Ben")).await?;
    for _ in 1..LONG {
        ben.texts(Channel::Sms, "Hello?").await?;
    }
    assert_eq!(sweeps(&world).await?, 4_000);
    assert_eq!(
        consent(&world, &maria).await?,
        "opted_in",
        "it is the oldest"
    );
    assert_eq!(sweeps(&world).await?, 10);
    assert_eq!(consent(&world, &maria).await?, "opted_out");
    Ok(())
}
