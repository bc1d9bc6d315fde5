//! The two pages people see: one to pay on, one to manage on. They say that nothing is real.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use domain::Timestamp;
use http::{HeaderValue, StatusCode, header};
use ui::{Link, Page};

use super::books::Session;
use super::time::Act;
use crate::simulator::Simulator;

#[derive(Template)]
#[template(path = "stripe_pay.html")]
struct Pay {
    page: Page,
    action: String,
    back: String,
    /// `open`, `complete` or `expired`.
    status: &'static str,
    declined: bool,
    trial: Option<String>,
    done: String,
}

struct Shown {
    id: String,
    status: &'static str,
    cancels: bool,
    over: bool,
    fails: bool,
    until: String,
}

#[derive(Template)]
#[template(path = "stripe_portal.html")]
struct Manage {
    page: Page,
    action: String,
    back: String,
    all: Vec<Shown>,
}

fn page(title: &str) -> Page {
    Page::new(title).in_area("Pretend Stripe")
}

fn date(at: i64) -> String {
    let written = crate::dates::iso_8601_millis(Timestamp::from_seconds(at));
    written.chars().take(10).collect()
}

fn nothing() -> Response {
    ui::error_page(
        StatusCode::NOT_FOUND,
        page("There is nothing here"),
        "The sandbox knows no such page; it forgets all of them when it is started again.",
        "Go back to where you came from and try again.",
        Link::new("To the first page", "/"),
    )
}

/// `{CHECKOUT_SESSION_ID}` in an address is the page's id.
fn done_url(session: &Session) -> String {
    session
        .success_url
        .replace("{CHECKOUT_SESSION_ID}", &session.id)
}

/// The page to pay on. Once it is paid it leads back by itself.
pub(super) async fn pay(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<String>,
) -> Response {
    let now = simulator.now();
    let session = simulator
        .stripe
        .as_ref()
        .and_then(|stripe| stripe.books().sessions.get(&id).cloned());
    let Some(session) = session else {
        return nothing();
    };
    let status = session.status(now);
    let done = done_url(&session);
    let mut response = ui::html(&Pay {
        page: page("Pay"),
        action: format!("/stripe/pay/{id}"),
        back: session.cancel_url.clone(),
        status,
        declined: session.declined,
        trial: session.trial_end.map(date),
        done: done.clone(),
    });
    if status == "complete"
        && let Ok(refresh) = HeaderValue::from_str(&format!("3; url={done}"))
    {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}

fn form(body: &Bytes) -> BTreeMap<String, String> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// Somebody pays, or tries to.
pub(super) async fn paid(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    match form(&body).get("do").map(String::as_str) {
        Some("pay") => {
            simulator.pay(&id);
        }
        Some("decline") => simulator.decline(&id),
        _ => {}
    }
    Redirect::to(&format!("/stripe/pay/{id}")).into_response()
}

/// The page to manage on.
pub(super) async fn portal(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<String>,
) -> Response {
    let found = simulator.stripe.as_ref().and_then(|stripe| {
        let books = stripe.books();
        let portal = books.portals.get(&id)?.clone();
        let all: Vec<Shown> = books
            .subscriptions
            .values()
            .filter(|one| one.customer == portal.customer)
            .map(|one| Shown {
                id: one.id.clone(),
                status: one.status,
                cancels: one.cancels,
                over: one.ended_at.is_some(),
                fails: one.card_fails,
                until: date(one.ended_at.unwrap_or(one.end)),
            })
            .collect();
        Some((portal, all))
    });
    let Some((portal, all)) = found else {
        return nothing();
    };
    ui::html(&Manage {
        page: page("Manage"),
        action: format!("/stripe/portal/{id}"),
        back: portal.return_url,
        all,
    })
}

/// Somebody changes something of theirs.
pub(super) async fn managed(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let form = form(&body);
    let act = form.get("do").and_then(|word| Act::of(word));
    let one = form.get("subscription");
    let is_theirs = simulator.stripe.as_ref().is_some_and(|stripe| {
        let books = stripe.books();
        let customer = books.portals.get(&id).map(|portal| &portal.customer);
        let owner = one.and_then(|one| books.subscriptions.get(one));
        customer.is_some() && owner.map(|one| &one.customer) == customer
    });
    if let (Some(act), Some(one), true) = (act, one, is_theirs) {
        simulator.act_on(one, act);
    }
    Redirect::to(&format!("/stripe/portal/{id}")).into_response()
}
