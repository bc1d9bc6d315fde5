//! The sandbox with its handset page, on loopback, with a clock that stands until it is moved:
//! `cargo run -p gymtext-simulator --example handsets -- 8098`, then `http://127.0.0.1:8098/`.
//!
//! Account `AC` and 32 zeros, token `token`; the account's number is `+15005550006`.

use std::sync::Arc;

use domain::{ManualClock, Secret, Timestamp};
use simulator::page::{DemoAction, PageOptions, standalone_router};
use simulator::{Config, OwnNumber, Simulator};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).unwrap_or_else(|| "8098".to_owned());
    let clock = ManualClock::at(Timestamp::from_seconds(1_795_423_260));
    let mut config = Config::new(
        format!("AC{}", "0".repeat(32)),
        Secret::new("token"),
        Arc::new(clock),
    );
    let mut own = OwnNumber::new("+15005550006".parse()?);
    own.name = Some("GymText".to_owned());
    config.numbers.push(own);
    let simulator = Simulator::new(config);
    let options = PageOptions {
        intro: "Made-up people with made-up phones. Text as one of them, or send something through the API.".to_owned(),
        demo_actions: vec![DemoAction {
            label: "Send today's workout".to_owned(),
            path: "/sandbox/demo/daily".to_owned(),
        }],
        ..PageOptions::default()
    };
    let router = simulator
        .router()
        .merge(standalone_router(Arc::clone(&simulator), options));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    simulator
        .serve_router(router, listener, CancellationToken::new())
        .await?;
    Ok(())
}
