//! Messages that exist: list, fetch, redact, cancel, delete, and the feedback about them.

use std::sync::Arc;

use axum::response::Response;
use domain::{Seconds, Timestamp};
use http::StatusCode;
use serde_json::{Value, json as value};

use crate::address::{Channel, split, tidy};
use crate::dates::{Moment, rfc_2822};
use crate::error::Refusal;
use crate::record::{Record, Status};
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::twilio::door::no_content;
use crate::twilio::form::Form;
use crate::twilio::paging::{Asked, envelope};
use crate::twilio::{Call, json};

/// A message's sid, or 404.
pub(crate) fn message_sid(call: &Call, text: &str) -> Result<Sid, Refusal> {
    text.parse()
        .ok()
        .filter(|sid: &Sid| matches!(&sid.kind(), b"SM" | b"MM"))
        .ok_or_else(|| Refusal::not_found(&call.path))
}

/// `GET /Messages/{sid}.json`.
pub(crate) fn fetch(
    simulator: &Arc<Simulator>,
    call: &Call,
    sid: &str,
) -> Result<Response, Refusal> {
    let sid = message_sid(call, sid)?;
    let state = simulator.state();
    let record = state
        .log
        .find(sid)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    Ok(shown(simulator, record))
}

fn shown(simulator: &Simulator, record: &Record) -> Response {
    json(
        StatusCode::OK,
        &record.resource(
            &simulator.account,
            simulator.now(),
            simulator.config.price_after,
        ),
    )
}

/// Which messages a list holds.
#[derive(Default)]
struct Filter {
    to: Option<(Channel, String)>,
    from: Option<(Channel, String)>,
    sent_from: Option<Timestamp>,
    /// Exclusive.
    sent_before: Option<Timestamp>,
}

impl Filter {
    fn read(query: &Form<'_>) -> Result<Self, Refusal> {
        let address = |name: &str| {
            query.get(name).map(|text| {
                let (channel, number) = split(text);
                (channel, tidy(number).unwrap_or_else(|| number.to_owned()))
            })
        };
        let moment = |name: &str| match query.get(name) {
            None => Ok(None),
            Some(text) => Moment::parse(text)
                .map(Some)
                .ok_or_else(|| Refusal::saying(20001, format!("{name} is not a date"))),
        };
        let day = Seconds::new(86_400);
        let mut filter = Self {
            to: address("To"),
            from: address("From"),
            ..Self::default()
        };
        match moment("DateSent")? {
            Some(Moment::Day(at)) => {
                filter.sent_from = Some(at);
                filter.sent_before = Some(at + day);
            }
            Some(Moment::Instant(at)) => {
                filter.sent_from = Some(at);
                filter.sent_before = Some(at + Seconds::new(1));
            }
            None => {}
        }
        // Both ends are inclusive: a day as a whole, an instant to the second.
        match moment("DateSent<")? {
            Some(Moment::Day(at)) => filter.sent_before = Some(at + day),
            Some(Moment::Instant(at)) => filter.sent_before = Some(at + Seconds::new(1)),
            None => {}
        }
        if let Some(Moment::Day(at) | Moment::Instant(at)) = moment("DateSent>")? {
            filter.sent_from = Some(at);
        }
        Ok(filter)
    }

    /// A message that has not been sent yet is found by when it was created.
    fn fits(&self, record: &Record) -> bool {
        let at = record.sent.unwrap_or(record.created);
        let is = |wanted: &Option<(Channel, String)>, number: &str| {
            wanted
                .as_ref()
                .is_none_or(|(channel, wanted)| *channel == record.channel && wanted == number)
        };
        is(&self.to, &record.to)
            && is(&self.from, record.from.as_deref().unwrap_or(""))
            && self.sent_from.is_none_or(|from| at >= from)
            && self.sent_before.is_none_or(|before| at < before)
    }
}

/// `GET /Messages.json`, newest first.
pub(crate) fn list(simulator: &Arc<Simulator>, call: &Call) -> Result<Response, Refusal> {
    let query = Form::parse(call.query.as_bytes());
    let asked = Asked::read(&query)?;
    let filter = Filter::read(&query)?;
    let now = simulator.now();
    let state = simulator.state();
    // A person's own thread is much shorter than everybody's messages.
    let thread = [&filter.to, &filter.from]
        .into_iter()
        .flatten()
        .filter(|(_, number)| state.numbers.by_number(number).is_none())
        .find_map(|(_, number)| state.phones.get(number));
    let newest_first: Box<dyn Iterator<Item = u64>> = match thread {
        Some(phone) => Box::new(phone.thread.iter().rev().copied()),
        None => Box::new((state.log.base()..state.log.next()).rev()),
    };
    let mut found = newest_first
        .filter(|seq| asked.after.is_none_or(|after| *seq < after))
        .filter_map(|seq| state.log.get(seq))
        .filter(|record| state.log.is_listed(record) && filter.fits(record));
    let mut items = Vec::new();
    let mut last = None;
    for record in found.by_ref().take(asked.size) {
        last = Some(record.seq);
        let shown = record.resource(&simulator.account, now, simulator.config.price_after);
        items.push(serde_json::to_value(shown).unwrap_or_default());
    }
    let more = found.next().is_some();
    let last = last.filter(|_| more);
    let body = envelope("messages", &items, &call.path, &call.query, asked, last);
    Ok(json(StatusCode::OK, &body))
}

/// `POST /Messages/{sid}.json`: redact with an empty `Body`, cancel with `Status=canceled`.
pub(crate) fn update(
    simulator: &Arc<Simulator>,
    call: &Call,
    sid: &str,
) -> Result<Response, Refusal> {
    let sid = message_sid(call, sid)?;
    let form = Form::parse(&call.body);
    let (body, status) = (form.given("Body"), form.get("Status"));
    let now = simulator.now();
    let mut state = simulator.state();
    let seq = state
        .log
        .seq_of(sid)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    match (body, status) {
        (Some(""), None) => {
            if let Some(record) = state.log.get_mut(seq) {
                record.body = "".into();
                record.updated = now;
            }
        }
        (None, Some("canceled")) => {
            let record = state.log.get(seq);
            if record.map(|record| record.status) != Some(Status::Scheduled) {
                return Err(Refusal::of(30409));
            }
            let at = record
                .and_then(|record| record.extras.as_ref())
                .and_then(|extras| extras.send_at);
            if let Some(at) = at
                && !state.schedule.remove(&(at, seq))
            {
                // It has just left for its queue.
                return Err(Refusal::of(30409));
            }
            drop(state);
            simulator.cancelled(seq);
            state = simulator.state();
        }
        _ => return Err(Refusal::of(30400)),
    }
    let record = state
        .log
        .get(seq)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    Ok(shown(simulator, record))
}

/// `DELETE /Messages/{sid}.json`.
pub(crate) fn delete(
    simulator: &Arc<Simulator>,
    call: &Call,
    sid: &str,
) -> Result<Response, Refusal> {
    let sid = message_sid(call, sid)?;
    let mut state = simulator.state();
    let record = state
        .log
        .find(sid)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    if !record.status.is_final() {
        return Err(Refusal::of(20009));
    }
    state.log.forget(sid);
    Ok(no_content())
}

/// `POST /Messages/{sid}/Feedback.json`.
pub(crate) fn feedback(
    simulator: &Arc<Simulator>,
    call: &Call,
    sid: &str,
) -> Result<Response, Refusal> {
    let sid = message_sid(call, sid)?;
    let form = Form::parse(&call.body);
    let outcome = match form.get("Outcome") {
        None | Some("confirmed") => "confirmed",
        Some("unconfirmed") => "unconfirmed",
        Some(_) => {
            return Err(Refusal::saying(
                20001,
                "Outcome is `confirmed` or `unconfirmed`",
            ));
        }
    };
    let now = simulator.now();
    let mut state = simulator.state();
    let seq = state
        .log
        .seq_of(sid)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    let record = state
        .log
        .get_mut(seq)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    if !record
        .extras
        .as_ref()
        .is_some_and(|extras| extras.wants_feedback)
    {
        return Err(Refusal::saying(
            20001,
            "Feedback needs ProvideFeedback=true when the message is created",
        ));
    }
    record.extras_mut().feedback = Some(outcome.to_owned());
    let body: Value = value!({
        "account_sid": &*simulator.account,
        "message_sid": sid.to_string(),
        "outcome": outcome,
        "date_created": rfc_2822(now),
        "date_updated": rfc_2822(now),
        "uri": format!(
            "/2010-04-01/Accounts/{}/Messages/{sid}/Feedback.json",
            simulator.account
        ),
    });
    Ok(json(StatusCode::OK, &body))
}
