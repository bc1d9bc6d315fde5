//! The messaging API: services with their pools, WhatsApp senders, the typing indicator
//! (facts/twilio.md 1.9 and 9).

use std::sync::Arc;

use axum::response::Response;
use domain::Timestamp;
use http::StatusCode;
use serde_json::{Value, json as value};

use crate::config::HookMethod;
use crate::dates::iso_8601;
use crate::error::Refusal;
use crate::numbers::{Number, Service};
use crate::record::Direction;
use crate::sid::Sid;
use crate::simulator::Simulator;
use crate::state::State;
use crate::twilio::door::no_content;
use crate::twilio::form::Form;
use crate::twilio::numbers::set_url;
use crate::twilio::paging::{Asked, with_meta};
use crate::twilio::{Call, json};

fn described(account: &str, base: &str, service: &Service) -> Value {
    let url = format!("{base}/v1/Services/{}", service.sid);
    value!({
        "sid": service.sid.to_string(),
        "account_sid": account,
        "friendly_name": service.friendly_name,
        "date_created": iso_8601(service.created),
        "date_updated": iso_8601(service.updated),
        "inbound_request_url": service.inbound_url,
        "inbound_method": service.inbound_method.as_str(),
        "fallback_url": service.fallback_url,
        "fallback_method": "POST",
        "status_callback": service.status_callback,
        "sticky_sender": true,
        "mms_converter": true,
        "smart_encoding": true,
        "fallback_to_long_code": true,
        "area_code_geomatch": true,
        "validity_period": service.validity_seconds,
        "synchronous_validation": false,
        "usecase": "undeclared",
        "use_inbound_webhook_on_number": service.number_decides,
        "url": url,
        "links": {"phone_numbers": format!("{url}/PhoneNumbers")},
    })
}

fn in_pool(account: &str, base: &str, service: Sid, own: &Number) -> Value {
    value!({
        "sid": own.sid.to_string(),
        "account_sid": account,
        "service_sid": service.to_string(),
        "phone_number": &*own.number,
        "country_code": crate::address::country(&own.number),
        "capabilities": ["SMS", "MMS"],
        "date_created": iso_8601(own.created),
        "date_updated": iso_8601(own.updated),
        "url": format!("{base}/v1/Services/{service}/PhoneNumbers/{}", own.sid),
    })
}

/// `/v1/Services…`.
pub(crate) fn services(
    simulator: &Arc<Simulator>,
    call: &Call,
    rest: &[&str],
) -> Result<Response, Refusal> {
    let base = simulator.base_url(call.host());
    let now = simulator.now();
    let account = &*simulator.account;
    let missing = || Refusal::not_found(&call.path);
    let sid_of = |text: &str| text.parse::<Sid>().map_err(|_| missing());
    let form = Form::parse(&call.body);
    let query = Form::parse(call.query.as_bytes());
    let mut state = simulator.state();
    match (call.method.as_str(), rest) {
        ("POST", []) => {
            let name = form
                .get("FriendlyName")
                .filter(|name| name.chars().count() <= 64)
                .ok_or_else(|| Refusal::saying(20001, "FriendlyName has 1 to 64 characters"))?;
            let sid = state.sid(*b"MG");
            let mut service = Service {
                sid,
                friendly_name: name.to_owned(),
                inbound_url: None,
                inbound_method: HookMethod::Post,
                fallback_url: None,
                status_callback: None,
                number_decides: false,
                validity_seconds: 36_000,
                pool: Vec::new(),
                created: now,
                updated: now,
            };
            change(&mut service, &form, now)?;
            let answer = json(StatusCode::CREATED, &described(account, &base, &service));
            state.numbers.services.push(service);
            Ok(answer)
        }
        ("GET", []) => {
            let asked = Asked::read(&query)?;
            let all = state
                .numbers
                .services
                .iter()
                .map(|service| described(account, &base, service))
                .collect();
            let url = format!("{base}/v1/Services");
            Ok(json(
                StatusCode::OK,
                &with_meta("services", all, &url, &call.query, asked),
            ))
        }
        ("GET", [sid]) => {
            let service = state.numbers.service(sid_of(sid)?).ok_or_else(missing)?;
            Ok(json(StatusCode::OK, &described(account, &base, service)))
        }
        ("POST", [sid]) => {
            let service = state
                .numbers
                .service_mut(sid_of(sid)?)
                .ok_or_else(missing)?;
            change(service, &form, now)?;
            Ok(json(StatusCode::OK, &described(account, &base, service)))
        }
        ("DELETE", [sid]) => {
            let sid = sid_of(sid)?;
            state.numbers.service(sid).ok_or_else(missing)?;
            state.numbers.services.retain(|service| service.sid != sid);
            Ok(no_content())
        }
        ("POST", [sid, "PhoneNumbers"]) => {
            let sid = sid_of(sid)?;
            let number = form
                .get("PhoneNumberSid")
                .and_then(|text| text.parse::<Sid>().ok())
                .ok_or_else(|| Refusal::saying(20001, "PhoneNumberSid is a sid PN…"))?;
            add_to_pool(&mut state, sid, number, &call.path)?;
            let own = state.numbers.by_sid(number).ok_or_else(missing)?;
            Ok(json(
                StatusCode::CREATED,
                &in_pool(account, &base, sid, own),
            ))
        }
        ("GET", [sid, "PhoneNumbers"]) => {
            let asked = Asked::read(&query)?;
            let service = state.numbers.service(sid_of(sid)?).ok_or_else(missing)?;
            let all = service
                .pool
                .iter()
                .filter_map(|sid| state.numbers.by_sid(*sid))
                .map(|own| in_pool(account, &base, service.sid, own))
                .collect();
            let url = format!("{base}/v1/Services/{}/PhoneNumbers", service.sid);
            Ok(json(
                StatusCode::OK,
                &with_meta("phone_numbers", all, &url, &call.query, asked),
            ))
        }
        ("DELETE", [sid, "PhoneNumbers", number]) => {
            let number = sid_of(number)?;
            let service = state
                .numbers
                .service_mut(sid_of(sid)?)
                .ok_or_else(missing)?;
            let before = service.pool.len();
            service.pool.retain(|sid| *sid != number);
            if service.pool.len() == before {
                return Err(missing());
            }
            Ok(no_content())
        }
        (_, [] | [_] | [_, "PhoneNumbers", ..]) => Err(Refusal::of(20004)),
        _ => Err(missing()),
    }
}

fn change(service: &mut Service, form: &Form<'_>, now: Timestamp) -> Result<(), Refusal> {
    set_url(&mut service.inbound_url, form, "InboundRequestUrl")?;
    set_url(&mut service.fallback_url, form, "FallbackUrl")?;
    set_url(&mut service.status_callback, form, "StatusCallback")?;
    if let Some(word) = form.get("InboundMethod") {
        service.inbound_method = word
            .parse()
            .map_err(|()| Refusal::saying(20001, "InboundMethod is GET or POST"))?;
    }
    if let Some(name) = form.get("FriendlyName") {
        name.clone_into(&mut service.friendly_name);
    }
    if form.get("UseInboundWebhookOnNumber").is_some() {
        service.number_decides = form.says("UseInboundWebhookOnNumber");
    }
    if let Some(text) = form.get("ValidityPeriod") {
        service.validity_seconds = text
            .parse()
            .ok()
            .filter(|seconds| (1..=36_000).contains(seconds))
            .ok_or_else(|| Refusal::of(21624))?;
    }
    service.updated = now;
    Ok(())
}

fn add_to_pool(state: &mut State, service: Sid, number: Sid, path: &str) -> Result<(), Refusal> {
    let missing = || Refusal::not_found(path);
    let own = state.numbers.by_sid(number).ok_or_else(missing)?;
    match state.numbers.service_of(own).map(|service| service.sid) {
        Some(already) if already == service => return Err(Refusal::of(21710)),
        Some(_) => return Err(Refusal::of(21712)),
        None => {}
    }
    let service = state.numbers.service_mut(service).ok_or_else(missing)?;
    service.pool.push(number);
    Ok(())
}

fn sender(own: &Number, base: &str, people: Option<u32>) -> Value {
    let sid = own.sender();
    let standing = &own.standing;
    let limit = standing.messaging_limit.clone().unwrap_or_else(|| {
        people.map_or_else(
            || "Unlimited".to_owned(),
            |people| format!("{people} Customers/24hr"),
        )
    });
    let reasons = standing.offline_reason.as_ref().map(|reason| {
        value!([{"code": "63100", "message": reason, "more_info": "https://www.twilio.com/docs/errors/63100"}])
    });
    value!({
        "sid": sid.to_string(),
        "sender_id": format!("whatsapp:{}", own.number),
        "status": standing.status,
        "configuration": {"waba_id": "100000000000001", "verification_method": "sms"},
        "webhook": {
            "callback_url": own.set.whatsapp_url,
            "callback_method": own.set.whatsapp_method.as_str(),
            "fallback_url": own.set.whatsapp_fallback_url,
            "fallback_method": "POST",
            "status_callback_url": own.set.whatsapp_status_url,
            "status_callback_method": "POST",
        },
        "profile": {"name": own.set.name},
        "properties": {"quality_rating": standing.quality_rating, "messaging_limit": limit},
        "offline_reasons": reasons,
        "url": format!("{base}/v2/Channels/Senders/{sid}"),
    })
}

/// `/v2/Channels/Senders…`, for reading.
pub(crate) fn senders(
    simulator: &Arc<Simulator>,
    call: &Call,
    rest: &[&str],
) -> Result<Response, Refusal> {
    let base = simulator.base_url(call.host());
    let query = Form::parse(call.query.as_bytes());
    let state = simulator.state();
    let missing = || Refusal::not_found(&call.path);
    let people = state.meter.limits.whatsapp_people;
    let all = state.numbers.list.iter().filter(|own| own.set.whatsapp);
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            if query.get("Channel") != Some("whatsapp") {
                return Err(Refusal::saying(63100, "Channel is required: `whatsapp`"));
            }
            let asked = Asked::read(&query)?;
            let all = all.map(|own| sender(own, &base, people)).collect();
            let url = format!("{base}/v2/Channels/Senders");
            Ok(json(
                StatusCode::OK,
                &with_meta("senders", all, &url, &call.query, asked),
            ))
        }
        ("GET", [sid]) => {
            let sid: Sid = sid.parse().map_err(|_| missing())?;
            let own = { all }
                .find(|own| own.sender() == sid)
                .ok_or_else(missing)?;
            Ok(json(StatusCode::OK, &sender(own, &base, people)))
        }
        (_, [] | [_]) => Err(Refusal::of(20004)),
        _ => Err(missing()),
    }
}

/// `POST /v2/Indicators/Typing.json`: the person sees that somebody is writing.
pub(crate) fn typing(simulator: &Arc<Simulator>, call: &Call) -> Result<Response, Refusal> {
    if call.method != http::Method::POST {
        return Err(Refusal::of(20004));
    }
    let form = Form::parse(&call.body);
    if form.get("channel") != Some("whatsapp") {
        return Err(Refusal::saying(20001, "channel is `whatsapp`"));
    }
    let sid: Sid = form
        .get("messageId")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Refusal::saying(20001, "messageId is the sid of an inbound message"))?;
    let state = simulator.state();
    let inbound = state
        .log
        .find(sid)
        .is_some_and(|record| record.direction == Direction::Inbound);
    if !inbound {
        return Err(Refusal::not_found(&call.path));
    }
    Ok(json(StatusCode::OK, &value!({"success": true})))
}
