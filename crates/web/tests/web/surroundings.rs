//! Health, cron, pages, and what is not there.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use tower::ServiceExt;

use crate::service::{CRON, Service, read};

fn browser(path: &str) -> Request<Body> {
    Request::get(path)
        .header("accept", "text/html,application/xhtml+xml")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn health_says_when_it_drains() {
    let service = Service::new().await;
    let health = || Request::get("/api/health").body(Body::empty()).unwrap();
    let reply = service.call(health()).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["status"].as_str()),
        (200, Some("ok"))
    );
    service.engine.shutdown(Duration::from_secs(5)).await;
    let reply = service.call(health()).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["status"].as_str()),
        (503, Some("draining"))
    );
    let refused = service
        .post("/api/v1/messages/batch", serde_json::json!([]))
        .await;
    assert_eq!(refused.status, 202);
    let refused = service
        .post(
            "/api/v1/members",
            serde_json::json!({"name": "A", "phone": "+14155552671"}),
        )
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (503, "draining")
    );
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn cron_routes_run_with_their_secret_only() {
    let service = Service::new().await;
    for name in ["daily-messages", "weekly-messages", "check-stalled-queues"] {
        for method in ["GET", "POST"] {
            let request = Request::builder()
                .method(method)
                .uri(format!("/api/cron/{name}"))
                .header("authorization", format!("Bearer {CRON}"))
                .body(Body::empty())
                .unwrap();
            let reply = service.call(request).await;
            assert_eq!(reply.status, 200, "{method} {name}: {}", reply.text);
            assert!(reply.json().is_object());
        }
    }
    let off = Service::with(|settings| settings.cron_secret = None).await;
    let request = Request::get("/api/cron/daily-messages")
        .header("authorization", "Bearer ")
        .body(Body::empty())
        .unwrap();
    let reply = off.call(request).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (403, "forbidden")
    );
}

#[tokio::test]
async fn pages_are_pages_and_carry_their_headers() {
    let service = Service::with(|settings| settings.has_sandbox = true).await;
    for (path, holds) in [
        ("/", "/sandbox/"),
        ("/docs", "invalid_signature"),
        ("/docs", "/api/v1/members/{id}/consents/{channel}"),
    ] {
        let reply = service.call(browser(path)).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.text.contains(holds), "{path} holds {holds}");
        let policy = reply.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"),
            "{policy}"
        );
        assert!(
            !reply.text.contains(" style=") && !reply.text.contains(" onclick="),
            "{path}"
        );
    }
    let styles = service.call(browser("/docs")).await.text;
    let address = styles
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|href| href.ends_with("web.css"));
    assert_eq!(service.call(browser(address.unwrap())).await.status, 200);
}

#[tokio::test]
async fn what_is_not_there_is_a_page_for_people_and_a_problem_for_programs() {
    let service = Service::new().await;
    let page = service.call(browser("/nowhere")).await;
    assert_eq!(page.status, 404);
    assert!(
        page.text.contains("<h1>")
            && page.headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
    );
    let problem = service
        .call(Request::get("/nowhere").body(Body::empty()).unwrap())
        .await;
    assert_eq!(problem.code(), "not_found");
    let method = service
        .call(Request::delete("/api/health").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        (method.status.as_u16(), method.code().as_str()),
        (405, "method_not_allowed")
    );
    assert!(
        method.headers["allow"].to_str().unwrap().contains("GET"),
        "{:?}",
        method.headers
    );
}

#[tokio::test]
async fn the_inner_listener_tells_how_things_are_and_names_nobody() {
    let service = Service::new().await;
    service.joins("Maria", "+14155552671").await;
    for (path, holds) in [
        ("/inner/health", "ok"),
        ("/inner/ready", "ok"),
        ("/inner/metrics", "gymtext_members 1\n"),
        ("/inner/attempts", ""),
        ("/inner/receipts?after=0&limit=10000", ""),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let reply = read(service.inner.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.text.contains(holds), "{path}: {}", reply.text);
        assert!(!reply.text.contains("4155552671") && !reply.text.contains("Maria"));
    }
    assert_eq!(
        service
            .call(Request::get("/inner/metrics").body(Body::empty()).unwrap())
            .await
            .status,
        404
    );
}
