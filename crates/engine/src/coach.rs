//! Who answers what the coach's rules do not understand: a person, or before that a language model (docs/decisions/0029). Both are
//! engines behind one trait, [`Coach`]: given a member's words and what may be known about them, what is to be done and
//! said.
//!
//! Absent on purpose: anything that writes. A decision is kept, done and said by `asking`, whoever made it, and by nobody at all
//! where past conversations are only looked at again (`replay`).

mod asking;
mod counts;
mod model;
pub mod replay;
mod tools;
mod turn;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use policy::conversation::Intent;
use serde::{Deserialize, Serialize};

pub(crate) use asking::{Asking, TURNS_MAX};
pub use counts::Counts;
pub use model::{Model, Prompt};
pub use turn::{Line, Turn};

/// How it is asked.
#[derive(Clone, Copy, Debug)]
pub struct CoachSettings {
    /// The longest a turn takes.
    pub patience: Duration,
    /// How often a model is asked for one member on one of their days.
    pub budget: u32,
}

impl Default for CoachSettings {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(20),
            budget: 20,
        }
    }
}

/// Answers what members write and the rules do not understand.
pub trait Coach: Send + Sync + fmt::Debug {
    /// Whether somebody outside is asked: then it takes time, is counted, and may fail.
    fn is_model(&self) -> bool;

    /// What is to be done and said. It always ends, and an end without an answer is a decision too: a person has to look.
    fn consider<'a>(&'a self, turn: &'a Turn) -> BoxFuture<'a, Considered>;
}

/// A decision, and how it came about.
#[derive(Clone, Debug)]
pub struct Considered {
    /// What is to be done and said.
    pub decision: Decision,
    /// How it came about.
    pub report: Report,
}

/// How a decision came about: nothing of what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What came of it.
    pub outcome: Outcome,
    /// The version of the prompt; empty without one.
    pub prompt: String,
    /// The model; empty without one.
    pub model: String,
    /// Tokens it read.
    pub tokens_in: u64,
    /// Tokens it wrote.
    pub tokens_out: u64,
    /// How long it took.
    pub took: Duration,
}

/// What is to be done and said.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What is done, at most one of a kind.
    pub acts: Vec<Act>,
    /// What is said; empty where a person has to look.
    pub text: String,
    /// Why a person has to look, as a code.
    pub left: Option<String>,
    /// The messages this answers: what came after them has a turn of its own.
    #[serde(default)]
    pub messages: Vec<String>,
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("acts", &self.acts.len())
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Decision {
    /// A person has to look.
    pub fn left(why: &str) -> Self {
        Self {
            left: Some(why.to_owned()),
            ..Self::default()
        }
    }
}

/// Something that is done for a member: the same that the rules do when they understand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Keeps sets.
    LogSets {
        /// Which.
        sets: Vec<LoggedSets>,
    },
    /// Today's workout is not sent.
    SkipToday,
    /// Today's workout is sent later.
    Later {
        /// By so many hours.
        hours: u8,
    },
    /// A holiday from today on.
    Pause {
        /// The day they go on (`2026-11-30`), where they said one.
        until: Option<String>,
    },
    /// The holiday ends.
    Resume,
    /// The workout comes at another hour from now on.
    Hour {
        /// From 0 to 23.
        hour: u8,
    },
    /// They are written to in another language.
    Language {
        /// `en`, `es` or `pt`.
        language: String,
    },
}

impl Act {
    /// A stable word for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LogSets { .. } => "log_sets",
            Self::SkipToday => "skip_today",
            Self::Later { .. } => "later",
            Self::Pause { .. } => "pause",
            Self::Resume => "resume",
            Self::Hour { .. } => "hour",
            Self::Language { .. } => "language",
        }
    }
}

/// Sets of one exercise, as a model gives them and as they are kept until they are logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedSets {
    /// Its name; empty where the member did not say.
    #[serde(default)]
    pub exercise: String,
    /// How many sets.
    pub sets: u32,
    /// Repetitions of each; or else seconds.
    #[serde(default)]
    pub reps: Option<u32>,
    /// Seconds of each.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Weight in hundredths of its unit.
    #[serde(default)]
    pub weight_hundredths: Option<u32>,
    /// `kg` or `lb`, where they said it.
    #[serde(default)]
    pub unit: Option<String>,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Left to a person by rule: no model was asked.
    Rules,
    /// It answered.
    Answered,
    /// It said that a person has to look.
    HandedOver,
    /// No answer in time.
    Timeout,
    /// No connection, a refusal of its endpoint, or an answer that was cut.
    NoAnswer,
    /// Answers that are none, or calls of tools that are none, again and again.
    Malformed,
    /// Words that are not sent to members.
    Unfit,
    /// The budget of the member's day is spent.
    Budget,
    /// Too many wait for it.
    Busy,
}

impl Outcome {
    /// All, in the order metrics list them.
    pub const ALL: [Self; 9] = [
        Self::Rules,
        Self::Answered,
        Self::HandedOver,
        Self::Timeout,
        Self::NoAnswer,
        Self::Malformed,
        Self::Unfit,
        Self::Budget,
        Self::Busy,
    ];

    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Answered => "answered",
            Self::HandedOver => "handed_over",
            Self::Timeout => "timeout",
            Self::NoAnswer => "no_answer",
            Self::Malformed => "malformed",
            Self::Unfit => "unfit",
            Self::Budget => "budget",
            Self::Busy => "busy",
        }
    }

    /// Why a person has to look after it, as a code; `None` where nobody has to, or the rules say why.
    pub const fn left(self) -> Option<&'static str> {
        match self {
            Self::Rules | Self::Answered => None,
            Self::HandedOver => Some("model_handed_over"),
            Self::Timeout => Some("model_timeout"),
            Self::NoAnswer => Some("model_no_answer"),
            Self::Malformed => Some("model_malformed"),
            Self::Unfit => Some("model_unfit"),
            Self::Budget => Some("model_budget"),
            Self::Busy => Some("model_busy"),
        }
    }
}

/// The rules alone: what they do not understand is for a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules;

impl Coach for Rules {
    fn is_model(&self) -> bool {
        false
    }

    fn consider<'a>(&'a self, turn: &'a Turn) -> BoxFuture<'a, Considered> {
        let why = turn.intent.left_to_a_person();
        let why = why.or(Intent::Unknown.left_to_a_person());
        Box::pin(std::future::ready(Considered {
            decision: Decision::left(why.unwrap_or_default()),
            report: Report {
                outcome: Outcome::Rules,
                prompt: String::new(),
                model: String::new(),
                tokens_in: 0,
                tokens_out: 0,
                took: Duration::ZERO,
            },
        }))
    }
}
