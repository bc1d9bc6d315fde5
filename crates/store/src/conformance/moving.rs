//! Members' wishes for channels, and members who go from one to another.

use domain::{Channel, Kind, Preferences, Timestamp, Topic};

use super::world::World;
use crate::lane::Seq;
use crate::notice::Notice;
use crate::ops::{
    Accepted, AnswerInbound, CreateMember, CreateMemberAnswer, Hold, MoveMember, Replan,
    UpdateMember,
};
use crate::questions::Members;
use crate::records::{Member, MemberChanges};

pub(super) async fn wishes_for_topics_are_kept_one_by_one(w: World) -> World {
    let mut new = w.somebody("Ana");
    for (topic, channel) in Topic::ALL.iter().zip(Channel::ALL) {
        new.preferences = new.preferences.with(*topic, Some(*channel));
    }
    new.cohort = Some("team".into());
    let create = CreateMember {
        member: new.clone(),
        consents: Vec::new(),
        idempotency: None,
        at: w.now(),
    };
    let CreateMemberAnswer::Created { member: ana, .. } = w.submit(create).await else {
        panic!("a new member");
    };
    let message = w.workout(&ana).await;
    let everywhere = async |w: &World| {
        let known = w.member_now(new.id).await.expect("she exists").profile;
        let page = Members {
            limit: 10,
            ..Members::default()
        };
        let listed = w.ask(page).await.remove(0).profile;
        let facts = w.facts(message.seq).await.expect("it has a place");
        let planned = facts.member.expect("she exists").profile;
        for other in [&listed, &planned] {
            assert_eq!(other.preferences, known.preferences);
            assert_eq!(other.cohort, known.cohort);
            assert_eq!(other.programme, known.programme);
        }
        (known.preferences, known.cohort)
    };
    assert_eq!(
        everywhere(&w).await,
        (new.preferences, Some("team".to_owned()))
    );
    let update = UpdateMember {
        id: new.id,
        changes: MemberChanges {
            preferences: vec![
                (Topic::WeeklyCheckins, None),
                (Topic::DailyWorkouts, Some(Channel::Whatsapp)),
            ],
            cohort: Some(None),
            ..MemberChanges::default()
        },
        proved: None,
        at: w.now(),
    };
    w.submit(update).await;
    let changed = new
        .preferences
        .with(Topic::WeeklyCheckins, None)
        .with(Topic::DailyWorkouts, Some(Channel::Whatsapp));
    assert_eq!(everywhere(&w).await, (changed, None));
    w
}

pub(super) async fn a_member_is_moved_and_told_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms, Channel::Whatsapp]).await;
    let update = UpdateMember {
        id: ana.profile.id,
        changes: MemberChanges {
            preferred_channel: Some(Some(Channel::Whatsapp)),
            preferences: vec![(Topic::DailyWorkouts, Some(Channel::Whatsapp))],
            ..MemberChanges::default()
        },
        proved: None,
        at: w.now(),
    };
    w.submit(update).await;
    let held = w.workout(&ana).await;
    let hold = Hold {
        seq: held.seq,
        epoch: w.epoch(),
        until: w.after(86_400),
        why: "behind_knock".into(),
        released_by_reply: true,
        decision: r#"{"decision":"hold"}"#.into(),
        knock: None,
        at: w.now(),
    };
    assert!(w.submit(hold).await);
    let moves = |w: &World| {
        let mut notice = w.message(&ana, Kind::System);
        notice.channel = Some(Channel::Sms);
        MoveMember {
            member: ana.profile.id,
            to: Channel::Sms,
            why: "not_on_whatsapp".into(),
            notice: Some(Box::new(notice)),
            at: w.now(),
        }
    };
    assert!(w.submit(moves(&w)).await);
    let moved = w.member_now(ana.profile.id).await.expect("she exists");
    assert_eq!(moved.profile.preferred_channel, Some(Channel::Sms));
    assert_eq!(moved.profile.preferences, Preferences::default());
    assert_eq!(w.places().await.len(), 2, "what waited, and the notice");
    let facts = w.facts(held.seq).await.expect("it has a place");
    assert_eq!(facts.place, domain::PlaceState::Waiting, "planned again");
    assert!(!w.submit(moves(&w)).await, "she is there already");
    assert_eq!(w.places().await.len(), 2, "and is not told again");
    let mut unknown = moves(&w);
    unknown.member = w.ids().member();
    assert!(!w.submit(unknown).await);
    w
}

pub(super) async fn what_is_held_for_certain_reasons_waits_again_page_by_page(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut seqs = Vec::new();
    for why in ["behind_knock", "not_yet", "behind_knock", "window_closed"] {
        let message = w.workout(&ana).await;
        let hold = Hold {
            seq: message.seq,
            epoch: w.epoch(),
            until: w.after(86_400),
            why: why.into(),
            released_by_reply: true,
            decision: r#"{"decision":"hold"}"#.into(),
            knock: None,
            at: w.now(),
        };
        assert!(w.submit(hold).await);
        seqs.push(message.seq);
    }
    w.workout(&ana).await;
    let replan = |after, limit| Replan {
        whys: vec!["behind_knock".into(), "window_closed".into()],
        after,
        limit,
    };
    w.notices().await;
    let first = w.submit(replan(Seq(0), 2)).await;
    assert_eq!((first.count, first.last), (2, Some(seqs[2])));
    let told: Vec<_> = w
        .notices()
        .await
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::Waiting { seq, due, .. } => Some((seq, due)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(seqs[0], None), (seqs[2], None)]);
    let second = w.submit(replan(seqs[2], 2)).await;
    assert_eq!((second.count, second.last), (1, Some(seqs[3])));
    let nothing = w.submit(replan(seqs[3], 2)).await;
    assert_eq!((nothing.count, nothing.last), (0, None));
    let left = w.facts(seqs[1]).await.expect("it has a place");
    assert_eq!(left.place, domain::PlaceState::Held);
    assert_eq!(w.submit(replan(Seq(0), 9)).await.count, 0, "once");
    w
}

/// Fails one attempt on WhatsApp for good.
async fn is_not_reached(w: &World, member: &Member) -> Accepted {
    let message = w.workout(member).await;
    let begin = w.begin_of(message, member, Channel::Whatsapp).await;
    let attempt = begin.attempt;
    w.submit(begin).await;
    let mut settle = w.settle_of(message.seq, attempt, w.again(true));
    settle.effects.unreachable = true;
    w.submit(settle).await;
    message
}

pub(super) async fn two_failures_of_an_address_are_told_apart(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let mut times: Vec<Timestamp> = Vec::new();
    for known in [1, 2, 2] {
        let message = is_not_reached(&w, &ana).await;
        times.insert(0, w.now());
        times.truncate(2);
        let facts = w.facts(message.seq).await.expect("it has a place");
        let found: Vec<_> = facts.unreachable.iter().map(|(_, at)| *at).collect();
        assert_eq!((found.len(), &found), (known, &times));
        w.pass(3_600);
    }
    w
}

pub(super) async fn who_asks_for_a_channel_is_tried_there_again(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms, Channel::Whatsapp]).await;
    let message = is_not_reached(&w, &ana).await;
    let (id, _, _) = w.writes(&ana, Channel::Sms, "WHATSAPP", None).await;
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.unreachable.len(), 1, "SMS says nothing of WhatsApp");
    let answer = AnswerInbound {
        prefers: Some(Channel::Whatsapp),
        ..AnswerInbound::with(id, vec![w.message(&ana, Kind::ChatReply)], w.now())
    };
    assert!(w.submit(answer.clone()).await);
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.unreachable, []);
    let moved = w.member_now(ana.profile.id).await.expect("she exists");
    assert_eq!(moved.profile.preferred_channel, Some(Channel::Whatsapp));
    assert!(!w.submit(answer).await, "once");
    w
}
