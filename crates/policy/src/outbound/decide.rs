//! The decision, in the order of DESIGN 4: may it go at all, then channel by channel.

use domain::{Channel, ConsentState, DeliveryStatus, Kind, Seconds, Timestamp};

use super::channels::{in_order, is_on, rollout};
use super::decision::{Considered, Decision, FactVersions, Finding, Judgement, Knock, SendPlan};
use super::facts::{AddressFacts, Facts, OpenQuestion, SenderFacts, SenderState, Wait};
use super::form::{self, Carried};
use super::reason::Reason;
use crate::budget;
use crate::pricing::Estimate;
use crate::quiet_hours;
use crate::templates::Category;

/// How long a workout that was moved goes in spite of quiet hours, and how often one looks whether there is money again.
const HOUR: Seconds = Seconds::new(3600);

/// Decides what to do with a message now.
///
/// A stop is not an obstacle to be routed around: a channel on which the member said stop ends the
/// search, except for critical messages. What waits for a person (a switch, a stopped sender) is
/// held and looked at again, not lost.
pub fn decide(facts: &Facts<'_>, now: Timestamp) -> Judgement {
    if let Some(decision) = at_all(facts, now) {
        return Judgement {
            decision,
            considered: Vec::new(),
            goes_on: false,
        };
    }
    let mut considered = Vec::with_capacity(4);
    let mut later: Option<Later> = None;
    for (channel, because) in in_order(facts) {
        let found = look_at(channel, facts, now);
        let finding = match &found {
            Ok(Found::Plan(..)) => Finding::Chosen,
            Ok(Found::Later(waiting)) => Finding::Later(waiting.why),
            Err(why) => Finding::Passed(*why),
        };
        considered.push(Considered {
            channel,
            because,
            rollout: rollout(channel, &facts.member, facts.settings),
            finding,
            price: match &found {
                Ok(Found::Plan(_, price)) => Some(*price),
                Ok(Found::Later(waiting)) => waiting.price,
                Err(_) => None,
            },
        });
        match found {
            Ok(Found::Plan(plan, _)) => {
                return Judgement {
                    goes_on: goes_on(facts, plan.channel),
                    decision: Decision::Send(*plan),
                    considered,
                };
            }
            Ok(Found::Later(waiting)) => {
                later = later.or(Some(waiting));
                if !facts.message.critical {
                    break;
                }
            }
            Err(Reason::OptedOut) if !facts.message.critical => break,
            Err(_) => {}
        }
    }
    let decision = match later {
        Some(Later {
            why, until, knock, ..
        }) => hold(facts, until, why, knock),
        None => nowhere(facts, &considered, now),
    };
    Judgement {
        decision,
        considered,
        goes_on: false,
    }
}

/// Whether another message could follow on another channel, should this one not arrive (GUARANTEES 2.7).
/// What is only hoped for is asked again when it comes to that.
fn goes_on(facts: &Facts<'_>, channel: Channel) -> bool {
    let message = &facts.message;
    let rule = facts.settings.fallback.of(message.kind, message.critical);
    rule != crate::fallback::Rule::Never
        && in_order(facts).any(|(other, _)| {
            other != channel
                && !message.chain.tried.contains(&other)
                && facts.senders.iter().any(|sender| sender.channel == other)
                && facts
                    .addresses
                    .iter()
                    .any(|one| one.address.channel == other && one.consent == ConsentState::OptedIn)
        })
}

/// What can be said without looking at channels.
fn at_all(facts: &Facts<'_>, now: Timestamp) -> Option<Decision> {
    let message = &facts.message;
    let end = |why, status| Some(Decision::Suppress { why, status });
    if facts.member.erased {
        return end(Reason::Erased, DeliveryStatus::Suppressed);
    }
    if message.chain.arrived {
        return end(Reason::ArrivedElsewhere, DeliveryStatus::Cancelled);
    }
    if message.cancel_requested {
        return end(Reason::CancelRequested, DeliveryStatus::Cancelled);
    }
    if message.expires_at.is_some_and(|at| at <= now) {
        return end(Reason::Expired, DeliveryStatus::Expired);
    }
    if message.attempts_used >= message.attempts_max {
        return end(Reason::AttemptsUsedUp, DeliveryStatus::Failed);
    }
    if let Some(until) = message.not_before.filter(|at| *at > now) {
        return Some(hold(facts, until, Reason::NotYet, None));
    }
    let switches = facts.switches;
    let why = if switches.everything {
        Reason::EverythingSwitchedOff
    } else if switches.kinds.contains(&message.kind) {
        Reason::KindSwitchedOff
    } else if switches.queues.contains(message.queue) {
        Reason::QueueSwitchedOff
    } else {
        return too_often(facts, now).or_else(|| {
            let until = end_of_night(facts, now)?;
            Some(hold(facts, until, Reason::QuietHours, None))
        });
    };
    Some(hold(facts, now + facts.settings.recheck_every, why, None))
}

/// Where the member got as many of this kind as they get: it waits for room, or goes nowhere where that comes too
/// late. What goes on by another channel was counted with the first of its chain.
fn too_often(facts: &Facts<'_>, now: Timestamp) -> Option<Decision> {
    let message = &facts.message;
    if message.critical || !message.chain.tried.is_empty() {
        return None;
    }
    let caps = &facts.settings.caps;
    let until = caps.room_at(message.kind, message.counted, now)?;
    let why = Reason::FrequencyCap;
    Some(match message.expires_at {
        Some(end) if end <= until => Decision::Suppress {
            why,
            status: DeliveryStatus::Suppressed,
        },
        Some(_) | None => hold(facts, until, why, None),
    })
}

/// Until when the budget does not pay for something of this price.
fn unpaid_until(facts: &Facts<'_>, price: Estimate, now: Timestamp) -> Option<Timestamp> {
    let message = &facts.message;
    if !budget::holds(message.kind, message.critical) {
        return None;
    }
    let refilled = budget::refilled_at(facts.purses, price.amount())?;
    // It may be raised before.
    Some(refilled.min(now + HOUR))
}

/// When the quiet hours end that hold this message now.
fn end_of_night(facts: &Facts<'_>, now: Timestamp) -> Option<Timestamp> {
    let (message, member) = (&facts.message, &facts.member);
    // An answer comes at any hour to whoever just asked; on a phone that did not ask it is one that wakes somebody.
    let is_late_answer = message.kind == Kind::ChatReply && !message.chain.tried.is_empty();
    if !quiet_hours::keeps(message.kind, message.critical) && !is_late_answer {
        return None;
    }
    let chosen = member
        .chosen_hour
        .filter(|_| quiet_hours::comes_at_the_chosen_hour(message.kind));
    // “In three hours”, somebody said of this one.
    let moved = message.not_before.filter(|_| chosen.is_some());
    if moved.is_some_and(|to| now < to + HOUR) {
        return None;
    }
    let zone = member.time_zone.unwrap_or("UTC");
    let quiet = &facts.settings.quiet_hours;
    quiet.end(member.country, zone, chosen, now)
}

/// A hold, never beyond the message's own end.
fn hold(facts: &Facts<'_>, until: Timestamp, why: Reason, knock: Option<Knock>) -> Decision {
    let until = facts.message.expires_at.map_or(until, |end| until.min(end));
    Decision::Hold { until, why, knock }
}

enum Found {
    Plan(Box<SendPlan>, Estimate),
    Later(Later),
}

struct Later {
    why: Reason,
    until: Timestamp,
    knock: Option<Knock>,
    price: Option<Estimate>,
}

/// Looks at one channel.
fn look_at(channel: Channel, facts: &Facts<'_>, now: Timestamp) -> Result<Found, Reason> {
    let settings = facts.settings;
    let recheck = now + settings.recheck_every;
    let answers_here = facts.message.kind.is_reply() && facts.message.in_reply_to == Some(channel);
    match is_on(channel, &facts.member, settings) {
        // A code goes to nobody whom a rollout knows.
        Err(Reason::OutsideRollout) if answers_here || facts.message.kind == Kind::LoginCode => {}
        found => found?,
    }
    let address = facts
        .addresses
        .iter()
        .find(|a| a.address.channel == channel);
    let address = address.ok_or(Reason::NoAddress)?;
    // Whoever is on our own page has come there.
    if channel != Channel::Web
        && settings
            .allow_list
            .as_ref()
            .is_some_and(|list| !list.contains(&address.address.handle))
    {
        return Err(Reason::NotOnAllowList);
    }
    consent(facts, address, answers_here)?;
    if facts.message.chain.tried.contains(&channel) {
        return Err(Reason::TriedBefore);
    }
    // What waits for a person shows what it would cost all the same.
    let later = |why, until| {
        let price = match carried(facts, address, now) {
            Ok(Carried::Now(ready)) => Some(form::price(facts, address, &ready, now)),
            Ok(Carried::BehindKnock(_)) | Err(_) => None,
        };
        Ok(Found::Later(Later {
            why,
            until,
            knock: None,
            price,
        }))
    };
    if channel == Channel::Whatsapp && facts.switches.rolled_back {
        return Err(Reason::RolledBack);
    }
    if address.open == OpenQuestion::Doubt && !answers_here {
        return later(Reason::ConsentInDoubt, recheck);
    }
    if address.unreachable && !answers_here {
        return Err(Reason::Unreachable);
    }
    if facts.switches.channels.contains(&channel) {
        return later(Reason::ChannelSwitchedOff, recheck);
    }
    let sender = facts
        .senders
        .iter()
        .find(|s| s.channel == channel)
        .ok_or(Reason::NoSender)?;
    match sender.state {
        SenderState::Stopped { .. } => return later(Reason::SenderStopped, recheck),
        SenderState::Throttled { until } if until > now => {
            return later(Reason::SenderThrottled, until);
        }
        SenderState::Throttled { .. } | SenderState::Ready => {}
    }
    if let Some(wait) = address.limits.anything.filter(|wait| wait.until > now) {
        return later(wait.why, wait.until);
    }
    let carried = carried(facts, address, now)?;
    if let Some(wait) = limit(facts, address, &carried, now) {
        // Room that comes too late is none: another channel may be in time.
        return match facts.message.expires_at {
            Some(end) if end <= wait.until => Err(wait.why),
            Some(_) | None => later(wait.why, wait.until),
        };
    }
    match carried {
        Carried::Now(ready) => {
            let price = form::price(facts, address, &ready, now);
            if let Some(until) = unpaid_until(facts, price, now) {
                return Ok(unpaid(until, price));
            }
            Ok(Found::Plan(Box::new(plan(address, sender, ready)), price))
        }
        Carried::BehindKnock(knocking) => behind_knock(facts, address, knocking, now),
    }
}

/// It costs more than is left.
const fn unpaid(until: Timestamp, price: Estimate) -> Found {
    Found::Later(Later {
        why: Reason::BudgetSpent,
        until,
        knock: None,
        price: Some(price),
    })
}

/// What a form, or its knock, has to wait for at this address (facts/whatsapp.md 1.7).
fn limit(
    facts: &Facts<'_>,
    address: &AddressFacts<'_>,
    carried: &Carried,
    now: Timestamp,
) -> Option<Wait> {
    if address.address.channel != Channel::Whatsapp {
        return None;
    }
    let category = match carried {
        Carried::Now(ready) => ready.category,
        Carried::BehindKnock(Some(knocking)) => knocking.category,
        // It has knocked.
        Carried::BehindKnock(None) => return None,
    };
    let is_marketing =
        facts.message.kind == Kind::Broadcast || category == Some(Category::Marketing);
    let marketing = address.limits.marketing.filter(|_| is_marketing);
    let window_is_open = address.window.is_some_and(|window| window.ends_at > now);
    let outside = address.limits.outside_window.filter(|_| !window_is_open);
    [marketing, outside]
        .into_iter()
        .flatten()
        .find(|wait| wait.until > now)
}

/// The form the message has on an address's channel.
fn carried(
    facts: &Facts<'_>,
    address: &AddressFacts<'_>,
    now: Timestamp,
) -> Result<Carried, Reason> {
    match address.address.channel {
        Channel::Sms => form::sms(facts),
        Channel::Whatsapp => form::whatsapp(facts, address.window, now),
        channel @ (Channel::Email | Channel::Web) => form::plain(channel, facts),
    }
}

/// G13 to G17 for one address: unknown is not yes, but an answer to what the member just wrote
/// needs no more than that; a stop is a stop, but for its one confirmation. What asks for consent may
/// go where nothing is known yet, and nowhere else. A code was asked for a moment ago by somebody who says
/// that the phone is theirs: it needs no consent, and does not go where somebody said stop
/// (docs/decisions/0023).
fn consent(
    facts: &Facts<'_>,
    address: &AddressFacts<'_>,
    answers_here: bool,
) -> Result<(), Reason> {
    if answers_here && facts.message.kind == Kind::KeywordReply {
        return Ok(());
    }
    if facts.message.kind == Kind::ConsentRequest {
        return match address.consent {
            ConsentState::OptedOut => Err(Reason::OptedOut),
            ConsentState::OptedIn => Err(Reason::AlreadyConfirmed),
            ConsentState::Unknown if address.open == OpenQuestion::Confirmation => Ok(()),
            ConsentState::Unknown => Err(Reason::ConsentUnknown),
        };
    }
    if facts.message.kind == Kind::LoginCode && address.consent != ConsentState::OptedOut {
        return Ok(());
    }
    match address.consent {
        ConsentState::OptedOut => Err(Reason::OptedOut),
        ConsentState::Unknown if !answers_here => Err(Reason::ConsentUnknown),
        ConsentState::OptedIn | ConsentState::Unknown => {
            if address.marketing_stopped && facts.message.kind == Kind::Broadcast {
                Err(Reason::MarketingStopped)
            } else {
                Ok(())
            }
        }
    }
}

fn plan(address: &AddressFacts<'_>, sender: &SenderFacts<'_>, ready: form::Ready) -> SendPlan {
    SendPlan {
        channel: address.address.channel,
        provider: sender.provider,
        sender: sender.handle.clone(),
        to: address.address.clone(),
        form: ready.form,
        segments: ready.segments,
        versions: FactVersions {
            consent: address.consent_version,
            sender: sender.version,
            window: ready.needs_window.then_some(address.window_version),
            template: ready.template_version,
        },
    }
}

/// The body waits for an answer to its knock, until it expires or patience runs out.
fn behind_knock(
    facts: &Facts<'_>,
    address: &AddressFacts<'_>,
    knocking: Option<form::Knocking>,
    now: Timestamp,
) -> Result<Found, Reason> {
    let knocked_at = facts.message.knocked_at.unwrap_or(now);
    let until = match facts.message.expires_at {
        Some(end) => end,
        None => knocked_at + facts.settings.knock_patience,
    };
    if until <= now {
        return Err(Reason::Expired);
    }
    let price = knocking
        .as_ref()
        .map(|knocking| form::price_of_template(facts, address, knocking.category, now));
    if let Some(price) = price
        && let Some(until) = unpaid_until(facts, price, now)
    {
        return Ok(unpaid(until, price));
    }
    Ok(Found::Later(Later {
        why: Reason::BehindKnock,
        until,
        price,
        knock: knocking.map(|knocking| Knock {
            channel: address.address.channel,
            template: knocking.template,
        }),
    }))
}

/// No channel carries it: held where time or a person may help, else suppressed.
fn nowhere(facts: &Facts<'_>, considered: &[Considered], now: Timestamp) -> Decision {
    let mut why = Reason::NoChannel;
    for one in considered {
        if let Finding::Passed(reason) = one.finding
            && weight(reason) > weight(why)
        {
            why = reason;
        }
    }
    // The way back may come: what only WhatsApp carries waits for it. A knock does not, its body is planned anew.
    let waits = facts.message.kind != Kind::Knock
        && considered
            .iter()
            .any(|one| one.finding == Finding::Passed(Reason::RolledBack));
    if waits {
        let until = now + facts.settings.recheck_every;
        return hold(facts, until, Reason::RolledBack, None);
    }
    match why {
        Reason::WindowClosed => hold(facts, now + facts.settings.knock_patience, why, None),
        Reason::TemplateNotApproved
        | Reason::NoSender
        | Reason::PeopleLimit
        | Reason::NewPeoplePaused
        | Reason::MarketingCapped => hold(facts, now + facts.settings.recheck_every, why, None),
        Reason::Expired => Decision::Suppress {
            why,
            status: DeliveryStatus::Expired,
        },
        _ => Decision::Suppress {
            why,
            status: DeliveryStatus::Suppressed,
        },
    }
}

/// Which of several reasons tells most: what the person said first, then what may pass, then what
/// is missing.
const fn weight(reason: Reason) -> u8 {
    match reason {
        Reason::OptedOut | Reason::AlreadyConfirmed => 9,
        Reason::MarketingStopped => 8,
        Reason::Expired => 7,
        Reason::WindowClosed
        | Reason::TemplateNotApproved
        | Reason::PeopleLimit
        | Reason::NewPeoplePaused
        | Reason::MarketingCapped => 6,
        Reason::NoSender => 5,
        Reason::NoTemplate
        | Reason::TemplateIsMarketing
        | Reason::TemplateVariables
        | Reason::NothingToSay
        | Reason::TooLong => 4,
        Reason::ConsentUnknown => 3,
        Reason::NotOnAllowList | Reason::Unreachable => 2,
        Reason::NoAddress
        | Reason::WhatsappDisabled
        | Reason::RolledBack
        | Reason::OutsideRollout => 1,
        Reason::NoChannel
        | Reason::Erased
        | Reason::CancelRequested
        | Reason::AttemptsUsedUp
        | Reason::NotYet
        | Reason::EverythingSwitchedOff
        | Reason::KindSwitchedOff
        | Reason::QueueSwitchedOff
        | Reason::ChannelSwitchedOff
        | Reason::SenderStopped
        | Reason::SenderThrottled
        | Reason::PairTooFast
        | Reason::ConsentInDoubt
        | Reason::SkippedByMember
        | Reason::Rescheduled
        | Reason::TriedBefore
        | Reason::ArrivedElsewhere
        | Reason::QuietHours
        | Reason::FrequencyCap
        | Reason::BudgetSpent
        | Reason::BehindKnock => 0,
    }
}

#[cfg(test)]
mod tests;
