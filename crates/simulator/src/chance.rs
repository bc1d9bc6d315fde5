//! Chance by seed: the n-th decision about one thing is always the same for the same seed, whatever
//! else is decided meanwhile.

/// Mixes a number so that neighbours look unrelated (the finaliser of splitmix64).
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The things that are left to chance; each has a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Sid,
    Token,
    TooMany,
    FailBefore,
    FailAfter,
    CutBefore,
    CutAfter,
    SlowBytes,
    FailedAtOnce,
    ErrorCode,
    DropCallback,
    DuplicateCallback,
    ReorderCallbacks,
    CallbackFirst,
}

const THINGS: usize = Thing::CallbackFirst as usize + 1;

/// Streams of decisions, one for each [`Thing`].
#[derive(Debug)]
pub(crate) struct Chance {
    seed: u64,
    drawn: [u64; THINGS],
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: [0; THINGS],
        }
    }

    /// The next number about `thing`.
    pub(crate) fn draw(&mut self, thing: Thing) -> u64 {
        let place = thing as usize;
        let Some(drawn) = self.drawn.get_mut(place) else {
            return 0;
        };
        *drawn += 1;
        mix(mix(self.seed ^ ((place as u64 + 1) << 56)).wrapping_add(*drawn))
    }

    /// A number in 0..1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are kept, which is what a float holds"
    )]
    pub(crate) fn share(&mut self, thing: Thing) -> f64 {
        (self.draw(thing) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether `thing` happens, at this rate. A rate of zero draws nothing.
    pub(crate) fn happens(&mut self, thing: Thing, rate: f64) -> bool {
        rate > 0.0 && self.share(thing) < rate
    }

    /// 128 bits for an id.
    pub(crate) fn id(&mut self, thing: Thing) -> u128 {
        u128::from(self.draw(thing)) << 64 | u128::from(self.draw(thing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_decides_the_same_whatever_else_is_decided() {
        let mut one = Chance::new(7);
        let mut two = Chance::new(7);
        let alone: Vec<bool> = (0..50).map(|_| one.happens(Thing::TooMany, 0.3)).collect();
        let beside: Vec<bool> = (0..50)
            .map(|_| {
                two.draw(Thing::Sid);
                two.happens(Thing::TooMany, 0.3)
            })
            .collect();
        assert_eq!(alone, beside);
        assert!(alone.iter().any(|yes| *yes) && alone.iter().any(|yes| !*yes));
    }

    #[test]
    fn a_rate_of_one_always_happens_and_of_zero_never() {
        let mut chance = Chance::new(1);
        assert!((0..1000).all(|_| chance.happens(Thing::CutAfter, 1.0)));
        assert!((0..1000).all(|_| !chance.happens(Thing::CutAfter, 0.0)));
    }
}
