//! `gymtext backup`: a file with everything, made beside a running service. A SQLite database whatever
//! the original is, so that it can be looked into, served, or copied to where it is wanted.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use store::copying::run as copy;
use store_sqlite::backup;
use store_sqlite::copying::SqliteTarget;

use super::migrate::{Bar, Place, make_directory, source};
use crate::clock::SystemClock;
use crate::output::Out;
use crate::settings::{Database, Loaded};
use crate::wiring::hash_key;

const EXAMPLES: &str = "\
Examples:
  gymtext backup --to backups/monday.db
  gymtext backup --to \"backups/$(date +%F).db\" --json

The service goes on meanwhile. The file holds everything, members' numbers and the key of the database
included: keep it like a password. Restore it with `gymtext migrate copy --from sqlite://backups/monday.db
--to …`, or serve it as it is; it sends nothing before `gymtext home confirm`. See docs/BACKUP.md.";

/// Arguments of `gymtext backup`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file to make; one that is there is never overwritten
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// As JSON: {file, bytes, seconds, rows: {table: count}, `left_behind`}
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let settings = loaded.for_database()?;
    Place::of(&settings.database).must_exist()?;
    if args.to.exists() {
        bail!(
            "{} is there already and is not overwritten",
            args.to.display()
        );
    }
    make_directory(&args.to)?;
    let begun = domain::Clock::now(&SystemClock);
    let partial = Partial::of(&args.to)?;
    let bar = Bar::new()?;
    let written = write(&settings.database, &partial.path, &bar);
    bar.end();
    let left_behind = written?;
    let counts = backup::check(&partial.path)?;
    let bytes = partial.becomes(&args.to)?;
    let seconds = domain::Clock::now(&SystemClock).since(begun).as_f64();
    let rows: u64 = counts.iter().map(|(_, rows)| rows).sum();
    let mut out = Out::new();
    if args.json {
        let counts: Map<String, Value> = counts
            .iter()
            .map(|(table, rows)| ((*table).to_owned(), json!(rows)))
            .collect();
        out.json_pretty(&json!({
            "file": args.to, "bytes": bytes, "seconds": seconds, "rows": counts,
            "left_behind": left_behind,
        }))?;
    } else {
        out.line(format!(
            "{}: {rows} rows, {bytes} bytes, checked, in {seconds:.1} s",
            args.to.display()
        ))?;
        if !left_behind.is_empty() {
            out.line(format!(
                "Not ours, and not in it: {}",
                left_behind.join(", ")
            ))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Writes the file, and answers what is not ours and was left behind.
fn write(database: &Database, partial: &Path, bar: &Bar) -> anyhow::Result<Vec<String>> {
    match database {
        Database::Sqlite(path) => {
            let key = hash_key::find(path)?;
            backup::pages(path, partial, &key, |done, all| bar.pages(done, all))
                .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            Ok(Vec::new())
        }
        Database::Postgres(_) => {
            let mut source = source(database, true).context("the database of DATABASE_URL")?;
            let mut target = SqliteTarget::open(partial)?.in_a_hurry()?;
            let report = copy(source.as_mut(), &mut target, &mut |step| bar.tell(step))?;
            Ok(report.left_behind)
        }
    }
}

/// The file while it is being written: under another name, readable for its owner only.
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// Makes it, in place of one that was left by a backup that died.
    fn of(to: &Path) -> anyhow::Result<Self> {
        let path = beside(to, ".partial");
        let made = Self { path };
        made.remove();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        options
            .open(&made.path)
            .with_context(|| format!("{} cannot be made", made.path.display()))?;
        Ok(made)
    }

    /// Flushes it and gives it its name, unless somebody has taken that meanwhile. Answers its size.
    fn becomes(self, to: &Path) -> anyhow::Result<u64> {
        let file = File::open(&self.path).context("the backup cannot be opened")?;
        file.sync_all().context("the backup cannot be flushed")?;
        let bytes = file.metadata()?.len();
        match fs::hard_link(&self.path, to) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("{} was made by somebody else meanwhile", to.display());
            }
            // A file system without second names for a file.
            Err(_) if !to.exists() => fs::rename(&self.path, to)
                .with_context(|| format!("{} cannot be made", to.display()))?,
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be made", to.display()));
            }
        }
        let directory = match to.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .context("the directory of the backup cannot be flushed")?;
        Ok(bytes)
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
            // What is not there need not be removed; what cannot be is told of when it is made.
            let _ = fs::remove_file(beside(&self.path, suffix));
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove();
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
