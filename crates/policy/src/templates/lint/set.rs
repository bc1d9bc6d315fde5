//! What speaks against templates together: the same words twice, a backup that is none.

use super::super::{Template, Wording};
use super::{Finding, Notes, Rule};

/// The most templates of an account, counted by their names.
pub const TEMPLATES_MAX: usize = 250;

pub(super) fn findings(templates: &[Template]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, template) in templates.iter().enumerate() {
        let mut notes = Notes::new(template, None, &mut found);
        if index == TEMPLATES_MAX {
            notes.add(
                Rule::TemplatesTooMany,
                format!("there are {} templates", templates.len()),
            );
        }
        let earlier = || templates.iter().take(index);
        if earlier().any(|other| other.name == template.name) {
            notes.add(
                Rule::NameTwice,
                format!("another template is called `{}`", template.name),
            );
        }
        backup(template, templates, &mut notes);
        buttons(template, &mut notes);
        for wording in &template.wordings {
            if let Some(other) = earlier().find(|other| says_the_same(other, wording)) {
                Notes::new(template, Some(wording), &mut found).add(
                    Rule::SameWords,
                    format!("its text is that of `{}`", other.name),
                );
            }
        }
    }
    found
}

fn says_the_same(other: &Template, wording: &Wording) -> bool {
    other
        .wordings
        .iter()
        .any(|one| one.language == wording.language && one.body.trim() == wording.body.trim())
}

fn backup(template: &Template, all: &[Template], notes: &mut Notes<'_>) {
    let Some(name) = &template.backup else { return };
    let kinds = |of: &Template| -> Vec<_> { of.variables.iter().map(|v| v.kind).collect() };
    let why = match all.iter().find(|other| other.name == *name) {
        None => "there is no such template",
        Some(other) if other.name == template.name => "it is itself",
        Some(other) if other.backup.is_some() => "it has a backup of its own",
        Some(other) if kinds(other) != kinds(template) => "its variables are others",
        Some(_) => return,
    };
    notes.add(
        Rule::BackupUnfit,
        format!("`{name}` cannot be its backup: {why}"),
    );
}

/// A tap must mean the same in every language.
fn buttons(template: &Template, notes: &mut Notes<'_>) {
    let ids = |wording: &Wording| -> Vec<_> {
        wording
            .buttons
            .iter()
            .map(|button| button.id.clone())
            .collect()
    };
    let Some((first, rest)) = template.wordings.split_first() else {
        return;
    };
    for wording in rest.iter().filter(|wording| ids(wording) != ids(first)) {
        notes.add(
            Rule::ButtonsDiffer,
            format!(
                "`{}` has other buttons than `{}`",
                wording.language, first.language
            ),
        );
    }
}
