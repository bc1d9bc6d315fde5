//! Keys of the API that are kept in the database, by their digests. What a key may do was read at most half a second
//! before it is used, on every node: a revoked one is refused within a second everywhere, and nobody asks the database
//! while no key is used.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{KeyId, Scope, Seconds, Secret, Timestamp};
use store::ops::{RevokeKey, SaveKey, UseKey};
use store::questions::ApiKeys;
pub use store::records::KeyRecord;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use tokio::time::Instant;

use crate::audit::Note;
use crate::logins::{hex, kept};
use crate::{Engine, EngineError};

/// How long what was read of keys holds.
const HOLDS: Duration = Duration::from_millis(500);

/// How often it is noted that a key is used.
const NOTED_EVERY: Seconds = Seconds::new(60);

/// The most keys there may be.
pub const KEYS_MAX: usize = 100;

/// What keys begin with: nothing else is looked for in the database.
pub const PREFIX: &str = "gt_";

/// Names that keys of the settings go by.
const RESERVED: [&str; 2] = ["settings", "demo"];

/// Why a key was not made or ended.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The service cannot do it now.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no such one.
    #[error("there is no such key")]
    Unknown,
    /// Another one is called so.
    #[error("a key is called `{0}` already; the log tells keys apart by name")]
    NameTaken(String),
    /// There are too many.
    #[error("there are {KEYS_MAX} keys already; revoke one that is not used")]
    TooMany,
}

impl From<store::StoreError> for KeyError {
    fn from(error: store::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// Who uses a key, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// What the key is called.
    pub name: Arc<str>,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}

/// What was read of keys.
#[derive(Debug, Default)]
pub(crate) struct KeyShelf {
    read: Mutex<Option<(Instant, Arc<Vec<KeyRecord>>)>>,
    reading: tokio::sync::Mutex<()>,
    noted: Mutex<BTreeMap<KeyId, Timestamp>>,
}

impl KeyShelf {
    fn fresh(&self) -> Option<Arc<Vec<KeyRecord>>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, keys) = read.as_ref()?;
        (at.elapsed() < HOLDS).then(|| Arc::clone(keys))
    }

    fn keep(&self, read: Option<(Instant, Arc<Vec<KeyRecord>>)>) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = read;
    }

    /// Whether it is time to note that a key is used; then it is taken as noted.
    fn is_to_note(&self, key: &KeyRecord, now: Timestamp) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let last = noted.get(&key.id).copied().max(key.used_at);
        let is_due = last.is_none_or(|last| now.since(last) >= NOTED_EVERY);
        if is_due {
            noted.insert(key.id, now);
        }
        is_due
    }
}

impl Engine {
    /// Whoever uses this key, if it holds. All keys are compared, always.
    pub async fn key_holder(&self, digest: &[u8; 32]) -> Result<Option<KeyHolder>, EngineError> {
        let keys = self.keys_in_force().await?;
        let mut found = u32::MAX;
        for (at, key) in (0_u32..).zip(keys.iter()) {
            let same: Choice = key.digest.ct_eq(digest);
            found.conditional_assign(&at, same);
        }
        let key = usize::try_from(found).ok().and_then(|at| keys.get(at));
        let now = self.now();
        let Some(key) = key.filter(|key| key.expires_at.is_none_or(|end| now < end)) else {
            return Ok(None);
        };
        if self.inner.keys.is_to_note(key, now) {
            let (engine, id) = (self.clone(), key.id);
            self.inner.tasks.spawn(async move {
                if let Err(error) = engine.inner.committer.submit(UseKey { id, at: now }).await {
                    tracing::debug!(%error, "that a key is used could not be noted");
                }
            });
        }
        Ok(Some(KeyHolder {
            name: key.name.as_str().into(),
            scopes: key.scopes.clone(),
        }))
    }

    async fn keys_in_force(&self) -> Result<Arc<Vec<KeyRecord>>, EngineError> {
        let shelf = &self.inner.keys;
        if let Some(keys) = shelf.fresh() {
            return Ok(keys);
        }
        let _one = shelf.reading.lock().await;
        if let Some(keys) = shelf.fresh() {
            return Ok(keys);
        }
        let asked = Instant::now();
        let keys = Arc::new(self.ask().question(ApiKeys).await?);
        shelf.keep(Some((asked, Arc::clone(&keys))));
        Ok(keys)
    }

    /// The keys that were not revoked, in the order they were made.
    pub async fn keys(&self) -> Result<Vec<KeyRecord>, EngineError> {
        Ok(self.ask().question(ApiKeys).await?)
    }

    /// Makes a key: what is kept of it, and the key itself, which nobody is told again.
    pub async fn make_key(
        &self,
        name: String,
        scopes: Vec<Scope>,
        expires_at: Option<Timestamp>,
    ) -> Result<(KeyRecord, Secret), KeyError> {
        if RESERVED.contains(&name.as_str()) {
            return Err(KeyError::NameTaken(name));
        }
        if self.keys().await?.len() >= KEYS_MAX {
            return Err(KeyError::TooMany);
        }
        let random: [u8; 24] = self.random()?;
        let secret = Secret::new(format!("{PREFIX}{}", hex(&random)));
        let key = KeyRecord {
            id: self.inner.ids.key(),
            name,
            scopes,
            digest: kept(&secret),
            made_at: self.now(),
            made_by: self.by(),
            used_at: None,
            expires_at,
        };
        let words: Vec<&str> = key.scopes.iter().copied().map(Scope::as_str).collect();
        let after = format!("{}: {}", key.name, words.join(", "));
        let note = || Note::of("key.make", key.id.to_string()).after(after);
        let saved = self.submit(SaveKey { key: key.clone() }, note).await?;
        self.inner.keys.keep(None);
        if saved {
            Ok((key, secret))
        } else {
            Err(KeyError::NameTaken(key.name))
        }
    }

    /// Ends a key: here at once, on other nodes within a second.
    pub async fn revoke_key(&self, id: KeyId) -> Result<(), KeyError> {
        let keys = self.keys().await?;
        let key = keys.iter().find(|key| key.id == id);
        let key = key.ok_or(KeyError::Unknown)?;
        let note = || Note::of("key.revoke", id.to_string()).before(key.name.clone());
        let revoked = self.submit(RevokeKey { id, at: self.now() }, note).await?;
        self.inner.keys.keep(None);
        if revoked {
            Ok(())
        } else {
            Err(KeyError::Unknown)
        }
    }

    /// Who acts through this handle, by name.
    pub(crate) fn by(&self) -> String {
        let name = self.actor.as_ref().map(|actor| actor.name.clone());
        name.unwrap_or_default()
    }
}
