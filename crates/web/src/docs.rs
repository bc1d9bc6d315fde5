//! The API's description, for programs and for people.

pub(crate) mod document;
pub(crate) mod page;
mod reference;

use std::sync::LazyLock;

use ui::{Bundle, Link};

#[derive(rust_embed::Embed)]
#[folder = "assets/"]
struct Files;

static FILES: LazyLock<Bundle> = LazyLock::new(|| Bundle::of::<Files>("/web-assets"));

/// Serves this crate's own styles. [`public_router`](crate::public_router) has them already.
pub(crate) fn assets_router() -> axum::Router {
    FILES.router()
}

/// The address of our styles.
pub(crate) fn styles() -> String {
    FILES.url("web.css")
}

/// The address of one of our files.
pub(crate) fn asset(path: &str) -> String {
    FILES.url(path)
}

/// The ways around, on every page of ours.
pub(crate) fn area_nav(has_sandbox: bool) -> Vec<Link> {
    let mut nav = vec![Link::new("API", "/docs")];
    if has_sandbox {
        nav.push(Link::new("Sandbox", "/sandbox/"));
    }
    nav
}
