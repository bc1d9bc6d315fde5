//! Lists somebody chooses from.

use std::sync::LazyLock;

use engine::Engine;
use engine::joining::Language;
use engine::programmes::Library;

/// One entry of a list.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        let chosen = value == chosen;
        Self {
            label: label.into(),
            value,
            chosen,
        }
    }
}

/// Entries under a heading.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) label: &'static str,
    pub(super) choices: Vec<Choice>,
}

/// Time zones by part of the world: those that are called after a place.
static ZONES: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    const PARTS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    names.sort();
    names.dedup();
    let of = |part: &str| {
        let prefix = format!("{part}/");
        let within = names.iter().filter(|name| name.starts_with(&prefix));
        within.cloned().collect()
    };
    PARTS
        .iter()
        .map(|part| ((*part).to_owned(), of(part)))
        .collect()
});

/// All time zones.
pub(super) fn zones(chosen: &str) -> Vec<Group> {
    let mut groups = Vec::with_capacity(ZONES.len() + 1);
    // One that stands in no list, such as `UTC`, is kept as it is.
    let is_listed = ZONES
        .iter()
        .any(|(_, names)| names.iter().any(|name| name == chosen));
    if !is_listed && !chosen.is_empty() {
        groups.push(Group {
            label: "–",
            choices: vec![Choice::new(chosen, chosen, chosen)],
        });
    }
    groups.extend(ZONES.iter().map(|(part, names)| {
        Group {
            label: part,
            choices: names
                .iter()
                .map(|name| {
                    let place = name.split_once('/').map_or(name.as_str(), |(_, rest)| rest);
                    let place = place.replace('_', " ").replace('/', ", ");
                    Choice::new(name.as_str(), place, chosen)
                })
                .collect(),
        }
    }));
    groups
}

/// The hours of a day.
pub(super) fn hours(chosen: &str) -> Vec<Choice> {
    (0..24)
        .map(|hour: u8| Choice::new(hour.to_string(), format!("{hour:02}:00"), chosen))
        .collect()
}

/// Languages we write.
pub(super) fn languages(chosen: Language) -> Vec<Choice> {
    [
        (Language::English, "English"),
        (Language::Spanish, "Español"),
        (Language::Portuguese, "Português"),
    ]
    .into_iter()
    .map(|(language, label)| Choice::new(language.tag(), label, chosen.tag()))
    .collect()
}

/// Countries whose phones we text codes to.
pub(super) fn countries(engine: &Engine, chosen: &str) -> Vec<Choice> {
    let listed = engine.code_countries().iter();
    listed
        .map(|code| Choice::new(&**code, super::countries::label(code), chosen))
        .collect()
}

/// Programmes, called as in this language.
pub(super) fn programmes(library: &Library, language: Language, chosen: &str) -> Vec<Choice> {
    let chosen = library
        .followed(chosen)
        .map_or("", |one| one.programme.slug.as_str());
    library
        .offered()
        .filter_map(|one| {
            let (_, course) = one.programme.course(language.tag())?;
            Some(Choice::new(
                &*one.programme.slug,
                course.name.clone(),
                chosen,
            ))
        })
        .collect()
}
