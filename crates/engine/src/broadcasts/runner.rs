//! What a broadcast does by itself, on whichever node has the first shard: it starts at its time, takes its audience page
//! by page, makes its messages page by page, waits between stages, and winds up. Every page is one transaction that moves
//! what the next one goes by, so a death loses nothing and repeats nothing; two nodes that do the same are told apart by
//! the store.

use std::time::Duration;

use domain::broadcast::position;
use domain::failpoint::{self, Point};
use domain::{BroadcastState, DeliveryStatus, Kind, Seconds};
use jiff::tz::TimeZone;
use policy::broadcast::{Event, Goes, StageCounts, goes, trouble};
use policy::schedule::zone;
use store::ops::{
    Cancel, MakeBroadcast, MoveBroadcast, MoveBroadcastAnswer, Operation as _, SetSwitch,
    TakeAudience,
};
use store::questions::{BroadcastNext, BroadcastPlaces, Broadcasts};
use store::records::{BroadcastRecord, BroadcastStanding, NextMember};

use super::{queue_of, scope_of};
use crate::audit::Note;
use crate::{Draft, Engine, EngineError};

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(1);

/// How many broadcasts are looked at in one round.
const ROUND: u32 = 50;

/// How many members are taken into an audience at once.
const TAKEN: u32 = 1_000;

/// How many messages share one transaction.
const MADE: u32 = 500;

/// How many pages of one broadcast are done before others have their turn.
const PAGES: usize = 20;

/// Why somebody gets none whose time is over.
const TIME_OVER: &str = "local_time_over";

/// Why somebody gets none who was erased since.
const ERASED: &str = "erased";

/// Whether there is more to do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    More,
    Nothing,
}

impl Engine {
    pub(crate) async fn broadcast_loop(&self) {
        while self.round_of_the_first(PAUSE).await {
            if let Err(error) = self.run_broadcasts().await {
                tracing::warn!(%error, "broadcasts could not be looked at; they are looked at again");
            }
        }
    }

    /// One round: all that broadcasts can do now.
    async fn run_broadcasts(&self) -> Result<(), EngineError> {
        let mut is_busy = true;
        while is_busy && self.acts_for_all() {
            is_busy = false;
            let active = Broadcasts {
                active: true,
                before: None,
                limit: ROUND,
            };
            for record in self.ask().question(active).await? {
                match self.run_broadcast(record.id).await {
                    Ok(did) => is_busy |= did == Did::More,
                    Err(error) => {
                        tracing::warn!(broadcast.id = %record.id, %error, "a broadcast could not go on; it is tried again");
                    }
                }
            }
        }
        Ok(())
    }

    /// Some pages of one.
    async fn run_broadcast(&self, id: domain::BroadcastId) -> Result<Did, EngineError> {
        for _ in 0..PAGES {
            if !self.acts_for_all() {
                return Ok(Did::Nothing);
            }
            let record = self.broadcast(id).await?;
            if self.step(&record).await? == Did::Nothing {
                return Ok(Did::Nothing);
            }
        }
        Ok(Did::More)
    }

    async fn step(&self, record: &BroadcastRecord) -> Result<Did, EngineError> {
        let now = self.now();
        match record.standing.state {
            BroadcastState::Scheduled => {
                if record.standing.starts_at.is_some_and(|at| at <= now) {
                    return self.happens(record, Event::Due, None).await;
                }
                Ok(Did::Nothing)
            }
            BroadcastState::Running if record.audience_at.is_none() => self.take_more(record).await,
            BroadcastState::Running => self.make_more(record).await,
            BroadcastState::Waiting => self.go_on_by_itself(record).await,
            BroadcastState::Cancelled if record.standing.winds_up => self.wind_up(record).await,
            BroadcastState::Draft
            | BroadcastState::Paused
            | BroadcastState::Finished
            | BroadcastState::Cancelled => Ok(Did::Nothing),
        }
    }

    /// Something happens by itself, unless somebody was faster.
    async fn happens(
        &self,
        record: &BroadcastRecord,
        event: Event,
        why: Option<String>,
    ) -> Result<Did, EngineError> {
        self.try_move(record, event, why, "broadcast.moves").await?;
        Ok(Did::More)
    }

    /// Takes the next page of the audience: members who had joined when it started.
    async fn take_more(&self, record: &BroadcastRecord) -> Result<Did, EngineError> {
        let mut filter = record.plan.filter.clone();
        let started = record.standing.started_at.unwrap_or_else(|| self.now());
        let before = started + Seconds::from_micros(1);
        filter.joined_before = Some(filter.joined_before.map_or(before, |at| at.min(before)));
        let page = self.audience(&filter, record.audience_after, TAKEN).await?;
        let members = page.members.iter();
        let take = TakeAudience {
            id: record.id,
            after: record.audience_after,
            members: members
                .map(|one| (one.id, position(record.id, one.id)))
                .collect(),
            up_to: page.next.or_else(|| page.members.last().map(|one| one.id)),
            is_whole: page.next.is_none(),
            at: self.now(),
        };
        failpoint::pass(Point::Broadcast);
        self.inner.committer.submit(take).await?;
        failpoint::pass(Point::Broadcast);
        Ok(Did::More)
    }

    /// Makes the next page of messages, up to the bound of the stage.
    async fn make_more(&self, record: &BroadcastRecord) -> Result<Did, EngineError> {
        let stage = record.standing.stage;
        let stages = &record.plan.stages;
        let left = stages
            .bound(stage, record.audience)
            .saturating_sub(record.taken);
        let limit = u32::try_from(left).unwrap_or(MADE).min(MADE);
        let id = record.id;
        let next = if limit == 0 {
            Vec::new()
        } else {
            self.ask().question(BroadcastNext { id, limit }).await?
        };
        if next.is_empty() {
            return self.stage_is_made(record).await;
        }
        let make = self.page_of(record, next);
        failpoint::pass(Point::Broadcast);
        self.inner.committer.submit(make).await?;
        failpoint::pass(Point::Broadcast);
        Ok(Did::More)
    }

    fn page_of(&self, record: &BroadcastRecord, next: Vec<NextMember>) -> MakeBroadcast {
        let now = self.now();
        let mut make = MakeBroadcast {
            id: record.id,
            stage: record.standing.stage,
            taken: record.taken,
            messages: Vec::with_capacity(next.len()),
            passed_over: Vec::new(),
            at: now,
        };
        let (queue, occasion) = (queue_of(record.id), format!("broadcast:{}", record.id));
        for one in next {
            let Some(time_zone) = &one.time_zone else {
                make.passed_over.push((one.member, ERASED.into()));
                continue;
            };
            let time_zone = zone(time_zone).unwrap_or(TimeZone::UTC);
            let not_before = match goes(&record.plan.when, &time_zone, now) {
                Goes::Now => None,
                Goes::At(at) => Some(at),
                Goes::Not => {
                    make.passed_over.push((one.member, TIME_OVER.into()));
                    continue;
                }
            };
            make.messages.push(self.new_message(Draft {
                kind: Kind::Broadcast,
                queue: queue.clone(),
                channel: record.plan.channel,
                not_before,
                occasion: Some(occasion.clone()),
                ..Draft::new(one.member, record.plan.content.clone())
            }));
        }
        make
    }

    /// A stage is made: the next one waits, or it is over once nothing waits in lanes.
    async fn stage_is_made(&self, record: &BroadcastRecord) -> Result<Did, EngineError> {
        if !record.plan.stages.is_last(record.standing.stage) {
            return self.happens(record, Event::StageMade, None).await;
        }
        let places = BroadcastPlaces {
            id: record.id,
            not_left: false,
            limit: 1,
        };
        if self.ask().question(places).await?.is_empty() {
            self.happens(record, Event::Over, None).await?;
        }
        Ok(Did::Nothing)
    }

    /// Goes on with the next stage when its time has come, or pauses when this one went badly.
    async fn go_on_by_itself(&self, record: &BroadcastRecord) -> Result<Did, EngineError> {
        let standing = &record.standing;
        let due = standing
            .stage_at
            .zip(record.plan.stages.go_on_after)
            .map(|(at, after)| at + after);
        if due.is_none_or(|due| due > self.now()) {
            return Ok(Did::Nothing);
        }
        let progress = self
            .broadcast_progress(record.id, Some(standing.stage))
            .await?;
        let counts = StageCounts {
            members: progress.total(),
            failed: progress.of(&[DeliveryStatus::Failed, DeliveryStatus::Undelivered]),
            suppressed: progress.of(&[DeliveryStatus::Suppressed])
                + progress.with_word(super::PASSED_OVER),
            stops: progress.stops,
        };
        match trouble(&record.plan.stages, counts) {
            Some(why) => {
                tracing::warn!(broadcast.id = %record.id, "a stage of a broadcast went badly; it is paused");
                self.happens(record, Event::Pause, Some(why)).await
            }
            None => self.happens(record, Event::GoOn, None).await,
        }
    }

    /// Calls back what has not left of a cancelled one; then its queue is nobody's any more.
    async fn wind_up(&self, record: &BroadcastRecord) -> Result<Did, EngineError> {
        let places = BroadcastPlaces {
            id: record.id,
            not_left: true,
            limit: MADE,
        };
        let at = self.now();
        let messages = self.ask().question(places).await?;
        if messages.is_empty() {
            return self.wound_up(record).await;
        }
        let ops = messages
            .into_iter()
            .map(|id| Cancel { id, at }.into_op())
            .collect();
        for answer in self.inner.committer.submit_all(ops).await? {
            answer?;
        }
        Ok(Did::More)
    }

    async fn wound_up(&self, record: &BroadcastRecord) -> Result<Did, EngineError> {
        let at = self.now();
        let over = MoveBroadcast {
            id: record.id,
            revision: record.revision,
            from: record.standing.clone(),
            to: BroadcastStanding {
                winds_up: false,
                ..record.standing.clone()
            },
            switch: Some(SetSwitch {
                scope: scope_of(record.id),
                on: false,
                reason: String::new(),
                actor: self.actor_name(),
                at,
            }),
            at,
        };
        let note = || Note::of("broadcast.moves", record.id.to_string());
        let answer = self.submit(over, note).await?;
        self.load_switches().await?;
        Ok(match answer {
            MoveBroadcastAnswer::Stale(_) => Did::More,
            MoveBroadcastAnswer::Moved(_) | MoveBroadcastAnswer::Unknown => Did::Nothing,
        })
    }
}
