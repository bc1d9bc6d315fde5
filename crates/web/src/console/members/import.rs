//! Members from a CSV file: columns are guessed and may be said, each row is judged by the checks of the API, and nothing is
//! made before somebody has seen what would become of each.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use domain::{PhoneNumber, Role};
use engine::audit::Actor;
use engine::{Engine, EngineError};
use futures_util::{StreamExt as _, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use store::questions::Members;
use store::records::{ConsentEntry, NewMember};
use ui::Page;

use super::uploaded::Uploaded;
use crate::State;
use crate::api::members::create::{CreateMember, read as checked};
use crate::console::guard::OnDuty;
use crate::console::{html, html_as, refused};
use crate::csv;

/// The most bytes of a file.
const FILE_BYTES_MAX: usize = 5 * 1024 * 1024;

/// The most rows of a file: what is larger is sent in several.
const ROWS_MAX: usize = 5_000;

/// How many rows are shown; the rest is in the file of those that were refused.
const SHOWN: usize = 200;

/// How many members are made at once: they share a transaction.
const AT_ONCE: usize = 64;

/// What a column may hold: the name it has here, what it is called, and how headings spell it.
const COLUMNS: [(&str, &str, &[&str]); 14] = [
    ("name", "Name", &["name", "fullname", "nome", "nombre"]),
    (
        "phone",
        "Phone",
        &[
            "phone",
            "phonenumber",
            "mobile",
            "number",
            "telefone",
            "telefono",
            "celular",
        ],
    ),
    ("country", "Country", &["country", "pais"]),
    ("email", "E-mail", &["email", "mail", "emailaddress"]),
    ("time_zone", "Time zone", &["timezone", "zone", "tz"]),
    (
        "locale",
        "Language",
        &["locale", "language", "lang", "idioma"],
    ),
    (
        "preferred_send_hour",
        "Hour",
        &["hour", "preferredsendhour", "sendhour", "hora"],
    ),
    (
        "preferred_channel",
        "Channel",
        &["channel", "preferredchannel", "canal"],
    ),
    (
        "programme",
        "Programme",
        &["programme", "program", "programa"],
    ),
    (
        "consent_sms",
        "Agreed to SMS",
        &["consentsms", "smsconsent", "smsoptin", "sms"],
    ),
    (
        "consent_whatsapp",
        "Agreed to WhatsApp",
        &[
            "consentwhatsapp",
            "whatsappconsent",
            "whatsappoptin",
            "whatsapp",
        ],
    ),
    (
        "consent_email",
        "Agreed to e-mail",
        &["consentemail", "emailconsent", "emailoptin"],
    ),
    (
        "source",
        "Where they agreed",
        &["source", "consentsource", "origem"],
    ),
    (
        "wording",
        "The words they saw",
        &["wording", "consentwording", "consenttext"],
    ),
];

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

/// A row that may be made, or why not.
type Judged = (csv::Row, Result<(NewMember, Vec<ConsentEntry>), String>);

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
    let judged = match judged(&state, on_duty, &import, &fields, rows).await {
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
            COLUMNS.iter().find(|(field, ..)| *field == wanted)
        } else {
            let plain: String = name
                .to_lowercase()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            COLUMNS
                .iter()
                .find(|(_, _, known)| known.contains(&plain.as_str()))
        };
        // Of two columns for the same the first counts.
        let field = field.map_or("", |(field, ..)| *field);
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
            .map(|(known, label, _)| (*known, *label, known == field))
            .collect(),
    })
    .collect()
}

/// Judges every row, as the API judges a member to be; two of a file with one number are one too many.
async fn judged(
    state: &State,
    on_duty: &OnDuty,
    import: &Import,
    fields: &[&'static str],
    rows: Vec<csv::Row>,
) -> Result<Vec<Judged>, EngineError> {
    let mut seen: std::collections::HashMap<PhoneNumber, usize> = std::collections::HashMap::new();
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let mut verdict = member_of(state, on_duty, import, fields, &row);
        if let Ok((member, _)) = &verdict {
            let phone = member.phone.clone();
            if let Some(line) = seen.get(&phone) {
                verdict = Err(format!("line {line} has the same phone number"));
            } else if is_taken(state, &phone).await? {
                verdict = Err("somebody has this phone number already".to_owned());
            } else {
                seen.insert(phone, row.line);
            }
        }
        all.push((row, verdict));
    }
    Ok(all)
}

async fn is_taken(state: &State, phone: &PhoneNumber) -> Result<bool, EngineError> {
    let asked = Members {
        phone: Some(phone.clone()),
        before: None,
        limit: 1,
    };
    Ok(!state.engine().ask().question(asked).await?.is_empty())
}

fn member_of(
    state: &State,
    on_duty: &OnDuty,
    import: &Import,
    fields: &[&'static str],
    row: &csv::Row,
) -> Result<(NewMember, Vec<ConsentEntry>), String> {
    let cell = |field: &str| {
        let at = fields.iter().position(|known| *known == field)?;
        row.cells
            .get(at)
            .map(|cell| csv::plain(cell))
            .filter(|cell| !cell.is_empty())
    };
    let mut body = Map::new();
    for field in [
        "name",
        "phone",
        "country",
        "email",
        "time_zone",
        "locale",
        "preferred_channel",
        "programme",
    ] {
        if let Some(value) = cell(field) {
            body.insert(field.to_owned(), json!(value));
        }
    }
    body.entry("name").or_insert(json!(""));
    body.entry("phone").or_insert(json!(""));
    if let Some(hour) = cell("preferred_send_hour") {
        let hour: u8 = hour
            .trim_end_matches(":00")
            .parse()
            .map_err(|_| "an hour is a number from 0 to 23".to_owned())?;
        body.insert("preferred_send_hour".to_owned(), json!(hour));
    }
    let or_given = |field: &str, given: &str| cell(field).unwrap_or(given).to_owned();
    let (source, wording) = (
        or_given("source", &import.source),
        or_given("wording", &import.wording),
    );
    let mut consents = Vec::new();
    for channel in ["sms", "whatsapp", "email"] {
        let Some(word) = cell(&format!("consent_{channel}")) else {
            continue;
        };
        match agreed(word) {
            Some(true) if source.is_empty() || wording.is_empty() => {
                return Err("a consent needs where they agreed, and the words they saw".to_owned());
            }
            Some(true) => consents.push(json!({
                "channel": channel, "state": "opted_in", "source": source, "wording": wording,
            })),
            Some(false) => {}
            None => {
                return Err(format!(
                    "whether they agreed is yes or no, not `{}`",
                    word.chars().take(20).collect::<String>()
                ));
            }
        }
    }
    body.insert("consents".to_owned(), Value::Array(consents));
    let body: CreateMember =
        serde_json::from_value(Value::Object(body)).map_err(|error| error.to_string())?;
    let actor = format!("team:{}", Actor::of(on_duty.operator()).name);
    checked(state, &actor, body).map_err(|problem| {
        let all: Vec<&str> = problem
            .errors()
            .iter()
            .map(|one| one.message.as_str())
            .collect();
        if all.is_empty() {
            problem.detail().to_owned()
        } else {
            all.join("; ")
        }
    })
}

/// Whether a cell says yes.
fn agreed(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "sim" | "si" | "sí" | "opted_in" => Some(true),
        "no" | "n" | "false" | "0" | "não" | "nao" => Some(false),
        _ => None,
    }
}

/// Tells what would become of the rows.
fn looked_at(import: &mut Import, heading: &[String], judged: &[Judged]) {
    for (row, verdict) in judged {
        match verdict {
            Ok((member, consents)) => {
                import.fine += 1;
                let channels: Vec<&str> = consents.iter().map(|one| one.channel.as_str()).collect();
                let what = if channels.is_empty() {
                    "would be made, and has agreed to nothing".to_owned()
                } else {
                    format!("would be made, agreed to {}", channels.join(", "))
                };
                show_row(import, row.line, member.name.as_str(), "ok", what);
            }
            Err(why) => refuse(import, heading, row, why),
        }
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
    let mut done = stream::iter(judged)
        .map(|(row, verdict)| async {
            let outcome = match verdict {
                Ok((member, consents)) => engine
                    .create_member(member, consents, None)
                    .await
                    .map(|(member, _)| member.profile.name.as_str().to_owned())
                    .map_err(|error| error.to_string()),
                Err(why) => Err(why),
            };
            (row, outcome)
        })
        .buffered(AT_ONCE);
    while let Some((row, outcome)) = done.next().await {
        match outcome {
            Ok(name) => {
                import.fine += 1;
                show_row(import, row.line, &name, "ok", "made".to_owned());
            }
            Err(why) => refuse(import, heading, &row, &why),
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
