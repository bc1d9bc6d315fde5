//! `GET /docs`: the API's description for people, rendered here from the same document programs
//! read.

use std::sync::LazyLock;

use askama::Template;
use axum::response::Response;
use ui::Page;

use super::reference::{Group, groups};
use super::{area_nav, styles};
use crate::State;
use crate::code::Code;
use crate::query::{LIMIT_DEFAULT, LIMIT_MAX};

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| groups(super::document::document()));

#[derive(Template)]
#[template(path = "docs.html")]
struct Docs<'a> {
    page: Page,
    groups: &'a [Group],
    codes: &'a [Code],
    public_url: &'a str,
    limit_default: u32,
    limit_max: u32,
}

pub(crate) async fn page(state: State) -> Response {
    ui::html(&Docs {
        page: Page::new("API reference")
            .described("Every call of the GymText API, with its fields, answers and errors.")
            .with_nav(area_nav(state.has_sandbox()), "/docs")
            .with_style(styles()),
        groups: &GROUPS,
        codes: Code::ALL,
        public_url: state.public_url(),
        limit_default: LIMIT_DEFAULT,
        limit_max: LIMIT_MAX,
    })
}
