//! `gymtext completions`: for your shell.

use std::io::Write as _;

use clap::CommandFactory as _;

const EXAMPLES: &str = "\
Examples:
  gymtext completions bash > ~/.local/share/bash-completion/completions/gymtext
  gymtext completions zsh  > \"${fpath[1]}/_gymtext\"
  gymtext completions fish > ~/.config/fish/completions/gymtext.fish";

/// Arguments of `gymtext completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::cli::Cli::command(),
        "gymtext",
        &mut script,
    );
    // Whole or not at all: the generator would panic on a closed pipe.
    std::io::stdout().lock().write_all(&script)?;
    Ok(())
}
