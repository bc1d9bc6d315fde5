//! The life of a message as a trace, told to a collector that reads by OpenTelemetry's own schema.

use std::collections::BTreeMap;

use domain::{Channel, MessageId};
use serde_json::{Value, json};
use stories::http::Http;
use stories::script::Server;
use stories::world::{Joining, World, text};

/// How many requests are looked at before something is missed.
const REQUESTS_MAX: usize = 40;

async fn collector(test: &str) -> anyhow::Result<Option<Server>> {
    Server::start(test, env!("CARGO_TARGET_TMPDIR"), "collector.py").await
}

/// What the collector heard so far: spans by trace and name.
#[derive(Default)]
struct Heard {
    spans: BTreeMap<(String, String), Value>,
    all: String,
}

impl Heard {
    /// Listens until a span of this trace was told.
    async fn hears(
        &mut self,
        server: &mut Server,
        trace: &str,
        name: &str,
    ) -> anyhow::Result<Value> {
        for _ in 0..REQUESTS_MAX {
            if let Some(span) = self.spans.get(&(trace.to_owned(), name.to_owned())) {
                return Ok(span.clone());
            }
            let request = server.next().await?;
            assert_eq!(text(&request, "path"), "/base/v1/traces");
            assert_eq!(text(&request, "key"), "a b");
            let raw = request.get("raw").cloned().unwrap_or_default();
            let spans = raw.pointer("/resourceSpans/0/scopeSpans/0/spans");
            for span in spans.and_then(Value::as_array).into_iter().flatten() {
                let key = (text(span, "traceId"), text(span, "name"));
                self.spans.insert(key, span.clone());
            }
            self.all.push_str(&raw.to_string());
        }
        anyhow::bail!("no span `{name}` of {trace} in {}", self.all)
    }
}

/// The trace of a message: its id, in hexadecimal.
fn trace_of(id: &str) -> anyhow::Result<String> {
    let id: MessageId = id.parse()?;
    let whole = u128::from_be_bytes(*id.as_bytes());
    Ok(format!("{whole:032x}"))
}

fn attribute(span: &Value, name: &str) -> Value {
    let all = span.get("attributes").and_then(Value::as_array);
    let one = all
        .into_iter()
        .flatten()
        .find(|one| text(one, "key") == name);
    let value = one
        .and_then(|one| one.get("value"))
        .and_then(Value::as_object);
    value
        .and_then(|value| value.values().next().cloned())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_message_and_what_it_answers_are_followed_from_end_to_end() -> anyhow::Result<()> {
    let test = "a_message_and_what_it_answers_are_followed_from_end_to_end";
    let Some(mut server) = collector(test).await? else {
        return Ok(());
    };
    let world = World::with(&[
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            &format!("http://127.0.0.1:{}/base", server.port),
        ),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b"),
        ("OTEL_SERVICE_NAME", "the-gym"),
    ])
    .await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let mut heard = Heard::default();

    // One that arrives: the whole way, and its parts.
    let fields = json!({"kind": "system", "content": "Bring your shoes"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["delivered"]).await?;
    let trace = trace_of(&id)?;
    let whole = heard.hears(&mut server, &trace, "message").await?;
    assert_eq!(attribute(&whole, "gymtext.message_id"), json!(id));
    assert_eq!(attribute(&whole, "gymtext.kind"), "system");
    assert_eq!(attribute(&whole, "gymtext.outcome"), "accepted");
    for (part, kind) in [("wait", 1), ("attempt", 3), ("settle", 1), ("receipt", 2)] {
        let span = heard.hears(&mut server, &trace, part).await?;
        assert_eq!(span.get("parentSpanId"), whole.get("spanId"), "{span:#}");
        assert_eq!(span.get("kind"), Some(&json!(kind)), "{span:#}");
    }
    let attempt = heard.hears(&mut server, &trace, "attempt").await?;
    assert_eq!(attribute(&attempt, "gymtext.channel"), "sms");
    assert_eq!(attribute(&attempt, "gymtext.provider"), "twilio");
    assert_eq!(attempt.get("status"), None);

    // One that is refused: the provider's code, and nothing of its words.
    world
        .carrier_fails(json!({"errors": {"21610": 1.0}}))
        .await?;
    let fields = json!({"kind": "system", "content": "A secret word"});
    let refused = world.sends(&maria, fields).await?;
    world.reaches(&refused, &["failed", "suppressed"]).await?;
    let span = heard
        .hears(&mut server, &trace_of(&refused)?, "attempt")
        .await?;
    assert_eq!(span.pointer("/status/code"), Some(&json!(2)));
    assert_eq!(attribute(&span, "gymtext.provider_code"), "21610");

    // One that waits says why; one that answers somebody follows from what they wrote.
    world.carrier_fails(json!({})).await?;
    let joao = world
        .joins(Joining::called("João").opted_in(Channel::Sms))
        .await?;
    joao.texts(Channel::Sms, "stats").await?;
    world.is_quiet().await?;
    let path = format!("/api/v1/messages?member={}", joao.id);
    let list = world.api.get(&path).await?.json();
    let items = list.get("items").and_then(Value::as_array);
    let of = |direction: &str| {
        let mut items = items.into_iter().flatten();
        let one = items.find(|one| text(one, "direction") == direction);
        one.map(|one| text(one, "id")).unwrap_or_default()
    };
    let written = heard
        .hears(&mut server, &trace_of(&of("inbound"))?, "inbound")
        .await?;
    let answer = heard
        .hears(&mut server, &trace_of(&of("outbound"))?, "message")
        .await?;
    assert_eq!(
        answer.pointer("/links/0/spanId"),
        written.get("spanId"),
        "{answer:#}"
    );

    // The first request was told to come back, and nothing was lost; nothing says who it was about.
    let inner = Http::new(&format!("http://{}", world.service.inner()));
    let metrics = inner.get("/inner/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(metrics.contains("gymtext_spans_dropped 0"), "{metrics}");
    for word in [
        "shoes",
        "secret word",
        "Maria",
        "João",
        "stats",
        maria.phone.as_str(),
    ] {
        assert!(!heard.all.contains(word), "a span says `{word}`");
    }
    let digits = maria.phone.trim_start_matches('+');
    assert!(!heard.all.contains(digits));
    Ok(())
}

#[tokio::test]
async fn a_collector_that_is_away_or_slow_costs_spans_and_nothing_else() -> anyhow::Result<()> {
    // Nobody listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let world =
        World::with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{nobody}"))]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    for n in 0..5 {
        let fields = json!({"kind": "system", "content": format!("Round {n}")});
        let id = world.sends(&maria, fields).await?;
        world.reaches(&id, &["delivered"]).await?;
    }
    assert_eq!(maria.received(Channel::Sms).await?.len(), 5);
    Ok(())
}
