//! A history as it happens: the real service and the real sandbox in one process, on one clock. What was done
//! and when is noted as the people and the carrier know it, never as the service does.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Channel, Seconds, Timestamp};
use serde_json::{Value, json};
use stories::tick;
use stories::world::{Joining, Person, World, text};

use crate::restraint::Bounds;
use crate::steps::{Plot, Step, Who};

/// The templates of the files alone: no setting names an id.
const SETTINGS: [(&str, &str); 6] = [
    ("WHATSAPP_TEMPLATE_DAILY_WORKOUT", ""),
    ("WHATSAPP_TEMPLATE_WEEKLY_CHECKIN", ""),
    ("WHATSAPP_TEMPLATE_WELCOME", ""),
    ("WHATSAPP_TEMPLATE_SUBSCRIPTION_REMINDER", ""),
    ("GYMTEXT_WHATSAPP_PAIR_EVERY", "1"),
    // A history has little real time.
    ("GYMTEXT_SWEEP_EVERY", "0.1"),
];

/// Between two looks the clock moves on by this: pacing and retries need it.
const LOOK: Seconds = Seconds::from_millis(250);

/// Nothing changed for so many looks: what still waits, waits for something that is to come.
const STILL: usize = 14;

/// The most looks at one moment.
const LOOKS_MAX: usize = 1_500;

/// What is true from an instant on.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// The person agreed, or withdrew; `None` while nothing is known.
    Consent(usize, Channel, Option<bool>),
    /// They are about to withdraw: what they were to get by then is not to come any more.
    Withdraws(usize, Channel),
    /// What they wrote may mean stop; or they made clear what it meant.
    Doubt(usize, Channel, bool),
    /// They wrote there.
    Wrote(usize, Channel),
    /// A template of the carrier's, by its id, and whether it may be used at all, and at a US number.
    Template(String, Usable),
    Switch(&'static str, bool),
    /// The carrier has told that they stopped.
    SaidStop(usize, Channel),
    /// The carrier has told that they are not on WhatsApp, of an attempt at this message.
    NotThere(usize, String),
}

/// What a template may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usable {
    pub(crate) approved: bool,
    pub(crate) marketing: bool,
}

/// A history that has happened.
pub(crate) struct History {
    pub(crate) world: World,
    pub(crate) people: Vec<(Who, Person)>,
    pub(crate) facts: Vec<(Timestamp, Fact)>,
    /// Messages of the plot: number → id, and the channel it was asked for.
    pub(crate) sent: BTreeMap<usize, (String, Option<Channel>)>,
    /// Those of them that are critical.
    pub(crate) critical: BTreeSet<String>,
    pub(crate) bounds: Bounds,
    /// The carrier's templates: id → what it may be used for.
    templates: BTreeMap<String, (String, Usable)>,
    faults: Value,
}

impl History {
    /// Lets everything of a plot happen.
    pub(crate) async fn of(plot: &Plot) -> anyhow::Result<Self> {
        let owner = if plot.carrier_answers {
            "provider"
        } else {
            "service"
        };
        let bounds = plot.bounds.settings();
        let settings: Vec<_> = SETTINGS
            .into_iter()
            .chain([("GYMTEXT_KEYWORDS_SMS", owner)])
            .chain(bounds.iter().map(|(name, value)| (*name, value.as_str())))
            .collect();
        let world = World::beside(&settings, |carrier| {
            carrier.auto_reply_keywords = plot.carrier_answers;
            carrier.recent_max = 100_000;
        })
        .await?;
        let mut history = Self {
            world,
            people: Vec::new(),
            facts: Vec::new(),
            sent: BTreeMap::new(),
            critical: BTreeSet::new(),
            bounds: plot.bounds,
            templates: BTreeMap::new(),
            faults: json!({}),
        };
        history.begins(plot).await?;
        for moment in &plot.moments {
            let jumps = matches!(
                moment.step,
                Step::Passes(_) | Step::Switch(..) | Step::Template(..)
            );
            if jumps {
                history.settles().await?;
            }
            history.happens(&moment.step).await?;
            if moment.settles {
                history.settles().await?;
            }
        }
        history.settles().await?;
        Ok(history)
    }

    async fn begins(&mut self, plot: &Plot) -> anyhow::Result<()> {
        let path = "/api/v1/templates/submit";
        let submitted = self.world.api.json("POST", path, &json!({})).await?;
        anyhow::ensure!(submitted.status == 200, "{}", submitted.json());
        let known = self
            .world
            .carrier
            .get("/sandbox/api/templates")
            .await?
            .json();
        for one in known.as_array().into_iter().flatten() {
            let usable = Usable {
                approved: one.pointer("/approval/status") == Some(&json!("approved")),
                marketing: one.pointer("/approval/category") == Some(&json!("MARKETING")),
            };
            let name = text(one.get("approval").unwrap_or(one), "name");
            let sid = text(one, "sid");
            self.facts
                .push((self.now(), Fact::Template(sid.clone(), usable)));
            self.templates.insert(sid, (name, usable));
        }
        for who in &plot.people {
            let mut joining = Joining::called(who.name)
                .at(&who.number)
                .with("locale", json!(who.locale))
                .with("time_zone", json!(who.zone));
            for (channel, agreed) in [(Channel::Sms, who.sms), (Channel::Whatsapp, who.whatsapp)] {
                if agreed {
                    joining = joining.opted_in(channel);
                }
                let consent = agreed.then_some(true);
                let fact = Fact::Consent(self.people.len(), channel, consent);
                self.facts.push((self.now(), fact));
            }
            if let Some(channel) = who.prefers {
                joining = joining.prefers(channel);
            }
            let person = self.world.joins(joining).await?;
            self.people.push((who.clone(), person));
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.world.clock_now()
    }

    fn note(&mut self, fact: Fact) {
        self.facts.push((self.now(), fact));
    }

    /// Notes what holds from the next instant on, after everything before it.
    fn note_from_now_on(&mut self, fact: Fact) {
        self.world.passes(Seconds::from_millis(2));
        self.note(fact);
    }

    async fn happens(&mut self, step: &Step) -> anyhow::Result<()> {
        match step {
            Step::Send(who, wish) => {
                let Some((known, person)) = self.people.get(*who) else {
                    return Ok(());
                };
                let fields = wish.fields(known.name);
                let id = self.world.sends(person, fields).await?;
                if wish.critical {
                    self.critical.insert(id.clone());
                }
                self.sent.insert(wish.number, (id, wish.channel));
            }
            Step::Cancel(number) => {
                if let Some((id, _)) = self.sent.get(number) {
                    let path = format!("/api/v1/messages/{id}/cancel");
                    let answer = self.world.api.json("POST", &path, &json!({})).await?;
                    anyhow::ensure!([200, 409].contains(&answer.status), "{}", answer.json());
                }
            }
            Step::Says(who, channel, words) => self.says(*who, *channel, words).await?,
            Step::Taps(who) => self.taps(*who).await?,
            Step::Passes(seconds) => self.world.passes(Seconds::new(*seconds)),
            Step::Consent(who, channel, yes) => self.decides(*who, *channel, *yes).await?,
            Step::Template(name, what) => self.template_becomes(name, what).await?,
            Step::Carrier(faults) => {
                self.faults = faults.clone();
                self.world.carrier_fails(faults.clone()).await?;
            }
            Step::Handset(who, property, is) => {
                if let Some((_, person)) = self.people.get(*who) {
                    person.becomes(property, *is).await?;
                }
            }
            Step::Blocks(who, channel, is) => {
                if let Some((_, person)) = self.people.get(*who) {
                    let path = format!(
                        "/sandbox/api/phones/{}/block",
                        person.phone.replace('+', "%2B")
                    );
                    let body = json!({"channel": channel.as_str(), "blocked": is});
                    let answer = self.world.carrier.json("POST", &path, &body).await?;
                    anyhow::ensure!(answer.status < 300, "{}", answer.json());
                }
            }
            Step::Switch(scope, on) => self.switch(scope, *on).await?,
        }
        Ok(())
    }

    /// A person writes, if their phone lets them.
    async fn says(&mut self, who: usize, channel: Channel, words: &str) -> anyhow::Result<()> {
        let Some((_, person)) = self.people.get(who).cloned() else {
            return Ok(());
        };
        let start = words == "START";
        let stop = ["STOP", "stop texting me"].contains(&words);
        if stop {
            self.note_from_now_on(Fact::Withdraws(who, channel));
        }
        let before = self.now();
        if person.texts(channel, words).await.is_err() {
            return Ok(()); // offline, or blocked
        }
        self.facts.push((before, Fact::Wrote(who, channel)));
        if start {
            self.facts
                .push((before, Fact::Consent(who, channel, Some(true))));
            self.facts.push((before, Fact::Doubt(who, channel, false)));
        }
        // Once its webhook is answered, it holds (G14).
        if stop {
            self.is_heard().await?;
            self.note_from_now_on(Fact::Consent(who, channel, Some(false)));
        }
        if words == "too many texts" {
            self.is_heard().await?;
            self.settles().await?;
            self.note_from_now_on(Fact::Doubt(who, channel, true));
        }
        Ok(())
    }

    async fn taps(&mut self, who: usize) -> anyhow::Result<()> {
        let Some((_, person)) = self.people.get(who).cloned() else {
            return Ok(());
        };
        let inbox = person.inbox(Channel::Whatsapp).await?;
        let newest = inbox
            .iter()
            .rev()
            .find_map(|one| one.pointer("/buttons/0").map(|button| (one, button)));
        let Some((message, button)) = newest else {
            return Ok(());
        };
        let tap = json!({"title": text(button, "title"), "message_id": text(message, "id")});
        let before = self.now();
        let what = json!({"channel": "whatsapp", "button": tap});
        if person.says(what).await.is_ok() {
            self.facts
                .push((before, Fact::Wrote(who, Channel::Whatsapp)));
        }
        Ok(())
    }

    /// What a form or somebody of the team writes down.
    async fn decides(&mut self, who: usize, channel: Channel, yes: bool) -> anyhow::Result<()> {
        let Some((_, person)) = self.people.get(who) else {
            return Ok(());
        };
        let path = format!(
            "/api/v1/members/{}/consents/{}",
            person.id,
            channel.as_str()
        );
        let state = if yes { "opted_in" } else { "opted_out" };
        let body =
            json!({"state": state, "source": "settings_page", "wording": "Yes, text me again."});
        if yes {
            // Agreeing to words that were shown is the person's own act, and settles a doubt.
            self.note(Fact::Consent(who, channel, Some(true)));
            self.note(Fact::Doubt(who, channel, false));
        } else {
            self.note_from_now_on(Fact::Withdraws(who, channel));
        }
        let answer = self.world.api.json("PUT", &path, &body).await?;
        anyhow::ensure!(answer.status < 300, "{}", answer.json());
        if !yes {
            self.settles().await?;
            self.note_from_now_on(Fact::Consent(who, channel, Some(false)));
        }
        Ok(())
    }

    /// Somebody at WhatsApp decides about a template, and the service asks how it stands.
    async fn template_becomes(&mut self, name: &str, what: &Value) -> anyhow::Result<()> {
        let mut changed = Vec::new();
        for (sid, (known, usable)) in &mut self.templates {
            // The carrier's name says as well whose it is, and which wording.
            let own = known
                .strip_prefix("gymtext_")
                .and_then(|known| known.rsplit_once('_'));
            if own.is_none_or(|(known, _)| known != name) {
                continue;
            }
            match text(what, "status").as_str() {
                "paused" | "rejected" => usable.approved = false,
                "reinstated" => usable.approved = true,
                _ => {}
            }
            match text(what, "category").as_str() {
                "MARKETING" => usable.marketing = true,
                "UTILITY" => usable.marketing = false,
                _ => {}
            }
            changed.push((sid.clone(), *usable));
        }
        anyhow::ensure!(
            !changed.is_empty(),
            "no template is called {name}: {:?}",
            self.templates
        );
        for (sid, usable) in &changed {
            if usable.approved && !usable.marketing {
                self.note(Fact::Template(sid.clone(), *usable));
            }
            let path = format!("/sandbox/api/templates/{sid}/approval");
            let answer = self.world.carrier.json("PUT", &path, what).await?;
            anyhow::ensure!(answer.status == 200, "{path}: {}", answer.json());
        }
        // What counts is what the service knows: it is let ask.
        self.world.carrier_fails(json!({})).await?;
        let path = "/api/v1/templates/sync";
        let answer = self.world.api.json("POST", path, &json!({})).await?;
        anyhow::ensure!(answer.status == 200, "{}", answer.json());
        self.world.carrier_fails(self.faults.clone()).await?;
        self.settles().await?;
        for (sid, usable) in changed {
            self.note_from_now_on(Fact::Template(sid, usable));
        }
        Ok(())
    }

    async fn switch(&mut self, scope: &'static str, on: bool) -> anyhow::Result<()> {
        if !on {
            self.note(Fact::Switch(scope, false));
        }
        let path = format!("/api/v1/switches/{scope}");
        let body = json!({"on": on, "reason": "a story"});
        let answer = self.world.api.json("PUT", &path, &body).await?;
        anyhow::ensure!(answer.status == 200, "{}", answer.json());
        if on {
            self.settles().await?;
            self.note_from_now_on(Fact::Switch(scope, true));
        }
        Ok(())
    }

    /// Waits until the carrier has brought what was said; the clock stands still.
    async fn is_heard(&self) -> anyhow::Result<()> {
        for _ in 0..LOOKS_MAX {
            if self.under_way().await?.0 == 0 {
                return Ok(());
            }
            tick().await;
        }
        anyhow::bail!("the carrier's webhooks are not answered")
    }

    /// What is under way at the carrier, and what it has seen so far.
    async fn under_way(&self) -> anyhow::Result<(u64, u64)> {
        let stats = self.world.carrier.get("/sandbox/api/stats").await?.json();
        let count = |name: &str| stats.get(name).and_then(Value::as_u64).unwrap_or(0);
        Ok((
            count("under_way"),
            count("created") + count("webhooks_made"),
        ))
    }

    /// Waits until nothing goes on by itself any more.
    pub(crate) async fn settles(&self) -> anyhow::Result<()> {
        let (mut before, mut still) = (String::new(), 0);
        for _ in 0..LOOKS_MAX {
            let (under_way, seen) = self.under_way().await?;
            let mut stats = self.world.api.get("/api/v1/stats").await?.json();
            if let Some(stats) = stats.as_object_mut() {
                stats.remove("oldest_waiting_seconds");
            }
            let count = |path: &str| stats.pointer(path).and_then(Value::as_u64).unwrap_or(0);
            let open = count("/waiting") + count("/unanswered");
            let begun =
                count("/by_status/pending").saturating_sub(count("/waiting") + count("/held"));
            let accepted = count("/by_status/accepted");
            let now = format!("{seen} {stats}");
            still = if now == before && under_way == 0 {
                still + 1
            } else {
                0
            };
            before = now;
            let idle = under_way == 0 && open == 0 && begun == 0 && accepted == 0;
            if (idle && still >= 2) || still >= STILL {
                return Ok(());
            }
            self.world.passes(LOOK);
            tick().await;
        }
        anyhow::bail!("it goes on and on: {before}")
    }

    /// Everything becomes well again, and days go by: what waits now ends.
    pub(crate) async fn ends(&mut self) -> anyhow::Result<()> {
        self.world.carrier_fails(json!({})).await?;
        let on = self.world.api.get("/api/v1/switches").await?.json();
        for switch in on
            .get("items")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let scope = text(switch, "scope").replace('+', "%2B");
            let body = json!({"on": false, "reason": "the story ends"});
            let path = format!("/api/v1/switches/{scope}");
            let answer = self.world.api.json("PUT", &path, &body).await?;
            anyhow::ensure!(answer.status == 200, "{}", answer.json());
        }
        for scope in [
            "all",
            "channel:whatsapp",
            "channel:sms",
            "kind:daily_workout",
        ] {
            self.note(Fact::Switch(scope, false));
        }
        for (_, person) in &self.people {
            person.becomes("online", true).await?;
        }
        for _ in 0..4 {
            self.passes_by(7_300).await?;
        }
        for _ in 0..8 {
            self.passes_by(86_400).await?;
        }
        Ok(())
    }

    async fn passes_by(&self, seconds: u32) -> anyhow::Result<()> {
        self.world.passes(Seconds::new(seconds));
        // What is due by now begins now: the clock must not be moved while a request is on its way, or the carrier
        // would see it a day late.
        self.world.cron("daily-messages").await?;
        self.world.cron("weekly-messages").await?;
        self.settles().await?;
        self.world.cron("check-stalled-queues").await?;
        self.settles().await
    }
}
