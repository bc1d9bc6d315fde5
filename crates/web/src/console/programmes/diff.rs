//! What differs between two texts, line by line, with a little around it.

use std::collections::BTreeMap;

/// How many lines around a change are shown.
const AROUND: usize = 2;

/// The most pairs of lines that are compared; beyond it all of one text goes and all of the other comes.
const PAIRS_MAX: usize = 4_000_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    Same,
    Gone,
    New,
    /// Lines that are the same are left out here.
    Skipped,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) became: Became,
    pub(super) text: String,
}

/// What differs in a language.
pub(super) struct Differs {
    pub(super) language: String,
    pub(super) lines: Vec<Line>,
}

/// What differs between the texts of two versions, by language; languages that are the same are left out.
pub(super) fn of_files(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<Differs> {
    let mut languages: Vec<&String> = before.keys().chain(after.keys()).collect();
    languages.sort_unstable();
    languages.dedup();
    let text = |files: &BTreeMap<String, String>, language| -> String {
        files.get(language).cloned().unwrap_or_default()
    };
    let differing = languages.into_iter().filter_map(|language| {
        let (old, new) = (text(before, language), text(after, language));
        (old != new).then(|| Differs {
            language: language.clone(),
            lines: shortened(lines(&old, &new)),
        })
    });
    differing.collect()
}

fn line(became: Became, text: &str) -> Line {
    Line {
        became,
        text: text.to_owned(),
    }
}

/// All lines of both, the longest row of common ones taken as the same.
fn lines(before: &str, after: &str) -> Vec<Line> {
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let pairs = || old.iter().zip(&new);
    let head = pairs().take_while(|(one, other)| one == other).count();
    let room = old.len().min(new.len()) - head;
    let ends = old.iter().rev().zip(new.iter().rev());
    let tail = ends
        .take(room)
        .take_while(|(one, other)| one == other)
        .count();
    let middle = |all: &[&'_ str]| -> Vec<String> {
        let inner = all.iter().skip(head).take(all.len() - head - tail);
        inner.map(|one| (*one).to_owned()).collect()
    };
    let same = |text: &&str| line(Became::Same, text);
    let mut all: Vec<Line> = old.iter().take(head).map(same).collect();
    all.extend(compared(&middle(&old), &middle(&new)));
    all.extend(old.iter().skip(old.len() - tail).map(same));
    all
}

fn compared(old: &[String], new: &[String]) -> Vec<Line> {
    if old.len().saturating_mul(new.len()) > PAIRS_MAX {
        let gone = old.iter().map(|text| line(Became::Gone, text));
        let came = new.iter().map(|text| line(Became::New, text));
        return gone.chain(came).collect();
    }
    // How many lines the rests of both have in common, from each pair of lines on.
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    let at = |common: &[u32], row: usize, column: usize| {
        common.get(row * width + column).copied().unwrap_or(0)
    };
    for (row, one) in old.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let best = if one == other {
                at(&common, row + 1, column + 1) + 1
            } else {
                at(&common, row + 1, column).max(at(&common, row, column + 1))
            };
            if let Some(cell) = common.get_mut(row * width + column) {
                *cell = best;
            }
        }
    }
    let mut lines = Vec::with_capacity(old.len() + new.len());
    let (mut row, mut column) = (0, 0);
    loop {
        match (old.get(row), new.get(column)) {
            (Some(one), Some(other)) if one == other => {
                lines.push(line(Became::Same, one));
                row += 1;
                column += 1;
            }
            (Some(one), other)
                if other.is_none()
                    || at(&common, row + 1, column) >= at(&common, row, column + 1) =>
            {
                lines.push(line(Became::Gone, one));
                row += 1;
            }
            (_, Some(other)) => {
                lines.push(line(Became::New, other));
                column += 1;
            }
            _ => return lines,
        }
    }
}

/// Without the lines that are far from every change.
fn shortened(all: Vec<Line>) -> Vec<Line> {
    let changed: Vec<usize> = all
        .iter()
        .enumerate()
        .filter(|(_, line)| line.became != Became::Same)
        .map(|(at, _)| at)
        .collect();
    let mut shown: Vec<Line> = Vec::new();
    for (at, one) in all.into_iter().enumerate() {
        let next = changed.partition_point(|change| *change + AROUND < at);
        let is_near = changed
            .get(next)
            .is_some_and(|change| *change <= at + AROUND);
        if is_near {
            shown.push(one);
        } else if shown
            .last()
            .is_none_or(|last| last.became != Became::Skipped)
        {
            shown.push(line(Became::Skipped, ""));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> Vec<String> {
        let lines = shortened(lines(before, after)).into_iter();
        lines
            .map(|line| match line.became {
                Became::Same => format!(" {}", line.text),
                Became::Gone => format!("-{}", line.text),
                Became::New => format!("+{}", line.text),
                Became::Skipped => "…".to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_stayed_is_left_out_but_for_what_is_near() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        assert_eq!(
            told(before, "1\n2\n3\n4\nfive\n6\n7\n8\n9"),
            ["…", " 3", " 4", "-5", "+five", " 6", " 7", "…"]
        );
        assert_eq!(told("", "a"), ["+a"]);
        assert_eq!(told("a", ""), ["-a"]);
        assert_eq!(told("a\nb", "b\na"), ["-a", " b", "+a"]);
        assert_eq!(told("a\na", "a"), [" a", "-a"]);
    }

    #[test]
    fn texts_too_long_to_compare_are_told_whole() {
        let many = |word: &str| format!("{word}\n").repeat(2_100);
        let all = lines(&many("a"), &many("b"));
        assert_eq!(all.len(), 4_200);
        assert!(all.iter().all(|line| line.became != Became::Same));
    }

    #[test]
    fn only_languages_that_differ_are_told() {
        let files = |en: &str| {
            BTreeMap::from([
                ("en".to_owned(), en.to_owned()),
                ("es".to_owned(), "x".to_owned()),
            ])
        };
        let differs = of_files(&files("a"), &files("b"));
        let languages: Vec<_> = differs.iter().map(|one| &*one.language).collect();
        assert_eq!(languages, ["en"]);
    }
}
