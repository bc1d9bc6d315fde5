//! Scenario tests over real sockets and real files, and what they share: an HTTP client, the binary
//! as a process that can be killed, and the checker that compares our records with the pretend
//! carrier's own ledger. Nothing of the service itself is here.

pub mod authenticator;
pub mod binary;
pub mod browser;
pub mod calls;
pub mod chance;
pub mod console;
pub mod database;
pub mod fleet;
pub mod front;
pub mod http;
pub mod integrator;
pub mod ledger;
pub mod load;
pub mod network;
pub mod ports;
pub mod reckoning;
pub mod running;
pub mod sandbox;
pub mod script;
pub mod skips;
pub mod webhook;
pub mod world;

use std::time::{Duration, Instant};

/// Between two looks at something that cannot call us.
const TICK: Duration = Duration::from_millis(5);

/// Lets a moment pass before the next look.
pub async fn tick() {
    after(TICK).await;
}

/// Resolves after a span of real time: for what happens at an instant of its own, such as a kill.
pub async fn after(span: Duration) {
    let never = std::future::pending::<()>();
    // Nothing else can come of it.
    let _ = tokio::time::timeout(span, never).await;
}

/// Starts measuring real time.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a process takes is measured in real time"
)]
pub fn stopwatch() -> Instant {
    Instant::now()
}

/// The figures of a run, for whoever reads the test's output.
#[expect(clippy::print_stdout, reason = "a test tells its figures and its seed")]
pub fn tell(text: &str) {
    println!("{text}");
}
