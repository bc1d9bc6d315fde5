//! One message as a member sees it.

use askama::Template;
use domain::{Channel, DeliveryStatus, Direction, MessageId};
use engine::Engine;
use engine::joining::Language;
use sha2::{Digest as _, Sha256};
use store::records::MessageRecord;
use ui::Icon;

use crate::State;
use crate::people::guard::LoggedIn;
use crate::people::words::{Words, words};
use crate::people::{service, shown};

/// How many bytes of its fingerprint tell one state of a message from the next.
const MARK_BYTES: usize = 8;

/// What can be opened from a message.
struct Opens {
    icon: Icon,
    label: String,
    href: String,
}

struct Tap {
    at: usize,
    title: String,
    description: String,
}

#[derive(Template)]
#[template(path = "chat_message.html")]
pub(super) struct Bubble {
    pub(super) id: MessageId,
    pub(super) seq: i64,
    /// Changes when anything that is shown of it does.
    pub(super) mark: String,
    token: String,
    ours: bool,
    /// Whether their browser tells that it was shown: only what we said here.
    is_told: bool,
    who: String,
    at: String,
    since: String,
    text: String,
    opens: Vec<Opens>,
    taps: Vec<Tap>,
    stage: &'static str,
    tick: Icon,
    stands: &'static str,
}

/// For whom messages are shown.
pub(super) struct Eyes<'a> {
    engine: &'a Engine,
    service: &'a str,
    token: String,
    zone: &'a str,
    locale: &'a str,
    language: Language,
    w: &'static Words,
}

impl<'a> Eyes<'a> {
    pub(super) fn of(state: &'a State, logged_in: &'a LoggedIn) -> Self {
        let profile = &logged_in.session.member.profile;
        let language = logged_in.language();
        Self {
            engine: state.engine(),
            service: service(state),
            token: logged_in.token(),
            zone: &profile.time_zone,
            locale: &profile.locale,
            language,
            w: words(language),
        }
    }

    pub(super) fn see(&self, record: &MessageRecord) -> Bubble {
        let w = self.w;
        let ours = record.direction == Direction::Outbound;
        let is_web = record.channel == Some(Channel::Web);
        let text = match record.redacted_at {
            None => self.engine.chat_words(record, self.locale),
            Some(_) => w.redacted.to_owned(),
        };
        let (stage, tick, stands) = stands(record, w);
        let who = if ours { self.service } else { w.you };
        let channel = record.channel.map_or("", shown::channel);
        let mut bubble = Bubble {
            id: record.id,
            seq: record.seq.0,
            mark: String::new(),
            token: self.token.clone(),
            ours,
            is_told: ours && is_web && !record.status.has_ended_badly(),
            who: format!("{who} · {channel}"),
            at: shown::instant(record.created_at, self.zone, self.language),
            since: record.created_at.to_string(),
            text,
            opens: opens(record, w),
            taps: taps(record).filter(|_| ours && is_web).unwrap_or_default(),
            stage,
            tick,
            stands,
        };
        bubble.mark = bubble.fingerprint();
        bubble
    }
}

impl Bubble {
    fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.render().unwrap_or_default().as_bytes());
        let (some, _) = digest.split_at(MARK_BYTES);
        engine::logins::hex(some)
    }
}

/// How far it has come: a word for styles, its tick, and what that says.
const fn stands(record: &MessageRecord, w: &'static Words) -> (&'static str, Icon, &'static str) {
    if matches!(record.direction, Direction::Inbound) {
        return ("delivered", Icon::CheckCheck, w.tick_kept);
    }
    match record.status {
        DeliveryStatus::Pending | DeliveryStatus::Unconfirmed | DeliveryStatus::Accepted => {
            ("waiting", Icon::Clock, w.tick_waiting)
        }
        DeliveryStatus::Sent => ("sent", Icon::Check, w.tick_sent),
        DeliveryStatus::Delivered => ("delivered", Icon::CheckCheck, w.tick_delivered),
        DeliveryStatus::Read | DeliveryStatus::Played => ("read", Icon::CheckCheck, w.tick_read),
        DeliveryStatus::Undelivered
        | DeliveryStatus::Failed
        | DeliveryStatus::Cancelled
        | DeliveryStatus::Suppressed
        | DeliveryStatus::Expired => ("failed", Icon::CircleAlert, w.tick_failed),
    }
}

/// Links, places, contacts and media. Media that members sent lie at their carrier, where only we may fetch them.
fn opens(record: &MessageRecord, w: &'static Words) -> Vec<Opens> {
    let is_outbound = record.direction == Direction::Outbound;
    let mut opens: Vec<Opens> = record
        .media
        .iter()
        .map(|url| Opens {
            icon: Icon::Image,
            label: w.chat_file.to_owned(),
            href: if is_outbound {
                url.clone()
            } else {
                String::new()
            },
        })
        .collect();
    let Some(rich) = &record.blocks else {
        return opens;
    };
    opens.extend(rich.links.iter().map(|link| Opens {
        icon: Icon::ExternalLink,
        label: link.label().to_owned(),
        href: link.url().to_owned(),
    }));
    opens.extend(rich.places.iter().map(|place| {
        let (north, east) = (place.latitude(), place.longitude());
        let words: Vec<_> = [place.label(), place.address()]
            .into_iter()
            .flatten()
            .collect();
        Opens {
            icon: Icon::MapPin,
            label: if words.is_empty() {
                format!("{north}, {east}")
            } else {
                words.join(", ")
            },
            href: format!("https://maps.google.com/?q={north},{east}"),
        }
    }));
    opens.extend(rich.contacts.iter().map(|contact| {
        let number = contact.phone().as_e164();
        Opens {
            icon: Icon::Smartphone,
            label: format!("{}: {number}", contact.name()),
            href: format!("tel:{number}"),
        }
    }));
    opens
}

/// What can be tapped.
fn taps(record: &MessageRecord) -> Option<Vec<Tap>> {
    let choices = record.blocks.as_ref()?.choices.as_ref()?;
    let all = choices.all().iter().enumerate().map(|(at, choice)| Tap {
        at,
        title: choice.title().to_owned(),
        description: choice.description().unwrap_or_default().to_owned(),
    });
    Some(all.collect())
}
