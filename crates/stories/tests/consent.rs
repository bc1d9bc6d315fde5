//! Never against consent: STOP means stop, unknown is not yes, and one channel's yes is not
//! another's.

use domain::{Channel, Seconds};
use serde_json::json;
use stories::chance::Chance;
use stories::webhook::write_with;
use stories::world::{Joining, World, text};

#[tokio::test]
async fn a_stop_word_silences_what_still_waits() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let later = (world.clock_now() + Seconds::new(3600)).to_string();
    let mut waiting = Vec::new();
    for words in ["Warm up", "Squats"] {
        waiting.push(
            world
                .sends(&maria, json!({"content": words, "not_before": later}))
                .await?,
        );
    }
    maria.texts(Channel::Sms, "STOP").await?;
    for id in &waiting {
        world.reaches(id, &["suppressed"]).await?;
    }
    let after = world.sends(&maria, json!({"content": "Too late"})).await?;
    let after = world.reaches(&after, &["suppressed"]).await?;
    assert_eq!(
        after.pointer("/decision/reasons/0/code"),
        Some(&json!("opted_out")),
        "{after}"
    );
    world.passes(Seconds::new(24 * 3600));
    world.is_quiet().await?;
    let texts = maria.received(Channel::Sms).await?;
    assert!(
        !texts
            .iter()
            .any(|text| ["Warm up", "Squats", "Too late"].contains(&text.as_str())),
        "{texts:?}"
    );
    // Twilio confirms on a number of its own; a second confirmation by us would be one too many.
    assert!(texts.len() <= 1, "{texts:?}");
    Ok(())
}

#[tokio::test]
async fn stop_in_a_sentence_is_confirmed_by_us_once_and_start_reopens_without_reviving()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let later = (world.clock_now() + Seconds::new(3600)).to_string();
    let waiting = world
        .sends(&james, json!({"content": "Old plans", "not_before": later}))
        .await?;
    james.texts(Channel::Sms, "please stop texting me").await?;
    world.reaches(&waiting, &["suppressed"]).await?;
    world
        .until("one confirmation", async || {
            Ok((james.inbox(Channel::Sms).await?.len() == 1).then_some(()))
        })
        .await?;
    james.texts(Channel::Sms, "START").await?;
    let fresh = world
        .sends(&james, json!({"content": "Welcome back"}))
        .await?;
    world.reaches(&fresh, &["delivered"]).await?;
    world.passes(Seconds::new(7200));
    world.is_quiet().await?;
    assert_eq!(
        text(&world.message(&waiting).await?, "status"),
        "suppressed"
    );
    assert!(
        !james
            .received(Channel::Sms)
            .await?
            .contains(&"Old plans".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn whatsapp_stop_is_confirmed_by_us_and_leaves_sms_alone() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(
            Joining::called("Maria")
                .opted_in(Channel::Sms)
                .opted_in(Channel::Whatsapp)
                .prefers(Channel::Whatsapp),
        )
        .await?;
    maria.texts(Channel::Whatsapp, "PARAR").await?;
    world
        .until("a confirmation", async || {
            Ok((maria.inbox(Channel::Whatsapp).await?.len() == 1).then_some(()))
        })
        .await?;
    let on_whatsapp = world
        .sends(&maria, json!({"content": "Hello", "channel": "whatsapp"}))
        .await?;
    world.reaches(&on_whatsapp, &["suppressed"]).await?;
    let by_sms = world
        .sends(&maria, json!({"content": "Hello by SMS", "channel": "sms"}))
        .await?;
    world.reaches(&by_sms, &["delivered"]).await?;
    world.is_quiet().await?;
    assert_eq!(maria.inbox(Channel::Whatsapp).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn consent_for_sms_is_not_consent_for_whatsapp_and_unknown_is_not_yes() -> anyhow::Result<()>
{
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let wished = world
        .sends(&james, json!({"content": "Hi", "channel": "whatsapp"}))
        .await?;
    let wished = world.reaches(&wished, &["suppressed"]).await?;
    assert_eq!(
        wished.pointer("/decision/reasons/0/code"),
        Some(&json!("consent_unknown")),
        "{wished}"
    );
    let nobody = world.joins(Joining::called("Nobody")).await?;
    let unknown = world.sends(&nobody, json!({"content": "Hi"})).await?;
    world.reaches(&unknown, &["suppressed"]).await?;
    // But who writes may be answered where they wrote.
    nobody.texts(Channel::Sms, "Hello, who are you?").await?;
    world
        .until("an answer", async || {
            Ok((nobody.inbox(Channel::Sms).await?.len() == 1).then_some(()))
        })
        .await?;
    Ok(())
}

#[tokio::test]
async fn an_opt_out_told_by_the_provider_is_a_stop_for_that_address_only() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(
            Joining::called("James")
                .opted_in(Channel::Sms)
                .opted_in(Channel::Whatsapp),
        )
        .await?;
    world
        .carrier_fails(json!({"errors": {"21610": 1.0}}))
        .await?;
    let id = world
        .sends(&james, json!({"content": "Hi", "channel": "sms"}))
        .await?;
    world
        .reaches(&id, &["failed", "suppressed", "undelivered"])
        .await?;
    world.carrier_fails(json!({})).await?;
    let member = world
        .api
        .get(&format!("/api/v1/members/{}", james.id))
        .await?
        .json();
    let state = |channel: &str| {
        member
            .get("consents")
            .and_then(serde_json::Value::as_array)
            .and_then(|list| {
                list.iter()
                    .find(|one| text(one, "channel") == channel)
                    .map(|one| text(one, "state"))
            })
    };
    assert_eq!(state("sms").as_deref(), Some("opted_out"), "{member}");
    assert_eq!(state("whatsapp").as_deref(), Some("opted_in"), "{member}");
    Ok(())
}

#[tokio::test]
async fn a_consent_changed_by_the_api_is_obeyed_by_what_waits() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let later = (world.clock_now() + Seconds::new(600)).to_string();
    let waiting = world
        .sends(&james, json!({"content": "Later", "not_before": later}))
        .await?;
    let path = format!("/api/v1/members/{}/consents/sms", james.id);
    let changed = world
        .api
        .json(
            "PUT",
            &path,
            &json!({"state": "opted_out", "source": "settings_page", "wording": "Off"}),
        )
        .await?;
    assert_eq!(changed.status, 200, "{}", changed.json());
    world.reaches(&waiting, &["suppressed"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_switch_holds_what_waits_and_lets_it_go_on() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let unknown = world
        .api
        .json(
            "PUT",
            "/api/v1/switches/chanel:sms",
            &json!({"on": true, "reason": "typo"}),
        )
        .await?;
    assert_eq!(unknown.status, 422, "{}", unknown.json());
    let on = json!({"on": true, "reason": "the carrier has trouble"});
    let stopped = world
        .api
        .json("PUT", "/api/v1/switches/channel:sms", &on)
        .await?;
    assert_eq!(stopped.status, 200, "{}", stopped.json());
    let id = world
        .sends(&james, json!({"content": "Hello", "channel": "sms"}))
        .await?;
    let held = world.reaches(&id, &["held"]).await?;
    assert_eq!(
        held.pointer("/decision/reasons/0/code"),
        Some(&json!("channel_switched_off")),
        "{held}"
    );
    assert!(james.inbox(Channel::Sms).await?.is_empty());
    let off = world
        .api
        .json("PUT", "/api/v1/switches/channel:sms", &json!({"on": false}))
        .await?;
    assert_eq!(off.status, 200, "{}", off.json());
    world.passes(Seconds::new(301));
    world.reaches(&id, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_token_stops_the_sender_and_loses_nothing() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world
        .carrier_fails(json!({"errors": {"20003": 1.0}}))
        .await?;
    let id = world
        .sends(&james, json!({"content": "Hello", "channel": "sms"}))
        .await?;
    let scope = world
        .until("the sender is stopped", async || {
            let on = world.api.get("/api/v1/switches").await?.json();
            Ok(on
                .pointer("/items/0/scope")
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned))
        })
        .await?;
    assert!(scope.starts_with("sender:sms:"), "{scope}");
    world.carrier_fails(json!({})).await?;
    let path = format!("/api/v1/switches/{}", scope.replace('+', "%2B"));
    let off = world.api.json("PUT", &path, &json!({"on": false})).await?;
    assert_eq!(off.status, 200, "{}", off.json());
    world
        .until("it arrives", async || {
            world.passes(Seconds::new(120));
            Ok((!james.inbox(Channel::Sms).await?.is_empty()).then_some(()))
        })
        .await?;
    world.reaches(&id, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn what_the_carriers_webhook_calls_a_stop_is_one_whatever_the_words_were()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let ana = world
        .joins(Joining::called("Ana").opted_in(Channel::Sms))
        .await?;
    let later = (world.clock_now() + Seconds::new(3600)).to_string();
    let waiting = json!({"content": "Squats", "not_before": later});
    let waiting = world.sends(&ana, waiting).await?;
    let mut chance = Chance::seeded(7);
    // A keyword of the account's own, which only the carrier knows, and answers.
    let mut brings = async |word: &str| {
        let more = [("OptOutType", word)];
        let from = (ana.phone.as_str(), Channel::Sms);
        let public = world.api.base();
        write_with(&world.api, public, from, "BANANA", &more, &mut chance).await
    };
    brings("STOP").await?;
    let waiting = world.reaches(&waiting, &["suppressed"]).await?;
    assert_eq!(text(&waiting, "reason"), "opted_out", "{waiting:#}");
    let after = world.sends(&ana, json!({"content": "Too late"})).await?;
    world.reaches(&after, &["suppressed"]).await?;
    brings("START").await?;
    let again = world.sends(&ana, json!({"content": "Back"})).await?;
    world.reaches(&again, &["delivered"]).await?;
    world.is_quiet().await?;
    // The carrier has answered both.
    assert_eq!(ana.received(Channel::Sms).await?, ["Back"]);
    Ok(())
}
