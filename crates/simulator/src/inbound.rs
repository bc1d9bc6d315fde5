//! What a person says on a handset: the message, the keyword in it, the webhook, and the reply the
//! webhook's answer asks for (facts/twilio.md 4).

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::address::{Channel, country, split, tidy};
use crate::carry::is_twiml_or_text;
use crate::chance::Thing;
use crate::config::HookMethod;
use crate::hook::Hook;
use crate::keywords::Keyword;
use crate::observe::Change;
use crate::record::{Button, Direction, Extras, Media, Record, Status};
use crate::segments;
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::state::State;
use crate::twilio::content_type_of;
use crate::twiml::{self, Verb};
use crate::webhook::{Answer, Params};

/// Most replies to one inbound message.
const REPLIES_MAX: usize = 10;
/// Most `<Redirect>`s that are followed.
const REDIRECTS_MAX: usize = 3;

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
        said: Said,
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
        let own = own_number(&state, &from, &said).ok_or(NotSaid::NoNumber)?;
        let target = target(&state, &own, said.channel);
        let keyword = keyword_of(self, said.channel, &said.text);
        let account = &*self.account;
        let url_of = move |message, media| {
            format!("{base}/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}")
        };
        let record = inbound_record(&mut state, &said, &from, &own, target.service, now, &url_of);
        let (seq, sid) = (record.seq, record.sid);
        let shown = record.on_handset();
        let params = self.inbound_params(&state, &record, &said, keyword);
        state.add(record);
        if said.channel == Channel::Whatsapp
            && let Some(phone) = state.phones.get_mut(&from)
        {
            phone.open_window(&own, now);
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
        });
        Ok((seq, shown))
    }

    /// The parameters of an inbound webhook (facts/twilio.md 4.1).
    fn inbound_params(
        &self,
        state: &State,
        record: &Record,
        said: &Said,
        keyword: Option<Keyword>,
    ) -> Params {
        let mut params = Params::with_capacity(32);
        let mut add =
            |key: &'static str, value: &str| params.push((Cow::Borrowed(key), value.to_owned()));
        let sid = record.sid.to_string();
        let (from, to) = (record.handset(), &*record.to);
        let mut numbered: Vec<(String, String)> = Vec::new();
        for (place, media) in record.media.iter().enumerate() {
            numbered.push((
                format!("MediaContentType{place}"),
                media.content_type.clone(),
            ));
            numbered.push((format!("MediaUrl{place}"), media.url.clone()));
        }
        match record.channel {
            Channel::Sms => {
                add("ToCountry", country(to));
                add("ToState", "");
                add("ToCity", "");
                add("ToZip", "");
                add("FromCountry", country(from));
                add("FromState", "");
                add("FromCity", "");
                add("FromZip", "");
            }
            Channel::Whatsapp => {
                let phone = state.phones.get(from);
                let name = phone.and_then(|phone| phone.name.as_deref()).unwrap_or("");
                let wa_id = from.trim_start_matches('+');
                let kind = message_type(record, said);
                add("ProfileName", name);
                add("WaId", wa_id);
                add("MessageType", kind);
                add("Forwarded", "false");
                add("FrequentlyForwarded", "false");
                add("ReferralNumMedia", "0");
                let context = json!({"ProfileName": name, "WaId": wa_id});
                let metadata = json!({"type": "whatsapp", "data": {"context": context}});
                add("ChannelMetadata", &metadata.to_string());
                if let Some((button, _)) = &said.tapped {
                    add("ButtonText", &button.title);
                    add(
                        "ButtonPayload",
                        button.payload.as_deref().unwrap_or(&button.title),
                    );
                    add("ButtonType", "REPLY");
                    if button.kind == "list" {
                        add("ListTitle", &button.title);
                        add("ListId", button.payload.as_deref().unwrap_or(""));
                        add(
                            "ListDescription",
                            button.description.as_deref().unwrap_or(""),
                        );
                    }
                }
                let quoted = said.tapped.as_ref().map(|(_, sid)| *sid).or(said.quotes);
                if let Some(quoted) = quoted {
                    add("OriginalRepliedMessageSid", &quoted.to_string());
                    add("OriginalRepliedMessageSender", &format!("whatsapp:{to}"));
                }
                if let Some(location) = &said.location {
                    add("Latitude", &plain(location, "latitude"));
                    add("Longitude", &plain(location, "longitude"));
                    for (key, field) in [("Address", "address"), ("Label", "label")] {
                        let value = plain(location, field);
                        if !value.is_empty() {
                            add(key, &value);
                        }
                    }
                }
            }
        }
        add("SmsMessageSid", &sid);
        add("NumMedia", &record.media.len().to_string());
        add("SmsSid", &sid);
        add("SmsStatus", "received");
        add("Body", &record.body);
        add("To", &record.to_address());
        if let Some(service) = record.service {
            add("MessagingServiceSid", &service.to_string());
        }
        if self.config.advanced_opt_out
            && let Some(keyword) = keyword
        {
            add("OptOutType", keyword.as_str());
        }
        add("NumSegments", &record.segments.to_string());
        add("MessageSid", &sid);
        add("AccountSid", &self.account);
        add("From", &record.from_address().unwrap_or_default());
        add("ApiVersion", "2010-04-01");
        params.extend(
            numbered
                .into_iter()
                .map(|(key, value)| (Cow::Owned(key), value)),
        );
        params
    }

    /// Makes the webhook, turns to the fallback where it fails, and does what the answer says.
    async fn deliver_inbound(
        self: &Arc<Self>,
        target: Target,
        params: Params,
        sid: Sid,
        channel: Channel,
        own: &Arc<str>,
        person: &Arc<str>,
    ) {
        let Some(url) = target.url else {
            return;
        };
        let answered = self.ask(&url, target.method, params.clone(), sid).await;
        let verbs = match (answered, target.fallback) {
            (Ok(verbs), _) => verbs,
            (Err(_), None) => return,
            (Err(code), Some(fallback)) => {
                let mut params = params;
                params.push((Cow::Borrowed("ErrorCode"), code.to_string()));
                params.push((Cow::Borrowed("ErrorUrl"), url));
                match self.ask(&fallback, HookMethod::Post, params, sid).await {
                    Ok(verbs) => verbs,
                    Err(_) => return,
                }
            }
        };
        if verbs.len() > REPLIES_MAX {
            self.alert(14109, "more than 10 replies to one message", sid, "");
        }
        for verb in verbs.into_iter().take(REPLIES_MAX) {
            self.reply(verb, channel, own, person);
        }
    }

    /// Asks one URL for TwiML, following its redirects; the code is Twilio's for what went wrong.
    async fn ask(
        &self,
        url: &str,
        method: HookMethod,
        params: Params,
        sid: Sid,
    ) -> Result<Vec<Verb>, u32> {
        let mut url = url.to_owned();
        let mut method = method;
        let mut verbs = Vec::new();
        for _ in 0..=REDIRECTS_MAX {
            let token = format!("{:032x}", self.state().chance.id(Thing::Token));
            let Some(hook) = Hook::parse(&url) else {
                self.alert(11100, "the webhook's URL is none", sid, &url);
                return Err(11100);
            };
            let read = match self.webhook(&hook, method, &params, &token).await {
                Answer::Failed { code, text } => Err((code, text)),
                Answer::Fine { content_type, body } => read_answer(content_type.as_deref(), &body),
            };
            let read = match read {
                Ok(read) => read,
                Err((code, text)) => {
                    self.alert(code, &text, sid, &url);
                    return Err(code);
                }
            };
            let mut next = None;
            for verb in read {
                if let Verb::Redirect { url, method } = verb {
                    next = Some((url, method));
                    break;
                }
                verbs.push(verb);
            }
            match next {
                None => return Ok(verbs),
                Some((next_url, next_method)) => {
                    url = next_url;
                    method = next_method;
                }
            }
        }
        self.alert(11215, "too many redirects", sid, &url);
        Ok(verbs)
    }

    /// Sends a reply that TwiML asks for.
    fn reply(self: &Arc<Self>, verb: Verb, channel: Channel, own: &Arc<str>, person: &Arc<str>) {
        let Verb::Message {
            to,
            from,
            action,
            body,
            media,
        } = verb
        else {
            return;
        };
        let plain = |address: Option<String>, otherwise: &Arc<str>| {
            address
                .and_then(|address| tidy(split(&address).1))
                .map_or_else(|| Arc::clone(otherwise), Into::into)
        };
        let now = self.now();
        let mut state = self.state();
        let media: Vec<Media> = media
            .into_iter()
            .map(|url| Media {
                sid: state.sid(*b"ME"),
                content_type: content_type_of(&url).to_owned(),
                url,
                bytes: None,
            })
            .collect();
        let sid = state.sid(if media.is_empty() { *b"SM" } else { *b"MM" });
        let record = Record {
            seq: state.log.next(),
            sid,
            direction: Direction::Reply,
            channel,
            from: Some(plain(from, own)),
            to: plain(to, person),
            service: None,
            segments: segments_of(channel, &body),
            body: body.into(),
            media,
            status: Status::Queued,
            error: None,
            created: now,
            updated: now,
            sent: None,
            ended: None,
            hook: action.as_deref().and_then(Hook::parse).map(Arc::new),
            extras: None,
        };
        let seq = record.seq;
        state.add(record);
        let last = state.changes.last();
        drop(state);
        self.tell(last);
        self.send_off(seq);
    }
}

/// What a webhook's answer says: TwiML, or a plain text that is sent back.
fn read_answer(content_type: Option<&str>, body: &Bytes) -> Result<Vec<Verb>, (u32, String)> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    if !is_twiml_or_text(content_type) {
        let text = "the answer is neither TwiML nor text by its Content-Type";
        return Err((12300, text.into()));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Err((12100, "the answer is not UTF-8".into()));
    };
    if content_type.is_some_and(|kind| kind.trim_start().starts_with("text/plain")) {
        return Ok(vec![Verb::Message {
            to: None,
            from: None,
            action: None,
            body: text.to_owned(),
            media: Vec::new(),
        }]);
    }
    twiml::parse(text).map_err(|error| (error.code, error.text))
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

/// The keyword a message is, where keywords are heeded at all: on SMS, and with Advanced Opt-Out on
/// WhatsApp too.
fn keyword_of(simulator: &Simulator, channel: Channel, text: &str) -> Option<Keyword> {
    let heeded = channel == Channel::Sms || simulator.config.advanced_opt_out;
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

/// `MessageType` as captures have it.
fn message_type(record: &Record, said: &Said) -> &'static str {
    let media = record
        .media
        .first()
        .map(|media| media.content_type.as_str());
    match (&said.tapped, media) {
        (Some((button, _)), _) if button.kind == "list" => "interactive",
        (Some(_), _) => "button",
        (None, None) if said.location.is_some() => "location",
        (None, None) => "text",
        (None, Some(kind)) if kind.starts_with("image/") => "image",
        (None, Some(kind)) if kind.starts_with("audio/") => "audio",
        (None, Some(kind)) if kind.starts_with("video/") => "video",
        (None, Some("text/vcard")) => "contacts",
        (None, Some(_)) => "document",
    }
}

/// A field as text, without the quotes of JSON.
fn plain(of: &Value, field: &str) -> String {
    match of.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
