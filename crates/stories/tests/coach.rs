//! What members ask their coach for by text, and get.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;

/// In New York, where it is seven in the morning as a story begins, on a Wednesday; training at six.
async fn maria(world: &World) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called("Maria Souza")
                .opted_in(Channel::Sms)
                .with("time_zone", json!("America/New_York"))
                .with("preferred_send_hour", json!(6)),
        )
        .await
}

/// The answer to these words: the text that was not there before.
async fn answer(world: &World, person: &Person, words: &str) -> anyhow::Result<String> {
    let before = person.received(Channel::Sms).await?.len();
    person.texts(Channel::Sms, words).await?;
    let texts = world
        .until("an answer", async || {
            let texts = person.received(Channel::Sms).await?;
            Ok((texts.len() > before).then_some(texts))
        })
        .await?;
    Ok(texts.into_iter().next_back().unwrap_or_default())
}

async fn member(world: &World, person: &Person) -> anyhow::Result<Value> {
    Ok(world
        .api
        .get(&format!("/api/v1/members/{}", person.id))
        .await?
        .json())
}

#[tokio::test]
async fn an_exercise_is_swapped_explained_and_made_easier() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let text = answer(&world, &maria, "swap squats").await?;
    assert!(
        text.starts_with("In place of squats: glute bridges"),
        "{text}"
    );
    let text = answer(&world, &maria, "How do I do a plank?").await?;
    assert!(text.starts_with("Plank: On your forearms"), "{text}");
    let text = answer(&world, &maria, "push-ups are too hard").await?;
    assert_eq!(text, "Push-ups, easier: on your knees.");
    // What hurts is for a person, whatever else is asked.
    let text = answer(&world, &maria, "my knee hurts, swap squats?").await?;
    assert!(text.starts_with("I'm sorry to hear that"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_holiday_is_taken_and_ended_by_text() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let text = answer(&world, &maria, "pause until monday").await?;
    assert!(text.contains("go on Mon 23"), "{text}");
    // Thursday goes by.
    world.passes(Seconds::new(24 * HOUR));
    let training = format!("/api/v1/members/{}/training", maria.id);
    world
        .until("a day off", async || {
            let told = world.api.get(&training).await?.json();
            let why = told.pointer("/without_message/0/why").cloned();
            Ok((why == Some(json!("paused"))).then_some(()))
        })
        .await?;
    let text = answer(&world, &maria, "I'm back").await?;
    assert!(text.starts_with("Welcome back, Maria!"), "{text}");
    let text = answer(&world, &maria, "back").await?;
    assert!(text.starts_with("You're not on a break"), "{text}");
    // Friday's workout comes.
    world.passes(Seconds::new(24 * HOUR));
    world
        .until("Friday", async || {
            let texts = maria.received(Channel::Sms).await?;
            Ok(texts
                .iter()
                .any(|text| text.contains("Full body intervals"))
                .then_some(()))
        })
        .await
}

#[tokio::test]
async fn start_ends_a_holiday_too() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_KEYWORDS_SMS", "service")]).await?;
    let maria = maria(&world).await?;
    answer(&world, &maria, "pause").await?;
    answer(&world, &maria, "START").await?;
    let training = format!("/api/v1/members/{}/training", maria.id);
    world
        .until("no holiday", async || {
            let told = world.api.get(&training).await?.json();
            Ok((told.pointer("/days/0/what") == Some(&json!("workout"))).then_some(()))
        })
        .await
}

#[tokio::test]
async fn hour_and_language_change_by_text_and_the_week_is_told() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let text = answer(&world, &maria, "change my hour to 5 am").await?;
    assert!(text.contains("at 5:00"), "{text}");
    assert_eq!(
        member(&world, &maria)
            .await?
            .pointer("/preferred_send_hour"),
        Some(&json!(5))
    );
    let text = answer(&world, &maria, "this week").await?;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        (lines.len(), lines.first().copied()),
        (7, Some("Wed 18: Easy cardio"))
    );
    let text = answer(&world, &maria, "in Spanish please").await?;
    assert!(text.starts_with("Claro, Maria"), "{text}");
    assert_eq!(
        member(&world, &maria).await?.pointer("/locale"),
        Some(&json!("es"))
    );
    let text = answer(&world, &maria, "¿qué toca mañana?").await?;
    assert!(text.contains("Espalda y centro"), "{text}");
    Ok(())
}

#[tokio::test]
async fn sets_are_logged_by_text_and_the_last_time_is_told() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let text = answer(&world, &maria, "done, squats 4x5 at 77.5 kg").await?;
    assert_eq!(text, "Logged, Maria: Squats 4x5 at 77.5 kg.");
    world.passes(Seconds::new(20 * HOUR));
    let text = answer(&world, &maria, "squats 4x5 @ 80kg, plank 3x45s").await?;
    assert_eq!(
        text,
        "Logged, Maria: Squats 4x5 at 80 kg (last time 4x5 at 77.5 kg), Plank 3x45s."
    );
    // What hurts is for a person, and nothing is logged.
    let text = answer(&world, &maria, "4x5 at 80 but my back hurts").await?;
    assert!(text.starts_with("I'm sorry to hear that"), "{text}");
    let training = format!("/api/v1/members/{}/training", maria.id);
    let told = world.api.get(&training).await?.json();
    let logged: Vec<_> = told
        .get("logged")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|one| {
            let word = |name: &str| one.get(name).cloned().unwrap_or_default();
            json!([
                word("done_on"),
                word("exercise"),
                word("sets"),
                word("reps"),
                word("seconds"),
                word("weight")
            ])
        })
        .collect();
    assert_eq!(
        json!(logged),
        json!([
            ["2026-11-19", "Squats", 4, 5, null, "80 kg"],
            ["2026-11-19", "Plank", 3, null, 45, null],
            ["2026-11-18", "Squats", 4, 5, null, "77.5 kg"],
        ])
    );
    let export = format!("/api/v1/members/{}/export", maria.id);
    let export = world.api.get(&export).await?.json();
    assert_eq!(
        export.pointer("/training/logged"),
        told.get("logged"),
        "{export:#}"
    );
    Ok(())
}
