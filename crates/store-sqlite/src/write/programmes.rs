//! Programmes, who follows which, and occurrences without a message.

use rusqlite::params;
use store::ops::{Enrol, NoteOccurrences, SaveProgramme, SaveProgrammeAnswer, SetPauses};

use crate::fault::{Done, corrupt};
use crate::tx::{Event, Tx};
use crate::write::members;

/// See [`store::Op::SaveProgramme`]. A draft is written over; what members follow is not.
pub(crate) fn save(tx: &mut Tx<'_>, op: &SaveProgramme) -> Done<SaveProgrammeAnswer> {
    let newest: Option<(u32, bool, String, i64)> = tx.one(
        "SELECT version, published_at IS NULL, files, change FROM programme_versions WHERE slug = ?1
         ORDER BY version DESC LIMIT 1",
        params![op.slug],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    let version = newest.as_ref().map_or(0, |(version, ..)| *version);
    let revision = newest.as_ref().map_or(0, |(.., revision)| *revision);
    let is_other = op.revision.is_some_and(|seen| seen != revision);
    if is_other || op.base.is_some_and(|base| base != version) {
        return Ok(SaveProgrammeAnswer::Stale { version });
    }
    let files = serde_json::to_string(&op.files)
        .map_err(|_| corrupt("programme_versions.files", "no JSON"))?;
    let (version, is_draft) = match &newest {
        Some((version, is_draft, kept, _)) => {
            let kept: std::collections::BTreeMap<String, String> = serde_json::from_str(kept)
                .map_err(|_| corrupt("programme_versions.files", "no texts"))?;
            if !is_draft && kept == op.files {
                return Ok(SaveProgrammeAnswer::Saved { version: *version });
            }
            (*version, *is_draft)
        }
        None => (0, false),
    };
    let version = if is_draft && !op.beside_draft {
        version
    } else {
        version + 1
    };
    let at = op.at.as_micros();
    tx.run(
        "INSERT INTO programme_versions (slug, version, files, saved_by, saved_at, published_at, change)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6,
           (SELECT coalesce(max(change), 0) + 1 FROM programme_versions))
         ON CONFLICT (slug, version) DO UPDATE SET files = excluded.files, saved_by = excluded.saved_by,
           saved_at = excluded.saved_at, published_at = excluded.published_at, change = excluded.change",
        params![op.slug, version, files, op.by, at, op.publish.then_some(at)],
    )?;
    tx.event(&Event {
        at: op.at,
        kind: if op.publish {
            "programme.published"
        } else {
            "programme.saved"
        },
        member: None,
        message: None,
        detail: &format!("{} {version}", op.slug),
    })?;
    Ok(SaveProgrammeAnswer::Saved { version })
}

/// See [`store::Op::Enrol`].
pub(crate) fn enrol(tx: &mut Tx<'_>, op: &Enrol) -> Done<bool> {
    if members::read(tx, op.member)?.is_none() {
        return Ok(false);
    }
    let id = op.member.as_bytes();
    let at = op.at.as_micros();
    // Two within one microsecond are one: the later.
    tx.run(
        "DELETE FROM enrolments WHERE user_id = ?1 AND began_at >= ?2",
        params![id, at],
    )?;
    tx.run(
        "UPDATE enrolments SET ended_at = ?2 WHERE user_id = ?1 AND ended_at IS NULL",
        params![id, at],
    )?;
    tx.run(
        "INSERT INTO enrolments (user_id, began_at, programme, started_on) VALUES (?1, ?2, ?3, ?4)",
        params![id, at, op.programme, op.started_on.to_string()],
    )?;
    tx.run(
        "UPDATE user_profiles SET programme = ?2 WHERE user_id = ?1",
        params![id, op.programme],
    )?;
    tx.event(&members::event("member.updated", op.member, op.at))?;
    Ok(true)
}

/// See [`store::Op::SetPauses`].
pub(crate) fn set_pauses(tx: &mut Tx<'_>, op: &SetPauses) -> Done<bool> {
    if members::read(tx, op.member)?.is_none() {
        return Ok(false);
    }
    let id = op.member.as_bytes();
    tx.run("DELETE FROM pauses WHERE user_id = ?1", params![id])?;
    for (from, until) in &op.pauses {
        tx.run(
            "INSERT INTO pauses (user_id, from_date, until_date) VALUES (?1, ?2, ?3)
             ON CONFLICT (user_id, from_date) DO UPDATE SET until_date = excluded.until_date",
            params![id, from.to_string(), until.map(|until| until.to_string())],
        )?;
    }
    tx.event(&members::event("member.updated", op.member, op.at))?;
    Ok(true)
}

/// See [`store::Op::NoteOccurrences`].
pub(crate) fn note(tx: &mut Tx<'_>, op: &NoteOccurrences) -> Done<u32> {
    let mut noted = 0;
    for end in &op.ends {
        noted += tx.run(
            "INSERT INTO occurrences (user_id, occasion, due_at, why, noted_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (user_id, occasion) DO NOTHING",
            params![
                end.member.as_bytes(),
                end.occasion,
                end.due_at.as_micros(),
                end.why,
                op.at.as_micros()
            ],
        )?;
    }
    Ok(u32::try_from(noted).unwrap_or(u32::MAX))
}
