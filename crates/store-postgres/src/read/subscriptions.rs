//! Who pays, what has to be asked, and pages on which somebody may pay.

use std::collections::BTreeMap;

use domain::MemberId;
use store::questions::{BillingToDo, CheckoutOf, SubscriptionsOf};
use store::records::{BillingDue, BillingNeed, CheckoutRecord, SubscriptionRecord};

use crate::columns::{instant, instant_opt, member_id, text, word};
use crate::fault::{Done, corrupt};
use crate::read::{all, one};
use crate::sql::{Row, Sql, Value, params};

const COLUMNS: &str = "id, user_id, customer, state, period_start, period_end, cancels, made_at, told_at, reminded_for";

fn subscription(row: &Row) -> Done<SubscriptionRecord> {
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
pub(crate) fn checkout(row: &Row) -> Done<CheckoutRecord> {
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
pub(crate) fn of(c: &Sql, q: &SubscriptionsOf) -> Done<Vec<Vec<SubscriptionRecord>>> {
    let ids: Vec<Value<'_>> = q
        .members
        .iter()
        .map(|member| Value::Bytes(member.as_bytes()))
        .collect();
    let found = all(
        c,
        &format!(
            "SELECT {COLUMNS} FROM subscriptions WHERE user_id = ANY($1::uuid[]) ORDER BY made_at, id"
        ),
        &[Value::List(&ids)],
        subscription,
    )?;
    let mut by_member: BTreeMap<MemberId, Vec<SubscriptionRecord>> = BTreeMap::new();
    for one in found {
        by_member.entry(one.member).or_default().push(one);
    }
    let of = |member| by_member.get(member).cloned().unwrap_or_default();
    Ok(q.members.iter().map(of).collect())
}

/// See [`store::questions::BillingToDo`]. A subscription whose period is over, and of which nobody has told since, is
/// asked about like one of which somebody has: its event may have been lost.
pub(crate) fn to_do(c: &Sql, q: BillingToDo) -> Done<BillingDue> {
    let at = q.at.as_micros();
    let needs = all(
        c,
        "SELECT task, subscription, turn, asked, due_at FROM billing_needs WHERE due_at <= $1
         UNION ALL
         SELECT 'read'::text, id, 0::bigint, 0::bigint, period_end FROM subscriptions AS s
         WHERE state <> 'ended' AND period_end <= $1 AND told_at < period_end
           AND NOT EXISTS (SELECT 1 FROM billing_needs AS n WHERE n.task = 'read' AND n.subscription = s.id)
         ORDER BY 5, 2 LIMIT $2",
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
             WHERE state = 'active' AND NOT cancels AND period_end > $1 AND period_end <= $2
               AND coalesce(reminded_for <> period_end, true)
             ORDER BY period_end, id LIMIT $3"
        ),
        params![at, q.remind_before.as_micros(), q.limit],
        subscription,
    )?;
    Ok(BillingDue { needs, renewals })
}

/// See [`store::questions::CheckoutOf`].
pub(crate) fn checkout_of(c: &Sql, q: &CheckoutOf) -> Done<Option<CheckoutRecord>> {
    one(
        c,
        "SELECT user_id, token, turn, opened_at, url, url_until FROM checkouts WHERE token = $1",
        params![q.token],
        checkout,
    )
}
