//! Who pays is served, by date, whatever order the news comes in; consent is another matter.
//!
//! The pretend Stripe beside the pretend carrier speaks Stripe's wire on a real socket, and renews, fails and ends
//! subscriptions as the clock of all moves.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::http::Response;
use stories::world::{Joining, Person, World, text};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

const ON: (&str, &str) = ("GYMTEXT_SUBSCRIPTIONS", "true");

/// In Recife, where it is nine in the morning as a story begins; training at six, every day.
async fn maria(world: &World) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called("Maria Souza")
                .opted_in(Channel::Sms)
                .with("time_zone", json!("America/Recife"))
                .with("preferred_send_hour", json!(6)),
        )
        .await
}

async fn standing(world: &World, person: &Person) -> anyhow::Result<Value> {
    let path = format!("/api/v1/members/{}/subscription", person.id);
    let answer = world.api.get(&path).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(answer.json())
}

/// Waits until they stand so; what the API tells.
async fn stands(world: &World, person: &Person, state: &str) -> anyhow::Result<Value> {
    let stood = world
        .until(state, async || {
            let told = standing(world, person).await?;
            Ok((text(&told, "state") == state).then_some(told))
        })
        .await;
    match stood {
        Ok(told) => Ok(told),
        Err(_) => anyhow::bail!(
            "not {state}: {} {}",
            standing(world, person).await?,
            stripe(world).await?
        ),
    }
}

async fn checkout(world: &World, person: &Person) -> anyhow::Result<Response> {
    let path = format!("/api/v1/members/{}/checkout", person.id);
    world.api.json("POST", &path, &json!({})).await
}

/// The path of an address of the pretend Stripe.
fn path_of(world: &World, url: &str) -> String {
    let base = world.carrier.base();
    url.strip_prefix(base).unwrap_or(url).to_owned()
}

async fn presses(world: &World, url: &str, fields: &[(&str, &str)]) -> anyhow::Result<()> {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let pressed = world
        .carrier
        .send("POST", &path_of(world, url), &headers, body)
        .await?;
    anyhow::ensure!(pressed.status == 303, "{}", pressed.status);
    Ok(())
}

/// They open a page to pay on, and pay.
async fn pays(world: &World, person: &Person) -> anyhow::Result<()> {
    let page = checkout(world, person).await?;
    anyhow::ensure!(page.status == 200, "{}", page.json());
    presses(world, &text(&page.json(), "url"), &[("do", "pay")]).await
}

async fn stripe(world: &World) -> anyhow::Result<Value> {
    Ok(world.carrier.get("/sandbox/api/stripe").await?.json())
}

async fn subscription_id(world: &World) -> anyhow::Result<String> {
    let stripe = stripe(world).await?;
    let all = stripe.get("subscriptions").and_then(Value::as_array);
    let last = all.and_then(|all| all.last().cloned()).unwrap_or_default();
    Ok(text(&last, "id"))
}

/// Something happens to their subscription at Stripe.
async fn happens(world: &World, act: &str) -> anyhow::Result<()> {
    let path = format!(
        "/sandbox/api/stripe/subscriptions/{}",
        subscription_id(world).await?
    );
    let done = world
        .carrier
        .json("POST", &path, &json!({"do": act}))
        .await?;
    anyhow::ensure!(done.status == 200, "{}", done.json());
    Ok(())
}

async fn faults(world: &World, faults: Value) -> anyhow::Result<()> {
    let path = "/sandbox/api/stripe/faults";
    let set = world.carrier.json("PUT", path, &faults).await?;
    anyhow::ensure!(set.status == 200, "{}", set.json());
    Ok(())
}

/// Why there was no workout, by local date.
async fn without(world: &World, person: &Person) -> anyhow::Result<Vec<(String, String)>> {
    let path = format!("/api/v1/members/{}/training", person.id);
    let training = world.api.get(&path).await?.json();
    let ends = training.get("without_message").and_then(Value::as_array);
    let ends = ends.into_iter().flatten().filter_map(|end| {
        let occasion = text(end, "occasion");
        let date = occasion.strip_prefix("daily_workout:")?;
        Some((date.to_owned(), text(end, "why")))
    });
    Ok(ends.collect())
}

/// The texts on their phone that hold these words.
async fn texts_with(world: &World, person: &Person, words: &str) -> anyhow::Result<Vec<String>> {
    world
        .until(words, async || {
            let texts = person.received(Channel::Sms).await?;
            let found: Vec<_> = texts
                .into_iter()
                .filter(|text| text.contains(words))
                .collect();
            Ok((!found.is_empty()).then_some(found))
        })
        .await
}

async fn workouts(person: &Person) -> anyhow::Result<usize> {
    let texts = person.received(Channel::Sms).await?;
    Ok(texts.iter().filter(|text| text.contains("DONE")).count())
}

async fn until_workouts(world: &World, person: &Person, count: usize) -> anyhow::Result<()> {
    world
        .until("a workout", async || {
            Ok((workouts(person).await? == count).then_some(()))
        })
        .await
}

async fn until_without(
    world: &World,
    person: &Person,
    date: &str,
    why: &str,
) -> anyhow::Result<()> {
    world
        .until(why, async || {
            let found = without(world, person).await?;
            let is_there = found
                .iter()
                .any(|(on, because)| on == date && because == why);
            Ok(is_there.then_some(()))
        })
        .await
}

async fn until_opted_out(world: &World, person: &Person) -> anyhow::Result<()> {
    let path = format!("/api/v1/members/{}", person.id);
    world
        .until("opted out", async || {
            let member = world.api.get(&path).await?.json();
            let state = member.pointer("/consents/0/state");
            Ok((state == Some(&json!("opted_out"))).then_some(()))
        })
        .await
}

#[tokio::test]
async fn workouts_come_once_a_plan_is_paid_and_each_day_without_one_says_why() -> anyhow::Result<()>
{
    let world = World::with(&[ON]).await?;
    let maria = maria(&world).await?;
    let told = standing(&world, &maria).await?;
    assert_eq!(told.get("is_served"), Some(&json!(false)), "{told}");
    world.passes(Seconds::new(21 * HOUR));
    until_without(&world, &maria, "2026-11-19", "no_subscription").await?;
    let path = format!(
        "/api/v1/members/{}/plan?kind=daily_workout&content=x",
        maria.id
    );
    let plan = world.api.get(&path).await?.json();
    assert_eq!(
        plan.pointer("/subscription/is_served"),
        Some(&json!(false)),
        "{plan}"
    );
    // The same page for whoever asks again: nobody pays twice.
    let (one, other) = (
        checkout(&world, &maria).await?,
        checkout(&world, &maria).await?,
    );
    assert_eq!((one.status, one.json()), (200, other.json()));
    pays(&world, &maria).await?;
    let told = stands(&world, &maria, "active").await?;
    assert_eq!(told.get("is_served"), Some(&json!(true)));
    assert_eq!(checkout(&world, &maria).await?.code(), "subscribed");
    world.passes(Seconds::new(DAY));
    until_workouts(&world, &maria, 1).await?;
    assert_eq!(without(&world, &maria).await?.len(), 1);
    // Their export says what they paid for.
    let path = format!("/api/v1/members/{}/export", maria.id);
    let export = world.api.get(&path).await?.json();
    let id = subscription_id(&world).await?;
    assert_eq!(
        export.pointer("/subscription/subscriptions/0/id"),
        Some(&json!(id))
    );
    Ok(())
}

#[tokio::test]
async fn who_owes_a_payment_is_served_for_a_grace_and_told_once() -> anyhow::Result<()> {
    let world = World::with(&[ON, ("GYMTEXT_SUBSCRIPTION_GRACE_DAYS", "2")]).await?;
    let maria = maria(&world).await?;
    pays(&world, &maria).await?;
    stands(&world, &maria, "active").await?;
    happens(&world, "card_fails").await?;
    world.passes(Seconds::new(30 * DAY));
    let owed = stands(&world, &maria, "past_due").await?;
    assert_eq!(owed.get("is_served"), Some(&json!(true)), "{owed}");
    let letters = texts_with(&world, &maria, "did not go through").await?;
    assert!(
        letters.iter().all(|text| text.contains("20 December")),
        "{letters:?}"
    );
    // Within the grace a workout comes, after it none.
    until_workouts(&world, &maria, 1).await?;
    world.passes(Seconds::new(21 * HOUR));
    until_workouts(&world, &maria, 2).await?;
    world.passes(Seconds::new(2 * DAY));
    until_without(&world, &maria, "2026-12-21", "no_subscription").await?;
    let over = standing(&world, &maria).await?;
    assert_eq!(
        (text(&over, "state"), over.get("is_served")),
        ("past_due".into(), Some(&json!(false)))
    );
    // Paid at last: workouts come again.
    happens(&world, "card_works").await?;
    stands(&world, &maria, "active").await?;
    world.passes(Seconds::new(DAY));
    until_workouts(&world, &maria, 3).await?;
    let letters = texts_with(&world, &maria, "did not go through").await?;
    assert_eq!(letters.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_cancelled_plan_is_served_until_its_period_ends_and_start_brings_the_link()
-> anyhow::Result<()> {
    let world = World::with(&[ON]).await?;
    let maria = maria(&world).await?;
    pays(&world, &maria).await?;
    stands(&world, &maria, "active").await?;
    happens(&world, "cancel").await?;
    let told = stands(&world, &maria, "cancelled").await?;
    assert_eq!(told.get("is_served"), Some(&json!(true)));
    world.passes(Seconds::new(28 * DAY + 21 * HOUR));
    until_workouts(&world, &maria, 1).await?;
    world.passes(Seconds::new(2 * DAY));
    stands(&world, &maria, "ended").await?;
    texts_with(&world, &maria, "plan has ended").await?;
    until_without(&world, &maria, "2026-12-19", "no_subscription").await?;
    // STOP and START are about consent. START also says how to begin a plan.
    maria.texts(Channel::Sms, "STOP").await?;
    until_opted_out(&world, &maria).await?;
    maria.texts(Channel::Sms, "START").await?;
    let texts = texts_with(&world, &maria, "Workouts need").await?;
    let text = texts.first().cloned().unwrap_or_default();
    let link = text.split_whitespace().last().unwrap_or_default();
    let path = link.strip_prefix(world.api.base()).unwrap_or_default();
    assert!(path.starts_with("/pay/"), "{text}");
    let opened = world.api.get(path).await?;
    assert_eq!(opened.status, 303, "{path}");
    presses(&world, opened.header("location"), &[("do", "pay")]).await?;
    stands(&world, &maria, "active").await?;
    assert_eq!(world.api.get(path).await?.status, 404, "it is used up");
    Ok(())
}

#[tokio::test]
async fn stop_works_while_stripe_is_down_and_what_was_missed_is_asked_later() -> anyhow::Result<()>
{
    let world = World::with(&[ON]).await?;
    let maria = maria(&world).await?;
    let page = text(&checkout(&world, &maria).await?.json(), "url");
    faults(&world, json!({"down": true})).await?;
    presses(&world, &page, &[("do", "pay")]).await?;
    maria.texts(Channel::Sms, "STOP").await?;
    until_opted_out(&world, &maria).await?;
    let portal = checkout(&world, &maria).await?;
    assert_eq!(portal.status, 200, "the page there is holds");
    let told = standing(&world, &maria).await?;
    assert_eq!(text(&told, "state"), "none", "nobody could be asked yet");
    faults(&world, json!({})).await?;
    world.passes(Seconds::new(HOUR));
    stands(&world, &maria, "active").await?;
    // Paying is no consent: nothing is sent.
    world.passes(Seconds::new(DAY));
    world.is_quiet().await?;
    assert_eq!(workouts(&maria).await?, 0);
    Ok(())
}

#[tokio::test]
async fn events_count_once_and_in_any_order() -> anyhow::Result<()> {
    let world = World::with(&[ON]).await?;
    let maria = maria(&world).await?;
    faults(&world, json!({"hold_events": true})).await?;
    pays(&world, &maria).await?;
    for act in ["cancel", "resume", "cancel"] {
        happens(&world, act).await?;
    }
    let events = stripe(&world).await?;
    let events = events.get("events").and_then(Value::as_array).cloned();
    let mut events: Vec<String> = events
        .unwrap_or_default()
        .iter()
        .map(|event| text(event, "id"))
        .collect();
    assert!(events.len() >= 6, "{events:?}");
    events.reverse();
    let twice: Vec<String> = events.iter().chain(&events).cloned().collect();
    for id in twice {
        let path = format!("/sandbox/api/stripe/events/{id}");
        let sent = world.carrier.json("POST", &path, &json!({})).await?;
        assert_eq!(sent.json().get("answer"), Some(&json!(204)), "{id}");
    }
    stands(&world, &maria, "cancelled").await?;
    happens(&world, "end_now").await?;
    // Of the end only its own event tells.
    let newest = stripe(&world).await?;
    let newest = newest.get("events").and_then(Value::as_array).cloned();
    let newest = newest
        .and_then(|all| all.last().cloned())
        .unwrap_or_default();
    let path = format!("/sandbox/api/stripe/events/{}", text(&newest, "id"));
    world.carrier.json("POST", &path, &json!({})).await?;
    stands(&world, &maria, "ended").await?;
    Ok(())
}

#[tokio::test]
async fn a_forged_or_old_event_is_refused_and_stores_nothing() -> anyhow::Result<()> {
    let world = World::with(&[ON]).await?;
    let maria = maria(&world).await?;
    faults(&world, json!({"hold_events": true})).await?;
    pays(&world, &maria).await?;
    let id = subscription_id(&world).await?;
    let body = json!({
        "id": "evt_forged", "type": "customer.subscription.updated",
        "data": {"object": {"id": id, "object": "subscription"}},
    })
    .to_string();
    let path = "/api/stripe/webhook";
    let now = world.clock_now().as_seconds();
    for signature in [
        String::new(),
        "t=1,v1=00".into(),
        format!("t={now},v1={}", "0".repeat(64)),
    ] {
        let headers = [
            ("content-type", "application/json"),
            ("stripe-signature", signature.as_str()),
        ];
        let answer = world.api.send("POST", path, &headers, body.clone()).await?;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "invalid_signature".into())
        );
    }
    // One that Stripe signed, ten minutes ago.
    let events = stripe(&world).await?;
    let event = events.pointer("/events/0").map(|event| text(event, "id"));
    let path = format!("/sandbox/api/stripe/events/{}", event.unwrap_or_default());
    let late = json!({"signed_seconds_ago": 600});
    let sent = world.carrier.json("POST", &path, &late).await?;
    assert_eq!(
        sent.json().get("answer"),
        Some(&json!(403)),
        "{}",
        sent.json()
    );
    let told = standing(&world, &maria).await?;
    assert_eq!(text(&told, "state"), "none");
    let sent = world.carrier.json("POST", &path, &json!({})).await?;
    assert_eq!(sent.json().get("answer"), Some(&json!(204)));
    stands(&world, &maria, "active").await?;
    Ok(())
}

#[tokio::test]
async fn whoever_is_erased_does_not_go_on_paying() -> anyhow::Result<()> {
    let world = World::with(&[ON]).await?;
    let maria = maria(&world).await?;
    pays(&world, &maria).await?;
    stands(&world, &maria, "active").await?;
    let joana = world
        .joins(Joining::called("Joana").opted_in(Channel::Sms))
        .await?;
    let late = text(&checkout(&world, &joana).await?.json(), "url");
    for person in [&maria, &joana] {
        let path = format!("/api/v1/members/{}", person.id);
        let erased = world.api.send("DELETE", &path, &[], "").await?;
        assert!(erased.status < 300, "{}", erased.json());
    }
    // Joana pays on a page that was open when she was erased.
    presses(&world, &late, &[("do", "pay")]).await?;
    world
        .until("both are ended", async || {
            let stripe = stripe(&world).await?;
            let all = stripe.get("subscriptions").and_then(Value::as_array);
            let all = all.cloned().unwrap_or_default();
            let ended = all
                .iter()
                .filter(|one| text(one, "status") == "canceled")
                .count();
            Ok((ended == 2).then_some(()))
        })
        .await
}

#[tokio::test]
async fn a_renewal_is_announced_some_days_before_and_once() -> anyhow::Result<()> {
    let world = World::with(&[ON, ("GYMTEXT_RENEWAL_REMINDER_DAYS", "3")]).await?;
    let maria = maria(&world).await?;
    pays(&world, &maria).await?;
    stands(&world, &maria, "active").await?;
    world.passes(Seconds::new(26 * DAY));
    world.is_quiet().await?;
    let texts = maria.received(Channel::Sms).await?;
    assert!(
        !texts.iter().any(|text| text.contains("renew")),
        "{texts:?}"
    );
    world.passes(Seconds::new(DAY + HOUR));
    let letters = texts_with(&world, &maria, "will renew on 18 December").await?;
    assert_eq!(letters.len(), 1);
    world.passes(Seconds::new(DAY));
    world.is_quiet().await?;
    let letters = texts_with(&world, &maria, "will renew").await?;
    assert_eq!(letters.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_trial_serves_from_joining_on_and_paying_in_it_costs_no_day() -> anyhow::Result<()> {
    let world = World::with(&[ON, ("GYMTEXT_TRIAL_DAYS", "7")]).await?;
    let maria = maria(&world).await?;
    let told = stands(&world, &maria, "trialing").await?;
    assert_eq!(told.get("is_served"), Some(&json!(true)));
    pays(&world, &maria).await?;
    let told = world
        .until("Stripe's trial", async || {
            let told = standing(&world, &maria).await?;
            Ok(told.pointer("/subscriptions/0").is_some().then_some(told))
        })
        .await?;
    assert_eq!(text(&told, "state"), "trialing");
    assert!(text(&told, "until").starts_with("2026-11-25"), "{told}");
    world.passes(Seconds::new(7 * DAY));
    stands(&world, &maria, "active").await?;
    Ok(())
}

#[tokio::test]
async fn without_payments_everybody_is_served() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let told = standing(&world, &maria).await?;
    assert_eq!(
        (text(&told, "state"), told.get("is_served")),
        ("not_needed".into(), Some(&json!(true)))
    );
    assert_eq!(checkout(&world, &maria).await?.code(), "no_subscriptions");
    world.passes(Seconds::new(21 * HOUR));
    until_workouts(&world, &maria, 1).await
}
