//! Whether somebody is a member cannot be told from how long an answer takes (G34). That the same work is done for both is
//! counted, by what the store is asked and told; what is measured is a bound for gross differences, not a proof.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Channel, Seconds};
use stories::world::{Joining, World};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

use crate::ANA;
use stories::browser::{OPEN, html, with};

/// How many of each.
const EACH: usize = 50;

/// The most that the middle answers may differ, as a part of them: most of an answer is the slow hash, which takes some six
/// milliseconds, and forty times that in a build for tests.
const APART: u32 = 10;

const SETTINGS: [(&str, &str); 4] = [
    OPEN,
    ("GYMTEXT_CLIENT_ADDRESS_HEADER", "x-forwarded-for"),
    ("GYMTEXT_CODES_PER_COUNTRY", "1000"),
    ("GYMTEXT_CODES_PER_DAY", "1000"),
];

/// What is done in the same thread meanwhile, for messages that are on their way and by the clock.
const BESIDES: &[&str] = &[
    "StatsNow",
    "FactsOf",
    "Begin",
    "Settle",
    "Receipt",
    "Elapse",
    "Hold",
    "Beat",
    "Tidy",
    "EndCodes",
    "LimitsSince",
    "LastInbound",
    "ListsRead",
    "NoteListsRead",
    "DueMembers",
    "TimeZones",
    "WatchDelivery",
    "DueWatches",
    "EventsAfter",
    "Endpoints",
    "RolloutNow",
    "EventsPruned",
    "PruneEvents",
    "CopiesToDelete",
    "RecordCopies",
    "PricesToAsk",
    "RecordPrices",
    "AnswerDue",
    "Unanswered",
    "EndHandOvers",
    "Switches",
    "Templates",
    "RecordTemplates",
    "SenderStandings",
    "RecordSenders",
    "BillingToDo",
    "Places",
    "ReachPeople",
    "SlowDown",
    "Programmes",
    "RhythmsOf",
    "NoteOccurrences",
    "CheckedTo",
    "RecursFrom",
    "NoteChecked",
    "MadeAt",
    "Broadcasts",
];

/// Counts what the store is asked and told, by name.
#[derive(Clone, Default)]
struct Count(Arc<Mutex<BTreeMap<String, u32>>>);

impl Count {
    fn taken(&self) -> BTreeMap<String, u32> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The name in an event of the store's.
#[derive(Default)]
struct Name(Option<String>);

impl Visit for Name {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "name" {
            self.0 = Some(value.to_owned());
        }
    }
    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}

impl Subscriber for Count {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("store::")
    }
    fn new_span(&self, _span: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}
    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut name = Name::default();
        event.record(&mut name);
        if let Some(name) = name.0.filter(|name| !BESIDES.contains(&name.as_str())) {
            let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *counted.entry(name).or_default() += 1;
        }
    }
    fn enter(&self, _span: &span::Id) {}
    fn exit(&self, _span: &span::Id) {}
}

fn middle(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// Answers to members and to strangers by turns, so that what slows the machine down slows both.
async fn compared(path: &str, form: &[(&str, &str)]) -> anyhow::Result<()> {
    let counted = Count::default();
    let _here = tracing::subscriber::set_default(counted.clone());
    let world = World::with(&SETTINGS).await?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut work = BTreeMap::new();
    for number in 0..EACH {
        world
            .joins(Joining::called("Maria").opted_in(Channel::Sms))
            .await?;
        let theirs = format!("+1415555{:04}", 1000 + number);
        let nobodys = format!("+1415556{:04}", 1000 + number);
        let mut answers = Vec::new();
        for (phone, times) in [(theirs, &mut known), (nobodys, &mut unknown)] {
            let form = with(form, "phone", &phone);
            let form = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish();
            let from = format!("198.51.{number}.1");
            let headers = [
                ("content-type", "application/x-www-form-urlencoded"),
                ("origin", world.api.base()),
                ("x-forwarded-for", from.as_str()),
            ];
            // A number of ours sends one message a second.
            world.passes(Seconds::new(2));
            world.is_quiet().await?;
            counted.taken();
            let started = stories::stopwatch();
            let answer = world.api.send("POST", path, &headers, form).await?;
            times.push(started.elapsed());
            work = counted.taken();
            let national = phone.trim_start_matches("+1");
            let page = html(&answer).replace(&phone, "…").replace(national, "…");
            answers.push((answer.status, page, work.clone()));
        }
        let [one, other] = answers.as_slice() else {
            anyhow::bail!("two answers");
        };
        assert_eq!((one.0, &one.2), (other.0, &other.2));
        assert_eq!(one.1, other.1);
    }
    assert_eq!(work.get("OpenCode"), Some(&1), "{work:?}");
    let (known, unknown) = (middle(known), middle(unknown));
    stories::tell(&format!(
        "{path}: {EACH} each, {work:?} for each; the middle: known {known:?}, unknown {unknown:?}"
    ));
    assert!(
        known.abs_diff(unknown) < known / APART,
        "known {known:?}, unknown {unknown:?}"
    );
    Ok(())
}

#[tokio::test]
async fn logging_in_takes_a_member_as_long_as_a_stranger() -> anyhow::Result<()> {
    compared("/me/login", &[("country", "US")]).await
}

#[tokio::test]
async fn joining_takes_a_member_as_long_as_a_stranger() -> anyhow::Result<()> {
    compared("/join", &ANA).await
}
