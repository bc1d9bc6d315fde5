//! Opens the browser, if a person is there to look.

use std::io::IsTerminal as _;
use std::process::{Command, Stdio};

pub(super) fn open(url: &str) {
    let seen = std::io::stdout().is_terminal();
    let screen = cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
    if !seen || !screen {
        return;
    }
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    // The address is printed anyway: a machine without an opener is no error.
    let _ = Command::new(opener)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}
