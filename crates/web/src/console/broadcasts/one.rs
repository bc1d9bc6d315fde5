//! One broadcast: what it says, whom it means, what would come of it, and what did.

use std::cmp::Reverse;

use askama::Template;
use axum::response::Response;
use domain::segments::Encoding;
use domain::{BroadcastState, Channel, DeliveryStatus, Role};
use engine::broadcasts::estimate::Estimate;
use engine::broadcasts::{BroadcastCounts, BroadcastRecord, PASSED_OVER, TO_COME, queue_of};
use serde::Deserialize;
use ui::Page;

use super::{HOME, goes, state_word, tone};
use crate::State;
use crate::api::broadcasts::BroadcastInPath;
use crate::console::filters::in_words;
use crate::console::guard::OnDuty;
use crate::console::{html, shown, trouble};
use crate::query::Asked;

/// Above so many what came of it is counted when somebody asks, not with every change: it reads all of them.
const LIVE_MAX: u64 = 10_000;

/// What is to be seen besides.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Which {
    estimate: Option<String>,
    tested: Option<String>,
}

/// One line of a chart with its number.
struct Bar {
    label: String,
    count: u64,
    share: String,
    href: Option<String>,
}

/// What would come of it.
struct Outlook {
    is_sample: bool,
    planned: u64,
    audience: u64,
    goes: u64,
    ways: Vec<Bar>,
    waits: Vec<Bar>,
    none: Vec<Bar>,
    segments: u64,
    costs: String,
    unpriced: u64,
    warnings: Vec<String>,
}

/// What came of it.
struct Outcome {
    funnel: Vec<Bar>,
    reasons: Vec<Bar>,
    stops: u64,
    costs: String,
}

#[derive(Template)]
#[template(path = "console-broadcast.html")]
struct One {
    page: Page,
    token: String,
    id: String,
    revision: u32,
    name: String,
    stands: BroadcastState,
    why: String,
    may: bool,
    text: String,
    media: Vec<String>,
    template: String,
    as_sms: String,
    channel: &'static str,
    meant: String,
    goes: String,
    stages: Vec<(u8, &'static str)>,
    goes_on: String,
    audience: u64,
    taken: u64,
    count: Option<u64>,
    outlook: Option<Outlook>,
    outcome: Option<Outcome>,
    tested: Option<String>,
    /// The test's own id: the same form sent twice is one message.
    once: String,
    queue: String,
    by: String,
    at: String,
    utc: String,
}

impl One {
    fn state(&self) -> &'static str {
        state_word(self.stands)
    }

    fn tone(&self) -> &'static str {
        tone(self.stands)
    }

    fn is_draft(&self) -> bool {
        self.stands == BroadcastState::Draft
    }

    fn can_go_on(&self) -> bool {
        self.may && self.stands == BroadcastState::Waiting
    }

    fn can_resume(&self) -> bool {
        self.may && self.stands == BroadcastState::Paused
    }

    fn can_pause(&self) -> bool {
        let goes = matches!(
            self.stands,
            BroadcastState::Scheduled | BroadcastState::Running | BroadcastState::Waiting
        );
        self.may && goes
    }

    fn can_cancel(&self) -> bool {
        let is_over = matches!(
            self.stands,
            BroadcastState::Finished | BroadcastState::Cancelled
        );
        self.may && !is_over
    }

    /// Whether what came of it is counted anew with every change.
    fn is_live(&self) -> bool {
        self.audience <= LIVE_MAX
    }
}

/// The page.
pub(in crate::console) async fn show(
    state: State,
    on_duty: OnDuty,
    id: BroadcastInPath,
    which: Asked<Which>,
) -> Response {
    match make(&state, &on_duty, id, which.0).await {
        Ok(one) => html(&one),
        Err(error) => trouble(error, HOME),
    }
}

async fn make(
    state: &State,
    on_duty: &OnDuty,
    id: BroadcastInPath,
    which: Which,
) -> Result<One, engine::EngineError> {
    let engine = state.engine();
    let record = engine.broadcast(id.0).await?;
    let is_draft = record.standing.state == BroadcastState::Draft;
    let wants_estimate = is_draft && which.estimate.is_some();
    let outlook = if wants_estimate {
        Some(outlook(engine.estimate_broadcast(id.0).await?))
    } else {
        None
    };
    let count = if is_draft && !wants_estimate {
        Some(engine.audience_count(&record.plan.filter).await?.total)
    } else {
        None
    };
    let began = record.standing.started_at.is_some();
    let outcome = if began {
        let counts = engine.broadcast_progress(id.0, None).await?;
        Some(outcome(&record, &counts))
    } else {
        None
    };
    let content = &record.plan.content;
    let text = content.text().as_str().to_owned();
    Ok(One {
        page: on_duty.page(record.plan.name.clone(), HOME),
        token: on_duty.token(),
        id: record.id.to_string(),
        revision: record.revision,
        name: record.plan.name.clone(),
        stands: record.standing.state,
        why: record.standing.why.clone().unwrap_or_default(),
        may: on_duty.may(Role::Coach),
        as_sms: as_sms(&text),
        text,
        media: content
            .media()
            .iter()
            .map(|one| one.url().as_str().to_owned())
            .collect(),
        template: content
            .template()
            .map_or_else(String::new, |used| used.name.to_string()),
        channel: record
            .plan
            .channel
            .map_or("each member’s own channel", shown::channel),
        meant: in_words(&record.plan.filter),
        goes: goes(&record.plan.when),
        stages: stages(&record),
        goes_on: goes_on(&record),
        audience: record.audience,
        taken: record.taken,
        count,
        outlook,
        outcome,
        tested: which
            .tested
            .filter(|id| id.parse::<domain::MessageId>().is_ok()),
        once: engine.ids().message().to_string(),
        queue: queue_of(record.id).to_string(),
        by: record.created_by.clone(),
        at: shown::machine(record.created_at),
        utc: shown::utc(record.created_at),
    })
}

fn as_sms(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let counted = domain::segments::segments(text, false);
    let encoding = match counted.encoding {
        Encoding::Gsm7 => "GSM-7",
        Encoding::Ucs2 => "UCS-2",
    };
    let plural = if counted.count == 1 { "" } else { "s" };
    format!("{} SMS segment{plural}, {encoding}", counted.count)
}

/// Each stage, and whether it is over, runs or is to come.
fn stages(record: &BroadcastRecord) -> Vec<(u8, &'static str)> {
    let standing = &record.standing;
    let percents = record.plan.stages.percents.iter();
    percents
        .enumerate()
        .map(|(index, percent)| {
            let stage = usize::from(standing.stage);
            let how = if standing.started_at.is_none() || index > stage {
                "later"
            } else if index < stage || standing.stage_at.is_some() || standing.ended_at.is_some() {
                "made"
            } else {
                "now"
            };
            (*percent, how)
        })
        .collect()
}

fn goes_on(record: &BroadcastRecord) -> String {
    let stages = &record.plan.stages;
    if stages.percents.len() < 2 {
        return String::new();
    }
    match stages.go_on_after {
        None => "After each stage it waits for you.".to_owned(),
        Some(after) => format!(
            "After each stage it goes on by itself after {} minutes, unless more than {} % of the stage failed, got none or said stop.",
            (after.as_f64() / 60.0).round(),
            stages.bad_percent_max
        ),
    }
}

fn outlook(estimate: Estimate) -> Outlook {
    let audience = estimate.audience;
    let bar = |label: String, count: u64| Bar {
        label,
        count,
        share: shown::share(count, audience),
        href: None,
    };
    let costs: Vec<String> = estimate.costs.values().map(ToString::to_string).collect();
    let by_reason = |counts: &std::collections::BTreeMap<&'static str, u64>| -> Vec<Bar> {
        let mut bars: Vec<Bar> = counts
            .iter()
            .map(|(why, count)| bar(shown::words(why), *count))
            .collect();
        bars.sort_by_key(|one| Reverse(one.count));
        bars
    };
    Outlook {
        is_sample: estimate.is_sample(),
        planned: estimate.planned,
        audience,
        goes: estimate.sent.values().sum(),
        ways: estimate
            .sent
            .iter()
            .map(|((channel, form), count)| {
                bar(
                    format!("{}, {}", shown::channel(*channel), shown::words(form)),
                    *count,
                )
            })
            .collect(),
        waits: by_reason(&estimate.held),
        none: by_reason(&estimate.suppressed),
        segments: estimate.segments,
        costs: costs.join(", "),
        unpriced: estimate.unpriced,
        warnings: estimate.warnings.into_iter().map(|one| one.what).collect(),
    }
}

fn outcome(record: &BroadcastRecord, counts: &BroadcastCounts) -> Outcome {
    let audience = record.audience;
    let left = DeliveryStatus::ALL
        .iter()
        .copied()
        .filter(|status| {
            matches!(
                status,
                DeliveryStatus::Accepted
                    | DeliveryStatus::Sent
                    | DeliveryStatus::Delivered
                    | DeliveryStatus::Read
                    | DeliveryStatus::Played
            )
        })
        .collect::<Vec<_>>();
    let arrived = [
        DeliveryStatus::Delivered,
        DeliveryStatus::Read,
        DeliveryStatus::Played,
    ];
    let seen = [DeliveryStatus::Read, DeliveryStatus::Played];
    let made = audience.saturating_sub(counts.with_word(TO_COME) + counts.with_word(PASSED_OVER));
    let bar = |label: &str, count: u64| Bar {
        label: label.to_owned(),
        count,
        share: shown::share(count, audience),
        href: None,
    };
    let members = format!("{HOME}/{}/members", record.id);
    let mut reasons: Vec<Bar> = counts
        .by_status
        .iter()
        .map(|(status, why, count)| Bar {
            label: match why {
                Some(why) => format!("{}: {}", shown::words(status), shown::words(why)),
                None => shown::words(status),
            },
            count: *count,
            share: shown::share(*count, audience),
            href: Some(format!("{members}?state={status}")),
        })
        .collect();
    reasons.sort_by_key(|one| Reverse(one.count));
    let costs: Vec<String> = counts.costs.iter().map(ToString::to_string).collect();
    Outcome {
        funnel: vec![
            bar("Meant", audience),
            bar("Made", made),
            bar("Left", counts.of(&left)),
            bar("Arrived", counts.of(&arrived)),
            bar("Read", counts.of(&seen)),
            bar("Wrote back within a day", counts.replies),
        ],
        reasons,
        stops: counts.stops,
        costs: costs.join(", "),
    }
}

/// The channels a message may insist on.
pub(super) const CHANNELS: [Channel; 3] = [Channel::Sms, Channel::Whatsapp, Channel::Email];
