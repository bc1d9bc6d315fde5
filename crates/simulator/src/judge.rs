//! What becomes of a message when it leaves the queue: by the handset, the window, the template and
//! the faults in force.

use domain::Timestamp;

use crate::address::Channel;
use crate::chance::Thing;
use crate::record::Record;
use crate::simulator::Simulator;
use crate::state::State;

/// What will become of a message that leaves the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is not under way any more: cancelled, deleted, forgotten.
    Gone,
    /// Twilio itself or the channel refuses it.
    Failed(u32),
    /// The carrier takes it and cannot deliver it.
    Undelivered(u32),
    Arrives,
}

impl Simulator {
    /// Decides what becomes of a message now.
    pub(crate) fn judge(&self, seq: u64) -> Fate {
        let now = self.now();
        let mut state = self.state();
        let rates = !state.faults.errors.is_empty();
        let share = if rates {
            state.chance.share(Thing::ErrorCode)
        } else {
            1.0
        };
        let Some(record) = state.log.get(seq) else {
            return Fate::Gone;
        };
        if record.status.is_final() {
            return Fate::Gone;
        }
        if record.from.is_none() {
            return Fate::Failed(21703);
        }
        let drawn = state.faults.error_at(share);
        if let Some(code) = drawn.filter(|code| *code >= 30_000 && fits(*code, record.channel)) {
            return fate_of(code);
        }
        if record.channel == Channel::Sms {
            return judge_sms(&state, record);
        }
        let fate = judge_whatsapp(&state, record, now);
        if fate != Fate::Arrives {
            return fate;
        }
        let from = record.from.as_deref().unwrap_or("").to_owned();
        let to = record.to.clone();
        let outside_window = !is_open(&state, &to, &from, now);
        if state.meter.admits((&from, &to), outside_window, now) {
            if let Some(phone) = state.phones.get_mut(&to) {
                phone.answered(&from, now);
            }
            Fate::Arrives
        } else {
            Fate::Failed(63018)
        }
    }
}

/// Twilio's codes from 63000 to 63999 are those of channels other than SMS (facts/twilio.md 7).
fn fits(code: u32, channel: Channel) -> bool {
    channel == Channel::Whatsapp || !(63_000..64_000).contains(&code)
}

/// Whether a person has written to a number within a day.
fn is_open(state: &State, to: &str, from: &str, now: Timestamp) -> bool {
    state
        .phones
        .get(to)
        .and_then(|phone| phone.window_end(from))
        .is_some_and(|end| now < end)
}

/// A code that says the carrier tried is a negative receipt, any other a failure before it.
fn fate_of(code: u32) -> Fate {
    match code {
        30003..=30008 | 30011 | 30017 | 30019 | 63003 | 63005 | 63049 => Fate::Undelivered(code),
        _ => Fate::Failed(code),
    }
}

fn judge_sms(state: &State, record: &Record) -> Fate {
    let Some(phone) = state.phones.get(&record.to) else {
        return Fate::Arrives;
    };
    let stopped = record
        .from
        .as_deref()
        .and_then(|from| state.numbers.by_number(from))
        .is_some_and(|own| phone.has_stopped(&state.numbers.stop_scope(own)));
    if stopped {
        Fate::Failed(21610)
    } else if phone.blocked(Channel::Sms) {
        Fate::Undelivered(30004)
    } else if !phone.sms {
        Fate::Undelivered(30006)
    } else {
        Fate::Arrives
    }
}

fn judge_whatsapp(state: &State, record: &Record, now: Timestamp) -> Fate {
    let from = record.from.as_deref().unwrap_or("");
    let phone = state.phones.get(&record.to);
    if let Some(phone) = phone {
        let stopped = state
            .numbers
            .by_number(from)
            .is_some_and(|own| phone.has_stopped(&state.numbers.stop_scope(own)));
        if !phone.whatsapp {
            return Fate::Failed(63024);
        }
        if phone.blocked(Channel::Whatsapp) {
            return Fate::Failed(63014);
        }
        if stopped {
            return Fate::Failed(21610);
        }
    }
    let open = is_open(state, &record.to, from, now);
    let extras = record.extras.as_deref();
    let content = extras.and_then(|extras| extras.content);
    let marketing = extras
        .and_then(|extras| extras.category.as_deref())
        .is_some_and(|category| category == "MARKETING");
    if marketing && phone.is_some_and(|phone| phone.no_marketing) {
        return Fate::Failed(63033);
    }
    // Meta delivers no marketing to US numbers (facts/whatsapp.md 0).
    if marketing && phone.is_some_and(|phone| phone.country == "US") {
        return Fate::Undelivered(63049);
    }
    match content.map(|sid| state.contents.verdict(sid, open, now)) {
        Some(Err(code)) => Fate::Failed(code),
        // In an open window a template may go out as free text, which has no such rules; the text above
        // buttons and lists is short there too.
        Some(Ok(())) => extras
            .and_then(|extras| {
                extras
                    .trouble
                    .map(|code| (code, !extras.buttons.is_empty()))
            })
            .filter(|(code, choices)| !open || (*code == 63021 && *choices))
            .map_or(Fate::Arrives, |(code, _)| Fate::Failed(code)),
        None if open => Fate::Arrives,
        None => Fate::Failed(63016),
    }
}
