//! The JSON of Chat Completions: what is sent, and the little that is read of what comes back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{ModelError, Question, Reply, Said, ToolCall};

/// The most that is taken of a code.
const CODE_CHARS_MAX: usize = 60;

/// The body of a question.
pub(super) fn request(model: &str, question: Question<'_>) -> Value {
    let messages: Vec<Value> = question.said.iter().map(message).collect();
    let mut body = json!({
        "model": model,
        "messages": messages,
        "max_completion_tokens": question.tokens_max,
    });
    if !question.tools.is_empty()
        && let Some(body) = body.as_object_mut()
    {
        let tools: Vec<Value> = question
            .tools
            .iter()
            .map(|tool| {
                json!({"type": "function", "function": {
                    "name": tool.name, "description": tool.description, "parameters": tool.parameters,
                }})
            })
            .collect();
        body.insert("tools".into(), Value::Array(tools));
    }
    body
}

fn message(said: &Said) -> Value {
    match said {
        Said::System(text) => json!({"role": "system", "content": text}),
        Said::User(text) => json!({"role": "user", "content": text}),
        Said::Assistant(text) => json!({"role": "assistant", "content": text}),
        Said::Calls(calls) => {
            let calls: Vec<Value> = calls
                .iter()
                .map(|call| {
                    json!({"id": call.id, "type": "function",
                        "function": {"name": call.name, "arguments": call.arguments}})
                })
                .collect();
            json!({"role": "assistant", "content": null, "tool_calls": calls})
        }
        Said::Result { id, content } => {
            json!({"role": "tool", "tool_call_id": id, "content": content})
        }
    }
}

#[derive(Deserialize)]
struct WireCompletion {
    choices: Vec<WireChoice>,
    #[serde(default)]
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct WireChoice {
    message: WireMessage,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct WireMessage {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<WireCall>>,
}

#[derive(Deserialize)]
struct WireCall {
    id: String,
    function: WireFunction,
}

#[derive(Deserialize)]
struct WireFunction {
    name: String,
    #[serde(default)]
    arguments: String,
}

#[derive(Deserialize, Default)]
struct WireUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

#[derive(Deserialize)]
struct WireProblem {
    error: WireError,
}

#[derive(Deserialize)]
struct WireError {
    #[serde(default)]
    code: Option<Value>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

/// What an answer says.
pub(super) fn reply(body: &[u8]) -> Result<Reply, ModelError> {
    let unreadable = |why: String| ModelError::Unreadable { why: why.into() };
    // The error of the parser names a place, never what stands there.
    let read: WireCompletion = serde_json::from_slice(body).map_err(|error| {
        unreadable(format!(
            "at line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    let usage = read.usage.unwrap_or_default();
    let Some(choice) = read.choices.into_iter().next() else {
        return Err(unreadable("it holds nothing".into()));
    };
    let finish = choice.finish_reason.unwrap_or_default();
    // A model that declines says so in a field of its own: there is nothing to send then.
    let declined = choice.message.refusal.is_some() || finish == "content_filter";
    let text = choice.message.content.filter(|_| !declined);
    let calls = choice.message.tool_calls.unwrap_or_default();
    let calls = calls.into_iter().map(|call| ToolCall {
        id: call.id,
        name: call.function.name,
        arguments: call.function.arguments,
    });
    Ok(Reply {
        text: text.filter(|text| !text.trim().is_empty()),
        calls: calls.collect(),
        is_cut: finish == "length",
        tokens_in: usage.prompt_tokens,
        tokens_out: usage.completion_tokens,
    })
}

/// The code of a refusal: words of the endpoint's, cut short, nothing else.
pub(super) fn problem(body: &[u8]) -> Box<str> {
    let read = serde_json::from_slice::<WireProblem>(body).ok();
    let word = read.and_then(|problem| match problem.error.code {
        Some(Value::String(code)) => Some(code),
        Some(Value::Number(code)) => Some(code.to_string()),
        _ => problem.error.kind,
    });
    let word = word.unwrap_or_else(|| "no code".into());
    word.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_-. ".contains(*c))
        .take(CODE_CHARS_MAX)
        .collect::<String>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::Tool;

    #[test]
    fn a_question_has_the_shape_of_chat_completions() {
        let call = ToolCall {
            id: "call_1".into(),
            name: "how_to".into(),
            arguments: r#"{"exercise":"Plank"}"#.into(),
        };
        let said = [
            Said::System("Be brief.".into()),
            Said::User("How long?".into()),
            Said::Calls(vec![call]),
            Said::Result {
                id: "call_1".into(),
                content: "45 s".into(),
            },
        ];
        let tools = [Tool {
            name: "how_to",
            description: "How an exercise is done",
            parameters: json!({"type": "object"}),
        }];
        let question = Question {
            said: &said,
            tools: &tools,
            tokens_max: 300,
        };
        assert_eq!(
            request("a-model", question),
            json!({
                "model": "a-model",
                "max_completion_tokens": 300,
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "How long?"},
                    {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
                        "function": {"name": "how_to", "arguments": "{\"exercise\":\"Plank\"}"}}]},
                    {"role": "tool", "tool_call_id": "call_1", "content": "45 s"},
                ],
                "tools": [{"type": "function", "function": {"name": "how_to",
                    "description": "How an exercise is done", "parameters": {"type": "object"}}}],
            })
        );
    }

    #[test]
    fn an_answer_is_words_or_calls_or_neither() {
        let read = |message: Value, finish: &str| {
            let body = json!({
                "id": "chatcmpl-1", "object": "chat.completion", "model": "a-model-2026",
                "choices": [{"index": 0, "message": message, "finish_reason": finish}],
                "usage": {"prompt_tokens": 700, "completion_tokens": 12, "total_tokens": 712},
            });
            reply(body.to_string().as_bytes()).unwrap()
        };
        let words = read(
            json!({"role": "assistant", "content": "45 seconds."}),
            "stop",
        );
        assert_eq!(words.text.as_deref(), Some("45 seconds."));
        assert_eq!((words.tokens_in, words.tokens_out), (700, 12));
        let call = json!({"id": "c", "type": "function", "function": {"name": "tomorrow", "arguments": "{}"}});
        let calls = read(json!({"content": null, "tool_calls": [call]}), "tool_calls");
        assert_eq!((calls.text, calls.calls.len()), (None, 1));
        let declined = json!({"content": "No.", "refusal": "I cannot help with that."});
        assert_eq!(read(declined, "stop").text, None);
        assert_eq!(read(json!({"content": "  "}), "stop").text, None);
        assert!(read(json!({"content": "And so"}), "length").is_cut);
    }

    #[test]
    fn what_is_no_answer_says_so_and_quotes_nothing() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"choices": []}"#,
            r#"{"choices": [{"message": "knee"}]}"#,
        ] {
            let error = reply(body.as_bytes()).unwrap_err();
            assert!(!error.to_string().contains("knee"), "{error}");
            assert!(!error.is_passing());
        }
        let limit = br#"{"error": {"message": "Rate limit for org-x", "type": "requests", "code": "rate_limit_exceeded"}}"#;
        assert_eq!(&*problem(limit), "rate_limit_exceeded");
        assert_eq!(&*problem(b"<html>"), "no code");
    }
}
