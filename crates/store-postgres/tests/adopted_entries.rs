//! Entries of the queue of a database that is taken over: which may be released, and which may have reached somebody.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::{Kind, Seconds};
use store_postgres::migrate::{self, EntryState};
use test_postgres::{Database, rows, run};

const PLAN: &str = include_str!("../../../fixtures/plan.sql");
const WHATSAPP: &str = include_str!("../../../fixtures/plan_whatsapp.sql");
const ANA: &str = "00000000-0000-4000-8000-000000000001";

/// Ana has one message that waits.
fn with_a_message() -> Database {
    let database = test_postgres::database().unwrap();
    for part in [PLAN, WHATSAPP] {
        run(&database.address, part).unwrap();
    }
    let rows = format!(
        "INSERT INTO users (id, name, phone_number) VALUES ('{ANA}', 'Ana', '+14155551001');
         INSERT INTO messages (id, client_id, direction, content, phone_to, delivery_status, created_at)
           VALUES ('{ANA}', '{ANA}', 'outbound', 'Squats', '+14155551001', 'queued', now())"
    );
    run(&database.address, &rows).unwrap();
    database
}

/// An entry of that message, by what is special about it.
fn entry(database: &Database, number: u32, columns: &str, values: &str) {
    let row = format!(
        "INSERT INTO message_queues (id, client_id, queue_name, sequence_number, message_id, created_at,
           {columns})
         VALUES (gen_random_uuid(), '{ANA}', 'chat', {number}, '{ANA}', now(), {values})"
    );
    run(&database.address, &row).unwrap();
}

fn a_day(_: Kind) -> Seconds {
    Seconds::new(24 * 3600)
}

#[test]
fn a_message_that_one_entry_says_was_tried_is_not_sent_by_another() {
    for (columns, values) in [
        ("status", "'processing'"),
        ("status", "'sent'"),
        ("status", "'delivered'"),
        ("status", "'failed'"),
        ("status, sent_at", "'pending', now()"),
        ("status, delivered_at", "'pending', now()"),
        ("status, retry_count", "'pending', 1"),
    ] {
        let database = with_a_message();
        let address = &database.address;
        entry(&database, 1, columns, values);
        entry(&database, 2, "status", "'pending'");
        let taken = migrate::take_over(address, |_, _| false).unwrap();
        assert_eq!(taken.adopted.unwrap().held, 0, "{columns} {values}");
        let listed = migrate::held_entries(address).unwrap();
        let waits = listed.iter().any(|entry| entry.state == EntryState::Held);
        assert!(!waits, "{columns} {values}: {listed:?}");
        let done = migrate::release_held(address, a_day).unwrap();
        assert!(done.released.is_empty(), "{columns} {values}: {done:?}");
        let state = rows(address, "SELECT delivery_status FROM messages").unwrap();
        assert_eq!(state, ["unconfirmed"], "{columns} {values}");
        migrate::down(address, u32::MAX).unwrap();
        let words = "SELECT status FROM message_queues WHERE sequence_number = 2";
        assert_eq!(rows(address, words).unwrap(), ["pending"], "as it was");
    }
}

#[test]
fn a_message_that_waits_twice_is_sent_once() {
    let database = with_a_message();
    let address = &database.address;
    entry(&database, 1, "status", "'pending'");
    entry(&database, 2, "status", "'queued'");
    let taken = migrate::take_over(address, |_, _| false).unwrap();
    assert_eq!(taken.adopted.unwrap().held, 2);
    let done = migrate::release_held(address, a_day).unwrap();
    assert_eq!((done.released.len(), done.kept.len()), (1, 1), "{done:?}");
    // The other one may go; what was released stays in its lane.
    assert_eq!(migrate::discard_held(address).unwrap().len(), 1);
    let state = "SELECT m.delivery_status || ' ' || q.status FROM messages m
       JOIN message_queues q ON q.message_id = m.id";
    assert_eq!(rows(address, state).unwrap(), ["pending waiting"]);
}
