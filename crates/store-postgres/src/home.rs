//! Where a database is at home (G33): the server's own identifier, the address its nodes know it by,
//! the database on that server, the provider's account.

use domain::Timestamp;
use store::StoreError;
use store::home::{Confirm, Guard, Held, Here, Home, KnownHome, Prints, View, judge};
use store::records::{SenderStanding, SwitchRecord, WaitingEndpoint};
use tokio_postgres::config::Host;

use crate::columns::instant;
use crate::fault::{Done, corrupt};
use crate::migrate;
use crate::outbox;
use crate::read::lists_read;
use crate::session::Address;
use crate::sql::{Line, Row, Sql, params};

/// What a server that does not tell its identifier is called: then address and database must do.
const UNTOLD: &str = "a server that does not tell its identifier";

/// Where the database at this address is.
///
/// A standby that took over has the identifier of its primary, and so has every copy of the server's
/// files: only the address tells them apart. "This machine" is another address on each machine.
pub(crate) fn of(sql: &Sql, address: &Address, here: &Here) -> Done<Home> {
    let tells = sql
        .one(
            "SELECT has_function_privilege('pg_control_system()', 'EXECUTE')",
            params![],
            |row| row.get::<bool>(0),
        )?
        .unwrap_or(false);
    let identifier = if tells {
        sql.one(
            "SELECT system_identifier::text FROM pg_control_system()",
            params![],
            |row| row.get::<String>(0),
        )?
    } else {
        None
    };
    let body = sql.one(
        "SELECT datname || ', number ' || oid FROM pg_database WHERE datname = current_database()",
        params![],
        |row| row.get::<String>(0),
    )?;
    Ok(Home {
        host: identifier.map_or_else(|| UNTOLD.into(), |id| format!("server {id}")),
        place: place(address, &here.machine),
        body: body.unwrap_or_default(),
        account: here.account.clone(),
    })
}

/// Host and port as they are written, several as one.
fn place(address: &Address, machine: &str) -> String {
    let config = address.config();
    let ports = config.get_ports();
    let mut own = false;
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(at, host)| {
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => {
                    own |= name.parse().map_or_else(
                        |_| name.eq_ignore_ascii_case("localhost"),
                        |ip: std::net::IpAddr| ip.is_loopback(),
                    );
                    format!("{}:{port}", name.to_lowercase())
                }
                #[cfg(unix)]
                Host::Unix(path) => {
                    own = true;
                    format!("{}:{port}", path.display())
                }
            }
        })
        .collect();
    let hosts = hosts.join(",");
    if own {
        format!("{hosts} on {machine}")
    } else {
        hosts
    }
}

/// Why nothing may be sent from a home; `None` when something may. The first home of a new database is
/// confirmed by this, whoever of many asks first.
pub(crate) fn standing(sql: &Sql, home: &Prints) -> Done<Option<Held>> {
    let claimed = sql.run(
        "UPDATE instance SET guard = 'armed' WHERE guard = 'new'",
        params![],
    )?;
    if claimed > 0 {
        insert(sql, home)?;
    }
    let (guard, is_home) = found(sql, home)?;
    let held = judge(guard, is_home);
    if held.is_none() && lists_read::unread_for(sql)?.is_some() {
        return Ok(Some(Held::Unread));
    }
    Ok(held)
}

/// What the database says of itself, and whether this is one of its homes.
fn found(sql: &Sql, home: &Prints) -> Done<(Guard, bool)> {
    let Prints([host, place, body, account]) = home;
    let found = sql.one(
        "SELECT guard, EXISTS (SELECT 1 FROM homes
           WHERE host = $1 AND place = $2 AND body = $3 AND account = $4) FROM instance",
        params![host, place, body, account],
        |row| Ok((guard(row)?, row.get::<bool>(1)?)),
    )?;
    found.ok_or_else(|| corrupt("instance", "no row"))
}

/// What the database says of itself.
fn guard_of(sql: &Sql) -> Done<Guard> {
    sql.one("SELECT guard FROM instance", params![], guard)?
        .ok_or_else(|| corrupt("instance", "no row"))
}

fn guard(row: &Row) -> Done<Guard> {
    Guard::of(row.get(0)?).ok_or_else(|| corrupt("instance.guard", "an unknown word"))
}

fn known(sql: &Sql) -> Done<Vec<(Prints, Timestamp)>> {
    sql.all(
        "SELECT host, place, body, account, confirmed_at FROM homes ORDER BY confirmed_at",
        params![],
        |row| {
            let print = |at: usize| {
                row.get::<&[u8]>(at)?
                    .try_into()
                    .map_err(|_| corrupt("homes", "not 32 bytes"))
            };
            let known = Prints([print(0)?, print(1)?, print(2)?, print(3)?]);
            Ok((known, instant(row, 4)?))
        },
    )
}

fn insert(sql: &Sql, home: &Prints) -> Done<()> {
    let Prints([host, place, body, account]) = home;
    sql.run(
        "INSERT INTO homes (host, place, body, account, confirmed_at)
         VALUES ($1, $2, $3, $4, clock_timestamp()) ON CONFLICT DO NOTHING",
        params![host, place, body, account],
    )?;
    Ok(())
}

/// What an operator is shown. It may be asked beside running nodes. Blocks.
pub fn look(address: &str, here: &Here) -> Result<View, StoreError> {
    let (sql, address) = open(address)?;
    let home = of(&sql, &address, here)?;
    let prints = home.prints(&crate::open::hash_key(&sql)?);
    let guard = guard_of(&sql)?;
    let known = known(&sql)?
        .into_iter()
        .map(|(known, confirmed_at)| KnownHome {
            confirmed_at,
            same: known.same_as(&prints),
        })
        .collect();
    // Whoever looks may be newer than the tables.
    let is_there = sql
        .one(
            "SELECT to_regclass('homecomings') IS NOT NULL",
            params![],
            |row| row.get(0),
        )?
        .unwrap_or(false);
    Ok(View {
        here: home,
        guard,
        known,
        unread: is_there && lists_read::unread_for(&sql)?.is_some(),
    })
}

/// What is switched off, for whoever looks at the database from outside. Blocks.
pub fn switches(address: &str) -> Result<Vec<SwitchRecord>, StoreError> {
    let (sql, _) = open(address)?;
    Ok(crate::read::switches(&sql)?.1)
}

/// How our own numbers stand, for whoever looks at the database from outside. Blocks.
pub fn standings(address: &str) -> Result<Vec<SenderStanding>, StoreError> {
    let (sql, _) = open(address)?;
    Ok(crate::read::standings::standings(&sql)?)
}

/// How endpoints stand that events are told to, for whoever looks at the database from outside. Blocks.
pub fn endpoints(address: &str) -> Result<Vec<WaitingEndpoint>, StoreError> {
    let (sql, _) = open(address)?;
    Ok(crate::read::integrations::waiting(&sql)?)
}

/// Makes this a home: the only one, or one more. Nodes notice at their next beat. Blocks.
pub fn confirm(address: &str, here: &Here, how: Confirm) -> Result<(), StoreError> {
    let (sql, address) = open(address)?;
    if !migrate::is_current(&sql)? {
        return Err(StoreError::Unavailable(
            "its tables are not up to date; start the service, or run `gymtext migrate up`, and confirm \
             it then"
                .into(),
        ));
    }
    let home = of(&sql, &address, here)?.prints(&crate::open::hash_key(&sql)?);
    Ok(change(&sql, || {
        let guard = guard_of(&sql)?;
        let known: Vec<Prints> = known(&sql)?.into_iter().map(|(known, _)| known).collect();
        if !how.also {
            sql.run("DELETE FROM homes", params![])?;
        }
        insert(&sql, &home)?;
        if Confirm::comes_home(guard, &home, &known) {
            // Whatever was written to us meanwhile is read before anything is sent.
            sql.run(
                "INSERT INTO homecomings (id, confirmed, read) VALUES (1, 1, 0)
                 ON CONFLICT (id) DO UPDATE SET confirmed = homecomings.confirmed + 1",
                params![],
            )?;
        }
        if how.begins_now(guard, &home, &known) {
            sql.batch("UPDATE instance SET recurs_from = clock_timestamp()")?;
        }
        // Nodes of a version before do not look themselves when they open it.
        outbox::raise(&sql)?;
        sql.run("UPDATE instance SET guard = 'armed'", params![])
    })?)
}

/// Takes all homes away: whoever has it open, or opens it, waits for an operator. Blocks.
pub fn forget(address: &str) -> Result<(), StoreError> {
    let (sql, _) = open(address)?;
    Ok(change(&sql, || {
        sql.run("DELETE FROM homes", params![])?;
        sql.run("UPDATE instance SET guard = 'armed'", params![])
    })?)
}

fn open(address: &str) -> Result<(Sql, Address), StoreError> {
    let address = Address::parse(address)
        .map_err(|why| StoreError::Unavailable(format!("its address {why}")))?;
    let sql = Sql::connect(&Line::to(address.clone()))?;
    Ok((sql, address))
}

/// In a transaction of its own, unless a copy into the database is not finished.
fn change(sql: &Sql, work: impl FnOnce() -> Done<u64>) -> Done<()> {
    sql.batch("BEGIN")?;
    let done = crate::recall::beside_nobody(sql)
        .and_then(|()| sql.one("SELECT guard FROM instance FOR UPDATE", params![], guard))
        .and_then(|found| match found {
            Some(Guard::Copying) => {
                Err(StoreError::Unavailable(Held::Copying.sentence().into()).into())
            }
            _ => work(),
        });
    sql.batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place_of(address: &str) -> String {
        place(&Address::parse(address).unwrap(), "machine one")
    }

    #[test]
    fn this_machine_is_another_place_on_each_machine_and_a_name_is_not() {
        assert_eq!(
            place_of("postgres://a:secret@DB.example:5433/x"),
            "db.example:5433"
        );
        for own in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            let place = place_of(&format!("postgres://a@{own}/x"));
            assert!(place.ends_with(" on machine one"), "{place}");
        }
        let both = place_of("postgres://a@one:1,two:2/x");
        assert_eq!(both, "one:1,two:2");
    }
}
