//! Conversations: the list with its filters, and beside it the one that is open.

mod list;

use askama::Template;
use axum::response::Response;
use domain::{Channel, ConsentState, MemberId, Role, Timestamp};
use engine::EngineError;
use serde::Deserialize;
use store::questions::{MessageById, Messages};
use store::records::{ConversationRecord, MessageRecord};
use ui::Page;

use self::list::{List, Wanted};
use super::guard::OnDuty;
use super::members::name;
use super::thread::{Bubble, bubble};
use super::{html, notes, shown, trouble};
use crate::State;
use crate::path::MemberInPath;
use crate::people::instant;
use crate::query::Asked;

/// The list.
const HOME: &str = "/admin/conversations";

/// How many messages of one are shown at once.
const MESSAGES_SHOWN: u32 = 60;

/// How many messages one answer answers, besides those that waited for a person.
const ANSWERED_AT_ONCE: usize = 20;

/// Which conversations, and from where on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    #[serde(flatten)]
    listing: Wanted,
    cursor: Option<String>,
    before: Option<String>,
    /// The channel an answer goes by, instead of the one they last wrote on.
    by: Option<String>,
}

/// What opens the composer, or why it is shut.
struct Composer {
    /// The channel an answer goes by.
    channel: &'static str,
    label: &'static str,
    /// Said beside it.
    note: String,
    /// Why nothing can be written freely; empty where it can.
    shut: String,
    /// Whether they stopped messages there.
    is_stopped: bool,
    /// The messages an answer answers.
    answers: Vec<String>,
    /// The form's own id: the same form sent twice is one message.
    once: String,
    /// Templates that may go, where nothing can be written freely: a name, and its words.
    templates: Vec<(String, String)>,
    /// Where the same may be written by SMS.
    by_sms: Option<String>,
}

/// The conversation that is open.
struct Open {
    id: String,
    name: String,
    facts: Vec<(String, String)>,
    keeper: Option<(String, String)>,
    is_mine: bool,
    needs: Vec<(String, String)>,
    bubbles: Vec<Bubble>,
    older: Option<String>,
    composer: Composer,
}

#[derive(Template)]
#[template(path = "console-conversations.html")]
struct Conversations {
    page: Page,
    token: String,
    may_write: bool,
    side: List,
    open: Option<Open>,
}

/// The list alone.
pub(super) async fn show_list(state: State, on_duty: OnDuty, which: Asked<Which>) -> Response {
    answer(&state, &on_duty, which.0, None).await
}

/// The list, and one of them open.
pub(super) async fn show(
    state: State,
    on_duty: OnDuty,
    id: MemberInPath,
    which: Asked<Which>,
) -> Response {
    answer(&state, &on_duty, which.0, Some(id.0)).await
}

async fn answer(state: &State, on_duty: &OnDuty, which: Which, open: Option<MemberId>) -> Response {
    match template(state, on_duty, &which, open).await {
        Ok(template) => html(&template),
        Err(error) => trouble(error, HOME),
    }
}

async fn template(
    state: &State,
    on_duty: &OnDuty,
    which: &Which,
    open: Option<MemberId>,
) -> Result<Conversations, EngineError> {
    let now = state.engine().clock().now();
    let cursor = which.cursor.as_deref();
    let side = list::list(state, &which.listing, cursor, open, now).await?;
    let name = &on_duty.operator().name;
    let opened = match open {
        Some(member) => Some(opened(state, name, member, which, now).await?),
        None => None,
    };
    let title = opened
        .as_ref()
        .map_or("Conversations", |open| open.name.as_str());
    let page = on_duty
        .page(title, "/admin/conversations")
        .filling_the_window();
    Ok(Conversations {
        page,
        token: on_duty.token(),
        may_write: on_duty.may(Role::Coach),
        side,
        open: opened,
    })
}

async fn opened(
    state: &State,
    by: &str,
    member: MemberId,
    which: &Which,
    now: Timestamp,
) -> Result<Open, EngineError> {
    let engine = state.engine();
    let record = engine.conversation(member).await?;
    let view = engine.member(member).await?;
    let before = which.before.as_deref();
    let before = before.and_then(|text| text.parse().ok()).map(store::Seq);
    let asked = Messages {
        member: Some(member),
        before,
        limit: MESSAGES_SHOWN + 1,
        ..Messages::default()
    };
    let mut messages = engine.ask().question(asked).await?;
    let more = messages.len() > MESSAGES_SHOWN as usize;
    messages.truncate(MESSAGES_SHOWN as usize);
    let older = messages.last().filter(|_| more).map(|oldest| {
        format!(
            "/admin/conversations/{member}?state=all&before={}",
            oldest.seq.0
        )
    });
    let profile = &view.member.profile;
    let zone = profile.time_zone.as_str();
    let needs = |record: &ConversationRecord| -> Vec<(String, String)> {
        let needs = record.needs.iter();
        needs
            .map(|need| (need.message.to_string(), shown::need(&need.why).to_owned()))
            .collect()
    };
    let mut waits: Vec<String> = record
        .needs
        .iter()
        .map(|need| need.message.to_string())
        .collect();
    if let Some(keeper) = &record.keeper {
        for id in written_since(engine, &messages, keeper.since).await? {
            if !waits.contains(&id) {
                waits.push(id);
            }
        }
    }
    let english = engine::joining::Language::English;
    let mut facts = vec![
        ("Their time".to_owned(), instant(now, zone, english)),
        ("Language".to_owned(), profile.locale.clone()),
    ];
    for consent in view
        .consents
        .iter()
        .filter(|one| one.purpose == domain::Purpose::All)
    {
        let state = match consent.state {
            ConsentState::OptedIn => "agreed",
            ConsentState::OptedOut => "stopped",
            ConsentState::Unknown => "never asked",
        };
        facts.push((shown::channel(consent.channel).to_owned(), state.to_owned()));
    }
    let wished = which.by.as_deref().and_then(|word| word.parse().ok());
    let mut composer = composer(&messages, &view, waits, wished, now);
    composer.once = engine.ids().message().to_string();
    if composer.channel == Channel::Whatsapp.as_str()
        && !composer.shut.is_empty()
        && !composer.is_stopped
    {
        let offered = engine.templates_offered(&profile.locale).await?;
        let named = offered.into_iter().map(|one| {
            let words = one.body.split_whitespace().collect::<Vec<_>>().join(" ");
            (one.name, words)
        });
        composer.templates = named.collect();
    }
    let notes = engine.notes(member).await?;
    let shown_oldest_first = messages.iter().rev();
    let bubbles: Vec<_> = shown_oldest_first
        .map(|one| (one.created_at, bubble(one, zone, &record.needs)))
        .collect();
    let bubbles = if before.is_some() {
        bubbles.into_iter().map(|(_, bubble)| bubble).collect()
    } else {
        notes::among(bubbles, &notes, zone, older.is_some())
    };
    Ok(Open {
        id: member.to_string(),
        name: name(profile.name.as_str()),
        facts,
        is_mine: record
            .keeper
            .as_ref()
            .is_some_and(|keeper| keeper.name == by),
        keeper: record
            .keeper
            .as_ref()
            .map(|keeper| (keeper.name.clone(), instant(keeper.until, zone, english))),
        needs: needs(&record),
        bubbles,
        older,
        composer,
    })
}

/// What was written to whoever keeps the conversation and waits for their answer.
async fn written_since(
    engine: &engine::Engine,
    messages: &[MessageRecord],
    since: Timestamp,
) -> Result<Vec<String>, EngineError> {
    let heard = messages
        .iter()
        .filter(|one| one.direction == domain::Direction::Inbound && one.created_at >= since);
    let mut waiting = Vec::new();
    for one in heard.take(ANSWERED_AT_ONCE) {
        let detail = engine.ask().question(MessageById { id: one.id }).await?;
        let standing = detail.and_then(|detail| detail.standing);
        if standing.is_some_and(|standing| standing.waits) {
            waiting.push(one.id.to_string());
        }
    }
    Ok(waiting)
}

/// An answer goes by the channel they last wrote on. On WhatsApp one can write freely only for a day after that
/// (facts/whatsapp.md 1.1); what an answer of later becomes, the planner says.
fn composer(
    messages: &[MessageRecord],
    view: &engine::members::MemberView,
    answers: Vec<String>,
    wished: Option<Channel>,
    now: Timestamp,
) -> Composer {
    let last_heard = messages
        .iter()
        .find(|one| one.direction == domain::Direction::Inbound);
    let channel = wished
        .or(last_heard.and_then(|one| one.channel))
        .or(view.member.profile.preferred_channel)
        .unwrap_or(Channel::Sms);
    let is = |channel: Channel, state: ConsentState| {
        view.consents.iter().any(|one| {
            one.channel == channel && one.purpose == domain::Purpose::All && one.state == state
        })
    };
    let is_stopped = is(channel, ConsentState::OptedOut);
    let window = view.windows.iter().map(|one| one.window.ends_at).max();
    let (note, mut shut) = match (channel, window) {
        (Channel::Whatsapp, Some(until)) if until > now => {
            (format!("The window is open: {} left.", shown::ago(now, until)), String::new())
        }
        (Channel::Whatsapp, _) => (
            String::new(),
            "The WhatsApp window is closed: only an approved template may open it. Whoever answers it opens it for a day.".to_owned(),
        ),
        _ => (String::new(), String::new()),
    };
    if is_stopped {
        shut = format!("They stopped messages by {}.", shown::channel(channel));
    }
    Composer {
        channel: channel.as_str(),
        label: shown::channel(channel),
        note,
        by_sms: (channel == Channel::Whatsapp
            && !shut.is_empty()
            && is(Channel::Sms, ConsentState::OptedIn))
        .then(|| {
            format!(
                "/admin/conversations/{}?state=all&by=sms",
                view.member.profile.id
            )
        }),
        shut,
        is_stopped,
        answers,
        once: String::new(),
        templates: Vec::new(),
    }
}
