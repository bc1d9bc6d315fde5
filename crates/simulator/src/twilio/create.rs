//! Creating a message: the checks Twilio makes before it says 201, in its order
//! (facts/twilio.md 1.2 and 7.3).

use std::sync::Arc;

use axum::response::Response;
use domain::Timestamp;
use http::StatusCode;

use crate::address::{Channel, split, tidy};
use crate::chance::Thing;
use crate::contents::Rendered;
use crate::error::Refusal;
use crate::hook::Hook;
use crate::record::{Direction, Extras, Media, Record, Status};
use crate::segments;
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::state::State;
use crate::twilio::door::Seen;
use crate::twilio::form::Form;
use crate::twilio::order::{Order, read};
use crate::twilio::{Call, json};

/// The sender that was found for an order.
struct Sender {
    from: Option<Arc<str>>,
    service: Option<Sid>,
    /// What a STOP to it covers.
    scope: Arc<str>,
    /// Where receipts go when the order names nothing.
    hook: Option<String>,
}

/// `POST /Messages.json`.
pub(crate) fn create(
    simulator: &Arc<Simulator>,
    call: &Call,
    seen: &mut Seen,
) -> Result<Response, Refusal> {
    if !call.is_form() {
        return Err(Refusal::of(21604));
    }
    let form = Form::parse(&call.body);
    let now = simulator.now();
    let order = read(&form, now)?;
    let mut state = simulator.state();
    let rate = state.faults.failed_at_once_rate;
    let fails_at_once = state.chance.happens(Thing::FailedAtOnce, rate);
    if !state.faults.errors.is_empty() {
        // Judged once here for the codes that refuse; the others are drawn when it leaves the queue.
        let share = state.chance.share(Thing::ErrorCode);
        if let Some(code) = state.faults.error_at(share).filter(|code| *code < 30_000) {
            return Err(Refusal::of(code));
        }
    }
    let sender = find_sender(&state, &order)?;
    check_recipient(simulator, &state, &order, &sender)?;
    let rendered = render(&state, &order, simulator.now())?;
    let mut record = record(&mut state, order, sender, rendered, now);
    if fails_at_once {
        record.status = Status::Failed;
        record.error = Some(30008);
        record.ended = Some(now);
    }
    let (sid, seq, status) = (record.sid, record.seq, record.status);
    let send_at = record.extras.as_ref().and_then(|extras| extras.send_at);
    let answer = json(
        StatusCode::CREATED,
        &record.resource(&simulator.account, now, simulator.config.price_after),
    );
    state.add(record);
    if let Some(at) = send_at {
        state.schedule.insert((at, seq));
    }
    let last = state.changes.last();
    drop(state);
    simulator.tell(last);
    let goes_now = send_at.is_none() && status != Status::Failed;
    seen.created = Some((sid, goes_now.then_some(seq)));
    Ok(answer)
}

/// Finds who sends: the number in `From`, or the service.
fn find_sender(state: &State, order: &Order<'_>) -> Result<Sender, Refusal> {
    let numbers = &state.numbers;
    let service = match order.service {
        Some(sid) => Some(numbers.service(sid).ok_or_else(|| Refusal::of(21705))?),
        None => None,
    };
    let service_hook = service.and_then(|service| service.status_callback.clone());
    let Some(from) = order.from else {
        let service = service.ok_or_else(|| Refusal::of(21603))?;
        if service.pool.is_empty() {
            return Err(Refusal::of(21704));
        }
        if numbers.pick(service, order.channel, &order.to).is_none() {
            return Err(Refusal::of(21703));
        }
        return Ok(Sender {
            from: None,
            service: Some(service.sid),
            scope: service.sid.to_string().into(),
            hook: service_hook,
        });
    };
    let (channel, number) = split(from);
    let number = tidy(number).ok_or_else(|| Refusal::of(21212))?;
    if channel != order.channel {
        return Err(Refusal::of(21910));
    }
    if number == order.to {
        return Err(Refusal::of(if channel == Channel::Whatsapp {
            63031
        } else {
            21266
        }));
    }
    let unknown = if channel == Channel::Whatsapp {
        63007
    } else {
        21659
    };
    let own = numbers
        .by_number(&number)
        .ok_or_else(|| Refusal::of(unknown))?;
    if !own.carries(channel) {
        return Err(Refusal::of(if channel == Channel::Whatsapp {
            63007
        } else {
            21606
        }));
    }
    if service.is_some_and(|service| !service.pool.contains(&own.sid)) {
        return Err(Refusal::of(21703));
    }
    let whatsapp_hook = (channel == Channel::Whatsapp)
        .then(|| own.set.whatsapp_status_url.clone())
        .flatten();
    Ok(Sender {
        from: Some(Arc::clone(&own.number)),
        service: service.map(|service| service.sid),
        scope: numbers.stop_scope(own),
        hook: service_hook.or(whatsapp_hook),
    })
}

/// What is known about the recipient before anything is queued.
fn check_recipient(
    simulator: &Simulator,
    state: &State,
    order: &Order<'_>,
    sender: &Sender,
) -> Result<(), Refusal> {
    let Some(phone) = state.phones.get(&order.to) else {
        return Ok(());
    };
    if order.channel == Channel::Sms && phone.landline {
        return Err(Refusal::of(21614));
    }
    if order.channel == Channel::Sms
        && !simulator.config.advanced_opt_out
        && phone.has_stopped(&sender.scope)
    {
        return Err(Refusal::of(21610));
    }
    Ok(())
}

/// Fills the template in, where there is one.
fn render(
    state: &State,
    order: &Order<'_>,
    now: Timestamp,
) -> Result<Option<(Rendered, Option<String>)>, Refusal> {
    let Some(sid) = order.content else {
        return Ok(None);
    };
    let content = state.contents.get(sid).ok_or_else(|| Refusal::of(21655))?;
    let rendered = content
        .render(order.channel, &order.variables)
        .ok_or_else(|| Refusal::of(21655))?;
    let category = content
        .submitted
        .as_ref()
        .map(|submitted| submitted.category(now).to_owned());
    Ok(Some((rendered, category)))
}

fn record(
    state: &mut State,
    order: Order<'_>,
    sender: Sender,
    rendered: Option<(Rendered, Option<String>)>,
    now: Timestamp,
) -> Record {
    let mut extras = Extras {
        content: order.content,
        location: order.location,
        send_at: order.send_at,
        wants_feedback: order.wants_feedback,
        ..Extras::default()
    };
    let mut body: Box<str> = order.body.into();
    let mut urls: Vec<String> = order.media.iter().map(|url| (*url).to_owned()).collect();
    if let Some((rendered, category)) = rendered {
        body = rendered.body.into();
        urls = rendered.media;
        extras.buttons = rendered.buttons;
        extras.location = rendered.location.or(extras.location);
        extras.template = Some(rendered.shown);
        extras.category = category;
        extras.trouble = rendered.trouble;
    }
    let media: Vec<Media> = urls
        .into_iter()
        .map(|url| Media {
            sid: state.sid(*b"ME"),
            content_type: content_type_of(&url).to_owned(),
            url,
            bytes: None,
        })
        .collect();
    let caption = media
        .iter()
        .all(|media| media.content_type.starts_with("image/"));
    let is_place = extras.location.is_some();
    if order.channel == Channel::Whatsapp && (!caption || is_place) {
        // WhatsApp has no caption for video, audio, documents and places: the text is lost.
        body = "".into();
    }
    let sid = state.sid(if media.is_empty() { *b"SM" } else { *b"MM" });
    let status = if order.send_at.is_some() {
        Status::Scheduled
    } else if sender.service.is_some() {
        Status::Accepted
    } else {
        Status::Queued
    };
    let has_extras = extras.content.is_some()
        || extras.location.is_some()
        || extras.send_at.is_some()
        || extras.wants_feedback;
    let hook = order
        .hook
        .or_else(|| sender.hook.as_deref().and_then(Hook::parse));
    Record {
        seq: state.log.next(),
        sid,
        direction: Direction::Api,
        channel: order.channel,
        from: sender.from,
        to: order.to.into(),
        service: sender.service,
        segments: match order.channel {
            Channel::Sms => segments::count(&body),
            Channel::Whatsapp => 1,
        },
        body,
        media,
        status,
        error: None,
        created: now,
        updated: now,
        sent: None,
        ended: None,
        hook: hook.map(Arc::new),
        extras: has_extras.then(|| Box::new(extras)),
    }
}

/// The type of a file, by its name.
pub(crate) fn content_type_of(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "3gp" => "video/3gpp",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "amr" => "audio/amr",
        "pdf" => "application/pdf",
        "vcf" => "text/vcard",
        _ => "image/jpeg",
    }
}
