//! Consent belongs to an address and a purpose (GUARANTEES 2.5). Unknown is not yes.

use crate::channel::words;

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
}
