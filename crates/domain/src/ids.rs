//! Ids: 128 bits that sort by time (UUID version 7, RFC 9562), shown with their kind in front:
//! `msg_…`, `mem_…`. The text after the prefix is Crockford base 32, 26 letters, lower case.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::time::Clock;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What is wrong with the text of an id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IdError {
    /// Another kind of id, or none.
    #[error("an id of this kind starts with `{expected}_`")]
    Prefix {
        /// The prefix that was expected, without the underscore.
        expected: &'static str,
    },
    /// Not 26 letters of the alphabet after the prefix.
    #[error("an id has 26 letters and digits after its prefix")]
    Malformed,
}

fn encode(bytes: [u8; 16], out: &mut String) {
    let value = u128::from_be_bytes(bytes);
    for shift in (0..26).rev() {
        let index = usize::try_from((value >> (shift * 5)) & 31).unwrap_or(0);
        out.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'0')));
    }
}

fn decode(text: &str) -> Result<[u8; 16], IdError> {
    if text.len() != 26 {
        return Err(IdError::Malformed);
    }
    let mut value: u128 = 0;
    for (at, letter) in text.bytes().enumerate() {
        let digit = ALPHABET
            .iter()
            .position(|a| *a == letter)
            .ok_or(IdError::Malformed)?;
        if at == 0 && digit > 7 {
            return Err(IdError::Malformed);
        }
        value = (value << 5) | digit as u128;
    }
    Ok(value.to_be_bytes())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The kind that stands in front of the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// From its 16 bytes, as a database keeps them.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = String::with_capacity(30);
                text.push_str(concat!($prefix, "_"));
                encode(self.0, &mut text);
                f.write_str(&text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let rest = text
                    .strip_prefix(concat!($prefix, "_"))
                    .ok_or(IdError::Prefix { expected: $prefix })?;
                decode(rest).map(Self)
            }
        }
    };
}

id!(
    /// A member: a person we coach and write to.
    MemberId, "mem"
);
id!(
    /// A message, in or out. Its place in a lane carries the same 16 bytes as `plc_…`.
    MessageId, "msg"
);
id!(
    /// A message's place in its lane, as shown to callers (`queue_entry_id`).
    PlaceId, "plc"
);
id!(
    /// An inbound message; the same 16 bytes as its row in `messages`.
    InboundId, "inb"
);
id!(
    /// Somebody of the team.
    OperatorId, "opr"
);
id!(
    /// A saved audience.
    SegmentId, "seg"
);
id!(
    /// The same words to many.
    BroadcastId, "bct"
);
id!(
    /// A key of the API that is kept in the database.
    KeyId, "key"
);
id!(
    /// An endpoint that events are told to.
    WebhookId, "whk"
);
id!(
    /// A note of the team about a member.
    NoteId, "note"
);

impl MessageId {
    /// The id of this message's place in its lane.
    pub const fn place(self) -> PlaceId {
        PlaceId(self.0)
    }
}

impl From<InboundId> for MessageId {
    fn from(id: InboundId) -> Self {
        Self(id.0)
    }
}

/// One try at sending a message: the message and the number of the try, from 1. Shown as
/// `att_<26 letters>_<number>`; it travels to the provider and comes back in receipts (G7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId {
    /// The message that is tried.
    pub message: MessageId,
    /// Which try, from 1 to 255.
    pub number: u8,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(36);
        text.push_str("att_");
        encode(self.message.0, &mut text);
        write!(f, "{text}_{}", self.number)
    }
}

impl fmt::Debug for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AttemptId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let rest = text
            .strip_prefix("att_")
            .ok_or(IdError::Prefix { expected: "att" })?;
        let (id, number) = rest.split_once('_').ok_or(IdError::Malformed)?;
        let number: u8 = number.parse().map_err(|_| IdError::Malformed)?;
        if number == 0 {
            return Err(IdError::Malformed);
        }
        Ok(Self {
            message: MessageId(decode(id)?),
            number,
        })
    }
}

/// Makes ids from the injected clock and a seed. Ids of one source always grow, also within one
/// millisecond and when the clock steps back.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

struct State {
    last_millis: i64,
    counter: u32,
    random: u64,
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

impl Ids {
    /// A source that draws its random part from `seed`; two sources with different seeds do not
    /// collide in practice (62 random bits a millisecond).
    pub fn new(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self {
            clock,
            state: Arc::new(Mutex::new(State {
                last_millis: 0,
                counter: 0,
                random: seed,
            })),
        }
    }

    /// The next 16 bytes.
    pub fn next_bytes(&self) -> [u8; 16] {
        let now = self.clock.now().as_millis();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now > state.last_millis {
            state.last_millis = now;
            state.counter = 0;
        } else {
            state.counter += 1;
            // 18 bits of counter: past them, borrow the next millisecond.
            if state.counter >= 1 << 18 {
                state.last_millis += 1;
                state.counter = 0;
            }
        }
        // SplitMix64 (Steele, Lea, Flood 2014): ids need no secrecy, only spread.
        state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut random = state.random;
        random = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        random = (random ^ (random >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        random ^= random >> 31;
        let millis = u128::from(state.last_millis.unsigned_abs() & 0xffff_ffff_ffff);
        let counter = u128::from(state.counter);
        let value = (millis << 80)
            | (0x7 << 76)
            | ((counter >> 6) << 64)
            | (0b10 << 62)
            | ((counter & 0x3f) << 56)
            | u128::from(random >> 8);
        value.to_be_bytes()
    }

    /// A new member id.
    pub fn member(&self) -> MemberId {
        MemberId(self.next_bytes())
    }

    /// A new id of somebody of the team.
    pub fn operator(&self) -> OperatorId {
        OperatorId(self.next_bytes())
    }

    /// A new id of a saved audience.
    pub fn segment(&self) -> SegmentId {
        SegmentId(self.next_bytes())
    }

    /// A new id of a broadcast.
    pub fn broadcast(&self) -> BroadcastId {
        BroadcastId(self.next_bytes())
    }

    /// A new id of a key of the API.
    pub fn key(&self) -> KeyId {
        KeyId(self.next_bytes())
    }

    /// A new id of an endpoint.
    pub fn webhook(&self) -> WebhookId {
        WebhookId(self.next_bytes())
    }

    /// A new id of a note.
    pub fn note(&self) -> NoteId {
        NoteId(self.next_bytes())
    }

    /// A new message id.
    pub fn message(&self) -> MessageId {
        MessageId(self.next_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{ManualClock, Timestamp};

    fn ids() -> Ids {
        Ids::new(
            Arc::new(ManualClock::at(Timestamp::from_seconds(1_700_000_000))),
            7,
        )
    }

    #[test]
    fn ids_read_back_as_written_and_grow() {
        let source = ids();
        let mut last = source.message();
        for _ in 0..300_000 {
            let next = source.message();
            assert!(next > last);
            last = next;
        }
        assert_eq!(last.to_string().parse::<MessageId>(), Ok(last));
        assert!(last.to_string() > source.member().to_string().replace("mem_", "aaa_"));
    }

    #[test]
    fn text_order_is_time_order() {
        let source = ids();
        let (a, b) = (source.message(), source.message());
        assert!(a.to_string() < b.to_string());
    }

    #[test]
    fn an_attempt_id_names_its_message_and_number() {
        let attempt = AttemptId {
            message: ids().message(),
            number: 3,
        };
        assert_eq!(attempt.to_string().parse(), Ok(attempt));
        assert!("att_0_1".parse::<AttemptId>().is_err());
        assert!(
            attempt
                .to_string()
                .replace("_3", "_0")
                .parse::<AttemptId>()
                .is_err()
        );
    }

    #[test]
    fn an_id_of_another_kind_is_refused_by_name() {
        let member = ids().member().to_string();
        assert_eq!(
            member.parse::<MessageId>(),
            Err(IdError::Prefix { expected: "msg" })
        );
    }
}
