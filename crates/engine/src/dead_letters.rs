//! What waits, and what ended badly: together by why, with what it means, and worked through a page at a time
//! (docs/decisions/0034).

mod meaning;

use domain::{Seconds, Timestamp};
use policy::outbound::Chain;
pub use store::ops::DeadWork;
use store::ops::WorkDeadLetters;
use store::questions::{AsAccepted, DeadCounts, DeadLetters, WaitingNow};
pub use store::records::{DeadCount, DeadGroup, DeadLetter, Waiting, WaitingGroup};
use store::{LaneKey, Seq};

pub use meaning::{Meaning, capital, meaning};

use crate::audit::Note;
use crate::explain::readable;
use crate::{Engine, EngineError, journal};

/// How many places and messages are looked at to tell what there is.
pub const LOOKED_AT: u32 = 5_000;

/// How many of a group the planner is asked about beforehand.
const ASKED_ABOUT: u32 = 20;

/// How many messages one transaction works through, and how many transactions one press starts.
const PAGE: u32 = 100;
const PAGES: u32 = 10;

/// The messages somebody means: a group as they saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Which.
    pub group: DeadGroup,
    /// Ended from this instant on.
    pub since: Timestamp,
    /// Ended until this instant, when they looked: what ends later is not meant.
    pub until: Timestamp,
}

/// How far one press came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// With how many it was done.
    pub done: u32,
    /// Before which message it goes on; `None` when it is over.
    pub before: Option<Seq>,
}

/// What the planner would do with some of a group now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// `send`, `hold` or `suppress`.
    pub decision: String,
    /// Why, as a sentence; empty where it would be sent.
    pub why: String,
    /// How many.
    pub count: u32,
}

impl Engine {
    /// What waits, and for what.
    pub async fn waiting_now(&self) -> Result<Waiting, EngineError> {
        let asked = WaitingNow {
            at: self.now(),
            limit: LOOKED_AT,
        };
        Ok(self.ask().question(asked).await?)
    }

    /// What ended badly since an instant and nobody has seen to.
    pub async fn dead_counts(&self, since: Timestamp) -> Result<Vec<DeadCount>, EngineError> {
        let asked = DeadCounts {
            since,
            limit: LOOKED_AT,
        };
        Ok(self.ask().question(asked).await?)
    }

    /// Messages of a group, the newest first.
    pub async fn dead_letters(
        &self,
        lot: &Lot,
        before: Option<Seq>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, EngineError> {
        let asked = DeadLetters {
            group: lot.group.clone(),
            since: lot.since,
            until: lot.until,
            before,
            look_at: LOOKED_AT,
            limit,
        };
        Ok(self.ask().question(asked).await?)
    }

    /// What the planner would do now with the newest of a group: how many it was asked about, and its answers, the most
    /// frequent first.
    pub async fn outlook(&self, lot: &Lot) -> Result<(u32, Vec<Outlook>), EngineError> {
        let now = self.now();
        let newest = self.dead_letters(lot, None, ASKED_ABOUT).await?;
        let standing = self.standing();
        let mut outlooks: Vec<Outlook> = Vec::new();
        let mut asked = 0;
        for letter in &newest {
            let record = &letter.message;
            let Some(message) = self.ask().question(AsAccepted { id: record.id }).await? else {
                continue;
            };
            let (member, kind) = (message.member, message.kind);
            let mut facts = match self.facts_for(member, message).await {
                Ok(facts) => facts,
                Err(EngineError::UnknownMember) => continue,
                Err(error) => return Err(error),
            };
            facts.seq = record.seq;
            facts.lane = LaneKey::of(member, &facts.message.queue);
            facts.created_at = record.created_at;
            let used = self.used([(member, kind)].into_iter(), now).await?;
            let around = self.surroundings(&standing, &used, now);
            let judged = self.judge(&facts, &around, Chain::default(), now);
            let told = readable(&journal::write(&judged));
            let word = |name: &str| told.get(name).and_then(serde_json::Value::as_str);
            let decision = word("decision").unwrap_or_default().to_owned();
            let sentence = told.pointer("/reasons/0/sentence");
            let why = match decision.as_str() {
                "send" => String::new(),
                _ => sentence
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            };
            asked += 1;
            match outlooks
                .iter_mut()
                .find(|one| one.decision == decision && one.why == why)
            {
                Some(one) => one.count += 1,
                None => outlooks.push(Outlook {
                    decision,
                    why,
                    count: 1,
                }),
            }
        }
        outlooks.sort_by_key(|one| std::cmp::Reverse(one.count));
        Ok((asked, outlooks))
    }

    /// Works through a lot: a page in each transaction, so many pages at a press. Whatever was tried again meanwhile, by
    /// whomever, is not touched.
    pub async fn work_dead_letters(
        &self,
        lot: &Lot,
        what: DeadWork,
        mut before: Option<Seq>,
    ) -> Result<Pressed, EngineError> {
        self.refuse_while_draining()?;
        let mut done = 0;
        for _ in 0..PAGES {
            let letters = self.dead_letters(lot, before, PAGE).await?;
            let Some(last) = letters.last() else {
                return Ok(Pressed { done, before: None });
            };
            before = Some(last.message.seq);
            let is_last = letters.len() < PAGE as usize;
            let messages: Vec<_> = letters.iter().map(|one| one.message.id).collect();
            let count = messages.len();
            let work = WorkDeadLetters {
                messages,
                until: lot.until,
                what,
                at: self.now(),
            };
            let action = match what {
                DeadWork::Retry => "dead_letters.retry",
                DeadWork::Leave => "dead_letters.leave",
            };
            let note = || Note::of(action, subject(&lot.group)).after(format!("at most {count}"));
            done += self.submit(work, note).await?;
            if is_last {
                return Ok(Pressed { done, before: None });
            }
        }
        Ok(Pressed { done, before })
    }
}

/// The instant this many days ago.
pub fn days_before(now: Timestamp, days: u32) -> Timestamp {
    now - Seconds::new(days.saturating_mul(86_400))
}

/// A group in a line, as the log keeps it.
fn subject(group: &DeadGroup) -> String {
    let code = group
        .error_code
        .map_or_else(String::new, |code| format!(" {code}"));
    let reason = group
        .reason
        .as_deref()
        .map_or_else(String::new, |reason| format!(" {reason}"));
    format!("{}{reason}{code}", group.status)
}
