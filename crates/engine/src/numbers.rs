//! What is wrong with one of our numbers, for whoever runs the service: what it is, since when, what it does to messages
//! now, and what to do. The API's list of what needs attention, `gymtext doctor` and the metrics tell the same.
//!
//! What the provider tells is kept by `standing`, what it told to slow down by `limits`; here it gets its sentences.

use domain::sender::{SenderQuality, SenderStatus};
use domain::{Channel, Handle, Timestamp};
use store::StoreError;
use store::records::SenderStanding;

use crate::Engine;
use crate::limits::PeopleNow;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The provider has taken it offline.
    Offline,
    /// People block or report it.
    LowQuality,
    /// It may reach fewer people a day than the setting says.
    FewerPeople {
        /// As the provider tells.
        told: u32,
        /// As the setting says.
        set: u32,
    },
    /// It has reached as many people as it may within a day.
    NobodyMore {
        /// How many that is.
        limit: u32,
        /// When there is room again.
        more_at: Option<Timestamp>,
    },
}

/// What is wrong with one of our numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberTrouble {
    /// Its channel.
    pub channel: Channel,
    /// The number.
    pub sender: Handle,
    /// What it is.
    pub trouble: Trouble,
    /// Since when it is so, where that is known.
    pub since: Option<Timestamp>,
    /// The provider's own words; may be empty.
    pub reason: String,
}

impl NumberTrouble {
    /// A stable word for machines.
    pub const fn code(&self) -> &'static str {
        match self.trouble {
            Trouble::Offline => "offline",
            Trouble::LowQuality => "low_quality",
            Trouble::FewerPeople { .. } => "fewer_people",
            Trouble::NobodyMore { .. } => "nobody_more",
        }
    }

    /// What it is.
    pub fn what(&self) -> String {
        match self.trouble {
            Trouble::Offline if self.reason.is_empty() => {
                "its provider has taken it offline".to_owned()
            }
            Trouble::Offline => format!("its provider has taken it offline: {}", self.reason),
            Trouble::LowQuality => "people block or report it: its quality is low".to_owned(),
            Trouble::FewerPeople { told, set } => format!(
                "its provider lets it reach {told} people a day, and GYMTEXT_WHATSAPP_PEOPLE says {set}"
            ),
            Trouble::NobodyMore { limit, .. } => {
                format!("it has reached {limit} people within a day, which is all it may")
            }
        }
    }

    /// What it does to messages now.
    pub const fn effect(&self) -> &'static str {
        match self.trouble {
            Trouble::Offline => {
                "its messages wait, and go on by themselves when it is back; nobody's channel changes"
            }
            Trouble::LowQuality => "its messages go at half the pace",
            Trouble::FewerPeople { .. } => {
                "whoever has not written within a day waits once so many were reached; conversations go on"
            }
            Trouble::NobodyMore { .. } => {
                "whoever has not written within a day waits for room, or gets it by another channel where that would be too late; conversations go on"
            }
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self.trouble {
            Trouble::Offline => {
                "Look at the number in the provider's console. `gymtext rollback --to sms` sends by SMS meanwhile."
            }
            Trouble::LowQuality => {
                "Send less that nobody asked for: broadcasts first. It is rated anew over the next seven days; left low, its limit falls."
            }
            Trouble::FewerPeople { .. } => {
                "Nothing, or set GYMTEXT_WHATSAPP_PEOPLE to what is told. A limit rises with quality and use."
            }
            Trouble::NobodyMore { .. } => {
                "Wait, put broadcasts off, or ask the provider for a higher limit."
            }
        }
    }
}

/// What is wrong by what a provider tells of a number, and the limit of people that is set.
pub fn by_standing(standing: &SenderStanding, set: Option<u32>) -> Vec<NumberTrouble> {
    let mut troubles = Vec::new();
    if standing.status == SenderStatus::Offline {
        troubles.push(Trouble::Offline);
    }
    if standing.quality == SenderQuality::Low {
        troubles.push(Trouble::LowQuality);
    }
    if let (Some(told), Some(set)) = (standing.people, set)
        && told < set
    {
        troubles.push(Trouble::FewerPeople { told, set });
    }
    let troubles = troubles.into_iter().map(|trouble| NumberTrouble {
        channel: standing.channel,
        sender: standing.sender.clone(),
        trouble,
        since: Some(standing.changed_at),
        reason: standing.reason.clone(),
    });
    troubles.collect()
}

/// Whether no room is left.
fn used_up(people: PeopleNow) -> Option<Trouble> {
    (people.reached >= people.max).then_some(Trouble::NobodyMore {
        limit: people.max,
        more_at: people.more_at,
    })
}

impl Engine {
    /// What is wrong with our numbers now.
    pub async fn numbers_in_trouble(&self) -> Result<Vec<NumberTrouble>, StoreError> {
        let set = self.inner.limits.people().set();
        let mut troubles = Vec::new();
        for limits in self.limits().await? {
            if let Some(standing) = &limits.standing {
                troubles.extend(by_standing(standing, set));
            }
            let trouble = limits.people.and_then(used_up);
            troubles.extend(trouble.map(|trouble| NumberTrouble {
                channel: limits.channel,
                sender: limits.sender.clone(),
                trouble,
                since: None,
                reason: String::new(),
            }));
        }
        Ok(troubles)
    }

    /// How our numbers stand, as this process knows it.
    pub fn standings(&self) -> Vec<SenderStanding> {
        let all = self.inner.senders.all().iter();
        all.filter_map(|sender| self.standing_of(sender)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(
        status: SenderStatus,
        quality: SenderQuality,
        people: Option<u32>,
    ) -> SenderStanding {
        SenderStanding {
            channel: Channel::Whatsapp,
            sender: Handle::Phone("+14155550100".parse().unwrap()),
            status,
            quality,
            people,
            reason: "too many reports".to_owned(),
            changed_at: Timestamp::from_seconds(1_795_000_000),
        }
    }

    #[test]
    fn what_is_wrong_with_a_number_is_told_each_for_itself() {
        use SenderQuality::{High, Low, Unknown};
        use SenderStatus::{Offline, Online, Other};
        for (status, quality, people, set, expected) in [
            (Online, High, Some(2_000), Some(2_000), &[][..]),
            (Online, Unknown, None, Some(250), &[]),
            (Other, High, Some(250), None, &[]),
            (Online, High, Some(10_000), Some(250), &[]),
            (Offline, High, None, None, &["offline"]),
            (
                Online,
                Low,
                Some(250),
                Some(2_000),
                &["low_quality", "fewer_people"],
            ),
            (
                Offline,
                Low,
                Some(1),
                Some(2),
                &["offline", "low_quality", "fewer_people"],
            ),
        ] {
            let found = by_standing(&standing(status, quality, people), set);
            let codes: Vec<_> = found.iter().map(NumberTrouble::code).collect();
            assert_eq!(codes, expected, "{status:?} {quality:?} {people:?} {set:?}");
        }
    }

    #[test]
    fn a_full_day_is_told_until_there_is_room() {
        let people = |reached| PeopleNow {
            max: 2,
            reached,
            more_at: None,
        };
        assert_eq!(used_up(people(1)), None);
        assert!(matches!(
            used_up(people(2)),
            Some(Trouble::NobodyMore { limit: 2, .. })
        ));
    }
}
