//! All pieces of the design system on one page, on loopback: `cargo run -p gymtext-ui --example gallery`.

use askama::Template;
use axum::routing::get;
use http::StatusCode;
use ui::{Icon, Link, Page};

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    page: Page,
    icons: &'static [Icon],
}

fn page(title: &str) -> Page {
    Page::new(title).in_area("Gallery").with_nav(
        [Link::new("Pieces", "/"), Link::new("Error page", "/error")],
        "/",
    )
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let router = axum::Router::new()
        .route(
            "/",
            get(async || {
                ui::html(&Gallery {
                    page: page("Gallery"),
                    icons: Icon::ALL,
                })
            }),
        )
        .route(
            "/error",
            get(async || {
                ui::error_page(
                    StatusCode::NOT_FOUND,
                    page("There is no such message"),
                    "No message has this number. It may have been erased with its member.",
                    "Look for it in the list, or ask for the member's name.",
                    Link::new("Back to the gallery", "/"),
                )
            }),
        )
        .merge(ui::assets_router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await?;
    axum::serve(listener, router).await
}
