//! The database a story keeps everything in: a SQLite file, or, when the run says so, a fresh database
//! on a real PostgreSQL.

use std::path::Path;

use crate::skips::setting;

/// The variable that chooses: `postgres`, or nothing for SQLite.
const ON: &str = "GYMTEXT_STORIES_ON";

/// A fresh database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its address, as `DATABASE_URL` has it.
    pub url: String,
    _server: Option<test_postgres::Database>,
}

impl Database {
    /// Makes one; a file goes into `data`.
    pub fn fresh(data: &Path) -> anyhow::Result<Self> {
        if is_postgres() {
            return Self::on_postgres();
        }
        Ok(Self {
            url: format!("sqlite://{}", data.join("gymtext.db").display()),
            _server: None,
        })
    }

    /// One that somebody else keeps.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            _server: None,
        }
    }

    /// Makes one on PostgreSQL, whatever the run says.
    pub fn on_postgres() -> anyhow::Result<Self> {
        let database = test_postgres::database()?;
        Ok(Self {
            url: database.address.clone(),
            _server: Some(database),
        })
    }
}

/// Whether the stories of this run are told on PostgreSQL.
pub fn is_postgres() -> bool {
    setting(ON).as_deref() == Some("postgres")
}
