//! Members from a CSV file: columns are guessed and may be said, each row is judged by the checks of the API, and nothing is
//! made before somebody has seen what would become of each.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use domain::{ConsentEvent, Role};
use engine::Engine;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use store::ops::Joined;
use store::records::ConsentEntry;
use ui::Page;

use super::newcomers::{AT_ONCE, Given, Judged, TAKEN, judged, why_not};
use super::uploaded::Uploaded;
use crate::State;
use crate::console::guard::OnDuty;
use crate::console::{html, html_as, refused};
use crate::csv;
use crate::roster::COLUMNS;

/// The most bytes of a file.
const FILE_BYTES_MAX: usize = 5 * 1024 * 1024;

/// The most rows of a file: what is larger is sent in several.
const ROWS_MAX: usize = 5_000;

/// How many rows are shown; the rest is in the file of those that were refused.
const SHOWN: usize = 200;

/// A column of the file, and what it is taken for.
struct Column {
    at: usize,
    heading: String,
    sample: String,
    choices: Vec<(&'static str, &'static str, bool)>,
}

/// What would become of a row, or became.
struct Verdict {
    line: usize,
    name: String,
    tone: &'static str,
    what: String,
}

#[derive(Template)]
#[template(path = "console-import.html")]
struct Import {
    page: Page,
    token: String,
    fault: String,
    csv: String,
    columns: Vec<Column>,
    source: String,
    wording: String,
    verdicts: Vec<Verdict>,
    fine: usize,
    bad: usize,
    is_done: bool,
    /// The rows that were refused, as a file.
    rejected: String,
}

impl Import {
    fn new(on_duty: &OnDuty) -> Self {
        Self {
            page: on_duty.page("Import members", "/admin/members"),
            token: on_duty.token(),
            fault: String::new(),
            csv: String::new(),
            columns: Vec::new(),
            source: String::new(),
            wording: String::new(),
            verdicts: Vec::new(),
            fine: 0,
            bad: 0,
            is_done: false,
            rejected: String::new(),
        }
    }
}

/// The empty form.
pub(in crate::console) async fn show(on_duty: OnDuty) -> Response {
    if !on_duty.may(Role::Coach) {
        return not_theirs();
    }
    html(&Import::new(&on_duty))
}

fn not_theirs() -> Response {
    refused(
        StatusCode::FORBIDDEN,
        "This needs the role coach.",
        "Nothing was changed. An owner changes roles under Team.",
        "/admin/members",
    )
}

/// Looks at a file, or makes its members.
pub(in crate::console) async fn import(state: State, uploaded: Uploaded) -> Response {
    let on_duty = &uploaded.on_duty;
    if !on_duty.may(Role::Coach) {
        return not_theirs();
    }
    let mut import = Import::new(on_duty);
    import.source = uploaded.field("source").trim().to_owned();
    import.wording = uploaded.field("wording").trim().to_owned();
    let file = uploaded.field("file");
    let text = if file.trim().is_empty() {
        uploaded.field("csv")
    } else {
        file
    };
    import.csv = text.to_owned();
    let rows = match rows_of(text) {
        Ok(rows) => rows,
        Err(fault) => {
            import.fault = fault;
            import.csv.clear();
            return html_as(StatusCode::UNPROCESSABLE_ENTITY, &import);
        }
    };
    let (heading, rows) = rows;
    let fields = mapping(&uploaded, &heading);
    import.columns = columns(&heading, rows.first(), &fields);
    let given = Given {
        source: &import.source,
        wording: &import.wording,
    };
    let judged = match judged(&state, on_duty, given, &fields, rows).await {
        Ok(judged) => judged,
        Err(error) => return crate::console::trouble(error, "/admin/members/import"),
    };
    if uploaded.field("step") == "make" {
        let engine = on_duty.engine(&state);
        made(&mut import, &engine, &heading, judged).await;
    } else {
        looked_at(&mut import, &heading, &judged);
    }
    html(&import)
}

/// The heading and the rows of a file, or what is wrong with it.
fn rows_of(text: &str) -> Result<(Vec<String>, Vec<csv::Row>), String> {
    if text.trim().is_empty() {
        return Err("Choose a file, or paste what it holds.".into());
    }
    if text.len() > FILE_BYTES_MAX {
        return Err("A file has at most 5 MiB: send it in several.".into());
    }
    let mut rows = csv::read(text).map_err(|error| format!("The file cannot be read: {error}."))?;
    if rows.len() < 2 {
        return Err(
            "The first line names the columns; below it stands a line for each member.".into(),
        );
    }
    if rows.len() > ROWS_MAX + 1 {
        return Err(format!(
            "A file has at most {ROWS_MAX} members: send it in several."
        ));
    }
    let heading = rows.remove(0).cells;
    Ok((heading, rows))
}

/// What each column is taken for: as somebody said, or as its heading reads.
fn mapping(uploaded: &Uploaded, heading: &[String]) -> Vec<&'static str> {
    let said = uploaded.field("mapped") == "yes";
    let mut taken: Vec<&'static str> = Vec::new();
    let mut fields = Vec::with_capacity(heading.len());
    for (at, name) in heading.iter().enumerate() {
        let field = if said {
            let wanted = uploaded.field(&format!("column.{at}"));
            COLUMNS.iter().find(|known| known.name == wanted)
        } else {
            let plain: String = name
                .to_lowercase()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            COLUMNS
                .iter()
                .find(|known| known.spellings.contains(&plain.as_str()))
        };
        // Of two columns for the same the first counts.
        let field = field.map_or("", |known| known.name);
        let field = if taken.contains(&field) { "" } else { field };
        if !field.is_empty() {
            taken.push(field);
        }
        fields.push(field);
    }
    fields
}

fn columns(heading: &[String], first: Option<&csv::Row>, fields: &[&'static str]) -> Vec<Column> {
    let cell = |at: usize| first.and_then(|row| row.cells.get(at)).cloned();
    let all = heading.iter().zip(fields).enumerate();
    all.map(|(at, (name, field))| Column {
        at,
        heading: name.clone(),
        sample: cell(at).unwrap_or_default().chars().take(40).collect(),
        choices: COLUMNS
            .iter()
            .map(|known| (known.name, known.label, known.name == *field))
            .collect(),
    })
    .collect()
}

/// Tells what would become of the rows.
fn looked_at(import: &mut Import, heading: &[String], judged: &[Judged]) {
    for (row, verdict) in judged {
        match verdict {
            Ok((member, consents)) => {
                import.fine += 1;
                show_row(
                    import,
                    row.line,
                    member.name.as_str(),
                    "ok",
                    would_be(consents),
                );
            }
            Err(why) => refuse(import, heading, row, why),
        }
    }
}

/// What a member would be who has agreed to this.
fn would_be(consents: &[ConsentEntry]) -> String {
    let of = |event: ConsentEvent| {
        let such = consents.iter().filter(|one| one.event == event);
        such.map(|one| one.channel.as_str()).collect::<Vec<_>>()
    };
    let (agreed, stopped) = (of(ConsentEvent::OptIn), of(ConsentEvent::OptOut));
    let agreed = match &*agreed.join(", ") {
        "" => "and has agreed to nothing".to_owned(),
        channels => format!("agreed to {channels}"),
    };
    match &*stopped.join(", ") {
        "" => format!("would be made, {agreed}"),
        channels => format!("would be made, {agreed}; wants nothing by {channels}"),
    }
}

fn show_row(import: &mut Import, line: usize, name: &str, tone: &'static str, what: String) {
    if import.verdicts.len() < SHOWN {
        import.verdicts.push(Verdict {
            line,
            name: name.to_owned(),
            tone,
            what,
        });
    }
}

fn refuse(import: &mut Import, heading: &[String], row: &csv::Row, why: &str) {
    import.bad += 1;
    if import.rejected.is_empty() {
        let names = heading.iter().map(String::as_str);
        import.rejected = csv::row(names.chain(["why_refused"]));
    }
    let width = heading.len();
    let cells = row.cells.iter().map(|cell| csv::plain(cell));
    let padded = cells.chain(std::iter::repeat("")).take(width);
    import.rejected.push_str(&csv::row(padded.chain([why])));
    let first = row.cells.first().cloned().unwrap_or_default();
    let name: String = first.chars().take(40).collect();
    show_row(import, row.line, &name, "bad", format!("refused: {why}"));
}

/// Makes those that may be made, many in a transaction; each stands or falls for itself.
async fn made(import: &mut Import, engine: &Engine, heading: &[String], judged: Vec<Judged>) {
    import.is_done = true;
    let mut rest = judged.into_iter();
    loop {
        let some: Vec<Judged> = rest.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return;
        }
        let newcomers = some.iter().filter_map(|(_, verdict)| verdict.as_ref().ok());
        let joining = engine
            .create_members(newcomers.cloned().collect(), None)
            .await;
        let (results, why_none) = match joining {
            Ok(joining) => (joining.results, String::new()),
            Err(error) => (Vec::new(), why_not(&error)),
        };
        let mut results = results.into_iter();
        for (row, verdict) in some {
            let outcome = verdict.and_then(|(member, _)| match results.next() {
                Some(Ok(Joined::Made(_))) => Ok(member),
                Some(Ok(Joined::Known(_))) => Err(TAKEN.to_owned()),
                Some(Err(error)) => Err(why_not(&error)),
                None => Err(why_none.clone()),
            });
            match outcome {
                Ok(member) => {
                    import.fine += 1;
                    show_row(
                        import,
                        row.line,
                        member.name.as_str(),
                        "ok",
                        "made".to_owned(),
                    );
                }
                Err(why) => refuse(import, heading, &row, &why),
            }
        }
    }
}

/// The rows that were refused, as a file: as the page has them.
pub(in crate::console) async fn rejected(uploaded: Uploaded) -> Response {
    if !uploaded.on_duty.may(Role::Coach) {
        return not_theirs();
    }
    attachment(
        uploaded.field("rejected").to_owned(),
        "attachment; filename=\"refused.csv\"",
    )
}

/// A CSV file to download.
pub(super) fn attachment(body: impl Into<axum::body::Body>, name: &'static str) -> Response {
    let mut response = body.into().into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
    );
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
    headers.insert(
        http::header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    );
    headers.insert(
        http::header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}
