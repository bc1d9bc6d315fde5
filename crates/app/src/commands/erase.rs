//! `gymtext erase`: forgets a member, here and at the providers (G18, G39).

use super::send::member_id;
use crate::client::{Api, Service};
use crate::failure::bad_input;
use crate::output::Out;
use crate::runtime;
use crate::settings::Loaded;

const EXAMPLES: &str = "\
Examples:
  gymtext export +14155550123 --to maria.json    (if they want it, before it is gone)
  gymtext erase +14155550123 --yes

What waits for them is never sent; words, numbers and names go from the database; providers are asked to delete
what they have, until they did (`provider_copies` of /api/v1/stats counts what is left). Where they had
stopped, a keyed hash of the address stays, so that nobody writes to it again by mistake.";

/// Arguments of `gymtext erase`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A member's id or phone number
    #[arg(allow_hyphen_values = true)]
    who: String,
    /// It cannot be undone: do it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    service: Service,
}

pub(crate) fn run(args: &Args, loaded: Loaded) -> anyhow::Result<()> {
    let api = Api::of(&args.service, loaded)?;
    runtime::for_command()?.block_on(async {
        let id = member_id(&api, &args.who).await?;
        if !args.yes {
            return Err(bad_input(format!(
                "erasing {id} cannot be undone, and nothing was done: `gymtext export` first if they want their data, then say --yes"
            )));
        }
        api.delete(&format!("/api/v1/members/{id}")).await?;
        let mut out = Out::new();
        out.line(format!("{id} is erased. Providers are asked to delete what they have."))?;
        out.flush()?;
        Ok(())
    })
}
