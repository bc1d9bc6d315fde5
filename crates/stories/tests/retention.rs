//! Words go when they are older than they are kept for, and everybody who looks is told so; what happened stays on record.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::http::Response;
use stories::world::{Joining, World, text};

const DAY: u32 = 24 * 3_600;

fn html(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

#[tokio::test]
async fn old_words_are_removed_and_what_waits_keeps_them() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_RETAIN_BODIES", "365d, system=30d, inbound=10d")]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let fields = json!({"kind": "system", "content": "Bring your shoes"});
    let old = world.sends(&maria, fields).await?;
    world.reaches(&old, &["delivered"]).await?;
    maria.texts(Channel::Sms, "Thanks a million").await?;
    world.is_quiet().await?;
    // One that goes in half a year keeps what it has to say.
    let later =
        json!({"kind": "system", "content": "Half a year!", "not_before": "2027-05-01T12:00:00Z"});
    let later = world.sends(&maria, later).await?;
    world.passes(Seconds::new(31 * DAY));
    let swept = world.cron("check-stalled-queues").await?;
    assert_eq!(swept.status, 200, "{}", swept.json());
    let gone = world.message(&old).await?;
    assert_eq!(text(&gone, "content"), "");
    assert!(
        text(&gone, "redacted_at").starts_with("2026-12-19"),
        "{gone:#}"
    );
    assert_eq!(text(&gone, "status"), "delivered");
    let path = format!("/api/v1/messages?member={}&direction=inbound", maria.id);
    let heard = world.api.get(&path).await?.json();
    assert_eq!(heard.pointer("/items/0/content"), Some(&json!("")));
    let waits = world.message(&later).await?;
    assert_eq!(text(&waits, "content"), "Half a year!");
    assert_eq!(waits.get("redacted_at"), Some(&Value::Null));
    // Their export says so, too.
    let path = format!("/api/v1/members/{}/export", maria.id);
    let export = world.api.get(&path).await?.json().to_string();
    assert!(!export.contains("Bring your shoes") && !export.contains("Thanks a million"));
    assert!(export.contains("Half a year!"));
    world.passes(Seconds::new(133 * DAY + 3_600));
    world.reaches(&later, &["delivered"]).await?;
    assert!(
        maria
            .received(Channel::Sms)
            .await?
            .contains(&"Half a year!".to_owned())
    );
    world.passes(Seconds::new(DAY));
    world.cron("check-stalled-queues").await?;
    assert_eq!(text(&world.message(&later).await?, "content"), "");
    Ok(())
}

#[tokio::test]
async fn the_privacy_page_says_what_is_set_and_can_be_the_operators_own() -> anyhow::Result<()> {
    let world = World::with(&[("GYMTEXT_RETAIN_BODIES", "365d, inbound=90d")]).await?;
    let page = html(&world.api.get("/privacy").await?);
    assert!(page.contains("<h1>Privacy at GymText</h1>"), "{page}");
    assert!(page.contains("What you write: 90 days.") && page.contains("365 days."));
    let page = html(&world.api.get("/privacy?lang=pt").await?);
    assert!(page.contains("O que você escreve: 90 dias."), "{page}");
    let folder = tempfile::tempdir()?;
    let own = "# Our privacy\n\nWe keep <b>little</b>.\n\n{kept}\n";
    std::fs::write(folder.path().join("en.md"), own)?;
    let folder = folder.path().display().to_string();
    let world = world
        .restarts_with(&[
            ("GYMTEXT_PRIVACY_FOLDER", &folder),
            ("GYMTEXT_RETAIN_BODIES", "keep"),
        ])
        .await?;
    let page = html(&world.api.get("/privacy").await?);
    assert!(
        page.contains("<h1>Our privacy</h1>") && page.contains("We keep &#60;b&#62;little"),
        "{page}"
    );
    assert!(page.contains("Texts of messages: until you have them deleted."));
    let page = html(&world.api.get("/privacy?lang=pt").await?);
    assert!(
        page.contains("Privacidade no GymText"),
        "ours where there is none"
    );
    Ok(())
}
