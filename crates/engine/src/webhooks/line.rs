//! Telling events to endpoints, in their order, each at least once. The outbox is the queue: an endpoint has a position in
//! it, and the first event behind that which it wants is told until it is taken. Whoever has the first shard tells; each
//! endpoint has a task of its own, so that a slow one keeps nobody waiting.
//!
//! An event that is not taken while the one behind it is has something wrong with itself: it is put aside and tried again
//! alone, and the line goes on. While nothing is taken, everything keeps its place.

use std::time::Duration;

use domain::failpoint::{self, Point};
use domain::{DeliveryState, Stopped, Timestamp, WebhookId};
use policy::webhooks::{GIVES_WAY_AFTER, STOPS_AFTER, Verdict, is_given_up, judge, wait, wants};
use providers::standard_webhooks::{Endpoint, Letter, Told};
use store::ops::NoteDeliveries;
use store::questions::{DeliveriesDue, Endpoints, EventsAfter};
use store::records::{DeliveryRecord, EndpointLine, EndpointRecord, EventRecord};
use tokio::time::Instant;

use super::{WebhookError, letter};
use crate::{Engine, EngineError};

/// How often it is looked whether there is something to tell.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often endpoints are read when nothing happens.
const READ_EVERY: Duration = Duration::from_secs(1);

/// How many events are read at once.
const PAGE: u32 = 100;

/// How many deliveries are kept in one transaction: who dies before it tells as many again.
const NOTED_AT_ONCE: usize = 50;

/// How long a delivery waits for others to be kept with it.
const NOTED_WITHIN: Duration = Duration::from_millis(100);

/// How many of those that were put aside are tried before the line goes on.
const ASIDE_MAX: u32 = 4;

/// How long an endpoint is gone by before it is read again, while there is something to tell it: another node may have
/// changed it.
const READ_AGAIN: Duration = Duration::from_millis(100);

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What the endpoint answered.
    pub told: Told,
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub took_ms: u32,
}

impl Tried {
    /// Why it was not taken, in words; empty where it was.
    pub fn why(&self) -> String {
        match (judge(self.told.status), self.told.status) {
            (Verdict::Taken, _) => String::new(),
            (_, Some(status @ 300..400)) => {
                format!("it answered {status}; redirects are not followed")
            }
            (_, Some(status)) => format!("it answered {status}"),
            (_, None) => self.told.why.to_string(),
        }
    }

    fn record(&self, event: &EventRecord, attempts: u32, state: DeliveryState) -> DeliveryRecord {
        DeliveryRecord {
            event: event.id,
            kind: event.kind.clone(),
            state,
            attempts,
            code: self.told.status,
            why: self.why(),
            took_ms: self.took_ms,
            answer_bytes: self.told.answer_bytes,
            tried_at: Some(self.at),
            next_at: None,
        }
    }
}

/// When endpoints were read, and how many changes of them were made here by then.
#[derive(Clone, Copy)]
struct Read {
    at: Instant,
    changes: u64,
}

/// Whom to tell, as it was read.
struct Addressee {
    endpoint: EndpointRecord,
    /// None where its address is not allowed any more.
    target: Option<Endpoint>,
    read: Read,
}

impl Addressee {
    fn wants(&self, event: &EventRecord) -> bool {
        wants(&self.endpoint.events, &event.kind)
    }

    /// Whether it is read again as it is, but for how far it is.
    fn is_still(&self, now: &EndpointRecord) -> bool {
        let known = &self.endpoint;
        *known
            == EndpointRecord {
                line: known.line,
                retry_at: known.retry_at,
                ..now.clone()
            }
    }
}

/// Deliveries that were taken and are not kept yet: kept together, so that an endpoint waits for its own answers and not for
/// our disk.
struct Unkept {
    endpoint: WebhookId,
    /// How far the line is in the store.
    from: EndpointLine,
    taken: Vec<DeliveryRecord>,
    due: Instant,
}

impl Unkept {
    fn of(endpoint: WebhookId, from: EndpointLine) -> Self {
        Self {
            endpoint,
            from,
            taken: Vec::new(),
            due: Instant::now(),
        }
    }

    fn add(&mut self, taken: DeliveryRecord) {
        if self.taken.is_empty() {
            self.due = Instant::now() + NOTED_WITHIN;
        }
        self.taken.push(taken);
    }

    fn is_due(&self) -> bool {
        self.taken.len() >= NOTED_AT_ONCE || (!self.taken.is_empty() && self.due <= Instant::now())
    }
}

impl Engine {
    pub(crate) async fn webhooks_loop(&self) {
        let mut changes = self.outbox_changes();
        let mut known: Vec<EndpointRecord> = Vec::new();
        let mut read: Option<Read> = None;
        while self.round_of_the_first(LOOK_EVERY).await {
            let now = self.now();
            let is_old = read.is_none_or(|read| read.at.elapsed() >= READ_EVERY);
            let is_due = known.iter().any(|one| is_due(one, now));
            let has_changed = changes.has_changed().unwrap_or(false) && !known.is_empty();
            if !(is_old || is_due || has_changed) {
                continue;
            }
            changes.borrow_and_update();
            // Asked before the endpoints are: one that ends meanwhile was read with its old position.
            let busy = self.inner.targets.busy();
            let now = self.reads();
            match self.ask().question(Endpoints).await {
                Ok(endpoints) => known = endpoints,
                Err(error) => {
                    tracing::debug!(%error, "the endpoints could not be read; trying again");
                    continue;
                }
            }
            read = Some(now);
            for endpoint in known.iter().filter(|one| !busy.contains(&one.id)) {
                self.begin_telling(endpoint, now);
            }
        }
    }

    /// Endpoints are about to be read.
    fn reads(&self) -> Read {
        Read {
            at: Instant::now(),
            changes: self.inner.targets.changes(),
        }
    }

    fn begin_telling(&self, endpoint: &EndpointRecord, read: Read) {
        if endpoint.stopped.is_some() {
            return;
        }
        let Some(busy) = self.inner.targets.begin(endpoint.id) else {
            return;
        };
        let (engine, endpoint) = (self.clone(), endpoint.clone());
        self.inner.tasks.spawn(async move {
            let id = endpoint.id;
            if let Err(error) = Box::pin(engine.tell_endpoint(endpoint, read)).await {
                tracing::warn!(webhook.id = %id, %error, "an endpoint could not be told; trying again");
            }
            drop(busy);
        });
    }

    async fn tell_endpoint(&self, endpoint: EndpointRecord, read: Read) -> Result<(), EngineError> {
        let reach = self.inner.settings.webhook_reach;
        let mut to = Addressee {
            target: self.inner.targets.of(&endpoint, reach).ok(),
            endpoint,
            read,
        };
        let now = self.now();
        if to.endpoint.retry_at.is_some_and(|at| at <= now) && !self.tell_aside(&mut to).await? {
            return Ok(());
        }
        let mut line = to.endpoint.line;
        while line.next_at.is_none_or(|at| at <= self.now()) && self.may_still_tell(&mut to).await?
        {
            let page = EventsAfter {
                after: Some(line.position),
                limit: PAGE,
            };
            let page = self.ask().question(page).await?;
            match self.tell_page(&mut to, line, &page).await? {
                Some(further) => line = further,
                None => break,
            }
        }
        Ok(())
    }

    /// Whether this process is still to tell an endpoint as it was read. Once somebody stopped it, moved it, gave it
    /// another secret or other wishes, the rest is told by a task that goes by what it is then.
    async fn may_still_tell(&self, to: &mut Addressee) -> Result<bool, EngineError> {
        let read = self.reads();
        if to.read.at.elapsed() >= READ_AGAIN || to.read.changes != read.changes {
            let all = self.ask().question(Endpoints).await?;
            if !all.iter().any(|now| to.is_still(now)) {
                return Ok(false);
            }
            to.read = read;
        }
        Ok(self.acts_for_all())
    }

    /// Tells what is wanted of a page: the line as it is then, or `None` where it is over for now.
    async fn tell_page(
        &self,
        to: &mut Addressee,
        mut line: EndpointLine,
        page: &[EventRecord],
    ) -> Result<Option<EndpointLine>, EngineError> {
        let Some(last) = page.last() else {
            return Ok(None);
        };
        let mut unkept = Unkept::of(to.endpoint.id, line);
        let mut rest = page.iter();
        while let Some(event) = rest.next() {
            if !to.wants(event) {
                continue;
            }
            let may = self.may_still_tell(to).await;
            if !matches!(may, Ok(true)) {
                // What was taken is kept, also where nobody can tell whether it goes on.
                self.keep_taken(&mut unkept, line).await?;
                return may.map(|_| None);
            }
            let telling = std::pin::pin!(self.tell_event(to, event));
            let Some(tried) = self.keeping(telling, &mut unkept, line).await? else {
                return Ok(None);
            };
            let attempts = line.tries.saturating_add(1);
            if judge(tried.told.status) == Verdict::Taken {
                unkept.add(tried.record(event, attempts, DeliveryState::Delivered));
                line = EndpointLine {
                    position: event.id,
                    ..EndpointLine::default()
                };
                if unkept.is_due() && !self.keep_taken(&mut unkept, line).await? {
                    return Ok(None);
                }
                continue;
            }
            if !self.keep_taken(&mut unkept, line).await? {
                return Ok(None);
            }
            let behind = rest.as_slice().iter().find(|event| to.wants(event));
            return self.not_taken(to, line, (event, tried), behind).await;
        }
        let passed = EndpointLine {
            position: last.id,
            ..line
        };
        Ok(self
            .keep_taken(&mut unkept, passed)
            .await?
            .then_some(passed))
    }

    /// Waits for an answer; what is due meanwhile is kept. `None` when the service stops, or the line was moved.
    async fn keeping(
        &self,
        mut telling: std::pin::Pin<&mut impl Future<Output = Option<Tried>>>,
        unkept: &mut Unkept,
        line: EndpointLine,
    ) -> Result<Option<Tried>, EngineError> {
        let tried = tokio::select! {
            biased;
            tried = &mut telling => Some(tried),
            () = tokio::time::sleep_until(unkept.due), if !unkept.taken.is_empty() => None,
        };
        let tried = match tried {
            Some(tried) => tried,
            None if self.keep_taken(unkept, line).await? => telling.await,
            None => None,
        };
        if tried.is_none() {
            self.keep_taken(unkept, line).await?;
        }
        Ok(tried)
    }

    /// Keeps what was taken and how far the line is; `false` where it was moved meanwhile.
    async fn keep_taken(
        &self,
        unkept: &mut Unkept,
        line: EndpointLine,
    ) -> Result<bool, EngineError> {
        let taken = std::mem::take(&mut unkept.taken);
        if taken.is_empty() && unkept.from == line {
            return Ok(true);
        }
        let from = std::mem::replace(&mut unkept.from, line);
        self.note(unkept.endpoint, from, line, taken, None).await
    }

    /// The first of a line was not taken: it is tried again later, or gives way, or the endpoint is stopped.
    async fn not_taken(
        &self,
        to: &Addressee,
        line: EndpointLine,
        (event, tried): (&EventRecord, Tried),
        behind: Option<&EventRecord>,
    ) -> Result<Option<EndpointLine>, EngineError> {
        let tries = line.tries.saturating_add(1);
        let since = line.failing_since.unwrap_or(tried.at);
        let next_at = tried.at
            + wait(
                tries,
                tried.told.status,
                tried.told.retry_after,
                self.inner.jitter(),
            );
        let is_gone = judge(tried.told.status) == Verdict::Gone;
        if tries >= GIVES_WAY_AFTER
            && !is_gone
            && let Some(behind) = behind
        {
            let Some(other) = self.tell_event(to, behind).await else {
                return Ok(None);
            };
            if judge(other.told.status) == Verdict::Taken {
                let aside = DeliveryRecord {
                    next_at: Some(next_at),
                    ..tried.record(event, tries, DeliveryState::Retrying)
                };
                let taken = other.record(behind, 1, DeliveryState::Delivered);
                let passed = EndpointLine {
                    position: behind.id,
                    ..EndpointLine::default()
                };
                let noted = self.note(to.endpoint.id, line, passed, vec![aside, taken], None);
                return Ok(noted.await?.then_some(passed));
            }
        }
        let stopped = match (is_gone, tried.at.since(since) >= STOPS_AFTER) {
            (true, _) => Some(Stopped::Gone),
            (false, true) => Some(Stopped::Failing),
            (false, false) => None,
        };
        let failing = EndpointLine {
            position: line.position,
            tries,
            next_at: stopped.is_none().then_some(next_at),
            failing_since: Some(since),
        };
        let record = DeliveryRecord {
            next_at: failing.next_at,
            ..tried.record(event, tries, DeliveryState::Waiting)
        };
        if let Some(why) = stopped {
            tracing::warn!(webhook.id = %to.endpoint.id, why = why.as_str(), "an endpoint is told nothing any more until somebody enables it");
        }
        self.note(to.endpoint.id, line, failing, vec![record], stopped)
            .await?;
        Ok(None)
    }

    /// Tries some of those that were put aside; `false` when the endpoint is gone, or not what it was.
    async fn tell_aside(&self, to: &mut Addressee) -> Result<bool, EngineError> {
        let due = DeliveriesDue {
            endpoint: to.endpoint.id,
            at: self.now(),
            limit: ASIDE_MAX,
        };
        for known in self.ask().question(due).await? {
            if !self.may_still_tell(to).await? {
                return Ok(false);
            }
            let retried = self.retried(to, known).await?;
            let Some((record, stopped)) = retried else {
                return Ok(false);
            };
            let noted = NoteDeliveries {
                endpoint: to.endpoint.id,
                line: None,
                tried: vec![record],
                stopped,
                at: self.now(),
            };
            if !self.inner.committer.submit(noted).await? || stopped.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tries one that was put aside: how it stands then, and whether the endpoint is to be stopped; `None` when the service
    /// stops.
    async fn retried(
        &self,
        to: &Addressee,
        known: DeliveryRecord,
    ) -> Result<Option<(DeliveryRecord, Option<Stopped>)>, EngineError> {
        let Some(event) = self.event(known.event).await? else {
            let record = DeliveryRecord {
                state: DeliveryState::Failed,
                why: "the event is no longer kept".into(),
                next_at: None,
                ..known
            };
            return Ok(Some((record, None)));
        };
        let attempts = known.attempts.saturating_add(1);
        let Some(tried) = self.tell_event(to, &event).await else {
            return Ok(None);
        };
        let (state, next_at, stopped) = match judge(tried.told.status) {
            Verdict::Taken => (DeliveryState::Delivered, None, None),
            Verdict::Gone => (DeliveryState::Failed, None, Some(Stopped::Gone)),
            Verdict::NotTaken if is_given_up(attempts) => (DeliveryState::Failed, None, None),
            Verdict::NotTaken => {
                let (status, asked) = (tried.told.status, tried.told.retry_after);
                let wait = wait(attempts, status, asked, self.inner.jitter());
                (DeliveryState::Retrying, Some(tried.at + wait), None)
            }
        };
        let record = DeliveryRecord {
            next_at,
            ..tried.record(&event, attempts, state)
        };
        Ok(Some((record, stopped)))
    }

    async fn note(
        &self,
        id: WebhookId,
        from: EndpointLine,
        line: EndpointLine,
        tried: Vec<DeliveryRecord>,
        stopped: Option<Stopped>,
    ) -> Result<bool, EngineError> {
        let noted = NoteDeliveries {
            endpoint: id,
            line: Some((from.position, line)),
            tried,
            stopped,
            at: self.now(),
        };
        Ok(self.inner.committer.submit(noted).await?)
    }

    /// Tells an event, once; `None` when the service stops meanwhile: nobody waits for an answer that may take its time, and
    /// the event is told again by whoever goes on.
    async fn tell_event(&self, to: &Addressee, event: &EventRecord) -> Option<Tried> {
        let id = letter::id(event.id);
        let target = to.target.as_ref();
        let telling = self.tell_one(&to.endpoint, target, &id, letter::body(event));
        let tried = self.inner.stop.run_until_cancelled(telling).await?;
        let is_taken = judge(tried.told.status) == Verdict::Taken;
        let is_answered = tried.told.status.is_some();
        self.inner.targets.counts.count(is_taken, is_answered);
        failpoint::pass(Point::EndpointTold);
        Some(tried)
    }

    async fn tell_one(
        &self,
        endpoint: &EndpointRecord,
        target: Option<&Endpoint>,
        id: &str,
        body: Vec<u8>,
    ) -> Tried {
        let at = self.now();
        let began = Instant::now();
        let before = endpoint.previous.as_ref();
        let before = before.filter(|(_, until)| at < *until);
        let secrets = std::iter::once(&endpoint.secret).chain(before.map(|(secret, _)| secret));
        let letter = Letter {
            id,
            at,
            body: body.into(),
            secrets: secrets.cloned().collect(),
        };
        let told = match target {
            Some(target) => target.tell(letter).await,
            None => Told {
                status: None,
                why: "its address is not allowed any more".into(),
                retry_after: None,
                answer_bytes: 0,
            },
        };
        Tried {
            told,
            at,
            took_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
        }
    }

    /// Tells an endpoint a test event, now and once, from whichever node is asked.
    pub async fn test_endpoint(&self, id: WebhookId) -> Result<Tried, WebhookError> {
        self.refuse_while_held()?;
        let endpoint = self.endpoint(id).await?;
        let target = self
            .inner
            .targets
            .of(&endpoint, self.inner.settings.webhook_reach)?;
        let now = self.now();
        let id = format!("evt_test_{}", now.as_micros());
        Ok(self
            .tell_one(&endpoint, Some(&target), &id, letter::test(now))
            .await)
    }
}

fn is_due(endpoint: &EndpointRecord, now: Timestamp) -> bool {
    let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    endpoint.stopped.is_none() && (due(endpoint.line.next_at) || due(endpoint.retry_at))
}
