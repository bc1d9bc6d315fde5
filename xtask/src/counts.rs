//! What a test run counted, read from the closing lines of nextest and of libtest.

/// Tests by how they ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Not run: ignored, or not chosen by the filter.
    pub(crate) left_out: u64,
}

impl Counts {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            left_out: self.left_out + other.left_out,
        }
    }

    /// Read `Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
    pub(crate) fn of_nextest(output: &str) -> Self {
        let plain = without_colours(output);
        plain
            .lines()
            .filter(|line| line.trim_start().starts_with("Summary ["))
            .filter_map(|line| line.split_once(" run: "))
            .map(|(_, counts)| Self::of_words(counts))
            .next_back()
            .unwrap_or_default()
    }

    /// Add up `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; …`.
    pub(crate) fn of_libtest(output: &str) -> Self {
        without_colours(output)
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("test result: "))
            .filter_map(|line| line.split_once(". "))
            .map(|(_, counts)| Self::of_words(counts))
            .fold(Self::default(), Self::plus)
    }

    fn of_words(text: &str) -> Self {
        let mut counts = Self::default();
        for part in text.split([',', ';', '(']) {
            let Some((number, word)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            let word = word.trim_end_matches(')');
            match word {
                "passed" => counts.passed += number,
                "failed" | "timed out" | "exec failed" => counts.failed += number,
                "skipped" | "ignored" | "filtered out" => counts.left_out += number,
                _ => {}
            }
        }
        counts
    }
}

/// Text without terminal colours.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_nextest_is_read_through_its_colours() {
        let output = "PASS x\n\u{1b}[32;1m     Summary\u{1b}[0m [   0.5s] 14 tests run: 10 passed (1 slow, 2 leaky), 3 failed, 1 timed out, 2 skipped\nmore\n";
        let counts = Counts {
            passed: 10,
            failed: 4,
            left_out: 2,
        };
        assert_eq!(Counts::of_nextest(output), counts);
    }

    #[test]
    fn one_passing_test_is_counted() {
        let output = "     Summary [   0.5s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(Counts::of_nextest(output).passed, 1);
    }

    #[test]
    fn the_closing_lines_of_libtest_are_added_up() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
                      test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.01s\n";
        let counts = Counts {
            passed: 4,
            failed: 2,
            left_out: 5,
        };
        assert_eq!(Counts::of_libtest(output), counts);
    }

    #[test]
    fn output_without_a_closing_line_counts_nothing() {
        assert_eq!(
            Counts::of_nextest("error: could not compile"),
            Counts::default()
        );
    }
}
