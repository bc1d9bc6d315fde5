//! Events: everything that changes, resumable.

use axum::body::Body;
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::service::{Service, keyed};

/// Reads a stream until `enough` says so; answers the events' data.
async fn events(body: &mut Body, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let (mut text, mut seen) = (String::new(), Vec::new());
    while !enough(&seen) {
        let frame = body.frame().await.expect("the stream goes on").unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            let data = event.lines().find_map(|line| line.strip_prefix("data: "));
            seen.extend(data.map(|data| serde_json::from_str::<Value>(data).unwrap()));
            text = rest.to_owned();
        }
    }
    seen
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_left_and_ends_with_the_service() {
    let service = Service::new().await;
    let member = service.joins("Maria", "+14155552671").await;
    let response = service
        .raw(
            keyed(Method::GET, "/api/v1/events?after=0")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let body_of_message = json!({"member_id": member, "content": "Squats"});
    service
        .post("/api/v1/messages/immediate", body_of_message)
        .await;
    let seen = events(&mut body, |seen| {
        seen.iter().any(|event| event["message_id"].is_string())
    })
    .await;
    let ids: Vec<i64> = seen
        .iter()
        .map(|event| event["id"].as_i64().unwrap())
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");

    let first = ids[0];
    let request = keyed(Method::GET, "/api/v1/events").header("last-event-id", first.to_string());
    let mut resumed = service
        .raw(request.body(Body::empty()).unwrap())
        .await
        .into_body();
    let again = events(&mut resumed, |seen| !seen.is_empty()).await;
    assert_eq!(again[0]["id"].as_i64(), ids.get(1).copied(), "{again:?}");

    service.stopping.cancel();
    while let Some(frame) = body.frame().await {
        frame.unwrap();
    }
}

#[tokio::test]
async fn streams_are_bounded() {
    let service = Service::with(|settings| settings.streams_max = 1).await;
    let request = || {
        keyed(Method::GET, "/api/v1/events")
            .body(Body::empty())
            .unwrap()
    };
    let first = service.raw(request()).await;
    assert_eq!(first.status(), 200);
    let second = service.call(request()).await;
    assert_eq!(
        (second.status.as_u16(), second.code().as_str()),
        (429, "too_many_streams")
    );
    assert!(second.headers.contains_key("retry-after"));
    drop(first);
    assert_eq!(service.raw(request()).await.status(), 200);
}
