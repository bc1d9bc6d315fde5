//! What is wrong with the settings: all of it at once, each with what to do.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting it is about; `None` when it is about the file or several at once.
    pub setting: Option<&'static str>,
    /// What is wrong, after the setting's name.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    pub(crate) fn of(
        setting: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            setting: Some(setting),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn general(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            setting: None,
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(setting) = self.setting {
            write!(f, "{setting} ")?;
        }
        write!(f, "{}. {}", self.what.trim_end_matches('.'), self.remedy)
    }
}

/// Everything that keeps the service from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "one setting needs your attention: {only}"),
            many => {
                write!(f, "{} settings need your attention:", many.len())?;
                for problem in many {
                    write!(f, "\n  - {problem}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Problems {}
