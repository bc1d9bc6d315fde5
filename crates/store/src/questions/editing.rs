//! Questions of whoever writes programmes and looks after templates.

use domain::MemberId;

/// See [`Request::TemplateEvents`](super::Request::TemplateEvents).
#[derive(Clone, Debug)]
pub struct TemplateEvents {
    /// Of the template with this name.
    pub name: String,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::ProgrammeVersions`](super::Request::ProgrammeVersions).
#[derive(Clone, Debug)]
pub struct ProgrammeVersions {
    /// Which programme.
    pub slug: String,
    /// Older than this one.
    pub before: Option<u32>,
    /// At most this many.
    pub limit: u32,
}

/// See [`Request::ProgrammeOfVersion`](super::Request::ProgrammeOfVersion).
#[derive(Clone, Debug)]
pub struct ProgrammeOfVersion {
    /// Which programme.
    pub slug: String,
    /// Which version.
    pub version: u32,
}

/// See [`Request::FollowerCounts`](super::Request::FollowerCounts).
#[derive(Clone, Copy, Debug)]
pub struct FollowerCounts;

/// See [`Request::FollowersOf`](super::Request::FollowersOf).
#[derive(Clone, Debug)]
pub struct FollowersOf {
    /// By these names, as profiles have them.
    pub programmes: Vec<String>,
    /// After this member.
    pub after: Option<MemberId>,
    /// At most this many.
    pub limit: u32,
}
