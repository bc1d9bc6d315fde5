//! The database a story keeps everything in: a SQLite file, or, when the run says so, a fresh database
//! on a real PostgreSQL.

use std::path::Path;

use anyhow::Context as _;

use crate::skips::setting;

/// The variable that chooses: `postgres`, or nothing for SQLite.
const ON: &str = "GYMTEXT_STORIES_ON";

/// A fresh database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its address, as `DATABASE_URL` has it.
    pub url: String,
    server: Option<test_postgres::Database>,
}

impl Database {
    /// Makes one; a file goes into `data`.
    pub fn fresh(data: &Path) -> anyhow::Result<Self> {
        if is_postgres() {
            let migrate = |address: &str| {
                store_postgres::migrate::up(address)?;
                Ok(())
            };
            return Ok(Self::on(test_postgres::database_as("migrated", migrate)?));
        }
        Ok(Self {
            url: format!("sqlite://{}", data.join("gymtext.db").display()),
            server: None,
        })
    }

    /// One that somebody else keeps.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            server: None,
        }
    }

    /// Makes one in a file, whatever the run says.
    pub fn in_a_file(data: &Path, name: &str) -> Self {
        Self {
            url: format!("sqlite://{}", data.join(name).display()),
            server: None,
        }
    }

    /// A copy as whoever looks after machines makes one, without asking us: the files, or the server's own
    /// way. Nobody may have it open.
    pub fn cloned(&self, data: &Path) -> anyhow::Result<Self> {
        if let Some(server) = &self.server {
            let server = server.copied()?;
            return Ok(Self {
                url: server.address.clone(),
                server: Some(server),
            });
        }
        let from = self.url.strip_prefix("sqlite://").context("a file")?;
        let clone = Self::in_a_file(data, "clone.db");
        let to = clone.url.strip_prefix("sqlite://").context("a file")?;
        // A service that was stopped leaves one whole file.
        for suffix in ["", ".key"] {
            std::fs::copy(format!("{from}{suffix}"), format!("{to}{suffix}"))?;
        }
        Ok(clone)
    }

    /// Runs statements on one on PostgreSQL, as somebody else who uses it.
    pub fn execute(&self, statements: &str) -> anyhow::Result<()> {
        let server = self.server.as_ref().context("a database on PostgreSQL")?;
        server.execute(statements)
    }

    /// Makes an empty one on PostgreSQL, whatever the run says.
    pub fn on_postgres() -> anyhow::Result<Self> {
        Ok(Self::on(test_postgres::database()?))
    }

    fn on(database: test_postgres::Database) -> Self {
        Self {
            url: database.address.clone(),
            server: Some(database),
        }
    }
}

/// Whether the stories of this run are told on PostgreSQL.
pub fn is_postgres() -> bool {
    setting(ON).as_deref() == Some("postgres")
}
