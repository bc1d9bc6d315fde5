//! Delivering an inbound message to its webhook, and doing what the answer says: TwiML with replies
//! and redirects, or a plain text.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::address::{Channel, split, tidy};
use crate::carry::is_twiml_or_text;
use crate::chance::Thing;
use crate::config::HookMethod;
use crate::hook::Hook;
use crate::inbound::{Target, segments_of};
use crate::record::{Direction, Media, Record, Status};
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::twilio::content_type_of;
use crate::twiml::{self, Verb};
use crate::webhook::{Answer, Params};

/// Most replies to one inbound message.
const REPLIES_MAX: usize = 10;
/// Most `<Redirect>`s that are followed.
const REDIRECTS_MAX: usize = 3;

impl Simulator {
    /// Makes the webhook, turns to the fallback where it fails, and does what the answer says.
    pub(super) async fn deliver_inbound(
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
