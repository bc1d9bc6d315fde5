//! Many members made by one operation.

use domain::{MemberId, Timestamp};

use crate::records::{ConsentEntry, Idempotency, NewMember};

/// How many bytes of an answer one result takes.
const RESULT_BYTES: usize = 17;

/// See [`Op::CreateMembers`](super::Op::CreateMembers).
#[derive(Clone, Debug)]
pub struct CreateMembers {
    /// Each with their first consents.
    pub members: Vec<(NewMember, Vec<ConsentEntry>)>,
    /// The caller's key, for all of them.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// What became of one of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// They are a member now.
    Made(MemberId),
    /// This member has the number already, and nothing of theirs was changed.
    Known(MemberId),
}

impl Joined {
    /// Results as bytes: a tag and an id each.
    pub fn packed(results: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(results.len() * RESULT_BYTES);
        for result in results {
            let (tag, id) = match result {
                Self::Made(id) => (0, id),
                Self::Known(id) => (1, id),
            };
            bytes.push(tag);
            bytes.extend_from_slice(id.as_bytes());
        }
        bytes
    }

    /// And back; `None` where they are no such bytes.
    pub fn unpacked(bytes: &[u8]) -> Option<Vec<Self>> {
        let (chunks, rest) = bytes.as_chunks::<RESULT_BYTES>();
        let read = |[tag, id @ ..]: &[u8; RESULT_BYTES]| {
            let id = MemberId::from_bytes(*id);
            match tag {
                0 => Some(Self::Made(id)),
                1 => Some(Self::Known(id)),
                _ => None,
            }
        };
        let results: Option<Vec<Self>> = chunks.iter().map(read).collect();
        results.filter(|_| rest.is_empty())
    }
}

/// Answer to [`CreateMembers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateMembersAnswer {
    /// What became of each.
    Done {
        /// In the order they were given.
        results: Vec<Joined>,
        /// Whether an earlier call with the same key did it.
        replayed: bool,
    },
    /// The key was used with another body.
    KeyReused,
}

impl CreateMembersAnswer {
    /// Who was made by this very call.
    pub fn made(&self) -> impl Iterator<Item = MemberId> {
        let results = match self {
            Self::Done {
                results,
                replayed: false,
            } => results.as_slice(),
            Self::Done { .. } | Self::KeyReused => &[],
        };
        results.iter().filter_map(|result| match result {
            Joined::Made(id) => Some(*id),
            Joined::Known(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_read_back_as_written() {
        let id = MemberId::from_bytes([7; 16]);
        let results = [Joined::Made(id), Joined::Known(id)];
        let written = Joined::packed(&results);
        assert_eq!(Joined::unpacked(&written).unwrap(), results);
        assert_eq!(Joined::unpacked(&[0; 16]), None);
        assert_eq!(Joined::unpacked(&[9; 17]), None);
    }
}
