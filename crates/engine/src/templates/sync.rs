//! Asking the provider how its templates stand. There is no webhook for it (facts/twilio.md 8.2), so
//! it is asked every few minutes, and at once when it refuses a message for its template.

use std::time::Duration;

use policy::retry::Ended;
use policy::templates::{Category, Template, Wording, may_be_sent};
use providers::templates::{Approval, ApprovalStatus, RemoteTemplate};
use serde_json::Value;
use store::ops::RecordTemplates;
use store::questions::Templates;
use store::records::{TemplateChange, TemplateFact, TemplateRecord};

use super::registry::{MISSING, edition, numbers_in};
use super::submit::friendly_name;
use crate::audit::Note;
use crate::{Engine, EngineError};

/// The most pages of the provider's list that are read at once.
const PAGES_MAX: usize = 80;

/// The longest word of a provider that is kept, in characters.
const WORD_MAX: usize = 200;

/// How often a node that does not ask looks whether it has to.
const FIRST_EVERY: Duration = Duration::from_millis(500);

/// What a sync found.
#[derive(Clone, Debug, Default)]
pub struct Synced {
    /// How many templates were asked about.
    pub asked: usize,
    /// What changed.
    pub changes: Vec<TemplateChange>,
}

impl Engine {
    /// Asks the provider how our templates stand, and keeps it.
    pub async fn sync_templates(&self) -> Result<Synced, EngineError> {
        self.refuse_while_held()?;
        let _alone = self.inner.template_work.lock().await;
        let kept = self.ask().question(Templates).await?;
        let remote = self.remote_templates().await?;
        let mut records: Vec<TemplateRecord> = Vec::new();
        for one in &remote {
            records.extend(self.heard_of(one, &kept));
        }
        // What the list does not hold is asked about by itself: lists lag.
        let ids = kept
            .iter()
            .map(|record| &record.provider_template_id)
            .chain(
                self.inner
                    .templates
                    .iter()
                    .map(|setting| &setting.provider_template_id),
            );
        let mut missing: Vec<&String> = ids
            .filter(|id| records.iter().all(|one| one.provider_template_id != **id))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        for id in missing {
            match self.inner.template_host.approval(id).await {
                Ok(approval) => {
                    let record = self.known_of(id, &kept, None);
                    records.extend(record.map(|record| standing(record, approval)));
                }
                Err(error) => {
                    tracing::warn!(template.id = %id, %error, "the provider could not be asked about a template");
                }
            }
        }
        let asked = records.len();
        let record = RecordTemplates {
            templates: records,
            at: self.now(),
        };
        let note = || Note::of("templates.sync", format!("{asked} templates"));
        let changes = self.submit(record, note).await?;
        said(&changes);
        self.load_templates().await?;
        Ok(Synced { asked, changes })
    }

    /// All templates of the provider.
    pub(super) async fn remote_templates(&self) -> Result<Vec<RemoteTemplate>, EngineError> {
        let mut all = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let page = self.inner.template_host.templates(cursor).await?;
            all.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        Ok(all)
    }

    /// How one of the provider's list stands, when it is ours: known by its id, or by a friendly name
    /// with the fingerprint of one of our wordings.
    fn heard_of(&self, remote: &RemoteTemplate, kept: &[TemplateRecord]) -> Option<TemplateRecord> {
        let record = self.known_of(&remote.content_sid, kept, Some(remote))?;
        Some(standing(record, remote.approval.clone()))
    }

    fn known_of(
        &self,
        id: &str,
        kept: &[TemplateRecord],
        remote: Option<&RemoteTemplate>,
    ) -> Option<TemplateRecord> {
        let mut record = kept
            .iter()
            .find(|one| one.provider_template_id == id)
            .cloned()
            .or_else(|| self.of_setting(id))
            .or_else(|| self.of_friendly_name(id, remote?))?;
        if record.body.is_empty()
            && let Some(body) = remote.and_then(body)
        {
            record.variables = numbers_in(&body).iter().map(ToString::to_string).collect();
            record.body = body;
        }
        Some(record)
    }

    /// A record to be, for an id that a setting names.
    fn of_setting(&self, id: &str) -> Option<TemplateRecord> {
        let setting = self
            .inner
            .templates
            .iter()
            .find(|one| one.provider_template_id == id)?;
        Some(TemplateRecord {
            provider_template_id: id.to_owned(),
            name: setting.name.clone(),
            language: setting.language.clone(),
            edition: String::new(),
            status: String::new(),
            category: String::new(),
            category_asked: String::new(),
            reason: String::new(),
            body: String::new(),
            variables: setting.variables.iter().map(ToString::to_string).collect(),
            created_at: self.now(),
            changed_at: self.now(),
        })
    }

    /// A record to be, for a wording that was submitted and is not in the store.
    fn of_friendly_name(&self, id: &str, remote: &RemoteTemplate) -> Option<TemplateRecord> {
        let name = remote.friendly_name.as_deref()?;
        let (template, wording, edition) = self.inner.catalog.iter().find_map(|template| {
            template.wordings.iter().find_map(|wording| {
                let edition = edition(template, wording);
                let is_it = friendly_name(&template.name, &wording.language, &edition) == name;
                is_it.then_some((template, wording, edition))
            })
        })?;
        Some(self.record_of(id, template, wording, edition))
    }

    /// A record of a wording, of which nobody has said yet how it stands.
    pub(super) fn record_of(
        &self,
        id: &str,
        template: &Template,
        wording: &Wording,
        edition: String,
    ) -> TemplateRecord {
        let now = self.now();
        TemplateRecord {
            provider_template_id: id.to_owned(),
            name: template.name.to_string(),
            language: wording.language.to_string(),
            edition,
            status: String::new(),
            category: String::new(),
            category_asked: template.category.as_str().into(),
            reason: String::new(),
            body: wording.body.to_string(),
            variables: template.numbers().iter().map(ToString::to_string).collect(),
            created_at: now,
            changed_at: now,
        }
    }

    /// Asks at start, every `templates_every`, and whenever the provider refused a template. Of many
    /// nodes one asks: the one with the first shard, as soon as it has that.
    pub(crate) async fn template_loop(&self) {
        let every = self
            .inner
            .settings
            .templates_every
            .to_duration()
            .max(Duration::from_millis(50));
        let mut refused = false;
        loop {
            let first = self.inner.ownership.has_the_first();
            let idle = !(first || refused) || self.held().is_some() || self.nothing_to_ask();
            if !idle && let Err(error) = self.sync_templates().await {
                tracing::warn!(%error, "how templates stand could not be asked; it is asked again");
            }
            if first && self.held().is_none() {
                self.ask_how_senders_stand().await;
            }
            let wait = if first { every } else { every.min(FIRST_EVERY) };
            refused = tokio::select! {
                () = tokio::time::sleep(wait) => false,
                () = self.inner.template_trouble.notified() => true,
                () = self.inner.stop.cancelled() => return,
            };
        }
    }

    /// A message has ended for its template: the provider knows of it what we do not know yet.
    pub(crate) fn note_trouble(&self, why: Ended) {
        if why == Ended::TemplateProblem {
            self.inner.template_trouble.notify_one();
        }
    }

    /// Nothing stands at the provider: nobody has submitted anything.
    fn nothing_to_ask(&self) -> bool {
        self.registry()
            .entries
            .iter()
            .all(|entry| entry.provider_template_id.is_empty())
    }
}

/// A record as the provider says it stands now; what it does not know may not be sent.
fn standing(mut record: TemplateRecord, approval: Option<Approval>) -> TemplateRecord {
    let Some(approval) = approval else {
        record.status = MISSING.into();
        return record;
    };
    record.status = match &approval.status {
        ApprovalStatus::Unknown(word) => short(word).to_ascii_lowercase(),
        known => known.as_str().to_owned(),
    };
    if let Some(category) = &approval.category {
        record.category = short(category).to_ascii_uppercase();
        if record.category_asked.is_empty() {
            // Nobody here asked for it: what it is when it is first seen is what it should stay.
            record.category_asked.clone_from(&record.category);
        }
    }
    record.reason = approval
        .rejection_reason
        .as_deref()
        .map(short)
        .unwrap_or_default();
    record
}

/// The text of a template at the provider.
fn body(remote: &RemoteTemplate) -> Option<String> {
    remote
        .types
        .values()
        .filter_map(|json| serde_json::from_str::<Value>(json.as_str()).ok())
        .find_map(|shape| Some(shape.get("body")?.as_str()?.replace('\0', "")))
        .filter(|body| !body.is_empty())
}

/// A provider's word, short enough and without what no store keeps.
pub(super) fn short(word: &str) -> String {
    word.chars()
        .filter(|c| !c.is_control())
        .take(WORD_MAX)
        .collect()
}

/// Tells the log what changed: names and words, nothing of a text.
pub(super) fn said(changes: &[TemplateChange]) {
    for change in changes {
        let (name, language) = (&change.name, &change.language);
        let (before, now) = (&change.before, &change.now);
        match change.what {
            TemplateFact::Category => {
                let dear = Category::of(now) == Some(Category::Marketing);
                tracing::error!(
                    template.name = %name, template.language = %language, %before, %now,
                    marketing = dear,
                    "a template was moved to another category: its price, its reach and the consent it needs changed"
                );
            }
            TemplateFact::Status if may_be_sent(now) => tracing::info!(
                template.name = %name, template.language = %language, %before, %now,
                "a template may be sent"
            ),
            TemplateFact::Status => tracing::warn!(
                template.name = %name, template.language = %language, %before, %now,
                "a template may not be sent"
            ),
        }
    }
}
