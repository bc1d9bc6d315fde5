//! Settings as they may be shown: secrets only as "set", people's numbers masked.

use domain::PhoneNumber;

use super::declared::{Declared, SETTINGS, Shown};
use super::reader::Reader;
use super::sources::{Origin, Raw};
use super::{Settings, declared};

/// One setting as it is in force.
#[derive(Clone, Debug)]
pub struct ShownSetting {
    /// Its declaration.
    pub declared: &'static Declared,
    /// Its value, safe to show; `None` when it is not set.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

pub(super) fn all(reader: &Reader, settings: &Settings) -> Vec<ShownSetting> {
    SETTINGS
        .iter()
        .map(|declared| {
            let found = reader.found.values.get(declared.name);
            let origin = found.map_or(Origin::Default, |(_, origin)| *origin);
            let value = match found {
                Some((raw, _)) => Some(safe(declared, raw)),
                None => computed(declared, settings),
            };
            ShownSetting {
                declared,
                value,
                origin,
            }
        })
        .collect()
}

/// The default, also where it depends on other settings.
fn computed(declared: &declared::Declared, settings: &Settings) -> Option<String> {
    match declared.name {
        "GYMTEXT_QUIET_PERIOD" => Some(settings.times.quiet_period.as_f64().to_string()),
        _ => declared.default.map(ToOwned::to_owned),
    }
}

fn safe(declared: &Declared, raw: &Raw) -> String {
    match (declared.shown, raw) {
        (Shown::Secret, _) | (Shown::Numbers, Raw::Number(_) | Raw::Bool(_)) => "••••••".into(),
        (Shown::Plain, Raw::Text(text) | Raw::Number(text)) => without_password(text),
        (Shown::Plain, Raw::Bool(flag)) => flag.to_string(),
        (Shown::Plain, Raw::List(texts)) => texts.join(", "),
        (Shown::Numbers, Raw::List(texts)) => texts
            .iter()
            .map(|text| masked(text))
            .collect::<Vec<_>>()
            .join(", "),
        (Shown::Numbers, Raw::Text(text)) => {
            text.split(',').map(masked).collect::<Vec<_>>().join(", ")
        }
    }
}

fn masked(text: &str) -> String {
    text.trim()
        .parse::<PhoneNumber>()
        .map_or_else(|_| "••••••".into(), |number| number.masked())
}

/// A database address may hold a password: before the `@`, or behind the `?`. What could be either is not shown at all.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.chars().filter(|c| !c.is_control()).collect();
    };
    let (rest, parameters) = match rest.split_once('?') {
        Some((_, parameters)) if parameters.contains('@') => return format!("{scheme}://••••••"),
        Some((rest, _)) => (rest, "?••••••"),
        None => (rest, ""),
    };
    match rest.rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://••••••@{place}{parameters}"),
        None => format!("{scheme}://{rest}{parameters}"),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_database_address_never_shows_its_password() {
        for (address, shown) in [
            (
                "postgres://me:hunter2@db/gymtext",
                "postgres://••••••@db/gymtext",
            ),
            (
                "postgres://me:h@nter2@db/gymtext",
                "postgres://••••••@db/gymtext",
            ),
            (
                "postgres://db/gymtext?password=hunter2",
                "postgres://db/gymtext?••••••",
            ),
            (
                "postgres://me@db/gymtext?password=hunt@r2",
                "postgres://••••••",
            ),
            ("postgres://me:hunt?r2@db/gymtext", "postgres://••••••"),
            ("sqlite://gymtext.db", "sqlite://gymtext.db"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
