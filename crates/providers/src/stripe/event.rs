//! What Stripe tells: which subscription something happened to. How it stands is not read from an event, which may be
//! old, come out of order, or be written in another version of the API; it is asked for.

use serde::Deserialize;

use super::is_id;
use super::wire::Id;

/// An event, as far as we need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id, the same each time it is sent.
    pub id: String,
    /// What happened, in Stripe's words.
    pub kind: String,
    /// The subscription it is about, if it is about one.
    pub subscription: Option<String>,
}

/// Why an event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not the JSON of an event.
    #[error("it is no event: {0}")]
    Malformed(#[from] serde_json::Error),
    /// An id that is none.
    #[error("its id is none")]
    Id,
}

#[derive(Deserialize)]
struct WireEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: Option<String>,
    #[serde(rename = "object")]
    kind: Option<String>,
    subscription: Option<Id>,
    parent: Option<Parent>,
}

/// Where an invoice names its subscription since 2025.
#[derive(Deserialize)]
struct Parent {
    subscription_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    subscription: Option<Id>,
}

impl Event {
    /// Reads a body whose signature was verified.
    pub fn parse(body: &[u8]) -> Result<Self, EventError> {
        let wire: WireEvent = serde_json::from_slice(body)?;
        if !is_id(&wire.id) {
            return Err(EventError::Id);
        }
        let object = wire.data.object;
        let named = || {
            let parent = object.parent.and_then(|parent| parent.subscription_details);
            let parent = parent.and_then(|details| details.subscription);
            object.subscription.or(parent).map(Id::into_text)
        };
        let subscription = if object.kind.as_deref() == Some("subscription") {
            object.id
        } else {
            named()
        };
        Ok(Self {
            id: wire.id,
            kind: wire.kind.chars().take(100).collect(),
            subscription: subscription.filter(|id| is_id(id)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(kind: &str, object: &str) -> Option<String> {
        let body =
            format!(r#"{{"id":"evt_1","type":"{kind}","more":[1],"data":{{"object":{object}}}}}"#);
        Event::parse(body.as_bytes()).unwrap().subscription
    }

    #[test]
    fn the_subscription_is_found_in_each_version_of_the_api() {
        for (kind, object) in [
            (
                "customer.subscription.updated",
                r#"{"id":"sub_1","object":"subscription","status":"x"}"#,
            ),
            (
                "checkout.session.completed",
                r#"{"id":"cs_1","object":"checkout.session","subscription":"sub_1"}"#,
            ),
            (
                "checkout.session.completed",
                r#"{"id":"cs_1","object":"checkout.session","subscription":{"id":"sub_1","object":"subscription"}}"#,
            ),
            (
                "invoice.payment_failed",
                r#"{"id":"in_1","object":"invoice","subscription":"sub_1"}"#,
            ),
            (
                "invoice.paid",
                r#"{"id":"in_1","object":"invoice","parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_1","metadata":{}}}}"#,
            ),
        ] {
            assert_eq!(
                subscription(kind, object).as_deref(),
                Some("sub_1"),
                "{object}"
            );
        }
    }

    #[test]
    fn what_is_about_no_subscription_names_none() {
        let customer = r#"{"id":"cus_1","object":"customer"}"#;
        assert_eq!(subscription("customer.updated", customer), None);
        let path = r#"{"id":"../x","object":"subscription"}"#;
        assert_eq!(subscription("customer.subscription.created", path), None);
        assert!(Event::parse(b"[]").is_err());
        assert!(Event::parse(br#"{"id":"a b","type":"x","data":{"object":{}}}"#).is_err());
    }
}
