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

/// Reads the key of a database, or makes one for a new database.
pub(crate) fn of(database: &Path) -> anyhow::Result<[u8; 32]> {
    let path = path_of(database);
    match OpenOptions::new().read(true).open(&path) {
        Ok(mut file) => {
            let mut key = [0; 32];
            file.read_exact(&mut key).with_context(|| {
                format!(
                    "{} is damaged; restore it from the backup of the database",
                    path.display()
                )
            })?;
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if database.metadata().is_ok_and(|meta| meta.len() > 0) {
                bail!(
                    "{} is missing: without it people who said STOP and were erased would not be recognised. Restore it \
                     from the backup of the database, or, if nobody was ever erased, make one: head -c 32 /dev/urandom > {}",
                    path.display(),
                    path.display()
                );
            }
            make(&path)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn make(path: &Path) -> anyhow::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).context("the system gave no random numbers")?;
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
