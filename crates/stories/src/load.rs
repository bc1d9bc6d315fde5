//! A load that outlives the service it is put on: callers who ask again with the same key until they
//! are acknowledged, as any honest caller does, and remember in which order they were.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use simulator::Timing;

use crate::binary::{Service, Setup, free_addr};
use crate::http::Http;
use crate::sandbox::{Sandbox, SystemClock};
use crate::world::text;
use crate::{stopwatch, tick};

/// Members, each with a lane of their own.
pub const LANES: usize = 192;

/// Callers at the same time; each has its own members, so that a lane's order is one caller's.
pub const CALLERS: usize = 8;

/// How the texts of this load begin.
pub const CONTENT: &str = "Five squats, set";

/// Longer than anything that still works takes to calm down.
const PATIENCE: Duration = Duration::from_mins(1);

/// The service, its carrier, its members and their callers.
#[derive(Debug)]
pub struct Load {
    /// How the service is run.
    pub setup: Setup,
    /// The carrier.
    pub sandbox: Sandbox,
    members: Vec<String>,
    callers: Vec<Caller>,
    _data: tempfile::TempDir,
}

/// A member's handset.
#[derive(Clone, Debug)]
pub struct Handset {
    number: String,
    carrier: Http,
}

impl Handset {
    /// Writes to us by SMS; returns when the carrier has it.
    pub async fn says(&self, words: &str) -> anyhow::Result<()> {
        let path = format!(
            "/sandbox/api/phones/{}/say",
            self.number.replace('+', "%2B")
        );
        let said = json!({"channel": "sms", "text": words});
        let answer = self.carrier.json("POST", &path, &said).await?;
        anyhow::ensure!(answer.status < 300, "say: {}", answer.json());
        Ok(())
    }
}

/// Somebody who asks for messages, one after the other.
#[derive(Debug)]
struct Caller {
    number: usize,
    asked: usize,
    /// Acknowledged messages with their lanes.
    acknowledged: Vec<(String, usize)>,
}

/// What came of asking for one message.
enum Asked {
    Acknowledged(String),
    Later,
    Gone,
}

impl Load {
    /// Starts carrier and service, and lets the members join. Times are short, rules are not
    /// loosened.
    pub async fn new() -> anyhow::Result<(Self, Service)> {
        Self::with(|setup| setup).await
    }

    /// The same with a change to how the service is run.
    pub async fn with(
        change: impl FnOnce(Setup) -> Setup + Send,
    ) -> anyhow::Result<(Self, Service)> {
        let data = tempfile::tempdir()?;
        let addr = free_addr()?;
        let url = format!("http://{addr}");
        let sandbox = Sandbox::start(&url, Arc::new(SystemClock), Timing::instant()).await?;
        let setup = Setup::new(data.path(), addr, sandbox.addr)?
            .with("GYMTEXT_QUIET_PERIOD", "1")
            .with("GYMTEXT_RECEIPT_WAIT", "2")
            .with("GYMTEXT_SWEEP_EVERY", "1")
            .with("GYMTEXT_VALIDITY", "1")
            .with("GYMTEXT_START_GRACE", "2")
            .with("GYMTEXT_PROVIDER_DEADLINE", "5")
            .with("GYMTEXT_LEASE", "15")
            .with("GYMTEXT_ATTEMPTS_MAX", "50");
        let setup = change(setup);
        let service = setup.start().await?;
        let mut members = Vec::with_capacity(LANES);
        for lane in 0..LANES {
            members.push(join(&setup, &sandbox, lane).await?);
        }
        let callers = (0..CALLERS).map(|number| Caller {
            number,
            asked: 0,
            acknowledged: Vec::new(),
        });
        let load = Self {
            setup,
            sandbox,
            members,
            callers: callers.collect(),
            _data: data,
        };
        Ok((load, service))
    }

    /// Sets what goes wrong at the carrier.
    pub async fn carrier_fails(&self, faults: &Value) -> anyhow::Result<()> {
        let http = self.sandbox.http();
        let answer = http.json("PUT", "/sandbox/api/faults", faults).await?;
        anyhow::ensure!(answer.status < 300, "faults: {}", answer.json());
        Ok(())
    }

    /// All callers ask until each is acknowledged `count` times, or the service is gone. What is not
    /// acknowledged is asked again with its key next time.
    pub async fn press(&mut self, count: usize) -> anyhow::Result<()> {
        let (api, members) = (self.setup.api(), &self.members);
        let pressing = self
            .callers
            .iter_mut()
            .map(|caller| caller.press(&api, members, count));
        try_join_all(pressing).await.map(drop)
    }

    /// How many messages were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.callers
            .iter()
            .map(|caller| caller.acknowledged.len())
            .sum()
    }

    /// The acknowledged messages of each lane, in the order of acknowledgement.
    pub fn lanes(&self) -> BTreeMap<usize, Vec<String>> {
        let mut lanes: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (id, lane) in self.callers.iter().flat_map(|caller| &caller.acknowledged) {
            lanes.entry(*lane).or_default().push(id.clone());
        }
        lanes
    }

    /// The id of a lane's member.
    pub fn member(&self, lane: usize) -> anyhow::Result<String> {
        self.members.get(lane).cloned().context("a member")
    }

    /// The handset of a lane's member.
    pub fn handset(&self, lane: usize) -> Handset {
        Handset {
            number: number(lane),
            carrier: self.sandbox.http(),
        }
    }

    /// How often what this member wrote is stored.
    pub async fn heard(&self, lane: usize) -> anyhow::Result<usize> {
        let member = self.members.get(lane).context("a member")?;
        let path = format!("/api/v1/messages?member={member}&limit=200");
        let list = self.setup.api().get(&path).await?.json();
        let list = list.get("items").and_then(Value::as_array);
        Ok(list
            .context("a list")?
            .iter()
            .filter(|message| text(message, "direction") == "inbound")
            .count())
    }

    /// Waits until nothing waits, is open or is unconfirmed any more.
    pub async fn is_quiet(&self) -> anyhow::Result<()> {
        let (api, since) = (self.setup.api(), stopwatch());
        loop {
            let stats = api.get("/api/v1/stats").await?.json();
            let open = ["/waiting", "/held", "/unconfirmed", "/unanswered"]
                .into_iter()
                .chain([
                    "/by_status/pending",
                    "/by_status/accepted",
                    "/by_status/sent",
                ])
                .filter_map(|count| stats.pointer(count).and_then(Value::as_u64))
                .sum::<u64>();
            anyhow::ensure!(stats.pointer("/waiting").is_some(), "no stats: {stats}");
            if open == 0 {
                return Ok(());
            }
            if since.elapsed() > PATIENCE {
                let sent = api
                    .get("/api/v1/messages?status=sent&limit=1")
                    .await?
                    .json();
                let one = sent.pointer("/items/0/id").and_then(Value::as_str);
                let path = format!("/api/v1/messages/{}", one.unwrap_or_default());
                anyhow::bail!(
                    "not quiet after 60 s: {stats}; one of them: {:#}; {}",
                    api.get(&path).await?.json(),
                    self.setup.log_tail()
                );
            }
            tick().await;
        }
    }
}

impl Caller {
    async fn press(&mut self, api: &Http, members: &[String], count: usize) -> anyhow::Result<()> {
        let mine = members.len() / CALLERS;
        let mut left = count;
        while left > 0 {
            let lane = self.number * mine + self.asked % mine;
            let body = json!({
                "member_id": members.get(lane), "kind": "daily_workout", "channel": "sms",
                "content": format!("{CONTENT} {}", self.asked),
            });
            let key = format!("load-{}-{}", self.number, self.asked);
            match ask(api, &key, &body).await? {
                Asked::Acknowledged(id) => {
                    self.acknowledged.push((id, lane));
                    self.asked += 1;
                    left -= 1;
                }
                Asked::Later => tick().await,
                Asked::Gone => return Ok(()),
            }
        }
        Ok(())
    }
}

async fn ask(api: &Http, key: &str, body: &Value) -> anyhow::Result<Asked> {
    let Ok(answer) = api.post_once("/api/v1/messages", key, body).await else {
        return Ok(Asked::Gone);
    };
    match answer.status {
        202 => Ok(Asked::Acknowledged(text(&answer.json(), "message_id"))),
        429 | 503 if answer.code() == "draining" => Ok(Asked::Gone),
        429 | 503 => Ok(Asked::Later),
        status => anyhow::bail!("a message was answered {status}: {}", answer.json()),
    }
}

fn number(lane: usize) -> String {
    format!("+1415555{:04}", 200 + lane)
}

async fn join(setup: &Setup, sandbox: &Sandbox, lane: usize) -> anyhow::Result<String> {
    let phone = number(lane);
    let handset = json!({"number": phone, "whatsapp": false, "sms": true});
    let added = sandbox
        .http()
        .json("POST", "/sandbox/api/phones", &handset)
        .await?;
    anyhow::ensure!(added.status < 300, "a phone: {}", added.json());
    let member = json!({
        "name": format!("Member {lane}"), "phone": phone, "time_zone": "America/Chicago",
        "consents": [{"channel": "sms", "state": "opted_in", "source": "story", "wording": "yes"}],
    });
    let made = setup.api().json("POST", "/api/v1/members", &member).await?;
    anyhow::ensure!(made.status == 201, "a member: {}", made.json());
    let id = made
        .json()
        .get("id")
        .and_then(Value::as_str)
        .map(str::to_owned);
    id.context("a member has an id")
}
