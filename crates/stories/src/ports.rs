//! Ports for services under test. A port that was merely free a moment ago may be taken before the service
//! listens on it, or between its death and its return: by another test, or by any outgoing connection,
//! since the system hands out the same range for those. So they come from below that range, and each is held by a
//! locked file for as long as the test's process lives.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

/// From here…
const FIRST: u16 = 20_000;

/// …so many, which ends below 32768, where Linux begins with outgoing connections.
const COUNT: u16 = 12_000;

/// What this process holds.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// An address on loopback that is this process's alone among all tests.
pub fn free_addr() -> anyhow::Result<SocketAddr> {
    let folder = std::env::temp_dir().join("gymtext-ports-under-test");
    std::fs::create_dir_all(&folder)?;
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    // Processes have numbers one after another: far apart, so that they rarely try the same ones.
    let start = std::process::id().wrapping_mul(37) % u32::from(COUNT);
    let start = u16::try_from(start)?;
    for step in 0..COUNT {
        let port = FIRST + (start + step) % COUNT;
        let Some(lock) = lock(&folder, port)? else {
            continue;
        };
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        // Somebody else on this machine may listen there.
        if TcpListener::bind(addr).is_ok() {
            held.push(lock);
            return Ok(addr);
        }
    }
    anyhow::bail!("all ports from {FIRST} to {} are taken", FIRST + COUNT - 1)
}

/// The lock of a port, unless somebody has it.
fn lock(folder: &Path, port: u16) -> anyhow::Result<Option<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(port.to_string()))
        .context("the lock of a port cannot be opened")?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::free_addr;

    #[test]
    fn no_address_is_given_twice_though_nobody_listens_on_the_first() {
        let mut given: Vec<_> = (0..50).map(|_| free_addr().unwrap()).collect();
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), 50);
    }
}
