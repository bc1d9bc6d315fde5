//! Operations on attempts: begun before the request, settled after it, told about by receipts.

use domain::{
    AttemptId, Channel, DeliveryStatus, Handle, MessageId, ProviderName, Purpose, Timestamp,
};

use crate::costs::Counted;
use crate::lane::{Epoch, Seq};
use crate::records::{ErrorNote, ExpectedFacts};

/// See [`Op::Begin`](super::Op::Begin).
#[derive(Clone, Debug)]
pub struct Begin {
    /// The place.
    pub seq: Seq,
    /// The attempt: its number must be one more than the attempts begun.
    pub attempt: AttemptId,
    /// The fence.
    pub epoch: Epoch,
    /// On which channel.
    pub channel: Channel,
    /// By which provider.
    pub provider: ProviderName,
    /// From.
    pub from: Handle,
    /// To.
    pub to: Handle,
    /// The template's name, where one is used.
    pub template: Option<String>,
    /// SMS segments.
    pub segments: Option<u16>,
    /// The facts the decision used.
    pub expected: ExpectedFacts,
    /// As what it is counted among the costs.
    pub cost: Counted,
    /// The decision with its reasons, as JSON.
    pub decision: String,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Begin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginAnswer {
    /// Go.
    Begun,
    /// A fact moved: decide again.
    FactsMoved(MovedFact),
    /// The place is not to be sent any more (ended, or begun by somebody else).
    Gone,
}

/// Which fact moved between decision and begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovedFact {
    /// Consent of the address.
    Consent,
    /// The session window.
    Window,
    /// A kill switch.
    Switches,
    /// A cancel was asked for.
    Cancelled,
}

/// See [`Op::Settle`](super::Op::Settle).
#[derive(Clone, Debug)]
pub struct Settle {
    /// The place.
    pub seq: Seq,
    /// The attempt.
    pub attempt: AttemptId,
    /// The fence.
    pub epoch: Epoch,
    /// What came of it.
    pub outcome: Outcome,
    /// What it tells about the address.
    pub effects: AddressEffects,
    /// Now.
    pub at: Timestamp,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The provider has it.
    Accepted {
        /// Its id there.
        provider_message_id: String,
        /// The status it gave.
        status: DeliveryStatus,
        /// Segments it counted.
        segments: Option<u16>,
        /// How long the lane waits for a receipt.
        lane_waits_until: Timestamp,
    },
    /// Certainly not with the provider; try again.
    Again {
        /// When.
        at: Timestamp,
        /// Whether the attempt counts against the maximum.
        counts: bool,
        /// Why.
        error: ErrorNote,
        /// A code for the hold shown meanwhile.
        why: String,
    },
    /// Certainly not with the provider, and over.
    Ended {
        /// As what: failed, undelivered or suppressed.
        status: DeliveryStatus,
        /// Why.
        error: ErrorNote,
        /// A code for the outcome.
        why: String,
        /// The provider's id, where it gave one.
        provider_message_id: Option<String>,
    },
    /// No usable answer.
    Unconfirmed {
        /// How long it waits for evidence (Q).
        until: Timestamp,
        /// For people.
        why: String,
    },
}

/// What an answer or receipt tells about the address it concerned.
#[derive(Clone, Debug, Default)]
pub struct AddressEffects {
    /// The provider says the person opted out, for this purpose; the source is kept.
    pub opted_out: Option<(Purpose, String)>,
    /// The provider says the session window is closed.
    pub window_closed: bool,
    /// It answers somebody who came by an advertisement: the free entry point it opens ends at this instant.
    pub free_until: Option<Timestamp>,
    /// The address cannot be reached on this channel.
    pub unreachable: bool,
}

/// Answer to [`Settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleAnswer {
    /// Written; the message's status now.
    Settled(DeliveryStatus),
    /// The fence is old or the attempt is settled: a positive answer was kept as evidence, a
    /// negative one changed nothing (G8).
    Fenced,
}

/// See [`Op::Receipt`](super::Op::Receipt).
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The attempt, where the receipt carried its id.
    pub attempt: Option<AttemptId>,
    /// The provider's id for the message.
    pub provider_message_id: String,
    /// The provider.
    pub provider: ProviderName,
    /// The provider's word.
    pub word: String,
    /// What it means; `None` for an unknown word, which is kept and changes nothing.
    pub status: Option<DeliveryStatus>,
    /// The error it carried.
    pub error: Option<ErrorNote>,
    /// What it tells about the address.
    pub effects: AddressEffects,
    /// What to do when it says the message failed.
    pub on_failure: OnFailure,
    /// Now.
    pub at: Timestamp,
}

/// What follows a failure heard by receipt; judged before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It ends there.
    #[default]
    End,
    /// The place goes back into its lane at this time; whether the attempt counts.
    Again {
        /// When.
        at: Timestamp,
        /// Counts against the maximum.
        counts: bool,
    },
}

/// Answer to [`Receipt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptAnswer {
    /// Applied: the message and its status now.
    Applied(MessageId, DeliveryStatus),
    /// The same was heard before.
    Repeated,
    /// Kept until its message is known (G23).
    Parked,
}
