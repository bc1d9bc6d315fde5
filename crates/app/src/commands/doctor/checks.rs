//! Checks of this machine: settings, database, files.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use domain::Clock as _;
use store_sqlite::migrate;

use engine::numbers::{NumberTrouble, by_standing};
use store::records::{SenderStanding, SwitchRecord};

use super::Finding;
use crate::clock::SystemClock;
use crate::commands::home::trouble;
use crate::commands::migrate::Place;
use crate::settings::{Carrier, Database, Keywords, Loaded, Settings};
use crate::wiring::{files_max, hash_key};

/// A flush slower than this holds every message up.
const FLUSH_SLOW: Duration = Duration::from_millis(50);

/// Fewer files than this, and connections are refused under load.
const FILES_WANTED: usize = 4_096;

/// The settings, by themselves and together.
pub(super) fn settings(loaded: &Loaded) -> Vec<Finding> {
    const CHECK: &str = "settings";
    let (problems, warnings) = loaded.judged();
    let line = |problem: &crate::settings::Problem| {
        let name = problem
            .setting
            .map_or_else(String::new, |name| format!("{name} "));
        (format!("{name}{}", problem.what), problem.remedy.clone())
    };
    let mut findings = Vec::new();
    for (what, remedy) in problems.iter().map(line) {
        findings.push(Finding::fail(CHECK, what, remedy));
    }
    for (what, remedy) in warnings.iter().map(line) {
        findings.push(Finding::warn(CHECK, what, remedy));
    }
    if problems.is_empty() {
        let from = loaded.file().map_or_else(
            || "the environment and defaults".to_owned(),
            |file| format!("{}, the environment and defaults", file.display()),
        );
        findings.insert(0, Finding::ok(CHECK, format!("understood, from {from}")));
    }
    findings
}

/// What is odd about the settings together; the service runs, so nothing is wrong with them.
pub(super) fn together(settings: &Settings) -> Vec<Finding> {
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    settings.judge(&mut problems, &mut warnings);
    let told = |problem: crate::settings::Problem| {
        let name = problem.setting.map(|name| format!("{name} "));
        let what = format!("{}{}", name.unwrap_or_default(), problem.what);
        Finding::warn("settings", what, problem.remedy)
    };
    let mut findings: Vec<_> = problems.into_iter().chain(warnings).map(told).collect();
    if findings.is_empty() {
        findings.push(Finding::ok("settings", "they fit together"));
    }
    findings
}

/// How long words are kept: told as it is in force, since nobody sees it otherwise until they are gone.
pub(super) fn retention(settings: &Settings) -> Finding {
    let retention = &settings.sending.retention;
    let what = match retention.rules().count() {
        0 => "words of messages are kept until their member is erased".to_owned(),
        _ => format!("words of messages are removed by age: {retention}"),
    };
    Finding::ok("retention", what)
}

/// Who answers STOP, START and HELP on each of our numbers: what one of the two leaves to the other, nobody
/// confirms, and what both answer is told twice.
pub(super) fn keywords(settings: &Settings) -> Vec<Finding> {
    const CHECK: &str = "keywords";
    let says = |channel: &str, owner: Keywords| match owner {
        Keywords::Provider => Finding::ok(
            CHECK,
            format!(
                "{channel}: the provider answers STOP, START and HELP; they are recorded here and not answered again"
            ),
        ),
        Keywords::Service => Finding::ok(
            CHECK,
            format!("{channel}: this service answers STOP, START and HELP"),
        ),
    };
    if settings.twilio.carrier == Carrier::Local {
        return vec![says("SMS and WhatsApp", Keywords::Service)];
    }
    let mut findings = Vec::new();
    if settings.twilio.number.is_some() {
        findings.push(says("SMS", settings.twilio.keywords));
    }
    if settings.whatsapp.enabled {
        findings.push(match settings.whatsapp.keywords {
            Keywords::Provider => Finding::warn(
                CHECK,
                "WhatsApp: STOP, START and HELP are left to the provider, which answers them with Advanced Opt-Out only",
                "Leave GYMTEXT_KEYWORDS_WHATSAPP out unless the sender is in a Messaging Service with Advanced Opt-Out.",
            ),
            Keywords::Service => says("WhatsApp", Keywords::Service),
        });
    }
    findings
}

/// What these findings are about.
const DATABASE: &str = "database";

/// The database: writable, migrated, durable, at home.
pub(super) fn database(settings: &Settings) -> Vec<Finding> {
    let mut findings = match &settings.database {
        Database::Sqlite(path) => sqlite(path),
        Database::Postgres(_) => vec![postgres(&settings.database)],
    };
    findings.extend(home(settings));
    findings.extend(switches(settings));
    findings.extend(numbers(settings));
    findings
}

/// What is switched off: it explains why something is not sent, or not where it was before. Nothing where the
/// database is not there, or not up to date.
fn switches(settings: &Settings) -> Vec<Finding> {
    const CHECK: &str = "switches";
    if let Database::Sqlite(path) = &settings.database
        && !path.exists()
    {
        return Vec::new();
    }
    let Ok(on) = crate::wiring::home::switches(&settings.database) else {
        return Vec::new();
    };
    let told = |switch: &SwitchRecord| {
        let (what, remedy) = if switch.scope == engine::rollback::SCOPE {
            (
                "everything goes by SMS instead of WhatsApp",
                "`gymtext rollback --undo --yes` puts it back.".to_owned(),
            )
        } else {
            (
                "is stopped",
                format!("`gymtext switches off {}` lets it go on.", switch.scope),
            )
        };
        Finding::warn(
            CHECK,
            format!(
                "{}: {what}, since {} by {}: {}",
                switch.scope, switch.since, switch.actor, switch.reason
            ),
            remedy,
        )
    };
    if on.is_empty() {
        return vec![Finding::ok(CHECK, "none is on: everything may be sent")];
    }
    on.iter().map(told).collect()
}

/// How our numbers stand at their provider, as the service last heard. Nothing where it has not asked yet.
fn numbers(settings: &Settings) -> Vec<Finding> {
    const CHECK: &str = "numbers";
    if let Database::Sqlite(path) = &settings.database
        && !path.exists()
    {
        return Vec::new();
    }
    let Ok(standings) = crate::wiring::home::standings(&settings.database) else {
        return Vec::new();
    };
    let of_one = |standing: &SenderStanding| {
        let troubles = by_standing(standing, settings.whatsapp.people);
        if troubles.is_empty() {
            return vec![Finding::ok(
                CHECK,
                format!(
                    "{}: {}, quality {}, since {}",
                    standing.channel, standing.status, standing.quality, standing.changed_at
                ),
            )];
        }
        let told = |trouble: &NumberTrouble| {
            Finding::warn(
                CHECK,
                format!(
                    "{}: {} (since {}): {}",
                    standing.channel,
                    trouble.what(),
                    standing.changed_at,
                    trouble.effect()
                ),
                trouble.remedy(),
            )
        };
        troubles.iter().map(told).collect()
    };
    standings.iter().flat_map(of_one).collect()
}

/// Whether something is sent from here. A database that is not there, or not up to date, has no home
/// yet.
fn home(settings: &Settings) -> Option<Finding> {
    const CHECK: &str = "home";
    if let Database::Sqlite(path) = &settings.database
        && !path.exists()
    {
        return None;
    }
    let held = trouble(settings).ok()?;
    Some(held.map_or_else(
        || {
            Finding::ok(
                CHECK,
                "the database is at home here: messages are sent from here",
            )
        },
        |why| {
            Finding::fail(
                CHECK,
                why,
                "`gymtext home show` compares; docs/BACKUP.md says what to look at before.",
            )
        },
    ))
}

/// The server: reachable, durable, its tables up to date.
fn postgres(database: &Database) -> Finding {
    match Place::of(database).status() {
        Ok(lines) => missing_of(
            "the database of DATABASE_URL",
            lines.iter().map(|line| line.applied_at.is_some()),
        ),
        Err(error) => Finding::fail(
            DATABASE,
            error.to_string(),
            "Look at DATABASE_URL: host, port, user, password, name; and whether PostgreSQL runs.",
        ),
    }
}

/// Whether all migrations are applied.
fn missing_of(place: &str, applied: impl Iterator<Item = bool>) -> Finding {
    let (all, missing) = applied.fold((0, 0), |(all, missing), applied| {
        (all + 1, missing + usize::from(!applied))
    });
    if missing == 0 {
        Finding::ok(DATABASE, format!("{place}: {all} migrations, all applied"))
    } else {
        Finding::warn(
            DATABASE,
            format!("{place}: {missing} migrations are not applied"),
            "`gymtext serve` applies them when it starts; `gymtext migrate up` does it now.",
        )
    }
}

/// The file: writable, migrated, durable.
fn sqlite(path: &Path) -> Vec<Finding> {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    if !directory.exists() {
        return vec![Finding::warn(
            DATABASE,
            format!("{} does not exist yet", directory.display()),
            "`gymtext serve` and `gymtext migrate up` make it.",
        )];
    }
    let mut findings = vec![flush(directory)];
    if !path.exists() {
        findings.push(Finding::warn(
            DATABASE,
            format!("{} does not exist yet", path.display()),
            "`gymtext serve` and `gymtext migrate up` make it.",
        ));
        return findings;
    }
    findings.push(match migrate::status(path) {
        Ok(lines) => missing_of(
            &path.display().to_string(),
            lines.iter().map(|line| line.applied_at.is_some()),
        ),
        Err(error) => Finding::fail(
            DATABASE,
            format!("{}: {error}", path.display()),
            "If it is no GymText database, name another file in DATABASE_URL.",
        ),
    });
    findings.push(if is_write_ahead(path) {
        Finding::ok(DATABASE, "journal is write-ahead, flushed at each commit")
    } else {
        Finding::warn(
            DATABASE,
            "journal is not write-ahead",
            "It is switched when the service starts.",
        )
    });
    let key = hash_key::path_of(path);
    findings.push(if key.exists() {
        Finding::ok(
            DATABASE,
            format!("{} stands beside it; back both up together", key.display()),
        )
    } else {
        Finding::fail(
            DATABASE,
            format!(
                "{} is missing: people who said STOP and were erased would not be recognised",
                key.display()
            ),
            "Restore it from the backup of the database.",
        )
    });
    findings
}

/// Writes and flushes a file where the database stands, and takes the time.
fn flush(directory: &Path) -> Finding {
    const CHECK: &str = "disk";
    let path = directory.join(format!(".gymtext-doctor-{}", std::process::id()));
    let begun = SystemClock.now();
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.sync_all()
    });
    let took = SystemClock.now().since(begun).to_duration();
    // A file that could not be made cannot be removed either.
    let _ = std::fs::remove_file(&path);
    match written {
        Ok(()) if took > FLUSH_SLOW => Finding::warn(
            CHECK,
            format!(
                "{} takes {} ms to flush",
                directory.display(),
                took.as_millis()
            ),
            "Every acknowledged message waits for a flush; a faster disk is worth more than anything else.",
        ),
        Ok(()) => Finding::ok(
            CHECK,
            format!(
                "{} is writable, a flush takes {:.1} ms",
                directory.display(),
                took.as_secs_f64() * 1e3
            ),
        ),
        Err(error) => Finding::fail(
            CHECK,
            format!("{} is not writable: {error}", directory.display()),
            "Let the user that runs the service write there, or name another place in DATABASE_URL.",
        ),
    }
}

/// Bytes 18 and 19 of a SQLite file are 2 when it is in write-ahead mode.
fn is_write_ahead(path: &Path) -> bool {
    let mut head = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.ends_with(&[2, 2])
}

/// How many files may be open.
pub(super) fn files() -> Option<Finding> {
    const CHECK: &str = "files";
    let files = files_max()?;
    Some(if files < FILES_WANTED {
        Finding::warn(
            CHECK,
            format!("the process may have {files} files open, each connection is one"),
            "Raise it for load: `ulimit -n 65536`, or LimitNOFILE=65536 in the systemd unit.",
        )
    } else {
        Finding::ok(CHECK, format!("the process may have {files} files open"))
    })
}
