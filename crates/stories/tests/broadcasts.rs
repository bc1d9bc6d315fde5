//! The same words to many: each of the audience gets them once, on their own channel and at their own hour, whatever is
//! paused, cancelled or killed meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::failpoint::Point;
use domain::{Channel, Seconds};
use serde_json::{Value, json};
use simulator::Timing;
use stories::binary::Setup;
use stories::http::Http;
use stories::load::TIMES;
use stories::ports::free_addr;
use stories::sandbox::{Sandbox, SystemClock};
use stories::world::{Joining, Person, World, text};
use stories::{stopwatch, tick};

const HOUR: u32 = 3_600;

const WORDS: &str = "The gym is closed on Friday.";

/// Broadcasts are looked at often, as the clock is moved by hand.
const OFTEN: (&str, &str) = ("GYMTEXT_SWEEP_EVERY", "0.1");

async fn world() -> anyhow::Result<World> {
    World::with(&[OFTEN]).await
}

async fn joins(world: &World, name: &str, zone: &str, on: &[Channel]) -> anyhow::Result<Person> {
    let mut person = Joining::called(name).with("time_zone", json!(zone));
    for channel in on {
        person = person.opted_in(*channel).prefers(*channel);
    }
    world.joins(person).await
}

/// Makes a draft: its id.
async fn drafts(world: &World, fields: Value) -> anyhow::Result<String> {
    let mut body = json!({"name": "Closed", "content": WORDS, "filter": {}});
    if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object()) {
        body.extend(fields.clone());
    }
    let made = world.api.json("POST", "/api/v1/broadcasts", &body).await?;
    anyhow::ensure!(made.status == 201, "{} {}", made.status, made.json());
    Ok(text(&made.json(), "id"))
}

/// Does something to a broadcast, which must work.
async fn does(world: &World, id: &str, act: &str, body: Value) -> anyhow::Result<Value> {
    let path = format!("/api/v1/broadcasts/{id}/{act}");
    let done = world.api.json("POST", &path, &body).await?;
    anyhow::ensure!(done.status < 300, "{act}: {} {}", done.status, done.json());
    Ok(done.json())
}

async fn starts(world: &World, id: &str) -> anyhow::Result<Value> {
    does(world, id, "start", json!({"revision": 1})).await
}

async fn read(api: &Http, id: &str) -> anyhow::Result<Value> {
    let path = format!("/api/v1/broadcasts/{id}");
    Ok(api.get(&path).await?.json())
}

async fn reaches(world: &World, id: &str, state: &str) -> anyhow::Result<Value> {
    let reached = world
        .until(state, async || {
            let found = read(&world.api, id).await?;
            Ok((text(&found, "state") == state).then_some(found))
        })
        .await;
    match reached {
        Ok(found) => Ok(found),
        Err(error) => anyhow::bail!("{error}: {:#}", read(&world.api, id).await?),
    }
}

/// Waits until all of the audience have their message, or none for a reason.
async fn is_made(world: &World, id: &str) -> anyhow::Result<Value> {
    world
        .until("all to be made", async || {
            let found = read(&world.api, id).await?;
            let whole = found.get("audience_at").is_some_and(|at| !at.is_null())
                && found.get("taken") == found.get("audience");
            Ok(whole.then_some(found))
        })
        .await
}

/// How many stand how, and why.
fn counts(broadcast: &Value) -> BTreeMap<String, u64> {
    let rows = broadcast.pointer("/progress/by_status");
    let rows = rows.and_then(Value::as_array);
    let mut counts = BTreeMap::new();
    for row in rows.into_iter().flatten() {
        let word = format!("{} {}", text(row, "status"), text(row, "reason"));
        let count = row.get("count").and_then(Value::as_u64);
        *counts.entry(word.trim_end().to_owned()).or_default() += count.unwrap_or(0);
    }
    counts
}

fn expected<const N: usize>(rows: [(&str, u64); N]) -> BTreeMap<String, u64> {
    rows.map(|(word, count)| (word.to_owned(), count)).into()
}

async fn got(person: &Person, channel: Channel) -> anyhow::Result<usize> {
    let texts = person.received(channel).await?;
    Ok(texts.iter().filter(|words| words.contains(WORDS)).count())
}

async fn receives(world: &World, person: &Person, channel: Channel) -> anyhow::Result<()> {
    world
        .until("the words to arrive", async || {
            Ok((got(person, channel).await? > 0).then_some(()))
        })
        .await
}

#[tokio::test]
async fn everybody_gets_it_once_as_the_estimate_said() -> anyhow::Result<()> {
    let world = world().await?;
    let ana = joins(&world, "Ana", "America/New_York", &[Channel::Sms]).await?;
    let bia = joins(&world, "Bia", "America/Sao_Paulo", &[Channel::Whatsapp]).await?;
    let caio = joins(&world, "Caio", "Asia/Tokyo", &[]).await?;
    bia.texts(Channel::Whatsapp, "thanks").await?;
    world.is_quiet().await?;
    let id = drafts(&world, json!({})).await?;

    // Two people edit it: the second one is told.
    let edit = json!({"revision": 1, "broadcast": {"name": "Closed on Friday", "content": WORDS, "filter": {}}});
    let path = format!("/api/v1/broadcasts/{id}");
    let edited = world.api.json("PATCH", &path, &edit).await?;
    assert_eq!(
        (edited.status, &edited.json()["revision"]),
        (200, &json!(2))
    );
    let late = world.api.json("PATCH", &path, &edit).await?;
    assert_eq!(
        (late.status, late.code()),
        (409, "broadcast_changed".into())
    );
    let unseen = json!({"revision": 1});
    let start = format!("{path}/start");
    let refused = world.api.json("POST", &start, &unseen).await?;
    assert_eq!(refused.status, 409, "{}", refused.json());

    let estimate = does(&world, &id, "estimate", json!({})).await?;
    assert_eq!(estimate["audience"], 3, "{estimate:#}");
    assert_eq!(
        estimate["suppressed"],
        json!({"consent_unknown": 1}),
        "{estimate:#}"
    );
    let ways = json!([
        {"channel": "sms", "form": "text", "count": 1},
        {"channel": "whatsapp", "form": "text", "count": 1},
    ]);
    assert_eq!(estimate["sent"], ways, "{estimate:#}");
    assert_eq!(estimate["is_sample"], false);

    does(&world, &id, "test", json!({"member_id": ana.id})).await?;
    receives(&world, &ana, Channel::Sms).await?;
    assert_eq!(
        read(&world.api, &id).await?["audience"],
        0,
        "a test is no part of it"
    );

    does(&world, &id, "start", json!({"revision": 2})).await?;
    let over = reaches(&world, &id, "finished").await?;
    assert_eq!(
        counts(&over),
        expected([
            ("delivered", 1),
            ("read", 1),
            ("suppressed consent_unknown", 1)
        ]),
        "{over:#}"
    );
    assert_eq!(got(&ana, Channel::Sms).await?, 2, "the test, and it");
    assert_eq!(got(&bia, Channel::Whatsapp).await?, 1);
    assert_eq!(got(&caio, Channel::Sms).await?, 0);
    let edited = world.api.json("PATCH", &path, &edit).await?;
    assert_eq!(
        (edited.status, edited.code()),
        (409, "broadcast_state".into())
    );

    // Who joins later is not in it; who answers is counted.
    joins(&world, "Dora", "Asia/Tokyo", &[Channel::Sms]).await?;
    ana.texts(Channel::Sms, "thanks").await?;
    world.is_quiet().await?;
    let later = read(&world.api, &id).await?;
    assert_eq!(
        (&later["audience"], &later["progress"]["replies"]),
        (&json!(3), &json!(1))
    );
    let listed = world
        .api
        .get(&format!("{path}/members?state=suppressed"))
        .await?
        .json();
    assert_eq!(
        listed["items"][0]["member_id"],
        json!(caio.id),
        "{listed:#}"
    );
    Ok(())
}

/// Nine in the morning of the next day, everybody's own.
fn tomorrow_at_nine() -> Value {
    json!({"local": "2026-11-19T09:00", "past": "skip"})
}

/// Three people around the world, of whom the broadcast waits in lanes for their mornings.
async fn around_the_world(world: &World) -> anyhow::Result<(String, [Person; 3])> {
    let tokyo = joins(world, "Aiko", "Asia/Tokyo", &[Channel::Sms]).await?;
    let lisbon = joins(world, "Rui", "Europe/Lisbon", &[Channel::Sms]).await?;
    let york = joins(world, "Ana", "America/New_York", &[Channel::Sms]).await?;
    let id = drafts(world, json!({"schedule": tomorrow_at_nine()})).await?;
    let started = starts(world, &id).await?;
    assert_eq!(text(&started, "state"), "scheduled");
    assert_eq!(text(&started, "starts_at"), "2026-11-18T19:00:00.000000Z");
    // It is noon in London; at seven in the evening the next day's nine has come where days begin first.
    world.passes(Seconds::new(7 * HOUR));
    is_made(world, &id).await?;
    Ok((id, [tokyo, lisbon, york]))
}

#[tokio::test]
async fn over_a_night_everybody_gets_it_at_their_own_nine() -> anyhow::Result<()> {
    let world = world().await?;
    let (id, [tokyo, lisbon, york]) = around_the_world(&world).await?;
    let people = [&tokyo, &lisbon, &york];
    let received = async || -> anyhow::Result<Vec<usize>> {
        let mut all = Vec::new();
        for person in people {
            all.push(got(person, Channel::Sms).await?);
        }
        Ok(all)
    };
    assert_eq!(received().await?, [0, 0, 0]);
    world.passes(Seconds::new(5 * HOUR));
    receives(&world, &tokyo, Channel::Sms).await?;
    assert_eq!(received().await?, [1, 0, 0]);
    world.passes(Seconds::new(9 * HOUR));
    receives(&world, &lisbon, Channel::Sms).await?;
    assert_eq!(received().await?, [1, 1, 0]);
    // Whoever says stop before their morning gets nothing, and it says why.
    york.texts(Channel::Sms, "STOP").await?;
    world.is_quiet().await?;
    world.passes(Seconds::new(5 * HOUR));
    let over = reaches(&world, &id, "finished").await?;
    assert_eq!(
        counts(&over),
        expected([("delivered", 2), ("suppressed opted_out", 1)]),
        "{over:#}"
    );
    assert_eq!(received().await?, [1, 1, 0]);
    Ok(())
}

#[tokio::test]
async fn a_pause_holds_what_waits_and_a_resume_lets_it_go() -> anyhow::Result<()> {
    let world = world().await?;
    let (id, [tokyo, lisbon, york]) = around_the_world(&world).await?;
    world.passes(Seconds::new(5 * HOUR));
    receives(&world, &tokyo, Channel::Sms).await?;
    let paused = does(&world, &id, "pause", json!({"reason": "The day is wrong"})).await?;
    assert_eq!(
        (text(&paused, "state"), text(&paused, "why")),
        ("paused".into(), "The day is wrong".into())
    );
    world.passes(Seconds::new(9 * HOUR));
    let held = world
        .until("what waits to be held", async || {
            let found = read(&world.api, &id).await?;
            let held = counts(&found).get("held queue_switched_off").copied();
            Ok((held >= Some(1)).then_some(found))
        })
        .await?;
    assert_eq!(text(&held, "state"), "paused");
    assert_eq!(got(&lisbon, Channel::Sms).await?, 0);
    does(&world, &id, "resume", json!({})).await?;
    world.passes(Seconds::new(HOUR));
    receives(&world, &lisbon, Channel::Sms).await?;
    world.passes(Seconds::new(5 * HOUR));
    receives(&world, &york, Channel::Sms).await?;
    let over = reaches(&world, &id, "finished").await?;
    assert_eq!(counts(&over), expected([("delivered", 3)]), "{over:#}");
    Ok(())
}

#[tokio::test]
async fn a_cancel_takes_back_what_has_not_left() -> anyhow::Result<()> {
    let world = world().await?;
    let (id, [tokyo, lisbon, york]) = around_the_world(&world).await?;
    world.passes(Seconds::new(5 * HOUR));
    receives(&world, &tokyo, Channel::Sms).await?;
    does(&world, &id, "cancel", json!({})).await?;
    let over = world
        .until("the others to be called back", async || {
            let found = read(&world.api, &id).await?;
            let all = expected([("cancelled cancelled", 2), ("delivered", 1)]);
            Ok((counts(&found) == all).then_some(found))
        })
        .await?;
    assert_eq!(text(&over, "state"), "cancelled");
    world
        .until("its switch to be off", async || {
            let switches = world.api.get("/api/v1/switches").await?.json();
            Ok((switches["items"] == json!([])).then_some(()))
        })
        .await?;
    world.passes(Seconds::new(24 * HOUR));
    world.is_quiet().await?;
    for person in [&lisbon, &york] {
        assert_eq!(got(person, Channel::Sms).await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_stage_that_went_badly_is_not_followed_by_itself() -> anyhow::Result<()> {
    let world = world().await?;
    for number in 0..4 {
        joins(&world, &format!("Stranger {number}"), "UTC", &[]).await?;
    }
    let stages = json!({"percents": [50, 100], "go_on_after_minutes": 10});
    let id = drafts(&world, json!({"stages": stages})).await?;
    starts(&world, &id).await?;
    let waiting = reaches(&world, &id, "waiting").await?;
    assert_eq!(
        (&waiting["audience"], &waiting["taken"]),
        (&json!(4), &json!(2))
    );
    world.is_quiet().await?;
    world.passes(Seconds::new(11 * 60));
    let paused = reaches(&world, &id, "paused").await?;
    let why = text(&paused, "why");
    assert!(
        why.starts_with("2 of the 2 of this stage ended badly"),
        "{why}"
    );
    // A person decides: it waits for its next stage, and they say so.
    does(&world, &id, "resume", json!({})).await?;
    does(&world, &id, "next-stage", json!({})).await?;
    let over = reaches(&world, &id, "finished").await?;
    assert_eq!(counts(&over), expected([("suppressed consent_unknown", 4)]));
    Ok(())
}

#[tokio::test]
async fn stages_that_go_well_follow_each_other() -> anyhow::Result<()> {
    let world = world().await?;
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(joins(&world, &format!("Member {number}"), "UTC", &[Channel::Sms]).await?);
    }
    let stages = json!({"percents": [25, 100], "go_on_after_minutes": 10});
    let id = drafts(&world, json!({"stages": stages})).await?;
    starts(&world, &id).await?;
    let waiting = reaches(&world, &id, "waiting").await?;
    assert_eq!(
        (&waiting["stage"], &waiting["taken"]),
        (&json!(1), &json!(1))
    );
    world.is_quiet().await?;
    world.passes(Seconds::new(11 * 60));
    let over = reaches(&world, &id, "finished").await?;
    assert_eq!(counts(&over), expected([("delivered", 4)]));
    for person in &people {
        assert_eq!(got(person, Channel::Sms).await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_segment_says_who_is_meant() -> anyhow::Result<()> {
    let world = world().await?;
    let ana = joins(&world, "Ana", "America/New_York", &[Channel::Sms]).await?;
    joins(&world, "Rui", "Europe/Lisbon", &[Channel::Sms]).await?;
    let filter = json!({"time_zones": ["America/New_York"], "opted_in": ["sms"]});
    let body = json!({"name": "New York", "filter": filter});
    let made = world.api.json("POST", "/api/v1/segments", &body).await?;
    assert_eq!(made.status, 201, "{}", made.json());
    let path = format!("/api/v1/segments/{}", text(&made.json(), "id"));
    let read = world.api.get(&path).await?.json();
    assert_eq!(read["count"]["total"], 1, "{read:#}");
    let members = world.api.get(&format!("{path}/members")).await?.json();
    assert_eq!(members["items"][0]["id"], json!(ana.id), "{members:#}");
    let twin = world.api.json("POST", "/api/v1/segments", &body).await?;
    assert_eq!(
        (twin.status, twin.code()),
        (409, "segment_name_taken".into())
    );
    let wrong = json!({"filter": {"zones": []}});
    let wrong = world.api.json("PATCH", &path, &wrong).await?;
    assert_eq!(wrong.status, 422, "{}", wrong.json());
    let gone = world.api.send("DELETE", &path, &[], "").await?;
    assert_eq!(gone.status, 204);
    assert_eq!(world.api.get(&path).await?.status, 404);
    Ok(())
}

/// More than one page.
const MANY: usize = 510;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_between_pages_leaves_each_with_exactly_one() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let addr = free_addr()?;
    let clock = Arc::new(SystemClock);
    let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
    let mut setup = Setup::new(data.path(), addr, sandbox.addr)?;
    let by_night = [("GYMTEXT_QUIET_HOURS", "off"), OFTEN];
    for (name, value) in TIMES.into_iter().chain(by_night) {
        setup = setup.with(name, value);
    }
    let service = setup.start().await?;
    let (api, carrier) = (setup.api(), sandbox.http());
    for number in 0..MANY {
        let phone = format!("+1415556{number:04}");
        let handset = json!({"number": phone, "whatsapp": false, "sms": true});
        carrier
            .json("POST", "/sandbox/api/phones", &handset)
            .await?;
        let member = json!({
            "name": "Ana", "phone": phone, "time_zone": "UTC",
            "consents": [{"channel": "sms", "state": "opted_in", "source": "story", "wording": "Yes."}],
        });
        let made = api.json("POST", "/api/v1/members", &member).await?;
        anyhow::ensure!(made.status == 201, "{}", made.json());
    }
    let body = json!({"name": "Closed", "content": WORDS, "filter": {}});
    let made = api.json("POST", "/api/v1/broadcasts", &body).await?;
    let id = text(&made.json(), "id");
    assert!(service.terminate().await?.success());
    // Before and after the audience, the first page, and the second.
    for time in [1, 2, 1, 2, 1] {
        let armed = setup
            .clone()
            .with("GYMTEXT_ABORT_AT", &format!("{}:{time}", Point::Broadcast));
        let dying = armed.launch()?;
        if text(&read_when_up(&api, &id).await, "state") == "draft" {
            let start = format!("/api/v1/broadcasts/{id}/start");
            // It may die before it answers.
            let _ = api.json("POST", &start, &json!({"revision": 1})).await;
        }
        assert!(!dying.ended().await?.success(), "{}", setup.log_tail());
    }
    let service = setup.start().await?;
    let since = stopwatch();
    let over = loop {
        let found = read(&api, &id).await?;
        if text(&found, "state") == "finished" || since.elapsed() > Duration::from_mins(1) {
            break found;
        }
        tick().await;
    };
    let all = u64::try_from(MANY)?;
    assert_eq!(over["audience"], json!(all), "{over:#}");
    let counts = counts(&over);
    assert_eq!(counts.values().sum::<u64>(), all, "{over:#}");
    for number in 0..MANY {
        let path = format!("/sandbox/api/phones/%2B1415556{number:04}/messages");
        let inbox = carrier.get(&path).await?.json();
        let inbox = inbox["items"].as_array().or_else(|| inbox.as_array());
        assert!(inbox.is_some_and(|texts| texts.len() <= 1), "{number}");
    }
    // What was under way at a death may have left or not: it says so, and is not sent again.
    let unsure = counts
        .iter()
        .filter(|(word, _)| word.starts_with("unconfirmed"));
    let unsure: u64 = unsure.map(|(_, count)| count).sum();
    let delivered = counts.get("delivered").copied().unwrap_or(0);
    assert_eq!(delivered + unsure, all, "{over:#}");
    assert!(service.terminate().await?.success());
    Ok(())
}

/// A broadcast as soon as the service answers; nothing where it died before.
async fn read_when_up(api: &Http, id: &str) -> Value {
    let since = stopwatch();
    while since.elapsed() < Duration::from_secs(5) {
        if let Ok(found) = read(api, id).await {
            return found;
        }
        tick().await;
    }
    Value::Null
}
