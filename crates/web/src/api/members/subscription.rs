//! `GET /api/v1/members/{id}/subscription`, `POST …/checkout`: how a member pays.

use axum::response::Response;
use engine::subscriptions::{Standing, Subscriptions};
use http::StatusCode;
use serde::Serialize;
use store::records::SubscriptionRecord;
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::json::answer;
use crate::path::MemberInPath;
use crate::problem::Problem;

/// How a member stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionAnswer {
    /// `none`, `trialing`, `active`, `past_due`, `cancelled` (served until its period ends), `ended`; `not_needed`
    /// where nobody pays.
    #[schema(example = "active")]
    state: &'static str,
    /// Whether workouts and the weekly question are made for them now.
    is_served: bool,
    /// The end of what the state says, or since when it is over; RFC 3339, UTC.
    #[schema(example = "2026-12-28T09:00:00.000000Z")]
    until: Option<String>,
    /// All that is known, by when they were made.
    subscriptions: Vec<KnownSubscription>,
}

/// A subscription, as whoever takes payments told it last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownSubscription {
    #[schema(example = "sub_1PgafmB7WZ01zgkW6dKueIc5")]
    id: String,
    #[schema(example = "cus_QXg1o8vcGmoR32")]
    customer: String,
    /// `incomplete`, `trialing`, `active`, `past_due` or `ended`
    #[schema(example = "active")]
    state: &'static str,
    period_start: String,
    period_end: String,
    /// Whether it ends with its period.
    cancels_at_period_end: bool,
    /// When it was asked for.
    told_at: String,
}

impl From<&SubscriptionRecord> for KnownSubscription {
    fn from(record: &SubscriptionRecord) -> Self {
        Self {
            id: record.id.clone(),
            customer: record.customer.clone(),
            state: record.state.as_str(),
            period_start: record.period_start.to_string(),
            period_end: record.period_end.to_string(),
            cancels_at_period_end: record.cancels,
            told_at: record.told_at.to_string(),
        }
    }
}

impl From<&Subscriptions> for SubscriptionAnswer {
    fn from(known: &Subscriptions) -> Self {
        Self {
            state: known.standing.map_or("not_needed", Standing::as_str),
            is_served: known.is_served,
            until: known
                .standing
                .and_then(Standing::at)
                .map(|at| at.to_string()),
            subscriptions: known.all.iter().map(KnownSubscription::from).collect(),
        }
    }
}

/// Where to pay.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckoutAnswer {
    /// A page of whoever takes payments. It holds for about a day, and until it is paid every call answers with the same one.
    #[schema(example = "https://checkout.stripe.com/c/pay/cs_test_a1b2c3")]
    url: String,
}

/// Read a member's subscription
///
/// Whether they are served follows from the date: a cancelled plan is served until its period ends, an unpaid one for a
/// grace.
#[utoipa::path(
    get, path = "/api/v1/members/{id}/subscription", tag = "Members", operation_id = "read_subscription",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 200, description = "How they stand", body = SubscriptionAnswer),
        (status = 404, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    let known = state.engine().subscriptions(id.0).await?;
    Ok(answer(StatusCode::OK, &SubscriptionAnswer::from(&known)))
}

/// Make a page to pay on
///
/// For a member whom no plan serves. Called again it answers with the same page, so that nobody pays twice.
#[utoipa::path(
    post, path = "/api/v1/members/{id}/checkout", tag = "Members", operation_id = "make_checkout",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 200, description = "The page", body = CheckoutAnswer),
        (status = 404, description = "No such member", body = Problem),
        (status = 409, description = "They have a subscription, or nobody pays here", body = Problem),
        (status = 502, description = "Whoever takes payments gave no answer", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn checkout(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    let engine = state.engine();
    // Whether there is such a member is the first thing to say, whoever pays here.
    engine.subscriptions(id.0).await?;
    let url = engine.checkout(id.0).await?;
    Ok(answer(StatusCode::OK, &CheckoutAnswer { url }))
}
