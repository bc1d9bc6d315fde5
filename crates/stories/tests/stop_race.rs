//! STOP at a random instant of a busy lane: once it is answered, no request to that address arrives
//! at the carrier (G14, invariant 4). The carrier is not told of the STOP, so that nothing but the
//! service itself stands between it and the person.

use std::collections::HashMap;
use std::time::Duration;

use domain::{Channel, Clock as _, Seconds};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use stories::chance::Chance;
use stories::ledger;
use stories::skips::setting;
use stories::world::{Joining, Person, World, text};
use stories::{after, tell, tick, webhook};

/// Races in CI; each has two addresses.
const RACES: u64 = 60;

/// Races at the same time.
const AT_ONCE: usize = 8;

/// Messages that flow to each address when its STOP comes, in two lanes.
const MESSAGES: usize = 6;

/// A STOP that was answered.
struct Stopped {
    /// The address, as the carrier writes it.
    address: String,
    /// The first instant after the answer.
    from: String,
    /// Messages that were asked for, to that address.
    asked: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_starts_once_stop_is_answered() -> anyhow::Result<()> {
    let seed = setting("GYMTEXT_SEED")
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_261_122);
    let races = setting("GYMTEXT_RACES")
        .and_then(|races| races.parse().ok())
        .unwrap_or(RACES);
    tell(&format!("seed {seed}"));
    let world = World::new().await?;
    world.carrier_fails(json!({"latency_ms": 3})).await?;
    let mut chance = Chance::seeded(seed);
    let seeds: Vec<u64> = (0..races).map(|_| chance.next()).collect();
    let racing = async {
        let stopped: Vec<_> = stream::iter(seeds)
            .map(|seed| race(&world, Chance::seeded(seed)))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        if let Err(error) = world.is_quiet().await {
            let stats = world.api.get("/api/v1/stats").await?.json();
            anyhow::bail!("{error}: {stats}");
        }
        anyhow::Ok(stopped)
    };
    // Pacing needs time to pass, as fast as it likes.
    let passing = async {
        loop {
            world.passes(Seconds::from_millis(50));
            tick().await;
        }
    };
    let stopped: Vec<Stopped> = tokio::select! {
        stopped = racing => stopped?.into_iter().flatten().collect(),
        () = passing => Vec::new(),
    };
    let seen = ledger::seen(&world.carrier).await?;
    let (mut before, mut asked) = (0, 0);
    let mut by_address: HashMap<&str, Vec<&ledger::Seen>> = HashMap::new();
    for one in &seen {
        by_address.entry(&one.to).or_default().push(one);
    }
    for stop in &stopped {
        asked += stop.asked;
        for one in by_address.get(&*stop.address).into_iter().flatten() {
            if one.at < stop.from {
                before += 1;
                continue;
            }
            let path = format!("/api/v1/messages/{}", one.attempt.message);
            let message = world.api.get(&path).await?.json();
            // The one confirmation is exempt.
            assert_eq!(text(&message, "kind"), "keyword_reply", "{message:#}");
        }
    }
    tell(&format!(
        "{} stops, {asked} messages asked for, {before} requests before their stop",
        stopped.len()
    ));
    // Otherwise nothing raced.
    assert!(before > 0 && before < asked, "{before} of {asked}");
    Ok(())
}

/// A member with a busy SMS lane and one with a busy WhatsApp lane say STOP.
async fn race(world: &World, mut chance: Chance) -> anyhow::Result<Vec<Stopped>> {
    let mut stopped = Vec::new();
    for channel in [Channel::Sms, Channel::Whatsapp] {
        let joining = Joining::called("Maria").opted_in(channel).prefers(channel);
        let person = world.joins(joining).await?;
        if channel == Channel::Whatsapp {
            // Opens the window.
            write(world, &person, channel, "How many squats?", &mut chance).await?;
            person.texts(channel, "And how many lunges?").await?;
        }
        let batch: Vec<Value> = (0..MESSAGES)
            .map(|number| {
                json!({
                    "member_id": person.id, "channel": channel.as_str(), "kind": "system",
                    "content": format!("Set {number}"), "queue": if number % 2 == 0 { "left" } else { "right" },
                })
            })
            .collect();
        let body = json!({"messages": batch});
        let asked = world
            .api
            .json("POST", "/api/v1/messages/batch", &body)
            .await?;
        anyhow::ensure!(asked.status == 202, "{} {}", asked.status, asked.json());
        after(Duration::from_micros(chance.below(40_000))).await;
        write(world, &person, channel, "STOP", &mut chance).await?;
        world.passes(Seconds::from_millis(1));
        stopped.push(Stopped {
            address: webhook::address(&person.phone, channel),
            from: world.clock.now().to_string(),
            asked: MESSAGES,
        });
    }
    Ok(stopped)
}

/// A webhook of the carrier's, answered.
async fn write(
    world: &World,
    person: &Person,
    channel: Channel,
    words: &str,
    chance: &mut Chance,
) -> anyhow::Result<()> {
    let from = (person.phone.as_str(), channel);
    webhook::write(&world.api, world.api.base(), from, words, chance).await
}
