//! What somebody did in training: sets of an exercise, as they told it.

use std::fmt;

/// The longest name of an exercise that is kept, in characters.
pub const EXERCISE_CHARS_MAX: usize = 40;

/// Sets of one exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Which exercise, as the programme or the member calls it; empty when they did not say.
    pub exercise: String,
    /// How many sets.
    pub sets: u32,
    /// What each set was.
    pub each: Each,
    /// With which weight.
    pub weight: Option<Weight>,
}

/// One set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// So many repetitions.
    Reps(u32),
    /// So many seconds.
    Seconds(u32),
}

/// A weight as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Hundredths of its unit.
    pub hundredths: u32,
    /// Its unit, where they said it: it is not guessed.
    pub unit: Option<WeightUnit>,
}

/// The unit of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightUnit {
    /// Kilograms.
    Kilograms,
    /// Pounds.
    Pounds,
}

impl WeightUnit {
    /// `kg` or `lb`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kilograms => "kg",
            Self::Pounds => "lb",
        }
    }

    /// The unit of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "kg" => Some(Self::Kilograms),
            "lb" => Some(Self::Pounds),
            _ => None,
        }
    }
}

/// `5` or `45s`.
impl fmt::Display for Each {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reps(reps) => write!(f, "{reps}"),
            Self::Seconds(seconds) => write!(f, "{seconds}s"),
        }
    }
}

/// `80 kg`, `77.5 lb`, `80`.
impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.hundredths / 100, self.hundredths % 100);
        write!(f, "{whole}")?;
        if part % 10 > 0 {
            write!(f, ".{part:02}")?;
        } else if part > 0 {
            write!(f, ".{}", part / 10)?;
        }
        match self.unit {
            Some(unit) => write!(f, " {}", unit.as_str()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_written_as_short_as_it_can_be() {
        let written = |hundredths, unit| Weight { hundredths, unit }.to_string();
        assert_eq!(written(8000, None), "80");
        assert_eq!(written(7750, Some(WeightUnit::Kilograms)), "77.5 kg");
        assert_eq!(written(4525, Some(WeightUnit::Pounds)), "45.25 lb");
        assert_eq!(written(5, None), "0.05");
    }
}
