//! Rows about how often a member is written to, and about money: a workout by WhatsApp costs Ana's coach 0.84 cents
//! while her window is open.

use domain::{Channel, Currency, Kind, Money, Seconds, Timestamp};

use super::rows::rows;
use super::world::{NOW, World, with};
use crate::budget::{Period, Purse};
use crate::outbound::Decision;

/// Two workouts a day, the second one an hour ago.
fn capped(world: &mut World) {
    world.settings.caps = "daily_workout:2/1d".parse().unwrap();
    let ago = |hours: u32| NOW - Seconds::new(hours * 3600);
    world.counted = vec![ago(1), ago(10)];
}

/// Millionths of a dollar are left of this day.
fn left(world: &mut World, micros: i64) {
    world.purses = vec![Purse {
        period: Period::Day,
        left: Money::from_micros(micros, Currency::USD),
        until: Period::Day.ends(NOW),
    }];
}

#[test]
fn nobody_gets_more_of_a_kind_than_its_cap() {
    rows(&[
        ("two within a day", capped, "hold, frequency_cap"),
        (
            "one of them",
            |w| {
                capped(w);
                w.counted.pop();
            },
            "send text by whatsapp",
        ),
        (
            "a day ago is over",
            |w| {
                capped(w);
                w.counted[1] = NOW - Seconds::new(24 * 3600);
            },
            "send text by whatsapp",
        ),
        (
            "there is no room before its end",
            |w| {
                capped(w);
                w.expires_at = Some(NOW + Seconds::new(14 * 3600));
            },
            "suppressed, frequency_cap",
        ),
        (
            "a moment later it would have been in time",
            |w| {
                capped(w);
                w.expires_at = Some(NOW + Seconds::new(14 * 3600 + 1));
            },
            "hold, frequency_cap",
        ),
        (
            "nobody is knocked at for it",
            |w| {
                capped(w);
                w.window = None;
            },
            "hold, frequency_cap",
        ),
        (
            "what is urgent goes",
            |w| {
                capped(w);
                w.critical = true;
            },
            "send text by whatsapp",
        ),
        (
            "what goes on by another channel was counted",
            |w| {
                capped(w);
                w.tried = vec![Channel::Whatsapp];
            },
            "send text by sms",
        ),
        (
            "an answer goes",
            |w| {
                capped(w);
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Whatsapp);
            },
            "send text by whatsapp",
        ),
        (
            "an operator's switch is told first",
            |w| {
                capped(w);
                w.switches.everything = true;
            },
            "hold, everything_switched_off",
        ),
    ]);
    let Decision::Hold { until, .. } = with(capped).judge().decision else {
        panic!("it is held");
    };
    assert_eq!(
        until,
        NOW + Seconds::new(14 * 3600),
        "the older one is a day old then"
    );
}

#[test]
fn what_nobody_waits_for_waits_for_money() {
    rows(&[
        ("enough", |w| left(w, 8_400), "send text by whatsapp"),
        ("too little", |w| left(w, 8_399), "hold, budget_spent"),
        (
            "it does not go by another channel instead",
            |w| {
                w.settings.caps = "off".parse().unwrap();
                left(w, -1);
            },
            "hold, budget_spent",
        ),
        (
            "nobody is knocked at for what cannot be paid",
            |w| {
                left(w, 0);
                w.window = None;
            },
            "hold, budget_spent",
        ),
        (
            "a body that has knocked waits for the answer",
            |w| {
                left(w, 0);
                w.window = None;
                w.knocked_at = Some(NOW);
            },
            "hold, behind_knock",
        ),
        (
            "what is urgent goes",
            |w| {
                left(w, 0);
                w.critical = true;
            },
            "send text by whatsapp",
        ),
        (
            "an answer goes",
            |w| {
                left(w, 0);
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Sms);
            },
            "send text by sms",
        ),
        (
            "a code goes",
            |w| {
                left(w, 0);
                w.kind = Kind::LoginCode;
                w.wish = Some(Channel::Sms);
            },
            "send text by sms",
        ),
        (
            "what nobody can price goes",
            |w| {
                left(w, 0);
                w.country = "DE";
                w.wish = Some(Channel::Sms);
            },
            "send text by sms",
        ),
        (
            "dollars are no euros",
            |w| {
                left(w, 0);
                w.purses[0].left = Money::from_micros(0, "EUR".parse().unwrap());
            },
            "send text by whatsapp",
        ),
    ]);
    let until = |now: Timestamp| {
        let world = with(|w| {
            left(w, 0);
            w.purses[0].until = now;
        });
        match world.judge().decision {
            Decision::Hold { until, .. } => until,
            other => panic!("{other:?}"),
        }
    };
    // Somebody may raise it before.
    assert_eq!(
        until(NOW + Seconds::new(12 * 3600)),
        NOW + Seconds::new(3600)
    );
    assert_eq!(until(NOW + Seconds::new(60)), NOW + Seconds::new(60));
    let held = with(|w| left(w, 0)).judge();
    assert_eq!(
        held.considered[0]
            .price
            .and_then(|price| price.amount())
            .unwrap()
            .micros(),
        8_400
    );
}
