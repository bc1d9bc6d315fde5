//! Events go on being numbered upwards in a database whose dump was read into a younger server: whoever reads them in
//! their order, an endpoint or a program with a cursor, has come further than that server has counted.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Barrier;

use domain::Timestamp;
use store::committer::Apply as _;
use store::home::{Confirm, Held, Here};
use store::ops::{Op, Operation as _, SetSwitch};
use store::questions::{Ask as _, EventsAfter, Question as _};
use store_postgres::{Options, PostgresReader, PostgresStore, PostgresWriter, home};
use test_postgres::{Database, rows, run};

const AT: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// How many transactions the server of the dump had counted more than the one it was read into.
const OLDER_BY: i64 = 1_000_000;

fn here() -> Here {
    Here {
        machine: "machine one".into(),
        account: "AC1".into(),
    }
}

fn node(address: &str, name: &str) -> (PostgresWriter, PostgresReader, Option<Held>) {
    let options = Options {
        name: name.into(),
        ..Options::default()
    };
    let (mut writer, reader, _) = PostgresStore::open(address, &options).unwrap();
    let held = writer.guard(&here()).unwrap();
    (writer, reader, held)
}

/// Something that others are told of.
fn event(reason: &str) -> [Op; 1] {
    let op = SetSwitch {
        scope: "all".into(),
        on: true,
        reason: reason.into(),
        actor: "Joana".into(),
        at: AT,
    };
    [op.into_op()]
}

fn happens(node: &mut PostgresWriter, reason: &str) {
    for answer in node.apply(&event(reason), &mut Vec::new()).unwrap() {
        answer.unwrap();
    }
}

/// The numbers of what somebody hears who has come so far.
fn heard_after(reader: &PostgresReader, after: i64) -> Vec<i64> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let asked = EventsAfter {
        after: Some(after),
        limit: 100,
    };
    let reply = runtime.block_on(reader.ask(asked.into_request())).unwrap();
    let events = EventsAfter::from_reply(reply).unwrap();
    events.iter().map(|event| event.id).collect()
}

fn number(address: &str, query: &str) -> i64 {
    rows(address, query)
        .unwrap()
        .first()
        .unwrap()
        .parse()
        .unwrap()
}

fn newest(address: &str) -> i64 {
    number(address, "SELECT max(id) FROM events")
}

/// The row that every transaction reads, as it was written last.
fn instance(address: &str) -> Vec<String> {
    rows(address, "SELECT ctid || ' ' || xmin FROM instance").unwrap()
}

/// The numbers that an older server gave: no transaction of this one has come so far.
fn is_of_an_older_server(address: &str) {
    let older = format!(
        "UPDATE events SET id = id + ({OLDER_BY}::bigint << 20)
           WHERE id >> 20 < pg_current_xact_id()::text::bigint"
    );
    run(address, &older).unwrap();
}

/// A dump of a database in which something has happened, read into a younger server; and how far its readers had come.
fn restored() -> (Database, i64) {
    let original = test_postgres::database().unwrap();
    let (mut first, _, held) = node(&original.address, "first");
    assert_eq!(held, None, "where it is opened first");
    happens(&mut first, "before the dump");
    drop(first);
    let database = original.copied().unwrap();
    is_of_an_older_server(&database.address);
    let newest = newest(&database.address);
    (database, newest)
}

#[test]
fn what_happens_before_a_restored_database_is_confirmed_is_heard_by_who_had_come_further() {
    let (database, newest) = restored();
    let (mut one, reader, held) = node(&database.address, "one");
    assert_eq!(held, Some(Held::Elsewhere));
    happens(&mut one, "while it is held");
    let heard = heard_after(&reader, newest);
    assert_eq!(heard.len(), 1, "{heard:?}");
    home::confirm(&database.address, &here(), Confirm::default()).unwrap();
    happens(&mut one, "when it is at home");
    let later = heard_after(&reader, *heard.first().unwrap());
    assert_eq!(later.len(), 1, "{later:?}");
}

#[test]
fn so_it_is_where_the_server_behind_an_address_becomes_a_younger_one() {
    let database = test_postgres::database().unwrap();
    let (mut one, reader, _) = node(&database.address, "one");
    happens(&mut one, "before");
    is_of_an_older_server(&database.address);
    let newest = newest(&database.address);
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(&database.address, cut).unwrap();
    let written = (0..100_000).any(|_| {
        std::thread::yield_now();
        one.apply(&event("after"), &mut Vec::new()).is_ok()
    });
    assert!(written, "it connects again");
    let heard = std::iter::repeat_with(|| heard_after(&reader, newest))
        .take(1_000)
        .find(|heard| !heard.is_empty());
    assert_eq!(heard.map(|heard| heard.len()), Some(1));
}

#[test]
fn a_database_that_stayed_where_it_was_is_left_alone_by_whoever_opens_it() {
    let database = test_postgres::database().unwrap();
    let (mut one, reader, _) = node(&database.address, "one");
    happens(&mut one, "one");
    let before = instance(&database.address);
    let _others: Vec<_> = (0..3)
        .map(|number| node(&database.address, &format!("other {number}")))
        .collect();
    assert_eq!(instance(&database.address), before);
    assert_eq!(heard_after(&reader, 0).len(), 1);
}

#[test]
fn nodes_that_open_it_at_once_while_another_writes_pass_over_nothing() {
    const NODES: usize = 6;
    const EVENTS: usize = 10;
    let (database, newest) = restored();
    let start = Barrier::new(NODES);
    std::thread::scope(|scope| {
        for number in 0..NODES {
            let (start, address) = (&start, &database.address);
            scope.spawn(move || {
                start.wait();
                let (mut node, _, _) = node(address, &format!("node {number}"));
                for _ in 0..EVENTS {
                    happens(&mut node, "by many");
                }
            });
        }
    });
    let (_, reader, _) = node(&database.address, "last");
    let heard = heard_after(&reader, newest);
    assert_eq!(heard.len(), NODES * EVENTS);
    let moved = "SELECT events_from FROM instance";
    let moved = number(&database.address, moved);
    assert!(
        moved < OLDER_BY * 2,
        "it moved as far as it had to: {moved}"
    );
}
