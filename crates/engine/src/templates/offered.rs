//! Templates a person may send a member now: approved, in the language that fits them best.

use crate::{Engine, EngineError};

use super::{Entry, may_be_sent};

/// A template somebody may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Our name.
    pub name: String,
    /// The language it would be in.
    pub language: String,
    /// Its words, with `{{1}}` for the first variable; empty where only its id is known.
    pub body: String,
    /// Its variables: the name on the wire, and what stands there.
    pub fields: Vec<(String, String)>,
}

impl Engine {
    /// Those there are for somebody who reads this language, by name.
    pub async fn templates_offered(&self, locale: &str) -> Result<Vec<Offered>, EngineError> {
        self.load_templates().await?;
        let registry = self.registry();
        let default = &self.inner.settings.planner.default_locale;
        let mut best: Vec<(u8, &Entry)> = Vec::new();
        for entry in &registry.entries {
            let Some(fit) = fit(&entry.language, locale, default) else {
                continue;
            };
            if !may_be_sent(&entry.status) {
                continue;
            }
            match best.iter_mut().find(|(_, one)| one.name == entry.name) {
                Some(kept) if fit < kept.0 => *kept = (fit, entry),
                Some(_) => {}
                None => best.push((fit, entry)),
            }
        }
        best.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        Ok(best.into_iter().map(|(_, entry)| offered(entry)).collect())
    }
}

fn offered(entry: &Entry) -> Offered {
    let fields = entry.numbered().into_iter().map(|variable| {
        let label = variable
            .declared
            .map_or_else(|| variable.number.clone(), |one| one.name.replace('_', " "));
        (variable.number, label)
    });
    Offered {
        name: entry.name.clone(),
        language: entry.language.clone(),
        body: entry.body.clone().unwrap_or_default(),
        fields: fields.collect(),
    }
}

/// How well a language fits: their own, then its base, then the same of the default.
fn fit(language: &str, locale: &str, default: &str) -> Option<u8> {
    let same = |one: &str, other: &str| {
        one.replace('_', "-")
            .eq_ignore_ascii_case(&other.replace('_', "-"))
    };
    let base = |tag: &str| tag.split(['-', '_']).next().unwrap_or(tag).to_owned();
    let one = |wanted: &str| match () {
        () if same(language, wanted) => Some(0),
        () if same(&base(language), &base(wanted)) => Some(1),
        () => None,
    };
    one(locale).or_else(|| one(default).map(|fit| fit + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_own_language_goes_before_its_base_and_before_the_default() {
        let fits = ["pt_BR", "pt", "en", "es"].map(|one| fit(one, "pt-BR", "en"));
        assert_eq!(fits, [Some(0), Some(1), Some(2), None]);
    }
}
