//! A model that is asked about what members write: by one process at a time, so often a day, and never for what a person
//! answers.

use domain::{Channel, MessageId};
use jiff::civil::date;

use super::World;
use crate::lane::Shards;
use crate::ops::{
    ASKED_MAX, AnswerInbound, BeginTurn, BeginTurnAnswer, EraseMember, KeepTurn, RecordInbound,
    TakeConversation, Tidy,
};
use crate::questions::{AnswerDue, TurnOf, Unanswered};
use crate::records::{InboundEffects, Member};

async fn heard(w: &World, member: &Member, text: &str) -> MessageId {
    let inbound = w.inbound(member, Channel::Sms, text);
    let id = inbound.id;
    w.submit(RecordInbound {
        inbound,
        effects: InboundEffects {
            needs_answer: true,
            ..InboundEffects::default()
        },
    })
    .await;
    id
}

async fn begins(w: &World, member: &Member, message: MessageId) -> BeginTurnAnswer {
    w.submit(BeginTurn {
        member: member.profile.id,
        channel: Channel::Sms,
        message,
        on_date: date(2026, 11, 18),
        most: 4,
        until: w.after(30),
        at: w.now(),
    })
    .await
}

async fn keeps(w: &World, message: MessageId, time: u32) -> bool {
    w.submit(KeepTurn {
        message,
        time,
        decision: r#"{"text":"Slowly."}"#.into(),
        outcome: "answered".into(),
        prompt: "coach-1".into(),
        model: "a-model".into(),
        tokens_in: 700,
        tokens_out: 40,
        millis: 1_200,
        until: w.after(30),
        at: w.now(),
    })
    .await
}

async fn waiting(w: &World) -> usize {
    let at = w.now();
    w.ask(Unanswered {
        at,
        limit: 10,
        shards: Shards::ALL,
    })
    .await
    .len()
}

pub(super) async fn what_a_model_is_asked_about_is_nobody_elses_meanwhile(w: World) -> World {
    let maria = w.member("Maria", &[Channel::Sms]).await;
    let asked = heard(&w, &maria, "Why do my legs shake?").await;
    assert_eq!(waiting(&w).await, 1);
    assert_eq!(
        begins(&w, &maria, asked).await,
        BeginTurnAnswer::Begun { time: 1 }
    );
    // What comes meanwhile waits too; it is due when nobody can be asking any more.
    let more = heard(&w, &maria, "and my arms").await;
    assert_eq!(waiting(&w).await, 0);
    assert_eq!(
        w.ask(AnswerDue {
            shards: Shards::ALL
        })
        .await
        .answer,
        Some(w.after(30))
    );
    for message in [asked, more] {
        assert_eq!(
            begins(&w, &maria, message).await,
            BeginTurnAnswer::Elsewhere
        );
    }
    assert!(keeps(&w, asked, 1).await);
    let done = AnswerInbound {
        turn: Some(asked),
        dismissed: Some("no reply in this story".into()),
        ..AnswerInbound::with(asked, Vec::new(), w.now())
    };
    assert!(w.submit(done).await);
    assert_eq!(waiting(&w).await, 1);
    let turn = w.ask(TurnOf { message: asked }).await.expect("a turn");
    assert_eq!(
        (turn.asked, turn.outcome.as_deref(), turn.prompt.as_deref()),
        (1, Some("answered"), Some("coach-1"))
    );
    assert_eq!(
        (turn.tokens_in, turn.tokens_out, turn.millis),
        (700, 40, 1_200)
    );
    assert!(!keeps(&w, asked, 1).await, "it is over");
    w
}

pub(super) async fn what_was_decided_before_a_crash_is_done_and_not_asked_again(
    mut w: World,
) -> World {
    let maria = w.member("Maria", &[Channel::Sms]).await;
    let asked = heard(&w, &maria, "Why do my legs shake?").await;
    begins(&w, &maria, asked).await;
    // The process ends while it asks: it is asked again once its time is over.
    w.reopen().await;
    w.pass(31);
    assert_eq!(waiting(&w).await, 1);
    assert_eq!(
        begins(&w, &maria, asked).await,
        BeginTurnAnswer::Begun { time: 2 }
    );
    assert!(!keeps(&w, asked, 1).await, "the first one is too late");
    assert!(keeps(&w, asked, 2).await);
    // It ends after it had decided.
    w.reopen().await;
    w.pass(31);
    let BeginTurnAnswer::Decided(decision) = begins(&w, &maria, asked).await else {
        panic!("it was decided");
    };
    assert_eq!(decision, r#"{"text":"Slowly."}"#);
    assert_eq!(waiting(&w).await, 0);
    // Nobody takes it up again: it is not kept for ever.
    w.pass(48 * 3600);
    w.submit(Tidy { at: w.now() }).await;
    let begun = begins(&w, &maria, asked).await;
    assert_eq!(begun, BeginTurnAnswer::Begun { time: ASKED_MAX });
    w.pass(31);
    assert_eq!(begins(&w, &maria, asked).await, BeginTurnAnswer::Spent);
    w
}

pub(super) async fn a_day_has_so_many_turns_and_a_person_goes_first(w: World) -> World {
    let maria = w.member("Maria", &[Channel::Sms]).await;
    let james = w.member("James", &[Channel::Sms]).await;
    for turn in 0..4 {
        let asked = heard(&w, &maria, "Why?").await;
        assert_eq!(
            begins(&w, &maria, asked).await,
            BeginTurnAnswer::Begun { time: 1 },
            "{turn}"
        );
        assert!(keeps(&w, asked, 1).await);
        w.submit(AnswerInbound {
            turn: Some(asked),
            dismissed: Some("no reply in this story".into()),
            ..AnswerInbound::with(asked, Vec::new(), w.now())
        })
        .await;
    }
    let asked = heard(&w, &maria, "Why?").await;
    assert_eq!(begins(&w, &maria, asked).await, BeginTurnAnswer::Spent);
    // Of somebody else there are some left, until a person takes over.
    let asked = heard(&w, &james, "Why?").await;
    begins(&w, &james, asked).await;
    w.submit(TakeConversation {
        member: james.profile.id,
        by: "Kim".into(),
        until: w.after(3600),
        takes_over: false,
        at: w.now(),
    })
    .await;
    assert!(!keeps(&w, asked, 1).await);
    let turn = w.ask(TurnOf { message: asked }).await.expect("a turn");
    assert_eq!(turn.outcome.as_deref(), Some("overtaken"));
    assert_eq!(begins(&w, &james, asked).await, BeginTurnAnswer::Elsewhere);
    w.submit(EraseMember {
        id: james.profile.id,
        at: w.now(),
    })
    .await;
    assert_eq!(w.ask(TurnOf { message: asked }).await, None);
    w
}
