//! What members write in one breath is answered once; people of the team take over and hand back; what must be seen by
//! one is seen at once.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;

async fn maria(world: &World) -> anyhow::Result<Person> {
    world
        .joins(Joining::called("Maria Souza").opted_in(Channel::Sms))
        .await
}

/// What a person has been sent, in order.
async fn texts(person: &Person) -> anyhow::Result<Vec<String>> {
    person.received(Channel::Sms).await
}

/// Waits until a person has so many texts, and gives the last.
async fn has(world: &World, person: &Person, count: usize) -> anyhow::Result<String> {
    let all = world
        .until("an answer", async || {
            let all = texts(person).await?;
            Ok((all.len() >= count).then_some(all))
        })
        .await?;
    assert_eq!(all.len(), count, "{all:?}");
    Ok(all.into_iter().next_back().unwrap_or_default())
}

/// What members wrote, the oldest first, as the API tells it.
async fn heard(world: &World, person: &Person) -> anyhow::Result<Vec<Value>> {
    let path = format!("/api/v1/messages?member={}", person.id);
    let page = world.api.get(&path).await?.json();
    let mut found = Vec::new();
    for item in page
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if item.get("direction") == Some(&json!("inbound")) {
            let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
            found.push(world.message(id).await?);
        }
    }
    found.reverse();
    Ok(found)
}

/// Waits until all that was written stands so, the oldest first.
async fn stands(world: &World, person: &Person, states: &[&str]) -> anyhow::Result<Vec<Value>> {
    world
        .until("how it stands", async || {
            let heard = heard(world, person).await?;
            let found: Vec<_> = heard
                .iter()
                .filter_map(|message| message.pointer("/answer/state").and_then(Value::as_str))
                .collect();
            Ok((found == states).then_some(heard))
        })
        .await
}

/// Writes, and waits until it has been heard: by the clock, it then stands still meanwhile.
async fn writes(world: &World, person: &Person, words: &str) -> anyhow::Result<()> {
    let before = heard(world, person).await?.len();
    person.texts(Channel::Sms, words).await?;
    world
        .until("it was heard", async || {
            Ok((heard(world, person).await?.len() > before).then_some(()))
        })
        .await
}

fn id(message: &Value) -> String {
    message
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

async fn listed(world: &World, state: &str) -> anyhow::Result<Vec<Value>> {
    let page = world
        .api
        .get(&format!("/api/v1/conversations?state={state}"))
        .await?
        .json();
    Ok(page
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default())
}

async fn posts(world: &World, path: &str, body: Value) -> anyhow::Result<(u16, Value)> {
    let response = world.api.json("POST", path, &body).await?;
    Ok((response.status, response.json()))
}

#[tokio::test]
async fn what_is_written_in_one_breath_is_answered_once() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_BURST_GAP", "4"), ("GYMTEXT_BURST_LONGEST", "12")]).await?;
    let maria = maria(&world).await?;
    for words in ["swap", "squats?"] {
        writes(&world, &maria, words).await?;
        world.passes(Seconds::new(3));
    }
    stands(&world, &maria, &["waits", "waits"]).await?;
    assert!(texts(&maria).await?.is_empty());
    world.passes(Seconds::new(1));
    let answer = has(&world, &maria, 1).await?;
    assert!(answer.starts_with("In place of squats"), "{answer}");
    let both = stands(&world, &maria, &["answered", "answered"]).await?;
    let replies: Vec<_> = both
        .iter()
        .map(|one| one.pointer("/answer/message_id"))
        .collect();
    assert_eq!(replies.first(), replies.last());
    // Each line may be a wish of its own.
    writes(&world, &maria, "done!").await?;
    writes(&world, &maria, "what's tomorrow?").await?;
    world.passes(Seconds::new(5));
    let answer = has(&world, &maria, 2).await?;
    let (done, tomorrow) = answer.split_once("\n\n").unwrap_or_default();
    assert!(
        done.starts_with("Well done") && !tomorrow.is_empty(),
        "{answer}"
    );
    // Whoever never pauses is answered after the longest wait.
    for words in ["hello", "good morning", "workout", "please"] {
        writes(&world, &maria, words).await?;
        world.passes(Seconds::new(3));
    }
    let answer = has(&world, &maria, 3).await?;
    assert!(answer.starts_with("Here's your workout"), "{answer}");
    // STOP waits for nothing.
    writes(&world, &maria, "one more thing").await?;
    writes(&world, &maria, "STOP").await?;
    let consent = format!("/api/v1/members/{}", maria.id);
    world
        .until("STOP is obeyed", async || {
            let member = world.api.get(&consent).await?.json();
            Ok(member.to_string().contains("opted_out").then_some(()))
        })
        .await?;
    stands(
        &world,
        &maria,
        &["answered"; 8]
            .iter()
            .copied()
            .chain(["waits", "none"])
            .collect::<Vec<_>>(),
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_burst_survives_a_restart_and_is_answered_once() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_BURST_GAP", "4")]).await?;
    let maria = maria(&world).await?;
    writes(&world, &maria, "swap").await?;
    writes(&world, &maria, "squats?").await?;
    stands(&world, &maria, &["waits", "waits"]).await?;
    let world = world.restarts_with(&[]).await?;
    world.passes(Seconds::new(5));
    let answer = has(&world, &maria, 1).await?;
    assert!(answer.starts_with("In place of squats"), "{answer}");
    stands(&world, &maria, &["answered", "answered"]).await?;
    world.is_quiet().await?;
    assert_eq!(texts(&maria).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_person_takes_over_answers_and_hands_back() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let conversation = format!("/api/v1/members/{}/conversation", maria.id);
    let (status, kept) = posts(
        &world,
        &format!("{conversation}/take"),
        json!({"as": "Joana"}),
    )
    .await?;
    assert_eq!((status, kept.get("name")), (200, Some(&json!("Joana"))));
    let (status, problem) = posts(
        &world,
        &format!("{conversation}/take"),
        json!({"as": "Rui"}),
    )
    .await?;
    assert_eq!(
        (status, problem.pointer("/keeper/name")),
        (409, Some(&json!("Joana")))
    );
    // The rules are silent, and what is written waits with its age.
    writes(&world, &maria, "this week").await?;
    writes(&world, &maria, "and tomorrow?").await?;
    let heard = stands(&world, &maria, &["needs_person", "needs_person"]).await?;
    world.passes(Seconds::new(90));
    let [kept] = &listed(&world, "with_person").await?[..] else {
        anyhow::bail!("one is kept")
    };
    assert_eq!(
        (kept.get("waiting"), kept.get("waiting_seconds")),
        (Some(&json!(2)), Some(&json!(90.0)))
    );
    assert!(listed(&world, "needs_person").await?.is_empty());
    assert!(texts(&maria).await?.is_empty());
    // She answers the first of them; nobody does so again.
    let [first, second] = &heard[..] else {
        anyhow::bail!("two were heard")
    };
    let answer = |by: &str| {
        json!({
            "member_id": maria.id, "content": "Legs on Monday!", "answers": [id(first)], "as": by,
        })
    };
    let (status, accepted) = posts(&world, "/api/v1/messages", answer("Joana")).await?;
    assert_eq!(status, 202, "{accepted:#}");
    assert_eq!(has(&world, &maria, 1).await?, "Legs on Monday!");
    let sent = world
        .message(
            accepted
                .get("message_id")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        )
        .await?;
    assert_eq!(
        (sent.get("kind"), sent.get("in_reply_to")),
        (Some(&json!("chat_reply")), first.get("id"))
    );
    let (status, problem) = posts(&world, "/api/v1/messages", answer("Joana")).await?;
    assert_eq!(
        (status, problem.get("answered_by")),
        (409, Some(&json!("Joana"))),
        "{problem:#}"
    );
    let (status, problem) = posts(&world, "/api/v1/messages", answer("Rui")).await?;
    assert_eq!(
        (status, problem.get("code")),
        (409, Some(&json!("kept_by_another"))),
        "{problem:#}"
    );
    // Handed back, the rules answer what is left.
    let (status, back) = posts(
        &world,
        &format!("{conversation}/hand-back"),
        json!({"as": "Joana"}),
    )
    .await?;
    assert_eq!((status, back.get("to_rules")), (200, Some(&json!(1))));
    let tomorrow = has(&world, &maria, 2).await?;
    assert!(!tomorrow.contains("passed it"), "{tomorrow}");
    stands(&world, &maria, &["answered", "answered"]).await?;
    let dismiss = format!("/api/v1/messages/{}/dismiss", id(second));
    let (status, _) = posts(&world, &dismiss, json!({"as": "Rui", "reason": "seen"})).await?;
    assert_eq!(status, 409);
    Ok(())
}

#[tokio::test]
async fn stop_is_obeyed_while_a_person_keeps_the_conversation() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let take = format!("/api/v1/members/{}/conversation/take", maria.id);
    posts(&world, &take, json!({"as": "Joana"})).await?;
    writes(&world, &maria, "HELP").await?;
    let help = has(&world, &maria, 1).await?;
    assert!(help.contains("STOP"), "{help}");
    writes(&world, &maria, "please stop texting me").await?;
    let stopped = has(&world, &maria, 2).await?;
    assert!(stopped.contains("unsubscribed"), "{stopped}");
    let member = format!("/api/v1/members/{}", maria.id);
    let member = world.api.get(&member).await?.json();
    assert!(member.to_string().contains("opted_out"), "{member:#}");
    Ok(())
}

#[tokio::test]
async fn a_hand_over_ends_by_itself_and_what_waits_is_seen() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_HAND_OVER", "7200")]).await?;
    let maria = maria(&world).await?;
    let take = format!("/api/v1/members/{}/conversation/take", maria.id);
    posts(&world, &take, json!({"as": "Joana"})).await?;
    writes(&world, &maria, "skip today").await?;
    let heard = stands(&world, &maria, &["needs_person"]).await?;
    world.passes(Seconds::new(3 * HOUR));
    let waits = world
        .until("it waits for a person", async || {
            Ok(listed(&world, "needs_person").await?.into_iter().next())
        })
        .await?;
    assert_eq!(waits.pointer("/needs/0/why"), Some(&json!("left_waiting")));
    assert_eq!(waits.get("keeper"), Some(&Value::Null));
    // The rules answer again what is written from now on, and nothing that was said to a person.
    writes(&world, &maria, "thanks").await?;
    let answer = has(&world, &maria, 1).await?;
    assert!(answer.starts_with("Any time"), "{answer}");
    let attention = world.api.get("/api/v1/attention").await?.json();
    assert_eq!(
        attention.pointer("/conversations/0/member_id"),
        Some(&json!(maria.id))
    );
    let [skip] = &heard[..] else {
        anyhow::bail!("one was heard")
    };
    let dismiss = format!("/api/v1/messages/{}/dismiss", id(skip));
    let (status, _) = posts(&world, &dismiss, json!({"as": "Rui", "reason": "too late"})).await?;
    assert_eq!(status, 200);
    assert!(listed(&world, "needs_person").await?.is_empty());
    stands(&world, &maria, &["dismissed", "answered"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_crisis_goes_to_a_person_at_once_and_is_not_answered_twice() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    writes(&world, &maria, "I don't want to live anymore").await?;
    let safe = has(&world, &maria, 1).await?;
    assert!(safe.contains("local emergency number"), "{safe}");
    stands(&world, &maria, &["needs_person"]).await?;
    let waits = listed(&world, "needs_person").await?;
    assert_eq!(
        waits.first().and_then(|one| one.pointer("/needs/0/why")),
        Some(&json!("crisis"))
    );
    // Of that the rules say no more; of the rest they do.
    writes(&world, &maria, "i want to die").await?;
    stands(&world, &maria, &["needs_person", "needs_person"]).await?;
    writes(&world, &maria, "this workout is killing me haha").await?;
    has(&world, &maria, 2).await?;
    writes(&world, &maria, "done").await?;
    let done = has(&world, &maria, 3).await?;
    assert!(done.starts_with("Well done"), "{done}");
    // More than a day later still nobody has looked: not a word, and it goes on waiting.
    world.passes(Seconds::new(30 * HOUR));
    writes(&world, &maria, "i still want to die").await?;
    let heard = stands(
        &world,
        &maria,
        &[
            "needs_person",
            "needs_person",
            "needs_person",
            "answered",
            "needs_person",
        ],
    )
    .await?;
    let last = heard
        .last()
        .and_then(|one| one.pointer("/answer/message_id"));
    assert_eq!(last, Some(&Value::Null));
    // Somebody has talked with her and hands back; the next time there is an answer again.
    let back = format!("/api/v1/members/{}/conversation/hand-back", maria.id);
    let (status, back) = posts(&world, &back, json!({"as": "Joana"})).await?;
    assert_eq!(
        (
            status,
            back.get("closed").and_then(Value::as_array).map(Vec::len)
        ),
        (200, Some(4))
    );
    assert!(listed(&world, "needs_person").await?.is_empty());
    // The next day's workout may come meanwhile.
    let careful = async || -> anyhow::Result<usize> {
        let all = texts(&maria).await?;
        let said = all
            .iter()
            .filter(|text| text.contains("local emergency number"));
        Ok(said.count())
    };
    assert_eq!(careful().await?, 1);
    writes(&world, &maria, "suicidal thoughts again").await?;
    world
        .until("an answer", async || {
            Ok((careful().await? == 2).then_some(()))
        })
        .await
}

#[tokio::test]
async fn a_conversation_is_exported_and_goes_with_its_member() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    writes(&world, &maria, "my knee hurts").await?;
    stands(&world, &maria, &["needs_person"]).await?;
    let take = format!("/api/v1/members/{}/conversation/take", maria.id);
    posts(&world, &take, json!({"as": "Joana"})).await?;
    let export = world
        .api
        .get(&format!("/api/v1/members/{}/export", maria.id))
        .await?
        .json();
    assert_eq!(
        export.pointer("/conversation/keeper/name"),
        Some(&json!("Joana"))
    );
    assert_eq!(
        export.pointer("/conversation/needs/0/why"),
        Some(&json!("injury"))
    );
    let erased = world
        .api
        .json(
            "DELETE",
            &format!("/api/v1/members/{}", maria.id),
            &json!({}),
        )
        .await?;
    assert!(erased.status < 300, "{}", erased.status);
    assert!(listed(&world, "all").await?.is_empty());
    assert!(listed(&world, "with_person").await?.is_empty());
    let stats = world.api.get("/api/v1/stats").await?.json();
    assert_eq!(stats.get("left_to_people"), Some(&json!(0)));
    Ok(())
}
