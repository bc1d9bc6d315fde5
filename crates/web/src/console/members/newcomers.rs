//! The rows of a file, judged as the API judges a member to be.

use std::collections::HashMap;

use domain::PhoneNumber;
use engine::EngineError;
use engine::audit::Actor;
use engine::members::many::Newcomer;
use serde_json::{Map, Value, json};

use crate::State;
use crate::api::members::create::{CreateMember, read as checked};
use crate::console::guard::OnDuty;
use crate::csv;
use crate::roster;

/// How many members are made, or asked for, at once.
pub(super) const AT_ONCE: usize = 500;

/// A member to be, or why not.
pub(super) type Verdicted = Result<Newcomer, String>;

/// A row, and what becomes of it.
pub(super) type Judged = (csv::Row, Verdicted);

/// Why nobody gets a number twice.
pub(super) const TAKEN: &str = "somebody has this phone number already";

/// Where everybody of the file agreed, and to which words, unless a row says it itself.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) source: &'a str,
    pub(super) wording: &'a str,
}

/// Judges every row, as the API judges a member to be; two of a file with one number are one too many.
pub(super) async fn judged(
    state: &State,
    on_duty: &OnDuty,
    given: Given<'_>,
    fields: &[&'static str],
    rows: Vec<csv::Row>,
) -> Result<Vec<Judged>, EngineError> {
    let mut seen: HashMap<PhoneNumber, usize> = HashMap::new();
    let mut all: Vec<Judged> = Vec::with_capacity(rows.len());
    for row in rows {
        let mut verdict = member_of(state, on_duty, given, fields, &row);
        if let Ok((member, _)) = &verdict {
            let line = *seen.entry(member.phone.clone()).or_insert(row.line);
            if line != row.line {
                verdict = Err(format!("line {line} has the same phone number"));
            }
        }
        all.push((row, verdict));
    }
    let mut fine: Vec<&mut Verdicted> = all
        .iter_mut()
        .map(|(_, verdict)| verdict)
        .filter(|verdict| verdict.is_ok())
        .collect();
    for some in fine.chunks_mut(AT_ONCE) {
        let newcomers = some.iter().filter_map(|verdict| verdict.as_ref().ok());
        let newcomers: Vec<Newcomer> = newcomers.cloned().collect();
        let owners = state.engine().would_create_members(&newcomers).await?;
        for (verdict, owner) in some.iter_mut().zip(owners) {
            match owner {
                Ok(None) => {}
                Ok(Some(_)) => **verdict = Err(TAKEN.to_owned()),
                Err(error) => **verdict = Err(why_not(&error)),
            }
        }
    }
    Ok(all)
}

/// Why a member is not made, in words of the console.
pub(super) fn why_not(error: &EngineError) -> String {
    match error {
        EngineError::UnknownProgramme(slug) => {
            format!("there is no programme `{slug}`: Programmes lists those there are")
        }
        error => error.to_string(),
    }
}

fn member_of(
    state: &State,
    on_duty: &OnDuty,
    given: Given<'_>,
    fields: &[&'static str],
    row: &csv::Row,
) -> Verdicted {
    let cell = |field: &str| {
        let at = fields.iter().position(|known| *known == field)?;
        row.cells
            .get(at)
            .map(|cell| csv::plain(cell))
            .filter(|cell| !cell.is_empty())
    };
    let mut body = Map::new();
    for field in roster::fields() {
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
        or_given("consent_source", given.source),
        or_given("consent_wording", given.wording),
    );
    let mut consents = Vec::new();
    for channel in ["sms", "whatsapp", "email"] {
        let Some(word) = cell(&format!("consent_{channel}")) else {
            continue;
        };
        let state = match agreed(word) {
            Some(Agreed::Yes) if source.is_empty() || wording.is_empty() => {
                return Err("a consent needs where they agreed, and the words they saw".to_owned());
            }
            Some(Agreed::Yes) => "opted_in",
            Some(Agreed::Stopped) => "opted_out",
            Some(Agreed::No) => continue,
            None => {
                return Err(format!(
                    "whether they agreed is yes or no, not `{}`",
                    word.chars().take(20).collect::<String>()
                ));
            }
        };
        let mut consent = json!({ "channel": channel, "state": state });
        let source = if source.is_empty() { "import" } else { &source };
        let proof = [
            ("source", Some(source)),
            ("wording", Some(wording.as_str())),
            ("wording_version", cell("consent_wording_version")),
            ("evidence", cell("consent_evidence")),
        ];
        for (name, text) in proof {
            if let (Some(text), Some(fields)) = (
                text.filter(|text| !text.is_empty()),
                consent.as_object_mut(),
            ) {
                fields.insert(name.to_owned(), json!(text));
            }
        }
        consents.push(consent);
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

/// What a cell says of a channel.
enum Agreed {
    Yes,
    /// They never did, or nobody knows: nothing is written down, and nothing is sent.
    No,
    /// They did not want it.
    Stopped,
}

/// In the words of the API, or as people write it.
fn agreed(word: &str) -> Option<Agreed> {
    match word.to_lowercase().as_str() {
        "opted_in" | "yes" | "y" | "true" | "1" | "sim" | "si" | "sí" => Some(Agreed::Yes),
        "unknown" | "no" | "n" | "false" | "0" | "não" | "nao" => Some(Agreed::No),
        "opted_out" => Some(Agreed::Stopped),
        _ => None,
    }
}
