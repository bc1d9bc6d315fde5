//! Stripe's objects as far as we need them, in the shapes of all versions of its API that we know.

use std::collections::BTreeMap;

use domain::{SubscriptionState, Timestamp};
use serde::Deserialize;

use super::MEMBER;

/// What may stand as an id or as the whole object.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Plain(String),
    Whole { id: String },
}

impl Id {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Plain(id) | Self::Whole { id } => id,
        }
    }
}

/// How a subscription stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Who pays.
    pub customer: String,
    /// Whose it is, as its metadata says.
    pub member: Option<String>,
    /// Where it is.
    pub state: SubscriptionState,
    /// The period that runs, or ran last.
    pub period: (Timestamp, Timestamp),
    /// Whether it ends with its period.
    pub cancels: bool,
    /// When it was made.
    pub made_at: Timestamp,
}

#[derive(Deserialize)]
pub(super) struct WireSubscription {
    id: String,
    customer: Id,
    status: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    cancel_at_period_end: bool,
    cancel_at: Option<i64>,
    ended_at: Option<i64>,
    created: i64,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
    items: Option<Items>,
}

#[derive(Deserialize)]
struct Items {
    #[serde(default)]
    data: Vec<Item>,
}

/// Where the period stands since 2025.
#[derive(Deserialize)]
struct Item {
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

impl WireSubscription {
    /// What it means; what is not understood in a few words.
    pub(super) fn read(self) -> Result<Subscription, String> {
        let items = || self.items.iter().flat_map(|items| &items.data);
        let start = self
            .current_period_start
            .or_else(|| items().filter_map(|item| item.current_period_start).max())
            .unwrap_or(self.created);
        let end = self
            .current_period_end
            .or_else(|| items().filter_map(|item| item.current_period_end).min())
            .ok_or("a subscription without a period")?;
        let state = state(&self.status)
            .ok_or_else(|| format!("a subscription is `{}`", short(&self.status)))?;
        let mut cancels = self.cancel_at_period_end;
        let mut end = end;
        if let Some(at) = self.cancel_at.filter(|at| *at <= end) {
            (cancels, end) = (true, at);
        }
        if let (SubscriptionState::Ended, Some(at)) = (state, self.ended_at) {
            end = end.min(at);
        }
        Ok(Subscription {
            id: self.id,
            customer: self.customer.into_text(),
            member: self.metadata.get(MEMBER).cloned(),
            state,
            period: (
                Timestamp::from_seconds(start),
                Timestamp::from_seconds(end.max(start)),
            ),
            cancels,
            made_at: Timestamp::from_seconds(self.created),
        })
    }
}

/// Stripe's word in ours. Who is `unpaid` or `paused` owes a payment, and may still make it.
fn state(word: &str) -> Option<SubscriptionState> {
    Some(match word {
        "incomplete" => SubscriptionState::Incomplete,
        "trialing" => SubscriptionState::Trialing,
        "active" => SubscriptionState::Active,
        "past_due" | "unpaid" | "paused" => SubscriptionState::PastDue,
        "canceled" | "incomplete_expired" => SubscriptionState::Ended,
        _ => return None,
    })
}

fn short(word: &str) -> String {
    word.chars().take(40).collect()
}

/// A page to pay on.
#[derive(Deserialize)]
pub(super) struct WireSession {
    pub(super) url: Option<String>,
    pub(super) status: Option<String>,
    pub(super) expires_at: Option<i64>,
    pub(super) subscription: Option<Id>,
}

/// A page to manage on.
#[derive(Deserialize)]
pub(super) struct WirePortal {
    pub(super) url: String,
}

/// What was wrong.
#[derive(Deserialize)]
pub(super) struct WireProblem {
    pub(super) error: WireError,
}

#[derive(Deserialize)]
pub(super) struct WireError {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Subscription {
        let wire: WireSubscription = serde_json::from_str(json).unwrap();
        wire.read().unwrap()
    }

    #[test]
    fn a_subscription_of_an_older_and_of_a_newer_api_are_the_same() {
        let older = read(
            r#"{"id":"sub_1","object":"subscription","customer":"cus_1","status":"active","created":100,
                "metadata":{"gymtext_member":"mem_1"},"cancel_at_period_end":false,"cancel_at":null,
                "current_period_start":100,"current_period_end":200,"items":{"data":[{"id":"si_1"}]}}"#,
        );
        let newer = read(
            r#"{"id":"sub_1","object":"subscription","customer":{"id":"cus_1","object":"customer"},
                "status":"active","created":100,"metadata":{"gymtext_member":"mem_1"},
                "items":{"data":[{"current_period_start":100,"current_period_end":200}]},"billing_mode":{"type":"x"}}"#,
        );
        assert_eq!(older, newer);
        assert_eq!(newer.member.as_deref(), Some("mem_1"));
    }

    #[test]
    fn what_is_cancelled_ends_when_it_says_so() {
        let with = |more: &str| {
            read(&format!(
                r#"{{"id":"sub_1","customer":"cus_1","created":100,"current_period_start":100,
                    "current_period_end":200,{more}}}"#
            ))
        };
        let at_end = with(r#""status":"active","cancel_at_period_end":true"#);
        assert!(at_end.cancels && at_end.period.1 == Timestamp::from_seconds(200));
        let before = with(r#""status":"active","cancel_at":150"#);
        assert!(before.cancels && before.period.1 == Timestamp::from_seconds(150));
        let later = with(r#""status":"active","cancel_at":900"#);
        assert!(!later.cancels && later.period.1 == Timestamp::from_seconds(200));
        let ended = with(r#""status":"canceled","ended_at":120"#);
        assert_eq!(
            (ended.state, ended.period.1),
            (SubscriptionState::Ended, Timestamp::from_seconds(120))
        );
    }

    #[test]
    fn a_word_that_is_new_is_no_guess() {
        let wire: WireSubscription = serde_json::from_str(
            r#"{"id":"s","customer":"c","status":"hibernating","created":1,"current_period_end":2}"#,
        )
        .unwrap();
        assert_eq!(wire.read().unwrap_err(), "a subscription is `hibernating`");
    }
}
