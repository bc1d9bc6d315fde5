//! How a command ends when it does not end well: a sentence, and an exit code that means something.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// Exit codes, as `gymtext --help` explains them.
pub(crate) const FAILED: u8 = 1;
/// Bad input or settings: trying again unchanged will not help.
pub(crate) const BAD_INPUT: u8 = 2;

/// The input or the settings are wrong: exit code 2.
#[derive(Debug)]
pub(crate) struct BadInput(pub(crate) String);

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// Bad input, as an `anyhow` error.
pub(crate) fn bad_input(why: impl Into<String>) -> anyhow::Error {
    BadInput(why.into()).into()
}

/// The answer was printed, and it was no: exit code 1 without another word.
#[derive(Debug)]
pub(crate) struct AnswerIsNo;

impl fmt::Display for AnswerIsNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no")
    }
}

impl std::error::Error for AnswerIsNo {}

/// Ends the process: prints what went wrong, unless nobody reads any more.
pub(crate) fn exit(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    let broken_pipe = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if broken_pipe {
        return ExitCode::SUCCESS;
    }
    if error.is::<AnswerIsNo>() {
        return ExitCode::from(FAILED);
    }
    crate::output::complain(&format!("{error:#}"));
    if error.is::<BadInput>() || error.is::<crate::settings::Problems>() {
        ExitCode::from(BAD_INPUT)
    } else {
        ExitCode::from(FAILED)
    }
}
