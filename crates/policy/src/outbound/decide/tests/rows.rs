//! Rows that read as sentences: given these facts, this happens, for this reason.

use std::collections::HashSet;

use domain::{Channel, ConsentState, Content, Kind, QueueName, Seconds, SessionWindow, Text};

use super::world::{NOW, World, template, with};
use crate::outbound::{OpenQuestion, SenderState};
use crate::templates::Category;

pub(super) type Change = fn(&mut World);

pub(super) fn rows(rows: &[(&str, Change, &str)]) {
    for (given, change, expected) in rows {
        assert_eq!(with(change).said(), *expected, "{given}");
    }
}

#[test]
fn may_it_go_at_all() {
    rows(&[
        ("nothing special", |_| {}, "send text by whatsapp"),
        ("erased", |w| w.erased = true, "suppressed, erased"),
        (
            "taken back",
            |w| w.cancelled = true,
            "cancelled, cancel_requested",
        ),
        ("expired", |w| w.expires_at = Some(NOW), "expired, expired"),
        (
            "no attempts left",
            |w| w.attempts_used = 5,
            "failed, attempts_used_up",
        ),
        (
            "too early",
            |w| w.not_before = Some(NOW + Seconds::new(1)),
            "hold, not_yet",
        ),
        (
            "all switched off",
            |w| w.switches.everything = true,
            "hold, everything_switched_off",
        ),
        (
            "kind switched off",
            |w| w.switches.kinds = vec![Kind::DailyWorkout],
            "hold, kind_switched_off",
        ),
        (
            "queue switched off",
            |w| w.switches.queues = vec![QueueName::default()],
            "hold, queue_switched_off",
        ),
        (
            "channel switched off",
            |w| w.switches.channels = vec![Channel::Whatsapp],
            "hold, channel_switched_off",
        ),
        (
            "staging",
            |w| w.settings.allow_list = Some(HashSet::new()),
            "suppressed, not_on_allow_list",
        ),
    ]);
    let listed = with(|w| w.settings.allow_list = Some(HashSet::from([w.sms.0.handle.clone()])));
    assert_eq!(listed.said(), "send text by whatsapp");
}

#[test]
fn consent_is_asked_for_each_address() {
    use ConsentState::{OptedOut, Unknown};
    rows(&[
        (
            "WhatsApp unknown goes to SMS",
            |w| w.whatsapp.1 = Unknown,
            "send text by sms",
        ),
        (
            "stop on WhatsApp is not routed around",
            |w| w.whatsapp.1 = OptedOut,
            "suppressed, opted_out",
        ),
        (
            "stop on SMS does not stop WhatsApp",
            |w| w.sms.1 = OptedOut,
            "send text by whatsapp",
        ),
        (
            "nothing known",
            |w| {
                w.sms.1 = Unknown;
                w.whatsapp.1 = Unknown;
            },
            "suppressed, consent_unknown",
        ),
        (
            "critical goes on after a stop elsewhere",
            |w| {
                w.critical = true;
                w.whatsapp.1 = OptedOut;
            },
            "send text by sms",
        ),
        (
            "marketing stopped, a workout is none",
            |w| w.marketing_stopped = true,
            "send text by whatsapp",
        ),
        (
            "marketing stopped, a broadcast",
            |w| {
                w.marketing_stopped = true;
                w.kind = Kind::Broadcast;
            },
            "suppressed, marketing_stopped",
        ),
        (
            "an answer needs no more than the question",
            |w| {
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Sms);
                w.sms.1 = Unknown;
            },
            "send text by sms",
        ),
        (
            "an answer after a stop",
            |w| {
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Sms);
                w.sms.1 = OptedOut;
            },
            "suppressed, opted_out",
        ),
        (
            "the confirmation of a stop",
            |w| {
                w.kind = Kind::KeywordReply;
                w.reply_to = Some(Channel::Sms);
                w.sms.1 = OptedOut;
            },
            "send text by sms",
        ),
        (
            "an answer while somebody decides whether it was a stop",
            |w| {
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Sms);
                w.open = OpenQuestion::Doubt;
            },
            "send text by sms",
        ),
        (
            "a workout while somebody decides, and not on another channel instead",
            |w| {
                w.preferred = Some(Channel::Sms);
                w.open = OpenQuestion::Doubt;
            },
            "hold, consent_in_doubt",
        ),
        (
            "what asks for a consent that a reply has to prove",
            |w| {
                w.kind = Kind::ConsentRequest;
                w.wish = Some(Channel::Sms);
                w.sms.1 = Unknown;
                w.open = OpenQuestion::Confirmation;
            },
            "send text by sms",
        ),
        (
            "what asks where nobody signed up",
            |w| {
                w.kind = Kind::ConsentRequest;
                w.wish = Some(Channel::Sms);
                w.sms.1 = Unknown;
            },
            "suppressed, consent_unknown",
        ),
        (
            "what asks after a stop",
            |w| {
                w.kind = Kind::ConsentRequest;
                w.wish = Some(Channel::Sms);
                w.sms.1 = OptedOut;
            },
            "suppressed, opted_out",
        ),
        (
            "what asks somebody who has agreed meanwhile",
            |w| {
                w.kind = Kind::ConsentRequest;
                w.wish = Some(Channel::Sms);
            },
            "suppressed, already_confirmed",
        ),
        (
            "a code that somebody asked for, whose phone we know nothing of",
            |w| {
                w.kind = Kind::LoginCode;
                w.wish = Some(Channel::Sms);
                w.sms.1 = Unknown;
            },
            "send text by sms",
        ),
        (
            "a code after a stop",
            |w| {
                w.kind = Kind::LoginCode;
                w.wish = Some(Channel::Sms);
                w.sms.1 = OptedOut;
            },
            "suppressed, opted_out",
        ),
        (
            "a workout before the confirmation",
            |w| {
                w.preferred = Some(Channel::Sms);
                w.sms.1 = Unknown;
                w.whatsapp.1 = Unknown;
                w.open = OpenQuestion::Confirmation;
            },
            "suppressed, consent_unknown",
        ),
        (
            "a workout is no answer",
            |w| {
                w.reply_to = Some(Channel::Sms);
                w.preferred = Some(Channel::Sms);
                w.sms.1 = Unknown;
                w.whatsapp.1 = Unknown;
            },
            "suppressed, consent_unknown",
        ),
    ]);
}

#[test]
fn the_channel_is_the_best_that_may_carry_it() {
    rows(&[
        ("no preference", |w| w.preferred = None, "send text by sms"),
        (
            "the caller wishes SMS",
            |w| w.wish = Some(Channel::Sms),
            "send text by sms",
        ),
        (
            "an answer goes where it was asked",
            |w| {
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Sms);
            },
            "send text by sms",
        ),
        (
            "WhatsApp disabled",
            |w| w.settings.whatsapp_enabled = false,
            "send text by sms",
        ),
        (
            "outside the rollout",
            |w| w.settings.whatsapp_rollout_percent = 0,
            "send text by sms",
        ),
        (
            "outside the rollout, in a group that has it",
            |w| {
                w.settings.whatsapp_rollout_percent = 0;
                w.settings.whatsapp_cohorts = vec!["team".into()];
                w.cohort = Some("team");
            },
            "send text by whatsapp",
        ),
        (
            "outside the rollout, in another group",
            |w| {
                w.settings.whatsapp_rollout_percent = 0;
                w.settings.whatsapp_cohorts = vec!["team".into()];
                w.cohort = Some("teams");
            },
            "send text by sms",
        ),
        (
            "not on WhatsApp",
            |w| w.whatsapp.2 = true,
            "send text by sms",
        ),
        (
            "no WhatsApp number of ours",
            |w| w.whatsapp_sender = None,
            "send text by sms",
        ),
        (
            "our WhatsApp number is stopped: wait",
            |w| w.whatsapp_sender = Some(SenderState::Stopped { why: "401" }),
            "hold, sender_stopped",
        ),
        (
            "critical does not wait for it",
            |w| {
                w.critical = true;
                w.whatsapp_sender = Some(SenderState::Stopped { why: "401" });
            },
            "send text by sms",
        ),
        (
            "slowed down",
            |w| {
                w.whatsapp_sender = Some(SenderState::Throttled {
                    until: NOW + Seconds::new(9),
                });
            },
            "hold, sender_throttled",
        ),
        (
            "no longer slowed down",
            |w| w.whatsapp_sender = Some(SenderState::Throttled { until: NOW }),
            "send text by whatsapp",
        ),
        (
            "a wish is not exchanged for another channel",
            |w| {
                w.wish = Some(Channel::Whatsapp);
                w.whatsapp.2 = true;
            },
            "suppressed, unreachable",
        ),
        (
            "no number of ours at all: kept",
            |w| {
                w.sms_sender = None;
                w.whatsapp_sender = None;
            },
            "hold, no_sender",
        ),
        (
            "a channel we do not have",
            |w| w.wish = Some(Channel::Email),
            "suppressed, no_address",
        ),
    ]);
}

#[test]
fn whatsapp_outside_the_window() {
    rows(&[
        (
            "a workout waits behind a knock",
            |w| w.window = None,
            "hold, behind_knock, knock",
        ),
        (
            "it is not knocked twice",
            |w| {
                w.window = None;
                w.knocked_at = Some(NOW);
            },
            "hold, behind_knock",
        ),
        (
            "closed early by deadline and margin",
            |w| {
                w.window = Some(SessionWindow {
                    ends_at: NOW + Seconds::new(130),
                });
            },
            "hold, behind_knock, knock",
        ),
        (
            "open by a second",
            |w| {
                w.window = Some(SessionWindow {
                    ends_at: NOW + Seconds::new(131),
                });
            },
            "send text by whatsapp",
        ),
        (
            "not approved: SMS",
            |w| {
                w.window = None;
                for t in &mut w.templates {
                    t.2 = false;
                }
            },
            "send text by sms",
        ),
        (
            "not approved, and nothing but WhatsApp: looked at again",
            |w| {
                w.window = None;
                w.wish = Some(Channel::Whatsapp);
                for t in &mut w.templates {
                    t.2 = false;
                }
            },
            "hold, template_not_approved",
        ),
        (
            "not approved, and its backup is: a knock all the same",
            |w| {
                w.window = None;
                w.backup = Some("plain_workout");
                for t in &mut w.templates {
                    t.2 = false;
                }
                w.templates
                    .push(("plain_workout", "es", true, vec!["1".into(), "2".into()]));
            },
            "hold, behind_knock, knock",
        ),
        (
            "a backup that is not approved either: SMS",
            |w| {
                w.window = None;
                w.backup = Some("plain_workout");
                for t in &mut w.templates {
                    t.2 = false;
                }
                w.templates
                    .push(("plain_workout", "es", false, vec!["1".into(), "2".into()]));
            },
            "send text by sms",
        ),
        (
            "turned into marketing, to a US number: SMS",
            |w| {
                w.window = None;
                w.category = Some(Category::Marketing);
            },
            "send text by sms",
        ),
        (
            "turned into marketing, to a Brazilian number",
            |w| {
                w.window = None;
                w.country = "BR";
                w.category = Some(Category::Marketing);
            },
            "hold, behind_knock, knock",
        ),
        (
            "turned into marketing, to a Brazilian who stopped that",
            |w| {
                w.window = None;
                w.country = "BR";
                w.marketing_stopped = true;
                w.category = Some(Category::Marketing);
            },
            "send text by sms",
        ),
        (
            "no template of the kind: SMS",
            |w| {
                w.window = None;
                w.kind = Kind::Broadcast;
            },
            "send text by sms",
        ),
        (
            "a template we cannot fill: SMS",
            |w| {
                w.window = None;
                w.kind = Kind::SubscriptionReminder;
            },
            "send text by sms",
        ),
        (
            "nowhere else: wait for the member",
            |w| {
                w.window = None;
                w.kind = Kind::Broadcast;
                w.sms.1 = ConsentState::Unknown;
            },
            "hold, window_closed",
        ),
        (
            "critical does not wait behind a knock",
            |w| {
                w.window = None;
                w.critical = true;
            },
            "send text by sms",
        ),
        (
            "patience has run out",
            |w| {
                w.window = None;
                w.wish = Some(Channel::Whatsapp);
                w.knocked_at = Some(NOW - Seconds::new(24 * 3600));
            },
            "expired, expired",
        ),
        (
            "the caller's template goes at once",
            |w| {
                w.window = None;
                w.content = Content::new(
                    Text::default(),
                    vec![],
                    Some(template("daily_workout", &["1", "2"])),
                )
                .unwrap();
            },
            "send template by whatsapp",
        ),
        (
            "values missing and no text: SMS cannot either",
            |w| {
                w.content = Content::new(
                    Text::default(),
                    vec![],
                    Some(template("daily_workout", &["1"])),
                )
                .unwrap();
            },
            "suppressed, template_variables",
        ),
        (
            "an unusable template with a text, window open",
            |w| {
                w.content = Content::new("Hi".into(), vec![], Some(template("nope", &[]))).unwrap();
            },
            "send text by whatsapp",
        ),
    ]);
}
