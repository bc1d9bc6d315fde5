//! `gymtext coach`: the coach's engines, tried without members. `replay` looks at past conversations again.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use domain::MemberId;
use engine::coach::replay::{Answer, Now, Past, again, library, past};
use engine::coach::{Coach, Rules};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::failure::bad_input;
use crate::output::{Colour, Out};
use crate::runtime;
use crate::settings::{CoachEngine, Loaded, Settings};
use crate::wiring::{coach, reader};

const EXAMPLES: &str = "\
Examples:
  gymtext coach replay
  gymtext coach replay --prompt prompts/coach-2.md --limit 50
  gymtext coach replay --engine rules --json

docs/COACH.md says how prompts are written and versioned.";

/// Arguments of `gymtext coach`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What members were answered, beside what they would be answered now; nothing is done or sent
    #[command(
        after_help = "Examples:\n  gymtext coach replay --prompt prompts/coach-2.md --limit 50\n  gymtext coach replay --engine rules\n\n\
            The database is only read. With the engine `model` past words of members are sent to the model's endpoint, as they are when it answers, and what it costs is the same. What the rules understand is not asked about."
    )]
    Replay(Replay),
}

/// Arguments of `gymtext coach replay`.
#[derive(Debug, clap::Args)]
struct Replay {
    /// A prompt to try [default: `GYMTEXT_COACH_PROMPT`, or the one in the binary]
    #[arg(long, value_name = "FILE")]
    prompt: Option<PathBuf>,
    /// Which engine is tried [default: `GYMTEXT_COACH`]
    #[arg(long)]
    engine: Option<Engine>,
    /// The newest so many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Of one member only, `mem_…`
    #[arg(long, value_name = "ID")]
    member: Option<String>,
    /// One JSON object a line, and the counts last
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Engine {
    Rules,
    Model,
}

/// How often what came of it.
#[derive(Debug, Default)]
struct Counts {
    same: u32,
    different: u32,
    to_person: u32,
    tokens_in: u64,
    tokens_out: u64,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let What::Replay(replay) = &args.what;
    let settings = loaded.for_coach()?;
    let engine = engine(replay, &settings)?;
    let member = replay.member.as_deref().map(|id| {
        id.parse::<MemberId>()
            .map_err(|_| bad_input("--member is an id such as mem_01kat4zk0q7h3sx0d7n2v9m4pc"))
    });
    let member = member.transpose()?;
    let ask = reader(&settings)?;
    let limit = usize::try_from(replay.limit).unwrap_or(usize::MAX);
    runtime::for_command()?.block_on(async {
        let bursts = past(&*ask, member, limit).await?;
        let programmes = library(&*ask, &settings.web.programme).await?;
        let bar = bar(bursts.len())?;
        let mut out = Out::new();
        let mut counts = Counts::default();
        for burst in &bursts {
            let now = again(&*ask, &programmes, &*engine, burst).await?;
            bar.inc(1);
            let Some(now) = now else { continue };
            counts.note(burst, &now);
            bar.suspend(|| {
                if replay.json {
                    out.json(&told(burst, &now)).map_err(Into::into)
                } else {
                    lines(&mut out, burst, &now)
                }
            })?;
        }
        bar.finish_and_clear();
        counts.tell(&mut out, replay.json)?;
        out.flush()?;
        Ok(())
    })
}

fn engine(replay: &Replay, settings: &Settings) -> anyhow::Result<Arc<dyn Coach>> {
    let engine = match replay.engine {
        Some(Engine::Rules) => CoachEngine::Rules,
        Some(Engine::Model) => CoachEngine::Model,
        // Whoever names a prompt wants to see what it does.
        None if replay.prompt.is_some() => CoachEngine::Model,
        None => settings.answers.engine,
    };
    match engine {
        CoachEngine::Rules => Ok(Arc::new(Rules)),
        CoachEngine::Model => {
            let file = replay
                .prompt
                .as_ref()
                .or(settings.answers.prompt_file.as_ref());
            let prompt = coach::prompt(file.map(PathBuf::as_path))?;
            Ok(Arc::new(coach::model(settings, prompt)?))
        }
    }
}

fn bar(count: usize) -> anyhow::Result<ProgressBar> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {eta}");
    bar.set_style(style.context("the progress bar's template is wrong")?);
    Ok(bar)
}

impl Counts {
    fn note(&mut self, burst: &Past, now: &Now) {
        if burst.is_same(now) {
            self.same += 1;
        } else {
            self.different += 1;
        }
        self.to_person += u32::from(matches!(now.answer, Answer::Person(_)));
        if let Some(report) = &now.report {
            self.tokens_in += report.tokens_in;
            self.tokens_out += report.tokens_out;
        }
    }

    fn tell(&self, out: &mut Out, as_json: bool) -> anyhow::Result<()> {
        let Self {
            same,
            different,
            to_person,
            tokens_in,
            tokens_out,
        } = self;
        if as_json {
            out.json(&json!({
                "same": same, "different": different, "to_person": to_person,
                "tokens_in": tokens_in, "tokens_out": tokens_out,
            }))?;
            return Ok(());
        }
        out.line(format!(
            "{same} the same, {different} different; {to_person} of all would wait for a person. {tokens_in} tokens read, {tokens_out} written."
        ))?;
        Ok(())
    }
}

fn told(burst: &Past, now: &Now) -> Value {
    let messages: Vec<String> = burst.messages.iter().map(ToString::to_string).collect();
    json!({
        "member_id": burst.member.to_string(),
        "messages": messages,
        "at": burst.at.to_string(),
        "words": burst.words,
        "was": shown(&burst.was),
        "by": burst.by,
        "now": shown(&now.answer),
        "same": burst.is_same(now),
        "outcome": now.report.as_ref().map(|report| report.outcome.code()),
        "prompt": now.report.as_ref().map(|report| report.prompt.clone()),
    })
}

fn shown(answer: &Answer) -> Value {
    match answer {
        Answer::Words { text, acts } => json!({"text": text, "acts": acts}),
        Answer::Rules(codes) => json!({"by_rule": codes}),
        Answer::Person(why) => json!({"left_to_person_for": why}),
        Answer::Nothing => Value::Null,
    }
}

fn lines(out: &mut Out, burst: &Past, now: &Now) -> anyhow::Result<()> {
    let is_same = burst.is_same(now);
    let mark = if is_same { "same" } else { "different" };
    let colour = if is_same { Colour::Dim } else { Colour::Bold };
    let mark = out.coloured(colour, mark);
    out.line(format!("{}  {mark}", burst.at))?;
    for words in &burst.words {
        out.line(format!("  they  {}", indented(words)))?;
    }
    let by = burst
        .by
        .as_ref()
        .map(|by| format!(" ({by})"))
        .unwrap_or_default();
    out.line(format!("  was   {}{by}", sentence(&burst.was)))?;
    out.line(format!("  now   {}", sentence(&now.answer)))?;
    out.line("")?;
    Ok(())
}

fn sentence(answer: &Answer) -> String {
    match answer {
        Answer::Words { text, acts } if acts.is_empty() => indented(text),
        Answer::Words { text, acts } => format!("{} [{}]", indented(text), acts.join(", ")),
        Answer::Rules(codes) => format!("(by rule: {})", codes.join(", ")),
        Answer::Person(why) => format!("(a person has to look: {why})"),
        Answer::Nothing => "(nothing)".to_owned(),
    }
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n        ")
}
