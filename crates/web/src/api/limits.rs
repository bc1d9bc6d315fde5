//! `GET /api/v1/limits`: how each of our numbers may send at the moment.

use axum::response::Response;
use engine::limits::{BudgetNow, PaceNow, PeopleNow, SenderLimits, SlowedDown};
use http::StatusCode;
use serde::Serialize;
use store::records::SenderStanding;
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::json::answer;
use crate::problem::Problem;

/// One of our numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SenderAnswer {
    /// Its channel.
    #[schema(example = "whatsapp")]
    channel: &'static str,
    /// The number.
    sender: String,
    /// Our own pace; null where none is set.
    pace: Option<PaceAnswer>,
    /// What the provider told to slow down.
    slowed_down: Vec<SlowedAnswer>,
    /// How many members have to be written to more slowly, or get no marketing for a day.
    people_slowed_down: usize,
    /// People reached outside a session window; null where neither `GYMTEXT_WHATSAPP_PEOPLE` nor the provider sets a limit.
    people_in_24_hours: Option<PeopleAnswer>,
    /// How the number stands at its provider; null where that does not tell, as of SMS.
    standing: Option<StandingAnswer>,
}

/// How a number stands at its provider.
#[derive(Debug, Serialize, ToSchema)]
struct StandingAnswer {
    /// `online`; `offline`, and then its messages wait until it is back; or `other`, which changes nothing.
    #[schema(example = "online")]
    status: &'static str,
    /// `high`, `medium`, `low`, and then it sends at half its pace; or `unknown`.
    #[schema(example = "high")]
    quality: &'static str,
    /// How many people a day it may reach outside a session window, where a limit was told.
    people_per_day: Option<u32>,
    /// Why it is not online, in the provider's words.
    reason: Option<String>,
    /// Since when it is so.
    since: String,
}

impl From<SenderStanding> for StandingAnswer {
    fn from(standing: SenderStanding) -> Self {
        Self {
            status: standing.status.as_str(),
            quality: standing.quality.as_str(),
            people_per_day: standing.people,
            reason: Some(standing.reason).filter(|reason| !reason.is_empty()),
            since: standing.changed_at.to_string(),
        }
    }
}

/// A pace of ours, which all nodes share.
#[derive(Debug, Serialize, ToSchema)]
struct PaceAnswer {
    /// One every so many seconds.
    one_every_seconds: f64,
    /// How many at once after a pause.
    at_once: u32,
    /// How many may go from the node that answers now.
    free_here: u32,
    /// When the next one may go from it; null where one may go now.
    next_at: Option<String>,
}

/// Something that waits because the provider said so.
#[derive(Debug, Serialize, ToSchema)]
struct SlowedAnswer {
    /// `account`, `sender`, or `new_people`: whoever has not written within a day.
    #[schema(example = "sender")]
    limit: &'static str,
    /// Until when.
    until: String,
    /// The provider's number for it.
    #[schema(example = 63018)]
    code: Option<u32>,
    /// How often it was told, one time after another.
    times: u32,
}

/// People counted over a moving day.
#[derive(Debug, Serialize, ToSchema)]
struct PeopleAnswer {
    /// How many may be reached.
    limit: u32,
    /// How many were.
    reached: u32,
    /// How many more may be.
    free: u32,
    /// When the first of them is no longer counted.
    more_at: Option<String>,
}

/// A budget of money, `GYMTEXT_BUDGET`, and what of it is spent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetAnswer {
    /// `day` or `month`, both of UTC.
    #[schema(example = "day")]
    period: &'static str,
    #[schema(example = "USD")]
    currency: String,
    /// What may be spent.
    #[schema(example = "20.0000")]
    limit: String,
    /// What is: charged, or estimated where the price is not told yet. It may be more than the limit: answers go all
    /// the same, and prices are told afterwards.
    #[schema(example = "3.1415")]
    spent: String,
    /// When the next day or month of it begins.
    until: String,
    /// `budget_nearly_spent` from 80 % on, `budget_spent`; else null.
    trouble: Option<&'static str>,
    /// How it stands, as a sentence.
    what: String,
    /// What that does to messages now.
    effect: &'static str,
    /// What to do about it.
    remedy: &'static str,
}

impl From<BudgetNow> for BudgetAnswer {
    fn from(budget: BudgetNow) -> Self {
        Self {
            period: budget.period.as_str(),
            currency: budget.limit.currency().to_string(),
            limit: budget.limit.amount(),
            spent: budget.spent.amount(),
            until: budget.until.to_string(),
            trouble: budget.trouble(),
            what: budget.what(),
            effect: budget.effect(),
            remedy: budget.remedy(),
        }
    }
}

/// How many messages of a kind a member gets within a moving span of time, `GYMTEXT_FREQUENCY_CAPS`.
#[derive(Debug, Serialize, ToSchema)]
struct CapAnswer {
    #[schema(example = "broadcast")]
    kind: &'static str,
    #[schema(example = 4)]
    most: u32,
    #[schema(example = 24)]
    within_hours: u32,
}

/// All of our numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitsAnswer {
    items: Vec<SenderAnswer>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
    /// What messages may cost; empty where there is no budget.
    budget: Vec<BudgetAnswer>,
    /// How often members are written to; empty where nothing is capped.
    frequency_caps: Vec<CapAnswer>,
}

impl From<SenderLimits> for SenderAnswer {
    fn from(limits: SenderLimits) -> Self {
        Self {
            channel: limits.channel.as_str(),
            sender: limits.sender.as_str().to_owned(),
            pace: limits.pace.map(PaceAnswer::from),
            slowed_down: limits
                .slowed_down
                .into_iter()
                .map(SlowedAnswer::from)
                .collect(),
            people_slowed_down: limits.people_slowed_down,
            people_in_24_hours: limits.people.map(PeopleAnswer::from),
            standing: limits.standing.map(StandingAnswer::from),
        }
    }
}

impl From<PaceNow> for PaceAnswer {
    fn from(pace: PaceNow) -> Self {
        Self {
            one_every_seconds: pace.every.as_f64(),
            at_once: pace.burst,
            free_here: pace.free_here,
            next_at: pace.next_at.map(|at| at.to_string()),
        }
    }
}

impl From<SlowedDown> for SlowedAnswer {
    fn from(slowed: SlowedDown) -> Self {
        Self {
            limit: slowed.limit.code(),
            until: slowed.until.to_string(),
            code: slowed.code,
            times: slowed.times,
        }
    }
}

impl From<PeopleNow> for PeopleAnswer {
    fn from(people: PeopleNow) -> Self {
        Self {
            limit: people.max,
            reached: people.reached,
            free: people.max.saturating_sub(people.reached),
            more_at: people.more_at.map(|at| at.to_string()),
        }
    }
}

/// How each of our numbers may send at the moment, and what else limits sending
///
/// Our own pace, what the provider told to slow down, and how many people may still be reached on WhatsApp today; what is
/// left of the budget, and how often members are written to.
#[utoipa::path(
    get, path = "/api/v1/limits", tag = "Service", operation_id = "list_limits",
    responses((status = 200, body = LimitsAnswer), (status = 401, body = Problem)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let items = state.engine().limits().await?;
    let budget = state.engine().budget().await?;
    let caps = state.engine().frequency_caps().into_iter();
    let caps = caps.map(|(kind, most, within_hours)| CapAnswer {
        kind: kind.as_str(),
        most,
        within_hours,
    });
    Ok(answer(
        StatusCode::OK,
        &LimitsAnswer {
            items: items.into_iter().map(SenderAnswer::from).collect(),
            next_cursor: None,
            budget: budget.into_iter().map(BudgetAnswer::from).collect(),
            frequency_caps: caps.collect(),
        },
    ))
}
