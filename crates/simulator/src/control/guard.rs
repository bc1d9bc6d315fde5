//! Who may use the control API: callers that reach it by a loopback name, and no page of another
//! site.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};

use crate::control::problem::Problem;
use crate::simulator::Simulator;

/// Lets a request pass, or says 403.
pub(crate) async fn only_loopback(
    State(simulator): State<Arc<Simulator>>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
    if !simulator.config.any_host && !is_loopback(host) {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "not_loopback",
            "the sandbox's control API is served under loopback names only",
        )
        .into_response();
    }
    if is_cross_site(request.headers()) {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "the sandbox's control API is not for pages of other sites",
        )
        .into_response();
    }
    next.run(request).await
}

fn is_cross_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site")
}

/// Whether a `Host` is a name of this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = if let Some(inner) = host.strip_prefix('[') {
        inner.split_once(']').map_or("", |(name, _)| name)
    } else {
        host.split_once(':').map_or(host, |(name, _)| name)
    };
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in [
            "127.0.0.1:8090",
            "localhost",
            "LOCALHOST:80",
            "[::1]:8090",
            "sandbox.localhost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "127.0.0.1.example.com",
            "10.0.0.1",
            "localhost.example.com",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
