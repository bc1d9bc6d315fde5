//! Questions about endpoints that events are told to, and about keys of the API.

use domain::{DeliveryState, Timestamp, WebhookId};

/// See [`super::Request::Endpoints`].
#[derive(Clone, Copy, Debug)]
pub struct Endpoints;

/// See [`super::Request::Deliveries`].
#[derive(Clone, Copy, Debug)]
pub struct Deliveries {
    /// Of which endpoint.
    pub endpoint: WebhookId,
    /// Only those that stand like this.
    pub state: Option<DeliveryState>,
    /// Of events before this one.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: u32,
}

/// See [`super::Request::DeliveriesDue`].
#[derive(Clone, Copy, Debug)]
pub struct DeliveriesDue {
    /// Of which endpoint.
    pub endpoint: WebhookId,
    /// Now.
    pub at: Timestamp,
    /// At most this many.
    pub limit: u32,
}

/// See [`super::Request::EventBefore`].
#[derive(Clone, Copy, Debug)]
pub struct EventBefore {
    /// This instant.
    pub at: Timestamp,
}

/// See [`super::Request::ApiKeys`].
#[derive(Clone, Copy, Debug)]
pub struct ApiKeys;
