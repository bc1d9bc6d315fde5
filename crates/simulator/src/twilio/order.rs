//! A request to create a message, read and checked by itself: the parameters Twilio refuses whoever
//! sends them (facts/twilio.md 1.2).

use domain::{Seconds, Timestamp};
use serde_json::{Map, Value};

use crate::address::{Channel, split, tidy};
use crate::dates::Moment;
use crate::error::Refusal;
use crate::hook::Hook;
use crate::sid::Sid;
use crate::twilio::form::Form;

/// Longest body, in characters.
const BODY_CHARS_MAX: usize = 1_600;
/// Most media of one message.
const MEDIA_MAX: usize = 10;
/// Nearest and farthest time of a scheduled message.
const SCHEDULE_SECONDS: (u32, u32) = (900, 3_024_000);

/// A request whose parameters are well formed.
pub(crate) struct Order<'a> {
    pub(crate) channel: Channel,
    pub(crate) to: String,
    pub(crate) from: Option<&'a str>,
    pub(crate) service: Option<Sid>,
    pub(crate) body: &'a str,
    pub(crate) media: Vec<&'a str>,
    pub(crate) content: Option<Sid>,
    pub(crate) variables: Map<String, Value>,
    pub(crate) hook: Option<Hook>,
    pub(crate) send_at: Option<Timestamp>,
    pub(crate) location: Option<Value>,
    pub(crate) wants_feedback: bool,
}

/// Checks the parameters by themselves.
pub(crate) fn read<'a>(form: &'a Form<'_>, now: Timestamp) -> Result<Order<'a>, Refusal> {
    let to = form.get("To").ok_or_else(|| Refusal::of(21604))?;
    let service = match form.get("MessagingServiceSid") {
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|sid: &Sid| sid.kind() == *b"MG")
                .ok_or_else(|| Refusal::of(21705))?,
        ),
        None => None,
    };
    let from = form.get("From");
    if from.is_none() && service.is_none() {
        return Err(Refusal::of(21603));
    }
    let (channel, number) = split(to);
    let to = tidy(number).ok_or_else(|| {
        Refusal::saying(21211, format!("Invalid 'To' Phone Number: {}", masked(to)))
    })?;
    let body = form.get("Body").unwrap_or("");
    let media: Vec<&str> = form.all("MediaUrl").collect();
    let content = match form.get("ContentSid") {
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|sid: &Sid| sid.kind() == *b"HX")
                .ok_or_else(|| Refusal::of(21655))?,
        ),
        None => None,
    };
    let variables = read_variables(form, content.is_some())?;
    let location = form.all("PersistentAction").find_map(read_location);
    if body.is_empty() && media.is_empty() && content.is_none() && location.is_none() {
        return Err(Refusal::of(if service.is_some() { 21619 } else { 21602 }));
    }
    if body.chars().count() > BODY_CHARS_MAX {
        return Err(Refusal::of(21617));
    }
    if media.len() > MEDIA_MAX {
        return Err(Refusal::of(21623));
    }
    if let Some(wrong) = media.iter().find(|url| !is_media_url(url)) {
        return Err(Refusal::saying(
            21620,
            format!("Invalid media URL: {wrong}"),
        ));
    }
    let hook = match form.get("StatusCallback") {
        Some(url) => Some(Hook::parse(url).ok_or_else(|| Refusal::of(21609))?),
        None => None,
    };
    if let Some(validity) = form.get("ValidityPeriod") {
        let fits = validity
            .parse::<u32>()
            .is_ok_and(|seconds| (1..=36_000).contains(&seconds));
        if !fits {
            return Err(Refusal::of(21624));
        }
    }
    Ok(Order {
        channel,
        to,
        from,
        service,
        body,
        media,
        content,
        variables,
        hook,
        send_at: read_schedule(form, service.is_some(), now)?,
        location,
        wants_feedback: form.says("ProvideFeedback"),
    })
}

/// An address in an error message, without its middle: errors end up in logs.
fn masked(address: &str) -> String {
    let shown: String = address.chars().take(12).collect();
    if shown.len() < address.len() {
        format!("{shown}…")
    } else {
        shown
    }
}

fn read_variables(form: &Form<'_>, has_content: bool) -> Result<Map<String, Value>, Refusal> {
    let Some(text) = form.given("ContentVariables") else {
        return Ok(Map::new());
    };
    if !has_content {
        return Err(Refusal::of(21654));
    }
    let Ok(Value::Object(given)) = serde_json::from_str(text) else {
        return Err(Refusal::of(21656));
    };
    if given.is_empty() || !given.values().all(Value::is_string) {
        return Err(Refusal::of(21656));
    }
    Ok(given)
}

fn is_media_url(url: &str) -> bool {
    url.parse::<http::Uri>()
        .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

/// `geo:37.78,-122.39` with a label behind a bar.
fn read_location(action: &str) -> Option<Value> {
    let place = action.strip_prefix("geo:")?;
    let (place, label) = place.split_once('|').unwrap_or((place, ""));
    let (latitude, longitude) = place.split_once(',')?;
    let latitude: f64 = latitude.trim().parse().ok()?;
    let longitude: f64 = longitude.trim().parse().ok()?;
    Some(serde_json::json!({"latitude": latitude, "longitude": longitude, "label": label}))
}

fn read_schedule(
    form: &Form<'_>,
    has_service: bool,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let at = match (form.get("ScheduleType"), form.get("SendAt")) {
        (None, None) => return Ok(None),
        (Some("fixed"), None) => return Err(Refusal::of(35111)),
        (Some("fixed"), Some(at)) => at,
        (Some(_), _) => return Err(Refusal::of(35126)),
        (None, Some(_)) => return Err(Refusal::of(35119)),
    };
    if !has_service {
        return Err(Refusal::of(35118));
    }
    let (nearest, farthest) = SCHEDULE_SECONDS;
    match Moment::parse(at) {
        Some(Moment::Instant(at))
            if at >= now + Seconds::new(nearest) && at <= now + Seconds::new(farthest) =>
        {
            Ok(Some(at))
        }
        _ => Err(Refusal::of(35114)),
    }
}
