//! Templates and their approvals at Twilio's Content API (facts/twilio.md 8).

use std::collections::BTreeMap;

use domain::Text;
use futures_util::future::{BoxFuture, FutureExt};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::json;
use super::client::Twilio;
use super::messages::next_path;
use super::webhook::is_id;
use crate::provider::FetchError;
use crate::remote::{Cursor, Page};
use crate::templates::{
    Approval, ApprovalStatus, NewTemplate, RemoteTemplate, Submission, TemplateHost,
};

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

/// What is written of a new template: the buttons where there are any, and always the plain text,
/// which is what other channels get.
#[derive(Serialize)]
struct WireNew<'a> {
    friendly_name: &'a str,
    language: &'a str,
    variables: BTreeMap<String, &'a str>,
    types: WireTypes<'a>,
}

#[derive(Serialize)]
struct WireTypes<'a> {
    #[serde(rename = "twilio/quick-reply", skip_serializing_if = "Option::is_none")]
    quick_reply: Option<WireQuickReply<'a>>,
    #[serde(rename = "twilio/text")]
    text: WireText<'a>,
}

#[derive(Serialize)]
struct WireQuickReply<'a> {
    body: &'a str,
    actions: Vec<WireAction<'a>>,
}

#[derive(Serialize)]
struct WireAction<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct WireText<'a> {
    body: &'a str,
}

#[derive(Serialize)]
struct WireSubmission<'a> {
    name: &'a str,
    category: &'a str,
    allow_category_change: bool,
}

#[derive(Deserialize)]
struct WireMade {
    sid: Box<str>,
}

impl<'a> From<&'a NewTemplate> for WireNew<'a> {
    fn from(new: &'a NewTemplate) -> Self {
        let body = &*new.body;
        let actions: Vec<_> = new
            .buttons
            .iter()
            .map(|(id, title)| WireAction {
                kind: "QUICK_REPLY",
                id,
                title,
            })
            .collect();
        Self {
            friendly_name: &new.friendly_name,
            language: &new.language,
            variables: (1..)
                .zip(&new.samples)
                .map(|(number, sample): (usize, _)| (number.to_string(), &**sample))
                .collect(),
            types: WireTypes {
                quick_reply: (!actions.is_empty()).then_some(WireQuickReply { body, actions }),
                text: WireText { body },
            },
        }
    }
}

impl TemplateHost for Twilio {
    fn templates(
        &self,
        cursor: Option<Cursor>,
    ) -> BoxFuture<'_, Result<Page<RemoteTemplate>, FetchError>> {
        self.templates(cursor).boxed()
    }

    fn approval<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Approval>, FetchError>> {
        self.approval(id).boxed()
    }

    fn create<'a>(
        &'a self,
        template: &'a NewTemplate,
    ) -> BoxFuture<'a, Result<Box<str>, FetchError>> {
        async move {
            let body = self
                .post_json(&self.content, "/v1/Content", &WireNew::from(template))
                .await?;
            let made: WireMade = json(&body)?;
            checked(&made.sid)?;
            Ok(made.sid)
        }
        .boxed()
    }

    fn submit<'a>(
        &'a self,
        id: &'a str,
        submission: &'a Submission,
    ) -> BoxFuture<'a, Result<Approval, FetchError>> {
        async move {
            let path = format!("/v1/Content/{}/ApprovalRequests/whatsapp", checked(id)?);
            let asked = WireSubmission {
                name: &submission.name,
                category: &submission.category,
                allow_category_change: true,
            };
            let body = self.post_json(&self.content, &path, &asked).await?;
            Ok(json::<WireApproval>(&body)?.read())
        }
        .boxed()
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
