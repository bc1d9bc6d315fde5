//! Questions about what recurs: whose occurrences have no end yet, and up to when that was looked through.

use domain::{MemberId, Timestamp};

use crate::records::{DuePage, Member};

/// See [`Request::DueMembers`](super::Request::DueMembers).
#[derive(Clone, Debug)]
pub struct DueMembers {
    /// Their time zone.
    pub time_zone: String,
    /// The daily hour lies in these, both included; `None` for a fixed hour (weekly).
    pub hours: Option<(u8, u8)>,
    /// The occasion they must not have yet.
    pub occasion: String,
    /// Whoever joined after this has none to miss.
    pub joined_by: Timestamp,
    /// After this member.
    pub after: Option<MemberId>,
    /// At most this many.
    pub limit: u32,
    /// Found among at most this many: mostly nearly all of them have their end, and an answer must not take as long as
    /// a zone is full.
    pub among: u32,
}

impl DueMembers {
    /// What a store answers that found these up to a member, or up to the end of the zone.
    pub fn page(&self, members: Vec<Member>, to: Option<MemberId>) -> DuePage {
        let is_full = u32::try_from(members.len()).is_ok_and(|count| count >= self.limit);
        let next = match members.last() {
            Some(last) if is_full => Some(last.profile.id),
            Some(_) | None => to,
        };
        DuePage { members, next }
    }
}

/// See [`Request::TimeZones`](super::Request::TimeZones).
#[derive(Clone, Copy, Debug)]
pub struct TimeZones;

/// See [`Request::CheckedTo`](super::Request::CheckedTo).
#[derive(Clone, Copy, Debug)]
pub struct CheckedTo;

/// See [`Request::RecursFrom`](super::Request::RecursFrom).
#[derive(Clone, Copy, Debug)]
pub struct RecursFrom;
