//! What a person says on a handset: the message, the keyword in it, the webhook, and the reply the
//! webhook's answer asks for (facts/twilio.md 4).

mod answered;
mod params;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::address::{Channel, split, tidy};
use crate::config::HookMethod;
use crate::keywords::Keyword;
use crate::observe::Change;
use crate::record::{Button, Direction, Extras, Media, Record, Status};
use crate::segments;
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::state::State;

/// What a person says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) channel: Channel,
    /// One of the account's numbers; without it the one that wrote last on this channel.
    pub(crate) to: Option<String>,
    pub(crate) text: String,
    pub(crate) media: Vec<(String, Bytes)>,
    /// A tapped button or list row, and the message it belongs to.
    pub(crate) tapped: Option<(Button, Sid)>,
    pub(crate) quotes: Option<Sid>,
    pub(crate) location: Option<Value>,
    /// The advertisement that was tapped, where the person came by one.
    pub(crate) ad: Option<Ad>,
}

/// A click-to-WhatsApp advertisement, as the webhook tells of it (facts/twilio.md 4.1).
#[derive(Debug)]
pub(crate) struct Ad {
    pub(crate) headline: String,
    pub(crate) body: String,
    pub(crate) source_id: String,
    pub(crate) source_url: String,
}

/// Why it could not be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSaid {
    #[error("there is no such phone")]
    NoPhone,
    #[error("this phone does not have that channel")]
    NoChannel,
    #[error("this phone is offline")]
    Offline,
    #[error("WhatsApp does not let a person write to a business they have blocked")]
    Blocked,
    #[error("the account has no number on that channel, or not this one")]
    NoNumber,
}

/// Where an inbound message goes.
#[derive(Debug, Clone)]
struct Target {
    url: Option<String>,
    method: HookMethod,
    fallback: Option<String>,
    service: Option<Sid>,
}

impl Simulator {
    /// A person says something. The webhook is made in the background.
    pub(crate) fn say(
        self: &Arc<Self>,
        number: &str,
        said: &Said,
        host: Option<&str>,
    ) -> Result<(u64, Value), NotSaid> {
        let now = self.now();
        let base = self.base_url(host);
        let mut state = self.state();
        let phone = state.phones.get(number).ok_or(NotSaid::NoPhone)?;
        let able = match said.channel {
            Channel::Sms => phone.sms,
            Channel::Whatsapp => phone.whatsapp,
        };
        if !able {
            return Err(NotSaid::NoChannel);
        }
        if !phone.online {
            return Err(NotSaid::Offline);
        }
        if said.channel == Channel::Whatsapp && phone.blocked(Channel::Whatsapp) {
            return Err(NotSaid::Blocked);
        }
        let from = Arc::clone(&phone.number);
        let own = own_number(&state, &from, said).ok_or(NotSaid::NoNumber)?;
        let target = target(&state, &own, said.channel);
        let keyword = keyword_of(self, said.channel, &said.text);
        let account = &*self.account;
        let url_of = move |message, media| {
            format!("{base}/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}")
        };
        let record = inbound_record(&mut state, said, &from, &own, target.service, now, &url_of);
        let (seq, sid) = (record.seq, record.sid);
        let shown = record.on_handset();
        let params = self.inbound_params(&state, &record, said, keyword);
        state.add(record);
        if said.channel == Channel::Whatsapp
            && let Some(phone) = state.phones.get_mut(&from)
        {
            phone.open_window(&own, now);
            if said.ad.is_some() {
                phone.enter(&own, now);
            }
        }
        let reply = keyword.and_then(|keyword| obey(self, &mut state, keyword, &from, &own));
        if let Some(text) = reply {
            let reply = carrier_reply(&mut state, said.channel, &own, &from, text, now);
            state.add(reply);
        }
        state.changes.push(Change::Phone(Arc::clone(&from)));
        let last = state.changes.last();
        drop(state);
        self.tell(last);
        let this = Arc::clone(self);
        let channel = said.channel;
        self.start(async move {
            this.deliver_inbound(target, params, sid, channel, &own, &from)
                .await;
            this.state().counts.inbound_told += 1;
        });
        Ok((seq, shown))
    }
}

fn segments_of(channel: Channel, body: &str) -> u32 {
    match channel {
        Channel::Sms => segments::count(body),
        Channel::Whatsapp => 1,
    }
}

/// The number of the account a person writes to.
fn own_number(state: &State, from: &str, said: &Said) -> Option<Arc<str>> {
    let fits = |number: &str| {
        state
            .numbers
            .by_number(number)
            .filter(|own| own.carries(said.channel))
            .map(|own| Arc::clone(&own.number))
    };
    if let Some(to) = &said.to {
        return fits(&tidy(split(to).1)?);
    }
    let quoted = said.tapped.as_ref().map(|(_, sid)| *sid).or(said.quotes);
    if let Some(own) = quoted
        .and_then(|sid| state.log.find(sid))
        .and_then(|record| fits(record.from.as_deref()?))
    {
        return Some(own);
    }
    let thread = &state.phones.get(from)?.thread;
    thread
        .iter()
        .rev()
        .filter_map(|seq| state.log.get(*seq))
        .filter(|record| record.channel == said.channel)
        .find_map(|record| match record.direction {
            Direction::Inbound => fits(&record.to),
            Direction::Api | Direction::Reply => fits(record.from.as_deref()?),
        })
        .or_else(|| {
            let mut all = state.numbers.list.iter();
            let own = all.find(|own| own.carries(said.channel))?;
            Some(Arc::clone(&own.number))
        })
}

fn target(state: &State, own: &str, channel: Channel) -> Target {
    let Some(number) = state.numbers.by_number(own) else {
        return Target {
            url: None,
            method: HookMethod::Post,
            fallback: None,
            service: None,
        };
    };
    let service = state.numbers.service_of(number);
    let (url, method, fallback) = match (service, channel) {
        (Some(service), _) if !service.number_decides => (
            &service.inbound_url,
            service.inbound_method,
            &service.fallback_url,
        ),
        (_, Channel::Sms) => (
            &number.set.sms_url,
            number.set.sms_method,
            &number.set.sms_fallback_url,
        ),
        (_, Channel::Whatsapp) => (
            &number.set.whatsapp_url,
            number.set.whatsapp_method,
            &number.set.whatsapp_fallback_url,
        ),
    };
    Target {
        url: url.clone(),
        method,
        fallback: fallback.clone(),
        service: service.map(|service| service.sid),
    }
}

/// The keyword a message is, where keywords are heeded at all: with Advanced Opt-Out, and else on SMS
/// unless they are left to the project, as on a short code (facts/twilio.md 6.1).
fn keyword_of(simulator: &Simulator, channel: Channel, text: &str) -> Option<Keyword> {
    let by_default = channel == Channel::Sms && simulator.config.auto_reply_keywords;
    let heeded = by_default || simulator.config.advanced_opt_out;
    heeded.then(|| Keyword::of(text)).flatten()
}

/// Does what a keyword says, and returns the answer to it.
fn obey(
    simulator: &Simulator,
    state: &mut State,
    keyword: Keyword,
    person: &str,
    own: &str,
) -> Option<&'static str> {
    let scope = state.numbers.stop_scope(state.numbers.by_number(own)?);
    let phone = state.phones.get_mut(person)?;
    let was_stopped = phone.has_stopped(&scope);
    match keyword {
        Keyword::Stop => phone.set_stopped(&scope, true),
        Keyword::Start => phone.set_stopped(&scope, false),
        Keyword::Help => {}
    }
    // Nobody is answered about help, or told again to have stopped, once they have.
    let silent = was_stopped && keyword != Keyword::Start;
    (simulator.config.auto_reply_keywords && !silent).then(|| keyword.reply())
}

/// The answer to a keyword: it arrives at once and nobody is told of it.
fn carrier_reply(
    state: &mut State,
    channel: Channel,
    own: &Arc<str>,
    person: &Arc<str>,
    text: &str,
    now: domain::Timestamp,
) -> Record {
    Record {
        seq: state.log.next(),
        sid: state.sid(*b"SM"),
        direction: Direction::Reply,
        channel,
        from: Some(Arc::clone(own)),
        to: Arc::clone(person),
        service: None,
        body: text.into(),
        media: Vec::new(),
        status: Status::Delivered,
        error: None,
        segments: segments_of(channel, text),
        created: now,
        updated: now,
        sent: Some(now),
        ended: Some(now),
        hook: None,
        extras: Some(Box::new(Extras {
            by_carrier: true,
            ..Extras::default()
        })),
    }
}

fn inbound_record(
    state: &mut State,
    said: &Said,
    from: &Arc<str>,
    own: &Arc<str>,
    service: Option<Sid>,
    now: domain::Timestamp,
    url_of: &dyn Fn(Sid, Sid) -> String,
) -> Record {
    let sid = state.sid(if said.media.is_empty() {
        *b"SM"
    } else {
        *b"MM"
    });
    let media = said
        .media
        .iter()
        .map(|(content_type, bytes)| {
            let media = state.sid(*b"ME");
            Media {
                sid: media,
                url: url_of(sid, media),
                content_type: content_type.clone(),
                bytes: Some(bytes.clone()),
            }
        })
        .collect();
    let body = match &said.tapped {
        Some((button, _)) => &button.title,
        None => &said.text,
    };
    let quotes = said.tapped.as_ref().map(|(_, sid)| *sid).or(said.quotes);
    let contact = said
        .media
        .iter()
        .find(|(kind, _)| kind == "text/vcard")
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
    let has_extras = quotes.is_some() || said.location.is_some() || contact.is_some();
    Record {
        seq: state.log.next(),
        sid,
        direction: Direction::Inbound,
        channel: said.channel,
        from: Some(Arc::clone(from)),
        to: Arc::clone(own),
        service,
        body: body.as_str().into(),
        media,
        status: Status::Received,
        error: None,
        segments: segments_of(said.channel, body),
        created: now,
        updated: now,
        sent: Some(now),
        ended: Some(now),
        hook: None,
        extras: has_extras.then(|| {
            Box::new(Extras {
                quotes,
                location: said.location.clone(),
                contact,
                ..Extras::default()
            })
        }),
    }
}
