//! Templates and their approvals at Twilio's Content API (facts/twilio.md 8): read only, for the
//! registry and `doctor`.

use std::collections::BTreeMap;

use domain::Text;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::json;
use super::client::Twilio;
use super::messages::next_path;
use super::webhook::is_id;
use crate::provider::FetchError;
use crate::remote::{Cursor, Page};

/// A template as Twilio keeps it.
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
    /// Twilio has it.
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
    fn read(word: &str) -> Self {
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

    /// Whether it may be sent outside the window (G20).
    pub fn is_sendable(&self) -> bool {
        *self == Self::Approved
    }
}

#[derive(Deserialize)]
struct WireTemplate {
    sid: Box<str>,
    friendly_name: Option<Box<str>>,
    language: Option<Box<str>>,
    #[serde(default)]
    variables: Option<BTreeMap<Box<str>, String>>,
    #[serde(default)]
    types: Option<BTreeMap<Box<str>, Box<RawValue>>>,
    approval_requests: Option<WireApproval>,
}

#[derive(Deserialize)]
struct WireApproval {
    name: Option<Box<str>>,
    category: Option<Box<str>>,
    status: Option<String>,
    rejection_reason: Option<Box<str>>,
}

impl WireApproval {
    fn read(self) -> Approval {
        Approval {
            name: self.name,
            category: self.category,
            status: ApprovalStatus::read(self.status.as_deref().unwrap_or("unsubmitted")),
            rejection_reason: self.rejection_reason.filter(|reason| !reason.is_empty()),
        }
    }
}

impl WireTemplate {
    fn read(self) -> RemoteTemplate {
        RemoteTemplate {
            content_sid: self.sid,
            friendly_name: self.friendly_name,
            language: self.language,
            variables: self
                .variables
                .unwrap_or_default()
                .into_iter()
                .map(|(name, sample)| (name, Text::new(sample)))
                .collect(),
            types: self
                .types
                .unwrap_or_default()
                .into_iter()
                .map(|(kind, json)| (kind, Text::new(json.get())))
                .collect(),
            approval: self.approval_requests.map(WireApproval::read),
        }
    }
}

#[derive(Deserialize)]
struct WirePage {
    contents: Vec<WireTemplate>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct WireApprovals {
    whatsapp: Option<WireApproval>,
}

impl Twilio {
    /// One page of the account's templates with their approvals.
    pub async fn templates(
        &self,
        cursor: Option<Cursor>,
    ) -> Result<Page<RemoteTemplate>, FetchError> {
        let path = cursor.map_or_else(
            || "/v1/ContentAndApprovals?PageSize=100".to_owned(),
            |cursor| cursor.0.into(),
        );
        let page: WirePage = match self.get(&self.content, &path).await? {
            Some(body) => json(&body)?,
            None => {
                return Err(FetchError::NoAnswer {
                    why: "HTTP 404 for the list of templates".into(),
                });
            }
        };
        let next = page
            .meta
            .and_then(|meta| meta.next_page_url)
            .filter(|url| !url.is_empty())
            .map(|url| next_path(&self.content, &url).map(|path| Cursor(path.into())))
            .transpose()?;
        let items = page.contents.into_iter().map(WireTemplate::read).collect();
        Ok(Page { items, next })
    }

    /// One template, without its approval; `None` when there is none by this id.
    pub async fn template(&self, content_sid: &str) -> Result<Option<RemoteTemplate>, FetchError> {
        let path = format!("/v1/Content/{}", checked(content_sid)?);
        match self.get(&self.content, &path).await? {
            Some(body) => Ok(Some(json::<WireTemplate>(&body)?.read())),
            None => Ok(None),
        }
    }

    /// The approval of one template; `None` when there is no such template.
    pub async fn approval(&self, content_sid: &str) -> Result<Option<Approval>, FetchError> {
        let path = format!("/v1/Content/{}/ApprovalRequests", checked(content_sid)?);
        let Some(body) = self.get(&self.content, &path).await? else {
            return Ok(None);
        };
        let approvals: WireApprovals = json(&body)?;
        Ok(Some(approvals.whatsapp.map_or(
            Approval {
                name: None,
                category: None,
                status: ApprovalStatus::Unsubmitted,
                rejection_reason: None,
            },
            WireApproval::read,
        )))
    }
}

fn checked(content_sid: &str) -> Result<&str, FetchError> {
    if is_id(content_sid) {
        Ok(content_sid)
    } else {
        Err(FetchError::NotAllowed {
            why: "it is no id of a template".into(),
        })
    }
}
