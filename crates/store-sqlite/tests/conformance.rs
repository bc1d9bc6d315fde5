//! The suite every store must pass, over a file of its own for each story.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::Arc;

use store::StoreError;
use store::committer::{Committer, NoticeSink};
use store::conformance::{Harness, Opened};
use store::questions::BoxFuture;
use store_sqlite::{Options, SqliteStore};

#[derive(Debug)]
struct File {
    path: PathBuf,
    _directory: tempfile::TempDir,
}

impl File {
    fn fresh() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            path: directory.path().join("gymtext.db"),
            _directory: directory,
        }
    }
}

impl Harness for File {
    fn open(&self, sink: NoticeSink) -> BoxFuture<'_, Result<Opened, StoreError>> {
        Box::pin(async move {
            let options = Options {
                hash_key: [7; 32],
                migrate: true,
            };
            let (writer, reader, epoch) = SqliteStore::open(&self.path, &options)?;
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

store::conformance_tests!(File::fresh());
