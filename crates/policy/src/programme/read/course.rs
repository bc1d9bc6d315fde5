//! Blocks as weeks, days and exercises.

use super::super::finding::Rule;
use super::super::{Course, Exercise, Part, Session, WEEK, Week};
use super::blocks::{Block, What};
use super::{EXERCISES_MAX, WEEKS_MAX, shortened};

/// What was found in one file.
pub(super) struct Found {
    pub(super) line: Option<usize>,
    pub(super) rule: Rule,
    pub(super) about: String,
}

/// Below which heading we are.
enum Under {
    Nothing,
    /// These weeks, counted from 1, both included.
    Weeks(usize, usize),
    Day {
        weeks: (usize, usize),
        day: usize,
    },
    Exercises,
    Exercise,
    /// One that could not be read: what follows is left out.
    Unread,
}

struct Reader<'f> {
    weeks: Vec<Option<Week>>,
    exercises: Vec<Exercise>,
    session: Session,
    line: usize,
    under: Under,
    found: &'f mut Vec<Found>,
}

/// Reads a course; what is wrong with it is added to `found`.
pub(super) fn read(
    name: String,
    summary: String,
    blocks: &[Block],
    found: &mut Vec<Found>,
) -> Course {
    let mut reader = Reader {
        weeks: Vec::new(),
        exercises: Vec::new(),
        session: Session::default(),
        line: 1,
        under: Under::Nothing,
        found,
    };
    for block in blocks {
        reader.take(block);
    }
    reader.close();
    let Reader {
        weeks,
        exercises,
        found,
        ..
    } = reader;
    if weeks.is_empty() {
        found.push(Found {
            line: None,
            rule: Rule::Weeks,
            about: "Week 1".into(),
        });
    }
    let weeks = weeks.into_iter().enumerate().map(|(index, week)| {
        if week.is_none() {
            let about = format!("Week {}", index + 1);
            found.push(Found {
                line: None,
                rule: Rule::Weeks,
                about,
            });
        }
        week.unwrap_or_default()
    });
    Course {
        name,
        summary,
        weeks: weeks.collect(),
        exercises,
    }
}

impl Reader<'_> {
    fn take(&mut self, block: &Block) {
        let line = block.line;
        match &block.what {
            What::Heading(level, words) => {
                self.close();
                self.line = line;
                self.heading(*level, words);
            }
            What::Other(name) => self.say(line, Rule::Markup, name),
            What::Image(url) => self.image(line, url),
            What::Paragraph(words) => self.part(line, Part::Paragraph(words.clone())),
            What::List(items) => self.part(line, Part::List(items.clone())),
            What::Note(words) => self.part(line, Part::Note(words.clone())),
        }
    }

    fn heading(&mut self, level: u8, words: &str) {
        let line = self.line;
        self.under = match (level, &self.under) {
            (2, _) => match numbers(words) {
                Some((from, to)) => self.begin_weeks(from, to),
                None => Under::Exercises,
            },
            (
                3,
                Under::Weeks(from, to)
                | Under::Day {
                    weeks: (from, to), ..
                },
            ) => {
                let weeks = (*from, *to);
                self.begin_day(weeks, words)
            }
            (3, Under::Exercises | Under::Exercise) => {
                self.begin_exercise(words);
                Under::Exercise
            }
            (3, Under::Unread) => Under::Unread,
            _ => {
                self.say(line, Rule::Heading, &quoted(words));
                Under::Unread
            }
        };
    }

    fn begin_weeks(&mut self, from: usize, to: usize) -> Under {
        if from == 0 || to < from || to > WEEKS_MAX {
            self.say(self.line, Rule::TooLarge, &format!("Week {from} to {to}"));
            return Under::Unread;
        }
        if self.weeks.len() < to {
            self.weeks.resize(to, None);
        }
        let mut twice = false;
        for week in self.weeks.iter_mut().take(to).skip(from - 1) {
            twice |= week.is_some();
            week.get_or_insert_default();
        }
        if twice {
            self.say(self.line, Rule::Weeks, &format!("Week {from}"));
            return Under::Unread;
        }
        Under::Weeks(from, to)
    }

    fn begin_day(&mut self, weeks: (usize, usize), words: &str) -> Under {
        let (head, title) = words.split_once(':').unwrap_or((words, ""));
        let Some((day, last)) = numbers(head) else {
            self.say(self.line, Rule::Heading, &quoted(words));
            return Under::Unread;
        };
        if day == 0 || day > WEEK || last != day {
            self.say(self.line, Rule::Days, &quoted(head));
            return Under::Unread;
        }
        let is_taken = self.weeks.get(weeks.0 - 1).and_then(Option::as_ref);
        if is_taken.is_some_and(|week| week.days.get(day - 1).is_some_and(Option::is_some)) {
            self.say(self.line, Rule::Days, &quoted(head));
            return Under::Unread;
        }
        self.session.title = title.trim().to_owned();
        Under::Day { weeks, day }
    }

    fn begin_exercise(&mut self, words: &str) {
        if self.exercises.len() == EXERCISES_MAX {
            self.say(self.line, Rule::TooLarge, &quoted(words));
        } else if self.exercises.len() < EXERCISES_MAX {
            self.exercises.push(Exercise {
                name: words.to_owned(),
                ..Exercise::default()
            });
        }
    }

    fn part(&mut self, line: usize, part: Part) {
        match self.under {
            Under::Day { .. } => self.session.parts.push(part),
            Under::Exercise => self.about_exercise(part),
            Under::Unread => {}
            Under::Nothing | Under::Weeks(..) | Under::Exercises => {
                let about = match &part {
                    Part::Paragraph(words) | Part::Note(words) => quoted(words),
                    Part::List(items) => quoted(items.first().map_or("", String::as_str)),
                };
                self.say(line, Rule::Stray, &about);
            }
        }
    }

    /// `- instead: …`, `- easier: …`, `- harder: …`, `- also: a, b`; all else says how.
    fn about_exercise(&mut self, part: Part) {
        let Some(exercise) = self.exercises.last_mut() else {
            return;
        };
        let mut more = |words: &str| {
            if !exercise.how.is_empty() {
                exercise.how.push('\n');
            }
            exercise.how.push_str(words);
        };
        match part {
            Part::Paragraph(words) | Part::Note(words) => more(&words),
            Part::List(items) => {
                for item in items {
                    let (key, value) = item.split_once(':').unwrap_or(("", ""));
                    let value = value.trim();
                    match key.trim() {
                        "instead" => exercise.instead = Some(value.to_owned()),
                        "easier" => exercise.easier = Some(value.to_owned()),
                        "harder" => exercise.harder = Some(value.to_owned()),
                        "also" => {
                            let names = value.split(',').map(|name| name.trim().to_owned());
                            exercise.also.extend(names.filter(|name| !name.is_empty()));
                        }
                        _ => {
                            let how = &mut exercise.how;
                            if !how.is_empty() {
                                how.push('\n');
                            }
                            how.push_str("- ");
                            how.push_str(&item);
                        }
                    }
                }
            }
        }
    }

    fn image(&mut self, line: usize, url: &str) {
        if !url.starts_with("https://") || url.len() > 2_000 || url.contains(char::is_whitespace) {
            self.say(line, Rule::Media, &quoted(url));
            return;
        }
        let url = Some(url.to_owned());
        match self.under {
            Under::Day { .. } => self.session.media = url,
            Under::Exercise => {
                if let Some(exercise) = self.exercises.last_mut() {
                    exercise.media = url;
                }
            }
            Under::Nothing | Under::Weeks(..) | Under::Exercises | Under::Unread => {}
        }
    }

    /// What stood below the last heading is complete.
    fn close(&mut self) {
        let session = std::mem::take(&mut self.session);
        match self.under {
            Under::Day {
                weeks: (from, to),
                day,
            } => {
                if session.title.is_empty() || session.parts.is_empty() {
                    self.say(self.line, Rule::Empty, &format!("Day {day} of week {from}"));
                }
                for week in self.weeks.iter_mut().take(to).skip(from - 1).flatten() {
                    if let Some(place) = week.days.get_mut(day - 1) {
                        *place = Some(session.clone());
                    }
                }
            }
            Under::Exercise => {
                let wordless = self.exercises.last().filter(|one| one.how.is_empty());
                if let Some(exercise) = wordless {
                    let about = quoted(&exercise.name);
                    self.say(self.line, Rule::Empty, &about);
                }
            }
            Under::Nothing | Under::Weeks(..) | Under::Exercises | Under::Unread => {}
        }
    }

    fn say(&mut self, line: usize, rule: Rule, about: &str) {
        self.found.push(Found {
            line: Some(line),
            rule,
            about: about.to_owned(),
        });
    }
}

fn quoted(words: &str) -> String {
    format!("“{}”", shortened(words))
}

/// The number at the end of a heading, or the two of `3-4`. The word before it is the writer's own:
/// `Week 1`, `Semana 1`.
fn numbers(heading: &str) -> Option<(usize, usize)> {
    let last = heading.split_whitespace().next_back()?;
    let (from, to) = last.split_once(['-', '–']).unwrap_or((last, last));
    Some((from.parse().ok()?, to.parse().ok()?))
}
