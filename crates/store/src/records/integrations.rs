//! Endpoints that events are told to, what each was told, and keys of the API.

use domain::{DeliveryState, KeyId, Scope, Secret, Stopped, Timestamp, WebhookId};

/// An endpoint that events are told to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRecord {
    /// Its id.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// What it is for, in its owner's words.
    pub description: String,
    /// Which events it wants, as patterns: `message.*`.
    pub events: Vec<String>,
    /// What its deliveries are signed with: `whsec_…`.
    pub secret: Secret,
    /// The secret before, and until when deliveries are signed with it too.
    pub previous: Option<(Secret, Timestamp)>,
    /// Why nothing is sent to it, and since when.
    pub stopped: Option<(Stopped, Timestamp)>,
    /// Since when there is one.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// How far its line is.
    pub line: EndpointLine,
    /// When the first of those that were put aside is tried again.
    pub retry_at: Option<Timestamp>,
}

/// How far the line of an endpoint is: every event up to `position` was delivered, put aside or not wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointLine {
    /// The last event that is behind it.
    pub position: i64,
    /// How often the next one was tried.
    pub tries: u32,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
    /// Since when nothing was taken.
    pub failing_since: Option<Timestamp>,
}

/// What became of one event at one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The event's number.
    pub event: i64,
    /// What it is about.
    pub kind: String,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// The status of the last answer; none came where it is missing.
    pub code: Option<u16>,
    /// Why it was not taken, in words; empty where it was.
    pub why: String,
    /// How long the last try took.
    pub took_ms: u32,
    /// How many bytes the last answer had.
    pub answer_bytes: u32,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
}

/// A key of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// SHA-256 of the key.
    pub digest: [u8; 32],
    /// Since when there is one.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
    /// Until when it may be used.
    pub expires_at: Option<Timestamp>,
}

/// An endpoint as whoever looks at the database from outside sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEndpoint {
    /// Where it is.
    pub url: String,
    /// Why it is told nothing, and since when.
    pub stopped: Option<(Stopped, Timestamp)>,
    /// When the first event happened that it has not passed.
    pub waits_since: Option<Timestamp>,
}
