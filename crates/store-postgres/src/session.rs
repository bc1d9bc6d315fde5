//! Connections: to whom, and with which settings of a session.

use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_postgres::config::{
    ChannelBinding, Host, LoadBalanceHosts, SslNegotiation, TargetSessionAttrs,
};
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::ClientConfig;

use crate::fault::{Done, Fault};
use crate::reach::Reach;
use crate::tls;
use crate::wire::{Patience, Wire, part_of};

/// Where PostgreSQL listens unless somebody says otherwise.
const PORT: u16 = 5432;

/// How long a connection may take to be made, and its session to be set up: with the pulse before it,
/// a webhook still hears within its two seconds that the database is away (G3). Several hosts share it.
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

/// … this often, so many times.
const ASK_EVERY: Duration = Duration::from_secs(1);
const KEEPALIVES: u32 = 3;

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
        let (hosts, ports) = (config.get_hosts().len(), config.get_ports().len());
        let numbers = config.get_hostaddrs().len();
        if (ports > 1 && ports != hosts) || (numbers > 0 && numbers != hosts) {
            return Err(
                "names another number of ports or of hostaddr than of hosts; give each host its own, or none"
                    .into(),
            );
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
        if config.get_hosts().len() > 1
            && config.get_target_session_attrs() == TargetSessionAttrs::Any
        {
            // A standby is of no use here, and is often named beside its primary.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config.tcp_user_timeout(UNACKNOWLEDGED);
        config.keepalives_idle(SILENCE);
        config.keepalives_interval(ASK_EVERY);
        config.keepalives_retries(KEEPALIVES);
        Ok(Self(Arc::new((config, Arc::new(tls)))))
    }

    /// What it says.
    pub(crate) fn config(&self) -> &Config {
        &self.0.0
    }

    /// Where a server listens, by its place among the hosts.
    pub(crate) fn port(&self, at: usize) -> u16 {
        let ports = self.config().get_ports();
        ports.get(at).or(ports.first()).copied().unwrap_or(PORT)
    }

    /// One of its hosts, as if there were no other: the library has no time for each of several.
    fn alone(&self, at: usize, host: &Host) -> Config {
        let all = self.config();
        let mut one = Config::new();
        match host {
            Host::Tcp(name) => one.host(name),
            Host::Unix(directory) => one.host_path(directory),
        };
        if let Some(number) = all.get_hostaddrs().get(at) {
            one.hostaddr(*number);
        }
        one.port(self.port(at));
        if let Some(user) = all.get_user() {
            one.user(user);
        }
        if let Some(database) = all.get_dbname() {
            one.dbname(database);
        }
        if let Some(options) = all.get_options() {
            one.options(options);
        }
        if let Some(name) = all.get_application_name() {
            one.application_name(name);
        }
        if let Some(password) = all.get_password() {
            one.password(password);
        }
        one.ssl_mode(all.get_ssl_mode());
        one.target_session_attrs(all.get_target_session_attrs());
        one.keepalives(all.get_keepalives());
        one.keepalives_idle(all.get_keepalives_idle());
        one.keepalives_interval(ASK_EVERY);
        one.keepalives_retries(KEEPALIVES);
        one.tcp_user_timeout(UNACKNOWLEDGED);
        one
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

/// A connection that hears what is notified on our channel, which is dropped when the connection is. Each host has its
/// part of the time.
pub(crate) async fn connect_listening(
    address: &Address,
) -> Done<(Client, mpsc::Receiver<AsyncMessage>)> {
    let until = Instant::now() + CONNECT;
    let hosts = address.config().get_hosts();
    let silent = || Fault::from(StoreError::Unavailable(SILENT.into()));
    let mut last = silent();
    for (at, host) in hosts.iter().enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        let part = part_of(left, hosts.len() - at);
        let mut alone = address.alone(at, host);
        let listening = async {
            alone.connect_timeout(part_of(part, places(&alone, address.port(at)).await));
            listen(&alone, address.connector()).await
        };
        match tokio::time::timeout(part, listening).await {
            Ok(Ok(listening)) => return Ok(listening),
            Ok(Err(fault)) => last = fault,
            Err(_) => last = silent(),
        }
    }
    Err(last)
}

/// How many addresses a host has: the library tries one after the other.
async fn places(alone: &Config, port: u16) -> usize {
    match (alone.get_hostaddrs(), alone.get_hosts()) {
        ([], [Host::Tcp(name)]) => match tokio::net::lookup_host((name.as_str(), port)).await {
            Ok(found) => found.count(),
            Err(_) => 1,
        },
        _ => 1,
    }
}

async fn listen(
    config: &Config,
    connector: MakeRustlsConnect,
) -> Done<(Client, mpsc::Receiver<AsyncMessage>)> {
    let (client, mut connection) = config.connect(connector).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_hosts_the_one_that_writes_is_meant_unless_another_kind_is_asked_for() {
        for (address, wanted) in [
            ("postgres://me@one/gym", TargetSessionAttrs::Any),
            ("postgres://me@one,two/gym", TargetSessionAttrs::ReadWrite),
            (
                "postgres://me@one,two/gym?target_session_attrs=read-only",
                TargetSessionAttrs::ReadOnly,
            ),
        ] {
            let address = Address::parse(address).unwrap();
            let said = address.config().get_target_session_attrs();
            assert_eq!(said, wanted);
            for (at, host) in address.config().get_hosts().iter().enumerate() {
                let alone = address.alone(at, host);
                assert_eq!(alone.get_hosts(), std::slice::from_ref(host));
                assert_eq!(alone.get_target_session_attrs(), wanted);
            }
        }
    }

    #[test]
    fn each_host_has_what_is_its_own() {
        for address in [
            "postgres://me@one,two/gym?hostaddr=10.0.0.1",
            "postgres://me@one,two,three/gym?port=5433,5434",
        ] {
            let why = Address::parse(address).unwrap_err();
            assert!(why.contains("than of hosts"), "{address}: {why}");
        }
        assert!(Address::parse("postgres://me@one,two/gym").is_ok());
    }

    #[test]
    fn a_host_alone_is_what_the_address_says_of_it() {
        let address = "postgres://me:word@one:5433,two:5434/gym?hostaddr=10.0.0.1,10.0.0.2&options=-cjit%3Doff";
        let address = Address::parse(address).unwrap();
        let hosts = address.config().get_hosts();
        let second = address.alone(1, &hosts[1]);
        assert_eq!(second.get_hosts(), [Host::Tcp("two".into())]);
        assert_eq!(second.get_ports(), [5434]);
        assert_eq!(
            second.get_hostaddrs(),
            ["10.0.0.2".parse::<std::net::IpAddr>().unwrap()]
        );
        assert_eq!(
            (second.get_user(), second.get_dbname()),
            (Some("me"), Some("gym"))
        );
        assert_eq!(second.get_password(), Some(&b"word"[..]));
        assert_eq!(second.get_options(), Some("-cjit=off"));
    }
}
