//! The slow hash of codes: Argon2id with 4 MiB and two passes, some 6 ms of one processor. A million codes can be
//! tried against a stolen table in an hour and a half, long after the code is over; a flood of log-ins keeps two
//! threads busy and 8 MiB, not the service.

use argon2::{Algorithm, Argon2, Params, Version};
use domain::Secret;
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

/// Memory in KiB.
const MEMORY_KIB: u32 = 4_096;

/// Passes.
const PASSES: u32 = 2;

/// How many are made at once; the others wait for their turn.
const AT_ONCE: usize = 2;

/// How many there may be, with those that wait: the last of them waits a quarter of a second or so.
const WAITING_MAX: usize = 100;

/// Makes hashes, a few at once.
#[derive(Debug)]
pub(crate) struct Hashing {
    turns: Semaphore,
    room: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(AT_ONCE),
            room: Semaphore::new(WAITING_MAX),
        }
    }
}

impl Hashing {
    /// The hash of a code. Where too many wait already it is refused at once.
    pub(crate) async fn hash(&self, code: Secret, salt: [u8; 16]) -> Result<[u8; 32], String> {
        let _room = self.room.try_acquire().map_err(|e| e.to_string())?;
        let _turn = self.turns.acquire().await.map_err(|e| e.to_string())?;
        tokio::task::spawn_blocking(move || hashed(&code, salt))
            .await
            .map_err(|error| error.to_string())?
    }
}

fn hashed(code: &Secret, salt: [u8; 16]) -> Result<[u8; 32], String> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|e| e.to_string())?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(code.expose().as_bytes(), &salt, &mut hash)
        .map_err(|e| e.to_string())?;
    Ok(hash)
}

/// Compares two hashes in the same time, whatever they are.
pub(crate) fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_of_log_ins_is_refused_and_not_queued() {
        let hashing = Hashing::default();
        let _all = hashing
            .room
            .try_acquire_many(u32::try_from(WAITING_MAX).unwrap())
            .unwrap();
        assert!(hashing.hash(Secret::new("012345"), [1; 16]).await.is_err());
    }

    #[test]
    fn a_hash_hangs_on_the_code_and_on_the_salt() {
        let of = |code: &str, salt: u8| hashed(&Secret::new(code), [salt; 16]).unwrap();
        assert!(same(&of("012345", 1), &of("012345", 1)));
        assert!(!same(&of("012345", 1), &of("012346", 1)));
        assert!(!same(&of("012345", 1), &of("012345", 2)));
    }
}
