//! `POST /api/v1/members/batch`

use axum::response::Response;
use engine::EngineError;
use engine::members::many::Newcomer;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::ops::Joined;
use utoipa::ToSchema;

use super::create::{CreateMember, read};
use crate::State;
use crate::idempotency::{Posted, mark};
use crate::json::{JsonBody, answer, parse};
use crate::problem::Problem;

/// The most members of one call.
pub(crate) const BATCH_MAX: usize = 1_000;

/// Members as written, each read by itself so that one bad one fails nobody else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    items: Vec<Box<RawValue>>,
    #[serde(default)]
    dry_run: bool,
}

impl JsonBody for Batch {
    const BYTES_MAX: usize = 16 * 1024 * 1024;

    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        let batch: Self = parse(bytes)?;
        if !(1..=BATCH_MAX).contains(&batch.items.len()) {
            return Err(Problem::field(
                "items",
                format!("a batch has 1 to {BATCH_MAX} members"),
            ));
        }
        Ok(batch)
    }
}

/// Members to be.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body")]
#[schema(example = json!({"items": [
    {"name": "Maria Souza", "phone": "+1 415 555 0123", "time_zone": "America/Los_Angeles",
     "consents": [{"channel": "sms", "state": "opted_in", "source": "old_crm", "evidence": "form:4711",
                   "wording": "Yes, text me my workouts. Reply STOP to stop."}]},
    {"name": "Ben Okafor", "phone": "415 555 0124", "country": "US"}
]}))]
pub(crate) struct MemberBatch {
    /// 1 to 1,000.
    #[schema(min_items = 1, max_items = 1_000)]
    items: Vec<CreateMember>,
    /// Only say what would happen.
    dry_run: Option<bool>,
}

/// One result for each, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberBatchAnswer {
    /// How many were made, or would be.
    created: usize,
    /// How many were members already, and stay as they are.
    existing: usize,
    /// How many cannot be made as they are.
    refused: usize,
    /// How many of those that were made, or would be, are asked by a message to confirm that they agreed, as the settings
    /// want it for their country; who stopped is not asked.
    to_confirm: usize,
    /// Whether nothing was changed.
    dry_run: bool,
    results: Vec<MemberResult>,
}

/// What came of one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberResult {
    /// `created`; `existing`, where the phone number is a member's already, or of one before it in the list, and nothing
    /// was changed; or `refused`.
    #[schema(example = "created")]
    outcome: &'static str,
    /// Whose the phone number is: of the new member, or of the one who had it. Left out where nobody has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "mem_01kat4zk0q7h3sx0d7n2v9m4pc")]
    id: Option<String>,
    /// The number as it was understood; only in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Box<Problem>>,
}

impl MemberResult {
    fn new(outcome: &'static str, id: Option<String>) -> Self {
        Self {
            outcome,
            id,
            phone: None,
            error: None,
        }
    }

    fn refused(problem: Problem) -> Self {
        Self {
            error: Some(Box::new(problem)),
            ..Self::new("refused", None)
        }
    }

    fn of(joined: Joined) -> Self {
        match joined {
            Joined::Made(id) => Self::new("created", Some(id.to_string())),
            Joined::Known(id) => Self::new("existing", Some(id.to_string())),
        }
    }
}

/// Make many members
///
/// Up to 1,000. Each is made whole or not at all; those that are made are durable when this answers. A phone number that is a
/// member's already is answered with that member's id, and nothing of theirs changes: the same list twice makes nobody
/// twice. Nobody is welcomed by it.
#[utoipa::path(
    post, path = "/api/v1/members/batch", tag = "Members", operation_id = "create_members",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    request_body = MemberBatch,
    responses(
        (status = 200, description = "One result each; nobody was made", body = MemberBatchAnswer),
        (status = 201, description = "One result each; somebody was made", body = MemberBatchAnswer),
        (status = 413, description = "More than 16 MiB", body = Problem),
        (status = 422, description = "Not a list, or too long", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn batch(state: State, posted: Posted<Batch>) -> Result<Response, Problem> {
    let actor = posted.caller.actor();
    let dry_run = posted.body.dry_run;
    let mut slots = Vec::with_capacity(posted.body.items.len());
    let mut newcomers: Vec<Newcomer> = Vec::with_capacity(posted.body.items.len());
    for raw in posted.body.items {
        let each = parse::<CreateMember>(raw.get().as_bytes())
            .and_then(|body| read(&state, &actor, body))
            .map(|newcomer| newcomers.push(newcomer));
        slots.push(each);
    }
    let asked: Vec<bool> = newcomers
        .iter()
        .map(|newcomer| state.engine().would_be_asked(newcomer))
        .collect();
    let (judged, replayed) = if dry_run {
        (looked_at(&state, &newcomers).await?, false)
    } else {
        let joining = state.engine().create_members(newcomers, posted.key).await?;
        let results = joining.results.into_iter();
        let judged = results.map(|result| result.map(MemberResult::of)).collect();
        (judged, joining.replayed)
    };
    let mut body = MemberBatchAnswer {
        created: 0,
        existing: 0,
        refused: 0,
        to_confirm: 0,
        dry_run,
        results: Vec::with_capacity(slots.len()),
    };
    let mut judged = judged.into_iter().zip(asked);
    for slot in slots {
        let result = match slot {
            Err(problem) => MemberResult::refused(problem),
            Ok(()) => match judged.next() {
                Some((Ok(result), asked)) => {
                    body.to_confirm += usize::from(asked && result.outcome == "created");
                    result
                }
                Some((Err(error), _)) => MemberResult::refused(error.into()),
                None => MemberResult::refused(Problem::of(crate::code::Code::Internal)),
            },
        };
        match result.outcome {
            "created" => body.created += 1,
            "existing" => body.existing += 1,
            _ => body.refused += 1,
        }
        body.results.push(result);
    }
    let status = if body.created > 0 && !dry_run {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(mark(answer(status, &body), replayed))
}

/// What would come of each.
async fn looked_at(
    state: &State,
    newcomers: &[Newcomer],
) -> Result<Vec<Result<MemberResult, EngineError>>, Problem> {
    let verdicts = state.engine().would_create_members(newcomers).await?;
    let mut seen = std::collections::HashSet::new();
    let verdicts = newcomers.iter().zip(verdicts);
    Ok(verdicts
        .map(|((member, _), verdict)| {
            let owner = verdict?;
            let is_known = owner.is_some() || !seen.insert(member.phone.clone());
            let outcome = if is_known { "existing" } else { "created" };
            Ok(MemberResult {
                phone: Some(member.phone.as_e164().to_owned()),
                ..MemberResult::new(outcome, owner.map(|id| id.to_string()))
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_at_least_one_member_and_at_most_a_thousand() {
        assert_eq!(
            Batch::from_json(br#"{"items":[{"a":1},2]}"#)
                .unwrap()
                .items
                .len(),
            2
        );
        let many = format!(r#"{{"items":[{}0]}}"#, "0,".repeat(BATCH_MAX));
        for body in [
            r#"{"items":[]}"#,
            r#"{"items":[{}],"x":1}"#,
            "{}",
            "[]",
            &many,
        ] {
            assert_eq!(
                Batch::from_json(body.as_bytes()).unwrap_err().code(),
                "invalid_request"
            );
        }
    }
}
