//! Where a file is at home (G33): the machine, the file's path, the file itself, the provider's
//! account. Beside the file, in its lock file, stands how far the one had come that was last open there: a
//! file that has not come as far was put back by somebody.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use domain::Timestamp;
use rusqlite::{Connection, params};
use store::StoreError;
use store::home::{Confirm, Guard, Held, Here, Home, KnownHome, Prints, View, judge};
use store::records::{SenderStanding, SwitchRecord, WaitingEndpoint};

use crate::fault::{Done, Fault, corrupt};
use crate::migrate;
use crate::open;
use crate::read::lists_read;

/// Where the file of this path is.
///
/// Not the number of its device: some file systems give another at each start of the machine, and
/// people who must confirm after each start confirm without looking.
pub(crate) fn of(path: &Path, here: &Here) -> Result<Home, StoreError> {
    let unreadable = |error: std::io::Error| {
        StoreError::Unavailable(format!(
            "the database file cannot be looked at ({})",
            error.kind()
        ))
    };
    let place = path.canonicalize().map_err(unreadable)?;
    let meta = place.metadata().map_err(unreadable)?;
    // A number is given again once its file is gone; when a file was born is not, where it is kept.
    let born = meta
        .created()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    Ok(Home {
        host: here.machine.clone(),
        place: place.to_string_lossy().into_owned(),
        body: format!("file number {} made at {born}", number_of(&meta)),
        account: here.account.clone(),
    })
}

#[cfg(unix)]
fn number_of(meta: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn number_of(_meta: &std::fs::Metadata) -> u64 {
    0
}

/// Why nothing may be sent from a home; `None` when something may. The first home of a new database is
/// confirmed by this.
pub(crate) fn standing(
    connection: &Connection,
    home: &Prints,
    at: Timestamp,
) -> Done<Option<Held>> {
    let mut guard = guard(connection)?;
    if guard == Guard::New {
        insert(connection, home, at)?;
        set(connection, Guard::Armed)?;
        guard = Guard::Armed;
    }
    let held = judge(guard, is_home(connection, home)?);
    if held.is_none() && lists_read::unread_for(connection)?.is_some() {
        return Ok(Some(Held::Unread));
    }
    Ok(held)
}

fn is_home(connection: &Connection, home: &Prints) -> Done<bool> {
    Ok(known(connection)?.iter().any(|(known, _)| known == home))
}

/// Forgets all homes, for this reason.
pub(crate) fn forget_all(connection: &Connection, why: Guard) -> Done<()> {
    connection.execute("DELETE FROM homes", [])?;
    set(connection, why)
}

fn guard(connection: &Connection) -> Done<Guard> {
    let word: String = connection.query_row("SELECT guard FROM instance", [], |row| row.get(0))?;
    Guard::of(&word).ok_or_else(|| corrupt("instance.guard", "an unknown word"))
}

fn set(connection: &Connection, guard: Guard) -> Done<()> {
    connection.execute("UPDATE instance SET guard = ?1", [guard.as_str()])?;
    Ok(())
}

fn insert(
    connection: &Connection,
    Prints([host, place, body, account]): &Prints,
    at: Timestamp,
) -> Done<()> {
    connection.execute(
        "INSERT INTO homes (host, place, body, account, confirmed_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![host, place, body, account, at.as_micros()],
    )?;
    Ok(())
}

fn known(connection: &Connection) -> Done<Vec<(Prints, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT host, place, body, account, confirmed_at FROM homes ORDER BY confirmed_at",
    )?;
    let found = statement.query_map([], |row| {
        let print = |at: usize| row.get::<_, [u8; 32]>(at);
        Ok((
            Prints([print(0)?, print(1)?, print(2)?, print(3)?]),
            Timestamp::from_micros(row.get(4)?),
        ))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What an operator is shown. It may be asked beside a running service.
pub fn look(path: &Path, key: &[u8; 32], here: &Here) -> Result<View, StoreError> {
    let connection = open::connect_read_only(path)?;
    view(&connection, path, key, here)
}

fn view(
    connection: &Connection,
    path: &Path,
    key: &[u8; 32],
    here: &Here,
) -> Result<View, StoreError> {
    let here = of(path, here)?;
    let prints = here.prints(key);
    let known = known(connection)?
        .into_iter()
        .map(|(home, confirmed_at)| KnownHome {
            confirmed_at,
            same: home.same_as(&prints),
        })
        .collect();
    // Whoever looks may be newer than the tables.
    let is_there = connection
        .table_exists(None, "homecomings")
        .map_err(Fault::from)?;
    Ok(View {
        here,
        guard: guard(connection)?,
        known,
        unread: is_there && lists_read::unread_for(connection)?.is_some(),
    })
}

/// What is switched off, for whoever looks at the database from outside.
pub fn switches(path: &Path) -> Result<Vec<SwitchRecord>, StoreError> {
    let connection = open::connect_read_only(path)?;
    Ok(crate::read::switches(&connection)?.1)
}

/// How our own numbers stand, for whoever looks at the database from outside.
pub fn standings(path: &Path) -> Result<Vec<SenderStanding>, StoreError> {
    let connection = open::connect_read_only(path)?;
    Ok(crate::read::standings::standings(&connection)?)
}

/// How endpoints stand that events are told to, for whoever looks at the database from outside.
pub fn endpoints(path: &Path) -> Result<Vec<WaitingEndpoint>, StoreError> {
    let connection = open::connect_read_only(path)?;
    Ok(crate::read::integrations::waiting(&connection)?)
}

/// Makes this a home: the only one, or one more. A service that waits for it notices by itself.
pub fn confirm(
    path: &Path,
    key: &[u8; 32],
    here: &Here,
    how: Confirm,
    at: Timestamp,
) -> Result<(), StoreError> {
    let home = of(path, here)?.prints(key);
    let mut connection = open::connect(path)?;
    if !migrate::is_current(&connection)? {
        return Err(StoreError::Unavailable(
            "its tables are not up to date; start the service, or run `gymtext migrate up`, and confirm \
             it then"
                .into(),
        ));
    }
    Ok(change(&mut connection, |tx| {
        let guard = guard(tx)?;
        if guard == Guard::Copying {
            return Err(StoreError::Unavailable(Held::Copying.sentence().into()).into());
        }
        let known: Vec<Prints> = known(tx)?.into_iter().map(|(known, _)| known).collect();
        if !how.also {
            tx.execute("DELETE FROM homes", [])?;
        }
        insert(tx, &home, at)?;
        if Confirm::comes_home(guard, &home, &known) {
            // Whatever was written to us meanwhile is read before anything is sent.
            tx.execute(
                "INSERT INTO homecomings (id, confirmed, read) VALUES (1, 1, 0)
                 ON CONFLICT (id) DO UPDATE SET confirmed = confirmed + 1",
                [],
            )?;
        }
        if how.begins_now(guard, &home, &known) {
            tx.execute("UPDATE instance SET recurs_from = ?1", [at.as_micros()])?;
        }
        set(tx, Guard::Armed)
    })?)
}

/// Takes all homes away: whoever has it open, or opens it, waits for an operator.
pub fn forget(path: &Path) -> Result<(), StoreError> {
    let mut connection = open::connect(path)?;
    Ok(change(&mut connection, |tx| {
        if guard(tx)? == Guard::Copying {
            return Err(StoreError::Unavailable(Held::Copying.sentence().into()).into());
        }
        forget_all(tx, Guard::Armed)
    })?)
}

fn change(connection: &mut Connection, work: impl FnOnce(&Connection) -> Done<()>) -> Done<()> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    work(&tx)?;
    Ok(tx.commit()?)
}

/// How far a file has come: its epoch, and within that its newest event, which every change has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Far {
    pub(crate) epoch: i64,
    pub(crate) event: i64,
}

impl Far {
    /// What is in the file, and durable there.
    pub(crate) fn of(connection: &Connection) -> Done<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT epoch, max((SELECT coalesce(max(id), 0) FROM events),
               (SELECT coalesce(max(event_id), 0) FROM pruned_events)) FROM instance",
        )?;
        Ok(statement.query_row([], |row| {
            Ok(Self {
                epoch: row.get(0)?,
                event: row.get(1)?,
            })
        })?)
    }

    /// How far the one had come that was last open where this lock stands; `None` where none was.
    pub(crate) fn beside(mut lock: &File) -> Option<Self> {
        let mut text = String::new();
        lock.rewind().ok()?;
        lock.take(64).read_to_string(&mut text).ok()?;
        let mut words = text.split_whitespace();
        Some(Self {
            epoch: words.next()?.parse().ok()?,
            // Older programs wrote the epoch alone.
            event: words.next().unwrap_or("0").parse().ok()?,
        })
    }

    /// Writes it down, once it is durable in the file itself: so it is never ahead of it by a crash. Always as long, in one
    /// write, so that whoever dies over it leaves the old one or the new.
    pub(crate) fn note(self, mut lock: &File) -> std::io::Result<()> {
        lock.rewind()?;
        lock.write_all(format!("{:>20} {:>20}\n", self.epoch, self.event).as_bytes())
    }
}
