//! Who writes in the same server for long, in whichever database, holds the outbox up: what waits is known all the same, and
//! who it is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::Timestamp;
use store::committer::Apply as _;
use store::ops::{Operation as _, SetSwitch};
use store::questions::{Ask, EventsAfter, EventsWaiting};
use store_postgres::held_up::{Holder, Who, holder};
use store_postgres::{Options, PostgresStore};
use test_postgres::{Cluster, connect, database_on};

/// Makes something happen in the database at an address; how many events may be told by then, and how many wait.
async fn happens(address: &str) -> (usize, usize) {
    let address = address.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let options = Options {
            take_over: true,
            ..Options::default()
        };
        let (mut writer, reader, _) = PostgresStore::open(&address, &options).unwrap();
        let switch = SetSwitch {
            scope: "all".into(),
            on: true,
            reason: "a test".into(),
            actor: "a test".into(),
            at: Timestamp::from_seconds(1_000),
        }
        .into_op();
        for answer in writer.apply(&[switch], &mut Vec::new()).unwrap() {
            answer.unwrap();
        }
        (writer, reader)
    });
    let (writer, reader) = opened.await.unwrap();
    let ask: &dyn Ask = &reader;
    let told = EventsAfter {
        after: Some(0),
        limit: 10,
    };
    let told = ask.question(told).await.unwrap().len();
    let (after, limit) = (0, 10);
    let waiting = ask.question(EventsWaiting { after, limit }).await.unwrap();
    tokio::task::spawn_blocking(move || drop((writer, reader)))
        .await
        .unwrap();
    (told, waiting.len())
}

async fn found(address: &str) -> Option<Holder> {
    let address = address.to_owned();
    tokio::task::spawn_blocking(move || holder(&address).unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_holds_the_outbox_up_is_named_and_what_waits_is_known() {
    let cluster = tokio::task::spawn_blocking(|| Cluster::start().unwrap())
        .await
        .unwrap();
    let ours = database_on(&cluster.server()).unwrap();
    let theirs = database_on(&cluster.server()).unwrap();
    let (_, name) = theirs.rsplit_once('/').unwrap();
    let other = connect(&theirs).await.unwrap();
    let now = async |what: &str| -> i64 {
        let asked = format!("SELECT ({what})::bigint");
        other.query_one(&asked, &[]).await.unwrap().get(0)
    };
    let micros = "extract(epoch FROM clock_timestamp()) * 1000000";
    let pid = now("pg_backend_pid()").await;
    let before = now(micros).await;
    other
        .batch_execute("SET application_name = 'etl'; BEGIN; CREATE TABLE reports (id int)")
        .await
        .unwrap();
    let (told, waiting) = happens(&ours).await;
    assert_eq!((told, waiting > 0), (0, true));
    let one = found(&ours).await.unwrap();
    assert_eq!(
        (one.database.as_str(), one.application.as_str()),
        (name, "etl")
    );
    assert_eq!(one.who, Who::Session(pid));
    assert!((before..=now(micros).await).contains(&one.since.as_micros()));

    other
        .batch_execute("PREPARE TRANSACTION 'of a bank'")
        .await
        .unwrap();
    let one = found(&ours).await.unwrap();
    assert_eq!(one.who, Who::Prepared("of a bank".into()));
    assert_eq!(one.database, name);

    other
        .batch_execute("ROLLBACK PREPARED 'of a bank'")
        .await
        .unwrap();
    assert_eq!(found(&ours).await, None);
}
