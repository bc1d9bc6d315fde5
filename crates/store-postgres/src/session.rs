//! Connections: to whom, and with which settings of a session.

use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use tokio::sync::mpsc;
use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslNegotiation};
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::ClientConfig;

use crate::fault::{Done, Fault};
use crate::reach::Reach;
use crate::tls;
use crate::wire::{Patience, Wire};

/// How long a connection may take to be made, and its session to be set up: with the pulse before it,
/// a webhook still hears within its two seconds that the database is away (G3).
const CONNECT: Duration = Duration::from_millis(1_200);

/// How long what was sent may go unacknowledged by the server's machine.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// How long a statement waits for a lock, in milliseconds: longer than the server waits before it looks for
/// deadlocks (1 s), and short enough for the answer of a webhook.
pub(crate) const LOCK_MS: u32 = 1_500;

/// What a session is told first. A statement, a lock and a transaction that is left alone all end by
/// themselves: a node that stands still must not hold up the others. Nor must one that is cut off: the
/// server, too, gives a connection up on which nothing is acknowledged any more.
const SETTINGS: &str = "SET statement_timeout = '10s';
    SET idle_in_transaction_session_timeout = '5s'; SET TimeZone = 'UTC';
    SET synchronous_commit = 'on'; SET application_name = 'gymtext';
    SET client_min_messages = 'warning'; SET jit = off; SET tcp_user_timeout = '5s';
    SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3;";

/// A connection on which nothing was heard for so long is asked whether it still is one …
const SILENCE: Duration = Duration::from_secs(2);

/// … this often, three times.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Settings for statements that look a few rows up by their keys, whatever a table's size was when it was
/// looked at last: on a young or fast growing one, or on places that were looked at while there were none, the
/// planner would read all of it. It would read all of an index, too, where that has an order it could use: such
/// statements are written so that it cannot (docs/decisions/0041). And what a bitmap finds dead it finds dead again
/// each time, up to the next vacuum; an index scan marks it. `SET` or `SET LOCAL`; `off`, or `on` again for the
/// others.
pub(crate) fn by_key(set: &str, others: &str) -> String {
    [
        "enable_seqscan",
        "enable_bitmapscan",
        "enable_indexonlyscan",
        "enable_hashjoin",
        "enable_mergejoin",
        "enable_material",
        "enable_memoize",
    ]
    .map(|setting| format!("{set} {setting} = {others};"))
    .concat()
}

/// Where the database is, and how it is connected to.
#[derive(Clone)]
pub(crate) struct Address(Arc<(Config, Arc<ClientConfig>)>);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.0.0).finish()
    }
}

impl Address {
    /// From `postgres://…`.
    pub(crate) fn parse(address: &str) -> Result<Self, String> {
        let (mut config, tls) = tls::parse(address)?;
        if config.get_hosts().is_empty() {
            return Err("names no host".into());
        }
        if config.get_dbname().is_none() {
            return Err("names no database".into());
        }
        if config.get_channel_binding() == ChannelBinding::Require
            || config.get_load_balance_hosts() != LoadBalanceHosts::Disable
            || config.get_ssl_negotiation() != SslNegotiation::Postgres
        {
            return Err(
                "has channel_binding, load_balance_hosts or sslnegotiation, which are not known here; leave them away"
                    .into(),
            );
        }
        if config.get_user().is_none() {
            let user = whoami::username().map_err(|_| "names no user".to_owned())?;
            config.user(user);
        }
        config.connect_timeout(CONNECT);
        config.tcp_user_timeout(UNACKNOWLEDGED);
        config.keepalives_idle(SILENCE);
        config.keepalives_interval(ASK_EVERY);
        config.keepalives_retries(3);
        Ok(Self(Arc::new((config, Arc::new(tls)))))
    }

    /// What it says.
    pub(crate) fn config(&self) -> &Config {
        &self.0.0
    }

    /// Whom to trust, where it is to be encrypted.
    pub(crate) fn tls(&self) -> &Arc<ClientConfig> {
        &self.0.1
    }

    fn connector(&self) -> MakeRustlsConnect {
        MakeRustlsConnect::new(ClientConfig::clone(self.tls()))
    }
}

/// Whether this is an address of a PostgreSQL database; otherwise what is wrong with it.
pub fn check_address(address: &str) -> Result<(), String> {
    Address::parse(address).map(drop)
}

/// Makes a connection for one thread, with the settings of a session.
pub(crate) fn connect(address: &Address, reach: &Reach) -> Done<Wire> {
    let patience = Patience::of(reach, CONNECT);
    let mut wire = Wire::connect(address, &patience)?;
    let settings = format!("{SETTINGS} SET lock_timeout = '{LOCK_MS}ms';");
    wire.batch(&settings, &patience)??;
    Ok(wire)
}

/// A connection that hears what is notified on our channel, which is dropped when the connection is.
pub(crate) async fn connect_listening(
    address: &Address,
) -> Done<(Client, mpsc::Receiver<AsyncMessage>)> {
    in_time(async {
        let (client, mut connection) = address.config().connect(address.connector()).await?;
        let (heard, messages) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Some(Ok(message)) =
                futures_util::future::poll_fn(|context| connection.poll_message(context)).await
            {
                // One that waits already says the same.
                let _ = heard.try_send(message);
            }
        });
        client
            .batch_execute("SET application_name = 'gymtext'; LISTEN gymtext_lanes")
            .await?;
        Ok((client, messages))
    })
    .await
}

async fn in_time<T>(connecting: impl Future<Output = Done<T>>) -> Done<T> {
    tokio::time::timeout(CONNECT, connecting)
        .await
        .map_err(|_| StoreError::Unavailable(SILENT.into()))?
}

/// Why a server that takes connections and says nothing is away.
pub(crate) const SILENT: &str = "PostgreSQL does not answer";

/// Why a server that refuses is away, in words that hold nothing of the refusal's own.
pub(crate) fn refusal(fault: Fault) -> &'static str {
    match fault {
        Fault::Found(_) => SILENT,
        Fault::Lost | Fault::Unfit(_) => "PostgreSQL cannot be connected to; is it running?",
        Fault::Refused(refusal) => match refusal.code.code() {
            "57P03" => "PostgreSQL is starting or shutting down",
            "53300" => "PostgreSQL has no connection left",
            "28P01" | "28000" => "PostgreSQL refuses the user or the password",
            "3D000" => "there is no such database on this PostgreSQL",
            _ => "PostgreSQL refuses connections",
        },
    }
}
