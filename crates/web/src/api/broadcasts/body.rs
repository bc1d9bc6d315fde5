//! A broadcast as callers write it.

use std::collections::BTreeMap;

use domain::broadcast::{Past, STAGES_MAX, Stages, When};
use domain::{Seconds, Timestamp};
use engine::broadcasts::BroadcastPlan;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::messages::blocks::Block;
use crate::api::messages::draft::content;
use crate::api::segments::{filter_of, name_of};
use crate::json::json_body;
use crate::problem::{Faults, Problem};

/// The longest time between two stages, in minutes: a week.
const GO_ON_MINUTES_MAX: u32 = 7 * 24 * 60;

/// When a broadcast goes: at once where nothing is said.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"local": "2026-12-24T09:00", "past": "skip"}))]
pub(crate) struct ScheduleBody {
    /// At this instant (RFC 3339), the same for everybody.
    at: Option<String>,
    /// At this date and time of each member's own day, without a zone.
    local: Option<String>,
    /// What becomes of members for whom it is over by more than an hour when their message is made: `send` (at once) or
    /// `skip`. With `local`; `skip` if missing.
    past: Option<String>,
}

/// In which steps a broadcast goes: everybody at once where nothing is said.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"percents": [1, 10, 25, 50, 100], "go_on_after_minutes": 60, "bad_percent_max": 5}))]
pub(crate) struct StagesBody {
    /// How much of the audience each step reaches, in per cent: 1 to 10 of them, growing, the last one 100. Each is a
    /// random sample.
    percents: Option<Vec<u8>>,
    /// How long after a step the next one begins by itself; if missing, a person says so.
    go_on_after_minutes: Option<u32>,
    /// The share of a step that may fail, be suppressed or say stop before the broadcast pauses itself instead of going
    /// on by itself; 5 if missing.
    bad_percent_max: Option<u8>,
}

/// A broadcast to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Holiday hours", "content": "The gym is closed on Friday.", "filter": {"countries": ["US"]},
    "schedule": {"local": "2026-12-24T09:00", "past": "skip"}, "stages": {"percents": [10, 100]}
}))]
pub(crate) struct PostBroadcast {
    /// What it is called, 1 to 100 characters.
    name: String,
    /// The text, at most 1,600 characters.
    content: Option<String>,
    /// The same in pieces, instead of `content`.
    blocks: Option<Vec<Block>>,
    /// Pictures and documents: absolute http or https addresses, at most 10.
    media_urls: Option<Vec<String>>,
    /// A template by its name. WhatsApp needs one while a session window is closed.
    template: Option<String>,
    /// Values of the template's variables, the same for everybody.
    variables: Option<BTreeMap<String, String>>,
    /// The channel to insist on; if missing, each member's own.
    channel: Option<String>,
    /// Who is meant, as in segments; `{}` means everybody.
    #[schema(value_type = Object, example = json!({"countries": ["US"]}))]
    filter: Value,
    /// When it goes.
    #[serde(default)]
    schedule: ScheduleBody,
    /// In which steps.
    #[serde(default)]
    stages: StagesBody,
}
json_body!(PostBroadcast);

/// A draft in place of the one there is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "revision": 1, "broadcast": {"name": "Holiday hours", "content": "Closed on Friday.", "filter": {}}
}))]
pub(crate) struct PatchBroadcast {
    /// The revision it was made from: a 409 when somebody edited it since.
    pub(super) revision: u32,
    /// All of it, as it is to be.
    pub(super) broadcast: PostBroadcast,
}
json_body!(PatchBroadcast);

/// What is to be started.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"revision": 1}))]
pub(crate) struct StartBroadcast {
    /// The revision that was looked at: a 409 when somebody edited it since.
    pub(super) revision: u32,
}
json_body!(StartBroadcast);

/// Why it is to stop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The offer is wrong"}))]
pub(crate) struct PauseBroadcast {
    /// For whoever asks why nothing goes.
    pub(super) reason: String,
}
json_body!(PauseBroadcast);

/// On whom it is tried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"member_id": "mem_01kat4zk0q7h3sx0d7n2v9m4pc"}))]
pub(crate) struct TestBroadcast {
    /// Whom the test is sent to.
    pub(super) member_id: String,
}
json_body!(TestBroadcast);

impl PostBroadcast {
    /// Checks every field, and names all that cannot be accepted.
    pub(crate) fn into_plan(self) -> Result<BroadcastPlan, Problem> {
        let mut faults = Faults::default();
        let name = name_of(&mut faults, &self.name);
        let filter = filter_of(&mut faults, &self.filter);
        let channel = faults.parse("channel", self.channel.as_deref());
        let when = self.schedule.read(&mut faults);
        let stages = self.stages.read(&mut faults);
        let content = content(
            &mut faults,
            self.content,
            self.blocks,
            self.media_urls,
            self.template,
            self.variables,
        );
        faults.into_result()?;
        let content = content
            .ok_or_else(|| Problem::field("content", "a broadcast needs something to say"))?;
        Ok(BroadcastPlan {
            name,
            content,
            channel,
            filter,
            when,
            stages,
        })
    }
}

impl ScheduleBody {
    fn read(&self, faults: &mut Faults) -> When {
        let past = match self.past.as_deref() {
            None => Some(Past::Skip),
            text => faults.parse("schedule.past", text),
        };
        match (&self.at, &self.local) {
            (None, None) => When::Now,
            (Some(text), None) => {
                let at = text.parse::<jiff::Timestamp>();
                let at = faults.keep(
                    "schedule.at",
                    at.map_err(
                        |_| "an instant is written as in RFC 3339, such as `2026-11-22T07:00:00Z`",
                    ),
                );
                at.map_or(When::Now, |at| When::At(Timestamp::from_jiff(at)))
            }
            (None, Some(text)) => {
                let time = text.parse::<jiff::civil::DateTime>();
                let time = faults.keep(
                    "schedule.local",
                    time.map_err(|_| "a local time is written as `2026-12-24T09:00`"),
                );
                match (time, past) {
                    (Some(time), Some(past)) => When::Local { time, past },
                    _ => When::Now,
                }
            }
            (Some(_), Some(_)) => {
                faults.add("schedule", "send either `at` or `local`, not both");
                When::Now
            }
        }
    }
}

impl StagesBody {
    fn read(&self, faults: &mut Faults) -> Stages {
        let usual = Stages::default();
        let stages = Stages {
            percents: self.percents.clone().unwrap_or(usual.percents),
            go_on_after: self
                .go_on_after_minutes
                .map(|minutes| Seconds::new(minutes.min(GO_ON_MINUTES_MAX) * 60)),
            bad_percent_max: self.bad_percent_max.unwrap_or(usual.bad_percent_max),
        };
        if !stages.are_sound() {
            faults.add(
                "stages.percents",
                format!("1 to {STAGES_MAX} numbers that grow, from 1 on, the last one 100"),
            );
        }
        if self
            .go_on_after_minutes
            .is_some_and(|minutes| !(1..=GO_ON_MINUTES_MAX).contains(&minutes))
        {
            faults.add(
                "stages.go_on_after_minutes",
                format!("1 to {GO_ON_MINUTES_MAX} minutes"),
            );
        }
        if stages.bad_percent_max > 100 {
            faults.add("stages.bad_percent_max", "0 to 100 per cent");
        }
        stages
    }
}
