//! Who pays, what has to be asked, and pages on which somebody may pay.

use domain::MemberId;
use rusqlite::{Connection, Row, params};
use store::questions::{BillingToDo, CheckoutOf, SubscriptionsOf};
use store::records::{BillingDue, BillingNeed, CheckoutRecord, SubscriptionRecord};

use crate::columns::{instant, instant_opt, member_id, text, word};
use crate::fault::{Done, corrupt};
use crate::read::{all, one};

const COLUMNS: &str = "id, user_id, customer, state, period_start, period_end, cancels, made_at, told_at, reminded_for";

fn subscription(row: &Row<'_>) -> Done<SubscriptionRecord> {
    Ok(SubscriptionRecord {
        id: row.get(0)?,
        member: member_id(row, 1, "subscriptions.user_id")?,
        customer: row.get(2)?,
        state: word(row, 3, "subscriptions.state")?,
        period_start: instant(row, 4)?,
        period_end: instant(row, 5)?,
        cancels: row.get(6)?,
        made_at: instant(row, 7)?,
        told_at: instant(row, 8)?,
        reminded_for: instant_opt(row, 9)?,
    })
}

/// A row of `checkouts`.
pub(crate) fn checkout(row: &Row<'_>) -> Done<CheckoutRecord> {
    let url: Option<String> = row.get(4)?;
    Ok(CheckoutRecord {
        member: member_id(row, 0, "checkouts.user_id")?,
        token: row.get(1)?,
        turn: row.get(2)?,
        opened_at: instant(row, 3)?,
        page: url.zip(instant_opt(row, 5)?),
    })
}

/// See [`store::questions::SubscriptionsOf`].
pub(crate) fn of(c: &Connection, q: &SubscriptionsOf) -> Done<Vec<Vec<SubscriptionRecord>>> {
    q.members.iter().map(|member| of_one(c, *member)).collect()
}

fn of_one(c: &Connection, member: MemberId) -> Done<Vec<SubscriptionRecord>> {
    all(
        c,
        &format!("SELECT {COLUMNS} FROM subscriptions WHERE user_id = ?1 ORDER BY made_at, id"),
        params![member.as_bytes()],
        subscription,
    )
}

/// See [`store::questions::BillingToDo`]. A subscription whose period is over, and of which nobody has told since, is
/// asked about like one of which somebody has: its event may have been lost.
pub(crate) fn to_do(c: &Connection, q: BillingToDo) -> Done<BillingDue> {
    let at = q.at.as_micros();
    let needs = all(
        c,
        "SELECT task, subscription, turn, asked, due_at FROM billing_needs WHERE due_at <= ?1
         UNION ALL
         SELECT 'read', id, 0, 0, period_end FROM subscriptions AS s
         WHERE state <> 'ended' AND period_end <= ?1 AND told_at < period_end
           AND NOT EXISTS (SELECT 1 FROM billing_needs AS n WHERE n.task = 'read' AND n.subscription = s.id)
         ORDER BY 5, 2 LIMIT ?2",
        params![at, q.limit],
        |row| {
            Ok(BillingNeed {
                task: text(row, 0, "billing_needs.task")?
                    .parse()
                    .map_err(|()| corrupt("billing_needs.task", "an unknown word"))?,
                subscription: row.get(1)?,
                turn: row.get(2)?,
                asked: row.get(3)?,
            })
        },
    )?;
    let renewals = all(
        c,
        &format!(
            "SELECT {COLUMNS} FROM subscriptions
             WHERE state = 'active' AND cancels = 0 AND period_end > ?1 AND period_end <= ?2
               AND coalesce(reminded_for <> period_end, 1)
             ORDER BY period_end, id LIMIT ?3"
        ),
        params![at, q.remind_before.as_micros(), q.limit],
        subscription,
    )?;
    Ok(BillingDue { needs, renewals })
}

/// See [`store::questions::CheckoutOf`].
pub(crate) fn checkout_of(c: &Connection, q: &CheckoutOf) -> Done<Option<CheckoutRecord>> {
    one(
        c,
        "SELECT user_id, token, turn, opened_at, url, url_until FROM checkouts WHERE token = ?1",
        params![q.token],
        checkout,
    )
}
