//! `gymtext explain`, as somebody at a terminal runs it beside a service.

use std::sync::Arc;

use serde_json::{Value, json};
use simulator::Timing;
use stories::binary::Setup;
use stories::ports::free_addr;
use stories::sandbox::{Sandbox, SystemClock};
use stories::world::text;
use stories::{stopwatch, tick};

const PHONE: &str = "+14155550101";

/// A message once it is as it will stay.
async fn ended(setup: &Setup, id: &str) -> anyhow::Result<Value> {
    let since = stopwatch();
    loop {
        let message = setup.api().get(&format!("/api/v1/messages/{id}")).await?;
        let message = message.json();
        if ["delivered", "read", "suppressed"].contains(&text(&message, "status").as_str()) {
            return Ok(message);
        }
        anyhow::ensure!(
            since.elapsed().as_secs() < 20,
            "it goes nowhere: {message:#}"
        );
        tick().await;
    }
}

/// What the command prints, and whether it did well.
async fn explained(setup: &Setup, words: &[&str]) -> anyhow::Result<(bool, String)> {
    let service = format!("http://{}", setup.addr);
    let mut all = vec!["explain"];
    all.extend(words);
    all.extend(["--url", &service]);
    let output = setup.command(&all).await?;
    let mut said = String::from_utf8(output.stdout)?;
    said.push_str(&String::from_utf8(output.stderr)?);
    Ok((output.status.success(), said))
}

#[tokio::test]
async fn the_command_tells_what_became_of_a_message_and_why_and_names_nobody() -> anyhow::Result<()>
{
    let data = tempfile::tempdir()?;
    let addr = free_addr()?;
    let clock = Arc::new(SystemClock);
    let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
    let setup = Setup::new(data.path(), addr, sandbox.addr)?;
    let service = setup.start().await?;
    let handset = json!({"number": PHONE, "whatsapp": false, "sms": true});
    let carrier = sandbox.http();
    let made = carrier
        .json("POST", "/sandbox/api/phones", &handset)
        .await?;
    anyhow::ensure!(made.status < 300, "{}", made.json());
    let member = json!({
        "name": "Ana", "phone": PHONE, "time_zone": "UTC",
        "consents": [{"channel": "sms", "state": "opted_in", "source": "story"}],
    });
    let made = setup.api().json("POST", "/api/v1/members", &member).await?;
    anyhow::ensure!(made.status == 201, "{}", made.json());
    let member = text(&made.json(), "id");
    let sends = async |content: &str| {
        let message = json!({"member_id": member, "kind": "system", "content": content});
        let made = setup
            .api()
            .json("POST", "/api/v1/messages", &message)
            .await?;
        anyhow::ensure!(made.status == 202, "{}", made.json());
        anyhow::Ok(text(&made.json(), "message_id"))
    };
    let arrived = sends("Ten squats").await?;
    let message = ended(&setup, &arrived).await?;
    let (well, said) = explained(&setup, &[&arrived]).await?;
    assert!(well, "{said}");
    assert!(said.starts_with(&format!("{arrived}: delivered")), "{said}");
    for part in ["It says: Ten squats", "A system for", "sms", "0.0113"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains(PHONE) && !said.contains('\u{1b}'), "{said}");
    // As JSON it is what the API answers.
    let printed = setup
        .json(&[
            "explain",
            &arrived,
            "--json",
            "--url",
            &format!("http://{addr}"),
        ])
        .await?;
    assert_eq!(printed, message);
    // One that was not sent says why.
    let stop = json!({"state": "opted_out", "source": "story"});
    let path = format!("/api/v1/members/{member}/consents/sms");
    let stopped = setup.api().json("PUT", &path, &stop).await?;
    anyhow::ensure!(stopped.status < 300, "{}", stopped.json());
    let silent = sends("Ten lunges").await?;
    ended(&setup, &silent).await?;
    let (well, said) = explained(&setup, &[&silent]).await?;
    assert!(well && said.contains(": suppressed"), "{said}");
    assert!(said.contains("the member said stop"), "{said}");
    // One that is not there is an error that says so.
    let unknown = "msg_01kat50b5x2e8r5w3n6q1c9d0f";
    let (well, said) = explained(&setup, &[unknown]).await?;
    assert!(!well && !said.is_empty(), "{said}");
    service.terminate().await?;
    Ok(())
}
