//! The suite every store must pass, over a database that held the plan's tables and was taken over.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use store::StoreError;
use store::committer::{Committer, NoticeSink};
use store::conformance::{Harness, Opened};
use store::questions::BoxFuture;
use store_postgres::{Options, PostgresStore, migrate};
use test_postgres::Database;

#[derive(Debug)]
struct Adopted(Database);

impl Adopted {
    fn fresh() -> Self {
        let adopt = |address: &str| {
            for part in [
                include_str!("../../../fixtures/plan.sql"),
                include_str!("../../../fixtures/plan_whatsapp.sql"),
                include_str!("../../../fixtures/plan_surroundings.sql"),
            ] {
                test_postgres::run(address, part)?;
            }
            let done = migrate::take_over(address, |_, _| false)?;
            assert!(done.adopted.is_some());
            Ok(())
        };
        Self(test_postgres::database_as("adopted", adopt).unwrap())
    }
}

impl Harness for Adopted {
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

store::conformance_tests!(Adopted::fresh());
