//! What speaks against the words of a programme, beside the line it speaks of.

use engine::programmes::{Finding, Severity};

/// Something found.
pub(super) struct Found {
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    /// The line, counted from 1, and what stands there.
    pub(super) at: Option<(usize, String)>,
    pub(super) what: String,
}

/// How much of a line is quoted, in characters.
const QUOTED: usize = 90;

/// What was found in one language, with the lines of its text; what is about all of them has no language.
pub(super) fn of(language: &str, text: &str, findings: &[Finding]) -> Vec<Found> {
    let of_it = findings.iter().filter(|one| one.language == language);
    of_it.map(|one| found(one, text)).collect()
}

fn found(finding: &Finding, text: &str) -> Found {
    let said = finding.to_string();
    let what = if finding.language.is_empty() {
        said.as_str()
    } else {
        said.split_once(": ")
            .map_or(said.as_str(), |(_, rest)| rest)
    };
    let (tone, word) = match finding.rule.severity() {
        Severity::Error => ("bad", "to mend"),
        Severity::Warning => ("warn", "may be better"),
    };
    let line = finding.line.or_else(|| titled(&finding.about, text));
    let at = line.and_then(|line| {
        let words = text.lines().nth(line.checked_sub(1)?)?;
        Some((line, words.chars().take(QUOTED).collect()))
    });
    Found {
        tone,
        word,
        at,
        what: what.to_owned(),
    }
}

/// The line of the heading whose title stands between quotation marks.
fn titled(about: &str, text: &str) -> Option<usize> {
    let (_, rest) = about.split_once('“')?;
    let (title, _) = rest.split_once('”')?;
    let is_it = |line: &str| line.starts_with("###") && line.trim_end().ends_with(title);
    text.lines().position(is_it).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use engine::programmes::read;

    use super::*;

    #[test]
    fn a_finding_stands_beside_its_line_also_when_it_is_about_a_title() {
        let text = "+++\nname = \"Legs\"\nsummary = \"Only legs.\"\n+++\n\n## Week 1\n\n### Day 1: Squats\nDo “10” 🏋\n\n### Day 9: Too many\nUp\n";
        let files = BTreeMap::from([("en".to_owned(), text.to_owned())]);
        let found = of("en", text, &read("legs", &files).findings);
        let told: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.word,
                    one.at
                        .clone()
                        .map(|(line, words)| format!("{line} {words}")),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("to mend", Some("11 ### Day 9: Too many".to_owned())),
                ("may be better", Some("8 ### Day 1: Squats".to_owned())),
            ]
        );
        assert!(found[1].what.starts_with("“Squats”"), "{}", found[1].what);
    }
}
