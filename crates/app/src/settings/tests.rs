//! Settings from files and environments: what is understood, what is refused, what is shown.

use std::path::PathBuf;

use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}

fn from_file(text: &str, pairs: &[(&str, &str)]) -> Loaded {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gymtext.toml");
    std::fs::write(&path, text).unwrap();
    Loaded::from(Some(&path), environment(pairs))
}

fn from_environment(pairs: &[(&str, &str)]) -> Loaded {
    from_file("", pairs)
}

const GOOD: &[(&str, &str)] = &[
    ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"),
    ("TWILIO_AUTH_TOKEN", "12345678901234567890123456789012"),
    ("TWILIO_PHONE_NUMBER", "+15005550006"),
    ("PUBLIC_URL", "https://coach.example/"),
];

fn with(more: &[(&'static str, &'static str)]) -> Loaded {
    from_environment(&[GOOD, more].concat())
}

fn problem_of(loaded: &Loaded, name: &str) -> String {
    let (problems, _) = loaded.judged();
    problems
        .iter()
        .find(|problem| problem.setting == Some(name))
        .map_or_else(
            || panic!("{name} has no problem among {problems:?}"),
            ToString::to_string,
        )
}

#[test]
fn a_phone_number_and_a_token_of_digits_stay_the_texts_they_are() {
    let (settings, _) = with(&[("CRON_SECRET", "00012345678901234")])
        .for_service()
        .unwrap();
    assert_eq!(settings.twilio.number.unwrap().as_e164(), "+15005550006");
    assert_eq!(
        settings.twilio.auth_token.unwrap().expose(),
        "12345678901234567890123456789012"
    );
    assert_eq!(
        settings.web.cron_secret.unwrap().expose(),
        "00012345678901234"
    );
    assert_eq!(settings.web.public_url.unwrap(), "https://coach.example");
}

#[test]
fn the_environment_wins_over_the_file() {
    let loaded = from_file(
        "[sending]\nGYMTEXT_CALLS_MAX = 8\n[times]\nGYMTEXT_LEASE = 60\n",
        &[("GYMTEXT_CALLS_MAX", "9"), ("GYMTEXT_LEASE", "")],
    );
    assert_eq!(loaded.settings().sending.calls_max, 9);
    assert_eq!(loaded.settings().times.lease, Seconds::new(60));
}

#[test]
fn unknown_keys_are_refused_by_name() {
    let loaded = from_file(
        "[twilio]\nTWILIO_AUTH_TOKN = \"x\"\n[nonsense]\na = 1\n",
        &[],
    );
    let (problems, _) = loaded.judged();
    let all = Problems(problems).to_string();
    assert!(all.contains("`TWILIO_AUTH_TOKN`"), "{all}");
    assert!(all.contains("Did you mean `TWILIO_AUTH_TOKEN`?"), "{all}");
    assert!(all.contains("`[nonsense]`"), "{all}");
}

#[test]
fn a_number_without_quotes_in_the_file_is_refused() {
    let loaded = from_file("[twilio]\nTWILIO_PHONE_NUMBER = +15005550006\n", &[]);
    assert!(problem_of(&loaded, "TWILIO_PHONE_NUMBER").contains("quotes"));
}

#[test]
fn every_template_id_of_the_plan_that_is_none_is_named() {
    let loaded = with(&[
        (
            "WHATSAPP_TEMPLATE_DAILY_WORKOUT",
            "HXb5b62575e6e4ff6129ad7c8efe1f983e",
        ),
        (
            "WHATSAPP_TEMPLATE_WEEKLY_CHECKIN",
            "HXc7d83686f7f5gg7230be8d9fgf2g094f",
        ),
        (
            "WHATSAPP_TEMPLATE_WELCOME",
            "HXd8e94797g8g6hh8341cf9e0ghg3h105g",
        ),
        (
            "WHATSAPP_TEMPLATE_SUBSCRIPTION_REMINDER",
            "HXe9f05808h9h7ii9452dg0f1hih4i216h",
        ),
    ]);
    let (problems, _) = loaded.judged();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problem_of(&loaded, "WHATSAPP_TEMPLATE_WEEKLY_CHECKIN").contains("`g`"));
    assert_eq!(loaded.settings().whatsapp.templates.len(), 1);
}

#[test]
fn all_problems_are_listed_at_once_and_none_twice() {
    let loaded = from_environment(&[
        ("TWILIO_ACCOUNT_SID", "AC12"),
        ("WHATSAPP_ENABLED", "perhaps"),
        ("GYMTEXT_LEASE", "3"),
        ("PUBLIC_URL", "http://coach.example"),
        ("DATABASE_URL", "mysql://me:hunter2@db/gymtext"),
    ]);
    let error = loaded.for_service().unwrap_err();
    let names: Vec<_> = error
        .0
        .iter()
        .filter_map(|problem| problem.setting)
        .collect();
    for name in [
        "TWILIO_ACCOUNT_SID",
        "WHATSAPP_ENABLED",
        "GYMTEXT_LEASE",
        "PUBLIC_URL",
        "DATABASE_URL",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_PHONE_NUMBER",
    ] {
        assert_eq!(
            names.iter().filter(|found| **found == name).count(),
            1,
            "{name}: {error}"
        );
    }
    assert!(
        error
            .to_string()
            .contains("not an address of a database this version knows")
    );
    assert!(!error.to_string().contains("hunter2"));
}

#[test]
fn the_lease_must_outlast_grace_and_deadline() {
    with(&[("GYMTEXT_LEASE", "17")]).for_service().unwrap();
    assert!(
        problem_of(&with(&[("GYMTEXT_LEASE", "16.9")]), "GYMTEXT_LEASE").contains("at least 17")
    );
}

#[test]
fn the_quiet_period_follows_the_validity() {
    let quiet = |loaded: Loaded| loaded.settings().times.quiet_period;
    assert_eq!(quiet(with(&[])), Seconds::new(20 * 60));
    assert_eq!(
        quiet(with(&[("GYMTEXT_VALIDITY", "60")])),
        Seconds::new(360)
    );
    assert_eq!(
        quiet(with(&[("GYMTEXT_QUIET_PERIOD", "0.5")])),
        Seconds::from_millis(500)
    );
}

#[test]
fn an_allow_list_that_names_nobody_is_not_everybody() {
    assert!(
        problem_of(&with(&[("GYMTEXT_ALLOW_LIST", "")]), "GYMTEXT_ALLOW_LIST")
            .contains("names nobody")
    );
    let loaded = with(&[("GYMTEXT_ALLOW_LIST", "+15005550010, +1 500 555 0011")]);
    assert_eq!(
        loaded.settings().sending.allow_list.as_ref().unwrap().len(),
        2
    );
}

#[test]
fn secrets_and_peoples_numbers_are_not_shown() {
    let loaded = with(&[
        ("GYMTEXT_API_KEY", "correct horse battery"),
        ("ADMIN_PHONE_NUMBERS", "+15005554243"),
        ("STRIPE_SECRET_KEY", "sk_live_abcdef"),
    ]);
    let shown = format!("{:?} {:?}", loaded.shown(), loaded.settings());
    for hidden in ["horse", "5554243", "sk_live", "12345678901234"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

#[test]
fn a_misspelt_variable_of_ours_is_pointed_out() {
    let (_, warnings) = with(&[("GYMTEXT_LEASES", "30")]).judged();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.remedy.contains("GYMTEXT_LEASE")),
        "{warnings:?}"
    );
}

#[test]
fn broken_toml_does_not_quote_the_line() {
    let loaded = from_file("[twilio]\nTWILIO_AUTH_TOKEN = \"hunter2\n", &[]);
    let (problems, _) = loaded.judged();
    let text = Problems(problems).to_string();
    assert!(
        text.contains("line 2") && !text.contains("hunter2"),
        "{text}"
    );
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Compares a generated document with the one that is checked in, or writes it.
fn keep(name: &str, made: &str) {
    let path = root().join(name);
    if std::env::var_os("GYMTEXT_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{name} is not what the declarations say; run: GYMTEXT_WRITE_DOCS=1 cargo nextest run -p gymtext documents"
    );
}

#[test]
fn the_documents_say_what_is_declared() {
    keep("docs/SETTINGS.md", &document::page());
    keep("settings.example.toml", &document::example());
}

#[test]
fn the_example_loads_as_it_is_and_with_every_line_taken() {
    let example = document::example();
    let untouched = from_file(&example, GOOD);
    untouched.for_service().unwrap();
    let taken: String = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest
                    .split_once(" = ")
                    .is_some_and(|(name, _)| declared::find(name).is_some()) =>
            {
                rest
            }
            _ => line,
        })
        .fold(String::new(), |all, line| all + line + "\n");
    let (settings, _) = from_file(&taken, &[]).for_service().unwrap();
    assert_eq!(settings.whatsapp.templates.len(), 4);
    assert_eq!(settings.times.quiet_period, Seconds::new(1200));
}
