//! Endpoints of others that events are told to: making them, looking at them, telling them again. How they are told stands
//! in `line` (docs/decisions/0033).

mod letter;
mod line;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{DeliveryState, Seconds, Stopped, Timestamp, WebhookId};
use policy::webhooks::{PATTERNS_MAX, ROTATION, is_pattern, wants};
use providers::standard_webhooks::{AddressError, Endpoint, secret};
use store::ops::{MoveEndpoint, RemoveEndpoint, RepeatDelivery, SaveEndpoint};
use store::questions::{Deliveries, Endpoints, EventBefore, EventsAfter, EventsWaiting};
pub use store::records::{DeliveryRecord, EndpointRecord};
use store::records::{EndpointLine, EventRecord};

use crate::audit::Note;
use crate::{Engine, EngineError};

pub use line::Tried;

/// The most endpoints there may be: each has a task and a connection of its own.
pub const ENDPOINTS_MAX: usize = 32;

/// The longest address, in characters.
const URL_CHARS_MAX: usize = 2_048;

/// How far events are counted that wait.
pub const COUNTED_MAX: u32 = 1_000;

/// Why something about an endpoint was not done.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The service cannot do it now.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no such one.
    #[error("there is no such endpoint")]
    Unknown,
    /// There are too many.
    #[error("there are {ENDPOINTS_MAX} endpoints already; remove one")]
    TooMany,
    /// Another one has this address.
    #[error("{0} has this address already")]
    AddressTaken(WebhookId),
    /// Not an address an endpoint may have.
    #[error(transparent)]
    Url(#[from] AddressError),
    /// A longer one than we keep.
    #[error("an address has at most {URL_CHARS_MAX} characters")]
    UrlTooLong,
    /// Not what events are called.
    #[error(
        "`{0}` is no pattern: write the name of an event such as message.status, its beginning such as message.*, or *"
    )]
    Pattern(String),
    /// None, or too many.
    #[error("an endpoint wants 1 to {PATTERNS_MAX} kinds of events")]
    Patterns,
    /// An event that there is not, or that the endpoint is still to be told.
    #[error("there is no such event, or the endpoint is told it in its turn anyway")]
    NotBehind,
    /// It happened before what is kept of the outbox.
    #[error("events up to {0} are no longer kept: what came after can be told again")]
    NotKept(Timestamp),
}

impl From<store::StoreError> for WebhookError {
    fn from(error: store::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// What somebody may say of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointWishes {
    /// Where it is.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Which events it wants.
    pub events: Option<Vec<String>>,
    /// Whether it is told any.
    pub enabled: Option<bool>,
}

/// What an endpoint was not told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// How many events wait in its line, as far as they were counted.
    pub waiting: u32,
    /// Whether there are more.
    pub more: bool,
    /// When the first of them happened.
    pub since: Option<Timestamp>,
}

/// Endpoints that are being told something, and their connections.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    busy: Mutex<BTreeSet<WebhookId>>,
    open: Mutex<BTreeMap<WebhookId, (String, Endpoint)>>,
    /// How often one was changed by this process.
    changes: AtomicU64,
    counts: Counts,
}

/// What came of requests to endpoints since this process began.
#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
}

/// How endpoints of others stand together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WebhooksNow {
    /// Requests of this process since it began, by what came of them: `taken`, `refused`, `unanswered`.
    pub deliveries: [(&'static str, u64); 3],
    /// Endpoints that took nothing when they were last asked.
    pub failing: u64,
    /// Endpoints that are told nothing until somebody enables them.
    pub stopped: u64,
    /// How long the oldest event has waited for an endpoint that is told something.
    pub oldest_waiting: Option<Seconds>,
}

impl Engine {
    /// The endpoints, in the order they were made.
    pub async fn endpoints(&self) -> Result<Vec<EndpointRecord>, EngineError> {
        Ok(self.ask().question(Endpoints).await?)
    }

    /// One of them.
    pub async fn endpoint(&self, id: WebhookId) -> Result<EndpointRecord, WebhookError> {
        let all = self.endpoints().await?;
        let found = all.into_iter().find(|one| one.id == id);
        found.ok_or(WebhookError::Unknown)
    }

    /// Makes one; it is told what happens from now on.
    pub async fn make_endpoint(
        &self,
        wishes: EndpointWishes,
    ) -> Result<EndpointRecord, WebhookError> {
        let others = self.endpoints().await?;
        if others.len() >= ENDPOINTS_MAX {
            return Err(WebhookError::TooMany);
        }
        let newest = EventsAfter {
            after: None,
            limit: 1,
        };
        let newest = self.ask().question(newest).await?;
        let plain = EndpointRecord {
            id: self.inner.ids.webhook(),
            url: String::new(),
            description: String::new(),
            events: vec!["*".to_owned()],
            secret: secret(self.random()?),
            previous: None,
            stopped: None,
            made_at: self.now(),
            made_by: self.by(),
            line: EndpointLine {
                position: newest.last().map_or(0, |event| event.id),
                ..EndpointLine::default()
            },
            retry_at: None,
        };
        let url = Some(wishes.url.clone().unwrap_or_default());
        let endpoint = self.wished(plain, EndpointWishes { url, ..wishes }, &others)?;
        let note = || Note::of("webhook.make", endpoint.id.to_string()).after(said(&endpoint));
        self.save_endpoint(endpoint.clone(), true, note).await
    }

    /// Changes one. One that was stopped and is enabled again is tried at once, and goes on where it was.
    pub async fn change_endpoint(
        &self,
        id: WebhookId,
        wishes: EndpointWishes,
    ) -> Result<EndpointRecord, WebhookError> {
        let all = self.endpoints().await?;
        let known = all.iter().find(|one| one.id == id).cloned();
        let known = known.ok_or(WebhookError::Unknown)?;
        let before = said(&known);
        let endpoint = self.wished(known, wishes, &all)?;
        let after = said(&endpoint);
        let note = || {
            Note::of("webhook.change", id.to_string())
                .before(before)
                .after(after)
        };
        self.save_endpoint(endpoint, false, note).await
    }

    fn wished(
        &self,
        known: EndpointRecord,
        wishes: EndpointWishes,
        all: &[EndpointRecord],
    ) -> Result<EndpointRecord, WebhookError> {
        if let Some(url) = &wishes.url {
            let is_taken = |one: &&EndpointRecord| one.id != known.id && one.url == *url;
            if let Some(other) = all.iter().find(is_taken) {
                return Err(WebhookError::AddressTaken(other.id));
            }
            if url.chars().count() > URL_CHARS_MAX {
                return Err(WebhookError::UrlTooLong);
            }
            Endpoint::at(url, self.inner.settings.webhook_reach)?;
        }
        if let Some(events) = &wishes.events {
            if !(1..=PATTERNS_MAX).contains(&events.len()) {
                return Err(WebhookError::Patterns);
            }
            if let Some(bad) = events.iter().find(|pattern| !is_pattern(pattern)) {
                return Err(WebhookError::Pattern(bad.clone()));
            }
        }
        let stopped = match wishes.enabled {
            None => known.stopped,
            Some(true) => None,
            Some(false) => Some(known.stopped.unwrap_or((Stopped::Paused, self.now()))),
        };
        Ok(EndpointRecord {
            url: wishes.url.unwrap_or(known.url),
            description: wishes.description.unwrap_or(known.description),
            events: wishes.events.unwrap_or(known.events),
            stopped,
            ..known
        })
    }

    /// Gives one a new secret; deliveries are signed with the one before, too, for a day.
    pub async fn rotate_endpoint(&self, id: WebhookId) -> Result<EndpointRecord, WebhookError> {
        let known = self.endpoint(id).await?;
        let rotated = EndpointRecord {
            secret: secret(self.random()?),
            previous: Some((known.secret.clone(), self.now() + ROTATION)),
            ..known
        };
        let note = || Note::of("webhook.rotate", id.to_string());
        self.save_endpoint(rotated, false, note).await
    }

    async fn save_endpoint(
        &self,
        endpoint: EndpointRecord,
        is_new: bool,
        note: impl FnOnce() -> Note,
    ) -> Result<EndpointRecord, WebhookError> {
        let save = SaveEndpoint {
            endpoint: endpoint.clone(),
            is_new,
        };
        if self.submit(save, note).await? {
            self.inner.targets.has_changed();
            Ok(endpoint)
        } else {
            Err(WebhookError::Unknown)
        }
    }

    /// Takes one out, with what is kept of its deliveries.
    pub async fn remove_endpoint(&self, id: WebhookId) -> Result<(), WebhookError> {
        let known = self.endpoint(id).await?;
        let note = || Note::of("webhook.remove", id.to_string()).before(said(&known));
        if self.submit(RemoveEndpoint { id }, note).await? {
            self.inner.targets.has_changed();
            self.inner.targets.close(id);
            Ok(())
        } else {
            Err(WebhookError::Unknown)
        }
    }

    /// Tells one an event again that it was told, or given up on.
    pub async fn repeat_delivery(&self, id: WebhookId, event: i64) -> Result<(), WebhookError> {
        self.endpoint(id).await?;
        if let Some(pruned) = self.events_pruned().await?.filter(|to| event <= to.event) {
            return Err(WebhookError::NotKept(pruned.at));
        }
        let found = self.event(event).await?.ok_or(WebhookError::NotBehind)?;
        let repeat = RepeatDelivery {
            endpoint: id,
            event,
            kind: found.kind,
            at: self.now(),
        };
        let note = || Note::of("webhook.replay", id.to_string()).after(format!("event {event}"));
        if self.submit(repeat, note).await? {
            Ok(())
        } else {
            Err(WebhookError::NotBehind)
        }
    }

    /// Tells one everything again that happened from an instant on, in its order.
    pub async fn repeat_since(
        &self,
        id: WebhookId,
        since: Timestamp,
    ) -> Result<EndpointRecord, WebhookError> {
        let known = self.endpoint(id).await?;
        if let Some(pruned) = self.events_pruned().await?.filter(|to| since <= to.at) {
            return Err(WebhookError::NotKept(pruned.at));
        }
        let before = self.ask().question(EventBefore { at: since }).await?;
        // Never forwards: what it was not told yet, it is told.
        let position = before.unwrap_or(0).min(known.line.position);
        let note = || Note::of("webhook.replay", id.to_string()).after(format!("since {since}"));
        if self.submit(MoveEndpoint { id, position }, note).await? {
            self.endpoint(id).await
        } else {
            Err(WebhookError::Unknown)
        }
    }

    /// What one was told, the newest event first.
    pub async fn deliveries(
        &self,
        id: WebhookId,
        state: Option<DeliveryState>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, WebhookError> {
        self.endpoint(id).await?;
        let asked = Deliveries {
            endpoint: id,
            state,
            before,
            limit,
        };
        Ok(self.ask().question(asked).await?)
    }

    /// How far behind one is, by all that happened: what may not be told yet waits, too.
    pub async fn endpoint_behind(&self, endpoint: &EndpointRecord) -> Result<Behind, EngineError> {
        let page = EventsWaiting {
            after: endpoint.line.position,
            limit: COUNTED_MAX,
        };
        let page = self.ask().question(page).await?;
        let mut wanted = page
            .iter()
            .filter(|event| wants(&endpoint.events, &event.kind));
        let first = wanted.next();
        let others = u32::try_from(wanted.count()).unwrap_or(u32::MAX);
        Ok(Behind {
            waiting: others.saturating_add(u32::from(first.is_some())),
            more: u32::try_from(page.len()).is_ok_and(|count| count >= COUNTED_MAX),
            since: first.map(|event| event.at),
        })
    }

    /// How they stand together.
    pub async fn webhooks_now(&self) -> Result<WebhooksNow, EngineError> {
        let endpoints = self.endpoints().await?;
        let mut now = WebhooksNow {
            deliveries: self.inner.targets.counts.told(),
            ..WebhooksNow::default()
        };
        let told = endpoints.iter().filter(|one| one.stopped.is_none());
        now.stopped = u64::try_from(endpoints.len() - told.clone().count()).unwrap_or(u64::MAX);
        for one in told {
            now.failing += u64::from(one.line.failing_since.is_some());
            let next = EventsWaiting {
                after: one.line.position,
                limit: 1,
            };
            let next = self.ask().question(next).await?;
            let waited = next.first().map(|event| self.now().since(event.at));
            now.oldest_waiting = now.oldest_waiting.max(waited);
        }
        Ok(now)
    }

    async fn event(&self, id: i64) -> Result<Option<EventRecord>, EngineError> {
        let asked = EventsAfter {
            after: Some(id.saturating_sub(1)),
            limit: 1,
        };
        let found = self.ask().question(asked).await?;
        Ok(found.into_iter().find(|event| event.id == id))
    }
}

/// An endpoint as the log names it: what stands behind the `?` of an address may be a secret.
fn said(endpoint: &EndpointRecord) -> String {
    let address = endpoint.url.split(['?', '#']).next().unwrap_or_default();
    let stopped = endpoint.stopped.map_or("", |(why, _)| why.as_str());
    format!("{address} {} {stopped}", endpoint.events.join(" "))
        .trim_end()
        .to_owned()
}

impl Targets {
    /// An endpoint with its connection, which stays open between two deliveries.
    fn of(
        &self,
        endpoint: &EndpointRecord,
        reach: providers::http::Reach,
    ) -> Result<Endpoint, AddressError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((url, target)) = open.get(&endpoint.id)
            && *url == endpoint.url
        {
            return Ok(target.clone());
        }
        let target = Endpoint::at(&endpoint.url, reach)?;
        open.insert(endpoint.id, (endpoint.url.clone(), target.clone()));
        Ok(target)
    }

    fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Whoever is telling one something looks before the next event.
    fn has_changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    fn close(&self, id: WebhookId) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&id);
    }

    /// Those that are being told something.
    fn busy(&self) -> BTreeSet<WebhookId> {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.clone()
    }

    /// One is being told something until the answer is dropped; `None` where it is already.
    fn begin(self: &Arc<Self>, id: WebhookId) -> Option<Busy> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(id).then(|| Busy {
            targets: Arc::clone(self),
            id,
        })
    }
}

/// An endpoint that is being told something.
struct Busy {
    targets: Arc<Targets>,
    id: WebhookId,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut busy = self
            .targets
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        busy.remove(&self.id);
    }
}

impl Counts {
    /// Counts a request by the status it was answered with, if it was.
    fn count(&self, is_taken: bool, is_answered: bool) {
        let one = match (is_taken, is_answered) {
            (true, _) => &self.taken,
            (false, true) => &self.refused,
            (false, false) => &self.unanswered,
        };
        one.fetch_add(1, Ordering::Relaxed);
    }

    fn told(&self) -> [(&'static str, u64); 3] {
        [
            ("taken", &self.taken),
            ("refused", &self.refused),
            ("unanswered", &self.unanswered),
        ]
        .map(|(outcome, count)| (outcome, count.load(Ordering::Relaxed)))
    }
}
