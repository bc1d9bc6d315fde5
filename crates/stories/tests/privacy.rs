//! What is kept of a member is theirs to have and theirs to have forgotten (G39): by us and by the provider.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

/// A picture as a handset takes it.
const PIXEL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async fn joins(world: &World, name: &str) -> anyhow::Result<Person> {
    let joining = Joining::called(name)
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp)
        .prefers(Channel::Sms);
    world.joins(joining).await
}

async fn exported(world: &World, person: &Person) -> anyhow::Result<Value> {
    let path = format!("/api/v1/members/{}/export", person.id);
    let document = world.api.get(&path).await?;
    anyhow::ensure!(document.status == 200, "{}", document.status);
    Ok(serde_json::from_slice(&document.body)?)
}

async fn erased(world: &World, person: &Person) -> anyhow::Result<()> {
    let path = format!("/api/v1/members/{}", person.id);
    let gone = world.api.send("DELETE", &path, &[], "").await?;
    anyhow::ensure!(gone.status == 204, "{} {}", gone.status, gone.json());
    Ok(())
}

/// How many copies providers are still to delete.
async fn copies(world: &World) -> anyhow::Result<u64> {
    let stats = world.api.get("/api/v1/stats").await?.json();
    let copies = stats.get("provider_copies").and_then(Value::as_u64);
    copies.ok_or_else(|| anyhow::anyhow!("not counted: {stats}"))
}

#[tokio::test]
async fn an_export_is_whole_and_the_persons_own() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (maria, james) = (joins(&world, "Maria").await?, joins(&world, "James").await?);
    let path = format!("/api/v1/members/{}/pauses", maria.id);
    let pauses = json!({"pauses": [{"from": "2026-12-20", "until": "2027-01-04"}]});
    world.api.json("PUT", &path, &pauses).await?;
    // More than is read at once.
    let messages: Vec<Value> = (0..120)
        .map(|number| json!({"member_id": maria.id, "kind": "system", "content": format!("Set {number}")}))
        .collect();
    let batch = json!({"messages": messages});
    let batch = world
        .api
        .json("POST", "/api/v1/messages/batch", &batch)
        .await?;
    anyhow::ensure!(batch.status < 300, "{}", batch.json());
    let id = world
        .sends(
            &james,
            json!({"kind": "system", "content": "For James alone"}),
        )
        .await?;
    world.reaches(&id, &["delivered"]).await?;
    maria.texts(Channel::Sms, "My knee is better").await?;
    // A number sends one message a second.
    world
        .until("all of them sent", async || {
            world.passes(Seconds::new(1));
            let stats = world.api.get("/api/v1/stats").await?.json();
            Ok((stats.get("waiting") == Some(&json!(0))).then_some(()))
        })
        .await?;
    world.is_quiet().await?;

    let document = exported(&world, &maria).await?;
    assert_eq!(document.get("complete"), Some(&json!(true)));
    assert_eq!(text(&document, "format"), "gymtext-member");
    let of = |pointer: &str| document.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(of("/member/name"), json!("Maria"));
    assert_eq!(of("/consents/0/events/0/wording"), json!("Yes, text me."));
    assert_eq!(of("/training/pauses/0/from"), json!("2026-12-20"));
    let messages = document.get("messages").and_then(Value::as_array);
    let messages = messages.cloned().unwrap_or_default();
    let words: Vec<String> = messages.iter().map(|one| text(one, "content")).collect();
    for number in 0..120 {
        let set = format!("Set {number}");
        assert_eq!(words.iter().filter(|one| **one == set).count(), 1, "{set}");
    }
    assert!(words.contains(&"My knee is better".to_owned()));
    let last = messages.last().cloned().unwrap_or_default();
    assert_eq!(
        last.pointer("/attempts/0/status"),
        Some(&json!("delivered"))
    );
    assert!(
        messages
            .iter()
            .all(|one| text(one, "member_id") == maria.id)
    );
    let whole = document.to_string();
    assert!(!whole.contains("James") && !whole.contains(&james.phone));

    let nobody = world
        .api
        .get("/api/v1/members/mem_01kat4zk0q7h3sx0d7n2v9m4pc/export")
        .await?;
    assert_eq!(nobody.status, 404);
    Ok(())
}

#[tokio::test]
async fn who_is_erased_is_forgotten_by_the_provider_too() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (maria, james) = (joins(&world, "Maria").await?, joins(&world, "James").await?);
    maria.texts(Channel::Sms, "Good morning").await?;
    let media = json!({"channel": "sms", "text": "My plate", "media_url": PIXEL});
    maria.says(media).await?;
    for person in [&maria, &james] {
        let fields = json!({"kind": "system", "content": "Ten squats"});
        let id = world.sends(person, fields).await?;
        world.reaches(&id, &["delivered"]).await?;
    }
    world
        .until("both answers", async || {
            let inbox = maria.received(Channel::Sms).await?;
            Ok((inbox.len() >= 3).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    let is_marias =
        |message: &Value| [text(message, "to"), text(message, "from")].contains(&maria.phone);
    let before = world.sandbox.messages().await?;
    assert!(before.iter().filter(|one| is_marias(one)).count() >= 5);

    erased(&world, &maria).await?;
    world
        .until("nothing of Maria at the carrier", async || {
            world.passes(Seconds::new(60));
            Ok((copies(&world).await? == 0).then_some(()))
        })
        .await?;
    let after = world.sandbox.messages().await?;
    assert_eq!(after.iter().filter(|one| is_marias(one)).count(), 0);
    assert_eq!(
        after.len(),
        before.iter().filter(|one| !is_marias(one)).count()
    );
    // Media first: without their message nobody could name them.
    let requests = world.carrier.get("/sandbox/api/requests").await?.json();
    let requests = requests.as_array().cloned().unwrap_or_default();
    let mut deleted = requests
        .iter()
        .filter(|one| text(one, "method") == "DELETE");
    assert!(deleted.any(|one| text(one, "path").contains("/Media/ME")));
    Ok(())
}

#[tokio::test]
async fn what_is_still_under_way_is_deleted_once_it_has_arrived() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = joins(&world, "Maria").await?;
    maria.becomes("online", false).await?;
    let fields = json!({"kind": "system", "content": "Ten squats"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["sent", "accepted"]).await?;
    erased(&world, &maria).await?;
    // The carrier refuses while the message is on its way (20009).
    world
        .until("a refusal", async || {
            let requests = world.carrier.get("/sandbox/api/requests").await?.json();
            let requests = requests.as_array().cloned().unwrap_or_default();
            let asked = requests.iter().any(|one| text(one, "method") == "DELETE");
            Ok(asked.then_some(()))
        })
        .await?;
    assert_eq!(copies(&world).await?, 1);
    assert_eq!(world.sandbox.messages().await?.len(), 1);
    maria.becomes("online", true).await?;
    world
        .until("it is gone", async || {
            world.passes(Seconds::new(60));
            Ok((copies(&world).await? == 0).then_some(()))
        })
        .await?;
    assert_eq!(world.sandbox.messages().await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_carrier_that_is_away_is_asked_again_also_after_a_restart() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = joins(&world, "Maria").await?;
    let fields = json!({"kind": "system", "content": "Ten squats"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["delivered"]).await?;
    world
        .carrier_fails(json!({"http_5xx_before_rate": 1.0}))
        .await?;
    erased(&world, &maria).await?;
    assert_eq!(copies(&world).await?, 1);
    let world = world.restarts_with(&[]).await?;
    assert_eq!(copies(&world).await?, 1);
    world.carrier_fails(json!({})).await?;
    world
        .until("it is gone", async || {
            world.passes(Seconds::new(60));
            Ok((copies(&world).await? == 0).then_some(()))
        })
        .await?;
    assert_eq!(world.sandbox.messages().await?.len(), 0);
    Ok(())
}
