//! What seldom happens by chance alone: a few steps that belong together, at one person. Each was added because a
//! rule broken on purpose was not found without it (docs/PITFALLS.md).

use domain::Channel;
use serde_json::json;
use stories::chance::Chance;

use crate::steps::{Moment, Step, Wish, often, one_of};

/// A day, and a little less or more: the session window ends here.
const ABOUT_A_DAY: [u32; 5] = [86_100, 86_290, 86_400, 86_700, 89_000];

/// What carriers say of somebody who cannot be reached on WhatsApp.
const NOT_THERE: [&str; 3] = ["63024", "63003", "63005"];

/// Draws one for a person; messages are numbered on from `sent`.
pub(crate) fn scene(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Moment> {
    let steps = match chance.below(9) {
        0 => edge_of_the_window(who, sent, chance),
        1 | 2 => a_stop_and_a_start(who, sent, chance),
        3 => a_switch(who, sent, chance),
        4 => late(who, sent, chance),
        5 => told_to_stop(who, sent, chance),
        6 => not_there_twice(who, sent, chance),
        7 => too_late_to_knock(who, sent, chance),
        _ => not_there(who, sent, chance),
    };
    let moment = |step: Option<Step>| {
        Some(Moment {
            step: step?,
            settles: often(chance, 85),
        })
    };
    steps.into_iter().filter_map(moment).collect()
}

/// A message of no template, which must arrive or not, and is shown in no other way.
fn plain(who: usize, kind: &'static str, channel: Option<Channel>, sent: &mut usize) -> Step {
    *sent += 1;
    let wish = Wish {
        number: *sent,
        kind,
        channel,
        templated: false,
        choices: false,
        critical: false,
    };
    Step::Send(who, wish)
}

/// Free text right before and after a day has gone by since they wrote.
fn edge_of_the_window(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let kind = one_of(chance, &["system", "daily_workout", "broadcast"]);
    vec![
        Some(Step::Consent(who, Channel::Whatsapp, true)),
        Some(Step::Says(who, Channel::Whatsapp, "hello")),
        one_of(chance, &ABOUT_A_DAY).map(Step::Passes),
        kind.map(|kind| plain(who, kind, Some(Channel::Whatsapp), sent)),
    ]
}

/// What waits behind a switch when they say stop, and is not to come when they say start.
fn a_stop_and_a_start(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let channel = one_of(chance, &[Channel::Sms, Channel::Whatsapp]).unwrap_or(Channel::Sms);
    let kind = one_of(chance, &["system", "daily_workout"]);
    vec![
        Some(Step::Switch("all", true)),
        kind.map(|kind| plain(who, kind, Some(channel), sent)),
        Some(Step::Says(who, channel, "STOP")),
        Some(Step::Says(who, channel, "START")),
        Some(Step::Switch("all", false)),
        one_of(chance, &[7, 301, 1_300]).map(Step::Passes),
    ]
}

/// Messages of each sort, right after a switch was turned on, and right before it is turned off.
fn a_switch(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let scope = one_of(
        chance,
        &["channel:whatsapp", "channel:sms", "kind:daily_workout"],
    );
    vec![
        Some(Step::Consent(who, Channel::Sms, true)),
        scope.map(|scope| Step::Switch(scope, true)),
        Some(plain(who, "daily_workout", None, sent)),
        Some(plain(who, "system", Some(Channel::Sms), sent)),
        Some(Step::Says(who, Channel::Whatsapp, "ready")),
        one_of(chance, &[7, 301, 1_300]).map(Step::Passes),
        scope.map(|scope| Step::Switch(scope, false)),
    ]
}

/// What does not arrive on WhatsApp, of somebody who did not agree to anything else, or did.
fn not_there(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let agrees = often(chance, 40);
    let kind = one_of(chance, &["daily_workout", "system", "weekly_checkin"]);
    let code = one_of(chance, &NOT_THERE);
    vec![
        Some(Step::Consent(who, Channel::Sms, agrees)),
        Some(Step::Consent(who, Channel::Whatsapp, true)),
        Some(Step::Says(who, Channel::Whatsapp, "hello")),
        code.map(|code| Step::Carrier(json!({"errors": {code: 1.0}}))),
        kind.map(|kind| plain(who, kind, None, sent)),
        one_of(chance, &[7, 7_300, 21_700]).map(Step::Passes),
        Some(Step::Carrier(json!({}))),
    ]
}

/// The carrier knows of a stop that we have not heard, and says so once.
fn told_to_stop(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let kind = one_of(chance, &["system", "daily_workout", "broadcast"]);
    let says_start = often(chance, 30).then_some(Step::Says(who, Channel::Sms, "START"));
    vec![
        Some(Step::Consent(who, Channel::Sms, true)),
        Some(Step::Passes(7)),
        Some(Step::Carrier(json!({"errors": {"21610": 1.0}}))),
        kind.map(|kind| plain(who, kind, Some(Channel::Sms), sent)),
        Some(Step::Passes(7)),
        Some(Step::Carrier(json!({}))),
        says_start,
        kind.map(|kind| plain(who, kind, Some(Channel::Sms), sent)),
        one_of(chance, &[7, 301, 1_300]).map(Step::Passes),
    ]
}

/// Two messages find nobody on WhatsApp, and a third one is sent.
fn not_there_twice(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let agrees = often(chance, 60);
    let code = one_of(chance, &["63024", "63003"]);
    vec![
        Some(Step::Consent(who, Channel::Sms, agrees)),
        Some(Step::Consent(who, Channel::Whatsapp, true)),
        Some(Step::Says(who, Channel::Whatsapp, "hello")),
        Some(Step::Passes(7)),
        code.map(|code| Step::Carrier(json!({"errors": {code: 1.0}}))),
        Some(plain(who, "system", Some(Channel::Whatsapp), sent)),
        Some(Step::Passes(301)),
        Some(plain(who, "system", Some(Channel::Whatsapp), sent)),
        Some(Step::Passes(301)),
        Some(Step::Carrier(json!({}))),
        Some(plain(who, "daily_workout", None, sent)),
        Some(Step::Passes(7)),
    ]
}

/// A knock that has to wait, until the day of what it knocks for is over.
fn too_late_to_knock(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let ends = one_of(chance, &[43_200, 86_400, 90_000]);
    vec![
        Some(Step::Consent(who, Channel::Sms, false)),
        Some(Step::Consent(who, Channel::Whatsapp, true)),
        Some(Step::Passes(86_400)),
        Some(Step::Carrier(
            json!({"http_429_rate": 1.0, "retry_after_seconds": 3_600}),
        )),
        Some(plain(who, "daily_workout", Some(Channel::Whatsapp), sent)),
        ends.map(Step::Passes),
        Some(Step::Carrier(json!({}))),
        Some(Step::Passes(3_700)),
    ]
}

/// What arrives after all, when something else was to say it by another channel already.
fn late(who: usize, sent: &mut usize, chance: &mut Chance) -> Vec<Option<Step>> {
    let waits = often(chance, 60).then_some("channel:sms");
    *sent += 1;
    let wish = Wish {
        number: *sent,
        kind: "system",
        channel: Some(Channel::Whatsapp),
        templated: false,
        choices: false,
        critical: true,
    };
    vec![
        Some(Step::Consent(who, Channel::Sms, true)),
        Some(Step::Consent(who, Channel::Whatsapp, true)),
        Some(Step::Says(who, Channel::Whatsapp, "hello")),
        Some(Step::Handset(who, "online", false)),
        waits.map(|scope| Step::Switch(scope, true)),
        Some(Step::Send(who, wish)),
        Some(Step::Passes(301)),
        Some(Step::Handset(who, "online", true)),
        waits.map(|scope| Step::Switch(scope, false)),
        Some(Step::Passes(301)),
    ]
}
