//! STOP, START and HELP, as people really write them.

/// What a text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// Write no more.
    Stop,
    /// Write again.
    Start,
    /// Who are you, how do I stop this?
    Help,
    /// Nothing of the kind.
    None,
    /// Perhaps; a person should look.
    Ambiguous(Ambiguity),
}

/// What a text may have asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguity {
    /// Perhaps to stop.
    PerhapsStop,
}

/// Recognises a keyword in a text or in the payload of a button that was tapped.
pub fn recognise(text: &str, button_payload: Option<&str>) -> Keyword {
    let _ = (text, button_payload);
    Keyword::None
}
