//! The operator's console, `/admin`: what a coach's team works in. Whoever works here is logged in by a code to their phone, as one
//! of the team (docs/decisions/0031); every change goes through the engine and is kept with their name.
//!
//! Pages work without scripts; `console.js` makes them live and quick. Absent on purpose: rules of their own.

mod audit;
mod broadcasts;
mod charts;
mod choice;
mod conversations;
mod factor;
mod filters;
mod guard;
mod keys;
mod live;
mod login;
mod looking;
mod member;
mod members;
mod message;
mod messages;
mod notes;
mod plan;
mod programmes;
mod queues;
mod segments;
mod settings;
mod shown;
mod switches;
mod team;
mod templates;
mod thread;
mod today;
mod volume;
mod webhooks;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use engine::EngineError;
use http::StatusCode;
use ui::{Link, Page};

use crate::State;
use crate::docs::{asset, styles};
use crate::people::{html, html_as};
use crate::problem::Problem;

/// The routes.
pub(crate) fn routes() -> Router<State> {
    Router::new()
        .route("/admin", get(today::show))
        .route("/admin/login", get(login::show).post(login::ask))
        .route("/admin/code", post(login::prove))
        .route(
            "/admin/login/second",
            get(login::second::show).post(login::second::prove),
        )
        .route(factor::PATH, get(factor::show).post(factor::change))
        .route("/admin/looking/end", post(looking::end))
        .route("/admin/logout", post(login::leave))
        .route("/admin/live", get(live::changes))
        .route("/admin/conversations", get(conversations::show_list))
        .route("/admin/conversations/{id}", get(conversations::show))
        .route("/admin/conversations/{id}/take", post(thread::take))
        .route(
            "/admin/conversations/{id}/hand-back",
            post(thread::hand_back),
        )
        .route("/admin/conversations/{id}/say", post(thread::say))
        .route("/admin/messages", get(messages::show))
        .route("/admin/messages/{id}", get(message::show))
        .route("/admin/messages/{id}/dismiss", post(thread::dismiss))
        .route("/admin/messages/{id}/retry", post(message::retry))
        .route("/admin/messages/{id}/cancel", post(message::cancel))
        .route("/admin/queues", get(queues::show))
        .route(
            "/admin/queues/dead",
            get(queues::dead::show).post(queues::dead::work),
        )
        .route("/admin/doubts/{id}", post(today::decide))
        .route("/admin/members", get(members::find))
        .route(
            "/admin/members/import",
            get(members::import::show).post(members::import::import),
        )
        .route(
            "/admin/members/import/refused",
            post(members::import::rejected),
        )
        .route("/admin/members/export", post(members::export::export))
        .route(
            "/admin/members/{id}",
            get(member::show).post(member::change_member),
        )
        .route("/admin/members/{id}/look", post(looking::begin))
        .route("/admin/members/{id}/certificate", get(member::certificate))
        .route("/admin/members/{id}/notes", post(notes::change))
        .route("/admin/members/{id}/plan", get(plan::show).post(plan::plan))
        .route(
            "/admin/switches",
            get(switches::show).post(switches::change),
        )
        .route("/admin/programmes", get(programmes::list))
        .route("/admin/programmes/new", get(programmes::new))
        .route(
            "/admin/programmes/{slug}",
            get(programmes::editor::show).post(programmes::editor::act),
        )
        .route(
            "/admin/programmes/{slug}/versions",
            get(programmes::versions::show),
        )
        .route(
            "/admin/programmes/{slug}/publish",
            get(programmes::publish::show).post(programmes::publish::act),
        )
        .route(
            "/admin/programmes/{slug}/members",
            get(programmes::followers::show),
        )
        .route("/admin/templates", get(templates::show))
        .route(
            "/admin/templates/{name}",
            get(templates::one::show).post(templates::one::act),
        )
        .route(
            "/admin/broadcasts",
            get(broadcasts::list).post(broadcasts::draft::create),
        )
        .route("/admin/broadcasts/new", get(broadcasts::draft::new))
        .route(
            "/admin/broadcasts/{id}",
            get(broadcasts::one::show).post(broadcasts::acts::act),
        )
        .route(
            "/admin/broadcasts/{id}/edit",
            get(broadcasts::draft::edit).post(broadcasts::draft::save),
        )
        .route(
            "/admin/broadcasts/{id}/members",
            get(broadcasts::members::show),
        )
        .route(
            "/admin/segments",
            get(segments::list).post(segments::create),
        )
        .route(
            "/admin/segments/{id}",
            get(segments::show).post(segments::change),
        )
        .route("/admin/segments/{id}/delete", post(segments::remove))
        .route("/admin/charts", get(charts::show))
        .route("/admin/team", get(team::show).post(team::ask_in))
        .route("/admin/team/{id}", post(team::change))
        .route("/admin/audit", get(audit::show))
        .route(
            "/admin/webhooks",
            get(webhooks::list).post(webhooks::create),
        )
        .route(
            "/admin/webhooks/{id}",
            get(webhooks::show).post(webhooks::change),
        )
        .route(
            "/admin/settings",
            get(settings::show).post(settings::change),
        )
        .route("/admin/keys", get(keys::show).post(keys::create))
        .route("/admin/keys/{id}", post(keys::revoke))
}

/// The frame of these pages; `current` is the address of the one in the navigation.
fn page(title: impl Into<String>, current: &str) -> Page {
    Page {
        home: "/admin".to_owned(),
        ..Page::new(title)
    }
    .in_area("Console")
    .with_nav(
        [
            Link::new("Today", "/admin"),
            Link::new("Conversations", "/admin/conversations"),
            Link::new("Members", "/admin/members"),
            Link::new("Messages", "/admin/messages"),
            Link::new("Broadcasts", "/admin/broadcasts"),
            Link::new("Queues", "/admin/queues"),
            Link::new("Content", programmes::HOME),
            Link::new("Settings", "/admin/switches"),
        ],
        current,
    )
    .with_style(styles())
    .with_style(asset("console.css"))
    .with_script(asset("console.js"))
}

/// The frame for whoever is not logged in.
fn outside(title: &str) -> Page {
    let mut page = page(title, "");
    page.nav.clear();
    page
}

/// A page for what cannot be done: the sentence says why.
fn refused(status: StatusCode, what: &str, todo: &str, back: &str) -> Response {
    ui::error_page(
        status,
        outside("This was not done"),
        what,
        todo,
        Link::new("Go back", back),
    )
}

/// The same for what the engine says.
fn trouble(error: EngineError, back: &str) -> Response {
    let sentence = sentence(&error);
    let problem = Problem::from(error);
    let todo = if problem.status().is_server_error() {
        "Nothing was changed. Please try again in a moment."
    } else {
        "Nothing was changed."
    };
    refused(problem.status(), &sentence, todo, back)
}

/// What went wrong, for people: what lies inside stays inside.
fn sentence(error: &EngineError) -> String {
    match error {
        EngineError::Store(error) if !matches!(error, store::StoreError::EmailTaken) => {
            "The database cannot answer right now.".to_owned()
        }
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            format!(
                "{}{}.",
                first.unwrap_or_default(),
                letters.as_str().trim_end_matches('.')
            )
        }
    }
}

/// A page where nobody works.
fn closed() -> Response {
    refused(
        StatusCode::NOT_FOUND,
        "The console is closed.",
        "Name the numbers of the people who run this in ADMIN_PHONE_NUMBERS, and start the service again.",
        "/",
    )
}
