//! What a server must be: one that would lose what it has acknowledged is refused at the start (G1).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use store::StoreError;
use store_postgres::{Options, PostgresStore};
use test_postgres::{Cluster, connect, database_on};

async fn open(address: &str) -> Result<(), StoreError> {
    let address = address.to_owned();
    tokio::task::spawn_blocking(move || {
        PostgresStore::open(&address, &Options::default()).map(drop)
    })
    .await
    .unwrap()
}

/// A setting of the whole server, in force for every connection made after this.
async fn set(address: &str, setting: &str, value: &str) {
    let client = connect(address).await.unwrap();
    let change = format!("ALTER SYSTEM SET {setting} = {value}");
    client.batch_execute(&change).await.unwrap();
    client
        .batch_execute("SELECT pg_reload_conf()")
        .await
        .unwrap();
    // The server hears of it by a signal.
    let waiting = async {
        loop {
            let client = connect(address).await.unwrap();
            let row = client
                .query_one("SELECT current_setting($1)", &[&setting])
                .await
                .unwrap();
            if row.get::<_, String>(0) == value {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_flush_is_refused() {
    let cluster = tokio::task::spawn_blocking(|| Cluster::start().unwrap())
        .await
        .unwrap();
    let address = database_on(&cluster.server()).unwrap();
    open(&address).await.unwrap();
    for setting in ["fsync", "full_page_writes"] {
        set(&address, setting, "off").await;
        let refused = open(&address).await.unwrap_err().to_string();
        assert!(
            refused.contains("would lose messages"),
            "{setting}: {refused}"
        );
        set(&address, setting, "on").await;
        open(&address).await.unwrap();
    }
    // This one every session sets for itself: what the server has is of no account.
    set(&address, "synchronous_commit", "off").await;
    open(&address).await.unwrap();
}
