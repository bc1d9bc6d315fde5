use super::*;

/// A program two migrations ahead: one only adds, one takes something away that this program needs.
const NEWER: &[Migration] = &[
    Migration {
        version: 1,
        name: "first",
        oldest_program: 1,
        up: include_str!("../../migrations/0001_first.up.sql"),
        down: include_str!("../../migrations/0001_first.down.sql"),
    },
    Migration {
        version: 2,
        name: "notes",
        oldest_program: 1,
        up: "CREATE TABLE notes (id bigint PRIMARY KEY);
             ALTER TABLE messages ADD COLUMN note text NOT NULL DEFAULT ''",
        down: "ALTER TABLE messages DROP COLUMN note; DROP TABLE notes",
    },
    Migration {
        version: 3,
        name: "no_email",
        oldest_program: 2,
        up: "ALTER TABLE users DROP COLUMN email",
        down: "ALTER TABLE users ADD COLUMN email text",
    },
];

fn newer(count: usize) -> &'static [Migration] {
    NEWER.get(..count).unwrap_or_default()
}

fn connected() -> (Sql, test_postgres::Database) {
    let database = test_postgres::database().unwrap();
    (open(&database.address).unwrap(), database)
}

fn refusal<T: std::fmt::Debug>(done: Done<T>) -> String {
    StoreError::from(done.unwrap_err()).to_string()
}

#[test]
fn an_older_program_works_beside_what_was_only_added_and_names_what_breaks_it() {
    let (sql, _database) = connected();
    assert_eq!(apply_missing(&sql).unwrap(), 1);
    assert_eq!(apply(&sql, newer(2)).unwrap(), 1);
    assert_eq!(apply_missing(&sql).unwrap(), 0);
    assert!(is_current(&sql).unwrap());
    // It must not pull away what the newer one's tables rest on.
    assert!(refusal(take_back(&sql, ALL, 1)).contains("migration 2 `notes`"));
    // The second program does without what the third migration takes away; the first does not.
    assert_eq!(apply(&sql, NEWER).unwrap(), 1);
    assert_eq!(apply(&sql, newer(2)).unwrap(), 0);
    assert!(refusal(apply_missing(&sql)).contains("migration 3 `no_email`"));
    assert!(refusal(is_current(&sql)).contains("start the newer version"));
    // What is taken back no longer stands in the way.
    assert_eq!(take_back(&sql, NEWER, 2).unwrap(), 2);
    assert_eq!(apply_missing(&sql).unwrap(), 0);
}

#[test]
fn what_breaks_older_nodes_waits_until_none_of_them_lives() {
    let (sql, _database) = connected();
    assert_eq!(apply_missing(&sql).unwrap(), 1);
    let lives = "INSERT INTO nodes (epoch, name, lease_until, started_at)
        VALUES (nextval('epochs'), 'older', clock_timestamp() + interval '30 s', clock_timestamp())";
    sql.batch(lives).unwrap();
    // What only adds is applied beside it; the next one breaks it, and is not.
    assert!(refusal(apply(&sql, &breaking_after(2))).contains("migration 3 `no_email`"));
    assert_eq!(apply(&sql, newer(2)).unwrap(), 0);
    sql.batch("UPDATE nodes SET lease_until = clock_timestamp() - interval '1 s'")
        .unwrap();
    assert_eq!(apply(&sql, &breaking_after(2)).unwrap(), 1);
}

/// The newer program, whose last migration works beside no other.
fn breaking_after(count: usize) -> Vec<Migration> {
    let mut all = Vec::new();
    for migration in NEWER {
        all.push(Migration {
            version: migration.version,
            name: migration.name,
            oldest_program: if all.len() < count {
                1
            } else {
                migration.version
            },
            up: migration.up,
            down: migration.down,
        });
    }
    all
}

#[test]
fn a_list_of_migrations_from_before_the_rule_is_read_as_breaking() {
    let (sql, _database) = connected();
    sql.batch(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, name text NOT NULL,
           checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
         INSERT INTO schema_migrations (version, name, checksum) VALUES (7, 'later', '')",
    )
    .unwrap();
    assert!(refusal(apply_missing(&sql)).contains("migration 7 `later`"));
}
