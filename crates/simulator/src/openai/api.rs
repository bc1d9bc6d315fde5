//! `POST /chat/completions`: messages and tools in, words or calls out.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::script::{Does, Failure, shown};
use crate::cut::cut;
use crate::simulator::Simulator;

/// Roles a message may have.
const ROLES: [&str; 5] = ["system", "developer", "user", "assistant", "tool"];

/// What is said where calls were not answered.
const UNANSWERED: &str = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";

fn refused(status: StatusCode, kind: &str, code: Option<&str>, message: &str) -> Response {
    let error = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    (status, Json(error)).into_response()
}

fn invalid(message: &str) -> Response {
    refused(
        StatusCode::BAD_REQUEST,
        "invalid_request_error",
        None,
        message,
    )
}

/// `GET /models`
pub(super) async fn models() -> Json<Value> {
    Json(json!({"object": "list", "data": [
        {"id": "sandbox-1", "object": "model", "created": 1_790_000_000, "owned_by": "sandbox"},
    ]}))
}

/// `POST /chat/completions`
pub(super) async fn complete(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(question) = serde_json::from_slice::<Value>(&body) else {
        return invalid("We could not parse the JSON body of your request.");
    };
    let at = simulator.now().to_string();
    let (failure, wanted) = {
        let mut script = simulator.model.script();
        script.note(shown(&question, &at));
        (script.failure(), script.told.key.clone())
    };
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if wanted.is_some_and(|key| given != Some(&format!("Bearer {key}"))) {
        let message = "Incorrect API key provided.";
        let code = Some("invalid_api_key");
        return refused(
            StatusCode::UNAUTHORIZED,
            "invalid_request_error",
            code,
            message,
        );
    }
    let messages = match messages(&question) {
        Ok(messages) => messages,
        Err(why) => return invalid(&why),
    };
    let (does, latency) = simulator.model.script().answer(messages);
    tokio::time::sleep(Duration::from_millis(latency)).await;
    match failure {
        Some(failure) => failed(failure),
        None => Json(completion(&question, messages, does, &simulator)).into_response(),
    }
}

fn failed(failure: Failure) -> Response {
    match failure {
        Failure::TooMany => {
            let code = Some("rate_limit_exceeded");
            let message = "Rate limit reached.";
            let mut response = refused(StatusCode::TOO_MANY_REQUESTS, "requests", code, message);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("0"));
            response
        }
        Failure::Broken => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            None,
            "The server had an error while processing your request.",
        ),
        Failure::Cut => cut(),
        Failure::Malformed => {
            Json(json!({"object": "chat.completion", "choices": "none"})).into_response()
        }
    }
}

/// The messages, if they are what the API takes: each call of a tool is answered before anything else is said.
fn messages(question: &Value) -> Result<&Vec<Value>, String> {
    if question
        .get("model")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err("you must provide a model parameter".into());
    }
    if question.get("stream").and_then(Value::as_bool) == Some(true) {
        return Err("the sandbox does not stream".into());
    }
    let messages = question.get("messages").and_then(Value::as_array);
    let messages = messages.filter(|messages| !messages.is_empty());
    let messages = messages.ok_or("[] is too short - 'messages'")?;
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        let role = message
            .get("role")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !ROLES.contains(&role) {
            return Err(format!(
                "'{role}' is not one of {ROLES:?} - 'messages.role'"
            ));
        }
        if role == "tool" {
            let id = message
                .get("tool_call_id")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let Some(at) = open.iter().position(|known| *known == id) else {
                return Err("messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.".into());
            };
            open.swap_remove(at);
            continue;
        }
        if !open.is_empty() {
            return Err(UNANSWERED.into());
        }
        let calls = message.get("tool_calls").and_then(Value::as_array);
        let ids = calls.into_iter().flatten();
        open.extend(ids.filter_map(|call| call.get("id").and_then(Value::as_str)));
        let has_words = message.get("content").and_then(Value::as_str).is_some();
        if !has_words && open.is_empty() {
            return Err("expected a string - 'messages.content'".into());
        }
    }
    if open.is_empty() {
        Ok(messages)
    } else {
        Err(UNANSWERED.into())
    }
}

fn completion(question: &Value, messages: &[Value], does: Does, simulator: &Simulator) -> Value {
    let number = simulator.model.script().count;
    let (message, finish, written) = match does {
        Does::Says(text) => {
            let written = text.len();
            let message =
                json!({"role": "assistant", "content": text, "refusal": null, "annotations": []});
            (message, "stop", written)
        }
        Does::Calls(calls) => {
            let calls: Vec<Value> = calls
                .into_iter()
                .enumerate()
                .map(|(at, call)| {
                    let arguments = match call.arguments {
                        Value::String(text) => text,
                        Value::Null => "{}".to_owned(),
                        other => other.to_string(),
                    };
                    json!({"id": format!("call_{number}_{at}"), "type": "function",
                        "function": {"name": call.name, "arguments": arguments}})
                })
                .collect();
            let written = calls.len() * 20;
            let message = json!({"role": "assistant", "content": null, "refusal": null, "annotations": [], "tool_calls": calls});
            (message, "tool_calls", written)
        }
    };
    // Four characters are about a token.
    let read: usize = messages
        .iter()
        .map(|message| message.to_string().len() / 4)
        .sum();
    let written = written / 4 + 1;
    json!({
        "id": format!("chatcmpl-sandbox{number}"),
        "object": "chat.completion",
        "created": simulator.now().as_seconds(),
        "model": question.get("model"),
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    })
}
