//! The official Twilio SDKs for Python and Node, which nobody here wrote, against the sandbox over real sockets.
//!
//! The scripts are in `clients/`; each ends at its first surprise and says which. `cargo xtask test` puts the
//! SDKs into `target/test-clients/` and tells where they are. Without them a test names itself as skipped when
//! `xtask` counts skips, and fails otherwise.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use domain::{ManualClock, PhoneNumber, Secret, Timestamp};
use providers::twilio::signature::{SignedRequest, SigningKeys, verify};
use serde::Deserialize;
use simulator::{Config, OwnNumber, Simulator, Timing};
use stories::script::{Language, NODE, PYTHON};
use stories::world::World;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_util::sync::{CancellationToken, DropGuard};

const ACCOUNT_SID: &str = "AC0123456789abcdef0123456789abcdef";
const AUTH_TOKEN: &str = "9c7b1b6a5f0e4d3c2b1a09f8e7d6c5b4";
const SENDER: &str = "+14155550199";

/// How long a script may take; each takes a second or two.
const DEADLINE: Duration = Duration::from_secs(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_sdk_sends_reads_back_lists_and_pages() {
    run(
        "the_python_sdk_sends_reads_back_lists_and_pages",
        PYTHON,
        "messages.py",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_sdk_gets_the_right_exceptions() {
    run(
        "the_python_sdk_gets_the_right_exceptions",
        PYTHON,
        "refusals.py",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_sdk_accepts_our_webhooks_and_no_altered_one() {
    run(
        "the_python_sdk_accepts_our_webhooks_and_no_altered_one",
        PYTHON,
        "webhooks.py",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_sdk_sends_reads_back_lists_and_pages() {
    run(
        "the_node_sdk_sends_reads_back_lists_and_pages",
        NODE,
        "messages.mjs",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_sdk_gets_the_right_exceptions() {
    run(
        "the_node_sdk_gets_the_right_exceptions",
        NODE,
        "refusals.mjs",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_sdk_accepts_our_webhooks_and_no_altered_one() {
    run(
        "the_node_sdk_accepts_our_webhooks_and_no_altered_one",
        NODE,
        "webhooks.mjs",
    )
    .await;
}

#[tokio::test]
async fn we_accept_what_the_python_sdk_signs_and_no_altered_one() {
    verify_signed(
        "we_accept_what_the_python_sdk_signs_and_no_altered_one",
        PYTHON,
        "sign.py",
    )
    .await;
}

#[tokio::test]
async fn we_accept_what_the_node_sdk_signs_and_no_altered_one() {
    verify_signed(
        "we_accept_what_the_node_sdk_signs_and_no_altered_one",
        NODE,
        "sign.mjs",
    )
    .await;
}

/// A webhook that an official SDK signed, or an altered one.
#[derive(Deserialize)]
struct Signed {
    name: String,
    url: String,
    pairs: Vec<(String, String)>,
    signature: String,
    genuine: bool,
}

/// Ask our own verification about every webhook the script makes.
async fn verify_signed(test: &str, language: Language, script: &str) {
    let Some(sdk) = locate(language, test) else {
        return;
    };
    let mut command = script_of(language, &sdk, script);
    command.args(["https://coach.example.com", ACCOUNT_SID]);
    let cases: Vec<Signed> = serde_json::from_str(&finish(command).await).unwrap();
    assert!(cases.iter().any(|case| case.genuine) && cases.iter().any(|case| !case.genuine));

    let keys = SigningKeys::from_tokens([&Secret::new(AUTH_TOKEN)]);
    for case in cases {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&case.pairs)
            .finish();
        let request = SignedRequest {
            is_get: false,
            url: &case.url,
            content_type: Some("application/x-www-form-urlencoded"),
            body: body.as_bytes(),
            signature: Some(&case.signature),
            settings: None,
        };
        assert_eq!(
            verify(&request, &keys).is_ok(),
            case.genuine,
            "{}",
            case.name
        );
    }
}

/// Posts every webhook the script makes to a running service: the genuine ones are taken and stored
/// once, the altered ones refused with nothing stored.
async fn post_signed(test: &str, language: Language, script: &str) {
    let Some(sdk) = locate(language, test) else {
        return;
    };
    let world = World::new().await.unwrap();
    let writer = serde_json::json!({"name": "Ana", "phone": "+14155550101", "time_zone": "UTC"});
    let member = world
        .api
        .json("POST", "/api/v1/members", &writer)
        .await
        .unwrap();
    assert_eq!(member.status, 201, "{}", member.json());
    let mut command = script_of(language, &sdk, script);
    command.args([world.api.base(), stories::sandbox::ACCOUNT]);
    let cases: Vec<Signed> = serde_json::from_str(&finish(command).await).unwrap();
    let mut genuine = 0;
    for case in cases {
        // What differs in scheme or host alone cannot be posted anywhere else than here.
        let Some(path) = case.url.strip_prefix(world.api.base()) else {
            continue;
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&case.pairs)
            .finish();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-twilio-signature", case.signature.as_str()),
            ("authorization", ""),
        ];
        let answer = world.api.send("POST", path, &headers, body).await.unwrap();
        let wanted: &[u16] = if case.genuine { &[200] } else { &[403, 404] };
        assert!(
            wanted.contains(&answer.status),
            "{}: {}",
            case.name,
            answer.status
        );
        genuine += usize::from(case.genuine);
    }
    let id = stories::world::text(&member.json(), "id");
    let list = world
        .api
        .get(&format!(
            "/api/v1/messages?member={id}&limit=200&direction=inbound"
        ))
        .await
        .unwrap();
    let items = list.json();
    let stored = items
        .get("items")
        .and_then(|items| items.as_array())
        .map_or(0, |items| {
            items
                .iter()
                .filter(|item| stories::world::text(item, "direction") == "inbound")
                .count()
        });
    assert_eq!(stored, genuine, "{items}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_takes_what_the_python_sdk_signs_and_nothing_altered() {
    let test = "the_service_takes_what_the_python_sdk_signs_and_nothing_altered";
    post_signed(test, PYTHON, "sign.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_takes_what_the_node_sdk_signs_and_nothing_altered() {
    let test = "the_service_takes_what_the_node_sdk_signs_and_nothing_altered";
    post_signed(test, NODE, "sign.mjs").await;
}

fn locate(language: Language, test: &str) -> Option<PathBuf> {
    language.locate(test, env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// A script that knows the account and our number.
fn script_of(language: Language, sdk: &Path, script: &str) -> Command {
    let mut command = language.script(sdk, script);
    command
        .env("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
        .env("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        .env("SENDER", SENDER);
    command
}

/// Run one script against a sandbox of its own.
async fn run(test: &str, language: Language, script: &str) {
    let Some(sdk) = locate(language, test) else {
        return;
    };
    let webhook_port = free_port().await;
    let sandbox = start_sandbox(webhook_port).await;
    let mut command = script_of(language, &sdk, script);
    command
        .env("SANDBOX_URL", &sandbox.url)
        .env("WEBHOOK_PORT", webhook_port.to_string());
    let said = finish(command).await;
    assert!(
        said.contains("checks passed"),
        "the script ended early: {said}"
    );
}

/// What a script said, once it has ended well.
async fn finish(mut command: Command) -> String {
    let output: Output = tokio::time::timeout(DEADLINE, command.output())
        .await
        .expect("the script ends within its deadline")
        .expect("the script starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    said
}

/// A sandbox on a real socket.
struct Sandbox {
    url: String,
    /// Ends with its owner.
    _runs: Runs,
}

/// Where the sandbox runs.
enum Runs {
    AsProgram { _child: Child },
    InThisProcess { _shutdown: DropGuard },
}

/// `gymtext sandbox` when `GYMTEXT_BIN` says where the program is, as `xtask` does; else the same sandbox
/// inside this process. What handsets write goes to this port.
async fn start_sandbox(webhook_port: u16) -> Sandbox {
    let inbound = format!("http://127.0.0.1:{webhook_port}/inbound?from=handset");
    match std::env::var_os("GYMTEXT_BIN") {
        Some(program) => start_program(Path::new(&program), &inbound).await,
        None => start_in_this_process(inbound).await,
    }
}

async fn start_program(program: &Path, inbound: &str) -> Sandbox {
    let mut child = Command::new(program)
        .args([
            "sandbox",
            "--json",
            "--instant",
            "--port",
            "0",
            "--number",
            SENDER,
        ])
        .args(["--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN])
        .args(["--sms-url", inbound, "--whatsapp-url", inbound])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("gymtext starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(DEADLINE, lines.next_line()).await;
    let line = line
        .expect("it is ready in time")
        .unwrap()
        .expect("it says where it listens");
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = ready
        .get("url")
        .and_then(|url| url.as_str())
        .unwrap()
        .to_owned();
    Sandbox {
        url,
        _runs: Runs::AsProgram { _child: child },
    }
}

async fn start_in_this_process(inbound: String) -> Sandbox {
    let number: PhoneNumber = SENDER.parse().unwrap();
    let number = OwnNumber {
        sms_url: Some(inbound.clone()),
        whatsapp_url: Some(inbound),
        ..OwnNumber::new(number)
    };
    let clock = Arc::new(ManualClock::at(now()));
    let config = Config {
        numbers: vec![number],
        timing: Timing::instant(),
        ..Config::new(ACCOUNT_SID, Secret::new(AUTH_TOKEN), clock)
    };
    let simulator = Simulator::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let ending = shutdown.clone();
    tokio::spawn(async move { simulator.serve(listener, ending).await });
    Sandbox {
        url,
        _runs: Runs::InThisProcess {
            _shutdown: shutdown.drop_guard(),
        },
    }
}

/// The real time, because the scripts plan messages by it.
#[expect(
    clippy::disallowed_methods,
    reason = "a test stands in for `app`, which reads the system's clock"
)]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap())
}

/// A port that nobody has at this moment.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}
