//! Conversations: what belongs together is answered together, a person takes one over, answers and hands it back, and
//! nothing is answered twice or lost in between.

use domain::{Channel, DeliveryStatus, Kind, MemberId, MessageId, Seconds};
use jiff::civil::date;

use super::World;
use crate::lane::{Shard, Shards};
use crate::ops::{
    AnswerByPerson, AnswerByPersonAnswer, AnswerInbound, AnswerTo, EndHandOvers, EraseMember,
    ForAnswerAs, HandBack, Left, RecordInbound, SetPauses, TakeAnswer, TakeConversation,
};
use crate::questions::{AnswerDue, ConversationOf, Conversations, TrainingOf, Unanswered};
use crate::records::{
    ConversationFilter, ConversationState, Idempotency, InboundEffects, LEFT_WAITING, Member,
    WITH_PERSON,
};

/// Somebody writes, and it is to be looked at after so many seconds.
async fn heard(w: &World, member: &Member, text: &str, after: u32) -> MessageId {
    let inbound = w.inbound(member, Channel::Sms, text);
    let id = inbound.id;
    w.submit(RecordInbound {
        inbound,
        effects: InboundEffects {
            needs_answer: true,
            answer_from: Some(w.after(after)),
            ..InboundEffects::default()
        },
    })
    .await;
    id
}

async fn waiting(w: &World) -> Vec<MessageId> {
    let found = w
        .ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL,
        })
        .await;
    found.into_iter().map(|one| one.id).collect()
}

async fn listed(w: &World, state: ConversationState) -> Vec<MemberId> {
    listed_of(w, state, ConversationFilter::default()).await
}

async fn listed_of(w: &World, state: ConversationState, only: ConversationFilter) -> Vec<MemberId> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = w
            .ask(Conversations {
                state,
                only: only.clone(),
                after,
                limit: 1,
            })
            .await;
        let Some(last) = page.found.last() else {
            assert_eq!(page.further, None, "fewer than are looked at for a page");
            return found;
        };
        after = Some(last.cursor);
        found.extend(page.found.iter().map(|record| record.member.profile.id));
    }
}

fn left(why: &str) -> Left {
    Left {
        why: why.into(),
        only: Vec::new(),
        unless_replied_since: None,
    }
}

async fn takes(w: &World, member: &Member, by: &str, takes_over: bool) -> TakeAnswer {
    w.submit(TakeConversation {
        member: member.profile.id,
        by: by.into(),
        until: w.after(3_600),
        takes_over,
        at: w.now(),
    })
    .await
    .expect("a member")
}

fn answers(w: &World, member: &Member, inbound: &[MessageId], by: &str) -> AnswerByPerson {
    AnswerByPerson {
        inbound: inbound.to_vec(),
        by: by.into(),
        reply: Some(w.message(member, Kind::ChatReply)),
        why: None,
        anyway: false,
        until: w.after(3_600),
        idempotency: None,
        at: w.now(),
    }
}

pub(super) async fn a_burst_is_looked_at_when_it_is_due_and_answered_whole_or_not(
    w: World,
) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let first = heard(&w, &ana, "swap", 4).await;
    let due = w
        .ask(AnswerDue {
            shards: Shards::ALL,
        })
        .await;
    assert_eq!(due.answer, Some(w.after(4)));
    assert!(waiting(&w).await.is_empty());
    w.pass(2);
    let second = heard(&w, &ana, "squats?", 4).await;
    w.pass(2);
    // What is due brings all of its member with it.
    assert_eq!(waiting(&w).await, [first, second]);
    let reply = w.message(&ana, Kind::ChatReply);
    let answer = reply.id;
    let both = AnswerInbound {
        also: vec![first],
        ..AnswerInbound::with(second, vec![reply], w.now())
    };
    assert!(w.submit(both).await);
    for id in [first, second] {
        let standing = w.detail(id).await.standing.expect("it was heard");
        assert_eq!((standing.waits, standing.answer), (false, Some(answer)));
    }
    let third = heard(&w, &ana, "and lunges?", 0).await;
    let again = AnswerInbound {
        also: vec![second],
        ..AnswerInbound::with(third, vec![w.message(&ana, Kind::ChatReply)], w.now())
    };
    assert!(!w.submit(again).await);
    assert_eq!(waiting(&w).await, [third]);
    assert_eq!(w.places().await.len(), 1);
    w
}

pub(super) async fn what_waits_is_found_by_the_shards_of_who_wrote_it(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let joana = loop {
        let other = w.member("Joana", &[Channel::Sms]).await;
        if Shard::of(other.profile.id) != Shard::of(ana.profile.id) {
            break other;
        }
    };
    let first = heard(&w, &ana, "hello", 4).await;
    // More than are read at once.
    for _ in 0..40 {
        heard(&w, &ana, "hello?", 5).await;
    }
    let second = heard(&w, &joana, "hi", 6).await;
    let of = |member: &Member| Shards::NONE.with(Shard::of(member.profile.id));
    let others = Shards::ALL.without(of(&ana)).without(of(&joana));
    let mut due = Vec::new();
    for shards in [Shards::ALL, of(&ana), of(&joana), others] {
        due.push(w.ask(AnswerDue { shards }).await.answer);
    }
    let (four, six) = (Some(w.after(4)), Some(w.after(6)));
    assert_eq!(due, [four, four, six, None]);
    w.pass(6);
    let mut found = Vec::new();
    for shards in [Shards::ALL, of(&ana), of(&joana), others] {
        let at = w.now();
        let limit = 1;
        let waiting = w.ask(Unanswered { at, limit, shards }).await;
        found.push(waiting.first().map(|one| one.id));
    }
    assert_eq!(found, [Some(first), Some(first), Some(second), None]);
    w
}

pub(super) async fn what_goes_with_an_answer_is_done_while_it_waits(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let inbound = heard(&w, &ana, "pause", 0).await;
    let member = ana.profile.id;
    let pause = |day| ForAnswerAs {
        operation: SetPauses {
            member,
            pauses: vec![(date(2026, 11, day), None)],
            at: w.now(),
        },
        whose: AnswerTo { member, inbound },
    };
    assert_eq!(w.submit(pause(18)).await, Some(true));
    let reply = w.message(&ana, Kind::ChatReply);
    let answer = AnswerInbound::with(inbound, vec![reply], w.now());
    assert!(w.submit(answer).await);
    // Somebody who was slow, and read it before it was answered.
    assert_eq!(w.submit(pause(19)).await, None);
    let limit = 1;
    let kept = w.ask(TrainingOf { member, limit }).await.pauses;
    assert_eq!(kept, [(date(2026, 11, 18), None)]);
    w
}

pub(super) async fn what_is_left_to_a_person_waits_and_is_told_of_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let tells = |w: &World, id: MessageId| AnswerInbound {
        left: Some(Left {
            unless_replied_since: Some(w.now()),
            ..left("injury")
        }),
        ..AnswerInbound::with(id, vec![w.message(&ana, Kind::ChatReply)], w.now())
    };
    let first = heard(&w, &ana, "my knee hurts", 0).await;
    let mut telling = tells(&w, first);
    let since = w.now();
    assert!(w.submit(telling.clone()).await);
    w.pass(60);
    let second = heard(&w, &ana, "still hurts", 0).await;
    telling = tells(&w, second);
    telling.left = Some(Left {
        unless_replied_since: Some(since - Seconds::new(1)),
        ..left("injury")
    });
    assert!(!w.submit(telling).await, "it was told within the time");
    let silent = AnswerInbound {
        left: Some(left("injury")),
        ..AnswerInbound::with(second, Vec::new(), w.now())
    };
    assert!(w.submit(silent).await);
    assert!(waiting(&w).await.is_empty());
    let stats = w.ask(crate::questions::StatsNow { at: w.now() }).await;
    assert_eq!((stats.unanswered, stats.left_to_people), (0, 2));
    let found = w
        .ask(ConversationOf {
            member: ana.profile.id,
        })
        .await;
    let found = found.expect("a member");
    assert_eq!((found.waiting, found.waiting_since), (2, Some(since)));
    let needs: Vec<_> = found
        .needs
        .iter()
        .map(|need| (&*need.why, need.message))
        .collect();
    assert_eq!(needs, [("injury", first), ("injury", second)]);
    let third = heard(&w, &ana, "today's workout?", 0).await;
    let told = w
        .ask(Unanswered {
            at: w.now(),
            limit: 1,
            shards: Shards::ALL,
        })
        .await;
    let before = &told[0].left;
    assert_eq!((told[0].id, before.len()), (third, 1));
    assert!(before[0].is_open && before[0].replied_at == Some(since));
    w
}

pub(super) async fn conversations_are_listed_by_who_waits_for_whom(w: World) -> World {
    use ConversationState::{All, Failed, NeedsPerson, Unanswered as Open, WithPerson};
    let people = ["Ana", "Bea", "Caio", "Dani"];
    let mut members = Vec::new();
    for name in people {
        members.push(w.member(name, &[Channel::Sms]).await);
    }
    let [ana, bea, caio, _] = &members[..] else {
        unreachable!("four members")
    };
    let id = |member: &Member| member.profile.id;
    let ids = |members: &[&Member]| members.iter().map(|one| id(one)).collect::<Vec<_>>();
    let first = heard(&w, ana, "hello", 0).await;
    w.pass(1);
    let question = heard(&w, bea, "why?", 0).await;
    w.pass(1);
    heard(&w, caio, "hi", 0).await;
    heard(&w, ana, "hello?", 0).await;
    let passed_on = AnswerInbound {
        left: Some(left("question")),
        ..AnswerInbound::with(question, Vec::new(), w.now())
    };
    assert!(w.submit(passed_on).await);
    takes(&w, caio, "Joana", false).await;
    assert_eq!(listed(&w, All).await, ids(&[ana, caio, bea]));
    assert_eq!(listed(&w, Open).await, ids(&[ana, bea, caio]));
    assert_eq!(listed(&w, NeedsPerson).await, ids(&[bea]));
    assert_eq!(listed(&w, WithPerson).await, ids(&[caio]));
    // Of these, those that all conditions mean.
    let only = |channel: Option<Channel>, language: Option<&str>, programme: &str| {
        let programmes = [programme].into_iter().filter(|name| !name.is_empty());
        ConversationFilter {
            channel,
            language: language.map(str::to_owned),
            programmes: programmes.map(str::to_owned).collect(),
        }
    };
    for (conditions, state, meant) in [
        (
            only(Some(Channel::Sms), None, ""),
            All,
            ids(&[ana, caio, bea]),
        ),
        (only(Some(Channel::Whatsapp), None, ""), All, Vec::new()),
        (only(Some(Channel::Sms), None, ""), WithPerson, ids(&[caio])),
        (only(None, Some("xx"), ""), Open, Vec::new()),
        (
            only(None, None, &ana.profile.programme),
            NeedsPerson,
            ids(&[bea]),
        ),
        (only(None, None, "none-such"), NeedsPerson, Vec::new()),
        (
            only(None, Some(&ana.profile.locale), ""),
            All,
            ids(&[ana, caio, bea]),
        ),
    ] {
        let found = listed_of(&w, state, conditions.clone()).await;
        assert_eq!(found, meant, "{state:?} {conditions:?}");
    }
    // What did not arrive, until somebody sets it aside.
    assert!(listed(&w, Failed).await.is_empty());
    for member in [ana, bea, ana] {
        let message = w.workout(member).await;
        let attempt = w.begin(message, member).await;
        let refused = World::refused(DeliveryStatus::Failed);
        w.settle(message.seq, attempt, refused).await;
    }
    assert_eq!(listed(&w, Failed).await, ids(&[ana, bea]));
    let by_sms = only(Some(Channel::Sms), None, "");
    assert_eq!(listed_of(&w, Failed, by_sms).await, ids(&[ana, bea]));
    // Whoever is with a person needs none besides.
    takes(&w, bea, "Joana", false).await;
    assert!(listed(&w, NeedsPerson).await.is_empty());
    w.submit(EraseMember {
        id: id(bea),
        at: w.now(),
    })
    .await;
    assert_eq!(listed(&w, WithPerson).await, ids(&[caio]));
    assert_eq!(listed(&w, All).await, ids(&[ana, caio]));
    let stats = w.ask(crate::questions::StatsNow { at: w.now() }).await;
    assert_eq!((stats.unanswered, stats.left_to_people), (3, 0));
    assert_eq!(
        w.detail(first)
            .await
            .standing
            .map(|standing| standing.waits),
        Some(true)
    );
    w
}

pub(super) async fn while_a_person_keeps_it_the_rules_are_silent(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let question = heard(&w, &ana, "why?", 0).await;
    let TakeAnswer::Taken(kept) = takes(&w, &ana, "Joana", false).await else {
        panic!("it was free")
    };
    assert!(
        matches!(takes(&w, &ana, "Rui", false).await, TakeAnswer::KeptBy(other) if other == kept)
    );
    let found = w
        .ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL,
        })
        .await;
    assert_eq!(found[0].keeper.as_ref(), Some(&kept));
    let by_rule = AnswerInbound::with(question, vec![w.message(&ana, Kind::ChatReply)], w.now());
    assert!(!w.submit(by_rule.clone()).await, "a person keeps it");
    let to_keeper = AnswerInbound {
        left: Some(left(WITH_PERSON)),
        ..AnswerInbound::with(question, Vec::new(), w.now())
    };
    assert!(w.submit(to_keeper).await);
    w.pass(60);
    assert!(
        matches!(takes(&w, &ana, "Rui", true).await, TakeAnswer::Taken(rui) if rui.since == w.now())
    );
    let back = w
        .submit(HandBack {
            member: ana.profile.id,
            by: "Rui".into(),
            at: w.now(),
        })
        .await
        .expect("a member");
    assert_eq!(
        (back.was_kept, back.to_rules, back.closed.len()),
        (true, 1, 0)
    );
    assert_eq!(waiting(&w).await, [question]);
    assert!(w.submit(by_rule).await);
    // What the rules had passed on counts as looked at by whoever hands back.
    let hurt = heard(&w, &ana, "my knee hurts", 0).await;
    let passed_on = AnswerInbound {
        left: Some(left("injury")),
        ..AnswerInbound::with(hurt, vec![w.message(&ana, Kind::ChatReply)], w.now())
    };
    assert!(w.submit(passed_on).await);
    let back = w
        .submit(HandBack {
            member: ana.profile.id,
            by: "Rui".into(),
            at: w.now(),
        })
        .await
        .expect("a member");
    assert_eq!((back.was_kept, back.closed), (false, vec![hurt]));
    let standing = w.detail(hurt).await.standing.expect("it was heard");
    assert_eq!(
        (standing.waits, standing.answered_by.as_deref()),
        (false, Some("Rui"))
    );
    w
}

pub(super) async fn a_hand_over_that_ends_by_itself_leaves_what_waits_to_people(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    takes(&w, &ana, "Joana", false).await;
    let seen = heard(&w, &ana, "skip today", 0).await;
    let to_keeper = AnswerInbound {
        left: Some(left(WITH_PERSON)),
        ..AnswerInbound::with(seen, Vec::new(), w.now())
    };
    assert!(w.submit(to_keeper).await);
    let unseen = heard(&w, &ana, "are you there?", 0).await;
    assert_eq!(w.submit(EndHandOvers { at: w.now() }).await, 0);
    let end = w
        .ask(AnswerDue {
            shards: Shards::ALL,
        })
        .await
        .hand_over_end;
    assert_eq!(end, Some(w.after(3_600)));
    w.pass(3_600);
    let later = heard(&w, &ana, "hello", 0).await;
    assert_eq!(w.submit(EndHandOvers { at: w.now() }).await, 1);
    assert_eq!(w.submit(EndHandOvers { at: w.now() }).await, 0);
    assert_eq!(waiting(&w).await, [later]);
    let found = w
        .ask(ConversationOf {
            member: ana.profile.id,
        })
        .await
        .expect("a member");
    assert_eq!(found.keeper, None);
    let needs: Vec<_> = found
        .needs
        .iter()
        .map(|need| (&*need.why, need.message))
        .collect();
    assert_eq!(needs, [(LEFT_WAITING, seen), (LEFT_WAITING, unseen)]);
    let stats = w.ask(crate::questions::StatsNow { at: w.now() }).await;
    assert_eq!((stats.unanswered, stats.left_to_people), (1, 2));
    w
}

pub(super) async fn two_people_and_the_rules_answer_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let other = w.member("Bea", &[Channel::Sms]).await;
    let question = heard(&w, &ana, "why?", 0).await;
    let key = Idempotency {
        scope: "test".into(),
        key: "once".into(),
        fingerprint: [7; 32],
    };
    let mut joana = answers(&w, &ana, &[question], "Joana");
    joana.idempotency = Some(key.clone());
    let AnswerByPersonAnswer::Done {
        accepted,
        replayed: false,
    } = w.submit(joana.clone()).await
    else {
        panic!("nobody had answered")
    };
    assert!(accepted.is_some());
    let replayed = w.submit(joana.clone()).await;
    assert!(
        matches!(replayed, AnswerByPersonAnswer::Done { accepted: again, replayed: true } if again.map(|one| one.id) == accepted.map(|one| one.id))
    );
    joana.idempotency = Some(Idempotency {
        fingerprint: [8; 32],
        ..key
    });
    assert_eq!(w.submit(joana).await, AnswerByPersonAnswer::KeyReused);
    let rui = answers(&w, &ana, &[question], "Rui");
    assert_eq!(
        w.submit(rui.clone()).await,
        AnswerByPersonAnswer::AnsweredBefore {
            inbound: question,
            by: Some("Joana".into())
        }
    );
    let by_rule = AnswerInbound::with(question, vec![w.message(&ana, Kind::ChatReply)], w.now());
    assert!(!w.submit(by_rule).await);
    assert_eq!(w.places().await.len(), 1);
    // Told to go on, it is sent besides; who answered first stays.
    let besides = w
        .submit(AnswerByPerson {
            anyway: true,
            ..rui
        })
        .await;
    assert!(matches!(besides, AnswerByPersonAnswer::Done { .. }));
    assert_eq!(w.places().await.len(), 2);
    let standing = w.detail(question).await.standing.expect("it was heard");
    assert_eq!(standing.answered_by.as_deref(), Some("Joana"));
    // Of another member it is none.
    let wrong = answers(&w, &other, &[question], "Rui");
    assert_eq!(
        w.submit(wrong).await,
        AnswerByPersonAnswer::Unknown(question)
    );
    // One that is kept is the keeper's, and their words keep it longer.
    takes(&w, &ana, "Joana", false).await;
    let next = heard(&w, &ana, "and now?", 0).await;
    let refused = w.submit(answers(&w, &ana, &[next], "Rui")).await;
    assert!(matches!(refused, AnswerByPersonAnswer::KeptBy(keeper) if keeper.name == "Joana"));
    w.pass(1_800);
    let dismissal = AnswerByPerson {
        reply: None,
        why: Some("answered by phone".into()),
        ..answers(&w, &ana, &[next], "Joana")
    };
    w.submit(dismissal).await;
    let detail = w.detail(next).await;
    assert_eq!(detail.record.reason.as_deref(), Some("answered by phone"));
    let found = w
        .ask(ConversationOf {
            member: ana.profile.id,
        })
        .await
        .expect("a member");
    assert_eq!(
        (found.waiting, found.keeper.map(|keeper| keeper.until)),
        (0, Some(w.after(3_600)))
    );
    w
}
