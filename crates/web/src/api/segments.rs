//! `GET|POST /api/v1/segments`, `GET|PATCH|DELETE …/{id}`, `GET …/{id}/members`: audiences by name.

use axum::extract::FromRequestParts;
use axum::response::Response;
use domain::audience::Filter;
use domain::{MemberId, SegmentId};
use engine::audience::{AudienceMember, SegmentChanges, SegmentRecord};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::code::Code;
use crate::cursor;
use crate::idempotency::{Posted, mark};
use crate::json::{Sent, answer, json_body};
use crate::path::parameter;
use crate::problem::{Faults, Problem};
use crate::query::{self, Asked};

/// The longest name, in characters.
pub(super) const NAME_CHARS_MAX: usize = 100;

/// The segment a path names.
#[derive(Debug)]
pub(crate) struct SegmentInPath(pub(crate) SegmentId);

impl FromRequestParts<State> for SegmentInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let text = parameter(parts, state, "id").await;
        text.parse().map(Self).map_err(|error| {
            Problem::new(
                Code::UnknownSegment,
                format!("There is no such segment: {error}."),
            )
        })
    }
}

/// A saved audience.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentAnswer {
    #[schema(example = "seg_06eyq3v4k80qg2hjt8s5rbn4z0")]
    id: String,
    /// What it is called.
    #[schema(example = "Brazil, quiet for a fortnight")]
    name: String,
    /// Who is meant.
    #[schema(value_type = Object, example = json!({"countries": ["BR"], "silent_for_days": 14}))]
    filter: Value,
    created_at: String,
    /// Who made it.
    created_by: String,
    changed_at: String,
}

impl From<&SegmentRecord> for SegmentAnswer {
    fn from(segment: &SegmentRecord) -> Self {
        Self {
            id: segment.id.to_string(),
            name: segment.name.clone(),
            filter: store::audience::shown(&segment.filter),
            created_at: segment.created_at.to_string(),
            created_by: segment.created_by.clone(),
            changed_at: segment.changed_at.to_string(),
        }
    }
}

/// Saved audiences.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentsAnswer {
    items: Vec<SegmentAnswer>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// A saved audience, and how many it has now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentDetailAnswer {
    #[serde(flatten)]
    segment: SegmentAnswer,
    count: CountAnswer,
}

/// How many an audience has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountAnswer {
    total: u64,
    /// By the channel they prefer; `none` prefers none.
    #[schema(example = json!({"sms": 40, "whatsapp": 60}))]
    by_channel: std::collections::BTreeMap<&'static str, u64>,
    /// By language.
    #[schema(example = json!({"en": 70, "pt": 30}))]
    by_language: std::collections::BTreeMap<String, u64>,
    /// Those with an open WhatsApp session window.
    windows_open: u64,
}

impl From<engine::audience::AudienceCount> for CountAnswer {
    fn from(count: engine::audience::AudienceCount) -> Self {
        let channels = count.by_channel.into_iter();
        Self {
            total: count.total,
            by_channel: channels
                .map(|(channel, count)| (channel.map_or("none", |one| one.as_str()), count))
                .collect(),
            by_language: count.by_language,
            windows_open: count.windows_open,
        }
    }
}

/// One of an audience.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudienceMemberAnswer {
    #[schema(example = "mem_06eyq3v4k80qg2hjt8s5rbn4z0")]
    id: String,
    name: String,
    phone: String,
    locale: String,
    country: Option<String>,
    time_zone: String,
    preferred_channel: Option<&'static str>,
    /// Whether a WhatsApp session window of theirs is open.
    window_open: bool,
    joined_at: String,
}

impl From<&AudienceMember> for AudienceMemberAnswer {
    fn from(one: &AudienceMember) -> Self {
        Self {
            id: one.id.to_string(),
            name: one.name.as_str().to_owned(),
            phone: one.phone.as_e164().to_owned(),
            locale: one.locale.clone(),
            country: one.country.clone(),
            time_zone: one.time_zone.clone(),
            preferred_channel: one.preferred_channel.map(domain::Channel::as_str),
            window_open: one.window_open,
            joined_at: one.joined_at.to_string(),
        }
    }
}

/// Some of an audience.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudienceAnswer {
    items: Vec<AudienceMemberAnswer>,
    /// Where the list goes on.
    next_cursor: Option<String>,
}

/// An audience to be saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Brazil, quiet for a fortnight", "filter": {"countries": ["BR"], "silent_for_days": 14}}))]
pub(crate) struct PostSegment {
    /// What it is called, 1 to 100 characters; no two are called the same.
    name: String,
    /// Conditions, all of which must hold: `languages`, `countries`, `time_zones`, `programmes`, `preferred_channels`,
    /// `opted_in` (on at least one of these channels), `window_open`, `heard_within_days`, `silent_for_days`,
    /// `joined_from`, `joined_before`, `is_served`. None means everybody.
    #[schema(value_type = Object, example = json!({"countries": ["BR"], "silent_for_days": 14}))]
    filter: Value,
}
json_body!(PostSegment);

/// What is to be changed of a saved audience.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Brazil, quiet for a month", "filter": {"countries": ["BR"], "silent_for_days": 30}}))]
pub(crate) struct PatchSegment {
    /// A new name.
    name: Option<String>,
    /// New conditions, in place of all it has.
    #[schema(value_type = Option<Object>)]
    filter: Option<Value>,
}
json_body!(PatchSegment);

/// A name that may be kept.
pub(crate) fn name_of(faults: &mut Faults, name: &str) -> String {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        faults.add(
            "name",
            format!("a name has 1 to {NAME_CHARS_MAX} characters, in one line"),
        );
    }
    name.to_owned()
}

/// Conditions of a body.
pub(crate) fn filter_of(faults: &mut Faults, value: &Value) -> Filter {
    match store::audience::read(value) {
        Ok(filter) => filter,
        Err(error) => {
            let field = match error.field.as_str() {
                "" => "filter".to_owned(),
                field => format!("filter.{field}"),
            };
            faults.add(field, error);
            Filter::default()
        }
    }
}

/// List segments
///
/// Audiences that were saved, by name.
#[utoipa::path(
    get, path = "/api/v1/segments", tag = "Broadcasts", operation_id = "list_segments",
    responses((status = 200, description = "All of them", body = SegmentsAnswer)),
    security(("key" = [])),
)]
pub(crate) async fn list(state: State, _caller: Caller) -> Result<Response, Problem> {
    let segments = state.engine().segments().await?;
    let list = SegmentsAnswer {
        items: segments.iter().map(SegmentAnswer::from).collect(),
        next_cursor: None,
    };
    Ok(answer(StatusCode::OK, &list))
}

/// Save a segment
///
/// An audience under a name, for broadcasts to come. A broadcast keeps a copy of its conditions.
#[utoipa::path(
    post, path = "/api/v1/segments", tag = "Broadcasts", operation_id = "create_segment",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is one call")),
    request_body = PostSegment,
    responses(
        (status = 201, description = "It is saved", body = SegmentAnswer),
        (status = 409, description = "Another one is called so", body = Problem),
        (status = 422, description = "A condition cannot be used; each is named", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create(state: State, posted: Posted<PostSegment>) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let name = name_of(&mut faults, &posted.body.name);
    let filter = filter_of(&mut faults, &posted.body.filter);
    faults.into_result()?;
    let engine = state.engine();
    let (segment, replayed) = engine.save_segment(name, filter, posted.key).await?;
    let response = answer(StatusCode::CREATED, &SegmentAnswer::from(&segment));
    Ok(mark(response, replayed))
}

/// Read a segment
///
/// With how many it has now.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}", tag = "Broadcasts", operation_id = "read_segment",
    params(("id" = String, Path, description = "`seg_…`")),
    responses(
        (status = 200, description = "It, and how many it has", body = SegmentDetailAnswer),
        (status = 404, description = "No such segment", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn read(
    state: State,
    _caller: Caller,
    id: SegmentInPath,
) -> Result<Response, Problem> {
    let segment = state.engine().segment(id.0).await?;
    let count = state.engine().audience_count(&segment.filter).await?;
    let detail = SegmentDetailAnswer {
        segment: SegmentAnswer::from(&segment),
        count: count.into(),
    };
    Ok(answer(StatusCode::OK, &detail))
}

/// Change a segment
///
/// Its name, its conditions, or both. Broadcasts that were made of it keep what they have.
#[utoipa::path(
    patch, path = "/api/v1/segments/{id}", tag = "Broadcasts", operation_id = "change_segment",
    params(("id" = String, Path, description = "`seg_…`")),
    request_body = PatchSegment,
    responses(
        (status = 200, description = "As it is now", body = SegmentAnswer),
        (status = 404, description = "No such segment", body = Problem),
        (status = 409, description = "Another one is called so", body = Problem),
        (status = 422, description = "A condition cannot be used; each is named", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change(
    state: State,
    id: SegmentInPath,
    sent: Sent<PatchSegment>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let PatchSegment { name, filter } = &sent.body;
    let changes = SegmentChanges {
        name: name.as_ref().map(|name| name_of(&mut faults, name)),
        filter: filter.as_ref().map(|one| filter_of(&mut faults, one)),
    };
    faults.into_result()?;
    let engine = state.engine();
    let segment = engine.change_segment(id.0, changes).await?;
    Ok(answer(StatusCode::OK, &SegmentAnswer::from(&segment)))
}

/// Delete a segment
///
/// Broadcasts that were made of it keep what they have.
#[utoipa::path(
    delete, path = "/api/v1/segments/{id}", tag = "Broadcasts", operation_id = "delete_segment",
    params(("id" = String, Path, description = "`seg_…`")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such segment", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn remove(
    state: State,
    _caller: Caller,
    id: SegmentInPath,
) -> Result<StatusCode, Problem> {
    let engine = state.engine();
    engine.delete_segment(id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the list of an audience goes on, and how much of it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    limit: Option<String>,
    cursor: Option<String>,
}

/// List who is in a segment
///
/// As it is now, in the order they joined.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}/members", tag = "Broadcasts", operation_id = "list_segment_members",
    params(
        ("id" = String, Path, description = "`seg_…`"),
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 when left out"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Some of them", body = AudienceAnswer),
        (status = 404, description = "No such segment", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn members(
    state: State,
    _caller: Caller,
    id: SegmentInPath,
    asked: Asked<Page>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let limit = query::limit(&mut faults, asked.0.limit.as_deref());
    let after: Option<MemberId> = asked
        .0
        .cursor
        .as_deref()
        .and_then(|text| faults.keep("cursor", cursor::read(text)));
    faults.into_result()?;
    let segment = state.engine().segment(id.0).await?;
    let page = state
        .engine()
        .audience(&segment.filter, after, limit)
        .await?;
    let list = AudienceAnswer {
        items: page
            .members
            .iter()
            .map(AudienceMemberAnswer::from)
            .collect(),
        next_cursor: page.next.as_ref().map(cursor::write),
    };
    Ok(answer(StatusCode::OK, &list))
}
