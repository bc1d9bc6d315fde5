//! Rows that read as sentences: given these facts, this happens, for this reason.

use std::collections::{BTreeMap, HashSet};

use domain::{
    Address, Content, Handle, MemberId, ProviderName, QueueName, Seconds, SessionWindow,
    TemplateUse, Text,
};
use proptest::prelude::*;

use super::*;
use crate::outbound::{
    Choice, Form, KillSwitches, MemberFacts, MessageFacts, Settings, TemplateFacts,
};

/// Sunday, 22 November 2026, 12:00 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// Owns what [`Facts`] borrows: Ana, opted in to both channels, who prefers WhatsApp, where her
/// window is open.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, as in the real ones"
)]
struct World {
    kind: Kind,
    queue: QueueName,
    content: Content,
    critical: bool,
    wish: Option<Channel>,
    reply_to: Option<Channel>,
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    knocked_at: Option<Timestamp>,
    cancelled: bool,
    attempts_used: u8,
    erased: bool,
    preferred: Option<Channel>,
    locale: &'static str,
    country: &'static str,
    sms: (Address, ConsentState, bool),
    whatsapp: (Address, ConsentState, bool),
    marketing_stopped: bool,
    window: Option<SessionWindow>,
    handle: Handle,
    sms_sender: Option<SenderState<'static>>,
    whatsapp_sender: Option<SenderState<'static>>,
    templates: Vec<(&'static str, &'static str, bool, Vec<Box<str>>)>,
    switches: KillSwitches,
    settings: Settings,
}

fn ana() -> World {
    let number = || "+14155552671".parse().unwrap();
    World {
        kind: Kind::DailyWorkout,
        queue: QueueName::default(),
        content: Content::text_only("10 squats").unwrap(),
        critical: false,
        wish: None,
        reply_to: None,
        not_before: None,
        expires_at: None,
        knocked_at: None,
        cancelled: false,
        attempts_used: 0,
        erased: false,
        preferred: Some(Channel::Whatsapp),
        locale: "es-MX",
        country: "US",
        sms: (Address::sms(number()), ConsentState::OptedIn, false),
        whatsapp: (Address::whatsapp(number()), ConsentState::OptedIn, false),
        marketing_stopped: false,
        window: Some(SessionWindow {
            ends_at: NOW + Seconds::new(3600),
        }),
        handle: Handle::Phone("+14155550100".parse().unwrap()),
        sms_sender: Some(SenderState::Ready),
        whatsapp_sender: Some(SenderState::Ready),
        templates: vec![
            ("daily_workout", "en", true, vec!["1".into(), "2".into()]),
            ("daily_workout", "es", true, vec!["1".into(), "2".into()]),
            (
                "subscription_reminder",
                "en",
                true,
                vec!["1".into(), "2".into()],
            ),
        ],
        switches: KillSwitches::default(),
        settings: Settings {
            whatsapp_enabled: true,
            ..Settings::default()
        },
    }
}

impl World {
    fn address<'a>(
        &self,
        (address, consent, unreachable): &'a (Address, ConsentState, bool),
        window: Option<SessionWindow>,
    ) -> AddressFacts<'a> {
        AddressFacts {
            address,
            consent: *consent,
            marketing_stopped: self.marketing_stopped,
            consent_version: 7,
            window,
            window_version: 8,
            unreachable: *unreachable,
        }
    }

    fn judge(&self) -> Judgement {
        let sender = |channel, provider, state: Option<SenderState<'static>>| {
            state.map(|state| SenderFacts {
                channel,
                provider,
                handle: &self.handle,
                state,
                version: 9,
            })
        };
        let senders: Vec<_> = [
            sender(Channel::Sms, ProviderName::Twilio, self.sms_sender),
            sender(
                Channel::Whatsapp,
                ProviderName::Whatsapp,
                self.whatsapp_sender,
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        let templates: Vec<_> = self
            .templates
            .iter()
            .map(|(name, language, approved, variables)| TemplateFacts {
                name,
                provider_template_id: "HX1",
                language,
                approved: *approved,
                variables,
                body: Some("Hi {{1}}! Your workout for {{2}} is ready."),
                version: 10,
            })
            .collect();
        let facts = Facts {
            message: MessageFacts {
                kind: self.kind,
                queue: &self.queue,
                critical: self.critical,
                channel_wish: self.wish,
                content: &self.content,
                not_before: self.not_before,
                expires_at: self.expires_at,
                cancel_requested: self.cancelled,
                in_reply_to: self.reply_to,
                knocked_at: self.knocked_at,
                attempts_used: self.attempts_used,
                attempts_max: 5,
            },
            member: MemberFacts {
                id: MemberId::from_bytes([7; 16]),
                name: "Ana",
                erased: self.erased,
                preferred_channel: self.preferred,
                locale: self.locale,
                country: Some(self.country),
                time_zone: Some("Asia/Tokyo"),
            },
            addresses: &[
                self.address(&self.sms, None),
                self.address(&self.whatsapp, self.window),
            ],
            senders: &senders,
            templates: &templates,
            switches: &self.switches,
            settings: &self.settings,
        };
        decide(&facts, NOW)
    }

    fn said(&self) -> String {
        match self.judge().decision {
            Decision::Send(plan) => {
                let form = match plan.form {
                    Form::Text { .. } => "text",
                    Form::Template { .. } => "template",
                };
                format!("send {form} by {}", plan.channel)
            }
            Decision::Hold { why, knock, .. } => {
                format!(
                    "hold, {}{}",
                    why.code(),
                    if knock.is_some() { ", knock" } else { "" }
                )
            }
            Decision::Suppress { why, status } => format!("{status}, {}", why.code()),
        }
    }
}

fn with(change: impl FnOnce(&mut World)) -> World {
    let mut world = ana();
    change(&mut world);
    world
}

fn template(name: &str, variables: &[&str]) -> TemplateUse {
    let values: BTreeMap<_, _> = variables
        .iter()
        .map(|v| ((*v).into(), Text::from("x")))
        .collect();
    TemplateUse::new(name, values).unwrap()
}

type Change = fn(&mut World);

fn rows(rows: &[(&str, Change, &str)]) {
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

#[test]
fn a_knock_speaks_the_members_language_and_day() {
    let world = with(|w| {
        w.window = None;
        w.expires_at = Some(NOW + Seconds::new(60));
    });
    let Decision::Hold {
        until,
        knock: Some(knock),
        ..
    } = world.judge().decision
    else {
        panic!("{}", world.said());
    };
    assert_eq!(until, NOW + Seconds::new(60), "it expires with its day");
    assert_eq!(
        (knock.channel, &*knock.template.name),
        (Channel::Whatsapp, "daily_workout")
    );
    let values: Vec<_> = knock
        .template
        .variables
        .values()
        .map(Text::as_str)
        .collect();
    assert_eq!(values, ["Ana", "domingo"]);
}

#[test]
fn a_plan_names_the_facts_it_rests_on() {
    let versions = |world: World| match world.judge().decision {
        Decision::Send(plan) => plan.versions,
        other => panic!("{other:?}"),
    };
    let text = FactVersions {
        consent: 7,
        sender: 9,
        window: Some(8),
        template: None,
    };
    assert_eq!(versions(ana()), text);
    let by_sms = versions(with(|w| w.preferred = Some(Channel::Sms)));
    assert_eq!(
        by_sms,
        FactVersions {
            window: None,
            ..text
        }
    );
    let as_template = versions(with(|w| {
        let wanted = Some(template("daily_workout", &["1", "2"]));
        w.content = Content::new(Text::default(), vec![], wanted).unwrap();
    }));
    assert_eq!(
        as_template,
        FactVersions {
            window: None,
            template: Some(10),
            ..text
        }
    );
}

#[test]
fn sms_is_folded_counted_and_carries_media_where_it_can() {
    let by_sms = |text: &str, media: &[&str], country: &'static str| {
        let world = with(|w| {
            w.preferred = Some(Channel::Sms);
            w.country = country;
            let media = media.iter().map(|url| url.parse().unwrap()).collect();
            w.content = Content::new(text.into(), media, None).unwrap();
        });
        match world.judge().decision {
            Decision::Send(SendPlan {
                form: Form::Text { text, media },
                segments,
                ..
            }) => (
                text.as_str().to_owned(),
                media.len(),
                segments.map(|s| (s.encoding.as_str(), s.count)),
            ),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        by_sms("Don’t stop…", &[], "US"),
        ("Don't stop...".into(), 0, Some(("GSM-7", 1)))
    );
    assert_eq!(
        by_sms("Don’t 💪", &[], "US"),
        ("Don’t 💪".into(), 0, Some(("UCS-2", 1)))
    );
    let url = "https://example.com/a.jpg";
    assert_eq!(by_sms("See", &[url], "US"), ("See".into(), 1, None));
    assert_eq!(
        by_sms("See", &[url], "ES"),
        (format!("See\n{url}"), 0, Some(("GSM-7", 1)))
    );
    assert_eq!(
        by_sms("", &[url], "ES"),
        (url.into(), 0, Some(("GSM-7", 1)))
    );
}

#[test]
fn a_template_reaches_sms_as_its_own_words() {
    let world = with(|w| {
        w.preferred = Some(Channel::Sms);
        w.content = Content::new(
            Text::default(),
            vec![],
            Some(template("daily_workout", &["1", "2"])),
        )
        .unwrap();
    });
    let Decision::Send(SendPlan {
        form: Form::Text { text, .. },
        ..
    }) = world.judge().decision
    else {
        panic!("{}", world.said());
    };
    assert_eq!(text.as_str(), "Hi x! Your workout for x is ready.");
}

#[test]
fn every_channel_looked_at_is_told_with_its_reason() {
    let judgement = with(|w| w.whatsapp.1 = ConsentState::Unknown).judge();
    assert_eq!(
        judgement.considered,
        [
            Considered {
                channel: Channel::Whatsapp,
                because: Choice::MembersPreference,
                finding: Finding::Passed(Reason::ConsentUnknown),
            },
            Considered {
                channel: Channel::Sms,
                because: Choice::Fallback,
                finding: Finding::Chosen
            },
        ]
    );
}

#[test]
fn codes_are_unique_and_read_back() {
    let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        assert!(!reason.to_string().is_empty());
    }
}

#[test]
fn a_higher_percentage_only_adds_members() {
    let on = |percent| {
        let settings = Settings {
            whatsapp_rollout_percent: percent,
            ..Settings::default()
        };
        (0..2_000_u128)
            .filter(|n| in_rollout(MemberId::from_bytes(n.to_be_bytes()), &settings))
            .collect::<HashSet<_>>()
    };
    let (ten, half) = (on(10), on(50));
    assert!(ten.is_subset(&half));
    assert!((120..280).contains(&ten.len()), "{}", ten.len());
    assert!((850..1_150).contains(&half.len()), "{}", half.len());
    assert_eq!((on(0).len(), on(100).len()), (0, 2_000));
}

fn consents() -> impl Strategy<Value = ConsentState> {
    proptest::sample::select(ConsentState::ALL)
}

proptest! {
    #[test]
    fn nothing_is_sent_against_the_promises(
        kind in proptest::sample::select(Kind::ALL),
        sms in consents(),
        whatsapp in consents(),
        wish in proptest::option::of(proptest::sample::select(Channel::ALL)),
        reply_to in proptest::option::of(proptest::sample::select(Channel::ALL)),
        critical: bool,
        enabled: bool,
        window in proptest::option::of(-1_000_i64..100_000),
        expires in proptest::option::of(-100_i64..100_000),
    ) {
        let later = |seconds: i64| Timestamp::from_micros(NOW.as_micros() + seconds * 1_000_000);
        let world = with(|w| {
            w.kind = kind;
            (w.sms.1, w.whatsapp.1) = (sms, whatsapp);
            (w.wish, w.reply_to, w.critical) = (wish, reply_to, critical);
            w.settings.whatsapp_enabled = enabled;
            w.window = window.map(|at| SessionWindow { ends_at: later(at) });
            w.expires_at = expires.map(later);
        });
        match world.judge().decision {
            Decision::Send(plan) => {
                let consent = if plan.channel == Channel::Sms { sms } else { whatsapp };
                let answers = kind.is_reply() && reply_to == Some(plan.channel);
                let confirmed = answers && kind == Kind::KeywordReply;
                prop_assert!(consent != ConsentState::OptedOut || confirmed);
                prop_assert!(consent == ConsentState::OptedIn || answers);
                prop_assert!(world.expires_at.is_none_or(|at| at > NOW));
                if plan.channel == Channel::Whatsapp {
                    prop_assert!(enabled);
                    prop_assert!(world.window.is_some_and(|w| w.ends_at > NOW + Seconds::new(130)));
                }
            }
            Decision::Hold { until, .. } => {
                prop_assert!(until > NOW);
                prop_assert!(world.expires_at.is_none_or(|at| until <= at));
            }
            Decision::Suppress { status, .. } => prop_assert!(status.has_ended_badly()),
        }
    }
}

#[test]
fn the_same_facts_give_the_same_decision() {
    let worlds = [
        ana(),
        with(|w| w.preferred = Some(Channel::Sms)),
        with(|w| w.window = None),
    ];
    for world in &worlds {
        let first = world.judge();
        for _ in 0..100 {
            assert_eq!(world.judge(), first);
        }
    }
}
