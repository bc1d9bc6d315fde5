//! Where this process runs: what the guard against copies knows of it (G33).

use domain::Secret;
use store::home::{Confirm, Here, View};
use store::records::{SenderStanding, SwitchRecord, WaitingEndpoint};

use super::hash_key;
use crate::settings::{Carrier, Database, Settings};

/// Where systemd and others keep what a machine is called for good.
const MACHINE_ID: &str = "/etc/machine-id";

/// This machine, and the account messages go out on.
pub(crate) fn here(settings: &Settings) -> Here {
    let account = match (settings.twilio.carrier, &settings.twilio.account_sid) {
        (Carrier::Local, _) => "nobody's: the local provider".to_owned(),
        (Carrier::Twilio, sid) => sid.clone().unwrap_or_default(),
    };
    Here {
        machine: machine(),
        account,
    }
}

/// The machine's id, or its name where it has none: a container then needs a name that stays.
fn machine() -> String {
    let id = std::fs::read_to_string(MACHINE_ID).unwrap_or_default();
    let id = id.trim();
    if id.len() >= 32 && id != "uninitialized" {
        return format!("machine {id}");
    }
    let system = rustix::system::uname();
    format!("machine named {}", system.nodename().to_string_lossy())
}

/// What a database says of where it is at home.
pub(crate) fn look(settings: &Settings) -> anyhow::Result<View> {
    let here = here(settings);
    match &settings.database {
        Database::Sqlite(path) => store_sqlite::home::look(path, &hash_key::of(path)?, &here)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display())),
        Database::Postgres(address) => {
            store_postgres::home::look(address.expose(), &here).map_err(|error| of_address(&error))
        }
    }
}

/// What is switched off in a database.
pub(crate) fn switches(database: &Database) -> anyhow::Result<Vec<SwitchRecord>> {
    match database {
        Database::Sqlite(path) => store_sqlite::home::switches(path)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display())),
        Database::Postgres(address) => {
            store_postgres::home::switches(address.expose()).map_err(|error| of_address(&error))
        }
    }
}

/// How our own numbers stand at their provider, as a database has it.
pub(crate) fn standings(database: &Database) -> anyhow::Result<Vec<SenderStanding>> {
    match database {
        Database::Sqlite(path) => store_sqlite::home::standings(path)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display())),
        Database::Postgres(address) => {
            store_postgres::home::standings(address.expose()).map_err(|error| of_address(&error))
        }
    }
}

/// The endpoints of a database, with what waits for each.
pub(crate) fn endpoints(database: &Database) -> anyhow::Result<Vec<WaitingEndpoint>> {
    match database {
        Database::Sqlite(path) => store_sqlite::home::endpoints(path)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display())),
        Database::Postgres(address) => {
            store_postgres::home::endpoints(address.expose()).map_err(|error| of_address(&error))
        }
    }
}

/// Makes this a home of the database: the only one, or one more.
pub(crate) fn confirm(settings: &Settings, how: Confirm) -> anyhow::Result<()> {
    let here = here(settings);
    match &settings.database {
        Database::Sqlite(path) => {
            let key = hash_key::of(path)?;
            let now = domain::Clock::now(&crate::clock::SystemClock);
            store_sqlite::home::confirm(path, &key, &here, how, now)
                .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
        }
        Database::Postgres(address) => store_postgres::home::confirm(address.expose(), &here, how)
            .map_err(|error| of_address(&error)),
    }
}

/// Takes all homes of the database away.
pub(crate) fn forget(database: &Database) -> anyhow::Result<()> {
    match database {
        Database::Sqlite(path) => store_sqlite::home::forget(path)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display())),
        Database::Postgres(address) => store_postgres::home::forget(Secret::expose(address))
            .map_err(|error| of_address(&error)),
    }
}

fn of_address(error: &store::StoreError) -> anyhow::Error {
    anyhow::anyhow!("the database of DATABASE_URL: {error}")
}
