//! The headings settings stand under.

/// Which heading of `gymtext.toml` a setting stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where everything is kept.
    Database,
    /// How the service is reached.
    Web,
    /// Twilio.
    Twilio,
    /// WhatsApp.
    Whatsapp,
    /// E-mail.
    Email,
    /// How messages are sent.
    Sending,
    /// The times of the guarantees.
    Times,
    /// What it writes to its log.
    Log,
    /// Answers made by a language model.
    Answers,
    /// Payments.
    Billing,
}

impl Group {
    /// All, in the order documents list them.
    pub const ALL: [Self; 10] = [
        Self::Database,
        Self::Web,
        Self::Twilio,
        Self::Whatsapp,
        Self::Email,
        Self::Sending,
        Self::Times,
        Self::Log,
        Self::Answers,
        Self::Billing,
    ];

    /// Its heading in `gymtext.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Web => "web",
            Self::Twilio => "twilio",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
            Self::Sending => "sending",
            Self::Times => "times",
            Self::Log => "log",
            Self::Answers => "answers",
            Self::Billing => "billing",
        }
    }

    /// What its settings have in common.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Database => "Where everything is kept.",
            Self::Web => "How the service is reached, and who may call it.",
            Self::Twilio => "The account that carries SMS and WhatsApp.",
            Self::Whatsapp => "WhatsApp through Twilio, and its approved templates.",
            Self::Email => "A mail server, for what must arrive somehow.",
            Self::Sending => "How and to whom messages are sent.",
            Self::Times => {
                "Seconds, fractions allowed. The defaults fit Twilio; tests shorten them."
            }
            Self::Log => {
                "What it writes to its log and tells a collector of traces. Numbers, texts and secrets are never in it."
            }
            Self::Answers => "Answers made by a language model.",
            Self::Billing => "Payments through Stripe.",
        }
    }
}
