//! Members from a file, as an operator at a terminal imports them into a running service.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use serde_json::{Value, json};
use simulator::Timing;
use stories::binary::Setup;
use stories::ports::free_addr;
use stories::sandbox::{Sandbox, SystemClock};
use stories::world::{Joining, World, text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

const HEADING: &str =
    "name,phone,preferred_channel,consent_sms,consent_whatsapp,consent_source,consent_wording";

/// A file with these lines under the heading.
fn file(folder: &Path, name: &str, lines: &[String]) -> anyhow::Result<String> {
    let path = folder.join(name);
    let mut all = format!("{HEADING}\n");
    for line in lines {
        writeln!(all, "{line}")?;
    }
    std::fs::write(&path, all)?;
    Ok(path.display().to_string())
}

fn agreed(name: &str, phone: &str) -> String {
    format!("{name},{phone},sms,opted_in,,old_crm,\"Yes, text me.\"")
}

#[tokio::test]
async fn a_file_of_members_is_imported_once_and_who_agreed_is_messaged() -> anyhow::Result<()> {
    let world = World::new().await?;
    let files = tempfile::tempdir()?;
    let maria = world
        .joins(Joining::called("Maria").at("+14155551901"))
        .await?;
    let path = file(
        files.path(),
        "members.csv",
        &[
            agreed("Ana", "+1 415 555 1902"),
            "Ben,(415) 555-1903,,,,,".to_owned(),
            agreed("Maria again", &maria.phone),
        ],
    )?;
    let import = async |more: &[&str]| -> anyhow::Result<Value> {
        let mut words = vec!["members", "import", &path, "--country", "US", "--json"];
        words.extend(more);
        let said = world.shell(&words).await?;
        serde_json::from_str(&said).with_context(|| format!("what it says: {said}"))
    };
    let dry = import(&["--dry-run"]).await?;
    let told = |created: u32, existing: u32, dry_run: bool| json!({"lines": 3, "created": created, "existing": existing, "to_confirm": 0, "dry_run": dry_run});
    assert_eq!(dry, told(2, 1, true));
    let found = async |phone: &str| -> anyhow::Result<Option<Value>> {
        let path = format!("/api/v1/members?phone={}", phone.replace('+', "%2B"));
        let list = world.api.get(&path).await?.json();
        Ok(list.pointer("/items/0").cloned())
    };
    assert_eq!(found("+14155551902").await?, None, "nothing was changed");

    assert_eq!(import(&[]).await?, told(2, 1, false));
    assert_eq!(import(&[]).await?, told(0, 3, false), "twice is once");
    let known = found(&maria.phone).await?.context("Maria")?;
    assert_eq!(text(&known, "name"), "Maria", "she is left as she was");

    let phone = json!({"number": "+14155551902", "whatsapp": true, "sms": true});
    let bought = world
        .carrier
        .json("POST", "/sandbox/api/phones", &phone)
        .await?;
    assert!(bought.status < 300, "{}", bought.json());
    let ana = found("+14155551902").await?.context("Ana")?;
    let ben = found("+14155551903").await?.context("Ben")?;
    let mut sent = Vec::new();
    for member in [&ana, &ben] {
        let body = json!({"member_id": text(member, "id"), "content": "Squats today"});
        let answer = world.api.json("POST", "/api/v1/messages", &body).await?;
        assert_eq!(answer.status, 202, "{}", answer.json());
        sent.push(text(&answer.json(), "message_id"));
    }
    world.reaches(&sent[0], &["delivered"]).await?;
    let to_ben = world.reaches(&sent[1], &["suppressed"]).await?;
    assert_eq!(
        to_ben.pointer("/decision/reasons/0/code"),
        Some(&json!("consent_unknown")),
        "{to_ben}"
    );
    // Nobody was welcomed.
    let all = world.api.get("/api/v1/messages").await?.json();
    assert_eq!(
        all.get("items").and_then(Value::as_array).map(Vec::len),
        Some(2),
        "{all}"
    );
    let certificate = world
        .api
        .get(&format!(
            "/api/v1/members/{}/consent-certificate",
            text(&ana, "id")
        ))
        .await?
        .json();
    assert!(
        certificate.to_string().contains("Yes, text me."),
        "{certificate}"
    );
    Ok(())
}

/// What the command prints on both, and its exit code.
async fn members(setup: &Setup, service: SocketAddr, file: &str) -> anyhow::Result<(i32, String)> {
    let url = format!("http://{service}");
    let words = ["members", "import", file, "--url", &url];
    let output = setup.command(&words).await?;
    let mut said = String::from_utf8(output.stdout)?;
    said.push_str(&String::from_utf8(output.stderr)?);
    Ok((output.status.code().unwrap_or(-1), said))
}

/// How many members there are.
async fn count(setup: &Setup) -> anyhow::Result<Option<u64>> {
    let stats = setup.api().get("/api/v1/stats").await?.json();
    Ok(stats.get("members").and_then(Value::as_u64))
}

/// Stands before a service, and hangs up when members are to be made for the second time.
async fn hangs_up(service: SocketAddr) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    let calls = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let calls = Arc::clone(&calls);
            tokio::spawn(async move {
                let server = TcpStream::connect(service).await?;
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let back =
                    tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
                let mut heard = Vec::new();
                let mut bytes = vec![0; 1 << 16];
                loop {
                    let length = from_client.read(&mut bytes).await?;
                    let said = bytes.get(..length).unwrap_or_default();
                    if said.is_empty() {
                        break;
                    }
                    heard.extend_from_slice(said);
                    let real = b"\"dry_run\":false";
                    if heard.windows(real.len()).any(|part| part == real) {
                        heard.clear();
                        if calls.fetch_add(1, Ordering::Relaxed) == 1 {
                            back.abort();
                            break;
                        }
                    }
                    to_server.write_all(said).await?;
                }
                std::io::Result::Ok(())
            });
        }
    });
    Ok(addr)
}

#[tokio::test]
async fn a_bad_line_refuses_all_and_a_half_done_file_is_imported_again() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let addr = free_addr()?;
    let clock = Arc::new(SystemClock);
    let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
    let setup = Setup::new(data.path(), addr, sandbox.addr)?;
    let service = setup.start().await?;
    let files = tempfile::tempdir()?;

    // What the file itself says, before the service is asked.
    let bad = file(
        files.path(),
        "bad.csv",
        &[
            agreed("Ana", "+14155551902"),
            agreed("Ana twice", "+1 (415) 555-1902"),
            "Ben,+14155551903,,yes,,,".to_owned(),
        ],
    )?;
    let (code, said) = members(&setup, addr, &bad).await?;
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("line 3: has the phone number of line 2"),
        "{said}"
    );
    assert!(said.contains("line 4: `consent_sms` is"), "{said}");

    // What only the service knows.
    let unknown = files.path().join("unknown.csv");
    std::fs::write(
        &unknown,
        "name,phone,time_zone,programme\nAna,+14155551902,,\nBen,+14155551903,Mars/Base,\n\
         Cleo,+14155551904,,no-such-thing\n",
    )?;
    let (code, said) = members(&setup, addr, &unknown.display().to_string()).await?;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("line 3: `time_zone`"), "{said}");
    assert!(said.contains("line 4: `programme`"), "{said}");
    assert!(!said.contains("line 2"), "{said}");
    assert_eq!(count(&setup).await?, Some(0), "nothing was stored");

    let lines: Vec<String> = (0..700)
        .map(|number| agreed("Many", &format!("+1415555{:04}", 1000 + number)))
        .collect();
    let many = file(files.path(), "many.csv", &lines)?;
    let front = hangs_up(addr).await?;
    let (code, said) = members(&setup, front, &many).await?;
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("500 lines are done, from line 502 on nothing is known to be"),
        "{said}"
    );
    assert!(said.contains("imported again as a whole"), "{said}");
    assert_eq!(count(&setup).await?, Some(500));
    let (code, said) = members(&setup, addr, &many).await?;
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("200 members were made, 500 were members already"),
        "{said}"
    );
    assert_eq!(count(&setup).await?, Some(700));

    // The same call with the same key is answered as it was; who was refused is in the way of nobody.
    let api = setup.api();
    let body = json!({"items": [
        {"name": "Ana", "phone": "+14155551902"}, {"name": "", "phone": "12"}, {"name": "Many", "phone": "+14155551000"},
    ]});
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "list-1"),
    ];
    let path = "/api/v1/members/batch";
    let first = api.send("POST", path, &headers, body.to_string()).await?;
    assert_eq!(first.status, 201, "{}", first.json());
    let outcomes: Vec<Value> = ["0", "1", "2"]
        .iter()
        .filter_map(|at| {
            let told = first
                .json()
                .pointer(&format!("/results/{at}/outcome"))?
                .clone();
            Some(told)
        })
        .collect();
    assert_eq!(outcomes, ["created", "refused", "existing"]);
    assert_eq!(
        first.json().pointer("/results/1/error/code"),
        Some(&json!("invalid_request"))
    );
    let again = api.send("POST", path, &headers, body.to_string()).await?;
    assert_eq!((again.status, again.json()), (201, first.json()));
    let other = json!({"items": [{"name": "Dora", "phone": "+14155551905"}]});
    let reused = api.send("POST", path, &headers, other.to_string()).await?;
    assert_eq!(text(&reused.json(), "code"), "idempotency_key_reused");
    drop(service);
    Ok(())
}
