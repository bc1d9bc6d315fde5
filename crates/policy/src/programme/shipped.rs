//! The programmes every service has, until a coach writes one of the same name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Programme;
use super::read::read;

/// What members follow who were given no other.
pub const DEFAULT: &str = "everyday";

/// The files of a programme.
#[derive(Clone, Copy, Debug)]
pub struct Files {
    /// What it is called by.
    pub slug: &'static str,
    /// Language and text.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($($slug:literal)+) => {
        /// The files of all of them.
        pub const FILES: &[Files] = &[$(Files {
            slug: $slug,
            files: &[
                ("en", include_str!(concat!("../../programmes/", $slug, "/en.md"))),
                ("es", include_str!(concat!("../../programmes/", $slug, "/es.md"))),
                ("pt", include_str!(concat!("../../programmes/", $slug, "/pt.md"))),
            ],
        }),+];
    };
}

files!("everyday" "beginner-strength" "five-kilometres" "mobility");

impl Files {
    /// By language, as [`read`] takes them.
    pub fn by_language(&self) -> BTreeMap<String, String> {
        let files = self.files.iter();
        files
            .map(|(language, text)| ((*language).to_owned(), (*text).to_owned()))
            .collect()
    }
}

static ALL: LazyLock<Vec<Programme>> = LazyLock::new(|| {
    let read = FILES
        .iter()
        .map(|files| read(files.slug, &files.by_language()));
    read.filter_map(|reading| reading.programme).collect()
});

/// All of them, read.
pub fn all() -> &'static [Programme] {
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keywords::{Keyword, recognise};
    use crate::programme::compose::{SEGMENTS_MAX, Whose, message};
    use domain::segments::{Encoding, segments};

    #[test]
    fn every_shipped_programme_is_read_without_a_word_against_it() {
        for files in FILES {
            let findings = read(files.slug, &files.by_language()).findings;
            let said: Vec<_> = findings.iter().map(ToString::to_string).collect();
            assert_eq!(said, Vec::<String>::new(), "{}", files.slug);
        }
        assert_eq!(all().len(), FILES.len());
        assert!(all().iter().any(|one| one.slug == DEFAULT));
    }

    #[test]
    fn every_day_of_them_is_a_plain_short_message_that_stops_nobody() {
        for programme in all() {
            for (language, course) in &programme.courses {
                for session in course
                    .weeks
                    .iter()
                    .flat_map(|week| week.days.iter().flatten())
                {
                    let whose = Whose {
                        name: "Ana",
                        language,
                        position: Some((8, 7)),
                    };
                    let text = message(session, &whose);
                    let cost = segments(&text, false);
                    assert_eq!(cost.encoding, Encoding::Gsm7, "{text}");
                    assert!(
                        cost.count <= SEGMENTS_MAX,
                        "{} of {}",
                        session.title,
                        programme.slug
                    );
                    assert_eq!(recognise(&text, None), Keyword::None, "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_to_be_done_can_be_asked_about() {
        for programme in all().iter().filter(|one| one.slug != "five-kilometres") {
            for (language, course) in &programme.courses {
                assert!(
                    !course.exercises.is_empty(),
                    "{} in {language}",
                    programme.slug
                );
            }
        }
    }
}
