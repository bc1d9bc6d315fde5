//! Members.

use domain::{Channel, Handle, MemberId, PhoneNumber, Preferences, Text, Timestamp, Topic};

/// A member to be.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Its id, made by the caller.
    pub id: MemberId,
    /// Shown name, 1 to 200 characters.
    pub name: Text,
    /// The number, unique among members.
    pub phone: PhoneNumber,
    /// Country of the number, two letters, upper case.
    pub country: Option<String>,
    /// E-mail, if given.
    pub email: Option<String>,
    /// IANA time zone.
    pub time_zone: String,
    /// Language tag such as `en` or `pt-BR`.
    pub locale: String,
    /// Local hour of the daily message, 0 to 23.
    pub preferred_send_hour: u8,
    /// The channel they prefer.
    pub preferred_channel: Option<Channel>,
    /// The channels they prefer for some topics.
    pub preferences: Preferences,
    /// The group of a rollout they are in.
    pub cohort: Option<String>,
    /// The programme they follow.
    pub programme: String,
}

/// A member as stored.
#[derive(Clone, Debug)]
pub struct Member {
    /// What was given.
    pub profile: NewMember,
    /// An own number for WhatsApp, where it differs.
    pub whatsapp_number: Option<PhoneNumber>,
    /// When they joined.
    pub created_at: Timestamp,
    /// When anything of theirs changed last.
    pub updated_at: Timestamp,
}

impl Member {
    /// Their address on a channel, where they have one.
    pub fn handle(&self, channel: Channel) -> Option<Handle> {
        match channel {
            Channel::Sms => Some(Handle::Phone(self.profile.phone.clone())),
            Channel::Whatsapp => Some(Handle::Phone(
                self.whatsapp_number
                    .clone()
                    .unwrap_or_else(|| self.profile.phone.clone()),
            )),
            Channel::Email => self
                .profile
                .email
                .as_deref()
                .map(|email| Handle::Email(email.into())),
            Channel::Web => Some(Handle::member(self.profile.id)),
        }
    }
}

/// What may change of a member; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct MemberChanges {
    /// A new name.
    pub name: Option<Text>,
    /// A new number.
    pub phone: Option<(PhoneNumber, Option<String>)>,
    /// A new number for WhatsApp; the inner `None` makes it the phone's again.
    pub whatsapp_number: Option<Option<PhoneNumber>>,
    /// A new e-mail; the inner `None` removes it.
    pub email: Option<Option<String>>,
    /// A new time zone.
    pub time_zone: Option<String>,
    /// A new language.
    pub locale: Option<String>,
    /// A new hour.
    pub preferred_send_hour: Option<u8>,
    /// A new preference; the inner `None` removes it.
    pub preferred_channel: Option<Option<Channel>>,
    /// New wishes for topics; an inner `None` removes one.
    pub preferences: Vec<(Topic, Option<Channel>)>,
    /// A new group; the inner `None` takes them out of it.
    pub cohort: Option<Option<String>>,
    /// A new programme.
    pub programme: Option<String>,
}
