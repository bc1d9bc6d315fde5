//! Whom WhatsApp is on for is changed while the service runs: asked about first, kept across a start, and named in the log.

use domain::{Channel, Secret};
use providers::twilio::signature::sign;
use serde_json::{Value, json};
use stories::console::{JOANA, VERA, asks_in, does, field, open, page, shows, works};
use stories::sandbox::{ACCOUNT, OUR_NUMBER, TOKEN};
use stories::world::{Joining, Person, World, text};

const NOBODY: [(&str, &str); 1] = [("GYMTEXT_WHATSAPP_ROLLOUT", "0")];

async fn both(world: &World, name: &str, member: Value) -> anyhow::Result<Person> {
    let mut joining = Joining::called(name)
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp)
        .prefers(Channel::Whatsapp);
    for (field, value) in member.as_object().into_iter().flatten() {
        joining = joining.with(field, value.clone());
    }
    world.joins(joining).await
}

/// Welcomes somebody: the channel it went by.
async fn goes_by(world: &World, to: &Person) -> anyhow::Result<String> {
    let id = world
        .sends(
            to,
            json!({"template": "welcome", "variables": {"1": "you"}, "kind": "welcome"}),
        )
        .await?;
    let message = world.reaches(&id, &["delivered", "read"]).await?;
    Ok(text(&message, "channel"))
}

async fn rollout(world: &World, query: &str) -> anyhow::Result<Value> {
    let answer = world.api.get(&format!("/api/v1/rollout{query}")).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(answer.json())
}

async fn change(world: &World, body: Value) -> anyhow::Result<Value> {
    let answer = world.api.json("PUT", "/api/v1/rollout", &body).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.json());
    Ok(answer.json())
}

#[tokio::test]
async fn whom_whatsapp_is_on_for_changes_while_it_runs_and_is_kept() -> anyhow::Result<()> {
    let world = World::with(&NOBODY).await?;
    let mut people = Vec::new();
    for number in 0..12 {
        let name = format!("Ana {number}");
        people.push(both(&world, &name, json!({})).await?);
    }
    let team = both(&world, "Bia", json!({"cohort": "team"})).await?;
    world
        .joins(Joining::called("Carla").opted_in(Channel::Sms))
        .await?;
    assert_eq!(goes_by(&world, &people[0]).await?, "sms");

    // Asked about first: nothing changes by it.
    let asked = rollout(&world, "?percent=100").await?;
    let preview = &asked["preview"];
    let told = [
        "members",
        "on_now",
        "on_then",
        "starts",
        "leave_sms",
        "stops",
    ];
    let told = told.map(|name| preview[name].as_u64().unwrap_or(99));
    assert_eq!(told, [13, 0, 13, 13, 13, 0], "{asked:#}");
    assert_eq!(
        (&asked["now"]["percent"], &asked["changed_by"]),
        (&json!(0), &Value::Null)
    );
    let half = rollout(&world, "?percent=50").await?;
    let half = half["preview"]["on_then"].as_u64().unwrap_or_default();
    assert!((1..13).contains(&half), "some of them: {half}");
    assert_eq!(goes_by(&world, &people[1]).await?, "sms");

    // A group first, then everybody.
    let changed = change(&world, json!({"cohorts": ["team"]})).await?;
    assert_eq!(changed["changed_by"], "api:settings", "{changed:#}");
    assert_eq!(goes_by(&world, &team).await?, "whatsapp");
    assert_eq!(goes_by(&world, &people[2]).await?, "sms");
    change(&world, json!({"percent": 100})).await?;
    assert_eq!(goes_by(&world, &people[3]).await?, "whatsapp");
    for wrong in [
        json!({}),
        json!({"percent": 101}),
        json!({"cohorts": ["two words"]}),
        json!({"percent": 5, "as_settings": true}),
    ] {
        let answer = world.api.json("PUT", "/api/v1/rollout", &wrong).await?;
        assert_eq!(answer.status, 422, "{wrong}");
    }

    // The next process goes by it, whatever the settings said; until somebody goes back to them.
    let world = world.restarts_with(&NOBODY).await?;
    assert_eq!(goes_by(&world, &people[4]).await?, "whatsapp");
    let cohorts = rollout(&world, "").await?["now"]["cohorts"].clone();
    assert_eq!(cohorts, json!(["team"]), "what was not said stayed");
    let back = change(&world, json!({"as_settings": true})).await?;
    assert_eq!(
        (&back["now"]["percent"], &back["changed_by"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(goes_by(&world, &people[5]).await?, "sms");
    Ok(())
}

#[tokio::test]
async fn an_owner_looks_at_what_it_would_do_and_changes_it() -> anyhow::Result<()> {
    let world = open(&NOBODY).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut vera = works(&world, VERA, 1).await?;
    let ana = both(&world, "Ana", json!({})).await?;
    let first = page(&mut joana, "/admin/settings").await?;
    for what in [
        "0 % of members",
        "As the settings say.",
        "Quiet hours",
        "everybody may be written to",
        "GYMTEXT_WHATSAPP_ROLLOUT",
        "sender:sms:",
    ] {
        assert!(first.contains(what), "{what}: {first}");
    }
    assert!(!first.contains(TOKEN), "no secret is shown");
    let looked = page(&mut joana, "/admin/settings?percent=100&cohorts=").await?;
    assert!(
        looked.contains("Of 1 members who agreed to WhatsApp it would be on for 1"),
        "{looked}"
    );
    let seen = field(&looked, "seen");
    let form = [
        ("act", "rollout"),
        ("percent", "100"),
        ("cohorts", ""),
        ("seen", seen.as_str()),
    ];
    assert_eq!(does(&mut vera, "/admin/settings", &form).await?.0, 403);
    assert_eq!(goes_by(&world, &ana).await?, "sms");
    assert_eq!(does(&mut joana, "/admin/settings", &form).await?.0, 303);
    assert_eq!(goes_by(&world, &ana).await?, "whatsapp");
    // Who looked before somebody else changed it looks again.
    let (status, stale) = does(&mut joana, "/admin/settings", &form).await?;
    assert_eq!(status, 409, "{stale}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert!(log.contains("rollout change"), "{log}");
    assert!(log.contains("100 %"), "{log}");
    // A viewer sees how it stands, and no settings.
    let theirs = page(&mut vera, "/admin/settings").await?;
    assert!(theirs.contains("100 % of members"), "{theirs}");
    assert!(theirs.contains("Changed by"), "{theirs}");
    for what in ["GYMTEXT_WHATSAPP_ROLLOUT", "Look now"] {
        assert!(!theirs.contains(what), "{what}: {theirs}");
    }
    Ok(())
}

#[tokio::test]
async fn an_owner_has_the_service_look_at_itself() -> anyhow::Result<()> {
    let world = open(&[("GYMTEXT_WEBHOOKS_PRIVATE", "loopback")]).await?;
    let hook = json!({"url": "http://127.0.0.1:9/hook?key=hidden", "events": ["*"]});
    let made = world.api.json("POST", "/api/v1/webhooks", &hook).await?;
    assert_eq!(made.status, 201, "{}", made.json());
    let mut joana = works(&world, JOANA, 1).await?;
    let before = page(&mut joana, "/admin/settings").await?;
    assert!(before.contains("Nobody has looked"), "{before}");
    let (status, to) = does(&mut joana, "/admin/settings", &[("act", "check")]).await?;
    assert_eq!((status, to.starts_with("/admin/settings")), (303, true));
    let found = page(&mut joana, "/admin/settings").await?;
    for what in [
        "migrations, all applied",
        "the database is at home here",
        "without asking others",
        "http://127.0.0.1:9/hook is told over http",
    ] {
        assert!(found.contains(what), "{what}: {found}");
    }
    let all = [("act", "check_all")];
    assert_eq!(does(&mut joana, "/admin/settings", &all).await?.0, 303);
    let found = page(&mut joana, "/admin/settings").await?;
    assert!(!found.contains("without asking others"), "{found}");
    assert!(found.contains("provider"), "{found}");
    Ok(())
}

#[tokio::test]
async fn a_refused_call_is_told_with_what_differs_and_never_what_it_said() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let pairs = [
        ("AccountSid", ACCOUNT),
        ("From", "+14155550777"),
        ("To", OUR_NUMBER),
        ("Body", "a secret word"),
        ("MessageSid", "SM00000000000000000000000000000777"),
    ];
    // As it is signed where somebody gave Twilio the address with https.
    let base = world.api.base().replace("http://", "https://");
    let signature = sign(
        &format!("{base}/api/twilio/sms"),
        &pairs,
        &Secret::new(TOKEN),
    );
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pairs)
        .finish();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [form, ("x-twilio-signature", signature.as_str())];
    let answer = world
        .api
        .send("POST", "/api/twilio/sms", &headers, body.clone())
        .await?;
    assert_eq!(answer.status, 403);
    let told = shows(
        &world,
        &mut joana,
        "/admin/webhooks",
        "https instead of http",
    )
    .await?;
    for never in ["a secret word", "+14155550777", signature.as_str(), TOKEN] {
        assert!(!told.contains(never), "{told}");
    }
    let unsigned = world
        .api
        .send("POST", "/api/twilio/sms", &[form], body)
        .await?;
    assert_eq!(unsigned.status, 403);
    let told = page(&mut joana, "/admin/webhooks").await?;
    assert!(told.contains("there is no signature"), "{told}");
    let numbers = page(&mut joana, "/admin/settings").await?;
    assert!(
        numbers.contains("<strong>2</strong> calls were refused"),
        "{numbers}"
    );
    Ok(())
}
