//! Pages for the people we coach: `/join`, where somebody becomes a member, and `/me`, where a member sees and changes
//! what is theirs; `/me/chat`, where they talk with us. All rest on a phone that was proved by a texted code (G34) and on sessions (G35).
//!
//! They work without scripts; `people.js` only makes them nicer. Absent on purpose: rules of their own. Every
//! change goes through the same calls of the engine as the API's.

mod chat;
mod choices;
mod code;
mod cookies;
mod countries;
mod guard;
mod join;
mod looking;
mod me;
mod pay;
mod privacy;
mod shown;
mod wording;
mod words;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use engine::joining::Language;
use http::HeaderValue;
use http::StatusCode;
use http::header::REFERRER_POLICY;
use ui::{Link, Page};

use crate::State;
use crate::docs::{asset, styles};
use crate::problem::Problem;

pub(crate) use chat::Doors;
pub(crate) use cookies::Cookie;
pub(crate) use guard::{CameFrom, Peer, Sent, form_token, is_our_own};
pub(crate) use looking::COOKIE_LASTS as LOOK_COOKIE_LASTS;
pub(crate) use shown::instant;

/// The routes.
pub(crate) fn routes() -> Router<State> {
    Router::new()
        .route("/join", get(join::show).post(join::send))
        .route("/join/code", post(join::prove))
        .route("/join/phone", post(join::check_phone))
        .route("/join/preview", get(join::preview))
        .route("/join/pay", get(pay::ask))
        .route("/pay/{token}", get(pay::by_link))
        .route("/me/checkout", get(pay::checkout))
        .route("/me/paid", get(pay::paid))
        .route("/me/portal", get(pay::portal))
        .route("/privacy", get(privacy::show))
        .route("/me", get(me::show))
        .route("/me/login", post(me::ask))
        .route("/me/code", post(me::prove))
        .route("/me/logout", post(me::log_out))
        .route("/me/training", post(me::change::training))
        .route("/me/channels", post(me::change::channels))
        .route("/me/consent", post(me::change::consent))
        .route("/me/address", post(me::address::ask))
        .route("/me/address/code", post(me::address::prove))
        .route("/me/address/remove", post(me::address::remove))
        .route("/me/holiday", post(me::change::holiday))
        .route("/me/chat", get(chat::show).post(chat::write))
        .route("/me/chat/live", get(chat::live))
        .route("/me/chat/seen", post(chat::seen))
}

/// The frame of these pages.
fn page(state: &State, title: &str, language: Language) -> Page {
    let words = words::words(language);
    let mut page = Page::new(filled(title, &[("service", service(state))]))
        .with_nav(
            [
                Link::new(words.join, format!("/join?lang={}", language.tag())),
                Link::new(words.log_in, format!("/me?lang={}", language.tag())),
                Link::new(words.privacy, format!("/privacy?lang={}", language.tag())),
            ],
            "",
        )
        .with_style(styles())
        .with_style(asset("people.css"))
        .with_script(asset("people.js"));
    page.lang = language.tag();
    page
}

/// The name the service gives itself.
fn service(state: &State) -> &str {
    &state.engine().settings().service_name
}

/// A text with its gaps filled.
fn filled(text: &str, gaps: &[(&str, &str)]) -> String {
    gaps.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// Answers with a page. Browsers tell where a form was sent from only under this policy, and [`guard::OurOwn`]
/// wants to know.
pub(crate) fn html(template: &impl askama::Template) -> Response {
    let mut response = ui::html(template);
    response
        .headers_mut()
        .insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// The same with a status.
pub(crate) fn html_as(status: StatusCode, template: &impl askama::Template) -> Response {
    let mut response = html(template);
    *response.status_mut() = status;
    response
}

/// A page for what went wrong on our side.
fn trouble(state: &State, language: Language, error: engine::EngineError) -> Response {
    let problem = Problem::from(error);
    let words = words::words(language);
    ui::error_page(
        problem.status(),
        page(state, words.trouble_title, language),
        words.trouble,
        words.trouble_do,
        Link::new(words.start_over, format!("/me?lang={}", language.tag())),
    )
}

/// A page where nobody can join.
fn closed(state: &State, language: Language) -> Response {
    let words = words::words(language);
    ui::error_page(
        StatusCode::NOT_FOUND,
        page(state, words.closed_title, language),
        words.closed,
        words.trouble_do,
        Link::new(words.start_over, "/"),
    )
}
