//! Who owns what when nodes come, go and are replaced at the same moment: what a living node believes is
//! what the database says, whatever commits late.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use domain::Timestamp;
use store::Ownership;
use store::committer::Apply as _;
use store::ops::{Answer, Beat, BeatAnswer, Operation as _};
use store_postgres::{Options, PostgresReader, PostgresStore, PostgresWriter};
use test_postgres::Database;
use tokio_postgres::{Client, NoTls};

/// A node without a service around it.
struct Node {
    writer: PostgresWriter,
    _reader: PostgresReader,
    ownership: Arc<Ownership>,
}

impl Node {
    fn called(name: &str, database: &Database) -> Self {
        let options = Options {
            name: name.to_owned(),
            lease: Duration::from_hours(1),
            ..Options::default()
        };
        let (writer, reader, ownership) = PostgresStore::open(&database.address, &options).unwrap();
        Self {
            writer,
            _reader: reader,
            ownership,
        }
    }

    fn beats(&mut self) -> BeatAnswer {
        let beat = Beat {
            claims: true,
            at: Timestamp::from_micros(0),
        }
        .into_op();
        let answers = self.writer.apply(&[beat], &mut Vec::new()).unwrap();
        match answers.into_iter().next() {
            Some(Ok(Answer::Beat(answer))) => *answer,
            other => panic!("a beat was answered {other:?}"),
        }
    }
}

/// A connection beside the nodes.
async fn beside(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.address, NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// Waits until somebody waits for a lock.
async fn somebody_waits(client: &Client) {
    for _ in 0..2_000 {
        let waiting = client
            .query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                 AND datname = current_database()",
                &[],
            )
            .await
            .unwrap();
        if !waiting.is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody waits for a lock");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_that_commits_after_its_process_died_is_replaced_by_its_successors() {
    let database = test_postgres::database().unwrap();
    let (first, address) = (database.clone(), database.clone());
    let mut node = thread::spawn(move || Node::called("a gym", &first))
        .join()
        .unwrap();
    assert_eq!(
        thread::spawn(move || node.beats().shards).join().unwrap(),
        64
    );
    // The second process of that name has registered and died; its COMMIT is still on the way.
    let (dying, watching) = (beside(&database).await, beside(&database).await);
    dying
        .batch_execute(
            "BEGIN; DELETE FROM nodes WHERE name = 'a gym';
             WITH node AS (INSERT INTO nodes (epoch, name, lease_until, started_at)
               VALUES (nextval('epochs'), 'a gym', now() + interval '1 hour', now()) RETURNING epoch)
             UPDATE shards SET owner = (SELECT epoch FROM node)",
        )
        .await
        .unwrap();
    let third = thread::spawn(move || Node::called("a gym", &address).beats());
    somebody_waits(&watching).await;
    dying.batch_execute("COMMIT").await.unwrap();
    let answer = tokio::task::spawn_blocking(|| third.join().unwrap())
        .await
        .unwrap();
    assert_eq!((answer.nodes, answer.shards), (1, 64));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_shard_has_two_owners_however_nodes_come_and_go() {
    const NODES: usize = 6;
    const ROUNDS: usize = 15;
    let database = test_postgres::database().unwrap();
    let start = Arc::new(Barrier::new(NODES));
    let threads: Vec<_> = (0..NODES)
        .map(|number| {
            let (database, start) = (database.clone(), Arc::clone(&start));
            thread::spawn(move || {
                let mut node = Node::called(&format!("node {number}"), &database);
                for round in 0..ROUNDS {
                    start.wait();
                    // Some die without a word and come back under their name, all at once.
                    if (round + number) % 3 == 0 {
                        node = Node::called(&format!("node {number}"), &database);
                    }
                    node.beats();
                }
                (node.ownership.epoch().0, node.ownership.shards(), node)
            })
        })
        .collect();
    let mut nodes = Vec::new();
    for thread in threads {
        nodes.push(
            tokio::task::spawn_blocking(|| thread.join().unwrap())
                .await
                .unwrap(),
        );
    }
    let client = beside(&database).await;
    for (epoch, believed, _) in &nodes {
        let said: Vec<u8> = client
            .query(
                "SELECT shard FROM shards WHERE owner = $1 ORDER BY shard",
                &[epoch],
            )
            .await
            .unwrap()
            .iter()
            .map(|row| u8::try_from(row.get::<_, i32>(0)).unwrap())
            .collect();
        let believed: Vec<u8> = believed.iter().map(store::Shard::number).collect();
        assert_eq!(believed, said, "what the node with epoch {epoch} believes");
    }
    // Connections end on a thread that may block.
    tokio::task::spawn_blocking(move || drop(nodes))
        .await
        .unwrap();
}
