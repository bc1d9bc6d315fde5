//! When a member's day is, in a database that is taken over: time zones and hours as people and programs wrote them, and what
//! stands there when it is given back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use store_postgres::migrate::{self, Adoption};
use test_postgres::{Database, rows, run};

const PLAN: &str = include_str!("../../../fixtures/plan.sql");
const WHATSAPP: &str = include_str!("../../../fixtures/plan_whatsapp.sql");

/// A database of the plan after these changes, with a user for each time zone; the first is called a, and so on.
fn plan(changes: &str, zones: &[&str]) -> Database {
    let database = test_postgres::database().unwrap();
    for part in [PLAN, WHATSAPP, changes] {
        run(&database.address, part).unwrap();
    }
    for (name, zone) in ('a'..).zip(zones) {
        let user = format!(
            "INSERT INTO users (name, phone_number, timezone)
             VALUES ('{name}', '+1415555{:04}', {zone})",
            u32::from(name)
        );
        run(&database.address, &user).unwrap();
    }
    database
}

fn taken_over(database: &Database) -> Adoption {
    let taken = migrate::take_over(&database.address, |_, _| false).unwrap();
    taken.adopted.unwrap()
}

/// For every user, by name.
fn of_everybody(database: &Database, what: &str) -> Vec<String> {
    let query = format!(
        "SELECT u.name || ' ' || {what} FROM users u LEFT JOIN user_profiles p ON p.user_id = u.id
         ORDER BY u.name"
    );
    rows(&database.address, &query).unwrap()
}

fn on_holiday(database: &Database) -> Vec<String> {
    let holidays =
        "SELECT u.name FROM users u JOIN pauses h ON h.user_id = u.id AND h.until_date IS NULL
       AND h.from_date < to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') ORDER BY 1";
    rows(&database.address, holidays).unwrap()
}

fn whys(adopted: &Adoption) -> Vec<&str> {
    let mut whys: Vec<&str> = adopted
        .unread_zones
        .iter()
        .map(|(_, why)| why.as_str())
        .collect();
    whys.sort_unstable();
    whys
}

#[test]
fn a_zone_is_read_whatever_its_case_and_whom_nobody_can_place_is_on_holiday() {
    let database = plan(
        "ALTER TABLE users ALTER timezone DROP NOT NULL",
        &[
            "'America/Chicago'",
            "'america/los_angeles'",
            "' EUROPE/Lisbon '",
            "'PST'",
            "'Eastern'",
            "''",
            "NULL",
            "'Etc/Unknown'",
            "'Etc/GMT+5'",
        ],
    );
    let before = of_everybody(&database, "u::text");
    let adopted = taken_over(&database);
    assert_eq!(
        of_everybody(&database, "p.time_zone"),
        [
            "a America/Chicago",
            "b America/Los_Angeles",
            "c Europe/Lisbon",
            "d UTC",
            "e UTC",
            "f UTC",
            "g UTC",
            "h UTC",
            "i Etc/GMT+5",
        ]
    );
    let unknown = "unknown_zone";
    assert_eq!(
        whys(&adopted),
        ["empty", "empty", unknown, unknown, unknown]
    );
    // What recurs would come to them at eight of UTC.
    assert_eq!(on_holiday(&database), ["d", "e", "f", "g", "h"]);
    migrate::down(&database.address, u32::MAX).unwrap();
    assert_eq!(of_everybody(&database, "u::text"), before);
}

#[test]
fn a_zone_of_their_profile_counts_first_and_that_of_the_user_where_it_says_nothing() {
    let database = plan(
        "ALTER TABLE user_profiles ADD COLUMN time_zone varchar(40)",
        &["'America/Chicago'"; 5],
    );
    let profiles = "INSERT INTO user_profiles (id, user_id, created_at, time_zone)
      SELECT gen_random_uuid(), u.id, now(), z.zone FROM users u
      JOIN (VALUES ('a', 'asia/tokyo'), ('b', 'Tokyo'), ('c', NULL), ('d', 'Asia/Tokyo')) z (name, zone)
        ON z.name = u.name";
    run(&database.address, profiles).unwrap();
    let before = of_everybody(&database, "coalesce(p::text, '')");
    let adopted = taken_over(&database);
    assert_eq!(
        of_everybody(&database, "p.time_zone"),
        [
            "a Asia/Tokyo",
            "b America/Chicago",
            "c America/Chicago",
            "d Asia/Tokyo",
            "e America/Chicago",
        ]
    );
    assert!(adopted.unread_zones.is_empty(), "{adopted:?}");
    assert!(on_holiday(&database).is_empty());
    migrate::down(&database.address, u32::MAX).unwrap();
    assert_eq!(of_everybody(&database, "coalesce(p::text, '')"), before);
}

#[test]
fn where_no_column_names_a_zone_nobody_is_on_holiday_for_it() {
    let database = plan("", &["'UTC'"]);
    run(&database.address, "ALTER TABLE users DROP COLUMN timezone").unwrap();
    let adopted = taken_over(&database);
    assert_eq!(of_everybody(&database, "p.time_zone"), ["a UTC"]);
    assert!(adopted.unread_zones.is_empty());
    assert!(on_holiday(&database).is_empty());
}

/// Somebody joins since.
fn joins(database: &Database, name: char, zone: &str, hour: u8) {
    let joined = format!(
        "INSERT INTO users (id, name, phone_number, created_at, updated_at)
           VALUES (gen_random_uuid(), '{name}', '+1415556{:04}', now(), now());
         INSERT INTO user_profiles (user_id, time_zone, preferred_send_hour)
           SELECT id, '{zone}', {hour} FROM users WHERE name = '{name}'",
        u32::from(name)
    );
    run(&database.address, &joined).unwrap();
}

/// Somebody says another zone and hour.
fn moves(database: &Database, name: char, zone: &str, hour: u8) {
    let moved = format!(
        "UPDATE user_profiles SET time_zone = '{zone}', preferred_send_hour = {hour}
         WHERE user_id = (SELECT id FROM users WHERE name = '{name}')"
    );
    run(&database.address, &moved).unwrap();
}

#[test]
fn what_members_said_of_their_day_since_is_given_back_and_nothing_else_is_touched() {
    let nullable = "ALTER TABLE users ALTER timezone DROP NOT NULL, ALTER timezone DROP DEFAULT,
       ALTER preferred_send_hour TYPE smallint";
    let database = plan(
        nullable,
        &[
            "'America/Chicago'",
            "'america/los_angeles'",
            "'PST'",
            "'PST'",
            "NULL",
        ],
    );
    taken_over(&database);
    moves(&database, 'a', "Europe/Lisbon", 6);
    moves(&database, 'c', "America/Los_Angeles", 8);
    joins(&database, 'n', "UTC", 8);
    joins(&database, 'o', "Asia/Tokyo", 21);
    assert!(
        migrate::losses(&database.address, u32::MAX)
            .unwrap()
            .is_empty()
    );
    migrate::down(&database.address, u32::MAX).unwrap();
    assert_eq!(
        of_everybody(
            &database,
            "coalesce(u.timezone, '-') || ' ' || u.preferred_send_hour"
        ),
        [
            "a Europe/Lisbon 6",
            "b america/los_angeles 8",
            "c America/Los_Angeles 8",
            "d PST 8",
            "e - 8",
            "n UTC 8",
            "o Asia/Tokyo 21",
        ]
    );
}

#[test]
fn a_day_for_which_there_is_no_column_is_counted() {
    let database = plan("", &["'America/Chicago'", "'America/Chicago'"]);
    let columns = "ALTER TABLE users DROP COLUMN preferred_send_hour;
       ALTER TABLE users ALTER timezone TYPE varchar(16);";
    run(&database.address, columns).unwrap();
    taken_over(&database);
    let losses = || migrate::losses(&database.address, u32::MAX).unwrap();
    assert!(losses().is_empty(), "{:?}", losses());
    moves(&database, 'a', "Europe/Lisbon", 6);
    moves(&database, 'b', "America/Los_Angeles", 8);
    let lost = losses();
    assert!(
        lost.iter()
            .any(|loss| loss.starts_with("2 time zones or hours")),
        "{lost:?}"
    );
    migrate::down(&database.address, u32::MAX).unwrap();
    assert_eq!(
        of_everybody(&database, "u.timezone"),
        ["a Europe/Lisbon", "b America/Chicago"]
    );
}

#[test]
fn an_hour_that_a_check_of_theirs_refuses_is_named_and_nothing_is_changed() {
    let database = plan(
        "ALTER TABLE users ADD CONSTRAINT in_the_morning CHECK (preferred_send_hour < 12)",
        &["'America/Chicago'"],
    );
    taken_over(&database);
    moves(&database, 'a', "America/Chicago", 21);
    let refusal = migrate::down(&database.address, u32::MAX).unwrap_err();
    let refusal = refusal.to_string();
    assert!(refusal.contains("nothing was changed"), "{refusal}");
    assert!(refusal.contains("in_the_morning"), "{refusal}");
    assert_eq!(of_everybody(&database, "p.preferred_send_hour"), ["a 21"]);
}
