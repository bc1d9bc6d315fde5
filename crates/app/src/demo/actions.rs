//! What a coach does in the demo without waiting for the clock: send today's workout, the weekly
//! question, or what must not be missed, to everybody. For pages of this machine only.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use domain::{Content, Kind};
use engine::{Draft, Engine, EngineError};
use serde_json::{Value, json};
use store::questions::Members;
use store::records::Member;

/// Members written to at once: a demo has a handful.
const MEMBERS_MAX: u32 = 500;

/// Where today's workout is asked for.
pub(super) const DAILY: &str = "/sandbox/demo/daily";
/// Where the weekly question is asked for.
pub(super) const WEEKLY: &str = "/sandbox/demo/weekly";
/// Where what must not be missed is asked for.
pub(super) const URGENT: &str = "/sandbox/demo/urgent";

pub(super) fn router(engine: Engine) -> Router {
    Router::new()
        .route(DAILY, post(daily))
        .route(WEEKLY, post(weekly))
        .route(URGENT, post(urgent))
        .layer(from_fn(only_from_here))
        .with_state(engine)
}

async fn daily(State(engine): State<Engine>) -> Response {
    answer(send_daily(&engine).await)
}

async fn weekly(State(engine): State<Engine>) -> Response {
    answer(send_weekly(&engine).await)
}

async fn urgent(State(engine): State<Engine>) -> Response {
    answer(send_urgent(&engine).await)
}

async fn send_daily(engine: &Engine) -> Result<Value, EngineError> {
    let members = members(engine).await?;
    let mut drafts = Vec::new();
    for member in &members {
        drafts.extend(engine.workout_of_today(member).await?);
    }
    enqueue(engine, &members, drafts).await
}

async fn send_weekly(engine: &Engine) -> Result<Value, EngineError> {
    let members = members(engine).await?;
    let drafts = members.iter().filter_map(weekly_draft).collect();
    enqueue(engine, &members, drafts).await
}

fn weekly_draft(member: &Member) -> Option<Draft> {
    let profile = &member.profile;
    let text = policy::letters::weekly_checkin(profile.name.as_str(), &profile.locale);
    let mut draft = Draft::new(profile.id, Content::text_only(&text).ok()?);
    draft.kind = Kind::WeeklyCheckin;
    draft.queue = "daily".parse().unwrap_or_default();
    Some(draft)
}

/// What goes on by other channels until it arrives: the way to see a fallback.
async fn send_urgent(engine: &Engine) -> Result<Value, EngineError> {
    let members = members(engine).await?;
    let drafts = members.iter().filter_map(urgent_draft).collect();
    enqueue(engine, &members, drafts).await
}

fn urgent_draft(member: &Member) -> Option<Draft> {
    let profile = &member.profile;
    let text = match profile.locale.split('-').next() {
        Some("es") => "El gimnasio cierra hoy a las 18:00. La clase de las 19:00 no se hará.",
        Some("pt") => "A academia fecha hoje às 18h. Não haverá a aula das 19h.",
        _ => "The gym closes at 6 pm today. The class at 7 is off.",
    };
    let mut draft = Draft::new(profile.id, Content::text_only(text).ok()?);
    draft.critical = true;
    // Nothing held goes before it.
    draft.queue = "urgent".parse().unwrap_or_default();
    Some(draft)
}

async fn members(engine: &Engine) -> Result<Vec<Member>, EngineError> {
    let everybody = Members {
        limit: MEMBERS_MAX,
        ..Members::default()
    };
    Ok(engine.ask().question(everybody).await?)
}

fn answer(done: Result<Value, EngineError>) -> Response {
    match done {
        Ok(answer) => (StatusCode::ACCEPTED, Json(answer)).into_response(),
        Err(error) => {
            let problem = json!({ "title": "Not sent", "status": 503, "code": "unavailable", "detail": error.to_string() });
            (StatusCode::SERVICE_UNAVAILABLE, Json(problem)).into_response()
        }
    }
}

async fn enqueue(
    engine: &Engine,
    members: &[Member],
    drafts: Vec<Draft>,
) -> Result<Value, EngineError> {
    if drafts.is_empty() {
        let message = if members.is_empty() {
            "There are no members to write to."
        } else {
            "Nobody has anything to do today."
        };
        return Ok(json!({ "enqueued": 0, "message_ids": [], "message": message }));
    }
    let forecast = Forecast::of(engine, members, &drafts).await?;
    let acceptance = engine.accept_all(drafts, None).await?;
    let ids: Vec<String> = acceptance
        .results
        .iter()
        .filter_map(|result| Some(result.as_ref().ok()?.id.to_string()))
        .collect();
    let message = forecast.sentences();
    Ok(json!({ "enqueued": ids.len(), "message_ids": ids, "message": message }))
}

/// What the planner would do now, told before it does it.
#[derive(Debug, Default)]
struct Forecast {
    on_their_way: usize,
    /// Who is asked by a template first, and gets the message upon an answer.
    asked_first: Vec<String>,
    /// Who gets none, each with the reason as a sentence.
    unsent: Vec<String>,
}

impl Forecast {
    async fn of(
        engine: &Engine,
        members: &[Member],
        drafts: &[Draft],
    ) -> Result<Self, EngineError> {
        let mut forecast = Self::default();
        for draft in drafts {
            let plan = engine.plan(draft.member, draft.clone()).await?;
            let name = members
                .iter()
                .find(|member| member.profile.id == draft.member)
                .map_or("Somebody", |member| member.profile.name.as_str());
            let why = plan
                .pointer("/reasons/0/sentence")
                .and_then(Value::as_str)
                .unwrap_or("the planner says no");
            match plan.get("decision").and_then(Value::as_str) {
                Some("suppress") => forecast.unsent.push(format!("{name} gets none: {why}.")),
                Some("hold") => forecast.asked_first.push(name.to_owned()),
                _ => forecast.on_their_way += 1,
            }
        }
        Ok(forecast)
    }

    fn sentences(&self) -> String {
        let mut sentences = match self.on_their_way {
            0 => Vec::new(),
            1 => vec!["One message is on its way.".to_owned()],
            count => vec![format!("{count} messages are on their way.")],
        };
        match self.asked_first.as_slice() {
            [] => {}
            [one] => sentences.push(format!("{one} is asked first and gets it with the answer.")),
            [all @ .., last] => sentences.push(format!(
                "{} and {last} are asked first and get it with their answer.",
                all.join(", ")
            )),
        }
        sentences.extend(self.unsent.iter().cloned());
        sentences.join(" ")
    }
}

/// Refuses names that are not this machine's and pages of other sites: a page on the internet must
/// not press these buttons.
async fn only_from_here(request: Request, next: Next) -> Response {
    if is_from_here(request.headers()) {
        return next.run(request).await;
    }
    let problem = json!({
        "title": "Only from this machine", "status": 403, "code": "not_loopback",
        "detail": "the demo's buttons are for pages of this machine",
    });
    (StatusCode::FORBIDDEN, Json(problem)).into_response()
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let same_origin = text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    ["127.0.0.1", "localhost", "[::1]"].contains(&name) && same_origin
}
