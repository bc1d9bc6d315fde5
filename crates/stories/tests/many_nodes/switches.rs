//! What an operator changes at one node holds at every other, also at one that sends nothing.

use std::time::Duration;

use serde_json::{Value, json};
use stories::fleet::Fleet;
use stories::sandbox::OUR_NUMBER;
use stories::world::text;
use stories::{stopwatch, tick};

const PATIENCE: Duration = Duration::from_secs(20);

/// So many members: both nodes have some of them.
const SOME: usize = 16;

/// Asks for a message to each of these; their ids.
async fn writes_to(fleet: &Fleet, members: &[String], queue: &str) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for member in members {
        let body = json!({"member_id": member, "content": "Are you there?", "queue": queue});
        let api = fleet.node(0)?.api();
        let answer = api.json("POST", "/api/v1/messages", &body).await?;
        anyhow::ensure!(answer.status == 202, "{}", answer.json());
        ids.push(text(&answer.json(), "message_id"));
    }
    Ok(ids)
}

/// Waits until this is so of each of these messages.
async fn until(
    fleet: &Fleet,
    ids: &[String],
    wanted: &str,
    is_so: impl Fn(&Value) -> bool,
) -> anyhow::Result<()> {
    let since = stopwatch();
    for id in ids {
        loop {
            let path = format!("/api/v1/messages/{id}");
            let message = fleet.node(0)?.api().get(&path).await?.json();
            if is_so(&message) {
                break;
            }
            anyhow::ensure!(since.elapsed() < PATIENCE, "not {wanted}: {message:#}");
            tick().await;
        }
    }
    Ok(())
}

fn why(message: &Value) -> String {
    let code = message.pointer("/decision/reasons/0/code");
    code.and_then(Value::as_str).unwrap_or_default().to_owned()
}

async fn turns(fleet: &Fleet, on: bool) -> anyhow::Result<()> {
    let body = json!({"on": on, "reason": "a story"});
    let api = fleet.node(0)?.api();
    let answer = api.json("PUT", "/api/v1/switches/all", &body).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_that_is_turned_off_at_one_node_lets_the_others_go_on() -> anyhow::Result<()> {
    let mut fleet = Fleet::of(2).await?;
    let services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    let mut members = Vec::new();
    for lane in 0..SOME {
        members.push(fleet.load.member(lane)?.to_owned());
    }
    turns(&fleet, true).await?;
    let held = writes_to(&fleet, &members, "before").await?;
    let is_held = |message: &Value| why(message) == "everything_switched_off";
    until(&fleet, &held, "held", is_held).await?;
    // From here on nobody begins anything, so nobody is told by a refusal that a switch was turned.
    turns(&fleet, false).await?;
    let then = writes_to(&fleet, &members, "after").await?;
    let is_sent = |message: &Value| text(message, "status") == "delivered";
    until(&fleet, &then, "delivered", is_sent).await?;
    Fleet::end(services).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_whatsapp_is_on_for_is_the_same_at_every_node_at_once() -> anyhow::Result<()> {
    let fleet = Fleet::of(2)
        .await?
        .with("WHATSAPP_ENABLED", "true")
        .with("WHATSAPP_PHONE_NUMBER", OUR_NUMBER)
        .with("GYMTEXT_WHATSAPP_ROLLOUT", "0");
    let services = fleet.start().await?;
    let api = fleet.node(0)?.api();
    let mut members = Vec::new();
    for number in 0..SOME {
        let member = json!({
            "name": format!("Ana {number}"), "phone": format!("+1415555{:04}", 3000 + number), "time_zone": "UTC",
            "consents": [{"channel": "whatsapp", "state": "opted_in", "source": "story", "wording": "yes"}],
        });
        let made = api.json("POST", "/api/v1/members", &member).await?;
        anyhow::ensure!(made.status == 201, "{}", made.json());
        members.push(text(&made.json(), "id"));
    }
    let everybody = json!({"percent": 100});
    let changed = api.json("PUT", "/api/v1/rollout", &everybody).await?;
    anyhow::ensure!(changed.status == 200, "{}", changed.json());
    // Nobody has written to us, so none of these may go out; they wait for that, and are not given up.
    let ids = writes_to(&fleet, &members, "welcome").await?;
    let is_decided = |message: &Value| !why(message).is_empty();
    until(&fleet, &ids, "decided", is_decided).await?;
    for id in &ids {
        let message = api.get(&format!("/api/v1/messages/{id}")).await?.json();
        assert_ne!(text(&message, "status"), "suppressed", "{message:#}");
    }
    Fleet::end(services).await
}
