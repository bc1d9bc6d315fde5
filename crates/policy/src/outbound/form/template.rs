//! Finding a template, filling it, and knocking with it.

use std::collections::BTreeMap;

use domain::{Kind, TemplateUse, Text, Timestamp};
use jiff::tz::TimeZone;

use super::super::decision::Form;
use super::super::facts::{Facts, TemplateFacts};
use super::super::reason::Reason;
use super::{Ready, language};
use crate::programme::{given, weekday};

/// The approved template of this name in the language that fits best.
fn find<'a>(facts: &Facts<'a>, name: &str) -> Result<&'a TemplateFacts<'a>, Reason> {
    let fitting = facts
        .templates
        .iter()
        .filter(|t| t.name == name)
        .filter_map(|template| {
            let fit = language::fit(
                template.language,
                facts.member.locale,
                &facts.settings.default_locale,
            )?;
            Some((!template.approved, fit, template))
        });
    match fitting.min_by_key(|(unusable, fit, _)| (*unusable, *fit)) {
        None => Err(Reason::NoTemplate),
        Some((true, ..)) => Err(Reason::TemplateNotApproved),
        Some((false, _, template)) => Ok(template),
    }
}

/// The template the caller asked for, when it can be used with the values given.
pub(super) fn usable(facts: &Facts<'_>, wanted: &TemplateUse) -> Result<Ready, Reason> {
    let template = find(facts, &wanted.name)?;
    let all_given = template
        .variables
        .iter()
        .all(|v| wanted.variables.contains_key(v));
    if !all_given || template.variables.len() != wanted.variables.len() {
        return Err(Reason::TemplateVariables);
    }
    Ok(Ready {
        form: Form::Template {
            provider_template_id: template.provider_template_id.into(),
            name: wanted.name.clone(),
            variables: wanted.variables.clone(),
        },
        segments: None,
        needs_window: false,
        template_version: Some(template.version),
    })
}

/// The words of the caller's template with its values filled in, for channels without templates.
/// Approval matters to WhatsApp only.
pub(super) fn words(facts: &Facts<'_>) -> Option<String> {
    let wanted = facts.message.content.template()?;
    let locale = facts.member.locale;
    let body = facts
        .templates
        .iter()
        .filter(|t| t.name == &*wanted.name)
        .filter_map(|t| {
            let fit = language::fit(t.language, locale, &facts.settings.default_locale)?;
            Some((fit, t.body?))
        })
        .min_by_key(|(fit, _)| *fit)?
        .1;
    let mut words = String::with_capacity(body.len() + 32);
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}")?;
        words.push_str(before);
        words.push_str(wanted.variables.get(name.trim())?.as_str());
        rest = after;
    }
    words.push_str(rest);
    Some(words)
}

/// The template of this kind, filled so that it can be sent without the caller; `None` when there is
/// none in force, or when it has a variable we cannot know.
pub(super) fn knock(facts: &Facts<'_>, now: Timestamp) -> Option<TemplateUse> {
    let kind = facts.message.kind;
    match kind {
        Kind::DailyWorkout | Kind::WeeklyCheckin | Kind::Welcome | Kind::SubscriptionReminder => {}
        Kind::ChatReply | Kind::KeywordReply | Kind::System | Kind::Broadcast | Kind::Knock => {
            return None;
        }
    }
    let template = find(facts, kind.as_str()).ok()?;
    let mut variables = BTreeMap::new();
    for variable in template.variables {
        let value = match (&**variable, kind) {
            ("1" | "name", _) => name(facts.member.name, template.language),
            ("2" | "day", Kind::DailyWorkout) => day(facts, template.language, now),
            _ => return None,
        };
        variables.insert(variable.clone(), Text::new(value));
    }
    TemplateUse::new(kind.as_str(), variables).ok()
}

/// The member's first name, or a word that fits in its place: a variable is never empty.
fn name(name: &str, language: &str) -> String {
    given(name).map_or_else(
        || match language::base(language) {
            "es" | "pt" => "atleta".to_owned(),
            _ => "there".to_owned(),
        },
        str::to_owned,
    )
}

/// The day of the week where the member is.
fn day(facts: &Facts<'_>, language: &str, now: Timestamp) -> String {
    let zone = facts
        .member
        .time_zone
        .and_then(|name| TimeZone::get(name).ok());
    let local = zone.unwrap_or(TimeZone::UTC).to_datetime(now.to_jiff());
    weekday(local.date(), language).to_owned()
}
