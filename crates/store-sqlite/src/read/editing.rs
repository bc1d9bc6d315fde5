//! Versions of programmes, who follows them, and what became of templates.

use rusqlite::{Connection, params};
use store::questions::{FollowersOf, ProgrammeOfVersion, ProgrammeVersions, TemplateEvents};
use store::records::{
    Member, ProgrammeRecord, ProgrammeVersion, TemplateChange, TemplateEvent, TemplateFact,
};

use super::members::MEMBER;
use super::{all, one, programmes};
use crate::columns::{count, instant, instant_opt, text};
use crate::fault::{Done, corrupt};
use crate::rows::read_member;

/// See [`store::questions::ProgrammeVersions`].
pub(crate) fn versions(c: &Connection, q: &ProgrammeVersions) -> Done<Vec<ProgrammeVersion>> {
    all(
        c,
        "SELECT version, saved_by, saved_at, published_at FROM programme_versions
         WHERE slug = ?1 AND version < ?2 ORDER BY version DESC LIMIT ?3",
        params![q.slug, q.before.unwrap_or(u32::MAX), q.limit],
        |row| {
            Ok(ProgrammeVersion {
                version: row.get(0)?,
                saved_by: row.get(1)?,
                saved_at: instant(row, 2)?,
                published_at: instant_opt(row, 3)?,
            })
        },
    )
}

/// See [`store::questions::ProgrammeOfVersion`].
pub(crate) fn of_version(c: &Connection, q: &ProgrammeOfVersion) -> Done<Option<ProgrammeRecord>> {
    one(
        c,
        "SELECT slug, version, files, saved_by, saved_at, published_at, change FROM programme_versions
         WHERE slug = ?1 AND version = ?2",
        params![q.slug, q.version],
        programmes::programme,
    )
}

/// See [`store::questions::FollowerCounts`]: the whole of an index, and nothing besides.
pub(crate) fn counts(c: &Connection) -> Done<Vec<(String, u64)>> {
    all(
        c,
        "SELECT programme, count(*) FROM user_profiles INDEXED BY user_profiles_programme
         GROUP BY programme ORDER BY programme",
        [],
        |row| Ok((row.get(0)?, count(row, 1)?)),
    )
}

/// See [`store::questions::FollowersOf`]. Differs because a list of names would be looked for in the order of the names.
pub(crate) fn followers(c: &Connection, q: &FollowersOf) -> Done<Vec<Member>> {
    let after = q.after.map_or([0; 16], |member| *member.as_bytes());
    let mut found = Vec::new();
    for programme in &q.programmes {
        found.extend(all(
            c,
            &format!(
                "{MEMBER} user_profiles p INDEXED BY user_profiles_programme
                 JOIN users u ON u.id = p.user_id
                 WHERE p.programme = ?1 AND p.user_id > ?2 AND u.erased_at IS NULL
                 ORDER BY p.user_id LIMIT ?3"
            ),
            params![programme, after, q.limit],
            read_member,
        )?);
    }
    found.sort_by_key(|member| *member.profile.id.as_bytes());
    found.truncate(usize::try_from(q.limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// See [`store::questions::TemplateEvents`].
pub(crate) fn events(c: &Connection, q: &TemplateEvents) -> Done<Vec<TemplateEvent>> {
    all(
        c,
        "SELECT provider_template_id, at, what, name, language, edition, was, became, reason
         FROM template_changes WHERE name = ?1
         ORDER BY at DESC, language, provider_template_id, what LIMIT ?2",
        params![q.name, q.limit],
        |row| {
            let what = TemplateFact::of(text(row, 2, "template_changes.what")?)
                .ok_or_else(|| corrupt("template_changes.what", "an unknown word"))?;
            Ok(TemplateEvent {
                at: instant(row, 1)?,
                change: TemplateChange {
                    provider_template_id: row.get(0)?,
                    name: row.get(3)?,
                    language: row.get(4)?,
                    what,
                    before: row.get(6)?,
                    now: row.get(7)?,
                },
                edition: row.get(5)?,
                reason: row.get(8)?,
            })
        },
    )
}
