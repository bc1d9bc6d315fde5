//! What a member wishes for messages of different sorts. Four of them, in the plan's words: finer would be a
//! settings page nobody reads.

use crate::channel::{Channel, words};
use crate::message::Kind;

words! {
    /// A sort of messages somebody may have a channel of its own for.
    Topic {
        /// The workout of the day.
        DailyWorkouts = "daily_workouts",
        /// The weekly question.
        WeeklyCheckins = "weekly_checkins",
        /// What the coach says of their own accord: an answer goes where the question was asked.
        ChatResponses = "chat_responses",
        /// Notices of the service and of the subscription.
        SystemNotifications = "system_notifications",
    }
}

impl Topic {
    /// What messages of a kind are about; `None` goes by the preferred channel alone.
    pub const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::DailyWorkout => Some(Self::DailyWorkouts),
            Kind::WeeklyCheckin => Some(Self::WeeklyCheckins),
            Kind::ChatReply => Some(Self::ChatResponses),
            Kind::System | Kind::SubscriptionReminder => Some(Self::SystemNotifications),
            Kind::Welcome
            | Kind::KeywordReply
            | Kind::Broadcast
            | Kind::Knock
            | Kind::ConsentRequest
            | Kind::LoginCode => None,
        }
    }
}

/// The channel wished for each topic; what is not wished goes by the preferred channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences([Option<Channel>; 4]);

impl Preferences {
    /// The wish for a topic.
    pub const fn of(&self, topic: Topic) -> Option<Channel> {
        let [workouts, checkins, responses, notifications] = self.0;
        match topic {
            Topic::DailyWorkouts => workouts,
            Topic::WeeklyCheckins => checkins,
            Topic::ChatResponses => responses,
            Topic::SystemNotifications => notifications,
        }
    }

    /// The same with another wish; `None` takes it away.
    #[must_use]
    pub const fn with(mut self, topic: Topic, channel: Option<Channel>) -> Self {
        let [workouts, checkins, responses, notifications] = &mut self.0;
        match topic {
            Topic::DailyWorkouts => *workouts = channel,
            Topic::WeeklyCheckins => *checkins = channel,
            Topic::ChatResponses => *responses = channel,
            Topic::SystemNotifications => *notifications = channel,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_kept_for_its_topic_only() {
        for topic in Topic::ALL {
            let wishes = Preferences::default().with(*topic, Some(Channel::Whatsapp));
            for other in Topic::ALL {
                let expected = (other == topic).then_some(Channel::Whatsapp);
                assert_eq!(wishes.of(*other), expected, "{topic}, asked for {other}");
            }
            assert_eq!(wishes.with(*topic, None), Preferences::default());
        }
    }
}
