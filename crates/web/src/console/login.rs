//! The way in and out. Whoever asks for a code hears the same, whether the number is an operator's or nobody's.

pub(super) mod second;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{PhoneNumber, Seconds};
use engine::logins::CodeAnswer;
use engine::second_factor;
use engine::team::Entered;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::{closed, html, html_as, outside, trouble};
use crate::State;
use crate::people::{CameFrom, Cookie, Sent};

/// How long a browser keeps what its code is bound to.
const COOKIE_LASTS: Seconds = Seconds::new(1_800);

#[derive(Template)]
#[template(path = "console-login.html")]
struct Login {
    page: Page,
    /// The number a code went to, once it did.
    sent_to: Option<String>,
    phone: String,
    fault: &'static str,
}

impl Login {
    fn asking(phone: String, fault: &'static str) -> Self {
        Self {
            page: outside("Log in"),
            sent_to: None,
            phone,
            fault,
        }
    }

    fn sent(phone: String, fault: &'static str) -> Self {
        Self {
            page: outside("Your code"),
            sent_to: Some(phone.clone()),
            phone,
            fault,
        }
    }

    fn response(&self) -> Response {
        if self.fault.is_empty() {
            html(self)
        } else {
            html_as(StatusCode::UNPROCESSABLE_ENTITY, self)
        }
    }
}

/// What somebody fills in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    phone: String,
    code: String,
}

/// The way in.
pub(super) async fn show(state: State) -> Response {
    if !state.engine().has_console() {
        return closed();
    }
    Login::asking(String::new(), "").response()
}

/// Texts a code.
pub(super) async fn ask(
    state: State,
    CameFrom(from): CameFrom,
    Sent(filled): Sent<Filled>,
) -> Response {
    if !state.engine().has_console() {
        return closed();
    }
    let Ok(parsed) = PhoneNumber::from_input(&filled.phone, None) else {
        let fault = "Write the number with its country code: +1 415 555 0100.";
        return Login::asking(filled.phone, fault).response();
    };
    let phone = parsed.number.as_e164().to_owned();
    let country = parsed.country.as_deref().unwrap_or_default().to_owned();
    let asked = async {
        let engine = state.engine();
        let browser = engine.browser_secret()?;
        let code = engine.ask_console_code(parsed.number, country, from, browser.clone());
        Ok((code.await?, browser))
    };
    match asked.await {
        Ok((CodeAnswer::OnItsWay | CodeAnswer::NotThere, browser)) => {
            let mut response = Login::sent(phone, "").response();
            let headers = response.headers_mut();
            Cookie::ConsoleWaiting.keep(&state, headers, &browser, COOKIE_LASTS);
            response
        }
        Ok((CodeAnswer::TooMany, _)) => {
            let fault = "Too many codes were asked for. Wait an hour, then ask again.";
            Login::asking(filled.phone, fault).response()
        }
        Err(error) => trouble(error, "/admin/login"),
    }
}

/// The code somebody typed.
pub(super) async fn prove(
    state: State,
    headers: HeaderMap,
    Sent(filled): Sent<Filled>,
) -> Response {
    let entered = match Cookie::ConsoleWaiting.read(&state, &headers) {
        Some(browser) => state.engine().enter_console(&browser, &filled.code).await,
        None => Ok(Entered::Refused),
    };
    match entered {
        Ok(Entered::In(secret)) => {
            let mut response = Redirect::to("/admin").into_response();
            let headers = response.headers_mut();
            let lasts = engine::team::CONSOLE_SESSION;
            Cookie::Console.keep(&state, headers, &secret, lasts);
            Cookie::ConsoleWaiting.forget(&state, headers);
            response
        }
        Ok(Entered::Halfway(secret)) => {
            let mut response = Redirect::to(second::PATH).into_response();
            let headers = response.headers_mut();
            Cookie::ConsoleWaiting.keep(&state, headers, &secret, second_factor::HALFWAY);
            response
        }
        // Whether it was wrong, over or never sent is the same answer: it would tell who belongs to the team.
        Ok(Entered::Refused) => {
            let fault = "This is not the newest code, or its time is over. Ask for another one.";
            Login::sent(filled.phone, fault).response()
        }
        Err(error) => trouble(error, "/admin/login"),
    }
}

/// Where to log out from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Leave {
    everywhere: String,
}

/// Logs out, here or everywhere.
pub(super) async fn leave(state: State, posted: Posted<Leave>) -> Response {
    let Posted { on_duty, form } = posted;
    let OnDuty { session, secret } = &on_duty;
    let only = (form.everywhere != "yes").then_some(secret);
    let engine = on_duty.engine(&state);
    let left = engine.leave_console(session.operator.id, only);
    if let Err(error) = left.await {
        return trouble(error, "/admin");
    }
    let mut response = Redirect::to("/admin/login").into_response();
    let headers = response.headers_mut();
    Cookie::Console.forget(&state, headers);
    Cookie::Looking.forget(&state, headers);
    response
}
