//! What an inbound message says: a choice that was offered, one of several, or words.

use domain::{DeliveryStatus, MessageId, Timestamp};
use policy::choices::{Meant, Offer, meant};
use policy::keywords::{Keyword, recognise};
use store::records::{OfferRecord, UnansweredInbound};

/// What an inbound message says.
pub(super) enum Says<'a> {
    Chosen {
        id: &'a str,
        title: &'a str,
        offer: Option<MessageId>,
    },
    /// One of these, and it cannot be told which.
    OneOf(&'a OfferRecord),
    Words(&'a str),
}

/// What it says, by what was offered before.
pub(super) fn says(inbound: &UnansweredInbound, now: Timestamp) -> Says<'_> {
    let text = inbound.text.as_str();
    let offer = inbound.offer.as_ref().filter(|offer| arrived(offer.status));
    let tapped = inbound.button.as_deref();
    // What may be a wish to stop, or anything else for a person to look at, is no choice.
    let may_choose = tapped.is_some() || recognise(text, None) == Keyword::None;
    let found = offer.filter(|_| may_choose).map(|offer| {
        let offered = Offer {
            choices: offer.choices.all(),
            offered_at: offer.offered_at,
            is_last_said: offer.is_last_said,
        };
        (
            offer,
            meant(text, tapped, &offered, inbound.received_at.min(now)),
        )
    });
    match (found, tapped) {
        (Some((offer, Meant::Choice(choice))), _) => Says::Chosen {
            id: choice.id(),
            title: choice.title(),
            offer: Some(offer.message),
        },
        (Some((offer, Meant::Ambiguous)), _) => Says::OneOf(offer),
        // A button of a template, or of a message before the last offer.
        (Some((_, Meant::Other)) | None, Some(id)) => Says::Chosen {
            id,
            title: if text.trim().is_empty() { id } else { text },
            offer: None,
        },
        (Some((_, Meant::Other)) | None, None) => Says::Words(text),
    }
}

/// Whether the member may have what was offered.
fn arrived(status: DeliveryStatus) -> bool {
    match status {
        DeliveryStatus::Pending
        | DeliveryStatus::Accepted
        | DeliveryStatus::Sent
        | DeliveryStatus::Delivered
        | DeliveryStatus::Read
        | DeliveryStatus::Played
        | DeliveryStatus::Unconfirmed => true,
        DeliveryStatus::Undelivered
        | DeliveryStatus::Failed
        | DeliveryStatus::Suppressed
        | DeliveryStatus::Expired
        | DeliveryStatus::Cancelled => false,
    }
}
