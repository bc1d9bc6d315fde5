//! The page for when something went wrong: what happened, what to do, a way back.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::{Link, Page};

/// What the error page says.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame; its title is the headline.
    pub page: Page,
    /// The HTTP status, shown small.
    pub status: u16,
    /// What happened, in a sentence.
    pub what_happened: String,
    /// What the reader can do now, in a sentence.
    pub what_to_do: String,
    /// The way back.
    pub back: Link,
}

/// Answers with the error page.
pub fn error_page(
    status: StatusCode,
    page: Page,
    what_happened: impl Into<String>,
    what_to_do: impl Into<String>,
    back: Link,
) -> Response {
    let mut response = crate::html(&ErrorPage {
        page,
        status: status.as_u16(),
        what_happened: what_happened.into(),
        what_to_do: what_to_do.into(),
        back,
    });
    *response.status_mut() = status;
    response
}
