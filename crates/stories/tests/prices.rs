//! What a message costs: estimated when it is planned, told by the provider some time after it has ended,
//! and the difference kept.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

/// The cost of a message once it shows what was charged.
async fn charged(world: &World, id: &str) -> anyhow::Result<Value> {
    world
        .until("a price", async || {
            let cost = world.message(id).await?.get("cost").cloned();
            Ok(cost.filter(|cost| cost.get("actual").is_some_and(Value::is_string)))
        })
        .await
}

/// How often the carrier was asked about a message.
async fn asked(world: &World) -> anyhow::Result<usize> {
    let requests = world.carrier.get("/sandbox/api/requests").await?.json();
    let requests = requests.as_array().cloned().unwrap_or_default();
    let is_fetch = |request: &&Value| {
        let path = request.get("path").and_then(Value::as_str).unwrap_or("");
        request.get("method").and_then(Value::as_str) == Some("GET")
            && path.contains("/Messages/SM")
    };
    Ok(requests.iter().filter(is_fetch).count())
}

async fn james(world: &World, channel: Channel) -> anyhow::Result<Person> {
    world
        .joins(Joining::called("James").opted_in(channel).prefers(channel))
        .await
}

#[tokio::test]
async fn an_sms_shows_its_estimate_at_once_and_what_was_charged_later() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = james(&world, Channel::Sms).await?;
    let id = world
        .sends(&james, json!({"kind": "system", "content": "Ten squats"}))
        .await?;
    let message = world.reaches(&id, &["delivered"]).await?;
    let estimated = json!({
        "currency": "USD", "estimated": "0.0113", "actual": null, "difference": null, "unknown": null,
    });
    assert_eq!(message.get("cost"), Some(&estimated), "{message:#}");
    let price = json!({"amount": "0.0113", "currency": "USD", "as_of": "2026-01-19"});
    assert_eq!(message.pointer("/decision/price"), Some(&price));
    assert_eq!(
        message.pointer("/decision/considered/0/price"),
        Some(&price)
    );
    world.passes(Seconds::new(15 * 60));
    let known = json!({
        "currency": "USD", "estimated": "0.0113", "actual": "0.0083", "difference": "-0.0030",
        "unknown": null,
    });
    assert_eq!(charged(&world, &id).await?, known);
    let message = world.message(&id).await?;
    assert_eq!(message.pointer("/attempts/0/cost"), Some(&known));
    Ok(())
}

#[tokio::test]
async fn what_all_messages_cost_today_and_this_month_moves_with_what_is_told() -> anyhow::Result<()>
{
    let world = World::new().await?;
    let james = james(&world, Channel::Sms).await?;
    let sends = async || {
        let fields = json!({"kind": "system", "content": "Ten squats"});
        let id = world.sends(&james, fields).await?;
        world.reaches(&id, &["delivered"]).await?;
        anyhow::Ok(id)
    };
    let first = sends().await?;
    let estimated = json!([{
        "currency": "USD", "total": "0.0113", "charged": "0.0000", "charged_messages": 0,
        "awaiting": "0.0113", "awaiting_messages": 1, "estimated": "0.0113",
    }]);
    let costs = world.api.get("/api/v1/stats").await?.json();
    assert_eq!(costs.pointer("/costs/today/in_all"), Some(&estimated));
    assert_eq!(costs.pointer("/costs/this_month/in_all"), Some(&estimated));
    // What the carrier refuses is not counted.
    world
        .carrier_fails(json!({"errors": {"21617": 1.0}}))
        .await?;
    let fields = json!({"kind": "system", "content": "Ten lunges"});
    let refused = world.sends(&james, fields).await?;
    world.reaches(&refused, &["failed", "undelivered"]).await?;
    world.carrier_fails(json!({})).await?;
    world.passes(Seconds::new(15 * 60));
    charged(&world, &first).await?;
    sends().await?;
    let costs = world.api.get("/api/v1/stats").await?.json();
    let wanted = json!([{
        "channel": "sms", "currency": "USD", "total": "0.0196", "charged": "0.0083",
        "charged_messages": 1, "awaiting": "0.0113", "awaiting_messages": 1, "estimated": "0.0226",
    }]);
    let found = costs.pointer("/costs/today/by_channel");
    assert_eq!(found, Some(&wanted), "{costs:#}");
    // Another day begins with nothing.
    world.passes(Seconds::new(86_400));
    let costs = world.api.get("/api/v1/stats").await?.json();
    assert_eq!(costs.pointer("/costs/today/in_all"), Some(&json!([])));
    Ok(())
}

#[tokio::test]
async fn a_price_that_is_not_there_yet_is_asked_for_again() -> anyhow::Result<()> {
    // The carrier shows it a minute after the end.
    let world = World::with(&[("GYMTEXT_PRICE_WAIT", "30")]).await?;
    let james = james(&world, Channel::Whatsapp).await?;
    james.texts(Channel::Whatsapp, "Hello").await?;
    let id = world
        .sends(&james, json!({"kind": "system", "content": "Ten squats"}))
        .await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    world.is_quiet().await?;
    assert_eq!(asked(&world).await?, 0);
    world.passes(Seconds::new(30));
    world
        .until("the first look", async || {
            Ok((asked(&world).await? > 0).then_some(()))
        })
        .await?;
    let message = world.message(&id).await?;
    assert_eq!(message.pointer("/cost/actual"), Some(&Value::Null));
    assert_eq!(message.pointer("/cost/estimated"), Some(&json!("0.0084")));
    world.passes(Seconds::new(91));
    let cost = charged(&world, &id).await?;
    assert_eq!(cost.get("actual"), Some(&json!("0.0050")));
    assert_eq!(cost.get("difference"), Some(&json!("-0.0034")));
    Ok(())
}

#[tokio::test]
async fn a_dry_run_tells_the_price_and_what_is_not_known_is_not_zero() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("rates.csv");
    std::fs::write(&file, "rate,sms,DE,segment,0.1,EUR,2026-01-01,made up\n")?;
    let file = file.display().to_string();
    let world = World::with(&[("GYMTEXT_RATES", file.as_str())]).await?;
    let james = james(&world, Channel::Sms).await?;
    let path = format!(
        "/api/v1/members/{}/plan?kind=system&content=Squats",
        james.id
    );
    let plan = world.api.get(&path).await?.json();
    assert_eq!(
        plan.pointer("/price/amount"),
        Some(&Value::Null),
        "{plan:#}"
    );
    assert_eq!(plan.pointer("/price/unknown/code"), Some(&json!("no_rate")));
    Ok(())
}

#[tokio::test]
async fn what_no_receipt_told_and_nobody_answered_is_learnt_with_the_price() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = james(&world, Channel::Sms).await?;
    world
        .carrier_fails(json!({"drop_callback_rate": 1.0}))
        .await?;
    let fields = json!({"kind": "system", "content": "Ten squats"});
    let id = world.sends(&james, fields).await?;
    world.reaches(&id, &["accepted"]).await?;
    // The lane asks as long as it is patient, and then goes on.
    world.carrier_fails(json!({"http_429_rate": 1.0})).await?;
    world.passes(Seconds::new(601));
    world
        .until("the lane goes on", async || {
            let place = text(&world.message(&id).await?, "place");
            Ok(["", "ended"].contains(&place.as_str()).then_some(()))
        })
        .await?;
    assert_eq!(text(&world.message(&id).await?, "status"), "accepted");
    world.carrier_fails(json!({})).await?;
    world.passes(Seconds::new(300));
    world.reaches(&id, &["delivered"]).await?;
    charged(&world, &id).await?;
    Ok(())
}

#[tokio::test]
async fn who_came_by_an_advertisement_costs_no_more_than_the_carriers_fee() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = james(&world, Channel::Whatsapp).await?;
    // What a template counts as, the provider tells a moment after the start.
    world
        .until("what the templates count as", async || {
            let known = world.api.get("/api/v1/templates").await?.json();
            let all = known.get("items").and_then(Value::as_array);
            let mut ours = all.into_iter().flatten();
            let told = ours.any(|one| {
                text(one, "name") == "daily_workout" && !text(one, "category").is_empty()
            });
            Ok(told.then_some(()))
        })
        .await?;
    let entry = async || {
        let member = world
            .api
            .get(&format!("/api/v1/members/{}", james.id))
            .await?;
        let found = member.json().pointer("/windows/0/free_entry").cloned();
        let found = found.unwrap_or(Value::Null);
        anyhow::Ok((text(&found, "state"), text(&found, "until")))
    };
    let estimated = async |content: &str| {
        let fields = json!({"kind": "daily_workout", "content": content});
        let id = world.sends(&james, fields).await?;
        let message = world.reaches(&id, &["delivered", "read", "held"]).await?;
        let price = message.pointer("/decision/considered/0/price/amount");
        let price = price.cloned();
        price.ok_or_else(|| anyhow::anyhow!("no price: {message:#}"))
    };
    james.texts(Channel::Whatsapp, "Hello").await?;
    let answered = async || Ok(james.received(Channel::Whatsapp).await?.pop());
    world.until("an answer", answered).await?;
    world.is_quiet().await?;
    assert_eq!(entry().await?, (String::new(), String::new()));
    assert_eq!(estimated("Ten squats").await?, json!("0.0084"));
    james
        .says(json!({"channel": "whatsapp", "text": "I saw your advertisement", "from_ad": true}))
        .await?;
    // The answer to it opens the free entry point.
    world
        .until("the answer", async || {
            Ok((entry().await?.0 == "open").then_some(()))
        })
        .await?;
    assert_eq!(estimated("Ten lunges").await?, json!("0.0050"));
    // After two days the window is closed, and a template is free of charge all the same.
    world.passes(Seconds::new(48 * 3600));
    assert_eq!(estimated("Ten burpees").await?, json!("0.0050"));
    world.passes(Seconds::new(25 * 3600));
    assert_eq!(entry().await?.0, "over");
    Ok(())
}
