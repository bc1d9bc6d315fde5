//! Spans as OTLP's JSON: ids in hexadecimal, times as nanoseconds in strings, names in camel case (the encoding of the
//! OpenTelemetry Protocol specification, "JSON Protobuf Encoding").

use std::fmt::Write as _;

use domain::Timestamp;
use serde_json::{Value as Json, json};

use super::{Span, SpanKind, Value};

/// Which service, and which process of it.
pub(super) fn resource(service: &str, instance: &str) -> Json {
    json!({"attributes": [
        attribute("service.name", &Value::Text(service.into())),
        attribute("service.instance.id", &Value::Text(instance.into())),
        attribute("service.version", &Value::Word(env!("CARGO_PKG_VERSION"))),
        attribute("telemetry.sdk.language", &Value::Word("rust")),
    ]})
}

/// The body of one request.
pub(super) fn request(resource: &Json, spans: &[Span]) -> String {
    let spans: Vec<Json> = spans.iter().map(of_span).collect();
    json!({"resourceSpans": [{
        "resource": resource,
        "scopeSpans": [{"scope": {"name": "gymtext"}, "spans": spans}],
    }]})
    .to_string()
}

fn of_span(span: &Span) -> Json {
    let attributes: Vec<Json> = span
        .attributes
        .iter()
        .map(|(name, value)| attribute(name, value))
        .collect();
    let mut out = json!({
        "traceId": hex(&span.trace),
        "spanId": hex(&span.id.to_be_bytes()),
        "name": span.name,
        "kind": kind(span.kind),
        "startTimeUnixNano": nanos(span.start),
        "endTimeUnixNano": nanos(span.end.max(span.start)),
        "attributes": attributes,
    });
    if let Some(fields) = out.as_object_mut() {
        if let Some(parent) = span.parent {
            fields.insert("parentSpanId".into(), hex(&parent.to_be_bytes()).into());
        }
        if let Some((trace, id)) = &span.follows {
            let link = json!({"traceId": hex(trace), "spanId": hex(&id.to_be_bytes())});
            fields.insert("links".into(), json!([link]));
        }
        if let Some(why) = &span.failed {
            // 2 is ERROR.
            fields.insert("status".into(), json!({"code": 2, "message": why}));
        }
    }
    out
}

fn attribute(name: &str, value: &Value) -> Json {
    let value = match value {
        Value::Word(word) => json!({"stringValue": word}),
        Value::Text(text) => json!({"stringValue": text}),
        // 64 bits are strings in this encoding.
        Value::Number(number) => json!({"intValue": number.to_string()}),
        Value::Flag(flag) => json!({"boolValue": flag}),
    };
    json!({"key": name, "value": value})
}

const fn kind(kind: SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
    }
}

fn nanos(at: Timestamp) -> String {
    (i128::from(at.as_micros()) * 1_000).to_string()
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn span() -> Span {
        Span {
            trace: [0xab; 16],
            id: 0x0102_0304_0506_0708,
            parent: Some(9),
            follows: Some(([1; 16], 2)),
            name: "attempt",
            kind: SpanKind::Client,
            start: Timestamp::from_micros(1_700_000_000_000_001),
            end: Timestamp::from_micros(1_700_000_000_250_001),
            failed: Some("30003".into()),
            attributes: vec![
                ("gymtext.channel", Value::Word("sms")),
                ("gymtext.attempt", Value::Number(2)),
                ("gymtext.repeat", Value::Flag(false)),
            ],
        }
    }

    #[test]
    fn a_batch_is_what_the_protocol_says() {
        let request = request(&resource("gym", "node-1"), &[span()]);
        let request: Json = serde_json::from_str(&request).unwrap();
        let at = |path: &str| request.pointer(path).cloned().unwrap_or_default();
        let first = at("/resourceSpans/0/scopeSpans/0/spans/0");
        assert_eq!(
            first,
            json!({
                "traceId": "abababababababababababababababab",
                "spanId": "0102030405060708",
                "parentSpanId": "0000000000000009",
                "links": [{"traceId": "01010101010101010101010101010101", "spanId": "0000000000000002"}],
                "name": "attempt",
                "kind": 3,
                "startTimeUnixNano": "1700000000000001000",
                "endTimeUnixNano": "1700000000250001000",
                "status": {"code": 2, "message": "30003"},
                "attributes": [
                    {"key": "gymtext.channel", "value": {"stringValue": "sms"}},
                    {"key": "gymtext.attempt", "value": {"intValue": "2"}},
                    {"key": "gymtext.repeat", "value": {"boolValue": false}},
                ],
            })
        );
        let name = at("/resourceSpans/0/resource/attributes/0");
        assert_eq!(
            name,
            json!({"key": "service.name", "value": {"stringValue": "gym"}})
        );
    }
}
