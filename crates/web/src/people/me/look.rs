//! What a member sees of themselves.

use askama::Template;
use axum::response::Response;
use domain::{Channel, ConsentState, Direction, Kind, Topic};
use engine::EngineError;
use engine::joining::Language;
use engine::training::{Pause, Today};
use http::StatusCode;
use jiff::civil::Date;
use store::questions::Messages;
use store::records::{ConsentRecord, LedgerLine, MessageRecord};
use ui::Page;

use crate::State;
use crate::people::choices::{self, Choice, Group};
use crate::people::guard::LoggedIn;
use crate::people::words::{Words, words};
use crate::people::{filled, html, html_as, page, service, shown, trouble, wording};

/// How many days ahead are shown.
const DAYS_AHEAD: i32 = 7;

/// How many messages are shown.
const MESSAGES_MAX: u32 = 20;

/// What the page says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// They have joined.
    Welcome,
    /// They have joined, and must say yes by message.
    Confirm,
    /// What they changed is kept.
    Saved,
    /// What they sent did not come from their page.
    Foreign,
    /// Something is not on the list.
    Choose,
    /// The days of a holiday are none.
    Dates,
}

impl Told {
    /// From the word in an address.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "welcome" => Self::Welcome,
            "confirm" => Self::Confirm,
            "saved" => Self::Saved,
            _ => Self::Nothing,
        }
    }

    fn words(self, w: &'static Words) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("", ""),
            Self::Welcome => ("ok", w.welcome_note),
            Self::Confirm => ("warn", w.confirm_note),
            Self::Saved => ("ok", w.saved),
            Self::Foreign => ("bad", w.foreign_do),
            Self::Choose => ("bad", w.choose_one),
            Self::Dates => ("bad", w.date_wrong),
        }
    }
}

struct DayShown {
    day: String,
    what: String,
    is_workout: bool,
}

struct ChannelShown {
    word: &'static str,
    label: &'static str,
    tone: &'static str,
    state: &'static str,
    agreed: bool,
    wording: String,
    history: Vec<String>,
}

struct TopicShown {
    word: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
}

struct MessageShown {
    ours: bool,
    who: String,
    at: String,
    text: String,
}

#[derive(Template)]
#[template(path = "me.html")]
struct Me {
    page: Page,
    w: &'static Words,
    token: String,
    hello: String,
    tone: &'static str,
    told: &'static str,
    phone: String,
    next: Option<String>,
    today: Option<(String, String)>,
    programme: String,
    days: Vec<DayShown>,
    hours: Vec<Choice>,
    zones: Vec<Group>,
    languages: Vec<Choice>,
    programmes: Vec<Choice>,
    channels: Vec<ChannelShown>,
    preferred: Vec<Choice>,
    topics: Vec<TopicShown>,
    away: Option<String>,
    from: String,
    messages: Vec<MessageShown>,
}

/// The page.
pub(super) async fn show(state: &State, logged_in: &LoggedIn, told: Told) -> Response {
    let language = logged_in.language();
    match template(state, logged_in, told).await {
        Ok(template) if template.tone == "bad" => {
            html_as(StatusCode::UNPROCESSABLE_ENTITY, &template)
        }
        Ok(template) => html(&template),
        Err(error) => trouble(state, language, error),
    }
}

async fn template(state: &State, logged_in: &LoggedIn, told: Told) -> Result<Me, EngineError> {
    let engine = state.engine();
    let language = logged_in.language();
    let w = words(language);
    let member = &logged_in.session.member;
    let (profile, id) = (&member.profile, member.profile.id);
    let training = engine.training(id, DAYS_AHEAD, 0).await?;
    let certificate = engine.certificate(id).await?;
    let library = engine.programmes().await?;
    let messages = engine
        .ask()
        .question(Messages {
            member: Some(id),
            limit: MESSAGES_MAX,
            ..Messages::default()
        })
        .await?;
    let (tone, told) = told.words(w);
    let first_name = profile.name.as_str().split_whitespace().next();
    let name = first_name.map_or(String::new(), |name| format!(", {name}"));
    let mut days = training.days.iter();
    let today = days.next();
    let hour = profile.preferred_send_hour;
    let zone = &profile.time_zone;
    let channel = |channel: Option<Channel>| channel.map_or("", Channel::as_str);
    let mut page = page(state, w.login_title, language);
    page.nav = Vec::new();
    Ok(Me {
        page,
        w,
        token: logged_in.token(),
        hello: filled(w.hello, &[("name", &name)]),
        tone,
        told,
        phone: profile.phone.as_e164().to_owned(),
        next: shown::next(engine, zone, hour, language),
        today: today.and_then(|ahead| {
            let workout = ahead.today.workout.as_ref()?;
            Some((workout.title.clone(), workout.text.clone()))
        }),
        programme: training.name.clone(),
        days: days
            .map(|ahead| day(ahead.date, &ahead.today, w, language))
            .collect(),
        hours: choices::hours(&hour.to_string()),
        zones: choices::zones(zone),
        languages: choices::languages(language),
        programmes: choices::programmes(&library, language, &profile.programme),
        channels: [Channel::Sms, Channel::Whatsapp]
            .into_iter()
            .filter(|one| *one == Channel::Sms || engine.settings().planner.whatsapp_enabled)
            .map(|one| {
                let words = wording::wording(one, language, service(state)).unwrap_or_default();
                let zone = (zone.as_str(), language);
                channel_shown(
                    one,
                    &certificate.consents,
                    &certificate.lines,
                    w,
                    zone,
                    words,
                )
            })
            .collect(),
        preferred: channel_choices(w.no_wish, channel(profile.preferred_channel)),
        topics: Topic::ALL
            .iter()
            .map(|topic| TopicShown {
                word: topic.as_str(),
                label: topic_label(*topic, w),
                choices: channel_choices(w.as_first, channel(profile.preferences.of(*topic))),
            })
            .collect(),
        away: away(
            &training.enrolment.pauses,
            today.map(|ahead| ahead.date),
            w,
            language,
        ),
        from: today.map_or(String::new(), |ahead| ahead.date.to_string()),
        messages: messages
            .iter()
            .filter(|one| one.kind != Some(Kind::LoginCode))
            .map(|one| message(one, w, service(state), zone, language))
            .collect(),
    })
}

fn day(date: Date, today: &Today, w: &Words, language: Language) -> DayShown {
    let what = match (today.why_not(), &today.workout) {
        (None, Some(workout)) => workout.title.clone(),
        (Some("paused"), _) => w.paused.to_owned(),
        (Some("programme_finished"), _) => w.finished.to_owned(),
        (Some("not_begun"), _) => w.not_begun.to_owned(),
        _ => w.rest_day.to_owned(),
    };
    DayShown {
        day: shown::day(date, language),
        what,
        is_workout: today.workout.is_some(),
    }
}

fn channel_label(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "E-mail",
        Channel::Web => "Web",
    }
}

fn channel_choices(none: &str, chosen: &str) -> Vec<Choice> {
    let choice = |value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: value == chosen,
    };
    vec![
        choice("", none),
        choice("sms", channel_label(Channel::Sms)),
        choice("whatsapp", channel_label(Channel::Whatsapp)),
    ]
}

const fn topic_label(topic: Topic, w: &Words) -> &'static str {
    match topic {
        Topic::DailyWorkouts => w.daily_workouts,
        Topic::WeeklyCheckins => w.weekly_checkins,
        Topic::ChatResponses => w.chat_responses,
        Topic::SystemNotifications => w.system_notifications,
    }
}

fn channel_shown(
    channel: Channel,
    consents: &[ConsentRecord],
    lines: &[LedgerLine],
    w: &'static Words,
    (zone, language): (&str, Language),
    wording: String,
) -> ChannelShown {
    let of_all = domain::Purpose::All;
    let record = consents
        .iter()
        .find(|one| one.channel == channel && one.purpose == of_all);
    let asked = record.is_some_and(|one| one.open.asked_at.is_some());
    let state = record.map_or(ConsentState::Unknown, |one| one.state);
    let (tone, label) = match state {
        ConsentState::OptedIn => ("ok", w.opted_in),
        ConsentState::OptedOut => ("bad", w.opted_out),
        ConsentState::Unknown if asked => ("warn", w.asked),
        ConsentState::Unknown => ("", w.never_asked),
    };
    let history = lines
        .iter()
        .rev()
        .filter(|line| line.entry.channel == channel && line.entry.purpose == of_all)
        .map(|line| {
            let became = match line.state {
                ConsentState::OptedIn => w.opted_in,
                ConsentState::OptedOut => w.opted_out,
                ConsentState::Unknown => w.asked,
            };
            format!("{}: {became}", shown::instant(line.at, zone, language))
        });
    ChannelShown {
        word: channel.as_str(),
        label: channel_label(channel),
        tone,
        state: label,
        agreed: state == ConsentState::OptedIn,
        wording,
        history: history.collect(),
    }
}

/// The holiday they are on, or the next one.
fn away(pauses: &[Pause], today: Option<Date>, w: &Words, language: Language) -> Option<String> {
    let today = today?;
    let next = pauses
        .iter()
        .find(|pause| pause.until.is_none_or(|until| until > today))?;
    let from = shown::day(next.from, language);
    Some(match next.until {
        None => filled(w.away_since, &[("from", &from)]),
        Some(until) => {
            let until = shown::day(until, language);
            filled(w.away_until, &[("from", &from), ("until", &until)])
        }
    })
}

fn message(
    record: &MessageRecord,
    w: &Words,
    service: &str,
    zone: &str,
    language: Language,
) -> MessageShown {
    let ours = record.direction == Direction::Outbound;
    let who = if ours { service } else { w.you };
    let channel = record.channel.map(channel_label);
    MessageShown {
        ours,
        who: channel.map_or(who.to_owned(), |channel| format!("{who} · {channel}")),
        at: shown::instant(record.created_at, zone, language),
        text: record.text.as_str().to_owned(),
    }
}
