//! Twilio's words for statuses and channels.

use domain::{Channel, DeliveryStatus};

use crate::webhook::{Party, ReceiptStatus};

/// A status word (facts/twilio.md 2.1). Words of inbound messages and deprecated ones are unknown.
pub(super) fn status(word: &str) -> ReceiptStatus {
    ReceiptStatus::Known(match word {
        "accepted" | "scheduled" | "queued" | "sending" => DeliveryStatus::Accepted,
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "undelivered" => DeliveryStatus::Undelivered,
        "failed" => DeliveryStatus::Failed,
        "canceled" => DeliveryStatus::Cancelled,
        "read" => DeliveryStatus::Read,
        other => return ReceiptStatus::Unknown(other.chars().take(40).collect::<String>().into()),
    })
}

/// One end of a message: `+…` is SMS, `whatsapp:…` is WhatsApp, another prefix is a channel we do
/// not carry.
pub(super) fn party(text: &str) -> Option<Party> {
    match text.split_once(':') {
        None => Some(Party::new(Channel::Sms, text)),
        Some(("whatsapp", handle)) => Some(Party::new(Channel::Whatsapp, handle)),
        Some(_) => None,
    }
}

/// An address as Twilio writes it.
pub(super) fn wire_address(channel: Channel, handle: &str) -> Option<String> {
    match channel {
        Channel::Sms => Some(handle.to_owned()),
        Channel::Whatsapp => Some(format!("whatsapp:{handle}")),
        Channel::Email | Channel::Web => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_specification_has_its_meaning() {
        for (word, known) in [
            ("accepted", Some(DeliveryStatus::Accepted)),
            ("scheduled", Some(DeliveryStatus::Accepted)),
            ("queued", Some(DeliveryStatus::Accepted)),
            ("sending", Some(DeliveryStatus::Accepted)),
            ("sent", Some(DeliveryStatus::Sent)),
            ("delivered", Some(DeliveryStatus::Delivered)),
            ("undelivered", Some(DeliveryStatus::Undelivered)),
            ("failed", Some(DeliveryStatus::Failed)),
            ("canceled", Some(DeliveryStatus::Cancelled)),
            ("read", Some(DeliveryStatus::Read)),
            ("partially_delivered", None),
            ("receiving", None),
            ("received", None),
            ("teleported", None),
        ] {
            assert_eq!(status(word).known(), known, "{word}");
        }
    }

    #[test]
    fn prefixes_tell_the_channel() {
        assert_eq!(party("+14155550123").unwrap().channel(), Channel::Sms);
        let scoped = party("whatsapp:US.13491208655302741918").unwrap();
        assert_eq!(scoped.channel(), Channel::Whatsapp);
        assert!(scoped.address().is_some());
        assert!(party("22000").unwrap().address().is_none());
        assert!(party("messenger:123").is_none());
    }
}
