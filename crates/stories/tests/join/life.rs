//! A whole life, in moved time: joining on the page, thirty days of workouts while the clocks change, questions, a holiday,
//! STOP and START, ending and beginning a plan again, and being erased. Whatever the phone receives is expected, and
//! whatever does not come has its reason on record.

mod left;

use anyhow::{Context as _, ensure};
use domain::{Channel, Seconds};
use jiff::civil::{Date, Weekday, date};
use serde_json::{Value, json};
use stories::world::{World, text};

use crate::paying::presses;
use stories::browser::{Browser, OPEN, code_on, html, phone, with};

const NUMBER: &str = "+14155552671";
const NAME: &str = "Rosalind Quimby";
const ZONE: &str = "America/New_York";
const BEGAN: Date = date(2027, 3, 1);

/// One that goes to the end.
struct Life<'a> {
    world: &'a World,
    channel: Channel,
    browser: Browser<'a>,
    id: String,
    /// What their phone had received when it was looked at last.
    seen: usize,
    /// When they wrote last, in seconds: on WhatsApp we may write freely for a day from then on.
    wrote_at: i64,
    /// Days of holiday so far.
    away: i64,
}

impl<'a> Life<'a> {
    /// They join on the page, and pay.
    async fn begins(world: &'a World, channel: Channel) -> anyhow::Result<Self> {
        phone(world, NUMBER).await?;
        let agreed = channel.as_str();
        let form = [
            ("name", NAME),
            ("country", "US"),
            ("phone", "(415) 555-2671"),
            ("language", "en"),
            ("programme", "beginner-strength"),
            ("hour", "7"),
            ("time_zone", ZONE),
            (agreed, "yes"),
        ];
        let mut browser = Browser::of(world);
        ensure!(browser.posts("/join", &form).await?.status == 200);
        let code = code_on(world, NUMBER, 1).await?;
        let typed = with(&form, "code", &code);
        let entered = browser.posts("/join/code", &typed).await?;
        ensure!(
            entered.header("location") == "/join/pay",
            "{}",
            html(&entered)
        );
        let listed = world.api.get("/api/v1/members").await?.json();
        let id = listed.pointer("/items/0/id").and_then(Value::as_str);
        let id = id.context("a member")?.to_owned();
        let mut life = Self {
            world,
            channel,
            browser,
            id,
            // The code itself, by SMS.
            seen: 1,
            wrote_at: 0,
            away: 0,
        };
        life.receives_nothing("before they pay").await?;
        life.pays().await?;
        Ok(life)
    }

    async fn pays(&mut self) -> anyhow::Result<()> {
        let opened = self.browser.opens("/me/checkout").await?;
        let page = opened.header("location").to_owned();
        presses(self.world, &page, "do=pay").await?;
        self.stands("active").await
    }

    /// After thirty days they prove their phone again, by SMS whatever they chose.
    async fn logs_in_again(&mut self) -> anyhow::Result<()> {
        self.browser.asks(NUMBER).await?;
        let code = code_on(self.world, NUMBER, 2).await?;
        let entered = self.browser.types(&code).await?;
        ensure!(entered.status == 303, "{}", html(&entered));
        self.seen += 1;
        ensure!(self.inbox().await?.len() == self.seen);
        Ok(())
    }

    async fn stands(&self, state: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/members/{}/subscription", self.id);
        self.world
            .until(state, async || {
                let told = self.world.api.get(&path).await?.json();
                Ok((text(&told, "state") == state).then_some(()))
            })
            .await
    }

    /// The clock of all goes to this hour where they live.
    fn at(&self, date: Date, (hour, minute): (i8, i8)) -> anyhow::Result<()> {
        let then = date.at(hour, minute, 5, 0).in_tz(ZONE)?.timestamp();
        let now = self.world.clock_now().as_seconds();
        let span = u32::try_from(then.as_second() - now).context("not back")?;
        self.world.passes(Seconds::new(span));
        Ok(())
    }

    /// What is new on their phone, once nothing is on its way any more.
    async fn news(&mut self) -> anyhow::Result<Vec<String>> {
        let world = self.world;
        for _ in 0..3 {
            world.is_quiet().await?;
            // A number of ours sends one message a second.
            world.passes(Seconds::new(2));
        }
        world.is_quiet().await?;
        let all = self.inbox().await?;
        let new = all.get(self.seen..).unwrap_or_default().to_vec();
        self.seen = all.len();
        for (channel, body) in &new {
            ensure!(*channel == self.channel.as_str(), "by {channel}: {body}");
        }
        Ok(new.into_iter().map(|(_, body)| body).collect())
    }

    /// All their phone has received, each with its channel.
    async fn inbox(&self) -> anyhow::Result<Vec<(String, String)>> {
        let path = format!(
            "/sandbox/api/phones/{}/messages",
            NUMBER.replace('+', "%2B")
        );
        let list = self.world.carrier.get(&path).await?.json();
        let list = list.as_array().cloned().unwrap_or_default();
        let incoming = list.iter().filter(|one| text(one, "direction") == "in");
        let all = incoming.map(|one| (text(one, "channel"), text(one, "body")));
        Ok(all.collect())
    }

    /// What has come, once something has.
    async fn arrived(&mut self, what: &str) -> anyhow::Result<Vec<String>> {
        let world = self.world;
        world
            .until(what, async || {
                let stats = world.api.get("/api/v1/stats").await?.json();
                if stats.get("waiting") != Some(&json!(0)) {
                    // A number of ours sends one message a second.
                    world.passes(Seconds::new(1));
                }
                Ok((self.inbox().await?.len() > self.seen).then_some(()))
            })
            .await?;
        self.news().await
    }

    async fn receives_nothing(&mut self, when: &str) -> anyhow::Result<()> {
        let news = self.news().await?;
        ensure!(news.is_empty(), "{when}: {news:?}");
        Ok(())
    }

    /// One text, which begins so.
    async fn receives(&mut self, begins: &str) -> anyhow::Result<String> {
        let news = self.arrived(begins).await?;
        let [one] = news.as_slice() else {
            anyhow::bail!("not one that begins {begins:?}: {news:?}");
        };
        ensure!(one.starts_with(begins), "not {begins:?}: {one:?}");
        Ok(one.clone())
    }

    /// How many messages of theirs the service has heard.
    async fn heard(&self) -> anyhow::Result<usize> {
        let path = format!(
            "/api/v1/messages?member={}&direction=inbound&limit=100",
            self.id
        );
        let list = self.world.api.get(&path).await?.json();
        Ok(list
            .get("items")
            .and_then(Value::as_array)
            .map_or(0, Vec::len))
    }

    async fn writes(&mut self, words: &str) -> anyhow::Result<()> {
        let before = self.heard().await?;
        self.wrote_at = self.world.clock_now().as_seconds();
        let path = format!("/sandbox/api/phones/{}/say", NUMBER.replace('+', "%2B"));
        let said = json!({"channel": self.channel.as_str(), "text": words});
        let said = self.world.carrier.json("POST", &path, &said).await?;
        ensure!(said.status < 300, "{}", said.json());
        self.world
            .until(words, async || {
                Ok((self.heard().await? > before).then_some(()))
            })
            .await
    }

    /// Why there was no workout that day; nothing where there was one.
    async fn why_not(&self, date: Date) -> anyhow::Result<Option<String>> {
        let path = format!("/api/v1/members/{}/training", self.id);
        let told = self.world.api.get(&path).await?.json();
        let ends = told.get("without_message").and_then(Value::as_array);
        let occasion = format!("daily_workout:{date}");
        let mut ends = ends.into_iter().flatten();
        let end = ends.find(|end| text(end, "occasion") == occasion);
        Ok(end.map(|end| text(end, "why")))
    }

    /// A morning without a workout, and why.
    async fn morning_without(&mut self, date: Date, why: &str) -> anyhow::Result<()> {
        self.at(date, (7, 0))?;
        let world = self.world;
        world
            .until(&format!("{date}: {why}"), async || {
                Ok((self.why_not(date).await?.as_deref() == Some(why)).then_some(()))
            })
            .await?;
        self.receives_nothing(&format!("{date}, {why}")).await
    }

    /// A morning as the programme has it: at the hour and not before it, and only on the days there is one.
    async fn morning(&mut self, date: Date) -> anyhow::Result<bool> {
        self.at(date, (6, 59))?;
        self.receives_nothing(&format!("{date}, 6:59")).await?;
        if !is_training(date, self.away) {
            self.morning_without(date, "rest_day").await?;
            return Ok(false);
        }
        self.at(date, (7, 0))?;
        self.workout(date).await?;
        ensure!(self.why_not(date).await?.is_none());
        Ok(true)
    }

    /// Whether what is due has to ask for a reply first.
    fn is_knocked_for(&self) -> bool {
        let since = self.world.clock_now().as_seconds() - self.wrote_at;
        self.channel == Channel::Whatsapp && since > 23 * 3_600
    }

    /// A workout that is due: on WhatsApp behind a knock.
    async fn workout(&mut self, date: Date) -> anyhow::Result<()> {
        let world = self.world;
        let path = format!("/api/v1/messages?member={}&kind=daily_workout", self.id);
        let (year, month, day) = (date.year(), date.month(), date.day());
        let made = format!("{year}-{month:02}-{day:02}");
        world
            .until(&format!("{date}: a workout"), async || {
                let list = world.api.get(&path).await?.json();
                let newest = list.pointer("/items/0").cloned().unwrap_or_default();
                Ok(text(&newest, "created_at").starts_with(&made).then_some(()))
            })
            .await?;
        if self.is_knocked_for() {
            self.receives("Hi Rosalind! Your workout for ").await?;
            self.writes("ready").await?;
        }
        let news = self.arrived(&format!("the workout of {date}")).await?;
        let [one] = news.as_slice() else {
            anyhow::bail!("{date}: not one workout: {news:?}");
        };
        ensure!(one.contains("DONE"), "{date}: {one}");
        Ok(())
    }

    /// Sunday afternoon: the weekly question.
    async fn sunday(&mut self, date: Date) -> anyhow::Result<()> {
        self.at(date, (16, 59))?;
        self.receives_nothing(&format!("{date}, 16:59")).await?;
        self.at(date, (17, 0))?;
        let path = format!("/api/v1/messages?member={}&kind=weekly_checkin", self.id);
        let world = self.world;
        let made = date.to_string();
        world
            .until(&format!("{date}: the weekly question"), async || {
                let list = world.api.get(&path).await?.json();
                let newest = list.pointer("/items/0").cloned().unwrap_or_default();
                Ok(text(&newest, "created_at").starts_with(&made).then_some(()))
            })
            .await?;
        if self.is_knocked_for() {
            self.receives("Hey Rosalind! How is your week going?")
                .await?;
            self.writes("ready").await?;
        }
        self.receives("Hi, Rosalind! How did your week go?").await?;
        Ok(())
    }

    /// Three days before the plan renews they are told.
    async fn is_reminded(&mut self, date: Date) -> anyhow::Result<()> {
        self.at(date, (12, 0))?;
        let path = format!(
            "/api/v1/messages?member={}&kind=subscription_reminder",
            self.id
        );
        let world = self.world;
        world
            .until("a reminder", async || {
                let list = world.api.get(&path).await?.json();
                Ok(list.pointer("/items/0").is_some().then_some(()))
            })
            .await?;
        let told = self.receives("Hi").await?;
        ensure!(told.contains("31 March"), "{told}");
        Ok(())
    }

    /// Something happens to their subscription at Stripe.
    async fn at_stripe(&self, act: &str) -> anyhow::Result<()> {
        let stripe = self.world.carrier.get("/sandbox/api/stripe").await?.json();
        let all = stripe.get("subscriptions").and_then(Value::as_array);
        let last = all.and_then(|all| all.last().cloned()).unwrap_or_default();
        let path = format!("/sandbox/api/stripe/subscriptions/{}", text(&last, "id"));
        let act = json!({"do": act});
        let done = self.world.carrier.json("POST", &path, &act).await?;
        ensure!(done.status == 200, "{}", done.json());
        Ok(())
    }

    /// The workout of that day was made and not sent, and says why.
    async fn is_suppressed(&self, date: Date, why: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/messages?member={}&kind=daily_workout", self.id);
        let made = date.to_string();
        let newest = self
            .world
            .until(&format!("{date}: a workout that is not sent"), async || {
                let list = self.world.api.get(&path).await?.json();
                let newest = list.pointer("/items/0").cloned().unwrap_or_default();
                Ok(text(&newest, "created_at")
                    .starts_with(&made)
                    .then_some(newest))
            })
            .await;
        let Ok(newest) = newest else {
            anyhow::bail!(
                "{date}: no workout was made: {:?}",
                self.why_not(date).await?
            );
        };
        let id = text(&newest, "id");
        let told = self.world.reaches(&id, &["suppressed"]).await?;
        ensure!(
            text(&told, "created_at").starts_with(&date.to_string()),
            "{told:#}"
        );
        ensure!(text(&told, "reason") == why, "{told:#}");
        Ok(())
    }

    /// Erased: from every table, and at the carrier; their stop holds for whoever has the number next.
    async fn is_erased(&self, world: &World) -> anyhow::Result<()> {
        let digits = NUMBER.trim_start_matches('+');
        let of_theirs = [digits, "Quimby", "plank"];
        ensure!(
            !left::of(world, &of_theirs).await?.is_empty(),
            "it looks in vain"
        );
        let path = format!("/api/v1/members/{}", self.id);
        ensure!(world.api.send("DELETE", &path, &[], "").await?.status == 204);
        world
            .until("nothing at the carrier", async || {
                world.passes(Seconds::new(60));
                let stats = world.api.get("/api/v1/stats").await?.json();
                Ok((stats.get("provider_copies") == Some(&json!(0))).then_some(()))
            })
            .await?;
        let left = left::of(world, &of_theirs).await?;
        ensure!(left.is_empty(), "{left:?}");
        Ok(())
    }
}

/// Whether their programme trains that day: they joined on a Monday, there are three sessions a week, and days of holiday
/// do not count.
fn is_training(date: Date, away: i64) -> bool {
    let days = i64::from((date - BEGAN).get_days()) - away;
    matches!(days.rem_euclid(7), 0 | 2 | 4)
}

/// The day after.
fn next(date: Date) -> anyhow::Result<Date> {
    Ok(date.tomorrow()?)
}

async fn a_life(channel: Channel) -> anyhow::Result<()> {
    let settings = [
        OPEN,
        ("GYMTEXT_SUBSCRIPTIONS", "true"),
        ("GYMTEXT_QUIET_HOURS", "21-8"),
    ];
    let world = World::with(&settings).await?;
    let monday = BEGAN;
    let ten = monday.at(10, 0, 0, 0).in_tz(ZONE)?.timestamp().as_second();
    let until_then = u32::try_from(ten - world.clock_now().as_seconds())?;
    world.passes(Seconds::new(until_then));

    let mut life = Life::begins(&world, channel).await?;
    if channel == Channel::Whatsapp {
        life.receives("Welcome to GymText, Rosalind! Your training begins now.")
            .await?;
        life.writes("hello").await?;
        life.receives("Welcome to GymText, Rosalind! You'll get a workout")
            .await?;
    } else {
        life.receives("Welcome to GymText, Rosalind!").await?;
    }

    // Thirty days; on the fourteenth of March the clocks go forward, and seven stays seven.
    let mut today = monday;
    let mut workouts = 0;
    for _ in 0..30 {
        today = next(today)?;
        workouts += u32::from(life.morning(today).await?);
        if today == date(2027, 3, 28) {
            life.is_reminded(today).await?;
        }
        if today.weekday() == Weekday::Sunday {
            life.sunday(today).await?;
        }
    }
    ensure!(
        (today, workouts) == (date(2027, 3, 31), 13),
        "{today}: {workouts}"
    );

    // A question, and a day that is skipped.
    life.writes("How do I do a plank?").await?;
    life.receives("Plank: ").await?;
    life.writes("skip today").await?;
    life.receives("OK, Rosalind.").await?;

    // A holiday over the Friday: Thursday rests, and what is not sent says why.
    today = next(today)?;
    life.morning(today).await?;
    life.writes("pause until monday").await?;
    let told = life.receives("").await?;
    ensure!(told.contains("Mon 5"), "{told}");
    for _ in 0..3 {
        today = next(today)?;
        life.morning_without(today, "paused").await?;
    }
    life.receives_nothing("on the Sunday of the holiday")
        .await?;
    // Four days that do not count, so that the sessions come on other weekdays now.
    life.away = 4;
    today = next(today)?;
    ensure!(!life.morning(today).await?, "{today}: a day of rest");
    today = next(today)?;
    ensure!(life.morning(today).await?, "{today}: a session");

    // STOP: one confirmation, then nothing, and the workout that is not sent says why.
    life.writes("STOP").await?;
    let news = life.arrived("a confirmation").await?;
    ensure!(news.len() == 1, "{news:?}");
    for _ in 0..3 {
        today = next(today)?;
        life.at(today, (7, 0))?;
        life.receives_nothing(&format!("{today}, after STOP"))
            .await?;
    }
    ensure!(is_training(today, life.away));
    life.is_suppressed(today, "opted_out").await?;
    life.writes("START").await?;
    let news = life.arrived("a confirmation").await?;
    ensure!(news.len() == 1, "{news:?}");
    today = next(today)?;
    ensure!(!life.morning(today).await?);
    today = next(today)?;
    ensure!(life.morning(today).await?, "{today}: a session after START");
    life.sunday(today).await?;

    // They end the plan: it serves until its period ends, and a day later it does not.
    life.at_stripe("cancel").await?;
    life.stands("cancelled").await?;
    today = next(today)?;
    ensure!(!life.morning(today).await?);
    today = next(today)?;
    ensure!(
        life.morning(today).await?,
        "{today}: what is paid is served"
    );
    let last = date(2027, 4, 29);
    life.at(last, (12, 0))?;
    life.receives_nothing("of the days nobody looked at")
        .await?;
    life.at(date(2027, 4, 30), (12, 0))?;
    life.stands("ended").await?;
    life.receives_nothing("they wanted the end themselves")
        .await?;
    today = date(2027, 5, 1);
    life.morning_without(today, "no_subscription").await?;

    // They begin another, with another programme: the old one is over meanwhile. So is where they were logged in.
    life.logs_in_again().await?;
    life.pays().await?;
    let token = life.browser.token().await?;
    let training = [
        ("token", token.as_str()),
        ("hour", "7"),
        ("time_zone", ZONE),
        ("language", "en"),
        ("programme", "everyday"),
    ];
    let changed = life.browser.posts("/me/training", &training).await?;
    ensure!(changed.status == 303, "{}", html(&changed));
    life.receives_nothing("they were welcomed once").await?;
    today = next(today)?;
    life.at(today, (7, 0))?;
    life.workout(today).await?;

    // They say stop and have themselves erased: nothing comes any more, and nothing is left but a hash.
    life.writes("STOP").await?;
    life.arrived("a confirmation").await?;
    life.is_erased(&world).await?;
    for _ in 0..3 {
        today = next(today)?;
        life.at(today, (7, 0))?;
        life.receives_nothing(&format!("{today}, erased")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_whole_life_by_sms_from_joining_to_being_erased() -> anyhow::Result<()> {
    a_life(Channel::Sms).await
}

#[tokio::test]
async fn a_whole_life_on_whatsapp_from_joining_to_being_erased() -> anyhow::Result<()> {
    a_life(Channel::Whatsapp).await
}
