//! What is known of templates, put together from files, settings and the store.

use domain::Kind;
use policy::outbound::TemplateFacts;
use policy::templates::placeholders::{Piece, pieces};
use policy::templates::{Category, Template, Variable, Wording, may_be_sent};
use sha2::{Digest, Sha256};
use store::records::TemplateRecord;

use crate::parts::TemplateSetting;

/// How many hexadecimal digits of a fingerprint are kept: 48 bits tell a few hundred wordings apart.
const EDITION_DIGITS: usize = 12;

/// How one stands that its host does not know.
pub(super) const MISSING: &str = "missing";

/// Where a template comes from. In this order the planner prefers them, language for language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A setting names its id.
    Setting,
    /// A file.
    File,
    /// A file as it was before: it goes on being sent until its successor is approved.
    Former,
}

impl Origin {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::File => "file",
            Self::Former => "former",
        }
    }
}

/// One wording of a template.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Our name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// A fingerprint of its wording; empty where only its id is known.
    pub edition: String,
    /// The provider's id; empty while it was not submitted.
    pub provider_template_id: String,
    /// The provider's word for how it stands; `draft` while it was not submitted.
    pub status: String,
    /// What the provider counts it as; empty where it has not told.
    pub category: String,
    /// What it was asked to be approved as.
    pub category_asked: String,
    /// Why it was rejected.
    pub reason: String,
    /// Its text, where it is known.
    pub body: Option<String>,
    /// Names of its variables on the wire.
    pub variables: Vec<Box<str>>,
    /// What they hold, in order; empty where only its id is known.
    pub declared: Vec<Variable>,
    /// What takes its place while it may not be sent.
    pub backup: Option<Box<str>>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Entry {
    /// Whether the provider counts it as something else than was asked for.
    pub fn category_changed(&self) -> bool {
        !self.category.is_empty()
            && !self.category_asked.is_empty()
            && self.category != self.category_asked
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) entries: Vec<Entry>,
}

impl Registry {
    /// Puts it together. `records` are the newest first.
    pub(crate) fn of(
        settings: &[TemplateSetting],
        catalog: &[Template],
        records: &[TemplateRecord],
    ) -> Self {
        let mut entries = Vec::with_capacity(records.len() + catalog.len());
        let gone = |record: &TemplateRecord| {
            let replaced = records.iter().any(|one| {
                one.provider_template_id != record.provider_template_id
                    && (&one.name, &one.language, &one.edition)
                        == (&record.name, &record.language, &record.edition)
                    && one.status != MISSING
            });
            record.status == MISSING && replaced
        };
        for record in records.iter().filter(|record| !gone(record)) {
            entries.extend(of_record(record, settings, catalog));
        }
        for setting in settings {
            let id = &setting.provider_template_id;
            if !records.iter().any(|one| one.provider_template_id == *id) {
                entries.push(of_setting(setting));
            }
        }
        for template in catalog {
            for wording in &template.wordings {
                let edition = edition(template, wording);
                let is_known = |entry: &Entry| {
                    entry.name == *template.name
                        && entry.language == *wording.language
                        && entry.edition == edition
                };
                if !entries.iter().any(is_known) {
                    entries.push(draft(template, wording, edition));
                }
            }
        }
        // Stable: within one origin the newest stays first.
        entries.sort_by(|a, b| {
            (&a.name, &a.language, a.origin).cmp(&(&b.name, &b.language, b.origin))
        });
        Self { entries }
    }

    /// As the planner sees them.
    pub(crate) fn facts(&self) -> Vec<TemplateFacts<'_>> {
        self.entries
            .iter()
            .map(|entry| TemplateFacts {
                name: &entry.name,
                provider_template_id: &entry.provider_template_id,
                language: &entry.language,
                edition: &entry.edition,
                approved: may_be_sent(&entry.status),
                category: Category::of(&entry.category),
                variables: &entry.variables,
                declared: &entry.declared,
                backup: entry.backup.as_deref(),
                body: entry.body.as_deref(),
                version: 1,
            })
            .collect()
    }

    /// What needs a template that may not be sent, and what becomes of it: `waits` are the template
    /// and kind of messages that are held for want of one.
    pub(crate) fn dependents(
        &self,
        entry: &Entry,
        waits: &[(Option<String>, Option<Kind>)],
    ) -> Vec<String> {
        let mut found = self.needs(&entry.name);
        let count = waits
            .iter()
            .filter(|(template, kind)| match template {
                Some(template) => *template == entry.name,
                None => kind.is_some_and(|kind| kind.as_str() == entry.name),
            })
            .count();
        if count > 0 {
            found.push(format!("{count} messages wait for it"));
        }
        if !found.is_empty() {
            let stands_in = self.entries.iter().find(|other| {
                let same =
                    other.name == entry.name || entry.backup.as_deref() == Some(&*other.name);
                same && may_be_sent(&other.status)
            });
            found.push(match stands_in {
                Some(other) => format!("{} ({}) takes its place", other.name, other.language),
                None => {
                    "nothing takes its place: SMS where there is consent, else they wait".to_owned()
                }
            });
        }
        found
    }

    /// What of the service sends it.
    pub(super) fn needs(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        let schedule = match name.parse::<Kind>() {
            Ok(Kind::DailyWorkout) => Some("the schedule daily-messages knocks with it"),
            Ok(Kind::WeeklyCheckin) => Some("the schedule weekly-messages knocks with it"),
            Ok(Kind::Welcome) => Some("the welcome of new members knocks with it"),
            Ok(Kind::SubscriptionReminder) => Some("reminders of renewal are sent with it"),
            Ok(_) | Err(_) => None,
        };
        found.extend(schedule.map(ToOwned::to_owned));
        for other in &self.entries {
            let line = format!("it is the backup of {}", other.name);
            if other.backup.as_deref() == Some(name) && !found.contains(&line) {
                found.push(line);
            }
        }
        found
    }
}

/// What a record is, by the settings and files there are now; nothing when neither knows it.
fn of_record(
    record: &TemplateRecord,
    settings: &[TemplateSetting],
    catalog: &[Template],
) -> Option<Entry> {
    let id = &record.provider_template_id;
    let setting = settings.iter().find(|one| one.provider_template_id == *id);
    let template = catalog.iter().find(|one| *one.name == *record.name);
    let current = template.and_then(|template| {
        template
            .wordings
            .iter()
            .find(|wording| *wording.language == *record.language)
            .filter(|wording| edition(template, wording) == record.edition)
            .map(|_| template)
    });
    let body = (!record.body.is_empty()).then(|| record.body.clone());
    let (name, language, origin, variables) = match (setting, template) {
        (Some(setting), _) => (
            setting.name.clone(),
            setting.language.clone(),
            Origin::Setting,
            // The text knows better than the setting how many there are.
            body.as_deref()
                .map_or_else(|| setting.variables.clone(), numbers_in),
        ),
        (None, Some(_)) if !record.edition.is_empty() => (
            record.name.clone(),
            record.language.clone(),
            if current.is_some() {
                Origin::File
            } else {
                Origin::Former
            },
            record.variables.iter().map(|one| (**one).into()).collect(),
        ),
        (None, Some(_) | None) => return None,
    };
    Some(Entry {
        name,
        language,
        edition: record.edition.clone(),
        provider_template_id: id.clone(),
        status: record.status.clone(),
        category: record.category.clone(),
        category_asked: record.category_asked.clone(),
        reason: record.reason.clone(),
        body: body.or_else(|| setting.and_then(|setting| setting.body.clone())),
        variables,
        declared: current.map_or_else(Vec::new, |template| template.variables.clone()),
        backup: template.and_then(|template| template.backup.clone()),
        origin,
    })
}

/// A setting that the provider was not asked about yet: it stands as the operator says.
fn of_setting(setting: &TemplateSetting) -> Entry {
    Entry {
        name: setting.name.clone(),
        language: setting.language.clone(),
        edition: String::new(),
        provider_template_id: setting.provider_template_id.clone(),
        status: if setting.approved {
            "approved".into()
        } else {
            "unsubmitted".into()
        },
        category: String::new(),
        category_asked: String::new(),
        reason: String::new(),
        body: setting.body.clone(),
        variables: setting.variables.clone(),
        declared: Vec::new(),
        backup: None,
        origin: Origin::Setting,
    }
}

fn draft(template: &Template, wording: &Wording, edition: String) -> Entry {
    Entry {
        name: template.name.to_string(),
        language: wording.language.to_string(),
        edition,
        provider_template_id: String::new(),
        status: "draft".into(),
        category: String::new(),
        category_asked: template.category.as_str().into(),
        reason: String::new(),
        body: Some(wording.body.to_string()),
        variables: template.numbers(),
        declared: template.variables.clone(),
        backup: template.backup.clone(),
        origin: Origin::File,
    }
}

/// The numbers of the variables in a text, each once, in order.
pub(crate) fn numbers_in(body: &str) -> Vec<Box<str>> {
    let mut numbers: Vec<Box<str>> = Vec::new();
    for piece in pieces(body) {
        if let Piece::Variable(number) = piece {
            let number = number.trim();
            if !numbers.iter().any(|known| **known == *number) {
                numbers.push(number.into());
            }
        }
    }
    numbers
}

/// The fingerprint of a wording: everything that is submitted of it.
pub(crate) fn edition(template: &Template, wording: &Wording) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        // Its length before it: two parts never read as two others.
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text.as_bytes());
    };
    part(template.category.as_str());
    part(&wording.language);
    part(&wording.body);
    for sample in &wording.samples {
        part(sample);
    }
    for button in &wording.buttons {
        part(&button.id);
        part(&button.title);
    }
    let digest = hash.finalize();
    let mut digits = String::with_capacity(EDITION_DIGITS + 2);
    for byte in digest.iter().take(EDITION_DIGITS / 2) {
        digits.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        digits.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    digits
}

#[cfg(test)]
mod tests;
