//! The team, who of it is logged in, and what it changed.

use domain::MemberId;
use store::questions::{AuditLog, FindMembers, OperatorSessionOf};
use store::records::{AuditEntry, AuditRecord, Member, OperatorRecord, OperatorSession};

use crate::columns::{bytes, instant, member_id, text};
use crate::fault::Done;
use crate::read::members::MEMBER;
use crate::read::{all, one};
use crate::rows::{read_member, read_operator};
use crate::sql::{Row, Sql, params};

/// See [`store::questions::Operators`].
pub(crate) fn team(c: &Sql) -> Done<Vec<OperatorRecord>> {
    all(
        c,
        "SELECT id, phone, name, role, made_at, made_by FROM operators
         WHERE removed_at IS NULL ORDER BY made_at, id",
        params![],
        read_operator,
    )
}

/// See [`store::questions::OperatorSessionOf`].
pub(crate) fn session(c: &Sql, q: OperatorSessionOf) -> Done<Option<OperatorSession>> {
    one(
        c,
        "SELECT o.id, o.phone, o.name, o.role, o.made_at, o.made_by, s.opened_at, s.expires_at,
           EXISTS (SELECT 1 FROM operator_factors f
             WHERE f.operator_id = o.id AND f.confirmed_at IS NOT NULL)
         FROM operator_sessions s JOIN operators o ON o.id = s.operator_id
         WHERE s.key = $1 AND s.expires_at > $2 AND o.removed_at IS NULL",
        params![q.key, q.at.as_micros()],
        |row| {
            Ok(OperatorSession {
                operator: read_operator(row)?,
                opened_at: instant(row, 6)?,
                expires_at: instant(row, 7)?,
                has_factor: row.get(8)?,
            })
        },
    )
}

/// See [`store::questions::AuditLog`].
pub(crate) fn audit(c: &Sql, q: AuditLog) -> Done<Vec<AuditRecord>> {
    let before = q.before.unwrap_or(i64::MAX);
    match q.member {
        Some(member) => all(
            c,
            "SELECT id, at, operator_id, actor, action, subject, user_id, was, became
             FROM audit_entries WHERE user_id = $3 AND id < $1 ORDER BY id DESC LIMIT $2",
            params![before, q.limit, member.as_bytes()],
            read_entry,
        ),
        None => all(
            c,
            "SELECT id, at, operator_id, actor, action, subject, user_id, was, became
             FROM audit_entries WHERE id < $1 ORDER BY id DESC LIMIT $2",
            params![before, q.limit],
            read_entry,
        ),
    }
}

fn read_entry(row: &Row) -> Done<AuditRecord> {
    let operator = if row.is_null(2)? {
        None
    } else {
        let id = bytes(row, 2, "audit_entries.operator_id")?;
        Some(domain::OperatorId::from_bytes(id))
    };
    let member: Option<MemberId> = if row.is_null(6)? {
        None
    } else {
        Some(member_id(row, 6, "audit_entries.user_id")?)
    };
    let words = |at, place| text(row, at, place).map(str::to_owned);
    Ok(AuditRecord {
        id: row.get(0)?,
        at: instant(row, 1)?,
        entry: AuditEntry {
            operator,
            actor: words(3, "audit_entries.actor")?,
            action: words(4, "audit_entries.action")?,
            subject: words(5, "audit_entries.subject")?,
            member,
            before: words(7, "audit_entries.was")?,
            after: words(8, "audit_entries.became")?,
        },
    })
}

/// See [`store::questions::FindMembers`].
pub(crate) fn find(c: &Sql, q: &FindMembers) -> Done<Vec<Member>> {
    let before = q.before.map_or([0xff; 16], |member| *member.as_bytes());
    all(
        c,
        &format!(
            "{MEMBER} users u JOIN user_profiles p ON p.user_id = u.id
             WHERE u.id < $2 AND u.erased_at IS NULL
               AND (strpos(lower(u.name COLLATE \"C\"), lower($1 COLLATE \"C\")) > 0
                 OR strpos(u.phone_number, $1) > 0
                 OR strpos(lower(u.email COLLATE \"C\"), lower($1 COLLATE \"C\")) > 0)
             ORDER BY u.id DESC LIMIT $3"
        ),
        params![q.text, before, q.limit],
        read_member,
    )
}
