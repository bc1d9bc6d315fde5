//! The key under which addresses of erased members are hashed (G18). It stands beside the database
//! and belongs to it: with another one they are not recognised any more.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The file of a database's key.
pub(crate) fn path_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

/// Reads the key of a database, or makes one for a new database. A backup or a copy brings its own.
pub(crate) fn of(database: &Path) -> anyhow::Result<[u8; 32]> {
    let path = path_of(database);
    if !has_rows(database) && !path.exists() {
        let mut key = [0; 32];
        getrandom::fill(&mut key).context("the system gave no random numbers")?;
        return keep(&path, key);
    }
    let key = find(database)?;
    if path.exists() {
        Ok(key)
    } else {
        keep(&path, key)
    }
}

/// Reads the key of a database that is there, and writes nothing.
pub(crate) fn find(database: &Path) -> anyhow::Result<[u8; 32]> {
    let path = path_of(database);
    let brought = if has_rows(database) {
        store_sqlite::copying::travelling_key(database)
            .map_err(|error| anyhow::anyhow!("{}: {error}", database.display()))?
    } else {
        None
    };
    let beside = read(&path)?;
    match (brought, beside) {
        (Some(brought), Some(beside)) if brought != beside => bail!(
            "{} is the key of another database, and {} brings its own: take the key away",
            path.display(),
            database.display()
        ),
        (Some(key), _) | (None, Some(key)) => Ok(key),
        (None, None) => bail!(
            "{} is missing: without it people who said STOP and were erased would not be recognised. Restore it \
             from the backup of the database, or, if nobody was ever erased, make one: head -c 32 /dev/urandom > {}",
            path.display(),
            path.display()
        ),
    }
}

fn has_rows(database: &Path) -> bool {
    database.metadata().is_ok_and(|meta| meta.len() > 0)
}

fn read(path: &Path) -> anyhow::Result<Option<[u8; 32]>> {
    let mut file = match OpenOptions::new().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    let mut key = [0; 32];
    file.read_exact(&mut key).with_context(|| {
        format!(
            "{} is damaged; restore it from the backup of the database",
            path.display()
        )
    })?;
    Ok(Some(key))
}

fn keep(path: &Path, key: [u8; 32]) -> anyhow::Result<[u8; 32]> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options
        .open(path)
        .with_context(|| format!("{} cannot be made", path.display()))?;
    file.write_all(&key)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(key)
}
