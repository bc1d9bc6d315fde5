//! The lists of inbound messages that providers keep: what no webhook brought is found there (G3). A list is read to its end,
//! and where that takes more than one go, the next one goes on. Until each was read to its end, whoever has just come home
//! sends nothing: somebody may have said STOP (docs/decisions/0047).

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{Address, Channel, Direction, Handle, Seconds, Timestamp};
use providers::{Cursor, FetchError, ListQuery, RemoteMessage};
use rustc_hash::{FxHashMap, FxHashSet};
use store::StoreError;
use store::home::Held;
use store::questions::LastInbound;

use crate::{Engine, EngineError, SenderSetting};

/// A list is read from this long before the newest message we know: lists lag, clocks differ (G3).
const OVERLAP: Seconds = Seconds::new(600);

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

/// Which list: what was written to one of our own numbers on a channel.
type Which = (Channel, Handle);

/// What is known of the lists. Whoever holds it reads them.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// Those that are being read.
    open: FxHashMap<Which, Reading<Cursor>>,
    /// Those that were read to their ends since we came home, while not all were.
    whole: FxHashSet<Which>,
}

/// A list that is being read, back to some instant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reading<C> {
    /// That instant.
    since: Timestamp,
    /// Where it goes on; at its newest message, where there is none.
    cursor: Option<C>,
    /// It could not be read there once.
    failed: bool,
}

impl<C> Reading<C> {
    const fn back_to(since: Timestamp) -> Self {
        Self {
            since,
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
    /// Notes how far the database has heard, before this process hears more.
    pub(crate) async fn note_heard_before(&self) -> Result<(), StoreError> {
        for sender in self.inner.senders.all() {
            let channel = sender.channel;
            if let Some(newest) = self.ask().question(LastInbound { channel }).await? {
                self.heard_before().insert(channel, newest);
            }
        }
        Ok(())
    }

    fn heard_before(&self) -> std::sync::MutexGuard<'_, BTreeMap<Channel, Timestamp>> {
        self.inner
            .heard_before
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Fetches what was written to us since the database was last at home: it may have been heard by another service, and
    /// that one's memory is not here. It tries until every list was read to its end, and answers whether that is so.
    pub(crate) async fn come_home(&self) -> bool {
        *self.inner.lists.lock().await = Lists::default();
        let mut found = 0;
        let (mut tries, mut told) = (0, false);
        while self.held() == Some(Held::Unread) {
            match self.sweep_inbound().await {
                Ok(swept) => {
                    found += swept.found;
                    if swept.is_whole() {
                        tracing::info!(found, "what was written to us meanwhile is fetched");
                        self.heard_before().clear();
                        return true;
                    }
                    match swept.failed.first() {
                        Some((channel, error)) => tell_once(&mut told, channel.as_str(), error),
                        None => tries = 0, // it goes on
                    }
                }
                Err(error) => tell_once(&mut told, "any", &error),
            }
            let pause = pause_after(tries, self.inner.settings.sweep_every.to_duration());
            tries = tries.saturating_add(1);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.inner.stop.cancelled() => return false,
            }
        }
        false
    }

    /// One sweep over the providers' lists of inbound messages, deduplicated like the webhook.
    pub(crate) async fn sweep_inbound(&self) -> Result<Swept, EngineError> {
        let mut lists = self.inner.lists.lock().await;
        let mut swept = Swept::default();
        let comes_home = self.held() == Some(Held::Unread);
        for sender in self.inner.senders.all() {
            let which = (sender.channel, sender.handle.clone());
            if comes_home && lists.whole.contains(&which) {
                continue;
            }
            let reading = match lists.open.get(&which) {
                Some(reading) => reading.clone(),
                None => Reading::back_to(self.read_since(sender).await?),
            };
            let go = self.go_over(sender, reading.clone()).await;
            for remote in in_the_order_said(go.listed) {
                let is_new = self.take_in_remote(sender, remote, reading.since).await?;
                swept.found += u32::from(is_new);
            }
            // All of that is with us: it goes on there.
            match go.next {
                Some(next) => {
                    lists.open.insert(which, next);
                }
                None => {
                    lists.open.remove(&which);
                    if comes_home {
                        lists.whole.insert(which);
                    }
                    continue;
                }
            }
            match go.error {
                Some(error) => swept.failed.push((sender.channel, error)),
                None => swept.too_long += 1,
            }
        }
        Ok(swept)
    }

    /// Back to when a list is read.
    async fn read_since(&self, sender: &SenderSetting) -> Result<Timestamp, StoreError> {
        let channel = sender.channel;
        let before = self.heard_before().get(&channel).copied();
        let newest = match before {
            Some(newest) => Some(newest),
            None => self.ask().question(LastInbound { channel }).await?,
        };
        Ok(newest.map_or(self.now() - FIRST_LOOK, |at| at - OVERLAP))
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

    const BEGINNING: Reading<u32> = Reading::back_to(Timestamp::from_seconds(0));

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
