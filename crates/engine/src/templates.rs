//! The registry of templates: the files' wordings and the ids of the settings, with how they stand
//! at the provider. It is memory, read from the store; what the provider says is stored first, and
//! moves the version that `begin` compares (G20).

mod offered;
mod one;
mod registry;
mod submit;
mod sync;

use std::sync::Arc;

use domain::Kind;
use policy::templates::may_be_sent;
pub use policy::templates::{Category, Template, Variable, VariableKind, Wording};
use store::questions::{Messages, Templates};

pub use offered::Offered;
pub use one::TemplateDetail;
pub use policy::templates::lint::{Finding, Severity, is_fit};
pub use policy::templates::placeholders;
pub(crate) use registry::Registry;
pub use registry::{Entry, Origin};
pub use submit::{Outcome, Submitted};
pub use sync::Synced;

use crate::{Engine, EngineError};

/// How many held messages are looked at for those that wait for a template.
const HELD_LOOKED_AT: u32 = 500;

/// A template in one language, for people.
#[derive(Clone, Debug)]
pub struct TemplateView {
    /// What is known of it.
    pub entry: Entry,
    /// Whether it may be sent now.
    pub may_be_sent: bool,
    /// Whether the provider counts it as something else than was asked for.
    pub category_changed: bool,
    /// What needs it, while it may not be sent.
    pub dependents: Vec<String>,
}

impl Engine {
    /// All templates with how they stand, from the store itself.
    pub async fn templates(&self) -> Result<Vec<TemplateView>, EngineError> {
        self.load_templates().await?;
        let registry = self.registry();
        let mut views: Vec<TemplateView> = registry
            .entries
            .iter()
            .map(|entry| TemplateView {
                may_be_sent: may_be_sent(&entry.status),
                category_changed: entry.category_changed(),
                dependents: Vec::new(),
                entry: entry.clone(),
            })
            .collect();
        if views.iter().any(TemplateView::is_missed) {
            let held = self
                .ask()
                .question(Messages {
                    status: Some("held".into()),
                    limit: HELD_LOOKED_AT,
                    ..Messages::default()
                })
                .await?;
            let waits: Vec<(Option<String>, Option<Kind>)> = held
                .into_iter()
                .filter(|message| message.reason.as_deref() == Some("template_not_approved"))
                .map(|message| (message.template, message.kind))
                .collect();
            for view in views.iter_mut().filter(|view| view.is_missed()) {
                view.dependents = registry.dependents(&view.entry, &waits);
            }
        }
        Ok(views)
    }

    /// The registry as it was last read.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(
            &self
                .inner
                .registry
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    /// Reads how templates stand into memory.
    pub(crate) async fn load_templates(&self) -> Result<(), EngineError> {
        let _alone = self.inner.loading.lock().await;
        self.read_templates().await
    }

    /// The same, for whoever holds the lock already.
    pub(crate) async fn read_templates(&self) -> Result<(), EngineError> {
        let records = self.ask().question(Templates).await?;
        let registry = Registry::of(&self.inner.templates, &self.inner.catalog, &records);
        *self
            .inner
            .registry
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(registry);
        Ok(())
    }
}

impl TemplateView {
    /// Whether somebody may miss it: it stands at the provider, and may not be sent.
    fn is_missed(&self) -> bool {
        !self.may_be_sent && self.entry.origin != Origin::Former
    }
}

/// A variable with the name it has on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedVariable {
    /// `1`, `2`, …
    pub number: String,
    /// What it holds, where it is declared.
    pub declared: Option<Variable>,
}

impl Entry {
    /// Its variables.
    pub fn numbered(&self) -> Vec<NumberedVariable> {
        self.variables
            .iter()
            .enumerate()
            .map(|(index, number)| NumberedVariable {
                number: number.to_string(),
                declared: self.declared.get(index).cloned(),
            })
            .collect()
    }
}
