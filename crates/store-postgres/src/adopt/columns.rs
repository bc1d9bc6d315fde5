//! Their columns become ours: widened, added, with our defaults. Columns we do not know stay.

use super::catalog::{self, Column};
use super::wanted::{Table, Wanted};
use super::{enums, ident, undo};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// How a column's type becomes another, and back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It need not.
    Same,
    /// By these, if the server needs to be told how.
    Retype {
        there: Option<String>,
        back: Option<String>,
    },
}

/// How their type becomes ours; `None` when it does not.
pub(super) fn way(theirs: &Column, ours: &Column) -> Option<Way> {
    let name = ident(&theirs.name);
    let is = |kinds: &[&str]| kinds.contains(&theirs.type_name.as_str());
    if theirs.kind == ours.kind {
        return Some(Way::Same);
    }
    let plain = |there: Option<String>, back: Option<String>| Some(Way::Retype { there, back });
    match ours.type_name.as_str() {
        "text" if is(&["varchar", "bpchar", "citext"]) => plain(None, None),
        "text" if enums::is_one(theirs) => plain(
            Some(format!("{name}::text")),
            Some(format!("{name}::{}", theirs.kind)),
        ),
        "int8" if is(&["int2", "int4"]) => plain(None, None),
        "int4" if is(&["int2"]) => plain(None, None),
        // Wider than we need is as good.
        "int4" if is(&["int8"]) => Some(Way::Same),
        "timestamptz" if is(&["timestamptz"]) => Some(Way::Same),
        // Without a zone: the plan's service writes UTC.
        "timestamptz" if is(&["timestamp"]) => {
            let utc = format!("{name} AT TIME ZONE 'UTC'");
            plain(Some(utc.clone()), Some(utc))
        }
        _ => None,
    }
}

/// What stands in rows that have nothing where we need something.
pub(super) fn filling(table: &str, column: &Column) -> Option<String> {
    if let Some(default) = &column.default {
        return Some(default.clone());
    }
    match (table, column.name.as_str()) {
        ("users", "name") | ("messages", "content") => Some("''".into()),
        (_, "created_at" | "updated_at") => Some("now()".into()),
        _ => None,
    }
}

/// A column of theirs that would stop us from writing rows may be filled in by a default.
pub(super) fn default_for(column: &Column) -> Option<&'static str> {
    match (column.name.as_str(), column.type_name.as_str()) {
        ("id", "uuid") => Some("gen_random_uuid()"),
        ("created_at" | "updated_at", "timestamptz" | "timestamp") => Some("now()"),
        _ => None,
    }
}

/// Whether rows we write would be refused for want of this column.
pub(super) fn is_wanting(column: &Column) -> bool {
    column.not_null && column.default.is_none() && !column.generated && !column.identity
}

/// Widens and adds.
pub(super) fn align(sql: &Sql, present: &[&str], wanted: &Wanted) -> Done<()> {
    for table in wanted.tables(present) {
        let theirs = catalog::columns(sql, table.name)?;
        for ours in &table.columns {
            match theirs.iter().find(|column| column.name == ours.name) {
                Some(column) => align_one(sql, table, column, ours)?,
                None => add(sql, table, ours)?,
            }
        }
        let unknown = theirs.iter().filter(|column| {
            is_wanting(column) && !table.columns.iter().any(|ours| ours.name == column.name)
        });
        for column in unknown {
            if let Some(default) = default_for(column) {
                let alter = format!("ALTER TABLE {} ALTER {}", table.name, ident(&column.name));
                undo::act(
                    sql,
                    &format!("{alter} SET DEFAULT {default}"),
                    &format!("{alter} DROP DEFAULT"),
                )?;
            }
        }
    }
    Ok(())
}

fn align_one(sql: &Sql, table: &Table, theirs: &Column, ours: &Column) -> Done<()> {
    let alter = format!("ALTER TABLE {} ALTER {}", table.name, ident(&ours.name));
    let retype = match way(theirs, ours) {
        Some(Way::Retype { there, back }) => Some((there, back)),
        Some(Way::Same) | None => None,
    };
    let default = ours.default.as_ref().or(theirs.default.as_ref());
    let (mut go, mut back) = (Vec::new(), Vec::new());
    if let Some((there, return_by)) = &retype {
        let using = |by: &Option<String>| {
            by.as_ref()
                .map_or_else(String::new, |by| format!(" USING {by}"))
        };
        if theirs.default.is_some() {
            go.push(format!("{alter} DROP DEFAULT"));
        }
        go.push(format!("{alter} TYPE {}{}", ours.kind, using(there)));
        back.push(format!("{alter} DROP DEFAULT"));
        back.push(format!("{alter} TYPE {}{}", theirs.kind, using(return_by)));
    }
    if retype.is_some() || default != theirs.default.as_ref() {
        if let Some(default) = default {
            go.push(format!("{alter} SET DEFAULT {default}"));
        }
        back.push(match &theirs.default {
            Some(default) => format!("{alter} SET DEFAULT {default}"),
            None => format!("{alter} DROP DEFAULT"),
        });
    }
    if theirs.not_null && !ours.not_null {
        go.push(format!("{alter} DROP NOT NULL"));
        if let Some(nothing) = nothing(table.name, theirs) {
            let name = ident(&theirs.name);
            let table = table.name;
            back.push(format!(
                "UPDATE {table} SET {name} = {nothing} WHERE {name} IS NULL"
            ));
        }
        back.push(match &theirs.not_null_as {
            Some(constraint) => format!("ALTER TABLE {} {constraint}", table.name),
            None => format!("{alter} SET NOT NULL"),
        });
    }
    if let (Some(_), Some(characters)) = (&retype, theirs.characters) {
        sql.run(
            "INSERT INTO adopted_widths (relation, column_name, characters) VALUES ($1, $2, $3)",
            params![table.name, ours.name, characters],
        )?;
    }
    if retype.is_some() && enums::is_one(theirs) {
        enums::note(sql, table.name, theirs)?;
    }
    if go.is_empty() {
        return Ok(());
    }
    undo::act(sql, &go.join("; "), &back.join("; "))
}

/// What stands in a column that must not be empty, for rows that have nothing to say there: members who
/// were erased, or came without.
fn nothing(table: &str, column: &Column) -> Option<String> {
    if enums::is_one(column) {
        return column.default.clone();
    }
    match column.type_name.as_str() {
        "text" | "varchar" if table == "users" => {
            Some("'none:' || left(replace(id::text, '-', ''), 12)".into())
        }
        "text" | "varchar" | "bpchar" => Some("''".into()),
        "timestamptz" | "timestamp" => Some("now()".into()),
        "bool" => Some("false".into()),
        _ => None,
    }
}

fn add(sql: &Sql, table: &Table, ours: &Column) -> Done<()> {
    let name = ident(&ours.name);
    let default = ours
        .default
        .as_ref()
        .map_or_else(String::new, |default| format!(" DEFAULT {default}"));
    undo::act(
        sql,
        &format!(
            "ALTER TABLE {} ADD COLUMN {name} {}{default}",
            table.name, ours.kind
        ),
        &format!("ALTER TABLE {} DROP COLUMN {name}", table.name),
    )
}

/// Where we need something and they have nothing it is filled in; then it must stay so.
pub(super) fn tighten(sql: &Sql, present: &[&str], wanted: &Wanted) -> Done<()> {
    for table in wanted.tables(present) {
        let now = catalog::columns(sql, table.name)?;
        for ours in table.columns.iter().filter(|column| column.not_null) {
            let Some(column) = now.iter().find(|column| column.name == ours.name) else {
                continue;
            };
            if column.not_null {
                continue;
            }
            if let Some(filling) = filling(table.name, ours) {
                let key = undo::key_of(table.name);
                let missing = format!("{} IS NULL", ours.name);
                undo::change(sql, (table.name, key), &ours.name, &filling, &missing)?;
            }
            let alter = format!("ALTER TABLE {} ALTER {}", table.name, ident(&ours.name));
            undo::act(
                sql,
                &format!("{alter} SET NOT NULL"),
                &format!("{alter} DROP NOT NULL"),
            )?;
        }
    }
    Ok(())
}
