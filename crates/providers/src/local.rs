//! A provider without a carrier: it writes messages down and says they were delivered.
//!
//! It is a normal provider, not a switch: the same plans, attempts and receipts. It keeps the last
//! [`WRITTEN_MAX`] messages in memory and nothing on disk.

mod standing;
mod templates;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Clock, DeliveryStatus, Direction, ProviderAnswer, Text};
use futures_util::future::{BoxFuture, FutureExt};
use tokio::sync::Notify;

use crate::provider::{FetchError, Provider};
use crate::remote::{Cursor, ListQuery, Media, Page, RemoteMessage};
use crate::request::{Form, SendRequest};
use crate::shape::Shape;
use crate::templates::RemoteTemplate;
use crate::webhook::{InboundMedia, Party, Receipt, ReceiptStatus};

/// How many messages it remembers, and how many receipts wait to be taken; the oldest leave first.
pub const WRITTEN_MAX: usize = 10_000;

/// How many messages a page has when the query does not say.
const PAGE_SIZE: u16 = 50;

/// A provider that carries nothing.
#[derive(Debug)]
pub struct Local {
    clock: Arc<dyn Clock>,
    written: Mutex<Written>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Written {
    /// Oldest first.
    messages: VecDeque<RemoteMessage>,
    receipts: VecDeque<Receipt>,
    templates: VecDeque<RemoteTemplate>,
}

impl Local {
    /// An empty one; `clock` dates its messages.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            written: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The receipts that wait, oldest first; it does not wait for any.
    pub fn take_receipts(&self) -> Vec<Receipt> {
        self.written().receipts.drain(..).collect()
    }

    /// The receipts that wait, at least one: the stand-in for the carrier's callbacks.
    pub async fn receipts(&self) -> Vec<Receipt> {
        loop {
            let arrived = self.arrived.notified();
            let receipts = self.take_receipts();
            if !receipts.is_empty() {
                return receipts;
            }
            arrived.await;
        }
    }

    /// What was written down, oldest first.
    pub fn messages(&self) -> Vec<RemoteMessage> {
        self.written().messages.iter().cloned().collect()
    }

    fn write(&self, request: &SendRequest) -> ProviderAnswer {
        if !request.may_start.now() {
            return ProviderAnswer::NotStarted {
                why: "its time to start was over".into(),
            };
        }
        let now = self.clock.now();
        let id: Box<str> = format!("local-{}", request.attempt).into();
        let (text, media_count) = match &request.form {
            Form::Text { text, media } => (text.clone(), media.len()),
            Form::Template { content_sid, .. } | Form::Choices { content_sid, .. } => {
                (Text::new(format!("[{content_sid}]")), 0)
            }
            Form::Location { words, .. } => (words.clone(), 0),
        };
        let channel = request.to.channel;
        let from = Party::new(channel, request.from.as_str());
        let to = Party::Known(request.to.clone());
        let mut written = self.written();
        if written.messages.len() >= WRITTEN_MAX {
            written.messages.pop_front();
        }
        written.messages.push_back(RemoteMessage {
            provider_message_id: id.clone(),
            account: Some("local".into()),
            direction: Direction::Outbound,
            channel,
            from: Some(from.clone()),
            to: Some(to.clone()),
            text,
            status: ReceiptStatus::Known(DeliveryStatus::Delivered),
            error: None,
            segments: None,
            media_count: u16::try_from(media_count).unwrap_or(u16::MAX),
            price: None,
            price_unit: None,
            created_at: Some(now),
            updated_at: Some(now),
            sent_at: Some(now),
        });
        if written.receipts.len() >= WRITTEN_MAX {
            written.receipts.pop_front();
        }
        written.receipts.push_back(Receipt {
            attempt: Some(request.attempt),
            provider_message_id: id.clone(),
            account: "local".into(),
            status: ReceiptStatus::Known(DeliveryStatus::Delivered),
            error: None,
            channel,
            to: Some(to),
            from: Some(from),
            at: Some(now),
            carrier_time: None,
        });
        drop(written);
        self.arrived.notify_one();
        ProviderAnswer::Accepted {
            provider_message_id: id,
            status: DeliveryStatus::Accepted,
            error: None,
            segments: None,
        }
    }

    fn page(&self, query: &ListQuery) -> Page<RemoteMessage> {
        let size = usize::from(query.page_size.unwrap_or(PAGE_SIZE).clamp(1, 1_000));
        let skip = query
            .cursor
            .as_ref()
            .and_then(|cursor| cursor.0.parse::<usize>().ok())
            .unwrap_or(0);
        let written = self.written();
        let wanted = |message: &&RemoteMessage| {
            let is = |party: &Option<Party>, address: &domain::Address| {
                party.as_ref().and_then(Party::address) == Some(address)
            };
            query.direction.is_none_or(|d| d == message.direction)
                && query.to.as_ref().is_none_or(|to| is(&message.to, to))
                && query
                    .from
                    .as_ref()
                    .is_none_or(|from| is(&message.from, from))
                && query
                    .since
                    .is_none_or(|since| message.created_at >= Some(since))
        };
        let mut found = written.messages.iter().rev().filter(wanted).skip(skip);
        let items: Vec<_> = found.by_ref().take(size).cloned().collect();
        let next = found
            .next()
            .map(|_| Cursor((skip + items.len()).to_string().into()));
        Page { items, next }
    }
}

impl Provider for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn send(&self, request: SendRequest) -> BoxFuture<'_, ProviderAnswer> {
        async move { self.write(&request) }.boxed()
    }

    fn fetch<'a>(
        &'a self,
        provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteMessage>, FetchError>> {
        async move {
            Ok(self
                .written()
                .messages
                .iter()
                .find(|message| &*message.provider_message_id == provider_message_id)
                .cloned())
        }
        .boxed()
    }

    fn keeps_a_list(&self) -> bool {
        true
    }

    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Page<RemoteMessage>, FetchError>> {
        async move { Ok(self.page(&query)) }.boxed()
    }

    fn media_of<'a>(
        &'a self,
        _provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Vec<InboundMedia>, FetchError>> {
        async move { Ok(Vec::new()) }.boxed()
    }

    fn delete<'a>(&'a self, provider_message_id: &'a str) -> BoxFuture<'a, Result<(), FetchError>> {
        async move {
            let mut written = self.written();
            written
                .messages
                .retain(|message| &*message.provider_message_id != provider_message_id);
            Ok(())
        }
        .boxed()
    }

    fn prepare<'a>(&'a self, shape: &'a Shape) -> BoxFuture<'a, Result<Box<str>, FetchError>> {
        async move { Ok(shape.name().into()) }.boxed()
    }

    fn fetch_media<'a>(&'a self, _url: &'a str) -> BoxFuture<'a, Result<Media, FetchError>> {
        async move {
            Err(FetchError::NotAllowed {
                why: "the local provider keeps no media".into(),
            })
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::MayStart;
    use domain::{Address, AttemptId, ManualClock, MessageId, Timestamp};

    fn request(number: u8) -> SendRequest {
        SendRequest {
            attempt: AttemptId {
                message: MessageId::from_bytes([number; 16]),
                number: 1,
            },
            from: "+14155550199".parse().unwrap(),
            to: Address::sms("+14155550123".parse().unwrap()),
            form: Form::Text {
                text: Text::new(format!("message {number}")),
                media: Vec::new(),
            },
            validity: None,
            status_callback: None,
            lettering: None,
            smart_encoded: false,
            may_start: MayStart::Always,
        }
    }

    fn local() -> Local {
        Local::new(Arc::new(ManualClock::at(Timestamp::from_seconds(100))))
    }

    #[tokio::test]
    async fn what_it_takes_it_says_was_delivered() {
        let local = local();
        let ProviderAnswer::Accepted {
            provider_message_id,
            ..
        } = local.send(request(1)).await
        else {
            panic!("not accepted");
        };
        let receipts = local.receipts().await;
        assert_eq!(receipts.len(), 1);
        let receipt = receipts.first().unwrap();
        assert_eq!(receipt.attempt, Some(request(1).attempt));
        assert_eq!(receipt.provider_message_id, provider_message_id);
        assert_eq!(receipt.status.known(), Some(DeliveryStatus::Delivered));
        assert!(local.take_receipts().is_empty());
        let found = local.fetch(&provider_message_id).await.unwrap().unwrap();
        assert_eq!(found.text.as_str(), "message 1");
        assert_eq!(local.fetch("local-other").await, Ok(None));
    }

    #[tokio::test]
    async fn a_wait_for_receipts_ends_when_one_comes() {
        let local = local();
        let (receipts, _) = tokio::join!(local.receipts(), local.send(request(1)));
        assert_eq!(receipts.len(), 1);
    }

    #[tokio::test]
    async fn its_list_is_newest_first_and_walked_page_by_page() {
        let local = local();
        for number in 1..=5 {
            local.send(request(number)).await;
        }
        let mut query = ListQuery {
            page_size: Some(2),
            ..ListQuery::default()
        };
        let mut texts = Vec::new();
        loop {
            let page = local.list(query.clone()).await.unwrap();
            texts.extend(page.items.iter().map(|m| m.text.as_str().to_owned()));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        let newest_first: Vec<_> = (1..=5).rev().map(|n| format!("message {n}")).collect();
        assert_eq!(texts, newest_first);
        let none = ListQuery {
            since: Some(Timestamp::from_seconds(101)),
            ..ListQuery::default()
        };
        assert!(local.list(none).await.unwrap().items.is_empty());
    }

    #[tokio::test]
    async fn what_may_not_start_is_not_written_down() {
        let local = local();
        let late = SendRequest {
            may_start: MayStart::Asked(Arc::new(|| false)),
            ..request(1)
        };
        assert!(matches!(
            local.send(late).await,
            ProviderAnswer::NotStarted { .. }
        ));
        assert!(local.messages().is_empty() && local.take_receipts().is_empty());
    }

    #[tokio::test]
    async fn its_memory_is_bounded() {
        let local = local();
        for at in 0..WRITTEN_MAX + 3 {
            local.send(request(u8::try_from(at % 200).unwrap())).await;
        }
        assert_eq!(local.messages().len(), WRITTEN_MAX);
        assert_eq!(local.take_receipts().len(), WRITTEN_MAX);
    }
}
