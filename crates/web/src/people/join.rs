//! `/join`: from a stranger to a member. Nothing is stored until the phone is proved; what was filled in travels in the
//! page itself meanwhile (docs/decisions/0023).

mod form;

use askama::Template;
use axum::Json;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Channel, ConsentEvent, ConsentState, Handle, Preferences, Purpose};
use engine::joining::JOIN_PAGE;
use engine::joining::Language;
use engine::logins::{CodeAnswer, CodeAsked, Tried};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use store::records::{ConsentEntry, NewMember, Proof};
use ui::Page;

use super::choices::{self, Choice, Group};
use super::code::{self, CodePage};
use super::cookies::Cookie;
use super::guard::{CameFrom, Reads, Sent};
use super::words::{Words, words};
use super::{closed, html, html_as, page, service, shown, trouble, wording};
use crate::State;
use crate::query::Asked;
use form::Valid;
pub(super) use form::{Filled, phone};

/// Why a field is not accepted.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The field's id on the page.
    pub(super) field: &'static str,
    pub(super) message: &'static str,
}

#[derive(Template)]
#[template(path = "join.html")]
struct Join {
    page: Page,
    w: &'static Words,
    filled: Filled,
    faults: Vec<Fault>,
    countries: Vec<Choice>,
    languages: Vec<Choice>,
    programmes: Vec<Choice>,
    hours: Vec<Choice>,
    zones: Vec<Group>,
    next: Option<String>,
    sms: String,
    whatsapp: Option<String>,
}

impl Join {
    /// What is wrong with a field, or nothing.
    fn fault(&self, field: &str) -> &str {
        self.faults
            .iter()
            .find(|fault| fault.field == field)
            .map_or("", |fault| fault.message)
    }
}

/// The page as somebody finds it.
pub(super) async fn show(state: State, Reads(language): Reads) -> Response {
    if !state.engine().sends_codes() {
        return closed(&state, language);
    }
    let filled = Filled::fresh(&state, language);
    form_page(&state, filled, Vec::new()).await
}

async fn form_page(state: &State, filled: Filled, faults: Vec<Fault>) -> Response {
    let language = filled.language();
    let w = words(language);
    let engine = state.engine();
    let library = match engine.programmes().await {
        Ok(library) => library,
        Err(error) => return trouble(state, language, error.into()),
    };
    let name = service(state);
    let hour = filled
        .hour
        .parse()
        .unwrap_or(state.defaults().preferred_send_hour);
    let template = Join {
        page: page(state, w.join_title, language).described(w.join_lead),
        w,
        countries: choices::countries(engine, &filled.country),
        languages: choices::languages(language),
        programmes: choices::programmes(&library, language, &filled.programme),
        hours: choices::hours(&filled.hour),
        zones: choices::zones(&filled.time_zone),
        next: shown::next(engine, &filled.time_zone, hour, language),
        sms: wording::wording(Channel::Sms, language, name),
        whatsapp: writes_on_whatsapp(state)
            .then(|| wording::wording(Channel::Whatsapp, language, name)),
        filled,
        faults,
    };
    if template.faults.is_empty() {
        html(&template)
    } else {
        html_as(StatusCode::UNPROCESSABLE_ENTITY, &template)
    }
}

pub(super) fn writes_on_whatsapp(state: &State) -> bool {
    state.engine().settings().planner.whatsapp_enabled
}

/// What somebody filled in: looked at, and a code is texted; or they want to change something.
pub(super) async fn send(
    state: State,
    CameFrom(from): CameFrom,
    Sent(filled): Sent<Filled>,
) -> Response {
    let language = filled.language();
    if !state.engine().sends_codes() {
        return closed(&state, language);
    }
    if filled.step == "back" {
        return form_page(&state, filled, Vec::new()).await;
    }
    let valid = match form::check(&state, &filled).await {
        Ok(Ok(valid)) => valid,
        Ok(Err(faults)) => return form_page(&state, filled, faults).await,
        Err(error) => return trouble(&state, language, error),
    };
    let asked = async {
        let browser = state.engine().browser_secret()?;
        let asked = CodeAsked::to_log_in(
            valid.phone.clone(),
            valid.country.clone(),
            from,
            language.tag(),
            browser.clone(),
        );
        Ok((state.engine().ask_code(asked).await?, browser))
    };
    let w = words(language);
    match asked.await {
        Ok((CodeAnswer::OnItsWay, browser)) => {
            let mut response = html(&code_page(&state, &filled, &valid, ""));
            Cookie::Waiting.keep(&state, response.headers_mut(), &browser, code::COOKIE_LASTS);
            response
        }
        Ok((CodeAnswer::NotThere, _)) => again(&state, filled, "country", w.not_there).await,
        Ok((CodeAnswer::TooMany, _)) => again(&state, filled, "phone", w.too_many).await,
        Err(error) => trouble(&state, language, error),
    }
}

async fn again(
    state: &State,
    filled: Filled,
    field: &'static str,
    message: &'static str,
) -> Response {
    form_page(state, filled, vec![Fault { field, message }]).await
}

fn code_page(state: &State, filled: &Filled, valid: &Valid, fault: &str) -> CodePage {
    let language = filled.language();
    let next = shown::next(state.engine(), &valid.time_zone, valid.hour, language);
    CodePage::new(state, language, valid.phone.as_e164(), fault)
        .sent_to("/join/code", "/join")
        .carrying(filled.carried())
        .telling(words(language).next_one, next.unwrap_or_default())
}

/// The code somebody typed. Whoever proves the phone of a member is logged in as that member, and nothing of theirs
/// changes.
pub(super) async fn prove(
    state: State,
    headers: HeaderMap,
    Sent(filled): Sent<Filled>,
) -> Response {
    let language = filled.language();
    let w = words(language);
    let valid = match form::check(&state, &filled).await {
        Ok(Ok(valid)) => valid,
        Ok(Err(faults)) => return form_page(&state, filled, faults).await,
        Err(error) => return trouble(&state, language, error),
    };
    let tried = match Cookie::Waiting.read(&state, &headers) {
        Some(browser) => state.engine().try_code(&browser, &filled.code).await,
        None => Ok(Tried::NoCode),
    };
    let fault = match tried {
        Ok(Tried::Proved {
            handle: Handle::Phone(phone),
            country,
            evidence,
        }) => {
            return match enter(&state, valid.proved(phone, country), &evidence).await {
                Ok(response) => response,
                Err(error) => trouble(&state, language, error),
            };
        }
        Ok(other) => code::fault(w, &other),
        Err(error) => return trouble(&state, language, error),
    };
    html_as(
        StatusCode::UNPROCESSABLE_ENTITY,
        &code_page(&state, &filled, &valid, &fault),
    )
}

/// Makes a member of whoever proved their phone, or finds the one they are, and logs them in.
async fn enter(
    state: &State,
    valid: Valid,
    evidence: &str,
) -> Result<Response, engine::EngineError> {
    let engine = state.engine();
    let (member, told) = if let Some(member) = engine.member_with(&valid.phone).await? {
        (member, "/me")
    } else {
        let consents = consents(state, &valid, evidence);
        let member = engine.join(member_of(state, &valid), consents).await?;
        let view = engine.member(member.profile.id).await?;
        let may_write = view
            .consents
            .iter()
            .any(|one| one.state == ConsentState::OptedIn);
        let told = if !engine.is_served(&member).await? {
            "/join/pay"
        } else if may_write {
            "/me?told=welcome"
        } else {
            "/me?told=confirm"
        };
        (member, told)
    };
    let secret = engine.log_in(member.profile.id).await?;
    let mut response = Redirect::to(told).into_response();
    let headers = response.headers_mut();
    Cookie::Session.keep(state, headers, &secret, engine::logins::SESSION);
    Cookie::Waiting.forget(state, headers);
    Ok(response)
}

fn member_of(state: &State, valid: &Valid) -> NewMember {
    NewMember {
        id: state.engine().ids().member(),
        name: valid.name.clone(),
        phone: valid.phone.clone(),
        country: Some(valid.country.clone()),
        email: None,
        time_zone: valid.time_zone.clone(),
        locale: valid.language.tag().to_owned(),
        preferred_send_hour: valid.hour,
        preferred_channel: match (valid.sms, valid.whatsapp) {
            (true, false) => Some(Channel::Sms),
            (false, true) => Some(Channel::Whatsapp),
            // Both, so where their country usually is.
            (true, true) | (false, false) => None,
        },
        preferences: Preferences::default(),
        cohort: None,
        programme: valid.programme.clone(),
    }
}

fn consents(state: &State, valid: &Valid, evidence: &str) -> Vec<ConsentEntry> {
    [
        (Channel::Sms, valid.sms),
        (Channel::Whatsapp, valid.whatsapp),
    ]
    .into_iter()
    .filter(|(_, agreed)| *agreed)
    .map(|(channel, _)| {
        agreement(
            state,
            channel,
            valid.language,
            &valid.phone,
            JOIN_PAGE,
            evidence,
        )
    })
    .collect()
}

/// What is entered when somebody agrees on one of our pages, with the words they saw.
pub(super) fn agreement(
    state: &State,
    channel: Channel,
    language: Language,
    phone: &domain::PhoneNumber,
    source: &str,
    evidence: &str,
) -> ConsentEntry {
    ConsentEntry {
        channel,
        handle: Handle::Phone(phone.clone()),
        purpose: Purpose::All,
        event: ConsentEvent::OptIn,
        own_act: true,
        source: source.into(),
        wording: Some(wording::wording(channel, language, service(state)).into()),
        actor: "member".into(),
        proof: Proof {
            wording_version: Some(format!("{}.{}", wording::VERSION, language.tag())),
            evidence: Some(evidence.to_owned()),
            said_at: None,
        },
        opens: None,
    }
}

/// Whether a number is one, for scripts that look while it is typed. In a body, so that no address holds it.
pub(super) async fn check_phone(state: State, Sent(filled): Sent<Filled>) -> Response {
    let w = words(filled.language());
    let (is_fine, message) = match phone(&state, w, &filled) {
        Ok(_) => (true, w.phone_fine),
        Err(fault) => (false, fault.message),
    };
    Json(serde_json::json!({"valid": is_fine, "message": message})).into_response()
}

/// What [`preview`] is asked.
#[derive(Debug, Deserialize)]
pub(super) struct PreviewAsked {
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    hour: String,
    #[serde(default)]
    lang: String,
}

/// When the first workout would come.
pub(super) async fn preview(
    state: State,
    asked: Result<Asked<PreviewAsked>, crate::Problem>,
) -> Response {
    let asked = match asked {
        Ok(Asked(asked)) => asked,
        Err(problem) => return problem.into_response(),
    };
    let language = Language::of(&asked.lang);
    let next = asked
        .hour
        .parse()
        .ok()
        .filter(|hour| *hour < 24)
        .and_then(|hour| shown::next(state.engine(), &asked.time_zone, hour, language));
    Json(serde_json::json!({ "next": next })).into_response()
}
