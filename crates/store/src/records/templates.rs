//! Templates as the provider has them.

use domain::Timestamp;

/// A wording of a template at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRecord {
    /// The provider's id for it: `HX…`.
    pub provider_template_id: String,
    /// Our name for it.
    pub name: String,
    /// Its language.
    pub language: String,
    /// A fingerprint of its wording; empty where only the id is known.
    pub edition: String,
    /// The provider's word for how it stands, in lower case.
    pub status: String,
    /// The provider's word for what it counts as, in upper case; empty where it has not told.
    pub category: String,
    /// What it was asked to be approved as; empty where we did not ask.
    pub category_asked: String,
    /// Why it was rejected; empty where it was not.
    pub reason: String,
    /// Its text; empty where it is not known.
    pub body: String,
    /// Names of its variables, in order.
    pub variables: Vec<String>,
    /// When it was first heard of.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub changed_at: Timestamp,
}

/// What changed about a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateFact {
    /// How it stands.
    Status,
    /// What it counts as: its price, its reach and the consent it needs change with it.
    Category,
}

impl TemplateFact {
    /// A stable word, also that of the event: `template.status`, `template.category`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Category => "category",
        }
    }

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Status, Self::Category]
            .into_iter()
            .find(|one| one.as_str() == word)
    }

    /// The event that tells of it.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Status => "template.status",
            Self::Category => "template.category",
        }
    }
}

/// A change of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateChange {
    /// The provider's id for it.
    pub provider_template_id: String,
    /// Our name for it.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What changed.
    pub what: TemplateFact,
    /// As it was; empty for a new one.
    pub before: String,
    /// As it is.
    pub now: String,
}

/// A change of a template that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateEvent {
    /// When we heard of it.
    pub at: Timestamp,
    /// What changed.
    pub change: TemplateChange,
    /// A fingerprint of the wording it is about; empty where only its id is known.
    pub edition: String,
    /// Why it was rejected; empty where it was not.
    pub reason: String,
}

impl TemplateChange {
    /// As the outbox tells it: names and words, nothing of its text.
    pub fn detail(&self) -> String {
        let before = if self.before.is_empty() {
            "new"
        } else {
            &self.before
        };
        format!("{} {} {before} → {}", self.name, self.language, self.now)
    }
}

impl TemplateRecord {
    /// Whether anything but its times differs.
    pub fn differs_from(&self, before: &Self) -> bool {
        let same_times = Self {
            created_at: before.created_at,
            changed_at: before.changed_at,
            ..self.clone()
        };
        same_times != *before
    }

    /// What others want to hear of, compared with what was kept.
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<TemplateChange> {
        let change = |what, before: &str, now: &str| TemplateChange {
            provider_template_id: self.provider_template_id.clone(),
            name: self.name.clone(),
            language: self.language.clone(),
            what,
            before: before.to_owned(),
            now: now.to_owned(),
        };
        let mut changes = Vec::new();
        let status = before.map_or("", |before| &before.status);
        if status != self.status {
            changes.push(change(TemplateFact::Status, status, &self.status));
        }
        // The category it is approved in may differ at once from the one that was asked for.
        let category = match before {
            Some(before) if !before.category.is_empty() => &before.category,
            Some(_) | None => &self.category_asked,
        };
        if !category.is_empty() && !self.category.is_empty() && *category != self.category {
            changes.push(change(TemplateFact::Category, category, &self.category));
        }
        changes
    }
}
