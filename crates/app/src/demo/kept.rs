//! What a demo's directory keeps besides its database: the made-up account, and how far the clock
//! was moved, so that time does not run backwards at the next start.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::Seconds;
use serde::{Deserialize, Serialize};

use crate::chance;

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    account_sid: String,
    auth_token: String,
    clock_ahead_micros: i64,
}

/// What is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) account_sid: String,
    pub(super) auth_token: String,
    ahead: Seconds,
    path: PathBuf,
}

impl Kept {
    /// Reads what an earlier run kept, or makes up an account.
    pub(super) fn read_or_make(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("demo.json");
        let stored = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                format!(
                    "{} is damaged; remove it, or name a fresh --data",
                    path.display()
                )
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Stored {
                account_sid: format!("AC{}", chance::hex_digits(32)?),
                auth_token: chance::hex_digits(32)?,
                clock_ahead_micros: 0,
            },
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        let kept = Self {
            account_sid: stored.account_sid,
            auth_token: stored.auth_token,
            ahead: Seconds::from_micros(stored.clock_ahead_micros),
            path,
        };
        kept.keep(kept.ahead)?;
        Ok(kept)
    }

    /// How far the clock was ahead.
    pub(super) fn ahead(&self) -> Seconds {
        self.ahead
    }

    /// Keeps it.
    pub(super) fn keep(&self, ahead: Seconds) -> anyhow::Result<()> {
        let stored = Stored {
            account_sid: self.account_sid.clone(),
            auth_token: self.auth_token.clone(),
            clock_ahead_micros: ahead.as_micros(),
        };
        // Whole or not at all: a half-written one would keep the demo from starting.
        let beside = self.path.with_extension("json.new");
        std::fs::write(&beside, serde_json::to_vec_pretty(&stored)?)
            .and_then(|()| std::fs::rename(&beside, &self.path))
            .with_context(|| {
                format!(
                    "{} cannot be written; --data names another directory",
                    self.path.display()
                )
            })
    }
}
