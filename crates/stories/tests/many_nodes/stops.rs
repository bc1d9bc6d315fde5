//! STOP comes to one node while another, which has the lane, is sending: once it is answered, no request to
//! that address starts at either (G14).

use std::collections::HashMap;
use std::time::Duration;

use domain::{Channel, Clock as _};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use stories::chance::Chance;
use stories::fleet::Fleet;
use stories::ledger;
use stories::load::{LANES, number};
use stories::sandbox::SystemClock;
use stories::world::text;
use stories::{after, tell, webhook};

/// Everybody says STOP once a round.
const ROUNDS: u64 = 2;

/// At the same time.
const AT_ONCE: usize = 8;

/// Messages that flow to each address when its STOP comes, in two lanes.
const MESSAGES: usize = 6;

/// An address that was told to stop, from when until when.
struct Stopped {
    address: String,
    from: String,
    /// When it opened again for the next round.
    until: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_at_one_node_stops_the_other() -> anyhow::Result<()> {
    tell(&format!("seed {}", crate::seed()));
    let mut fleet = Fleet::of(2).await?;
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    fleet.load.carrier_fails(&json!({"latency_ms": 10})).await?;
    let mut chance = Chance::seeded(crate::seed());
    let mut all: Vec<Stopped> = Vec::new();
    for _ in 0..crate::times(ROUNDS) {
        // Who stopped the last time starts again.
        let mut opened = Vec::new();
        for lane in 0..LANES {
            let from = (&*number(lane), Channel::Sms);
            opened.push(SystemClock.now().to_string());
            let front = fleet.load.setup.api();
            webhook::write(&front, front.base(), from, "START", &mut chance).await?;
        }
        for (stopped, at) in all.iter_mut().rev().zip(opened.into_iter().rev()) {
            stopped.until.get_or_insert(at);
        }
        let seeds: Vec<(usize, u64)> = (0..LANES).map(|lane| (lane, chance.next())).collect();
        let stopped: Vec<Stopped> = stream::iter(seeds)
            .map(|(lane, seed)| race(&fleet, lane, Chance::seeded(seed)))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        all.extend(stopped);
        fleet.load.is_quiet().await?;
    }
    let seen = ledger::seen(&fleet.load.sandbox.http()).await?;
    let made = ledger::made(&fleet.load.setup.inner_http()).await?;
    ledger::agree(&seen, &made)?;
    let mut by_address: HashMap<&str, Vec<&ledger::Seen>> = HashMap::new();
    for one in &seen {
        by_address.entry(&one.to).or_default().push(one);
    }
    for stop in &all {
        for one in by_address.get(&*stop.address).into_iter().flatten() {
            let is_open = stop.until.as_ref().is_some_and(|until| one.at >= *until);
            if one.at < stop.from || is_open {
                continue;
            }
            let path = format!("/api/v1/messages/{}", one.attempt.message);
            let message = fleet.load.setup.api().get(&path).await?.json();
            // The one confirmation is exempt.
            assert_eq!(text(&message, "kind"), "keyword_reply", "{message:#}");
        }
    }
    let asked = all.len() * MESSAGES;
    tell(&format!(
        "{} stops, {asked} messages asked for, {} requests",
        all.len(),
        seen.len()
    ));
    // Otherwise nothing raced.
    assert!(
        seen.len() > asked / 20 && seen.len() < asked,
        "{}",
        seen.len()
    );
    Fleet::end(services).await
}

/// A member with two busy lanes says STOP, to whichever node.
async fn race(fleet: &Fleet, lane: usize, mut chance: Chance) -> anyhow::Result<Stopped> {
    let member = fleet.load.member(lane)?;
    let batch: Vec<Value> = (0..MESSAGES)
        .map(|number| {
            json!({
                "member_id": member, "channel": "sms", "kind": "system",
                "content": format!("Set {number}"), "queue": if number % 2 == 0 { "left" } else { "right" },
            })
        })
        .collect();
    let front = fleet.load.setup.api();
    let body = json!({"messages": batch});
    let asked = front.json("POST", "/api/v1/messages/batch", &body).await?;
    anyhow::ensure!(asked.status == 202, "{} {}", asked.status, asked.json());
    after(Duration::from_micros(chance.below(150_000))).await;
    let node = fleet.node(usize::try_from(chance.below(2))?)?.api();
    let address = number(lane);
    let from = (&*address, Channel::Sms);
    webhook::write(&node, front.base(), from, "STOP", &mut chance).await?;
    Ok(Stopped {
        address,
        from: SystemClock.now().to_string(),
        until: None,
    })
}
