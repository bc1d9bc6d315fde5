//! Events: written, signed, sent, and sent again while nobody takes them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::{Value, json};
use sha2::Sha256;

use super::books::{Event, Subscription, keep};
use super::objects;
use crate::simulator::Simulator;
use crate::webhook::ANSWER_BYTES_MAX;

/// How often an event is sent that nobody takes. The pauses between are real time, and double.
const SENDS_MAX: u32 = 6;

/// Before the second time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl Simulator {
    /// Tells of a subscription.
    pub(super) fn tell_of(self: &Arc<Self>, kind: &'static str, one: &Subscription) {
        let object = objects::subscription(one, objects::EVENT_VERSION);
        self.tell_stripe(kind, &one.id, &object);
    }

    /// Tells of an invoice of one.
    pub(super) fn tell_invoice(self: &Arc<Self>, one: &Subscription, paid: bool) {
        let Some(stripe) = &self.stripe else { return };
        let id = stripe.books().id("in");
        let kind = if paid {
            "invoice.paid"
        } else {
            "invoice.payment_failed"
        };
        self.tell_stripe(kind, &one.id, &objects::invoice(&id, one, paid));
    }

    /// Writes an event and sends it off.
    pub(super) fn tell_stripe(
        self: &Arc<Self>,
        kind: &'static str,
        subscription: &str,
        object: &Value,
    ) {
        let Some(stripe) = &self.stripe else { return };
        let mut books = stripe.books();
        let id = books.id("evt");
        let payload = json!({
            "id": id,
            "object": "event",
            "api_version": objects::EVENT_VERSION,
            "created": self.now().as_seconds(),
            "livemode": false,
            "pending_webhooks": 1,
            "type": kind,
            "data": {"object": object},
        });
        let event = Event {
            kind,
            subscription: subscription.to_owned(),
            payload: payload.to_string(),
            sent: 0,
            answer: None,
        };
        keep(&mut books.events, id.clone(), event);
        let held = books.faults.hold_events;
        drop(books);
        if !held {
            let this = Arc::clone(self);
            self.start(async move { this.deliver(&id).await });
        }
    }

    async fn deliver(&self, id: &str) {
        let mut pause = FIRST_PAUSE;
        for _ in 0..SENDS_MAX {
            match self.send_event(id, 0).await {
                Some(status) if (200..300).contains(&status) => return,
                Some(_) => {}
                None => return,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Sends an event once; the status of the answer, 0 for none. `None` when there is no such event or nowhere to send
    /// it to.
    pub(super) async fn send_event(&self, id: &str, seconds_ago: i64) -> Option<u16> {
        let stripe = self.stripe.as_ref()?;
        let url = stripe.config.webhook_url.clone()?;
        let payload = stripe.books().events.get(id)?.payload.clone();
        let at = self.now().as_seconds() - seconds_ago;
        let signature = signature(stripe.config.webhook_secret.expose(), at, &payload)?;
        let request = Request::post(&url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, "Stripe/1.0")
            .header("stripe-signature", signature)
            .body(Full::new(Bytes::from(payload)))
            .ok()?;
        let client = self.clients.waiting(PATIENCE);
        let answering = async {
            let response = client.request(request).await.ok()?;
            let status = response.status().as_u16();
            // Read to its end, so that the connection can be used again.
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
            body.collect().await.ok()?;
            Some(status)
        };
        let status = tokio::time::timeout(PATIENCE, answering)
            .await
            .ok()
            .flatten()
            .unwrap_or(0);
        if let Some(event) = stripe.books().events.get_mut(id) {
            event.sent += 1;
            event.answer = Some(status);
        }
        Some(status)
    }
}

/// `t=…,v1=…`: HMAC-SHA256 over the time, a dot and the payload.
fn signature(secret: &str, at: i64, payload: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(payload.as_bytes());
    let mut header = format!("t={at},v1=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(header, "{byte:02x}");
    }
    Some(header)
}
