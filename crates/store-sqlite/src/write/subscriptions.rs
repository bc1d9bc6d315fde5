//! Who pays: what was told, what has to be asked, and pages on which somebody may pay.

use domain::{Seconds, SubscriptionState, Timestamp};
use rusqlite::params;
use store::ops::{
    EraseMember, HearBilling, KeepCheckout, KeepSubscription, KeepSubscriptionAnswer, OpenCheckout,
    RemindRenewal, SettleBilling,
};
use store::records::{BillingTask, CheckoutRecord};

use crate::columns::{instant, word};
use crate::fault::Done;
use crate::read::subscriptions;
use crate::tx::{Event, Tx};
use crate::write::{accept, members};

/// How long an event is known: twice as long as it can be sent again.
const EVENTS_KEPT: Seconds = Seconds::new(60 * 86_400);

/// How many one call forgets.
const TIDY_MAX: u32 = 500;

/// See [`store::Op::HearBilling`].
pub(crate) fn hear(tx: &mut Tx<'_>, op: &HearBilling) -> Done<bool> {
    let at = op.at.as_micros();
    if let Some(event) = &op.event {
        let new = tx.run(
            "INSERT INTO billing_events (id, kind, heard_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO NOTHING",
            params![event, op.kind, at],
        )?;
        if new == 0 {
            return Ok(false);
        }
    }
    want(tx, BillingTask::Read, &op.subscription, op.at)?;
    Ok(true)
}

/// Notes that something has to be asked, now.
fn want(tx: &Tx<'_>, task: BillingTask, subscription: &str, at: Timestamp) -> Done<()> {
    tx.run(
        "INSERT INTO billing_needs (task, subscription, turn, wanted_at, due_at)
         VALUES (?1, ?2, 1, ?3, ?3)
         ON CONFLICT (task, subscription) DO UPDATE SET turn = billing_needs.turn + 1,
           wanted_at = excluded.wanted_at, due_at = excluded.due_at, asked = 0",
        params![task.as_str(), subscription, at.as_micros()],
    )?;
    Ok(())
}

/// What was asked is answered, unless it has come to be wanted again meanwhile.
fn over(tx: &Tx<'_>, task: BillingTask, subscription: &str, turn: Option<u32>) -> Done<()> {
    if turn.is_some() {
        tx.run(
            "DELETE FROM billing_needs WHERE task = ?1 AND subscription = ?2 AND turn = ?3",
            params![task.as_str(), subscription, turn],
        )?;
    }
    Ok(())
}

/// See [`store::Op::KeepSubscription`].
pub(crate) fn keep(tx: &mut Tx<'_>, op: &KeepSubscription) -> Done<KeepSubscriptionAnswer> {
    let new = &op.subscription;
    if members::read(tx, new.member)?.is_none() {
        let erased = tx.one(
            "SELECT 1 FROM users WHERE id = ?1 AND erased_at IS NOT NULL",
            params![new.member.as_bytes()],
            |_| Ok(()),
        )?;
        over(tx, BillingTask::Read, &new.id, op.answers)?;
        if erased.is_none() {
            return Ok(KeepSubscriptionAnswer::Nobody);
        }
        if new.state != SubscriptionState::Ended {
            want(tx, BillingTask::Cancel, &new.id, op.at)?;
        }
        return Ok(KeepSubscriptionAnswer::Erased);
    }
    let kept: Option<(Timestamp, SubscriptionState, bool)> = tx.one(
        "SELECT told_at, state, cancels FROM subscriptions WHERE id = ?1",
        params![new.id],
        |row| {
            let state = word(row, 1, "subscriptions.state")?;
            Ok((instant(row, 0)?, state, row.get(2)?))
        },
    )?;
    let told_at = kept.map(|(told_at, ..)| told_at);
    if told_at.is_some_and(|told_at| told_at > new.told_at) {
        over(tx, BillingTask::Read, &new.id, op.answers)?;
        return Ok(KeepSubscriptionAnswer::Older);
    }
    if told_at != op.expected {
        return Ok(KeepSubscriptionAnswer::Moved);
    }
    tx.run(
        "INSERT INTO subscriptions (id, user_id, customer, state, period_start, period_end, cancels,
           made_at, told_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, customer = excluded.customer,
           state = excluded.state, period_start = excluded.period_start,
           period_end = excluded.period_end, cancels = excluded.cancels,
           made_at = excluded.made_at, told_at = excluded.told_at",
        params![
            new.id,
            new.member.as_bytes(),
            new.customer,
            new.state.as_str(),
            new.period_start.as_micros(),
            new.period_end.as_micros(),
            new.cancels,
            new.made_at.as_micros(),
            new.told_at.as_micros()
        ],
    )?;
    over(tx, BillingTask::Read, &new.id, op.answers)?;
    if matches!(
        new.state,
        SubscriptionState::Trialing | SubscriptionState::Active
    ) {
        tx.run(
            "DELETE FROM checkouts WHERE user_id = ?1",
            params![new.member.as_bytes()],
        )?;
    }
    if kept.is_none_or(|(_, state, cancels)| (state, cancels) != (new.state, new.cancels)) {
        let detail = if new.cancels {
            format!("{} until its period ends", new.state)
        } else {
            new.state.to_string()
        };
        tx.event(&Event {
            detail: &detail,
            ..members::event("subscription.changed", new.member, op.at)
        })?;
    }
    if let Some(notice) = &op.notice {
        // One that was made before is no reason to tell it twice.
        let _stored = accept::one(tx, notice, op.at)?;
    }
    Ok(KeepSubscriptionAnswer::Kept)
}

/// See [`store::Op::SettleBilling`].
pub(crate) fn settle(tx: &mut Tx<'_>, op: &SettleBilling) -> Done<()> {
    let Some((due_at, asked)) = op.again else {
        return over(tx, op.task, &op.subscription, Some(op.turn));
    };
    // What was found out to be stale has no row yet.
    tx.run(
        "INSERT INTO billing_needs (task, subscription, turn, wanted_at, due_at, asked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (task, subscription) DO UPDATE SET due_at = excluded.due_at, asked = excluded.asked
         WHERE billing_needs.turn = excluded.turn",
        params![
            op.task.as_str(),
            op.subscription,
            op.turn,
            op.at.as_micros(),
            due_at.as_micros(),
            asked
        ],
    )?;
    Ok(())
}

/// See [`store::Op::OpenCheckout`].
pub(crate) fn open(tx: &mut Tx<'_>, op: &OpenCheckout) -> Done<Option<CheckoutRecord>> {
    if members::read(tx, op.member)?.is_none() {
        return Ok(None);
    }
    let id = op.member.as_bytes();
    tx.run(
        "INSERT INTO checkouts (user_id, token, turn, opened_at) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (user_id) DO UPDATE SET token = excluded.token, turn = 1,
           opened_at = excluded.opened_at, url = NULL, url_until = NULL
         WHERE checkouts.opened_at <= ?4",
        params![
            id,
            op.token,
            op.at.as_micros(),
            (op.at - op.lasts).as_micros()
        ],
    )?;
    tx.run(
        "UPDATE checkouts SET turn = turn + 1, url = NULL, url_until = NULL
         WHERE user_id = ?1 AND (turn = ?2 OR url_until <= ?3)",
        params![id, op.spent, op.at.as_micros()],
    )?;
    tx.one(
        "SELECT user_id, token, turn, opened_at, url, url_until FROM checkouts WHERE user_id = ?1",
        params![id],
        subscriptions::checkout,
    )
}

/// See [`store::Op::KeepCheckout`].
pub(crate) fn keep_checkout(tx: &mut Tx<'_>, op: &KeepCheckout) -> Done<bool> {
    let kept = tx.run(
        "UPDATE checkouts SET url = ?3, url_until = ?4 WHERE user_id = ?1 AND turn = ?2",
        params![op.member.as_bytes(), op.turn, op.url, op.until.as_micros()],
    )?;
    Ok(kept > 0)
}

/// See [`store::Op::RemindRenewal`].
pub(crate) fn remind(tx: &mut Tx<'_>, op: &RemindRenewal) -> Done<bool> {
    let end = op.period_end.as_micros();
    let marked = tx.run(
        "UPDATE subscriptions SET reminded_for = ?2
         WHERE id = ?1 AND period_end = ?2 AND coalesce(reminded_for <> ?2, 1)",
        params![op.subscription, end],
    )?;
    if marked == 0 {
        return Ok(false);
    }
    let _stored = accept::one(tx, &op.notice, op.at)?;
    Ok(true)
}

/// What an erased member had is ended where payments are taken, and who paid is forgotten here.
pub(super) fn erase(tx: &Tx<'_>, op: &EraseMember) -> Done<()> {
    let id = op.id.as_bytes();
    let all = tx.all(
        "SELECT id, state FROM subscriptions WHERE user_id = ?1",
        params![id],
        |row| {
            let state = word::<SubscriptionState>(row, 1, "subscriptions.state")?;
            Ok((row.get::<_, String>(0)?, state))
        },
    )?;
    for (subscription, state) in all {
        let read = params![subscription];
        tx.run(
            "DELETE FROM billing_needs WHERE task = 'read' AND subscription = ?1",
            read,
        )?;
        if state != SubscriptionState::Ended {
            want(tx, BillingTask::Cancel, &subscription, op.at)?;
        }
    }
    tx.run("DELETE FROM subscriptions WHERE user_id = ?1", params![id])?;
    tx.run("DELETE FROM checkouts WHERE user_id = ?1", params![id])?;
    Ok(())
}

/// What is past keeping.
pub(super) fn tidy(tx: &Tx<'_>, at: Timestamp) -> Done<u32> {
    let events = tx.run(
        "DELETE FROM billing_events WHERE id IN (SELECT id FROM billing_events
           WHERE heard_at < ?1 ORDER BY heard_at LIMIT ?2)",
        params![(at - EVENTS_KEPT).as_micros(), TIDY_MAX],
    )?;
    Ok(u32::try_from(events).unwrap_or(u32::MAX))
}
