//! A load that outlives the service it is put on: callers who ask again with the same key until they
//! are acknowledged, as any honest caller does, and remember in which order they were.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use simulator::Timing;

use crate::binary::{Service, Setup};
use crate::http::Http;
use crate::ports::free_addr;
use crate::sandbox::{Sandbox, SystemClock};
use crate::world::text;
use crate::{stopwatch, tick};

/// Members, each with a lane of their own.
pub const LANES: usize = 192;

/// Callers at the same time; each has its own members, so that a lane's order is one caller's.
pub const CALLERS: usize = 8;

/// The times of a service under load: short, and no rule is loosened.
pub const TIMES: [(&str, &str); 8] = [
    ("GYMTEXT_QUIET_PERIOD", "1"),
    ("GYMTEXT_RECEIPT_WAIT", "2"),
    ("GYMTEXT_SWEEP_EVERY", "1"),
    ("GYMTEXT_VALIDITY", "1"),
    ("GYMTEXT_START_GRACE", "2"),
    ("GYMTEXT_PROVIDER_DEADLINE", "5"),
    ("GYMTEXT_LEASE", "15"),
    ("GYMTEXT_ATTEMPTS_MAX", "50"),
];

/// Messages of one call that asks for many.
const BATCH: usize = 250;

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
    /// Calls for many that were acknowledged.
    filled: usize,
    /// How many lanes are this caller's.
    lanes: usize,
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
        let mut setup = Setup::new(data.path(), addr, sandbox.addr)?;
        for (name, value) in TIMES {
            setup = setup.with(name, value);
        }
        let setup = change(setup);
        let service = setup.start().await?;
        let mut load = Self::before(setup, sandbox, data);
        load.let_them_join().await?;
        Ok((load, service))
    }

    /// What will be put on the service of `setup` once it runs: nobody has joined yet.
    pub fn before(setup: Setup, sandbox: Sandbox, data: tempfile::TempDir) -> Self {
        let callers = (0..CALLERS).map(|number| Caller {
            number,
            asked: 0,
            filled: 0,
            lanes: LANES / CALLERS,
            acknowledged: Vec::new(),
        });
        Self {
            setup,
            sandbox,
            members: Vec::new(),
            callers: callers.collect(),
            _data: data,
        }
    }

    /// The members join.
    pub async fn let_them_join(&mut self) -> anyhow::Result<()> {
        for lane in self.members.len()..LANES {
            let member = join(&self.setup, &self.sandbox, lane).await?;
            self.members.push(member);
        }
        Ok(())
    }

    /// Gives every member so many lanes instead of one.
    #[must_use]
    pub fn with_lanes(mut self, each: usize) -> Self {
        for caller in &mut self.callers {
            caller.lanes = LANES / CALLERS * each;
        }
        self
    }

    /// All callers ask for a message in each of their lanes, many in one call, and ask again with the same
    /// key until that is acknowledged, whoever dies meanwhile.
    pub async fn fill(&mut self) -> anyhow::Result<()> {
        let (api, members) = (self.setup.api(), &self.members);
        let filling = self
            .callers
            .iter_mut()
            .map(|caller| caller.fill(&api, members));
        try_join_all(filling).await.map(drop)
    }

    /// All callers ask until each is acknowledged `count` times, whoever dies meanwhile.
    pub async fn press_on(&mut self, count: usize) -> anyhow::Result<()> {
        let (api, members) = (self.setup.api(), &self.members);
        let pressing = self
            .callers
            .iter_mut()
            .map(|caller| caller.press_on(&api, members, count));
        try_join_all(pressing).await.map(drop)
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

    /// The handset of a lane's member.
    pub fn handset(&self, lane: usize) -> Handset {
        Handset {
            number: number(lane),
            carrier: self.sandbox.http(),
        }
    }

    /// A lane's member.
    pub fn member(&self, lane: usize) -> anyhow::Result<&str> {
        let member = self.members.get(lane % LANES);
        Ok(member.context("nobody has joined there")?)
    }

    /// How often what this member wrote is stored.
    pub async fn heard(&self, lane: usize) -> anyhow::Result<usize> {
        let member = self.member(lane)?;
        let path = format!("/api/v1/messages?member={member}&limit=200");
        let list = self.setup.api().get(&path).await?.json();
        let list = list.get("items").and_then(Value::as_array);
        Ok(list
            .context("a list")?
            .iter()
            .filter(|message| text(message, "direction") == "inbound")
            .count())
    }

    /// Waits until nothing waits, is open or is unconfirmed any more. It may take as long as it goes on:
    /// what stands still for a minute is stuck.
    pub async fn is_quiet(&self) -> anyhow::Result<()> {
        let (api, mut since, mut least) = (self.setup.api(), stopwatch(), u64::MAX);
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
            if open < least {
                (least, since) = (open, stopwatch());
            }
            if since.elapsed() > PATIENCE {
                let sent = api
                    .get("/api/v1/messages?status=sent&limit=1")
                    .await?
                    .json();
                let one = sent.pointer("/items/0/id").and_then(Value::as_str);
                let path = format!("/api/v1/messages/{}", one.unwrap_or_default());
                anyhow::bail!(
                    "nothing went on for 60 s: {stats}; one of them: {:#}; {}",
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
        let mut left = count;
        while left > 0 {
            match self.ask_once(api, members).await? {
                Asked::Acknowledged(_) => left -= 1,
                Asked::Later => tick().await,
                Asked::Gone => return Ok(()),
            }
        }
        Ok(())
    }

    async fn press_on(
        &mut self,
        api: &Http,
        members: &[String],
        count: usize,
    ) -> anyhow::Result<()> {
        let mut left = count;
        while left > 0 {
            match self.ask_once(api, members).await? {
                Asked::Acknowledged(_) => left -= 1,
                Asked::Later | Asked::Gone => tick().await,
            }
        }
        Ok(())
    }

    /// Asks for the next message, or once more for the one that was not acknowledged.
    async fn ask_once(&mut self, api: &Http, members: &[String]) -> anyhow::Result<Asked> {
        let lane = self.lane(self.asked);
        let body = message(members, lane, self.asked);
        let key = format!("load-{}-{}", self.number, self.asked);
        let asked = ask(api, &key, &body).await?;
        if let Asked::Acknowledged(id) = &asked {
            self.acknowledged.push((id.clone(), lane));
            self.asked += 1;
        }
        Ok(asked)
    }

    /// The lane of this caller's n-th message. Lanes of a caller are those of its members, queue by queue.
    fn lane(&self, asked: usize) -> usize {
        let members = LANES / CALLERS;
        let (queue, member) = ((asked % self.lanes) / members, asked % members);
        queue * LANES + self.number * members + member
    }

    async fn fill(&mut self, api: &Http, members: &[String]) -> anyhow::Result<()> {
        let mut first = 0;
        while first < self.lanes {
            let numbers = first..(first + BATCH).min(self.lanes);
            let lanes: Vec<usize> = numbers.clone().map(|number| self.lane(number)).collect();
            let messages: Vec<Value> = lanes
                .iter()
                .zip(numbers.clone())
                .map(|(lane, number)| message(members, *lane, number))
                .collect();
            let key = format!("load-{}-many-{}", self.number, self.filled);
            let body = json!({ "messages": messages });
            let Some(ids) = ask_for_many(api, &key, &body).await? else {
                tick().await;
                continue;
            };
            anyhow::ensure!(ids.len() == lanes.len(), "{} of {}", ids.len(), lanes.len());
            self.acknowledged.extend(ids.into_iter().zip(lanes));
            self.filled += 1;
            first = numbers.end;
        }
        Ok(())
    }
}

/// A message to the member of a lane, in its queue.
fn message(members: &[String], lane: usize, number: usize) -> Value {
    let queue = match lane / LANES {
        0 => "default".to_owned(),
        more => format!("lane-{more}"),
    };
    json!({
        "member_id": members.get(lane % LANES), "kind": "daily_workout", "channel": "sms",
        "queue": queue, "content": format!("{CONTENT} {number}"),
    })
}

/// The ids of messages that were asked for in one call; `None` when that was not acknowledged.
async fn ask_for_many(api: &Http, key: &str, body: &Value) -> anyhow::Result<Option<Vec<String>>> {
    let Ok(answer) = api.post_once("/api/v1/messages/batch", key, body).await else {
        return Ok(None);
    };
    match answer.status {
        202 => {
            let answer = answer.json();
            let results = answer.get("results").and_then(Value::as_array);
            let ids = results.context("results")?.iter();
            Ok(Some(ids.map(|one| text(one, "message_id")).collect()))
        }
        429 | 503 => Ok(None),
        status => anyhow::bail!("many messages were answered {status}: {}", answer.json()),
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

/// The phone number of a lane's member.
pub fn number(lane: usize) -> String {
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
