//! The rules: what each is called, where it stands, and what to do about it.

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It would be refused, or would mislead members: it is not submitted.
    Error,
    /// It may be refused, or reach fewer people than meant.
    Warning,
}

impl Severity {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $severity:ident $id:literal, $source:literal, $mend:literal;)+) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule { $($(#[$doc])* $name),+ }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// A stable word for machines.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }

            /// Where it comes from.
            pub const fn source(self) -> &'static str {
                match self { $(Self::$name => $source),+ }
            }

            /// What to do about it.
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$name => $mend),+ }
            }

            /// How much it weighs.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),+ }
            }
        }
    };
}

rules! {
    /// The name is not one.
    NameShape = Error "name_shape", "facts/whatsapp.md 3.1",
        "Use 1 to 64 lower-case letters a-z, digits and underscores";
    /// No text in any language.
    NoWording = Error "no_wording", "facts/whatsapp.md 3.2",
        "Give it a text in at least one language";
    /// A language twice.
    LanguageTwice = Error "language_twice", "facts/whatsapp.md 3.1",
        "Keep one text for each language";
    /// Not a language of WhatsApp's list.
    LanguageUnknown = Error "language_unknown", "facts/whatsapp.md 3.1",
        "Use a code of Meta's list with an underscore, such as `en`, `es` or `pt_BR`";
    /// No words.
    BodyEmpty = Error "body_empty", "facts/whatsapp.md 3.2", "Write the words that members will read";
    /// Over 1,024 characters.
    BodyTooLong = Error "body_too_long", "facts/whatsapp.md 3.2",
        "Shorten it to 1,024 characters, its values included";
    /// A tab or a run of spaces in the text.
    BodySpaces = Error "body_spaces", "facts/twilio.md 7.3 (63013)",
        "Use single spaces; no tabs and no more than four spaces in a row";
    /// It begins or ends with a variable.
    VariableAtEdge = Error "variable_at_edge", "facts/whatsapp.md 3.3 (2388299)",
        "Put a word before the first and after the last variable";
    /// Two variables without a word between them.
    VariablesAdjacent = Error "variables_adjacent", "facts/whatsapp.md 3.3",
        "Put a word between the two, or make one variable of them";
    /// Numbers with gaps or repeats out of order.
    VariablesNumbering = Error "variables_numbering", "facts/whatsapp.md 3.3, facts/twilio.md 8.4 (63040)",
        "Number them 1, 2, 3 in the order in which they first appear, without gaps";
    /// Braces that are no variable.
    VariableShape = Error "variable_shape", "facts/whatsapp.md 3.3",
        "Write each variable as exactly {{1}}: two braces, a number, two braces";
    /// In the text and not declared.
    VariableUndeclared = Error "variable_undeclared", "facts/whatsapp.md 3.3 (132000)",
        "Declare it under [[variables]], or take it out of the text";
    /// Declared and not in the text.
    VariableUnused = Error "variable_unused", "facts/whatsapp.md 3.3 (132000)",
        "Use it in the text of every language, or take it out of [[variables]]";
    /// Two with one name.
    VariableTwice = Error "variable_twice", "our own: an error must be able to name a variable",
        "Give each variable a name of its own";
    /// Too many for the words there are.
    VariablesRatio = Error "variables_ratio", "facts/whatsapp.md 3.3 (2388293), facts/twilio.md 8.4",
        "Write at least 2n + 1 words beside n variables";
    /// More than a hundred.
    VariablesTooMany = Error "variables_too_many", "facts/twilio.md 8.4 (92002)",
        "Use at most 100 variables";
    /// A variable without an example.
    SampleMissing = Error "sample_missing", "facts/whatsapp.md 3.3",
        "Give one sample for each variable, in order";
    /// An example that could not be sent.
    SampleShape = Error "sample_shape", "facts/whatsapp.md 3.3, facts/twilio.md 8.4",
        "Give a sample as members will read it: of its kind, in one line, without tabs or runs of spaces";
    /// Words of advertising in what is called a utility.
    PromotionalInUtility = Error "promotional_in_utility", "facts/whatsapp.md 3.4",
        "Say only what concerns this member's own plan, or set category = \"marketing\"";
    /// Asks for a number nobody should send.
    AsksForSecrets = Error "asks_for_secrets", "facts/whatsapp.md 3.5",
        "Never ask for card, account or identity numbers in a message";
    /// Our own words where Meta's are fixed.
    AuthenticationText = Error "authentication_text", "facts/whatsapp.md 3.2",
        "Meta fixes the words of codes: they are sent by another type, not by a file of words";
    /// Marketing reaches nobody in the United States.
    MarketingToUs = Warning "marketing_to_us", "facts/whatsapp.md 0 (131049)",
        "Members with US numbers do not get it: reach them by SMS, or make it a utility honestly";
    /// Emoji in marketing.
    MarketingEmoji = Warning "marketing_emoji", "facts/whatsapp.md 3.2",
        "Use few emoji or none: Meta limits them in marketing";
    /// A word that means stop, start or help is asked for.
    KeywordAsked = Error "keyword_asked", "facts/twilio.md 6.1, PITFALLS.md WhatsApp",
        "Do not ask for it: it means stop, start or help wherever it is written. Offer a button, or ask for another word";
    /// A word is asked for that nothing understands.
    WordWithoutHandler = Error "word_without_handler", "PITFALLS.md WhatsApp",
        "Ask for a word the service understands, such as READY, or for any reply";
    /// More than ten.
    ButtonsTooMany = Error "buttons_too_many", "facts/whatsapp.md 3.2", "Use at most ten buttons";
    /// More than three.
    ButtonsHidden = Warning "buttons_hidden", "facts/whatsapp.md 3.2, facts/twilio.md 8.3",
        "Use at most three: of more only two are shown, and an open window takes no more than three";
    /// A title that is none, or too long.
    ButtonTitle = Error "button_title", "facts/twilio.md 8.3",
        "Give it 1 to 20 characters in one line, without variables";
    /// An id that is none, or too long.
    ButtonId = Error "button_id", "facts/twilio.md 8.3",
        "Give it 1 to 200 lower-case letters, digits and underscores";
    /// Two that cannot be told apart.
    ButtonTwice = Error "button_twice", "our own: a tap must say which button it was",
        "Give each button a title and an id of its own";
    /// The languages have other buttons.
    ButtonsDiffer = Error "buttons_differ", "our own: a tap means the same in every language",
        "Give every language the same button ids in the same order";
    /// The same words as another.
    SameWords = Error "same_words", "facts/whatsapp.md 3.5",
        "Change the words: Meta refuses a template that repeats another's text";
    /// A name twice.
    NameTwice = Error "name_twice", "facts/whatsapp.md 3.1", "Give each template a name of its own";
    /// More than an account may have.
    TemplatesTooMany = Error "templates_too_many", "facts/whatsapp.md 3.1",
        "Remove what is not used: an account has at most 250";
    /// A backup that is none.
    BackupUnfit = Error "backup_unfit", "our own: a backup is sent with the same values",
        "Name another template with the same variables in the same order, and no backup of its own that leads back";
}
