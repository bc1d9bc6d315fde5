//! The loads of messages: what is asked of the service, and what is measured meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use domain::{Clock as _, Timestamp};
use futures_util::future::try_join_all;
use http::HeaderValue;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Plan;
use super::figures::{Latency, rate, rounded};
use super::http::{Client, Kind};
use super::process::{Sandbox, Service};
use crate::clock::SystemClock;

/// Callers of single messages and of inbound webhooks.
pub(super) const CALLERS: u32 = 256;
/// Callers of batches, and how many messages each batch has.
const BATCH_CALLERS: u32 = 4;
const BATCH: u32 = 500;
/// How long everything may take to be delivered: this long at least …
const DELIVERY_MAX: Duration = Duration::from_mins(3);
/// … and not slower than this, a second.
const DELIVERED_MIN: u32 = 200;
/// How often the service is asked how far it has come.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Twenty a second.
#[derive(Debug, Serialize)]
pub(super) struct Calm {
    pub(super) messages: u32,
    /// From before the call to the request at the provider.
    pub(super) enqueue_to_provider: Latency,
    /// The call itself, durable when answered.
    pub(super) enqueue: Latency,
}

/// A load of messages to the end.
#[derive(Debug, Serialize)]
pub(super) struct Carried {
    pub(super) messages: u32,
    pub(super) enqueued_per_second: f64,
    pub(super) enqueue: Latency,
    pub(super) delivered_per_second: f64,
    pub(super) service_cpu_seconds_per_1000: f64,
    pub(super) sandbox_cpu_seconds_per_1000: f64,
    pub(super) service_by_sandbox_cpu: f64,
}

/// What is loaded with what.
#[derive(Debug)]
pub(super) struct Load<'a> {
    pub(super) plan: Plan,
    pub(super) service: &'a Service,
    pub(super) sandbox: &'a Sandbox,
    pub(super) key: HeaderValue,
    members: Arc<[String]>,
}

#[derive(Deserialize)]
struct Accepted {
    message_id: String,
}

#[derive(Deserialize)]
pub(super) struct LedgerLine {
    pub(super) attempt: Option<String>,
    at: String,
    pub(super) sid: Option<String>,
    pub(super) to: String,
}

impl<'a> Load<'a> {
    /// Without members.
    pub(super) fn of(
        plan: Plan,
        service: &'a Service,
        sandbox: &'a Sandbox,
    ) -> anyhow::Result<Self> {
        let mut key = HeaderValue::from_str(&format!("Bearer {}", service.key))?;
        key.set_sensitive(true);
        Ok(Self {
            plan,
            service,
            sandbox,
            key,
            members: Arc::default(),
        })
    }

    /// Makes the members, numbered from `first` on.
    pub(super) async fn prepare(
        plan: Plan,
        first: u32,
        service: &'a Service,
        sandbox: &'a Sandbox,
    ) -> anyhow::Result<Self> {
        let Self { key, .. } = Self::of(plan, service, sandbox)?;
        let next = &AtomicU32::new(0);
        let key_of_callers = &key;
        let (time_zone, hour) = where_nothing_is_due(SystemClock.now());
        let callers = (0..16).map(|caller| async move {
            let mut client = Client::connect(service.address(caller)).await?;
            let mut ids = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= plan.members {
                    return anyhow::Ok(ids);
                }
                let number = first + number;
                let member = json!({
                    "name": format!("Member {number}"),
                    "phone": format!("+1212{}", 2_000_000 + number),
                    "time_zone": time_zone,
                    "preferred_send_hour": hour,
                    "preferred_channel": "sms",
                    "consents": [{ "channel": "sms", "state": "opted_in", "source": "bench" }],
                });
                let body = Bytes::from(serde_json::to_vec(&member)?);
                let (status, answer) = client
                    .post(
                        "/api/v1/members",
                        Kind::Json,
                        ("authorization", key_of_callers),
                        body,
                    )
                    .await?;
                ensure!(
                    status == 201,
                    "a member was refused ({status}): {}",
                    String::from_utf8_lossy(&answer)
                );
                let answer: Value = serde_json::from_slice(&answer)?;
                ids.push(
                    answer
                        .get("id")
                        .and_then(Value::as_str)
                        .context("a member has no id")?
                        .to_owned(),
                );
            }
        });
        let members: Vec<String> = try_join_all(callers).await?.into_iter().flatten().collect();
        Ok(Self {
            plan,
            service,
            sandbox,
            key,
            members: members.into(),
        })
    }

    fn member(&self, number: u32) -> &str {
        let index = number as usize % self.members.len().max(1);
        self.members.get(index).map_or("", String::as_str)
    }

    /// A message as JSON, written by hand: the driver shares the processors with what it measures.
    fn message(&self, number: u32) -> String {
        format!(
            r#"{{"member_id":"{}","content":"Set {number}: three rounds of ten squats, rest a minute.","kind":"system"}}"#,
            self.member(number)
        )
    }

    /// Enqueues one message; its id and how long the answer took, in microseconds.
    async fn enqueue(&self, client: &mut Client, number: u32) -> anyhow::Result<(String, u64)> {
        let body = Bytes::from(self.message(number));
        let begun = Instant::now();
        let (status, answer) = client
            .post(
                "/api/v1/messages",
                Kind::Json,
                ("authorization", &self.key),
                body,
            )
            .await?;
        let took = micros(begun.elapsed());
        ensure!(
            status == 202,
            "a message was refused ({status}): {}",
            String::from_utf8_lossy(&answer)
        );
        let accepted: Accepted = serde_json::from_slice(&answer).context("a message has no id")?;
        Ok((accepted.message_id, took))
    }

    /// Twenty a second, each from the call to the request at the provider.
    pub(super) async fn calm(&self) -> anyhow::Result<Calm> {
        let before = self.delivered().await?;
        let messages = u32::try_from(self.plan.calm.as_millis() / 50)?;
        let mut client = Client::connect(self.service.address(0)).await?;
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        let mut begun_at: HashMap<String, Timestamp> = HashMap::new();
        let mut samples = Vec::new();
        for number in 0..messages {
            tick.tick().await;
            let at = SystemClock.now();
            let (id, took) = self.enqueue(&mut client, number).await?;
            begun_at.insert(id, at);
            samples.push(took);
        }
        self.wait_for(before + u64::from(messages)).await?;
        let mut arrivals = Vec::new();
        for line in self.ledger().await? {
            let Some(message) = line.attempt.as_deref().and_then(message_of) else {
                continue;
            };
            let (Some(begun), Ok(at)) =
                (begun_at.get(&message), line.at.parse::<jiff::Timestamp>())
            else {
                continue;
            };
            arrivals.push(
                Timestamp::from_jiff(at)
                    .since(*begun)
                    .as_micros()
                    .unsigned_abs(),
            );
        }
        ensure!(
            !arrivals.is_empty(),
            "the sandbox's ledger names none of the messages"
        );
        Ok(Calm {
            messages,
            enqueue_to_provider: Latency::of(arrivals),
            enqueue: Latency::of(samples),
        })
    }

    /// Single calls from many connections.
    pub(super) async fn single(&self) -> anyhow::Result<Carried> {
        let next = &AtomicU32::new(0);
        self.carry(async {
            let callers = (0..CALLERS).map(|caller| async move {
                let mut client = Client::connect(self.service.address(caller)).await?;
                let mut samples = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= self.plan.messages {
                        return anyhow::Ok(samples);
                    }
                    samples.push(self.enqueue(&mut client, number).await?.1);
                }
            });
            Ok(try_join_all(callers).await?.into_iter().flatten().collect())
        })
        .await
    }

    /// Batches from a few.
    pub(super) async fn batches(&self) -> anyhow::Result<Carried> {
        self.carry(self.enqueue_batches()).await
    }

    pub(super) async fn enqueue_batches(&self) -> anyhow::Result<Vec<u64>> {
        self.enqueue_all(self.plan.messages, |number| self.message(number))
            .await
    }

    /// Messages that are not due before tomorrow, in a queue of their own.
    pub(super) async fn enqueue_for_tomorrow(&self, count: u32) -> anyhow::Result<()> {
        let tomorrow = SystemClock.now() + domain::Seconds::new(86_400);
        let tomorrow = tomorrow.to_jiff().to_string();
        self.enqueue_all(count, |number| {
            format!(
                r#"{{"member_id":"{}","content":"Set {number} of tomorrow: three rounds of ten squats.","kind":"system","queue":"tomorrow","not_before":"{tomorrow}"}}"#,
                self.member(number)
            )
        })
        .await?;
        Ok(())
    }

    /// So many messages in batches; how long each took, in microseconds.
    async fn enqueue_all(
        &self,
        count: u32,
        message: impl Fn(u32) -> String,
    ) -> anyhow::Result<Vec<u64>> {
        let (next, message) = (&AtomicU32::new(0), &message);
        let callers = (0..BATCH_CALLERS).map(|caller| async move {
            let mut client = Client::connect(self.service.address(caller)).await?;
            let mut samples = Vec::new();
            loop {
                let first = next.fetch_add(BATCH, Ordering::Relaxed);
                if first >= count {
                    return anyhow::Ok(samples);
                }
                let last = (first + BATCH).min(count);
                let batch: Vec<String> = (first..last).map(message).collect();
                let body = Bytes::from(format!("[{}]", batch.join(",")));
                let begun = Instant::now();
                let (status, answer) = client
                    .post(
                        "/api/v1/messages/batch",
                        Kind::Json,
                        ("authorization", &self.key),
                        body,
                    )
                    .await?;
                ensure!(
                    status == 202,
                    "a batch was refused ({status}): {}",
                    String::from_utf8_lossy(&answer)
                );
                samples.push(micros(begun.elapsed()));
            }
        });
        Ok(try_join_all(callers).await?.into_iter().flatten().collect())
    }

    /// Runs a load and waits until all of it is delivered.
    async fn carry(
        &self,
        load: impl Future<Output = anyhow::Result<Vec<u64>>>,
    ) -> anyhow::Result<Carried> {
        let before = self.delivered().await?;
        let cpu = (self.service.cpu_seconds()?, self.sandbox.cpu_seconds()?);
        let begun = Instant::now();
        let samples = load.await?;
        let enqueued = begun.elapsed();
        self.wait_for(before + u64::from(self.plan.messages))
            .await?;
        let delivered = begun.elapsed();
        let service = self.service.cpu_seconds()? - cpu.0;
        let sandbox = self.sandbox.cpu_seconds()? - cpu.1;
        let thousands = f64::from(self.plan.messages) / 1_000.0;
        Ok(Carried {
            messages: self.plan.messages,
            enqueued_per_second: rate(self.plan.messages, enqueued),
            enqueue: Latency::of(samples),
            delivered_per_second: rate(self.plan.messages, delivered),
            service_cpu_seconds_per_1000: rounded(service / thousands),
            sandbox_cpu_seconds_per_1000: rounded(sandbox / thousands),
            service_by_sandbox_cpu: rounded(service / sandbox.max(0.01)),
        })
    }

    pub(super) async fn delivered(&self) -> anyhow::Result<u64> {
        let mut client = Client::connect(self.service.address(0)).await?;
        self.delivered_by(&mut client).await
    }

    /// All messages to members, whatever has become of them.
    pub(super) async fn messages(&self) -> anyhow::Result<u64> {
        let mut client = Client::connect(self.service.address(0)).await?;
        Ok(self.by_status(&mut client).await?.values().sum())
    }

    async fn delivered_by(&self, client: &mut Client) -> anyhow::Result<u64> {
        let by_status = self.by_status(client).await?;
        let count = |name: &str| by_status.get(name).copied().unwrap_or(0);
        Ok(count("delivered") + count("read"))
    }

    async fn by_status(&self, client: &mut Client) -> anyhow::Result<HashMap<String, u64>> {
        #[derive(Deserialize)]
        struct Stats {
            by_status: HashMap<String, u64>,
        }
        let (status, answer) = client.get("/api/v1/stats", Some(&self.key)).await?;
        ensure!(status == 200, "the service gave no counts ({status})");
        let Stats { by_status } = serde_json::from_slice(&answer)?;
        Ok(by_status)
    }

    pub(super) async fn wait_for(&self, delivered: u64) -> anyhow::Result<()> {
        let mut client = Client::connect(self.service.address(0)).await?;
        let mut last = 0;
        let wait = async {
            loop {
                last = self.delivered_by(&mut client).await?;
                if last >= delivered {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        let slowest = Duration::from_secs((self.plan.messages / DELIVERED_MIN).into());
        let patience = slowest.max(DELIVERY_MAX);
        match tokio::time::timeout(patience, wait).await {
            Ok(result) => result,
            Err(_) => anyhow::bail!(
                "only {last} of {delivered} messages were delivered in {} s",
                patience.as_secs()
            ),
        }
    }

    pub(super) async fn ledger(&self) -> anyhow::Result<Vec<LedgerLine>> {
        let mut client = Client::connect(&self.sandbox.address).await?;
        let (status, answer) = client.get("/sandbox/api/ledger", None).await?;
        ensure!(status == 200, "the sandbox gave no ledger ({status})");
        let text = std::str::from_utf8(&answer)?;
        text.lines()
            .map(|line| {
                serde_json::from_str(line).context("a line of the ledger is not understood")
            })
            .collect()
    }
}

/// A time zone and an hour at which the built-in scheduler has nothing to send meanwhile: it is not
/// Sunday evening there, and the daily hour is half a day away.
fn where_nothing_is_due(now: Timestamp) -> (&'static str, i8) {
    let utc = now.to_jiff().to_zoned(TimeZone::UTC);
    let sunday_evening = utc.weekday() == Weekday::Sunday && utc.hour() >= 12;
    let name = if sunday_evening {
        "Pacific/Auckland"
    } else {
        "UTC"
    };
    let there = utc.in_tz(name).unwrap_or(utc);
    (name, (there.hour() + 12) % 24)
}

/// `msg_…` of `att_…_1`.
fn message_of(attempt: &str) -> Option<String> {
    let (id, _) = attempt.strip_prefix("att_")?.split_once('_')?;
    Some(format!("msg_{id}"))
}

pub(super) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_due_during_a_measurement() {
        for hour in 0..24 * 14 {
            let now = Timestamp::from_seconds(1_790_000_000 + hour * 3_600);
            let (name, daily) = where_nothing_is_due(now);
            let there = now.to_jiff().in_tz(name).unwrap();
            let evening = there.weekday() == Weekday::Sunday && (16..=21).contains(&there.hour());
            assert!(!evening, "{there}");
            assert_eq!((there.hour() - daily).rem_euclid(24), 12);
        }
    }
}
