//! Programs that meet migrations of a newer one: works beside those that only add, names those that break it.

use super::*;

/// A program two migrations ahead: one only adds, one takes something away that this program needs. The first
/// `count` of its migrations that this program does not know.
fn newer(count: usize) -> Vec<Migration> {
    let ours = newest(ALL);
    let notes = Migration {
        version: ours + 1,
        name: "notes",
        oldest_program: 1,
        up: "CREATE TABLE notes (id bigint PRIMARY KEY);
             ALTER TABLE messages ADD COLUMN note text NOT NULL DEFAULT ''",
        down: "ALTER TABLE messages DROP COLUMN note; DROP TABLE notes",
    };
    let no_email = Migration {
        version: ours + 2,
        name: "no_email",
        oldest_program: ours + 1,
        up: "ALTER TABLE users DROP COLUMN email",
        down: "ALTER TABLE users ADD COLUMN email text",
    };
    let later = [notes, no_email].into_iter().take(count);
    ALL.iter().map(again).chain(later).collect()
}

/// The newer program, whose last migration works beside no other.
fn breaking() -> Vec<Migration> {
    let mut all = newer(2);
    if let Some(last) = all.last_mut() {
        last.oldest_program = last.version;
    }
    all
}

fn again(migration: &Migration) -> Migration {
    Migration { ..*migration }
}

fn connected() -> (Sql, test_postgres::Database) {
    let database = test_postgres::database().unwrap();
    (open(&database.address).unwrap(), database)
}

fn refusal<T: std::fmt::Debug>(done: Done<T>) -> String {
    StoreError::from(done.unwrap_err()).to_string()
}

/// Applies what is missing of these.
fn apply(sql: &Sql, all: &[Migration]) -> Done<u32> {
    Ok(super::apply(sql, all, Plans::Left)?.count)
}

#[test]
fn an_older_program_works_beside_what_was_only_added_and_names_what_breaks_it() {
    let (sql, _database) = connected();
    assert_eq!(apply_missing(&sql).unwrap(), known());
    assert_eq!(apply(&sql, &newer(1)).unwrap(), 1);
    assert_eq!(apply_missing(&sql).unwrap(), 0);
    assert!(is_current(&sql).unwrap());
    // It must not pull away what the newer one's tables rest on.
    assert!(refusal(take_back(&sql, ALL, 1)).contains("`notes`"));
    // The second program does without what the third takes away; the first does not.
    assert_eq!(apply(&sql, &newer(2)).unwrap(), 1);
    assert_eq!(apply(&sql, &newer(1)).unwrap(), 0);
    assert!(refusal(apply_missing(&sql)).contains("`no_email`"));
    assert!(refusal(is_current(&sql)).contains("start the newer version"));
    // What is taken back no longer stands in the way.
    assert_eq!(take_back(&sql, &newer(2), 2).unwrap(), 2);
    assert_eq!(apply_missing(&sql).unwrap(), 0);
}

#[test]
fn what_is_taken_back_goes_as_a_whole_or_not_at_all() {
    let (sql, _database) = connected();
    let mut all = newer(2);
    let count = |all: &[Migration]| {
        let applied = all
            .iter()
            .filter(|one| applied(&sql, one).unwrap().is_some());
        applied.count()
    };
    assert_eq!(apply(&sql, &all).unwrap(), known() + 2);
    // Of the two, the newest can be taken back and the one before it cannot.
    let notes = all.iter_mut().find(|one| one.name == "notes").unwrap();
    notes.down = "DROP TABLE notes_that_never_were";
    assert!(refusal(take_back(&sql, &all, 2)).contains("notes_that_never_were"));
    assert_eq!(count(&all), all.len());
    sql.batch("SELECT note FROM messages").unwrap();
    assert_eq!(take_back(&sql, &all, 1).unwrap(), 1);
    assert_eq!(count(&all), all.len() - 1);
}

#[test]
fn what_breaks_older_nodes_waits_until_none_of_them_lives() {
    let (sql, _database) = connected();
    assert_eq!(apply_missing(&sql).unwrap(), known());
    let lives = "INSERT INTO nodes (epoch, name, lease_until, started_at)
        VALUES (nextval('epochs'), 'older', clock_timestamp() + interval '30 s', clock_timestamp())";
    sql.batch(lives).unwrap();
    // What only adds is applied beside it; the next one breaks it, and is not.
    assert!(refusal(apply(&sql, &breaking())).contains("`no_email`"));
    assert_eq!(apply(&sql, &newer(1)).unwrap(), 0);
    sql.batch("UPDATE nodes SET lease_until = clock_timestamp() - interval '1 s'")
        .unwrap();
    assert_eq!(apply(&sql, &breaking()).unwrap(), 1);
}

/// How many migrations this program knows.
fn known() -> u32 {
    u32::try_from(ALL.len()).unwrap()
}

#[test]
fn a_list_of_migrations_from_before_the_rule_is_read_as_breaking() {
    let (sql, _database) = connected();
    let unknown = ALL.last().unwrap().version + 1;
    sql.batch(&format!(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, name text NOT NULL,
           checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
         INSERT INTO schema_migrations (version, name, checksum) VALUES ({unknown}, 'later', '')"
    ))
    .unwrap();
    let refused = refusal(apply_missing(&sql));
    assert!(refused.contains(&format!("migration {unknown} `later`")));
}
