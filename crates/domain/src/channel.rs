//! Channels carry messages to people; providers carry channels. The two are never the same word.

/// A word that is none of the known ones.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{found}` is not one of: {known}")]
pub struct UnknownWord {
    /// What was given.
    pub found: String,
    /// What would have been understood, separated by commas.
    pub known: &'static str,
}

/// Enums with a fixed word for each value, which is what wires and databases keep.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::channel::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err($crate::channel::UnknownWord {
                        found: other.chars().take(40).collect(),
                        known: concat!($($word, ", "),+),
                    }),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How a message reaches a person.
    Channel {
        /// SMS and MMS.
        Sms = "sms",
        /// WhatsApp.
        Whatsapp = "whatsapp",
        /// E-mail.
        Email = "email",
        /// The web chat.
        Web = "web",
    }
}

words! {
    /// The values of the column `provider`, kept from the plan: `whatsapp` there means WhatsApp
    /// carried by Twilio.
    ProviderName {
        /// SMS and MMS by Twilio.
        Twilio = "twilio",
        /// WhatsApp by Twilio.
        Whatsapp = "whatsapp",
        /// Our own machine: written down, carried nowhere.
        Local = "local",
        /// A live connection to a browser.
        Websocket = "websocket",
        /// A mail server of the operator's. The plan had no e-mail.
        Smtp = "smtp",
    }
}
