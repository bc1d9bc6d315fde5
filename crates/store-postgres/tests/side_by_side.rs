//! What one node does beside another, without an engine.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::thread::{self, JoinHandle};

use domain::{Channel, Handle, Ids, ManualClock, MemberId, MessageId, Timestamp};
use store::Notice;
use store::committer::Apply as _;
use store::ops::{
    Answering, Beat, CreateMember, ForAnswerAs, Op, Operation as _, RecordInbound, SetPauses,
};
use store::records::{InboundEffects, NewInbound, NewMember};
use store_postgres::{Options, PostgresStore, PostgresWriter};
use test_postgres::{Database, database};

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// Nodes on one database.
struct World {
    database: Database,
    ids: Ids,
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
            database,
        }
    }

    /// A node does this.
    async fn done(&self, name: &'static str, ops: Vec<Op>) {
        let database = self.database.clone();
        let node = thread::spawn(move || {
            let mut node = node(&database, name);
            for answer in node.apply(&ops, &mut Vec::new()).unwrap() {
                answer.unwrap();
            }
        });
        over(node).await;
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
                whose: Answering { member, inbound },
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
