//! The channels somebody prefers for some sorts of messages, as the API takes and shows them.

use domain::{Channel, Preferences, Topic};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::update::present;
use crate::problem::Faults;

#[expect(
    clippy::option_option,
    reason = "missing, null and given are three things"
)]
/// Wishes for some sorts of messages, in place of `preferred_channel`: `sms`, `whatsapp`, `email` or `web`. What
/// is not there stays, `null` takes a wish away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"daily_workouts": "whatsapp", "system_notifications": "sms"}))]
pub(super) struct Wishes {
    /// The workout of the day.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    daily_workouts: Option<Option<String>>,
    /// The weekly question.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    weekly_checkins: Option<Option<String>>,
    /// What the coach says of their own accord; an answer goes where the question was asked.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    chat_responses: Option<Option<String>>,
    /// Notices of the service and of the subscription.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    system_notifications: Option<Option<String>>,
}

impl Wishes {
    /// What changes.
    pub(super) fn read(&self, faults: &mut Faults) -> Vec<(Topic, Option<Channel>)> {
        [
            (Topic::DailyWorkouts, &self.daily_workouts),
            (Topic::WeeklyCheckins, &self.weekly_checkins),
            (Topic::ChatResponses, &self.chat_responses),
            (Topic::SystemNotifications, &self.system_notifications),
        ]
        .into_iter()
        .filter_map(|(topic, wish)| {
            let wish = wish.as_ref()?;
            let field = format!("preferences.{topic}");
            Some((topic, faults.parse(&field, wish.as_deref())))
        })
        .collect()
    }
}

/// Wishes for some sorts of messages; `null` goes by `preferred_channel`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreferencesAnswer {
    #[schema(example = "whatsapp")]
    daily_workouts: Option<&'static str>,
    weekly_checkins: Option<&'static str>,
    chat_responses: Option<&'static str>,
    #[schema(example = "sms")]
    system_notifications: Option<&'static str>,
}

impl From<Preferences> for PreferencesAnswer {
    fn from(preferences: Preferences) -> Self {
        let of = |topic| preferences.of(topic).map(Channel::as_str);
        Self {
            daily_workouts: of(Topic::DailyWorkouts),
            weekly_checkins: of(Topic::WeeklyCheckins),
            chat_responses: of(Topic::ChatResponses),
            system_notifications: of(Topic::SystemNotifications),
        }
    }
}
