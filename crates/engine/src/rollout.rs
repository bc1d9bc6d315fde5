//! Whom WhatsApp is on for: a percentage of members, always the same ones, and groups. The settings say it until somebody
//! changes it in the running service; then it is kept in the store and moves the version that `begin` compares, so that all
//! nodes go by it at once (docs/decisions/0039).

use domain::{Channel, Kind, MemberId};
use policy::outbound::{MemberFacts, Settings, by_itself, is_on};
use store::StoreError;
use store::ops::SetRollout;
use store::questions::{RolloutMembers, RolloutNow};
use store::records::RolloutMember;
pub use store::records::RolloutRecord;

use crate::audit::Note;
use crate::{Engine, EngineError};

/// How many members are read at once.
const PAGE: u32 = 1_000;

/// How many members a preview looks at: past it, it says that it has not seen all.
const LOOKS_MAX: u64 = 50_000;

/// The most groups there may be.
pub const COHORTS_MAX: usize = 50;

/// The highest percentage.
pub const PERCENT_MAX: u8 = 100;

/// Whom WhatsApp is on for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Percentage of members, 0 to 100.
    pub percent: u8,
    /// Groups that have it whatever the percentage.
    pub cohorts: Vec<Box<str>>,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutStanding {
    /// Whether anything goes by WhatsApp at all.
    pub is_on: bool,
    /// What is in force.
    pub now: Rollout,
    /// What the settings say.
    pub settings: Rollout,
    /// Who changed it, and when; `None` while the settings are in force.
    pub changed: Option<RolloutRecord>,
}

/// What a change would do, counted over members who agreed to WhatsApp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RolloutPreview {
    /// How many were looked at.
    pub members: u64,
    /// Whether there are more than were looked at.
    pub more: bool,
    /// For how many it is on now.
    pub on_now: u64,
    /// And then.
    pub on_then: u64,
    /// For how many it would be switched on.
    pub starts: u64,
    /// How many of those are written to by SMS now, and would be by WhatsApp.
    pub leave_sms: u64,
    /// For how many it would be switched off.
    pub stops: u64,
}

impl Rollout {
    fn of(settings: &Settings) -> Self {
        Self {
            percent: settings.whatsapp_rollout_percent,
            cohorts: settings.whatsapp_cohorts.clone(),
        }
    }

    fn applied_to(&self, settings: &Settings) -> Settings {
        Settings {
            whatsapp_rollout_percent: self.percent,
            whatsapp_cohorts: self.cohorts.clone(),
            ..settings.clone()
        }
    }

    /// In words, for the log.
    fn said(&self) -> String {
        let percent = self.percent;
        if self.cohorts.is_empty() {
            format!("{percent} %")
        } else {
            format!("{percent} %, {}", self.cohorts.join(", "))
        }
    }
}

impl RolloutPreview {
    fn add(&mut self, one: &RolloutMember, now: &Settings, then: &Settings) {
        let facts = facts_of(one);
        let on = |settings| is_on(Channel::Whatsapp, &facts, settings).is_ok();
        let (is, would) = (on(now), on(then));
        self.members += 1;
        self.on_now += u64::from(is);
        self.on_then += u64::from(would);
        self.stops += u64::from(is && !would);
        if would && !is {
            self.starts += 1;
            let (first, _) = by_itself(Kind::DailyWorkout, &facts, then);
            self.leave_sms += u64::from(one.sms && first == Channel::Whatsapp);
        }
    }
}

/// What a rollout asks of a member; nothing else is.
fn facts_of(one: &RolloutMember) -> MemberFacts<'_> {
    MemberFacts {
        id: one.member,
        name: "",
        erased: false,
        preferred_channel: one.preferred,
        preferences: domain::Preferences::default(),
        cohort: one.cohort.as_deref(),
        locale: "",
        country: one.country.as_deref(),
        time_zone: None,
        chosen_hour: None,
    }
}

impl Engine {
    /// Whom WhatsApp is on for, as the store has it.
    pub async fn rollout(&self) -> Result<RolloutStanding, EngineError> {
        let changed = self.ask().question(RolloutNow).await?;
        let settings = Rollout::of(&self.inner.settings.planner);
        let now = match &changed {
            Some(record) => Rollout {
                percent: record.percent,
                cohorts: record.cohorts.clone(),
            },
            None => settings.clone(),
        };
        Ok(RolloutStanding {
            is_on: self.inner.settings.planner.whatsapp_enabled,
            now,
            settings,
            changed,
        })
    }

    /// What changing it would do. Nothing is changed.
    pub async fn rollout_preview(&self, wanted: &Rollout) -> Result<RolloutPreview, EngineError> {
        let standing = self.rollout().await?;
        // Counted as if WhatsApp were on at all: whoever prepares for it wants to know.
        let settings = Settings {
            whatsapp_enabled: true,
            ..self.inner.settings.planner.clone()
        };
        let now = standing.now.applied_to(&settings);
        let then = wanted.applied_to(&settings);
        let mut preview = RolloutPreview::default();
        let mut after: Option<MemberId> = None;
        while preview.members < LOOKS_MAX {
            let page = RolloutMembers { after, limit: PAGE };
            let page = self.ask().question(page).await?;
            for one in &page {
                preview.add(one, &now, &then);
            }
            match page.last() {
                Some(last) if page.len() >= PAGE as usize => after = Some(last.member),
                Some(_) | None => return Ok(preview),
            }
        }
        preview.more = true;
        Ok(preview)
    }

    /// Changes it, or goes back to what the settings say. What is decided after this returns is decided by it; what
    /// another node decided before is decided again when it begins.
    pub async fn set_rollout(
        &self,
        wanted: Option<Rollout>,
        actor: &str,
    ) -> Result<RolloutStanding, EngineError> {
        let before = self.rollout().await?;
        let at = self.now();
        let rollout = wanted.map(|wanted| RolloutRecord {
            percent: wanted.percent.min(PERCENT_MAX),
            cohorts: wanted.cohorts,
            actor: actor.to_owned(),
            since: at,
        });
        let after = rollout.as_ref().map_or_else(
            || format!("as the settings say: {}", before.settings.said()),
            |record| {
                let (percent, cohorts) = (record.percent, record.cohorts.clone());
                Rollout { percent, cohorts }.said()
            },
        );
        let note = || {
            Note::of("rollout.change", "whatsapp")
                .before(before.now.said())
                .after(after)
        };
        self.submit(SetRollout { rollout, at }, note).await?;
        self.load_switches().await?;
        self.rollout().await
    }

    /// The planner's settings with what was changed since.
    pub(crate) async fn planner_in_force(&self) -> Result<Settings, StoreError> {
        let settings = &self.inner.settings.planner;
        Ok(match self.ask().question(RolloutNow).await? {
            Some(record) => {
                let (percent, cohorts) = (record.percent, record.cohorts);
                Rollout { percent, cohorts }.applied_to(settings)
            }
            None => settings.clone(),
        })
    }
}
