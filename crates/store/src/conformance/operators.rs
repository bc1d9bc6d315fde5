//! The team: who belongs to it, who is logged in, and what is kept of what they change.

use domain::{MemberId, OperatorId, Role};

use super::World;
use crate::ops::{
    Audited, AuditedAs, EndOperatorSessions, EraseMember, OpenOperatorSession, RemoveOperator,
    SaveOperator, SaveOperatorAnswer, SetSwitch, TakeAnswer, TakeConversation, Tidy,
};
use crate::questions::{AuditLog, FindMembers, OperatorSessionOf, Operators, Switches};
use crate::records::{AuditEntry, AuditRecord, OperatorRecord, OperatorSession};
use crate::{Answer, Op};

const HOUR: u32 = 3_600;

fn somebody(w: &World, name: &str, phone: &str, role: Role) -> OperatorRecord {
    OperatorRecord {
        id: w.ids().operator(),
        phone: phone.parse().expect("a number"),
        name: name.into(),
        role,
        made_at: w.now(),
        made_by: "settings".into(),
    }
}

async fn saved(w: &World, operator: &OperatorRecord) {
    let answer = w
        .submit(SaveOperator {
            operator: operator.clone(),
        })
        .await;
    assert_eq!(answer, SaveOperatorAnswer::Saved(operator.clone()));
}

async fn logs_in(w: &World, operator: OperatorId, key: u8) -> bool {
    w.submit(OpenOperatorSession {
        key: [key; 32],
        operator,
        expires_at: w.after(HOUR),
        at: w.now(),
    })
    .await
}

async fn logged_in(w: &World, key: u8) -> Option<OperatorSession> {
    w.ask(OperatorSessionOf {
        key: [key; 32],
        at: w.now(),
    })
    .await
}

fn entry(operator: &OperatorRecord, action: &str, member: Option<MemberId>) -> AuditEntry {
    AuditEntry {
        operator: Some(operator.id),
        actor: operator.name.clone(),
        action: action.into(),
        subject: member.map_or_else(|| "channel:sms".to_owned(), |id| id.to_string()),
        member,
        before: "nobody's".into(),
        after: "Joana's".into(),
    }
}

async fn log(w: &World, member: Option<MemberId>) -> Vec<AuditRecord> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = w
            .ask(AuditLog {
                member,
                before,
                limit: 1,
            })
            .await;
        let Some(last) = page.last() else {
            return found;
        };
        before = Some(last.id);
        found.extend(page);
    }
}

pub(super) async fn who_is_of_the_team_logs_in_until_they_are_not(w: World) -> World {
    let joana = somebody(&w, "Joana", "+14155550601", Role::Owner);
    let pedro = somebody(&w, "Pedro", "+14155550602", Role::Viewer);
    saved(&w, &joana).await;
    w.pass(1);
    saved(&w, &pedro).await;
    let again = somebody(&w, "Impostor", "+14155550601", Role::Owner);
    let answer = w.submit(SaveOperator { operator: again }).await;
    assert_eq!(answer, SaveOperatorAnswer::PhoneTaken(joana.clone()));
    let coach = OperatorRecord {
        role: Role::Coach,
        ..pedro.clone()
    };
    saved(&w, &coach).await;
    assert_eq!(w.ask(Operators).await, [joana.clone(), coach.clone()]);

    assert!(logs_in(&w, joana.id, 1).await && logs_in(&w, joana.id, 2).await);
    assert!(logs_in(&w, coach.id, 3).await);
    assert!(!logs_in(&w, w.ids().operator(), 4).await, "nobody's");
    let session = logged_in(&w, 3).await.expect("a session");
    assert_eq!(session.operator, coach);
    assert_eq!(session.expires_at, w.after(HOUR));
    let end = |only| EndOperatorSessions {
        operator: joana.id,
        only,
    };
    assert_eq!(w.submit(end(Some([1; 32]))).await, 1);
    assert!(logged_in(&w, 1).await.is_none() && logged_in(&w, 2).await.is_some());
    assert_eq!(w.submit(end(None)).await, 1);
    assert!(logged_in(&w, 2).await.is_none());

    let remove = || RemoveOperator {
        id: coach.id,
        at: w.now(),
    };
    assert!(w.submit(remove()).await);
    assert!(!w.submit(remove()).await);
    assert!(logged_in(&w, 3).await.is_none(), "out at once");
    assert!(!logs_in(&w, coach.id, 5).await);
    assert_eq!(w.ask(Operators).await, std::slice::from_ref(&joana));
    saved(&w, &somebody(&w, "Ana", "+14155550602", Role::Coach)).await;

    assert!(logs_in(&w, joana.id, 6).await);
    w.pass(HOUR);
    assert!(logged_in(&w, 6).await.is_none(), "its time is over");
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 1);
    w
}

pub(super) async fn a_change_and_what_is_kept_of_it_are_one(w: World) -> World {
    let joana = somebody(&w, "Joana", "+14155550601", Role::Owner);
    let member = w.member("Maria", &[]).await;
    let id = member.profile.id;
    let take = |by: &str| TakeConversation {
        member: id,
        by: by.into(),
        until: w.after(HOUR),
        takes_over: false,
        at: w.now(),
    };
    let taken = w
        .submit(AuditedAs {
            operation: take("Joana"),
            entry: entry(&joana, "conversation.take", Some(id)),
            at: w.now(),
        })
        .await;
    assert!(matches!(taken, Some(TakeAnswer::Taken(_))));
    let refused = w
        .submit(AuditedAs {
            operation: take("Pedro"),
            entry: entry(&joana, "conversation.take", Some(id)),
            at: w.now(),
        })
        .await;
    assert!(matches!(refused, Some(TakeAnswer::KeptBy(_))));
    w.pass(1);
    let stopped = Audited {
        operation: Op::SetSwitch(Box::new(SetSwitch {
            scope: "channel:sms".into(),
            on: true,
            reason: "a test".into(),
            actor: "Joana".into(),
            at: w.now(),
        })),
        entry: entry(&joana, "switch.on", None),
        at: w.now(),
    };
    assert!(matches!(w.submit(stopped).await, Answer::SetSwitch(_)));
    assert_eq!(w.ask(Switches).await.1.len(), 1);
    let all = log(&w, None).await;
    let actions: Vec<&str> = all.iter().map(|one| one.entry.action.as_str()).collect();
    assert_eq!(actions, ["switch.on", "conversation.take"], "newest first");
    assert_eq!(all[0].at, w.now());
    let hers = log(&w, Some(id)).await;
    assert_eq!(hers.len(), 1);
    assert_eq!(hers[0].entry, entry(&joana, "conversation.take", Some(id)));
    w
}

pub(super) async fn what_was_kept_of_a_member_goes_with_them(w: World) -> World {
    let joana = somebody(&w, "Joana", "+14155550601", Role::Owner);
    let member = w.member("Maria", &[]).await;
    let id = member.profile.id;
    w.submit(AuditedAs {
        operation: TakeConversation {
            member: id,
            by: "Joana".into(),
            until: w.after(HOUR),
            takes_over: false,
            at: w.now(),
        },
        entry: entry(&joana, "conversation.take", Some(id)),
        at: w.now(),
    })
    .await;
    assert!(w.submit(EraseMember { id, at: w.now() }).await);
    let kept = log(&w, Some(id)).await;
    assert_eq!(kept.len(), 1, "that somebody did something stays");
    assert_eq!(kept[0].entry.before, "");
    assert_eq!(kept[0].entry.after, "");
    w
}

pub(super) async fn members_are_found_by_what_they_are_called_or_reached_at(w: World) -> World {
    let maria = w.member("Maria", &[]).await;
    w.pass(1);
    let other = w.member("Mariana", &[]).await;
    let found = async |text: &str| -> Vec<MemberId> {
        let members = w
            .ask(FindMembers {
                text: text.into(),
                before: None,
                limit: 10,
            })
            .await;
        members.iter().map(|one| one.profile.id).collect()
    };
    let (first, second) = (maria.profile.id, other.profile.id);
    for member in [&maria, &other] {
        let phone = member.profile.phone.as_e164();
        assert_eq!(found(phone).await, [member.profile.id]);
        let end = phone.get(3..).expect("digits");
        assert_eq!(found(end).await, [member.profile.id]);
    }
    let name = "MARIA";
    assert_eq!(found(name).await, [second, first], "newest first");
    assert_eq!(found("ana").await, [second]);
    assert!(found("%").await.is_empty(), "no pattern");
    let page = w
        .ask(FindMembers {
            text: name.into(),
            before: Some(second),
            limit: 10,
        })
        .await;
    assert_eq!(page.len(), 1);
    assert!(
        w.submit(EraseMember {
            id: second,
            at: w.now()
        })
        .await
    );
    assert_eq!(found(name).await, [first]);
    w
}
