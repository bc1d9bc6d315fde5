//! The second page of the way in: the code of the app, for whoever typed the texted one in this browser (docs/decisions/0036).

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use engine::second_factor::Proved;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use ui::Page;

use crate::State;
use crate::console::{closed, factor, html, html_as, outside, trouble};
use crate::people::{Cookie, Sent};

/// Where it is.
pub(super) const PATH: &str = "/admin/login/second";

#[derive(Template)]
#[template(path = "console-second.html")]
struct Second {
    page: Page,
    fault: &'static str,
}

/// What somebody fills in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Filled {
    code: String,
}

/// The page. It says nothing of anybody, so that it need not ask who it is for.
pub(in crate::console) async fn show(state: State, headers: HeaderMap) -> Response {
    if !state.engine().has_console() {
        return closed();
    }
    if Cookie::ConsoleWaiting.read(&state, &headers).is_none() {
        return Redirect::to("/admin/login").into_response();
    }
    html(&Second {
        page: outside("Second factor"),
        fault: "",
    })
}

/// The code somebody typed.
pub(in crate::console) async fn prove(
    state: State,
    headers: HeaderMap,
    Sent(filled): Sent<Filled>,
) -> Response {
    let entered = match Cookie::ConsoleWaiting.read(&state, &headers) {
        Some(browser) => state.engine().enter_by_factor(&browser, &filled.code).await,
        None => Ok(Proved::Nothing),
    };
    match entered {
        Ok(Proved::Done(secret)) => {
            let mut response = Redirect::to("/admin").into_response();
            let headers = response.headers_mut();
            let lasts = engine::team::CONSOLE_SESSION;
            Cookie::Console.keep(&state, headers, &secret, lasts);
            Cookie::ConsoleWaiting.forget(&state, headers);
            response
        }
        Ok(Proved::Nothing) => Redirect::to("/admin/login").into_response(),
        Ok(other) => html_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &Second {
                page: outside("Second factor"),
                fault: factor::fault(&other),
            },
        ),
        Err(error) => trouble(error, "/admin/login"),
    }
}
