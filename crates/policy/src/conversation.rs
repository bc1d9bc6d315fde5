//! Answers by rule to what members write, until the coach agent answers. Short, warm, GSM-7 as far
//! as we choose the words, and never empty.

pub mod choosing;
pub mod moving;

mod phrases;
mod replies;

pub(crate) use phrases::NOT_DONE;

use crate::courtesy::Courtesy;
use crate::keywords::Keyword;
use crate::language::{Language, comma};
use crate::safety::{Topic, topic};
use crate::said::Said;
use crate::words::Plain;

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
    /// A stable word for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::TodaysWorkout => "todays_workout",
            Self::Done => "done",
            Self::Ready => "ready",
            Self::Thanks => "thanks",
            Self::Injury => "injury",
            Self::Question => "question",
            Self::Unknown => "unknown",
        }
    }

    /// Whether somebody who wrote this in answer to a knock is served by what waited for it. A tap
    /// on a button says no more than that; a question or a complaint wants words of its own.
    pub const fn is_content_with_what_waits(self, tapped: bool) -> bool {
        match self {
            Self::Greeting | Self::TodaysWorkout | Self::Ready | Self::Thanks => true,
            Self::Unknown => tapped,
            Self::Done | Self::Injury | Self::Question => false,
        }
    }

    /// Whether its answer holds the day's workout.
    pub const fn asks_for_the_workout(self) -> bool {
        match self {
            Self::TodaysWorkout | Self::Ready => true,
            Self::Greeting
            | Self::Done
            | Self::Thanks
            | Self::Injury
            | Self::Question
            | Self::Unknown => false,
        }
    }

    /// Why a person of the team has to look, where they have to: the member is told that it was passed on.
    pub const fn left_to_a_person(self) -> Option<&'static str> {
        match self {
            Self::Injury => Some(Topic::Injury.code()),
            Self::Question => Some("question"),
            Self::Unknown => Some("not_understood"),
            Self::Greeting | Self::TodaysWorkout | Self::Done | Self::Ready | Self::Thanks => None,
        }
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

/// Guesses what a text wants. What may be an injury goes first: it must not be answered by a cheer.
pub fn intent(text: &str) -> Intent {
    if topic(text).is_some() {
        return Intent::Injury;
    }
    let plain = Plain::of(text);
    intent_in(&Said::of(text, &plain), text)
}

/// The same of a text that was read and is no topic.
pub(crate) fn intent_in(said: &Said<'_>, text: &str) -> Intent {
    if let Some(polite) = said
        .courtesy
        .and_then(|courtesy| polite(courtesy, said.asks))
    {
        return polite;
    }
    let is_question = said.asks || said.means(phrases::QUESTION);
    let is_not_done = said.means(phrases::NOT_DONE);
    if !is_question && !is_not_done && said.means(phrases::DONE) {
        Intent::Done
    } else if !is_not_done
        && said.means(phrases::TODAYS_WORKOUT)
        && !said.means(phrases::NOT_TODAYS)
    {
        Intent::TodaysWorkout
    } else if said.asks && said.means(phrases::ONLY_GREETING) {
        Intent::Greeting
    } else if said.says(phrases::READY_ASKED)
        || (!said.asks && said.means(phrases::READY) && !said.means(phrases::NOT_READY))
    {
        Intent::Ready
    } else if is_question {
        Intent::Question
    } else if is_not_done {
        Intent::Unknown
    } else if said.means(phrases::THANKS) && !said.means(phrases::NO_THANKS) {
        Intent::Thanks
    } else if said.means(phrases::GREETING) {
        Intent::Greeting
    } else if said.is_wordless() && text.contains(['👍', '💪', '✅', '🔥', '🎉']) {
        Intent::Thanks
    } else {
        Intent::Unknown
    }
}

/// What politeness alone wants.
fn polite(courtesy: Courtesy, asks: bool) -> Option<Intent> {
    match courtesy {
        Courtesy::Thanks => Some(Intent::Thanks),
        Courtesy::Greeting => Some(Intent::Greeting),
        Courtesy::Yes if !asks => Some(Intent::Ready),
        Courtesy::Yes | Courtesy::Plea => None,
    }
}

/// The answer. `todays_workout` is the text of the day's workout; it may be empty on a day without.
pub fn answer(intent: Intent, speaker: &Speaker<'_>, todays_workout: &str) -> String {
    let language = Language::of(speaker.locale);
    let words = replies::to(intent, language).replace("{name}", &comma(speaker.name));
    match intent {
        Intent::TodaysWorkout | Intent::Ready => {
            let workout = todays_workout.trim();
            let workout = if workout.is_empty() {
                replies::no_workout(language)
            } else {
                workout
            };
            format!("{words}\n{workout}")
        }
        Intent::Greeting
        | Intent::Done
        | Intent::Thanks
        | Intent::Injury
        | Intent::Question
        | Intent::Unknown => words,
    }
}

/// What is said at once of something that a person has to see. No diagnosis and no promise; which number to call
/// depends on where somebody is, and that is not known.
pub fn safe_reply(topic: Topic, speaker: &Speaker<'_>) -> String {
    replies::safe(topic, Language::of(speaker.locale)).replace("{name}", &comma(speaker.name))
}

/// The one confirmation after STOP, START or HELP; `None` when there is nothing to confirm. Neutral,
/// without marketing (facts/twilio.md 6.4), and it names who wrote.
pub fn keyword_reply(keyword: Keyword, service: &str, locale: &str) -> Option<String> {
    let language = Language::of(locale);
    let words = match keyword {
        Keyword::Stop => replies::stopped(language),
        Keyword::Start => replies::started(language),
        Keyword::Help => replies::help(language),
        Keyword::Ambiguous(_) => replies::perhaps_stop(language),
        Keyword::None => return None,
    };
    Some(words.replace("{service}", service))
}

/// The confirmation after STOP in the web chat, which ends all messages on all channels (docs/decisions/0030).
pub fn stopped_everywhere(service: &str, locale: &str) -> String {
    replies::stopped_everywhere(Language::of(locale)).replace("{service}", service)
}

/// What asks the owner of a number to confirm that they signed up: double opt-in by reply.
pub fn opt_in_request(service: &str, locale: &str) -> String {
    replies::opt_in_request(Language::of(locale)).replace("{service}", service)
}

/// What a yes to that is answered with.
pub fn opted_in(service: &str, locale: &str) -> String {
    replies::opted_in(Language::of(locale)).replace("{service}", service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keywords::{Ambiguity, recognise};
    use domain::segments::{Encoding, segments};
    use proptest::prelude::*;

    #[test]
    fn what_members_write_is_guessed() {
        for (text, expected) in [
            ("hi!", Intent::Greeting),
            ("Hola, ¿qué tal?", Intent::Greeting),
            ("bom dia", Intent::Greeting),
            ("what's today's workout?", Intent::TodaysWorkout),
            ("send me my workout", Intent::TodaysWorkout),
            ("¿qué toca hoy?", Intent::TodaysWorkout),
            ("qual o treino de hoje?", Intent::TodaysWorkout),
            ("Done!", Intent::Done),
            ("DONE 💪", Intent::Done),
            ("I finished it", Intent::Done),
            ("Hecho", Intent::Done),
            ("feito!", Intent::Done),
            ("ready", Intent::Ready),
            ("Yes, let's go", Intent::Ready),
            ("listo", Intent::Ready),
            ("vamos", Intent::Ready),
            ("thanks coach", Intent::Thanks),
            ("gracias", Intent::Thanks),
            ("👍", Intent::Thanks),
            ("my knee hurts", Intent::Injury),
            ("Done, but my back hurts", Intent::Injury),
            ("me duele la espalda", Intent::Injury),
            ("estou com dor no joelho", Intent::Injury),
            ("I feel dizzy", Intent::Injury),
            ("How many sets?", Intent::Question),
            ("can I swap squats for lunges", Intent::Question),
            ("¿cuántas series?", Intent::Question),
            ("I have not done it", Intent::Unknown),
            ("purple", Intent::Unknown),
            ("", Intent::Unknown),
        ] {
            assert_eq!(intent(text), expected, "{text}");
        }
    }

    #[test]
    fn answers_are_short_plain_and_in_the_members_language() {
        use Intent::{Done, Greeting, Injury, Question, Ready, Thanks, TodaysWorkout, Unknown};
        for locale in ["en", "es", "pt-BR", "xx"] {
            for intent in [
                Greeting,
                TodaysWorkout,
                Done,
                Ready,
                Thanks,
                Injury,
                Question,
                Unknown,
            ] {
                for name in ["Ana", ""] {
                    let text = answer(intent, &Speaker { name, locale }, "10 squats");
                    let cost = segments(&text, false);
                    assert_eq!(cost.encoding, Encoding::Gsm7, "{text}");
                    assert!(cost.count <= 2 && !text.contains("{name}"), "{text}");
                    assert_eq!(recognise(&text, None), Keyword::None, "{text}");
                }
            }
        }
        let ana = Speaker {
            name: "Ana",
            locale: "es-MX",
        };
        assert!(answer(Intent::TodaysWorkout, &ana, "10 sentadillas").contains("10 sentadillas"));
        assert!(!answer(Intent::Ready, &ana, "").trim_end().ends_with(':'));
    }

    #[test]
    fn keywords_are_confirmed_once_and_plainly() {
        for locale in ["en", "es", "pt"] {
            for keyword in [
                Keyword::Stop,
                Keyword::Start,
                Keyword::Help,
                Keyword::Ambiguous(Ambiguity::PerhapsStop),
            ] {
                let text = keyword_reply(keyword, "GymText", locale).unwrap();
                let cost = segments(&text, false);
                assert_eq!((cost.encoding, cost.count), (Encoding::Gsm7, 1), "{text}");
                assert!(text.contains("GymText"), "{text}");
            }
        }
        assert_eq!(keyword_reply(Keyword::None, "GymText", "en"), None);
    }

    #[test]
    fn a_confirmation_is_asked_for_with_a_word_that_is_understood() {
        for (locale, word) in [("en", "YES"), ("es-MX", "SI"), ("pt-BR", "SIM")] {
            let text = opt_in_request("GymText", locale);
            assert!(text.contains(&format!(" {word} ")), "{text}");
            assert!(crate::opt_in::is_yes(word));
            for text in [text, opted_in("GymText", locale)] {
                let cost = segments(&text, false);
                assert_eq!((cost.encoding, cost.count), (Encoding::Gsm7, 1), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn an_answer_is_never_empty(text in "\\PC{0,200}", name in "\\PC{0,20}", locale in "[a-z]{0,3}") {
            let answer = answer(intent(&text), &Speaker { name: &name, locale: &locale }, "");
            prop_assert!(!answer.trim().is_empty());
        }
    }
}
