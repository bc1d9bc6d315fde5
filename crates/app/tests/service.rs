//! The service and the demo, started and stopped in this process.
#![expect(clippy::unwrap_used, reason = "a test may fail where it likes")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::Secret;
use gymtext::clock::SystemClock;
use gymtext::demo::Demo;
use gymtext::settings::{Carrier, Database, Settings};
use gymtext::wiring::Service;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn settings(directory: &Path) -> Settings {
    let mut settings = Settings::defaults();
    settings.database = Database::Sqlite(directory.join("gymtext.db"));
    settings.web.addr = "127.0.0.1:0".parse().unwrap();
    settings.web.inner_addr = "127.0.0.1:0".parse().unwrap();
    settings.web.api_key = Some(Secret::new("a key for this test"));
    settings.twilio.carrier = Carrier::Local;
    settings
}

/// One request on a connection of its own: status and body.
async fn ask(
    address: &str,
    method: &str,
    path: &str,
    key: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(
        !head.to_ascii_lowercase().contains("chunked"),
        "this client reads whole bodies only"
    );
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_message_of_the_local_provider_is_delivered_and_outlives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let key = "a key for this test";
    let service = Service::start(settings(directory.path()), Arc::new(SystemClock), 7)
        .await
        .unwrap();
    let address = service.addr.to_string();
    let member = json!({
        "name": "Ana", "phone": "+14155550123", "time_zone": "America/New_York",
        "consents": [{ "channel": "sms", "state": "opted_in", "source": "test" }],
    });
    let (status, member) = ask(&address, "POST", "/api/v1/members", key, Some(&member)).await;
    assert_eq!(status, 201, "{member}");
    let message = json!({ "member_id": member["id"], "content": "Ready?" });
    let (status, accepted) = ask(&address, "POST", "/api/v1/messages", key, Some(&message)).await;
    assert_eq!(status, 202, "{accepted}");
    let path = format!(
        "/api/v1/messages/{}",
        accepted["message_id"].as_str().unwrap()
    );
    let delivered = async {
        let mut changes = service.engine.outbox_changes();
        loop {
            let (_, message) = ask(&address, "GET", &path, key, None).await;
            if message["status"] == "delivered" {
                return;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), delivered)
        .await
        .unwrap();
    let (status, _) = ask(
        &service.inner_addr.to_string(),
        "GET",
        "/inner/ready",
        "",
        None,
    )
    .await;
    assert_eq!(status, 200);
    assert!(service.stop().await, "nothing is left begun");

    let service = Service::start(settings(directory.path()), Arc::new(SystemClock), 8)
        .await
        .unwrap();
    let (_, message) = ask(&service.addr.to_string(), "GET", &path, key, None).await;
    assert_eq!(message["status"], "delivered");
    assert!(service.stop().await);
}

#[tokio::test]
async fn a_second_service_on_the_same_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start(settings(directory.path()), Arc::new(SystemClock), 7)
        .await
        .unwrap();
    let error = Service::start(settings(directory.path()), Arc::new(SystemClock), 8)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("another process has it open"),
        "{error:#}"
    );
    assert!(service.stop().await);
}

#[tokio::test]
async fn a_database_without_its_key_is_not_started() {
    let directory = tempfile::tempdir().unwrap();
    Service::start(settings(directory.path()), Arc::new(SystemClock), 7)
        .await
        .unwrap()
        .stop()
        .await;
    std::fs::remove_file(directory.path().join("gymtext.db.key")).unwrap();
    let error = Service::start(settings(directory.path()), Arc::new(SystemClock), 8)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("gymtext.db.key is missing"),
        "{error:#}"
    );
}

#[tokio::test]
async fn the_demo_starts_with_three_people_and_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let demo = Demo::start(0, directory.path()).await.unwrap();
    assert!(demo.fresh);
    let address = demo.url.strip_prefix("http://").unwrap().to_owned();
    let (_, phones) = ask(&address, "GET", "/sandbox/api/phones", "", None).await;
    // Theirs, and that of whoever works in the console.
    assert_eq!(phones.as_array().unwrap().len(), 4);
    let (status, sent) = ask(
        &address,
        "POST",
        "/sandbox/demo/daily",
        "",
        Some(&json!({})),
    )
    .await;
    assert_eq!(
        (status, sent["enqueued"].as_u64()),
        (202, Some(3)),
        "{sent}"
    );
    let (status, _) = ask(&address, "GET", "/sandbox/", "", None).await;
    assert_eq!(status, 200);
    let before = demo.engine().clock().now();
    let moved = json!({ "advance_seconds": 86_400 });
    ask(&address, "POST", "/sandbox/api/clock", "", Some(&moved)).await;
    let after = demo.engine().clock().now();
    assert!(
        after.since(before).as_f64() >= 86_400.0,
        "one clock for both"
    );
    demo.stop().await.unwrap();

    let demo = Demo::start(0, directory.path()).await.unwrap();
    assert!(!demo.fresh);
    assert!(
        demo.engine().clock().now() >= after,
        "time does not run backwards"
    );
    let address = demo.url.strip_prefix("http://").unwrap().to_owned();
    let (_, phones) = ask(&address, "GET", "/sandbox/api/phones", "", None).await;
    assert_eq!(phones.as_array().unwrap().len(), 4);
    demo.stop().await.unwrap();
}

#[tokio::test]
async fn a_page_of_another_site_cannot_press_the_demos_buttons() {
    let directory = tempfile::tempdir().unwrap();
    let demo = Demo::start(0, directory.path()).await.unwrap();
    let address = demo.url.strip_prefix("http://").unwrap();
    for headers in [
        format!("Host: {address}\r\nOrigin: https://evil.example"),
        "Host: evil.example".to_owned(),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /sandbox/demo/daily HTTP/1.1\r\n{headers}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    demo.stop().await.unwrap();
}

/// Runs the binary beside the service: its exit code, and what it said.
async fn gymtext(address: &str, key: &str, arguments: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gymtext"));
    command
        .args(arguments)
        .args(["--url", &format!("http://{address}")])
        .env_clear()
        .env("GYMTEXT_API_KEY", key);
    let ran = tokio::task::spawn_blocking(move || command.output());
    let output = ran.await.unwrap().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), said)
}

#[tokio::test]
async fn the_shell_changes_a_member_and_rolls_back_and_forth() {
    let directory = tempfile::tempdir().unwrap();
    let key = "a key for this test";
    let service = Service::start(settings(directory.path()), Arc::new(SystemClock), 7)
        .await
        .unwrap();
    let address = service.addr.to_string();
    let member = json!({"name": "Ana", "phone": "+14155550123"});
    let (status, member) = ask(&address, "POST", "/api/v1/members", key, Some(&member)).await;
    assert_eq!(status, 201, "{member}");

    let change = [
        "members",
        "change",
        "+14155550123",
        "--prefer",
        "daily_workouts=whatsapp",
        "--cohort",
        "team",
    ];
    let (code, said) = gymtext(&address, key, &change).await;
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("daily_workouts whatsapp") && said.contains("team"),
        "{said}"
    );
    let back = [
        "members",
        "change",
        "+14155550123",
        "--prefer",
        "daily_workouts=",
        "--json",
    ];
    let (code, said) = gymtext(&address, key, &back).await;
    let member: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(code, 0, "{said}");
    assert!(member["preferences"]["daily_workouts"].is_null());
    assert_eq!(member["cohort"], "team");
    let (code, said) = gymtext(&address, key, &["members", "change", "+14155550123"]).await;
    assert_ne!(code, 0, "{said}");

    for (arguments, expected, words) in [
        (&["rollback", "--to", "sms"][..], 0, "Nothing was changed"),
        (&["rollback", "--undo"], 0, "nothing to undo"),
        (&["rollback", "--to", "sms", "--yes"], 2, "reason"),
        (
            &["rollback", "--to", "sms", "--yes", "--reason", "late"],
            0,
            "everything goes by SMS",
        ),
        (&["rollback", "--to", "sms"], 0, "already"),
        (&["switches", "list"], 0, "rollback:sms"),
        (
            &["rollback", "--undo", "--yes", "--json"],
            0,
            r#""now":"whatsapp""#,
        ),
        (&["switches", "list"], 0, "No switch is on"),
        (&["rollback"], 2, "--to"),
    ] {
        let (code, said) = gymtext(&address, key, arguments).await;
        assert!(
            code == expected && said.contains(words),
            "{arguments:?}: {code} {said}"
        );
    }
    assert!(service.stop().await);
}
