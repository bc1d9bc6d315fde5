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

/// [`CSP`] for a page that shows pictures, sounds and films from elsewhere (media of messages).
pub const CSP_WITH_PICTURES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: http: https:; \
     media-src 'self' http: https:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::Request;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn headers_that_an_answer_has_already_are_kept() {
        let router = Router::new()
            .route(
                "/own",
                get(async || ([(CACHE_CONTROL, "max-age=60")], "text")),
            )
            .merge(crate::assets_router());
        let router = with_security_headers(router);
        let ask = |path: &str| {
            router
                .clone()
                .oneshot(Request::get(path).body(Body::empty()).unwrap())
        };
        let own = ask("/own").await.unwrap();
        assert_eq!(own.headers()[CACHE_CONTROL], "max-age=60");
        assert_eq!(own.headers()[CONTENT_SECURITY_POLICY], CSP);
        let asset = ask(&crate::asset("ui.js")).await.unwrap();
        assert!(
            asset.headers()[CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
    }

    #[test]
    fn the_policy_allows_nothing_inline() {
        for policy in [CSP, CSP_WITH_PICTURES] {
            assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"));
        }
    }
}
