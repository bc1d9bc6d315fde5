//! Columns of theirs whose words are a type of their own: an enum. They become texts, because the words of such
//! a type cannot be ours, and texts become words of it again. What goes back is asked for before anything is done:
//! the type may not have every word.

use super::catalog::{self, Column};
use super::old_words::{self, ENTRIES, NEW_PLACE, PLACE};
use super::wanted::Wanted;
use super::{exists, undo};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// Words we write in any case, so that a type without them could never take our rows back.
const WRITTEN: &[(&str, &str, &[&str])] = &[("messages", "direction", &["inbound", "outbound"])];

/// Most words that one column is told to lack.
const NAMED_MAX: u8 = 10;

/// Whether a column's type is one.
pub(super) fn is_one(column: &Column) -> bool {
    column.sort == "e"
}

/// The types of columns that become texts.
pub(super) fn kinds(sql: &Sql, present: &[&str], wanted: &Wanted) -> Done<Vec<String>> {
    let mut kinds = Vec::new();
    for table in wanted.tables(present) {
        for theirs in catalog::columns(sql, table.name)? {
            let ours = table.columns.iter().find(|ours| ours.name == theirs.name);
            if is_one(&theirs) && ours.is_some_and(|ours| !is_one(ours)) {
                kinds.push(theirs.kind);
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// A definition over such columns, to be read over texts: `'sent'::qs` is `'sent'`, and takes the type of what
/// it is compared with.
pub(super) fn over_texts(definition: &str, kinds: &[String]) -> String {
    let mut text = definition.to_owned();
    for kind in kinds {
        let cast = format!("'::{kind}");
        let mut read = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(&cast) {
            read.push_str(before);
            let goes_on = |c: char| c.is_alphanumeric() || "_$.[\"".contains(c);
            read.push_str(if after.starts_with(goes_on) {
                &cast
            } else {
                "'"
            });
            rest = after;
        }
        read.push_str(rest);
        text = read;
    }
    text
}

/// Words without which a database is not taken over.
pub(super) fn never_written_back(sql: &Sql, table: &str, theirs: &Column) -> Done<Vec<String>> {
    let mut problems = Vec::new();
    let written = WRITTEN
        .iter()
        .find(|(of, column, _)| is_one(theirs) && *of == table && *column == theirs.name);
    for word in written.map_or(&[][..], |(.., words)| words) {
        let known = sql.one(
            "SELECT 1 FROM pg_enum WHERE enumtypid = to_regtype($1) AND enumlabel::text = $2",
            params![theirs.kind, word],
            |_| Ok(()),
        )?;
        if known.is_none() {
            let (column, kind) = (&theirs.name, &theirs.kind);
            problems.push(format!(
                "{table}.{column} is a {kind}, which has no word '{word}', and no row of ours could be given \
                 back without it: give it one (ALTER TYPE {kind} ADD VALUE '{word}')"
            ));
        }
    }
    Ok(problems)
}

/// Notes that a column was of such a type.
pub(super) fn note(sql: &Sql, table: &str, theirs: &Column) -> Done<()> {
    sql.run(
        "INSERT INTO adopted_enums (relation, column_name, kind) VALUES ($1, $2, $3)",
        params![table, theirs.name, theirs.kind],
    )?;
    Ok(())
}

/// Words that go back into a type that has no such word.
pub(super) fn lacking(sql: &Sql) -> Done<Vec<String>> {
    // A version before this one noted none: then the step that fails is named.
    if !exists(sql, "adopted_enums")? {
        return Ok(Vec::new());
    }
    let noted = sql.all(
        "SELECT relation, column_name, kind, to_regtype(kind) IS NULL FROM adopted_enums
         ORDER BY relation, column_name",
        params![],
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<String>(1)?,
                row.get::<String>(2)?,
                row.get::<bool>(3)?,
            ))
        },
    )?;
    let mut problems = Vec::new();
    for (table, column, kind, is_gone) in noted {
        if is_gone {
            problems.push(format!(
                "{table}.{column} was a {kind}, and there is no such type any more: make it again (CREATE TYPE)"
            ));
            continue;
        }
        let Some(words) = going_back(sql, &table, &column)? else {
            continue;
        };
        let lacking = sql.all(
            &format!(
                "SELECT word, count(*) FROM ({words}) w WHERE word IS NOT NULL AND NOT EXISTS
                   (SELECT 1 FROM pg_enum WHERE enumtypid = to_regtype($1) AND enumlabel::text = w.word)
                 GROUP BY word ORDER BY word LIMIT {NAMED_MAX}"
            ),
            params![kind],
            |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
        )?;
        for (word, rows) in lacking {
            let word = word.replace('\'', "''");
            problems.push(format!(
                "{table}.{column} was a {kind}, which has no word '{word}' ({rows} rows): give it one (ALTER TYPE \
                 {kind} ADD VALUE '{word}') or change these rows"
            ));
        }
    }
    Ok(problems)
}

/// A query of the words that will stand in a column; `None` if nothing of ours goes into it.
fn going_back(sql: &Sql, table: &str, column: &str) -> Done<Option<String>> {
    let name = super::ident(column);
    Ok(Some(match (table, column) {
        ("message_queues", "status") => format!(
            "SELECT {PLACE} AS word FROM message_queues q WHERE {NEW_PLACE}
             UNION ALL SELECT word FROM ({ENTRIES}) e"
        ),
        ("message_queues", "queue_name" | "error_message") => {
            format!("SELECT q.{name} AS word FROM message_queues q WHERE {NEW_PLACE}")
        }
        ("message_queues", _) => return Ok(None),
        _ => {
            let word = match (table, column) {
                ("messages", "delivery_status") => old_words::message(sql)?,
                _ => name,
            };
            let key = undo::key_of(table);
            // What stands as it was made of another word becomes that word again.
            format!(
                "SELECT word FROM (SELECT {key} AS id, {word} AS word FROM {table}) t
                 WHERE NOT EXISTS (SELECT 1 FROM adopted_values v WHERE v.relation = '{table}'
                   AND v.column_name = '{column}' AND v.row_id = t.id
                   AND v.became IS NOT DISTINCT FROM t.word)"
            )
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_over_a_type_is_read_over_texts() {
        let kinds = ["qs".to_owned(), "\"Outcome\"".to_owned()];
        for (shown, read) in [
            ("WHERE (status = 'sent'::qs)", "WHERE (status = 'sent')"),
            (
                "(s = ANY (ARRAY['a'::qs, 'b'::qs])) AND w <> 'x'::\"Outcome\"",
                "(s = ANY (ARRAY['a', 'b'])) AND w <> 'x'",
            ),
            // Other types.
            ("a = 'b'::qs_old", "a = 'b'::qs_old"),
            ("a = '{b}'::qs[]", "a = '{b}'::qs[]"),
            (
                "(status)::text = 'sent'::text",
                "(status)::text = 'sent'::text",
            ),
        ] {
            assert_eq!(over_texts(shown, &kinds), read);
        }
    }
}
