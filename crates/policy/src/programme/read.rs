//! A programme as its coach writes it, read: front matter, then weeks, days and exercises as headings.
//! Everything that is wrong is found in one go, each with its line.

mod blocks;
mod course;
mod front;

use std::collections::BTreeMap;

use super::compose::{SEGMENTS_MAX, dear_character, fewest_segments, words};
use super::finding::{Finding, Rule, Severity};
use super::{Course, Programme, WEEK};

/// The most bytes of one language.
pub const BYTES_MAX: usize = 256 << 10;

/// The most weeks.
pub const WEEKS_MAX: usize = 60;

/// The most exercises.
pub const EXERCISES_MAX: usize = 300;

/// The most languages.
pub const LANGUAGES_MAX: usize = 20;

/// A programme that was read, and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it came to; `None` when it cannot be used.
    pub programme: Option<Programme>,
    /// Everything found, in the order of the files.
    pub findings: Vec<Finding>,
}

/// Reads a programme: its name, and a text for each language.
pub fn read(slug: &str, files: &BTreeMap<String, String>) -> Reading {
    let mut findings = Vec::new();
    let whole = |rule, about: String| Finding {
        language: String::new(),
        line: None,
        rule,
        about,
    };
    if !is_slug(slug) {
        findings.push(whole(Rule::Slug, format!("`{}`", shortened(slug))));
    }
    if files.is_empty() {
        findings.push(whole(Rule::NoLanguage, slug.to_owned()));
    }
    if files.len() > LANGUAGES_MAX {
        findings.push(whole(Rule::TooLarge, format!("{} languages", files.len())));
        return Reading {
            programme: None,
            findings,
        };
    }
    let mut courses = BTreeMap::new();
    let (mut days, mut at_end) = (Agreed::default(), Agreed::default());
    for (language, text) in files {
        let about = |rule, about: &str| Finding {
            language: language.clone(),
            line: None,
            rule,
            about: about.to_owned(),
        };
        if !is_language(language) {
            findings.push(whole(Rule::Language, format!("`{}`", shortened(language))));
            continue;
        }
        if text.len() > BYTES_MAX {
            findings.push(about(Rule::TooLarge, "This file"));
            continue;
        }
        let (front, body) = match front::split(text) {
            Ok(found) => found,
            Err(what) => {
                findings.push(about(Rule::FrontMatter, &what));
                continue;
            }
        };
        if !days.takes(front.days) {
            findings.push(about(Rule::Disagreement, "`days`"));
        }
        if !at_end.takes(front.at_end) {
            findings.push(about(Rule::Disagreement, "`at_end`"));
        }
        let mut found = Vec::new();
        let course = course::read(front.name, front.summary, &blocks::of(body), &mut found);
        let lines_before = text
            .len()
            .checked_sub(body.len())
            .and_then(|at| text.get(..at));
        let lines_before = lines_before.map_or(0, |before| before.matches('\n').count());
        findings.extend(found.into_iter().map(|found| Finding {
            language: language.clone(),
            line: found.line.map(|line| line + lines_before),
            rule: found.rule,
            about: found.about,
        }));
        courses.insert(language.clone(), course);
    }
    unlike(&courses, &mut findings);
    for (language, course) in &courses {
        dear(language, course, &mut findings);
    }
    let usable = findings
        .iter()
        .all(|one| one.rule.severity() < Severity::Error);
    let programme = usable.then(|| Programme {
        slug: slug.to_owned(),
        days: days.agreed.unwrap_or_default(),
        at_end: at_end.agreed.unwrap_or_default(),
        courses,
    });
    Reading {
        programme,
        findings,
    }
}

/// Whether a programme may be called so.
pub fn is_slug(slug: &str) -> bool {
    (1..=60).contains(&slug.len())
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-')
}

fn is_language(tag: &str) -> bool {
    (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_lowercase())
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

/// What all languages say, as far as they say it.
#[derive(Default)]
struct Agreed<T> {
    agreed: Option<T>,
}

impl<T: PartialEq> Agreed<T> {
    /// Whether what is said now is what was said before.
    fn takes(&mut self, said: Option<T>) -> bool {
        match (said, &self.agreed) {
            (Some(said), Some(agreed)) => said == *agreed,
            (Some(said), None) => {
                self.agreed = Some(said);
                true
            }
            (None, _) => true,
        }
    }
}

/// Every language has the sessions of the first one, and no others.
fn unlike(courses: &BTreeMap<String, Course>, findings: &mut Vec<Finding>) {
    let mut courses = courses.iter();
    let Some((_, first)) = courses.next() else {
        return;
    };
    for (language, course) in courses {
        let mut say = |about: String| {
            findings.push(Finding {
                language: language.clone(),
                line: None,
                rule: Rule::Unlike,
                about,
            });
        };
        if course.weeks.len() != first.weeks.len() {
            say(format!(
                "Week {}",
                first.weeks.len().min(course.weeks.len()) + 1
            ));
            continue;
        }
        for week in 1..=first.weeks.len() {
            for day in 1..=WEEK {
                if course.session(week, day).is_some() != first.session(week, day).is_some() {
                    say(format!("Day {day} of week {week}"));
                }
            }
        }
        if course.exercises.len() != first.exercises.len() {
            say("The number of exercises".into());
        }
    }
}

/// What costs members or the coach more than it has to. Said once for each title.
fn dear(language: &str, course: &Course, findings: &mut Vec<Finding>) {
    let mut said: Vec<&str> = Vec::new();
    let sessions = course
        .weeks
        .iter()
        .flat_map(|week| week.days.iter().flatten());
    for session in sessions {
        let mut say = |rule, about| {
            if !said.contains(&session.title.as_str()) {
                findings.push(Finding {
                    language: language.to_owned(),
                    line: None,
                    rule,
                    about,
                });
                said.push(&session.title);
            }
        };
        if let Some(character) = dear_character(words(session)) {
            say(
                Rule::Characters,
                format!("“{}” ({character})", session.title),
            );
        } else {
            let segments = fewest_segments(session, language);
            if segments > SEGMENTS_MAX {
                say(
                    Rule::Segments,
                    format!("“{}” of {segments} segments", session.title),
                );
            }
        }
    }
    for exercise in &course.exercises {
        let told = [&exercise.instead, &exercise.easier, &exercise.harder];
        let words = [&exercise.name, &exercise.how].into_iter();
        if let Some(character) = dear_character(words.chain(told.into_iter().flatten())) {
            findings.push(Finding {
                language: language.to_owned(),
                line: None,
                rule: Rule::Characters,
                about: format!("“{}” ({character})", exercise.name),
            });
        }
    }
}

#[cfg(test)]
mod tests;
