//! The database in trouble under load: stopped, standing still, locked, its disk full. Nothing is acknowledged
//! that is not committed, whoever asks is told so in time, the service lives on, and work resumes by
//! itself within five seconds of the cause ending (G3, G32).

use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::{join_all, try_join_all};
use rusqlite::Connection;
use serde_json::{Value, json};
use stories::binary::{Service, Setup};
use stories::calls::{self, About, Call};
use stories::database::{Database, is_postgres};
use stories::load::{LANES, Load};
use stories::reckoning::reckon;
use stories::skips::{not_allowed, setting};
use stories::world::text;
use stories::{after, stopwatch, tell, tick};
use test_postgres::{Cluster, Stop};

/// Work resumes within this (G32).
const RESUMES: Duration = Duration::from_secs(5);

/// Whoever asks while the database is known to be away is told within this, the slowest of all, however busy
/// the machine is; on an idle one it takes a few milliseconds.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Before that is known, within this: a webhook's time (G3).
const IN_TIME: Duration = Duration::from_secs(2);

/// How long a lock is held.
const HELD: Duration = Duration::from_secs(20);

/// The secret of the cron routes; made up.
const CRON: &str = "cron_secret_of_stories";

/// How often each kind of trouble comes.
fn rounds() -> usize {
    if setting("GYMTEXT_SOAK").is_some() {
        10
    } else {
        1
    }
}

/// What calls are about: the member of the last lane, who is not written to otherwise.
async fn about(load: &Load) -> anyhow::Result<About> {
    let member = load.member(LANES - 1)?.to_owned();
    let body = json!({"member_id": member, "content": "Rest day", "kind": "system"});
    let made = load
        .setup
        .api()
        .json("POST", "/api/v1/messages", &body)
        .await?;
    anyhow::ensure!(made.status == 202, "{}", made.json());
    Ok(About {
        member,
        message: text(&made.json(), "message_id"),
        cron_secret: CRON.into(),
    })
}

/// A load on a PostgreSQL of its own, which can be stopped under it.
async fn on_its_own_server() -> anyhow::Result<(Load, Service, Cluster)> {
    let (cluster, url) = tokio::task::spawn_blocking(|| {
        let cluster = Cluster::start()?;
        let url = test_postgres::database_on(&cluster.server())?;
        anyhow::Ok((cluster, url))
    })
    .await??;
    let (load, service) = Load::with(|mut setup| {
        setup.database = Database::at(url);
        setup.with("CRON_SECRET", CRON)
    })
    .await?;
    Ok((load, service, cluster))
}

/// Does something to the server that blocks.
async fn with_server(
    mut cluster: Cluster,
    what: impl FnOnce(&mut Cluster) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<Cluster> {
    tokio::task::spawn_blocking(move || {
        what(&mut cluster)?;
        Ok(cluster)
    })
    .await?
}

/// Makes these calls one after the other: each is refused, and the slowest answer took so long.
async fn all_refused(setup: &Setup, calls: &[Call]) -> anyhow::Result<Duration> {
    let api = setup.api();
    let mut slowest = Duration::ZERO;
    for call in calls {
        let (answer, took) = call.make(&api).await?;
        if let Some(wrong) = calls::not_a_refusal(&answer) {
            anyhow::bail!("{}: {wrong}", call.name);
        }
        slowest = slowest.max(took);
    }
    Ok(slowest)
}

/// The same, all at the same time.
async fn all_refused_at_once(setup: &Setup, calls: &[Call]) -> anyhow::Result<Duration> {
    let each = calls
        .iter()
        .map(|call| all_refused(setup, std::slice::from_ref(call)));
    Ok(try_join_all(each)
        .await?
        .into_iter()
        .max()
        .unwrap_or_default())
}

/// It lives, and is not ready, and says why.
async fn it_says_what_is_wrong(setup: &Setup, why: &str) -> anyhow::Result<()> {
    for (client, path) in [
        (setup.api(), "/api/health"),
        (setup.inner_http(), "/inner/health"),
    ] {
        let live = client.get(path).await?;
        anyhow::ensure!(
            live.status == 200,
            "{path}: {} {}",
            live.status,
            live.json()
        );
    }
    let ready = setup.inner_http().get("/inner/ready").await?;
    let told = text(&ready.json(), "why");
    anyhow::ensure!(
        ready.status == 503 && told.contains(why),
        "ready: {} {}",
        ready.status,
        ready.json()
    );
    Ok(())
}

/// Waits until it is ready and takes a message again; how long that took.
async fn it_resumes(setup: &Setup, member: &str) -> anyhow::Result<Duration> {
    let (api, inner) = (setup.api(), setup.inner_http());
    let body = json!({"member_id": member, "content": "Welcome back", "kind": "system"});
    let began = stopwatch();
    loop {
        let made = api.json("POST", "/api/v1/messages", &body).await?;
        let ready = inner.get("/inner/ready").await?;
        if made.status == 202 && ready.status == 200 {
            return Ok(began.elapsed());
        }
        anyhow::ensure!(
            began.elapsed() < RESUMES,
            "not back after 5 s: {} {}, ready {} {}; {}",
            made.status,
            made.json(),
            ready.status,
            ready.json(),
            setup.log_tail()
        );
        tick().await;
    }
}

/// Nothing acknowledged is lost, nothing was sent twice unsaid, and it was one process all the time.
async fn nothing_was_lost(mut load: Load, service: Service) -> anyhow::Result<()> {
    load.press(1).await?;
    load.is_quiet().await?;
    tell(&reckon(&load).await?.to_string());
    anyhow::ensure!(
        service.terminate().await?.success(),
        "it did not end in peace"
    );
    Ok(())
}

async fn a_stopped_server(how: Stop) -> anyhow::Result<()> {
    let (mut load, service, mut cluster) = on_its_own_server().await?;
    let about = about(&load).await?;
    let setup = load.setup.clone();
    let api = setup.api();
    let mut calls = calls::described(&api, &about).await?;
    calls.extend(calls::webhooks(&api, "+14155559999", "1"));
    load.carrier_fails(&json!({"latency_ms": 30})).await?;
    load.press(5).await?;
    for _ in 0..rounds() {
        // The load goes on while the server goes and comes back.
        let trouble = async {
            after(Duration::from_millis(100)).await;
            cluster = with_server(cluster, move |server| server.stop(how)).await?;
            // The first to ask may be the first to notice.
            let noticing = all_refused_at_once(&setup, &calls).await?;
            let slowest = all_refused(&setup, &calls).await?;
            let together = all_refused_at_once(&setup, &calls).await?;
            tell(&format!(
                "{} calls refused: noticing {noticing:?}, one by one {slowest:?}, together {together:?} at most",
                calls.len()
            ));
            anyhow::ensure!(
                noticing.max(slowest).max(together) < AT_ONCE,
                "a refusal took {noticing:?}, {slowest:?}, {together:?}"
            );
            it_says_what_is_wrong(&setup, "PostgreSQL").await?;
            cluster = with_server(cluster, Cluster::run).await?;
            let back = it_resumes(&setup, &about.member).await?;
            tell(&format!("back {back:?} after the server"));
            anyhow::Ok(cluster)
        };
        ((), cluster) = tokio::try_join!(load.press(20), trouble)?;
    }
    nothing_was_lost(load, service).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stopped_in_order_is_told_at_once_and_found_again() -> anyhow::Result<()> {
    if is_postgres() {
        return Ok(()); // told in the other run, on a server of its own
    }
    a_stopped_server(Stop::Fast).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stopped_in_the_middle_is_told_at_once_and_found_again() -> anyhow::Result<()> {
    if is_postgres() {
        return Ok(());
    }
    a_stopped_server(Stop::Immediate).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_is_told_in_time_and_found_again() -> anyhow::Result<()> {
    if is_postgres() {
        return Ok(());
    }
    let (mut load, service, mut cluster) = on_its_own_server().await?;
    let about = about(&load).await?;
    let setup = load.setup.clone();
    let api = setup.api();
    let mut calls = calls::described(&api, &about).await?;
    calls.extend(calls::webhooks(&api, "+14155559999", "1"));
    load.carrier_fails(&json!({"latency_ms": 30})).await?;
    load.press(5).await?;
    for _ in 0..rounds() {
        let trouble = async {
            after(Duration::from_millis(100)).await;
            cluster = with_server(cluster, Cluster::freeze).await?;
            let noticing = all_refused_at_once(&setup, &calls).await?;
            let slowest = all_refused(&setup, &calls).await?;
            tell(&format!(
                "{} calls refused: noticing {noticing:?}, then {slowest:?} at most",
                calls.len()
            ));
            anyhow::ensure!(noticing < IN_TIME, "a refusal took {noticing:?}");
            anyhow::ensure!(slowest < AT_ONCE, "a refusal took {slowest:?}");
            it_says_what_is_wrong(&setup, "does not answer").await?;
            cluster = with_server(cluster, Cluster::thaw).await?;
            let back = it_resumes(&setup, &about.member).await?;
            tell(&format!("back {back:?} after the server"));
            anyhow::Ok(cluster)
        };
        ((), cluster) = tokio::try_join!(load.press(20), trouble)?;
    }
    nothing_was_lost(load, service).await
}

/// Somebody else's lock, held for a while.
enum Foreign {
    Sqlite(Connection),
    Postgres(tokio_postgres::Client),
}

impl Foreign {
    async fn lock(setup: &Setup) -> anyhow::Result<Self> {
        let url = &setup.database.url;
        let Some(path) = url.strip_prefix("sqlite://") else {
            let client = test_postgres::connect(url).await?;
            client
                .batch_execute("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
                .await?;
            return Ok(Self::Postgres(client));
        };
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self::Sqlite(connection))
    }

    async fn release(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch("ROLLBACK")?,
            Self::Postgres(client) => client.batch_execute("ROLLBACK").await?,
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_somebody_elses_delays_and_loses_nothing() -> anyhow::Result<()> {
    let (mut load, service) = Load::with(|setup| setup.with("CRON_SECRET", CRON)).await?;
    let about = about(&load).await?;
    let setup = load.setup.clone();
    let api = setup.api();
    load.carrier_fails(&json!({"latency_ms": 30})).await?;
    load.press(5).await?;
    let written = json!({"member_id": about.member, "content": "Rest day", "kind": "system"});
    let trouble = async {
        after(Duration::from_millis(100)).await;
        let lock = Foreign::lock(&setup).await?;
        let (since, mut asked) = (stopwatch(), 0);
        let (mut slowest, mut slowest_webhook) = (Duration::ZERO, Duration::ZERO);
        while since.elapsed() < HELD {
            let webhooks = calls::webhooks(&api, "+14155559999", &format!("{asked}"));
            let heard = join_all(
                webhooks
                    .iter()
                    .filter(|call| call.name.ends_with("sms"))
                    .map(|call| call.make(&api)),
            );
            let made = async {
                let began = stopwatch();
                let answer = api.json("POST", "/api/v1/messages", &written).await?;
                anyhow::Ok((answer, began.elapsed()))
            };
            let (heard, made) = tokio::join!(heard, made);
            for one in heard {
                let (answer, took) = one?;
                anyhow::ensure!(answer.status == 503, "a webhook: {}", answer.status);
                slowest_webhook = slowest_webhook.max(took);
            }
            let (answer, took) = made?;
            if let Some(wrong) = calls::not_a_refusal(&answer) {
                anyhow::bail!("a message: {wrong}");
            }
            slowest = slowest.max(took);
            asked += 1;
        }
        tell(&format!(
            "{asked} rounds refused: a webhook in {slowest_webhook:?}, a message in {slowest:?} at most"
        ));
        anyhow::ensure!(
            slowest_webhook < IN_TIME,
            "a webhook took {slowest_webhook:?}"
        );
        anyhow::ensure!(slowest < RESUMES, "a refusal took {slowest:?}");
        lock.release().await?;
        let back = it_resumes(&setup, &about.member).await?;
        tell(&format!("back {back:?} after the lock"));
        anyhow::Ok(())
    };
    tokio::try_join!(load.press(20), trouble)?;
    nothing_was_lost(load, service).await
}

/// How large the disk is that gets full.
const DISK: &str = "24m";

/// Words that start a program in a namespace of its own, where `disk` is a small file system; `None`
/// where this machine does not allow that.
fn on_a_small_disk(disk: &str) -> Option<Vec<String>> {
    let script =
        format!("mount -t tmpfs -o size={DISK},mode=0777 tmpfs {disk} && exec \"$0\" \"$@\"");
    [&["--mount"][..], &["--mount", "--user", "--map-root-user"]]
        .into_iter()
        .find(|flags| {
            let tried = std::process::Command::new("unshare")
                .args(*flags)
                .args(["sh", "-c", &script, "true"])
                .output();
            tried.is_ok_and(|tried| tried.status.success())
        })
        .map(|flags| {
            let words = ["unshare"].iter().chain(flags).chain(&["sh", "-c"]);
            words
                .map(|word| (*word).to_owned())
                .chain([script.clone()])
                .collect()
        })
}

/// Takes all the room there is on the disk the process sees.
fn fill(file: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(file)?;
    let block = vec![0_u8; 4096];
    loop {
        match file.write_all(&block) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::StorageFull => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing() -> anyhow::Result<()> {
    if is_postgres() {
        return Ok(()); // the embedded store's disk is the service's own
    }
    let disk = tempfile::tempdir()?;
    let at = disk.path().display().to_string();
    let Some(under) = on_a_small_disk(&at) else {
        not_allowed(
            "a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing",
            "no file system may be mounted here, not even in a namespace",
        );
        return Ok(());
    };
    let database = Database::at(format!("sqlite://{at}/gymtext.db"));
    let (mut load, service) = Load::with(|mut setup| {
        setup.database = database;
        setup.under = under;
        setup.with("CRON_SECRET", CRON)
    })
    .await?;
    let about = about(&load).await?;
    let setup = load.setup.clone();
    let calls = calls::described(&setup.api(), &about).await?;
    // Seen from outside its namespace.
    let filler = format!("/proc/{}/root{at}/filler", service.id()?);
    load.press(5).await?;
    for _ in 0..rounds() {
        let trouble = async {
            fill(&filler)?;
            let body =
                json!({"member_id": about.member, "content": "x".repeat(1_000), "kind": "system"});
            let api = setup.api();
            // What is left of the log's last page takes a few more.
            let (since, mut kept) = (stopwatch(), 0);
            let (mut refused, mut told) = (0, false);
            while refused < 50 || !told {
                let made = api.json("POST", "/api/v1/messages", &body).await?;
                if made.status == 202 {
                    kept += 1;
                } else {
                    if let Some(wrong) = calls::not_a_refusal(&made) {
                        anyhow::bail!("a message: {wrong}");
                    }
                    refused += 1;
                    // A little may fit where a message does not: then it is ready, for that little.
                    told = it_says_what_is_wrong(&setup, "the disk is full")
                        .await
                        .is_ok();
                }
                anyhow::ensure!(
                    since.elapsed() < Duration::from_secs(20),
                    "the disk is full, {kept} messages were kept and {refused} refused"
                );
            }
            for call in calls.iter().filter(|call| call.only_reads()) {
                let (answer, _) = call.make(&api).await?;
                anyhow::ensure!(answer.status < 500, "{}: {}", call.name, answer.status);
            }
            std::fs::remove_file(&filler)?;
            let back = it_resumes(&setup, &about.member).await?;
            tell(&format!(
                "{kept} kept and {refused} refused; back {back:?} after there was room"
            ));
            anyhow::Ok(())
        };
        tokio::try_join!(load.press(20), trouble)?;
    }
    nothing_was_lost(load, service).await
}

/// The description tells of the refusal wherever it may come.
#[tokio::test]
async fn every_call_that_needs_the_store_is_described_with_its_refusal() -> anyhow::Result<()> {
    let world = stories::world::World::new().await?;
    let document = world.api.get("/api/v1/openapi.json").await?.json();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, methods) in paths.context("paths")? {
        for (method, call) in methods.as_object().context("methods")? {
            let keyed = call.get("security").is_some();
            let refuses = call.pointer("/responses/503").is_some();
            assert!(refuses || !keyed, "{method} {path}");
        }
    }
    Ok(())
}
