//! What was accepted to be sent, read back as it was given.

use crate::sql::Row;
use domain::{Channel, Content, DeliveryStatus, Kind, Rich, TemplateUse, Text};
use store::records::NewMessage;

use crate::columns::{instant_opt, member_id, message_id, message_id_opt, text, word, word_opt};
use crate::fault::{Done, corrupt};

/// The columns [`read`] reads from `messages m`, from `FIRST` on.
pub(crate) fn read(row: &Row, first: usize) -> Done<NewMessage> {
    Ok(NewMessage {
        id: message_id(row, first, "messages.id")?,
        member: member_id(row, first + 1, "messages.client_id")?,
        kind: word::<Kind>(row, first + 2, "messages.kind")?,
        queue: word(row, first + 3, "messages.queue_name")?,
        channel: word_opt::<Channel>(row, first + 4, "messages.channel")?,
        critical: row.get(first + 5)?,
        content: content(row, first + 6, first + 16)?,
        not_before: instant_opt(row, first + 10)?,
        expires_at: instant_opt(row, first + 11)?,
        in_reply_to: message_id_opt(row, first + 12, "messages.in_reply_to")?,
        occasion: row.get(first + 13)?,
        knocks_for: message_id_opt(row, first + 14, "messages.knocks_for")?,
        attempts_max: row.get(first + 15)?,
    })
}

/// Columns `content, media, template, variables` from `first` on, and `blocks`. An erased message reads as a word that says so.
pub(crate) fn content(row: &Row, first: usize, blocks_at: usize) -> Done<Content> {
    let words = text(row, first, "messages.content")?;
    let media = match row.get::<Option<String>>(first + 1)? {
        None => Vec::new(),
        Some(json) => store::content::media_of(&json)
            .ok_or_else(|| corrupt("messages.media", "not a list of media"))?,
    };
    let rich = blocks(row, blocks_at)?.unwrap_or_default();
    let template = match row.get::<Option<String>>(first + 2)? {
        None => None,
        Some(name) => {
            let variables = variables(row, first + 3)?
                .into_iter()
                .map(|(name, value)| (name.into_boxed_str(), value))
                .collect();
            Some(
                TemplateUse::new(&name, variables)
                    .map_err(|_| corrupt("messages.variables", "not what a template takes"))?,
            )
        }
    };
    let erased = words.is_empty() && media.is_empty() && template.is_none() && rich.is_empty();
    let words = if erased { "(erased)" } else { words };
    Content::of(Text::from(words), media, template, rich)
        .map_err(|_| corrupt("messages.content", "not what a message may hold"))
}

/// Media addresses: a list of texts, or of pairs of address and type.
pub(crate) fn media(row: &Row, at: usize) -> Done<Vec<String>> {
    let Some(json) = row.get::<Option<String>>(at)? else {
        return Ok(Vec::new());
    };
    let broken = || corrupt("messages.media", "not a list of addresses");
    let items: Vec<serde_json::Value> = serde_json::from_str(&json).map_err(|_| broken())?;
    items
        .iter()
        .map(|item| {
            item.as_str()
                .or_else(|| item.get(0)?.as_str())
                .map(str::to_owned)
                .ok_or_else(broken)
        })
        .collect()
}

/// Choices, places, contacts and links.
pub(crate) fn blocks(row: &Row, at: usize) -> Done<Option<Rich>> {
    match row.get::<Option<String>>(at)? {
        None => Ok(None),
        Some(json) => store::content::blocks_of(&json)
            .map(Some)
            .ok_or_else(|| corrupt("messages.blocks", "not what a message may hold")),
    }
}

/// Values of template variables.
pub(crate) fn variables(row: &Row, at: usize) -> Done<Vec<(String, Text)>> {
    let Some(json) = row.get::<Option<String>>(at)? else {
        return Ok(Vec::new());
    };
    let broken = || corrupt("messages.variables", "not an object of texts");
    let items: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&json).map_err(|_| broken())?;
    items
        .into_iter()
        .map(|(name, value)| match value {
            serde_json::Value::String(value) => Ok((name, Text::from(value))),
            _ => Err(broken()),
        })
        .collect()
}

/// A delivery status.
pub(crate) fn status(row: &Row, at: usize, place: &str) -> Done<DeliveryStatus> {
    word(row, at, place)
}
