//! Who is served, by date (docs/decisions/0024): a cancelled plan until its period ends, an unpaid one for a grace.
//!
//! What is judged is what whoever takes payments told last, so the order in which it was told does not matter. Consent is
//! another machine: nothing here reads it, and nothing here changes it.

use domain::{Seconds, SubscriptionState as State, Timestamp};

/// What was told of one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it is.
    pub state: State,
    /// The period that runs, or ran last.
    pub period: (Timestamp, Timestamp),
    /// Whether it ends with its period.
    pub cancels: bool,
    /// When it was made.
    pub made_at: Timestamp,
}

/// What the service grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How long somebody is served whose payment is owed, or of whose renewal nobody has told yet.
    pub grace: Seconds,
    /// How long somebody is served from joining on without a subscription; zero is not at all.
    pub trial: Seconds,
}

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They never had a subscription, and no trial runs.
    None,
    /// They try it out.
    Trialing {
        /// Served until then.
        until: Timestamp,
    },
    /// They pay.
    Active {
        /// The period that is paid ends then.
        until: Timestamp,
    },
    /// They owe a payment.
    PastDue {
        /// Served until then, which may be over.
        until: Timestamp,
    },
    /// It ends with its period.
    Cancelled {
        /// Served until then.
        until: Timestamp,
    },
    /// It is over.
    Ended {
        /// Since when.
        since: Timestamp,
    },
}

impl Standing {
    /// Whether they are served at this instant.
    pub fn is_served(self, now: Timestamp) -> bool {
        match self {
            Self::Trialing { .. } | Self::Active { .. } => true,
            Self::PastDue { until } | Self::Cancelled { until } => now < until,
            Self::None | Self::Ended { .. } => false,
        }
    }

    /// Whether there is a subscription that could be changed, rather than one that has to be begun.
    pub const fn is_running(self) -> bool {
        matches!(
            self,
            Self::Active { .. } | Self::PastDue { .. } | Self::Cancelled { .. }
        )
    }

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Trialing { .. } => "trialing",
            Self::Active { .. } => "active",
            Self::PastDue { .. } => "past_due",
            Self::Cancelled { .. } => "cancelled",
            Self::Ended { .. } => "ended",
        }
    }

    /// The instant that goes with the word.
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::Trialing { until }
            | Self::Active { until }
            | Self::PastDue { until }
            | Self::Cancelled { until } => Some(until),
            Self::Ended { since } => Some(since),
        }
    }
}

/// How a member stands with these subscriptions, of which most have at most one. The one that serves longest counts;
/// where none serves, the one that was made last.
pub fn standing(plans: &[Plan], joined_at: Timestamp, terms: Terms, now: Timestamp) -> Standing {
    let best = plans
        .iter()
        .filter_map(|plan| Some((one(*plan, terms, now)?, plan.made_at)))
        .max_by_key(|(standing, made_at)| {
            let serves = standing.is_served(now);
            (serves, if serves { standing.at() } else { None }, *made_at)
        });
    if let Some((standing, _)) = best {
        return standing;
    }
    let until = joined_at + terms.trial;
    if now < until {
        Standing::Trialing { until }
    } else {
        Standing::None
    }
}

fn one(plan: Plan, terms: Terms, now: Timestamp) -> Option<Standing> {
    let (start, end) = plan.period;
    Some(match plan.state {
        State::Incomplete => return None,
        State::Ended => Standing::Ended { since: end },
        State::Trialing | State::Active if plan.cancels => {
            if now < end {
                Standing::Cancelled { until: end }
            } else {
                Standing::Ended { since: end }
            }
        }
        // The period is over and nobody has told of the next one: the news may be late.
        State::Trialing | State::Active if now >= end + terms.grace => Standing::PastDue {
            until: end + terms.grace,
        },
        State::Trialing => Standing::Trialing { until: end },
        State::Active => Standing::Active { until: end },
        // The period that is owed has begun already.
        State::PastDue => Standing::PastDue {
            until: start + terms.grace,
        },
    })
}

/// What a member is written about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// A payment did not go through.
    PaymentFailed,
    /// It is over.
    Ended,
}

/// What follows from what was told now, after what had been told before.
pub fn letter(before: Option<&Plan>, now: &Plan) -> Option<Letter> {
    let was = before.map_or(State::Incomplete, |plan| plan.state);
    let same_period = before.is_some_and(|plan| plan.period.0 == now.period.0);
    match (was, now.state) {
        (State::PastDue, State::PastDue) if same_period => None,
        // What is over stays over, whatever an older answer says.
        (State::Ended, _)
        | (State::Incomplete, State::Ended)
        | (_, State::Incomplete | State::Trialing | State::Active) => None,
        (_, State::PastDue) => Some(Letter::PaymentFailed),
        (State::Trialing | State::Active | State::PastDue, State::Ended) => Some(Letter::Ended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const TERMS: Terms = Terms {
        grace: Seconds::new(3 * 86_400),
        trial: Seconds::new(7 * 86_400),
    };

    fn day(number: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + number * DAY)
    }

    fn plan(state: State, cancels: bool) -> Plan {
        Plan {
            state,
            period: (day(30), day(60)),
            cancels,
            made_at: day(0),
        }
    }

    #[test]
    fn who_is_served_follows_from_the_date() {
        let joined = day(-100);
        // State, whether it ends with its period, the day; the word, and whether they are served.
        let rows = [
            (State::Active, false, 59, "active", true),
            (State::Active, false, 62, "active", true),
            (State::Active, false, 63, "past_due", false),
            (State::Active, true, 59, "cancelled", true),
            (State::Active, true, 60, "ended", false),
            (State::Trialing, false, 31, "trialing", true),
            (State::Trialing, true, 31, "cancelled", true),
            (State::PastDue, false, 32, "past_due", true),
            (State::PastDue, false, 33, "past_due", false),
            (State::Ended, false, 31, "ended", false),
            (State::Incomplete, false, 31, "none", false),
        ];
        for (state, cancels, on, word, served) in rows {
            let standing = standing(&[plan(state, cancels)], joined, TERMS, day(on));
            assert_eq!(
                (standing.as_str(), standing.is_served(day(on))),
                (word, served),
                "{state} {cancels} on day {on}"
            );
        }
    }

    #[test]
    fn a_trial_runs_from_joining_on_and_once() {
        let at = |on| standing(&[], day(0), TERMS, day(on));
        assert_eq!(at(6), Standing::Trialing { until: day(7) });
        assert_eq!(at(7), Standing::None);
        let over = standing(&[plan(State::Ended, false)], day(28), TERMS, day(31));
        assert_eq!(over.as_str(), "ended", "who has had one is tried no more");
    }

    #[test]
    fn of_two_the_one_that_serves_longest_counts_in_any_order() {
        let mut newer = plan(State::Active, false);
        newer.period = (day(40), day(70));
        newer.made_at = day(40);
        let old = plan(State::Ended, false);
        for plans in [[old, newer], [newer, old]] {
            let now = standing(&plans, day(0), TERMS, day(41));
            assert_eq!(now, Standing::Active { until: day(70) });
            let later = standing(&plans, day(0), TERMS, day(80));
            assert_eq!(later.as_str(), "past_due");
        }
    }

    #[test]
    fn each_change_is_written_about_once() {
        let (active, owed) = (plan(State::Active, false), plan(State::PastDue, false));
        let ended = plan(State::Ended, false);
        let mut next = owed;
        next.period = (day(60), day(90));
        assert_eq!(letter(Some(&active), &owed), Some(Letter::PaymentFailed));
        assert_eq!(letter(None, &owed), Some(Letter::PaymentFailed));
        assert_eq!(letter(Some(&owed), &owed), None);
        assert_eq!(letter(Some(&owed), &next), Some(Letter::PaymentFailed));
        assert_eq!(letter(Some(&owed), &active), None);
        assert_eq!(letter(Some(&owed), &ended), Some(Letter::Ended));
        assert_eq!(letter(Some(&active), &ended), Some(Letter::Ended));
        assert_eq!(letter(Some(&ended), &ended), None);
        assert_eq!(letter(None, &ended), None);
        assert_eq!(letter(None, &active), None);
    }
}
