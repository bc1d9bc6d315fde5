//! Lanes, sequence numbers and fences.

use domain::{MemberId, QueueName};

/// The number a message gets when its enqueueing is committed; messages and their places share
/// it. Grows in the order of acknowledgement and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub i64);

/// How many shards the members hash into. Part of every database: never changes.
pub const SHARDS: u8 = 64;

/// A part of the members whose lanes one process schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u8);

impl Shard {
    /// The shard of a member. Stable across versions.
    pub fn of(member: MemberId) -> Self {
        Self((finish(fnv(FNV_START, member.as_bytes())) >> 58) as u8)
    }

    /// The shard with this number, if there is one.
    pub const fn new(number: u8) -> Option<Self> {
        if number < SHARDS {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Its number, below [`SHARDS`].
    pub const fn number(self) -> u8 {
        self.0
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SHARDS).map(Self)
    }
}

/// A set of shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shards(u64);

impl Shards {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(u64::MAX);

    /// From 64 bits, one for each shard.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// As 64 bits, one for each shard.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, shard: Shard) -> Self {
        Self(self.0 | 1 << shard.0)
    }

    /// Without these.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// With these.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of them that are among others, too.
    #[must_use]
    pub const fn within(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether it is among them.
    pub const fn contains(self, shard: Shard) -> bool {
        self.0 & 1 << shard.0 != 0
    }

    /// How many there are.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// As few runs of neighbours as there are: the first and the last of each.
    pub fn runs(self) -> Vec<(Shard, Shard)> {
        let mut runs: Vec<(Shard, Shard)> = Vec::new();
        for shard in self.iter() {
            match runs.last_mut() {
                Some((_, last)) if last.0 + 1 == shard.0 => *last = shard,
                _ => runs.push((shard, shard)),
            }
        }
        runs
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Shard> {
        Shard::all().filter(move |shard| self.contains(*shard))
    }
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a 64.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads the bits.
const fn finish(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^ (hash >> 31)
}

/// A lane: one member, one queue name, as the 6 bits of its shard and 58 bits of a hash. Two lanes that collide (about one
/// chance in 500,000 with a million members) merely share their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey(pub u64);

impl LaneKey {
    /// The lane of a member's queue. Stable across versions: FNV-1a 64, then a finisher; the upper
    /// 6 bits are the member's shard.
    pub fn of(member: MemberId, queue: &QueueName) -> Self {
        let hash = fnv(FNV_START, member.as_bytes());
        let lane = finish(fnv(hash, queue.as_str().as_bytes()));
        Self(finish(hash) >> 58 << 58 | lane >> 6)
    }

    /// Whose process schedules it.
    pub const fn shard(self) -> Shard {
        Shard((self.0 >> 58) as u8)
    }
}

/// The fence: whoever owns the lanes holds the newest epoch, and `begin` and `settle` with an
/// older one are refused (G8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

#[cfg(test)]
mod tests {
    use domain::{MemberId, QueueName};

    use super::{LaneKey, SHARDS, Shard, Shards};

    #[test]
    fn a_members_lanes_are_all_in_the_members_shard() {
        let mut seen = Shards::NONE;
        for number in 0..1_000_u128 {
            let member = MemberId::from_bytes((number << 64 | 7).to_be_bytes());
            seen = seen.with(Shard::of(member));
            for queue in ["default", "chat", "knock"] {
                let queue: QueueName = queue.parse().expect("a queue");
                assert_eq!(LaneKey::of(member, &queue).shard(), Shard::of(member));
            }
        }
        assert_eq!(seen, Shards::ALL, "members spread over all shards");
        assert_eq!(seen.iter().count(), usize::from(SHARDS));
    }

    #[test]
    fn runs_are_of_neighbours() {
        let runs = |bits| -> Vec<(u8, u8)> {
            let runs = Shards::from_bits(bits).runs().into_iter();
            runs.map(|(first, last)| (first.number(), last.number()))
                .collect()
        };
        assert_eq!(runs(0), []);
        assert_eq!(runs(u64::MAX), [(0, 63)]);
        assert_eq!(runs(0b1011_0001), [(0, 0), (4, 5), (7, 7)]);
        assert_eq!(runs(1 << 63), [(63, 63)]);
    }
}
