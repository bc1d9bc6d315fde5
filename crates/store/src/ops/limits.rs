//! Limits of providers, and caps of ours, kept so that all processes go by them, the next one too.

use domain::{Channel, Handle, Kind, MemberId, MessageId, Timestamp};

use crate::records::{CountedSend, Slowdown};

/// See [`Op::SlowDown`](super::Op::SlowDown). The later end and the higher count stay.
#[derive(Clone, Debug)]
pub struct SlowDown {
    /// What, until when and why.
    pub slowdown: Slowdown,
}

/// See [`Op::ReachPeople`](super::Op::ReachPeople). Answers, in the order asked, who may be: whoever was reached
/// since `since`, and others while there is room. A store with several processes may refuse while another one
/// asks; to be asked again soon.
#[derive(Clone, Debug)]
pub struct ReachPeople {
    /// The channel.
    pub channel: Channel,
    /// Whom.
    pub handles: Vec<Handle>,
    /// How many different people may be reached.
    pub max: u32,
    /// Since when they count.
    pub since: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::CountSends`](super::Op::CountSends). Answers, in the order asked, which are counted now: a message that was
/// counted before, and others within all of their limits. What ended badly counts no more; a chain of messages that
/// say the same counts once.
#[derive(Clone, Debug)]
pub struct CountSends {
    /// What is about to be sent.
    pub sends: Vec<Send>,
    /// Now.
    pub at: Timestamp,
}

/// A message that is about to be sent, and what limits its kind.
#[derive(Clone, Debug)]
pub struct Send {
    /// To whom.
    pub member: MemberId,
    /// What is counted.
    pub kind: Kind,
    /// The message.
    pub message: MessageId,
    /// The first message of its chain; itself where it stands alone.
    pub root: MessageId,
    /// How many may have gone since when, itself included; none where it goes in any case.
    pub limits: Vec<(u32, Timestamp)>,
}

impl Send {
    /// Since when others have to be looked at.
    pub fn since(&self) -> Option<Timestamp> {
        self.limits.iter().map(|(_, since)| *since).min()
    }

    /// Whether there is room for it beside what was counted for its member and kind.
    pub fn fits(&self, counted: &[CountedSend]) -> bool {
        let mut limits = self.limits.iter();
        limits.all(|(most, since)| {
            let others = counted
                .iter()
                .filter(|one| one.root != self.root && one.at > *since);
            u32::try_from(others.count()).is_ok_and(|others| others < *most)
        })
    }
}
