//! The last so many of something, numbered from 1 over the whole life of the sandbox.

use std::collections::VecDeque;

/// A bounded list that forgets its oldest entries and says how many.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    entries: VecDeque<T>,
    /// How many were ever added: the number of the last one.
    added: u64,
    max: usize,
}

impl<T> Ring<T> {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            added: 0,
            max: max.max(1),
        }
    }

    /// Adds an entry and returns its number.
    pub(crate) fn push(&mut self, entry: T) -> u64 {
        if self.entries.len() >= self.max {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.added += 1;
        self.added
    }

    /// The number of the last entry, 0 when there was none.
    pub(crate) const fn last(&self) -> u64 {
        self.added
    }

    /// How many were forgotten.
    pub(crate) fn forgotten(&self) -> u64 {
        self.added - self.entries.len() as u64
    }

    /// The entries after number `after` that are still known, with their numbers, oldest first.
    pub(crate) fn after(&self, after: u64) -> impl Iterator<Item = (u64, &T)> {
        let first = self.forgotten();
        let skip = usize::try_from(after.saturating_sub(first)).unwrap_or(usize::MAX);
        self.entries
            .iter()
            .enumerate()
            .skip(skip)
            .map(move |(place, entry)| (first + place as u64 + 1, entry))
    }

    /// The entry with this number, while it is known.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let place = number.checked_sub(self.forgotten() + 1)?;
        self.entries.get_mut(usize::try_from(place).ok()?)
    }

    /// Forgets all entries; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_when_the_oldest_are_forgotten() {
        let mut ring = Ring::new(3);
        for entry in ["a", "b", "c", "d"] {
            ring.push(entry);
        }
        assert_eq!(ring.forgotten(), 1);
        let all: Vec<_> = ring.after(0).collect();
        assert_eq!(all, [(2, &"b"), (3, &"c"), (4, &"d")]);
        assert_eq!(ring.after(3).collect::<Vec<_>>(), [(4, &"d")]);
        assert_eq!(ring.after(9).count(), 0);
    }
}
