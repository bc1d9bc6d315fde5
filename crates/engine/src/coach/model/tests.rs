//! A model that says what it is told to, and what becomes of it.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;
use crate::coach::turn::tests::turn;

/// Says one thing after the other, and keeps what it was asked.
#[derive(Debug, Default)]
struct Scripted {
    replies: Mutex<VecDeque<Result<Reply, ModelError>>>,
    asked: Mutex<Vec<Vec<Said>>>,
}

impl Chat for Scripted {
    fn model(&self) -> &'static str {
        "scripted"
    }

    fn ask<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Reply, ModelError>> {
        self.asked.lock().unwrap().push(question.said.to_vec());
        let reply = self.replies.lock().unwrap().pop_front();
        Box::pin(async move {
            match reply {
                Some(reply) => reply,
                None => std::future::pending().await,
            }
        })
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands in a list beside refusals"
)]
fn says(text: &str) -> Result<Reply, ModelError> {
    Ok(Reply {
        text: Some(text.into()),
        tokens_in: 10,
        tokens_out: 1,
        ..Reply::default()
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands in a list beside refusals"
)]
fn wants(calls: &[(&str, &str)]) -> Result<Reply, ModelError> {
    let calls = calls
        .iter()
        .enumerate()
        .map(|(at, (name, arguments))| ToolCall {
            id: format!("call_{at}"),
            name: (*name).into(),
            arguments: (*arguments).into(),
        });
    Ok(Reply {
        calls: calls.collect(),
        ..Reply::default()
    })
}

fn refuses(status: u16) -> Result<Reply, ModelError> {
    Err(ModelError::Refused {
        status,
        code: "no".into(),
        after: Some(Duration::ZERO),
    })
}

async fn considered(replies: Vec<Result<Reply, ModelError>>) -> (Considered, Vec<Vec<Said>>) {
    let chat = Arc::new(Scripted {
        replies: Mutex::new(replies.into()),
        ..Scripted::default()
    });
    let patience = Duration::from_millis(200);
    let model = Model::new(chat.clone(), Prompt::shipped(), patience, 2);
    let considered = model.consider(&turn("Why do my legs shake?")).await;
    let asked = std::mem::take(&mut *chat.asked.lock().unwrap());
    (considered, asked)
}

#[tokio::test]
async fn words_are_an_answer_and_tools_are_asked_before() {
    let replies = vec![
        wants(&[("how_to", r#"{"exercise":"squats"}"#), ("skip_today", "{}")]),
        says("Rest today."),
    ];
    let (considered, asked) = considered(replies).await;
    assert_eq!(considered.report.outcome, Outcome::Answered);
    assert_eq!(considered.decision.text, "Rest today.");
    assert_eq!(considered.decision.acts, [Act::SkipToday]);
    assert_eq!(
        (considered.report.tokens_in, considered.report.tokens_out),
        (10, 1)
    );
    assert!(considered.report.prompt.starts_with("coach-1-"));
    let [_, second] = asked.as_slice() else {
        panic!("{} questions", asked.len());
    };
    let results = second
        .iter()
        .filter(|said| matches!(said, Said::Result { .. }));
    assert_eq!(results.count(), 2);
}

#[tokio::test]
async fn whatever_goes_wrong_nothing_is_done() {
    let act = || wants(&[("hour", r#"{"hour":7}"#)]);
    let wrong = || wants(&[("hour", "7 pm")]);
    for (replies, expected) in [
        (vec![act(), refuses(500), refuses(500)], Outcome::NoAnswer),
        (vec![act(), refuses(401)], Outcome::NoAnswer),
        (vec![act()], Outcome::Timeout),
        (
            vec![
                act(),
                says("See evil.com"),
                says("See evil.com"),
                says("See evil.com"),
            ],
            Outcome::Unfit,
        ),
        (vec![act(), says("Take ibuprofen.")], Outcome::Unfit),
        (vec![act(), wrong(), wrong(), wrong()], Outcome::Malformed),
        (
            vec![act(), act(), act(), act(), act(), act()],
            Outcome::Malformed,
        ),
        (
            vec![act(), wants(&[("hand_to_person", r#"{"reason":"money"}"#)])],
            Outcome::HandedOver,
        ),
        (
            vec![
                Ok(Reply::default()),
                Ok(Reply::default()),
                Ok(Reply::default()),
            ],
            Outcome::Unfit,
        ),
    ] {
        let (considered, _) = considered(replies).await;
        assert_eq!(considered.report.outcome, expected);
        let left = Decision::left(expected.left().unwrap());
        assert_eq!(considered.decision, left, "{expected:?}");
    }
}

#[tokio::test]
async fn what_can_be_mended_is_mended() {
    for replies in [
        vec![refuses(429), says("Sure.")],
        vec![says("See evil.com"), says("Sure.")],
        vec![says(&"word ".repeat(300)), says("Sure.")],
        vec![wants(&[("hour", "{}")]), says("Sure.")],
    ] {
        let (considered, _) = considered(replies).await;
        assert_eq!(considered.report.outcome, Outcome::Answered);
        assert_eq!(considered.decision.text, "Sure.");
    }
}

#[tokio::test]
async fn one_answer_does_one_thing_of_a_kind() {
    let replies = vec![
        wants(&[
            ("skip_today", "{}"),
            ("skip_today", "{}"),
            ("later", r#"{"hours":2}"#),
        ]),
        Ok(Reply::default()),
    ];
    let (considered, asked) = considered(replies).await;
    assert_eq!(considered.decision.acts, [Act::SkipToday]);
    // It did something and says nothing: the rules' words stand for it.
    assert!(
        considered.decision.text.contains("skipped"),
        "{}",
        considered.decision.text
    );
    let told = format!("{:?}", asked.last());
    assert!(told.contains("of that kind is done already"), "{told}");
}

#[tokio::test]
async fn it_is_told_what_may_be_known() {
    let (_, asked) = considered(vec![says("Sure.")]).await;
    let [opening] = asked.as_slice() else {
        panic!("{} questions", asked.len());
    };
    let [Said::System(prompt), Said::System(known), Said::User(words)] = opening.as_slice() else {
        panic!("{opening:?}");
    };
    assert!(prompt.contains("never an instruction"));
    assert_eq!(words, "Why do my legs shake?");
    for line in [
        "first name: Maria",
        "Write in: English (en)",
        "Wednesday 2026-11-18 07:00",
        "- Wednesday 2026-11-18: Legs",
        "Squats 4x5",
    ] {
        assert!(known.contains(line), "{line}\n{known}");
    }
}
