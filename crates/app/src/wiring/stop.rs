//! When to stop: SIGTERM or Ctrl-C once is a request, twice is an order.

use tokio::signal::unix::{SignalKind, signal};

/// The exit code after the second signal, as shells know it from Ctrl-C.
const AT_ONCE: i32 = 130;

/// Resolves at the first SIGTERM or Ctrl-C. From then on a second one ends the process at once,
/// which is only a crash: everything acknowledged is durable.
pub async fn until_stopped() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(AT_ONCE);
    });
    Ok(())
}
