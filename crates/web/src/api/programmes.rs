//! `GET /api/v1/programmes`, `GET|PUT /api/v1/programmes/{slug}`: what members may follow, and writing it.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::response::Response;
use engine::programmes::{AtEnd, Course, Days, Finding, Programme, Saving, Severity};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::json::{JsonBody, Sent, answer, parse};
use crate::path::parameter;
use crate::problem::{Faults, Problem};

/// The programme a path names.
#[derive(Debug)]
pub(crate) struct ProgrammeInPath(pub(crate) String);

impl FromRequestParts<State> for ProgrammeInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        Ok(Self(parameter(parts, state, "slug").await))
    }
}

/// A programme members may follow.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgrammeAnswer {
    /// What it is called by.
    #[schema(example = "beginner-strength")]
    slug: String,
    /// Its version; 0 is the one every service comes with.
    version: u32,
    /// The version of a draft, where there is one.
    draft: Option<u32>,
    /// Whether members without a programme follow it.
    is_default: bool,
    /// Its name, in each language.
    #[schema(example = json!({"en": "Beginner strength"}))]
    names: BTreeMap<String, String>,
    /// A sentence about it, in each language.
    summaries: BTreeMap<String, String>,
    /// How many weeks it has.
    weeks: usize,
    /// How many days of them have something to do.
    sessions: usize,
    /// `counted` from the day a member begins, or `of the week`: day 1 is Monday.
    #[schema(example = "counted")]
    days: &'static str,
    /// What comes after the last day: `stop` or `repeat`.
    #[schema(example = "stop")]
    at_end: &'static str,
}

/// Programmes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgrammesAnswer {
    items: Vec<ProgrammeAnswer>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// Something about the words of a programme.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingAnswer {
    /// The language whose text it is in; null when it is about all of them.
    #[schema(example = "en")]
    language: Option<String>,
    /// The line it begins at, from 1.
    line: Option<usize>,
    /// A stable word.
    #[schema(example = "segments")]
    rule: &'static str,
    /// `warning` or `error`
    #[schema(example = "warning")]
    severity: &'static str,
    /// What it is, and the mend.
    message: String,
}

impl From<&Finding> for FindingAnswer {
    fn from(finding: &Finding) -> Self {
        Self {
            language: Some(finding.language.clone()).filter(|language| !language.is_empty()),
            line: finding.line,
            rule: finding.rule.code(),
            severity: match finding.rule.severity() {
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            message: finding.to_string(),
        }
    }
}

/// A programme as it is written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgrammeTextAnswer {
    #[schema(example = "beginner-strength")]
    slug: String,
    /// Which version: the draft, where there is one.
    version: u32,
    /// Whether members follow it.
    is_published: bool,
    /// Its text in Markdown, in each language.
    files: BTreeMap<String, String>,
    findings: Vec<FindingAnswer>,
}

/// A programme to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "files": {"en": "+++\nname = \"Legs\"\nsummary = \"Only legs.\"\n+++\n\n## Week 1\n\n### Day 1: Squats\n3 sets of 10 squats.\n"},
    "base": 0, "publish": false
}))]
pub(crate) struct PutProgramme {
    /// Its text in Markdown, in each language.
    files: BTreeMap<String, String>,
    /// The version it was made from, 0 for a new one: a 409 when somebody saved another since. Left out, it is
    /// not asked.
    base: Option<u32>,
    /// Whether members follow it from their next message on; else it is a draft.
    #[serde(default)]
    publish: bool,
}

impl JsonBody for PutProgramme {
    // A programme in four languages has room.
    const BYTES_MAX: usize = 1024 * 1024;

    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        parse(bytes)
    }
}

/// What it came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedAnswer {
    #[schema(example = "beginner-strength")]
    slug: String,
    version: u32,
    is_published: bool,
    /// What may still be mended.
    findings: Vec<FindingAnswer>,
}

fn shown(
    programme: &Programme,
    version: u32,
    draft: Option<u32>,
    is_default: bool,
) -> ProgrammeAnswer {
    let of = |what: fn(&Course) -> &String| {
        let courses = programme.courses.iter();
        courses
            .map(|(language, course)| (language.clone(), what(course).clone()))
            .collect()
    };
    let first = programme.courses.values().next();
    let weeks = first.map_or(&[][..], |course| &course.weeks);
    ProgrammeAnswer {
        slug: programme.slug.clone(),
        version,
        draft,
        is_default,
        names: of(|course| &course.name),
        summaries: of(|course| &course.summary),
        weeks: weeks.len(),
        sessions: weeks
            .iter()
            .flat_map(|week| week.days.iter().flatten())
            .count(),
        days: match programme.days {
            Days::Counted => "counted",
            Days::OfTheWeek => "of the week",
        },
        at_end: match programme.at_end {
            AtEnd::Stop => "stop",
            AtEnd::Repeat => "repeat",
        },
    }
}

/// List programmes
///
/// Those that come with the service and those that were written here.
#[utoipa::path(
    get, path = "/api/v1/programmes", tag = "Programmes", operation_id = "list_programmes",
    responses((status = 200, description = "All of them", body = ProgrammesAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let library = state.engine().programmes().await?;
    let default = library.named("default").to_owned();
    let items = library.offered().map(|offered| {
        let slug = &offered.programme.slug;
        let draft = library.drafts().find(|draft| draft.slug == *slug);
        let draft = draft.map(|draft| draft.version);
        shown(&offered.programme, offered.version, draft, *slug == default)
    });
    let list = ProgrammesAnswer {
        items: items.collect(),
        next_cursor: None,
    };
    Ok(answer(StatusCode::OK, &list))
}

/// Read a programme
///
/// As it is written: the draft, where there is one.
#[utoipa::path(
    get, path = "/api/v1/programmes/{slug}", tag = "Programmes", operation_id = "read_programme",
    params(("slug" = String, Path, description = "What it is called by", example = "mobility")),
    responses(
        (status = 200, description = "Its texts", body = ProgrammeTextAnswer),
        (status = 404, description = "No such programme", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    slug: ProgrammeInPath,
) -> Result<Response, Problem> {
    let found = state.engine().programme_text(&slug.0).await?;
    let text = found.ok_or_else(|| Problem::of(Code::UnknownProgramme))?;
    let answered = ProgrammeTextAnswer {
        slug: slug.0,
        version: text.version,
        is_published: text.is_published,
        findings: text
            .reading
            .findings
            .iter()
            .map(FindingAnswer::from)
            .collect(),
        files: text.files,
    };
    Ok(answer(StatusCode::OK, &answered))
}

/// Write a programme
///
/// As a draft, or for members to follow from their next message on. A text that cannot be used is a 422 that
/// names every line, and nothing is stored.
#[utoipa::path(
    put, path = "/api/v1/programmes/{slug}", tag = "Programmes", operation_id = "write_programme",
    params(("slug" = String, Path, description = "What it is called by: lower-case letters, digits and dashes", example = "legs")),
    request_body = PutProgramme,
    responses(
        (status = 200, description = "It is saved", body = SavedAnswer),
        (status = 409, description = "Somebody saved another version since", body = Problem),
        (status = 422, description = "It cannot be used; every finding is named", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn write(
    state: State,
    slug: ProgrammeInPath,
    sent: Sent<PutProgramme>,
) -> Result<Response, Problem> {
    let PutProgramme {
        files,
        base,
        publish,
    } = sent.body;
    let by = sent.caller.name.to_string();
    let saving = state
        .engine()
        .save_programme(&slug.0, files, &by, base, publish)
        .await?;
    match saving {
        Saving::Saved { version, findings } => {
            let saved = SavedAnswer {
                slug: slug.0,
                version,
                is_published: publish,
                findings: findings.iter().map(FindingAnswer::from).collect(),
            };
            Ok(answer(StatusCode::OK, &saved))
        }
        Saving::Stale { version } => {
            Err(Problem::of(Code::ProgrammeChanged).with("version", version))
        }
        Saving::Refused(findings) => {
            let mut faults = Faults::default();
            let wrong = findings
                .iter()
                .filter(|one| one.rule.severity() == Severity::Error);
            for finding in wrong {
                let field = match finding.language.as_str() {
                    "" => "files".to_owned(),
                    language => format!("files.{language}"),
                };
                faults.add(field, finding);
            }
            faults.into_result()?;
            Err(Problem::field("files", "this programme cannot be used"))
        }
    }
}
