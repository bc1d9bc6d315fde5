//! Answers by rule to what members write, until the coach agent answers. Never empty.

use crate::keywords::Keyword;

/// What a text seems to want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Hello.
    Greeting,
    /// What is there to do today?
    TodaysWorkout,
    /// I did it.
    Done,
    /// Let us begin.
    Ready,
    /// Thank you.
    Thanks,
    /// Something hurts: a person has to look.
    Injury,
    /// A question.
    Question,
    /// None of these.
    Unknown,
}

impl Intent {
    /// Whether a person of the team should look at the conversation.
    pub const fn needs_a_person(self) -> bool {
        matches!(self, Self::Injury | Self::Question | Self::Unknown)
    }
}

/// Whom we answer.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'a> {
    /// Their name, possibly empty.
    pub name: &'a str,
    /// Their locale: `en`, `es-MX`, `pt-BR`.
    pub locale: &'a str,
}

/// Guesses what a text wants.
pub fn intent(text: &str) -> Intent {
    let _ = text;
    Intent::Unknown
}

/// The answer. `todays_workout` is the text of the day's workout.
pub fn answer(intent: Intent, speaker: &Speaker<'_>, todays_workout: &str) -> String {
    let _ = (intent, speaker, todays_workout);
    String::new()
}

/// The one confirmation after STOP, START or HELP; `None` when there is nothing to confirm.
pub fn keyword_reply(keyword: Keyword, service: &str, locale: &str) -> Option<String> {
    let _ = (keyword, service, locale);
    None
}
