//! One's own second factor: set it up, take it off, make new recovery codes (docs/decisions/0036). What is shown of it is shown
//! to nobody else, and recovery codes once.

mod picture;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use engine::EngineError;
use engine::second_factor::{Proved, Standing, in_fours};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::guard::{OnDuty, Posted};
use super::{html, html_as, outside, refused, shown, trouble};
use crate::State;
use picture::Picture;

/// Where it is.
pub(super) const PATH: &str = "/admin/second-factor";

struct Setup {
    secret: String,
    picture: Option<Picture>,
}

struct InForce {
    since: String,
    utc: String,
    recovery_left: u32,
}

#[derive(Template)]
#[template(path = "console-factor.html")]
struct Factor {
    page: Page,
    token: String,
    required: bool,
    setup: Option<Setup>,
    in_force: Option<InForce>,
    fault: &'static str,
}

#[derive(Template)]
#[template(path = "console-recovery.html")]
struct Recovery {
    page: Page,
    is_new: bool,
    codes: Vec<String>,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty) -> Response {
    whole(&state, &on_duty, "").await
}

async fn whole(state: &State, on_duty: &OnDuty, fault: &'static str) -> Response {
    let standing = match state.engine().second_factor(on_duty.operator()).await {
        Ok(standing) => standing,
        Err(error) => return trouble(error, "/admin"),
    };
    let required = state.engine().requires_factor();
    let mut template = Factor {
        // Whoever has to set one up first can go nowhere else.
        page: if required && !on_duty.session.has_factor {
            outside("Second factor")
        } else {
            on_duty.page("Second factor", PATH)
        },
        token: on_duty.token(),
        required,
        setup: None,
        in_force: None,
        fault,
    };
    match standing {
        Standing::Off => {}
        Standing::Draft { secret, address } => {
            template.setup = Some(Setup {
                secret: in_fours(secret.expose()),
                picture: Picture::of(address.expose()),
            });
        }
        Standing::On(factor) => {
            let since = factor
                .confirmed_at
                .unwrap_or_else(|| state.engine().clock().now());
            template.in_force = Some(InForce {
                since: shown::machine(since),
                utc: shown::utc(since),
                recovery_left: factor.recovery_left,
            });
        }
    }
    if fault.is_empty() {
        html(&template)
    } else {
        html_as(StatusCode::UNPROCESSABLE_ENTITY, &template)
    }
}

/// What somebody does with theirs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    act: String,
    code: String,
}

/// Does it.
pub(super) async fn change(state: State, posted: Posted<Done>) -> Response {
    let Posted { on_duty, form } = posted;
    let engine = on_duty.engine(&state);
    let operator = on_duty.operator().id;
    match form.act.as_str() {
        "begin" => match engine.begin_factor(operator).await {
            Ok(_) => Redirect::to(PATH).into_response(),
            Err(error) => trouble(error, PATH),
        },
        "confirm" => {
            let confirmed = engine.confirm_factor(operator, &on_duty.secret, &form.code);
            let shown = confirmed.await;
            codes(&state, &on_duty, true, shown).await
        }
        "codes" => {
            let renewed = engine.renew_recovery(operator, &form.code).await;
            codes(&state, &on_duty, false, renewed).await
        }
        "off" => match engine.drop_factor(operator, &form.code).await {
            Ok(Proved::Done(())) => Redirect::to(PATH).into_response(),
            Ok(other) => whole(&state, &on_duty, fault(&other)).await,
            Err(error) => trouble(error, PATH),
        },
        _ => refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "There is no such thing to do.",
            "Nothing was changed.",
            PATH,
        ),
    }
}

async fn codes(
    state: &State,
    on_duty: &OnDuty,
    is_new: bool,
    proved: Result<Proved<Vec<String>>, EngineError>,
) -> Response {
    match proved {
        Ok(Proved::Done(codes)) => html(&Recovery {
            page: on_duty.page("Recovery codes", PATH),
            is_new,
            codes,
        }),
        Ok(other) => whole(state, on_duty, fault(&other)).await,
        Err(error) => trouble(error, PATH),
    }
}

/// What is said of a code that proved nothing.
pub(super) fn fault<T>(proved: &Proved<T>) -> &'static str {
    match proved {
        Proved::Done(_) => "",
        Proved::Wrong => {
            "This is not a code of now, or it was used already. Wait for the next one."
        }
        Proved::TooMany => "There were too many tries. Wait a quarter of an hour.",
        Proved::Nothing => "There is nothing to prove by it any more. Open the page again.",
    }
}
