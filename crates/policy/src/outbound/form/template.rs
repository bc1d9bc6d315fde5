//! Finding a template, filling it, and knocking with it.

use std::collections::BTreeMap;

use domain::{Channel, Kind, TemplateUse, Text, Timestamp};
use jiff::tz::TimeZone;

use super::super::decision::Form;
use super::super::facts::{Facts, TemplateFacts};
use super::super::reason::Reason;
use super::{Knocking, Ready, language};
use crate::language::{given, weekday};
use crate::templates::{Category, ours, placeholders};

/// Where marketing templates are not delivered at all (facts/whatsapp.md 0, 131049).
const NO_MARKETING: &str = "US";

/// The template of this name that may be sent and fits best: first by language, then the template
/// itself before its backup, then the newest wording. `takes` says whether its variables fit.
fn find<'a>(
    facts: &Facts<'a>,
    name: &str,
    takes: impl Fn(&TemplateFacts<'a>) -> bool,
) -> Result<&'a TemplateFacts<'a>, Reason> {
    let backup = facts
        .templates
        .iter()
        .find(|t| t.name == name)
        .and_then(|t| t.backup);
    let fitting = facts
        .templates
        .iter()
        .filter(|t| t.name == name || Some(t.name) == backup)
        .filter_map(|template| {
            let fit = language::fit(
                template.language,
                facts.member.locale,
                &facts.settings.default_locale,
            )?;
            Some((fit, template))
        });
    let mut known = false;
    let best = fitting
        .inspect(|_| known = true)
        .filter(|(_, template)| takes(template))
        .map(|(fit, template)| (obstacle(facts, template), fit, template))
        .min_by_key(|(obstacle, fit, template)| (obstacle.is_some(), *fit, template.name != name));
    match best {
        None if known => Err(Reason::TemplateVariables),
        None => Err(Reason::NoTemplate),
        Some((Some(why), ..)) => Err(why),
        Some((None, _, template)) => Ok(template),
    }
}

/// Why a template may not be sent to this member now.
fn obstacle(facts: &Facts<'_>, template: &TemplateFacts<'_>) -> Option<Reason> {
    if !template.approved {
        return Some(Reason::TemplateNotApproved);
    }
    let reaches = template.category != Some(Category::Marketing)
        || (facts.member.country != Some(NO_MARKETING)
            && !facts
                .addresses
                .iter()
                .any(|one| one.address.channel == Channel::Whatsapp && one.marketing_stopped));
    (!reaches).then_some(Reason::TemplateIsMarketing)
}

/// The template the caller asked for, when it can be used with the values given.
pub(super) fn usable(facts: &Facts<'_>, wanted: &TemplateUse) -> Result<Ready, Reason> {
    let template = find(facts, &wanted.name, |template| {
        template.variables.len() == wanted.variables.len()
            && template
                .variables
                .iter()
                .all(|v| wanted.variables.contains_key(v))
    })?;
    Ok(Ready {
        form: Form::Template {
            provider_template_id: template.provider_template_id.into(),
            name: template.name.into(),
            language: template.language.into(),
            edition: template.edition.into(),
            variables: wanted.variables.clone(),
        },
        segments: None,
        needs_window: false,
        template_version: Some(template.version),
        category: template.category,
    })
}

/// The words of the caller's template with its values filled in, for channels without templates.
/// Approval matters to WhatsApp only.
pub(super) fn words(facts: &Facts<'_>) -> Option<String> {
    let wanted = facts.message.content.template()?;
    let value = |name: &str| wanted.variables.get(name).map(Text::as_str);
    let languages = (facts.member.locale, &*facts.settings.default_locale);
    words_of(facts.templates, &wanted.name, value, languages)
}

/// The words of a template in the first of two languages, else in the second.
pub fn words_of<'v>(
    templates: &[TemplateFacts<'_>],
    name: &str,
    value: impl Fn(&str) -> Option<&'v str>,
    (locale, default): (&str, &str),
) -> Option<String> {
    templates
        .iter()
        .filter(|t| t.name == name)
        .filter_map(|t| {
            let fit = language::fit(t.language, locale, default)?;
            Some((fit, placeholders::filled(t.body?, &value)?))
        })
        .min_by_key(|(fit, _)| *fit)
        .map(|(_, words)| words)
}

/// The template of this kind, filled so that it can be sent without the caller; else why there is
/// none: this kind has none, none is in force, or it has a variable we cannot know.
pub(super) fn knock(facts: &Facts<'_>, now: Timestamp) -> Result<Knocking, Reason> {
    let kind = facts.message.kind;
    match kind {
        Kind::DailyWorkout | Kind::WeeklyCheckin | Kind::Welcome | Kind::SubscriptionReminder => {}
        Kind::ChatReply
        | Kind::KeywordReply
        | Kind::System
        | Kind::Broadcast
        | Kind::Knock
        | Kind::ConsentRequest
        | Kind::LoginCode => {
            return Err(Reason::WindowClosed);
        }
    }
    let known = |variables: &[Box<str>]| {
        let most = if kind == Kind::DailyWorkout { 2 } else { 1 };
        variables.len() <= most
            && variables
                .iter()
                .all(|variable| matches!(&**variable, "1" | "2" | "name" | "day"))
    };
    let template = find(facts, kind.as_str(), |template| known(template.variables))?;
    let name = name(facts.member.name, template.language);
    // The service cannot know when a subscription renews: such a reminder names its template itself.
    let mut values = match kind {
        Kind::DailyWorkout => ours::DailyWorkout {
            name: &name,
            day: day(facts, template.language, now),
        }
        .values(),
        _ => ours::Welcome { name: &name }.values(),
    };
    let mut variables = BTreeMap::new();
    for variable in template.variables {
        let number = match &**variable {
            "name" => "1",
            "day" => "2",
            number => number,
        };
        let value = values.remove(number).ok_or(Reason::TemplateVariables)?;
        variables.insert(variable.clone(), value);
    }
    Ok(Knocking {
        template: TemplateUse::new(kind.as_str(), variables)
            .map_err(|_| Reason::TemplateVariables)?,
        category: template.category,
    })
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
fn day(facts: &Facts<'_>, language: &str, now: Timestamp) -> &'static str {
    let zone = facts
        .member
        .time_zone
        .and_then(|name| TimeZone::get(name).ok());
    let local = zone.unwrap_or(TimeZone::UTC).to_datetime(now.to_jiff());
    weekday(local.date(), language)
}
