//! What the demo says when it is ready.

use std::path::Path;

use super::{API_KEY, Demo, OPERATOR_NUMBER};
use crate::output::{Colour, Out};

pub(super) fn print(demo: &Demo, data: &Path) -> anyhow::Result<()> {
    let mut out = Out::new();
    let url = &demo.url;
    let heading = out.coloured(Colour::Bold, "GymText demo");
    let phones = out.coloured(Colour::Green, &format!("{url}/sandbox/"));
    let state = if demo.fresh {
        "three made-up members"
    } else {
        "going on from before"
    };
    out.line(format!("{heading} is ready. Nothing leaves this machine."))?;
    out.line("")?;
    out.line(format!("  Phones   {phones}"))?;
    out.line(format!(
        "  Console  {url}/admin   (log in with {OPERATOR_NUMBER}, the fourth phone)"
    ))?;
    out.line(format!("  API      {url}/docs   (key: {API_KEY})"))?;
    out.line(format!("  Data     {}   ({state})", data.display()))?;
    out.line("")?;
    let what = out.coloured(Colour::Bold, "Try this");
    out.line(what)?;
    out.line("  - Open the phones and write \"swap squats\", \"this week\" or \"done\" as James: an answer comes back.")?;
    out.line("  - Press \"Send today's workout\" and watch it arrive by SMS and on WhatsApp.")?;
    out.line(
        "  - Text STOP as one of them and send it again: they get nothing more, and you see why.",
    )?;
    out.line(
        "  - Say hello as Lucía on WhatsApp, turn her phone off (⋮), press \"Send something urgent\", and move the clock \
         an hour at a time: it goes on by SMS, and then by e-mail.",
    )?;
    let key = if url.ends_with(":8080") {
        String::new()
    } else {
        format!("--url {url} ")
    };
    out.line(format!(
        "  - gymtext send {key}--key {API_KEY} --to +13125550142 \"Ready for squats?\""
    ))?;
    out.line(format!("  - gymtext tail {key}--key {API_KEY}"))?;
    out.line("")?;
    out.line("Ctrl-C ends it; the next start goes on from here.")?;
    out.flush()?;
    Ok(())
}
