//! Schedules: an occurrence is made once, whoever asks and however; nobody gets two workouts within half a day.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// In Recife, where it is nine in the morning on a Wednesday as a story begins.
async fn in_recife(world: &World, name: &str, hour: u8, programme: &str) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called(name)
                .opted_in(Channel::Sms)
                .with("time_zone", json!("America/Recife"))
                .with("preferred_send_hour", json!(hour))
                .with("programme", json!(programme)),
        )
        .await
}

async fn run(world: &World, body: Value) -> anyhow::Result<Value> {
    let answer = world
        .api
        .json("POST", "/api/v1/schedules/run", &body)
        .await?;
    anyhow::ensure!(answer.status == 200, "{} {}", answer.status, answer.json());
    Ok(answer.json())
}

async fn until_texts(world: &World, person: &Person, count: usize) -> anyhow::Result<Vec<String>> {
    world
        .until("texts", async || {
            let texts = person.received(Channel::Sms).await?;
            Ok((texts.len() >= count).then_some(texts))
        })
        .await
}

async fn training(world: &World, person: &Person) -> anyhow::Result<Value> {
    let path = format!("/api/v1/members/{}/training", person.id);
    Ok(world.api.get(&path).await?.json())
}

async fn until_ended(world: &World, who: &Person, occasion: &str, why: &str) -> anyhow::Result<()> {
    let expected = (Some(json!(occasion)), Some(json!(why)));
    world
        .until("an occurrence without a message", async || {
            let told = training(world, who).await?;
            let ends = told.get("without_message").and_then(Value::as_array);
            let found = ends
                .into_iter()
                .flatten()
                .any(|end| (end.get("occasion").cloned(), end.get("why").cloned()) == expected);
            Ok(found.then_some(()))
        })
        .await
}

#[tokio::test]
async fn todays_workout_is_made_before_its_hour_when_a_coach_wants_it_and_once()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = in_recife(&world, "Maria", 18, "everyday").await?;
    let asked = json!({"schedule": "daily", "member_id": maria.id});
    let told = run(&world, asked.clone()).await?;
    assert_eq!(told.get("why"), Some(&json!({"not_due": 1})), "{told}");
    assert_eq!(
        told.get("next_due_at"),
        Some(&json!("2026-11-18T21:00:00.000000Z")),
        "{told}"
    );
    let force = json!({"schedule": "daily", "member_id": maria.id, "forced": true});
    let mut dry = force.clone();
    dry["dry_run"] = json!(true);
    let told = run(&world, dry).await?;
    assert_eq!(told.get("enqueued"), Some(&json!(1)), "{told}");
    world.is_quiet().await?;
    assert_eq!(maria.received(Channel::Sms).await?, Vec::<String>::new());
    let told = run(&world, force.clone()).await?;
    assert_eq!(told.get("enqueued"), Some(&json!(1)), "{told}");
    until_texts(&world, &maria, 1).await?;
    let told = run(&world, force).await?;
    assert_eq!(told.get("why"), Some(&json!({"already": 1})), "{told}");
    // Its hour comes, and a day later the next one.
    world.passes(Seconds::new(9 * HOUR));
    let told = run(&world, asked).await?;
    assert_eq!(told.get("why"), Some(&json!({"already": 1})), "{told}");
    world.passes(Seconds::new(DAY));
    until_texts(&world, &maria, 2).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_forced_for_all_leaves_who_rests_alone() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = in_recife(&world, "Maria", 18, "everyday").await?;
    let rosa = in_recife(&world, "Rosa", 18, "everyday").await?;
    let path = format!("/api/v1/members/{}/pauses", rosa.id);
    let pauses = json!({"pauses": [{"from": "2026-11-18", "until": "2026-11-22"}]});
    assert_eq!(world.api.json("PUT", &path, &pauses).await?.status, 200);
    let all = json!({"schedule": "daily", "forced": true});
    let told = run(&world, all.clone()).await?;
    assert_eq!(told.get("enqueued"), Some(&json!(1)), "{told}");
    assert_eq!(told.get("why"), Some(&json!({"paused": 1})), "{told}");
    until_texts(&world, &maria, 1).await?;
    until_ended(&world, &rosa, "daily_workout:2026-11-18", "paused").await?;
    let told = run(&world, all).await?;
    assert_eq!(told.get("due"), Some(&json!(0)), "{told}");
    assert_eq!(rosa.received(Channel::Sms).await?, Vec::<String>::new());
    let wrong = json!({"schedule": "hourly", "member_id": "nobody"});
    let refused = world
        .api
        .json("POST", "/api/v1/schedules/run", &wrong)
        .await?;
    assert_eq!(refused.status, 422);
    assert!(refused.json().to_string().contains("member_id"));
    Ok(())
}

#[tokio::test]
async fn an_earlier_hour_does_not_bring_a_second_workout_within_twelve_hours() -> anyhow::Result<()>
{
    let world = World::new().await?;
    let maria = in_recife(&world, "Maria", 22, "everyday").await?;
    world.passes(Seconds::new(13 * HOUR));
    until_texts(&world, &maria, 1).await?;
    let path = format!("/api/v1/members/{}", maria.id);
    let earlier = json!({"preferred_send_hour": 6});
    let changed = world.api.json("PATCH", &path, &earlier).await?;
    assert_eq!(changed.status, 200, "{}", changed.json());
    // Six in the morning, eight hours later.
    world.passes(Seconds::new(8 * HOUR));
    until_ended(&world, &maria, "daily_workout:2026-11-19", "too_soon").await?;
    world.is_quiet().await?;
    assert_eq!(maria.received(Channel::Sms).await?.len(), 1);
    world.passes(Seconds::new(DAY));
    until_texts(&world, &maria, 2).await?;
    Ok(())
}

#[tokio::test]
async fn a_weekly_question_nobody_could_ask_is_missed_and_says_so() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = in_recife(&world, "Maria", 6, "everyday").await?;
    let told = training(&world, &maria).await?;
    assert_eq!(
        told.get("next_checkin_at"),
        Some(&json!("2026-11-22T20:00:00.000000Z")),
        "{told}"
    );
    // From Wednesday to Tuesday while nobody looks.
    world.passes(Seconds::new(6 * DAY));
    until_ended(&world, &maria, "weekly_checkin:2026-W47", "missed").await?;
    Ok(())
}

#[tokio::test]
async fn a_week_is_asked_about_once_though_it_is_forced_before_its_sunday() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = in_recife(&world, "Maria", 22, "everyday").await?;
    let force = json!({"schedule": "weekly", "member_id": maria.id, "forced": true});
    let told = run(&world, force).await?;
    assert_eq!(told.get("enqueued"), Some(&json!(1)), "{told}");
    until_texts(&world, &maria, 1).await?;
    world.passes(Seconds::new(4 * DAY + 8 * HOUR));
    let told = run(&world, json!({"schedule": "weekly"})).await?;
    assert_eq!(told.get("due"), Some(&json!(0)), "{told}");
    Ok(())
}
