//! What providers charge, and asking for it.

use domain::{AttemptId, Channel, Money};

use super::world::World;
use crate::ops::{PriceTold, RecordPrices};
use crate::questions::{EventsAfter, PricesToAsk};
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
