//! Checks of endpoints that events are told to.

use domain::{Clock as _, Seconds, Timestamp};
use store::records::WaitingEndpoint;
use store_postgres::held_up::{Holder, Who};

use super::Finding;
use crate::clock::SystemClock;
use crate::settings::{Database, Settings};

/// Who is further behind than this should be looked at.
const LAG_MAX: Seconds = Seconds::new(3_600);

/// Whoever writes for longer in a PostgreSQL server holds up what is told of events. One of our own is ended by then.
const OPEN_MAX: Seconds = Seconds::new(5);

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
    let mut findings: Vec<_> = all.iter().flat_map(of_one).collect();
    if let Database::Postgres(address) = &settings.database
        && let Ok(Some(holder)) = store_postgres::held_up::holder(address.expose())
    {
        findings.extend(held_up(&holder, SystemClock.now()));
    }
    findings
}

/// Whoever holds up what is told of events, to endpoints and by the API.
fn held_up(holder: &Holder, now: Timestamp) -> Option<Finding> {
    if now.since(holder.since) <= OPEN_MAX {
        return None;
    }
    let Holder {
        database,
        role,
        application,
        since,
        ..
    } = holder;
    let (who, remedy) = match &holder.who {
        Who::Session(pid) => (
            format!("process {pid} of its server ({database}, {role}, {application:?})"),
            format!("Have it commit, or end it: `SELECT pg_terminate_backend({pid})`."),
        ),
        Who::Prepared(name) => (
            format!("the prepared transaction {name:?} of its server ({database}, {role})"),
            format!(
                "Have whoever prepared it end it, or end it in the database {database}: `COMMIT PREPARED` or `ROLLBACK PREPARED`."
            ),
        ),
    };
    Some(Finding::warn(
        CHECK,
        format!(
            "no event is told to endpoints, or by the API, of what happened since {since}: {who} has been writing since then in one transaction"
        ),
        remedy,
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_for_long_is_named_with_what_ends_it() {
        let holder = |who| Holder {
            who,
            database: "warehouse".into(),
            role: "joana".into(),
            application: "etl".into(),
            since: Timestamp::from_seconds(1_795_348_800),
        };
        let after = |seconds: i64| Timestamp::from_seconds(1_795_348_800 + seconds);
        let session = holder(Who::Session(4711));
        assert!(held_up(&session, after(5)).is_none(), "soon over");
        let found = held_up(&session, after(6)).unwrap();
        assert!(
            found
                .what
                .contains("process 4711 of its server (warehouse, joana, \"etl\")")
        );
        assert!(
            found.what.contains("since 2026-11-22T12:00:00.000000Z"),
            "{}",
            found.what
        );
        assert!(found.remedy.unwrap().contains("pg_terminate_backend(4711)"));
        let prepared = held_up(&holder(Who::Prepared("of a bank".into())), after(60)).unwrap();
        assert!(prepared.what.contains("prepared transaction \"of a bank\""));
        assert!(prepared.remedy.unwrap().contains("ROLLBACK PREPARED"));
    }
}
