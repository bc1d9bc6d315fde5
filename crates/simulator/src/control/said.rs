//! `POST /phones/{number}/say`: the person at a phone writes, taps, sends a picture or a place.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use serde::Deserialize;
use serde_json::Value;

use crate::address::Channel;
use crate::control::phones::{no_phone, number_in_path, read_channel};
use crate::control::problem::{Problem, read};
use crate::hook::Patience;
use crate::inbound::{Ad, NotSaid, Said};
use crate::record::Button;
use crate::sid::Sid;
use crate::simulator::Simulator;

/// Longest text.
const TEXT_CHARS_MAX: usize = 4_096;
/// Largest media.
const MEDIA_BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    channel: String,
    to: Option<String>,
    text: Option<String>,
    /// `data:…` or a URL of http on loopback.
    media_url: Option<String>,
    button: Option<Tap>,
    list_row: Option<Tap>,
    location: Option<Location>,
    contact: Option<Contact>,
    /// The id of a message this one quotes.
    quotes: Option<String>,
    /// They tapped a click-to-WhatsApp advertisement: `true`, or what it says.
    from_ad: Option<FromAd>,
}

/// An advertisement: a made-up one, or as given.
#[derive(Deserialize)]
#[serde(untagged)]
enum FromAd {
    Some(bool),
    This(AdFields),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AdFields {
    headline: String,
    body: String,
    source_id: String,
    source_url: String,
}

impl Default for AdFields {
    fn default() -> Self {
        Self {
            headline: "Train with a coach in your pocket".into(),
            body: "Write to us and get your first workout today.".into(),
            source_id: "120210000000000001".into(),
            source_url: "https://fb.me/made-up".into(),
        }
    }
}

impl FromAd {
    fn ad(self) -> Option<Ad> {
        let fields = match self {
            Self::Some(false) => return None,
            Self::Some(true) => AdFields::default(),
            Self::This(fields) => fields,
        };
        Some(Ad {
            headline: fields.headline,
            body: fields.body,
            source_id: fields.source_id,
            source_url: fields.source_url,
        })
    }
}

/// A button, by its title or payload; or with the id of its message.
#[derive(Deserialize)]
#[serde(untagged)]
enum Tap {
    Word(String),
    Of {
        title: Option<String>,
        payload: Option<String>,
        message_id: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Location {
    latitude: f64,
    longitude: f64,
    label: Option<String>,
    address: Option<String>,
}

/// A vCard as it is, or a name and a number to make one of.
#[derive(Deserialize)]
#[serde(untagged)]
enum Contact {
    Vcard(String),
    Person { name: String, phone: String },
}

/// `POST /phones/{number}/say` → 201 and the message.
pub(crate) async fn say(
    State(simulator): State<Arc<Simulator>>,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let number = number_in_path(&number)?;
    let say: Say = read(&headers, &body)?;
    let channel = read_channel(Some(&say.channel))?
        .ok_or_else(|| Problem::invalid("unknown_channel", "the channel is missing"))?;
    let text = say.text.unwrap_or_default();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Problem::invalid(
            "text_too_long",
            format!("a text has at most {TEXT_CHARS_MAX} characters"),
        ));
    }
    let tap = say.button.map(|tap| (tap, false));
    let tap = tap.or(say.list_row.map(|tap| (tap, true)));
    if channel == Channel::Sms && (tap.is_some() || say.location.is_some()) {
        return Err(Problem::invalid(
            "not_on_sms",
            "SMS has no buttons, lists or locations",
        ));
    }
    let ad = say.from_ad.and_then(FromAd::ad);
    if channel == Channel::Sms && ad.is_some() {
        return Err(Problem::invalid(
            "not_on_sms",
            "SMS has no click-to-WhatsApp advertisements",
        ));
    }
    let tapped = match tap {
        Some((tap, row)) => Some(find_button(&simulator, &number, &tap, row)?),
        None => None,
    };
    let quotes = match say.quotes {
        Some(id) => Some(id.parse::<Sid>().map_err(|_| {
            Problem::invalid("unknown_message", "`quotes` is not the id of a message")
        })?),
        None => None,
    };
    let mut media = Vec::new();
    if let Some(url) = say.media_url {
        media.push(load(&simulator, &url).await?);
    }
    if let Some(contact) = say.contact {
        media.push(("text/vcard".to_owned(), vcard(contact)));
    }
    let location = say.location.map(|place| {
        serde_json::json!({
            "latitude": place.latitude,
            "longitude": place.longitude,
            "label": place.label,
            "address": place.address,
        })
    });
    if text.is_empty() && media.is_empty() && tapped.is_none() && location.is_none() {
        return Err(Problem::invalid(
            "nothing_said",
            "say something: text, media_url, button, list_row, location or contact",
        ));
    }
    let said = Said {
        channel,
        to: say.to,
        text,
        media,
        tapped,
        quotes,
        location,
        ad,
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let (_, shown) = simulator
        .say(&number, &said, host)
        .map_err(|error| match error {
            NotSaid::NoPhone => no_phone(),
            NotSaid::NoChannel => Problem::conflict("no_such_channel", error.to_string()),
            NotSaid::Offline => Problem::conflict("offline", error.to_string()),
            NotSaid::Blocked => Problem::conflict("blocked", error.to_string()),
            NotSaid::NoNumber => Problem::invalid("no_such_number", error.to_string()),
        })?;
    Ok((StatusCode::CREATED, Json::<Value>(shown)).into_response())
}

/// Finds the button that is meant: on the message named, else on the latest that has it.
fn find_button(
    simulator: &Simulator,
    number: &str,
    tap: &Tap,
    row: bool,
) -> Result<(Button, Sid), Problem> {
    let (title, payload, message) = match tap {
        Tap::Word(word) => (Some(word), Some(word), None),
        Tap::Of {
            title,
            payload,
            message_id,
        } => (title.as_ref(), payload.as_ref(), message_id.as_ref()),
    };
    let message: Option<Sid> = match message {
        Some(id) => Some(id.parse().map_err(|_| {
            Problem::invalid("unknown_message", "`message_id` is not the id of a message")
        })?),
        None => None,
    };
    let state = simulator.state();
    let phone = state.phones.get(number).ok_or_else(no_phone)?;
    let either = matches!(tap, Tap::Word(_));
    phone
        .thread
        .iter()
        .rev()
        .filter_map(|seq| state.log.get(*seq))
        .filter(|record| message.is_none_or(|sid| record.sid == sid))
        .find_map(|record| {
            let buttons = &record.extras.as_ref()?.buttons;
            let fits = |button: &&Button| {
                let same_kind = matches!((button.kind, row), ("reply", false) | ("list", true));
                let by_title = title.is_some_and(|title| *title == button.title);
                let by_payload =
                    payload.is_some_and(|payload| button.payload.as_ref() == Some(payload));
                same_kind
                    && if either {
                        by_title || by_payload
                    } else {
                        (title.is_none() || by_title) && (payload.is_none() || by_payload)
                    }
            };
            Some((buttons.iter().find(fits)?.clone(), record.sid))
        })
        .ok_or_else(|| {
            Problem::invalid(
                "no_such_button",
                "no message on this phone has such a button or row",
            )
        })
}

/// Whether it is by http on this machine: the sandbox reaches nothing else.
pub(crate) fn is_here(uri: &http::Uri) -> bool {
    let local = uri.host().is_some_and(|host| {
        host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    });
    uri.scheme_str() == Some("http") && local
}

/// The bytes of a `data:` URL, or of a URL on this machine.
async fn load(simulator: &Simulator, url: &str) -> Result<(String, Bytes), Problem> {
    let wrong = |detail: &str| Problem::invalid("invalid_media", detail);
    if let Some(rest) = url.strip_prefix("data:") {
        let (kind, encoded) = rest
            .split_once(',')
            .ok_or_else(|| wrong("a data URL has a comma before its data"))?;
        let kind = kind
            .strip_suffix(";base64")
            .ok_or_else(|| wrong("a data URL must be base64"))?;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| wrong("the data are not base64"))?;
        return checked(kind.split(';').next().unwrap_or(kind), bytes.into());
    }
    let uri: http::Uri = url.parse().map_err(|_| wrong("media_url is not a URL"))?;
    if !is_here(&uri) {
        return Err(wrong(
            "media_url is a data: URL, or a URL of http on this machine: the sandbox reaches \
             nothing else",
        ));
    }
    let request = http::Request::get(uri)
        .body(Full::new(Bytes::new()))
        .map_err(|_| wrong("media_url is not a URL"))?;
    let fetch = async {
        let client = simulator.clients.waiting(Patience::DEFAULT.connect);
        let response = client.request(request).await.ok()?;
        let kind = response
            .headers()
            .get(header::CONTENT_TYPE)?
            .to_str()
            .ok()?
            .to_owned();
        if !response.status().is_success() {
            return None;
        }
        let body = Limited::new(response.into_body(), MEDIA_BYTES_MAX);
        Some((kind, body.collect().await.ok()?.to_bytes()))
    };
    let fetched = tokio::time::timeout(std::time::Duration::from_secs(10), fetch).await;
    match fetched {
        Ok(Some((kind, bytes))) => checked(kind.split(';').next().unwrap_or(&kind), bytes),
        _ => Err(wrong("media_url could not be fetched")),
    }
}

fn checked(kind: &str, bytes: Bytes) -> Result<(String, Bytes), Problem> {
    let wrong = |detail: &str| Err(Problem::invalid("invalid_media", detail));
    let shaped = kind.split_once('/').is_some_and(|(class, rest)| {
        let word = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        };
        word(class) && word(rest)
    });
    if !shaped {
        return wrong("the media has no content type");
    }
    if bytes.is_empty() || bytes.len() > MEDIA_BYTES_MAX {
        return wrong("media have 1 byte to 16 MB");
    }
    Ok((kind.to_ascii_lowercase(), bytes))
}

fn vcard(contact: Contact) -> Bytes {
    match contact {
        Contact::Vcard(text) => text.into(),
        Contact::Person { name, phone } => {
            let safe = |text: &str| text.replace(['\r', '\n'], " ");
            format!(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nTEL;TYPE=CELL:{}\r\nEND:VCARD\r\n",
                safe(&name),
                safe(&phone)
            )
            .into()
        }
    }
}
