//! Creating wordings at the provider and asking for their approval. A wording is found again by a
//! friendly name with its fingerprint, so that running it twice creates nothing twice, also after
//! an answer that was lost.

use policy::admission::Refusal;
use policy::templates::{Template, Wording};
use providers::FetchError;
use providers::templates::{Approval, ApprovalStatus, NewTemplate, RemoteTemplate, Submission};
use store::ops::RecordTemplates;
use store::records::TemplateRecord;

use super::registry::edition;
use super::sync::{said, short};
use crate::audit::Note;
use crate::{Engine, EngineError};

/// What was done for one wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Made and submitted.
    Created,
    /// It was there and had not been submitted.
    Submitted,
    /// It was there and submitted.
    Unchanged,
    /// Neither; running it again goes on.
    Failed,
}

impl Outcome {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Submitted => "submitted",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

/// One wording that was to be submitted.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// Our name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The fingerprint of its wording.
    pub edition: String,
    /// What was done.
    pub outcome: Outcome,
    /// How it stands now, where that is known.
    pub status: Option<String>,
    /// The provider's id, where it has one.
    pub provider_template_id: Option<String>,
    /// Why it failed or was rejected.
    pub why: Option<String>,
}

impl Engine {
    /// Creates what is missing at the provider and asks for approval of what was not submitted: all
    /// templates of the files, or those named.
    pub async fn submit_templates(&self, names: &[String]) -> Result<Vec<Submitted>, EngineError> {
        self.refuse_while_draining()?;
        self.refuse_while_held()?;
        self.refuse_unknown(names)?;
        let _alone = self.inner.template_work.lock().await;
        let remote = self.remote_templates().await?;
        let mut done = Vec::new();
        let mut records = Vec::new();
        let catalog = self.inner.catalog.iter();
        for template in
            catalog.filter(|one| names.is_empty() || names.iter().any(|name| **name == *one.name))
        {
            for wording in &template.wordings {
                let (submitted, record) = self.submit_one(template, wording, &remote).await;
                done.push(submitted);
                records.extend(record);
            }
        }
        let record = RecordTemplates {
            templates: records,
            at: self.now(),
        };
        let note = || Note::of("templates.submit", names.join(" "));
        let changes = self.submit(record, note).await?;
        said(&changes);
        self.load_templates().await?;
        Ok(done)
    }

    fn refuse_unknown(&self, names: &[String]) -> Result<(), EngineError> {
        let catalog = &self.inner.catalog;
        let unknown = names
            .iter()
            .find(|name| !catalog.iter().any(|one| *one.name == ***name));
        let Some(name) = unknown else { return Ok(()) };
        let known: Vec<&str> = catalog.iter().map(|one| &*one.name).collect();
        Err(Refusal::UnknownTemplate {
            name: name.as_str().into(),
            known: known.join(", ").into(),
        }
        .into())
    }

    async fn submit_one(
        &self,
        template: &Template,
        wording: &Wording,
        remote: &[RemoteTemplate],
    ) -> (Submitted, Option<TemplateRecord>) {
        let edition = edition(template, wording);
        let mut submitted = Submitted {
            name: template.name.to_string(),
            language: wording.language.to_string(),
            edition: edition.clone(),
            outcome: Outcome::Failed,
            status: None,
            provider_template_id: None,
            why: None,
        };
        let friendly = friendly_name(&template.name, &wording.language, &edition);
        let found = remote
            .iter()
            .find(|one| one.friendly_name.as_deref() == Some(&*friendly));
        let is_submitted = |approval: &Approval| approval.status != ApprovalStatus::Unsubmitted;
        let approval = found
            .and_then(|one| one.approval.clone())
            .filter(is_submitted);
        let id = if let Some(one) = found {
            Ok(one.content_sid.clone())
        } else {
            let new = new_template(friendly.into(), wording);
            self.inner.template_host.create(&new).await
        };
        let result = match (id, approval) {
            (Err(error), _) => Err(error),
            (Ok(id), Some(approval)) => {
                submitted.outcome = Outcome::Unchanged;
                submitted.provider_template_id = Some(id.to_string());
                Ok(approval)
            }
            (Ok(id), None) => {
                submitted.provider_template_id = Some(id.to_string());
                let result = self.ask_approval(&id, template, &edition).await;
                if result.is_ok() {
                    submitted.outcome = if found.is_some() {
                        Outcome::Submitted
                    } else {
                        Outcome::Created
                    };
                }
                result
            }
        };
        let approval = match result {
            Ok(approval) => approval,
            Err(error) => {
                tracing::warn!(template.name = %template.name, template.language = %wording.language, %error, "a template could not be submitted");
                submitted.why = Some(error.to_string());
                return (submitted, None);
            }
        };
        let status = approval.status.as_str().to_ascii_lowercase();
        submitted.status = Some(status.clone());
        submitted.why = approval.rejection_reason.as_deref().map(short);
        let id = submitted.provider_template_id.clone().unwrap_or_default();
        let record = TemplateRecord {
            status,
            category: approval
                .category
                .as_deref()
                .map(short)
                .unwrap_or_default()
                .to_ascii_uppercase(),
            reason: submitted.why.clone().unwrap_or_default(),
            ..self.record_of(&id, template, wording, edition)
        };
        (submitted, Some(record))
    }

    /// Asks, and looks at once how it stands: some are approved or rejected on the spot.
    async fn ask_approval(
        &self,
        id: &str,
        template: &Template,
        edition: &str,
    ) -> Result<Approval, FetchError> {
        let host = &self.inner.template_host;
        let submission = Submission {
            name: format!("gymtext_{}_{edition}", template.name).into(),
            category: template.category.as_str().into(),
        };
        let first = host.submit(id, &submission).await?;
        match host.approval(id).await {
            Ok(Some(approval)) if approval.status != ApprovalStatus::Unsubmitted => Ok(Approval {
                category: approval.category.or(first.category),
                ..approval
            }),
            Ok(_) | Err(_) => Ok(first),
        }
    }
}

/// By which a wording is found again at the provider.
pub(super) fn friendly_name(name: &str, language: &str, edition: &str) -> String {
    format!("gymtext_{name}_{}_{edition}", language.to_ascii_lowercase())
}

fn new_template(friendly_name: Box<str>, wording: &Wording) -> NewTemplate {
    NewTemplate {
        friendly_name,
        language: wording.language.clone(),
        body: wording.body.clone(),
        samples: wording.samples.clone(),
        buttons: wording
            .buttons
            .iter()
            .map(|button| (button.id.clone(), button.title.clone()))
            .collect(),
    }
}
