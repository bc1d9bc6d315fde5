//! `gymtext rates`: the rate cards in force, how old they are, and where they come from.

use domain::{Clock as _, Timestamp};
use policy::pricing::{Line, RateCards, SHIPPED};
use serde::Serialize;

use crate::clock::SystemClock;
use crate::output::Out;
use crate::rates;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext rates
  gymtext rates --json
  gymtext rates --shipped > rates.csv

Estimates come from these cards. GYMTEXT_RATES names a file of your own; it replaces all that is shipped.";

/// Arguments of `gymtext rates`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// As JSON: `{file, rates: [{channel, area, item, amount, currency, as_of, days_old, source}]}`
    #[arg(long)]
    json: bool,
    /// Print the file that is shipped, to start one of your own from
    #[arg(long, conflicts_with = "json")]
    shipped: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    file: Option<String>,
    rates: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    channel: &'static str,
    area: &'a str,
    item: &'static str,
    amount: &'a str,
    currency: &'a str,
    as_of: String,
    days_old: i64,
    source: &'a str,
}

pub(crate) fn run(args: &Args, loaded: &Loaded) -> anyhow::Result<()> {
    let mut out = Out::new();
    if args.shipped {
        out.line(SHIPPED.trim_end())?;
        out.flush()?;
        return Ok(());
    }
    let file = loaded.settings().sending.rates_file.as_deref();
    let cards = rates::in_force(file)?;
    let rates = rows(&cards, SystemClock.now());
    let file = file.map(|file| file.display().to_string());
    if args.json {
        out.json_pretty(&Answer { file, rates })?;
    } else {
        out.line(file.as_ref().map_or_else(
            || "the rate cards that are shipped".to_owned(),
            |file| format!("the rate cards of {file}"),
        ))?;
        let rows = rates.iter().map(|row| {
            vec![
                row.channel.to_owned(),
                row.area.to_owned(),
                row.item.to_owned(),
                row.amount.to_owned(),
                row.currency.to_owned(),
                row.as_of.clone(),
                format!("{} days", row.days_old),
                row.source.to_owned(),
            ]
        });
        out.table(
            &[
                "channel", "area", "for", "amount", "currency", "as of", "old", "source",
            ],
            rows,
        )?;
    }
    out.flush()?;
    Ok(())
}

fn rows(cards: &RateCards, now: Timestamp) -> Vec<Row<'_>> {
    let days_old = |line: &Line| now.since(line.as_of).as_micros() / 86_400_000_000;
    cards
        .lines()
        .iter()
        .map(|line| Row {
            channel: line.item.channel().as_str(),
            area: &line.area,
            item: line.item.as_str(),
            amount: &line.amount,
            currency: &line.currency,
            as_of: line.as_of.to_jiff().strftime("%Y-%m-%d").to_string(),
            days_old: days_old(line),
            source: &line.source,
        })
        .collect()
}
