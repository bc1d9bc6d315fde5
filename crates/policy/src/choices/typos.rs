//! Slips of the thumb: a letter too many, too few, another, or two that changed places.

/// Whether `said` is `meant` with a slip or two. Words of fewer than four letters have none: they
/// are too near to each other. The first letter must be right: people rarely miss it, and "none" is
/// not "done".
pub(super) fn is_a_slip(said: &str, meant: &str) -> bool {
    let said: Vec<char> = said.chars().collect();
    let meant: Vec<char> = meant.chars().collect();
    let allowed = match meant.len() {
        0..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    said.first() == meant.first()
        && said.len().abs_diff(meant.len()) <= allowed
        && distance(&said, &meant) <= allowed
}

/// Damerau's distance, where two letters that changed places are one slip (optimal string
/// alignment). Titles are short: 24 units at most.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    for (i, one) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, other) in b.iter().enumerate() {
            let changed = at(&last, j) + usize::from(one != other);
            let mut least = changed.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped =
                i > 0 && j > 0 && Some(one) == b.get(j - 1) && a.get(i - 1) == Some(other);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    at(&last, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_as_people_make_them() {
        for (said, meant, slips) in [
            ("start workot", "start workout", 1),
            ("strat workout", "start workout", 1),
            ("startworkout", "start workout", 1),
            ("reshedul", "reschedule", 2),
            ("same", "same", 0),
            ("", "abc", 3),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(distance(&chars(said), &chars(meant)), slips, "{said}");
        }
    }
}
