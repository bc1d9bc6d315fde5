//! The handsets: what each can do, what is open or blocked on it, and its thread of messages.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::{Seconds, Timestamp};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use crate::address::{Channel, country};

/// How long free-form messages are allowed after the person wrote.
pub(crate) const WINDOW: Seconds = Seconds::new(24 * 3600);

/// How long a business has to answer somebody who came by an advertisement (facts/whatsapp.md 1.2).
const ENTRY: Seconds = Seconds::new(24 * 3600);

/// How long nothing is charged after that answer; newer pages of Meta's say up to seven days.
const FREE: Seconds = Seconds::new(72 * 3600);

/// Somebody came to a sender by an advertisement.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    sender: Arc<str>,
    came: Timestamp,
    answered: Option<Timestamp>,
}

impl Entry {
    fn show(&self, now: Timestamp) -> Value {
        let until = self
            .answered
            .map_or(self.came + ENTRY, |answered| answered + FREE);
        json!({
            "sender": &*self.sender,
            "answered": self.answered.is_some(),
            "open": now < until,
            "until": crate::dates::iso_8601_millis(until),
        })
    }
}

/// A handset.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the phone"
)]
#[derive(Clone, Debug)]
pub(crate) struct Phone {
    pub(crate) number: Arc<str>,
    pub(crate) name: Option<String>,
    /// Letters to it are shown on this phone.
    pub(crate) email: Option<String>,
    pub(crate) country: String,
    pub(crate) whatsapp: bool,
    pub(crate) sms: bool,
    /// A line that is known not to be mobile: refused at once with 21614.
    pub(crate) landline: bool,
    pub(crate) read_receipts: bool,
    pub(crate) online: bool,
    pub(crate) blocked_sms: bool,
    pub(crate) blocked_whatsapp: bool,
    /// Taps "stop promotions" in WhatsApp.
    pub(crate) no_marketing: bool,
    /// WhatsApp's id of this person for this business (`US.…`).
    pub(crate) external_user_id: Option<String>,
    /// It exists because a message came to it, nobody added it.
    pub(crate) appeared: bool,
    /// Messages on this handset, by their sequence numbers, oldest first.
    pub(crate) thread: VecDeque<u64>,
    /// Sent while it was offline.
    pub(crate) waiting: Vec<u64>,
    /// When the person last wrote to each WhatsApp sender.
    pub(crate) wrote: Vec<(Arc<str>, Timestamp)>,
    /// The WhatsApp senders the person came to by an advertisement.
    pub(crate) entries: Vec<Entry>,
    /// The senders and services that were told STOP.
    pub(crate) stopped: Vec<Arc<str>>,
}

impl Phone {
    /// A phone with everything on.
    pub(crate) fn new(number: Arc<str>) -> Self {
        Self {
            name: None,
            email: None,
            country: country(&number).to_owned(),
            number,
            whatsapp: true,
            sms: true,
            landline: false,
            read_receipts: true,
            online: true,
            blocked_sms: false,
            blocked_whatsapp: false,
            no_marketing: false,
            external_user_id: None,
            appeared: false,
            thread: VecDeque::new(),
            waiting: Vec::new(),
            wrote: Vec::new(),
            entries: Vec::new(),
            stopped: Vec::new(),
        }
    }

    /// What it is, without what has happened on it.
    pub(crate) fn as_new(&self) -> Self {
        Self {
            thread: VecDeque::new(),
            waiting: Vec::new(),
            wrote: Vec::new(),
            entries: Vec::new(),
            stopped: Vec::new(),
            ..self.clone()
        }
    }

    pub(crate) fn blocked(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => self.blocked_sms,
            Channel::Whatsapp => self.blocked_whatsapp,
        }
    }

    /// Until when a WhatsApp sender may write freely.
    pub(crate) fn window_end(&self, sender: &str) -> Option<Timestamp> {
        self.wrote
            .iter()
            .find(|(own, _)| &**own == sender)
            .map(|(_, at)| *at + WINDOW)
    }

    /// The person wrote to this sender.
    pub(crate) fn open_window(&mut self, sender: &Arc<str>, at: Timestamp) {
        match self.wrote.iter_mut().find(|(own, _)| own == sender) {
            Some(entry) => entry.1 = entry.1.max(at),
            None => self.wrote.push((Arc::clone(sender), at)),
        }
    }

    /// The person wrote to this sender through an advertisement.
    pub(crate) fn enter(&mut self, sender: &Arc<str>, at: Timestamp) {
        self.entries.retain(|entry| entry.sender != *sender);
        self.entries.push(Entry {
            sender: Arc::clone(sender),
            came: at,
            answered: None,
        });
    }

    /// A message of this sender arrived: the first one within a day answers.
    pub(crate) fn answered(&mut self, sender: &str, at: Timestamp) {
        for entry in &mut self.entries {
            if &*entry.sender == sender && entry.answered.is_none() && at < entry.came + ENTRY {
                entry.answered = Some(at);
            }
        }
    }

    pub(crate) fn has_stopped(&self, scope: &str) -> bool {
        self.stopped.iter().any(|own| &**own == scope)
    }

    pub(crate) fn set_stopped(&mut self, scope: &Arc<str>, stopped: bool) {
        self.stopped.retain(|own| own != scope);
        if stopped {
            self.stopped.push(Arc::clone(scope));
        }
    }

    /// As the control API shows it.
    pub(crate) fn show(&self, now: Timestamp) -> Value {
        let windows: Vec<Value> = self
            .wrote
            .iter()
            .map(|(own, at)| {
                let end = *at + WINDOW;
                json!({
                    "sender": &**own,
                    "open": now < end,
                    "until": crate::dates::iso_8601_millis(end),
                })
            })
            .collect();
        json!({
            "number": &*self.number,
            "name": self.name,
            "email": self.email,
            "country": self.country,
            "whatsapp": self.whatsapp,
            "sms": self.sms,
            "landline": self.landline,
            "read_receipts": self.read_receipts,
            "online": self.online,
            "blocked": {"sms": self.blocked_sms, "whatsapp": self.blocked_whatsapp},
            "no_marketing": self.no_marketing,
            "external_user_id": self.external_user_id,
            "appeared": self.appeared,
            "stopped": self.stopped.iter().map(|scope| &**scope).collect::<Vec<&str>>(),
            "windows": windows,
            "free_entries": self.entries.iter().map(|entry| entry.show(now)).collect::<Vec<_>>(),
            "messages": self.thread.len(),
        })
    }
}

/// All handsets, at most so many.
#[derive(Debug)]
pub(crate) struct Phones {
    by_number: FxHashMap<Arc<str>, Phone>,
    /// In the order in which they were added.
    order: Vec<Arc<str>>,
    max: usize,
}

impl Phones {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            by_number: FxHashMap::default(),
            order: Vec::new(),
            max,
        }
    }

    pub(crate) fn get(&self, number: &str) -> Option<&Phone> {
        self.by_number.get(number)
    }

    pub(crate) fn get_mut(&mut self, number: &str) -> Option<&mut Phone> {
        self.by_number.get_mut(number)
    }

    /// Adds a phone, or replaces what is known about it while its thread stays. `None` when there
    /// are too many.
    pub(crate) fn add(&mut self, number: &str) -> Option<&mut Phone> {
        if !self.by_number.contains_key(number) {
            if self.order.len() >= self.max {
                return None;
            }
            let number: Arc<str> = number.into();
            self.order.push(Arc::clone(&number));
            self.by_number
                .insert(Arc::clone(&number), Phone::new(number));
        }
        self.by_number.get_mut(number)
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Phone> {
        self.order.iter().filter_map(|n| self.by_number.get(n))
    }
}
