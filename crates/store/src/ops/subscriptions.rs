//! Operations of who pays: what was told, what has to be asked, and pages on which somebody may pay.

use domain::{MemberId, Seconds, Timestamp};

use crate::records::{BillingTask, NewMessage, SubscriptionRecord};

/// See [`Op::HearBilling`](super::Op::HearBilling).
#[derive(Clone, Debug)]
pub struct HearBilling {
    /// The event's id; `None` for what we found out by ourselves.
    pub event: Option<String>,
    /// What it is called.
    pub kind: String,
    /// The subscription it is about: how it stands is to be asked.
    pub subscription: String,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::KeepSubscription`](super::Op::KeepSubscription).
#[derive(Clone, Debug)]
pub struct KeepSubscription {
    /// As it was told; `reminded_for` is not looked at.
    pub subscription: SubscriptionRecord,
    /// `told_at` of what `notice` was judged by; refused when something else is kept meanwhile.
    pub expected: Option<Timestamp>,
    /// The turn of the need that this answers.
    pub answers: Option<u32>,
    /// What the member is written about it.
    pub notice: Option<Box<NewMessage>>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`KeepSubscription`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepSubscriptionAnswer {
    /// It is kept, and the need to ask is over.
    Kept,
    /// What is kept was asked for later: it stays.
    Older,
    /// Something else was kept meanwhile: judge again.
    Moved,
    /// It is of nobody we know: the need to ask is over.
    Nobody,
    /// Its member was erased: it is to be ended.
    Erased,
}

/// See [`Op::SettleBilling`](super::Op::SettleBilling).
#[derive(Clone, Debug)]
pub struct SettleBilling {
    /// What was asked.
    pub task: BillingTask,
    /// Of which subscription.
    pub subscription: String,
    /// In which turn it was wanted: one that has come to be wanted since stays.
    pub turn: u32,
    /// When to ask again and how often that was; `None` when it is over.
    pub again: Option<(Timestamp, u8)>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::OpenCheckout`](super::Op::OpenCheckout).
#[derive(Clone, Debug)]
pub struct OpenCheckout {
    /// For whom.
    pub member: MemberId,
    /// What is to open it, where there is none that holds.
    pub token: String,
    /// How long one holds.
    pub lasts: Seconds,
    /// The page made in this turn cannot be used: another one is to be made.
    pub spent: Option<u32>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::KeepCheckout`](super::Op::KeepCheckout).
#[derive(Clone, Debug)]
pub struct KeepCheckout {
    /// For whom.
    pub member: MemberId,
    /// In which turn it was made.
    pub turn: u32,
    /// Its address.
    pub url: String,
    /// Until when that holds.
    pub until: Timestamp,
}

/// See [`Op::RemindRenewal`](super::Op::RemindRenewal).
#[derive(Clone, Debug)]
pub struct RemindRenewal {
    /// Of which subscription.
    pub subscription: String,
    /// The end of the period.
    pub period_end: Timestamp,
    /// The reminder.
    pub notice: Box<NewMessage>,
    /// Now.
    pub at: Timestamp,
}
