//! Why a message went as it did, for people: stored codes with their sentences.

use domain::{Channel, Kind, MessageId, PlaceState};
use policy::outbound::{Choice, FormReason, Reason, Rollout};
use serde_json::{Value, json};
use store::questions::MessageById;
use store::records::MessageDetail;

use crate::legs::LegView;
use crate::together::BesideView;
use crate::{Engine, EngineError, costs};

impl Engine {
    /// Everything a person may want to know about how a message was sent; `None` when there is no
    /// such message.
    pub async fn explain(&self, id: MessageId) -> Result<Option<Value>, EngineError> {
        let Some(detail) = self.ask().question(MessageById { id }).await? else {
            return Ok(None);
        };
        let mut value = explanation(&detail);
        if let Some(object) = value.as_object_mut() {
            let legs = self.legs(id).await?;
            let legs: Vec<Value> = legs.iter().map(leg).collect();
            object.insert("chain".into(), json!(legs));
            object.insert("onward".into(), json!(self.onward(id).await?));
            let together = self.together(id).await?;
            let together: Vec<Value> = together.iter().map(BesideView::to_value).collect();
            object.insert("together".into(), json!(together));
            object.insert("behind".into(), self.behind(&detail).await?);
        }
        Ok(Some(value))
    }

    /// What waits, or waited, behind a knock.
    async fn behind(&self, detail: &MessageDetail) -> Result<Value, EngineError> {
        let knocks = detail.record.kind == Some(Kind::Knock);
        let Some(body) = detail.linked.first().filter(|_| knocks) else {
            return Ok(Value::Null);
        };
        let body = self.ask().question(MessageById { id: *body }).await?;
        Ok(body.map_or(Value::Null, |body| {
            let record = &body.record;
            json!({
                "message_id": record.id.to_string(),
                "kind": record.kind.map(Kind::as_str),
                "status": status_word(record.status, record.place),
                "until": record.expires_at.map(|at| at.to_string()),
            })
        }))
    }
}

/// The newest decision of a message, readable, with how far it came.
pub fn explanation(detail: &MessageDetail) -> Value {
    let record = &detail.record;
    let newest_attempt = detail.attempts.last();
    let newest_hold = detail.decisions.last();
    let decision = match (newest_attempt, newest_hold) {
        (Some(attempt), Some(hold)) if hold.at > attempt.begun_at => Some(&hold.decision),
        (Some(attempt), _) => Some(&attempt.decision),
        (None, Some(hold)) => Some(&hold.decision),
        (None, None) => None,
    };
    let mut value = decision.map_or_else(
        || json!({ "decision": "none_yet" }),
        |decision| readable(decision),
    );
    if let Some(object) = value.as_object_mut() {
        object.insert("message_id".into(), json!(record.id.to_string()));
        object.insert("kind".into(), json!(record.kind.map(Kind::as_str)));
        object.insert(
            "status".into(),
            json!(status_word(record.status, record.place)),
        );
        object.insert("attempts".into(), json!(record.attempts));
        object.insert("error_code".into(), json!(record.error_code));
        object.insert("possible_repeat".into(), json!(record.possible_repeat));
        object.insert("cost".into(), costs::of(detail));
    }
    value
}

/// The one word for how a message is. While its place is live that is the state of the place, also
/// when an earlier attempt was accepted and then failed; else it is the delivery status.
pub fn status_word(status: domain::DeliveryStatus, place: Option<PlaceState>) -> &'static str {
    use domain::DeliveryStatus::{Accepted, Pending, Sent, Unconfirmed};
    match (status, place) {
        (Pending | Unconfirmed | Accepted | Sent, Some(PlaceState::Held)) => "held",
        (Pending | Unconfirmed | Accepted | Sent, Some(PlaceState::Begun)) => "sending",
        (Pending | Unconfirmed | Accepted | Sent, Some(PlaceState::Waiting)) | (Pending, _) => {
            "queued"
        }
        (status, _) => status.as_str(),
    }
}

/// A stored decision with sentences beside its codes.
pub fn readable(decision: &str) -> Value {
    let Ok(mut value) = serde_json::from_str::<Value>(decision) else {
        return json!({ "decision": "unreadable" });
    };
    // Stops of before were written down as `why`.
    let reasons: Vec<Value> = value
        .get("reason")
        .or_else(|| value.get("why"))
        .and_then(Value::as_str)
        .map(reason)
        .into_iter()
        .collect();
    let mut chosen = Vec::new();
    let mut chosen_price = None;
    if let Some(considered) = value.get_mut("considered").and_then(Value::as_array_mut) {
        for entry in considered {
            let Some(object) = entry.as_object_mut() else {
                continue;
            };
            let because = object.get("because").and_then(Value::as_str).map(choice);
            let why = object.get("reason").and_then(Value::as_str).map(reason);
            let verdict = object
                .get("verdict")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let sentence = match (&because, &why) {
                (_, Some(why)) => why.get("sentence").cloned(),
                (Some(because), None) => because.get("sentence").cloned(),
                (None, None) => None,
            };
            let rollout = object.get("rollout").and_then(Value::as_str).map(rollout);
            if let (true, Some(because)) = (verdict == "chosen", because) {
                chosen.push(because);
                chosen.extend(rollout);
            }
            object.insert("sentence".into(), sentence.unwrap_or(Value::Null));
            let price = object.get("price").and_then(Value::as_str);
            if let Some(price) = price.map(costs::readable) {
                if verdict == "chosen" {
                    chosen_price = Some(price.clone());
                }
                object.insert("price".into(), price);
            }
        }
    }
    if let Some(object) = value.as_object_mut() {
        let mut reasons = if reasons.is_empty() { chosen } else { reasons };
        reasons.extend(form(object));
        object.insert("reasons".into(), Value::Array(reasons));
        if let Some(price) = chosen_price {
            object.insert("price".into(), price);
        }
        object.remove("reason");
    }
    value
}

/// Why a WhatsApp message went as free text or as a template; an SMS has one form only.
fn form(decision: &serde_json::Map<String, Value>) -> Option<Value> {
    let is = |name, word| decision.get(name).and_then(Value::as_str) == Some(word);
    if !is("decision", "send") || !is("channel", Channel::Whatsapp.as_str()) {
        return None;
    }
    let why = if is("form", "template") {
        FormReason::ApprovedTemplate
    } else {
        FormReason::WindowOpen
    };
    Some(json!({ "code": why.code(), "sentence": why.to_string() }))
}

/// One message of a fallback chain.
fn leg(view: &LegView) -> Value {
    json!({
        "message_id": view.id.to_string(),
        "channel": view.channel.map(Channel::as_str),
        "status": view.status.as_str(),
        "sentence": view.because.as_ref().map(ToString::to_string),
    })
}

fn reason(code: &str) -> Value {
    json!({ "code": code, "sentence": Reason::from_code(code).map(|reason| reason.to_string()) })
}

fn rollout(code: &str) -> Value {
    json!({ "code": code, "sentence": Rollout::from_code(code).map(|why| why.to_string()) })
}

fn choice(code: &str) -> Value {
    json!({ "code": code, "sentence": Choice::from_code(code).map(|choice| choice.to_string()) })
}

/// What a reason's code means, as a sentence without its full stop; `None` for a code that is none of the planner's.
pub fn sentence_of(code: &str) -> Option<String> {
    Reason::from_code(code).map(|reason| reason.to_string())
}
