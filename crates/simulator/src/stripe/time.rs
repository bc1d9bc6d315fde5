//! What becomes of subscriptions: somebody pays, changes their mind, and time passes.

use std::sync::Arc;

use super::books::{DUNNING_SECONDS, PERIOD_SECONDS, Subscription, keep};
use super::objects;
use crate::simulator::Simulator;

/// The most periods that are caught up at once.
const PERIODS_MAX: usize = 120;

/// What somebody does on a portal page, or a test in place of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Ends it with its period.
    Cancel,
    /// Does not, after all.
    Resume,
    /// The next payment is going to fail.
    CardFails,
    /// The card is good again, and what is owed is paid.
    CardWorks,
    /// Ends it at once.
    EndNow,
}

impl Act {
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "cancel" => Self::Cancel,
            "resume" => Self::Resume,
            "card_fails" => Self::CardFails,
            "card_works" => Self::CardWorks,
            "end_now" => Self::EndNow,
            _ => return None,
        })
    }
}

impl Simulator {
    /// Somebody pays on a page; `false` when it cannot be paid any more.
    pub(super) fn pay(self: &Arc<Self>, session: &str) -> bool {
        let now = self.now();
        let Some(stripe) = &self.stripe else {
            return false;
        };
        let mut books = stripe.books();
        let Some(found) = books
            .sessions
            .get(session)
            .filter(|found| found.status(now) == "open")
            .cloned()
        else {
            return false;
        };
        let customer = found.customer.clone().unwrap_or_else(|| books.id("cus"));
        let email = found.email.clone();
        books.customers.entry(customer.clone()).or_insert(email);
        let start = now.as_seconds();
        let one = Subscription {
            id: books.id("sub"),
            customer: customer.clone(),
            status: if found.trial_end.is_some() {
                "trialing"
            } else {
                "active"
            },
            metadata: found.plan_metadata.clone(),
            start,
            end: found.trial_end.unwrap_or(start + PERIOD_SECONDS),
            cancels: false,
            made_at: start,
            ended_at: None,
            card_fails: false,
        };
        if let Some(session) = books.sessions.get_mut(session) {
            session.subscription = Some(one.id.clone());
            session.customer = Some(customer);
            session.declined = false;
        }
        keep(&mut books.subscriptions, one.id.clone(), one.clone());
        let done = books.sessions.get(session).cloned();
        drop(books);
        // As Stripe does, in no order one could count on: what was bought, the invoice, the page.
        self.tell_of("customer.subscription.created", &one);
        self.tell_invoice(&one, true);
        if let Some(done) = done {
            let object = objects::session(&done, &self.base_url(None), now);
            self.tell_stripe("checkout.session.completed", &one.id, &object);
        }
        true
    }

    /// The card is declined on a page.
    pub(super) fn decline(&self, session: &str) {
        if let Some(stripe) = &self.stripe
            && let Some(session) = stripe.books().sessions.get_mut(session)
        {
            session.declined = true;
        }
    }

    /// Does it; `false` when there is no such subscription, or it is over.
    pub(super) fn act_on(self: &Arc<Self>, id: &str, act: Act) -> bool {
        if act == Act::EndNow {
            return self.end_subscription(id).is_some();
        }
        let Some(stripe) = &self.stripe else {
            return false;
        };
        let mut books = stripe.books();
        let Some(one) = books
            .subscriptions
            .get_mut(id)
            .filter(|one| one.ended_at.is_none())
        else {
            return false;
        };
        let mut paid = false;
        match act {
            Act::Cancel => one.cancels = true,
            Act::Resume => one.cancels = false,
            Act::CardFails => one.card_fails = true,
            Act::CardWorks => {
                one.card_fails = false;
                paid = one.status == "past_due";
                if paid {
                    one.status = "active";
                }
            }
            Act::EndNow => {}
        }
        let one = one.clone();
        drop(books);
        if paid {
            self.tell_invoice(&one, true);
        }
        self.tell_of("customer.subscription.updated", &one);
        true
    }

    /// Ends one at once; `None` when there is none that could be ended.
    pub(super) fn end_subscription(self: &Arc<Self>, id: &str) -> Option<Subscription> {
        let now = self.now().as_seconds();
        let mut books = self.stripe.as_ref()?.books();
        let one = books
            .subscriptions
            .get_mut(id)
            .filter(|one| one.ended_at.is_none())?;
        one.status = "canceled";
        one.ended_at = Some(now);
        let one = one.clone();
        drop(books);
        self.tell_of("customer.subscription.deleted", &one);
        Some(one)
    }

    /// Time has passed: periods end, and are paid or not.
    pub(crate) fn renew_subscriptions(self: &Arc<Self>) {
        let Some(stripe) = &self.stripe else { return };
        let now = self.now().as_seconds();
        let mut told: Vec<(Subscription, Step)> = Vec::new();
        let mut books = stripe.books();
        for one in books
            .subscriptions
            .values_mut()
            .filter(|one| one.ended_at.is_none())
        {
            for _ in 0..PERIODS_MAX {
                let step = step(one, now);
                if step == Step::Nothing {
                    break;
                }
                told.push((one.clone(), step));
            }
        }
        drop(books);
        for (one, step) in told {
            match step {
                Step::Paid => self.tell_invoice(&one, true),
                Step::Owed => self.tell_invoice(&one, false),
                Step::Nothing | Step::Ended => {}
            }
            let kind = if one.ended_at.is_some() {
                "customer.subscription.deleted"
            } else {
                "customer.subscription.updated"
            };
            self.tell_of(kind, &one);
        }
    }
}

/// What one step in time brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing was due.
    Nothing,
    /// It is over.
    Ended,
    /// Another period has begun, and is paid.
    Paid,
    /// Another period has begun, and is not.
    Owed,
}

fn step(one: &mut Subscription, now: i64) -> Step {
    if one.ended_at.is_some() {
        return Step::Nothing;
    }
    let owed_until = one.start + DUNNING_SECONDS;
    if one.status == "past_due" && owed_until <= now {
        one.status = "canceled";
        one.ended_at = Some(owed_until);
        return Step::Ended;
    }
    if one.end > now {
        return Step::Nothing;
    }
    if one.cancels {
        one.status = "canceled";
        one.ended_at = Some(one.end);
        return Step::Ended;
    }
    one.start = one.end;
    one.end += PERIOD_SECONDS;
    if one.card_fails {
        one.status = "past_due";
        Step::Owed
    } else {
        one.status = "active";
        Step::Paid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Subscription {
        Subscription {
            id: "sub_1".into(),
            customer: "cus_1".into(),
            status: "active",
            metadata: std::collections::BTreeMap::new(),
            start: 0,
            end: PERIOD_SECONDS,
            cancels: false,
            made_at: 0,
            ended_at: None,
            card_fails: false,
        }
    }

    #[test]
    fn a_period_is_followed_by_another_while_it_is_paid() {
        let mut one = one();
        assert_eq!(step(&mut one, PERIOD_SECONDS - 1), Step::Nothing);
        assert_eq!(step(&mut one, PERIOD_SECONDS), Step::Paid);
        assert_eq!((one.start, one.end), (PERIOD_SECONDS, 2 * PERIOD_SECONDS));
        one.card_fails = true;
        let due = 2 * PERIOD_SECONDS;
        assert_eq!(step(&mut one, due), Step::Owed);
        assert_eq!(one.status, "past_due");
        assert_eq!(step(&mut one, due + DUNNING_SECONDS - 1), Step::Nothing);
        assert_eq!(step(&mut one, due + DUNNING_SECONDS), Step::Ended);
        assert_eq!(one.status, "canceled");
        assert_eq!(step(&mut one, i64::MAX), Step::Nothing);
    }

    #[test]
    fn what_was_cancelled_ends_with_its_period() {
        let mut one = one();
        one.cancels = true;
        assert_eq!(step(&mut one, 2 * PERIOD_SECONDS), Step::Ended);
        assert_eq!(
            (one.status, one.ended_at),
            ("canceled", Some(PERIOD_SECONDS))
        );
    }
}
