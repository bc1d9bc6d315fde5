//! The log: to standard error, text for a terminal, JSON lines for machines.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::settings::{Log, LogFormat};

/// Starts logging. A second call in the same process changes nothing.
pub(crate) fn start(log: &Log) {
    let terminal = io::stderr().is_terminal();
    let json = match log.format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let base = fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal && !json);
    // Already set: stories start several services in one process.
    let _ = if json {
        base.json().flatten_event(true).try_init()
    } else {
        base.compact().try_init()
    };
}
