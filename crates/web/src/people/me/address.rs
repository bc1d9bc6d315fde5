//! Where a member can be reached: another phone, a number of its own for WhatsApp, an e-mail address. A new one is proved
//! by a code that goes there, typed in the browser that is logged in; whose it was before is never asked before that.

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Channel, CodeFor, Handle};
use engine::EngineError;
use engine::addresses::{NewAddress, Spare};
use engine::logins::{BY_LETTER, CodeAnswer, CodeAsked, Tried};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use store::records::ConsentEntry;

use super::change::MEMBER_PAGE;
use super::look::{self, Told};
use crate::State;
use crate::api::members::fields::email;
use crate::people::code::{self, CodePage};
use crate::people::cookies::Cookie;
use crate::people::guard::{CameFrom, LoggedIn, Sent};
use crate::people::join::{self, Filled, agreement};
use crate::people::words::{Words, words};
use crate::people::{filled, html, html_as, trouble};

/// What is filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::people) struct Form {
    token: String,
    which: String,
    country: String,
    phone: String,
    email: String,
    sms: String,
    whatsapp: String,
    letters: String,
    code: String,
    step: String,
}

impl Form {
    /// What the page with the code carries along.
    fn carried(&self) -> Vec<(&'static str, String)> {
        [
            ("token", &self.token),
            ("which", &self.which),
            ("country", &self.country),
            ("phone", &self.phone),
            ("email", &self.email),
            ("sms", &self.sms),
            ("whatsapp", &self.whatsapp),
            ("letters", &self.letters),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.clone()))
        .collect()
    }
}

/// An address to be proved.
struct Wanted {
    purpose: CodeFor,
    channel: Channel,
    handle: Handle,
    country: String,
}

/// What somebody wants to be reached at, or why that cannot be.
fn wanted(state: &State, w: &'static Words, form: &Form) -> Result<Wanted, &'static str> {
    if form.which == "email" && state.engine().our_number(Channel::Email).is_some() {
        let email = email(form.email.trim()).map_err(|_| w.email_wrong)?;
        return Ok(Wanted {
            purpose: CodeFor::Email,
            channel: Channel::Email,
            handle: Handle::Email(email.to_lowercase().into()),
            country: BY_LETTER.to_owned(),
        });
    }
    let (purpose, channel) = match form.which.as_str() {
        "phone" => (CodeFor::Phone, Channel::Sms),
        "whatsapp" if join::writes_on_whatsapp(state) => (CodeFor::Whatsapp, Channel::Whatsapp),
        _ => return Err(w.choose_one),
    };
    let filled = Filled {
        country: form.country.clone(),
        phone: form.phone.clone(),
        ..Filled::default()
    };
    let (phone, country) = join::phone(state, w, &filled).map_err(|fault| fault.message)?;
    Ok(Wanted {
        purpose,
        channel,
        handle: Handle::Phone(phone),
        country,
    })
}

fn code_page(
    state: &State,
    logged_in: &LoggedIn,
    form: &Form,
    to: &Wanted,
    fault: &str,
) -> CodePage {
    let language = logged_in.language();
    let w = words(language);
    let page = CodePage::new(state, language, to.handle.as_str(), fault)
        .sent_to("/me/address/code", "/me/address")
        .carrying(form.carried());
    match to.channel {
        Channel::Email => page.saying(w.code_lead_email, w.no_code_email.to_owned()),
        Channel::Whatsapp => {
            let number = state.engine().our_number(Channel::Whatsapp);
            let hint = filled(
                w.no_code_whatsapp,
                &[("number", &number.unwrap_or_default())],
            );
            page.saying(w.code_lead_whatsapp, hint)
        }
        Channel::Sms | Channel::Web => page,
    }
}

/// Sends a code to the new address. The answer is the same whether it is a member's or nobody's.
pub(in crate::people) async fn ask(
    state: State,
    logged_in: LoggedIn,
    CameFrom(from): CameFrom,
    Sent(form): Sent<Form>,
) -> Response {
    let language = logged_in.language();
    let w = words(language);
    if !logged_in.is_theirs(&form.token) {
        return look::show(&state, &logged_in, Told::Foreign).await;
    }
    if form.step == "back" {
        return Redirect::to("/me#addresses").into_response();
    }
    let to = match wanted(&state, w, &form) {
        Ok(to) => to,
        Err(fault) => return look::show(&state, &logged_in, Told::Fault(fault)).await,
    };
    let asked = async {
        let browser = state.engine().browser_secret()?;
        let asked = CodeAsked {
            purpose: to.purpose,
            member: Some(logged_in.session.record.member),
            channel: to.channel,
            handle: to.handle.clone(),
            country: to.country.clone(),
            from,
            locale: logged_in.session.member.profile.locale.clone(),
            browser: browser.clone(),
            holds: engine::logins::VALID,
        };
        Ok((state.engine().ask_code(asked).await?, browser))
    };
    match asked.await {
        Ok((CodeAnswer::OnItsWay, browser)) => {
            let mut response = html(&code_page(&state, &logged_in, &form, &to, ""));
            Cookie::Waiting.keep(&state, response.headers_mut(), &browser, code::COOKIE_LASTS);
            response
        }
        Ok((CodeAnswer::NotThere, _)) => {
            look::show(&state, &logged_in, Told::Fault(w.not_there)).await
        }
        Ok((CodeAnswer::TooMany, _)) => {
            look::show(&state, &logged_in, Told::Fault(w.too_many)).await
        }
        Err(error) => trouble(&state, language, error),
    }
}

/// The code somebody typed.
pub(in crate::people) async fn prove(
    state: State,
    logged_in: LoggedIn,
    headers: HeaderMap,
    Sent(form): Sent<Form>,
) -> Response {
    let language = logged_in.language();
    let w = words(language);
    if !logged_in.is_theirs(&form.token) {
        return look::show(&state, &logged_in, Told::Foreign).await;
    }
    let to = match wanted(&state, w, &form) {
        Ok(to) => to,
        Err(fault) => return look::show(&state, &logged_in, Told::Fault(fault)).await,
    };
    let member = logged_in.session.record.member;
    let tried = match Cookie::Waiting.read(&state, &headers) {
        Some(browser) => {
            let engine = state.engine();
            let tried = engine.try_code_for(to.purpose, Some(member), &browser, &form.code);
            tried.await
        }
        None => Ok(Tried::NoCode),
    };
    let changed = match tried {
        // What counts is the address that was proved, not the one in the form.
        Ok(Tried::Proved {
            handle,
            country,
            evidence,
        }) => change(&state, &logged_in, &form, (handle, country), &evidence).await,
        Ok(other) => {
            let fault = code::fault(w, &other);
            let page = code_page(&state, &logged_in, &form, &to, &fault);
            return html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(response) => response,
        // Whoever proved it may hear that it is in use.
        Err(EngineError::PhoneTaken(_)) => {
            look::show(&state, &logged_in, Told::Fault(w.taken)).await
        }
        Err(error) => trouble(&state, language, error),
    }
}

async fn change(
    state: &State,
    logged_in: &LoggedIn,
    form: &Form,
    (handle, country): (Handle, String),
    evidence: &str,
) -> Result<Response, EngineError> {
    let engine = state.engine();
    let member = &logged_in.session.member;
    let agreed = |channel, handle: &Handle| -> ConsentEntry {
        let language = logged_in.language();
        ConsentEntry {
            handle: handle.clone(),
            ..agreement(
                state,
                channel,
                language,
                &member.profile.phone,
                MEMBER_PAGE,
                evidence,
            )
        }
    };
    let on_whatsapp = form.whatsapp == "yes" && join::writes_on_whatsapp(state);
    let mut consents = Vec::new();
    let new = match (&handle, form.which.as_str()) {
        (Handle::Phone(phone), "phone") => {
            if form.sms == "yes" {
                consents.push(agreed(Channel::Sms, &handle));
            }
            if on_whatsapp && member.whatsapp_number.is_none() {
                consents.push(agreed(Channel::Whatsapp, &handle));
            }
            NewAddress::Phone(phone.clone(), country)
        }
        (Handle::Phone(number), _) => {
            if on_whatsapp {
                consents.push(agreed(Channel::Whatsapp, &handle));
            }
            NewAddress::Whatsapp(number.clone())
        }
        (Handle::Email(_) | Handle::ScopedUser(_) | Handle::Member(_) | Handle::Service, _) => {
            if form.letters == "yes" {
                consents.push(agreed(Channel::Email, &handle));
            }
            NewAddress::Email(handle.as_str().to_owned())
        }
    };
    let is_phone = matches!(new, NewAddress::Phone(..));
    let id = engine
        .change_address(member, new, consents)
        .await?
        .profile
        .id;
    let mut response = Redirect::to("/me?told=saved#addresses").into_response();
    let headers = response.headers_mut();
    if is_phone {
        // All sessions are over with the old number; this browser has just proved the new one.
        let secret = engine.log_in(id).await?;
        Cookie::Session.keep(state, headers, &secret, engine::logins::SESSION);
    }
    Cookie::Waiting.forget(state, headers);
    Ok(response)
}

/// Does without an address: the number for WhatsApp, or the e-mail.
pub(in crate::people) async fn remove(
    state: State,
    logged_in: LoggedIn,
    Sent(form): Sent<Form>,
) -> Response {
    if !logged_in.is_theirs(&form.token) {
        return look::show(&state, &logged_in, Told::Foreign).await;
    }
    let which = match form.which.as_str() {
        "whatsapp" => Spare::Whatsapp,
        "email" => Spare::Email,
        _ => return look::show(&state, &logged_in, Told::Choose).await,
    };
    let member = &logged_in.session.member;
    match state.engine().drop_address(member, which).await {
        Ok(_) => Redirect::to("/me?told=saved#addresses").into_response(),
        Err(error) => trouble(&state, logged_in.language(), error),
    }
}
