//! The consent ledger to its end: lists of others, what proves a consent, opt-ins that a reply has to
//! confirm, and messages that may mean stop.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

/// The consent of a member for SMS and everything, as the API has it.
async fn sms_consent(world: &World, person: &Person) -> anyhow::Result<Value> {
    let member = world
        .api
        .get(&format!("/api/v1/members/{}", person.id))
        .await?
        .json();
    let consents = member.get("consents").and_then(Value::as_array);
    Ok(consents
        .into_iter()
        .flatten()
        .find(|one| text(one, "channel") == "sms" && text(one, "purpose") == "all")
        .cloned()
        .unwrap_or_default())
}

#[tokio::test]
async fn a_list_of_stops_holds_for_members_and_for_who_signs_up_later() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let later = (world.clock_now() + Seconds::new(3600)).to_string();
    let waiting = world
        .sends(&maria, json!({"content": "Squats", "not_before": later}))
        .await?;
    let next = "+14155551001";
    let list = |dry_run: bool, second: &str| {
        json!({"dry_run": dry_run, "items": [
            {"channel": "sms", "address": maria.phone, "since": "2026-03-01T00:00:00Z", "source": "old_crm"},
            {"channel": "sms", "address": second},
        ]})
    };
    let path = "/api/v1/suppressions";
    let bad = world.api.json("POST", path, &list(false, "+12")).await?;
    assert_eq!(bad.status, 422, "{}", bad.json());
    assert_eq!(
        bad.json().pointer("/errors/0/field"),
        Some(&json!("items[1].address"))
    );
    let dry = world
        .api
        .json("POST", path, &list(true, next))
        .await?
        .json();
    assert_eq!(dry.get("added"), Some(&json!(2)), "{dry}");
    let empty = world.api.get(path).await?.json();
    assert_eq!(empty.get("items"), Some(&json!([])), "nothing was changed");
    let done = world
        .api
        .json("POST", path, &list(false, next))
        .await?
        .json();
    assert_eq!(done.get("added"), Some(&json!(2)), "{done}");
    world.reaches(&waiting, &["suppressed"]).await?;
    // The next one to join has that number, and says yes on a form.
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    assert_eq!(james.phone, next);
    let hello = world.sends(&james, json!({"content": "Hello"})).await?;
    let hello = world.reaches(&hello, &["suppressed"]).await?;
    assert_eq!(
        hello.pointer("/decision/reasons/0/code"),
        Some(&json!("opted_out")),
        "{hello}"
    );
    let listed = world.api.get("/api/v1/suppressions?limit=1").await?.json();
    assert_eq!(
        listed.pointer("/items/0/address"),
        Some(&json!(maria.phone))
    );
    assert_eq!(
        listed.pointer("/items/0/since"),
        Some(&json!("2026-03-01T00:00:00.000000Z")),
        "{listed}"
    );
    let cursor = text(&listed, "next_cursor");
    let rest = world
        .api
        .get(&format!("/api/v1/suppressions?cursor={cursor}"))
        .await?
        .json();
    assert_eq!(
        rest.pointer("/items/0/address"),
        Some(&json!(next)),
        "{rest}"
    );
    // START is their own act, and brings them back.
    james.texts(Channel::Sms, "START").await?;
    let again = world.sends(&james, json!({"content": "Welcome"})).await?;
    world.reaches(&again, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_certificate_tells_what_when_how_and_where_it_is_proven() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria <b>").with(
            "consents",
            json!([{"channel": "sms", "state": "opted_in", "source": "join_page",
                    "wording": "Yes, text me.", "wording_version": "2026-11", "evidence": "form:42"}]),
        ))
        .await?;
    world.passes(Seconds::new(60));
    maria.texts(Channel::Sms, "STOP").await?;
    let path = format!("/api/v1/members/{}/consent-certificate", maria.id);
    let certificate = world
        .until("both lines", async || {
            let certificate = world.api.get(&path).await?.json();
            let stopped = certificate.pointer("/consents/0/events/1").is_some();
            Ok(stopped.then_some(certificate))
        })
        .await?;
    let consent = certificate
        .pointer("/consents/0")
        .cloned()
        .unwrap_or_default();
    assert_eq!(text(&consent, "state"), "opted_out");
    assert_eq!(text(&consent, "address"), maria.phone);
    let event = |at: usize| {
        consent
            .pointer(&format!("/events/{at}"))
            .cloned()
            .unwrap_or_default()
    };
    let (agreed, stopped) = (event(0), event(1));
    for (field, value) in [
        ("event", "opt_in"),
        ("state", "opted_in"),
        ("source", "join_page"),
        ("wording", "Yes, text me."),
        ("wording_version", "2026-11"),
        ("evidence", "form:42"),
        // Chicago, six hours behind.
        ("at", "2026-11-18T12:00:00.000000Z"),
        ("at_local", "2026-11-18 06:00:00 -06:00"),
    ] {
        assert_eq!(text(&agreed, field), value, "{field} of {agreed}");
    }
    assert_eq!(text(&stopped, "event"), "opt_out");
    assert_eq!(text(&stopped, "wording"), "STOP");
    assert!(
        text(&stopped, "evidence").starts_with("twilio:SM"),
        "{stopped}"
    );
    assert_eq!(stopped.get("own_act"), Some(&json!(true)));
    let page = world.api.get(&format!("{path}/page")).await?;
    assert_eq!(page.status, 200);
    let html = String::from_utf8(page.body.to_vec())?;
    for words in [
        "Consent certificate",
        "Yes, text me.",
        "form:42",
        "Opted out",
        "2026-11-18 06:00:00 -06:00",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("<b>"), "text from outside is text");
    Ok(())
}

#[tokio::test]
async fn a_certificate_never_shows_a_state_beside_another_ones_proof() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let path = format!("/api/v1/members/{}/consent-certificate", maria.id);
    let texting = async {
        for _ in 0..15 {
            maria.texts(Channel::Sms, "STOP").await?;
            maria.texts(Channel::Sms, "START").await?;
        }
        anyhow::Ok(())
    };
    let reading = world.until("all thirty lines", async || {
        let certificate = world.api.get(&path).await?.json();
        let consent = certificate.pointer("/consents/0").unwrap_or(&Value::Null);
        let events = consent.get("events").and_then(Value::as_array);
        let events = events.cloned().unwrap_or_default();
        let last = events.last().unwrap_or(&Value::Null);
        assert_eq!(text(last, "state"), text(consent, "state"), "{consent:#}");
        Ok((events.len() > 30).then_some(()))
    });
    tokio::try_join!(texting, reading)?;
    Ok(())
}

#[tokio::test]
async fn where_a_country_wants_it_only_a_reply_confirms_an_opt_in() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_DOUBLE_OPT_IN", "DE, us")]).await?;
    let maria = world
        .joins(
            Joining::called("Maria")
                .with("locale", json!("pt-BR"))
                .opted_in(Channel::Sms),
        )
        .await?;
    let asked = world
        .until("the question", async || {
            Ok(maria.received(Channel::Sms).await?.into_iter().next())
        })
        .await?;
    assert!(asked.contains(" SIM "), "{asked}");
    let consent = sms_consent(&world, &maria).await?;
    assert_eq!(text(&consent, "state"), "unknown", "{consent}");
    assert!(
        consent
            .get("confirmation_asked_at")
            .is_some_and(Value::is_string)
    );
    // Signing up again asks nobody twice, and sends nothing else.
    let path = format!("/api/v1/members/{}/consents/sms", maria.id);
    let again = json!({"state": "opted_in", "source": "join_page", "wording": "Yes, text me."});
    let again = world.api.json("PUT", &path, &again).await?;
    assert_eq!(text(&again.json(), "state"), "unknown", "{}", again.json());
    let early = world.sends(&maria, json!({"content": "Too early"})).await?;
    world.reaches(&early, &["suppressed"]).await?;
    world.is_quiet().await?;
    assert_eq!(maria.received(Channel::Sms).await?, [asked]);
    maria.texts(Channel::Sms, "Sim!").await?;
    world
        .until("a confirmed consent", async || {
            let consent = sms_consent(&world, &maria).await?;
            Ok((text(&consent, "state") == "opted_in").then_some(()))
        })
        .await?;
    assert_eq!(
        text(&sms_consent(&world, &maria).await?, "source"),
        "sms_reply"
    );
    let hello = world.sends(&maria, json!({"content": "Hello"})).await?;
    world.reaches(&hello, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn who_does_not_confirm_or_says_stop_gets_nothing() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_DOUBLE_OPT_IN", "US")]).await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    world
        .until("the question", async || {
            Ok((james.inbox(Channel::Sms).await?.len() == 1).then_some(()))
        })
        .await?;
    james.texts(Channel::Sms, "who is this").await?;
    let hello = world.sends(&james, json!({"content": "Hello"})).await?;
    let hello = world.reaches(&hello, &["suppressed"]).await?;
    assert_eq!(
        hello.pointer("/decision/reasons/0/code"),
        Some(&json!("consent_unknown")),
        "{hello}"
    );
    let state = async || anyhow::Ok(text(&sms_consent(&world, &james).await?, "state"));
    james.texts(Channel::Sms, "STOP").await?;
    world
        .until("the stop", async || {
            Ok((state().await? == "opted_out").then_some(()))
        })
        .await?;
    // A yes that comes after a stop is no answer to the question any more.
    james.texts(Channel::Sms, "yes please").await?;
    world
        .until("that yes", async || {
            let path = format!("/api/v1/messages?member={}", james.id);
            let list = world.api.get(&path).await?.json();
            Ok(list.to_string().contains("yes please").then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    assert_eq!(state().await?, "opted_out");
    Ok(())
}

#[tokio::test]
async fn what_may_mean_stop_holds_everything_but_replies_until_a_person_decides()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    for person in [&maria, &james] {
        person.texts(Channel::Sms, "too many texts").await?;
        world
            .until("they are told how to stop", async || {
                let texts = person.received(Channel::Sms).await?;
                Ok(texts.iter().any(|text| text.contains("STOP")).then_some(()))
            })
            .await?;
    }
    let waiting = world.api.get("/api/v1/attention").await?.json();
    let item = |at: usize| {
        waiting
            .pointer(&format!("/items/{at}"))
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(text(&item(0), "why"), "perhaps_stop", "{waiting}");
    assert_eq!(text(&item(0), "text"), "too many texts");
    assert_eq!(text(&item(1), "member_id"), james.id);
    let to_maria = world.sends(&maria, json!({"content": "Squats"})).await?;
    let to_james = world.sends(&james, json!({"content": "Squats"})).await?;
    for id in [&to_maria, &to_james] {
        let held = world.reaches(id, &["held"]).await?;
        assert_eq!(
            held.pointer("/decision/reasons/0/code"),
            Some(&json!("consent_in_doubt")),
            "{held}"
        );
    }
    // Who asks is answered all the same.
    let before = maria.inbox(Channel::Sms).await?.len();
    maria
        .texts(Channel::Sms, "what is today's workout?")
        .await?;
    world
        .until("an answer", async || {
            Ok((maria.inbox(Channel::Sms).await?.len() > before).then_some(()))
        })
        .await?;
    let decide = async |item: &Value, decision: &str| {
        let path = format!("/api/v1/attention/{}", text(item, "message_id"));
        world
            .api
            .json("POST", &path, &json!({"decision": decision}))
            .await
    };
    assert_eq!(decide(&item(0), "perhaps").await?.status, 422);
    assert_eq!(decide(&item(0), "no_stop").await?.status, 200);
    assert_eq!(decide(&item(0), "stop").await?.status, 409, "decided");
    let stopped = decide(&item(1), "stop").await?.json();
    assert_eq!(text(&stopped, "state"), "opted_out", "{stopped}");
    world.reaches(&to_james, &["suppressed"]).await?;
    world.passes(Seconds::new(301));
    world.reaches(&to_maria, &["delivered"]).await?;
    let left = world.api.get("/api/v1/attention").await?.json();
    assert_eq!(left.get("items"), Some(&json!([])), "{left}");
    Ok(())
}

#[tokio::test]
async fn the_member_settles_their_own_doubt() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    maria.texts(Channel::Sms, "so many messages").await?;
    let held = world.sends(&maria, json!({"content": "Squats"})).await?;
    world.reaches(&held, &["held"]).await?;
    maria.texts(Channel::Sms, "START").await?;
    world
        .until("their word is heard", async || {
            let consent = sms_consent(&world, &maria).await?;
            Ok((text(&consent, "source") == "sms_keyword").then_some(()))
        })
        .await?;
    world.passes(Seconds::new(301));
    world.reaches(&held, &["delivered"]).await?;
    let left = world.api.get("/api/v1/attention").await?.json();
    assert_eq!(left.get("items"), Some(&json!([])), "{left}");
    Ok(())
}

#[tokio::test]
async fn a_keyword_is_answered_by_whoever_owns_it_and_never_twice() -> anyhow::Result<()> {
    for (owner, advanced, carrier_replies, expected) in [
        (
            "provider",
            false,
            true,
            "You have successfully been unsubscribed",
        ),
        (
            "provider",
            true,
            true,
            "You have successfully been unsubscribed",
        ),
        // What Advanced Opt-Out has answered is not answered again, whatever the setting says.
        (
            "service",
            true,
            true,
            "You have successfully been unsubscribed",
        ),
        ("service", false, false, "GymText: you are unsubscribed"),
    ] {
        let world = World::beside(&[("GYMTEXT_KEYWORDS_SMS", owner)], |carrier| {
            carrier.advanced_opt_out = advanced;
            carrier.auto_reply_keywords = carrier_replies;
        })
        .await?;
        let maria = world
            .joins(Joining::called("Maria").opted_in(Channel::Sms))
            .await?;
        maria.texts(Channel::Sms, "STOP").await?;
        world
            .until("the stop and its answer", async || {
                let consent = sms_consent(&world, &maria).await?;
                let heard = text(&consent, "state") == "opted_out";
                Ok((heard && !maria.inbox(Channel::Sms).await?.is_empty()).then_some(()))
            })
            .await?;
        world.is_quiet().await?;
        let texts = maria.received(Channel::Sms).await?;
        assert_eq!(texts.len(), 1, "{owner}, {advanced}: {texts:?}");
        assert!(
            texts.iter().all(|text| text.starts_with(expected)),
            "{owner}, {advanced}: {texts:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_code_by_which_a_provider_says_stop_is_one_for_its_scope() -> anyhow::Result<()> {
    for (code, channel, purpose) in [
        ("21610", Channel::Sms, "all"),
        ("30630", Channel::Sms, "all"),
        ("63014", Channel::Whatsapp, "all"),
        ("63033", Channel::Whatsapp, "marketing"),
    ] {
        let world = World::new().await?;
        let james = world
            .joins(
                Joining::called("James")
                    .opted_in(Channel::Sms)
                    .opted_in(Channel::Whatsapp),
            )
            .await?;
        // Within the window, so that words may go.
        james.texts(channel, "hello").await?;
        world
            .until("an answer", async || {
                Ok((!james.inbox(channel).await?.is_empty()).then_some(()))
            })
            .await?;
        world.is_quiet().await?;
        world.carrier_fails(json!({"errors": {code: 1.0}})).await?;
        let id = world
            .sends(
                &james,
                json!({"content": "Hi", "channel": channel.as_str()}),
            )
            .await?;
        world
            .reaches(&id, &["failed", "suppressed", "undelivered"])
            .await?;
        let path = format!("/api/v1/members/{}/consent-certificate", james.id);
        let certificate = world.api.get(&path).await?.json();
        let consents = certificate.get("consents").and_then(Value::as_array);
        let out: Vec<_> = consents
            .into_iter()
            .flatten()
            .filter(|one| text(one, "state") == "opted_out")
            .map(|one| (text(one, "channel"), text(one, "purpose")))
            .collect();
        let expected = (channel.as_str().to_owned(), purpose.to_owned());
        assert_eq!(out, [expected], "{code}: {certificate}");
        assert!(
            certificate
                .to_string()
                .contains(&format!("provider:{code}")),
            "{code}"
        );
    }
    Ok(())
}
