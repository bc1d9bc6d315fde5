//! Facts for the planner out of records: what the store knows, seen the way `policy` asks.

use std::borrow::Cow;
use std::sync::Arc;

use domain::{
    Address, Channel, ConsentState, DeliveryStatus, FreeEntry, Kind, Purpose, SessionWindow, Text,
    Timestamp,
};
use policy::moving::is_not_there;
use policy::outbound::{
    AddressFacts, Chain, Facts, Judgement, KillSwitches, MemberFacts,
    MessageFacts as PlannerMessage, OpenQuestion, SenderFacts, SenderState, TemplateFacts,
};
use store::records::{MessageFacts, NewMember, WindowRecord};

use crate::limits::Used;
use crate::senders::stop_scope;
use crate::templates::Registry;
use crate::{Engine, EngineError};

/// What is the same for all messages of one dispatch.
pub(crate) struct Surroundings<'a> {
    pub(crate) switches: Arc<KillSwitches>,
    pub(crate) switches_version: u32,
    pub(crate) senders: Vec<SenderFacts<'a>>,
    pub(crate) templates: Vec<TemplateFacts<'a>>,
    pub(crate) used: &'a Used,
    settings: &'a policy::outbound::Settings,
}

/// What operators have changed in the running service, as last read: switches, and whom WhatsApp is on for.
#[derive(Clone)]
pub(crate) struct InForce {
    version: u32,
    switches: Arc<KillSwitches>,
    stopped: Vec<String>,
    planner: Arc<policy::outbound::Settings>,
}

impl InForce {
    /// Nothing is changed yet.
    pub(crate) fn of(settings: &policy::outbound::Settings) -> Self {
        Self {
            version: 0,
            switches: Arc::default(),
            stopped: Vec::new(),
            planner: Arc::new(settings.clone()),
        }
    }
}

/// What is stopped, whom WhatsApp is on for, and how templates stand.
#[derive(Clone)]
pub(crate) struct Standing {
    version: u32,
    pub(crate) switches: Arc<KillSwitches>,
    stopped: Vec<String>,
    pub(crate) planner: Arc<policy::outbound::Settings>,
    registry: Arc<Registry>,
}

impl Engine {
    /// What holds now. The version is read before the registry, which is written before the version: a
    /// decision never rests on a registry older than the version that `begin` compares (G20).
    pub(crate) fn standing(&self) -> Standing {
        let InForce {
            version,
            switches,
            stopped,
            planner,
        } = self
            .inner
            .in_force
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        Standing {
            version,
            switches,
            stopped,
            planner,
            registry: self.registry(),
        }
    }

    /// Gathers what does not depend on the message.
    pub(crate) fn surroundings<'a>(
        &'a self,
        standing: &'a Standing,
        used: &'a Used,
        now: Timestamp,
    ) -> Surroundings<'a> {
        let Standing {
            version: switches_version,
            switches,
            stopped,
            planner,
            registry,
        } = standing;
        let switches_version = *switches_version;
        let switches = Arc::clone(switches);
        let senders = self
            .inner
            .senders
            .all()
            .iter()
            .map(|sender| {
                let state = if !stopped.is_empty() && stopped.contains(&stop_scope(sender)) {
                    SenderState::Stopped {
                        why: "it was stopped; turn it on again when the cause is gone",
                    }
                } else if self.is_offline(sender) {
                    SenderState::Stopped {
                        why: "its provider has taken it offline; its messages go on when it is back",
                    }
                } else if let Some(until) = self.sender_waits(sender.channel, now) {
                    SenderState::Throttled { until }
                } else {
                    SenderState::Ready
                };
                SenderFacts {
                    channel: sender.channel,
                    provider: sender.provider,
                    handle: &sender.handle,
                    state,
                    version: u64::from(switches_version),
                }
            })
            .collect();
        Surroundings {
            switches,
            switches_version,
            senders,
            templates: registry.facts(),
            used,
            settings: planner,
        }
    }

    /// Decides about one message.
    pub(crate) fn judge(
        &self,
        facts: &MessageFacts,
        around: &Surroundings<'_>,
        chain: Chain<'_>,
        now: Timestamp,
    ) -> Judgement {
        let Some(member) = &facts.member else {
            return erased();
        };
        let addresses: Vec<Address> = Channel::ALL
            .iter()
            .filter_map(|channel| {
                Some(Address {
                    channel: *channel,
                    handle: member.handle(*channel)?,
                })
            })
            .collect();
        let address_facts: Vec<AddressFacts<'_>> = addresses
            .iter()
            .map(|address| self.address_facts(facts, address, now))
            .collect();
        let counted = around.used.counted_for(facts);
        let planner = Facts {
            message: PlannerMessage {
                kind: facts.message.kind,
                queue: &facts.message.queue,
                critical: facts.message.critical,
                channel_wish: facts.message.channel,
                content: &facts.message.content,
                not_before: facts.message.not_before,
                expires_at: facts.message.expires_at,
                cancel_requested: facts.cancel_requested,
                in_reply_to: facts.reply_channel.or_else(|| {
                    (facts.message.kind == Kind::KeywordReply)
                        .then_some(facts.message.channel)
                        .flatten()
                }),
                chain,
                counted: &counted,
                knocked_at: (facts.held_why.as_deref() == Some("behind_knock"))
                    .then_some(facts.created_at),
                attempts_used: facts.attempts_counted,
                attempts_max: facts.message.attempts_max,
            },
            member: of_member(&member.profile),
            addresses: &address_facts,
            senders: &around.senders,
            templates: &around.templates,
            switches: &around.switches,
            purses: &around.used.purses,
            settings: around.settings,
        };
        policy::outbound::decide(&planner, now)
    }

    fn address_facts<'a>(
        &self,
        facts: &MessageFacts,
        address: &'a Address,
        now: Timestamp,
    ) -> AddressFacts<'a> {
        let of = |purpose: Purpose| {
            facts.consents.iter().find(|record| {
                record.purpose == purpose
                    && record.channel == address.channel
                    && record.handle == address.handle
            })
        };
        let all = of(Purpose::All);
        let marketing = of(Purpose::Marketing);
        let window = self.window_of(facts, address);
        let failures = || {
            let all = facts.unreachable.iter();
            all.filter(|(channel, _)| *channel == address.channel)
                .map(|(_, at)| *at)
        };
        let just_now = failures().any(|at| at >= facts.created_at);
        AddressFacts {
            address,
            consent: all.map_or(ConsentState::Unknown, |record| record.state),
            marketing_stopped: marketing
                .is_some_and(|record| record.state == ConsentState::OptedOut),
            open: match all.map(|record| &record.open) {
                Some(open) if open.doubt.is_some() => OpenQuestion::Doubt,
                Some(open) if open.asked_at.is_some() => OpenQuestion::Confirmation,
                Some(_) | None => OpenQuestion::Nothing,
            },
            consent_version: all.map_or(0, |record| u64::from(record.version)),
            window,
            window_version: window.map_or(0, |window| window.ends_at.as_micros().unsigned_abs()),
            free_entry: self.free_entry_of(facts, address),
            unreachable: just_now || is_not_there(failures(), now),
            limits: self.limits_at(address, now),
        }
    }

    /// The session window with the sender that would be used.
    pub(crate) fn window_of(
        &self,
        facts: &MessageFacts,
        address: &Address,
    ) -> Option<SessionWindow> {
        self.open_with(facts, address).map(|record| record.window)
    }

    /// Whether they came to that sender by an advertisement.
    pub(crate) fn free_entry_of(&self, facts: &MessageFacts, address: &Address) -> FreeEntry {
        self.open_with(facts, address)
            .map(|record| record.free_entry)
            .unwrap_or_default()
    }

    fn open_with<'a>(
        &self,
        facts: &'a MessageFacts,
        address: &Address,
    ) -> Option<&'a WindowRecord> {
        if address.channel != Channel::Whatsapp {
            return None;
        }
        let sender = self.inner.senders.on(Channel::Whatsapp)?;
        facts
            .windows
            .iter()
            .find(|record| record.sender == sender.handle && record.handle == address.handle)
    }

    /// Reads the kill switches, whom WhatsApp is on for, and how templates stand into memory. One version counts changes of all;
    /// it is read first and written last, and only one at a time does so: see [`Self::standing`].
    pub(crate) async fn load_switches(&self) -> Result<(), EngineError> {
        let _alone = self.inner.loading.lock().await;
        self.read_switches().await
    }

    /// What holds for these: where another node has changed something since it was read here, it is read again first. A
    /// decision that sends nothing is compared with nothing when it is written, so it must not rest on what was before.
    pub(crate) async fn standing_for(
        &self,
        facts: &[Option<MessageFacts>],
    ) -> Result<Standing, EngineError> {
        let newest = facts.iter().flatten().map(|one| one.switches_version);
        self.standing_since(newest.max().unwrap_or(0)).await
    }

    /// What holds in the database right now, for decisions about what has no place in a lane.
    pub(crate) async fn standing_now(&self) -> Result<Standing, EngineError> {
        let (version, _) = self.ask().question(store::questions::Switches).await?;
        self.standing_since(version).await
    }

    async fn standing_since(&self, newest: u32) -> Result<Standing, EngineError> {
        let standing = self.standing();
        if standing.version >= newest {
            return Ok(standing);
        }
        let alone = self.inner.loading.lock().await;
        if self.standing().version < newest {
            self.read_switches().await?;
        }
        drop(alone);
        Ok(self.standing())
    }

    async fn read_switches(&self) -> Result<(), EngineError> {
        let (version, records) = self.ask().question(store::questions::Switches).await?;
        let mut switches = KillSwitches::default();
        let mut stopped = Vec::new();
        for record in records {
            match record.scope.split_once(':') {
                None if record.scope == "all" => switches.everything = true,
                Some(_) if record.scope == crate::rollback::SCOPE => switches.rolled_back = true,
                Some(("channel", word)) => switches.channels.extend(word.parse::<Channel>()),
                Some(("kind", word)) => switches.kinds.extend(word.parse::<Kind>()),
                Some(("queue", word)) => switches.queues.extend(word.parse::<domain::QueueName>()),
                Some(("sender", _)) => stopped.push(record.scope),
                None | Some(_) => {
                    tracing::error!("a kill switch of unknown scope is on; it stops nothing");
                }
            }
        }
        let planner = Arc::new(self.planner_in_force().await?);
        self.read_templates().await?;
        self.read_standings().await?;
        *self
            .inner
            .in_force
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = InForce {
            version,
            switches: Arc::new(switches),
            stopped,
            planner,
        };
        Ok(())
    }

    pub(crate) fn reload_switches_soon(&self) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            if let Err(error) = engine.load_switches().await {
                tracing::error!(%error, "the kill switches and templates could not be read");
            }
        });
    }
}

/// The members and kinds of these messages.
pub(crate) fn whom_and_what(
    facts: &[Option<MessageFacts>],
) -> impl Iterator<Item = (domain::MemberId, Kind)> {
    let messages = facts.iter().flatten().map(|facts| &facts.message);
    messages.map(|message| (message.member, message.kind))
}

/// A member as the planner asks for them.
pub(crate) fn of_member(profile: &NewMember) -> MemberFacts<'_> {
    MemberFacts {
        id: profile.id,
        name: profile.name.as_str(),
        erased: false,
        preferred_channel: profile.preferred_channel,
        preferences: profile.preferences,
        cohort: profile.cohort.as_deref(),
        locale: &profile.locale,
        country: profile.country.as_deref(),
        time_zone: Some(&profile.time_zone),
        chosen_hour: Some(profile.preferred_send_hour),
    }
}

fn erased() -> Judgement {
    Judgement {
        decision: policy::outbound::Decision::Suppress {
            why: policy::outbound::Reason::Erased,
            status: DeliveryStatus::Suppressed,
        },
        considered: Vec::new(),
        goes_on: false,
    }
}

/// A text without NUL, which no store keeps.
pub(crate) fn without_nul(text: &Text) -> Cow<'_, str> {
    if text.as_str().contains('\0') {
        Cow::Owned(text.as_str().replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text.as_str())
    }
}
