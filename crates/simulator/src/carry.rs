//! A message's way from the queue to the handset, and the callbacks along it.

use std::borrow::Cow;
use std::sync::Arc;

use domain::Timestamp;

use crate::address::Channel;
use crate::chance::Thing;
use crate::config::HookMethod;
use crate::dates::{iso_8601_millis, receipt_time};
use crate::error::message as error_message;
use crate::hook::Hook;
use crate::judge::Fate;
use crate::observe::Alert;
use crate::record::{Record, Status};
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::state::State;
use crate::webhook::{Answer, Params};

/// A callback that is to be made.
#[derive(Debug)]
struct Callback {
    hook: Arc<Hook>,
    params: Params,
    token: String,
    sid: Sid,
    /// 0 when it gets lost, 2 when it comes twice.
    copies: u8,
}

impl Simulator {
    /// Lets a message go its way in the background.
    pub(crate) fn send_off(self: &Arc<Self>, seq: u64) {
        let this = Arc::clone(self);
        self.start(async move { this.carry(seq).await });
    }

    /// Lets scheduled messages go whose time has come.
    pub(crate) fn send_scheduled(self: &Arc<Self>) {
        let now = self.now();
        loop {
            let seq = {
                let mut state = self.state();
                match state.schedule.first() {
                    Some((at, _)) if *at <= now => state.schedule.pop_first().map(|(_, seq)| seq),
                    _ => None,
                }
            };
            match seq {
                Some(seq) => self.send_off(seq),
                None => return,
            }
        }
    }

    /// A scheduled message was called off.
    pub(crate) fn cancelled(self: &Arc<Self>, seq: u64) {
        let callback = self.move_on(seq, Status::Canceled, None);
        let this = Arc::clone(self);
        self.start(async move { this.make(callback).await });
    }

    /// The whole way of a message.
    pub(crate) async fn carry(self: &Arc<Self>, seq: u64) {
        let pace = self.config.timing;
        let (initial, reorder) = {
            let mut state = self.state();
            let rate = state.faults.reorder_callback_rate;
            let reorder = state.chance.happens(Thing::ReorderCallbacks, rate);
            if reorder {
                state.counts.callbacks_reordered += 1;
            }
            (state.log.get(seq).map(|record| record.status), reorder)
        };
        if matches!(initial, Some(Status::Accepted | Status::Scheduled)) {
            self.pick_sender(seq);
            let queued = self.move_on(seq, Status::Queued, None);
            self.make(queued).await;
        }
        pause(pace.sent).await;
        let fate = self.judge(seq);
        match fate {
            Fate::Gone => {}
            Fate::Failed(code) => {
                let failed = self.move_on(seq, Status::Failed, Some(code));
                self.make(failed).await;
            }
            Fate::Undelivered(_) | Fate::Arrives => {
                let mut sent = self.move_on(seq, Status::Sent, None);
                if !reorder {
                    self.make(sent.take()).await;
                }
                pause(pace.delivered).await;
                if let Fate::Undelivered(code) = fate {
                    let ended = self.move_on(seq, Status::Undelivered, Some(code));
                    self.make(ended).await;
                } else {
                    self.arrive(seq).await;
                }
                self.make(sent).await;
            }
        }
    }

    /// The handset gets the message, or will when it is online again.
    pub(crate) async fn arrive(self: &Arc<Self>, seq: u64) {
        let reads = {
            let mut state = self.state();
            let Some(record) = state.log.get(seq) else {
                return;
            };
            let channel = record.channel;
            let number = Arc::clone(&record.to);
            match state.phones.get_mut(&number) {
                Some(phone) if !phone.online => {
                    phone.waiting.push(seq);
                    return;
                }
                Some(phone) => channel == Channel::Whatsapp && phone.read_receipts,
                None => false,
            }
        };
        let delivered = self.move_on(seq, Status::Delivered, None);
        if delivered.is_none() && !self.is_delivered(seq) {
            return;
        }
        self.make(delivered).await;
        if reads {
            pause(self.config.timing.read).await;
            let read = self.move_on(seq, Status::Read, None);
            self.make(read).await;
        }
    }

    fn is_delivered(&self, seq: u64) -> bool {
        let state = self.state();
        state
            .log
            .get(seq)
            .is_some_and(|record| record.status == Status::Delivered)
    }

    /// A service picks the sender of a message that has none.
    fn pick_sender(&self, seq: u64) {
        let mut state = self.state();
        let Some(record) = state.log.get(seq) else {
            return;
        };
        if record.from.is_some() {
            return;
        }
        let picked = record
            .service
            .and_then(|sid| state.numbers.service(sid))
            .and_then(|service| state.numbers.pick(service, record.channel, &record.to))
            .map(|number| Arc::clone(&number.number));
        if let Some(record) = state.log.get_mut(seq) {
            record.from = picked;
        }
    }

    /// Sets a status, and says which callback follows from it.
    fn move_on(&self, seq: u64, status: Status, error: Option<u32>) -> Option<Callback> {
        let now = self.now();
        let (callback, last) = {
            let mut state = self.state();
            if !state.advance(seq, status, error, now) {
                return None;
            }
            let record = state.log.get(seq)?;
            let hook = record.hook.clone();
            let callback = hook.map(|hook| {
                let sender = sender_of(&state, record);
                (hook, params(&self.account, record, sender, now), record.sid)
            });
            let callback = callback.map(|(hook, params, sid)| {
                let token = state.chance.id(Thing::Token);
                Callback {
                    hook,
                    params,
                    sid,
                    token: format!("{token:032x}"),
                    copies: copies(&mut state),
                }
            });
            (callback, state.changes.last())
        };
        self.tell(last);
        callback
    }

    /// Makes a callback, as often as its fate wants it.
    async fn make(&self, callback: Option<Callback>) {
        let Some(callback) = callback else {
            return;
        };
        for _ in 0..callback.copies {
            let answer = self
                .webhook(
                    &callback.hook,
                    HookMethod::Post,
                    &callback.params,
                    &callback.token,
                )
                .await;
            match answer {
                Answer::Fine { content_type, body } => {
                    if !body.is_empty() && !is_twiml_or_text(content_type.as_deref()) {
                        let text = "the answer to a status callback is neither TwiML nor text";
                        self.alert(12300, text, callback.sid, &callback.hook.url);
                    }
                }
                Answer::Failed { code, text } => {
                    self.alert(code, &text, callback.sid, &callback.hook.url);
                }
            }
        }
    }

    /// Notes what the console's debugger would show.
    pub(crate) fn alert(&self, code: u32, text: &str, sid: Sid, url: &str) {
        let at = iso_8601_millis(self.now());
        self.state().alerts.push(Alert {
            at,
            code,
            text: text.to_owned(),
            sid: sid.to_string(),
            url: url.to_owned(),
        });
    }
}

/// How many times a callback is made.
fn copies(state: &mut State) -> u8 {
    let drop = state.faults.drop_callback_rate;
    let double = state.faults.duplicate_callback_rate;
    if state.chance.happens(Thing::DropCallback, drop) {
        state.counts.callbacks_dropped += 1;
        0
    } else if state.chance.happens(Thing::DuplicateCallback, double) {
        state.counts.callbacks_doubled += 1;
        2
    } else {
        1
    }
}

/// The sid of the WhatsApp sender a message came from.
fn sender_of(state: &State, record: &Record) -> Option<Sid> {
    if record.channel != Channel::Whatsapp {
        return None;
    }
    let own = state.numbers.by_number(record.from.as_deref()?)?;
    Some(own.sender())
}

/// The parameters of a status callback (facts/twilio.md 3.1).
fn params(account: &str, record: &Record, sender: Option<Sid>, now: Timestamp) -> Params {
    let mut params = Params::with_capacity(16);
    let mut add = |key: &'static str, value: String| params.push((Cow::Borrowed(key), value));
    let sid = record.sid.to_string();
    let status = record.status.as_str();
    if let Some(sender) = sender {
        add("ChannelPrefix", "whatsapp".into());
        add("ChannelInstallSid", sender.to_string());
        let shown = record.to.get(..record.to.len().saturating_sub(4));
        add("ChannelToAddress", format!("{}XXXX", shown.unwrap_or("")));
        match record.status {
            Status::Delivered => add("EventType", "DELIVERED".into()),
            Status::Read => add("EventType", "READ".into()),
            Status::Undelivered => add("EventType", "UNDELIVERED".into()),
            _ => {}
        }
    } else if matches!(record.status, Status::Delivered | Status::Undelivered) {
        add("RawDlrDoneDate", receipt_time(now));
    }
    add("SmsSid", sid.clone());
    add("SmsStatus", status.into());
    add("MessageStatus", status.into());
    add("To", record.to_address());
    add("MessageSid", sid);
    add("AccountSid", account.to_owned());
    if let Some(from) = record.sender_address() {
        add("From", from);
    }
    if let Some(service) = record.service {
        add("MessagingServiceSid", service.to_string());
    }
    if let Some(code) = record.error {
        add("ErrorCode", code.to_string());
        add("ErrorMessage", error_message(code).into());
        if sender.is_some() {
            add("ChannelStatusMessage", error_message(code).into());
        }
    }
    add("ApiVersion", "2010-04-01".into());
    params
}

/// Whether an answer's type is one that Twilio takes from webhooks.
pub(crate) fn is_twiml_or_text(content_type: Option<&str>) -> bool {
    let kind = content_type
        .unwrap_or("")
        .split(';')
        .next()
        .unwrap_or("")
        .trim();
    matches!(
        kind.to_ascii_lowercase().as_str(),
        "text/xml" | "application/xml" | "text/html" | "text/plain"
    )
}

/// A pause in real time; none when it is zero.
async fn pause(span: std::time::Duration) {
    if !span.is_zero() {
        tokio::time::sleep(span).await;
    }
}
