//! bench.
/// Args.
#[derive(Debug, clap::Args)]
pub struct Args {}
pub(crate) fn run(_args: &Args) -> anyhow::Result<()> { Ok(()) }
