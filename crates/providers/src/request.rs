//! One message to hand over, and the address its receipts come back to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use domain::content::Location;
use domain::{Address, AttemptId, Clock, Handle, MediaUrl, Seconds, Text, Timestamp};

/// One attempt at one message. The channel is that of `to`.
#[derive(Clone, Debug)]
pub struct SendRequest {
    /// The attempt, which comes back in receipts (G7).
    pub attempt: AttemptId,
    /// Our sender.
    pub from: Handle,
    /// Who gets it.
    pub to: Address,
    /// What they get.
    pub form: Form,
    /// How long it may wait at the provider (V of GUARANTEES); SMS only.
    pub validity: Option<Seconds>,
    /// Where receipts go: a whole URL with the attempt in its query, from [`StatusCallback`].
    pub status_callback: Option<String>,
    /// What stands above and below it; e-mail only.
    pub lettering: Option<Lettering>,
    /// Whether the provider may replace look-alike letters to save segments; SMS only.
    pub smart_encoded: bool,
    /// Whether it is still in time, asked right before the first byte (G of GUARANTEES).
    pub may_start: MayStart,
}

/// What a letter has besides its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lettering {
    /// What it is about.
    pub subject: Box<str>,
    /// What stands before the link that ends this.
    pub ending: Box<str>,
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Free text and media; either may be missing, not both.
    Text {
        /// The text, possibly empty.
        text: Text,
        /// The media.
        media: Vec<MediaUrl>,
    },
    /// An approved template by the provider's id for it.
    Template {
        /// The provider's id: `HX…`.
        content_sid: Box<str>,
        /// Values by variable.
        variables: BTreeMap<Box<str>, Text>,
    },
    /// Buttons or a list, by the id that [`crate::Provider::prepare`] gave: free-form, within the
    /// session window only.
    Choices {
        /// The provider's id: `HX…`.
        content_sid: Box<str>,
        /// Values by variable.
        variables: BTreeMap<Box<str>, Text>,
    },
    /// A place on the map; WhatsApp only.
    Location {
        /// Where.
        place: Location,
        /// What it is called; may be empty.
        words: Text,
    },
}

/// Says whether a request may still start. It is asked right before the first byte, with no await
/// in between; a request that may not is certainly not started.
#[derive(Clone, Default)]
pub enum MayStart {
    /// At any time.
    #[default]
    Always,
    /// While neither is over: one that is set back gives no more time, and one that nobody sets stands still with a machine that
    /// is paused from outside.
    Until {
        /// The clock.
        clock: Arc<dyn Clock>,
        /// The last instant at which it may start.
        by: Timestamp,
        /// The same on the clock as nobody sets it ([`Clock::steady`]).
        steadily_by: Timestamp,
    },
    /// Whenever this says yes: for monotonic clocks and drains.
    Asked(Arc<dyn Fn() -> bool + Send + Sync>),
}

impl MayStart {
    /// Whether it may start now.
    pub fn now(&self) -> bool {
        match self {
            Self::Always => true,
            Self::Until {
                clock,
                by,
                steadily_by,
            } => clock.steady() <= *steadily_by && clock.now() <= *by,
            Self::Asked(ask) => ask(),
        }
    }
}

impl fmt::Debug for MayStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("Always"),
            Self::Until { by, .. } => write!(f, "Until({by})"),
            Self::Asked(_) => f.write_str("Asked"),
        }
    }
}

/// The name of the query parameter that carries the attempt.
pub const ATTEMPT_PARAMETER: &str = "attempt";

/// What the provider is asked to do when our status endpoint does not answer: retries by itself,
/// also on 5xx and slow answers. Twilio's default retries once, and only when it could not connect
/// (facts/twilio.md 3.4). It strips the fragment before it calls and signs.
pub const TWILIO_OVERRIDES: &str = "rc=3&rp=5xx,ct,rt&ct=3000&rt=5000&tt=15000";

/// Makes the status callback URL of each attempt from one public URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCallback {
    base: Box<str>,
    fragment: Box<str>,
    separator: char,
}

impl StatusCallback {
    /// From the public URL of our status endpoint. A fragment it already has is kept instead of
    /// [`TWILIO_OVERRIDES`].
    pub fn new(url: &str) -> Self {
        let (base, fragment) = url.split_once('#').unwrap_or((url, TWILIO_OVERRIDES));
        Self {
            base: base.into(),
            fragment: fragment.into(),
            separator: if base.contains('?') { '&' } else { '?' },
        }
    }

    /// The URL for one attempt, in which it comes back signed.
    pub fn for_attempt(&self, attempt: AttemptId) -> String {
        let Self {
            base,
            fragment,
            separator,
        } = self;
        if fragment.is_empty() {
            format!("{base}{separator}{ATTEMPT_PARAMETER}={attempt}")
        } else {
            format!("{base}{separator}{ATTEMPT_PARAMETER}={attempt}#{fragment}")
        }
    }
}

/// The attempt in the query of a status callback, as received.
pub fn attempt_of_query(query: &str) -> Option<AttemptId> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == ATTEMPT_PARAMETER)
        .and_then(|(_, value)| value.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::MessageId;

    fn attempt() -> AttemptId {
        AttemptId {
            message: MessageId::from_bytes([7; 16]),
            number: 2,
        }
    }

    #[test]
    fn an_attempt_travels_in_the_query_before_the_fragment() {
        let url =
            StatusCallback::new("https://coach.example/api/twilio/status").for_attempt(attempt());
        let (sent, fragment) = url.split_once('#').unwrap();
        assert_eq!(fragment, TWILIO_OVERRIDES);
        let query = sent.split_once('?').unwrap().1;
        assert_eq!(attempt_of_query(query), Some(attempt()));
    }

    /// A clock that was set back by a minute, a second ago.
    #[derive(Debug)]
    struct Apart;

    impl Clock for Apart {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(941)
        }

        fn steady(&self) -> Timestamp {
            Timestamp::from_seconds(101)
        }
    }

    #[test]
    fn a_request_may_start_while_neither_clock_says_that_its_time_is_over() {
        let until = |by, steadily_by| MayStart::Until {
            clock: Arc::new(Apart),
            by: Timestamp::from_seconds(by),
            steadily_by: Timestamp::from_seconds(steadily_by),
        };
        assert!(until(941, 101).now());
        assert!(!until(1_000, 100).now(), "the clock was set back");
        assert!(!until(940, 200).now(), "the machine was paused");
    }

    #[test]
    fn a_query_and_a_fragment_of_ones_own_are_kept() {
        let url = StatusCallback::new("https://coach.example/s?a=1#rc=0").for_attempt(attempt());
        assert!(url.starts_with("https://coach.example/s?a=1&attempt=att_"));
        assert!(url.ends_with("#rc=0"));
        assert_eq!(attempt_of_query("a=1"), None);
        assert_eq!(attempt_of_query("attempt=nonsense"), None);
        assert_eq!(attempt_of_query("attempt"), None);
        let written = attempt().to_string();
        for query in [
            format!("a=1&&attempt={written}&attempt=x"),
            format!("a=%20&%61ttempt={written}"),
        ] {
            assert_eq!(attempt_of_query(&query), Some(attempt()), "{query}");
        }
    }
}
