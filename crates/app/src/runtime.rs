//! The runtime a command runs on.

use std::io;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// For the service: on one or two processors one thread serves more than several do, as the
/// database's writing thread and the provider's side need the other one (docs/PERFORMANCE.md).
pub(crate) fn for_service() -> io::Result<Runtime> {
    let processors = available_parallelism().map_or(1, usize::from);
    if processors <= 2 {
        for_command()
    } else {
        Builder::new_multi_thread()
            .worker_threads(processors - 1)
            .enable_all()
            .build()
    }
}

/// For everything else: one thread.
pub(crate) fn for_command() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
