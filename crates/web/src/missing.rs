//! What is not there: a problem for programs, a page with a way back for people.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::ACCEPT;
use http::{HeaderMap, Method};
use ui::{Link, Page};

use crate::code::Code;
use crate::problem::Problem;

/// Nothing at this address.
pub(crate) async fn not_found(request: Request) -> Response {
    let problem = Problem::new(
        Code::NotFound,
        "There is nothing at this address. What there is stands in /docs and in /api/v1/openapi.json.",
    );
    if for_people(request.headers(), request.uri().path()) {
        return ui::error_page(
            problem.status(),
            Page::new("There is nothing here"),
            "No page has this address: it may have been mistyped, or the page has moved.",
            "Check the address, or start over from the first page.",
            Link::new("To the first page", "/"),
        );
    }
    problem.into_response()
}

/// The address exists, the method does not.
pub(crate) async fn wrong_method(method: Method) -> Response {
    Problem::new(
        Code::MethodNotAllowed,
        format!(
            "This address does not take {method}; the header Allow lists the methods it takes."
        ),
    )
    .into_response()
}

/// Whether a browser asks for a page. Calls under `/api` are answered for programs.
pub(crate) fn for_people(headers: &HeaderMap, path: &str) -> bool {
    !path.starts_with("/api/")
        && !path.starts_with("/inner/")
        && headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"))
}
