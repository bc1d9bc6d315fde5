//! The list of conversations, with its filters.

use domain::{Channel, MemberId, Timestamp};
use engine::EngineError;
use engine::conversations::{ConversationFilter, ConversationState};
use serde::Deserialize;
use store::records::ConversationRecord;

use super::HOME;
use crate::State;
use crate::api::conversations::conversations_page;
use crate::console::choice::{Choice, choices};
use crate::console::members::name;
use crate::console::shown;
use crate::cursor;

/// How many conversations a page has.
const LISTED: u32 = 40;

/// The states, with the words they have in an address.
const STATES: [(&str, &str, ConversationState); 5] = [
    ("needs_person", "Need you", ConversationState::NeedsPerson),
    ("unanswered", "Unanswered", ConversationState::Unanswered),
    ("with_person", "Taken over", ConversationState::WithPerson),
    ("failed", "Not arrived", ConversationState::Failed),
    ("all", "All", ConversationState::All),
];

/// Which conversations.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Wanted {
    state: Option<String>,
    channel: String,
    language: String,
    programme: String,
}

impl Wanted {
    fn conditions(&self) -> ConversationFilter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        ConversationFilter {
            channel: self.channel.parse().ok(),
            language: given(&self.language),
            programmes: given(&self.programme).into_iter().collect(),
        }
    }

    /// A list with the same conditions.
    fn address(&self, path: &str, state: &str, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("state", state),
            ("channel", &self.channel),
            ("language", &self.language),
            ("programme", &self.programme),
            ("cursor", cursor),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{path}?{}", query.finish())
    }
}

/// A list in another state, as a link.
pub(super) struct Tab {
    pub(super) label: &'static str,
    pub(super) href: String,
    pub(super) chosen: bool,
}

/// The conditions as their form shows them.
pub(super) struct Conditions {
    pub(super) state: &'static str,
    pub(super) are_set: bool,
    pub(super) language: String,
    pub(super) channels: Vec<Choice>,
    pub(super) programmes: Vec<Choice>,
}

/// A conversation in the list.
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) hint: String,
    pub(super) tone: &'static str,
    pub(super) age: String,
    pub(super) at: String,
    pub(super) waiting: u32,
    pub(super) chosen: bool,
}

/// The list.
pub(super) struct List {
    pub(super) tabs: Vec<Tab>,
    pub(super) conditions: Conditions,
    pub(super) lines: Vec<Listed>,
    /// Where it goes on, and what that is called.
    pub(super) next: Option<(String, &'static str)>,
    pub(super) empty: &'static str,
}

/// What there is in a state, from a cursor on; one of them may be open.
pub(super) async fn list(
    state: &State,
    listing: &Wanted,
    cursor: Option<&str>,
    open: Option<MemberId>,
    now: Timestamp,
) -> Result<List, EngineError> {
    let engine = state.engine();
    let word = listing.state.as_deref().unwrap_or("needs_person");
    let [.., all] = STATES;
    let known = STATES.into_iter().find(|(known, ..)| *known == word);
    let (word, _, wanted) = known.unwrap_or(all);
    let conditions = listing.conditions();
    let are_set = !conditions.is_all();
    let after = cursor.and_then(|text| cursor::read(text).ok());
    let (found, next) = conversations_page(engine, wanted, conditions, after, LISTED).await?;
    let library = engine.programmes().await?;
    let slugs = library.offered().map(|one| one.programme.slug.clone());
    let channels = [Channel::Sms, Channel::Whatsapp, Channel::Web];
    let channels = channels.map(|one| (one.as_str().to_owned(), shown::channel(one).to_owned()));
    let is_short = found.len() < LISTED as usize;
    Ok(List {
        tabs: STATES
            .iter()
            .map(|(known, label, _)| Tab {
                label,
                href: listing.address(HOME, known, ""),
                chosen: *known == word,
            })
            .collect(),
        conditions: Conditions {
            state: word,
            are_set,
            language: listing.language.clone(),
            channels: choices("Any channel", channels, &listing.channel),
            programmes: choices(
                "Any programme",
                slugs.map(|slug| (slug.clone(), slug)),
                &listing.programme,
            ),
        },
        lines: found
            .iter()
            .map(|one| listed(one, word, listing, open, now))
            .collect(),
        empty: match wanted {
            _ if next.is_some() => "None of those looked at so far.",
            _ if are_set => "None that these conditions mean.",
            ConversationState::NeedsPerson => "Nobody waits for a person.",
            ConversationState::Unanswered => "Every question has its answer.",
            ConversationState::WithPerson => "The coach’s rules answer everybody.",
            ConversationState::Failed => "All that was sent arrived.",
            ConversationState::All => "Nobody has written yet.",
        },
        next: next.map(|next| {
            let href = listing.address(HOME, word, &cursor::write(&next));
            (href, if is_short { "Look further" } else { "More" })
        }),
    })
}

fn listed(
    record: &ConversationRecord,
    state: &str,
    listing: &Wanted,
    open: Option<MemberId>,
    now: Timestamp,
) -> Listed {
    let profile = &record.member.profile;
    let id = profile.id.to_string();
    let (hint, tone) = match (&record.keeper, record.needs.first()) {
        (Some(keeper), _) => (format!("{} answers", keeper.name), "info"),
        (None, Some(need)) => (shown::need(&need.why).to_owned(), "bad"),
        (None, None) if record.waiting > 0 => ("waits for the rules".to_owned(), "warn"),
        (None, None) if state == "failed" => ("something did not arrive".to_owned(), "bad"),
        (None, None) => ("answered".to_owned(), ""),
    };
    let since = record.waiting_since.or(record.heard_at).unwrap_or(now);
    Listed {
        href: listing.address(&format!("{HOME}/{id}"), state, ""),
        name: name(profile.name.as_str()),
        hint,
        tone,
        age: shown::ago(since, now),
        at: shown::machine(since),
        waiting: record.waiting,
        chosen: open == Some(profile.id),
        id,
    }
}
