//! A lane goes to another node while the one that had it is about to begin: what the first says afterwards of an
//! attempt of this number says nothing of the attempt that the other has open (G5, G8).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use domain::{AttemptId, Channel, Content, Ids, Kind, ManualClock, Timestamp};
use store::committer::Apply as _;
use store::costs::Counted;
use store::ops::{
    Accept, AcceptAnswer, Accepted, AddressEffects, Beat, Begin, BeginAnswer, CreateMember,
    Operation, Outcome, Settle, SettleAnswer,
};
use store::records::{ErrorNote, ExpectedFacts, NewMember, NewMessage};
use store::{LaneKey, Ownership, StoreError};
use store_postgres::{Options, PostgresStore, PostgresWriter};
use test_postgres::{Database, database, rows};

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

struct Node {
    writer: PostgresWriter,
    ownership: Arc<Ownership>,
}

impl Node {
    fn on(database: &Database, name: &str) -> Self {
        let options = Options {
            name: name.into(),
            ..Options::default()
        };
        let (writer, _, ownership) = PostgresStore::open(&database.address, &options).unwrap();
        Self { writer, ownership }
    }

    fn does<O: Operation>(&mut self, op: O) -> Result<O::Answer, StoreError> {
        let mut answers = self.writer.apply(&[op.into_op()], &mut Vec::new())?;
        Ok(O::from_answer(answers.pop().unwrap()?).unwrap())
    }

    fn beats(&mut self) {
        let beat = Beat {
            claims: true,
            at: NOW,
        };
        self.does(beat).unwrap();
    }

    /// A message to somebody new, whose lane this node has.
    fn accepts(&mut self, ids: &Ids) -> Accepted {
        let queue: domain::QueueName = "default".parse().unwrap();
        let member = std::iter::repeat_with(|| ids.member())
            .find(|member| {
                let lane = LaneKey::of(*member, &queue);
                self.ownership.owns(lane.shard())
            })
            .unwrap();
        let create = CreateMember {
            member: NewMember {
                id: member,
                name: "Maria".into(),
                phone: "+14155550123".parse().unwrap(),
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
        self.does(create).unwrap();
        let accept = Accept {
            messages: vec![NewMessage {
                id: ids.message(),
                member,
                kind: Kind::System,
                queue,
                channel: None,
                critical: false,
                content: Content::text_only("Squats").unwrap(),
                not_before: None,
                expires_at: None,
                in_reply_to: None,
                occasion: None,
                knocks_for: None,
                attempts_max: 3,
            }],
            idempotency: None,
            at: NOW,
        };
        let AcceptAnswer::Accepted { mut results, .. } = self.does(accept).unwrap() else {
            panic!("it is new")
        };
        results.pop().unwrap().unwrap()
    }

    /// Begins the first attempt.
    fn begins(&mut self, accepted: Accepted) -> Result<BeginAnswer, StoreError> {
        let epoch = self.ownership.epoch();
        self.does(Begin {
            seq: accepted.seq,
            attempt: first(accepted),
            epoch,
            channel: Channel::Sms,
            provider: domain::ProviderName::Twilio,
            from: "+14155550000".parse().unwrap(),
            to: "+14155550199".parse().unwrap(),
            template: None,
            segments: Some(1),
            expected: ExpectedFacts {
                consent_version: 0,
                window_ends_at: None,
                switches_version: 0,
            },
            cost: Counted(None),
            decision: r#"{"decision":"send"}"#.into(),
            at: NOW,
        })
    }

    /// Says of the first attempt that it was not made, as whoever was refused nothing but an answer.
    fn takes_back(&mut self, accepted: Accepted) -> SettleAnswer {
        let epoch = self.ownership.epoch();
        let error = ErrorNote {
            code: None,
            class: None,
            meaning: "the store went away before the request".into(),
        };
        self.does(Settle {
            seq: accepted.seq,
            attempt: first(accepted),
            epoch,
            outcome: Outcome::Again {
                at: NOW,
                counts: false,
                error,
                why: "retry".into(),
            },
            effects: AddressEffects::default(),
            at: NOW,
        })
        .unwrap()
    }
}

fn first(accepted: Accepted) -> AttemptId {
    AttemptId {
        message: accepted.id,
        number: 1,
    }
}

#[test]
fn who_has_lost_a_lane_takes_no_attempt_of_its_new_owner_back() {
    let database = database().unwrap();
    let ids = Ids::new(Arc::new(ManualClock::at(NOW)), 7);
    let (mut one, mut other) = (Node::on(&database, "one"), Node::on(&database, "other"));
    one.beats();
    other.beats();
    // It says that it gives half of them back, and does.
    one.beats();
    one.beats();
    other.beats();
    let accepted = other.accepts(&ids);
    assert_eq!(other.begins(accepted).unwrap(), BeginAnswer::Begun);

    // The first had claimed it while the lane was its own.
    assert!(matches!(one.begins(accepted), Err(StoreError::Fenced)));
    assert_eq!(one.takes_back(accepted), SettleAnswer::Fenced);

    let place = "SELECT status FROM message_queues";
    assert_eq!(rows(&database.address, place).unwrap(), ["begun"]);
    let open = "SELECT status FROM attempts WHERE settled_at IS NULL";
    assert_eq!(rows(&database.address, open).unwrap(), ["pending"]);
    // Whose attempt it is may.
    let settled = other.takes_back(accepted);
    assert!(matches!(settled, SettleAnswer::Settled(_)), "{settled:?}");
}
