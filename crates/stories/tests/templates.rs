//! Templates: submitted once, approved by whoever reviews them, paused, moved to another category;
//! and what is sent meanwhile.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

/// The templates of the files alone: no setting names an id.
const FILES: [(&str, &str); 4] = [
    ("WHATSAPP_TEMPLATE_DAILY_WORKOUT", ""),
    ("WHATSAPP_TEMPLATE_WEEKLY_CHECKIN", ""),
    ("WHATSAPP_TEMPLATE_WELCOME", ""),
    ("WHATSAPP_TEMPLATE_SUBSCRIPTION_REMINDER", ""),
];

/// A held message is looked at again after this long.
const RECHECK: Seconds = Seconds::new(301);

async fn joins(world: &World, name: &str, locale: &str) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called(name)
                .opted_in(Channel::Whatsapp)
                .prefers(Channel::Whatsapp)
                .with("locale", json!(locale)),
        )
        .await
}

async fn post(world: &World, path: &str) -> anyhow::Result<Vec<Value>> {
    let path = format!("/api/v1/templates/{path}");
    let answer = world.api.json("POST", &path, &json!({})).await?;
    anyhow::ensure!(answer.status == 200, "{path}: {}", answer.json());
    Ok(items(&answer.json()))
}

fn items(answer: &Value) -> Vec<Value> {
    answer
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

/// One template in one language, as the service lists it.
async fn listed(world: &World, name: &str, language: &str) -> anyhow::Result<Value> {
    let answer = world.api.get("/api/v1/templates").await?.json();
    items(&answer)
        .into_iter()
        .find(|one| text(one, "name") == name && text(one, "language") == language)
        .ok_or_else(|| anyhow::anyhow!("{name} ({language}) is not listed: {answer}"))
}

/// Somebody at WhatsApp does something to a template.
async fn reviewer(world: &World, id: &str, what: Value) -> anyhow::Result<()> {
    let path = format!("/sandbox/api/templates/{id}/approval");
    let answer = world.carrier.json("PUT", &path, &what).await?;
    anyhow::ensure!(answer.status == 200, "{path}: {}", answer.json());
    Ok(())
}

async fn set_of(world: &World, name: &str, language: &str, what: Value) -> anyhow::Result<()> {
    let id = text(
        &listed(world, name, language).await?,
        "provider_template_id",
    );
    reviewer(world, &id, what).await
}

async fn knocks(person: &Person) -> anyhow::Result<usize> {
    Ok(person.inbox(Channel::Whatsapp).await?.len())
}

fn workout() -> Value {
    json!({"kind": "daily_workout", "content": "10 squats"})
}

#[tokio::test]
async fn a_template_is_submitted_once_approved_and_sent_in_the_members_language()
-> anyhow::Result<()> {
    let world = World::with(&FILES).await?;
    let draft = listed(&world, "daily_workout", "es").await?;
    assert_eq!(text(&draft, "status"), "draft");
    let lucia = joins(&world, "Lucía Gómez", "es-MX").await?;
    let early = world.sends(&lucia, workout()).await?;
    let held = world.reaches(&early, &["held"]).await?;
    assert_eq!(
        held.pointer("/decision/reasons/0/code"),
        Some(&json!("template_not_approved")),
        "{held}"
    );

    let first = post(&world, "submit").await?;
    assert_eq!(first.len(), 21);
    for one in &first {
        assert_eq!(
            (&*text(one, "outcome"), &*text(one, "status")),
            ("created", "approved"),
            "{one}"
        );
    }
    let count = async || {
        let all = world.carrier.get("/sandbox/api/templates").await?.json();
        anyhow::Ok(all.as_array().map_or(0, Vec::len))
    };
    let before = count().await?;
    for one in post(&world, "submit").await? {
        assert_eq!(text(&one, "outcome"), "unchanged", "{one}");
    }
    assert_eq!(count().await?, before, "nothing was created twice");

    world.passes(RECHECK);
    world
        .until("the knock", async || {
            Ok((knocks(&lucia).await? == 1).then_some(()))
        })
        .await?;
    let received = lucia.inbox(Channel::Whatsapp).await?;
    let knock = received.first().cloned().unwrap_or_default();
    assert!(
        text(&knock, "body").starts_with("¡Hola, Lucía! Tu entreno del "),
        "{knock}"
    );
    assert_eq!(
        knock.pointer("/buttons/0/title"),
        Some(&json!("Empezar entreno")),
        "{knock}"
    );

    // Which wording was sent is kept with the message.
    let list = format!("/api/v1/messages?member={}&kind=knock", lucia.id);
    let list = world.api.get(&list).await?.json();
    let id = items(&list)
        .first()
        .map(|one| text(one, "id"))
        .unwrap_or_default();
    let message = world.reaches(&id, &["delivered", "read"]).await?;
    let used = message
        .pointer("/decision/template")
        .cloned()
        .unwrap_or_default();
    let es = listed(&world, "daily_workout", "es").await?;
    assert_eq!(
        (
            text(&used, "name"),
            text(&used, "language"),
            text(&used, "version"),
            text(&used, "id")
        ),
        (
            "daily_workout".to_owned(),
            "es".to_owned(),
            text(&es, "version"),
            text(&es, "provider_template_id")
        ),
        "{message}"
    );
    lucia.texts(Channel::Whatsapp, "listo").await?;
    world.reaches(&early, &["delivered", "read"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_template_paused_before_the_begin_is_not_sent_and_goes_on_when_reinstated()
-> anyhow::Result<()> {
    let world = World::with(&FILES).await?;
    post(&world, "submit").await?;
    let mut people = Vec::new();
    for number in 0..12 {
        people.push(joins(&world, &format!("Ana {number}"), "en").await?);
    }
    let fields =
        json!({"kind": "weekly_checkin", "template": "weekly_checkin", "variables": {"1": "Ana"}});
    // Decided again and again while the pause is heard of: whoever was decided with the old state is
    // refused by `begin`.
    let (sent, paused) = tokio::join!(
        async {
            let mut ids = Vec::new();
            for person in &people {
                ids.push(world.sends(person, fields.clone()).await?);
            }
            anyhow::Ok(ids)
        },
        async {
            set_of(&world, "weekly_checkin", "en", json!({"status": "paused"})).await?;
            post(&world, "sync").await
        }
    );
    let (ids, changes) = (sent?, paused?);
    // A send that was refused meanwhile may have had it asked for first; it is told once.
    assert!(changes.len() <= 1, "{changes:?}");
    // Who was refused by `begin` is decided again a moment later, by this clock.
    world.passes(Seconds::new(1));
    world.is_quiet().await?;
    let arrived = async || {
        let mut count = 0;
        for person in &people {
            count += knocks(person).await?;
        }
        anyhow::Ok(count)
    };
    let before = arrived().await?;
    // In a lane of their own: those of before may be held in the other.
    let fields = json!({
        "kind": "weekly_checkin", "template": "weekly_checkin", "variables": {"1": "Ana"}, "queue": "late",
    });
    let mut late = Vec::new();
    for person in &people {
        late.push(world.sends(person, fields.clone()).await?);
    }
    for id in &late {
        world.reaches(id, &["held"]).await?;
    }
    world.passes(RECHECK);
    for id in ids.iter().chain(&late) {
        world
            .until("it was looked at again", async || {
                let message = world.message(id).await?;
                let looks = message
                    .get("decisions")
                    .and_then(Value::as_array)
                    .map_or(0, Vec::len);
                let held_again = text(&message, "status") == "held" && looks >= 2;
                let over =
                    ["delivered", "read", "failed"].contains(&text(&message, "status").as_str());
                Ok((held_again || over).then_some(()))
            })
            .await?;
    }
    assert_eq!(
        arrived().await?,
        before,
        "nothing starts once the pause was heard of"
    );

    let missed = listed(&world, "weekly_checkin", "en").await?;
    let dependents: Vec<_> = missed
        .get("dependents")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect();
    assert!(
        dependents.contains(&"the schedule weekly-messages knocks with it".to_owned()),
        "{dependents:?}"
    );
    assert!(
        dependents
            .iter()
            .any(|line| line.ends_with("messages wait for it")),
        "{dependents:?}"
    );

    set_of(
        &world,
        "weekly_checkin",
        "en",
        json!({"status": "reinstated"}),
    )
    .await?;
    post(&world, "sync").await?;
    world.passes(RECHECK);
    for id in late {
        world.reaches(&id, &["delivered", "read"]).await?;
    }
    // Whom the pause caught at the carrier itself was refused there; nobody got it twice.
    for id in ids {
        world.reaches(&id, &["delivered", "read", "failed"]).await?;
    }
    for person in &people {
        assert!(knocks(person).await? <= 2);
    }
    Ok(())
}

#[tokio::test]
async fn a_backup_takes_the_place_of_a_paused_template_in_the_same_language() -> anyhow::Result<()>
{
    let world = World::with(&FILES).await?;
    post(&world, "submit").await?;
    set_of(&world, "daily_workout", "es", json!({"status": "paused"})).await?;
    post(&world, "sync").await?;
    let lucia = joins(&world, "Lucía", "es").await?;
    world.sends(&lucia, workout()).await?;
    world
        .until("the backup", async || {
            Ok((knocks(&lucia).await? == 1).then_some(()))
        })
        .await?;
    let received = lucia.received(Channel::Whatsapp).await?;
    assert!(
        received
            .iter()
            .all(|text| text.starts_with("Hola Lucía, te escribe tu coach.")),
        "{received:?}"
    );
    let paused = listed(&world, "daily_workout", "es").await?;
    assert!(
        paused
            .to_string()
            .contains("daily_workout (en) takes its place")
            || paused
                .to_string()
                .contains("daily_workout_backup (es) takes its place"),
        "{paused}"
    );
    Ok(())
}

#[tokio::test]
async fn a_template_moved_to_marketing_raises_an_alarm_and_reaches_no_us_number()
-> anyhow::Result<()> {
    let world = World::with(&FILES).await?;
    post(&world, "submit").await?;
    for name in ["daily_workout", "daily_workout_backup"] {
        set_of(&world, name, "en", json!({"category": "MARKETING"})).await?;
    }
    let changes = post(&world, "sync").await?;
    assert_eq!(changes.len(), 2, "{changes:?}");
    for change in &changes {
        assert_eq!(
            (
                &*text(change, "what"),
                &*text(change, "before"),
                &*text(change, "now")
            ),
            ("category", "UTILITY", "MARKETING")
        );
    }
    assert!(post(&world, "sync").await?.is_empty(), "it is told once");
    let moved = listed(&world, "daily_workout", "en").await?;
    assert_eq!(moved.get("category_changed"), Some(&json!(true)), "{moved}");

    let james = world
        .joins(
            Joining::called("James")
                .opted_in(Channel::Whatsapp)
                .opted_in(Channel::Sms)
                .prefers(Channel::Whatsapp)
                .with("locale", json!("en")),
        )
        .await?;
    let id = world.sends(&james, workout()).await?;
    let message = world.reaches(&id, &["delivered"]).await?;
    assert_eq!(text(&message, "channel"), "sms", "{message}");
    assert!(
        message.to_string().contains("template_is_marketing"),
        "{message}"
    );
    assert_eq!(knocks(&james).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_refusal_by_the_carrier_makes_the_service_ask_how_its_templates_stand()
-> anyhow::Result<()> {
    let world = World::with(&FILES).await?;
    post(&world, "submit").await?;
    let ana = joins(&world, "Ana", "en").await?;
    let fields = json!({"kind": "welcome", "template": "welcome", "variables": {"1": "Ana"}});
    // Nobody tells the service of it; a node that has just started may happen to ask by itself, once.
    let mut failed = Value::Null;
    for _ in 0..2 {
        set_of(&world, "welcome", "en", json!({"status": "paused"})).await?;
        let id = world.sends(&ana, fields.clone()).await?;
        failed = world.reaches(&id, &["failed", "held"]).await?;
        if text(&failed, "status") == "failed" {
            break;
        }
        set_of(&world, "welcome", "en", json!({"status": "reinstated"})).await?;
        post(&world, "sync").await?;
        world.passes(Seconds::new(301));
        world.reaches(&id, &["delivered", "read"]).await?;
    }
    assert_eq!(failed.get("error_code"), Some(&json!(63041)), "{failed}");
    world
        .until("the pause is known", async || {
            let welcome = listed(&world, "welcome", "en").await?;
            Ok((text(&welcome, "status") == "paused").then_some(()))
        })
        .await?;
    let second = world.sends(&ana, fields).await?;
    world.reaches(&second, &["held"]).await?;
    Ok(())
}

#[tokio::test]
async fn an_id_of_the_settings_is_sent_only_while_the_provider_approves_it() -> anyhow::Result<()> {
    let world = World::new().await?;
    let known = world
        .until("the provider was asked", async || {
            let daily = listed(&world, "daily_workout", "en").await?;
            Ok((text(&daily, "category") == "UTILITY").then_some(daily))
        })
        .await?;
    assert_eq!(
        (&*text(&known, "from"), &*text(&known, "status")),
        ("setting", "approved"),
        "{known}"
    );
    let ana = joins(&world, "Ana", "en").await?;
    reviewer(
        &world,
        &text(&known, "provider_template_id"),
        json!({"status": "disabled"}),
    )
    .await?;
    post(&world, "sync").await?;
    let id = world.sends(&ana, workout()).await?;
    let held = world.reaches(&id, &["held"]).await?;
    assert_eq!(text(&held, "reason"), "template_not_approved", "{held}");
    assert_eq!(knocks(&ana).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_value_that_is_not_of_its_kind_is_a_422_that_names_the_variable() -> anyhow::Result<()> {
    let world = World::with(&FILES).await?;
    let ana = joins(&world, "Ana", "en").await?;
    for (template, variables, code, field) in [
        (
            "daily_workout",
            json!({"1": "Ana"}),
            "missing_variable",
            "variables.2",
        ),
        (
            "daily_workout",
            json!({"1": "Ana", "2": "Monday", "3": "x"}),
            "unknown_variable",
            "variables.3",
        ),
        (
            "daily_workout",
            json!({"1": "42", "2": "Monday"}),
            "invalid_variable",
            "variables.1",
        ),
        (
            "subscription_reminder",
            json!({"1": "Ana", "2": "soon"}),
            "invalid_variable",
            "variables.2",
        ),
        (
            "daily_workout",
            json!({"1": "Ana", "2": "Mon\nday"}),
            "invalid_variable",
            "variables.2",
        ),
        (
            "daily_workout",
            json!({"1": "", "2": "Monday"}),
            "invalid_variable",
            "variables.1",
        ),
    ] {
        let body = json!({"member_id": ana.id, "kind": "system", "template": template, "variables": variables});
        let refused = world.api.json("POST", "/api/v1/messages", &body).await?;
        let named = refused.json().pointer("/errors/0/field").cloned();
        assert_eq!(
            (refused.status, refused.code().as_str(), named),
            (422, code, Some(json!(field))),
            "{}",
            refused.json()
        );
    }
    Ok(())
}
