//! Templates as files: those that are shipped, and an operator's folder whose files replace them by
//! name or stand beside them. One TOML file for each template, called as the template is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use policy::templates::lint::{Finding, Severity, lint};
use policy::templates::{Button, Category, Template, Variable, VariableKind, Wording};
use serde::Deserialize;

use crate::failure::bad_input;

/// The files that are shipped: name and text.
const SHIPPED: [(&str, &str); 7] = [
    (
        "daily_workout",
        include_str!("../templates/daily_workout.toml"),
    ),
    (
        "daily_workout_backup",
        include_str!("../templates/daily_workout_backup.toml"),
    ),
    (
        "payment_failed",
        include_str!("../templates/payment_failed.toml"),
    ),
    ("plan_ended", include_str!("../templates/plan_ended.toml")),
    (
        "subscription_reminder",
        include_str!("../templates/subscription_reminder.toml"),
    ),
    (
        "weekly_checkin",
        include_str!("../templates/weekly_checkin.toml"),
    ),
    ("welcome", include_str!("../templates/welcome.toml")),
];

/// The largest file: a template's texts are 1,024 characters at most.
const FILE_BYTES_MAX: u64 = 256 << 10;

/// The most files of a folder.
const FILES_MAX: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    category: String,
    backup: Option<String>,
    #[serde(default)]
    variables: Vec<FileVariable>,
    languages: BTreeMap<String, FileWording>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileVariable {
    name: String,
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileWording {
    body: String,
    #[serde(default)]
    samples: Vec<String>,
    #[serde(default)]
    buttons: Vec<FileButton>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileButton {
    id: String,
    title: String,
}

/// The templates that are shipped.
pub(crate) fn shipped() -> anyhow::Result<Vec<Template>> {
    SHIPPED
        .into_iter()
        .map(|(name, text)| {
            read(name, text).map_err(|why| {
                anyhow::anyhow!("the shipped template `{name}` cannot be read: {why}")
            })
        })
        .collect()
}

/// The templates that are shipped, with those of a folder in place of or beside them.
pub(crate) fn with_folder(folder: Option<&Path>) -> anyhow::Result<Vec<Template>> {
    let mut all = shipped()?;
    let Some(folder) = folder else { return Ok(all) };
    for template in in_folder(folder)? {
        match all.iter_mut().find(|one| one.name == template.name) {
            Some(one) => *one = template,
            None => all.push(template),
        }
    }
    Ok(all)
}

/// The same, judged: a service does not start with one that must not be submitted.
pub(crate) fn fit(folder: Option<&Path>) -> anyhow::Result<Vec<Template>> {
    let all = with_folder(folder)?;
    let wrong: Vec<String> = lint(&all)
        .iter()
        .filter(|finding| finding.rule.severity() == Severity::Error)
        .map(|finding: &Finding| format!("\n  - {finding}"))
        .collect();
    if wrong.is_empty() {
        Ok(all)
    } else {
        Err(bad_input(format!(
            "GYMTEXT_TEMPLATES: some templates cannot be used; `gymtext templates lint` says the same:{}",
            wrong.concat()
        )))
    }
}

/// The templates of a folder, or the one of a file.
pub(crate) fn in_folder(folder: &Path) -> anyhow::Result<Vec<Template>> {
    let cannot = |error: std::io::Error| bad_input(format!("{}: {error}", folder.display()));
    if fs::metadata(folder).map_err(cannot)?.is_file() {
        return Ok(vec![in_file(folder)?]);
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(bad_input(format!(
            "{} has no file whose name ends in .toml",
            folder.display()
        )));
    }
    if paths.len() > FILES_MAX {
        return Err(bad_input(format!(
            "{} has more than {FILES_MAX} files",
            folder.display()
        )));
    }
    paths.sort();
    paths.iter().map(|path| in_file(path)).collect()
}

fn in_file(path: &Path) -> anyhow::Result<Template> {
    let wrong = |why: String| bad_input(format!("{}: {why}", path.display()));
    let size = fs::metadata(path)
        .map_err(|error| wrong(error.to_string()))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(wrong(format!("it is larger than {FILE_BYTES_MAX} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let name = path.file_stem().and_then(|name| name.to_str());
    read(name.unwrap_or_default(), &text).map_err(wrong)
}

/// A template out of a file's text; what is wrong in a sentence.
fn read(name: &str, text: &str) -> Result<Template, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let category = Category::of(&file.category).ok_or_else(|| {
        format!(
            "`{}` is no category; there are utility, marketing and authentication",
            file.category
        )
    })?;
    let variables = file
        .variables
        .into_iter()
        .map(|variable| {
            let kind = VariableKind::of(&variable.kind).ok_or_else(|| {
                let known: Vec<_> = VariableKind::ALL.map(VariableKind::as_str).into();
                format!(
                    "`{}` is no kind of variable; there are {}",
                    variable.kind,
                    known.join(", ")
                )
            })?;
            Ok(Variable {
                name: variable.name.into(),
                kind,
            })
        })
        .collect::<Result<_, String>>()?;
    let wordings = file
        .languages
        .into_iter()
        .map(|(language, wording)| Wording {
            language: language.into(),
            body: wording.body.into(),
            samples: wording.samples.into_iter().map(Into::into).collect(),
            buttons: wording
                .buttons
                .into_iter()
                .map(|button| Button {
                    id: button.id.into(),
                    title: button.title.into(),
                })
                .collect(),
        })
        .collect();
    Ok(Template {
        name: name.into(),
        category,
        backup: file.backup.map(Into::into),
        variables,
        wordings,
    })
}

#[cfg(test)]
mod tests {
    use policy::templates::ours;

    use super::*;

    #[test]
    fn nothing_speaks_against_what_is_shipped() {
        let found: Vec<_> = lint(&shipped().unwrap())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn our_own_are_shipped_in_three_languages_with_the_variables_the_service_fills() {
        let shipped = shipped().unwrap();
        for (name, variables) in ours::ALL {
            let template = shipped.iter().find(|one| &*one.name == *name).unwrap();
            let declared: Vec<_> = template
                .variables
                .iter()
                .map(|variable| (&*variable.name, variable.kind))
                .collect();
            assert_eq!(declared, *variables, "{name}");
            let languages: Vec<_> = template.wordings.iter().map(|one| &*one.language).collect();
            assert_eq!(languages, ["en", "es", "pt_BR"], "{name}");
        }
    }

    #[test]
    fn a_folder_replaces_and_adds_and_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert!(with_folder(Some(folder.path())).is_err(), "an empty folder");
        let welcome = "category = \"utility\"\n[[variables]]\nname = \"name\"\nkind = \"name\"\n[languages.en]\n\
            body = \"Hi {{1}}, you are welcome at Ana's gym.\"\nsamples = [\"Ana\"]\n";
        file("welcome.toml", welcome);
        file(
            "tip.toml",
            &welcome.replace("you are welcome at", "here is a tip from"),
        );
        let all = fit(Some(folder.path())).unwrap();
        assert_eq!(all.len(), SHIPPED.len() + 1);
        let ours = all.iter().find(|one| &*one.name == "welcome").unwrap();
        assert_eq!(ours.wordings.len(), 1);
        file("tip.toml", &welcome.replace("Hi {{1}}", "{{1}}"));
        let refused = fit(Some(folder.path())).unwrap_err().to_string();
        assert!(
            refused.contains("tip (en): the text begins with a variable"),
            "{refused}"
        );
        for (text, why) in [
            (
                "category = \"news\"\n[languages.en]\nbody = \"x\"",
                "no category",
            ),
            ("category = \"utility\"\nlanguages = 1", "languages"),
            ("categories = \"utility\"", "categories"),
        ] {
            file("tip.toml", text);
            let refused = with_folder(Some(folder.path())).unwrap_err().to_string();
            assert!(
                refused.contains("tip.toml") && refused.contains(why),
                "{refused}"
            );
        }
    }
}
