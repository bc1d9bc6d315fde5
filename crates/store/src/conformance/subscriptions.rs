//! Who pays: what was told last counts, what has to be asked stays until it is answered, pages are made once.

use domain::{Kind, MemberId, Seconds, SubscriptionState, Timestamp};

use super::world::World;
use crate::ops::{
    EraseMember, HearBilling, KeepCheckout, KeepSubscription, KeepSubscriptionAnswer, OpenCheckout,
    RemindRenewal, SettleBilling, Tidy,
};
use crate::questions::{BillingToDo, CheckoutOf, MessageById, SubscriptionsOf};
use crate::records::{BillingDue, BillingTask, SubscriptionRecord};

const DAY: u32 = 86_400;

fn told(w: &World, id: &str, member: MemberId) -> SubscriptionRecord {
    SubscriptionRecord {
        id: id.into(),
        member,
        customer: "cus_1".into(),
        state: SubscriptionState::Active,
        period_start: w.now(),
        period_end: w.after(30 * DAY),
        cancels: false,
        made_at: w.now(),
        told_at: w.now(),
        reminded_for: None,
    }
}

fn keep(w: &World, told: &SubscriptionRecord, expected: Option<Timestamp>) -> KeepSubscription {
    KeepSubscription {
        subscription: told.clone(),
        expected,
        answers: None,
        notice: None,
        at: w.now(),
    }
}

async fn of(w: &World, member: MemberId) -> Vec<SubscriptionRecord> {
    let members = vec![member];
    let mut found = w.ask(SubscriptionsOf { members }).await;
    found.pop().expect("one answer for one member")
}

async fn due(w: &World, at: Timestamp) -> BillingDue {
    w.ask(BillingToDo {
        at,
        remind_before: at + Seconds::new(3 * DAY),
        limit: 9,
    })
    .await
}

pub(super) async fn what_was_told_last_is_kept_in_any_order(mut w: World) -> World {
    let (ana, ben) = (w.member("Ana", &[]).await, w.member("Ben", &[]).await);
    let id = ana.profile.id;
    let first = told(&w, "sub_1", id);
    assert_eq!(
        w.submit(keep(&w, &first, None)).await,
        KeepSubscriptionAnswer::Kept
    );
    w.pass(10);
    let mut later = told(&w, "sub_1", id);
    (later.state, later.cancels) = (SubscriptionState::PastDue, true);
    let mut notice = w.message(&ana, Kind::System);
    notice.occasion = Some("payment_failed".into());
    let with = |expected| KeepSubscription {
        notice: Some(Box::new(notice.clone())),
        ..keep(&w, &later, expected)
    };
    // Judged by what is not there any more.
    assert_eq!(w.submit(with(None)).await, KeepSubscriptionAnswer::Moved);
    assert!(w.ask(MessageById { id: notice.id }).await.is_none());
    let expected = Some(first.told_at);
    assert_eq!(w.submit(with(expected)).await, KeepSubscriptionAnswer::Kept);
    assert!(w.ask(MessageById { id: notice.id }).await.is_some());
    assert_eq!(
        w.submit(keep(&w, &first, Some(later.told_at))).await,
        KeepSubscriptionAnswer::Older
    );
    let other = told(&w, "sub_2", ben.profile.id);
    w.submit(keep(&w, &other, None)).await;
    w.reopen().await;
    let members = vec![ben.profile.id, MemberId::from_bytes([9; 16]), id];
    let all = w.ask(SubscriptionsOf { members }).await;
    assert_eq!(all, [vec![other.clone()], Vec::new(), vec![later]]);
    let nobody = told(&w, "sub_3", MemberId::from_bytes([9; 16]));
    assert_eq!(
        w.submit(keep(&w, &nobody, None)).await,
        KeepSubscriptionAnswer::Nobody
    );
    w
}

pub(super) async fn an_event_is_heard_once_and_asked_about_until_it_is_answered(w: World) -> World {
    let ana = w.member("Ana", &[]).await.profile.id;
    let hear = |event: &str| HearBilling {
        event: Some(event.into()),
        kind: "customer.subscription.updated".into(),
        subscription: "sub_1".into(),
        at: w.now(),
    };
    assert!(w.submit(hear("evt_1")).await);
    let need = due(&w, w.now()).await.needs.pop().expect("one need");
    assert_eq!((need.task, need.asked), (BillingTask::Read, 0));
    assert!(!w.submit(hear("evt_1")).await, "heard before");
    // Another one comes while the first is being asked about: the answer to the first does not end it.
    assert!(w.submit(hear("evt_2")).await);
    let answer = |turn| KeepSubscription {
        answers: Some(turn),
        ..keep(&w, &told(&w, "sub_1", ana), None)
    };
    w.submit(answer(need.turn)).await;
    let next = due(&w, w.now()).await.needs.pop().expect("still one");
    assert!(next.turn > need.turn);
    // In vain: later again.
    let again = SettleBilling {
        task: BillingTask::Read,
        subscription: "sub_1".into(),
        turn: next.turn,
        again: Some((w.after(60), 1)),
        at: w.now(),
    };
    w.submit(again.clone()).await;
    assert_eq!(due(&w, w.now()).await.needs, []);
    let late = due(&w, w.after(60)).await.needs.pop().expect("due again");
    assert_eq!((late.turn, late.asked), (next.turn, 1));
    w.submit(SettleBilling {
        again: None,
        ..again
    })
    .await;
    assert_eq!(due(&w, w.after(60)).await.needs, []);
    // A period that is over and of which nobody told is asked about, too.
    let stale = due(&w, w.after(31 * DAY)).await.needs;
    let stale: Vec<_> = stale
        .iter()
        .map(|need| (need.subscription.as_str(), need.turn))
        .collect();
    assert_eq!(stale, [("sub_1", 0)]);
    let tidy = Tidy {
        at: w.after(61 * DAY),
    };
    assert_eq!(w.submit(tidy).await, 2, "two events");
    w
}

pub(super) async fn a_page_to_pay_on_is_made_once(w: World) -> World {
    let ana = w.member("Ana", &[]).await.profile.id;
    let open = |token: &str, spent| OpenCheckout {
        member: ana,
        token: token.into(),
        lasts: Seconds::new(7 * DAY),
        spent,
        at: w.now(),
    };
    let first = w.submit(open("one", None)).await.expect("a member");
    assert_eq!(
        (first.token.as_str(), first.turn, &first.page),
        ("one", 1, &None)
    );
    let url = |turn, url: &str| KeepCheckout {
        member: ana,
        turn,
        url: url.into(),
        until: w.after(DAY),
    };
    assert!(w.submit(url(1, "https://pay.example/1")).await);
    let again = w.submit(open("two", None)).await.expect("a member");
    let page = Some(("https://pay.example/1".to_owned(), w.after(DAY)));
    assert_eq!((again.token.as_str(), &again.page), ("one", &page));
    let by = |token: &str| CheckoutOf {
        token: token.into(),
    };
    assert_eq!(w.ask(by("one")).await, Some(again));
    assert_eq!(w.ask(by("two")).await, None);
    // What cannot be used is made anew, under another key.
    let spent = w.submit(open("two", Some(1))).await.expect("a member");
    assert_eq!((spent.turn, spent.page), (2, None));
    assert!(!w.submit(url(1, "https://pay.example/late")).await);
    assert!(w.submit(url(2, "https://pay.example/2")).await);
    w.pass(DAY);
    let over = w.submit(open("two", None)).await.expect("a member");
    assert_eq!(
        (over.token.as_str(), over.turn, over.page),
        ("one", 3, None)
    );
    w.pass(7 * DAY);
    let fresh = w.submit(open("three", None)).await.expect("a member");
    assert_eq!((fresh.token.as_str(), fresh.turn), ("three", 1));
    // Paid: nothing is left to pay.
    w.submit(keep(&w, &told(&w, "sub_1", ana), None)).await;
    assert_eq!(w.ask(by("three")).await, None);
    let nobody = OpenCheckout {
        member: MemberId::from_bytes([9; 16]),
        ..open("four", None)
    };
    assert_eq!(w.submit(nobody).await, None);
    w
}

pub(super) async fn a_renewal_is_reminded_of_once(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let one = told(&w, "sub_1", ana.profile.id);
    w.submit(keep(&w, &one, None)).await;
    let mut ending = told(&w, "sub_2", ana.profile.id);
    ending.cancels = true;
    w.submit(keep(&w, &ending, None)).await;
    assert_eq!(due(&w, w.after(26 * DAY)).await.renewals, []);
    let soon = w.after(28 * DAY);
    assert_eq!(due(&w, soon).await.renewals, std::slice::from_ref(&one));
    let notice = Box::new(w.message(&ana, Kind::SubscriptionReminder));
    let remind = RemindRenewal {
        subscription: "sub_1".into(),
        period_end: one.period_end,
        notice: notice.clone(),
        at: w.now(),
    };
    assert!(w.submit(remind.clone()).await);
    assert!(w.ask(MessageById { id: notice.id }).await.is_some());
    assert!(!w.submit(remind).await);
    assert_eq!(due(&w, soon).await.renewals, []);
    // The next period is another one.
    w.pass(30 * DAY);
    let mut next = told(&w, "sub_1", ana.profile.id);
    next.made_at = one.made_at;
    w.submit(keep(&w, &next, Some(one.told_at))).await;
    let renewals = due(&w, w.after(28 * DAY)).await.renewals;
    let ids: Vec<_> = renewals.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["sub_1"]);
    w
}

pub(super) async fn whoever_is_erased_pays_no_more(w: World) -> World {
    let ana = w.member("Ana", &[]).await.profile.id;
    let one = told(&w, "sub_1", ana);
    w.submit(keep(&w, &one, None)).await;
    let mut over = told(&w, "sub_0", ana);
    over.state = SubscriptionState::Ended;
    w.submit(keep(&w, &over, None)).await;
    let open = OpenCheckout {
        member: ana,
        token: "one".into(),
        lasts: Seconds::new(DAY),
        spent: None,
        at: w.now(),
    };
    w.submit(open).await;
    let erase = EraseMember {
        id: ana,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    assert_eq!(of(&w, ana).await, []);
    let token = "one".into();
    assert_eq!(w.ask(CheckoutOf { token }).await, None);
    let tasks = |due: BillingDue| -> Vec<(BillingTask, String)> {
        let needs = due.needs.into_iter();
        needs.map(|need| (need.task, need.subscription)).collect()
    };
    let cancel = |id: &str| (BillingTask::Cancel, id.to_owned());
    assert_eq!(tasks(due(&w, w.now()).await), [cancel("sub_1")]);
    // They paid on a page that was open.
    let late = told(&w, "sub_2", ana);
    assert_eq!(
        w.submit(keep(&w, &late, None)).await,
        KeepSubscriptionAnswer::Erased
    );
    assert_eq!(of(&w, ana).await, []);
    assert_eq!(
        tasks(due(&w, w.now()).await),
        [cancel("sub_1"), cancel("sub_2")]
    );
    w.submit(SettleBilling {
        task: BillingTask::Cancel,
        subscription: "sub_1".into(),
        turn: 1,
        again: None,
        at: w.now(),
    })
    .await;
    assert_eq!(tasks(due(&w, w.now()).await), [cancel("sub_2")]);
    w
}
