//! Lanes, sequence numbers and fences.

use domain::{MemberId, QueueName};

/// The number a message gets when its enqueueing is committed; messages and their places share
/// it. Grows in the order of acknowledgement and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub i64);

/// A lane: one member, one queue name, as 64 bits of a hash. Two lanes that collide (about one
/// chance in 30 million with a million members) merely share their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey(pub u64);

impl LaneKey {
    /// The lane of a member's queue. Stable across versions: FNV-1a 64, then a finisher.
    pub fn of(member: MemberId, queue: &QueueName) -> Self {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in member.as_bytes().iter().chain(queue.as_str().as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Self(hash ^ (hash >> 31))
    }
}

/// The fence: whoever owns the lanes holds the newest epoch, and `begin` and `settle` with an
/// older one are refused (G8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);
