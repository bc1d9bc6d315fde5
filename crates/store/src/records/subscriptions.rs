//! Who pays, as whoever takes payments told it last.

use domain::{MemberId, SubscriptionState, Timestamp};

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// Its id where payments are taken.
    pub id: String,
    /// Whose.
    pub member: MemberId,
    /// Who pays, as they are called there.
    pub customer: String,
    /// Where it is.
    pub state: SubscriptionState,
    /// When the period began that runs, or ran last.
    pub period_start: Timestamp,
    /// When it ends or ended.
    pub period_end: Timestamp,
    /// Whether it ends with its period.
    pub cancels: bool,
    /// When it was made there.
    pub made_at: Timestamp,
    /// The instant before it was asked for: of two answers the one that was asked for later is the truth.
    pub told_at: Timestamp,
    /// The end of the period of whose renewal the member was reminded.
    pub reminded_for: Option<Timestamp>,
}

/// A page on which somebody may pay, made or to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutRecord {
    /// Who would be served.
    pub member: MemberId,
    /// What opens it: whoever has it may pay for them, and see nothing of theirs.
    pub token: String,
    /// Counts the pages that were made for it.
    pub turn: u32,
    /// Since when.
    pub opened_at: Timestamp,
    /// Its address, once there is one, and until when that holds.
    pub page: Option<(String, Timestamp)>,
}

/// What has to be asked of whoever takes payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BillingTask {
    /// How a subscription stands.
    Read,
    /// To end it: its member was erased.
    Cancel,
}

impl BillingTask {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Cancel => "cancel",
        }
    }
}

impl std::str::FromStr for BillingTask {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "read" => Ok(Self::Read),
            "cancel" => Ok(Self::Cancel),
            _ => Err(()),
        }
    }
}

/// Something that has to be asked, until it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingNeed {
    /// What.
    pub task: BillingTask,
    /// Of which subscription.
    pub subscription: String,
    /// Counts how often it came to be needed before it was answered; 0 where nobody told, and the date says so.
    pub turn: u32,
    /// How often it was asked in vain.
    pub asked: u8,
}

/// What is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillingDue {
    /// What is to be asked, the longest due first.
    pub needs: Vec<BillingNeed>,
    /// Subscriptions whose members are to be reminded of their renewal.
    pub renewals: Vec<SubscriptionRecord>,
}
