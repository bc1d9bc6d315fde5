//! The phones: list, add, change, block, and what is on them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::address::{Channel, tidy};
use crate::control::problem::{Problem, read};
use crate::observe::Change;
use crate::phones::Phone;
use crate::simulator::Simulator;

/// What can be said about a phone; what is absent stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Traits {
    /// Named when a phone is added; it cannot be changed.
    number: Option<String>,
    whatsapp: Option<bool>,
    sms: Option<bool>,
    landline: Option<bool>,
    country: Option<String>,
    read_receipts: Option<bool>,
    online: Option<bool>,
    name: Option<String>,
    email: Option<String>,
    no_marketing: Option<bool>,
    external_user_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    channel: Option<String>,
    blocked: Option<bool>,
}

/// The number in a path; the `+` may be left out.
pub(crate) fn number_in_path(text: &str) -> Result<String, Problem> {
    tidy(text)
        .or_else(|| tidy(&format!("+{}", text.trim())))
        .ok_or_else(|| Problem::invalid("invalid_number", "this is not an E.164 number"))
}

pub(crate) fn no_phone() -> Problem {
    Problem::missing("no_such_phone", "there is no phone with this number")
}

/// `GET /phones`.
pub(crate) async fn list(State(simulator): State<Arc<Simulator>>) -> Json<Vec<Value>> {
    let now = simulator.now();
    let state = simulator.state();
    Json(state.phones.iter().map(|phone| phone.show(now)).collect())
}

/// `GET /phones/{number}`.
pub(crate) async fn show(
    State(simulator): State<Arc<Simulator>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    let number = number_in_path(&number)?;
    let now = simulator.now();
    let state = simulator.state();
    let phone = state.phones.get(&number).ok_or_else(no_phone)?;
    Ok(Json(phone.show(now)))
}

/// `POST /phones`: adds a phone, or changes the one that has this number.
pub(crate) async fn add(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let traits: Traits = read(&headers, &body)?;
    let number = tidy(traits.number.as_deref().unwrap_or("")).ok_or_else(|| {
        Problem::invalid(
            "invalid_number",
            "a phone's number is `+` and 7 to 15 digits",
        )
    })?;
    let known = {
        let mut state = simulator.state();
        if state.numbers.by_number(&number).is_some() {
            return Err(Problem::conflict(
                "own_number",
                "this is one of the account's own numbers",
            ));
        }
        let known = state.phones.get(&number).is_some();
        let Some(phone) = state.phones.add(&number) else {
            return Err(Problem::conflict(
                "too_many_phones",
                "there are as many phones as the sandbox keeps",
            ));
        };
        phone.appeared = false;
        known
    };
    let shown = apply(&simulator, &number, traits)?;
    let status = if known {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(shown)).into_response())
}

/// `PATCH /phones/{number}`.
pub(crate) async fn change(
    State(simulator): State<Arc<Simulator>>,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let number = number_in_path(&number)?;
    let traits: Traits = read(&headers, &body)?;
    if traits.number.is_some() {
        return Err(Problem::invalid(
            "number_stays",
            "the number of a phone cannot be changed",
        ));
    }
    Ok(Json(apply(&simulator, &number, traits)?))
}

/// Changes a phone; one that comes online gets what waits for it.
fn apply(simulator: &Arc<Simulator>, number: &str, traits: Traits) -> Result<Value, Problem> {
    let now = simulator.now();
    let mut state = simulator.state();
    let phone = state.phones.get_mut(number).ok_or_else(no_phone)?;
    let set = |field: &mut bool, value: Option<bool>| *field = value.unwrap_or(*field);
    set(&mut phone.whatsapp, traits.whatsapp);
    set(&mut phone.sms, traits.sms);
    set(&mut phone.landline, traits.landline);
    set(&mut phone.read_receipts, traits.read_receipts);
    set(&mut phone.online, traits.online);
    set(&mut phone.no_marketing, traits.no_marketing);
    if let Some(country) = traits.country {
        phone.country = country;
    }
    if let Some(id) = traits.external_user_id {
        phone.external_user_id = (!id.is_empty()).then_some(id);
    }
    if let Some(email) = traits.email {
        phone.email = (!email.is_empty()).then_some(email);
    }
    if let Some(name) = traits.name {
        phone.name = (!name.is_empty()).then_some(name);
    }
    let waiting = if phone.online {
        std::mem::take(&mut phone.waiting)
    } else {
        Vec::new()
    };
    let shown = phone.show(now);
    let number = Arc::clone(&phone.number);
    let last = state.changes.push(Change::Phone(number));
    drop(state);
    simulator.tell(last);
    for seq in waiting {
        let this = Arc::clone(simulator);
        simulator.start(async move { this.arrive(seq).await });
    }
    Ok(shown)
}

/// `POST /phones/{number}/block`: the person blocks the business, or lets it through again.
pub(crate) async fn block(
    State(simulator): State<Arc<Simulator>>,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let number = number_in_path(&number)?;
    let block = if body.is_empty() {
        Block {
            channel: None,
            blocked: None,
        }
    } else {
        read(&headers, &body)?
    };
    let channel = read_channel(block.channel.as_deref())?;
    let blocked = block.blocked.unwrap_or(true);
    let now = simulator.now();
    let mut state = simulator.state();
    let phone = state.phones.get_mut(&number).ok_or_else(no_phone)?;
    let set = |phone: &mut Phone, channel: Channel| match channel {
        Channel::Sms => phone.blocked_sms = blocked,
        Channel::Whatsapp => phone.blocked_whatsapp = blocked,
    };
    if let Some(channel) = channel {
        set(phone, channel);
    } else {
        set(phone, Channel::Sms);
        set(phone, Channel::Whatsapp);
    }
    let shown = phone.show(now);
    let number = Arc::clone(&phone.number);
    let last = state.changes.push(Change::Phone(number));
    drop(state);
    simulator.tell(last);
    Ok(Json(shown))
}

/// A channel by its word; absent means both.
pub(crate) fn read_channel(word: Option<&str>) -> Result<Option<Channel>, Problem> {
    match word {
        None => Ok(None),
        Some(word) => Channel::from_word(word).map(Some).ok_or_else(|| {
            Problem::invalid("unknown_channel", "the channel is `sms` or `whatsapp`")
        }),
    }
}

/// `GET /phones/{number}/messages`, oldest first, with the letters to its e-mail address.
pub(crate) async fn messages(
    State(simulator): State<Arc<Simulator>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    let number = number_in_path(&number)?;
    let state = simulator.state();
    let phone = state.phones.get(&number).ok_or_else(no_phone)?;
    let mut shown = state.on(phone);
    // The two have orders of their own.
    shown.sort_by_key(|(at, _)| *at);
    let shown: Vec<Value> = shown.into_iter().map(|(_, message)| message).collect();
    Ok(Json(json!(shown)))
}
