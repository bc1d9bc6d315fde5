//! The web chat: what is said is in the store, where the member's page reads it. There is nobody to hand it to.
//!
//! Taking a message is no more than saying that it may be shown: it is *sent* as soon as it is begun, because begun is
//! durable. That it was shown and seen is told by the browser that did so (`engine::chat`), never by this.

use domain::{DeliveryStatus, ProviderAnswer};
use futures_util::future::{BoxFuture, FutureExt};

use crate::provider::{FetchError, Provider};
use crate::remote::{ListQuery, Media, Page, RemoteMessage};
use crate::request::SendRequest;
use crate::shape::Shape;
use crate::webhook::InboundMedia;

/// Our own page as a provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebChat;

impl Provider for WebChat {
    fn name(&self) -> &'static str {
        "websocket"
    }

    fn send(&self, request: SendRequest) -> BoxFuture<'_, ProviderAnswer> {
        async move {
            if !request.may_start.now() {
                return ProviderAnswer::NotStarted {
                    why: "its time to start was over".into(),
                };
            }
            ProviderAnswer::Accepted {
                provider_message_id: format!("web-{}", request.attempt).into(),
                status: DeliveryStatus::Sent,
                error: None,
                segments: None,
            }
        }
        .boxed()
    }

    fn fetch<'a>(
        &'a self,
        _provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteMessage>, FetchError>> {
        async { Ok(None) }.boxed()
    }

    fn keeps_a_list(&self) -> bool {
        false
    }

    fn list(&self, _query: ListQuery) -> BoxFuture<'_, Result<Page<RemoteMessage>, FetchError>> {
        async {
            Ok(Page {
                items: Vec::new(),
                next: None,
            })
        }
        .boxed()
    }

    fn media_of<'a>(
        &'a self,
        _provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Vec<InboundMedia>, FetchError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn delete<'a>(
        &'a self,
        _provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<(), FetchError>> {
        async { Ok(()) }.boxed()
    }

    fn prepare<'a>(&'a self, shape: &'a Shape) -> BoxFuture<'a, Result<Box<str>, FetchError>> {
        async move { Ok(shape.name().into()) }.boxed()
    }

    fn fetch_media<'a>(&'a self, _url: &'a str) -> BoxFuture<'a, Result<Media, FetchError>> {
        async {
            Err(FetchError::NotAllowed {
                why: "the web chat keeps no media".into(),
            })
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Address, AttemptId, Handle, MemberId, MessageId, Text};

    use super::*;
    use crate::request::{Form, MayStart};

    fn request(may_start: MayStart) -> SendRequest {
        SendRequest {
            attempt: AttemptId {
                message: MessageId::from_bytes([1; 16]),
                number: 1,
            },
            from: Handle::Service,
            to: Address::web(MemberId::from_bytes([2; 16])),
            form: Form::Text {
                text: Text::new("hi".to_owned()),
                media: Vec::new(),
            },
            validity: None,
            status_callback: None,
            lettering: None,
            smart_encoded: false,
            may_start,
        }
    }

    #[tokio::test]
    async fn what_may_start_is_sent_and_what_may_not_is_not() {
        let taken = WebChat.send(request(MayStart::Always)).await;
        assert!(matches!(
            taken,
            ProviderAnswer::Accepted {
                status: DeliveryStatus::Sent,
                ..
            }
        ));
        let late = MayStart::Asked(Arc::new(|| false));
        let refused = WebChat.send(request(late)).await;
        assert!(matches!(refused, ProviderAnswer::NotStarted { .. }));
    }
}
