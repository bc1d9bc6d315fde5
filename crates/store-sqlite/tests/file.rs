//! What only a SQLite file has: its lock, its migrations, a writer dropped without a word.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use domain::{Ids, ManualClock, Timestamp};
use store::ops::{CreateMember, CreateMemberAnswer, Operation};
use store::questions::{Ask, MemberById};
use store::records::NewMember;
use store::{Apply, StoreError};
use store_sqlite::{Options, SqliteReader, SqliteStore, SqliteWriter, migrate};

fn open(path: &Path) -> Result<(SqliteWriter, SqliteReader, store::Epoch), StoreError> {
    let options = Options {
        hash_key: [7; 32],
        migrate: true,
    };
    SqliteStore::open(path, &options)
}

fn create(at: Timestamp) -> CreateMember {
    let ids = Ids::new(Arc::new(ManualClock::at(at)), 5);
    CreateMember {
        member: NewMember {
            id: ids.member(),
            name: "Ana".into(),
            phone: "+14155550123".parse().unwrap(),
            country: None,
            email: None,
            time_zone: "UTC".into(),
            locale: "en".into(),
            preferred_send_hour: 8,
            preferred_channel: None,
            preferences: domain::Preferences::default(),
            cohort: None,
            programme: "starter".into(),
        },
        consents: Vec::new(),
        idempotency: None,
        at,
    }
}

fn apply(writer: &mut SqliteWriter, operation: CreateMember) -> CreateMemberAnswer {
    let mut answers = writer
        .apply(&[operation.into_op()], &mut Vec::new())
        .unwrap();
    CreateMember::from_answer(answers.pop().unwrap().unwrap()).unwrap()
}

#[test]
fn a_second_process_is_refused_and_told_why() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    let first = open(&path).unwrap();
    let refusal = open(&path).unwrap_err().to_string();
    assert!(refusal.contains("another process has it open"), "{refusal}");
    assert!(migrate::up(&path).is_err(), "nor may it be migrated");
    assert!(migrate::status(&path).is_ok(), "asking is free");
    drop(first);
    open(&path).unwrap();
}

#[test]
fn migrations_go_up_down_and_up_again_on_data() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    let count = u32::try_from(migrate::status(&path).unwrap().len()).unwrap();
    assert_eq!(migrate::up(&path).unwrap(), count);
    assert_eq!(migrate::up(&path).unwrap(), 0);
    let at = Timestamp::from_seconds(1_795_000_000);
    let (mut writer, reader, _) = open(&path).unwrap();
    let made = apply(&mut writer, create(at));
    assert!(matches!(made, CreateMemberAnswer::Created { .. }));
    drop((writer, reader));
    assert_eq!(migrate::down(&path, count).unwrap(), count);
    let status = migrate::status(&path).unwrap();
    assert!(status.iter().all(|line| line.applied_at.is_none()));
    let options = Options {
        hash_key: [7; 32],
        migrate: false,
    };
    let refusal = SqliteStore::open(&path, &options).unwrap_err();
    assert!(refusal.to_string().contains("gymtext migrate up"));
    assert_eq!(migrate::up(&path).unwrap(), count);
    let (mut writer, _reader, _) = open(&path).unwrap();
    let made = apply(&mut writer, create(at));
    assert!(matches!(made, CreateMemberAnswer::Created { .. }));
}

#[test]
fn what_is_taken_back_goes_as_a_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    let count = migrate::up(&path).unwrap();
    // A view of somebody's own holds on to a column that an early migration brought.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("CREATE VIEW cohorts AS SELECT cohort FROM user_profiles")
        .unwrap();
    let refusal = migrate::down(&path, count).unwrap_err().to_string();
    assert!(refusal.contains("cohort"), "{refusal}");
    let status = migrate::status(&path).unwrap();
    assert!(status.iter().all(|line| line.applied_at.is_some()));
    assert_eq!(migrate::up(&path).unwrap(), 0);
    connection.execute_batch("DROP VIEW cohorts").unwrap();
    assert_eq!(migrate::down(&path, count).unwrap(), count);
}

#[test]
fn a_foreign_or_changed_migration_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    migrate::up(&path).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'later', '')",
            [],
        )
        .unwrap();
    let refusal = open(&path).unwrap_err().to_string();
    assert!(refusal.contains("migration 9999 `later`"), "{refusal}");
    connection
        .execute_batch("DELETE FROM schema_migrations WHERE version = 9999; UPDATE schema_migrations SET checksum = 'x'")
        .unwrap();
    let refusal = open(&path).unwrap_err().to_string();
    assert!(refusal.contains("schema_migrations.checksum"), "{refusal}");
}

#[test]
fn an_older_program_works_on_what_a_newer_one_only_added_to() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    migrate::up(&path).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY);
             ALTER TABLE users ADD COLUMN note TEXT NOT NULL DEFAULT '';
             INSERT INTO schema_migrations (version, name, checksum, oldest_program)
             VALUES (9999, 'later', '', 1)",
        )
        .unwrap();
    let (mut writer, reader, _) = open(&path).unwrap();
    let made = apply(&mut writer, create(Timestamp::from_seconds(1_795_000_000)));
    assert!(matches!(made, CreateMemberAnswer::Created { .. }));
    drop((writer, reader));
    // It must not pull away what the newer one's tables rest on.
    let refusal = migrate::down(&path, 1).unwrap_err().to_string();
    assert!(refusal.contains("migration 9999 `later`"), "{refusal}");
}

/// The files are copied while the writer lives, as a crash would leave them: without a checkpoint,
/// without a goodbye.
#[test]
fn what_was_answered_is_in_the_files_a_crash_leaves() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    let crashed = directory.path().join("crashed.db");
    let at = Timestamp::from_seconds(1_795_000_000);
    let (mut writer, reader, before) = open(&path).unwrap();
    let CreateMemberAnswer::Created { member, .. } = apply(&mut writer, create(at)) else {
        panic!("a new member");
    };
    for suffix in ["", "-wal"] {
        let with = |path: &Path| format!("{}{suffix}", path.display());
        std::fs::copy(with(&path), with(&crashed)).unwrap();
    }
    drop((writer, reader));
    let (_writer, reader, after) = open(&crashed).unwrap();
    assert!(after > before, "the epoch is raised");
    let ask: Arc<dyn Ask> = Arc::new(reader);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let id = member.profile.id;
    let found = runtime.block_on(ask.question(MemberById { id })).unwrap();
    assert_eq!(found.unwrap().profile.id, id);
}

#[test]
fn a_damaged_word_is_named_by_table_and_column_and_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    let at = Timestamp::from_seconds(1_795_000_000);
    let (mut writer, reader, _) = open(&path).unwrap();
    let CreateMemberAnswer::Created { member, .. } = apply(&mut writer, create(at)) else {
        panic!("a new member");
    };
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute("UPDATE users SET phone_number = 'gibberish'", [])
        .unwrap();
    let ask: Arc<dyn Ask> = Arc::new(reader);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let id = member.profile.id;
    let error = runtime
        .block_on(ask.question(MemberById { id }))
        .unwrap_err()
        .to_string();
    assert!(error.contains("users.phone_number"), "{error}");
    assert!(!error.contains("gibberish"), "{error}");
}
