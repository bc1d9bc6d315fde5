//! Codes that prove whose phone it is, and sessions (G34, G35).

use domain::{Channel, CodeFor, Handle, MemberId, Timestamp};

/// A code to be sent.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// Its id, made by the caller: that of nobody, whose message it is.
    pub id: MemberId,
    /// What it proves.
    pub purpose: CodeFor,
    /// The member who asks for it, where it proves something of theirs.
    pub member: Option<MemberId>,
    /// How it goes.
    pub channel: Channel,
    /// Where it goes.
    pub handle: Handle,
    /// The country of that number; `@` for an e-mail address, which has none.
    pub country: String,
    /// The block of the network it was asked from.
    pub network: String,
    /// The language of the message.
    pub locale: String,
    /// Hash of what the asking browser keeps.
    pub browser: [u8; 32],
    /// The salt of its hash.
    pub salt: [u8; 16],
    /// Its hash.
    pub hash: [u8; 32],
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// How many codes there may be, and from when on they count.
#[derive(Clone, Copy, Debug)]
pub struct CodeCeilings {
    /// The beginning of the hour that counts.
    pub hour_from: Timestamp,
    /// The beginning of the day that counts.
    pub day_from: Timestamp,
    /// For one address within the hour.
    pub address_per_hour: u32,
    /// From one block of the network within the hour.
    pub network_per_hour: u32,
    /// For one country within the day.
    pub country_per_day: u32,
    /// For all within the day.
    pub per_day: u32,
}

/// A code that may be tried; this try is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeToTry {
    /// Its id.
    pub id: MemberId,
    /// The member who asked for it, where it proves something of theirs.
    pub member: Option<MemberId>,
    /// Which address it would prove.
    pub handle: Handle,
    /// The country of that number.
    pub country: String,
    /// The salt of its hash.
    pub salt: [u8; 16],
    /// Its hash.
    pub hash: [u8; 32],
    /// How many tries are left after this one.
    pub left: u32,
}

/// An address that was a member's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerAddress {
    /// On which channel.
    pub channel: Channel,
    /// Which.
    pub handle: Handle,
    /// Until when.
    pub left_at: Timestamp,
}

/// A session to be.
#[derive(Clone, Copy, Debug)]
pub struct NewSession {
    /// Hash of what the browser keeps.
    pub key: [u8; 32],
    /// Who is logged in.
    pub member: MemberId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A session that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Who is logged in.
    pub member: MemberId,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it was used last, to the hour or so.
    pub used_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// How somebody comes in, and where they could be written to before.
#[derive(Clone, Debug, Default)]
pub struct AccountRecord {
    /// Where they are logged in, the newest first.
    pub sessions: Vec<SessionRecord>,
    /// Addresses that were theirs, the newest first.
    pub former: Vec<FormerAddress>,
}
