//! Whether a database can be taken over: what stands in the way is named, all of it at once, with what
//! to do. Values are never shown, they may be somebody's number.

use super::catalog::{self, Column};
use super::wanted::{Table, Wanted};
use super::{columns, dependents, enums, exists, ident, people};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// Columns without which a table is not the plan's, with a type where only one will do.
const NEEDED: &[(&str, &str, Option<&str>)] = &[
    ("users", "id", Some("uuid")),
    ("users", "phone_number", None),
    ("user_profiles", "user_id", Some("uuid")),
    ("messages", "id", Some("uuid")),
    ("messages", "client_id", Some("uuid")),
    ("messages", "direction", None),
    ("messages", "content", None),
    ("messages", "created_at", None),
    ("message_queues", "id", Some("uuid")),
    ("message_queues", "client_id", Some("uuid")),
    ("message_queues", "queue_name", None),
    ("message_queues", "sequence_number", None),
    ("message_queues", "message_id", Some("uuid")),
    ("message_queues", "status", None),
    ("message_queues", "created_at", None),
];

/// Everything that stands in the way.
pub(super) fn problems(sql: &Sql, present: &[&str], wanted: &Wanted) -> Done<Vec<String>> {
    let mut problems = Vec::new();
    for other in &wanted.others {
        if exists(sql, other)? {
            problems.push(format!(
                "there is already something called {other}, which we need the name of: rename yours \
                 (ALTER TABLE {other} RENAME TO …)"
            ));
        }
    }
    if !present.contains(&"users") {
        problems.push("there is no table users, which the others need".into());
    }
    for table in wanted.tables(present) {
        of_table(sql, table, &mut problems)?;
    }
    if problems.is_empty() {
        problems.extend(dependents::problems(sql, present)?);
        // What follows reads the columns that were looked for above.
        of_rows(sql, present, &mut problems)?;
        for table in wanted.tables(present) {
            of_gaps(sql, table, &mut problems)?;
        }
    }
    Ok(problems)
}

fn of_table(sql: &Sql, table: &Table, problems: &mut Vec<String>) -> Done<()> {
    let name = table.name;
    let ordinary = sql.one(
        "SELECT 1 FROM pg_class c WHERE c.oid = $1::text::regclass AND c.relkind = 'r'
           AND NOT EXISTS (SELECT 1 FROM pg_inherits
             WHERE inhparent = c.oid OR inhrelid = c.oid)",
        params![name],
        |_| Ok(()),
    )?;
    if ordinary.is_none() {
        problems.push(format!(
            "{name} is not an ordinary table: a view, or one in several parts"
        ));
        return Ok(());
    }
    let theirs = catalog::columns(sql, name)?;
    for (_, column, kind) in NEEDED.iter().filter(|(of, ..)| *of == name) {
        match (theirs.iter().find(|found| found.name == *column), kind) {
            (None, _) => problems.push(format!(
                "{name} has no column {column}: add or rename the one that holds it"
            )),
            (Some(found), Some(kind)) if found.kind != *kind => problems.push(format!(
                "{name}.{column} is {}, and has to be {kind}",
                found.kind
            )),
            (Some(_), _) => {}
        }
    }
    if !catalog::is_unique(sql, name, &["id"])? && name != "user_profiles" {
        problems.push(format!("{name}.id is not unique: make it the primary key"));
    }
    for column in &theirs {
        let ours = table.columns.iter().find(|ours| ours.name == column.name);
        problems.extend(of_column(name, column, ours));
        problems.extend(enums::never_written_back(sql, name, column)?);
    }
    let there = catalog::indexes(sql, name)?;
    for (index, definition) in &table.indexes {
        let differs = match there.iter().find(|(known, _)| known == index) {
            Some((_, theirs)) => !is_alike(theirs, definition),
            None => exists(sql, index)?,
        };
        if differs {
            problems.push(format!(
                "there is another index called {index}: rename it (ALTER INDEX {index} RENAME TO …)"
            ));
        }
    }
    Ok(())
}

fn of_column(table: &str, theirs: &Column, ours: Option<&Column>) -> Option<String> {
    let name = &theirs.name;
    let Some(ours) = ours else {
        let stuck = columns::is_wanting(theirs) && columns::default_for(theirs).is_none();
        return stuck.then(|| {
            format!(
                "{table}.{name} is NOT NULL and has no default, so no row could be added: give it \
                 one (ALTER TABLE {table} ALTER COLUMN {} SET DEFAULT …) or allow NULL",
                ident(name)
            )
        });
    };
    if theirs.generated || theirs.identity {
        return Some(format!(
            "{table}.{name} is made by the database, and has to be written by us: drop the \
             expression or the identity"
        ));
    }
    columns::way(theirs, ours).is_none().then(|| {
        format!(
            "{table}.{name} is {}, which we cannot read as {}: convert it, or rename the column",
            theirs.kind, ours.kind
        )
    })
}

/// The same index, whatever the schema and the way it was written: the same table and columns.
fn is_alike(theirs: &str, ours: &str) -> bool {
    let keys = |definition: &str| {
        let after = definition.split_once(" USING ").map(|(_, after)| after);
        after.map(|after| {
            after
                .split_once(" WHERE ")
                .map_or(after, |(keys, _)| keys)
                .to_owned()
        })
    };
    keys(theirs) == keys(ours)
}

/// Rows that have nothing where we need something, and nothing can be put there.
fn of_gaps(sql: &Sql, table: &Table, problems: &mut Vec<String>) -> Done<()> {
    let theirs = catalog::columns(sql, table.name)?;
    for ours in table.columns.iter().filter(|column| column.not_null) {
        let nullable = theirs
            .iter()
            .any(|column| column.name == ours.name && !column.not_null);
        // Rows of the queue are set aside.
        if !nullable
            || table.name == "message_queues"
            || columns::filling(table.name, ours).is_some()
        {
            continue;
        }
        let rows = count(
            sql,
            &format!(
                "SELECT count(*) FROM {} WHERE {} IS NULL",
                table.name, ours.name
            ),
        )?;
        if rows > 0 {
            problems.push(format!(
                "{rows} rows of {} have no {}: fill it in, or delete them",
                table.name, ours.name
            ));
        }
    }
    Ok(())
}

fn of_rows(sql: &Sql, present: &[&str], problems: &mut Vec<String>) -> Done<()> {
    if present.contains(&"messages") {
        let rows = count(
            sql,
            "SELECT count(*) FROM messages WHERE direction::text NOT IN ('inbound', 'outbound')",
        )?;
        if rows > 0 {
            problems.push(format!(
                "{rows} rows of messages have a direction that is neither inbound nor outbound: \
                 correct them"
            ));
        }
    }
    if present.contains(&"user_profiles") {
        let several = sql.all(
            "SELECT user_id::text FROM user_profiles WHERE user_id IS NOT NULL
             GROUP BY user_id HAVING count(*) > 1 ORDER BY 1 LIMIT 10",
            params![],
            |row| row.get::<String>(0),
        )?;
        if !several.is_empty() {
            problems.push(format!(
                "users with more than one profile (up to ten): {}: keep one of each",
                several.join(", ")
            ));
        }
    }
    for same in people::shared_numbers(sql)? {
        problems.push(format!(
            "one number belongs to several users: {same}: keep it with one of them"
        ));
    }
    Ok(())
}

pub(super) fn count(sql: &Sql, query: &str) -> Done<i64> {
    Ok(sql.one(query, params![], |row| row.get(0))?.unwrap_or(0))
}
