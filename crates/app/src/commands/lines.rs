//! Lines in, lines out, in order: for programs that keep a helper running as well as for pipes.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use crate::failure::bad_input;
use crate::output::{Out, note};

/// The longest line that is read.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// Calls `answer` for each line of standard input that is not blank; a line that is not UTF-8 is
/// handed over as an error. What was answered is flushed whenever no further line is waiting.
pub(super) fn each_line(
    out: &mut Out,
    what: &str,
    mut answer: impl FnMut(&mut Out, Result<&str, &'static str>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        note(&format!(
            "Reading {what} from the keyboard, one a line; end with Ctrl-D."
        ));
    }
    let mut reader = io::BufReader::with_capacity(1 << 16, stdin.lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        if !line.ends_with(b"\n") && line.len() as u64 == LINE_BYTES_MAX {
            return Err(bad_input("a line is longer than 4 MiB"));
        }
        while line
            .last()
            .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
        {
            line.pop();
        }
        match std::str::from_utf8(&line) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => answer(out, Ok(text))?,
            Err(_) => answer(out, Err("the line is not valid UTF-8"))?,
        }
        if reader.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    Ok(())
}

/// All of standard input as text, without the line end that shells add.
pub(super) fn all_of_stdin(what: &str) -> anyhow::Result<String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        note(&format!(
            "Reading {what} from the keyboard; end with Ctrl-D."
        ));
    }
    let mut bytes = Vec::new();
    stdin
        .lock()
        .take(LINE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LINE_BYTES_MAX {
        return Err(bad_input("standard input has more than 4 MiB"));
    }
    let mut text =
        String::from_utf8(bytes).map_err(|_| bad_input("standard input is not valid UTF-8"))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// The answer to a line of JSON that cannot be understood. The command goes on with the next line
/// and ends with exit code 2.
#[derive(Debug, serde::Serialize)]
pub(super) struct NotUnderstood {
    /// Why.
    pub(super) error: String,
}
