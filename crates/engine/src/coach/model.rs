//! A language model as an engine: asked with what may be known, given tools, its calls read strictly and its words judged. Whatever
//! goes wrong ends with a person, and with nothing done.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use policy::coach::model::{Unfit, fit};
use policy::language::weekday;
use providers::openai::{Chat, ModelError, Question, Reply, Said, Tool, ToolCall};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::tools::{Called, all, called};
use super::{Act, Coach, Considered, Decision, Outcome, Report, Turn};

/// How often a model is asked in one turn: what it wants to know, what it got wrong, and its answer.
const ROUNDS_MAX: usize = 5;

/// How many calls of tools are answered in one round.
const CALLS_MAX: usize = 8;

/// How many wrong ones are told of before a person has to look.
const WRONG_MAX: usize = 2;

/// The most it may write in one go. Its words are shorter; some models think in tokens too.
const TOKENS_MAX: u32 = 1_500;

/// How long is rested before it is asked once more, where its endpoint says nothing.
const REST: Duration = Duration::from_millis(400);

/// What a model is told first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Its name and what its words hash to: kept with each answer.
    pub version: String,
    /// It.
    pub text: String,
}

impl Prompt {
    /// The prompt in the binary, and what it is called.
    pub const SHIPPED: (&'static str, &'static str) =
        ("coach-1", include_str!("../../prompts/coach-1.md"));

    /// A prompt by its name and words.
    pub fn of(name: &str, text: &str) -> Self {
        use sha2::{Digest as _, Sha256};
        let hash = Sha256::digest(text.as_bytes());
        let mut version = name.to_owned();
        version.push('-');
        for byte in hash.iter().take(4) {
            let _ = write!(version, "{byte:02x}");
        }
        Self {
            version,
            text: text.to_owned(),
        }
    }

    /// The prompt in the binary.
    pub fn shipped() -> Self {
        Self::of(Self::SHIPPED.0, Self::SHIPPED.1)
    }
}

/// A language model with a prompt.
#[derive(Debug)]
pub struct Model {
    chat: Arc<dyn Chat>,
    prompt: Prompt,
    tools: Vec<Tool>,
    patience: Duration,
    /// One permit for each turn that may be under way.
    room: Semaphore,
}

/// What a turn has come to so far.
#[derive(Default)]
struct Course {
    said: Vec<Said>,
    acts: Vec<Act>,
    /// What may be told of what is done.
    done: Vec<String>,
    /// What the tools told: links in it may be repeated.
    given: Vec<String>,
    wrong: usize,
    tokens_in: u64,
    tokens_out: u64,
}

impl Model {
    /// Asks `chat` with `prompt`, at most `at_once` turns at a time, each no longer than `patience`, waiting included.
    pub fn new(chat: Arc<dyn Chat>, prompt: Prompt, patience: Duration, at_once: usize) -> Self {
        Self {
            chat,
            prompt,
            tools: all(),
            patience,
            room: Semaphore::new(at_once.max(1)),
        }
    }

    async fn turn(&self, turn: &Turn) -> Considered {
        let begun = Instant::now();
        let mut course = Course {
            said: opening(&self.prompt, turn),
            ..Course::default()
        };
        let asked = async {
            let Ok(_room) = self.room.acquire().await else {
                return Err(Outcome::Busy);
            };
            self.converse(turn, &mut course).await
        };
        let ended = tokio::time::timeout(self.patience, asked).await;
        let (outcome, decision) = match ended {
            Ok(Ok(text)) => {
                let acts = std::mem::take(&mut course.acts);
                let decision = Decision {
                    acts,
                    text,
                    ..Decision::default()
                };
                (Outcome::Answered, decision)
            }
            Ok(Err(outcome)) => (outcome, left(outcome)),
            Err(_) => (Outcome::Timeout, left(Outcome::Timeout)),
        };
        Considered {
            decision,
            report: Report {
                outcome,
                prompt: self.prompt.version.clone(),
                model: self.chat.model().to_owned(),
                tokens_in: course.tokens_in,
                tokens_out: course.tokens_out,
                took: begun.elapsed(),
            },
        }
    }

    /// Asks until there are words to send.
    async fn converse(&self, turn: &Turn, course: &mut Course) -> Result<String, Outcome> {
        for _ in 0..ROUNDS_MAX {
            let reply = self.ask(&course.said).await?;
            course.tokens_in += reply.tokens_in;
            course.tokens_out += reply.tokens_out;
            if !reply.calls.is_empty() {
                course.calls(reply.calls, turn)?;
                continue;
            }
            match course.words(&reply) {
                Ok(text) => return Ok(text),
                Err(unfit) => course.say_again(reply, unfit)?,
            }
        }
        Err(Outcome::Malformed)
    }

    /// Asks once, and once more where that may help.
    async fn ask(&self, said: &[Said]) -> Result<Reply, Outcome> {
        let question = Question {
            said,
            tools: &self.tools,
            tokens_max: TOKENS_MAX,
        };
        let first = match self.chat.ask(question).await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        tracing::info!(error = %first, "a model was asked in vain");
        if !first.is_passing() {
            return Err(outcome(&first));
        }
        let rest = match &first {
            ModelError::Refused {
                after: Some(after), ..
            } => *after,
            _ => REST,
        };
        tokio::time::sleep(rest).await;
        self.chat.ask(question).await.map_err(|error| {
            tracing::warn!(%error, "a model was asked twice in vain");
            outcome(&error)
        })
    }
}

impl Course {
    /// Answers what the model asks for, and notes what it wants done.
    fn calls(&mut self, calls: Vec<ToolCall>, turn: &Turn) -> Result<(), Outcome> {
        if calls.len() > CALLS_MAX {
            return Err(Outcome::Malformed);
        }
        let mut results = Vec::with_capacity(calls.len());
        for call in &calls {
            let content = match called(call, turn).and_then(|called| self.takes(called)) {
                Ok(Some(content)) => content,
                Ok(None) => return Err(Outcome::HandedOver),
                Err(wrong) => {
                    self.wrong += 1;
                    if self.wrong > WRONG_MAX {
                        return Err(Outcome::Malformed);
                    }
                    format!("error: {wrong}")
                }
            };
            results.push(Said::Result {
                id: call.id.clone(),
                content,
            });
        }
        self.said.push(Said::Calls(calls));
        self.said.extend(results);
        Ok(())
    }

    /// What the model is told of a call; `None` where a person has to look.
    fn takes(&mut self, called: Called) -> Result<Option<String>, String> {
        match called {
            Called::HandedOver => Ok(None),
            Called::Told(text) => {
                self.given.push(text.clone());
                Ok(Some(text))
            }
            // The same again is the same: models repeat themselves.
            Called::Does(act, _) if self.acts.contains(&act) => {
                Ok(Some("That is done already.".to_owned()))
            }
            Called::Does(act, text) => {
                let is_twice = self.acts.iter().any(|known| is_of_one_kind(known, &act));
                if is_twice {
                    return Err("something else of that kind is done already".to_owned());
                }
                self.acts.push(act);
                self.done.push(text.clone());
                Ok(Some(format!(
                    "ok, done with your answer; you may say: {text}"
                )))
            }
        }
    }

    /// What is sent of its words. One that did something and says nothing is spoken for.
    fn words(&self, reply: &Reply) -> Result<String, Unfit> {
        match &reply.text {
            Some(text) if !reply.is_cut => {
                let given: Vec<&str> = self.given.iter().map(String::as_str).collect();
                fit(text, &given)
            }
            Some(_) => Err(Unfit::TooLong),
            None if self.done.is_empty() => Err(Unfit::Empty),
            None => Ok(self.done.join("\n")),
        }
    }

    /// Tells the model what is wrong with its words, where it can be mended.
    fn say_again(&mut self, reply: Reply, unfit: Unfit) -> Result<(), Outcome> {
        self.wrong += 1;
        let told = unfit.told().filter(|_| self.wrong <= WRONG_MAX);
        let told = told.ok_or(Outcome::Unfit)?;
        self.said.extend(reply.text.map(Said::Assistant));
        self.said.push(Said::System(told.to_owned()));
        Ok(())
    }
}

impl Coach for Model {
    fn is_model(&self) -> bool {
        true
    }

    fn consider<'a>(&'a self, turn: &'a Turn) -> BoxFuture<'a, Considered> {
        Box::pin(self.turn(turn))
    }
}

/// Whether one answer can do only one of them: all that is about today's workout is one kind.
fn is_of_one_kind(one: &Act, other: &Act) -> bool {
    let is_todays = |act: &Act| {
        matches!(
            act,
            Act::SkipToday | Act::Later { .. } | Act::Pause { .. } | Act::Resume
        )
    };
    one.code() == other.code() || (is_todays(one) && is_todays(other))
}

fn outcome(error: &ModelError) -> Outcome {
    match error {
        ModelError::NoAnswer { .. } | ModelError::Refused { .. } => Outcome::NoAnswer,
        ModelError::Unreadable { .. } => Outcome::Malformed,
    }
}

fn left(outcome: Outcome) -> Decision {
    Decision::left(outcome.left().unwrap_or_default())
}

/// The prompt, what may be known, what was said, and what they write now.
fn opening(prompt: &Prompt, turn: &Turn) -> Vec<Said> {
    let mut said = vec![Said::System(prompt.text.clone()), Said::System(known(turn))];
    said.extend(turn.said.iter().map(|line| {
        if line.by_member {
            Said::User(line.text.clone())
        } else {
            Said::Assistant(line.text.clone())
        }
    }));
    said.push(Said::User(turn.words.clone()));
    said
}

/// What may be known, line by line.
fn known(turn: &Turn) -> String {
    use policy::language::Language::{English, Portuguese, Spanish};
    let language = match turn.language() {
        English => "English",
        Spanish => "Spanish",
        Portuguese => "Portuguese",
    };
    let date = turn.local.date();
    let mut text = format!(
        "The member's first name: {}\nWrite in: {language} ({})\nTheir local time: {} {date} {:02}:{:02}\nTheir programme: {}\n",
        if turn.name.is_empty() {
            "not known"
        } else {
            &turn.name
        },
        turn.locale,
        weekday(date, "en"),
        turn.local.hour(),
        turn.local.minute(),
        turn.programme,
    );
    if turn.is_paused {
        text.push_str("They are on holiday from training.\n");
    }
    text.push_str("The days to come:\n");
    for (date, workout) in &turn.days {
        let title = workout
            .as_ref()
            .map_or("rest", |workout| workout.title.as_str());
        let _ = writeln!(text, "- {} {date}: {title}", weekday(*date, "en"));
    }
    if let Some((_, Some(workout))) = turn.days.first() {
        let _ = writeln!(text, "Today's workout:\n{}", workout.text);
    }
    let names: Vec<&str> = turn.exercises.iter().map(|one| one.name.as_str()).collect();
    let _ = writeln!(text, "Exercises the tools know: {}", names.join(", "));
    text
}

#[cfg(test)]
mod tests;
