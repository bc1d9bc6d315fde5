//! What a member changes of what is theirs. Whose it is comes from the session alone: no form names a member.

use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Channel, ConsentEvent, Purpose, Topic};
use engine::EngineError;
use engine::joining::Language;
use jiff::civil::Date;
use serde::Deserialize;
use store::records::{ConsentEntry, MemberChanges, Proof};

use super::look::{self, Told};
use crate::State;
use crate::people::guard::{LoggedIn, Sent};
use crate::people::join::agreement;
use crate::people::trouble;

/// The source of consents that members give and take back on their own page.
pub(super) const MEMBER_PAGE: &str = "member_page";

/// What came of a change: kept, or what to say instead.
type Changed = Result<Result<(), Told>, EngineError>;

async fn answer(
    state: &State,
    logged_in: &LoggedIn,
    token: &str,
    part: &str,
    change: impl Future<Output = Changed>,
) -> Response {
    if !logged_in.is_theirs(token) {
        return look::show(state, logged_in, Told::Foreign).await;
    }
    match change.await {
        Ok(Ok(())) => Redirect::to(&format!("/me?told=saved#{part}")).into_response(),
        Ok(Err(told)) => look::show(state, logged_in, told).await,
        Err(error) => trouble(state, logged_in.language(), error),
    }
}

/// Hour, time zone, language, programme.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::people) struct Training {
    token: String,
    hour: String,
    time_zone: String,
    language: String,
    programme: String,
}

/// Changes when and what they train.
pub(in crate::people) async fn training(
    state: State,
    logged_in: LoggedIn,
    Sent(form): Sent<Training>,
) -> Response {
    let change = async {
        let engine = state.engine();
        let profile = &logged_in.session.member.profile;
        let library = engine.programmes().await?;
        let hour = form.hour.parse().ok().filter(|hour: &u8| *hour < 24);
        let zone = engine::joining::time_zone(&form.time_zone).is_ok();
        let (Some(hour), true, Some(programme)) = (hour, zone, library.get(&form.programme)) else {
            return Ok(Err(Told::Choose));
        };
        let slug = &programme.programme.slug;
        let language = Language::of(&form.language);
        // Whoever reads the same language keeps their own kind of it, such as `pt-BR`.
        let locale = (language != Language::of(&profile.locale)).then(|| language.tag().to_owned());
        let changes = MemberChanges {
            preferred_send_hour: Some(hour),
            time_zone: Some(form.time_zone.clone()),
            locale,
            ..MemberChanges::default()
        };
        engine.update_member(profile.id, changes).await?;
        let followed = library.followed(&profile.programme);
        if followed.is_none_or(|one| one.programme.slug != *slug) {
            engine.enrol(profile.id, slug, None).await?;
        }
        Ok(Ok(()))
    };
    answer(&state, &logged_in, &form.token, "training", change).await
}

/// Where they want what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::people) struct Channels {
    token: String,
    preferred: String,
    daily_workouts: String,
    weekly_checkins: String,
    chat_responses: String,
    system_notifications: String,
}

/// Changes where they are written to. It is no consent.
pub(in crate::people) async fn channels(
    state: State,
    logged_in: LoggedIn,
    Sent(form): Sent<Channels>,
) -> Response {
    let change = async {
        let wish = |text: &str| match text {
            "" => Some(None),
            "sms" => Some(Some(Channel::Sms)),
            "whatsapp" => Some(Some(Channel::Whatsapp)),
            "web" => Some(Some(Channel::Web)),
            _ => None,
        };
        let topics = [
            (Topic::DailyWorkouts, wish(&form.daily_workouts)),
            (Topic::WeeklyCheckins, wish(&form.weekly_checkins)),
            (Topic::ChatResponses, wish(&form.chat_responses)),
            (Topic::SystemNotifications, wish(&form.system_notifications)),
        ];
        let topics: Option<Vec<_>> = topics
            .into_iter()
            .map(|(topic, wish)| Some((topic, wish?)))
            .collect();
        let (Some(preferred), Some(preferences)) = (wish(&form.preferred), topics) else {
            return Ok(Err(Told::Choose));
        };
        let wants_chat = preferred == Some(Channel::Web)
            || preferences
                .iter()
                .any(|(_, wish)| *wish == Some(Channel::Web));
        let member = &logged_in.session.member;
        if wants_chat && !state.engine().is_chat_agreed(member).await? {
            return Ok(Err(Told::ChatFirst));
        }
        let changes = MemberChanges {
            preferred_channel: Some(preferred),
            preferences,
            ..MemberChanges::default()
        };
        state
            .engine()
            .update_member(member.profile.id, changes)
            .await?;
        Ok(Ok(()))
    };
    answer(&state, &logged_in, &form.token, "channels", change).await
}

/// Yes or no to a channel.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::people) struct Consent {
    token: String,
    channel: String,
    agree: String,
}

/// Opts in or out of a channel.
pub(in crate::people) async fn consent(
    state: State,
    logged_in: LoggedIn,
    Sent(form): Sent<Consent>,
) -> Response {
    let change = async {
        let member = &logged_in.session.member;
        let channel = match form.channel.as_str() {
            "sms" => Channel::Sms,
            "whatsapp" => Channel::Whatsapp,
            "email" => Channel::Email,
            "web" => Channel::Web,
            _ => return Ok(Err(Told::Choose)),
        };
        let (Some(handle), agree @ ("yes" | "no")) = (member.handle(channel), form.agree.as_str())
        else {
            return Ok(Err(Told::Choose));
        };
        let evidence = format!("session since {}", logged_in.session.record.opened_at);
        let language = logged_in.language();
        let phone = &member.profile.phone;
        let entry = if agree == "yes" {
            ConsentEntry {
                handle,
                ..agreement(&state, channel, language, phone, MEMBER_PAGE, &evidence)
            }
        } else {
            ConsentEntry {
                channel,
                handle,
                purpose: Purpose::All,
                event: ConsentEvent::OptOut,
                own_act: true,
                source: MEMBER_PAGE.into(),
                wording: None,
                actor: "member".into(),
                proof: Proof {
                    wording_version: None,
                    evidence: Some(evidence),
                    said_at: None,
                },
                opens: None,
            }
        };
        state.engine().change_consent(member, entry).await?;
        Ok(Ok(()))
    };
    answer(&state, &logged_in, &form.token, "consents", change).await
}

/// A holiday, or the end of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::people) struct Holiday {
    token: String,
    from: String,
    until: String,
    back: String,
}

/// Goes on holiday, or comes back.
pub(in crate::people) async fn holiday(
    state: State,
    logged_in: LoggedIn,
    Sent(form): Sent<Holiday>,
) -> Response {
    let change = async {
        let member = &logged_in.session.member;
        if form.back == "yes" {
            state.engine().end_holiday(member).await?;
            return Ok(Ok(()));
        }
        let until = match form.until.as_str() {
            "" => Ok(None),
            text => text.parse::<Date>().map(Some),
        };
        let (Ok(from), Ok(until)) = (form.from.parse::<Date>(), until) else {
            return Ok(Err(Told::Dates));
        };
        let fits = |date: Date| (2000..=2999).contains(&date.year());
        if !fits(from) || until.is_some_and(|until| until <= from || !fits(until)) {
            return Ok(Err(Told::Dates));
        }
        state.engine().begin_holiday(member, from, until).await?;
        Ok(Ok(()))
    };
    answer(&state, &logged_in, &form.token, "holiday", change).await
}
