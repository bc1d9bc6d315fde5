//! What is kept of a member is theirs to have and theirs to have forgotten (G39): by us and by the provider.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::browser::phone;
use stories::console::{JOANA, does, works};
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

/// Each table, and where what it holds of a member stands in their export; or why it does not.
const TABLES_OF_A_MEMBER: &[(&str, &str)] = &[
    ("users", "/member/phone"),
    ("user_profiles", "/member/time_zone"),
    ("messages", "/messages/0/content"),
    ("message_queues", "/messages/0/status"),
    ("attempts", "/messages/0/attempts/0/status"),
    ("receipts", "/messages/0/receipts/0/status"),
    ("decisions", "/messages/0/attempts/0/decision"),
    ("consents", "/consents/0/state"),
    ("consent_ledger", "/consents/0/events/0/wording"),
    ("former_addresses", "/former_addresses/0/address"),
    ("member_sessions", "/sessions/0/begun_at"),
    ("session_windows", "/member/windows/0"),
    ("enrolments", "/training/enrolments/0"),
    ("pauses", "/training/pauses/0/from"),
    ("logged_sets", "/training/logged/0/exercise"),
    ("occurrences", "/training/without_message/0/why"),
    ("subscriptions", "/subscription/subscriptions/0/id"),
    ("conversations", "/conversation/keeper/name"),
    ("member_notes", "/notes/0/text"),
    (
        "dead_letters",
        "no: that a message which is exported ended badly",
    ),
    // What else the team did stands in the tables it changed.
    ("audit_entries", "/looks/0/at"),
    ("segments", "no: conditions on members, of the team"),
    ("broadcasts", "no: of the team"),
    (
        "broadcast_members",
        "no: what each broadcast came to for them is told with its message",
    ),
    ("webhook_endpoints", "no: of other programs"),
    ("webhook_deliveries", "no: that an event was told"),
    ("api_keys", "no: of other programs"),
    ("operators", "no: of the team"),
    ("operator_sessions", "no: of the team"),
    ("operator_factors", "no: of the team"),
    ("operator_recovery_codes", "no: of the team"),
    ("operator_entries", "no: of the team"),
    (
        "operator_looks",
        "no: who looks as them just now; that somebody did stands in `looks`",
    ),
    (
        "parked_receipts",
        "no: of messages nobody knows, not of members",
    ),
    (
        "unreachable_addresses",
        "no: told with each attempt that failed",
    ),
    ("erased_addresses", "no: hashes of who was erased"),
    ("idempotency_keys", "no: of callers"),
    ("occasions", "no: told with each message"),
    (
        "delivery_watches",
        "no: an appointment of ours with a message",
    ),
    ("events", "no: that something of what is exported changed"),
    ("switches", "no: of the service"),
    ("templates", "no: of the service"),
    ("template_changes", "no: of the service"),
    ("sender_standings", "no: of our own numbers"),
    ("provider_copies", "no: of who was erased"),
    ("attempt_prices", "no: what we paid a carrier"),
    ("price_marks", "no: an appointment of ours"),
    ("rollout", "no: of the service"),
    ("checked_occurrences", "no: of the service"),
    ("lists_read", "no: of the service"),
    ("homecomings", "no: of the service"),
    ("pruned_events", "no: of the service"),
    ("programme_versions", "no: of coaches"),
    (
        "billing_events",
        "no: what we still ask Stripe; the answer is in `subscriptions`",
    ),
    (
        "billing_needs",
        "no: what we still ask Stripe; the answer is in `subscriptions`",
    ),
    ("checkouts", "no: a page to pay on, good for a day"),
    ("counted_sends", "no: told with each message"),
    (
        "coach_turns",
        "no: counts of when a model was asked; what it said is a message",
    ),
    ("slowdowns", "no: told by the carrier about its line"),
    ("reached_people", "no: counts against a limit, for a day"),
    ("stranger_messages", "no: of who is no member"),
    ("costs", "no: sums over all"),
    ("activity", "no: sums over all"),
    ("counters", "no: sums over all"),
    ("login_codes", "no: a hash, for a day"),
    ("schema_migrations", "no: of the service"),
    ("copying", "no: of the service"),
    ("homes", "no: of the service"),
    ("instance", "no: of the service"),
    ("redactions", "no: of the service"),
    (
        "redactions_put_off",
        "no: numbers of messages that are exported",
    ),
    ("nodes", "no: of the service"),
    ("shards", "no: of the service"),
    ("lane_notices", "no: of the service"),
    ("inbound_keys", "no: ids of messages that are exported"),
];

#[test]
fn every_table_is_in_the_export_or_says_why_not() {
    use store::copying::tables::{LEFT_OUT, TABLES};
    let left_out = LEFT_OUT.iter().map(|one| one.name);
    let names = TABLES.iter().map(|table| table.name);
    // A test of each store compares these two lists with its real schema.
    for name in names.chain(left_out.filter(|name| !name.contains('.'))) {
        let known = TABLES_OF_A_MEMBER.iter().any(|(known, _)| *known == name);
        assert!(
            known,
            "is anything of a member in `{name}`? Export it, and say here where; or why not"
        );
    }
}

#[tokio::test]
async fn whatever_is_kept_of_a_member_is_in_their_export() -> anyhow::Result<()> {
    let world = World::with(&[
        ("GYMTEXT_SUBSCRIPTIONS", "true"),
        ("GYMTEXT_JOIN_COUNTRIES", "US"),
        ("ADMIN_PHONE_NUMBERS", JOANA),
    ])
    .await?;
    let maria = joins(&world, "Maria").await?;
    pays(&world, &maria).await?;
    let path = format!("/api/v1/members/{}", maria.id);
    let moved = json!({"phone": "+14155550177"});
    anyhow::ensure!(world.api.json("PATCH", &path, &moved).await?.status == 200);
    let handset = json!({"number": "+14155550177", "whatsapp": true, "sms": true});
    world
        .carrier
        .json("POST", "/sandbox/api/phones", &handset)
        .await?;
    for channel in ["sms", "whatsapp"] {
        let yes = json!({"state": "opted_in", "source": "story", "wording": "Yes, text me."});
        let path = format!("/api/v1/members/{}/consents/{channel}", maria.id);
        let kept = world.api.json("PUT", &path, &yes).await?;
        anyhow::ensure!(kept.status < 300, "{}", kept.json());
    }
    let pauses = json!({"pauses": [{"from": "2026-11-18", "until": "2026-11-20"}]});
    let path = format!("/api/v1/members/{}/pauses", maria.id);
    world.api.json("PUT", &path, &pauses).await?;
    let path = format!("/api/v1/members/{}/enrolment", maria.id);
    let enrolled = json!({"programme": "mobility"});
    let enrolled = world.api.json("PUT", &path, &enrolled).await?;
    anyhow::ensure!(enrolled.status < 300, "{}", enrolled.json());
    let say = |channel: &str, text: &str| json!({"channel": channel, "text": text});
    let path = "/sandbox/api/phones/%2B14155550177/say";
    for said in [
        say("whatsapp", "Good morning"),
        say("sms", "squats 3x5 80 kg"),
    ] {
        world.carrier.json("POST", path, &said).await?;
        world.is_quiet().await?;
    }
    log_in(&world, "+14155550177").await?;
    world.passes(Seconds::new(24 * 3_600));
    let path = format!("/api/v1/members/{}/training", maria.id);
    world
        .until("a day without a workout", async || {
            let told = world.api.get(&path).await?.json();
            Ok(told.pointer("/without_message/0").is_some().then_some(()))
        })
        .await?;
    let fields = json!({"kind": "system", "content": "Ten squats", "channel": "sms"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["delivered"]).await?;
    let path = format!("/api/v1/members/{}/conversation/take", maria.id);
    let taken = world
        .api
        .json("POST", &path, &json!({"as": "Rita"}))
        .await?;
    anyhow::ensure!(taken.status < 300, "{}", taken.json());
    phone(&world, JOANA).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let path = format!("/admin/members/{}/notes", maria.id);
    let noted = does(&mut joana, &path, &[("text", "Prefers mornings.")]).await?;
    anyhow::ensure!(noted.0 == 303, "{}", noted.1);
    let path = format!("/admin/members/{}/look", maria.id);
    let looked = does(&mut joana, &path, &[("reason", "A question of hers")]).await?;
    anyhow::ensure!(looked.0 == 303, "{}", looked.1);
    let document = exported(&world, &maria).await?;
    for (table, at) in TABLES_OF_A_MEMBER {
        if at.starts_with('/') {
            let found = document.pointer(at).filter(|value| !value.is_null());
            assert!(found.is_some(), "{table}: nothing at {at} in {document:#}");
        }
    }
    let former = document.pointer("/former_addresses/0/address");
    assert_eq!(former, Some(&json!(maria.phone)));
    Ok(())
}

/// They begin a plan.
async fn pays(world: &World, person: &Person) -> anyhow::Result<()> {
    let path = format!("/api/v1/members/{}/checkout", person.id);
    let page = world.api.json("POST", &path, &json!({})).await?.json();
    let url = text(&page, "url");
    let path = url.strip_prefix(world.carrier.base()).unwrap_or(&url);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let pressed = world.carrier.send("POST", path, &headers, "do=pay").await?;
    anyhow::ensure!(pressed.status == 303, "{}", pressed.status);
    let path = format!("/api/v1/members/{}/subscription", person.id);
    world
        .until("a plan", async || {
            let told = world.api.get(&path).await?.json();
            Ok((text(&told, "state") == "active").then_some(()))
        })
        .await
}

/// They log in, with the code on their phone.
async fn log_in(world: &World, phone: &str) -> anyhow::Result<()> {
    let form = |pairs: &[(&str, &str)]| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    };
    let base = world.api.base().to_owned();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let headers = [kind, ("origin", base.as_str())];
    let asked = form(&[("country", "US"), ("phone", phone)]);
    let asked = world.api.send("POST", "/me/login", &headers, asked).await?;
    let cookie = asked.header("set-cookie").split(';').next();
    let cookie = cookie.unwrap_or_default().to_owned();
    let inbox = format!("/sandbox/api/phones/{}/messages", phone.replace('+', "%2B"));
    let code: String = world
        .until("a code", async || {
            let list = world.carrier.get(&inbox).await?.json();
            let list = list.as_array().cloned().unwrap_or_default();
            let texts = list.iter().map(|one| text(one, "body"));
            let code = texts.into_iter().find(|body| body.contains("code"));
            Ok(code.map(|body| body.chars().take(6).collect()))
        })
        .await?;
    let headers = [kind, ("origin", base.as_str()), ("cookie", cookie.as_str())];
    let typed = form(&[("country", "US"), ("phone", phone), ("code", &code)]);
    let typed = world.api.send("POST", "/me/code", &headers, typed).await?;
    anyhow::ensure!(typed.status == 303, "{}", typed.status);
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
