//! What one node does while another is in the middle of something with the same member: a third connection holds a
//! row, so that it is seen what each of them waits for.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::thread::{self, JoinHandle};

use domain::{Channel, Handle, Ids, ManualClock, MemberId, MessageId, Seconds, Timestamp};
use store::Notice;
use store::committer::Apply as _;
use store::ops::{
    AnswerTo, Beat, CreateMember, EndHandOvers, EraseMember, ForAnswerAs, Op, Operation as _,
    RecordInbound, SetPauses, SetSwitch, TakeConversation,
};
use store::records::{InboundEffects, NewInbound, NewMember};
use store_postgres::{Options, PostgresStore, PostgresWriter};
use test_postgres::{Database, database, rows};
use tokio_postgres::{Client, NoTls};

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// When the conversation goes back to the rules by itself.
const END: Timestamp = Timestamp::from_seconds(1_795_003_600);

/// Two nodes on one database, and somebody who looks on.
struct World {
    database: Database,
    ids: Ids,
    beside: Client,
    watching: Client,
}

impl World {
    async fn new() -> Self {
        let database = tokio::task::spawn_blocking(|| database().unwrap())
            .await
            .unwrap();
        let first = database.clone();
        thread::spawn(move || drop(node(&first, "first")))
            .join()
            .unwrap();
        Self {
            ids: Ids::new(std::sync::Arc::new(ManualClock::at(NOW)), 7),
            beside: connect(&database).await,
            watching: connect(&database).await,
            database,
        }
    }

    /// A node does this; what it is answered comes when its thread is joined.
    fn does(&self, name: &'static str, ops: Vec<Op>) -> JoinHandle<()> {
        let database = self.database.clone();
        thread::spawn(move || {
            let mut node = node(&database, name);
            for answer in node.apply(&ops, &mut Vec::new()).unwrap() {
                answer.unwrap();
            }
        })
    }

    async fn done(&self, name: &'static str, ops: Vec<Op>) {
        over(self.does(name, ops)).await;
    }

    async fn member(&self, phone: &str) -> MemberId {
        let id = self.ids.member();
        let create = CreateMember {
            member: NewMember {
                id,
                name: "Maria".into(),
                phone: phone.parse().unwrap(),
                email: None,
                country: None,
                time_zone: "UTC".into(),
                locale: "en".into(),
                preferred_send_hour: 8,
                preferred_channel: None,
                preferences: domain::Preferences::default(),
                cohort: None,
                programme: "default".into(),
            },
            consents: Vec::new(),
            idempotency: None,
            at: NOW,
        };
        self.done("door", vec![create.into_op()]).await;
        id
    }

    /// Somebody writes from this number.
    fn heard(&self, phone: &str) -> Op {
        Self::heard_as(self.ids.message(), phone)
    }

    fn heard_as(id: MessageId, phone: &str) -> Op {
        RecordInbound {
            inbound: NewInbound {
                id,
                provider: domain::ProviderName::Twilio,
                account: "AC1".into(),
                provider_message_id: id.to_string(),
                channel: Channel::Sms,
                from: Handle::Phone(phone.parse().unwrap()),
                to: Handle::Phone("+14155550000".parse().unwrap()),
                text: "it hurts".into(),
                media: Vec::new(),
                button: None,
                metadata: "{}".into(),
                received_at: NOW,
            },
            effects: InboundEffects {
                needs_answer: true,
                ..InboundEffects::default()
            },
        }
        .into_op()
    }

    fn taken(member: MemberId) -> Op {
        TakeConversation {
            member,
            by: "Joana".into(),
            until: END,
            takes_over: false,
            at: NOW,
        }
        .into_op()
    }

    /// Waits until so many wait for a lock, or one of them has ended.
    async fn wait(&self, count: usize, nodes: &[&JoinHandle<()>]) {
        for _ in 0..20_000 {
            let waiting = self
                .watching
                .query(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                     AND datname = current_database()",
                    &[],
                )
                .await
                .unwrap();
            if waiting.len() >= count || nodes.iter().any(|node| node.is_finished()) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("nobody waits for a lock");
    }

    /// How many rows this finds.
    fn count(&self, select: &str) -> usize {
        let (address, select) = (self.database.address.clone(), select.to_owned());
        thread::spawn(move || rows(&address, &select).unwrap().len())
            .join()
            .unwrap()
    }
}

fn node(database: &Database, name: &str) -> PostgresWriter {
    let options = Options {
        name: name.into(),
        ..Options::default()
    };
    PostgresStore::open(&database.address, &options).unwrap().0
}

/// A node says that it lives, and whether it wants lanes; how many shards it has.
fn beat(node: &mut PostgresWriter, claims: bool) -> u32 {
    let op = Beat { claims, at: NOW }.into_op();
    let mut answers = node.apply(&[op], &mut Vec::new()).unwrap();
    let answer = answers.pop().unwrap().unwrap();
    Beat::from_answer(answer).unwrap().shards
}

async fn connect(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.address, NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

async fn over(node: JoinHandle<()>) {
    tokio::task::spawn_blocking(|| node.join().unwrap())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_with_an_answer_is_done_by_the_node_that_has_the_lanes() {
    let w = World::new().await;
    let member = w.member("+14155550123").await;
    let inbound = w.ids.message();
    let heard = World::heard_as(inbound, "+14155550123");
    let database = w.database.clone();
    let story = move || {
        let (mut one, mut other) = (node(&database, "one"), node(&database, "other"));
        assert_eq!((beat(&mut one, true), beat(&mut other, true)), (64, 0));
        // It is told to whoever answers it, and by the bell where that is another node.
        let mut notices = Vec::new();
        other.apply(&[heard], &mut notices).unwrap();
        assert!(!notices.contains(&Notice::Inbound), "{notices:?}");
        let pauses = |node: &mut PostgresWriter| {
            let done = ForAnswerAs {
                operation: SetPauses {
                    member,
                    pauses: Vec::new(),
                    at: NOW,
                },
                whose: AnswerTo { member, inbound },
            };
            let mut answers = node.apply(&[done.into_op()], &mut Vec::new()).unwrap();
            let answer = answers.pop().unwrap().unwrap();
            ForAnswerAs::<SetPauses>::from_answer(answer).unwrap()
        };
        assert_eq!(pauses(&mut other), None);
        assert_eq!(pauses(&mut one), Some(true));
        // It says that it leaves, leaves, and the other takes all over.
        beat(&mut one, false);
        beat(&mut one, false);
        assert_eq!(beat(&mut other, true), 64);
        assert_eq!(pauses(&mut one), None);
        assert_eq!(pauses(&mut other), Some(true));
    };
    tokio::task::spawn_blocking(story).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_over_that_two_nodes_end_ends_once() {
    let w = World::new().await;
    let member = w.member("+14155550123").await;
    w.done("console", vec![World::taken(member)]).await;
    w.beside
        .batch_execute("BEGIN; SELECT 1 FROM users FOR UPDATE")
        .await
        .unwrap();
    let end = || vec![EndHandOvers { at: END }.into_op()];
    let (one, other) = (w.does("one", end()), w.does("other", end()));
    w.wait(2, &[]).await;
    w.beside.batch_execute("ROLLBACK").await.unwrap();
    over(one).await;
    over(other).await;
    assert_eq!(w.count("SELECT 1 FROM conversations"), 0);
    let ended = "SELECT 1 FROM events WHERE kind = 'conversation.ended'";
    assert_eq!(w.count(ended), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_over_that_is_extended_as_it_ends_goes_on() {
    let w = World::new().await;
    let member = w.member("+14155550123").await;
    w.done("console", vec![World::taken(member)]).await;
    w.beside
        .batch_execute(
            "BEGIN; SELECT 1 FROM users FOR UPDATE;
             UPDATE conversations SET kept_until = kept_until + interval '1 hour'",
        )
        .await
        .unwrap();
    let ends = w.does("one", vec![EndHandOvers { at: END }.into_op()]);
    w.wait(1, &[]).await;
    w.beside.batch_execute("COMMIT").await.unwrap();
    over(ends).await;
    assert_eq!(w.count("SELECT 1 FROM conversations"), 1);
    let ended = "SELECT 1 FROM events WHERE kind = 'conversation.ended'";
    assert_eq!(w.count(ended), 0);
    let later = END + Seconds::new(3_600);
    w.done("one", vec![EndHandOvers { at: later }.into_op()])
        .await;
    assert_eq!(w.count("SELECT 1 FROM conversations"), 0);
}

/// Rows that still say something of an erased member.
const LEFT: &str = "SELECT 1 FROM messages m JOIN users u ON u.id = m.client_id
    WHERE u.erased_at IS NOT NULL AND (m.content <> '' OR m.phone_from IS NOT NULL)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_while_its_member_is_erased_does_not_stay() {
    let w = World::new().await;
    let member = w.member("+14155550123").await;
    w.beside
        .batch_execute("BEGIN; SELECT 1 FROM user_profiles FOR UPDATE")
        .await
        .unwrap();
    let erase = EraseMember {
        id: member,
        at: NOW,
    };
    let erases = w.does("one", vec![erase.into_op()]);
    w.wait(1, &[]).await;
    // Its messages are empty, and it is not erased yet.
    let hears = w.does("other", vec![w.heard("+14155550123")]);
    w.wait(2, &[&hears]).await;
    w.beside.batch_execute("ROLLBACK").await.unwrap();
    over(erases).await;
    over(hears).await;
    assert_eq!(
        w.count("SELECT 1 FROM users WHERE erased_at IS NOT NULL"),
        1
    );
    assert_eq!(w.count(LEFT), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_erased_while_something_of_theirs_is_written_leaves_nothing() {
    let w = World::new().await;
    let member = w.member("+14155550123").await;
    let other = w.member("+14155550124").await;
    w.beside
        .batch_execute("BEGIN; SELECT 1 FROM users WHERE phone_number = '+14155550124' FOR UPDATE")
        .await
        .unwrap();
    // Written and not committed: the same transaction waits for somebody else.
    let hears = w.does("other", vec![w.heard("+14155550123"), World::taken(other)]);
    w.wait(1, &[]).await;
    let erase = EraseMember {
        id: member,
        at: NOW,
    };
    let erases = w.does("one", vec![erase.into_op()]);
    w.wait(2, &[&erases]).await;
    w.beside.batch_execute("ROLLBACK").await.unwrap();
    over(hears).await;
    over(erases).await;
    assert_eq!(
        w.count("SELECT 1 FROM users WHERE erased_at IS NOT NULL"),
        1
    );
    assert_eq!(w.count("SELECT 1 FROM messages"), 1, "it was heard");
    assert_eq!(w.count(LEFT), 0);
}

/// What every writing transaction of a node holds until it ends, for as long as one of a busy node takes.
const WRITES: &str = "BEGIN;
    SELECT pg_advisory_xact_lock_shared(113771225248361); SELECT 1 FROM instance FOR SHARE;
    SELECT pg_sleep(0.01); COMMIT";

/// There is always somebody who writes: whoever stops everything must not wait for a moment without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_is_turned_while_many_nodes_write_without_a_pause() {
    let world = World::new().await;
    let mut writing = Vec::new();
    for _ in 0..12 {
        let node = connect(&world.database).await;
        writing.push(tokio::spawn(async move {
            loop {
                node.batch_execute(WRITES).await.unwrap();
            }
        }));
    }
    let switch = SetSwitch {
        scope: "all".into(),
        on: true,
        reason: "something is wrong".into(),
        actor: "Vera".into(),
        at: NOW,
    };
    world.done("operator", vec![switch.into_op()]).await;
    for node in &writing {
        assert!(!node.is_finished(), "they still write");
        node.abort();
    }
}
