//! Fetching and listing messages and their media (facts/twilio.md 1.4 and 1.5).

use domain::{Channel, Direction, Text, Timestamp};
use form_urlencoded::Serializer;
use jiff::fmt::rfc2822;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::json;
use super::client::Twilio;
use super::errors;
use super::loose::Loose;
use super::webhook::{clean, is_id};
use super::words::{party, status, wire_address};
use crate::http::{Origin, Pool};
use crate::provider::FetchError;
use crate::remote::{Cursor, ListQuery, Page, RemoteMessage};
use crate::webhook::{InboundMedia, Party};

#[derive(Deserialize)]
struct WireMessage {
    sid: Box<str>,
    account_sid: Option<Box<str>>,
    body: Option<String>,
    from: Option<Box<str>>,
    to: Option<Box<str>>,
    #[serde(default)]
    status: Loose,
    #[serde(default)]
    direction: Loose,
    #[serde(default)]
    num_segments: Loose,
    #[serde(default)]
    num_media: Loose,
    #[serde(default)]
    price: Loose,
    #[serde(default)]
    price_unit: Loose,
    #[serde(default)]
    error_code: Loose,
    #[serde(default)]
    date_created: Loose,
    #[serde(default)]
    date_updated: Loose,
    #[serde(default)]
    date_sent: Loose,
}

impl WireMessage {
    /// `None` for a message of a channel we do not carry.
    fn read(self) -> Option<RemoteMessage> {
        let end = |text: Option<Box<str>>| match text.as_deref() {
            None | Some("") => Some(None),
            Some(text) => party(text).map(Some),
        };
        let (from, to) = (end(self.from)?, end(self.to)?);
        let channel = to
            .as_ref()
            .or(from.as_ref())
            .map_or(Channel::Sms, Party::channel);
        let count = |loose: &Loose| loose.number().and_then(|count| u16::try_from(count).ok());
        Some(RemoteMessage {
            provider_message_id: self.sid,
            account: self.account_sid,
            direction: if self.direction.text() == Some("inbound") {
                Direction::Inbound
            } else {
                Direction::Outbound
            },
            channel,
            from,
            to,
            text: Text::new(clean(&self.body.unwrap_or_default())),
            status: status(self.status.text().unwrap_or_default()),
            error: self
                .error_code
                .number()
                .filter(|code| *code != 0)
                .map(|code| errors::error(code, false)),
            segments: count(&self.num_segments).filter(|count| *count != 0),
            media_count: count(&self.num_media).unwrap_or(0),
            price: self
                .price
                .text()
                .filter(|text| is_decimal(text))
                .map(Box::from),
            price_unit: self
                .price_unit
                .text()
                .filter(|unit| unit.len() == 3)
                .map(|unit| unit.to_ascii_uppercase().into()),
            created_at: date(&self.date_created),
            updated_at: date(&self.date_updated),
            sent_at: date(&self.date_sent),
        })
    }
}

/// `Fri, 24 May 2019 17:44:46 +0000`.
fn date(loose: &Loose) -> Option<Timestamp> {
    let zoned = rfc2822::parse(loose.text()?).ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=20).contains(&digits.len())
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1
}

/// Messages are read one by one: a strange one must not hide its neighbours from the sweep.
#[derive(Deserialize)]
struct WirePage {
    messages: Vec<Box<RawValue>>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct WireMediaPage {
    media_list: Vec<WireMedia>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct WireMedia {
    content_type: Option<Box<str>>,
    uri: String,
}

/// The path of the next page, on the same server only: a list must not lead elsewhere with our
/// credentials.
pub(super) fn next_path(pool: &Pool, uri: &str) -> Result<String, FetchError> {
    if uri.starts_with('/') && !uri.starts_with("//") {
        return Ok(uri.to_owned());
    }
    match Origin::of_url(uri) {
        Ok((origin, path)) if origin.is_same(pool.origin()) => Ok(path),
        Ok(_) | Err(_) => Err(FetchError::NotAllowed {
            why: "the list goes on at another host".into(),
        }),
    }
}

impl Twilio {
    fn path_of(&self, provider_message_id: &str) -> Result<String, FetchError> {
        if !is_id(provider_message_id) {
            return Err(FetchError::NotAllowed {
                why: "it is no message id".into(),
            });
        }
        let account = &self.account_sid;
        Ok(format!(
            "/2010-04-01/Accounts/{account}/Messages/{provider_message_id}"
        ))
    }

    pub(super) async fn message(&self, id: &str) -> Result<Option<RemoteMessage>, FetchError> {
        let path = format!("{}.json", self.path_of(id)?);
        let Some(body) = self.get(&self.api, &path).await? else {
            return Ok(None);
        };
        Ok(json::<WireMessage>(&body)?.read())
    }

    pub(super) async fn messages(
        &self,
        query: ListQuery,
    ) -> Result<Page<RemoteMessage>, FetchError> {
        let path = match &query.cursor {
            Some(cursor) => cursor.0.to_string(),
            None => self.list_path(&query)?,
        };
        let page: WirePage = match self.get(&self.api, &path).await? {
            Some(body) => json(&body)?,
            None => {
                return Err(FetchError::NoAnswer {
                    why: "HTTP 404 for the list of messages".into(),
                });
            }
        };
        let next = match page.next_page_uri.as_deref() {
            None | Some("") => None,
            Some(uri) => Some(Cursor(next_path(&self.api, uri)?.into())),
        };
        // Twilio tells whole seconds, so an instant within one must not leave its second out.
        let since = query
            .since
            .map(|since| Timestamp::from_seconds(since.as_seconds()));
        let wanted = |message: &RemoteMessage| {
            let at = message.sent_at.or(message.created_at);
            query.direction.is_none_or(|d| d == message.direction)
                && since.is_none_or(|since| at.is_none_or(|at| at >= since))
        };
        let items = page
            .messages
            .into_iter()
            .filter_map(|raw| serde_json::from_str::<WireMessage>(raw.get()).ok()?.read())
            .filter(wanted)
            .collect();
        Ok(Page { items, next })
    }

    fn list_path(&self, query: &ListQuery) -> Result<String, FetchError> {
        let mut form = Serializer::new(String::new());
        for (name, address) in [("To", &query.to), ("From", &query.from)] {
            if let Some(address) = address {
                let written =
                    wire_address(address.channel, address.handle.as_str()).ok_or_else(|| {
                        FetchError::NotAllowed {
                            why: "Twilio carries SMS and WhatsApp only".into(),
                        }
                    })?;
                form.append_pair(name, &written);
            }
        }
        if let Some(since) = query.since {
            // Whole seconds, rounded down; what is earlier is left out again when the page is read.
            let since = since.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ");
            form.append_pair("DateSent>", &since.to_string());
        }
        if let Some(size) = query.page_size {
            form.append_pair("PageSize", &size.clamp(1, 1_000).to_string());
        }
        let (account, query) = (&self.account_sid, form.finish());
        Ok(if query.is_empty() {
            format!("/2010-04-01/Accounts/{account}/Messages.json")
        } else {
            format!("/2010-04-01/Accounts/{account}/Messages.json?{query}")
        })
    }

    /// Deletes the media of a message, then itself: without it nobody could name them.
    pub(super) async fn delete_message(&self, id: &str) -> Result<(), FetchError> {
        for medium in self.media_list(id).await? {
            let (_, path) = Origin::of_url(&medium.url).map_err(|_| FetchError::NoAnswer {
                why: "a medium of it has no address".into(),
            })?;
            self.remove(&format!("{path}.json")).await?;
        }
        self.remove(&format!("{}.json", self.path_of(id)?)).await
    }

    pub(super) async fn media_list(&self, id: &str) -> Result<Vec<InboundMedia>, FetchError> {
        let mut path = Some(format!("{}/Media.json", self.path_of(id)?));
        let mut media = Vec::new();
        // A message has at most ten; a list that goes on and on is cut after a few pages.
        for _ in 0..4 {
            let Some(here) = path.take() else { break };
            let Some(body) = self.get(&self.api, &here).await? else {
                break;
            };
            let page: WireMediaPage = json(&body)?;
            for item in page.media_list {
                let uri = item.uri.strip_suffix(".json").unwrap_or(&item.uri);
                let uri = next_path(&self.api, uri)?;
                media.push(InboundMedia {
                    url: format!("{}{uri}", self.api.origin()).into(),
                    content_type: item.content_type,
                });
            }
            path = match page.next_page_uri.as_deref() {
                None | Some("") => None,
                Some(uri) => Some(next_path(&self.api, uri)?),
            };
        }
        Ok(media)
    }
}
