//! What providers let us do at the moment: what had to slow down, and how many people may still be reached
//! today. Kept in the store, so that all processes go by it, the next one too; read into memory, so that a
//! decision asks nobody. Our own pace stands in `pace`.

mod budget;
pub(crate) mod people;
mod room;
mod sends;
mod slowed;
mod spending;
mod used;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Address, Channel, Handle, Kind, Seconds, Timestamp};
use policy::outbound::{AddressLimits, Reason, Wait};
use policy::slowing::{self, Limit};
use store::StoreError;
use store::ops::SlowDown;
use store::questions::LimitsSince;

use crate::Engine;
pub use budget::BudgetNow;
use people::People;
use slowed::Slowed;
pub(crate) use spending::Planned;
pub(crate) use used::Used;

/// How often a process looks what others were told.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How far before the last look the next one begins: what was being committed then was not seen.
const SLACK: Seconds = Seconds::new(30);

/// How far back the first look goes; nothing lasts longer.
const FIRST_LOOK: Seconds = Seconds::new(2 * 24 * 3600);

/// What is over sooner is not worth telling others.
const WORTH_TELLING: Seconds = Seconds::new(2);

/// How one of our numbers may send at the moment.
#[derive(Clone, Debug)]
pub struct SenderLimits {
    /// Its channel.
    pub channel: Channel,
    /// The number.
    pub sender: Handle,
    /// The scope of its kill switch.
    pub scope: String,
    /// Our own pace, where one is set.
    pub pace: Option<PaceNow>,
    /// What the provider told to slow down.
    pub slowed_down: Vec<SlowedDown>,
    /// How many people have to be written to more slowly.
    pub people_slowed_down: usize,
    /// People reached outside a session window, where they are counted.
    pub people: Option<PeopleNow>,
    /// How it stands at its provider, where that has told.
    pub standing: Option<store::records::SenderStanding>,
}

/// A pace of ours.
#[derive(Clone, Copy, Debug)]
pub struct PaceNow {
    /// One every this long, all processes together.
    pub every: Seconds,
    /// How many at once after a pause.
    pub burst: u32,
    /// How many may go from this process now.
    pub free_here: u32,
    /// When the next one may, if none may now.
    pub next_at: Option<Timestamp>,
}

/// Something that waits because the provider said so.
#[derive(Clone, Copy, Debug)]
pub struct SlowedDown {
    /// What.
    pub limit: Limit,
    /// Until when.
    pub until: Timestamp,
    /// The provider's number for it.
    pub code: Option<u32>,
    /// How often it was told, one time after another.
    pub times: u32,
}

/// People counted over a moving day.
#[derive(Clone, Copy, Debug)]
pub struct PeopleNow {
    /// How many may be reached.
    pub max: u32,
    /// How many were.
    pub reached: u32,
    /// When the first of them is no longer counted.
    pub more_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(crate) struct Limits {
    slowed: Mutex<Slowed>,
    people: Mutex<People>,
    looked: Mutex<Option<Timestamp>>,
    pub(crate) planned: Planned,
}

impl Limits {
    /// Limits of which nothing is known yet. `people_max` is how many people may be reached outside a session
    /// window over a moving day; `None` leaves it to the provider to say.
    pub(crate) fn new(people_max: Option<u32>) -> Self {
        Self {
            people: Mutex::new(People::new(people_max)),
            ..Self::default()
        }
    }

    fn slowed(&self) -> MutexGuard<'_, Slowed> {
        self.slowed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Until when the sender of a channel has to wait, for itself or with the whole account.
    pub(crate) fn sender_waits(&self, channel: Channel, now: Timestamp) -> Option<Timestamp> {
        let slowed = self.inner.limits.slowed();
        let of = |limit| slowed.until(limit, channel, None, now);
        of(Limit::Account).max(of(Limit::Sender))
    }

    /// What has to wait at one address.
    pub(crate) fn limits_at(&self, address: &Address, now: Timestamp) -> AddressLimits {
        let channel = address.channel;
        let mut limits = AddressLimits::default();
        let wait = |until: Option<Timestamp>, why| until.map(|until| Wait { until, why });
        {
            let slowed = self.inner.limits.slowed();
            if !slowed.is_empty() {
                let theirs = Some(&address.handle);
                limits.anything = wait(
                    slowed.until(Limit::Pair, channel, theirs, now),
                    Reason::PairTooFast,
                );
                limits.marketing = wait(
                    slowed.until(Limit::Marketing, channel, theirs, now),
                    Reason::MarketingCapped,
                );
                limits.outside_window = wait(
                    slowed.until(Limit::NewPeople, channel, None, now),
                    Reason::NewPeoplePaused,
                );
            }
        }
        if channel == Channel::Whatsapp && limits.outside_window.is_none() {
            let mut people = self.inner.limits.people();
            limits.outside_window = wait(people.waits(&address.handle, now), Reason::PeopleLimit);
        }
        limits
    }

    /// Slows down what an answer was about, besides what follows from hearing it so often; answers how long its
    /// message waits (G12).
    pub(crate) async fn slow_down(
        &self,
        limit: Limit,
        (channel, handle): (Channel, &Handle),
        code: Option<u32>,
        after: Seconds,
    ) -> Seconds {
        let now = self.now();
        let theirs = limit.is_of_a_person().then_some(handle);
        let (times, after) = {
            let slowed = self.inner.limits.slowed();
            let times = slowed.times(limit, channel, theirs, now);
            match limit {
                Limit::Pair => (times, after.max(slowing::pair_wait(times))),
                Limit::Account
                | Limit::Sender
                | Limit::NewPeople
                | Limit::Marketing
                | Limit::Message => (times, after),
            }
        };
        tracing::warn!(
            channel = channel.as_str(),
            limit = limit.code(),
            code,
            times,
            seconds = after.as_f64(),
            "the provider says: too fast"
        );
        match limit {
            Limit::Message => {}
            // One account carries them all.
            Limit::Account => {
                for other in self.inner.senders.sharing_account_with(channel) {
                    self.tell_of_limit((limit, other, None), code, now + after, times)
                        .await;
                }
            }
            Limit::Sender | Limit::NewPeople | Limit::Pair | Limit::Marketing => {
                self.tell_of_limit((limit, channel, theirs), code, now + after, times)
                    .await;
            }
        }
        if let Some((other, rest)) = slowing::besides(limit, code, times) {
            self.tell_of_limit((other, channel, None), code, now + rest, 1)
                .await;
        }
        after
    }

    /// Lets marketing to a person rest where the provider has chosen not to deliver it.
    pub(crate) async fn rest_marketing(
        &self,
        (channel, handle): (Channel, &Handle),
        code: Option<u32>,
    ) {
        if let Some(rest) = slowing::marketing_rest(code) {
            let until = self.now() + rest;
            self.tell_of_limit((Limit::Marketing, channel, Some(handle)), code, until, 1)
                .await;
        }
    }

    /// Remembers, and keeps what others want to know.
    async fn tell_of_limit(
        &self,
        (limit, channel, handle): (Limit, Channel, Option<&Handle>),
        code: Option<u32>,
        until: Timestamp,
        times: u32,
    ) {
        let now = self.now();
        let slowdown = store::records::Slowdown {
            limit: limit.code().to_owned(),
            channel,
            handle: handle.cloned(),
            until,
            code,
            times,
            told_at: now,
        };
        let is_news = self.inner.limits.slowed().hear(&slowdown);
        if !is_news || until < now + WORTH_TELLING {
            return;
        }
        if let Err(error) = self.inner.committer.submit(SlowDown { slowdown }).await {
            // It holds here, and the provider will tell the others.
            tracing::warn!(%error, "what has to slow down could not be stored");
        }
    }

    /// Reads what was told since the last look.
    pub(crate) async fn read_limits(&self) -> Result<(), StoreError> {
        let limits = &self.inner.limits;
        let looked = || limits.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        let since = match *looked() {
            Some(last) => last.min(now) - SLACK,
            None => now - FIRST_LOOK,
        };
        let told = self.ask().question(LimitsSince { since }).await?;
        {
            let mut slowed = limits.slowed();
            for slowdown in &told.slowdowns {
                slowed.hear(slowdown);
            }
            slowed.forget(now);
        }
        let mut people = limits.people();
        let whatsapp = told
            .people
            .into_iter()
            .filter(|(channel, ..)| *channel == Channel::Whatsapp);
        people.hear(whatsapp.map(|(_, handle, at)| (handle, at)), now);
        *looked() = Some(now);
        Ok(())
    }

    /// Looks again and again what other processes were told; one that is alone has heard it all itself.
    pub(crate) async fn limits_loop(&self) {
        while self.inner.ownership.is_shared() && !self.inner.stop.is_cancelled() {
            if let Err(error) = self.read_limits().await {
                tracing::debug!(%error, "what has to slow down could not be read");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.inner.stop.cancelled() => {}
            }
        }
    }

    /// How many messages of a kind a member gets: the kind, how many, within how many hours.
    pub fn frequency_caps(&self) -> Vec<(Kind, u32, u32)> {
        let caps = &self.inner.settings.planner.caps;
        let of = |kind: &Kind| {
            let kind = *kind;
            caps.of(kind).map(move |cap| (kind, cap.most, cap.hours()))
        };
        Kind::ALL.iter().flat_map(of).collect()
    }

    /// When nothing goes out that was not asked for a moment ago, as the settings write it.
    pub fn quiet_hours(&self) -> String {
        self.inner.settings.planner.quiet_hours.to_string()
    }

    /// The only addresses that may be written to; `None` is everybody.
    pub fn allow_list(&self) -> Option<Vec<Handle>> {
        let list = self.inner.settings.planner.allow_list.as_ref()?;
        let mut all: Vec<Handle> = list.iter().cloned().collect();
        all.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        Some(all)
    }

    /// How each of our numbers may send at the moment, with what other processes were told.
    pub async fn limits(&self) -> Result<Vec<SenderLimits>, StoreError> {
        self.read_limits().await?;
        let now = self.now();
        let of = |sender: &crate::SenderSetting| {
            let channel = sender.channel;
            let slowed = self.inner.limits.slowed();
            let (slowed_down, people_slowed_down) =
                (slowed.list(channel, now), slowed.people(channel, now));
            drop(slowed);
            SenderLimits {
                channel,
                sender: sender.handle.clone(),
                scope: crate::senders::stop_scope(sender),
                pace: self.pace_of(channel, &sender.handle, now),
                slowed_down,
                people_slowed_down,
                people: (channel == Channel::Whatsapp)
                    .then(|| self.inner.limits.people().told(now))
                    .flatten(),
                standing: self.standing_of(sender),
            }
        };
        Ok(self.inner.senders.all().iter().map(of).collect())
    }
}
