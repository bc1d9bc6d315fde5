//! From the engine's errors to problems: the one mapping table. What a caller cannot change is
//! logged here, once.

use engine::EngineError;
use http::StatusCode;
use store::StoreError;

use crate::code::Code;
use crate::problem::Problem;

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => of_store(&error),
            EngineError::Refused(refusal) => {
                let code = Code::of_refusal(refusal.code());
                if let Some(variable) = refusal.variable() {
                    return Self::new(code, refusal.to_string())
                        .about(&format!("variables.{variable}"));
                }
                Self::new(code, refusal.to_string()).about(refusal.field())
            }
            EngineError::UnknownMember => Self::of(Code::UnknownMember),
            EngineError::UnknownMessage => Self::of(Code::UnknownMessage),
            EngineError::NotInDoubt => Self::of(Code::NotInDoubt),
            EngineError::KeptBy(ref keeper) => {
                Self::new(Code::KeptBy, format!("{error} until {}.", keeper.until)).with(
                    "keeper",
                    serde_json::json!({
                        "name": keeper.name, "since": keeper.since.to_string(), "until": keeper.until.to_string(),
                    }),
                )
            }
            EngineError::AnsweredBefore { inbound, ref by } => {
                Self::new(Code::AnsweredBefore, format!("{error}."))
                    .with("message_id", inbound.to_string())
                    .with("answered_by", by.clone())
            }
            EngineError::NotTheirs(_) => Self::field("answers", &error),
            EngineError::UnknownSegment => Self::of(Code::UnknownSegment),
            EngineError::SegmentNameTaken(id) => Self::of(Code::SegmentNameTaken)
                .about("name")
                .with("segment_id", id.to_string()),
            EngineError::UnknownBroadcast => Self::of(Code::UnknownBroadcast),
            EngineError::BroadcastChanged { revision, .. } => {
                Self::new(Code::BroadcastChanged, format!("{error}.")).with("revision", revision)
            }
            EngineError::BroadcastState(refused) => {
                Self::new(Code::BroadcastState, format!("{refused}."))
                    .with("state", refused.state.as_str())
            }
            EngineError::KeyReused => Self::of(Code::IdempotencyKeyReused),
            EngineError::PhoneTaken(id) => Self::of(Code::PhoneTaken)
                .about("phone")
                .with("member_id", id.to_string()),
            EngineError::TimeZone(error) => Self::field("time_zone", error),
            EngineError::UnknownProgramme(_) => Self::field("programme", &error),
            EngineError::UnknownScope { .. } => Self::field("scope", &error),
            EngineError::Held(_) => Self::new(Code::Held, error.to_string()),
            EngineError::Provider(error) => {
                tracing::warn!(%error, "the provider could not do what a request asked for");
                Self::new(Code::ProviderTrouble, error.to_string())
            }
            EngineError::Payment(error) => {
                tracing::warn!(%error, "whoever takes payments could not do what a request asked for");
                Self::new(Code::ProviderTrouble, error.to_string())
            }
            EngineError::NoSubscriptions => Self::of(Code::NoSubscriptions),
            EngineError::Subscribed => Self::of(Code::Subscribed),
            EngineError::NeverSubscribed => Self::of(Code::NeverSubscribed),
            EngineError::Draining => Self::of(Code::Draining).retry_after(2),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        of_store(&error)
    }
}

fn of_store(error: &StoreError) -> Problem {
    match error {
        StoreError::Busy => Problem::of(Code::Unavailable).retry_after(1),
        StoreError::EmailTaken => Problem::of(Code::EmailTaken).about("email"),
        StoreError::Unavailable(_) | StoreError::Fenced | StoreError::Statement(_) => {
            tracing::warn!(%error, "the store could not do what a request asked for");
            Problem::of(Code::Unavailable).retry_after(2)
        }
        StoreError::Corrupt(_) => {
            tracing::error!(%error, "the store holds something it should not");
            Problem::of(Code::Internal)
        }
    }
}

/// The member a body names does not exist: the body is at fault, not the address.
pub(crate) fn in_body(error: EngineError) -> Problem {
    match error {
        EngineError::UnknownMember => Problem::of(Code::UnknownMember)
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)
            .about("member_id"),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_store_says_is_not_shown() {
        let problem = Problem::from(StoreError::Statement("near \"+14155550123\"".into()));
        let json = serde_json::to_string(&problem).unwrap();
        assert!(!json.contains("4155550123"), "{json}");
        assert_eq!(problem.status(), 503);
    }

    #[test]
    fn an_unknown_member_in_a_body_is_a_fault_of_the_body() {
        let problem = in_body(EngineError::UnknownMember);
        assert_eq!(
            (problem.status().as_u16(), problem.code()),
            (422, "unknown_member")
        );
    }
}
