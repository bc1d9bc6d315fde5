//! `IncomingPhoneNumbers`: the account's numbers and where their inbound messages go.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json as value};

use crate::dates::rfc_2822;
use crate::error::Refusal;
use crate::hook::Hook;
use crate::numbers::Number;
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::twilio::form::Form;
use crate::twilio::paging::{Asked, envelope};
use crate::twilio::{Call, json};

fn described(account: &str, own: &Number) -> Value {
    value!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "capabilities": {"voice": false, "sms": own.set.sms, "mms": own.set.sms, "fax": false},
        "date_created": rfc_2822(own.created),
        "date_updated": rfc_2822(own.updated),
        "friendly_name": own.set.name.as_deref().unwrap_or(&own.number),
        "phone_number": &*own.number,
        "sid": own.sid.to_string(),
        "sms_application_sid": "",
        "sms_fallback_method": "POST",
        "sms_fallback_url": own.set.sms_fallback_url.as_deref().unwrap_or(""),
        "sms_method": own.set.sms_method.as_str(),
        "sms_url": own.set.sms_url.as_deref().unwrap_or(""),
        "status": "in-use",
        "status_callback": "",
        "status_callback_method": "POST",
        "uri": format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{}.json", own.sid),
    })
}

fn number_sid(call: &Call, text: &str) -> Result<Sid, Refusal> {
    text.parse()
        .ok()
        .filter(|sid: &Sid| sid.kind() == *b"PN")
        .ok_or_else(|| Refusal::not_found(&call.path))
}

/// `GET /IncomingPhoneNumbers.json`, by `PhoneNumber` if wanted.
pub(crate) fn list(simulator: &Arc<Simulator>, call: &Call) -> Result<Response, Refusal> {
    let query = Form::parse(call.query.as_bytes());
    let asked = Asked::read(&query)?;
    let wanted = query.get("PhoneNumber");
    let state = simulator.state();
    let skip = usize::try_from(asked.after.unwrap_or(0)).unwrap_or(0);
    let mut fitting = state
        .numbers
        .list
        .iter()
        .filter(|own| wanted.is_none_or(|wanted| own.number.contains(wanted)))
        .skip(skip);
    let items: Vec<Value> = fitting
        .by_ref()
        .take(asked.size)
        .map(|own| described(&simulator.account, own))
        .collect();
    let last = fitting
        .next()
        .is_some()
        .then_some((skip + items.len()) as u64);
    let body = envelope(
        "incoming_phone_numbers",
        &items,
        &call.path,
        &call.query,
        asked,
        last,
    );
    Ok(json(StatusCode::OK, &body))
}

/// `GET /IncomingPhoneNumbers/{sid}.json`.
pub(crate) fn fetch(
    simulator: &Arc<Simulator>,
    call: &Call,
    sid: &str,
) -> Result<Response, Refusal> {
    let sid = number_sid(call, sid)?;
    let state = simulator.state();
    let own = state
        .numbers
        .by_sid(sid)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    Ok(json(StatusCode::OK, &described(&simulator.account, own)))
}

/// Sets a URL by its parameter: absent leaves it, empty removes it, anything else must be a URL.
pub(crate) fn set_url(
    url: &mut Option<String>,
    form: &Form<'_>,
    name: &str,
) -> Result<(), Refusal> {
    *url = match form.given(name) {
        None => return Ok(()),
        Some("") => None,
        Some(given) => match Hook::parse(given) {
            Some(_) => Some(given.to_owned()),
            None => {
                return Err(Refusal::saying(
                    20001,
                    format!("{name} is not a URL of http or https"),
                ));
            }
        },
    };
    Ok(())
}

/// `POST /IncomingPhoneNumbers/{sid}.json`.
pub(crate) fn update(
    simulator: &Arc<Simulator>,
    call: &Call,
    sid: &str,
) -> Result<Response, Refusal> {
    let sid = number_sid(call, sid)?;
    let form = Form::parse(&call.body);
    let method = match form.get("SmsMethod") {
        None => None,
        Some(word) => Some(
            word.parse()
                .map_err(|()| Refusal::saying(20001, "SmsMethod is GET or POST"))?,
        ),
    };
    let now = simulator.now();
    let mut state = simulator.state();
    let own = state
        .numbers
        .by_sid_mut(sid)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    set_url(&mut own.set.sms_url, &form, "SmsUrl")?;
    set_url(&mut own.set.sms_fallback_url, &form, "SmsFallbackUrl")?;
    if let Some(method) = method {
        own.set.sms_method = method;
    }
    if let Some(name) = form.get("FriendlyName") {
        own.set.name = Some(name.to_owned());
    }
    own.updated = now;
    Ok(json(StatusCode::OK, &described(&simulator.account, own)))
}
