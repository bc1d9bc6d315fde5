//! Fallback chains (GUARANTEES 2.7): what does not arrive on one channel follows on the next, once.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::sandbox::MAILBOX;
use stories::world::{Joining, Person, World, text};

const BODY: &str = "Class at 7 is cancelled";

/// With both channels, and a window open on WhatsApp.
async fn maria(world: &World) -> anyhow::Result<Person> {
    let joining = Joining::called("Maria")
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp)
        .prefers(Channel::Whatsapp);
    let maria = world.joins(joining).await?;
    maria.texts(Channel::Whatsapp, "hello").await?;
    world
        .until("the greeting", async || {
            Ok((!maria.inbox(Channel::Whatsapp).await?.is_empty()).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    Ok(maria)
}

/// The chain of a message, as (channel, status).
async fn chain(world: &World, id: &str) -> anyhow::Result<Vec<(String, String)>> {
    let message = world.message(id).await?;
    let legs = message.get("chain").and_then(Value::as_array).cloned();
    Ok(legs
        .unwrap_or_default()
        .iter()
        .map(|leg| (text(leg, "channel"), text(leg, "status")))
        .collect())
}

/// The id of a leg, once it is there.
async fn leg(world: &World, id: &str, number: usize) -> anyhow::Result<String> {
    world
        .until("the next leg", async || {
            let message = world.message(id).await?;
            let leg = message.pointer(&format!("/chain/{number}"));
            Ok(leg.map(|leg| text(leg, "message_id")))
        })
        .await
}

/// How many requests for this text came to the carrier, by channel.
async fn texts(maria: &Person, channel: Channel) -> anyhow::Result<usize> {
    let all = maria.inbox(channel).await?;
    Ok(all.iter().filter(|one| text(one, "body") == BODY).count())
}

#[tokio::test]
async fn what_stays_silent_is_said_on_the_next_channel_once_and_late_proof_is_kept()
-> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_FALLBACK", "critical=300, daily_workout=3600")]).await?;
    let maria = maria(&world).await?;
    maria.becomes("online", false).await?;
    let fields = json!({"content": BODY, "kind": "daily_workout"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["sent"]).await?;
    world.passes(Seconds::new(3_599));
    world.is_quiet().await?;
    assert!(chain(&world, &id).await?.is_empty(), "it is patient");
    let waits = world.message(&id).await?;
    assert_eq!(
        waits.pointer("/onward/state"),
        Some(&json!("waits")),
        "{waits:#}"
    );
    world.passes(Seconds::new(1));
    world.cron("check-stalled-queues").await?;
    let second = leg(&world, &id, 1).await?;
    world.reaches(&second, &["sent"]).await?;
    let considered = world.message(&second).await?;
    let decision = considered.get("decision").cloned().unwrap_or_default();
    assert!(
        decision.to_string().contains("tried_before"),
        "it can say why: {decision}"
    );
    // The handset comes back, and gets both: the first is a late proof, and nothing follows.
    maria.becomes("online", true).await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    world.reaches(&second, &["delivered"]).await?;
    world.passes(Seconds::new(2 * 3_600));
    world.cron("check-stalled-queues").await?;
    world.is_quiet().await?;
    let legs = chain(&world, &id).await?;
    assert_eq!(legs.len(), 2, "{legs:?}");
    let told = world.message(&id).await?;
    assert_eq!(told.pointer("/chain/0/because"), Some(&Value::Null));
    assert_eq!(
        told.pointer("/chain/1/because"),
        Some(&json!("silence")),
        "{told:#}"
    );
    assert_eq!(legs, chain(&world, &second).await?, "one view of both");
    assert_eq!(texts(&maria, Channel::Sms).await?, 1);
    assert_eq!(texts(&maria, Channel::Whatsapp).await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_known_not_to_arrive_goes_on_at_once() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    // Twilio: the channel did not accept the content.
    world
        .carrier_fails(json!({"errors": {"63005": 1.0}}))
        .await?;
    let fields = json!({"content": BODY, "kind": "daily_workout"});
    let id = world.sends(&maria, fields).await?;
    let second = leg(&world, &id, 1).await?;
    world.reaches(&second, &["delivered"]).await?;
    let first = world.message(&id).await?;
    assert!(
        ["failed", "undelivered"].contains(&text(&first, "status").as_str()),
        "{first}"
    );
    assert_eq!(
        first.pointer("/chain/1/because"),
        Some(&json!("failed")),
        "{first:#}"
    );
    assert_eq!(first.get("onward"), Some(&Value::Null), "it was followed");
    assert_eq!(texts(&maria, Channel::Sms).await?, 1);
    assert_eq!(chain(&world, &id).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn the_next_leg_asks_for_consent_again() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    maria.becomes("online", false).await?;
    let fields = json!({"content": BODY, "kind": "daily_workout"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["sent"]).await?;
    let path = format!("/api/v1/members/{}/consents/sms", maria.id);
    let withdrawn = json!({"state": "opted_out", "source": "web", "wording": "No more SMS"});
    let answer = world.api.json("PUT", &path, &withdrawn).await?;
    anyhow::ensure!(answer.status < 300, "{}", answer.json());
    world.passes(Seconds::new(2 * 3_600));
    world.cron("check-stalled-queues").await?;
    world.is_quiet().await?;
    assert!(chain(&world, &id).await?.is_empty());
    assert!(maria.inbox(Channel::Sms).await?.is_empty());
    // And it can say so.
    let message = world.message(&id).await?;
    let onward = message.get("onward").cloned().unwrap_or_default();
    assert_eq!(text(&onward, "state"), "nowhere", "{message:#}");
    assert_eq!(text(&onward, "because"), "silence", "{onward}");
    let considered = onward.get("considered").and_then(Value::as_array);
    let sms = considered
        .into_iter()
        .flatten()
        .find(|one| text(one, "channel") == "sms");
    assert_eq!(
        sms.map(|one| text(one, "reason")),
        Some("opted_out".to_owned()),
        "{onward}"
    );
    Ok(())
}

#[tokio::test]
async fn a_block_is_a_stop_and_nothing_goes_around_it() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    maria.blocks(Channel::Whatsapp).await?;
    let fields = json!({"content": BODY, "kind": "daily_workout"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["failed", "undelivered"]).await?;
    world.is_quiet().await?;
    assert!(chain(&world, &id).await?.is_empty());
    assert!(maria.inbox(Channel::Sms).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn who_writes_to_one_channel_is_not_answered_on_another() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    world
        .carrier_fails(json!({"errors": {"63005": 1.0}}))
        .await?;
    let fields = json!({"content": BODY, "kind": "daily_workout", "channel": "whatsapp"});
    let named = world.sends(&maria, fields).await?;
    world.reaches(&named, &["failed", "undelivered"]).await?;
    world.is_quiet().await?;
    assert!(
        chain(&world, &named).await?.is_empty(),
        "the caller named the channel"
    );
    let fields =
        json!({"content": BODY, "kind": "system", "channel": "whatsapp", "critical": true});
    let critical = world.sends(&maria, fields).await?;
    let second = leg(&world, &critical, 1).await?;
    world.reaches(&second, &["delivered"]).await?;
    assert_eq!(
        texts(&maria, Channel::Sms).await?,
        1,
        "it must arrive somehow"
    );
    Ok(())
}

#[tokio::test]
async fn what_goes_on_several_channels_at_once_is_one_message_each_all_or_none()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let asked = json!({
        "member_id": maria.id, "content": "The gym is closed today", "channels": ["whatsapp", "sms"],
    });
    let sent = world
        .api
        .post_once("/api/v1/messages", "closed", &asked)
        .await?;
    assert_eq!(sent.status, 202, "{}", sent.json());
    let again = world
        .api
        .post_once("/api/v1/messages", "closed", &asked)
        .await?;
    assert_eq!(again.json(), sent.json());
    for at in 0..2 {
        let id = sent
            .json()
            .pointer(&format!("/messages/{at}/message_id"))
            .cloned();
        let id = id.and_then(|id| id.as_str().map(str::to_owned));
        world
            .reaches(&id.unwrap_or_default(), &["delivered", "read"])
            .await?;
    }
    for channel in [Channel::Whatsapp, Channel::Sms] {
        let received = maria.received(channel).await?;
        let times = received
            .iter()
            .filter(|text| *text == "The gym is closed today");
        assert_eq!(times.count(), 1, "{channel}");
    }
    for (field, channels) in [
        ("channels", json!(["sms"])),
        ("channels", json!(["sms", "sms"])),
        ("channels[1]", json!(["sms", "pigeon"])),
    ] {
        let refused = json!({"member_id": maria.id, "content": "Hi", "channels": channels});
        let refused = world.api.json("POST", "/api/v1/messages", &refused).await?;
        assert_eq!(refused.status, 422);
        assert_eq!(
            refused.json().pointer("/errors/0/field"),
            Some(&json!(field)),
            "{}",
            refused.json()
        );
    }
    Ok(())
}

#[tokio::test]
async fn in_a_batch_too_channels_are_one_message_each_and_all_of_one_request_know_each_other()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    let to_both =
        json!({"member_id": maria.id, "content": "Closed today", "channels": ["whatsapp", "sms"]});
    let to_nobody = json!({"member_id": "mem_01kat4zk0q7h3sx0d7n2v9m4pc", "content": "Closed", "channels": ["sms", "whatsapp"]});
    let too_late = json!({
        "member_id": maria.id, "content": "Closed", "channels": ["sms", "whatsapp"], "expires_at": "2020-01-01T00:00:00Z",
    });
    let alone = json!({"member_id": maria.id, "content": "Open again", "channel": "sms"});
    let batch = json!([to_both, to_nobody, too_late, alone]);
    let path = "/api/v1/messages/batch";
    let sent = world.api.post_once(path, "batch", &batch).await?;
    assert_eq!(sent.status, 202, "{}", sent.json());
    let again = world.api.post_once(path, "batch", &batch).await?;
    assert_eq!(again.json(), sent.json());
    let sent = sent.json();
    assert_eq!(sent.get("accepted"), Some(&json!(2)), "{sent}");
    for (at, code) in [(1, "unknown_member"), (2, "expired_already")] {
        let said = sent.pointer(&format!("/results/{at}/error/code"));
        assert_eq!(said, Some(&json!(code)), "{sent}");
    }
    let id = |path: &str| sent.pointer(path).map(text_of).unwrap_or_default();
    let first = id("/results/0/messages/0/message_id");
    let second = id("/results/0/messages/1/message_id");
    assert_eq!(id("/results/0/message_id"), first);
    assert_ne!(first, second);
    for id in [&first, &second] {
        world.reaches(id, &["delivered", "read"]).await?;
    }
    for id in [&first, &second] {
        let message = world.message(id).await?;
        let together = message.get("together").cloned().unwrap_or_default();
        let shown: Vec<_> = (0..3)
            .filter_map(|at| {
                let one = together.get(at)?;
                Some((text(one, "message_id"), text(one, "channel")))
            })
            .collect();
        let expected = [(first.clone(), "whatsapp"), (second.clone(), "sms")];
        let expected = expected.map(|(id, channel)| (id, channel.to_owned()));
        assert_eq!(shown, expected, "{message:#}");
    }
    let alone = id("/results/3/message_id");
    world.reaches(&alone, &["delivered", "read"]).await?;
    let alone = world.message(&alone).await?;
    assert_eq!(alone.get("together"), Some(&json!([])));
    Ok(())
}

#[tokio::test]
async fn of_several_channels_at_once_the_one_that_was_stopped_goes_nowhere_and_none_follows()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = maria(&world).await?;
    maria.texts(Channel::Whatsapp, "STOP").await?;
    let batch = json!([{"member_id": maria.id, "content": "Closed today", "channels": ["whatsapp", "sms"]}]);
    let sent = world
        .api
        .json("POST", "/api/v1/messages/batch", &batch)
        .await?;
    let sent = sent.json();
    let id = |at: usize| {
        let path = format!("/results/0/messages/{at}/message_id");
        sent.pointer(&path).map(text_of).unwrap_or_default()
    };
    world.reaches(&id(1), &["delivered", "read"]).await?;
    world.reaches(&id(0), &["suppressed"]).await?;
    let message = world.message(&id(0)).await?;
    assert_eq!(message.get("chain"), Some(&json!([])), "{message:#}");
    let stopped = message.pointer("/together/0/status");
    assert_eq!(stopped, Some(&json!("suppressed")), "{message:#}");
    let there = maria.received(Channel::Whatsapp).await?;
    assert!(
        !there.iter().any(|text| text == "Closed today"),
        "{there:?}"
    );
    Ok(())
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_nobody_gets_by_phone_is_a_letter_in_the_end_and_each_leg_is_seen()
-> anyhow::Result<()> {
    let world = World::with(&[
        ("GYMTEXT_SMTP_URL", MAILBOX),
        ("GYMTEXT_EMAIL_FROM", "Coach Ana <coach@gym.example>"),
    ])
    .await?;
    let address = "maria@home.example";
    let joining = Joining::called("Maria")
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp)
        .opted_in(Channel::Email)
        .prefers(Channel::Whatsapp)
        .with("email", json!(address))
        .on_a_phone("email", json!(address));
    let maria = world.joins(joining).await?;
    maria.texts(Channel::Whatsapp, "hello").await?;
    world
        .until("the greeting", async || {
            Ok((!maria.inbox(Channel::Whatsapp).await?.is_empty()).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    maria.becomes("online", false).await?;
    let fields = json!({"content": BODY, "kind": "system", "critical": true});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["sent"]).await?;
    for number in [1, 2] {
        // What is critical is patient for five minutes.
        assert!(maria.inbox(Channel::Email).await?.is_empty());
        world.passes(Seconds::new(300));
        world.cron("check-stalled-queues").await?;
        let next = leg(&world, &id, number).await?;
        world.reaches(&next, &["sent"]).await?;
    }
    let letters = maria.inbox(Channel::Email).await?;
    let [letter] = letters.as_slice() else {
        anyhow::bail!("{letters:#?}");
    };
    assert_eq!(text(letter, "from"), "Coach Ana <coach@gym.example>");
    assert!(text(letter, "body").starts_with(BODY), "{letter:#}");
    let legs = chain(&world, &id).await?;
    let way: Vec<&str> = legs.iter().map(|(channel, _)| channel.as_str()).collect();
    assert_eq!(way, ["whatsapp", "sms", "email"], "{legs:?}");

    // One press in the mail program is a stop for letters, and for nothing else.
    let path = format!("/sandbox/api/letters/{}/unsubscribe", text(letter, "id"));
    let pressed = world.carrier.json("POST", &path, &json!({})).await?;
    assert_eq!(pressed.status, 204);
    let fields = json!({"content": "More", "kind": "system", "channel": "email"});
    let after = world.sends(&maria, fields).await?;
    world.reaches(&after, &["suppressed"]).await?;
    maria.becomes("online", true).await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    assert_eq!(maria.inbox(Channel::Email).await?.len(), 1);
    Ok(())
}
