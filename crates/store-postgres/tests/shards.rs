//! Several nodes on one database, without an engine: who has which shard.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Barrier};
use std::time::Duration;

use domain::Timestamp;
use store::committer::Apply as _;
use store::ops::{Beat, BeatAnswer, NoteChecked, Operation};
use store::{Ownership, Shards, StoreError};
use store_postgres::{Options, PostgresStore, PostgresWriter};

const AT: Timestamp = Timestamp::from_seconds(1_795_000_000);

fn open(address: &str, name: &str) -> (PostgresWriter, Arc<Ownership>) {
    let options = Options {
        name: name.into(),
        lease: Duration::from_secs(10),
        ..Options::default()
    };
    let (writer, _reader, ownership) = PostgresStore::open(address, &options).unwrap();
    (writer, ownership)
}

fn beat(writer: &mut PostgresWriter) -> Result<BeatAnswer, StoreError> {
    beat_as(writer, true)
}

fn beat_as(writer: &mut PostgresWriter, claims: bool) -> Result<BeatAnswer, StoreError> {
    let op = Beat { claims, at: AT };
    let answer = writer
        .apply(&[op.into_op()], &mut Vec::new())?
        .pop()
        .unwrap()?;
    Ok(Beat::from_answer(answer).unwrap())
}

#[test]
fn nodes_that_start_at_the_same_instant_never_have_a_shard_twice() {
    const NODES: usize = 6;
    // One server for all rounds.
    let _server = test_postgres::database().unwrap();
    for round in 0..8 {
        let database = test_postgres::database().unwrap();
        // The tables are there before the race.
        let _ = open(&database.address, "first");
        let (start, done) = (Barrier::new(NODES), Barrier::new(NODES));
        let owned: Vec<u64> = std::thread::scope(|scope| {
            let nodes: Vec<_> = (0..NODES)
                .map(|number| {
                    let (start, done, database) = (&start, &done, &database);
                    scope.spawn(move || {
                        let (mut writer, ownership) =
                            open(&database.address, &format!("{round}/{number}"));
                        start.wait();
                        beat(&mut writer).unwrap();
                        // Nobody goes before everybody has what they got first.
                        done.wait();
                        ownership.shards().bits()
                    })
                })
                .collect();
            nodes.into_iter().map(|node| node.join().unwrap()).collect()
        });
        let all = owned.iter().fold(0, |all, shards| {
            assert_eq!(all & shards, 0, "round {round}: {owned:x?}");
            all | shards
        });
        assert_ne!(all, 0);
    }
}

#[test]
fn a_node_that_has_given_everything_back_does_not_count_any_more() {
    let database = test_postgres::database().unwrap();
    let (mut leaving, ownership) = open(&database.address, "leaving");
    let (mut staying, _) = open(&database.address, "staying");
    assert_eq!(beat(&mut leaving).unwrap().shards, 64);
    assert_eq!(beat(&mut staying).unwrap().shards, 0);
    // It says that it leaves, and leaves.
    assert_eq!(beat_as(&mut leaving, false).unwrap().shards, 64);
    assert_eq!(beat_as(&mut leaving, false).unwrap().shards, 0);
    assert_eq!(ownership.epoch().0, 0);
    let all = beat(&mut staying).unwrap();
    assert_eq!((all.shards, all.nodes), (64, 1));
    // Nor does one that never claims anything.
    assert_eq!(beat_as(&mut leaving, false).unwrap().nodes, 1);
}

#[test]
fn a_node_notes_that_it_looked_at_the_shards_that_are_its_own() {
    let database = test_postgres::database().unwrap();
    let (mut one, of_one) = open(&database.address, "one");
    let (mut other, of_other) = open(&database.address, "other");
    let note = |writer: &mut PostgresWriter, owner: &Ownership, shards| {
        let op = NoteChecked {
            shards,
            epoch: owner.epoch(),
            to: AT,
        };
        let answer = writer.apply(&[op.into_op()], &mut Vec::new()).unwrap();
        let answer = answer.into_iter().next().unwrap().unwrap();
        NoteChecked::from_answer(answer).unwrap()
    };
    beat(&mut one).unwrap();
    beat(&mut other).unwrap();
    assert_eq!(note(&mut one, &of_one, Shards::ALL), Shards::ALL);
    assert_eq!(note(&mut other, &of_other, Shards::ALL), Shards::NONE);
    // It says that it gives half of them back, does, and the other takes them.
    beat(&mut one).unwrap();
    beat(&mut one).unwrap();
    beat(&mut other).unwrap();
    let (half, rest) = (of_one.shards(), of_other.shards());
    assert_eq!((half.count(), rest), (32, Shards::ALL.without(half)));
    assert_eq!(note(&mut one, &of_one, Shards::ALL), half);
    assert_eq!(note(&mut other, &of_other, Shards::ALL), rest);
    // What was lost in the middle of a look is not kept for whoever lost it.
    let lost = note(&mut one, &of_one, rest);
    assert_eq!(lost, Shards::NONE);
}

#[test]
fn who_is_first_after_the_database_was_away_spares_the_others_until_they_can_have_come_back() {
    let database = test_postgres::database().unwrap();
    let address = &database.address;
    let (mut one, first) = open(address, "one");
    let (mut other, second) = open(address, "other");
    beat(&mut one).unwrap();
    beat(&mut other).unwrap();
    // Half of the shards go over.
    beat(&mut one).unwrap();
    beat(&mut one).unwrap();
    beat(&mut other).unwrap();
    let epoch = second.epoch();
    let away = "UPDATE nodes SET lease_until = clock_timestamp() - interval '1 minute'";
    test_postgres::run(address, away).unwrap();
    beat(&mut one).unwrap();
    beat(&mut other).unwrap();
    assert_eq!(second.epoch(), epoch, "it was not fenced");
    assert_eq!(first.shards().count() + second.shards().count(), 64);
    // One that does not come back is dead after all.
    test_postgres::run(address, away).unwrap();
    let alone = (0..1_000_000).find(|_| beat(&mut one).unwrap().nodes == 1);
    assert!(alone.is_some());
}
