//! The lists of inbound messages that providers keep: what no webhook brought is found there (G3). A list is read to its end,
//! and where that takes more than one go, the next one goes on; up to when that was done is kept in the store. Until each was
//! read to its end, whoever has just come home sends nothing: somebody may have said STOP (docs/decisions/0047).

use std::time::Duration;

use domain::{Address, Channel, Direction, Handle, Seconds, Timestamp};
use providers::{Cursor, FetchError, ListQuery, RemoteMessage};
use rustc_hash::FxHashMap;
use store::StoreError;
use store::home::Held;
use store::ops::NoteListsRead;
use store::questions::{LastInbound, ListsRead};
use store::records::{ListMark, ListsKept};

use crate::{Engine, EngineError, SenderSetting};

/// A list is read from this long before the instant up to which it was read: lists lag, clocks differ (G3).
const OVERLAP: Seconds = Seconds::new(600);

/// How far up to when a list was read must have moved, to be kept anew.
const MARK_STEP: Seconds = Seconds::new(60);

/// How far back the first reading looks when nothing was ever received.
const FIRST_LOOK: Seconds = Seconds::new(3_600);

/// The most pages of one list in one go.
const PAGES_MAX: usize = 20;

/// The most messages of a page.
const PAGE: u16 = 200;

/// Whoever has come home tries again after this, and each time after twice as long …
const PAUSE: Duration = Duration::from_secs(1);

/// … up to this. Never longer than from one sweep to the next.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// How often a node looks whether the lists have come to be its own to read, or were read.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long it waits for the node that reads them for all: that one may be of the version before, which does not.
const PATIENCE: Duration = Duration::from_secs(30);

/// How far back a list is read whose mark is ahead of the clock: the one that gave it was wrong, by nobody knows how much.
const AFTER_A_WRONG_CLOCK: Seconds = Seconds::new(86_400);

/// Which list: what was written to one of our own numbers on a channel.
type Which = (Channel, Handle);

/// What is known of the lists. Whoever holds it reads them.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// Those that are being read.
    open: FxHashMap<Which, Reading<Cursor>>,
    /// Those that were read to their ends, and for which homecoming, while not all were.
    whole: FxHashMap<Which, u32>,
}

impl Lists {
    /// All was read that was waited for. Kept any longer it would answer for another database, whose homecomings are numbered anew.
    fn forget(&mut self) {
        self.open.clear();
        self.whole.clear();
    }
}

/// A list that is being read, back to some instant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reading<C> {
    /// That instant.
    since: Timestamp,
    /// When it was begun: what was written before is with us at its end.
    begun: Timestamp,
    /// For which homecoming it is read first.
    homecoming: Option<u32>,
    /// Where it goes on; at its newest message, where there is none.
    cursor: Option<C>,
    /// It could not be read there once.
    failed: bool,
}

impl<C> Reading<C> {
    const fn back_to(since: Timestamp, begun: Timestamp, homecoming: Option<u32>) -> Self {
        Self {
            since,
            begun,
            homecoming,
            cursor: None,
            failed: false,
        }
    }

    /// After a page, by where that says the list goes on; `None` at its end.
    fn after_page(self, next: Option<C>) -> Option<Self> {
        let next = Some(next?);
        Some(Self {
            cursor: next,
            failed: false,
            ..self
        })
    }

    /// After a page could not be read. Twice at one place, and it may be the place: then from the newest message on again.
    fn after_failure(self) -> Self {
        Self {
            cursor: self.cursor.filter(|_| !self.failed),
            failed: !self.failed,
            ..self
        }
    }
}

/// How far back a list is read that was read up to some instant.
fn back_to(read_to: Timestamp, now: Timestamp) -> Timestamp {
    if read_to.since(now) > OVERLAP {
        return now - AFTER_A_WRONG_CLOCK;
    }
    read_to.min(now) - OVERLAP
}

/// What one go over a list gave.
struct Go {
    /// What it shows, the newest first.
    listed: Vec<RemoteMessage>,
    /// How it goes on; `None` at its end.
    next: Option<Reading<Cursor>>,
    /// Why it could not be read further.
    error: Option<FetchError>,
}

/// What came of reading the lists.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// How many messages were on them and not with us.
    pub(crate) found: u32,
    /// Those that are longer than one go, and are gone on with.
    pub(crate) too_long: u32,
    /// Those that could not be read, and why.
    pub(crate) failed: Vec<(Channel, FetchError)>,
    /// Those that were read to their ends.
    marks: Vec<ListMark>,
}

impl Swept {
    /// Whether each list was read to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.too_long == 0 && self.failed.is_empty()
    }

    /// Logs what was not read.
    pub(crate) fn tell(&self) {
        for (channel, error) in &self.failed {
            tracing::warn!(channel = channel.as_str(), %error, "the provider's list cannot be read; the next sweep goes on");
        }
        if self.too_long > 0 {
            tracing::info!("a provider's list is long; the next sweep goes on where this one was");
        }
    }
}

impl Engine {
    /// Keeps from when on a list is read that never was, before this process hears more: what is heard now says nothing of
    /// what was lost before.
    pub(crate) async fn begin_lists(&self) -> Result<(), StoreError> {
        let kept = self.ask().question(ListsRead).await?;
        let mut marks = Vec::new();
        for sender in self.listed() {
            if mark_of(&kept, sender).is_none() {
                let channel = sender.channel;
                let newest = self.ask().question(LastInbound { channel }).await?;
                let read_to = newest.unwrap_or(self.now() - FIRST_LOOK + OVERLAP);
                marks.push(mark(sender, read_to));
            }
        }
        if marks.is_empty() {
            return Ok(());
        }
        let begins = NoteListsRead {
            marks,
            only_new: true,
            homecoming: None,
        };
        self.inner.committer.submit(begins).await
    }

    /// Our numbers whose providers keep a list.
    fn listed(&self) -> impl Iterator<Item = &SenderSetting> {
        let senders = self.inner.senders.all().iter();
        senders.filter(|sender| sender.carrier.keeps_a_list())
    }

    /// Fetches what was written to us since the database was last at home: it may have been heard by another service, and
    /// that one's memory is not here. It tries until every list was read to its end, by this node or by the one that reads
    /// them for all.
    pub(crate) async fn come_home(&self) {
        let (mut tries, mut told) = (0, false);
        let (mut waited, mut found) = (Duration::ZERO, 0);
        while self.held() == Some(Held::Unread) {
            let ownership = &self.inner.ownership;
            let mut pause = LOOK_EVERY;
            if !ownership.is_shared() || ownership.has_the_first() || waited >= PATIENCE {
                let swept = self.sweep_inbound().await;
                pause = pause_after(tries, self.inner.settings.sweep_every.to_duration());
                tries = tries.saturating_add(1);
                found += swept.as_ref().map_or(0, |swept| swept.found);
                match swept {
                    Ok(swept) if swept.is_whole() => {
                        tracing::info!(found, "what was written to us meanwhile is fetched");
                        ownership.ring(); // the beat learns that nothing holds us any more
                    }
                    Ok(swept) => match swept.failed.first() {
                        Some((channel, error)) => tell_once(&mut told, channel.as_str(), error),
                        None => tries = 0, // it goes on
                    },
                    Err(error) => tell_once(&mut told, "any", &error),
                }
            }
            waited = waited.saturating_add(pause);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.inner.stop.cancelled() => return,
            }
        }
    }

    /// One sweep over the providers' lists of inbound messages, deduplicated like the webhook.
    pub(crate) async fn sweep_inbound(&self) -> Result<Swept, EngineError> {
        let mut lists = self.inner.lists.lock().await;
        let kept = self.ask().question(ListsRead).await?;
        let mut swept = Swept::default();
        for sender in self.listed() {
            let which = (sender.channel, sender.handle.clone());
            if kept.unread_for.is_some() && lists.whole.get(&which) == kept.unread_for.as_ref() {
                continue;
            }
            let open = lists.open.get(&which);
            let reading = match open.filter(|open| open.homecoming == kept.unread_for) {
                Some(reading) => reading.clone(),
                None => self.begin_reading(sender, &kept).await?,
            };
            let go = self.go_over(sender, reading.clone()).await;
            for remote in in_the_order_said(go.listed) {
                let is_new = self.take_in_remote(sender, remote, reading.since).await?;
                swept.found += u32::from(is_new);
            }
            // All of that is with us: it goes on there.
            if let Some(next) = go.next {
                lists.open.insert(which, next);
                match go.error {
                    Some(error) => swept.failed.push((sender.channel, error)),
                    None => swept.too_long += 1,
                }
                continue;
            }
            lists.open.remove(&which);
            swept.marks.push(mark(sender, reading.begun));
            if let Some(homecoming) = reading.homecoming {
                lists.whole.insert(which, homecoming);
            }
        }
        self.keep_marks(&kept, &swept).await?;
        if kept.unread_for.is_some() && swept.is_whole() {
            lists.forget();
        }
        Ok(swept)
    }

    async fn begin_reading(
        &self,
        sender: &SenderSetting,
        kept: &ListsKept,
    ) -> Result<Reading<Cursor>, StoreError> {
        let (now, channel) = (self.now(), sender.channel);
        let read_to = match mark_of(kept, sender) {
            Some(read_to) => Some(read_to),
            None => self.ask().question(LastInbound { channel }).await?,
        };
        let since = read_to.map_or(now - FIRST_LOOK, |at| back_to(at, now));
        Ok(Reading::back_to(since, now, kept.unread_for))
    }

    /// Keeps up to when lists were read, and that all were, where that was waited for.
    async fn keep_marks(&self, kept: &ListsKept, swept: &Swept) -> Result<(), StoreError> {
        let homecoming = kept.unread_for.filter(|_| swept.is_whole());
        let moved = |mark: &&ListMark| {
            let same = |one: &&ListMark| (one.channel, &one.sender) == (mark.channel, &mark.sender);
            kept.marks.iter().find(same).is_none_or(|before| {
                let behind = mark.read_to.since(before.read_to);
                behind >= MARK_STEP || mark.read_to < before.read_to
            })
        };
        let all = swept.marks.iter();
        let marks: Vec<ListMark> = all
            .filter(|mark| homecoming.is_some() || moved(mark))
            .cloned()
            .collect();
        if marks.is_empty() && homecoming.is_none() {
            return Ok(());
        }
        let read = NoteListsRead {
            marks,
            only_new: false,
            homecoming,
        };
        self.inner.committer.submit(read).await
    }

    /// Reads on in a list, as far as one go reaches.
    async fn go_over(&self, sender: &SenderSetting, reading: Reading<Cursor>) -> Go {
        let mut query = ListQuery {
            direction: Some(Direction::Inbound),
            to: Some(Address {
                channel: sender.channel,
                handle: sender.handle.clone(),
            }),
            since: Some(reading.since),
            page_size: Some(PAGE),
            ..ListQuery::default()
        };
        let mut go = Go {
            listed: Vec::new(),
            next: Some(reading),
            error: None,
        };
        for _ in 0..PAGES_MAX {
            let Some(reading) = go.next.take() else {
                break;
            };
            query.cursor.clone_from(&reading.cursor);
            match sender.carrier.list(query.clone()).await {
                Ok(page) => {
                    go.listed.extend(page.items);
                    go.next = reading.after_page(page.next);
                }
                Err(error) => {
                    go.next = Some(reading.after_failure());
                    go.error = Some(error);
                    break;
                }
            }
        }
        go
    }

    async fn take_in_remote(
        &self,
        sender: &SenderSetting,
        remote: RemoteMessage,
        since: Timestamp,
    ) -> Result<bool, EngineError> {
        let media = if remote.media_count > 0 {
            sender
                .carrier
                .media_of(&remote.provider_message_id)
                .await
                .unwrap_or_default()
        } else {
            Vec::new()
        };
        let Some(mut inbound) = remote.into_inbound(media) else {
            return Ok(false);
        };
        // Without a time of its own it may be as old as the list: what opens an address must not gain by that.
        inbound.at.get_or_insert(since);
        let received = self.receive_inbound(sender.provider, inbound, None).await?;
        Ok(received == crate::receive::Received::Stored)
    }
}

fn mark(sender: &SenderSetting, read_to: Timestamp) -> ListMark {
    ListMark {
        channel: sender.channel,
        sender: sender.handle.clone(),
        read_to,
    }
}

/// Up to when the list of one of our numbers was read.
fn mark_of(kept: &ListsKept, sender: &SenderSetting) -> Option<Timestamp> {
    let mut marks = kept.marks.iter();
    let found = marks.find(|mark| (mark.channel, &mark.sender) == (sender.channel, &sender.handle));
    found.map(|mark| mark.read_to)
}

/// Says why we are held though this is home, the first time.
fn tell_once(told: &mut bool, channel: &str, error: &dyn std::fmt::Display) {
    if !*told {
        tracing::error!(
            channel,
            %error,
            "what was written to us while this was not the home of the database cannot be read to its end: nothing is sent \
             before it is; it is tried again by itself"
        );
    }
    *told = true;
}

/// How long to wait after so many tries in a row.
fn pause_after(tries: u32, sweep_every: Duration) -> Duration {
    PAUSE
        .saturating_mul(2_u32.saturating_pow(tries))
        .min(PAUSE_MAX)
        .min(sweep_every)
        .max(Duration::from_millis(50))
}

/// What a list shows, the oldest first: lists are newest first, and who said START and then STOP has stopped. What has no
/// time comes before all that has one.
fn in_the_order_said(mut listed: Vec<RemoteMessage>) -> Vec<RemoteMessage> {
    listed.reverse();
    listed.sort_by_key(|remote| remote.sent_at.or(remote.created_at));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGINNING: Reading<u32> =
        Reading::back_to(Timestamp::from_seconds(0), Timestamp::from_seconds(0), None);

    #[test]
    fn a_mark_that_is_ahead_of_the_clock_hides_nothing() {
        let at = |second: i64| Timestamp::from_seconds(1_795_000_000 + second);
        for (read_to, since) in [
            (at(-3_600), at(-4_200)),
            (at(0), at(-600)),
            // Clocks differ a little.
            (at(300), at(-600)),
            // This one was wrong, and nobody knows since when.
            (at(7_200), at(-86_400)),
        ] {
            assert_eq!(back_to(read_to, at(0)), since);
        }
    }

    #[test]
    fn a_list_goes_on_where_it_was_up_to_its_end() {
        let first = BEGINNING.after_page(Some(1)).expect("a second page");
        assert_eq!((first.cursor, first.failed), (Some(1), false));
        let second = first.after_page(Some(2)).expect("a third page");
        assert_eq!((second.cursor, second.failed), (Some(2), false));
        assert_eq!(second.after_page(None), None, "its end");
    }

    #[test]
    fn what_cannot_be_read_is_tried_there_once_more_and_then_from_the_newest_message() {
        let at = |cursor, failed| Reading {
            cursor,
            failed,
            ..BEGINNING
        };
        let once = at(Some(2), false).after_failure();
        assert_eq!(once, at(Some(2), true));
        assert_eq!(once.clone().after_failure(), BEGINNING);
        // Further on it is another place.
        let further = once.after_page(Some(3)).expect("a page");
        assert_eq!(further.after_failure(), at(Some(3), true));
    }

    #[test]
    fn pauses_grow_and_have_bounds() {
        let minute = Duration::from_mins(1);
        let seconds = |tries| pause_after(tries, minute).as_secs();
        assert_eq!([0, 1, 2, 5, 6, 40].map(seconds), [1, 2, 4, 32, 60, 60]);
        let often = Duration::from_millis(100);
        assert_eq!(pause_after(3, often), often);
    }
}
