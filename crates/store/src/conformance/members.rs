//! Members: made, changed, listed, erased.

use domain::{Channel, ConsentEvent, ConsentState, DeliveryStatus, Kind, MemberId, Seconds, Text};

use super::acts::entry;
use super::world::World;
use crate::ops::{
    Accept, AcceptAnswer, AcceptRefusal, ChangeConsent, CreateMember, CreateMemberAnswer,
    EraseMember, UpdateMember, UpdateMemberAnswer,
};
use crate::questions::{ConsentsOf, DueMembers, MadeAt, Members, NamesOf, TimeZones};
use crate::records::{Idempotency, MemberChanges};

pub(super) async fn a_member_reads_back_as_created(w: World) -> World {
    let mut new = w.somebody("Ana");
    new.email = Some("ana@example.com".into());
    new.preferred_channel = Some(Channel::Whatsapp);
    let answer = w
        .submit(CreateMember {
            member: new.clone(),
            consents: vec![entry(
                Channel::Whatsapp,
                &domain::Handle::Phone(new.phone.clone()),
                ConsentEvent::OptIn,
            )],
            idempotency: None,
            at: w.now(),
        })
        .await;
    assert!(matches!(
        answer,
        CreateMemberAnswer::Created {
            replayed: false,
            ..
        }
    ));
    let member = w.member_now(new.id).await.expect("she exists");
    assert_eq!(member.profile.name.as_str(), "Ana");
    assert_eq!(member.profile.phone, new.phone);
    assert_eq!(member.profile.email.as_deref(), Some("ana@example.com"));
    assert_eq!(member.profile.time_zone, "America/New_York");
    assert_eq!(member.profile.preferred_channel, Some(Channel::Whatsapp));
    assert_eq!(member.profile.preferred_send_hour, 7);
    assert_eq!(member.created_at, w.now());
    let listed = w
        .ask(Members {
            limit: 10,
            ..Members::default()
        })
        .await;
    assert_eq!(listed.len(), 1);
    w
}

pub(super) async fn a_taken_number_names_its_owner(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let ben = w.member("Ben", &[]).await;
    let mut twin = w.somebody("Twin");
    twin.phone = ana.profile.phone.clone();
    let answer = w
        .submit(CreateMember {
            member: twin,
            consents: Vec::new(),
            idempotency: None,
            at: w.now(),
        })
        .await;
    assert!(matches!(answer, CreateMemberAnswer::PhoneTaken(id) if id == ana.profile.id));
    let answer = w
        .submit(UpdateMember {
            id: ben.profile.id,
            changes: MemberChanges {
                phone: Some((ana.profile.phone.clone(), None)),
                ..MemberChanges::default()
            },
            proved: None,
            at: w.now(),
        })
        .await;
    assert!(matches!(answer, UpdateMemberAnswer::PhoneTaken(id) if id == ana.profile.id));
    w
}

pub(super) async fn the_same_key_makes_one_member(w: World) -> World {
    let key = |fingerprint| Idempotency {
        scope: "api".into(),
        key: "join-1".into(),
        fingerprint: [fingerprint; 32],
    };
    let first = w.somebody("Ana");
    for (fingerprint, again) in [(1, false), (1, true)] {
        let mut member = w.somebody("Ana");
        member.phone = first.phone.clone();
        let answer = w
            .submit(CreateMember {
                member: if again { member } else { first.clone() },
                consents: Vec::new(),
                idempotency: Some(key(fingerprint)),
                at: w.now(),
            })
            .await;
        let CreateMemberAnswer::Created { member, replayed } = answer else {
            panic!("created, not {answer:?}");
        };
        assert_eq!(member.profile.id, first.id);
        assert_eq!(replayed, again);
    }
    let answer = w
        .submit(CreateMember {
            member: w.somebody("Other"),
            consents: Vec::new(),
            idempotency: Some(key(2)),
            at: w.now(),
        })
        .await;
    assert!(matches!(answer, CreateMemberAnswer::KeyReused));
    w
}

pub(super) async fn changes_touch_only_what_they_name(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    w.pass(5);
    let answer = w
        .submit(UpdateMember {
            id: ana.profile.id,
            changes: MemberChanges {
                time_zone: Some("Europe/Lisbon".into()),
                email: Some(Some("ana@example.com".into())),
                preferred_channel: Some(Some(Channel::Sms)),
                ..MemberChanges::default()
            },
            proved: None,
            at: w.now(),
        })
        .await;
    assert!(matches!(answer, UpdateMemberAnswer::Updated(_)));
    let member = w.member_now(ana.profile.id).await.expect("she exists");
    assert_eq!(member.profile.time_zone, "Europe/Lisbon");
    assert_eq!(member.profile.name.as_str(), "Ana");
    assert_eq!(member.profile.phone, ana.profile.phone);
    assert_eq!(member.profile.preferred_channel, Some(Channel::Sms));
    assert_eq!(member.updated_at, w.now());
    let answer = w
        .submit(UpdateMember {
            id: w.ids().member(),
            changes: MemberChanges::default(),
            proved: None,
            at: w.now(),
        })
        .await;
    assert!(matches!(answer, UpdateMemberAnswer::Unknown));
    w
}

pub(super) async fn members_list_newest_first_and_by_number(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let ben = w.member("Ben", &[]).await;
    let ask = |phone, before, limit| Members {
        phone,
        before,
        limit,
    };
    let page = w.ask(ask(None, None, 1)).await;
    assert_eq!(page[0].profile.id, ben.profile.id);
    let page = w.ask(ask(None, Some(ben.profile.id), 5)).await;
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].profile.id, ana.profile.id);
    let page = w.ask(ask(Some(ana.profile.phone.clone()), None, 5)).await;
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].profile.id, ana.profile.id);
    w
}

pub(super) async fn an_erased_member_leaves_no_words(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (sent, _) = w.sent(&ana, "SM1").await;
    let waiting = w.workout(&ana).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let names = NamesOf {
        members: vec![
            ben.profile.id,
            MemberId::from_bytes([9; 16]),
            ana.profile.id,
            ben.profile.id,
        ],
    };
    let called = |name: &str| Some(Text::new(name));
    assert_eq!(
        w.ask(names.clone()).await,
        [called("Ben"), None, called("Ana"), called("Ben")]
    );
    let erase = EraseMember {
        id: ana.profile.id,
        at: w.now(),
    };
    assert!(w.submit(erase.clone()).await);
    assert!(!w.submit(erase).await, "only once");
    assert!(w.member_now(ana.profile.id).await.is_none());
    assert_eq!(
        w.ask(names).await,
        [called("Ben"), None, None, called("Ben")]
    );
    assert_eq!(w.status(waiting).await, DeliveryStatus::Suppressed);
    let detail = w.detail(sent.id).await;
    assert!(detail.record.text.is_empty());
    assert_eq!(detail.record.to, None);
    assert!(!format!("{:?}", detail.attempts).contains(ana.profile.phone.as_e164()));
    let answer = w
        .submit(Accept {
            messages: vec![w.message(&ana, Kind::System)],
            idempotency: None,
            at: w.now(),
        })
        .await;
    let AcceptAnswer::Accepted { results, .. } = answer else {
        panic!("no key was given");
    };
    assert_eq!(results, [Err(AcceptRefusal::UnknownMember)]);
    w
}

pub(super) async fn an_opted_out_address_outlives_its_member(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms, Channel::Whatsapp]).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    w.submit(EraseMember {
        id: ana.profile.id,
        at: w.now(),
    })
    .await;
    let mut again = w.somebody("Ana again");
    again.phone = ana.profile.phone.clone();
    let handle = ana.handle(Channel::Sms).expect("a number");
    let mut import = entry(Channel::Sms, &handle, ConsentEvent::OptIn);
    import.own_act = false;
    w.submit(CreateMember {
        member: again,
        consents: vec![import],
        idempotency: None,
        at: w.now(),
    })
    .await;
    let states = |channel| ConsentsOf {
        addresses: vec![(channel, handle.clone())],
    };
    let sms = w.ask(states(Channel::Sms)).await;
    assert_eq!(sms[0].state, ConsentState::OptedOut);
    // WhatsApp was not opted out: it starts unknown, not opted in.
    let whatsapp = w.ask(states(Channel::Whatsapp)).await;
    assert!(whatsapp.iter().all(|c| c.state == ConsentState::Unknown));
    w.submit(ChangeConsent {
        entry: entry(Channel::Sms, &handle, ConsentEvent::OptIn),
        at: w.now(),
    })
    .await;
    let sms = w.ask(states(Channel::Sms)).await;
    assert_eq!(
        sms[0].state,
        ConsentState::OptedIn,
        "a fresh act of their own"
    );
    w
}

pub(super) async fn due_members_are_those_of_the_zone_and_hour_without_the_occasion(
    w: World,
) -> World {
    let ana = w.member("Ana", &[]).await;
    let ben = w.member("Ben", &[]).await;
    let cleo = w.member("Cleo", &[]).await;
    w.submit(UpdateMember {
        id: cleo.profile.id,
        changes: MemberChanges {
            time_zone: Some("Asia/Tokyo".into()),
            ..MemberChanges::default()
        },
        proved: None,
        at: w.now(),
    })
    .await;
    assert_eq!(w.ask(TimeZones).await, ["America/New_York", "Asia/Tokyo"]);
    let joined_by = w.now();
    let due = |hours, after| DueMembers {
        time_zone: "America/New_York".into(),
        hours,
        occasion: "daily_workout:2026-11-22".into(),
        joined_by,
        after,
        limit: 10,
        among: 10,
    };
    let count = async |asked: DueMembers| w.ask(asked).await.members.len();
    assert_eq!(count(due(Some((6, 7)), None)).await, 2);
    assert_eq!(count(due(Some((8, 23)), None)).await, 0);
    assert_eq!(count(due(None, Some(ana.profile.id))).await, 1);
    for (joined_by, found) in [(ana.created_at, 2), (ana.created_at - Seconds::new(1), 0)] {
        let asked = DueMembers {
            joined_by,
            ..due(None, None)
        };
        assert_eq!(count(asked).await, found);
    }
    let mut message = w.message(&ana, Kind::DailyWorkout);
    message.occasion = Some("daily_workout:2026-11-22".into());
    w.accept(message).await;
    let left = w.ask(due(Some((7, 7)), None)).await.members;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].profile.id, ben.profile.id);
    let made = w.now();
    w.pass(60);
    let nobody = MemberId::from_bytes([9; 16]);
    let asked = |occasion: &str| MadeAt {
        members: vec![ben.profile.id, ana.profile.id, nobody],
        occasion: occasion.into(),
    };
    assert_eq!(
        w.ask(asked("daily_workout:2026-11-22")).await,
        [None, Some(made), None]
    );
    assert_eq!(w.ask(asked("daily_workout:2026-11-23")).await, [None; 3]);
    w
}
