//! What a member sees of themselves.

use askama::Template;
use axum::response::Response;
use domain::{Channel, ConsentState, Direction, Handle, Kind, Timestamp, Topic};
use engine::EngineError;
use engine::joining::Language;
use engine::subscriptions::{Standing, Subscriptions};
use engine::training::{Pause, Today};
use http::StatusCode;
use jiff::civil::Date;
use store::questions::Messages;
use store::records::{ConsentRecord, LedgerLine, LoggedWork, Member, MessageRecord};
use ui::Page;

use crate::State;
use crate::people::choices::{self, Choice, Group};
use crate::people::guard::LoggedIn;
use crate::people::join::writes_on_whatsapp;
use crate::people::words::{Words, words};
use crate::people::{filled, html, html_as, page, service, shown, trouble, wording};

/// How many days ahead are shown.
const DAYS_AHEAD: i32 = 7;

/// How many sets are looked at, and how far back they may be.
const LOGGED_MAX: u32 = 200;
const WEEKS_BACK: i64 = 6;

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
    /// They want messages in the chat, and have not agreed to them.
    ChatFirst,
    /// The days of a holiday are none.
    Dates,
    /// An address that cannot be theirs, and why.
    Fault(&'static str),
    /// They come from paying.
    Paid,
    /// They come from a page to pay on, and have not.
    Unpaid,
}

impl Told {
    /// From the word in an address.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "welcome" => Self::Welcome,
            "confirm" => Self::Confirm,
            "saved" => Self::Saved,
            "paid" => Self::Paid,
            "unpaid" => Self::Unpaid,
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
            Self::ChatFirst => ("bad", w.web_first),
            Self::Dates => ("bad", w.date_wrong),
            Self::Fault(why) => ("bad", why),
            Self::Paid => ("ok", w.paid_note),
            Self::Unpaid => ("warn", w.unpaid_note),
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

/// What they pay for.
struct PlanShown {
    tone: &'static str,
    words: String,
    /// Whether they can begin one, and in which words.
    begin: Option<&'static str>,
    manages: bool,
}

struct MessageShown {
    ours: bool,
    who: String,
    at: String,
    text: String,
}

/// What they did, by exercise.
struct ExerciseShown {
    name: String,
    sets: Vec<String>,
}

/// Where they can be reached.
struct AddressShown {
    word: &'static str,
    label: &'static str,
    now: String,
    /// Whether they can do without it.
    is_spare: bool,
    hint: String,
    /// What they may agree to for it: a field's name and the words.
    consents: Vec<(&'static str, String)>,
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
    chat_title: String,
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
    addresses: Vec<AddressShown>,
    countries: Vec<Choice>,
    exercises: Vec<ExerciseShown>,
    plan: Option<PlanShown>,
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
    let training = engine.training(id, DAYS_AHEAD, LOGGED_MAX).await?;
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
    let subscriptions = engine.subscriptions_of(member).await?;
    let is_served = subscriptions.is_served;
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
    page.banner.clone_from(&logged_in.banner);
    Ok(Me {
        page,
        w,
        token: logged_in.token(),
        hello: filled(w.hello, &[("name", &name)]),
        tone,
        told,
        phone: profile.phone.as_e164().to_owned(),
        chat_title: filled(w.chat_title, &[("service", service(state))]),
        next: shown::next(engine, zone, hour, language).filter(|_| is_served),
        plan: plan(&subscriptions, engine.clock().now(), (zone, language), w),
        today: today.filter(|_| is_served).and_then(|ahead| {
            let workout = ahead.today.workout.as_ref()?;
            Some((workout.title.clone(), workout.text.clone()))
        }),
        programme: training.name.clone(),
        days: days
            .map(|ahead| day(ahead.date, &ahead.today, is_served, w, language))
            .collect(),
        hours: choices::hours(&hour.to_string()),
        zones: choices::zones(zone),
        languages: choices::languages(language),
        programmes: choices::programmes(&library, language, &profile.programme),
        addresses: addresses(state, member, language),
        countries: choices::countries(engine, profile.country.as_deref().unwrap_or_default()),
        exercises: exercises(&training.record.logged, engine.clock().now(), language, w),
        channels: Channel::ALL
            .iter()
            .copied()
            .filter(|one| is_offered(state, member, *one))
            .map(|one| {
                let words = wording::wording(one, language, service(state));
                let zone = (zone.as_str(), language);
                let handle = member.handle(one);
                channel_shown(
                    (one, handle.as_ref()),
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

/// How they stand, in words; nothing where nobody pays.
fn plan(
    known: &Subscriptions,
    now: Timestamp,
    (zone, language): (&str, Language),
    w: &'static Words,
) -> Option<PlanShown> {
    let standing = known.standing?;
    let is_served = standing.is_served(now);
    let (tone, words) = match standing {
        Standing::None => ("warn", w.plan_none),
        Standing::Trialing { .. } => ("ok", w.plan_trialing),
        Standing::Active { .. } => ("ok", w.plan_active),
        Standing::PastDue { .. } if is_served => ("warn", w.plan_past_due),
        Standing::PastDue { .. } => ("bad", w.plan_past_due_over),
        Standing::Cancelled { .. } => ("warn", w.plan_cancelled),
        Standing::Ended { .. } => ("bad", w.plan_ended),
    };
    let at = standing.at().map(|at| shown::instant(at, zone, language));
    let manages = known.customer().is_some();
    Some(PlanShown {
        tone,
        words: filled(words, &[("at", &at.unwrap_or_default())]),
        begin: match standing {
            Standing::None => Some(w.begin_plan),
            Standing::Trialing { .. } if known.all.is_empty() => Some(w.begin_plan),
            Standing::Ended { .. } => Some(w.begin_again),
            _ => None,
        },
        manages,
    })
}

fn day(date: Date, today: &Today, is_served: bool, w: &Words, language: Language) -> DayShown {
    let what = match (today.why_not(), &today.workout) {
        (None, Some(_)) if !is_served => w.no_plan.to_owned(),
        (None, Some(workout)) => workout.title.clone(),
        (Some("paused"), _) => w.paused.to_owned(),
        (Some("programme_finished"), _) => w.finished.to_owned(),
        (Some("not_begun"), _) => w.not_begun.to_owned(),
        _ => w.rest_day.to_owned(),
    };
    DayShown {
        day: shown::day(date, language),
        what,
        is_workout: today.workout.is_some() && is_served,
    }
}

/// Whether they can be written to on a channel, or say that they want it.
fn is_offered(state: &State, member: &Member, channel: Channel) -> bool {
    match channel {
        Channel::Sms | Channel::Web => true,
        Channel::Whatsapp => writes_on_whatsapp(state),
        Channel::Email => {
            member.profile.email.is_some() && state.engine().our_number(channel).is_some()
        }
    }
}

/// Where they can be reached, and what else there could be.
fn addresses(state: &State, member: &Member, language: Language) -> Vec<AddressShown> {
    let (engine, w) = (state.engine(), words(language));
    let wording = |name, channel| (name, wording::wording(channel, language, service(state)));
    let whatsapp = || wording("whatsapp", Channel::Whatsapp);
    let own = member.whatsapp_number.as_ref();
    let mut shown = Vec::new();
    if engine.sends_codes() {
        shown.push(AddressShown {
            word: "phone",
            label: w.phone,
            now: member.profile.phone.as_e164().to_owned(),
            is_spare: false,
            hint: w.new_phone_hint.to_owned(),
            consents: if own.is_none() && writes_on_whatsapp(state) {
                vec![wording("sms", Channel::Sms), whatsapp()]
            } else {
                vec![wording("sms", Channel::Sms)]
            },
        });
    }
    if engine.sends_codes() && writes_on_whatsapp(state) {
        let number = engine.our_number(Channel::Whatsapp).unwrap_or_default();
        shown.push(AddressShown {
            word: "whatsapp",
            label: w.whatsapp_number,
            now: own.map_or(w.same_as_phone.to_owned(), |own| own.as_e164().to_owned()),
            is_spare: own.is_some(),
            hint: filled(w.whatsapp_hint, &[("number", &number)]),
            consents: vec![whatsapp()],
        });
    }
    if engine.our_number(Channel::Email).is_some() {
        let email = member.profile.email.clone();
        shown.push(AddressShown {
            word: "email",
            label: w.email,
            is_spare: email.is_some(),
            now: email.unwrap_or_else(|| w.none_yet.to_owned()),
            hint: w.email_hint.to_owned(),
            consents: vec![wording("letters", Channel::Email)],
        });
    }
    shown
}

/// What they logged in the last weeks, by exercise; the one they did last comes first.
fn exercises(
    logged: &[LoggedWork],
    now: Timestamp,
    language: Language,
    w: &'static Words,
) -> Vec<ExerciseShown> {
    let since = now.to_jiff() - jiff::SignedDuration::from_hours(24 * 7 * WEEKS_BACK);
    let mut shown: Vec<ExerciseShown> = Vec::new();
    for one in logged.iter().filter(|one| one.logged_at.to_jiff() >= since) {
        let work = &one.work;
        let name = if work.exercise.is_empty() {
            w.no_exercise
        } else {
            &work.exercise
        };
        let weight = work
            .weight
            .map_or(String::new(), |weight| format!(" · {weight}"));
        let (day, sets, each) = (shown::day(one.done_on, language), work.sets, work.each);
        let line = format!("{day}: {sets} × {each}{weight}");
        match shown
            .iter_mut()
            .find(|known| known.name.eq_ignore_ascii_case(name))
        {
            Some(known) => known.sets.push(line),
            None => shown.push(ExerciseShown {
                name: name.to_owned(),
                sets: vec![line],
            }),
        }
    }
    shown
}

fn channel_choices(none: &str, chosen: &str) -> Vec<Choice> {
    let choice = |value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: value == chosen,
    };
    vec![
        choice("", none),
        choice("sms", shown::channel(Channel::Sms)),
        choice("whatsapp", shown::channel(Channel::Whatsapp)),
        choice("web", shown::channel(Channel::Web)),
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
    (channel, handle): (Channel, Option<&Handle>),
    consents: &[ConsentRecord],
    lines: &[LedgerLine],
    w: &'static Words,
    (zone, language): (&str, Language),
    wording: String,
) -> ChannelShown {
    let of_all = domain::Purpose::All;
    let record = consents
        .iter()
        .find(|one| one.channel == channel && one.purpose == of_all && Some(&one.handle) == handle);
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
        .filter(|line| Some(&line.entry.handle) == handle)
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
        label: shown::channel(channel),
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
    let channel = record.channel.map(shown::channel);
    MessageShown {
        ours,
        who: channel.map_or(who.to_owned(), |channel| format!("{who} · {channel}")),
        at: shown::instant(record.created_at, zone, language),
        text: match record.redacted_at {
            None => record.text.as_str().to_owned(),
            Some(_) => w.redacted.to_owned(),
        },
    }
}
