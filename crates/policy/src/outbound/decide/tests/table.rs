//! Every kind, on each channel, with each consent, with the window open and closed: one sentence for each. The
//! sentences are kept in `table.txt`, where a person reads them; a rule that moves one of them shows there.

use std::fmt::Write as _;

use domain::{Channel, ConsentState, Content, Kind, Text};

use super::world::{World, template, with};
use crate::outbound::{Decision, Form, OpenQuestion};

const KEPT: &str = include_str!("table.txt");

fn sentence(kind: Kind, channel: Channel, open: bool, consent: ConsentState) -> String {
    let world = with(|w| {
        w.kind = kind;
        w.preferred = Some(channel);
        if !open {
            w.window = None;
        }
        // The other channel has no consent, so that only this one speaks.
        (w.sms.1, w.whatsapp.1) = match channel {
            Channel::Whatsapp => (ConsentState::Unknown, consent),
            _ => (consent, ConsentState::Unknown),
        };
        if kind == Kind::LoginCode {
            // It goes by SMS alone, whichever channel is wished for.
            w.wish = Some(channel);
            w.sms.1 = consent;
        }
        w.reply_to = kind.is_reply().then_some(channel);
        if kind == Kind::ConsentRequest {
            w.wish = Some(channel);
            w.open = OpenQuestion::Confirmation;
        }
        if kind == Kind::Knock {
            w.wish = Some(channel);
            let asks = Some(template("daily_workout", &["1", "2"]));
            w.content = Content::new(Text::default(), vec![], asks).unwrap();
        }
    });
    format!(
        "{} by {}, {}, {}: {}",
        kind.as_str().replace('_', " "),
        if channel == Channel::Sms {
            "SMS"
        } else {
            "WhatsApp"
        },
        match (channel, open) {
            (Channel::Whatsapp, true) => "window open",
            (Channel::Whatsapp, false) => "window closed",
            (_, true) => "window of WhatsApp open",
            (_, false) => "window of WhatsApp closed",
        },
        match consent {
            ConsentState::OptedIn => "agreed to",
            ConsentState::Unknown => "nothing known",
            ConsentState::OptedOut => "stopped",
        },
        outcome(&world)
    )
}

fn outcome(world: &World) -> String {
    match world.judge().decision {
        Decision::Send(plan) => match plan.form {
            Form::Template { .. } => format!("goes by {} as a template", plan.channel),
            Form::Text { .. } => format!("goes by {} as text", plan.channel),
            other => format!("goes by {} as {}", plan.channel, other.word()),
        },
        Decision::Hold { why, knock, .. } => {
            let knocks = if knock.is_some() {
                "knocks and waits"
            } else {
                "waits"
            };
            format!("{knocks}, because {why}")
        }
        Decision::Suppress { why, .. } => format!("is not sent, because {why}"),
    }
}

#[test]
fn every_kind_window_consent_and_channel_has_its_sentence() {
    let mut said = String::new();
    for kind in Kind::ALL {
        for channel in [Channel::Sms, Channel::Whatsapp] {
            for open in [true, false] {
                for consent in ConsentState::ALL {
                    let _ = writeln!(said, "{}", sentence(*kind, channel, open, *consent));
                }
            }
        }
    }
    let moved: Vec<_> = said
        .lines()
        .zip(KEPT.lines())
        .filter(|(now, kept)| now != kept)
        .collect();
    assert!(moved.is_empty(), "now, and before: {moved:#?}\n\n{said}");
    assert_eq!(said.lines().count(), KEPT.lines().count(), "{said}");
}

#[test]
fn no_sentence_sends_against_consent_or_outside_a_window() {
    for line in KEPT.lines() {
        let goes = line.contains(": goes by");
        let reply = line.starts_with("chat reply") || line.starts_with("keyword reply");
        if line.contains(", stopped:") {
            assert!(!goes || line.starts_with("keyword reply"), "{line}");
        }
        if line.contains(", nothing known:") {
            // What asks for consent goes where it is asked for, and where it is not known; a code goes to the phone
            // that somebody says is theirs.
            let asks = line.starts_with("consent request") || line.starts_with("login code");
            assert!(!goes || reply || asks, "{line}");
        }
        if line.contains("window closed") && line.contains(": goes by whatsapp") {
            assert!(line.ends_with("as a template"), "{line}");
        }
        if line.starts_with("login code") {
            // It proves the address it goes to, so that no other channel stands in (decision 0028).
            let asked = if line.contains("by WhatsApp, ") {
                "whatsapp"
            } else {
                "sms"
            };
            let there = format!(": goes by {asked} as text");
            assert!(!goes || line.ends_with(&there), "{line}");
        }
    }
}
