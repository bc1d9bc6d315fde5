//! A second factor, each code of it once, and looking as a member for as long as one session allows.

use domain::{MemberId, OperatorId, Role, Secret};

use super::World;
use crate::ops::{
    ConfirmSecondFactor, DropSecondFactor, EndLook, EndOperatorSessions, EnterWithFactor,
    EraseMember, KeepSecondFactor, OpenLook, OpenOperatorEntry, OpenOperatorSession,
    RemoveOperator, RenewRecovery, SaveOperator, SpendFactorTry, SpendFactorTryAnswer, Tidy,
};
use crate::questions::{LookOf, OperatorEntryOf, OperatorSessionOf, SecondFactorOf, SecondFactors};
use crate::records::{FactorProof, OperatorRecord};

const HOUR: u32 = 3_600;

fn secret() -> Secret {
    Secret::new("JBSWY3DPEHPK3PXP")
}

async fn joana(w: &World) -> OperatorRecord {
    let operator = OperatorRecord {
        id: w.ids().operator(),
        phone: "+14155550601".parse().expect("a number"),
        name: "Joana".into(),
        role: Role::Owner,
        made_at: w.now(),
        made_by: "settings".into(),
    };
    w.submit(SaveOperator {
        operator: operator.clone(),
    })
    .await;
    operator
}

fn session(w: &World, operator: OperatorId, key: u8) -> OpenOperatorSession {
    OpenOperatorSession {
        key: [key; 32],
        operator,
        expires_at: w.after(HOUR),
        at: w.now(),
    }
}

async fn keeps(w: &World, operator: OperatorId) -> bool {
    w.submit(KeepSecondFactor {
        operator,
        secret: secret(),
        at: w.now(),
    })
    .await
}

async fn confirms(w: &World, operator: OperatorId, of: Secret) -> bool {
    w.submit(ConfirmSecondFactor {
        operator,
        secret: of,
        step: 100,
        recovery: vec![[1; 32], [2; 32]],
        session: [9; 32],
        at: w.now(),
    })
    .await
}

async fn enters(w: &World, operator: OperatorId, entry: u8, proof: FactorProof, key: u8) -> bool {
    w.submit(EnterWithFactor {
        entry: [entry; 32],
        proof,
        session: session(w, operator, key),
    })
    .await
}

async fn is_in(w: &World, key: u8) -> bool {
    let asked = OperatorSessionOf {
        key: [key; 32],
        at: w.now(),
    };
    w.ask(asked).await.is_some()
}

async fn half_in(w: &World, operator: OperatorId, key: u8) {
    let entry = OpenOperatorEntry {
        key: [key; 32],
        operator,
        expires_at: w.after(600),
    };
    assert!(w.submit(entry).await);
}

pub(super) async fn a_factor_is_a_draft_until_a_code_confirms_it(w: World) -> World {
    let joana = joana(&w).await;
    let nobody = w.ids().operator();
    assert!(!keeps(&w, nobody).await);
    assert!(keeps(&w, joana.id).await);
    assert!(
        w.submit(session(&w, joana.id, 9)).await,
        "a draft asks for nothing"
    );
    assert!(w.submit(session(&w, joana.id, 8)).await);
    assert_eq!(w.ask(SecondFactors).await, []);
    assert!(!confirms(&w, joana.id, Secret::new("ANOTHER")).await);
    assert!(confirms(&w, joana.id, secret()).await);
    assert!(!confirms(&w, joana.id, secret()).await, "once");
    assert!(
        !keeps(&w, joana.id).await,
        "what is asked for is not replaced"
    );
    let factor = w.ask(SecondFactorOf { operator: joana.id }).await;
    let factor = factor.expect("a factor");
    assert_eq!(factor.secret, secret());
    assert_eq!(factor.confirmed_at, Some(w.now()));
    assert_eq!((factor.last_step, factor.recovery_left), (100, 2));
    assert_eq!(w.ask(SecondFactors).await, [joana.id]);

    // The session that confirmed it goes on, all others are over, and the texted code alone opens none.
    assert!(is_in(&w, 9).await && !is_in(&w, 8).await);
    assert!(!w.submit(session(&w, joana.id, 7)).await);

    assert!(
        w.submit(DropSecondFactor {
            operator: joana.id,
            proof: None
        })
        .await
    );
    assert!(
        !w.submit(DropSecondFactor {
            operator: joana.id,
            proof: None
        })
        .await
    );
    assert!(w.submit(session(&w, joana.id, 7)).await);
    w
}

pub(super) async fn a_code_of_a_factor_lets_one_in_once(w: World) -> World {
    let joana = joana(&w).await;
    keeps(&w, joana.id).await;
    confirms(&w, joana.id, secret()).await;
    for key in [1, 2, 3] {
        half_in(&w, joana.id, key).await;
    }
    let entry = |key: u8, at| OperatorEntryOf { key: [key; 32], at };
    let found = w.ask(entry(1, w.now())).await;
    assert_eq!(found, Some(joana.clone()));
    assert!(!is_in(&w, 1).await, "half logged in is not logged in");

    let step = FactorProof::Step;
    assert!(
        !enters(&w, joana.id, 1, step(100), 11).await,
        "it was used to confirm"
    );
    assert!(
        !enters(&w, joana.id, 1, step(99), 11).await,
        "nor one before"
    );
    assert!(enters(&w, joana.id, 1, step(101), 11).await);
    assert!(
        !enters(&w, joana.id, 2, step(101), 12).await,
        "two browsers, one code"
    );
    assert!(is_in(&w, 11).await && !is_in(&w, 12).await);
    assert!(w.ask(entry(1, w.now())).await.is_none(), "it is used up");
    assert!(!enters(&w, joana.id, 1, step(102), 12).await);

    let recovery = |of: u8| FactorProof::Recovery([of; 32]);
    assert!(!enters(&w, joana.id, 2, recovery(3), 12).await);
    assert!(enters(&w, joana.id, 2, recovery(1), 12).await);
    assert!(!enters(&w, joana.id, 3, recovery(1), 13).await, "once");
    let renew = |proof| RenewRecovery {
        operator: joana.id,
        proof,
        recovery: vec![[5; 32]; 2],
    };
    assert!(!w.submit(renew(recovery(1))).await);
    assert!(w.submit(renew(step(104))).await);
    assert!(
        !enters(&w, joana.id, 3, recovery(2), 13).await,
        "those before are over"
    );
    w.pass(600);
    assert!(w.ask(entry(3, w.now())).await.is_none());
    assert!(!enters(&w, joana.id, 3, recovery(5), 13).await);
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 1);

    let remove = |proof| DropSecondFactor {
        operator: joana.id,
        proof: Some(proof),
    };
    assert!(!w.submit(remove(step(104))).await);
    assert!(w.submit(remove(step(105))).await);
    assert!(w.ask(SecondFactorOf { operator: joana.id }).await.is_none());
    w
}

pub(super) async fn tries_of_a_factor_are_counted_until_their_time_is_over(w: World) -> World {
    let joana = joana(&w).await;
    let spends = async |w: &World, since| {
        w.submit(SpendFactorTry {
            operator: joana.id,
            tries_max: 2,
            since,
            at: w.now(),
        })
        .await
    };
    let begun = w.now();
    assert_eq!(spends(&w, begun).await, SpendFactorTryAnswer::None);
    w.pass(1);
    keeps(&w, joana.id).await;
    for _ in 0..2 {
        let spent = spends(&w, begun).await;
        assert!(matches!(spent, SpendFactorTryAnswer::Spent(_)), "{spent:?}");
    }
    assert_eq!(spends(&w, begun).await, SpendFactorTryAnswer::TooMany);
    w.pass(HOUR);
    let spent = spends(&w, begun + domain::Seconds::new(60)).await;
    assert!(matches!(spent, SpendFactorTryAnswer::Spent(_)), "{spent:?}");

    // A right one takes the count back.
    confirms(&w, joana.id, secret()).await;
    for _ in 0..2 {
        let spent = spends(&w, begun).await;
        assert!(matches!(spent, SpendFactorTryAnswer::Spent(_)), "{spent:?}");
    }
    assert_eq!(spends(&w, begun).await, SpendFactorTryAnswer::TooMany);
    let remove = RemoveOperator {
        id: joana.id,
        at: w.now(),
    };
    assert!(w.submit(remove).await);
    assert_eq!(spends(&w, begun).await, SpendFactorTryAnswer::None);
    w
}

async fn looks(w: &World, member: MemberId, session: u8, key: u8) -> bool {
    w.submit(OpenLook {
        key: [key; 32],
        session: [session; 32],
        member,
        expires_at: w.after(900),
        at: w.now(),
    })
    .await
}

async fn is_looking(w: &World, session: u8, key: u8) -> bool {
    let asked = LookOf {
        key: [key; 32],
        session: [session; 32],
        at: w.now(),
    };
    w.ask(asked).await.is_some()
}

pub(super) async fn a_look_lasts_no_longer_than_its_session_and_its_time(w: World) -> World {
    let joana = joana(&w).await;
    let maria = w.member("Maria", &[]).await.profile.id;
    assert!(!looks(&w, maria, 1, 21).await, "nobody is logged in");
    for key in [1, 2] {
        assert!(w.submit(session(&w, joana.id, key)).await);
    }
    assert!(looks(&w, maria, 1, 21).await);
    let found = w
        .ask(LookOf {
            key: [21; 32],
            session: [1; 32],
            at: w.now(),
        })
        .await
        .expect("a look");
    assert_eq!((found.operator, found.member), (joana.clone(), maria));
    assert_eq!((found.opened_at, found.expires_at), (w.now(), w.after(900)));
    assert!(!is_looking(&w, 2, 21).await, "of another session");
    assert!(looks(&w, maria, 1, 22).await);
    assert!(!is_looking(&w, 1, 21).await, "one at a time");
    let end = EndLook { key: [22; 32] };
    assert!(w.submit(end).await);
    assert!(!w.submit(end).await);
    assert!(!is_looking(&w, 1, 22).await);

    // It ends with the session, with another role, and with its member.
    assert!(looks(&w, maria, 1, 23).await && looks(&w, maria, 2, 24).await);
    let end = |only| EndOperatorSessions {
        operator: joana.id,
        only,
    };
    w.submit(end(Some([1; 32]))).await;
    assert!(!is_looking(&w, 1, 23).await && is_looking(&w, 2, 24).await);
    let renamed = |name: &str, role| SaveOperator {
        operator: OperatorRecord {
            name: name.into(),
            role,
            ..joana.clone()
        },
    };
    w.submit(renamed("Ana", Role::Owner)).await;
    assert!(is_looking(&w, 2, 24).await);
    w.submit(renamed("Ana", Role::Coach)).await;
    assert!(!is_looking(&w, 2, 24).await);
    assert!(looks(&w, maria, 2, 25).await);
    w.pass(900);
    assert!(!is_looking(&w, 2, 25).await, "its time is over");
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 1);
    assert!(looks(&w, maria, 2, 26).await);
    let erase = EraseMember {
        id: maria,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    assert!(!is_looking(&w, 2, 26).await);
    assert!(!looks(&w, maria, 2, 27).await, "as nobody");
    w
}
