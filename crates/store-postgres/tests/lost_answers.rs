//! The line is cut when COMMIT has gone out and its answer has not come back: the node asks what became of
//! its transaction, and goes on from there ([decision 0009]).
//!
//! [decision 0009]: ../../../docs/decisions/0009-many-nodes-on-postgresql.md
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use domain::{
    AttemptId, Channel, Content, Ids, Kind, ManualClock, ProviderName, QueueName, Timestamp,
};
use store::committer::Apply as _;
use store::ops::{
    Accept, AcceptAnswer, Beat, Begin, BeginAnswer, CreateMember, CreateMemberAnswer, Operation,
};
use store::records::{ExpectedFacts, Member, NewMember, NewMessage};
use store::{Epoch, Notice, Ownership, Seq, StoreError};
use store_postgres::{Options, PostgresStore, PostgresWriter};
use test_postgres::Database;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const AT: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// Between a node and its server. Once armed it hands the next COMMIT over and cuts the line before the
/// answer.
struct Line {
    address: String,
    state: Arc<State>,
    _runtime: Runtime,
}

#[derive(Default)]
struct State {
    armed: AtomicBool,
    /// Nobody gets through any more.
    shut: AtomicBool,
    shut_when_cut: AtomicBool,
    /// What the statement is called by which COMMIT was prepared.
    commit: Mutex<Vec<Vec<u8>>>,
}

impl Line {
    fn to(database: &Database) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (server, name) = database.address.rsplit_once('/').unwrap();
        let folder = server.rsplit_once('@').unwrap().1.replace("%2F", "/");
        let socket = format!("{folder}/.s.PGSQL.5432");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!(
            "postgres://postgres@{}/{name}",
            listener.local_addr().unwrap()
        );
        let state = Arc::new(State::default());
        let relaying = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if relaying.shut.load(Ordering::SeqCst) {
                    continue;
                }
                let server = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(relay(client, server, Arc::clone(&relaying)));
            }
        });
        Self {
            address,
            state,
            _runtime: runtime,
        }
    }

    /// The next COMMIT is not answered; afterwards the node may or may not reach the server again.
    fn cut_at_commit(&self, and_shut: bool) {
        self.state.shut_when_cut.store(and_shut, Ordering::SeqCst);
        self.state.armed.store(true, Ordering::SeqCst);
    }

    fn reopen(&self) {
        assert!(!self.state.armed.load(Ordering::SeqCst), "nothing was cut");
        self.state.shut.store(false, Ordering::SeqCst);
    }
}

async fn relay(client: TcpStream, server: UnixStream, state: Arc<State>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (cut, cutting) = oneshot::channel::<()>();
    let (gone, is_gone) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let is_cut = tokio::select! {
            _ = copy(&mut from_server, &mut to_client) => false,
            cut = cutting => cut.is_ok(),
        };
        drop((to_client, gone));
        if is_cut {
            // The server does not notice before it has done what it was told.
            let _ = copy(&mut from_server, &mut tokio::io::sink()).await;
        }
    });
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
        let said = bytes.get(..count).unwrap();
        state.note_commit(said);
        if state.has_commit(said) && state.armed.swap(false, Ordering::SeqCst) {
            let shut = state.shut_when_cut.load(Ordering::SeqCst);
            state.shut.store(shut, Ordering::SeqCst);
            cut.send(()).unwrap();
            // Its answer goes nowhere any more.
            is_gone.await.unwrap_err();
            to_server.write_all(said).await.unwrap();
            return;
        }
        if to_server.write_all(said).await.is_err() {
            return;
        }
    }
}

impl State {
    /// Remembers the name under which COMMIT is prepared: Parse is `P`, a length, the name, the text.
    fn note_commit(&self, said: &[u8]) {
        const TEXT: &[u8] = b"\0COMMIT\0";
        if let Some(end) = said.windows(TEXT.len()).position(|part| part == TEXT) {
            let before = said.get(..end).unwrap();
            let start = before.iter().rposition(|byte| *byte == 0 || *byte < b' ');
            let name = before.get(start.map_or(0, |at| at + 1)..).unwrap();
            self.commit.lock().unwrap().push(name.to_vec());
        }
    }

    /// Whether it is bound here: Bind is `B`, a length, the empty name of the portal, the statement's.
    fn has_commit(&self, said: &[u8]) -> bool {
        self.commit.lock().unwrap().iter().any(|name| {
            let bound = [&b"\0"[..], name, &b"\0"[..]].concat();
            said.windows(bound.len() + 5)
                .any(|part| part.first() == Some(&b'B') && part.ends_with(&bound))
        })
    }
}

/// A node behind such a line, with a member.
struct Node {
    writer: PostgresWriter,
    ownership: Arc<Ownership>,
    ids: Ids,
    notices: Vec<Notice>,
}

impl Node {
    fn on(address: &str, name: &str) -> Self {
        let options = Options {
            name: name.into(),
            ..Options::default()
        };
        let (writer, _, ownership) = PostgresStore::open(address, &options).unwrap();
        Self {
            writer,
            ownership,
            ids: Ids::new(Arc::new(ManualClock::at(AT)), 5),
            notices: Vec::new(),
        }
    }

    fn behind(line: &Line) -> (Self, Member) {
        let mut node = Self::on(&line.address, "behind a line");
        assert_eq!(node.beat().unwrap(), 64);
        let created = CreateMember {
            member: NewMember {
                id: node.ids.member(),
                name: "Ana".into(),
                phone: "+14155550123".parse().unwrap(),
                country: None,
                email: None,
                time_zone: "UTC".into(),
                locale: "en".into(),
                preferred_send_hour: 8,
                preferred_channel: None,
                programme: "starter".into(),
            },
            consents: Vec::new(),
            idempotency: None,
            at: AT,
        };
        let CreateMemberAnswer::Created { member, .. } = node.submit(created).unwrap() else {
            panic!("a new member");
        };
        (node, member)
    }

    fn submit<O: Operation>(&mut self, op: O) -> Result<O::Answer, StoreError> {
        let mut answers = self.writer.apply(&[op.into_op()], &mut self.notices)?;
        Ok(O::from_answer(answers.pop().unwrap()?).unwrap())
    }

    fn beat(&mut self) -> Result<u32, StoreError> {
        let beat = Beat {
            claims: true,
            at: AT,
        };
        Ok(self.submit(beat)?.shards)
    }

    fn epoch(&self) -> Epoch {
        self.ownership.epoch()
    }

    fn accepts(&mut self, member: &Member) -> Result<AcceptAnswer, StoreError> {
        let message = NewMessage {
            id: self.ids.message(),
            member: member.profile.id,
            kind: Kind::DailyWorkout,
            queue: QueueName::default(),
            channel: Some(Channel::Sms),
            critical: false,
            content: Content::text_only("Warm up, then squats").unwrap(),
            not_before: None,
            expires_at: None,
            in_reply_to: None,
            occasion: None,
            knocks_for: None,
            attempts_max: 3,
        };
        self.submit(Accept {
            messages: vec![message],
            idempotency: None,
            at: AT,
        })
    }

    fn begins(&mut self, seq: Seq, attempt: AttemptId) -> Result<BeginAnswer, StoreError> {
        self.submit(Begin {
            seq,
            attempt,
            epoch: self.epoch(),
            channel: Channel::Sms,
            provider: ProviderName::Twilio,
            from: "+14155550199".parse().unwrap(),
            to: "+14155550123".parse().unwrap(),
            template: None,
            segments: Some(1),
            expected: ExpectedFacts {
                consent_version: 0,
                window_ends_at: None,
                switches_version: 0,
            },
            decision: "{}".into(),
            at: AT,
        })
    }
}

fn seq_of(notices: &[Notice]) -> Option<Seq> {
    notices.iter().find_map(|notice| match notice {
        Notice::Waiting { seq, .. } => Some(*seq),
        _ => None,
    })
}

#[test]
fn a_commit_whose_answer_was_lost_is_answered_once_the_server_was_asked() {
    let database = test_postgres::database().unwrap();
    let line = Line::to(&database);
    let (mut node, member) = Node::behind(&line);
    let epoch = node.epoch();
    line.cut_at_commit(false);
    let accepted = node.accepts(&member).unwrap();
    assert!(
        matches!(accepted, AcceptAnswer::Accepted { .. }),
        "{accepted:?}"
    );
    assert!(!line.state.armed.load(Ordering::SeqCst), "nothing was cut");
    assert!(seq_of(&node.notices).is_some(), "{:?}", node.notices);
    assert_eq!(node.beat().unwrap(), 64);
    assert_eq!(node.epoch(), epoch);
}

#[test]
fn what_was_committed_unanswered_is_told_to_the_scheduler_when_the_server_is_back() {
    let database = test_postgres::database().unwrap();
    let line = Line::to(&database);
    let (mut node, member) = Node::behind(&line);
    line.cut_at_commit(true);
    assert!(node.accepts(&member).is_err());
    assert!(node.beat().is_err());
    assert_eq!(seq_of(&node.notices), None);
    line.reopen();
    assert_eq!(node.beat().unwrap(), 64);
    assert!(seq_of(&node.notices).is_some(), "{:?}", node.notices);
}

#[test]
fn an_attempt_begun_unanswered_is_not_left_begun() {
    let database = test_postgres::database().unwrap();
    let line = Line::to(&database);
    let (mut node, member) = Node::behind(&line);
    let AcceptAnswer::Accepted { results, .. } = node.accepts(&member).unwrap() else {
        panic!("accepted");
    };
    let message = results.first().unwrap().as_ref().unwrap().id;
    let seq = seq_of(&node.notices).unwrap();
    let attempt = |number| AttemptId { message, number };
    line.cut_at_commit(true);
    assert!(node.begins(seq, attempt(1)).is_err());
    line.reopen();
    node.notices.clear();
    node.beat().unwrap();
    let told = |notice: &Notice| match notice {
        Notice::Occupied { .. } => Some("occupied"),
        Notice::Waiting { .. } => Some("waiting"),
        _ => None,
    };
    let told: Vec<_> = node.notices.iter().filter_map(told).collect();
    assert_eq!(told, ["occupied", "waiting"]);
    // It was begun, certainly not made, and the next one is the second.
    assert_eq!(node.begins(seq, attempt(1)).unwrap(), BeginAnswer::Gone);
    assert_eq!(node.begins(seq, attempt(2)).unwrap(), BeginAnswer::Begun);
}

#[test]
fn shards_taken_unanswered_are_the_nodes_own() {
    let database = test_postgres::database().unwrap();
    let line = Line::to(&database);
    let mut other = Node::on(&database.address, "another");
    assert_eq!(other.beat().unwrap(), 64);
    let mut node = Node::on(&line.address, "behind a line");
    assert_eq!(node.beat().unwrap(), 0);
    assert_eq!(other.beat().unwrap(), 64); // says that it lets half of them go …
    assert_eq!(other.beat().unwrap(), 32); // … and does
    line.cut_at_commit(true);
    assert!(node.beat().is_err());
    line.reopen();
    assert_eq!(node.beat().unwrap(), 32);
    assert_eq!(node.ownership.shards().count(), 32);
}
