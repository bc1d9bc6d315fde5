//! What providers charge, and asking for it; what messages cost so far.

use domain::{AttemptId, Channel, DeliveryStatus, Money, UtcDay};

use super::world::World;
use crate::costs::{CostKey, CostSums, Counted};
use crate::ops::{Accepted, BeginAnswer, PriceTold, RecordPrices};
use crate::questions::{CostsSince, EventsAfter, PricesToAsk, StatsNow};
use crate::records::{EventRecord, PriceDue};

fn usd(micros: i64) -> Money {
    Money::from_micros(micros, domain::Currency::USD)
}

/// A message the provider has.
async fn taken(w: &World) -> AttemptId {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    w.settle(message.seq, attempt, w.taken("SM1")).await;
    attempt
}

/// Keeps what was told; to be asked again in a minute, or not.
async fn told(w: &World, attempt: AttemptId, price: Option<Money>, asked: u8, again: bool) -> u32 {
    let told = PriceTold {
        attempt,
        price,
        asked,
        ask_at: again.then(|| w.after(60)),
    };
    w.submit(RecordPrices {
        told: vec![told],
        asked_to: None,
        at: w.now(),
    })
    .await
}

async fn kept(w: &World, attempt: AttemptId) -> Option<Money> {
    w.detail(attempt.message).await.attempts[0].price
}

fn of_prices(events: &[EventRecord]) -> Vec<&str> {
    let prices = events.iter().filter(|event| event.kind == "message.price");
    prices.map(|event| event.detail.as_str()).collect()
}

pub(super) async fn a_price_is_kept_and_the_newest_counts(w: World) -> World {
    let attempt = taken(&w).await;
    assert_eq!(kept(&w, attempt).await, None);
    assert_eq!(told(&w, attempt, None, 1, true).await, 0);
    assert_eq!(kept(&w, attempt).await, None);
    assert_eq!(told(&w, attempt, Some(usd(8_300)), 2, false).await, 1);
    assert_eq!(kept(&w, attempt).await, Some(usd(8_300)));
    // The same again is nothing new, and neither is silence.
    assert_eq!(told(&w, attempt, Some(usd(8_300)), 3, false).await, 0);
    assert_eq!(told(&w, attempt, None, 4, false).await, 0);
    assert_eq!(told(&w, attempt, Some(usd(7_500)), 5, false).await, 1);
    assert_eq!(kept(&w, attempt).await, Some(usd(7_500)));
    let unknown = AttemptId {
        number: 9,
        ..attempt
    };
    assert_eq!(told(&w, unknown, Some(usd(1)), 1, false).await, 0);
    let question = EventsAfter {
        after: Some(0),
        limit: 100,
    };
    let events = w
        .ask_until(question, |events| of_prices(events).len() == 2)
        .await;
    assert_eq!(
        of_prices(&events),
        ["0.0083 USD", "0.0075 USD, before 0.0083 USD"]
    );
    w
}

pub(super) async fn what_has_no_price_yet_is_asked_for_when_it_is_due(w: World) -> World {
    let attempt = taken(&w).await;
    let begun_at = w.now();
    let question = |w: &World| PricesToAsk {
        at: w.now(),
        limit: 10,
    };
    assert_eq!(w.ask(question(&w)).await.due, []);
    told(&w, attempt, None, 1, true).await;
    w.pass(59);
    assert_eq!(w.ask(question(&w)).await.due, []);
    w.pass(1);
    let wanted = PriceDue {
        attempt,
        channel: Channel::Sms,
        provider_message_id: "SM1".into(),
        begun_at,
        asked: 1,
    };
    assert_eq!(w.ask(question(&w)).await.due, [wanted]);
    told(&w, attempt, Some(usd(8_300)), 2, false).await;
    assert_eq!(w.ask(question(&w)).await.due, []);
    w
}

pub(super) async fn how_far_was_asked_only_grows_and_survives_a_reopening(mut w: World) -> World {
    let question = |w: &World| PricesToAsk {
        at: w.now(),
        limit: 10,
    };
    assert_eq!(w.ask(question(&w)).await.asked_to, None);
    for asked_to in [7, 9, 8] {
        w.submit(RecordPrices {
            told: Vec::new(),
            asked_to: Some(asked_to),
            at: w.now(),
        })
        .await;
    }
    assert_eq!(w.ask(question(&w)).await.asked_to, Some(9));
    w.reopen().await;
    assert_eq!(w.ask(question(&w)).await.asked_to, Some(9));
    w
}

/// Begins an SMS that is estimated to cost this.
async fn begun(w: &World, name: &str, cost: Option<Money>) -> (Accepted, AttemptId) {
    let member = w.member(name, &[Channel::Sms]).await;
    let message = w.workout(&member).await;
    let mut begin = w.begin_of(message, &member, Channel::Sms).await;
    begin.cost = Counted(cost);
    let attempt = begin.attempt;
    assert_eq!(w.submit(begin).await, BeginAnswer::Begun);
    (message, attempt)
}

async fn costs(w: &World) -> Vec<(CostKey, CostSums)> {
    let stats = w.ask(StatsNow { at: w.now() }).await;
    let mut costs = stats.costs;
    costs.retain(|(_, sums)| *sums != CostSums::default());
    costs
}

pub(super) async fn what_messages_cost_is_counted_by_day_channel_and_currency(w: World) -> World {
    let euro = Money::from_micros(70_000, "EUR".parse().expect("a currency"));
    let today = UtcDay::of(w.now());
    let key = |day, currency| CostKey {
        day,
        channel: Channel::Sms,
        currency,
    };
    let mut attempts = Vec::new();
    for (name, cost) in [
        ("Ana", Some(usd(8_300))),
        ("Ben", Some(euro)),
        ("Cem", None),
    ] {
        let (message, attempt) = begun(&w, name, cost).await;
        w.settle(message.seq, attempt, w.taken(name)).await;
        attempts.push(attempt);
    }
    let waits = |micros| CostSums {
        estimated: micros,
        awaiting: micros,
        awaiting_attempts: 1,
        ..CostSums::default()
    };
    let (none, dollars) = (None, Some(domain::Currency::USD));
    let wanted = [
        (key(today, none), waits(0)),
        (key(today, Some(euro.currency())), waits(70_000)),
        (key(today, dollars), waits(8_300)),
    ];
    assert_eq!(costs(&w).await, wanted);
    assert_eq!(w.ask(CostsSince { day: today }).await, wanted);
    assert!(w.ask(CostsSince { day: today.next() }).await.is_empty());
    // A day later the prices are told, and one of them is corrected; each counts for the day of its message.
    w.pass(86_400);
    for (attempt, price) in attempts.iter().zip([7_500, 90_000, 5_000]) {
        told(&w, *attempt, None, 1, true).await;
        told(&w, *attempt, Some(usd(price)), 2, false).await;
    }
    told(&w, attempts[0], Some(usd(7_000)), 3, false).await;
    told(&w, attempts[0], Some(usd(7_000)), 4, false).await;
    let charged = CostSums {
        estimated: 8_300,
        charged: 7_000 + 90_000 + 5_000,
        charged_attempts: 3,
        ..CostSums::default()
    };
    let of_euro = CostSums {
        estimated: 70_000,
        ..CostSums::default()
    };
    let wanted = [
        (key(today, Some(euro.currency())), of_euro),
        (key(today, dollars), charged),
    ];
    assert_eq!(costs(&w).await, wanted);
    // What was begun in an earlier month is not asked for any more.
    w.pass(40 * 86_400);
    assert_eq!(costs(&w).await, []);
    w
}

pub(super) async fn what_the_provider_does_not_have_costs_nothing(mut w: World) -> World {
    let (refused, attempt) = begun(&w, "Ana", Some(usd(8_300))).await;
    assert_eq!(costs(&w).await.len(), 1);
    w.settle(refused.seq, attempt, World::refused(DeliveryStatus::Failed))
        .await;
    assert_eq!(costs(&w).await, []);
    // It had no effect twice, and a second settling has none.
    w.settle(refused.seq, attempt, World::refused(DeliveryStatus::Failed))
        .await;
    assert_eq!(costs(&w).await, []);
    // What nobody answered may be there; what a receipt says has failed was.
    let (silent, attempt) = begun(&w, "Ben", Some(usd(8_300))).await;
    w.settle(silent.seq, attempt, w.silence()).await;
    let (failed, attempt) = begun(&w, "Cem", Some(usd(8_300))).await;
    w.settle(failed.seq, attempt, w.taken("SM3")).await;
    w.receipt(attempt, DeliveryStatus::Undelivered).await;
    w.reopen().await;
    let counted = costs(&w).await;
    let sums: Vec<_> = counted.iter().map(|(_, sums)| sums).collect();
    let wanted = CostSums {
        estimated: 16_600,
        awaiting: 16_600,
        awaiting_attempts: 2,
        ..CostSums::default()
    };
    assert_eq!(sums, [&wanted]);
    w
}
