//! Programmes: the day of a member is their own; a day without a message says why.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// In Recife, where it is nine in the morning as a story begins, on a Wednesday; training at six.
async fn maria(world: &World, programme: &str) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called("Maria Souza")
                .opted_in(Channel::Sms)
                .with("time_zone", json!("America/Recife"))
                .with("locale", json!("pt-BR"))
                .with("preferred_send_hour", json!(6))
                .with("programme", json!(programme)),
        )
        .await
}

async fn training(world: &World, person: &Person) -> anyhow::Result<Value> {
    let path = format!("/api/v1/members/{}/training", person.id);
    Ok(world.api.get(&path).await?.json())
}

/// Why there was no message, by local date.
async fn without(world: &World, person: &Person) -> anyhow::Result<Vec<(String, String)>> {
    let training = training(world, person).await?;
    let ends = training
        .get("without_message")
        .and_then(Value::as_array)
        .cloned();
    let text = |end: &Value, name: &str| end.get(name).and_then(Value::as_str).map(str::to_owned);
    let ends = ends.unwrap_or_default();
    Ok(ends
        .iter()
        .filter_map(|end| {
            let occasion = text(end, "occasion")?;
            let date = occasion.strip_prefix("daily_workout:")?.to_owned();
            Some((date, text(end, "why")?))
        })
        .collect())
}

async fn until_without(
    world: &World,
    person: &Person,
    expected: &[(&str, &str)],
) -> anyhow::Result<()> {
    let what = format!("{expected:?}");
    world
        .until(&what, async || {
            let found = without(world, person).await?;
            let same = found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(one, other)| (one.0.as_str(), one.1.as_str()) == *other);
            Ok(same.then_some(()))
        })
        .await
}

async fn until_texts(world: &World, person: &Person, count: usize) -> anyhow::Result<Vec<String>> {
    world
        .until("texts", async || {
            let texts = person.received(Channel::Sms).await?;
            Ok((texts.len() >= count).then_some(texts))
        })
        .await
}

#[tokio::test]
async fn a_member_gets_the_day_of_their_programme_and_rests_on_the_others() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world, "beginner-strength").await?;
    // The day she joined was day 1, and its hour was over. Day 2 is a day of rest.
    world.passes(Seconds::new(21 * HOUR));
    until_without(&world, &maria, &[("2026-11-19", "rest_day")]).await?;
    assert_eq!(maria.received(Channel::Sms).await?, Vec::<String>::new());
    world.passes(Seconds::new(DAY));
    let texts = until_texts(&world, &maria, 1).await?;
    let text = texts.first().map_or("", String::as_str);
    assert!(
        text.contains("Treino B") && text.contains("2 séries de 8"),
        "{text}"
    );
    assert!(text.ends_with("Responda FEITO ao terminar!"), "{text}");
    let told = training(&world, &maria).await?;
    assert_eq!(told.pointer("/started_on"), Some(&json!("2026-11-18")));
    assert_eq!(told.pointer("/days/0/week"), Some(&json!(1)));
    assert_eq!(told.pointer("/days/0/day"), Some(&json!(3)));
    assert_eq!(told.pointer("/days/1/what"), Some(&json!("rest_day")));
    Ok(())
}

#[tokio::test]
async fn who_asks_on_a_day_of_rest_is_told_to_rest() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world, "beginner-strength").await?;
    maria.texts(Channel::Sms, "qual o treino de hoje?").await?;
    let texts = until_texts(&world, &maria, 1).await?;
    assert!(
        texts.iter().any(|text| text.contains("Treino A")),
        "{texts:?}"
    );
    world.passes(Seconds::new(DAY));
    maria.texts(Channel::Sms, "qual o treino de hoje?").await?;
    let texts = until_texts(&world, &maria, 2).await?;
    assert!(
        texts.iter().any(|text| text.contains("Hoje sem treino")),
        "{texts:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_holiday_sends_nothing_and_loses_nothing() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world, "beginner-strength").await?;
    let path = format!("/api/v1/members/{}/pauses", maria.id);
    let pauses = json!({"pauses": [{"from": "2026-11-19", "until": "2026-11-22"}]});
    let told = world.api.json("PUT", &path, &pauses).await?;
    assert_eq!(told.status, 200, "{}", told.json());
    world.passes(Seconds::new(21 * HOUR));
    until_without(&world, &maria, &[("2026-11-19", "paused")]).await?;
    world.passes(Seconds::new(4 * DAY));
    // Two days are over while nobody looked; the day she missed by the holiday is day 3, today.
    let texts = until_texts(&world, &maria, 1).await?;
    assert!(
        texts.iter().any(|text| text.contains("Treino B")),
        "{texts:?}"
    );
    until_without(
        &world,
        &maria,
        &[
            ("2026-11-22", "rest_day"),
            ("2026-11-21", "paused"),
            ("2026-11-20", "paused"),
            ("2026-11-19", "paused"),
        ],
    )
    .await?;
    let wrong =
        json!({"pauses": [{"from": "2026-11-22", "until": "2026-11-22"}, {"from": "soon"}]});
    let refused = world.api.json("PUT", &path, &wrong).await?;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.json().pointer("/errors/1/field"),
        Some(&json!("pauses[1].from"))
    );
    Ok(())
}

#[tokio::test]
async fn what_was_due_while_nobody_looked_is_missed_and_says_so() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world, "everyday").await?;
    // Thursday and Friday go by at once; Saturday is in its time.
    world.passes(Seconds::new(21 * HOUR + 2 * DAY));
    let texts = until_texts(&world, &maria, 1).await?;
    until_without(
        &world,
        &maria,
        &[("2026-11-20", "missed"), ("2026-11-19", "missed")],
    )
    .await?;
    world.is_quiet().await?;
    assert_eq!(maria.received(Channel::Sms).await?, texts);
    assert!(
        texts.iter().any(|text| text.contains("Sua escolha")),
        "{texts:?}"
    );
    Ok(())
}

fn legs(title: &str) -> String {
    format!(
        "+++\nname = \"Legs\"\nsummary = \"Only legs.\"\nat_end = \"repeat\"\n+++\n## Week 1\n### Day 2: {title}\n10 squats.\n"
    )
}

#[tokio::test]
async fn a_coach_writes_a_programme_and_members_follow_it() -> anyhow::Result<()> {
    let world = World::new().await?;
    let put = async |body: Value| {
        world
            .api
            .json("PUT", "/api/v1/programmes/legs", &body)
            .await
    };
    // What cannot be used is named by its line, and nothing is stored.
    let broken = legs("One").replace("Day 2", "Day 9");
    let refused = put(json!({"files": {"en": broken}})).await?;
    assert_eq!(refused.status, 422);
    let said = refused.json().to_string();
    assert!(
        said.contains("line 7") && said.contains("files.en"),
        "{said}"
    );
    assert_eq!(world.api.get("/api/v1/programmes/legs").await?.status, 404);
    // A draft is nobody's yet.
    let draft = put(json!({"files": {"en": legs("One")}, "base": 0}))
        .await?
        .json();
    assert_eq!(draft.pointer("/version"), Some(&json!(1)), "{draft}");
    let member = json!({"name": "Ana", "phone": "+14155552671", "programme": "legs"});
    let refused = world.api.json("POST", "/api/v1/members", &member).await?;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.json().pointer("/errors/0/field"),
        Some(&json!("programme"))
    );
    put(json!({"files": {"en": legs("One")}, "base": 1, "publish": true})).await?;
    let maria = maria(&world, "legs").await?;
    // Somebody else's older copy does not undo it.
    let stale = put(json!({"files": {"en": legs("Old")}, "base": 0, "publish": true})).await?;
    assert_eq!(
        (stale.status, stale.json().pointer("/version")),
        (409, Some(&json!(1)))
    );
    put(json!({"files": {"en": legs("Two")}, "base": 1, "publish": true})).await?;
    world.passes(Seconds::new(21 * HOUR));
    let texts = until_texts(&world, &maria, 1).await?;
    assert!(texts.iter().any(|text| text.contains("Two.")), "{texts:?}");
    let listed = world.api.get("/api/v1/programmes").await?.json();
    let slugs: Vec<_> = listed
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("slug").and_then(Value::as_str))
        .collect();
    assert_eq!(
        slugs,
        [
            "beginner-strength",
            "everyday",
            "five-kilometres",
            "legs",
            "mobility"
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_member_moves_to_another_programme_and_begins_it_anew() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world, "everyday").await?;
    let path = format!("/api/v1/members/{}/enrolment", maria.id);
    let unknown = world
        .api
        .json("PUT", &path, &json!({"programme": "gold"}))
        .await?;
    assert_eq!(unknown.status, 422, "{}", unknown.json());
    let begin = json!({"programme": "five-kilometres", "started_on": "2026-11-19"});
    let told = world.api.json("PUT", &path, &begin).await?.json();
    assert_eq!(
        told.pointer("/days/0/what"),
        Some(&json!("not_begun")),
        "{told}"
    );
    assert_eq!(
        told.pointer("/enrolments/0/programme"),
        Some(&json!("five-kilometres"))
    );
    world.passes(Seconds::new(21 * HOUR));
    let texts = until_texts(&world, &maria, 1).await?;
    assert!(
        texts.iter().any(|text| text.contains("Corrida 1")),
        "{texts:?}"
    );
    // The same by changing the member; it begins today.
    let member = format!("/api/v1/members/{}", maria.id);
    let changed = world
        .api
        .json("PATCH", &member, &json!({"programme": "mobility"}))
        .await?
        .json();
    assert_eq!(
        changed.pointer("/programme"),
        Some(&json!("mobility")),
        "{changed}"
    );
    let told = training(&world, &maria).await?;
    assert_eq!(told.pointer("/started_on"), Some(&json!("2026-11-19")));
    assert_eq!(told.pointer("/days/0/title"), Some(&json!("Quadril")));
    Ok(())
}
