//! A broadcast as callers read it.

use std::collections::BTreeMap;

use domain::broadcast::{Stages, When};
use domain::{Channel, Seconds};
use engine::broadcasts::{BroadcastCounts, BroadcastRecord};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A broadcast.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BroadcastAnswer {
    #[schema(example = "bct_06eyq3v4k80qg2hjt8s5rbn4z0")]
    id: String,
    #[schema(example = "Holiday hours")]
    name: String,
    /// `draft`, `scheduled`, `running`, `waiting` (for its next stage), `paused`, `finished` or `cancelled`.
    #[schema(example = "running")]
    state: &'static str,
    /// Why it is paused.
    why: Option<String>,
    /// Grows with each edit.
    revision: u32,
    /// What it says, as a text.
    content: String,
    /// Its pictures and documents.
    media_urls: Vec<String>,
    template: Option<String>,
    variables: BTreeMap<String, String>,
    /// The channel it insists on.
    channel: Option<&'static str>,
    /// Who is meant.
    #[schema(value_type = Object, example = json!({"countries": ["US"]}))]
    filter: Value,
    schedule: ScheduleAnswer,
    stages: StagesAnswer,
    /// How many its audience has so far; whole since `audience_at`.
    audience: u64,
    audience_at: Option<String>,
    /// How many of them have a message, or were passed over.
    taken: u64,
    /// Which stage runs, from 1.
    stage: u8,
    /// The queue of its messages, which its pause switches off.
    queue: String,
    starts_at: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
    created_at: String,
    created_by: String,
    changed_at: String,
    changed_by: String,
}

/// When it goes; all of it null is at once.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ScheduleAnswer {
    at: Option<String>,
    local: Option<String>,
    past: Option<&'static str>,
}

/// In which steps it goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StagesAnswer {
    percents: Vec<u8>,
    go_on_after_minutes: Option<f64>,
    bad_percent_max: u8,
}

/// A broadcast, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BroadcastDetailAnswer {
    #[serde(flatten)]
    broadcast: BroadcastAnswer,
    progress: ProgressAnswer,
}

/// What came of a broadcast so far.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressAnswer {
    /// Members by how their message stands, and why.
    by_status: Vec<StatusCount>,
    /// Members who wrote within a day of their message.
    replies: u64,
    /// Members who said stop within a day of it.
    stops: u64,
    /// What it cost: what was charged, or is estimated where nothing was told yet; by currency.
    #[schema(example = json!({"USD": "1.25"}))]
    costs: BTreeMap<String, String>,
}

/// How many stand like this.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusCount {
    /// `to_come`, `passed_over`, `waiting`, `held`, or a delivery status.
    #[schema(example = "delivered")]
    status: String,
    /// Why, as a code.
    reason: Option<String>,
    count: u64,
}

/// Broadcasts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BroadcastsAnswer {
    pub(super) items: Vec<BroadcastAnswer>,
    /// Where the list goes on.
    pub(super) next_cursor: Option<String>,
}

impl From<&BroadcastRecord> for BroadcastAnswer {
    fn from(record: &BroadcastRecord) -> Self {
        let (plan, standing) = (&record.plan, &record.standing);
        let said = |at: Option<domain::Timestamp>| at.map(|at| at.to_string());
        let template = plan.content.template();
        let variables = template.map(|used| {
            used.variables
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_str().to_owned()))
                .collect()
        });
        Self {
            id: record.id.to_string(),
            name: plan.name.clone(),
            state: standing.state.as_str(),
            why: standing.why.clone(),
            revision: record.revision,
            content: plan.content.text().as_str().to_owned(),
            media_urls: plan
                .content
                .media()
                .iter()
                .map(|one| one.url().as_str().to_owned())
                .collect(),
            template: template.map(|used| used.name.to_string()),
            variables: variables.unwrap_or_default(),
            channel: plan.channel.map(Channel::as_str),
            filter: store::audience::shown(&plan.filter),
            schedule: ScheduleAnswer::from(&plan.when),
            stages: StagesAnswer::from(&plan.stages),
            audience: record.audience,
            audience_at: said(record.audience_at),
            taken: record.taken,
            stage: standing.stage.saturating_add(1),
            queue: engine::broadcasts::queue_of(record.id).to_string(),
            starts_at: said(standing.starts_at),
            started_at: said(standing.started_at),
            ended_at: said(standing.ended_at),
            created_at: record.created_at.to_string(),
            created_by: record.created_by.clone(),
            changed_at: record.changed_at.to_string(),
            changed_by: record.changed_by.clone(),
        }
    }
}

impl From<&When> for ScheduleAnswer {
    fn from(when: &When) -> Self {
        match when {
            When::Now => Self::default(),
            When::At(at) => Self {
                at: Some(at.to_string()),
                ..Self::default()
            },
            When::Local { time, past } => Self {
                local: Some(time.to_string()),
                past: Some(past.as_str()),
                ..Self::default()
            },
        }
    }
}

impl From<&Stages> for StagesAnswer {
    fn from(stages: &Stages) -> Self {
        Self {
            percents: stages.percents.clone(),
            go_on_after_minutes: stages
                .go_on_after
                .map(Seconds::as_f64)
                .map(|one| one / 60.0),
            bad_percent_max: stages.bad_percent_max,
        }
    }
}

impl From<BroadcastCounts> for ProgressAnswer {
    fn from(counts: BroadcastCounts) -> Self {
        let rows = counts.by_status.into_iter();
        let costs = counts.costs.iter();
        Self {
            by_status: rows
                .map(|(status, reason, count)| StatusCount {
                    status,
                    reason,
                    count,
                })
                .collect(),
            replies: counts.replies,
            stops: counts.stops,
            costs: costs
                .map(|sum| (sum.currency().to_string(), sum.amount()))
                .collect(),
        }
    }
}

impl BroadcastDetailAnswer {
    pub(super) fn of(record: &BroadcastRecord, counts: BroadcastCounts) -> Self {
        Self {
            broadcast: record.into(),
            progress: counts.into(),
        }
    }
}
