//! Several hosts in an address: one that is silent keeps nobody from the next.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use store_postgres::{Options, PostgresStore};
use test_postgres::Database;
use tokio_postgres::Client;

/// A host that a packet to it is lost on: nobody takes its connections, and there is no room for another to wait.
struct Lost {
    addr: SocketAddr,
    _held: (Socket, Vec<TcpStream>),
}

fn lost() -> Lost {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let addr = socket.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&addr, Duration::from_millis(100)) {
        waiting.push(stream);
    }
    Lost {
        addr,
        _held: (socket, waiting),
    }
}

/// The address of a database, with another host before its own.
fn behind(first: SocketAddr, database: &Database) -> String {
    let (user, place) = database.address.split_once('@').unwrap();
    format!("{user}@{first},{place}")
}

/// Waits until a node listens to the others.
async fn somebody_listens(client: &Client) {
    let listening = async {
        loop {
            let found = client
                .query(
                    "SELECT 1 FROM pg_stat_activity WHERE application_name = 'gymtext' AND datname = current_database()
                       AND query IN ('SELECT 1', 'SET application_name = ''gymtext''; LISTEN gymtext_lanes')",
                    &[],
                )
                .await
                .unwrap();
            if !found.is_empty() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listening)
        .await
        .unwrap();
}

async fn is_served_behind(first: SocketAddr, database: &Database) {
    let address = behind(first, database);
    let node = tokio::task::spawn_blocking(move || {
        PostgresStore::open(&address, &Options::default()).unwrap()
    })
    .await
    .unwrap();
    let beside = test_postgres::connect(&database.address).await.unwrap();
    somebody_listens(&beside).await;
    tokio::task::spawn_blocking(move || drop(node))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_nothing_is_heard_of_keeps_nobody_from_the_next() {
    let database = test_postgres::database().unwrap();
    let lost = lost();
    is_served_behind(lost.addr, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_takes_connections_and_says_nothing_keeps_nobody_from_the_next() {
    let database = test_postgres::database().unwrap();
    let still = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    is_served_behind(still.local_addr().unwrap(), &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_refuses_keeps_nobody_from_the_next() {
    let database = test_postgres::database().unwrap();
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = gone.local_addr().unwrap();
    drop(gone);
    is_served_behind(addr, &database).await;
}
