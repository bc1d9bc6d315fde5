//! `gymtext send`: a message through a running service, with its consent, window and reasons.

use serde_json::{Map, Value, json};

use super::lines::all_of_stdin;
use crate::client::{Api, Service, encoded};
use crate::failure::{AnswerIsNo, bad_input};
use crate::output::{Colour, Out};
use crate::settings::Loaded;
use crate::{chance, runtime};

const EXAMPLES: &str = "\
Examples:
  gymtext send --to +14155550123 \"Ready for squats?\"
  gymtext send --to mem_01kat4zk0q7h3sx0d7n2v9m4pc --channel whatsapp --wait \"See you at six\"
  gymtext send --to +14155550123 --template welcome --var 1=Ana
  gymtext send --to +14155550123 --dry-run \"Hi\"     (what would be sent, how, and why)

Ends with 0 when the message is stored; with --wait, 1 when it was suppressed, failed or could not be delivered.";

/// Arguments of `gymtext send`.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Whom: a member's id or phone number
    #[arg(long, value_name = "MEMBER|NUMBER", allow_hyphen_values = true)]
    to: String,
    /// The text; `-` reads standard input
    text: Option<String>,
    /// Insist on a channel: sms or whatsapp
    #[arg(long)]
    channel: Option<String>,
    /// What it is for: `system`, `chat_reply`, `daily_workout`, `broadcast`, …
    #[arg(long)]
    kind: Option<String>,
    /// Send it by this template
    #[arg(long)]
    template: Option<String>,
    /// A variable of the template, name=value; as often as needed
    #[arg(long = "var", value_name = "NAME=VALUE", requires = "template")]
    variables: Vec<String>,
    /// A picture, sound or document; as often as needed
    #[arg(long = "media", value_name = "URL")]
    media: Vec<String>,
    /// Fall back to every channel that has consent
    #[arg(long)]
    critical: bool,
    /// Wait for the provider's answer
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Only say what would be sent; sends nothing
    #[arg(long)]
    dry_run: bool,
    /// Makes the call safe to repeat [default: a new key]
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    runtime::for_command()?.block_on(send(args, &api))
}

async fn send(args: &Args, api: &Api) -> anyhow::Result<()> {
    let mut out = Out::new();
    let text = match args.text.as_deref() {
        Some("-") => Some(all_of_stdin("a text")?),
        Some(text) => Some(text.to_owned()),
        None if args.template.is_some() || !args.media.is_empty() => None,
        None => {
            return Err(bad_input(
                "there is nothing to say: give a text, --template or --media",
            ));
        }
    };
    let member = member_id(api, &args.to).await?;
    if args.dry_run {
        let kind = args.kind.as_deref().unwrap_or("system");
        let content = encoded(text.as_deref().unwrap_or_default());
        let plan = api
            .get(&format!(
                "/api/v1/members/{member}/plan?kind={kind}&content={content}"
            ))
            .await?;
        if args.json {
            out.json_pretty(&plan)?;
        } else {
            say_plan(&mut out, &plan)?;
        }
        out.flush()?;
        return Ok(());
    }
    let key = match &args.idempotency_key {
        Some(key) => key.clone(),
        None => format!("cli-{}", chance::hex_digits(24)?),
    };
    let path = if args.wait {
        "/api/v1/messages/immediate"
    } else {
        "/api/v1/messages"
    };
    let answer = api.post(path, &body(args, &member, text)?, &key).await?;
    if args.json {
        out.json_pretty(&answer)?;
    } else {
        say(&mut out, &answer)?;
    }
    out.flush()?;
    let ended_badly = [
        "suppressed",
        "failed",
        "undelivered",
        "expired",
        "cancelled",
    ];
    if args.wait && status(&answer).is_some_and(|status| ended_badly.contains(&status)) {
        return Err(AnswerIsNo.into());
    }
    Ok(())
}

fn body(args: &Args, member: &str, text: Option<String>) -> anyhow::Result<Value> {
    let mut body = Map::new();
    body.insert("member_id".into(), json!(member));
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.into(), value);
        }
    };
    add("content", text.map(Value::from));
    add("channel", args.channel.clone().map(Value::from));
    add("kind", args.kind.clone().map(Value::from));
    add("template", args.template.clone().map(Value::from));
    add("critical", args.critical.then_some(Value::Bool(true)));
    add(
        "media_urls",
        (!args.media.is_empty()).then(|| json!(args.media)),
    );
    if !args.variables.is_empty() {
        let mut variables = Map::new();
        for variable in &args.variables {
            let (name, value) = variable
                .split_once('=')
                .ok_or_else(|| bad_input("a variable is written name=value"))?;
            variables.insert(name.to_owned(), json!(value));
        }
        add("variables", Some(Value::Object(variables)));
    }
    Ok(Value::Object(body))
}

/// The id of a member named by id or by number.
pub(super) async fn member_id(api: &Api, who: &str) -> anyhow::Result<String> {
    if who.starts_with("mem_") {
        return Ok(who.to_owned());
    }
    let number: domain::PhoneNumber = who.parse().map_err(|error| {
        bad_input(format!(
            "whom is neither a member's id (mem_…) nor a phone number in E.164 form: {error}"
        ))
    })?;
    let found = api
        .get(&format!(
            "/api/v1/members?phone={}",
            encoded(number.as_e164())
        ))
        .await?;
    found
        .pointer("/items/0/id")
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
        .ok_or_else(|| {
            anyhow::anyhow!(
                "no member has the number {}; `gymtext members list` shows who there is",
                number.masked()
            )
        })
}

fn status(answer: &Value) -> Option<&str> {
    answer
        .get("status")
        .or_else(|| answer.pointer("/message/status"))
        .and_then(Value::as_str)
}

/// What would happen, and why.
fn say_plan(out: &mut Out, plan: &Value) -> anyhow::Result<()> {
    let text = |name: &str| plan.get(name).and_then(Value::as_str);
    let (colour, verdict) = match text("decision") {
        Some("send") => {
            let form = match text("form") {
                Some("template") => " as a template",
                _ => "",
            };
            let channel = text("channel").unwrap_or("?");
            (Colour::Green, format!("would be sent by {channel}{form}"))
        }
        Some("hold") => (Colour::Yellow, "would be held".to_owned()),
        _ => (Colour::Red, "would not be sent".to_owned()),
    };
    let shown = out.coloured(colour, &verdict);
    out.line(shown)?;
    let reasons = plan.get("reasons").and_then(Value::as_array);
    for reason in reasons.into_iter().flatten() {
        if let Some(sentence) = reason.get("sentence").and_then(Value::as_str) {
            out.line(format!("  - {sentence}"))?;
        }
    }
    if let Some(body) = plan.pointer("/preview/text").and_then(Value::as_str) {
        out.line(format!("  text: {body}"))?;
    }
    Ok(())
}

fn say(out: &mut Out, answer: &Value) -> anyhow::Result<()> {
    let id = ["message_id", "id"]
        .iter()
        .find_map(|name| answer.get(*name))
        .and_then(Value::as_str)
        .unwrap_or("?");
    let status = status(answer).unwrap_or("accepted");
    let colour = match status {
        "suppressed" | "failed" | "undelivered" | "expired" | "cancelled" => Colour::Red,
        "held" | "unconfirmed" => Colour::Yellow,
        _ => Colour::Green,
    };
    let shown = out.coloured(colour, status);
    let reason = answer
        .get("reason")
        .and_then(Value::as_str)
        .map_or_else(String::new, |why| format!(" ({why})"));
    out.line(format!("{id}  {shown}{reason}"))?;
    Ok(())
}
