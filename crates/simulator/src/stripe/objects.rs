//! Stripe's objects as JSON. From 2025 on the period stands with the items of a subscription, and an invoice names its
//! subscription elsewhere; who asks in an older version gets the older shape. Events have the newer one.

use domain::Timestamp;
use serde_json::{Value, json};

use super::books::{SESSION_SECONDS, Session, Subscription};

/// The first version with the newer shapes.
const NEWER: &str = "2025-03-31";

/// The version events are written in.
pub(super) const EVENT_VERSION: &str = "2025-08-27.basil";

pub(super) fn subscription(one: &Subscription, version: &str) -> Value {
    let mut item =
        json!({"id": one.id.replace("sub_", "si_"), "object": "subscription_item", "quantity": 1});
    let mut value = json!({
        "id": one.id,
        "object": "subscription",
        "customer": one.customer,
        "status": one.status,
        "metadata": one.metadata,
        "cancel_at": one.cancels.then_some(one.end),
        "cancel_at_period_end": one.cancels,
        "canceled_at": one.ended_at,
        "created": one.made_at,
        "ended_at": one.ended_at,
        "livemode": false,
        "start_date": one.made_at,
    });
    let with_period = if version >= NEWER {
        &mut item
    } else {
        &mut value
    };
    if let Some(object) = with_period.as_object_mut() {
        object.insert("current_period_start".into(), json!(one.start));
        object.insert("current_period_end".into(), json!(one.end));
    }
    if let Some(object) = value.as_object_mut() {
        object.insert("items".into(), json!({"object": "list", "data": [item]}));
    }
    value
}

pub(super) fn session(one: &Session, base: &str, now: Timestamp) -> Value {
    let status = one.status(now);
    json!({
        "id": one.id,
        "object": "checkout.session",
        "client_reference_id": one.member,
        "customer": one.customer,
        "customer_email": one.email,
        "expires_at": one.made_at + SESSION_SECONDS,
        "livemode": false,
        "metadata": one.metadata,
        "mode": "subscription",
        "payment_status": if one.subscription.is_some() { "paid" } else { "unpaid" },
        "status": status,
        "subscription": one.subscription,
        "success_url": one.success_url,
        "cancel_url": one.cancel_url,
        "url": (status == "open").then(|| format!("{base}/stripe/pay/{}", one.id)),
    })
}

/// An invoice, which is only told of.
pub(super) fn invoice(id: &str, one: &Subscription, paid: bool) -> Value {
    json!({
        "id": id,
        "object": "invoice",
        "customer": one.customer,
        "status": if paid { "paid" } else { "open" },
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": one.id, "metadata": one.metadata},
        },
    })
}

/// An error, as Stripe words it.
pub(super) fn error(kind: &str, code: Option<&str>, message: &str) -> Value {
    json!({"error": {"type": kind, "code": code, "message": message}})
}
