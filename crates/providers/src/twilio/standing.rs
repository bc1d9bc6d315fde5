//! How WhatsApp senders stand, by Twilio's Senders API (facts/twilio.md 9.1). There is no webhook for it.

use domain::sender::{SenderQuality, SenderStatus};
use domain::{Channel, Handle, PhoneNumber};
use futures_util::future::{BoxFuture, FutureExt};
use serde::Deserialize;

use super::answer::json;
use super::client::Twilio;
use super::messages::next_path;
use crate::provider::FetchError;
use crate::standing::{RemoteSender, SenderHost};

/// The most pages of senders that are read; an account has a few numbers.
const PAGES_MAX: usize = 20;

#[derive(Deserialize)]
struct WirePage {
    senders: Vec<WireSender>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct WireSender {
    sender_id: Option<String>,
    status: Option<String>,
    #[serde(default)]
    properties: Option<WireProperties>,
    #[serde(default)]
    offline_reasons: Option<Vec<WireReason>>,
}

#[derive(Deserialize)]
struct WireProperties {
    quality_rating: Option<String>,
    messaging_limit: Option<String>,
}

#[derive(Deserialize)]
struct WireReason {
    message: Option<Box<str>>,
}

impl WireSender {
    /// `None` for one that has no number.
    fn read(self) -> Option<RemoteSender> {
        let number = self.sender_id.as_deref()?.strip_prefix("whatsapp:")?;
        let number: PhoneNumber = number.parse().ok()?;
        let properties = self.properties;
        let (quality, limit) = properties.map_or((None, None), |properties| {
            (properties.quality_rating, properties.messaging_limit)
        });
        let reasons = self.offline_reasons.unwrap_or_default();
        Some(RemoteSender {
            handle: Handle::Phone(number),
            status: status(self.status.as_deref().unwrap_or_default()),
            quality: quality_of(quality.as_deref().unwrap_or_default()),
            people: limit.as_deref().and_then(people),
            reason: reasons.into_iter().find_map(|reason| reason.message),
        })
    }
}

/// Only what says so counts as offline: a word we do not know must not stop a number.
fn status(word: &str) -> SenderStatus {
    match word {
        "ONLINE" | "ONLINE:UPDATING" => SenderStatus::Online,
        "OFFLINE" => SenderStatus::Offline,
        _ => SenderStatus::Other,
    }
}

/// Twilio's words, and Meta's own.
fn quality_of(word: &str) -> SenderQuality {
    match word.to_ascii_uppercase().as_str() {
        "HIGH" | "GREEN" => SenderQuality::High,
        "MEDIUM" | "YELLOW" => SenderQuality::Medium,
        "LOW" | "RED" => SenderQuality::Low,
        _ => SenderQuality::Unknown,
    }
}

/// How many people a day: `250 Customers/24hr`, `10K Customers/24hr`, or Meta's `TIER_2K`. What says `unlimited`, or is
/// none of these, is no limit: then the provider's answers tell.
fn people(words: &str) -> Option<u32> {
    let words = words.strip_prefix("TIER_").unwrap_or(words);
    let word = words.split_whitespace().next()?.to_ascii_uppercase();
    let (digits, times) = match word.strip_suffix('K') {
        Some(digits) => (digits, 1_000),
        None => (word.as_str(), 1),
    };
    digits.parse::<u32>().ok()?.checked_mul(times)
}

impl SenderHost for Twilio {
    fn senders(&self, channel: Channel) -> BoxFuture<'_, Result<Vec<RemoteSender>, FetchError>> {
        async move {
            if channel != Channel::Whatsapp {
                return Ok(Vec::new());
            }
            let mut all = Vec::new();
            let mut path = "/v2/Channels/Senders?Channel=whatsapp&PageSize=100".to_owned();
            for _ in 0..PAGES_MAX {
                let Some(body) = self.get(&self.messaging, &path).await? else {
                    return Err(FetchError::NoAnswer {
                        why: "HTTP 404 for the list of senders".into(),
                    });
                };
                let page: WirePage = json(&body)?;
                all.extend(page.senders.into_iter().filter_map(WireSender::read));
                let next = page.meta.and_then(|meta| meta.next_page_url);
                match next.filter(|url| !url.is_empty()) {
                    Some(url) => path = next_path(&self.messaging, &url)?,
                    None => break,
                }
            }
            Ok(all)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_twilio_says_of_a_sender_is_read_and_what_nobody_knows_changes_nothing() {
        let read = |json: &str| serde_json::from_str::<WireSender>(json).unwrap().read();
        let found = read(
            r#"{"sid":"XE1","sender_id":"whatsapp:+14155550100","status":"OFFLINE",
                "properties":{"quality_rating":"LOW","messaging_limit":"10K Customers/24hr"},
                "offline_reasons":[{"code":"1","message":"too many reports","more_info":""}]}"#,
        )
        .unwrap();
        assert_eq!(found.status, SenderStatus::Offline);
        assert_eq!(found.quality, SenderQuality::Low);
        assert_eq!(found.people, Some(10_000));
        assert_eq!(found.reason.as_deref(), Some("too many reports"));
        let bare = read(
            r#"{"sender_id":"whatsapp:+14155550100","status":"TWILIO_REVIEW","offline_reasons":null}"#,
        )
        .unwrap();
        assert_eq!(bare.status, SenderStatus::Other);
        assert_eq!(bare.quality, SenderQuality::Unknown);
        assert_eq!(bare.people, None);
        assert_eq!(read(r#"{"sender_id":"messenger:12"}"#), None);
    }

    #[test]
    fn limits_are_read_in_both_spellings() {
        for (words, limit) in [
            ("250 Customers/24hr", Some(250)),
            ("2K Customers/24hr", Some(2_000)),
            ("TIER_100K", Some(100_000)),
            ("TIER_UNLIMITED", None),
            ("Unlimited", None),
            ("UNTIERED", None),
            ("", None),
            ("99999999K", None),
        ] {
            assert_eq!(people(words), limit, "{words}");
        }
    }
}
