//! Checks of endpoints that events are told to.

use domain::{Clock as _, Seconds};
use store::records::WaitingEndpoint;

use super::Finding;
use crate::clock::SystemClock;
use crate::settings::{Database, Settings};

/// Who is further behind than this should be looked at.
const LAG_MAX: Seconds = Seconds::new(3_600);

const CHECK: &str = "webhooks";

/// Whether each is told, safely and in time. Nothing where the database is not there, or not up to date.
pub(super) fn endpoints(settings: &Settings) -> Vec<Finding> {
    if let Database::Sqlite(path) = &settings.database
        && !path.exists()
    {
        return Vec::new();
    }
    let Ok(all) = crate::wiring::home::endpoints(&settings.database) else {
        return Vec::new();
    };
    all.iter().flat_map(of_one).collect()
}

fn of_one(one: &WaitingEndpoint) -> Vec<Finding> {
    let mut findings = Vec::new();
    let address = one.url.split(['?', '#']).next().unwrap_or_default();
    if address.starts_with("http://") {
        findings.push(Finding::warn(
            CHECK,
            format!("{address} is told over http: everybody on the way can read along"),
            "Give it an address with https.",
        ));
    }
    if let Some((why, at)) = one.stopped {
        findings.push(Finding::warn(
            CHECK,
            format!("{address} is told nothing since {at} ({})", why.as_str()),
            "Enable it again under Webhooks in the console, or remove it: events past keeping are lost to it.",
        ));
        return findings;
    }
    let lag = one.waits_since.map(|since| SystemClock.now().since(since));
    if let Some(lag) = lag.filter(|lag| *lag > LAG_MAX) {
        let hours = lag.as_f64() / 3_600.0;
        findings.push(Finding::warn(
            CHECK,
            format!("{address} is {hours:.1} hours behind"),
            "Look at its deliveries under Webhooks in the console: what it answers, and how long it takes.",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            format!("{address} is told what happens"),
        ));
    }
    findings
}
