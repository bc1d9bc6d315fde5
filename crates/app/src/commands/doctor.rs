//! `gymtext doctor`: the settings tried against the real database, ports and provider. Nothing is
//! sent, and nothing is changed but a file that is written and removed again.

mod checks;
mod network;
mod webhooks;

use serde::Serialize;

use crate::failure::AnswerIsNo;
use crate::output::{Colour, Out};
use crate::runtime;
use crate::settings::{Loaded, Settings};

const EXAMPLES: &str = "\
Examples:
  gymtext doctor
  gymtext doctor --offline
  gymtext doctor --json | jq '.[] | select(.state != \"ok\")'

Ends with 1 when something would keep the service from working.";

/// Arguments of `gymtext doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Ask nobody: leaves out the provider, the public address and the comparison of clocks
    #[arg(long)]
    offline: bool,
    /// As JSON: [{check, state, what, remedy?}]
    #[arg(long)]
    json: bool,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// Works, but look at it.
    Warn,
    /// Will not work.
    Fail,
}

/// One line of the report.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    check: &'static str,
    state: State,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Ok,
            what: what.into(),
            remedy: None,
        }
    }

    fn warn(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Warn,
            what: what.into(),
            remedy: Some(remedy.into()),
        }
    }

    fn shown(self) -> web::Finding {
        web::Finding {
            check: self.check,
            state: match self.state {
                State::Ok => web::FindingState::Ok,
                State::Warn => web::FindingState::Warn,
                State::Fail => web::FindingState::Fail,
            },
            what: self.what,
            remedy: self.remedy,
        }
    }

    fn fail(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Fail,
            what: what.into(),
            remedy: Some(remedy.into()),
        }
    }
}

/// The checks of a running service, for a page of its own: without its ports, which are its own. `ask_others` asks the
/// provider, the public address and a clock, too.
pub(crate) async fn inside(settings: Settings, ask_others: bool) -> Vec<web::Finding> {
    let own = settings.clone();
    let local = tokio::task::spawn_blocking(move || {
        let mut findings = checks::together(&own);
        findings.extend(checks::database(&own));
        findings.extend(webhooks::endpoints(&own));
        findings.extend(checks::files());
        findings.extend(checks::keywords(&own));
        findings.push(checks::retention(&own));
        findings
    });
    let mut findings = local.await.unwrap_or_default();
    if ask_others {
        findings.extend(network::provider(&settings).await);
        findings.extend(network::public_url(&settings).await);
        findings.push(network::clock(&settings).await);
    }
    findings.into_iter().map(Finding::shown).collect()
}

pub(crate) fn run(args: &Args, loaded: &Loaded) -> anyhow::Result<()> {
    let mut findings = checks::settings(loaded);
    let settings = loaded.settings();
    findings.extend(checks::database(settings));
    findings.extend(webhooks::endpoints(settings));
    findings.extend(checks::files());
    findings.extend(checks::keywords(settings));
    findings.push(checks::retention(settings));
    runtime::for_command()?.block_on(async {
        findings.extend(network::ports(settings).await);
        if args.offline {
            findings.push(Finding::warn(
                "provider",
                "not asked, as you wished",
                "Leave --offline out to ask it.",
            ));
            return;
        }
        findings.extend(network::provider(settings).await);
        findings.extend(network::public_url(settings).await);
        findings.push(network::clock(settings).await);
    });
    let mut out = Out::new();
    if args.json {
        out.json_pretty(&findings)?;
    } else {
        for finding in &findings {
            let mark = match finding.state {
                State::Ok => out.coloured(Colour::Green, "ok  "),
                State::Warn => out.coloured(Colour::Yellow, "warn"),
                State::Fail => out.coloured(Colour::Red, "fail"),
            };
            out.line(format!("{mark}  {:<10} {}", finding.check, finding.what))?;
            if let Some(remedy) = &finding.remedy {
                let remedy = out.coloured(Colour::Dim, remedy);
                out.line(format!("      {:<10} {remedy}", ""))?;
            }
        }
    }
    out.flush()?;
    if findings.iter().any(|finding| finding.state == State::Fail) {
        Err(AnswerIsNo.into())
    } else {
        Ok(())
    }
}
