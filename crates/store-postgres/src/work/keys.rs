//! Callers' keys of those who make members, for all of a batch at once: whether each was used, and the rows of those
//! that were not.

use rustc_hash::FxHashMap;
use store::Op;
use store::records::Idempotency;

use crate::fault::Done;
use crate::sql::{Query, Row, Value};
use crate::tx::Tx;

/// Whose key, and which.
type Name = (String, String);

/// A key with its answer.
#[derive(Clone, Debug)]
pub(crate) struct KeyRow {
    pub(crate) name: Name,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) answer: Vec<u8>,
    pub(crate) at: i64,
}

/// What a key was used for: the fingerprint of the body, and the answer.
type Used = (Vec<u8>, Vec<u8>);

/// What is known of a key.
#[derive(Debug)]
pub(crate) enum Looked {
    /// It has to be looked up.
    Nowhere,
    /// It was not used.
    Free,
    /// The fingerprint of the body, and the answer.
    Used(Vec<u8>, Vec<u8>),
}

/// The keys of a transaction.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Those to be asked about, with the first of them.
    waiting: Vec<Name>,
    known: FxHashMap<Name, Option<Used>>,
    pub(super) new: Vec<KeyRow>,
}

fn name(key: &Idempotency) -> Name {
    (key.scope.clone(), key.key.clone())
}

pub(super) const ASK: &str = "SELECT k.scope, k.key, k.fingerprint, k.answer
     FROM (SELECT unnest($1::text[]) AS scope, unnest($2::text[]) AS key) AS of
     CROSS JOIN LATERAL (SELECT scope, key, fingerprint, answer FROM idempotency_keys
       WHERE scope = of.scope AND key = of.key OFFSET 0) AS k";

impl Keys {
    /// Those of these operations.
    pub(super) fn of(ops: &[Op]) -> Self {
        let keys = ops.iter().filter_map(|op| match op.plain() {
            Op::CreateMember(op) => op.idempotency.as_ref(),
            Op::CreateMembers(op) => op.idempotency.as_ref(),
            _ => None,
        });
        Self {
            waiting: keys.map(name).collect(),
            ..Self::default()
        }
    }

    /// Forgets what may have been changed; nothing is asked about twice.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    fn take(&mut self, asked: Vec<Name>, rows: &[Row]) -> Done<()> {
        self.known
            .extend(asked.into_iter().map(|name| (name, None)));
        for row in rows {
            let used = (row.get::<&[u8]>(2)?.to_vec(), row.get::<&[u8]>(3)?.to_vec());
            self.known.insert((row.get(0)?, row.get(1)?), Some(used));
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// What is known of a key; those of the whole batch are asked about at the first of them.
    pub(crate) fn known_key(&self, key: &Idempotency) -> Done<Looked> {
        let name = name(key);
        let waiting = {
            let keys = &mut self.work().keys;
            if keys.waiting.contains(&name) {
                std::mem::take(&mut keys.waiting)
            } else {
                Vec::new()
            }
        };
        if !waiting.is_empty() {
            let scopes: Vec<_> = waiting
                .iter()
                .map(|(scope, _)| Value::Text(scope))
                .collect();
            let keys: Vec<_> = waiting.iter().map(|(_, key)| Value::Text(key)).collect();
            let ask = Query::new(ASK, &[Value::List(&scopes), Value::List(&keys)]);
            let rows = self.sql.ask(&ask)?;
            self.work().keys.take(waiting, &rows)?;
        }
        Ok(match self.work().keys.known.get(&name) {
            None => Looked::Nowhere,
            Some(None) => Looked::Free,
            Some(Some((fingerprint, answer))) => Looked::Used(fingerprint.clone(), answer.clone()),
        })
    }

    /// Adds a key that is known to be free, with its answer; `false` where it is not known to be.
    pub(crate) fn add_key(&self, key: &Idempotency, answer: &[u8], at: i64) -> bool {
        let mut work = self.work();
        let name = name(key);
        let Some(None) = work.keys.known.remove(&name) else {
            return false;
        };
        let used = (key.fingerprint.to_vec(), answer.to_vec());
        work.keys.known.insert(name.clone(), Some(used));
        work.keys.new.push(KeyRow {
            name,
            fingerprint: key.fingerprint,
            answer: answer.to_vec(),
            at,
        });
        work.pending = true;
        true
    }
}
