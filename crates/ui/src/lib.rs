//! The design system: styles, fonts, icons and the pieces pages are made of.
//!
//! A crate that has pages
//! 1. puts an `askama.toml` beside its `Cargo.toml`, so that its templates find ours:
//!    ```toml
//!    [general]
//!    dirs = ["templates", "../ui/templates"]
//!    whitespace = "minimize"
//!    ```
//! 2. writes a template that starts with `{% extends "base.html" %}` and fills `{% block content %}`; the template's
//!    struct has a field `page: ui::Page` (title, navigation, own styles and scripts). Ready pieces are the classes shown
//!    by `cargo run -p gymtext-ui --example gallery` and the macros of `parts.html`
//!    (`{% import "parts.html" as parts %}`);
//! 3. answers with [`html`] (or [`html_with_pictures`]), which adds the security headers, and with [`error_page`] when
//!    something went wrong;
//! 4. relies on the application having merged [`assets_router`] once, at the root. Its own scripts and styles it embeds
//!    as a [`Bundle`] with a prefix of its own.
//!
//! Templates write `{{ ui::Icon::Send }}` for an icon and `{{ ui::asset("…") }}` for the address of one of our files.
//!
//! Not here: pages of the product, and any script that knows what the product does.

extern crate self as ui;

mod bundle;
mod error;
mod icon;
mod page;
mod respond;

use std::sync::LazyLock;

pub use bundle::Bundle;
pub use error::{ErrorPage, error_page};
pub use icon::{Icon, Mark};
pub use page::{Banner, Link, Page};
pub use respond::{CSP, CSP_WITH_PICTURES, html, html_with_pictures, with_security_headers};

#[derive(rust_embed::Embed)]
#[folder = "assets/"]
struct Files;

static FILES: LazyLock<Bundle> = LazyLock::new(|| Bundle::of::<Files>("/assets"));

/// The address of one of our files, with the bundle's hash in it: `/assets/3f9c…/base.css`.
pub fn asset(path: &str) -> String {
    FILES.url(path)
}

/// Serves our files under `/assets/…`. The application merges it once.
pub fn assets_router() -> axum::Router {
    FILES.router()
}
