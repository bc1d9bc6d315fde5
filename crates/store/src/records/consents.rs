//! Consents: the ledger's entries, what they add up to, and what is open about them.

use domain::{
    Channel, ConsentEvent, ConsentState, Handle, MemberId, MessageId, Purpose, Text, Timestamp,
};

use super::messages::NewMessage;

/// One entry for the consent ledger.
#[derive(Clone, Debug)]
pub struct ConsentEntry {
    /// The channel.
    pub channel: Channel,
    /// The address on it.
    pub handle: Handle,
    /// What for.
    pub purpose: Purpose,
    /// What happened.
    pub event: ConsentEvent,
    /// Whether the person did it themselves.
    pub own_act: bool,
    /// Where it came from: `join_page`, `api`, `sms_keyword`, `provider:21610`, …
    pub source: String,
    /// The exact wording shown, or the words written.
    pub wording: Option<Text>,
    /// Who entered it: `member`, `api:<key>`, `provider`, `operator:<name>`.
    pub actor: String,
    /// What proves it.
    pub proof: Proof,
    /// What it leaves open.
    pub opens: Option<Opens>,
}

/// What an entry leaves open.
#[derive(Clone, Debug)]
pub enum Opens {
    /// For [`ConsentEvent::OptInAsked`]: the message that asks for the confirmation. It is stored
    /// with the entry, and only when nothing had been asked yet.
    Request(Box<NewMessage>),
    /// For [`ConsentEvent::Doubt`].
    Doubt {
        /// What it may mean, as a code.
        why: String,
        /// The message.
        message: MessageId,
    },
}

/// What proves an entry of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Which version of the wording was shown, as whoever showed it counts.
    pub wording_version: Option<String>,
    /// Where it can be looked up: `twilio:SM…` of the message it was written in, or the caller's own
    /// reference.
    pub evidence: Option<String>,
    /// When it was said, where its provider tells and it was heard later: what a list shows.
    pub said_at: Option<Timestamp>,
}

/// What is open about a consent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenQuestions {
    /// Since when a reply that confirms it is waited for.
    pub asked_at: Option<Timestamp>,
    /// What the person wrote that may mean stop, until somebody has decided.
    pub doubt: Option<Doubt>,
}

/// When something was last said against an address, by the lines of its ledger: event, state after it, when it was said.
/// Both stores ask this, so that they agree.
pub fn last_against(
    lines: impl IntoIterator<Item = (ConsentEvent, ConsentState, Timestamp)>,
) -> Option<Timestamp> {
    let against = lines.into_iter().filter(|(event, state, _)| {
        // Of an opt-out that came from elsewhere only the state tells.
        let imported = (*event, *state) == (ConsentEvent::Import, ConsentState::OptedOut);
        event.speaks_against() || imported
    });
    against.map(|(_, _, at)| at).max()
}

impl OpenQuestions {
    /// Whether a yes answers what was asked at `since` or later. One that was said before the question was asked answers
    /// something else.
    pub fn answered_by_yes(&self, since: Timestamp, said_at: Option<Timestamp>) -> bool {
        self.asked_at
            .is_some_and(|asked| asked >= since && said_at.is_none_or(|said_at| said_at > asked))
    }

    /// What is open after an entry that leads to `state`. Both stores ask this, so that they agree.
    #[must_use]
    pub fn after(&self, entry: &ConsentEntry, state: ConsentState, at: Timestamp) -> Self {
        if state == ConsentState::OptedOut || entry.event.settles(entry.own_act) {
            return Self::default();
        }
        let asked_at = match (state, entry.event) {
            (ConsentState::Unknown, ConsentEvent::OptInAsked) => self.asked_at.or(Some(at)),
            (ConsentState::Unknown, _) => self.asked_at,
            (ConsentState::OptedIn | ConsentState::OptedOut, _) => None,
        };
        let doubt = match (entry.event, &entry.opens) {
            (ConsentEvent::NoStop, _) => None,
            // The first one stays: since then nothing has gone out.
            (ConsentEvent::Doubt, Some(Opens::Doubt { why, message })) => {
                self.doubt.clone().or_else(|| {
                    Some(Doubt {
                        since: at,
                        why: why.clone(),
                        message: Some(*message),
                    })
                })
            }
            _ => self.doubt.clone(),
        };
        Self { asked_at, doubt }
    }
}

/// Something a person wrote that may mean stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Since when.
    pub since: Timestamp,
    /// What it may mean, as a code: `perhaps_stop`, …
    pub why: String,
    /// The message.
    pub message: Option<MessageId>,
}

/// One line of the consent ledger, as it is kept.
#[derive(Clone, Debug)]
pub struct LedgerLine {
    /// Its number: lines are in the order they were written.
    pub id: i64,
    /// What was entered.
    pub entry: ConsentEntry,
    /// The state after it.
    pub state: ConsentState,
    /// The version after it.
    pub version: u32,
    /// When.
    pub at: Timestamp,
}

/// An address on the suppression list.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The ledger's line that put it there; the list is in this order.
    pub id: i64,
    /// The channel.
    pub channel: Channel,
    /// The address.
    pub handle: Handle,
    /// Since when it is opted out.
    pub since: Timestamp,
    /// Where that came from.
    pub source: String,
}

/// What waits for a person to decide.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Whose address it is.
    pub member: MemberId,
    /// The channel.
    pub channel: Channel,
    /// The address.
    pub handle: Handle,
    /// Their consent meanwhile.
    pub state: ConsentState,
    /// What is in doubt.
    pub doubt: Doubt,
    /// What they wrote.
    pub text: Text,
}

/// The consent of an address now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The channel.
    pub channel: Channel,
    /// The address.
    pub handle: Handle,
    /// What for.
    pub purpose: Purpose,
    /// The state.
    pub state: ConsentState,
    /// Counts every change; 0 when nothing was ever recorded.
    pub version: u32,
    /// When it changed last.
    pub changed_at: Option<Timestamp>,
    /// Source of the last entry.
    pub source: String,
    /// Wording of the last entry.
    pub wording: Option<Text>,
    /// What is open about it.
    pub open: OpenQuestions,
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_000);

    fn entry(event: ConsentEvent, own_act: bool) -> ConsentEntry {
        ConsentEntry {
            channel: Channel::Sms,
            handle: Handle::Email("a@b.c".into()),
            purpose: Purpose::All,
            event,
            own_act,
            source: "test".into(),
            wording: None,
            actor: "member".into(),
            proof: Proof::default(),
            opens: (event == ConsentEvent::Doubt).then(|| Opens::Doubt {
                why: "perhaps_stop".into(),
                message: MessageId::from_bytes([7; 16]),
            }),
        }
    }

    /// Whether a confirmation and a decision are waited for after these events.
    fn open_after(events: &[(ConsentEvent, bool)]) -> (bool, bool) {
        let (mut state, mut open) = (ConsentState::Unknown, OpenQuestions::default());
        for (event, own_act) in events {
            state = state.after(*event, *own_act);
            open = open.after(&entry(*event, *own_act), state, AT);
        }
        (open.asked_at.is_some(), open.doubt.is_some())
    }

    #[test]
    fn only_what_a_person_says_themselves_settles_what_is_open() {
        use ConsentEvent::{Doubt, Import, NoStop, OptIn, OptInAsked, OptOut, Start};
        for (events, expected) in [
            (&[(OptInAsked, true)][..], (true, false)),
            (&[(OptInAsked, true), (OptInAsked, true)], (true, false)),
            (&[(OptInAsked, true), (Import, false)], (true, false)),
            (&[(OptInAsked, true), (OptIn, true)], (false, false)),
            (&[(OptInAsked, true), (OptIn, false)], (false, false)),
            (&[(OptInAsked, true), (OptOut, true)], (false, false)),
            (&[(OptOut, true), (OptInAsked, true)], (false, false)),
            (&[(OptIn, true), (OptInAsked, true)], (false, false)),
            (&[(OptIn, true), (Doubt, true)], (false, true)),
            (
                &[(OptIn, true), (Doubt, true), (OptIn, false)],
                (false, true),
            ),
            (
                &[(OptIn, true), (Doubt, true), (OptIn, true)],
                (false, false),
            ),
            (
                &[(OptIn, true), (Doubt, true), (Start, true)],
                (false, false),
            ),
            (
                &[(OptIn, true), (Doubt, true), (NoStop, false)],
                (false, false),
            ),
            (
                &[(OptIn, true), (Doubt, true), (OptOut, false)],
                (false, false),
            ),
            (&[(OptOut, true), (Doubt, true)], (false, false)),
        ] {
            assert_eq!(open_after(events), expected, "{events:?}");
        }
    }
}
