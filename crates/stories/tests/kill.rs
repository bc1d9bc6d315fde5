//! Kill -9 at random instants under load, and at each named point: nothing acknowledged is lost,
//! nothing is sent twice unless it was said beforehand, lanes stay in order, and the service is
//! back within two seconds (GUARANTEES 4).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::failpoint::Point;
use serde_json::{Value, json};
use simulator::Timing;
use stories::binary::{Service, Setup, free_addr};
use stories::chance::Chance;
use stories::http::Http;
use stories::ledger;
use stories::sandbox::{Sandbox, SystemClock};
use stories::skips::setting;

/// Members, each with a lane of their own.
const LANES: usize = 12;

/// Everything a run needs.
struct Run {
    setup: Setup,
    sandbox: Sandbox,
    members: Vec<String>,
    /// Acknowledged messages: id, lane, place in the lane by acknowledgement.
    acknowledged: Vec<(String, usize)>,
    sent: usize,
    _data: tempfile::TempDir,
}

/// What came of asking for one message.
enum Asked {
    Acknowledged(String),
    Lost,
}

impl Run {
    async fn new(settings: &[(&str, &str)]) -> anyhow::Result<(Self, Service)> {
        let data = tempfile::tempdir()?;
        let addr = free_addr()?;
        let sandbox = Sandbox::start(
            &format!("http://{addr}"),
            Arc::new(SystemClock),
            Timing::instant(),
        )
        .await?;
        let mut setup = Setup::new(data.path(), addr, sandbox.addr)?
            .with("GYMTEXT_QUIET_PERIOD", "1.5")
            .with("GYMTEXT_RECEIPT_WAIT", "3")
            .with("GYMTEXT_SWEEP_EVERY", "1")
            .with("GYMTEXT_VALIDITY", "1")
            .with("GYMTEXT_START_GRACE", "0.5")
            .with("GYMTEXT_PROVIDER_DEADLINE", "2")
            .with("GYMTEXT_LEASE", "8");
        for (name, value) in settings {
            setup = setup.with(name, value);
        }
        let plain = Setup {
            settings: setup
                .settings
                .iter()
                .filter(|(name, _)| name != "GYMTEXT_ABORT_AT")
                .cloned()
                .collect(),
            ..setup.clone()
        };
        let service = plain.start().await?;
        let mut members = Vec::new();
        for lane in 0..LANES {
            let phone = format!("+1415555{:04}", 200 + lane);
            let added = sandbox
                .http()
                .json(
                    "POST",
                    "/sandbox/api/phones",
                    &json!({
                        "number": phone, "whatsapp": false, "sms": true,
                    }),
                )
                .await?;
            anyhow::ensure!(
                added.status < 300,
                "a phone: {} {:?}",
                added.status,
                added.json()
            );
            let made = plain.api().json("POST", "/api/v1/members", &json!({
                "name": format!("Member {lane}"), "phone": phone, "time_zone": "America/Chicago",
                "consents": [{"channel": "sms", "state": "opted_in", "source": "story", "wording": "yes"}],
            })).await?;
            anyhow::ensure!(
                made.status == 201,
                "a member: {} {:?}",
                made.status,
                made.json()
            );
            members.push(
                made.json()
                    .get("id")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
        let run = Self {
            setup,
            sandbox,
            members,
            acknowledged: Vec::new(),
            sent: 0,
            _data: data,
        };
        Ok((run, service))
    }

    fn body(&self, number: usize, lane: usize) -> Value {
        json!({
            "member_id": self.members.get(lane), "kind": "daily_workout", "channel": "sms",
            "content": format!("Set {number}: five squats"),
        })
    }

    /// Asks for messages until the service is gone or `count` are acknowledged. What is not
    /// acknowledged is asked again with its key, so each number is accepted once at the most.
    async fn load(&mut self, api: &Http, count: usize) {
        for _ in 0..count {
            let number = self.sent;
            let lane = number % LANES;
            match ask(api, number, &self.body(number, lane)).await {
                Asked::Acknowledged(id) => {
                    self.acknowledged.push((id, lane));
                    self.sent += 1;
                }
                Asked::Lost => return,
            }
        }
    }

    /// Waits until nothing waits, is open or unconfirmed any more.
    async fn quiet(&self) -> anyhow::Result<()> {
        let api = self.setup.api();
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let stats = api.get("/api/v1/stats").await?.json();
            let number = |name: &str| stats.get(name).and_then(Value::as_u64).unwrap_or(u64::MAX);
            let pending = stats
                .pointer("/by_status/pending")
                .and_then(Value::as_u64)
                .unwrap_or(0);
            if number("waiting") == 0
                && number("held") == 0
                && number("unconfirmed") == 0
                && pending == 0
            {
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < patience,
                "not quiet after 60 s: {stats}; {}",
                self.setup.log_tail()
            );
            tokio::task::yield_now().await;
        }
    }

    /// Compares the two ledgers.
    async fn check(&self) -> anyhow::Result<()> {
        let seen = ledger::read(&self.sandbox.http()).await?;
        for (attempt, requests) in ledger::requests_per_attempt(&seen) {
            anyhow::ensure!(requests == 1, "attempt {attempt} made {requests} requests");
        }
        let accepted = ledger::acceptances(&seen);
        let api = self.setup.api();
        let mut first_of_lane: BTreeMap<usize, usize> = BTreeMap::new();
        let mut repeats = 0;
        let mut statuses: HashMap<String, usize> = HashMap::new();
        for (id, lane) in &self.acknowledged {
            let message = api.get(&format!("/api/v1/messages/{id}")).await?;
            anyhow::ensure!(
                message.status == 200,
                "{id} was acknowledged and is not there: {}",
                message.status
            );
            let message = message.json();
            let status = message
                .get("status")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let repeat = message
                .get("possible_repeat")
                .and_then(Value::as_bool)
                .unwrap_or(false);
            *statuses.entry(status.clone()).or_insert(0) += 1;
            let Some((times, order)) = accepted.get(id) else {
                anyhow::bail!("{id} was acknowledged, is {status}, and never reached the carrier");
            };
            anyhow::ensure!(
                *times == 1 || repeat,
                "{id} reached the carrier {times} times without being marked"
            );
            repeats += usize::from(*times > 1);
            let last = first_of_lane.entry(*lane).or_insert(0);
            anyhow::ensure!(
                *order >= *last,
                "{id} overtook an earlier message of its lane"
            );
            *last = *order;
            anyhow::ensure!(
                status == "delivered",
                "{id} is {status}, and the carrier delivered it"
            );
        }
        let strangers = accepted
            .keys()
            .filter(|id| !self.acknowledged.iter().any(|(known, _)| known == *id))
            .count();
        // A message whose acknowledgement was lost in a crash is asked again with its key and then
        // known; the very last may stay unknown to the caller.
        anyhow::ensure!(
            strangers <= 1,
            "{strangers} messages reached the carrier that nobody was told of"
        );
        println_summary(&format!(
            "{} acknowledged, {repeats} marked repeats, {statuses:?}",
            self.acknowledged.len()
        ));
        Ok(())
    }
}

async fn ask(api: &Http, number: usize, body: &Value) -> Asked {
    match api
        .post_once("/api/v1/messages", &format!("kill-{number}"), body)
        .await
    {
        Ok(response) if response.status == 202 => Asked::Acknowledged(
            response
                .json()
                .get("message_id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        ),
        Ok(_) | Err(_) => Asked::Lost,
    }
}

fn println_summary(text: &str) {
    println!("{text}");
}

/// Kills in CI and in a long run.
fn kills() -> u64 {
    setting("GYMTEXT_KILLS")
        .and_then(|count| count.parse().ok())
        .unwrap_or(100)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_kills_under_load_lose_nothing_and_repeat_nothing_unsaid() -> anyhow::Result<()> {
    let seed = setting("GYMTEXT_SEED")
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_261_122);
    println_summary(&format!("seed {seed}"));
    let mut chance = Chance::seeded(seed);
    let (mut run, mut service) = Run::new(&[]).await?;
    let mut slowest = Duration::ZERO;
    for _ in 0..kills() {
        let api = run.setup.api();
        let after = Duration::from_millis(20 + chance.below(180));
        // The load goes on while the service is killed under it.
        let ((), killed) = tokio::join!(run.load(&api, 10_000), async {
            tokio::time::timeout(after, std::future::pending::<()>())
                .await
                .unwrap_or_default();
            service.kill().await
        });
        killed?;
        let started = Instant::now();
        service = run.setup.start().await?;
        slowest = slowest.max(started.elapsed());
    }
    run.quiet().await?;
    run.check().await?;
    println_summary(&format!("slowest restart {slowest:?}"));
    assert!(
        slowest < Duration::from_secs(2),
        "recovery took {slowest:?}"
    );
    assert!(service.terminate().await?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_at_each_named_point_loses_nothing_and_repeats_nothing_unsaid() -> anyhow::Result<()>
{
    let times = setting("GYMTEXT_KILLS").map_or(2, |_| 20);
    // These are passed by sending; the others have stories of their own.
    let points = [
        Point::AcceptBeforeCommit,
        Point::AcceptAfterCommit,
        Point::Claimed,
        Point::Begun,
        Point::Connected,
        Point::Written,
        Point::Answered,
        Point::Settled,
        Point::WebhookBeforeCommit,
        Point::WebhookAfterCommit,
    ];
    let (mut run, mut service) = Run::new(&[]).await?;
    for point in points {
        for time in 1..=times {
            assert!(service.terminate().await?.success());
            let armed = run
                .setup
                .clone()
                .with("GYMTEXT_ABORT_AT", &format!("{point}:{}", time * 3));
            let mut dying = armed.start().await?;
            let api = armed.api();
            let deadline = Instant::now() + Duration::from_secs(20);
            while !dying.has_ended() {
                run.load(&api, 5).await;
                assert!(
                    Instant::now() < deadline,
                    "the point {point} was not passed"
                );
            }
            let status = dying.ended().await?;
            assert!(!status.success(), "{point} ended the service in peace");
            service = run.setup.start().await?;
        }
    }
    run.quiet().await?;
    run.check().await?;
    assert!(service.terminate().await?.success());
    Ok(())
}
