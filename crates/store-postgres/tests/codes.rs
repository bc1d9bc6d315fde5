//! A code that proves a phone is good once and has five tries, on however many nodes (G34).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::thread;

use domain::{Channel, CodeFor, Content, Handle, Kind, MemberId, MessageId, Seconds, Timestamp};
use store::committer::Apply as _;
use store::ops::{Answer, OpenCode, OpenCodeAnswer, Operation, SpendTry, UseCode};
use store::records::{CodeCeilings, NewCode, NewMessage};
use store_postgres::{Options, PostgresStore, PostgresWriter};
use test_postgres::Database;
use tokio_postgres::{Client, NoTls};

/// Now.
const AT: Timestamp = Timestamp::from_seconds(1_795_003_200);

const ID: MemberId = MemberId::from_bytes([1; 16]);

fn does(writer: &mut PostgresWriter, operation: impl Operation) -> Answer {
    let ops = [operation.into_op()];
    let answers = writer.apply(&ops, &mut Vec::new()).unwrap();
    answers.into_iter().next().unwrap().unwrap()
}

fn code(at: Timestamp) -> OpenCode {
    let expires_at = at + Seconds::new(600);
    OpenCode {
        code: NewCode {
            id: ID,
            purpose: CodeFor::Login,
            member: None,
            channel: Channel::Sms,
            handle: Handle::Phone("+14155552671".parse().unwrap()),
            country: "US".into(),
            network: "198.51.100.0/24".into(),
            locale: "en".into(),
            browser: [3; 32],
            salt: [4; 16],
            hash: [5; 32],
            expires_at,
        },
        message: NewMessage {
            id: MessageId::from_bytes([2; 16]),
            member: ID,
            kind: Kind::LoginCode,
            queue: "codes".parse().unwrap(),
            channel: Some(Channel::Sms),
            critical: false,
            content: Content::text_only("123456 is your code").unwrap(),
            not_before: None,
            expires_at: Some(expires_at),
            in_reply_to: None,
            occasion: None,
            knocks_for: None,
            attempts_max: 3,
        },
        ceilings: CodeCeilings {
            hour_from: at - Seconds::new(3_600),
            day_from: at - Seconds::new(86_400),
            address_per_hour: 3,
            network_per_hour: 10,
            country_per_day: 50,
            per_day: 60,
        },
        at,
    }
}

/// Waits until somebody waits for a lock.
async fn somebody_waits(client: &Client) {
    let waiting = "SELECT 1 FROM pg_stat_activity
                   WHERE wait_event_type = 'Lock' AND datname = current_database()";
    for _ in 0..2_000 {
        if !client.query(waiting, &[]).await.unwrap().is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody waits for a lock");
}

/// What an operation of a node comes to, while another node has done something that is not committed yet.
async fn beside(done: &str, operation: impl Operation + Send + 'static) -> Answer {
    let database = test_postgres::database().unwrap();
    let address = database.address.clone();
    let opening = thread::spawn(move || {
        let (mut node, _reader, _) = PostgresStore::open(&address, &Options::default()).unwrap();
        let opened = does(&mut node, code(AT));
        assert!(matches!(opened, Answer::OpenCode(answer) if *answer == OpenCodeAnswer::Opened));
        node
    });
    let mut node = opening.join().unwrap();
    let (other, watching) = (connected(&database).await, connected(&database).await);
    other
        .batch_execute(&format!("BEGIN; {done}"))
        .await
        .unwrap();
    let doing = thread::spawn(move || does(&mut node, operation));
    somebody_waits(&watching).await;
    other.batch_execute("COMMIT").await.unwrap();
    tokio::task::spawn_blocking(|| doing.join().unwrap())
        .await
        .unwrap()
}

async fn connected(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.address, NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_two_nodes_are_told_at_once_is_good_on_one_of_them() {
    let used = "UPDATE login_codes SET ended_at = now(), ended_why = 'used'";
    let answer = beside(used, UseCode { id: ID, at: AT }).await;
    assert!(matches!(answer, Answer::UseCode(is_good) if !*is_good));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sixth_try_is_none_however_many_nodes_are_tried_at_once() {
    let sixth = SpendTry {
        purpose: CodeFor::Login,
        browser: [3; 32],
        tries_max: 5,
        at: AT,
    };
    let answer = beside("UPDATE login_codes SET tries = 5", sixth).await;
    assert!(matches!(answer, Answer::SpendTry(code) if code.is_none()));
}
