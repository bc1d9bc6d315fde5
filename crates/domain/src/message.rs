//! Kinds, queues and priorities of messages.

use std::fmt;
use std::str::FromStr;

use crate::channel::words;
use crate::time::Seconds;

words! {
    /// Which way a message goes.
    Direction {
        /// From a member to us.
        Inbound = "inbound",
        /// From us to a member.
        Outbound = "outbound",
    }
}

words! {
    /// What a message is for; rules of sending hang on it.
    Kind {
        /// The workout of the day.
        DailyWorkout = "daily_workout",
        /// The weekly question.
        WeeklyCheckin = "weekly_checkin",
        /// The first message after joining.
        Welcome = "welcome",
        /// Before a plan renews.
        SubscriptionReminder = "subscription_reminder",
        /// An answer to what the member wrote.
        ChatReply = "chat_reply",
        /// The answer to STOP, START or HELP.
        KeywordReply = "keyword_reply",
        /// Codes and notices of the service itself.
        System = "system",
        /// The same words to many.
        Broadcast = "broadcast",
        /// A template that asks the member to open the session window for a held message.
        Knock = "knock",
        /// Asks the person whose address somebody gave us to confirm it, by a reply.
        ConsentRequest = "consent_request",
        /// A code that proves to us whose phone it is; it goes to an address, whoever has it.
        LoginCode = "login_code",
    }
}

impl Kind {
    /// Whether an unconfirmed attempt of this kind is tried again once the quiet period is over
    /// (G6). A code, a reply or a broadcast never is.
    pub const fn resends_when_unconfirmed(self) -> bool {
        match self {
            Self::DailyWorkout | Self::WeeklyCheckin | Self::SubscriptionReminder => true,
            Self::Welcome
            | Self::ChatReply
            | Self::KeywordReply
            | Self::System
            | Self::Broadcast
            | Self::Knock
            | Self::ConsentRequest
            | Self::LoginCode => false,
        }
    }

    /// Replies go first, broadcasts last (DESIGN 4.4).
    pub const fn priority(self) -> Priority {
        match self {
            Self::ChatReply
            | Self::KeywordReply
            | Self::System
            | Self::ConsentRequest
            | Self::LoginCode => Priority::High,
            Self::DailyWorkout
            | Self::WeeklyCheckin
            | Self::Welcome
            | Self::SubscriptionReminder
            | Self::Knock => Priority::Normal,
            Self::Broadcast => Priority::Low,
        }
    }

    /// How long an SMS of this kind may wait at the provider (V of GUARANTEES): 15 minutes, 5 for
    /// replies.
    pub const fn validity(self) -> Seconds {
        match self {
            Self::ChatReply | Self::KeywordReply | Self::LoginCode => Seconds::new(300),
            Self::DailyWorkout
            | Self::WeeklyCheckin
            | Self::Welcome
            | Self::SubscriptionReminder
            | Self::System
            | Self::Broadcast
            | Self::Knock
            | Self::ConsentRequest => Seconds::new(900),
        }
    }

    /// Whether it answers what the member just wrote: such messages go to the channel they wrote
    /// on and need no consent beyond that.
    pub const fn is_reply(self) -> bool {
        matches!(self, Self::ChatReply | Self::KeywordReply)
    }
}

/// Who goes first when several lanes are ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Priority {
    /// Answers and codes.
    High = 0,
    /// The daily work.
    Normal = 1,
    /// Broadcasts.
    Low = 2,
}

/// The name of a queue: a member's messages in one queue keep their order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueueName(Box<str>);

/// A queue's name is 1 to 50 letters, digits, `-`, `_`, `.` or `:` (the plan's column holds 50).
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a queue's name is 1 to 50 letters, digits, `-`, `_`, `.` or `:`")]
pub struct QueueNameError;

impl QueueName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for QueueName {
    fn default() -> Self {
        Self("default".into())
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for QueueName {
    type Err = QueueNameError;
    fn from_str(text: &str) -> Result<Self, QueueNameError> {
        let fits = (1..=50).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(QueueNameError)
        }
    }
}
