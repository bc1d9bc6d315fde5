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

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn an_error_page_says_what_happened_what_to_do_and_leads_back() {
        let response = error_page(
            StatusCode::NOT_FOUND,
            Page::new("There is no such member"),
            "No member is called <b>Maria</b>.",
            "Look in the list.",
            Link::new("To the members", "/members"),
        );
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let headers = response.headers().clone();
        assert_eq!(headers["content-security-policy"], crate::CSP);
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let html = std::str::from_utf8(&body).unwrap();
        assert!(html.contains("<title>There is no such member · GymText</title>"));
        assert!(
            html.contains("No member is called &#60;b&#62;Maria")
                && html.contains("Look in the list.")
        );
        assert!(html.contains("href=\"/members\""));
    }
}
