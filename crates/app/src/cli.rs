//! The command line: what can be asked for, and the way to the command that does it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    backup, coach, completions, config, doctor, erase, explain, export, home, members, migrate,
    phone, programs, rates, rollback, rollout, sandbox, schedule, segments, send, serve, signature,
    suppressions, switches, tail, templates,
};
use crate::settings::Loaded;
use crate::{bench, demo, failure};

const EXIT_CODES: &str = "\
Exit codes:
  0  done, or the answer is yes
  1  failed, or the answer is no
  2  the input or the settings are wrong

Try it without an account:  gymtext demo";

/// Coaching by text message, over SMS and WhatsApp.
#[derive(Debug, Parser)]
#[command(name = "gymtext", version, after_help = EXIT_CODES, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Settings file [default: gymtext.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "GYMTEXT_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Everything on one port, with made-up members and their phones: no account, no network
    Demo(demo::Args),
    /// Run the service
    Serve(serve::Args),
    /// A pretend Twilio with handsets, for any Twilio project
    Sandbox(sandbox::Args),
    /// Bring the database's tables up to date, or back
    Migrate(migrate::Args),
    /// Make a file with everything, beside a running service
    Backup(backup::Args),
    /// Say that the database is at home here: a copy of it sends nothing
    Home(home::Args),
    /// Try the settings against the real database and provider; sends nothing
    Doctor(doctor::Args),
    /// Show the settings in force, secrets hidden
    Config(config::Args),
    /// Send a message through a running service
    Send(send::Args),
    /// What became of a message, and why
    Explain(explain::Args),
    /// Follow what happens in a running service
    Tail(tail::Args),
    /// Import, list, show and change members of a running service
    Members(members::Args),
    /// All that is kept of a member of a running service, as a file for them
    Export(export::Args),
    /// Forget a member of a running service, here and at the providers
    Erase(erase::Args),
    /// Who is opted out: from a file into a running service, and back
    Suppressions(suppressions::Args),
    /// Stop something in a running service, and let it go on
    Switches(switches::Args),
    /// Everything by SMS instead of WhatsApp in a running service, and back; a dry run first
    Rollback(rollback::Args),
    /// Whom WhatsApp is on for in a running service, and what a change would do
    Rollout(rollout::Args),
    /// Try the coach's engines on past conversations; sends nothing
    Coach(coach::Args),
    /// Templates of WhatsApp: judge their words, submit them, see how they stand
    Templates(templates::Args),
    /// Programmes: judge, list, write and read them
    Programs(programs::Args),
    /// What recurs, for a member or all: see it, make what is due, or today's at once
    Schedule(schedule::Args),
    /// The rate cards in force: what messages are estimated to cost, how old, from where
    Rates(rates::Args),
    /// What a text costs as SMS: encoding, units, segments
    Segments(segments::Args),
    /// Understand a phone number as a person typed it
    Phone(phone::Args),
    /// Check the signature of a Twilio webhook, and say what differs
    Signature(signature::Args),
    /// Measure this machine: throughput, latency, CPU, memory
    Bench(bench::Args),
    /// Completions for your shell
    Completions(completions::Args),
}

/// Reads the command line, does what it asks, and says how it ended.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help asked for goes to standard output and is no failure; clap knows which is which.
            let code = if error.use_stderr() {
                failure::BAD_INPUT
            } else {
                0
            };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let load = || Loaded::from_process(cli.config.as_deref());
    failure::exit(match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args, load()),
        Command::Sandbox(args) => sandbox::run(args),
        Command::Migrate(args) => migrate::run(&args, load()),
        Command::Backup(args) => backup::run(&args, load()),
        Command::Home(args) => home::run(&args, load()),
        Command::Doctor(args) => doctor::run(&args, &load()),
        Command::Config(args) => config::run(&args, &load()),
        Command::Send(args) => send::run(&args, load()),
        Command::Explain(args) => explain::run(&args, load()),
        Command::Tail(args) => tail::run(&args, load()),
        Command::Members(args) => members::run(&args, load()),
        Command::Export(args) => export::run(&args, load()),
        Command::Erase(args) => erase::run(&args, load()),
        Command::Suppressions(args) => suppressions::run(&args, load()),
        Command::Switches(args) => switches::run(&args, load()),
        Command::Rollback(args) => rollback::run(&args, load()),
        Command::Rollout(args) => rollout::run(&args, load()),
        Command::Programs(args) => programs::run(&args, load()),
        Command::Schedule(args) => schedule::run(&args, load()),
        Command::Coach(args) => coach::run(&args, load()),
        Command::Templates(args) => templates::run(&args, load()),
        Command::Rates(args) => rates::run(&args, &load()),
        Command::Segments(args) => segments::run(&args),
        Command::Phone(args) => phone::run(&args),
        Command::Signature(args) => signature::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Completions(args) => completions::run(&args),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_command_shows_an_example() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            let help = sub.clone().render_long_help().to_string();
            assert!(
                help.contains("Example"),
                "{} has no example",
                sub.get_name()
            );
            assert!(
                help.contains("gymtext "),
                "{} has no example",
                sub.get_name()
            );
        }
    }
}
