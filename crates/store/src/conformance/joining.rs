//! Members made many at once.

use domain::{Channel, ConsentEvent, ConsentState, Handle, MemberId, OperatorId};

use super::acts::entry;
use super::world::World;
use crate::ops::{
    AuditedAs, ChangeConsent, CreateMember, CreateMemberAnswer, CreateMembers, CreateMembersAnswer,
    EraseMember, ImportSuppressions, Joined, Op, Operation, RecordInbound, RecordInboundAnswer,
};
use crate::questions::{AuditLog, ConsentsOf, LedgerOf, OwnersOf, StatsNow};
use crate::records::{
    AuditEntry, ConsentEntry, ConsentRecord, Idempotency, InboundEffects, NewMember,
};

/// A member to be, who agreed to some channels as a list says.
fn said_to_agree(new: NewMember, channels: &[Channel]) -> (NewMember, Vec<ConsentEntry>) {
    let consents = channels.iter().map(|channel| {
        let handle = match channel {
            Channel::Email => Handle::Email(new.email.as_deref().expect("an address").into()),
            _ => Handle::Phone(new.phone.clone()),
        };
        ConsentEntry {
            own_act: false,
            source: "old_list".into(),
            ..entry(*channel, &handle, ConsentEvent::OptIn)
        }
    });
    let consents = consents.collect();
    (new, consents)
}

fn all(w: &World, members: Vec<(NewMember, Vec<ConsentEntry>)>) -> CreateMembers {
    CreateMembers {
        members,
        idempotency: None,
        at: w.now(),
    }
}

async fn made(w: &World, members: Vec<(NewMember, Vec<ConsentEntry>)>) -> Vec<Joined> {
    match w.submit(all(w, members)).await {
        CreateMembersAnswer::Done { results, replayed } if !replayed => results,
        other => panic!("made, not {other:?}"),
    }
}

async fn consent(w: &World, channel: Channel, new: &NewMember) -> Option<ConsentRecord> {
    let handle = match channel {
        Channel::Email => Handle::Email(new.email.as_deref().expect("an address").into()),
        _ => Handle::Phone(new.phone.clone()),
    };
    let addresses = vec![(channel, handle)];
    w.ask(ConsentsOf { addresses }).await.pop()
}

pub(super) async fn many_join_at_once_and_who_has_a_number_is_named(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let mut ben = w.somebody("Ben");
    ben.email = Some("ben@example.com".into());
    ben.preferred_channel = Some(Channel::Email);
    ben.cohort = Some("team".into());
    let cleo = w.somebody("Cleo");
    let (mut twin, mut other_ana) = (w.somebody("Twin"), w.somebody("Other Ana"));
    twin.phone = cleo.phone.clone();
    other_ana.phone = ana.profile.phone.clone();
    let dora = w.somebody("Dora");
    let results = made(
        &w,
        vec![
            said_to_agree(ben.clone(), &[Channel::Email, Channel::Whatsapp]),
            said_to_agree(other_ana, &[Channel::Sms]),
            said_to_agree(cleo.clone(), &[Channel::Sms]),
            said_to_agree(twin, &[Channel::Whatsapp]),
            said_to_agree(dora.clone(), &[]),
        ],
    )
    .await;
    assert_eq!(
        results,
        [
            Joined::Made(ben.id),
            Joined::Known(ana.profile.id),
            Joined::Made(cleo.id),
            Joined::Known(cleo.id),
            Joined::Made(dora.id),
        ]
    );
    let read = w.member_now(ben.id).await.expect("he exists");
    assert_eq!(read.profile.name.as_str(), "Ben");
    assert_eq!(read.profile.email.as_deref(), Some("ben@example.com"));
    assert_eq!(read.profile.preferred_channel, Some(Channel::Email));
    assert_eq!(read.profile.cohort.as_deref(), Some("team"));
    assert_eq!(read.profile.time_zone, "America/New_York");
    assert_eq!(
        (read.created_at, read.updated_at),
        (w.now(), w.now()),
        "made now"
    );
    for (channel, new, agreed) in [
        (Channel::Email, &ben, true),
        (Channel::Whatsapp, &ben, true),
        (Channel::Sms, &ben, false),
        (Channel::Sms, &cleo, true),
        (Channel::Whatsapp, &cleo, false),
        (Channel::Sms, &dora, false),
        (Channel::Sms, &ana.profile, false),
    ] {
        let record = consent(&w, channel, new).await;
        let state = record.map(|record| (record.state, record.version));
        let state = state.filter(|(state, _)| *state != ConsentState::Unknown);
        assert_eq!(
            state,
            agreed.then_some((ConsentState::OptedIn, 1)),
            "{channel}"
        );
    }
    let addresses = vec![(Channel::Sms, Handle::Phone(cleo.phone.clone()))];
    let lines = w.ask(LedgerOf { addresses }).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].entry.source, "old_list");
    assert_eq!(
        (lines[0].state, lines[0].version),
        (ConsentState::OptedIn, 1)
    );
    assert_eq!(w.ask(StatsNow { at: w.now() }).await.members, 4);
    let nobody = w.somebody("Nobody").phone;
    let asked = OwnersOf {
        phones: vec![cleo.phone.clone(), nobody, ana.profile.phone.clone()],
    };
    assert_eq!(
        w.ask(asked).await,
        [Some(cleo.id), None, Some(ana.profile.id)]
    );
    w
}

pub(super) async fn the_same_key_makes_many_once(w: World) -> World {
    let key = |fingerprint| Idempotency {
        scope: "api".into(),
        key: "list-1".into(),
        fingerprint: [fingerprint; 32],
    };
    let (ana, ben) = (w.somebody("Ana"), w.somebody("Ben"));
    let call = |people: [&NewMember; 2], fingerprint| CreateMembers {
        idempotency: Some(key(fingerprint)),
        ..all(
            &w,
            people
                .iter()
                .map(|new| ((*new).clone(), Vec::new()))
                .collect(),
        )
    };
    let first = w.submit(call([&ana, &ben], 1)).await;
    let CreateMembersAnswer::Done { results, replayed } = first else {
        panic!("made, not {first:?}");
    };
    assert!(!replayed);
    let again = [w.somebody("Ana"), w.somebody("Ben")];
    let again = w.submit(call([&again[0], &again[1]], 1)).await;
    assert_eq!(
        again,
        CreateMembersAnswer::Done {
            results,
            replayed: true
        }
    );
    let others = [w.somebody("Cleo"), w.somebody("Dora")];
    let reused = w.submit(call([&others[0], &others[1]], 2)).await;
    assert_eq!(reused, CreateMembersAnswer::KeyReused);
    assert!(w.member_now(others[0].id).await.is_none());
    w
}

pub(super) async fn who_is_known_of_before_stays_stopped_among_many(w: World) -> World {
    let gone = w.member("Gone", &[Channel::Sms]).await;
    w.consent(&gone, Channel::Sms, ConsentEvent::OptOut).await;
    w.submit(EraseMember {
        id: gone.profile.id,
        at: w.now(),
    })
    .await;
    let listed = w.somebody("Listed");
    let stop = ConsentEntry {
        own_act: false,
        ..entry(
            Channel::Whatsapp,
            &Handle::Phone(listed.phone.clone()),
            ConsentEvent::OptOut,
        )
    };
    w.submit(ImportSuppressions {
        lines: vec![(stop, w.now())],
        idempotency: None,
        at: w.now(),
    })
    .await;
    let mut back = w.somebody("Back");
    back.phone = gone.profile.phone.clone();
    let (mut first, mut second) = (w.somebody("First"), w.somebody("Second"));
    first.email = Some("first@example.com".into());
    second.email = Some("second@example.com".into());
    let plain = w.somebody("Plain");
    let both = [Channel::Sms, Channel::Whatsapp];
    let results = made(
        &w,
        vec![
            said_to_agree(first.clone(), &[Channel::Email]),
            said_to_agree(back.clone(), &both),
            said_to_agree(listed.clone(), &both),
            said_to_agree(second.clone(), &[Channel::Email]),
            said_to_agree(plain.clone(), &both),
        ],
    )
    .await;
    let ids = [first.id, back.id, listed.id, second.id, plain.id];
    assert_eq!(results, ids.map(Joined::Made));
    for (channel, new, state, version) in [
        (Channel::Email, &first, ConsentState::OptedIn, 1),
        (Channel::Email, &second, ConsentState::OptedIn, 1),
        (Channel::Sms, &back, ConsentState::OptedOut, 2),
        (Channel::Whatsapp, &back, ConsentState::OptedIn, 1),
        (Channel::Sms, &listed, ConsentState::OptedIn, 1),
        (Channel::Whatsapp, &listed, ConsentState::OptedOut, 2),
        (Channel::Sms, &plain, ConsentState::OptedIn, 1),
    ] {
        let record = consent(&w, channel, new).await.expect("a consent");
        assert_eq!(
            (record.state, record.version),
            (state, version),
            "{channel}"
        );
    }
    w
}

pub(super) async fn what_follows_in_one_batch_finds_those_who_joined(w: World) -> World {
    let (ana, ben) = (w.somebody("Ana"), w.somebody("Ben"));
    let twin = NewMember {
        phone: ana.phone.clone(),
        ..w.somebody("Twin")
    };
    let one = |new: &NewMember| {
        let (member, consents) = said_to_agree(new.clone(), &[Channel::Sms]);
        CreateMember {
            member,
            consents,
            idempotency: None,
            at: w.now(),
        }
    };
    // As a number that nobody has yet: the address is all that is known of who wrote.
    let stranger = w.member("Stranger", &[]).await;
    let mut wrote = w.inbound(&stranger, Channel::Sms, "Hello");
    wrote.from = Handle::Phone(ben.phone.clone());
    let stop = entry(
        Channel::Sms,
        &Handle::Phone(ana.phone.clone()),
        ConsentEvent::OptOut,
    );
    let ops: Vec<Op> = vec![
        one(&ana).into_op(),
        one(&twin).into_op(),
        one(&ben).into_op(),
        RecordInbound {
            inbound: wrote,
            effects: InboundEffects::default(),
        }
        .into_op(),
        ChangeConsent {
            entry: stop,
            at: w.now(),
        }
        .into_op(),
    ];
    for op in &ops {
        w.note_use(op.name());
    }
    let answers = w
        .committer()
        .submit_all(ops)
        .await
        .expect("the store works");
    let mut answers = answers.into_iter().map(|one| one.expect("an answer"));
    let mut next = || answers.next().expect("one more");
    for (id, is_made) in [(ana.id, true), (ana.id, false), (ben.id, true)] {
        let answer = CreateMember::from_answer(next()).expect("of its kind");
        match answer {
            CreateMemberAnswer::Created { member, .. } => {
                assert_eq!((member.profile.id, true), (id, is_made));
            }
            CreateMemberAnswer::PhoneTaken(owner) => assert_eq!((owner, false), (id, is_made)),
            CreateMemberAnswer::KeyReused => panic!("there was no key"),
        }
    }
    let recorded = RecordInbound::from_answer(next()).expect("of its kind");
    assert!(
        matches!(recorded, RecordInboundAnswer::Recorded { member: Some(id), .. } if id == ben.id),
        "{recorded:?}"
    );
    let stopped = ChangeConsent::from_answer(next()).expect("of its kind");
    assert_eq!(stopped.record.state, ConsentState::OptedOut);
    assert_eq!(stopped.record.version, 2);
    w
}

pub(super) async fn of_many_who_are_made_each_is_kept_in_the_log(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let (ben, cleo) = (w.somebody("Ben"), w.somebody("Cleo"));
    let again = NewMember {
        phone: ana.profile.phone.clone(),
        ..w.somebody("Again")
    };
    let plain = |new: &NewMember| (new.clone(), Vec::new());
    let audited = |members: Vec<(NewMember, Vec<ConsentEntry>)>| AuditedAs {
        operation: all(&w, members),
        entry: AuditEntry {
            operator: None::<OperatorId>,
            actor: "api:crm".into(),
            action: "member.create".into(),
            subject: "members".into(),
            member: None,
            before: String::new(),
            after: String::new(),
        },
        at: w.now(),
    };
    let list = vec![plain(&ben), plain(&again), plain(&cleo)];
    w.submit(audited(list.clone())).await;
    w.submit(audited(list)).await;
    let log = w
        .ask(AuditLog {
            member: None,
            before: None,
            limit: 10,
        })
        .await;
    let told: Vec<(Option<MemberId>, &str)> = log
        .iter()
        .map(|line| (line.entry.member, line.entry.subject.as_str()))
        .collect();
    let (ben_word, cleo_word) = (ben.id.to_string(), cleo.id.to_string());
    assert_eq!(
        told,
        [
            (Some(cleo.id), cleo_word.as_str()),
            (Some(ben.id), ben_word.as_str())
        ]
    );
    w
}
