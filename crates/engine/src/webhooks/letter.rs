//! What an endpoint is told: the event as `GET /api/v1/events` shows it, in the frame that Standard Webhooks recommends.
//! Ids only: whoever wants words or numbers asks for them with a key.

use domain::Timestamp;
use serde::Serialize;
use store::records::EventRecord;

#[derive(Serialize)]
struct Frame<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    data: T,
}

#[derive(Serialize)]
struct Event<'a> {
    id: i64,
    at: String,
    #[serde(rename = "type")]
    kind: &'a str,
    member_id: Option<String>,
    message_id: Option<String>,
    detail: &'a str,
}

#[derive(Serialize)]
struct Test {
    about: &'static str,
}

/// What a test event is called.
pub(super) const TEST: &str = "webhook.test";

/// The id of an event's deliveries: the same at each try and for each endpoint.
pub(super) fn id(event: i64) -> String {
    format!("evt_{event}")
}

/// An event.
pub(super) fn body(event: &EventRecord) -> Vec<u8> {
    let at = event.at.to_string();
    framed(
        &event.kind,
        at.clone(),
        Event {
            id: event.id,
            at,
            kind: &event.kind,
            member_id: event.member.map(|id| id.to_string()),
            message_id: event.message.map(|id| id.to_string()),
            detail: &event.detail,
        },
    )
}

/// A test.
pub(super) fn test(now: Timestamp) -> Vec<u8> {
    let about = "somebody wants to know whether this endpoint takes events";
    framed(TEST, now.to_string(), Test { about })
}

fn framed(kind: &str, timestamp: String, data: impl Serialize) -> Vec<u8> {
    let frame = Frame {
        kind,
        timestamp,
        data,
    };
    // Only texts and numbers: nothing that could fail.
    serde_json::to_vec(&frame).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::MemberId;

    #[test]
    fn an_event_is_framed_as_the_specification_recommends() {
        let event = EventRecord {
            id: 7,
            at: Timestamp::from_seconds(1_795_003_200),
            kind: "message.status".into(),
            member: Some(MemberId::from_bytes([7; 16])),
            message: None,
            detail: "delivered".into(),
        };
        let said: serde_json::Value = serde_json::from_slice(&body(&event)).unwrap();
        assert_eq!(said["type"], "message.status");
        assert_eq!(said["timestamp"], "2026-11-18T12:00:00.000000Z");
        assert_eq!(said["data"]["id"], 7);
        assert_eq!(said["data"]["detail"], "delivered");
        assert_eq!(said["data"]["message_id"], serde_json::Value::Null);
        assert!(
            said["data"]["member_id"]
                .as_str()
                .unwrap()
                .starts_with("mem_")
        );
        assert_eq!(id(7), "evt_7");
    }
}
