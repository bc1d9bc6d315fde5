//! `gymtext home`: where the database is at home. A copy of it is served and sends nothing until
//! somebody says that this is its home now (G33).

use anyhow::Context as _;
use clap::Subcommand;
use domain::Timestamp;
use serde_json::{Value, json};
use store::home::{Confirm, Guard, View};

use crate::failure::bad_input;
use crate::output::Out;
use crate::settings::{Loaded, Settings};
use crate::wiring::home;

use super::migrate::Place;

const EXAMPLES: &str = "\
Examples:
  gymtext home show
  gymtext home confirm --yes          (this is its home now, and no other)
  gymtext home confirm --catch-up --yes
                                      (it was moved: what came to be due on the way is made up to 4 hours late)
  gymtext home confirm --also --yes   (this too: another name of the same server, for some nodes)
  gymtext home forget --yes           (before it is put back to an earlier state in its place)

Use the settings of the service: file, environment, working directory. A service that waits notices
by itself. `docs/BACKUP.md` says what to look at before a copy may send.";

/// Arguments of `gymtext home`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// As JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Where it is at home, where this is, and whether something is sent from here
    #[command(after_help = "Example:\n  gymtext home show --json")]
    Show,
    /// This is its home: messages are sent from here from now on, and from nowhere else
    #[command(after_help = "Example:\n  gymtext home confirm --yes")]
    Confirm {
        /// Keep its other homes too: where this is another name of the same database
        #[arg(long)]
        also: bool,
        /// Make workouts and questions whose hour has passed, up to 4 hours late: say it where nobody served this
        /// history since, as when it was moved. Otherwise members may have had them from whoever did
        #[arg(long)]
        catch_up: bool,
        /// Yes: nobody else sends what waits in it
        #[arg(long)]
        yes: bool,
    },
    /// It is at home nowhere: nothing is sent until somebody confirms a home
    #[command(after_help = "Example:\n  gymtext home forget --yes")]
    Forget {
        /// Yes: running services stop sending
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let settings = loaded.for_home()?;
    Place::of(&settings.database).must_exist()?;
    match args.what {
        What::Show => {}
        What::Confirm {
            also,
            catch_up,
            yes,
        } => {
            if !yes {
                let view = home::look(&settings)?;
                show(&view, args.json)?;
                return Err(bad_input(
                    "nothing was changed. Messages that wait in this database are sent once this is its home: make sure that \
                     nobody else sends them, then say --yes. Workouts and questions that were due before and were not made \
                     in it are not made any more, as whoever served it meanwhile may have sent them; where nobody did, say \
                     --catch-up too",
                ));
            }
            let how = Confirm {
                also,
                catches_up: catch_up,
            };
            home::confirm(&settings, how)?;
        }
        What::Forget { yes } => {
            if !yes {
                return Err(bad_input(
                    "from then on nothing is sent anywhere until a home is confirmed; say --yes",
                ));
            }
            home::forget(&settings.database)?;
        }
    }
    show(&home::look(&settings)?, args.json)
}

/// One line for whoever looks at the database for another reason; `None` when all is well.
pub(crate) fn trouble(settings: &Settings) -> anyhow::Result<Option<&'static str>> {
    Ok(home::look(settings)?
        .held()
        .map(store::home::Held::sentence))
}

fn show(view: &View, json: bool) -> anyhow::Result<()> {
    let mut out = Out::new();
    if json {
        out.json_pretty(&as_json(view)?)?;
    } else {
        let here = &view.here;
        out.line("This place:")?;
        for (name, value) in [
            ("host", here.host.clone()),
            ("place", here.place.clone()),
            ("database", here.body.clone()),
            ("account", account(&here.account)),
        ] {
            out.line(format!("  {name:<9} {value}"))?;
        }
        if view.known.is_empty() {
            out.line("Homes: none was confirmed.")?;
        }
        for known in &view.known {
            let since = day(known.confirmed_at)?;
            out.line(format!("Home, confirmed {since}: {}", compared(known.same)))?;
        }
        out.line(match view.held() {
            Some(why) => format!("Nothing is sent from here: {}.", why.sentence()),
            None if view.guard == Guard::New => {
                "It was never opened: the first start here makes this its home.".into()
            }
            None => "It is at home here, and messages are sent from here.".into(),
        })?;
    }
    out.flush()?;
    Ok(())
}

fn as_json(view: &View) -> anyhow::Result<Value> {
    let homes = view
        .known
        .iter()
        .map(|known| {
            let [host, place, database, account] = known.same;
            Ok(json!({
                "confirmed_at": day(known.confirmed_at)?,
                "same": { "host": host, "place": place, "database": database, "account": account },
            }))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(json!({
        "sends": view.held().is_none(),
        "why": view.held().map(store::home::Held::sentence),
        "state": view.guard.as_str(),
        "here": {
            "host": view.here.host, "place": view.here.place, "database": view.here.body,
            "account": account(&view.here.account),
        },
        "homes": homes,
    }))
}

/// What is the same here as there.
fn compared(same: [bool; 4]) -> String {
    let names = ["host", "place", "database", "account"];
    let other: Vec<&str> = names
        .iter()
        .zip(same)
        .filter_map(|(name, same)| (!same).then_some(*name))
        .collect();
    if other.is_empty() {
        "here".into()
    } else {
        format!("elsewhere; another {}", other.join(", another "))
    }
}

/// Enough of an account's id to know it by.
fn account(id: &str) -> String {
    match (id.get(..2), id.get(id.len().saturating_sub(4)..)) {
        (Some("AC"), Some(end)) if id.len() > 8 => format!("AC…{end}"),
        _ if id.is_empty() => "none set".into(),
        _ => id.to_owned(),
    }
}

fn day(at: Timestamp) -> anyhow::Result<String> {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).context("a home's date")?;
    Ok(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
