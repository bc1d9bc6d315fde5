//! What members write is answered by the node that has their lanes, whichever node heard it: what an answer does is
//! done once.

use std::time::Duration;

use anyhow::Context as _;
use domain::{Channel, Timestamp};
use futures_util::{TryStreamExt as _, stream};
use serde_json::{Value, json};
use stories::chance::Chance;
use stories::fleet::Fleet;
use stories::http::Http;
use stories::load::number;
use stories::world::text;
use stories::{stopwatch, tell, tick, webhook};

/// So many members answer.
const MEMBERS: usize = 96;

/// At the same time.
const AT_ONCE: usize = 16;

/// Longer than a lease.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_by_number_is_one_stop_however_many_nodes_hear_of_it() -> anyhow::Result<()> {
    // Everybody's answer is due at about the same time, and every node looks for it.
    let mut fleet = Fleet::of(2).await?.with("GYMTEXT_BURST_GAP", "2");
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    let front = fleet.load.setup.api();
    for lane in 0..MEMBERS {
        let blocks = json!([{"type": "text", "text": "Still with us?"},
            {"type": "buttons", "buttons": [{"title": "Keep going"}, {"title": "Stop messages"}]}]);
        let body =
            json!({"member_id": fleet.load.member(lane)?, "channel": "sms", "blocks": blocks});
        let asked = front.json("POST", "/api/v1/messages", &body).await?;
        anyhow::ensure!(asked.status < 300, "{}", asked.json());
    }
    fleet.load.is_quiet().await?;
    write(&fleet, "2").await?;
    fleet.load.is_quiet().await?;
    for lane in 0..MEMBERS {
        let stops = stops(&front, fleet.load.member(lane)?).await?;
        assert_eq!(stops.len(), 1, "member {lane}: {stops:#?}");
    }
    Fleet::end(services).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_hears_the_other_answers_at_once() -> anyhow::Result<()> {
    let mut fleet = Fleet::of(2).await?;
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    let front = fleet.load.setup.api();
    let mut took = Vec::new();
    let mut chance = Chance::seeded(crate::seed());
    for lane in 0..MEMBERS {
        // One after the other: nobody is awake for somebody else's sake.
        let node = fleet.node(lane % 2)?.api();
        let from = (&*number(lane), Channel::Sms);
        webhook::write(&node, front.base(), from, "hello", &mut chance).await?;
        let since = stopwatch();
        let (heard, answered) = loop {
            if let Some(both) = heard_and_answered(&front, fleet.load.member(lane)?).await? {
                break both;
            }
            anyhow::ensure!(since.elapsed() < PATIENCE, "member {lane} is not answered");
            tick().await;
        };
        took.push(answered.since(heard).as_micros() / 1_000);
    }
    took.sort_unstable();
    let (half, most) = (took.get(MEMBERS / 2), took.last());
    let (half, most) = (half.context("some")?, most.context("some")?);
    tell(&format!("answered in {half} ms, at most {most} ms"));
    // A beat would do it within half a second: the bell does it sooner.
    assert!(*half < 400, "{took:?}");
    Fleet::end(services).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_to_a_node_that_dies_is_answered_by_the_other() -> anyhow::Result<()> {
    let mut fleet = Fleet::of(2).await?.with("GYMTEXT_BURST_GAP", "2");
    let mut services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    write(&fleet, "hello").await?;
    let first = services.remove(0);
    first.kill().await?;
    let other = fleet.node(1)?.api();
    let since = stopwatch();
    for lane in 0..MEMBERS {
        while heard_and_answered(&other, fleet.load.member(lane)?)
            .await?
            .is_none()
        {
            anyhow::ensure!(since.elapsed() < PATIENCE, "member {lane} is not answered");
            tick().await;
        }
    }
    Fleet::end(services).await
}

/// All members write these words, every other one to the second node.
async fn write(fleet: &Fleet, words: &str) -> anyhow::Result<()> {
    let front = fleet.load.setup.api();
    let nodes = [fleet.node(0)?.api(), fleet.node(1)?.api()];
    let lanes = (0..MEMBERS).map(anyhow::Ok);
    stream::iter(lanes)
        .try_for_each_concurrent(AT_ONCE, |lane| {
            let (front, nodes) = (&front, &nodes);
            async move {
                let mut chance = Chance::seeded(crate::seed() ^ u64::try_from(lane)? << 20);
                let node = nodes.get(lane % 2).context("two nodes")?;
                let from = (&*number(lane), Channel::Sms);
                webhook::write(node, front.base(), from, words, &mut chance).await
            }
        })
        .await
}

/// The opt-outs in the ledger of a member's number.
async fn stops(api: &Http, member: &str) -> anyhow::Result<Vec<Value>> {
    let path = format!("/api/v1/members/{member}/consent-certificate");
    let certificate = api.get(&path).await?.json();
    let consents = certificate.get("consents").and_then(Value::as_array);
    let events = consents
        .context("consents")?
        .iter()
        .filter_map(|consent| consent.get("events").and_then(Value::as_array))
        .flatten()
        .filter(|event| text(event, "event") == "opt_out");
    Ok(events.cloned().collect())
}

/// When the newest words of a member were stored, and when the answer to them was.
async fn heard_and_answered(
    api: &Http,
    member: &str,
) -> anyhow::Result<Option<(Timestamp, Timestamp)>> {
    let path = format!("/api/v1/messages?member={member}&limit=20");
    let list = api.get(&path).await?.json();
    let items = list
        .get("items")
        .and_then(Value::as_array)
        .context("items")?;
    let newest = |direction: &str| {
        let mut all = items
            .iter()
            .filter(|message| text(message, "direction") == direction);
        all.next()
    };
    let Some((heard, answer)) = newest("inbound").zip(newest("outbound")) else {
        return Ok(None);
    };
    let at = |message: &Value| {
        let at: jiff::Timestamp = text(message, "created_at").parse()?;
        anyhow::Ok(Timestamp::from_micros(at.as_microsecond()))
    };
    let is_its_answer = text(answer, "in_reply_to") == text(heard, "id");
    Ok(if is_its_answer {
        Some((at(heard)?, at(answer)?))
    } else {
        None
    })
}
