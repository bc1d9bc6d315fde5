//! E-mail by a real mail server (aiosmtpd), as the last leg of what must arrive.

use anyhow::Context as _;
use domain::Channel;
use serde_json::{Value, json};
use stories::http::Http;
use stories::script::Server;
use stories::world::{Joining, Person, World, text};

/// `None` when this test is counted as skipped.
async fn mail_server(test: &str) -> anyhow::Result<Option<Server>> {
    Server::start(test, env!("CARGO_TARGET_TMPDIR"), "mail.py").await
}

async fn world(server: &Server) -> anyhow::Result<World> {
    World::with(&[
        (
            "GYMTEXT_SMTP_URL",
            &format!("smtp://127.0.0.1:{}", server.port),
        ),
        ("GYMTEXT_EMAIL_FROM", "Coach Ana <coach@gym.example>"),
        ("GYMTEXT_QUIET_PERIOD", "60"),
    ])
    .await
}

async fn with_mail(world: &World, name: &str, address: &str) -> anyhow::Result<Person> {
    let joining = Joining::called(name)
        .opted_in(Channel::Sms)
        .opted_in(Channel::Email)
        .with("locale", json!("es"))
        .with("email", json!(address));
    world.joins(joining).await
}

fn header(letter: &Value, name: &str) -> String {
    text(letter.get("headers").unwrap_or(&Value::Null), name)
}

#[tokio::test]
async fn what_must_arrive_ends_with_a_letter_that_can_be_ended() -> anyhow::Result<()> {
    let test = "what_must_arrive_ends_with_a_letter_that_can_be_ended";
    let Some(mut server) = mail_server(test).await? else {
        return Ok(());
    };
    let world = world(&server).await?;
    let maria = with_mail(&world, "Maria", "maria@home.example").await?;
    // By SMS nothing arrives today: Twilio says that the message was blocked.
    world
        .carrier_fails(json!({"errors": {"30007": 1.0}}))
        .await?;
    let words = "¡El gimnasio cierra hoy a las 18:00! 💪";
    let fields = json!({"content": words, "kind": "system", "critical": true});
    let id = world.sends(&maria, fields).await?;
    let letter = server.next().await?;
    assert_eq!(text(&letter, "mail_from"), "coach@gym.example");
    assert_eq!(letter.get("to"), Some(&json!(["maria@home.example"])));
    assert_eq!(header(&letter, "From"), "Coach Ana <coach@gym.example>");
    assert!(
        header(&letter, "Subject").ends_with("un mensaje para ti"),
        "{letter}"
    );
    assert!(text(&letter, "text").contains(words), "{letter}");
    let says_how = text(&letter, "text").contains("Para no recibir más:");
    assert!(says_how, "{letter}");
    assert_eq!(
        header(&letter, "List-Unsubscribe-Post"),
        "List-Unsubscribe=One-Click"
    );
    let chain = world.message(&id).await?;
    let leg = chain.pointer("/chain/1/message_id").cloned();
    let leg = leg.as_ref().and_then(Value::as_str).context("the leg")?;
    world.reaches(leg, &["sent"]).await?;
    let attempt = world.message(leg).await?;
    assert_eq!(
        attempt.pointer("/attempts/0/channel"),
        Some(&json!("email"))
    );
    assert_eq!(
        attempt.pointer("/attempts/0/provider_message_id"),
        Some(&json!(header(&letter, "Message-ID")))
    );

    // The link at its foot: looking changes nothing, pressing does.
    let link = header(&letter, "List-Unsubscribe");
    let link = link.trim_matches(['<', '>']);
    assert!(text(&letter, "text").contains(link));
    let (place, path) = link.split_once("/email/").context("the link")?;
    let page = Http::new(place);
    let path = format!("/email/{path}");
    let asked = page.get(&path).await?;
    assert_eq!(asked.status, 200);
    assert!(consent(&world, &maria).await?.contains("opted_in"));
    let pressed = page
        .send("POST", &path, &[], "List-Unsubscribe=One-Click")
        .await?;
    assert_eq!(pressed.status, 200);
    assert!(consent(&world, &maria).await?.contains("opted_out"));
    let fields = json!({"content": "More", "kind": "system", "channel": "email"});
    let after = world.sends(&maria, fields).await?;
    world.reaches(&after, &["suppressed"]).await?;
    let strange = format!("{}0", &path[..path.len() - 1]);
    assert_eq!(page.send("POST", &strange, &[], "").await?.status, 404);
    Ok(())
}

/// The state of her consent to e-mail.
async fn consent(world: &World, maria: &Person) -> anyhow::Result<String> {
    let path = format!("/api/v1/members/{}", maria.id);
    let member = world.api.get(&path).await?.json();
    let consents = member.get("consents").and_then(Value::as_array).cloned();
    let of_mail = consents
        .into_iter()
        .flatten()
        .find(|one| text(one, "channel") == "email");
    Ok(of_mail.map(|one| text(&one, "state")).unwrap_or_default())
}

#[tokio::test]
async fn a_mail_servers_answers_are_told_apart() -> anyhow::Result<()> {
    let Some(mut server) = mail_server("a_mail_servers_answers_are_told_apart").await? else {
        return Ok(());
    };
    let world = world(&server).await?;
    let fields = || json!({"content": "Hello", "kind": "system", "channel": "email"});
    // Unknown there: the address is known not to be reached.
    let nobody = with_mail(&world, "Nora", "nobody@home.example").await?;
    let id = world.sends(&nobody, fields()).await?;
    let message = world.reaches(&id, &["suppressed"]).await?;
    assert_eq!(
        message.pointer("/attempts/0/error_code"),
        Some(&json!(550)),
        "{message}"
    );
    // Not now: it is tried again.
    let later = with_mail(&world, "Lara", "later@home.example").await?;
    let id = world.sends(&later, fields()).await?;
    world
        .until("the first try", async || {
            let message = world.message(&id).await?;
            Ok((message.pointer("/attempts/0/error_code") == Some(&json!(451))).then_some(()))
        })
        .await?;
    assert_eq!(text(&world.message(&id).await?, "status"), "queued");
    // Taken, and then no word: it may have gone out, and is not sent again.
    let silent = with_mail(&world, "Sara", "silent@home.example").await?;
    let id = world.sends(&silent, fields()).await?;
    server.next().await?;
    world.reaches(&id, &["unconfirmed"]).await?;
    world.passes(domain::Seconds::new(120));
    world
        .until("the quiet period is over", async || {
            let stats = world.api.get("/api/v1/stats").await?.json();
            Ok((stats.get("unconfirmed") == Some(&json!(0))).then_some(()))
        })
        .await?;
    let message = world.reaches(&id, &["unconfirmed"]).await?;
    let attempts = message.get("attempts").and_then(Value::as_array);
    assert_eq!(attempts.map(Vec::len), Some(1), "{message}");
    Ok(())
}
