//! What a message costs the writer: accept, begin, settle and two receipts through the committer,
//! durable, from many callers at once; then a first scan over many waiting places.
//!
//! `cargo run --release -p gymtext-store-sqlite --example cycle [messages] [waiting places]`
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement, run by hand"
)]

use std::sync::Arc;
use std::time::Instant;

use domain::{
    AttemptId, Channel, Content, DeliveryStatus, Handle, Ids, Kind, ManualClock, MemberId,
    ProviderName, QueueName, Seconds, Timestamp,
};
use store::committer::Committer;
use store::ops::{
    Accept, AcceptAnswer, AddressEffects, Begin, BeginAnswer, CreateMember, OnFailure, Outcome,
    Receipt, Settle,
};
use store::questions::{Ask, FactsOf, Places, StatsNow};
use store::records::{ExpectedFacts, NewMember, NewMessage};
use store::{Epoch, Seq};
use store_sqlite::{Options, SqliteStore};

const MEMBERS: u32 = 2_000;
const CALLERS: u32 = 512;

struct Bench {
    committer: Committer,
    epoch: Epoch,
    ids: Ids,
    at: Timestamp,
}

impl Bench {
    fn phone(number: u32) -> domain::PhoneNumber {
        format!("+1415{number:07}").parse().unwrap()
    }

    async fn member(&self, number: u32) -> MemberId {
        let id = self.ids.member();
        let member = NewMember {
            id,
            name: "Ana".into(),
            phone: Self::phone(number),
            country: Some("US".into()),
            email: None,
            time_zone: "America/New_York".into(),
            locale: "en".into(),
            preferred_send_hour: 7,
            preferred_channel: None,
            preferences: domain::Preferences::default(),
            cohort: None,
            programme: "starter".into(),
        };
        let (consents, idempotency, at) = (Vec::new(), None, self.at);
        let create = CreateMember {
            member,
            consents,
            idempotency,
            at,
        };
        self.committer.submit(create).await.unwrap();
        id
    }

    fn message(&self, member: MemberId) -> NewMessage {
        NewMessage {
            id: self.ids.message(),
            member,
            kind: Kind::Broadcast,
            queue: QueueName::default(),
            channel: None,
            critical: false,
            content: Content::text_only(&"Warm up 10 minutes, then squats 5 x 5. ".repeat(6))
                .unwrap(),
            not_before: None,
            expires_at: Some(self.at + Seconds::new(86_400)),
            in_reply_to: None,
            occasion: None,
            knocks_for: None,
            attempts_max: 3,
        }
    }

    async fn cycle(&self, member: MemberId, number: u32) {
        let at = self.at;
        let accept = Accept {
            messages: vec![self.message(member)],
            idempotency: None,
            at,
        };
        let AcceptAnswer::Accepted { results, .. } = self.committer.submit(accept).await.unwrap()
        else {
            panic!("no key was given");
        };
        let accepted = results[0].unwrap();
        let attempt = AttemptId {
            message: accepted.id,
            number: 1,
        };
        let begin = Begin {
            seq: accepted.seq,
            attempt,
            epoch: self.epoch,
            channel: Channel::Sms,
            provider: ProviderName::Twilio,
            from: Handle::Phone(Self::phone(9_999_999)),
            to: Handle::Phone(Self::phone(number)),
            template: None,
            segments: Some(2),
            expected: ExpectedFacts::default(),
            cost: store::costs::Counted(None),
            decision: format!(r#"{{"decision":"send","why":"{}"}}"#, "reasons ".repeat(25)),
            at,
        };
        assert_eq!(
            self.committer.submit(begin).await.unwrap(),
            BeginAnswer::Begun
        );
        let id = format!("SM{:032x}", accepted.seq.0);
        let settle = Settle {
            seq: accepted.seq,
            attempt,
            epoch: self.epoch,
            outcome: Outcome::Accepted {
                provider_message_id: id.clone(),
                status: DeliveryStatus::Accepted,
                segments: Some(2),
                lane_waits_until: at + Seconds::new(600),
            },
            effects: AddressEffects::default(),
            at,
        };
        self.committer.submit(settle).await.unwrap();
        for status in [DeliveryStatus::Sent, DeliveryStatus::Delivered] {
            let receipt = Receipt {
                attempt: Some(attempt),
                provider_message_id: id.clone(),
                provider: ProviderName::Twilio,
                word: status.as_str().into(),
                status: Some(status),
                error: None,
                effects: AddressEffects::default(),
                on_failure: OnFailure::End,
                at,
            };
            self.committer.submit(receipt).await.unwrap();
        }
    }
}

/// CPU time of the writing thread so far, in microseconds.
fn writer_micros() -> f64 {
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let task = task.unwrap().path();
        let name = std::fs::read_to_string(task.join("comm")).unwrap();
        if name.trim() == "committer" {
            let stat = std::fs::read_to_string(task.join("schedstat")).unwrap();
            let nanos: f64 = stat.split(' ').next().unwrap().parse().unwrap();
            return nanos / 1e3;
        }
    }
    0.0
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|n| n.parse::<u32>().unwrap());
    let messages = numbers.next().unwrap_or(200_000);
    let waiting = numbers.next().unwrap_or(1_000_000);
    let directory = tempfile::tempdir_in(".").unwrap();
    let options = Options {
        hash_key: [7; 32],
        migrate: true,
    };
    let path = directory.path().join("gymtext.db");
    let (writer, reader, epoch) = SqliteStore::open(&path, &options).unwrap();
    let (committer, thread) = Committer::start(Box::new(writer), Arc::new(|_| ())).unwrap();
    let at = Timestamp::from_seconds(1_795_000_000);
    let bench = Arc::new(Bench {
        committer,
        epoch,
        ids: Ids::new(Arc::new(ManualClock::at(at)), 3),
        at,
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut members = Vec::new();
        for number in 0..MEMBERS {
            members.push((bench.member(number).await, number));
        }
        let members = Arc::new(members);
        for round in 1..=2 {
            let (start, cpu) = (Instant::now(), writer_micros());
            let mut callers = tokio::task::JoinSet::new();
            for caller in 0..CALLERS {
                let (bench, members) = (Arc::clone(&bench), Arc::clone(&members));
                callers.spawn(async move {
                    for index in 0..messages / CALLERS {
                        let at = (index * CALLERS + caller) % MEMBERS;
                        let (member, number) = members[usize::try_from(at).unwrap()];
                        bench.cycle(member, number).await;
                    }
                });
            }
            callers.join_all().await;
            let done = f64::from(messages / CALLERS * CALLERS);
            println!(
                "round {round}: {:.0} cycles/s, {:.1} µs of the writer's CPU per message",
                done / start.elapsed().as_secs_f64(),
                (writer_micros() - cpu) / done
            );
        }
        let start = Instant::now();
        for index in 0..1_000_u32 {
            let (member, number) = members[usize::try_from(index % MEMBERS).unwrap()];
            bench.cycle(member, number).await;
        }
        println!(
            "one caller alone: {:.0} µs per operation",
            start.elapsed().as_secs_f64() * 1e6 / 5_000.0
        );

        let (start, cpu) = (Instant::now(), writer_micros());
        for batch in 0..waiting / 1_000 {
            let messages = (0..1_000)
                .map(|index| {
                    let at = (batch * 1_000 + index) % MEMBERS;
                    bench.message(members[usize::try_from(at).unwrap()].0)
                })
                .collect();
            let accept = Accept {
                messages,
                idempotency: None,
                at,
            };
            bench.committer.submit(accept).await.unwrap();
        }
        println!(
            "{waiting} accepted in batches: {:.0}/s, {:.1} µs of the writer's CPU each",
            f64::from(waiting) / start.elapsed().as_secs_f64(),
            (writer_micros() - cpu) / f64::from(waiting)
        );
        let ask: Arc<dyn Ask> = Arc::new(reader.clone());
        let (start, mut after, mut found) = (Instant::now(), Seq(0), 0);
        let mut seqs = Vec::new();
        loop {
            let page = ask
                .question(Places {
                    after,
                    limit: 20_000,
                })
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = last.seq;
            found += page.len();
            if seqs.is_empty() {
                seqs = page.iter().take(5_000).map(|place| place.seq).collect();
            }
        }
        println!("{found} places scanned in {:?}", start.elapsed());
        let start = Instant::now();
        let stats = ask.question(StatsNow { at }).await.unwrap();
        println!("stats ({} waiting) in {:?}", stats.waiting, start.elapsed());
        let start = Instant::now();
        let facts = ask.question(FactsOf { seqs }).await.unwrap();
        println!(
            "facts: {:.1} µs each",
            start.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(facts.len()).unwrap())
        );
    });
    drop(runtime);
    drop(bench);
    thread.join().unwrap();
}
