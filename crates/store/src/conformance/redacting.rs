//! Words that are older than they are kept for go; what still has something to do keeps them.

use domain::{Channel, ConsentEvent, DeliveryStatus, Kind, MessageId};

use super::acts::entry;
use super::world::World;
use crate::ops::{AnswerInbound, ChangeConsent, EraseMember, Redact, Redacted};
use crate::records::Opens;

const DAY: u32 = 24 * 3_600;

async fn redacted(w: &World, kind: Option<Kind>, days: u32) -> Redacted {
    let at = w.now();
    let before = at - domain::Seconds::new(days * DAY);
    w.submit(Redact { kind, before, at }).await
}

async fn words(w: &World, id: MessageId) -> (String, bool) {
    let record = w.detail(id).await.record;
    (
        record.text.as_str().to_owned(),
        record.redacted_at.is_some(),
    )
}

pub(super) async fn old_words_go_once_and_by_what_they_are_for(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (old, attempt) = w.sent(&ana, "SM1").await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    let before = words(&w, old.id).await;
    assert!(!before.0.is_empty() && !before.1);
    w.pass(20 * DAY);
    let (new, attempt) = w.sent(&ana, "SM2").await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    w.pass(15 * DAY);
    let kind = w.detail(old.id).await.record.kind;
    let other = Kind::ALL.iter().copied().find(|one| Some(*one) != kind);
    assert_eq!(redacted(&w, other, 30).await.messages, 0);
    assert_eq!(redacted(&w, None, 30).await.messages, 0);
    assert_eq!(
        redacted(&w, kind, 30).await,
        Redacted {
            messages: 1,
            more: false
        }
    );
    assert_eq!(words(&w, old.id).await, (String::new(), true));
    let record = w.detail(old.id).await;
    assert_eq!(record.record.status, DeliveryStatus::Delivered);
    assert_eq!(record.attempts.len(), 1, "that it was sent stays");
    assert_eq!(words(&w, new.id).await, before, "too new");
    assert_eq!(redacted(&w, kind, 30).await.messages, 0, "once");
    w.pass(20 * DAY);
    assert_eq!(redacted(&w, kind, 30).await.messages, 1);
    assert!(words(&w, new.id).await.1);
    w
}

pub(super) async fn what_still_has_something_to_do_keeps_its_words(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let waiting = w.workout(&ana).await;
    let kind = w.detail(waiting.id).await.record.kind;
    // What they wrote is not answered; and of what Ben wrote a person has to say whether it was a stop.
    let (question, ..) = w.writes(&ana, Channel::Sms, "Shall I?", None).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let (doubtful, ..) = w.writes(&ben, Channel::Sms, "no more of this", None).await;
    let answered = AnswerInbound::with(doubtful, Vec::new(), w.now());
    let answered = AnswerInbound {
        dismissed: Some("a person decides".into()),
        ..answered
    };
    assert!(w.submit(answered).await);
    let handle = ben.handle(Channel::Sms).expect("a phone");
    let mut doubt = entry(Channel::Sms, &handle, ConsentEvent::Doubt);
    doubt.opens = Some(Opens::Doubt {
        why: "perhaps_stop".into(),
        message: doubtful,
    });
    w.submit(ChangeConsent {
        entry: doubt,
        at: w.now(),
    })
    .await;
    w.pass(40 * DAY);
    assert_eq!(redacted(&w, kind, 30).await.messages, 0);
    assert_eq!(redacted(&w, None, 30).await.messages, 0);
    for id in [waiting.id, question, doubtful] {
        assert!(!words(&w, id).await.0.is_empty());
    }
    // Decided: now it goes, though it was looked at before.
    let decided = entry(Channel::Sms, &handle, ConsentEvent::NoStop);
    w.submit(ChangeConsent {
        entry: decided,
        at: w.now(),
    })
    .await;
    assert_eq!(redacted(&w, None, 30).await.messages, 1);
    assert_eq!(words(&w, doubtful).await, (String::new(), true));
    let attempt = w.begin(waiting, &ana).await;
    w.settle(waiting.seq, attempt, w.taken("SM3")).await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    assert_eq!(redacted(&w, kind, 30).await.messages, 1);
    assert!(words(&w, waiting.id).await.1);
    let erase = EraseMember {
        id: ana.profile.id,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    w
}

pub(super) async fn much_that_waits_keeps_nobody_elses_words(w: World) -> World {
    let (ana, ben) = (
        w.member("Ana", &[Channel::Sms]).await,
        w.member("Ben", &[Channel::Sms]).await,
    );
    // More than one step looks at.
    for _ in 0..501 {
        w.writes(&ana, Channel::Sms, "Are you there?", None).await;
    }
    let (last, ..) = w.writes(&ben, Channel::Sms, "Thanks", None).await;
    w.pass(40 * DAY);
    while redacted(&w, None, 30).await.more {}
    assert!(!words(&w, last).await.1);
    let answered = AnswerInbound {
        dismissed: Some("nothing asked".into()),
        ..AnswerInbound::with(last, Vec::new(), w.now())
    };
    assert!(w.submit(answered).await);
    assert_eq!(redacted(&w, None, 30).await.messages, 1);
    assert_eq!(words(&w, last).await, (String::new(), true));
    w
}
