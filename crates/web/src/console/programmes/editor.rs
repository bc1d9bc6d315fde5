//! The editor: the words of a programme with what speaks against them, and a day of it as phones show it. Nothing that was typed
//! is lost: what cannot be kept comes back as it was sent, and who saved meanwhile keeps theirs.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Role;
use engine::EngineError;
use engine::programmes::{ProgrammeText, Reading, Saving, is_slug, read};
use http::StatusCode;
use serde::Deserialize;
use ui::Page;

use super::day::{DayShown, Wanted, look};
use super::diff::{Became, Differs, of_files};
use super::findings::{self, Found};
use super::{HOME, Saved, UNNAMED, home_of, unknown, version};
use crate::State;
use crate::api::programmes::ProgrammeInPath;
use crate::console::guard::{OnDuty, Posted};
use crate::console::{html, trouble};
use crate::people::html_as;
use crate::query::Asked;

/// The most KiB of the form: a programme in four languages has room, as an address encodes it.
pub(super) const KIB_MAX: usize = 2 * 1024;

/// What a programme begins with.
const BLANK: &str = "+++\nname = \"\"\nsummary = \"\"\n+++\n\n## Week 1\n\n### Day 1: \n\n";

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asks {
    /// Whether it is one that is to be.
    new: String,
    /// The programme whose words it begins with.
    from: String,
    /// The version whose words are edited; else the newest.
    version: Option<u32>,
    saved: Option<u32>,
    language: String,
    week: String,
    day: String,
}

/// The words as they are typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Typed {
    /// `save`, or else a look.
    act: String,
    revision: String,
    /// A language to add.
    add: String,
    language: String,
    week: String,
    day: String,
    /// `file.en` and the like, and `drop.en`.
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

impl Typed {
    fn files(&self) -> BTreeMap<String, String> {
        let files = self.rest.iter().filter_map(|(name, text)| {
            let language = name.strip_prefix("file.")?;
            let is_dropped = self.rest.contains_key(&format!("drop.{language}"));
            (!is_dropped).then(|| (language.to_owned(), as_kept(text)))
        });
        let mut files: BTreeMap<_, _> = files.collect();
        let add = self.add.trim().to_ascii_lowercase();
        if !add.is_empty() && !files.contains_key(&add) {
            // A translator begins with the words there are.
            let first = files.get("en").or_else(|| files.values().next());
            let first = first.cloned().unwrap_or_else(|| BLANK.to_owned());
            files.insert(add, first);
        }
        files
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            language: self.language.clone(),
            week: self.week.clone(),
            day: self.day.clone(),
        }
    }
}

/// Lines end as files have them, and what no file has is left out.
fn as_kept(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect()
}

/// The text of a language.
struct FileShown {
    language: String,
    text: String,
    rows: usize,
    found: Vec<Found>,
}

/// What somebody saved meanwhile.
struct Theirs {
    saved: Saved,
    differs: Vec<Differs>,
    files: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "console-programme.html")]
struct Editor {
    page: Page,
    token: String,
    may: bool,
    slug: String,
    tab: &'static str,
    is_new: bool,
    /// Which words these are.
    standing: String,
    draft: Option<(u32, Saved)>,
    just_saved: Option<u32>,
    followers: u64,
    revision: i64,
    /// What speaks against the whole.
    whole: Vec<Found>,
    is_usable: bool,
    files: Vec<FileShown>,
    day: Option<DayShown>,
    /// The day that was asked for, while none can be shown.
    wanted: Wanted,
    theirs: Option<Theirs>,
}

/// What stands in the editor, and on what it was made.
struct Words {
    files: BTreeMap<String, String>,
    revision: i64,
    is_new: bool,
    just_saved: Option<u32>,
    wanted: Wanted,
    theirs: Option<Theirs>,
}

/// The page.
pub(in crate::console) async fn show(
    state: State,
    on_duty: OnDuty,
    slug: ProgrammeInPath,
    asks: Asked<Asks>,
) -> Response {
    let (slug, asks) = (slug.0, asks.0);
    let found = match begin(&state, &slug, &asks).await {
        Ok(Some(words)) => editor(&state, &on_duty, &slug, words).await,
        Ok(None) => return unknown(),
        Err(error) => Err(error),
    };
    match found {
        Ok(page) => html(&page),
        Err(error) => trouble(error, HOME),
    }
}

/// What the editor begins with.
async fn begin(state: &State, slug: &str, asks: &Asks) -> Result<Option<Words>, EngineError> {
    let engine = state.engine();
    let words = |files, revision, is_new| Words {
        files,
        revision,
        is_new,
        just_saved: asks.saved,
        wanted: Wanted {
            language: asks.language.clone(),
            week: asks.week.clone(),
            day: asks.day.clone(),
        },
        theirs: None,
    };
    let Some(newest) = known(state, slug).await? else {
        if asks.new != "yes" || !is_slug(slug) || slug == UNNAMED {
            return Ok(None);
        }
        let from = engine.programme_text(&asks.from).await?;
        let files = from.map_or_else(
            || BTreeMap::from([("en".to_owned(), BLANK.to_owned())]),
            |text| text.files,
        );
        return Ok(Some(words(files, 0, true)));
    };
    let files = match asks.version {
        None => newest.files,
        Some(version) => match engine.programme_of_version(slug, version).await? {
            Some(text) => text.files,
            None => return Ok(None),
        },
    };
    Ok(Some(words(files, newest.revision, false)))
}

/// Its words. What those call it by who were given none is not its name.
async fn known(state: &State, slug: &str) -> Result<Option<ProgrammeText>, EngineError> {
    let engine = state.engine();
    if engine.programmes().await?.named(slug) != slug {
        return Ok(None);
    }
    Ok(engine.programme_text(slug).await?)
}

async fn editor(
    state: &State,
    on_duty: &OnDuty,
    slug: &str,
    words: Words,
) -> Result<Editor, EngineError> {
    let engine = state.engine();
    let library = engine.programmes().await?;
    let counts = engine.follower_counts().await?;
    let newest = library.saved(slug);
    let Reading {
        programme,
        findings,
    } = read(slug, &words.files);
    let day = match &programme {
        Some(programme) => Some(look(state, programme, &words.wanted).await?),
        None => None,
    };
    let in_force = library.get(slug);
    let draft = newest.filter(|one| one.published_at.is_none());
    Ok(Editor {
        page: on_duty.page(slug, HOME),
        token: on_duty.token(),
        may: on_duty.may(Role::Coach),
        tab: "words",
        is_new: words.is_new,
        standing: in_force.map_or_else(
            || "nobody can follow it yet".to_owned(),
            |one| version(one.version),
        ),
        draft: draft.map(|one| {
            let saved = Saved::of(&(one.saved_by.clone(), one.saved_at));
            (one.version, saved)
        }),
        just_saved: words.just_saved,
        followers: counts.get(slug).copied().unwrap_or(0),
        revision: words.revision,
        whole: findings::of("", "", &findings),
        is_usable: programme.is_some(),
        files: words
            .files
            .iter()
            .map(|(language, text)| FileShown {
                found: findings::of(language, text, &findings),
                language: language.clone(),
                rows: text.lines().count().clamp(12, 30),
                text: text.clone(),
            })
            .collect(),
        day,
        wanted: words.wanted,
        theirs: words.theirs,
        slug: slug.to_owned(),
    })
}

/// Looks at what is typed, or keeps it.
pub(in crate::console) async fn act(
    state: State,
    slug: ProgrammeInPath,
    posted: Posted<Typed, KIB_MAX>,
) -> Response {
    let slug = slug.0;
    let is_save = posted.form.act == "save";
    if is_save && let Some(refused) = posted.refusal(Role::Coach, &home_of(&slug)) {
        return refused;
    }
    let Posted { on_duty, form } = posted;
    match worked(&state, &on_duty, &slug, form, is_save).await {
        Ok(response) => response,
        Err(error) => trouble(error, &home_of(&slug)),
    }
}

async fn worked(
    state: &State,
    on_duty: &OnDuty,
    slug: &str,
    form: Typed,
    is_save: bool,
) -> Result<Response, EngineError> {
    let engine = on_duty.engine(state);
    let files = form.files();
    let seen = form.revision.parse().unwrap_or(0);
    let newest = known(state, slug).await?;
    if newest.is_none() && (!is_slug(slug) || slug == UNNAMED) {
        return Ok(unknown());
    }
    let mut words = Words {
        files,
        revision: seen,
        is_new: newest.is_none(),
        just_saved: None,
        wanted: form.wanted(),
        theirs: None,
    };
    if !is_save {
        return Ok(html(&editor(state, on_duty, slug, words).await?));
    }
    let files = words.files.clone();
    let status = match engine.write_programme(slug, files, seen, false).await? {
        Saving::Saved { version, .. } => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("saved", &version.to_string())
                .append_pair("language", &form.language)
                .append_pair("week", &form.week)
                .append_pair("day", &form.day)
                .finish();
            let to = format!("{}?{query}", home_of(slug));
            return Ok(Redirect::to(&to).into_response());
        }
        Saving::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Saving::Stale { .. } => {
            let newest = engine.programme_text(slug).await?;
            words.revision = newest.as_ref().map_or(0, |text| text.revision);
            words.theirs = newest.and_then(|text| theirs(text, &words.files));
            StatusCode::CONFLICT
        }
    };
    Ok(html_as(status, &editor(state, on_duty, slug, words).await?))
}

fn theirs(text: ProgrammeText, mine: &BTreeMap<String, String>) -> Option<Theirs> {
    Some(Theirs {
        saved: Saved::of(text.saved.as_ref()?),
        differs: of_files(&text.files, mine),
        files: text.files.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        Typed {
            rest: fields
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
            ..Typed::default()
        }
    }

    #[test]
    fn lines_end_as_files_have_them() {
        let files = typed(&[("file.en", "a\r\nb\0\u{7}\tc\rd")]).files();
        assert_eq!(files.get("en").map(String::as_str), Some("a\nb\tc\nd"));
    }

    #[test]
    fn a_language_is_added_with_the_words_there_are_and_taken_away() {
        let mut form = typed(&[("file.en", "words"), ("file.es", "x"), ("drop.es", "yes")]);
        form.add = " PT ".into();
        let files: Vec<_> = form.files().into_iter().collect();
        let expected = [("en", "words"), ("pt", "words")];
        assert_eq!(
            files,
            expected.map(|(one, text)| (one.to_owned(), text.to_owned()))
        );
    }
}
