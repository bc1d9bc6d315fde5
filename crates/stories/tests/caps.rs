//! How often members are written to, and what messages may cost together: one message too many waits and says why, and
//! whoever waits for an answer gets it.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;

fn why(message: &Value) -> Option<&str> {
    message.pointer("/decision/reasons/0/code")?.as_str()
}

async fn limits(world: &World) -> anyhow::Result<Value> {
    Ok(world.api.get("/api/v1/limits").await?.json())
}

async fn ana(world: &World) -> anyhow::Result<Person> {
    let person = Joining::called("Ana").opted_in(Channel::Sms);
    world.joins(person).await
}

/// News for somebody, each in a queue of its own: in one queue they would wait for each other.
async fn news(world: &World, to: &Person, queue: &str) -> anyhow::Result<String> {
    let news = json!({"kind": "broadcast", "queue": queue, "content": "New classes on Saturday."});
    world.sends(to, news).await
}

#[tokio::test]
async fn one_message_too_many_waits_for_room() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_FREQUENCY_CAPS", "broadcast:2/1d")]).await?;
    let ana = ana(&world).await?;
    let (first, second) = (
        news(&world, &ana, "a").await?,
        news(&world, &ana, "b").await?,
    );
    world.reaches(&first, &["delivered"]).await?;
    world.reaches(&second, &["delivered"]).await?;
    world.passes(Seconds::new(HOUR));
    let third = news(&world, &ana, "c").await?;
    let held = world.reaches(&third, &["held"]).await?;
    assert_eq!(why(&held), Some("frequency_cap"), "{held:#}");
    // A dry run says the same, and of what has its end before there is room, too.
    let path = format!(
        "/api/v1/members/{}/plan?kind=broadcast&content=News",
        ana.id
    );
    let plan = world.api.get(&path).await?.json();
    assert_eq!(
        plan.pointer("/reasons/0/code"),
        Some(&json!("frequency_cap")),
        "{plan:#}"
    );
    let ends = json!({
        "kind": "broadcast", "queue": "d", "content": "Today only.", "expires_at": (world.clock_now() + Seconds::new(HOUR)).to_string(),
    });
    let late = world.sends(&ana, ends).await?;
    let late = world.reaches(&late, &["suppressed"]).await?;
    assert_eq!(why(&late), Some("frequency_cap"), "{late:#}");
    // Nobody else is capped by it, nor another kind, nor what is urgent, nor an answer.
    let ben = world
        .joins(Joining::called("Ben").opted_in(Channel::Sms))
        .await?;
    let bens = news(&world, &ben, "a").await?;
    world.reaches(&bens, &["delivered"]).await?;
    for other in [
        json!({"kind": "daily_workout", "content": "10 squats"}),
        json!({"kind": "broadcast", "critical": true, "content": "Closed: a pipe has burst."}),
    ] {
        let other = world.sends(&ana, other).await?;
        world.reaches(&other, &["delivered"]).await?;
    }
    ana.texts(Channel::Sms, "help").await?;
    world
        .until("an answer", async || {
            Ok((ana.received(Channel::Sms).await?.len() == 5).then_some(()))
        })
        .await?;
    let shown = limits(&world).await?;
    assert_eq!(
        shown.get("frequency_caps"),
        Some(&json!([{"kind": "broadcast", "most": 2, "within_hours": 24}]))
    );
    // A day after the first two there is room.
    world.passes(Seconds::new(22 * HOUR));
    let held = world.message(&third).await?;
    assert_eq!(held.get("status"), Some(&json!("held")), "{held:#}");
    world.passes(Seconds::new(HOUR));
    world.reaches(&third, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn of_many_at_once_as_many_go_as_the_cap_says() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_FREQUENCY_CAPS", "broadcast:3/1d")]).await?;
    let ana = ana(&world).await?;
    let batch: Vec<Value> = (0..12)
        .map(|n| {
            json!({"member_id": ana.id, "kind": "broadcast", "queue": format!("q{n}"), "content": "News"})
        })
        .collect();
    let answer = world
        .api
        .json(
            "POST",
            "/api/v1/messages/batch",
            &json!({"messages": batch}),
        )
        .await?;
    assert_eq!(answer.status, 202, "{}", answer.json());
    let stats = world
        .until("all of them to be decided", async || {
            let stats = world.api.get("/api/v1/stats").await?.json();
            let delivered = stats
                .pointer("/by_status/delivered")
                .and_then(Value::as_u64);
            let held = stats.get("held").and_then(Value::as_u64);
            Ok((delivered == Some(3) && held == Some(9)).then_some(stats))
        })
        .await?;
    assert_eq!(stats.get("waiting"), Some(&json!(0)), "{stats:#}");
    assert_eq!(ana.received(Channel::Sms).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_budget_is_not_overspent_and_the_next_day_goes_on() -> anyhow::Result<()> {
    // An SMS to the United States costs 1.13 cents: five of them, and change.
    let world = World::with(&[("GYMTEXT_BUDGET", "0.06 USD/day")]).await?;
    let mut people = Vec::new();
    for n in 0..12 {
        let joining = Joining::called(&format!("Member {n}")).opted_in(Channel::Sms);
        people.push(world.joins(joining).await?);
    }
    let batch: Vec<Value> = people
        .iter()
        .map(|person| json!({"member_id": person.id, "kind": "broadcast", "content": "News"}))
        .collect();
    let answer = world
        .api
        .json(
            "POST",
            "/api/v1/messages/batch",
            &json!({"messages": batch}),
        )
        .await?;
    assert_eq!(answer.status, 202, "{}", answer.json());
    let stats = async || -> anyhow::Result<(Option<u64>, Option<u64>)> {
        let stats = world.api.get("/api/v1/stats").await?.json();
        let delivered = stats
            .pointer("/by_status/delivered")
            .and_then(Value::as_u64);
        Ok((delivered, stats.get("held").and_then(Value::as_u64)))
    };
    world
        .until("five to be sent and seven to be held", async || {
            Ok((stats().await? == (Some(5), Some(7))).then_some(()))
        })
        .await?;
    // Somebody who asks is answered.
    let asking = &people[0];
    let before = asking.received(Channel::Sms).await?.len();
    asking.texts(Channel::Sms, "workout").await?;
    world
        .until("an answer", async || {
            let texts = asking.received(Channel::Sms).await?;
            Ok((texts.len() == before + 1).then_some(()))
        })
        .await?;
    // The answer took the day beyond its budget.
    let budget = world
        .until("a budget that is spent", async || {
            let shown = limits(&world).await?;
            let budget = shown.pointer("/budget/0").cloned().unwrap_or_default();
            let is_spent = budget.get("trouble") == Some(&json!("budget_spent"));
            Ok(is_spent.then_some(budget))
        })
        .await?;
    assert_eq!(budget.get("limit"), Some(&json!("0.0600")), "{budget:#}");
    let attention = world.api.get("/api/v1/attention").await?.json();
    assert_eq!(attention.pointer("/budget/0"), Some(&budget));
    // After midnight there is a new day's money for five more, and nobody's workout is due yet.
    world.passes(Seconds::new(12 * HOUR));
    world
        .until("five more", async || {
            Ok((stats().await? == (Some(11), Some(2))).then_some(()))
        })
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_raised_budget_lets_go_what_was_held() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_BUDGET", "0 USD/month")]).await?;
    let ana = ana(&world).await?;
    let workout = world.sends(&ana, json!({"content": "10 squats"})).await?;
    let held = world.reaches(&workout, &["held"]).await?;
    assert_eq!(why(&held), Some("budget_spent"), "{held:#}");
    assert_eq!(
        held.pointer("/decision/considered/0/price/amount"),
        Some(&json!("0.0113")),
        "what it would cost is told: {held:#}"
    );
    let world = world
        .restarts_with(&[("GYMTEXT_BUDGET", "1 USD/month")])
        .await?;
    world.passes(Seconds::new(HOUR));
    world.reaches(&workout, &["delivered"]).await?;
    Ok(())
}
