//! Connections that break at the worst moment: between us and the server stands a proxy that cuts a
//! connection right before a chosen answer. A transaction whose COMMIT was answered to nobody either happened or
//! did not; the scheduler hears of it if it did, and only then (G32).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use domain::{Content, Ids, Kind, ManualClock, MemberId, Timestamp};
use store::committer::{Apply as _, Committer, NoticeSink};
use store::ops::{
    Accept, AcceptAnswer, Beat, BeatAnswer, CreateMember, CreateMemberAnswer, Operation as _,
};
use store::records::{Idempotency, NewMember, NewMessage};
use store::{Notice, Ownership, Shard, StoreError};
use store_postgres::{Options, PostgresStore, PostgresWriter};
use test_postgres::{Cluster, database_on, rows, run};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

/// What the proxy waits for; the connection that hears it is cut instead.
type Trap = Arc<Mutex<Option<&'static [u8]>>>;

/// Hands everything on from a socket in `here` to the server in `there`.
fn proxy(here: &Path, there: std::path::PathBuf, trap: Trap) {
    let listener = UnixListener::bind(here.join(".s.PGSQL.5432")).unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = UnixStream::connect(&there).await.unwrap();
            tokio::spawn(hand_on(client, server, Arc::clone(&trap)));
        }
    });
}

async fn hand_on(client: UnixStream, server: UnixStream, trap: Trap) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
        let said = bytes.get(..length).unwrap_or_default();
        let cut = {
            let mut trap = trap.lock().unwrap();
            let heard = trap.is_some_and(|word| said.windows(word.len()).any(|part| part == word));
            heard && trap.take().is_some()
        };
        if cut || to_client.write_all(said).await.is_err() {
            break;
        }
    }
    up.abort();
}

/// A database, and the way to it that may be cut.
struct Far {
    cluster: Cluster,
    here: tempfile::TempDir,
    trap: Trap,
    /// Through the proxy.
    address: String,
    /// Past it.
    straight: String,
}

impl Far {
    async fn new() -> Self {
        let cluster = tokio::task::spawn_blocking(|| Cluster::start().unwrap())
            .await
            .unwrap();
        let straight = database_on(&cluster.server()).unwrap();
        let (_, name) = straight.rsplit_once('/').unwrap();
        let here = tempfile::tempdir().unwrap();
        let trap = Trap::default();
        proxy(here.path(), cluster.socket(), Arc::clone(&trap));
        let socket = here.path().display().to_string().replace('/', "%2F");
        let address = format!("postgres://postgres@{socket}/{name}");
        Self {
            cluster,
            here,
            trap,
            address,
            straight,
        }
    }
}

struct World {
    committer: Committer,
    notices: Arc<Mutex<Vec<Notice>>>,
    trap: Trap,
    ids: Ids,
    member: MemberId,
    /// Past the proxy.
    straight: String,
    _cluster: Cluster,
    _here: tempfile::TempDir,
}

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

impl World {
    async fn new() -> Self {
        let Far {
            cluster,
            here,
            trap,
            address,
            straight,
        } = Far::new().await;
        let options = Options {
            take_over: true,
            ..Options::default()
        };
        let opened = tokio::task::spawn_blocking(move || PostgresStore::open(&address, &options));
        let (writer, _reader, _ownership) = opened.await.unwrap().unwrap();
        let notices = Arc::<Mutex<Vec<Notice>>>::default();
        let told = Arc::clone(&notices);
        let sink: NoticeSink =
            Arc::new(move |new: &[Notice]| told.lock().unwrap().extend_from_slice(new));
        let (committer, _thread) = Committer::start(Box::new(writer), sink).unwrap();
        let ids = Ids::new(Arc::new(ManualClock::at(NOW)), 7);
        let member = ids.member();
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
        let made = committer.submit(create).await.unwrap();
        assert!(matches!(made, CreateMemberAnswer::Created { .. }));
        notices.lock().unwrap().clear();
        Self {
            committer,
            notices,
            trap,
            ids,
            member,
            straight,
            _cluster: cluster,
            _here: here,
        }
    }

    /// Accepts the same message under the same key.
    async fn accept(&self) -> Result<AcceptAnswer, StoreError> {
        let accept = Accept {
            messages: vec![NewMessage {
                id: self.ids.message(),
                member: self.member,
                kind: Kind::System,
                queue: "default".parse().unwrap(),
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
            idempotency: Some(Idempotency {
                scope: "messages".into(),
                key: "one".into(),
                fingerprint: [1; 32],
            }),
            at: NOW,
        };
        self.committer.submit(accept).await
    }

    /// How often the scheduler was told that a place waits, once everything before is written.
    async fn waiting(&self) -> usize {
        self.committer.prove().await.unwrap();
        // Notices follow the answers: what comes before another answer has been told.
        self.committer.prove().await.unwrap();
        let notices = self.notices.lock().unwrap();
        let waiting = |notice: &&Notice| matches!(notice, Notice::Waiting { .. });
        notices.iter().filter(waiting).count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_and_not_answered_is_told_to_the_scheduler_once() {
    let world = World::new().await;
    *world.trap.lock().unwrap() = Some(b"COMMIT\0");
    let lost = world.accept().await;
    assert!(
        matches!(lost, Err(StoreError::Unavailable(_))),
        "nobody was told: {lost:?}"
    );
    assert_eq!(world.waiting().await, 1);
    let again = world.accept().await.unwrap();
    assert!(
        matches!(again, AcceptAnswer::Accepted { replayed: true, .. }),
        "it had been stored: {again:?}"
    );
    assert_eq!(world.waiting().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_it_is_where_a_dump_was_read_into_a_younger_server() {
    let world = World::new().await;
    // As `home confirm` leaves it: events go on being numbered upwards.
    let address = world.straight.clone();
    let moved = move || run(&address, "UPDATE instance SET events_from = 1000000").unwrap();
    tokio::task::spawn_blocking(moved).await.unwrap();
    *world.trap.lock().unwrap() = Some(b"COMMIT\0");
    let lost = world.accept().await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert_eq!(world.waiting().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_before_its_commit_is_told_to_nobody() {
    let world = World::new().await;
    *world.trap.lock().unwrap() = Some(b"BEGIN\0");
    let lost = world.accept().await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert_eq!(world.waiting().await, 0);
    let again = world.accept().await.unwrap();
    assert!(
        matches!(
            again,
            AcceptAnswer::Accepted {
                replayed: false,
                ..
            }
        ),
        "it had not been stored: {again:?}"
    );
    assert_eq!(world.waiting().await, 1);
}

fn node(address: &str, name: &str) -> (PostgresWriter, Arc<Ownership>) {
    let options = Options {
        name: name.into(),
        ..Options::default()
    };
    let (writer, _reader, ownership) = PostgresStore::open(address, &options).unwrap();
    (writer, ownership)
}

fn beat(node: &mut PostgresWriter) -> Result<BeatAnswer, StoreError> {
    let op = Beat {
        claims: true,
        at: NOW,
    };
    let mut answers = node.apply(&[op.into_op()], &mut Vec::new())?;
    Ok(Beat::from_answer(answers.pop().unwrap()?).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shards_that_were_taken_by_a_beat_nobody_was_answered_are_not_lost() {
    let far = Far::new().await;
    let story = move || {
        let (mut one, ownership) = node(&far.address, "one");
        let (mut other, _) = node(&far.straight, "other");
        beat(&mut one).unwrap();
        beat(&mut other).unwrap();
        // It says that it gives half of them back, does, and the other takes them.
        beat(&mut one).unwrap();
        beat(&mut one).unwrap();
        assert_eq!(beat(&mut other).unwrap().shards, 32);
        // The other dies; nothing waits in any lane. Who takes over is not answered.
        let dies = "UPDATE nodes SET lease_until = clock_timestamp() - interval '1 minute'
                    WHERE name = 'other'";
        run(&far.straight, dies).unwrap();
        *far.trap.lock().unwrap() = Some(b"COMMIT\0");
        let lost = beat(&mut one);
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
        // Until it may connect again.
        let again = (0..100_000).find_map(|_| {
            std::thread::yield_now();
            beat(&mut one).ok()
        });
        assert_eq!(again.map(|answer| answer.shards), Some(64));
        let said = format!(
            "SELECT shard FROM shards WHERE owner = {} ORDER BY shard",
            ownership.epoch().0
        );
        let believed: Vec<String> = ownership
            .shards()
            .iter()
            .map(|shard: Shard| shard.number().to_string())
            .collect();
        assert_eq!(rows(&far.straight, &said).unwrap(), believed);
        drop(far.cluster);
    };
    tokio::task::spawn_blocking(story).await.unwrap();
}
