//! What speaks against a template before WhatsApp is asked: every rule of facts/whatsapp.md 3 and
//! facts/twilio.md 8 that can be judged from the words alone, and our own about what members are
//! asked to answer. Each finding names its rule, its source, its place, and a mend.

mod buttons;
mod calls;
mod rules;
mod set;
mod variables;
mod words;

use std::fmt;

pub use rules::{Rule, Severity};
pub use set::TEMPLATES_MAX;

use super::{Template, Wording};

/// Something that speaks against a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Of which template.
    pub template: Box<str>,
    /// In which language, where it is about one.
    pub language: Option<Box<str>>,
    /// What is wrong, with the words it is about.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.template)?;
        if let Some(language) = &self.language {
            write!(f, " ({language})")?;
        }
        write!(
            f,
            ": {}. {} [{}, {}]",
            self.what,
            self.rule.mend(),
            self.rule.id(),
            self.rule.source()
        )
    }
}

/// Everything that speaks against these templates, each by itself and all together, in their order.
pub fn lint(templates: &[Template]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = templates.iter().flat_map(lint_one).collect();
    findings.extend(set::findings(templates));
    findings
}

/// Whether a template may be submitted: nothing worse than a warning.
pub fn is_fit(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.rule.severity() == Severity::Warning)
}

/// Everything that speaks against one template.
pub fn lint_one(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    words::of_the_whole(template, &mut Notes::new(template, None, &mut found));
    for wording in &template.wordings {
        let mut notes = Notes::new(template, Some(wording), &mut found);
        words::of_a_wording(template, wording, &mut notes);
        variables::of_a_wording(template, wording, &mut notes);
        calls::of_a_wording(wording, &mut notes);
        buttons::of_a_wording(wording, &mut notes);
    }
    found
}

/// Where findings are written down.
struct Notes<'a> {
    template: &'a Template,
    wording: Option<&'a Wording>,
    found: &'a mut Vec<Finding>,
}

impl<'a> Notes<'a> {
    fn new(
        template: &'a Template,
        wording: Option<&'a Wording>,
        found: &'a mut Vec<Finding>,
    ) -> Self {
        Self {
            template,
            wording,
            found,
        }
    }

    fn add(&mut self, rule: Rule, what: impl Into<String>) {
        self.found.push(Finding {
            rule,
            template: self.template.name.clone(),
            language: self.wording.map(|wording| wording.language.clone()),
            what: what.into(),
        });
    }
}

#[cfg(test)]
mod tests;
