//! Limits of the provider: kept where we know them, obeyed where we are told.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

const DAY: Seconds = Seconds::new(24 * 3600);

async fn member(world: &World, name: &str) -> anyhow::Result<Person> {
    let joining = Joining::called(name)
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp)
        .prefers(Channel::Whatsapp);
    world.joins(joining).await
}

/// A check-in is a template: it needs no window, and counts a person as reached.
async fn asked_how_it_goes(world: &World, person: &Person) -> anyhow::Result<String> {
    let what = json!({
        "kind": "weekly_checkin", "template": "weekly_checkin", "variables": {"1": "you"},
    });
    world.sends(person, what).await
}

async fn limits(world: &World) -> anyhow::Result<Value> {
    let items = world.api.get("/api/v1/limits").await?.json();
    let whatsapp = items.pointer("/items").and_then(Value::as_array);
    let found =
        whatsapp.and_then(|items| items.iter().find(|one| text(one, "channel") == "whatsapp"));
    Ok(found.cloned().unwrap_or_default())
}

async fn carrier_keeps(world: &World, limits: Value) -> anyhow::Result<()> {
    let answer = world
        .carrier
        .json("PUT", "/sandbox/api/limits", &limits)
        .await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(())
}

/// How our number stands at the carrier from now on.
async fn number_is(world: &World, standing: Value) -> anyhow::Result<()> {
    let number = stories::sandbox::OUR_NUMBER.replace('+', "%2B");
    let path = format!("/sandbox/api/senders/{number}");
    let answer = world.carrier.json("PUT", &path, &standing).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(())
}

/// Waits until it is known how our number stands.
async fn known(world: &World, field: &str, value: Value) -> anyhow::Result<Value> {
    world
        .until("what the carrier says of our number", async || {
            let limits = limits(world).await?;
            let found = limits.pointer("/standing").and_then(|one| one.get(field));
            Ok((found == Some(&value)).then_some(limits))
        })
        .await
}

/// What is said to be wrong with our numbers, by code.
async fn wrong(world: &World) -> anyhow::Result<Vec<String>> {
    let attention = world.api.get("/api/v1/attention").await?.json();
    let numbers = attention.get("numbers").and_then(Value::as_array);
    let numbers = numbers.into_iter().flatten();
    Ok(numbers.map(|one| text(one, "code")).collect())
}

fn why(message: &Value) -> Option<&str> {
    message.pointer("/decision/reasons/0/code")?.as_str()
}

#[tokio::test]
async fn no_more_people_are_reached_than_whatsapp_lets_us_and_the_next_ones_wait_their_turn()
-> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_WHATSAPP_PEOPLE", "2")]).await?;
    carrier_keeps(&world, json!({"whatsapp_people": 2})).await?;
    let mut people = Vec::new();
    for name in ["Ana", "Ben", "Cy"] {
        people.push(member(&world, name).await?);
    }
    let [ana, ben, cy] = &people[..] else {
        anyhow::bail!("three joined")
    };
    for person in [ana, ben] {
        let id = asked_how_it_goes(&world, person).await?;
        world.reaches(&id, &["delivered", "read"]).await?;
    }
    let third = asked_how_it_goes(&world, cy).await?;
    let held = world.reaches(&third, &["held"]).await?;
    assert_eq!(why(&held), Some("people_limit"), "{held}");
    let now = limits(&world).await?;
    assert_eq!(
        now.pointer("/people_in_24_hours/free"),
        Some(&json!(0)),
        "{now}"
    );
    // Who was reached today may be again, and an open window counts nobody.
    let again = asked_how_it_goes(&world, ana).await?;
    world.reaches(&again, &["delivered", "read"]).await?;
    ben.texts(Channel::Whatsapp, "Hi").await?;
    world
        .until("the answer", async || {
            Ok((ben.inbox(Channel::Whatsapp).await?.len() > 1).then_some(()))
        })
        .await?;
    assert!(cy.inbox(Channel::Whatsapp).await?.is_empty());
    world.passes(DAY);
    world.reaches(&third, &["delivered", "read"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_provider_that_stays_too_fast_ends_new_conversations_and_not_those_that_are_open()
-> anyhow::Result<()> {
    // The carrier would tell its limit when it is asked how our number stands; here it is learnt by trying.
    let world = World::with(&[("GYMTEXT_TEMPLATES_EVERY", "86400")]).await?;
    let ana = member(&world, "Ana").await?;
    let ben = member(&world, "Ben").await?;
    ana.texts(Channel::Whatsapp, "Hello").await?;
    world
        .until("her answer", async || {
            Ok((!ana.inbox(Channel::Whatsapp).await?.is_empty()).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    world
        .until("how our number stands is known", async || {
            let now = limits(&world).await?;
            let known = now
                .get("standing")
                .is_some_and(|standing| !standing.is_null());
            Ok(known.then_some(()))
        })
        .await?;
    carrier_keeps(&world, json!({"whatsapp_people": 0})).await?;
    let check_in = asked_how_it_goes(&world, &ben).await?;
    let held = world
        .until("that it waits for the day to be over", async || {
            world.passes(Seconds::new(35));
            let message = world.message(&check_in).await?;
            Ok((why(&message) == Some("new_people_paused")).then_some(message))
        })
        .await?;
    assert_eq!(text(&held, "status"), "held", "{held}");
    let now = limits(&world).await?;
    let slowed = now.pointer("/slowed_down").and_then(Value::as_array);
    let has = |limit: &str| {
        slowed.is_some_and(|all| {
            all.iter()
                .any(|one| text(one, "limit") == limit && one.get("code") == Some(&json!(63018)))
        })
    };
    assert!(has("new_people"), "{now}");
    // A conversation that is open goes on.
    let heard = ana.inbox(Channel::Whatsapp).await?.len();
    ana.texts(Channel::Whatsapp, "And today?").await?;
    world
        .until("her second answer", async || {
            world.passes(Seconds::new(5));
            Ok((ana.inbox(Channel::Whatsapp).await?.len() > heard).then_some(()))
        })
        .await?;
    carrier_keeps(&world, json!({})).await?;
    world.passes(DAY);
    world.reaches(&check_in, &["delivered", "read"]).await?;
    Ok(())
}

#[tokio::test]
async fn what_has_to_slow_down_is_remembered_by_the_next_process() -> anyhow::Result<()> {
    let world = World::new().await?;
    let ana = member(&world, "Ana").await?;
    world
        .carrier_fails(json!({"http_429_rate": 1.0, "retry_after_seconds": 600}))
        .await?;
    let id = world
        .sends(&ana, json!({"content": "Patience", "channel": "sms"}))
        .await?;
    world
        .until("that the account slows down", async || {
            let now = limits(&world).await?;
            let first = now.pointer("/slowed_down/0/limit").and_then(Value::as_str);
            Ok((first == Some("account")).then_some(()))
        })
        .await?;
    world.carrier_fails(json!({})).await?;
    let world = world.restarts_with(&[]).await?;
    let now = limits(&world).await?;
    assert_eq!(
        now.pointer("/slowed_down/0/limit"),
        Some(&json!("account")),
        "{now}"
    );
    let second = world
        .sends(
            &ana,
            json!({"content": "Me too", "queue": "other", "channel": "sms"}),
        )
        .await?;
    let held = world.reaches(&second, &["held"]).await?;
    assert_eq!(why(&held), Some("sender_throttled"), "{held}");
    world.passes(Seconds::new(601));
    world.reaches(&second, &["delivered"]).await?;
    world.reaches(&id, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn who_is_capped_for_marketing_gets_workouts_and_no_broadcast_for_a_day() -> anyhow::Result<()>
{
    let world = World::new().await?;
    let ana = member(&world, "Ana").await?;
    ana.texts(Channel::Whatsapp, "Hello").await?;
    world.is_quiet().await?;
    world
        .carrier_fails(json!({"errors": {"63049": 1.0}}))
        .await?;
    let news = json!({"kind": "broadcast", "content": "New classes", "channel": "whatsapp"});
    let capped = world.sends(&ana, news.clone()).await?;
    world.reaches(&capped, &["undelivered", "failed"]).await?;
    world.carrier_fails(json!({})).await?;
    let later = world.sends(&ana, news).await?;
    let held = world.reaches(&later, &["held"]).await?;
    assert_eq!(why(&held), Some("marketing_capped"), "{held}");
    let workout = world
        .sends(
            &ana,
            json!({"kind": "daily_workout", "content": "Squats", "queue": "day"}),
        )
        .await?;
    world.reaches(&workout, &["delivered", "read"]).await?;
    Ok(())
}

#[tokio::test]
async fn who_waits_for_room_on_whatsapp_is_told_by_sms_when_all_is_rolled_back()
-> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_WHATSAPP_PEOPLE", "1")]).await?;
    let ana = member(&world, "Ana").await?;
    let ben = member(&world, "Ben").await?;
    let first = asked_how_it_goes(&world, &ana).await?;
    world.reaches(&first, &["delivered", "read"]).await?;
    let second = asked_how_it_goes(&world, &ben).await?;
    let held = world.reaches(&second, &["held"]).await?;
    assert_eq!(why(&held), Some("people_limit"), "{held}");
    let rollback = json!({"to": "sms", "reason": "The portfolio is full"});
    let answer = world
        .api
        .json("POST", "/api/v1/rollback", &rollback)
        .await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    world.reaches(&second, &["delivered"]).await?;
    assert_eq!(ben.inbox(Channel::Sms).await?.len(), 1);
    assert!(ben.inbox(Channel::Whatsapp).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_waits_for_its_turn_says_what_goes_first() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_SMS_PER_SECOND", "0.01")]).await?;
    let ana = member(&world, "Ana").await?;
    let mut ids = Vec::new();
    // Three may go at once; the fourth waits for our own pace, and the fifth for the fourth.
    for number in 1..=5 {
        let what = json!({"content": format!("Number {number}"), "channel": "sms"});
        ids.push(world.sends(&ana, what).await?);
    }
    let [_, _, third, fourth, fifth] = &ids[..] else {
        anyhow::bail!("five were sent")
    };
    world.reaches(third, &["delivered"]).await?;
    let by_pace = world.message(fourth).await?;
    assert_eq!(
        by_pace.pointer("/waits_for/code"),
        Some(&json!("sender_pace")),
        "{by_pace}"
    );
    assert!(
        by_pace
            .pointer("/waits_for/until")
            .is_some_and(Value::is_string)
    );
    let behind = world.message(fifth).await?;
    assert_eq!(
        behind.pointer("/waits_for/message_id"),
        Some(&json!(fourth))
    );
    world.passes(Seconds::new(101));
    let there = world.reaches(fourth, &["delivered"]).await?;
    assert_eq!(there.get("waits_for"), Some(&Value::Null));
    Ok(())
}

#[tokio::test]
async fn a_number_taken_offline_holds_its_messages_and_goes_on_by_itself_when_it_is_back()
-> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_TEMPLATES_EVERY", "0.1")]).await?;
    let ana = member(&world, "Ana").await?;
    known(&world, "status", json!("online")).await?;
    number_is(
        &world,
        json!({"status": "OFFLINE", "quality_rating": "LOW", "offline_reason": "too many reports"}),
    )
    .await?;
    let shown = known(&world, "status", json!("offline")).await?;
    assert_eq!(shown.pointer("/standing/quality"), Some(&json!("low")));
    assert_eq!(
        shown.pointer("/standing/reason"),
        Some(&json!("too many reports"))
    );
    let what = json!({
        "kind": "weekly_checkin", "template": "weekly_checkin", "variables": {"1": "you"},
        "channel": "whatsapp",
    });
    let id = world.sends(&ana, what).await?;
    let held = world.reaches(&id, &["held"]).await?;
    assert_eq!(why(&held), Some("sender_stopped"), "{held:#}");
    assert!(ana.inbox(Channel::Whatsapp).await?.is_empty());
    assert_eq!(wrong(&world).await?, ["offline", "low_quality"]);
    let attention = world.api.get("/api/v1/attention").await?.json();
    let offline = attention.pointer("/numbers/0").cloned().unwrap_or_default();
    assert!(
        text(&offline, "what").contains("too many reports"),
        "{offline:#}"
    );
    for told in ["effect", "remedy", "since"] {
        assert!(!text(&offline, told).is_empty(), "{told}: {offline:#}");
    }
    // Nobody has to turn anything on: no switch is.
    let switches = world.api.get("/api/v1/switches").await?.json();
    assert_eq!(switches.pointer("/items"), Some(&json!([])), "{switches:#}");
    number_is(&world, json!({})).await?;
    known(&world, "status", json!("online")).await?;
    assert!(wrong(&world).await?.is_empty());
    world.passes(Seconds::new(301));
    world.reaches(&id, &["delivered", "read"]).await?;
    Ok(())
}

#[tokio::test]
async fn low_quality_halves_the_pace_and_what_the_carrier_lets_us_reach_bounds_the_setting()
-> anyhow::Result<()> {
    let settings = [
        ("GYMTEXT_TEMPLATES_EVERY", "0.1"),
        ("GYMTEXT_WHATSAPP_PER_SECOND", "20"),
        ("GYMTEXT_WHATSAPP_PEOPLE", "2000"),
    ];
    let world = World::with(&settings).await?;
    let whole = known(&world, "quality", json!("high")).await?;
    assert_eq!(whole.pointer("/pace/one_every_seconds"), Some(&json!(0.05)));
    let limit = |limits: &Value| limits.pointer("/people_in_24_hours/limit").cloned();
    assert_eq!(limit(&whole), Some(json!(2000)));
    number_is(
        &world,
        json!({"quality_rating": "LOW", "messaging_limit": "1 Customers/24hr"}),
    )
    .await?;
    let half = known(&world, "quality", json!("low")).await?;
    assert_eq!(half.pointer("/pace/one_every_seconds"), Some(&json!(0.1)));
    assert_eq!(limit(&half), Some(json!(1)));
    assert_eq!(wrong(&world).await?, ["low_quality", "fewer_people"]);
    let (ana, ben) = (member(&world, "Ana").await?, member(&world, "Ben").await?);
    let first = asked_how_it_goes(&world, &ana).await?;
    world.reaches(&first, &["delivered", "read"]).await?;
    let second = asked_how_it_goes(&world, &ben).await?;
    let waits = world.reaches(&second, &["held", "delivered"]).await?;
    let wrong = wrong(&world).await?;
    assert_eq!(wrong, ["low_quality", "fewer_people", "nobody_more"]);
    assert!(ben.inbox(Channel::Whatsapp).await?.is_empty(), "{waits:#}");
    Ok(())
}

/// What the doctor says of our numbers, each with its state.
async fn doctor(world: &World) -> anyhow::Result<Vec<Value>> {
    let said = world.shell(&["doctor", "--offline", "--json"]).await?;
    let findings: Vec<Value> = serde_json::from_str(&said)?;
    let numbers = findings.into_iter();
    Ok(numbers
        .filter(|finding| text(finding, "check") == "numbers")
        .collect())
}

#[tokio::test]
async fn the_doctor_and_the_list_of_what_needs_attention_say_the_same_of_our_numbers()
-> anyhow::Result<()> {
    let settings = [
        ("GYMTEXT_TEMPLATES_EVERY", "0.1"),
        ("GYMTEXT_WHATSAPP_PEOPLE", "2000"),
    ];
    let world = World::with(&settings).await?;
    known(&world, "status", json!("online")).await?;
    let well = doctor(&world).await?;
    let [line] = well.as_slice() else {
        anyhow::bail!("{well:#?}")
    };
    assert_eq!(text(line, "state"), "ok", "{line:#}");
    let what = text(line, "what");
    assert!(
        what.starts_with("whatsapp: online, quality high, since "),
        "{what}"
    );

    number_is(
        &world,
        json!({
            "status": "OFFLINE", "quality_rating": "LOW", "messaging_limit": "250 Customers/24hr",
            "offline_reason": "too many reports",
        }),
    )
    .await?;
    known(&world, "status", json!("offline")).await?;
    let attention = world.api.get("/api/v1/attention").await?.json();
    let told = attention.pointer("/numbers").and_then(Value::as_array);
    let told = told.cloned().unwrap_or_default();
    let codes: Vec<String> = told.iter().map(|one| text(one, "code")).collect();
    assert_eq!(codes, ["offline", "low_quality", "fewer_people"]);
    let said = doctor(&world).await?;
    assert_eq!(said.len(), told.len(), "{said:#?}");
    for (finding, one) in said.iter().zip(&told) {
        assert_eq!(text(finding, "state"), "warn");
        assert_eq!(text(finding, "remedy"), text(one, "remedy"));
        for part in ["what", "effect", "since"] {
            let (whole, part) = (text(finding, "what"), text(one, part));
            assert!(!part.is_empty() && whole.contains(&part), "{part}: {whole}");
        }
    }
    // For people, one line each with what to do below it.
    let printed = world.shell(&["doctor", "--offline"]).await?;
    let lines: Vec<&str> = printed.lines().collect();
    for one in &told {
        let remedy = text(one, "remedy");
        let at = lines.iter().position(|line| {
            line.starts_with("warn  numbers ") && line.contains(&text(one, "what"))
        });
        let below = at.and_then(|at| lines.get(at + 1));
        assert!(
            below.is_some_and(|line| line.contains(&remedy)),
            "{printed}"
        );
    }
    Ok(())
}
