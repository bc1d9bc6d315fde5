//! The account's own numbers and its messaging services.

use std::sync::Arc;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::Channel;
use crate::chance::{Chance, Thing};
use crate::config::{HookMethod, OwnNumber};
use crate::sid::Sid;

/// One of the account's numbers.
#[derive(Debug)]
pub(crate) struct Number {
    /// `PN…`; its WhatsApp sender has the same digits behind `XE`.
    pub(crate) sid: Sid,
    #[expect(
        clippy::struct_field_names,
        reason = "the number itself has no better name"
    )]
    pub(crate) number: Arc<str>,
    pub(crate) set: OwnNumber,
    /// How its WhatsApp sender stands.
    pub(crate) standing: Standing,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// What the Senders API says of a WhatsApp sender (facts/twilio.md 9.1).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Standing {
    pub(crate) status: String,
    pub(crate) quality_rating: String,
    /// As Twilio writes it; absent, it goes by the sandbox's own limit of people.
    pub(crate) messaging_limit: Option<String>,
    pub(crate) offline_reason: Option<String>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            status: "ONLINE".into(),
            quality_rating: "HIGH".into(),
            messaging_limit: None,
            offline_reason: None,
        }
    }
}

impl Number {
    pub(crate) fn carries(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => self.set.sms,
            Channel::Whatsapp => self.set.whatsapp,
        }
    }

    /// The sid of its WhatsApp sender.
    pub(crate) fn sender(&self) -> Sid {
        self.sid.with_kind(*b"XE")
    }
}

/// A messaging service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) sid: Sid,
    pub(crate) friendly_name: String,
    pub(crate) inbound_url: Option<String>,
    pub(crate) inbound_method: HookMethod,
    pub(crate) fallback_url: Option<String>,
    pub(crate) status_callback: Option<String>,
    pub(crate) number_decides: bool,
    pub(crate) validity_seconds: u32,
    /// The sids of its numbers, in the order in which they were added.
    pub(crate) pool: Vec<Sid>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// Numbers and services.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) list: Vec<Number>,
    pub(crate) services: Vec<Service>,
}

impl Numbers {
    pub(crate) fn new(set: &[OwnNumber], chance: &mut Chance, now: Timestamp) -> Self {
        let list = set
            .iter()
            .map(|set| Number {
                sid: Sid::new(*b"PN", chance.id(Thing::Sid)),
                number: set.number.as_e164().into(),
                set: set.clone(),
                standing: Standing::default(),
                created: now,
                updated: now,
            })
            .collect();
        Self {
            list,
            services: Vec::new(),
        }
    }

    pub(crate) fn by_number(&self, number: &str) -> Option<&Number> {
        self.list.iter().find(|own| &*own.number == number)
    }

    pub(crate) fn by_sid(&self, sid: Sid) -> Option<&Number> {
        self.list.iter().find(|own| own.sid == sid)
    }

    pub(crate) fn by_sid_mut(&mut self, sid: Sid) -> Option<&mut Number> {
        self.list.iter_mut().find(|own| own.sid == sid)
    }

    pub(crate) fn service(&self, sid: Sid) -> Option<&Service> {
        self.services.iter().find(|service| service.sid == sid)
    }

    pub(crate) fn service_mut(&mut self, sid: Sid) -> Option<&mut Service> {
        self.services.iter_mut().find(|service| service.sid == sid)
    }

    /// The service a number belongs to.
    pub(crate) fn service_of(&self, number: &Number) -> Option<&Service> {
        self.services
            .iter()
            .find(|service| service.pool.contains(&number.sid))
    }

    /// What a STOP covers: the service of the number, else the number.
    pub(crate) fn stop_scope(&self, number: &Number) -> Arc<str> {
        match self.service_of(number) {
            Some(service) => service.sid.to_string().into(),
            None => Arc::clone(&number.number),
        }
    }

    /// The number a service uses for a person: always the same one.
    pub(crate) fn pick(&self, service: &Service, channel: Channel, to: &str) -> Option<&Number> {
        let fitting: Vec<&Number> = service
            .pool
            .iter()
            .filter_map(|sid| self.by_sid(*sid))
            .filter(|number| number.carries(channel))
            .collect();
        let sum: usize = to.bytes().map(usize::from).sum();
        let place = sum.checked_rem(fitting.len())?;
        fitting.get(place).copied()
    }
}
