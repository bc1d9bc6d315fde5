//! From a template to an answer, with the headers that keep foreign text harmless (G36).

use askama::Template;
use axum::Router;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};

/// The content security policy of our pages: scripts, styles and fonts from our own files only, nothing inline, no
/// `eval`, no frames.
pub const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
                       connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
                       frame-ancestors 'none'";

/// [`CSP`] for a page that shows pictures from elsewhere (media of messages).
pub const CSP_WITH_PICTURES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: http: https:; \
     connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Renders a page and answers with it under [`CSP`].
pub fn html(template: &impl Template) -> Response {
    render(template, CSP)
}

/// Renders a page and answers with it under [`CSP_WITH_PICTURES`].
pub fn html_with_pictures(template: &impl Template) -> Response {
    render(template, CSP_WITH_PICTURES)
}

fn render(template: &impl Template, policy: &'static str) -> Response {
    let Ok(page) = template.render() else {
        return (
            StatusCode::INTERNAL_SERVER_ERROR,
            "This page could not be made. Please go back and try again.",
        )
            .into_response();
    };
    let mut response = page.into_response();
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    guard(response)
}

/// Gives every answer of these routes the security headers it does not have yet.
pub fn with_security_headers(router: Router) -> Router {
    router.layer(map_response(
        |response: Response| async move { guard(response) },
    ))
}

fn guard(mut response: Response) -> Response {
    const FRAME: HeaderName = HeaderName::from_static("x-frame-options");
    const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, CSP),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (FRAME, "DENY"),
        (OPENER, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
