//! The database whose tables are brought up to date: a file, or an address on a server.

use std::fmt;
use std::path::Path;

use domain::Secret;
use store::StoreError;
use store_postgres::migrate::{self as postgres, Applied};
use store_sqlite::migrate as sqlite;

use super::make_directory;
use crate::failure::bad_input;
use crate::settings::Database;
use crate::wiring::hash_key;

/// One migration of a database.
pub(crate) struct Line {
    /// Its number.
    pub(crate) version: i64,
    /// Its name.
    pub(crate) name: String,
    /// When it was applied, in UTC; `None` when it is still to come.
    pub(crate) applied_at: Option<String>,
}

/// Where the tables are.
pub(crate) enum Place<'a> {
    /// In this file.
    File(&'a Path),
    /// At this address.
    Server(&'a Secret),
}

impl<'a> Place<'a> {
    /// The database of the settings.
    pub(crate) fn of(database: &'a Database) -> Self {
        match database {
            Database::Sqlite(path) => Self::File(path),
            Database::Postgres(address) => Self::Server(address),
        }
    }

    /// Applies what is missing.
    pub(crate) fn up(&self) -> anyhow::Result<Applied> {
        match self {
            Self::File(path) => {
                make_directory(path)?;
                hash_key::of(path)?;
                Ok(Applied {
                    count: self.told(sqlite::up(path))?,
                    adopted: None,
                })
            }
            Self::Server(address) => {
                let against = policy::keywords::speaks_against_consent;
                self.told(postgres::take_over(address.expose(), against))
            }
        }
    }

    /// Takes the newest back.
    pub(crate) fn down(&self, steps: u32) -> anyhow::Result<u32> {
        match self {
            Self::File(path) => self.told(sqlite::down(path, steps)),
            Self::Server(address) => self.told(postgres::down(address.expose(), steps)),
        }
    }

    /// What taking back the newest would lose of a database that was taken over.
    pub(crate) fn losses(&self, steps: u32) -> anyhow::Result<Vec<String>> {
        match self {
            Self::File(_) => Ok(Vec::new()),
            Self::Server(address) => self.told(postgres::losses(address.expose(), steps)),
        }
    }

    /// The address of a server; only there is anything to take over.
    pub(crate) fn server(&self) -> anyhow::Result<&str> {
        match self {
            Self::File(_) => Err(bad_input(
                "only a PostgreSQL database can have been taken over; DATABASE_URL names a file",
            )),
            Self::Server(address) => Ok(address.expose()),
        }
    }

    /// What is applied and what is not.
    pub(crate) fn status(&self) -> anyhow::Result<Vec<Line>> {
        Ok(match self {
            Self::File(path) => self
                .told(sqlite::status(path))?
                .into_iter()
                .map(|line| Line {
                    version: line.version,
                    name: line.name,
                    applied_at: line.applied_at,
                })
                .collect(),
            Self::Server(address) => self
                .told(postgres::status(address.expose()))?
                .into_iter()
                .map(|line| Line {
                    version: line.version,
                    name: line.name,
                    applied_at: line.applied_at,
                })
                .collect(),
        })
    }

    /// Refuses when there is nothing to look at.
    pub(crate) fn must_exist(&self) -> anyhow::Result<()> {
        match self {
            Self::File(path) if !path.exists() => Err(bad_input(format!(
                "there is no database at {}; `gymtext migrate up` makes it, DATABASE_URL says where",
                path.display()
            ))),
            Self::File(_) | Self::Server(_) => Ok(()),
        }
    }

    pub(crate) fn told<T>(&self, done: Result<T, StoreError>) -> anyhow::Result<T> {
        done.map_err(|error| anyhow::anyhow!("{self}: {error}"))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(_) => f.write_str("the database of DATABASE_URL"),
        }
    }
}
