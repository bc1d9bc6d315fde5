//! Templates: texts that WhatsApp has to approve before they may open a conversation. What one is,
//! what may be said in it ([`lint`]), and the four that the service itself sends ([`ours`]).
//!
//! Deliberately not here: files, and the provider's ids. A template is the same wherever it came
//! from and whoever carries it.

pub mod kind;
pub mod lint;
pub mod ours;
pub mod placeholders;

use std::collections::BTreeMap;

use domain::Text;

pub use kind::VariableKind;

/// A template with all its languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Our name: that of a kind is the kind's word.
    pub name: Box<str>,
    /// What it is asked to be approved as.
    pub category: Category,
    /// The template that takes its place while it may not be sent; it has the same variables.
    pub backup: Option<Box<str>>,
    /// Its variables: the first is `{{1}}`, the second `{{2}}`.
    pub variables: Vec<Variable>,
    /// Its texts, one for each language.
    pub wordings: Vec<Wording>,
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// What stands there, for people: `name`, `day`.
    pub name: Box<str>,
    /// What may stand there.
    pub kind: VariableKind,
}

/// A template in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Its language, as Meta spells it: `en`, `pt_BR`.
    pub language: Box<str>,
    /// The text, with `{{1}}` for the first variable.
    pub body: Box<str>,
    /// An example of each variable, in order; whoever approves the template reads them.
    pub samples: Vec<Box<str>>,
    /// Quick replies below the text.
    pub buttons: Vec<Button>,
}

/// A quick reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What comes back when it is tapped; the same in every language.
    pub id: Box<str>,
    /// What stands on it.
    pub title: Box<str>,
}

/// What a template is for: decides its price, whom it reaches, and whose consent it needs
/// (facts/whatsapp.md 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// About something of this member's own.
    Utility,
    /// Everything else.
    Marketing,
    /// A code to sign in with.
    Authentication,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Utility, Self::Marketing, Self::Authentication];

    /// The provider's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utility => "UTILITY",
            Self::Marketing => "MARKETING",
            Self::Authentication => "AUTHENTICATION",
        }
    }

    /// By its word, in any case.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.as_str().eq_ignore_ascii_case(word))
    }
}

/// Whether a template in this state may be sent (GUARANTEES 2.8): approved, or approved with a
/// remark. A word that is not known is a no.
pub fn may_be_sent(status: &str) -> bool {
    ["approved", "flagged", "reinstated"]
        .iter()
        .any(|word| status.eq_ignore_ascii_case(word))
}

impl Template {
    /// The names its variables have in texts and on the wire: `1`, `2`, …
    pub fn numbers(&self) -> Vec<Box<str>> {
        (1..=self.variables.len())
            .map(|number| number.to_string().into())
            .collect()
    }

    /// The first value that is not of its variable's kind: the variable's number and name, and why.
    /// Missing and unknown ones are judged elsewhere.
    pub fn ill_formed<'a>(
        &'a self,
        values: &BTreeMap<Box<str>, Text>,
    ) -> Option<(usize, &'a Variable, &'static str)> {
        self.variables
            .iter()
            .enumerate()
            .find_map(|(index, variable)| {
                let value = values.get(&*(index + 1).to_string())?;
                let why = variable.kind.refuses(value.as_str())?;
                Some((index + 1, variable, why))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_are_known_to_be_good_may_be_sent() {
        for (status, sendable) in [
            ("approved", true),
            ("flagged", true),
            ("reinstated", true),
            ("APPROVED", true),
            ("pending", false),
            ("received", false),
            ("rejected", false),
            ("paused", false),
            ("disabled", false),
            ("unsubmitted", false),
            ("in_appeal", false),
            ("locked", false),
            ("wonderful", false),
            ("", false),
        ] {
            assert_eq!(may_be_sent(status), sendable, "{status}");
        }
    }
}
