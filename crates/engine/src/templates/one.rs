//! One template with all that is known of it: how it stands in each language, what speaks against it, what sends it, and what
//! became of it.

use domain::BroadcastState;
use policy::templates::lint::{Finding, lint};
use store::questions::TemplateEvents;
use store::records::{BroadcastRecord, TemplateEvent};

use super::{Template, TemplateView};
use crate::{Engine, EngineError};

/// How many changes are told.
const TOLD: u32 = 100;

/// How many broadcasts are looked at, the newest first.
const BROADCASTS: u32 = 200;

/// A template.
#[derive(Clone, Debug)]
pub struct TemplateDetail {
    /// How it stands, by language and where it comes from.
    pub views: Vec<TemplateView>,
    /// Its file; `None` where a setting alone names it.
    pub file: Option<Template>,
    /// What speaks against it.
    pub findings: Vec<Finding>,
    /// What of the service sends it.
    pub needs: Vec<String>,
    /// Broadcasts that are not over and send it.
    pub broadcasts: Vec<BroadcastRecord>,
    /// What became of it, the newest first.
    pub events: Vec<TemplateEvent>,
}

impl Engine {
    /// One template; `None` where there is none of this name.
    pub async fn template(&self, name: &str) -> Result<Option<TemplateDetail>, EngineError> {
        let mut views = self.templates().await?;
        views.retain(|view| view.entry.name == name);
        if views.is_empty() {
            return Ok(None);
        }
        let catalog = &self.inner.catalog;
        let mut findings = lint(catalog);
        findings.retain(|finding| *finding.template == *name);
        let mut broadcasts = self.broadcasts(None, BROADCASTS).await?;
        broadcasts.retain(|one| {
            let used = one.plan.content.template();
            let is_over = matches!(
                one.standing.state,
                BroadcastState::Finished | BroadcastState::Cancelled
            );
            used.is_some_and(|used| *used.name == *name) && !is_over
        });
        let asked = TemplateEvents {
            name: name.to_owned(),
            limit: TOLD,
        };
        Ok(Some(TemplateDetail {
            views,
            file: catalog.iter().find(|one| *one.name == *name).cloned(),
            findings,
            needs: self.registry().needs(name),
            broadcasts,
            events: self.ask().question(asked).await?,
        }))
    }
}
