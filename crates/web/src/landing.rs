//! `GET /`: what this is and where to go.

use askama::Template;
use axum::response::Response;
use ui::Page;

use crate::State;
use crate::docs::{area_nav, styles};

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    page: Page,
    has_sandbox: bool,
    sends_codes: bool,
    has_console: bool,
}

pub(crate) async fn landing(state: State) -> Response {
    let has_sandbox = state.has_sandbox();
    let page = Page::new("Coaching by text message")
        .described("GymText coaches people by text message, over SMS and WhatsApp.")
        .with_nav(area_nav(has_sandbox), "/")
        .with_style(styles());
    ui::html(&Landing {
        page,
        has_sandbox,
        sends_codes: state.engine().sends_codes(),
        has_console: state.engine().has_console(),
    })
}
