//! The switch is thrown while a thousand messages wait for WhatsApp: by a rollback in the running service, and by
//! `WHATSAPP_ENABLED=false` at a restart. All go by SMS, each once, and nothing goes by WhatsApp after it.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Channel;
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

/// Members, every twentieth without consent for SMS, and messages for each, five sorts in so many rounds: a thousand.
const MEMBERS: usize = 40;
const ROUNDS: usize = 5;
const MESSAGES: usize = 5 * ROUNDS;
const WITHOUT_SMS: usize = MEMBERS / 20;
const BY_SMS: usize = (MEMBERS - WITHOUT_SMS) * MESSAGES;
const NOT_BY_SMS: usize = WITHOUT_SMS * MESSAGES;

/// A minute: ten times what it takes.
const LOOKS_MAX: u32 = 600;

/// A world in which they all wait, each in a lane of its own, and nobody has been written to.
async fn a_thousand_wait() -> anyhow::Result<(World, Vec<Person>)> {
    let world = World::new().await?;
    switch(&world, "channel:whatsapp", true).await?;
    let mut people = Vec::with_capacity(MEMBERS);
    let mut messages = Vec::with_capacity(MEMBERS * MESSAGES);
    for number in 0..MEMBERS {
        let mut joining = Joining::called(&format!("Ana {number}"))
            .opted_in(Channel::Whatsapp)
            .prefers(Channel::Whatsapp);
        if number % 20 > 0 {
            joining = joining.opted_in(Channel::Sms);
        }
        let person = world.joins(joining).await?;
        for (queue, (words, sort)) in all_words(number).into_iter().enumerate() {
            let mut message = match sort {
                // A template's words are as neutral as any.
                "welcome" => json!({"template": "welcome", "variables": {"1": words}}),
                // Whoever asked for WhatsApp is served as well.
                "system" => json!({"content": words, "channel": "whatsapp"}),
                _ => json!({"content": words}),
            };
            if let Some(fields) = message.as_object_mut() {
                fields.insert("kind".into(), json!(sort));
                fields.insert("member_id".into(), json!(person.id));
                fields.insert("queue".into(), json!(format!("lane-{queue}")));
            }
            messages.push(message);
        }
        people.push(person);
    }
    let accepted = world
        .api
        .json("POST", "/api/v1/messages/batch", &json!(messages))
        .await?;
    anyhow::ensure!(accepted.status == 202, "{}", accepted.json());
    until_counted(&world, "/held", MEMBERS * MESSAGES).await?;
    assert_eq!(requests(&world).await?.len(), 0, "nobody was written to");
    Ok((world, people))
}

/// What is said to a member, all of it different, with its kind.
fn all_words(number: usize) -> Vec<(String, &'static str)> {
    let sorts = [
        "daily_workout",
        "weekly_checkin",
        "broadcast",
        "system",
        "welcome",
    ];
    let round = |round: usize| sorts.map(|sort| (format!("{sort} {number} {round}"), sort));
    (0..ROUNDS).flat_map(round).collect()
}

async fn switch(world: &World, scope: &str, on: bool) -> anyhow::Result<()> {
    let path = format!("/api/v1/switches/{scope}");
    let body = json!({"on": on, "reason": "a story"});
    let answer = world.api.json("PUT", &path, &body).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(())
}

/// Waits for a count of the service. Looked at now and then: a thousand messages are many changes, and a look at
/// each of them would be what takes the time.
async fn until_counted(world: &World, name: &str, count: usize) -> anyhow::Result<()> {
    let mut stats = Value::Null;
    for _ in 0..LOOKS_MAX {
        stats = world.api.get("/api/v1/stats").await?.json();
        let counted = stats.pointer(name).and_then(Value::as_u64);
        if counted == u64::try_from(count).ok() {
            return Ok(());
        }
        stories::after(Duration::from_millis(100)).await;
    }
    anyhow::bail!("in vain: {count} of {name} in {stats}")
}

/// What the carrier was asked to send: to whom and what, with how often.
async fn requests(world: &World) -> anyhow::Result<BTreeMap<(String, String), usize>> {
    let all = world.carrier.get("/sandbox/api/requests").await?.json();
    let mut sent = BTreeMap::new();
    for request in all.as_array().into_iter().flatten() {
        if text(request, "method") != "POST" || !text(request, "path").ends_with("/Messages.json") {
            continue;
        }
        let field = |name: &str| {
            let fields = request.get("body")?.as_array()?;
            let mut named = fields.iter().filter_map(Value::as_array);
            let found = named.find(|field| field.first().and_then(Value::as_str) == Some(name))?;
            found.get(1)?.as_str().map(str::to_owned)
        };
        let words = field("Body").or_else(|| field("ContentVariables"));
        let key = (field("To").unwrap_or_default(), words.unwrap_or_default());
        *sent.entry(key).or_default() += 1;
    }
    Ok(sent)
}

/// All that can go by SMS has gone, each once, to whom it was for; nothing has gone by WhatsApp.
async fn all_went_by_sms_once(world: &World, people: &[Person]) -> anyhow::Result<()> {
    until_counted(world, "/by_channel/sms", BY_SMS).await?;
    world.is_quiet().await?;
    let sent = requests(world).await?;
    for ((to, words), times) in &sent {
        assert!(!to.starts_with("whatsapp:"), "{words} went by WhatsApp");
        assert_eq!(*times, 1, "{words}");
    }
    assert_eq!(sent.len(), BY_SMS);
    for (number, person) in people.iter().enumerate() {
        for (words, sort) in all_words(number) {
            let words = match sort {
                "welcome" => format!("Welcome to GymText, {words}! Your training begins now."),
                _ => words,
            };
            let went = sent.contains_key(&(person.phone.clone(), words.clone()));
            assert_eq!(went, number % 20 > 0, "{words}");
        }
    }
    Ok(())
}

/// The reasons of what did not go.
async fn reasons(world: &World, status: &str) -> anyhow::Result<BTreeMap<String, usize>> {
    let path = format!("/api/v1/messages?status={status}&limit=200");
    let list = world.api.get(&path).await?.json();
    let mut reasons = BTreeMap::new();
    for message in list
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let message = world.message(&text(message, "id")).await?;
        let reason = message
            .pointer("/decision/reasons/0/code")
            .and_then(Value::as_str)
            .unwrap_or("none");
        *reasons.entry(reason.to_owned()).or_default() += 1;
    }
    Ok(reasons)
}

async fn rolls_back(world: &World, to: &str) -> anyhow::Result<Value> {
    let body = json!({"to": to, "reason": "WhatsApp delivers late"});
    let answer = world.api.json("POST", "/api/v1/rollback", &body).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(answer.json())
}

#[tokio::test]
async fn a_rollback_sends_a_thousand_that_wait_by_sms_once_and_can_be_undone() -> anyhow::Result<()>
{
    let (world, people) = a_thousand_wait().await?;
    let asked = world.api.get("/api/v1/rollback?to=sms").await?.json();
    let preview = |name: &str| asked.pointer(&format!("/preview/{name}")).cloned();
    assert_eq!(
        preview("waiting"),
        Some(json!(MEMBERS * MESSAGES)),
        "{asked}"
    );
    assert_eq!(preview("moves"), Some(json!(BY_SMS)), "{asked}");
    assert_eq!(preview("held"), Some(json!(NOT_BY_SMS)), "{asked}");
    assert_eq!(preview("suppressed"), Some(json!(0)), "{asked}");
    let welcomes = preview("moves_by_kind").and_then(|kinds| kinds.get("welcome").cloned());
    assert_eq!(welcomes, Some(json!(BY_SMS / 5)), "{asked}");
    assert_eq!(requests(&world).await?.len(), 0, "asking sends nothing");

    let done = rolls_back(&world, "sms").await?;
    assert_eq!(text(&done, "now"), "sms", "{done}");
    all_went_by_sms_once(&world, &people).await?;
    let waiting = BTreeMap::from([("rolled_back".to_owned(), NOT_BY_SMS)]);
    assert_eq!(reasons(&world, "held").await?, waiting);
    let switches = world.api.get("/api/v1/switches").await?.json().to_string();
    assert!(
        switches.contains("rollback:sms") && switches.contains("delivers late"),
        "{switches}"
    );

    // Undone: what could not go by SMS goes by WhatsApp again, as far as its window allows.
    switch(&world, "channel:whatsapp", false).await?;
    assert_eq!(
        requests(&world).await?.len(),
        BY_SMS,
        "not before it is undone"
    );
    let undone = rolls_back(&world, "whatsapp").await?;
    assert_eq!(text(&undone, "now"), "whatsapp", "{undone}");
    for person in people.iter().step_by(20) {
        world
            .until("the welcome", async || {
                let inbox = person.received(Channel::Whatsapp).await?;
                let welcomed = inbox
                    .iter()
                    .any(|text| text.starts_with("Welcome to GymText"));
                Ok(welcomed.then_some(()))
            })
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_restart_without_whatsapp_sends_a_thousand_that_wait_by_sms_once() -> anyhow::Result<()> {
    let (world, people) = a_thousand_wait().await?;
    let world = world
        .restarts_with(&[("WHATSAPP_ENABLED", "false")])
        .await?;
    all_went_by_sms_once(&world, &people).await?;
    let ended = BTreeMap::from([("consent_unknown".to_owned(), NOT_BY_SMS)]);
    assert_eq!(reasons(&world, "suppressed").await?, ended);
    Ok(())
}

#[tokio::test]
async fn what_waits_behind_a_knock_goes_by_sms_when_all_is_rolled_back() -> anyhow::Result<()> {
    let world = World::new().await?;
    let joining = Joining::called("Ana")
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp)
        .prefers(Channel::Whatsapp);
    let ana = world.joins(joining).await?;
    let fields = json!({"kind": "daily_workout", "content": "Ten squats"});
    let id = world.sends(&ana, fields).await?;
    world.reaches(&id, &["held"]).await?;
    world
        .until("the knock", async || {
            Ok((ana.inbox(Channel::Whatsapp).await?.len() == 1).then_some(()))
        })
        .await?;
    rolls_back(&world, "sms").await?;
    let message = world.reaches(&id, &["delivered"]).await?;
    assert_eq!(text(&message, "channel"), "sms", "{message}");
    // A question by WhatsApp is not left without an answer.
    ana.texts(Channel::Whatsapp, "how many sets?").await?;
    world
        .until("the answer", async || {
            Ok((ana.inbox(Channel::Sms).await?.len() == 2).then_some(()))
        })
        .await?;
    assert_eq!(
        ana.inbox(Channel::Whatsapp).await?.len(),
        1,
        "the knock alone"
    );
    Ok(())
}
