//! `/me`: what is theirs, for whoever is logged in; for everybody else, the way in.

pub(super) mod address;
pub(super) mod change;
mod look;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Handle;
use engine::joining::Language;
use engine::logins::{CodeAnswer, CodeAsked, Tried};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use ui::Page;

use super::choices::{self, Choice};
use super::code::{self, CodePage};
use super::cookies::Cookie;
use super::guard::{CameFrom, LoggedIn, Reads, Sent};
use super::join::{self, Filled};
use super::words::{Words, words};
use super::{closed, html, html_as, page, trouble};
use crate::State;
use look::Told;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    page: Page,
    w: &'static Words,
    lang: &'static str,
    filled: Filled,
    fault: Option<join::Fault>,
    countries: Vec<Choice>,
}

impl Login {
    fn fault(&self, field: &str) -> &str {
        self.fault
            .as_ref()
            .filter(|fault| fault.field == field)
            .map_or("", |fault| fault.message)
    }
}

/// What is theirs, or the way in.
pub(super) async fn show(
    state: State,
    Reads(language): Reads,
    headers: HeaderMap,
    uri: http::Uri,
) -> Response {
    let told = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "told")
        .map_or(Told::Nothing, |(_, word)| Told::of(&word));
    match LoggedIn::or_looking(&state, &headers).await {
        Ok(Some(logged_in)) => look::show(&state, &logged_in, told).await,
        Ok(None) if state.engine().sends_codes() => {
            login(&state, Filled::for_login(&state, language), None)
        }
        Ok(None) => closed(&state, language),
        Err(response) => response,
    }
}

fn login(state: &State, filled: Filled, fault: Option<join::Fault>) -> Response {
    let language = filled.language();
    let w = words(language);
    let template = Login {
        page: page(state, w.login_title, language),
        w,
        lang: language.tag(),
        countries: choices::countries(state.engine(), &filled.country),
        filled,
        fault,
    };
    if template.fault.is_none() {
        html(&template)
    } else {
        html_as(StatusCode::UNPROCESSABLE_ENTITY, &template)
    }
}

/// Texts a code. The answer is the same whether the number is a member's or nobody's.
pub(super) async fn ask(
    state: State,
    CameFrom(from): CameFrom,
    Sent(filled): Sent<Filled>,
) -> Response {
    let language = filled.language();
    let w = words(language);
    if !state.engine().sends_codes() {
        return closed(&state, language);
    }
    if filled.step == "back" {
        return login(&state, filled, None);
    }
    let (phone, country) = match join::phone(&state, w, &filled) {
        Ok(found) => found,
        Err(fault) => return login(&state, filled, Some(fault)),
    };
    let asked = async {
        let browser = state.engine().browser_secret()?;
        let asked = CodeAsked::to_log_in(
            phone.clone(),
            country,
            from,
            language.tag(),
            browser.clone(),
        );
        Ok((state.engine().ask_code(asked).await?, browser))
    };
    let fault = |field, message| Some(join::Fault { field, message });
    match asked.await {
        Ok((CodeAnswer::OnItsWay, browser)) => {
            let page =
                CodePage::new(&state, language, phone.as_e164(), "").carrying(filled.for_code());
            let mut response = html(&page);
            Cookie::Waiting.keep(&state, response.headers_mut(), &browser, code::COOKIE_LASTS);
            response
        }
        Ok((CodeAnswer::NotThere, _)) => login(&state, filled, fault("country", w.not_there)),
        Ok((CodeAnswer::TooMany, _)) => login(&state, filled, fault("phone", w.too_many)),
        Err(error) => trouble(&state, language, error),
    }
}

/// The code somebody typed.
pub(super) async fn prove(
    state: State,
    headers: HeaderMap,
    Sent(filled): Sent<Filled>,
) -> Response {
    let language = filled.language();
    let w = words(language);
    let tried = match Cookie::Waiting.read(&state, &headers) {
        Some(browser) => state.engine().try_code(&browser, &filled.code).await,
        None => Ok(Tried::NoCode),
    };
    let entered = match tried {
        Ok(Tried::Proved {
            handle: Handle::Phone(phone),
            ..
        }) => enter(&state, &phone).await,
        Ok(other) => {
            let fault = code::fault(w, &other);
            let Ok((phone, _)) = join::phone(&state, w, &filled) else {
                return login(&state, filled, None);
            };
            let page = CodePage::new(&state, language, phone.as_e164(), &fault)
                .carrying(filled.for_code());
            return html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Err(error) => Err(error),
    };
    match entered {
        Ok(Some(response)) => response,
        // Whoever proved a phone may hear that nobody has it.
        Ok(None) => {
            let fault = join::Fault {
                field: "phone",
                message: w.unknown_number,
            };
            login(&state, filled, Some(fault))
        }
        Err(error) => trouble(&state, language, error),
    }
}

async fn enter(
    state: &State,
    phone: &domain::PhoneNumber,
) -> Result<Option<Response>, engine::EngineError> {
    let Some(member) = state.engine().member_with(phone).await? else {
        return Ok(None);
    };
    let secret = state.engine().log_in(member.profile.id).await?;
    let mut response = Redirect::to("/me").into_response();
    let headers = response.headers_mut();
    Cookie::Session.keep(state, headers, &secret, engine::logins::SESSION);
    Cookie::Waiting.forget(state, headers);
    Ok(Some(response))
}

/// Where to log out from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LogOut {
    token: String,
    everywhere: String,
}

/// Logs out, here or everywhere.
pub(super) async fn log_out(
    state: State,
    logged_in: LoggedIn,
    Sent(form): Sent<LogOut>,
) -> Response {
    let language = logged_in.language();
    if !logged_in.is_theirs(&form.token) {
        return look::show(&state, &logged_in, Told::Foreign).await;
    }
    let only = (form.everywhere != "yes").then_some(&logged_in.secret);
    let member = logged_in.session.record.member;
    if let Err(error) = state.engine().log_out(member, only).await {
        return trouble(&state, language, error);
    }
    let to = format!("/me?lang={}", language.tag());
    let mut response = Redirect::to(&to).into_response();
    Cookie::Session.forget(&state, response.headers_mut());
    response
}

impl Filled {
    /// Before anybody wrote anything.
    fn for_login(state: &State, language: Language) -> Self {
        let countries = state.engine().code_countries();
        Self {
            country: countries.first().map_or(String::new(), ToString::to_string),
            language: language.tag().to_owned(),
            ..Self::default()
        }
    }

    /// What the page with the code carries along.
    fn for_code(&self) -> Vec<(&'static str, String)> {
        vec![
            ("country", self.country.clone()),
            ("phone", self.phone.clone()),
            ("language", self.language.clone()),
        ]
    }
}
