//! What waits, what ended badly and is tried again once, and what went out without an answer, as the team sees it.

use domain::{Channel, Seconds};
use serde_json::json;
use stories::browser::Browser;
use stories::console::{JOANA, PEDRO, VERA, asks_in, does, field, link, open, page, shows, works};
use stories::world::{Joining, World};

/// Everybody who was written to while the carrier could not.
async fn fails(world: &World, count: usize) -> anyhow::Result<Vec<stories::world::Person>> {
    let mut all = Vec::new();
    for number in 0..count {
        let name = format!("Member {number}");
        let joining = Joining::called(&name).opted_in(Channel::Sms);
        all.push(world.joins(joining).await?);
    }
    world
        .carrier_fails(json!({"errors": {"30004": 1.0}}))
        .await?;
    for one in &all {
        let id = world
            .sends(one, json!({"content": "Hi", "channel": "sms"}))
            .await?;
        world.reaches(&id, &["failed", "undelivered"]).await?;
    }
    world.carrier_fails(json!({})).await?;
    Ok(all)
}

fn hidden(page: &str) -> Vec<(&'static str, String)> {
    ["status", "reason", "code", "days", "until"]
        .into_iter()
        .map(|name| (name, field(page, name)))
        .collect()
}

async fn press(
    browser: &mut Browser<'_>,
    group: &[(&'static str, String)],
    what: &str,
) -> anyhow::Result<(u16, String)> {
    let mut form: Vec<(&str, &str)> = group
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    form.push(("what", what));
    does(browser, "/admin/queues/dead", &form).await
}

#[tokio::test]
async fn what_ended_badly_is_tried_again_once_whoever_presses() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut pedro = works(&world, PEDRO, 1).await?;
    let mut vera = works(&world, VERA, 1).await?;
    let people = fails(&world, 3).await?;
    people[2].texts(Channel::Sms, "STOP").await?;
    world.is_quiet().await?;

    let queues = page(&mut joana, "/admin/queues").await?;
    let href = link(&queues, "/admin/queues/dead?");
    let group = page(&mut joana, &href).await?;
    assert!(group.contains("Try all 3 again"), "{group}");
    assert!(group.contains("would be sent now"), "{group}");
    assert!(
        group.contains("the member said stop"),
        "whom it cannot reach: {group}"
    );
    let theirs = page(&mut vera, &href).await?;
    assert!(!theirs.contains("Try all"), "{theirs}");

    // Both have the page open, and both press.
    let group = hidden(&group);
    assert_eq!(press(&mut vera, &group, "retry").await?.0, 403);
    let (status, first) = press(&mut joana, &group, "retry").await?;
    assert_eq!(status, 303, "{first}");
    assert!(first.ends_with("done=3"), "{first}");
    let (status, second) = press(&mut pedro, &group, "retry").await?;
    assert_eq!(status, 303, "{second}");
    assert!(second.ends_with("done=0"), "{second}");
    let told = page(&mut pedro, &second).await?;
    assert!(told.contains("somebody was there before"), "{told}");
    world.is_quiet().await?;
    for (one, count) in people.iter().zip([1, 1, 0]) {
        let got = one.received(Channel::Sms).await?;
        let hellos = got.iter().filter(|text| *text == "Hi").count();
        assert_eq!(hellos, count, "{got:?}");
    }
    // Who said stop is not written to, and is told of as that.
    let queues = shows(&world, &mut joana, "/admin/queues", "The member said stop").await?;
    let href = link(&queues, "/admin/queues/dead?");
    let left = page(&mut joana, &href).await?;
    assert!(left.contains("they agree on the join page"), "{left}");
    let (status, _) = press(&mut joana, &hidden(&left), "leave").await?;
    assert_eq!(status, 303);
    let queues = page(&mut joana, "/admin/queues").await?;
    assert!(queues.contains("that nobody has seen to"), "{queues}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert_eq!(log.matches("dead letters retry").count(), 1, "{log}");
    assert_eq!(log.matches("dead letters leave").count(), 1, "{log}");
    Ok(())
}

#[tokio::test]
async fn what_waits_is_told_with_what_it_waits_for() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let nothing = page(&mut joana, "/admin/queues").await?;
    assert!(nothing.contains("Nothing waits."), "{nothing}");
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let stop = [
        ("scope", "kind:system"),
        ("on", "yes"),
        ("reason", "a test"),
    ];
    assert_eq!(does(&mut joana, "/admin/switches", &stop).await?.0, 303);
    let id = world.sends(&maria, json!({"content": "Hi"})).await?;
    world.reaches(&id, &["held"]).await?;
    let queues = page(&mut joana, "/admin/queues").await?;
    for what in [
        "An operator has switched off messages of this kind",
        "Turn the switch under Switches",
    ] {
        assert!(queues.contains(what), "{what}: {queues}");
    }
    let href = link(&queues, "/admin/messages?");
    let listed = page(&mut joana, &href).await?;
    assert!(listed.contains(&id), "{href}: {listed}");
    let other = href.replace("kind_switched_off", "quiet_hours");
    let listed = page(&mut joana, &other).await?;
    assert!(!listed.contains(&id), "{other}: {listed}");
    // A kind that was never sent is none.
    let none = page(&mut joana, "/admin/messages?kind=welcome").await?;
    assert!(none.contains("There are none like that"), "{none}");
    Ok(())
}

#[tokio::test]
async fn what_went_out_without_an_answer_is_shown_with_its_evidence() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    world
        .carrier_fails(json!({"http_5xx_before_rate": 1.0}))
        .await?;
    let id = world
        .sends(&maria, json!({"content": "Hi", "channel": "sms"}))
        .await?;
    world.reaches(&id, &["unconfirmed"]).await?;
    world.carrier_fails(json!({})).await?;
    let queues = page(&mut joana, "/admin/queues").await?;
    for what in [
        "attempt 1 by SMS",
        "no receipt",
        "Decided",
        "the member may have it",
    ] {
        assert!(queues.contains(what), "{what}: {queues}");
    }
    world.passes(Seconds::new(60));
    Ok(())
}
