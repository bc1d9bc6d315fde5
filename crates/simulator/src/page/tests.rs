//! What the page shows, and what it must never do, whatever texts the messages hold.

use axum::body::Body;
use domain::{ManualClock, Secret, Timestamp};
use http::{Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::{Config, OwnNumber};

const HOSTILE: &str = "</script><script>alert(1)</script><!-- \u{202e} & \"";

fn sandbox() -> Arc<Simulator> {
    let clock = ManualClock::at(Timestamp::from_seconds(1_795_423_260));
    let mut config = Config::new(
        format!("AC{}", "0".repeat(32)),
        Secret::new("token"),
        Arc::new(clock),
    );
    config
        .numbers
        .push(OwnNumber::new("+15005550006".parse().unwrap()));
    Simulator::new(config)
}

async fn call(router: Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (
        parts.status,
        parts.headers,
        String::from_utf8(bytes.to_vec()).unwrap(),
    )
}

async fn control(simulator: &Arc<Simulator>, path: &str, body: Value) {
    let request = Request::post(format!("/sandbox/api{path}"))
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, answer) = call(simulator.router(), request).await;
    assert!(status.is_success(), "{status}: {answer}");
}

async fn page(simulator: &Arc<Simulator>, options: PageOptions) -> (HeaderMap, String) {
    let request = Request::get("/sandbox/")
        .header(header::HOST, "localhost:8090")
        .body(Body::empty())
        .unwrap();
    let (status, headers, html) = call(router(Arc::clone(simulator), options), request).await;
    assert_eq!(status, StatusCode::OK);
    (headers, html)
}

#[tokio::test]
async fn the_page_is_shown_under_names_of_this_machine_only() {
    let request = Request::get("/sandbox/")
        .header(header::HOST, "evil.example")
        .body(Body::empty())
        .unwrap();
    let (status, _, html) = call(router(sandbox(), PageOptions::default()), request).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(!html.contains("first-state") && html.contains("127.0.0.1"));
}

fn first_state_of(html: &str) -> Value {
    let (_, rest) = html.split_once("id=\"first-state\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[tokio::test]
async fn the_first_state_holds_phones_their_messages_and_the_clock() {
    let simulator = sandbox();
    control(
        &simulator,
        "/phones",
        json!({"number": "+14155550101", "name": "Maria"}),
    )
    .await;
    control(
        &simulator,
        "/phones/+14155550101/say",
        json!({"channel": "sms", "text": HOSTILE}),
    )
    .await;
    let (_, html) = page(&simulator, PageOptions::default()).await;
    let state = first_state_of(&html);
    assert_eq!(state["phones"][0]["name"], "Maria");
    assert_eq!(state["messages"]["+14155550101"][0]["body"], HOSTILE);
    assert_eq!(state["senders"][0]["number"], "+15005550006");
    assert_eq!(state["api"], "/sandbox/api");
    assert!(state["clock"]["now"].as_str().unwrap().starts_with("2026-"));
    assert!(
        !html.contains("alert(1)</script>"),
        "a message's text ended the script"
    );
}

#[tokio::test]
async fn nothing_in_the_page_is_inline_and_the_policy_says_so() {
    let (headers, html) = page(&sandbox(), PageOptions::default()).await;
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("script-src 'self';") && policy.contains("style-src 'self';"),
        "{policy}"
    );
    assert!(
        !html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick="),
        "{html}"
    );
    for script in html.split("<script").skip(1) {
        assert!(
            script.contains(" src=") || script.starts_with(" type=\"application/json\""),
            "{script}"
        );
    }
}

#[tokio::test]
async fn buttons_of_the_product_are_there_only_when_it_offers_them() {
    let (_, alone) = page(&sandbox(), PageOptions::default()).await;
    assert!(!alone.contains("data-action"));
    let offered = PageOptions {
        demo_actions: vec![DemoAction {
            label: "Send <today>".to_owned(),
            path: "/sandbox/demo/daily".to_owned(),
        }],
        links: vec![("Docs".to_owned(), "/docs".to_owned())],
        ..PageOptions::default()
    };
    let (_, html) = page(&sandbox(), offered).await;
    assert!(html.contains("data-action=\"/sandbox/demo/daily\"") && !html.contains("<today>"));
    assert!(html.contains("href=\"/docs\""));
}

#[tokio::test]
async fn a_sandbox_alone_leads_to_the_page_and_serves_all_its_files() {
    let router = standalone_router(sandbox(), PageOptions::default());
    for (from, to) in [("/", "/sandbox/"), ("/sandbox", "/sandbox/")] {
        let (status, headers, _) = call(
            router.clone(),
            Request::get(from).body(Body::empty()).unwrap(),
        )
        .await;
        assert!(status.is_redirection());
        assert_eq!(headers[header::LOCATION], to);
    }
    let (_, _, html) = call(
        router.clone(),
        Request::get("/sandbox/")
            .header(header::HOST, "localhost:8090")
            .body(Body::empty())
            .unwrap(),
    )
    .await;
    let files: Vec<&str> = html
        .split('"')
        .filter(|part| part.contains("/assets/") && part.starts_with('/'))
        .collect();
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let (status, headers, _) = call_bytes(router.clone(), file).await;
        assert_eq!(status, StatusCode::OK, "{file}");
        assert!(
            headers[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable"),
            "{file}"
        );
    }
}

async fn call_bytes(router: Router, path: &str) -> (StatusCode, HeaderMap, usize) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    (
        parts.status,
        parts.headers,
        body.collect().await.unwrap().to_bytes().len(),
    )
}

#[test]
fn scripts_never_make_markup_of_text() {
    for name in <Files as rust_embed::RustEmbed>::iter().filter(|name| name.ends_with(".js")) {
        let script = <Files as rust_embed::RustEmbed>::get(&name).unwrap();
        let script = String::from_utf8(script.data.to_vec()).unwrap();
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            ".style",
        ] {
            assert!(!script.contains(forbidden), "{name} uses {forbidden}");
        }
    }
}
