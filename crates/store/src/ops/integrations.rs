//! Operations of endpoints that events are told to, and of keys of the API.

use domain::{KeyId, Stopped, Timestamp, WebhookId};

use crate::records::{DeliveryRecord, EndpointLine, EndpointRecord, KeyRecord};

/// See [`crate::Op::SaveEndpoint`].
#[derive(Clone, Debug)]
pub struct SaveEndpoint {
    /// As it is to be. Of one that is there, the line stays, but one that goes on again is tried at once.
    pub endpoint: EndpointRecord,
    /// Whether there was none.
    pub is_new: bool,
}

/// See [`crate::Op::RemoveEndpoint`].
#[derive(Clone, Copy, Debug)]
pub struct RemoveEndpoint {
    /// Which.
    pub id: WebhookId,
}

/// See [`crate::Op::MoveEndpoint`].
#[derive(Clone, Copy, Debug)]
pub struct MoveEndpoint {
    /// Which.
    pub id: WebhookId,
    /// The event after which its line goes on.
    pub position: i64,
}

/// See [`crate::Op::RepeatDelivery`].
#[derive(Clone, Debug)]
pub struct RepeatDelivery {
    /// To which endpoint.
    pub endpoint: WebhookId,
    /// Which event.
    pub event: i64,
    /// What it is about.
    pub kind: String,
    /// Now.
    pub at: Timestamp,
}

/// See [`crate::Op::NoteDeliveries`].
#[derive(Clone, Debug)]
pub struct NoteDeliveries {
    /// Of which endpoint.
    pub endpoint: WebhookId,
    /// The line as it is from then on, with the position it had; `None` leaves the line as it is.
    pub line: Option<(i64, EndpointLine)>,
    /// What was tried.
    pub tried: Vec<DeliveryRecord>,
    /// Why nothing is sent there any more.
    pub stopped: Option<Stopped>,
    /// Now.
    pub at: Timestamp,
}

/// See [`crate::Op::SaveKey`].
#[derive(Clone, Debug)]
pub struct SaveKey {
    /// The new key.
    pub key: KeyRecord,
}

/// See [`crate::Op::RevokeKey`].
#[derive(Clone, Copy, Debug)]
pub struct RevokeKey {
    /// Which.
    pub id: KeyId,
    /// Now.
    pub at: Timestamp,
}

/// See [`crate::Op::UseKey`].
#[derive(Clone, Copy, Debug)]
pub struct UseKey {
    /// Which.
    pub id: KeyId,
    /// Now.
    pub at: Timestamp,
}
