//! What we ask of whoever keeps templates and has them approved.

use std::collections::BTreeMap;
use std::fmt;

use domain::Text;
use futures_util::future::BoxFuture;

use crate::provider::FetchError;
use crate::remote::{Cursor, Page};

/// Keeps templates. Implementations: `Twilio`, [`crate::Local`].
pub trait TemplateHost: Send + Sync + fmt::Debug {
    /// One page of the account's templates with their approvals.
    fn templates(
        &self,
        cursor: Option<Cursor>,
    ) -> BoxFuture<'_, Result<Page<RemoteTemplate>, FetchError>>;

    /// The approval of one template; `None` when there is no such template.
    fn approval<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Approval>, FetchError>>;

    /// Makes a template and answers its id. It is not submitted yet. Without an answer it may have been made: look
    /// for its friendly name before making it again.
    fn create<'a>(
        &'a self,
        template: &'a NewTemplate,
    ) -> BoxFuture<'a, Result<Box<str>, FetchError>>;

    /// Asks WhatsApp to approve a template.
    fn submit<'a>(
        &'a self,
        id: &'a str,
        submission: &'a Submission,
    ) -> BoxFuture<'a, Result<Approval, FetchError>>;
}

/// A template to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTemplate {
    /// By which it is found again.
    pub friendly_name: Box<str>,
    /// Its language, as Meta spells it.
    pub language: Box<str>,
    /// Its text, with `{{1}}` for the first variable.
    pub body: Box<str>,
    /// Samples, in the order of the variables.
    pub samples: Vec<Box<str>>,
    /// Quick replies: id and title.
    pub buttons: Vec<(Box<str>, Box<str>)>,
}

/// What WhatsApp is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The name it gets there.
    pub name: Box<str>,
    /// `UTILITY`, `MARKETING`, `AUTHENTICATION`.
    pub category: Box<str>,
}

/// A template as its host keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteTemplate {
    /// Its id: `HX…`.
    pub content_sid: Box<str>,
    /// The name its author gave it.
    pub friendly_name: Option<Box<str>>,
    /// Its language, such as `en` or `pt_BR`.
    pub language: Option<Box<str>>,
    /// Samples by variable.
    pub variables: BTreeMap<Box<str>, Text>,
    /// JSON by type, such as `twilio/text`.
    pub types: BTreeMap<Box<str>, Text>,
    /// Its approval for WhatsApp; `None` where the list does not tell.
    pub approval: Option<Approval>,
}

/// The approval of a template for WhatsApp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Its name at WhatsApp.
    pub name: Option<Box<str>>,
    /// `UTILITY`, `MARKETING`, `AUTHENTICATION`; Meta may change it.
    pub category: Option<Box<str>>,
    /// How far it has come.
    pub status: ApprovalStatus,
    /// Why it was rejected.
    pub rejection_reason: Option<Box<str>>,
}

/// How far an approval has come (facts/twilio.md 8.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApprovalStatus {
    /// Never submitted.
    Unsubmitted,
    /// The host has it.
    Received,
    /// Meta looks at it.
    Pending,
    /// It may be sent.
    Approved,
    /// Refused.
    Rejected,
    /// Stopped for a while, for poor feedback.
    Paused,
    /// Stopped for good.
    Disabled,
    /// Another word: not sendable.
    Unknown(Box<str>),
}

impl ApprovalStatus {
    /// By its word.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "unsubmitted" => Self::Unsubmitted,
            "received" => Self::Received,
            "pending" => Self::Pending,
            "approved" => Self::Approved,
            "rejected" => Self::Rejected,
            "paused" => Self::Paused,
            "disabled" => Self::Disabled,
            other => Self::Unknown(other.chars().take(40).collect::<String>().into()),
        }
    }

    /// Its word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unsubmitted => "unsubmitted",
            Self::Received => "received",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::Unknown(word) => word,
        }
    }

    /// Whether it may be sent outside the window (G20).
    pub fn is_sendable(&self) -> bool {
        *self == Self::Approved
    }
}
