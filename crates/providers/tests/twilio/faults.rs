//! Whatever the carrier does, an attempt is at most one request and is told apart rightly (G5, 2.3).

use std::time::Duration;

use domain::{Clock, ErrorClass, ManualClock, ProviderAnswer, Seconds, Timestamp};
use futures_util::future::join_all;
use providers::Provider;
use providers::http::Limits;
use providers::request::MayStart;
use std::sync::Arc;

use crate::carrier::{
    Act, Carrier, answer, answer_with, client, created, is_accepted, is_no_answer, is_not_started,
    request, send,
};

#[tokio::test]
async fn a_message_goes_out_with_our_credentials_and_comes_back_with_an_id() {
    let carrier = Carrier::that([Act::Say(created(7))]).await;
    let ProviderAnswer::Accepted {
        provider_message_id,
        ..
    } = send(&carrier.client()).await
    else {
        panic!("not accepted");
    };
    assert_eq!(&*provider_message_id, "SM00000000000000000000000000000007");
    let seen = carrier.request(0);
    assert!(seen.starts_with(
        "POST /2010-04-01/Accounts/AC0f3e5d7c9b1a2f4e6d8c0b2a4f6e8d0c/Messages.json HTTP/1.1\r\n"
    ));
    let head = seen.to_ascii_lowercase();
    assert!(head.contains(&format!("host: {}", carrier.at)));
    assert!(head.contains("content-type: application/x-www-form-urlencoded"));
    assert!(seen.contains(
        "Basic QUMwZjNlNWQ3YzliMWEyZjRlNmQ4YzBiMmE0ZjZlOGQwYzo5YzdiMWI2YTVmMGU0ZDNjMmIxYTA5ZjhlN2Q2YzViNA=="
    ));
    assert!(seen.ends_with("To=%2B14155550123&From=%2B14155550199&Body=Squats+today"));
}

#[tokio::test]
async fn requests_share_one_kept_connection() {
    let carrier = Carrier::that((0..5).map(|n| Act::Say(created(n)))).await;
    let client = carrier.client();
    for _ in 0..5 {
        assert!(is_accepted(&send(&client).await));
    }
    assert_eq!((carrier.requests(), carrier.connections()), (5, 1));
}

#[tokio::test]
async fn answers_without_proof_are_no_answers_and_cost_one_request() {
    let long = "x".repeat(2 << 20);
    let cases: Vec<(&str, Act)> = vec![
        ("reset after the request", Act::Reset),
        ("closed without a word", Act::SayAndClose(Vec::new())),
        ("500", Act::Say(answer(500, r#"{"code":20500,"status":500}"#))),
        ("503 that names a message", Act::Say(answer(503, r#"{"sid":"SM1"}"#))),
        (
            "302 to where it would be accepted",
            Act::Say(answer_with(302, "location: /2010-04-01/Accounts/x/Messages.json\r\n", "")),
        ),
        (
            "307",
            Act::Say(answer_with(307, "location: http://127.0.0.1:1/\r\n", r#"{"sid":"SM1"}"#)),
        ),
        (
            "HTML with 400",
            Act::Say(answer_with(400, "content-type: text/html\r\n", "<html>Bad Request</html>")),
        ),
        ("400 without a body", Act::Say(answer(400, ""))),
        ("201 without an id", Act::Say(answer(201, r#"{"status":"queued"}"#))),
        ("201 without a body", Act::Say(answer(201, ""))),
        ("201 with half a JSON", Act::Say(answer(201, r#"{"sid":"SM1""#))),
        (
            "201 cut off",
            Act::SayAndClose(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"sid\":\"SM1\"}".to_vec()),
        ),
        (
            "400 cut off",
            Act::SayAndClose(b"HTTP/1.1 400 Bad\r\ncontent-length: 100\r\n\r\n{\"code\":21211}".to_vec()),
        ),
        (
            "chunks cut off",
            Act::SayAndClose(
                b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nd\r\n{\"sid\":\"SM1\"}\r\n".to_vec(),
            ),
        ),
        ("201 with a giant body", Act::Say(answer(201, &format!("{{\"sid\":\"SM1\",\"x\":\"{long}\"}}")))),
        ("400 with a giant body", Act::Say(answer(400, &format!("{{\"code\":21211,\"x\":\"{long}\"}}")))),
        (
            "a body without end",
            Act::Flood({
                let mut bytes = b"HTTP/1.1 201 Created\r\n\r\n".to_vec();
                bytes.extend_from_slice(&[b' '; 65_536]);
                bytes
            }),
        ),
        ("headers without end", Act::Flood(b"HTTP/1.1 201 Created\r\nx: y\r\nx: y\r\n".repeat(50))),
        ("no HTTP at all", Act::SayAndClose(b"220 smtp.example ESMTP\r\n".to_vec())),
        ("cut within the status", Act::SayAndClose(b"HTTP/1.1 2".to_vec())),
        ("cut within the headers", Act::SayAndClose(b"HTTP/1.1 201 Created\r\ncontent-le".to_vec())),
        ("a lying length", Act::SayAndClose(b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\ncontent-length: 9\r\n\r\n{\"a\":1}".to_vec())),
    ];
    for (what, act) in cases {
        let carrier = Carrier::that([act]).await;
        let answer = send(&carrier.client()).await;
        assert!(is_no_answer(&answer), "{what}: {answer:?}");
        assert_eq!(carrier.requests(), 1, "{what}");
    }
}

#[tokio::test]
async fn bytes_that_come_too_late_are_no_answer() {
    for said in [
        Vec::new(),
        b"HTTP/1.1 201 Created\r\n".to_vec(),
        b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"sid\":\"SM1\"".to_vec(),
        b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(),
    ] {
        let carrier = Carrier::that([Act::SayAndHang(said)]).await;
        assert!(is_no_answer(&send(&carrier.hasty_client()).await));
        assert_eq!(carrier.requests(), 1);
    }
}

#[tokio::test]
async fn a_429_is_refused_with_the_wait_it_asks_for() {
    let body = r#"{"code":20429,"message":"Too Many Requests","status":429}"#;
    let carrier = Carrier::that([
        Act::Say(answer_with(429, "retry-after: 3\r\n", body)),
        Act::Say(answer(429, body)),
        Act::Say(answer_with(429, "retry-after: 99999999\r\n", body)),
    ])
    .await;
    let client = carrier.client();
    for wait in [Some(Seconds::new(3)), None, Some(Seconds::new(3_600))] {
        let ProviderAnswer::Refused { error, retry_after } = send(&client).await else {
            panic!("not refused");
        };
        assert_eq!(error.class, ErrorClass::RateLimited);
        assert_eq!(retry_after, wait);
    }
    assert_eq!(carrier.requests(), 3);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_neither_loses_nor_repeats() {
    let carrier = Carrier::that([
        Act::SayAndClose(created(1)),
        Act::SayAndClose(created(2)),
        Act::Say(created(3)),
    ])
    .await;
    let client = carrier.client();
    for at in 1..=3 {
        assert!(is_accepted(&send(&client).await));
        if at < 3 {
            carrier.has_closed_one().await;
        }
        assert_eq!((carrier.requests(), carrier.connections()), (at, at));
    }
}

#[tokio::test]
async fn a_kept_connection_that_fails_on_the_next_request_does_not_repeat_it() {
    let carrier = Carrier::that([Act::Say(created(1)), Act::Reset, Act::Say(created(3))]).await;
    let client = carrier.client();
    assert!(is_accepted(&send(&client).await));
    assert!(is_no_answer(&send(&client).await));
    assert_eq!((carrier.requests(), carrier.connections()), (2, 1));
    assert!(is_accepted(&send(&client).await));
    assert_eq!((carrier.requests(), carrier.connections()), (3, 2));
}

#[tokio::test]
async fn an_answer_nobody_asked_for_is_not_taken_for_the_next_ones() {
    let mut twice = created(1);
    twice.extend_from_slice(&created(66));
    let carrier = Carrier::that([Act::Say(twice), Act::Say(created(2))]).await;
    let client = carrier.client();
    assert!(is_accepted(&send(&client).await));
    let ProviderAnswer::Accepted {
        provider_message_id,
        ..
    } = send(&client).await
    else {
        panic!("not accepted");
    };
    assert!(provider_message_id.ends_with("02"));
    assert_eq!(carrier.requests(), 2);
}

#[tokio::test]
async fn what_cannot_connect_has_not_started() {
    let carrier = Carrier::that([]).await;
    let port = carrier.at.port();
    // TLS with a server that speaks none: its handshake cannot end.
    let limits = Limits {
        deadline: Duration::from_millis(200),
        ..Limits::default()
    };
    let tls = client(&format!("https://127.0.0.1:{port}"), limits);
    assert!(is_not_started(&send(&tls).await));
    assert_eq!(carrier.requests(), 0);
    // A port nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    assert!(is_not_started(&send(&client(&url, limits)).await));
    // A name nobody has (RFC 6761).
    let nowhere = client("http://nowhere.invalid", limits);
    assert!(is_not_started(&send(&nowhere).await));
}

#[tokio::test]
async fn a_request_that_may_not_start_any_more_writes_nothing() {
    let carrier = Carrier::that([Act::Say(created(1)), Act::Say(created(2))]).await;
    let client = carrier.client();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_seconds(100)));
    let until = |by| MayStart::Until {
        clock: Arc::clone(&clock),
        by: Timestamp::from_seconds(by),
        steadily_by: Timestamp::from_seconds(by),
    };
    for (may_start, starts) in [
        (until(100), true),
        (until(99), false),
        (MayStart::Asked(Arc::new(|| false)), false),
        (MayStart::Asked(Arc::new(|| true)), true),
    ] {
        let request = providers::SendRequest {
            may_start,
            ..request()
        };
        let answer = client.send(request).await;
        assert_eq!(is_accepted(&answer), starts);
        assert_eq!(is_not_started(&answer), !starts);
    }
    // A late request gives its connection back unused.
    assert_eq!((carrier.requests(), carrier.connections()), (2, 1));
}

#[tokio::test]
async fn connections_are_bounded_and_shared() {
    let carrier = Carrier::that((0..64).map(|n| Act::Say(created(n)))).await;
    let limits = Limits {
        connections_max: 4,
        ..Limits::default()
    };
    let client = client(&carrier.url(), limits);
    let answers = join_all((0..64).map(|_| send(&client))).await;
    assert!(answers.iter().all(is_accepted));
    assert_eq!(carrier.requests(), 64);
    assert!(carrier.connections() <= 4);
}

#[tokio::test]
async fn a_request_that_finds_no_free_connection_in_time_has_not_started() {
    let carrier = Carrier::that([Act::SayAndHang(Vec::new())]).await;
    let limits = Limits {
        connections_max: 1,
        deadline: Duration::from_millis(200),
        ..Limits::default()
    };
    let client = client(&carrier.url(), limits);
    let (first, second) = tokio::join!(send(&client), send(&client));
    assert!(is_no_answer(&first));
    assert!(is_not_started(&second) || is_no_answer(&second));
    assert!(carrier.requests() <= 2);
}

#[tokio::test]
async fn an_idle_connection_is_closed_when_its_time_is_over() {
    let carrier = Carrier::that([Act::Say(created(1)), Act::Say(created(2))]).await;
    let limits = Limits {
        idle: Duration::from_millis(50),
        ..Limits::default()
    };
    let client = client(&carrier.url(), limits);
    assert!(is_accepted(&send(&client).await));
    // Closed by the client, without any further call.
    carrier.has_closed_one().await;
    assert!(is_accepted(&send(&client).await));
    assert_eq!((carrier.requests(), carrier.connections()), (2, 2));
}

/// Six hundred messages, sixteen at a time, through a carrier that does something else each time:
/// what it saw and what we say agree, message by message.
#[tokio::test]
async fn the_carriers_ledger_and_our_verdicts_agree() {
    const MESSAGES: usize = 600;
    let script = (0..MESSAGES).map(|at| match at % 12 {
        1 => Act::Reset,
        3 => Act::SayAndClose(created(at)),
        4 => Act::Say(answer(500, "{}")),
        6 => Act::SayAndClose(b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{".to_vec()),
        7 => Act::Say(answer(400, r#"{"code":21211}"#)),
        9 => Act::SayAndClose(Vec::new()),
        10 => Act::Say(answer(429, r#"{"code":20429}"#)),
        _ => Act::Say(created(at)),
    });
    let carrier = Carrier::that(script).await;
    let client = carrier.client();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = async || {
        let mut verdicts = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if at >= MESSAGES {
                return verdicts;
            }
            let request = providers::SendRequest {
                form: providers::Form::Text {
                    text: domain::Text::new(format!("number {at} of many")),
                    media: Vec::new(),
                },
                ..request()
            };
            verdicts.push((at, client.send(request).await));
        }
    };
    let verdicts: Vec<_> = join_all((0..16).map(|_| worker()))
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(verdicts.len(), MESSAGES);
    let mut seen = vec![0; MESSAGES];
    for at in 0..carrier.requests() {
        let request = carrier.request(at);
        let number = request.split("Body=number+").nth(1).unwrap();
        let number: usize = number.split('+').next().unwrap().parse().unwrap();
        seen[number] += 1;
    }
    let mut ids = std::collections::HashSet::new();
    for (at, verdict) in verdicts {
        let (least, most) = match &verdict {
            ProviderAnswer::Accepted {
                provider_message_id,
                ..
            } => {
                assert!(ids.insert(provider_message_id.clone()), "one id twice");
                (1, 1)
            }
            ProviderAnswer::Refused { .. } => (1, 1),
            ProviderAnswer::NotStarted { .. } => (0, 0),
            ProviderAnswer::NoAnswer { .. } => (0, 1),
        };
        assert!((least..=most).contains(&seen[at]), "{at}: {verdict:?}");
    }
    assert!(ids.len() > MESSAGES / 3);
}
