//! What an integrator is told: everything, in its order, signed; once they take it, and again until they do.

#![expect(
    clippy::indexing_slicing,
    reason = "what is missing should fail a story, where it is missing"
)]

mod changed;

use std::process::Stdio;

use domain::failpoint::Point;
use domain::{Channel, Seconds, Secret, Timestamp};
use serde_json::{Value, json};
use stories::binary::Setup;
use stories::integrator::{Integrator, Told};
use stories::sandbox::Sandbox;
use stories::script::NODE;
use stories::world::{Joining, Person, World, text};
use tokio::io::AsyncWriteExt as _;

const HERE: [(&str, &str); 1] = [("GYMTEXT_WEBHOOKS_PRIVATE", "loopback")];
const DAY: u32 = 86_400;

async fn maria(world: &World) -> anyhow::Result<Person> {
    world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await
}

/// An endpoint of these events: its path, and its secret.
async fn made(world: &World, at: &Integrator, events: &[&str]) -> anyhow::Result<(String, Secret)> {
    let body = json!({"url": at.url(), "description": "the CRM", "events": events});
    let answer = world.api.json("POST", "/api/v1/webhooks", &body).await?;
    anyhow::ensure!(answer.status == 201, "{}", answer.json());
    let answer = answer.json();
    let path = format!("/api/v1/webhooks/{}", text(&answer, "id"));
    Ok((path, Secret::new(text(&answer, "secret"))))
}

async fn sends(world: &World, to: &Person, words: &str) -> anyhow::Result<String> {
    world.sends(to, json!({"content": words})).await
}

/// Something happens that is not of members, who have workouts to come while days pass.
async fn turns(world: &World, on: bool) -> anyhow::Result<()> {
    let switch = json!({"on": on, "reason": "a story"});
    let path = "/api/v1/switches/kind:broadcast";
    let turned = world.api.json("PUT", path, &switch).await?;
    anyhow::ensure!(turned.status == 200, "{}", turned.json());
    Ok(())
}

/// The endpoint, once it is like this.
async fn becomes(
    world: &World,
    path: &str,
    what: &str,
    is_so: impl Fn(&Value) -> bool,
) -> anyhow::Result<Value> {
    let mut last = Value::Null;
    let found = world
        .until(what, async || {
            last = world.api.get(path).await?.json();
            Ok(is_so(&last).then(|| last.clone()))
        })
        .await;
    found.map_err(|error| anyhow::anyhow!("{error}: {last:#}"))
}

/// The endpoint, once nothing waits for it.
async fn is_told(world: &World, path: &str) -> anyhow::Result<Value> {
    world.is_quiet().await?;
    becomes(world, path, "nothing waits", |one| {
        one.get("waiting") == Some(&json!(0)) && one.get("tries") == Some(&json!(0))
    })
    .await
}

/// Waits until a server took so many. On a shared database what was just written is told a moment later: whoever reads the
/// outbox passes over nothing that is still being committed.
async fn hears(world: &World, at: &Integrator, count: usize) -> anyhow::Result<()> {
    world
        .until("it is told", async || {
            Ok((at.events().len() >= count).then_some(()))
        })
        .await
}

fn is_ordered(events: &[i64]) -> bool {
    events.windows(2).all(|pair| pair[0] < pair[1])
}

fn tries(one: &Value) -> u64 {
    one.get("tries").and_then(Value::as_u64).unwrap_or(0)
}

/// Moves the clock to the next try.
fn to_next_try(world: &World, one: &Value) -> anyhow::Result<()> {
    let at: jiff::Timestamp = text(one, "next_try_at").parse()?;
    world.passes(Timestamp::from_jiff(at).since(world.clock_now()));
    Ok(())
}

fn verifies(told: &Told, secret: &Secret) -> bool {
    let seconds = told.timestamp.parse().unwrap_or_default();
    let at = Timestamp::from_seconds(seconds);
    let ours = providers::standard_webhooks::sign(secret, &told.id, at, told.body.as_bytes());
    ours.is_some_and(|ours| told.signature.split(' ').any(|one| one == ours))
}

async fn post(world: &World, path: &str, body: Value) -> anyhow::Result<stories::http::Response> {
    world.api.json("POST", path, &body).await
}

#[tokio::test]
async fn everything_is_told_once_in_its_order_and_the_official_library_believes_it()
-> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let crm = Integrator::start().await?;
    let (path, secret) = made(&world, &crm, &["*"]).await?;
    let maria = maria(&world).await?;
    for words in ["One", "Two", "Three"] {
        sends(&world, &maria, words).await?;
    }
    maria
        .texts(Channel::Sms, "Which muscles was that for?")
        .await?;
    is_told(&world, &path).await?;
    turns(&world, true).await?;
    is_told(&world, &path).await?;
    let mut all = world.api.events_until(0, "kind:broadcast on").await?;
    world
        .until("the last of them is told", async || {
            Ok((crm.events().last() >= all.last()).then_some(()))
        })
        .await?;
    let told = crm.events();
    // What the start of the service wrote may have come before the endpoint.
    all.retain(|id| told.first().is_some_and(|first| id >= first));
    assert!(all.len() > 15, "{all:?}");
    assert_eq!(
        told.get(..all.len()),
        Some(&all[..]),
        "all of them, in their order, once"
    );
    for one in crm.all() {
        let said = one.json();
        assert_eq!(one.id, format!("evt_{}", one.event()));
        assert_eq!(said["type"], said["data"]["type"]);
        assert_eq!(said["timestamp"], said["data"]["at"]);
        for private in [
            "Which muscles",
            "Maria",
            maria.phone.trim_start_matches('+'),
        ] {
            assert!(!one.body.contains(private), "{}", one.body);
        }
        assert!(verifies(&one, &secret));
    }
    let page = world
        .api
        .get(&format!("{path}/deliveries?state=delivered&limit=2"))
        .await?
        .json();
    assert_eq!(page["items"][0]["event_id"].as_i64(), told.last().copied());
    assert_eq!(page["items"][0]["code"], 204);
    let cursor = text(&page, "next_cursor");
    let page = world
        .api
        .get(&format!("{path}/deliveries?cursor={cursor}"))
        .await?
        .json();
    assert_eq!(
        page["items"][0]["event_id"].as_i64(),
        told.iter().rev().nth(2).copied()
    );

    let test = "everything_is_told_once_in_its_order_and_the_official_library_believes_it";
    let Some(packages) = NODE.locate(test, env!("CARGO_TARGET_TMPDIR"))? else {
        return Ok(());
    };
    let deliveries: Vec<Value> = crm.all().iter().map(Told::as_json).collect();
    let now = world.clock_now().as_seconds();
    let input = json!({"secret": secret.expose(), "now": now, "deliveries": deliveries});
    let mut script = NODE.script(&packages, "deliveries.mjs");
    let mut script = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = script.stdin.take().expect("piped");
    stdin.write_all(input.to_string().as_bytes()).await?;
    drop(stdin);
    let output = script.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains(&format!("verified {}", deliveries.len())),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

#[tokio::test]
async fn a_server_that_was_down_for_a_day_is_told_all_it_missed_in_order() -> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let crm = Integrator::start().await?;
    let (path, _) = made(&world, &crm, &["message.*"]).await?;
    let maria = maria(&world).await?;
    crm.says(503);
    let began = world.clock_now();
    let mut tried = 0;
    while world.clock_now().since(began) < Seconds::new(DAY) {
        sends(&world, &maria, "Another one").await?;
        world.is_quiet().await?;
        let one = becomes(&world, &path, "a further try", |one| tries(one) > tried).await?;
        tried = tries(&one);
        to_next_try(&world, &one)?;
    }
    assert!(crm.taken().is_empty());
    let one = becomes(&world, &path, "a further try", |one| tries(one) > tried).await?;
    assert!(one["failing_since"].is_string() && one["waiting"].as_u64() > Some(10));
    crm.says(204);
    to_next_try(&world, &one)?;
    let one = is_told(&world, &path).await?;
    assert_eq!(one["failing_since"], Value::Null);
    let delivered = || {
        let taken = crm.taken();
        let all = taken.iter().map(Told::json);
        all.filter(|said| said["data"]["detail"] == "delivered")
            .count()
    };
    // Each of the messages sent meanwhile, and the workouts of these days.
    world
        .until("all are told", async || {
            Ok((delivered() as u64 >= tried).then_some(()))
        })
        .await?;
    let taken = crm.events();
    assert!(is_ordered(&taken), "{taken:?}");
    Ok(())
}

#[tokio::test]
async fn an_event_that_is_refused_alone_gives_way_and_is_told_later() -> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let crm = Integrator::start().await?;
    let (path, _) = made(&world, &crm, &["message.accepted"]).await?;
    let maria = maria(&world).await?;
    sends(&world, &maria, "Zero").await?;
    hears(&world, &crm, 1).await?;
    crm.says(500);
    for words in ["One", "Two", "Three"] {
        sends(&world, &maria, words).await?;
    }
    world.is_quiet().await?;
    let one = becomes(&world, &path, "a first try", |one| tries(one) == 1).await?;
    let bad = crm.all().last().map(Told::event);
    crm.refuses(bad);
    crm.says(204);
    to_next_try(&world, &one)?;
    let one = becomes(&world, &path, "a second try", |one| tries(one) == 2).await?;
    assert_eq!(crm.events().len(), 1, "its place is kept so far");
    to_next_try(&world, &one)?;
    hears(&world, &crm, 3).await?;
    let aside = world
        .api
        .get(&format!("{path}/deliveries?state=retrying"))
        .await?
        .json();
    assert_eq!(aside["items"][0]["event_id"].as_i64(), bad);
    assert_eq!(aside["items"][0]["attempts"], 3);

    crm.refuses(None);
    world.passes(Seconds::new(3_600));
    world
        .until("it is told", async || {
            Ok(crm
                .events()
                .contains(&bad.unwrap_or_default())
                .then_some(()))
        })
        .await?;
    let ids: Vec<String> = crm
        .all()
        .iter()
        .filter(|told| Some(told.event()) == bad)
        .map(|told| told.id.clone())
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    Ok(())
}

#[tokio::test]
async fn who_is_gone_or_takes_nothing_for_five_days_is_told_nothing_more_until_somebody_says_so()
-> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let (crm, shop) = (Integrator::start().await?, Integrator::start().await?);
    let (gone, _) = made(&world, &crm, &["switch.changed"]).await?;
    let (failing, _) = made(&world, &shop, &["switch.changed"]).await?;
    crm.says(410);
    shop.says(503);
    turns(&world, true).await?;
    let one = becomes(&world, &gone, "it is gone", |one| one["stopped"] == "gone").await?;
    assert_eq!(one["enabled"], false);
    let mut tried = 0;
    let stopped = loop {
        let one = becomes(&world, &failing, "a further try", |one| {
            tries(one) > tried || one["stopped"] == "failing"
        })
        .await?;
        if one["stopped"] == "failing" {
            break one;
        }
        tried = tries(&one);
        to_next_try(&world, &one)?;
    };
    assert!(tried >= 9, "{stopped:#}");
    turns(&world, false).await?;
    world.is_quiet().await?;
    assert_eq!(crm.all().len(), 1, "nothing more");
    for (at, path) in [(&crm, &gone), (&shop, &failing)] {
        at.says(204);
        world
            .api
            .json("PATCH", path, &json!({"enabled": true}))
            .await?;
        hears(&world, at, 2).await?;
        let events = at.events();
        assert_eq!(events.len(), 2, "what happened meanwhile, too");
        assert!(is_ordered(&events));
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_server_keeps_nobody_else_waiting_and_one_that_asks_for_time_gets_it()
-> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let (slow, fast) = (Integrator::start().await?, Integrator::start().await?);
    let (slow_path, _) = made(&world, &slow, &["message.*"]).await?;
    let (fast_path, _) = made(&world, &fast, &["message.*"]).await?;
    slow.answers(false);
    let maria = maria(&world).await?;
    for words in ["One", "Two", "Three"] {
        sends(&world, &maria, words).await?;
    }
    hears(&world, &fast, 9).await?;
    assert!(slow.all().is_empty(), "it answered nothing yet");
    slow.answers(true);
    is_told(&world, &slow_path).await?;
    world
        .until("both are told the same", async || {
            Ok((slow.events() == fast.events()).then_some(()))
        })
        .await?;

    fast.says(429);
    fast.asks_for(Some(7_200));
    sends(&world, &maria, "Four").await?;
    let one = becomes(&world, &fast_path, "a try", |one| tries(one) == 1).await?;
    let at: jiff::Timestamp = text(&one, "next_try_at").parse()?;
    let wait = Timestamp::from_jiff(at).since(world.clock_now()).as_f64();
    assert!((7_199.0..=7_200.0).contains(&wait), "{wait}");
    Ok(())
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day() -> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let crm = Integrator::start().await?;
    let (path, old) = made(&world, &crm, &["switch.changed"]).await?;
    let rotated = post(&world, &format!("{path}/rotate"), json!({})).await?;
    assert_eq!(rotated.status, 200);
    let new = Secret::new(text(&rotated.json(), "secret"));
    assert_ne!(old, new);
    assert!(world.api.get(&path).await?.json().get("secret").is_none());
    turns(&world, true).await?;
    hears(&world, &crm, 1).await?;
    world.passes(Seconds::new(DAY));
    turns(&world, false).await?;
    hears(&world, &crm, 2).await?;
    let told = crm.all();
    let held: Vec<(bool, bool)> = told
        .iter()
        .map(|one| (verifies(one, &old), verifies(one, &new)))
        .collect();
    assert_eq!(held, [(true, true), (false, true)]);
    Ok(())
}

#[tokio::test]
async fn what_was_told_is_told_again_when_somebody_asks() -> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let crm = Integrator::start().await?;
    let (path, _) = made(&world, &crm, &["message.accepted"]).await?;
    let replay = format!("{path}/replay");
    let maria = maria(&world).await?;
    sends(&world, &maria, "One").await?;
    hears(&world, &crm, 1).await?;
    // What is begun and not yet on its way would be too late to go after an hour, and come again later.
    world.is_quiet().await?;
    world.passes(Seconds::new(3_600));
    let since = world.clock_now().to_string();
    for words in ["Two", "Three"] {
        sends(&world, &maria, words).await?;
    }
    hears(&world, &crm, 3).await?;
    let first = crm.events();
    assert_eq!(first.len(), 3);

    let one = post(&world, &replay, json!({"event_id": first[0]})).await?;
    assert_eq!(one.status, 202, "{}", one.json());
    let comes = async |count: usize| {
        world
            .until("it is told again", async || {
                Ok((crm.events().len() == count).then_some(()))
            })
            .await
    };
    comes(4).await?;
    assert_eq!(crm.events()[3], first[0]);
    assert_eq!(crm.all()[3].id, crm.all()[0].id);
    let later = post(&world, &replay, json!({"since": since})).await?;
    assert_eq!(later.status, 202);
    comes(6).await?;
    assert_eq!(crm.events()[4..], first[1..]);
    is_told(&world, &path).await?;

    let none = post(&world, &replay, json!({"event_id": 9_000_000_000_000_i64})).await?;
    assert_eq!((none.status, none.code().as_str()), (409, "not_told_yet"));
    for wrong in [
        json!({}),
        json!({"event_id": 1, "since": since}),
        json!({"since": "yesterday"}),
    ] {
        assert_eq!(post(&world, &replay, wrong).await?.status, 422);
    }
    let test = post(&world, &format!("{path}/test"), json!({}))
        .await?
        .json();
    assert_eq!((&test["taken"], &test["code"]), (&json!(true), &json!(204)));
    assert_eq!(
        crm.all().last().map(|told| told.json()["type"].clone()),
        Some(json!("webhook.test"))
    );
    Ok(())
}

#[tokio::test]
async fn nobody_is_told_anything_inside_our_own_network() -> anyhow::Result<()> {
    let world = World::new().await?;
    let inside = Integrator::start().await?;
    let port = inside.addr.port();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::1]/".to_owned(),
        "http://crm.example/".to_owned(),
        "crm.example".to_owned(),
    ] {
        let refused = post(&world, "/api/v1/webhooks", json!({"url": url})).await?;
        assert_eq!(refused.status, 422, "{url}: {}", refused.json());
        assert_eq!(refused.json()["errors"][0]["field"], "url");
    }
    // Names that only turn out to lead there once they are looked up.
    for (at, name) in ["localhost", "2130706433"].into_iter().enumerate() {
        let url = format!("https://{name}:{port}/{at}");
        let made = post(&world, "/api/v1/webhooks", json!({"url": url})).await?;
        assert_eq!(made.status, 201, "{}", made.json());
        let path = format!("/api/v1/webhooks/{}/test", text(&made.json(), "id"));
        let test = post(&world, &path, json!({})).await?.json();
        assert_eq!(
            (&test["taken"], &test["code"]),
            (&json!(false), &Value::Null)
        );
        assert!(text(&test, "why").contains("private address"), "{test}");
    }
    assert!(inside.all().is_empty());
    let again = post(
        &world,
        "/api/v1/webhooks",
        json!({"url": format!("https://localhost:{port}/0")}),
    )
    .await?;
    assert_eq!(again.code(), "webhook_exists");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_between_the_answer_and_its_note_tells_again_with_the_same_id() -> anyhow::Result<()>
{
    let data = tempfile::tempdir()?;
    let addr = stories::ports::free_addr()?;
    let clock = std::sync::Arc::new(stories::sandbox::SystemClock);
    let timing = simulator::Timing::instant();
    let carrier = Sandbox::start(&format!("http://{addr}"), clock, timing).await?;
    let (name, here) = HERE[0];
    let setup = Setup::new(data.path(), addr, carrier.addr)?.with(name, here);
    let crm = Integrator::start().await?;
    let point = format!("{}:2", Point::EndpointTold);
    let dying = setup
        .clone()
        .with("GYMTEXT_ABORT_AT", &point)
        .start()
        .await?;
    let api = setup.api();
    let endpoint = json!({"url": crm.url()});
    let made = api.json("POST", "/api/v1/webhooks", &endpoint).await?;
    assert_eq!(made.status, 201, "{}", made.json());
    for on in [true, false, true] {
        let switch = json!({"on": on, "reason": "a story"});
        // It dies over the second of them.
        let _ = api
            .json("PUT", "/api/v1/switches/kind:broadcast", &switch)
            .await;
    }
    assert!(!dying.ended().await?.success());
    let before = crm.all();
    assert_eq!(before.len(), 2);
    let service = setup.start().await?;
    let switch = json!({"on": true, "reason": "a story"});
    api.json("PUT", "/api/v1/switches/kind:system", &switch)
        .await?;
    let since = stories::stopwatch();
    while !crm
        .all()
        .iter()
        .any(|told| told.body.contains("kind:system on"))
    {
        anyhow::ensure!(since.elapsed().as_secs() < 20, "{:?}", crm.all());
        stories::tick().await;
    }
    let all = crm.all();
    // Those nobody had noted, the second at least, and what follows.
    let repeated = before.iter().position(|told| told.id == all[2].id);
    let repeated = &before[repeated.expect("it goes on with one of them")..];
    for (again, first) in all[2..].iter().zip(repeated) {
        assert_eq!((&again.id, &again.body), (&first.id, &first.body));
    }
    let events = crm.events();
    assert!(is_ordered(&events[..2]) && is_ordered(&events[2..]));
    let each: std::collections::BTreeSet<i64> = events.iter().copied().collect();
    let twice = events.len() - each.len();
    assert_eq!(twice, repeated.len(), "these twice, and nothing else");
    assert!(service.terminate().await?.success());
    Ok(())
}
