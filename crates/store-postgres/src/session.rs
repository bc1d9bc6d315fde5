//! Connections: to whom, and with which settings of a session.

use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use crate::fault::{Done, store_error};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// What a session is told first. A statement, a lock and a transaction that is left alone all end by
/// themselves: a node that stands still must not hold up the others. Nor must one that is cut off: the
/// server, too, gives a connection up on which nothing is acknowledged any more.
const SETTINGS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '5s'; SET TimeZone = 'UTC';
    SET synchronous_commit = 'on'; SET application_name = 'gymtext';
    SET client_min_messages = 'warning'; SET jit = off; SET tcp_user_timeout = '5s';
    SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3;";

/// A connection on which nothing was heard for so long is asked whether it still is one …
const SILENCE: Duration = Duration::from_secs(2);

/// … this often, at most [`CONNECT`] in all.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Settings for statements that look a few rows up by their keys, whatever a table's size was when it was
/// looked at last: on a young or fast growing one the planner would read all of it. `SET` or `SET LOCAL`;
/// `off`, or `on` again for the others.
pub(crate) fn by_key(set: &str, others: &str) -> String {
    [
        "enable_seqscan",
        "enable_hashjoin",
        "enable_mergejoin",
        "enable_material",
    ]
    .map(|setting| format!("{set} {setting} = {others};"))
    .concat()
}

/// Where the database is.
#[derive(Clone, Debug)]
pub(crate) struct Address(Arc<Config>);

impl Address {
    /// From `postgres://…`.
    pub(crate) fn parse(address: &str) -> Result<Self, String> {
        let mut config: Config = address
            .parse()
            .map_err(|_| "is not an address PostgreSQL understands".to_owned())?;
        if config.get_hosts().is_empty() {
            return Err("names no host".into());
        }
        if config.get_dbname().is_none() {
            return Err("names no database".into());
        }
        config.connect_timeout(CONNECT);
        config.tcp_user_timeout(CONNECT);
        config.keepalives_idle(SILENCE);
        config.keepalives_interval(ASK_EVERY);
        config.keepalives_retries(3);
        Ok(Self(Arc::new(config)))
    }
}

/// Whether this is an address of a PostgreSQL database; otherwise what is wrong with it.
pub fn check_address(address: &str) -> Result<(), String> {
    Address::parse(address).map(drop)
}

/// Makes a connection; it is driven by the runtime this is called on.
pub(crate) async fn connect(address: &Address) -> Done<Client> {
    let (client, connection) = tokio::time::timeout(CONNECT, address.0.connect(NoTls))
        .await
        .map_err(|_| StoreError::Unavailable("PostgreSQL does not answer".into()))?
        .map_err(|error| store_error(&error))?;
    tokio::spawn(async move {
        // Whoever uses the client hears of it.
        let _ = connection.await;
    });
    client.batch_execute(SETTINGS).await?;
    Ok(client)
}

/// A connection that hears what is notified on our channel, which is dropped when the connection is.
pub(crate) async fn connect_listening(
    address: &Address,
) -> Done<(Client, mpsc::Receiver<AsyncMessage>)> {
    let (client, mut connection) = tokio::time::timeout(CONNECT, address.0.connect(NoTls))
        .await
        .map_err(|_| StoreError::Unavailable("PostgreSQL does not answer".into()))?
        .map_err(|error| store_error(&error))?;
    let (heard, messages) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Some(Ok(message)) =
            futures_util::future::poll_fn(|context| connection.poll_message(context)).await
        {
            // One that waits already says the same.
            let _ = heard.try_send(message);
        }
    });
    client.batch_execute("LISTEN gymtext_lanes").await?;
    Ok((client, messages))
}
