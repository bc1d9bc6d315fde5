//! Every code a problem may carry, with its status and what it means. The reference page and the
//! API's description are made from this list.

use http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:ident $word:literal $title:literal),+ $(,)?) => {
        /// A stable word for machines.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name),+ }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The status it usually comes with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            /// What happened, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// What it means and what to do about it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),+ }
            }
        }
    };
}

codes! {
    /// The body could not be read as JSON; the detail says where it breaks.
    InvalidJson = BAD_REQUEST "invalid_json" "The body is not JSON",
    /// The body holds bytes that are not UTF-8. Send JSON encoded as UTF-8.
    InvalidUtf8 = BAD_REQUEST "invalid_utf8" "The body is not UTF-8",
    /// A webhook was signed, but its form cannot be read or lacks something it must have.
    InvalidForm = BAD_REQUEST "invalid_form" "The form cannot be read",
    /// An Idempotency-Key is 1 to 255 visible ASCII characters.
    InvalidIdempotencyKey = BAD_REQUEST "invalid_idempotency_key" "The Idempotency-Key cannot be used",
    /// The body ended early or the connection broke.
    BrokenBody = BAD_REQUEST "broken_body" "The body did not arrive whole",
    /// Send `Authorization: Bearer <key>` with a key that is set up.
    Unauthorized = UNAUTHORIZED "unauthorized" "A valid key is needed",
    /// This route is switched off: no secret is set up for it.
    Forbidden = FORBIDDEN "forbidden" "This is not allowed",
    /// The key may not be used for this: `needed` names the scope that is missing.
    ScopeMissing = FORBIDDEN "scope_missing" "The key is not meant for this",
    /// The request is not signed by the provider for our public address.
    InvalidSignature = FORBIDDEN "invalid_signature" "The signature is missing or wrong",
    /// There is nothing at this address.
    NotFound = NOT_FOUND "not_found" "There is nothing here",
    /// No member has this id; erased members have none any more.
    UnknownMember = NOT_FOUND "unknown_member" "There is no such member",
    /// Another person keeps this conversation: `keeper` says who and until when. Take it over with `take_over`, or answer
    /// with `anyway`.
    KeptBy = CONFLICT "kept_by_another" "Another person keeps this conversation",
    /// A message was answered or dismissed before: `message_id` says which, `answered_by` who; `null` is the coach's
    /// rules. To answer all the same, send `anyway`.
    AnsweredBefore = CONFLICT "answered_before" "It is answered already",
    /// No message has this id.
    UnknownMessage = NOT_FOUND "unknown_message" "There is no such message",
    /// No saved audience has this id; `GET /api/v1/segments` lists those there are.
    UnknownSegment = NOT_FOUND "unknown_segment" "There is no such segment",
    /// Another saved audience has this name; `segment_id` names it.
    SegmentNameTaken = CONFLICT "segment_name_taken" "The name is taken",
    /// No broadcast has this id; `GET /api/v1/broadcasts` lists those there are.
    UnknownBroadcast = NOT_FOUND "unknown_broadcast" "There is no such broadcast",
    /// Somebody edited this broadcast since the revision that was sent; `revision` is the newest. Read it again.
    BroadcastChanged = CONFLICT "broadcast_changed" "Somebody edited it since",
    /// The broadcast stands in a way in which that cannot happen; `state` tells how.
    BroadcastState = CONFLICT "broadcast_state" "Not as the broadcast stands",
    /// No endpoint has this id.
    UnknownWebhook = NOT_FOUND "unknown_webhook" "There is no such endpoint",
    /// No key that holds has this id.
    UnknownKey = NOT_FOUND "unknown_key" "There is no such key",
    /// Another endpoint has this address; `webhook_id` names it.
    WebhookExists = CONFLICT "webhook_exists" "There is an endpoint at this address",
    /// Another key that holds is called so: the log tells keys apart by name.
    KeyNameTaken = CONFLICT "key_name_taken" "The name is taken",
    /// There are as many as there may be; take one away.
    TooMany = CONFLICT "too_many" "There are too many",
    /// There is no such event, or the endpoint is told it in its turn anyway.
    NotToldYet = CONFLICT "not_told_yet" "There is nothing to tell again",
    /// What happened that long ago is no longer kept; the detail tells up to when. Read what you keep yourself, or ask for what
    /// came after.
    EventsGone = GONE "events_gone" "These events are no longer kept",
    /// No programme is called so; `GET /api/v1/programmes` lists those there are.
    UnknownProgramme = NOT_FOUND "unknown_programme" "There is no such programme",
    /// Somebody saved another version of this programme since `base`; `version` is the newest. Read it, and send
    /// yours with it as `base`.
    ProgrammeChanged = CONFLICT "programme_changed" "Somebody saved another version since",
    /// The address exists, but not for this method; the header Allow lists those it has.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed" "Not with this method",
    /// The body took longer than 30 seconds to arrive.
    RequestTimeout = REQUEST_TIMEOUT "request_timeout" "The body took too long",
    /// Another member has this phone number; `member_id` names them.
    PhoneTaken = CONFLICT "phone_taken" "The phone number is taken",
    /// Another member has this e-mail address, and the database allows each only once, as one that was taken over from another
    /// service may.
    EmailTaken = CONFLICT "email_taken" "The e-mail address is taken",
    /// The message has left, or has ended in a way that cannot be undone; `status` tells how far it is.
    TooLate = CONFLICT "too_late" "It is too late for that",
    /// Nobody has to decide about this message: it was clear, or somebody decided, or the member wrote STOP or START meanwhile.
    NotInDoubt = CONFLICT "not_in_doubt" "There is nothing to decide",
    /// Nobody pays here: everybody is served without a subscription.
    NoSubscriptions = CONFLICT "no_subscriptions" "There are no subscriptions here",
    /// They have a subscription, or owe a payment of one: it is changed where they manage it, on `/me`.
    Subscribed = CONFLICT "subscribed" "There is a subscription already",
    /// They never had a subscription, so there is nothing to manage.
    NeverSubscribed = CONFLICT "never_subscribed" "There was no subscription",
    /// The body is larger than this call takes.
    BodyTooLarge = PAYLOAD_TOO_LARGE "body_too_large" "The body is too large",
    /// Send `Content-Type: application/json`.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "The body must be JSON",
    /// One or more fields cannot be accepted; `errors` names each with the reason.
    InvalidRequest = UNPROCESSABLE_ENTITY "invalid_request" "Some fields cannot be accepted",
    /// The key was used before with another body. Nothing was changed; use a new key.
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY "idempotency_key_reused" "The Idempotency-Key was used with another body",
    /// No template has this name; the detail lists those that are known.
    UnknownTemplate = UNPROCESSABLE_ENTITY "unknown_template" "There is no such template",
    /// The template needs a value for a variable that was not given.
    MissingVariable = UNPROCESSABLE_ENTITY "missing_variable" "A variable has no value",
    /// The template has no variable of this name.
    UnknownVariable = UNPROCESSABLE_ENTITY "unknown_variable" "The template has no such variable",
    /// A choice would be read as START or HELP, which members may write at any time: give it other words.
    ChoiceIsKeyword = UNPROCESSABLE_ENTITY "choice_is_keyword" "A choice would be read as a keyword",
    /// The value of a variable cannot be sent: `errors` names the variable and what is wrong.
    InvalidVariable = UNPROCESSABLE_ENTITY "invalid_variable" "The value of a variable cannot be sent",
    /// It would expire before it may be sent.
    ExpiresBeforeStart = UNPROCESSABLE_ENTITY "expires_before_start" "It would expire before it starts",
    /// Its time is over already.
    ExpiredAlready = UNPROCESSABLE_ENTITY "expired_already" "It has expired already",
    /// Messages can be planned 366 days ahead.
    TooFarAhead = UNPROCESSABLE_ENTITY "too_far_ahead" "That is too far ahead",
    /// Messages of this kind are made by the service itself.
    ReservedKind = UNPROCESSABLE_ENTITY "reserved_kind" "This kind is reserved",
    /// The channel asked for cannot carry this content.
    ChannelCannotCarry = UNPROCESSABLE_ENTITY "channel_cannot_carry" "The channel cannot carry this",
    /// Too many streams of events are open. Close some, or come back later.
    TooManyStreams = TOO_MANY_REQUESTS "too_many_streams" "Too many streams are open",
    /// Something is wrong on our side; it was logged. Trying again may help.
    Internal = INTERNAL_SERVER_ERROR "internal" "Something went wrong here",
    /// The provider could not do what was asked of it, or gave no usable answer. Try again later.
    ProviderTrouble = BAD_GATEWAY "provider_trouble" "The provider could not do it",
    /// The store cannot write right now; nothing was changed. Try again after Retry-After seconds.
    Unavailable = SERVICE_UNAVAILABLE "unavailable" "Not available right now",
    /// The service is shutting down; nothing was changed. Try again after Retry-After seconds.
    Draining = SERVICE_UNAVAILABLE "draining" "The service is shutting down",
    /// The database was confirmed at another home, so this may be a copy, and a copy sends nothing. Once an operator has confirmed this home, it works.
    Held = SERVICE_UNAVAILABLE "held" "Nothing is sent from here",
}

impl Code {
    /// The code of a refusal by policy. Its words and ours are the same; a test keeps them so.
    pub(crate) fn of_refusal(word: &str) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == word)
            .unwrap_or(Self::InvalidRequest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_by_their_words() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().as_u16() >= 400, "{}", code.as_str());
            assert!(code.meaning().ends_with('.'), "{}", code.as_str());
        }
    }
}
