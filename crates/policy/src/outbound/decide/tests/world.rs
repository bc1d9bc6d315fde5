//! Made-up facts: Ana, and what may be different about her.

use std::collections::BTreeMap;

use domain::{
    Address, Channel, ConsentState, Content, FreeEntry, Handle, Kind, MemberId, Preferences,
    ProviderName, QueueName, Seconds, SessionWindow, TemplateUse, Text, Timestamp,
};

use crate::budget::Purse;
use crate::outbound::{
    AddressFacts, AddressLimits, Chain, Decision, Facts, Judgement, KillSwitches, MemberFacts,
    MessageFacts, OpenQuestion, SenderFacts, SenderState, Settings, TemplateFacts, decide,
};
use crate::templates::Category;

/// Sunday, 22 November 2026, 12:00 UTC.
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// Owns what [`Facts`] borrows: Ana, opted in to both channels, who prefers WhatsApp, where her
/// window is open.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, as in the real ones"
)]
pub(super) struct World {
    pub(super) kind: Kind,
    pub(super) queue: QueueName,
    pub(super) content: Content,
    pub(super) critical: bool,
    pub(super) wish: Option<Channel>,
    pub(super) reply_to: Option<Channel>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) tried: Vec<Channel>,
    pub(super) arrived: bool,
    pub(super) knocked_at: Option<Timestamp>,
    pub(super) cancelled: bool,
    pub(super) attempts_used: u8,
    pub(super) erased: bool,
    pub(super) preferred: Option<Channel>,
    pub(super) preferences: Preferences,
    pub(super) cohort: Option<&'static str>,
    pub(super) locale: &'static str,
    pub(super) country: &'static str,
    pub(super) chosen_hour: Option<u8>,
    pub(super) sms: (Address, ConsentState, bool),
    pub(super) whatsapp: (Address, ConsentState, bool),
    /// What she agreed to for the web chat, where there is one.
    pub(super) web: Option<ConsentState>,
    pub(super) marketing_stopped: bool,
    pub(super) open: OpenQuestion,
    pub(super) window: Option<SessionWindow>,
    pub(super) free_entry: FreeEntry,
    pub(super) handle: Handle,
    pub(super) sms_sender: Option<SenderState<'static>>,
    pub(super) whatsapp_sender: Option<SenderState<'static>>,
    pub(super) templates: Vec<(&'static str, &'static str, bool, Vec<Box<str>>)>,
    pub(super) category: Option<Category>,
    pub(super) backup: Option<&'static str>,
    pub(super) limits: AddressLimits,
    pub(super) counted: Vec<Timestamp>,
    pub(super) purses: Vec<Purse>,
    pub(super) switches: KillSwitches,
    pub(super) settings: Settings,
}

pub(super) fn ana() -> World {
    let number = || "+14155552671".parse().unwrap();
    World {
        kind: Kind::DailyWorkout,
        queue: QueueName::default(),
        content: Content::text_only("10 squats").unwrap(),
        critical: false,
        wish: None,
        reply_to: None,
        not_before: None,
        expires_at: None,
        tried: Vec::new(),
        arrived: false,
        knocked_at: None,
        cancelled: false,
        attempts_used: 0,
        erased: false,
        preferred: Some(Channel::Whatsapp),
        preferences: Preferences::default(),
        cohort: None,
        locale: "es-MX",
        country: "US",
        chosen_hour: Some(6),
        sms: (Address::sms(number()), ConsentState::OptedIn, false),
        whatsapp: (Address::whatsapp(number()), ConsentState::OptedIn, false),
        web: None,
        marketing_stopped: false,
        open: OpenQuestion::Nothing,
        free_entry: FreeEntry::default(),
        window: Some(SessionWindow {
            ends_at: NOW + Seconds::new(3600),
        }),
        handle: Handle::Phone("+14155550100".parse().unwrap()),
        sms_sender: Some(SenderState::Ready),
        whatsapp_sender: Some(SenderState::Ready),
        templates: vec![
            ("daily_workout", "en", true, vec!["1".into(), "2".into()]),
            ("daily_workout", "es", true, vec!["1".into(), "2".into()]),
            (
                "subscription_reminder",
                "en",
                true,
                vec!["1".into(), "2".into()],
            ),
        ],
        category: Some(Category::Utility),
        backup: None,
        limits: AddressLimits::default(),
        counted: Vec::new(),
        purses: Vec::new(),
        switches: KillSwitches::default(),
        settings: Settings {
            whatsapp_enabled: true,
            ..Settings::default()
        },
    }
}

impl World {
    fn address<'a>(
        &self,
        (address, consent, unreachable): &'a (Address, ConsentState, bool),
        window: Option<SessionWindow>,
    ) -> AddressFacts<'a> {
        AddressFacts {
            address,
            consent: *consent,
            marketing_stopped: self.marketing_stopped,
            open: self.open,
            consent_version: 7,
            window,
            window_version: 8,
            free_entry: self.free_entry,
            unreachable: *unreachable,
            limits: self.limits,
        }
    }

    pub(super) fn judge(&self) -> Judgement {
        self.asked(|facts| decide(facts, NOW))
    }

    /// Asks something else of the same facts.
    pub(super) fn asked<T>(&self, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
        let sender = |channel, provider, state: Option<SenderState<'static>>| {
            state.map(|state| SenderFacts {
                channel,
                provider,
                handle: &self.handle,
                state,
                version: 9,
            })
        };
        let senders: Vec<_> = [
            sender(Channel::Sms, ProviderName::Twilio, self.sms_sender),
            sender(
                Channel::Whatsapp,
                ProviderName::Whatsapp,
                self.whatsapp_sender,
            ),
            sender(
                Channel::Web,
                ProviderName::Websocket,
                self.web.map(|_| SenderState::Ready),
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        let templates: Vec<_> = self
            .templates
            .iter()
            .map(|(name, language, approved, variables)| TemplateFacts {
                name,
                provider_template_id: "HX1",
                language,
                edition: "e1",
                approved: *approved,
                category: self.category,
                variables,
                declared: &[],
                backup: self.backup.filter(|backup| backup != name),
                body: Some("Hi {{1}}! Your workout for {{2}} is ready."),
                version: 10,
            })
            .collect();
        let web = Address::web(MemberId::from_bytes([7; 16]));
        let web = self.web.map(|consent| (web, consent, false));
        let mut addresses = vec![
            self.address(&self.sms, None),
            self.address(&self.whatsapp, self.window),
        ];
        addresses.extend(web.as_ref().map(|web| self.address(web, None)));
        let facts = Facts {
            message: MessageFacts {
                kind: self.kind,
                queue: &self.queue,
                critical: self.critical,
                channel_wish: self.wish,
                content: &self.content,
                not_before: self.not_before,
                expires_at: self.expires_at,
                cancel_requested: self.cancelled,
                in_reply_to: self.reply_to,
                chain: Chain {
                    tried: &self.tried,
                    arrived: self.arrived,
                },
                counted: &self.counted,
                knocked_at: self.knocked_at,
                attempts_used: self.attempts_used,
                attempts_max: 5,
            },
            member: MemberFacts {
                id: MemberId::from_bytes([7; 16]),
                name: "Ana",
                erased: self.erased,
                preferred_channel: self.preferred,
                preferences: self.preferences,
                cohort: self.cohort,
                locale: self.locale,
                country: Some(self.country),
                time_zone: Some("Asia/Tokyo"),
                chosen_hour: self.chosen_hour,
            },
            addresses: &addresses,
            senders: &senders,
            templates: &templates,
            switches: &self.switches,
            purses: &self.purses,
            settings: &self.settings,
        };
        ask(&facts)
    }

    pub(super) fn said(&self) -> String {
        match self.judge().decision {
            Decision::Send(plan) => {
                format!("send {} by {}", plan.form.word(), plan.channel)
            }
            Decision::Hold { why, knock, .. } => {
                format!(
                    "hold, {}{}",
                    why.code(),
                    if knock.is_some() { ", knock" } else { "" }
                )
            }
            Decision::Suppress { why, status } => format!("{status}, {}", why.code()),
        }
    }
}

pub(super) fn with(change: impl FnOnce(&mut World)) -> World {
    let mut world = ana();
    change(&mut world);
    world
}

pub(super) fn template(name: &str, variables: &[&str]) -> TemplateUse {
    let values: BTreeMap<_, _> = variables
        .iter()
        .map(|v| ((*v).into(), Text::from("x")))
        .collect();
    TemplateUse::new(name, values).unwrap()
}
