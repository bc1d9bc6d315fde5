//! What a decision holds, and what holds for every decision; the rules one by one are in `rows`.

mod blocks;
mod caps;
mod legs;
mod limits;
mod quiet;
mod rows;
mod table;
mod web_chat;
mod without_whatsapp;
mod world;

use std::collections::HashSet;

use domain::{Content, MemberId, Seconds, SessionWindow, Text, Topic};
use proptest::prelude::*;

use super::*;
use crate::outbound::channels::in_rollout;
use crate::outbound::{Choice, Form, Rollout, Settings};
use world::{NOW, World, ana, template, with};

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
fn the_order_of_wishes_is_topic_member_country_default() {
    let first = |change: fn(&mut World)| {
        let judgement = with(change).judge();
        let first = judgement.considered[0];
        (first.channel, first.because)
    };
    let nothing = |w: &mut World| w.preferred = None;
    for (given, change, expected) in [
        (
            "a wish for another topic",
            (|w: &mut World| {
                w.preferences = w
                    .preferences
                    .with(Topic::WeeklyCheckins, Some(Channel::Sms));
            }) as fn(&mut World),
            (Channel::Whatsapp, Choice::MembersPreference),
        ),
        (
            "a wish for this topic",
            |w| w.preferences = w.preferences.with(Topic::DailyWorkouts, Some(Channel::Sms)),
            (Channel::Sms, Choice::TopicPreference),
        ),
        (
            "the caller's wish against it",
            |w| {
                w.preferences = w.preferences.with(Topic::DailyWorkouts, Some(Channel::Sms));
                w.wish = Some(Channel::Whatsapp);
            },
            (Channel::Whatsapp, Choice::CallersWish),
        ),
        (
            "an answer goes where it was asked, whatever the wish",
            |w| {
                w.kind = Kind::ChatReply;
                w.preferences = w.preferences.with(Topic::ChatResponses, Some(Channel::Sms));
                w.reply_to = Some(Channel::Whatsapp);
            },
            (Channel::Whatsapp, Choice::AnsweredWhereAsked),
        ),
        (
            "what the coach says of their own accord goes by the wish",
            |w| {
                w.kind = Kind::ChatReply;
                w.preferences = w.preferences.with(Topic::ChatResponses, Some(Channel::Sms));
            },
            (Channel::Sms, Choice::TopicPreference),
        ),
        (
            "a country's channel, and no preference",
            |w| {
                w.preferred = None;
                w.settings.country_channels = vec![
                    ("BR".into(), Channel::Sms),
                    ("us".into(), Channel::Whatsapp),
                ];
            },
            (Channel::Whatsapp, Choice::CountryDefault),
        ),
        (
            "a country's channel against a preference",
            |w| w.settings.country_channels = vec![("US".into(), Channel::Sms)],
            (Channel::Whatsapp, Choice::MembersPreference),
        ),
        (
            "another country's",
            |w| {
                w.preferred = None;
                w.settings.country_channels = vec![("BR".into(), Channel::Whatsapp)];
            },
            (Channel::Sms, Choice::DefaultChannel),
        ),
        ("nothing", nothing, (Channel::Sms, Choice::DefaultChannel)),
    ] {
        assert_eq!(first(change), expected, "{given}");
    }
}

#[test]
fn a_decision_says_why_whatsapp_is_on_where_it_is_not_on_for_all() {
    let told = |percent: u8, cohort: Option<&'static str>| {
        let mut world = ana();
        world.settings.whatsapp_rollout_percent = percent;
        world.settings.whatsapp_cohorts = vec!["team".into()];
        world.cohort = cohort;
        world.judge().considered[0].rollout
    };
    assert_eq!(told(100, Some("team")), None);
    assert_eq!(told(99, None), Some(Rollout::Percentage));
    assert_eq!(told(99, Some("team")), Some(Rollout::Cohort));
    assert_eq!(told(0, None), None);
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
                rollout: None,
                finding: Finding::Passed(Reason::ConsentUnknown),
                price: None,
            },
            Considered {
                channel: Channel::Sms,
                because: Choice::Fallback,
                rollout: None,
                finding: Finding::Chosen,
                price: Some("0.0113 USD 2026-01-19".parse().unwrap()),
            },
        ]
    );
}

#[test]
fn every_form_has_its_price_and_what_has_none_says_why() {
    let priced = |world: &World| {
        let considered = world.judge().considered;
        let last = considered.last().unwrap();
        last.price
            .map(|price| price.to_string())
            .unwrap_or_default()
    };
    let by_template = |w: &mut World| {
        w.content = Content::new(
            Text::default(),
            vec![],
            Some(template("daily_workout", &["1", "2"])),
        )
        .unwrap();
    };
    let long = "x".repeat(161);
    for (says, world) in [
        ("0.0084 USD 2026-10-01", ana()),
        (
            "0.0226 USD 2026-01-19",
            with(|w| {
                w.wish = Some(Channel::Sms);
                w.content = Content::text_only(long.as_str()).unwrap();
            }),
        ),
        (
            "unknown no_rate",
            with(|w| {
                w.wish = Some(Channel::Sms);
                w.country = "DE";
            }),
        ),
        ("0.0084 USD 2026-10-01", with(by_template)),
        (
            "unknown category_unknown",
            with(|w| {
                by_template(w);
                w.category = None;
            }),
        ),
        (
            "0.0300 USD 2026-10-01",
            with(|w| {
                by_template(w);
                w.category = Some(crate::templates::Category::Marketing);
                w.country = "CA";
            }),
        ),
        // Who came by an advertisement pays for no message of Meta's: the carrier's fee is left.
        (
            "0.0050 USD 2026-10-01",
            with(|w| w.free_entry.free_until = Some(NOW + Seconds::new(1))),
        ),
        (
            "0.0050 USD 2026-10-01",
            with(|w| w.free_entry.answer_by = Some(NOW + Seconds::new(1))),
        ),
        (
            "0.0050 USD 2026-10-01",
            with(|w| {
                by_template(w);
                w.country = "CA";
                w.category = Some(crate::templates::Category::Marketing);
                w.free_entry.free_until = Some(NOW + Seconds::new(1));
            }),
        ),
        (
            "0.0300 USD 2026-10-01",
            with(|w| {
                by_template(w);
                w.country = "CA";
                w.category = Some(crate::templates::Category::Marketing);
                w.free_entry.free_until = Some(NOW);
            }),
        ),
        // Behind a knock: what the knock costs.
        ("0.0084 USD 2026-10-01", with(|w| w.window = None)),
        // Held by a person: what it would cost.
        (
            "0.0084 USD 2026-10-01",
            with(|w| {
                w.switches.channels.push(Channel::Whatsapp);
            }),
        ),
        ("", with(|w| w.erased = true)),
    ] {
        if says.is_empty() {
            assert!(world.judge().considered.is_empty());
        } else {
            assert_eq!(priced(&world), says, "{}", world.said());
        }
    }
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
        open in proptest::sample::select(&[
            OpenQuestion::Nothing, OpenQuestion::Confirmation, OpenQuestion::Doubt,
        ][..]),
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
            w.open = open;
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
                let asks = kind == Kind::ConsentRequest;
                if asks {
                    prop_assert!(consent == ConsentState::Unknown && open == OpenQuestion::Confirmation);
                } else {
                    let was_asked_for = kind == Kind::LoginCode && consent == ConsentState::Unknown;
                    prop_assert!(consent == ConsentState::OptedIn || answers || was_asked_for);
                }
                prop_assert!(open != OpenQuestion::Doubt || answers);
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
