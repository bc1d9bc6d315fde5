//! Whose consent is known when a database of the plan is taken over: theirs alone whose flag, date and number
//! prove it, and who wrote nothing since that speaks against it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use store_postgres::migrate::{self, Adoption};
use test_postgres::{Database, rows, run};

/// A database of the plan without anybody in it.
fn plan() -> Database {
    let database = test_postgres::database().unwrap();
    for part in [
        include_str!("../../../fixtures/plan.sql"),
        include_str!("../../../fixtures/plan_whatsapp.sql"),
        "ALTER TABLE users ADD COLUMN country varchar(20)",
    ] {
        run(&database.address, part).unwrap();
    }
    database
}

/// Somebody who agreed to WhatsApp on the first of March, with this number on it, if any, and from this country.
fn agreed(database: &Database, last: u16, whatsapp: Option<&str>, country: Option<&str>) {
    let quoted =
        |value: Option<&str>| value.map_or_else(|| "NULL".into(), |value| format!("'{value}'"));
    let member = format!(
        "WITH somebody AS (
           INSERT INTO users (name, phone_number, country) VALUES ('M{last}', '+1415555{last:04}', {})
           RETURNING id)
         INSERT INTO user_profiles (id, user_id, created_at, whatsapp_opt_in, whatsapp_opt_in_date,
           whatsapp_number)
         SELECT gen_random_uuid(), id, now(), true, '2025-03-01 10:00:00+00', {} FROM somebody",
        quoted(country),
        quoted(whatsapp)
    );
    run(&database.address, &member).unwrap();
}

/// Texts of somebody, each an hour after the one before, from this day on.
fn wrote(database: &Database, last: u16, from: &str, texts: &str) {
    let messages = format!(
        "INSERT INTO messages (id, client_id, direction, content, delivery_status, created_at)
         SELECT gen_random_uuid(), u.id, 'inbound', t.words, 'received',
           '{from}'::timestamptz + t.n * interval '1 hour'
         FROM users u, ({texts}) AS t (words, n) WHERE u.name = 'M{last}'"
    );
    run(&database.address, &messages).unwrap();
}

/// Who may be written to on WhatsApp afterwards.
fn taken_over(database: &Database) -> (Adoption, Vec<String>) {
    let against = |text: &str, button: Option<&str>| text == "No more" || button == Some("no");
    let adopted = migrate::take_over(&database.address, against);
    let adopted = adopted.unwrap().adopted.unwrap();
    let agreed = "SELECT address FROM consents WHERE state = 'opted_in' ORDER BY 1";
    (adopted, rows(&database.address, agreed).unwrap())
}

#[test]
fn every_text_since_is_asked_about_and_none_before() {
    let database = plan();
    for last in 401..=406 {
        agreed(&database, last, None, None);
    }
    let one = |words: &str| format!("VALUES ('{words}', 0)");
    wrote(&database, 401, "2025-02-28", &one("No more"));
    wrote(&database, 402, "2025-03-02", &one("No more"));
    // However much is said before and after it.
    let many = "SELECT CASE n WHEN 1803 THEN 'No more' ELSE 'Word ' || n END, n
        FROM generate_series(1, 2500) AS n";
    wrote(&database, 403, "2025-03-02", many);
    wrote(&database, 404, "2025-03-02", &one("No more squats?"));
    // Without a date it may have been since.
    wrote(&database, 405, "2025-02-01", &one("No more"));
    run(
        &database.address,
        "ALTER TABLE messages ALTER created_at DROP NOT NULL;
         UPDATE messages SET created_at = NULL WHERE client_id IN (SELECT id FROM users WHERE name = 'M405')",
    )
    .unwrap();
    let (adopted, agreed) = taken_over(&database);
    assert_eq!(agreed, ["+14155550401", "+14155550404", "+14155550406"]);
    assert_eq!((adopted.opted_in, adopted.opt_ins_without_proof), (3, 3));
}

#[test]
fn who_shares_an_address_with_somebody_who_said_no_has_not_agreed() {
    let database = plan();
    agreed(&database, 501, None, None);
    agreed(&database, 502, Some("+14155550501"), None);
    agreed(&database, 503, None, None);
    wrote(&database, 502, "2025-03-02", "VALUES ('No more', 0)");
    // Nor with somebody who agreed to nothing themselves.
    agreed(&database, 504, None, None);
    agreed(&database, 505, Some("+14155550504"), None);
    wrote(&database, 505, "2025-03-02", "VALUES ('No more', 0)");
    run(
        &database.address,
        "UPDATE user_profiles SET whatsapp_opt_in = false, whatsapp_opt_in_date = NULL
         WHERE user_id IN (SELECT id FROM users WHERE name = 'M505')",
    )
    .unwrap();
    let (adopted, agreed) = taken_over(&database);
    assert_eq!(agreed, ["+14155550503"]);
    assert_eq!(adopted.opt_ins_without_proof, 3);
}

#[test]
fn consent_for_a_number_that_cannot_be_read_is_nobodys() {
    let database = plan();
    // What was agreed to was the other number, not the one that texts go to.
    agreed(&database, 301, Some("(415) 555-0199"), None);
    agreed(&database, 302, Some("whatsapp:"), None);
    agreed(&database, 303, Some("(415) 555-0198"), Some("Elsewhere"));
    // An empty one is none: WhatsApp is at the number there is.
    agreed(&database, 304, Some("  "), None);
    agreed(&database, 305, Some(""), Some("US"));
    agreed(&database, 306, None, None);
    // Read by the country, as the number for texts is.
    agreed(&database, 307, Some("(415) 555-2671"), Some("us"));
    agreed(&database, 308, Some("whatsapp:+1415555199"), None);
    let (adopted, agreed) = taken_over(&database);
    assert_eq!(
        agreed,
        [
            "+14155550304",
            "+14155550305",
            "+14155550306",
            "+1415555199",
            "+14155552671",
        ]
    );
    assert_eq!((adopted.opted_in, adopted.opt_ins_without_proof), (5, 3));
    // Each is told with why, and stands again as it was once the database is given back.
    let mut why: Vec<&str> = adopted
        .unread_whatsapp
        .iter()
        .map(|(_, why)| why.as_str())
        .collect();
    why.sort_unstable();
    assert_eq!(why, ["country_needed", "empty", "unknown_country"]);
    migrate::down(&database.address, u32::MAX).unwrap();
    let numbers = "SELECT coalesce(whatsapp_number, '-') FROM user_profiles";
    let mut numbers = rows(&database.address, numbers).unwrap();
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        [
            "",
            "  ",
            "(415) 555-0198",
            "(415) 555-0199",
            "(415) 555-2671",
            "-",
            "whatsapp:",
            "whatsapp:+1415555199"
        ]
    );
}
