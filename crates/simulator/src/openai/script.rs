//! What it says: the first rule whose words are in the question, or else a plain answer. In memory, and bounded.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most questions that are remembered; the oldest are forgotten first.
const ASKED_MAX: usize = 1_000;

/// What it was told to do, and what it was asked.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) told: Told,
    pub(super) asked: VecDeque<Value>,
    /// How many questions there were.
    pub(super) count: u64,
}

/// What it was told to do.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Told {
    /// What it says to what.
    pub(super) rules: Vec<Rule>,
    /// How long it takes, in milliseconds; no answer comes before.
    pub(super) latency_ms: u64,
    /// So many questions fail first; `null` is all of them, where `fails` is set.
    pub(super) failing: Option<u32>,
    /// How they fail.
    pub(super) fails: Option<Failure>,
    /// The key it wants; any is good without one.
    pub(super) key: Option<String>,
}

/// How a question fails.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Failure {
    /// 429, with `Retry-After: 0`.
    TooMany,
    /// 500.
    Broken,
    /// The connection ends without an answer.
    Cut,
    /// 200 with a body that is none.
    Malformed,
}

/// What it says to a question.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Where these words are in the newest words of the person, whatever the case; to everything, where there are none.
    #[serde(default)]
    pub(super) when: String,
    /// Tools it calls first, all at once.
    #[serde(default)]
    pub(super) calls: Vec<Call>,
    /// What it says once they are answered; `{result}` is what the last tool told.
    #[serde(default)]
    pub(super) says: String,
    /// How long it takes besides, in milliseconds.
    #[serde(default)]
    pub(super) latency_ms: u64,
}

/// A tool it calls.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    /// Its name.
    pub(super) name: String,
    /// Its arguments, an object; or a text, which is sent as it is.
    #[serde(default)]
    pub(super) arguments: Value,
}

/// What it does with a question.
#[derive(Clone, Debug)]
pub(super) enum Does {
    /// Calls tools.
    Calls(Vec<Call>),
    /// Says something.
    Says(String),
}

impl Script {
    /// Remembers a question.
    pub(super) fn note(&mut self, question: Value) {
        if self.asked.len() >= ASKED_MAX {
            self.asked.pop_front();
        }
        self.asked.push_back(question);
        self.count += 1;
    }

    /// How this question fails, if it does.
    pub(super) fn failure(&mut self) -> Option<Failure> {
        let failure = self.told.fails?;
        match &mut self.told.failing {
            None => Some(failure),
            Some(0) => None,
            Some(left) => {
                *left -= 1;
                Some(failure)
            }
        }
    }

    /// What is done with these messages, and how long it takes.
    pub(super) fn answer(&self, messages: &[Value]) -> (Does, u64) {
        let role = |message: &Value| {
            message
                .get("role")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let content = |message: &Value| {
            message
                .get("content")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let newest = messages
            .iter()
            .rposition(|one| role(one).as_deref() == Some("user"));
        let words = newest
            .and_then(|at| messages.get(at))
            .map(content)
            .unwrap_or_default();
        let since = newest.map_or(0, |at| at + 1);
        let mut results = messages
            .iter()
            .skip(since)
            .filter(|one| role(one).as_deref() == Some("tool"));
        let result = results.next_back().map(content);
        let lower = words.to_lowercase();
        let rule = self
            .told
            .rules
            .iter()
            .find(|rule| lower.contains(&rule.when.to_lowercase()));
        let Some(rule) = rule else {
            return (Does::Says(plainly(&lower).to_owned()), self.told.latency_ms);
        };
        let latency = self.told.latency_ms + rule.latency_ms;
        match result {
            None if !rule.calls.is_empty() => (Does::Calls(rule.calls.clone()), latency),
            result => {
                let told = result.unwrap_or_default();
                (Does::Says(rule.says.replace("{result}", &told)), latency)
            }
        }
    }
}

/// What it says unscripted: enough for a look around.
fn plainly(words: &str) -> &'static str {
    let any = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if any(&[
        "rest between",
        "how long should i rest",
        "descans",
        "descanso",
    ]) {
        "Rest about 90 seconds between sets, two minutes if they were heavy."
    } else if any(&["sore", "agujetas", "dolorid"]) {
        "Some soreness is normal a day or two after new exercises. Keep it light today and move a little."
    } else if any(&["motivat", "tired", "cansad"]) {
        "Just begin with the warm-up. If it still feels wrong after ten minutes, call it a day with a good conscience."
    } else {
        "Good question! Keep it easy today and do what feels steady; your coach reads along."
    }
}

/// A question as it is shown: what stands in it, without the key.
pub(super) fn shown(body: &Value, at: &str) -> Value {
    json!({"at": at, "body": body})
}
