//! `gymtext signature`: is this webhook really Twilio's, and if not, what differs. The expected
//! signature is never said.

use std::path::PathBuf;

use anyhow::Context as _;
use domain::Secret;
use providers::twilio::explain::explain;
use providers::twilio::signature::{SignedRequest, SigningKeys};
use serde::{Deserialize, Serialize};

use super::lines::{NotUnderstood, each_line};
use crate::failure::{AnswerIsNo, bad_input};
use crate::output::{Colour, Out};

const EXAMPLES: &str = "\
Examples:
  gymtext signature --url https://coach.example/api/twilio/sms --signature KqM… \\
      --param From=+14155550123 --param Body=Hi      (the token is taken from TWILIO_AUTH_TOKEN)
  gymtext signature --url https://coach.example/sms --signature KqM… --body request.txt
  gymtext signature --json < requests.jsonl

Lines of --json have: url, auth_token, signature, and either params ([[name, value], …]) or raw_body with
content_type; also method, algorithm (HMAC_SHA1 or HMAC_SHA256). The answer is {valid, why?}.";

const FORM: &str = "application/x-www-form-urlencoded";

/// The name a shared key is given here: the command knows only one.
const SHARED_KEY: &str = "given";

/// Arguments of `gymtext signature`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The address as Twilio was given it, with its query
    #[arg(long, required_unless_present = "json")]
    url: Option<String>,
    /// The X-Twilio-Signature header
    #[arg(long, required_unless_present = "json", allow_hyphen_values = true)]
    signature: Option<String>,
    /// The auth token; better left to the environment, where other users of the machine cannot see it
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A parameter of the form, name=value; as often as needed
    #[arg(long = "param", value_name = "NAME=VALUE", conflicts_with = "body")]
    params: Vec<String>,
    /// A file with the raw body
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The body's content type
    #[arg(long, default_value = FORM)]
    content_type: String,
    /// The request's method
    #[arg(long, default_value = "POST")]
    method: String,
    /// The request was signed with a shared key by HMAC-SHA256
    #[arg(long)]
    sha256: bool,
    /// Without --url: one JSON object a line in, one a line out, in order; with it: the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Asked {
    url: String,
    auth_token: String,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    algorithm: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    params: Option<Vec<(String, String)>>,
    #[serde(default)]
    raw_body: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// One request to judge.
struct Given<'a> {
    is_get: bool,
    url: &'a str,
    content_type: Option<&'a str>,
    body: &'a [u8],
    signature: Option<&'a str>,
    token: &'a Secret,
    sha256: bool,
}

impl Given<'_> {
    fn judge(&self) -> Answer {
        let settings = format!("key={SHARED_KEY},algorithm=HMAC_SHA256");
        let keys = if self.sha256 {
            SigningKeys::default().with_shared_key(SHARED_KEY, self.token)
        } else {
            SigningKeys::from_tokens([self.token])
        };
        let request = SignedRequest {
            is_get: self.is_get,
            url: self.url,
            content_type: self.content_type,
            body: self.body,
            signature: self.signature,
            settings: self.sha256.then_some(settings.as_str()),
        };
        let found = explain(&request, &keys);
        Answer {
            valid: found.is_valid(),
            why: found.why().map(ToOwned::to_owned),
        }
    }
}

fn form_of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish().into_bytes()
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = Out::new();
    let Some(url) = &args.url else {
        return json_lines(&mut out);
    };
    let Some(token) = &args.token else {
        return Err(bad_input(
            "there is no token: set TWILIO_AUTH_TOKEN, or give --token",
        ));
    };
    let body = if let Some(path) = &args.body {
        std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?
    } else {
        let pairs: Option<Vec<_>> = args
            .params
            .iter()
            .map(|param| param.split_once('='))
            .collect();
        form_of(pairs.ok_or_else(|| bad_input("a parameter is written name=value"))?)
    };
    let answer = Given {
        is_get: args.method.eq_ignore_ascii_case("GET"),
        url,
        content_type: Some(&args.content_type),
        body: &body,
        signature: args.signature.as_deref(),
        token: &Secret::new(token.as_str()),
        sha256: args.sha256,
    }
    .judge();
    if args.json {
        out.json(&answer)?;
    } else if answer.valid {
        let valid = out.coloured(Colour::Green, "valid");
        out.line(valid)?;
    } else {
        let invalid = out.coloured(Colour::Red, "not valid");
        out.line(format!(
            "{invalid}: {}",
            answer.why.as_deref().unwrap_or_default()
        ))?;
    }
    out.flush()?;
    if answer.valid {
        Ok(())
    } else {
        Err(AnswerIsNo.into())
    }
}

fn json_lines(out: &mut Out) -> anyhow::Result<()> {
    let mut not_understood = 0_u32;
    each_line(out, "JSON", |out, line| {
        let asked = line.map_err(ToOwned::to_owned).and_then(|line| {
            // The error's position is told, not its text: the line holds a token.
            serde_json::from_str::<Asked>(line).map_err(|error| {
                format!(
                    "not an object of the shape in --help (column {})",
                    error.column()
                )
            })
        });
        match asked {
            Ok(asked) => out.json(&judge(&asked))?,
            Err(error) => {
                not_understood += 1;
                out.json(&NotUnderstood { error })?;
            }
        }
        Ok(())
    })?;
    match not_understood {
        0 => Ok(()),
        1 => Err(bad_input(
            "one line was not understood; `gymtext signature --help` shows the shape",
        )),
        count => Err(bad_input(format!(
            "{count} lines were not understood; `gymtext signature --help` shows the shape"
        ))),
    }
}

fn judge(asked: &Asked) -> Answer {
    let body = match (&asked.raw_body, &asked.params) {
        (Some(raw), _) => raw.clone().into_bytes(),
        (None, Some(pairs)) => form_of(
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        ),
        (None, None) => Vec::new(),
    };
    Given {
        is_get: asked
            .method
            .as_deref()
            .is_some_and(|method| method.eq_ignore_ascii_case("GET")),
        url: &asked.url,
        content_type: asked
            .content_type
            .as_deref()
            .or(asked.params.is_some().then_some(FORM)),
        body: &body,
        signature: asked.signature.as_deref(),
        token: &Secret::new(asked.auth_token.as_str()),
        sha256: asked.algorithm.as_deref() == Some("HMAC_SHA256"),
    }
    .judge()
}
