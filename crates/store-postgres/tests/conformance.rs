//! The suite every store must pass, over a database of its own for each story.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use store::StoreError;
use store::committer::{Committer, NoticeSink};
use store::conformance::{Harness, Opened};
use store::questions::BoxFuture;
use store_postgres::{Options, PostgresStore, migrate};
use test_postgres::Database;

#[derive(Debug)]
struct Fresh(Database);

impl Harness for Fresh {
    fn open(&self, sink: NoticeSink) -> BoxFuture<'_, Result<Opened, StoreError>> {
        let address = self.0.address.clone();
        Box::pin(async move {
            let options = Options {
                take_over: true,
                ..Options::default()
            };
            let opened =
                tokio::task::spawn_blocking(move || PostgresStore::open(&address, &options));
            let (writer, reader, ownership) = opened.await.unwrap()?;
            let epoch = ownership.epoch();
            let (committer, thread) = Committer::start(Box::new(writer), sink).unwrap();
            Ok(Opened {
                committer,
                thread,
                ask: Arc::new(reader),
                epoch,
            })
        })
    }
}

impl Fresh {
    fn migrated() -> Self {
        let migrate = |address: &str| {
            migrate::up(address)?;
            Ok(())
        };
        Self(test_postgres::database_as("migrated", migrate).unwrap())
    }
}

store::conformance_tests!(Fresh::migrated());
