//! How fast the sandbox is: messages created, each with two signed callbacks received, through real
//! sockets in one process. A measurement of 20,000 messages in a long run (`cargo xtask soak`), a
//! small check otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::world::World;
use axum::response::IntoResponse as _;
use http::StatusCode;

/// How many messages: `GYMTEXT_SOAK` is set by a long run.
#[expect(
    clippy::disallowed_methods,
    reason = "tests read what xtask hands them"
)]
fn messages() -> usize {
    if std::env::var("GYMTEXT_SOAK").is_ok() {
        20_000
    } else {
        640
    }
}

const CALLERS: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_with_two_callbacks_each() {
    let world = Arc::new(World::new().await);
    let callbacks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&callbacks);
    world.receiver.answers(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        StatusCode::NO_CONTENT.into_response()
    });
    let started = tokio::time::Instant::now();
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let world = Arc::clone(&world);
        callers.push(tokio::spawn(async move {
            for place in 0..messages() / CALLERS {
                let to = format!("+1415556{:04}", (caller * 1_000 + place) % 10_000);
                let answer = world.send(&[("To", &to)]).await;
                assert_eq!(answer.status, 201, "{}", answer.text());
            }
        }));
    }
    for caller in callers {
        caller.await.unwrap();
    }
    let created = started.elapsed();
    let expected = messages() / CALLERS * CALLERS * 2;
    while callbacks.load(Ordering::Relaxed) < expected {
        tokio::task::yield_now().await;
    }
    let whole = started.elapsed();
    let rate = messages() * 1_000 / usize::try_from(whole.as_millis()).unwrap();
    println!(
        "created in {created:?}, {expected} callbacks received after {whole:?}: {rate} messages/s"
    );
}
