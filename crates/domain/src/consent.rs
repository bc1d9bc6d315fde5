//! Consent belongs to an address and a purpose (GUARANTEES 2.5). Unknown is not yes.

use crate::channel::words;
use crate::time::Timestamp;

words! {
    /// What a person has agreed to for one address.
    ConsentState {
        /// Nothing is known.
        Unknown = "unknown",
        /// Agreed, with evidence.
        OptedIn = "opted_in",
        /// Said stop.
        OptedOut = "opted_out",
    }
}

words! {
    /// What a consent is for.
    Purpose {
        /// Everything we send.
        All = "all",
        /// Marketing only: WhatsApp lets a person stop that alone (facts/twilio.md 6.3, 63033).
        Marketing = "marketing",
    }
}

words! {
    /// What happened to a consent.
    ConsentEvent {
        /// The person agreed, and there is evidence of it.
        OptIn = "opt_in",
        /// The person said stop, or the provider told us so.
        OptOut = "opt_out",
        /// The person wrote START from that address.
        Start = "start",
        /// Rows came from elsewhere, without an act of the person.
        Import = "import",
        /// Somebody gave this address as theirs, and only a reply from it will prove that.
        OptInAsked = "opt_in_asked",
        /// The person wrote what may mean stop: nothing but replies goes out until somebody has
        /// decided.
        Doubt = "doubt",
        /// A person of the team read it, and it meant no stop.
        NoStop = "no_stop",
        /// Its member has another address now: what they agreed to was for themselves, and whoever has
        /// this one next has agreed to nothing.
        Left = "left",
    }
}

impl ConsentState {
    /// The state after `event` (GUARANTEES 2.5). `own_act` says that the person did it themselves,
    /// which is the only way back from opted out.
    #[must_use]
    pub const fn after(self, event: ConsentEvent, own_act: bool) -> Self {
        match (self, event) {
            (_, ConsentEvent::OptOut) => Self::OptedOut,
            (_, ConsentEvent::Start) | (Self::Unknown | Self::OptedIn, ConsentEvent::OptIn) => {
                Self::OptedIn
            }
            (Self::OptedOut, ConsentEvent::OptIn) => {
                if own_act {
                    Self::OptedIn
                } else {
                    Self::OptedOut
                }
            }
            (Self::OptedIn, ConsentEvent::Left) => Self::Unknown,
            (
                state,
                ConsentEvent::Left
                | ConsentEvent::Import
                | ConsentEvent::OptInAsked
                | ConsentEvent::Doubt
                | ConsentEvent::NoStop,
            ) => state,
        }
    }
}

impl ConsentEvent {
    /// Whether it says, or may say, that nothing more should go to an address.
    pub const fn speaks_against(self) -> bool {
        match self {
            Self::OptOut | Self::Doubt | Self::Left => true,
            Self::OptIn | Self::Start | Self::Import | Self::OptInAsked | Self::NoStop => false,
        }
    }

    /// Whether it comes too late to change anything: what opens an address was said, as its provider tells, before
    /// something was last said against it. Where both have the same instant nobody knows which came first, and the
    /// stop wins (G16). Whatever closes an address is never too late, however old it is.
    pub fn comes_too_late(self, said_at: Option<Timestamp>, against_at: Option<Timestamp>) -> bool {
        match self {
            Self::Start | Self::OptIn => said_at
                .zip(against_at)
                .is_some_and(|(said, against)| said <= against),
            Self::OptOut
            | Self::Import
            | Self::OptInAsked
            | Self::Doubt
            | Self::NoStop
            | Self::Left => false,
        }
    }

    /// Whether this says what the person wants, so that nothing is left to be asked or decided. Their
    /// own act does; a form sent once more by others does not.
    pub const fn settles(self, own_act: bool) -> bool {
        match self {
            Self::OptOut | Self::Start | Self::Left => true,
            Self::OptIn => own_act,
            Self::Import | Self::OptInAsked | Self::Doubt | Self::NoStop => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_guarantees_holds() {
        use ConsentEvent::{Doubt, Import, Left, NoStop, OptIn, OptInAsked, OptOut, Start};
        use ConsentState::{OptedIn, OptedOut, Unknown};
        for (state, event, own_act, after) in [
            (Unknown, OptIn, false, OptedIn),
            (Unknown, OptOut, false, OptedOut),
            (Unknown, Start, true, OptedIn),
            (Unknown, Import, false, Unknown),
            (OptedIn, OptIn, false, OptedIn),
            (OptedIn, OptOut, false, OptedOut),
            (OptedIn, Start, true, OptedIn),
            (OptedIn, Import, false, OptedIn),
            (OptedOut, OptIn, true, OptedIn),
            (OptedOut, OptIn, false, OptedOut),
            (OptedOut, OptOut, false, OptedOut),
            (OptedOut, Start, true, OptedIn),
            (OptedOut, Import, false, OptedOut),
            (Unknown, OptInAsked, true, Unknown),
            (OptedIn, OptInAsked, true, OptedIn),
            (OptedOut, OptInAsked, true, OptedOut),
            (OptedIn, Doubt, true, OptedIn),
            (OptedIn, NoStop, false, OptedIn),
            (OptedOut, NoStop, false, OptedOut),
            (Unknown, Left, true, Unknown),
            (OptedIn, Left, true, Unknown),
            (OptedOut, Left, true, OptedOut),
        ] {
            assert_eq!(state.after(event, own_act), after, "{state} after {event}");
        }
    }

    #[test]
    fn an_old_start_opens_nothing_and_an_old_stop_closes_all_the_same() {
        use ConsentEvent::{Doubt, OptIn, OptOut, Start};
        let at = |minute: i64| Some(Timestamp::from_seconds(minute * 60));
        for (event, said_at, against_at, too_late) in [
            (Start, at(9), at(10), true),
            (Start, at(11), at(10), false),
            // Nobody knows which came first.
            (Start, at(10), at(10), true),
            (Start, at(9), None, false),
            // By a webhook: it is said now.
            (Start, None, at(10), false),
            (OptIn, at(9), at(10), true),
            (OptIn, at(11), at(10), false),
            (OptOut, at(9), at(10), false),
            (OptOut, None, at(10), false),
            (Doubt, at(9), at(10), false),
        ] {
            assert_eq!(
                event.comes_too_late(said_at, against_at),
                too_late,
                "{event} said at {said_at:?}, and against it at {against_at:?}"
            );
        }
    }
}
