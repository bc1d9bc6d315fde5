//! How far a message has come, as told by receipts (GUARANTEES 2.4).

use crate::channel::words;

words! {
    /// Delivery status of an attempt or of a message. An attempt's is the highest rank ever
    /// received: the same receipts give the same status in any order (G21).
    DeliveryStatus {
        /// Nobody has been asked to carry it yet.
        Pending = "pending",
        /// The request went out and no usable answer came: the person may have it.
        Unconfirmed = "unconfirmed",
        /// The provider took it.
        Accepted = "accepted",
        /// The carrier or WhatsApp took it.
        Sent = "sent",
        /// The carrier said no after taking it.
        Undelivered = "undelivered",
        /// The provider could not send it.
        Failed = "failed",
        /// Called back: by us before it left, or a scheduled one at the provider.
        Cancelled = "cancelled",
        /// It was never to be sent: no consent, a kill switch, …
        Suppressed = "suppressed",
        /// Its time was over before it could be sent.
        Expired = "expired",
        /// On the handset.
        Delivered = "delivered",
        /// Seen.
        Read = "read",
        /// A voice note that was listened to.
        Played = "played",
    }
}

impl DeliveryStatus {
    /// Rank of a receipt; the greatest wins (GUARANTEES 2.4). Positive proof outranks a negative
    /// one.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Unconfirmed => 1,
            Self::Accepted => 2,
            Self::Sent => 3,
            Self::Undelivered
            | Self::Failed
            | Self::Cancelled
            | Self::Suppressed
            | Self::Expired => 4,
            Self::Delivered => 5,
            Self::Read => 6,
            Self::Played => 7,
        }
    }

    /// The status after `receipt` was heard: forward or unchanged, never back. Among negative
    /// ones the first stays.
    #[must_use]
    pub const fn advance(self, receipt: Self) -> Self {
        if receipt.rank() > self.rank() {
            receipt
        } else {
            self
        }
    }

    /// Whether the message is known to have arrived.
    pub const fn has_arrived(self) -> bool {
        self.rank() >= 5
    }

    /// Whether it is known not to arrive.
    pub const fn has_ended_badly(self) -> bool {
        self.rank() == 4
    }

    /// Whether nothing more is expected to change but a rise by a late receipt.
    pub const fn is_closed(self) -> bool {
        self.rank() >= 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_sent_does_not_undo_delivered() {
        assert_eq!(
            DeliveryStatus::Delivered.advance(DeliveryStatus::Sent),
            DeliveryStatus::Delivered
        );
    }

    #[test]
    fn proof_of_arrival_outranks_a_failure_whichever_came_first() {
        use DeliveryStatus::{Delivered, Undelivered};
        assert_eq!(Undelivered.advance(Delivered), Delivered);
        assert_eq!(Delivered.advance(Undelivered), Delivered);
    }

    /// All orders of up to six receipts with repeats give the maximum (GUARANTEES 4).
    #[test]
    fn order_does_not_matter_exhaustively() {
        use DeliveryStatus::{Accepted, Delivered, Failed, Read, Sent, Unconfirmed};
        let words = [Unconfirmed, Accepted, Sent, Failed, Delivered, Read];
        let count = words.len();
        for code in 0..count.pow(6) {
            let (mut rest, mut status, mut highest) = (code, DeliveryStatus::Pending, 0);
            for _ in 0..6 {
                let receipt = words[rest % count];
                rest /= count;
                let before = status.rank();
                status = status.advance(receipt);
                assert!(status.rank() >= before);
                highest = highest.max(receipt.rank());
            }
            assert_eq!(status.rank(), highest);
        }
    }
}
