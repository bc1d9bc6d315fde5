//! Constraints and indexes. Theirs that would refuse what we write are taken off and remembered: checks
//! of columns we write, and foreign keys, each of which costs a row lock on `users` per message. Ours
//! are put on where theirs do not do the same.

use std::fmt::Write as _;

use super::catalog::{self, Constraint};
use super::wanted::{Table, Wanted};
use super::written::as_written;
use super::{ident, undo};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// Takes off what would be in the way.
pub(super) fn take_off(sql: &Sql, present: &[&str], wanted: &Wanted) -> Done<()> {
    for table in wanted.tables(present) {
        let mut going = catalog::constraints(sql, table.name, false)?;
        going.retain(|constraint| match constraint.kind.as_str() {
            "f" => true,
            "c" => constraint.columns.iter().any(|name| knows(table, name)),
            _ => false,
        });
        if table.name == "message_queues" {
            // Its rows are set aside.
            going.extend(
                catalog::constraints(sql, table.name, true)?
                    .into_iter()
                    .filter(|other| other.table != table.name),
            );
        }
        for constraint in going {
            undo::act(
                sql,
                &format!(
                    "ALTER TABLE {} DROP CONSTRAINT {}",
                    constraint.table,
                    ident(&constraint.name)
                ),
                &putting_back(&constraint),
            )?;
        }
    }
    Ok(())
}

fn knows(table: &Table, column: &str) -> bool {
    table.columns.iter().any(|ours| ours.name == column)
}

fn putting_back(constraint: &Constraint) -> String {
    let (table, name) = (&constraint.table, ident(&constraint.name));
    let mut statement = format!(
        "ALTER TABLE {table} ADD CONSTRAINT {name} {}",
        as_written(&constraint.definition)
    );
    if let Some(comment) = &constraint.comment {
        let comment = comment.replace('\'', "''");
        let _ = write!(
            statement,
            "; COMMENT ON CONSTRAINT {name} ON {table} IS '{comment}'"
        );
    }
    statement
}

/// Puts ours on, and our indexes.
pub(super) fn put_on(sql: &Sql, present: &[&str], wanted: &Wanted) -> Done<()> {
    for table in wanted.tables(present) {
        let theirs = catalog::constraints(sql, table.name, false)?;
        for ours in &table.constraints {
            put_one_on(sql, table.name, ours, &theirs)?;
        }
        let there = catalog::indexes(sql, table.name)?;
        for (name, definition) in &table.indexes {
            if there.iter().any(|(known, _)| known == name) {
                continue; // the plan's own; `examine` has compared it
            }
            undo::act(sql, definition, &format!("DROP INDEX {}", ident(name)))?;
        }
        if let Some(options) = &table.options {
            set_options(sql, table.name, options)?;
        }
    }
    Ok(())
}

fn put_one_on(sql: &Sql, table: &str, ours: &Constraint, theirs: &[Constraint]) -> Done<()> {
    let columns: Vec<&str> = ours.columns.iter().map(String::as_str).collect();
    let definition = match ours.kind.as_str() {
        "p" | "u" if catalog::is_unique(sql, table, &columns)? => return Ok(()),
        // They have a primary key of their own.
        "p" => ours.definition.replace("PRIMARY KEY", "UNIQUE"),
        _ => ours.definition.clone(),
    };
    let taken = theirs.iter().any(|known| known.name == ours.name);
    let name = if taken || ours.kind == "p" {
        format!("gymtext_{}", ours.name)
    } else {
        ours.name.clone()
    };
    let name = ident(&name);
    undo::act(
        sql,
        &format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"),
        &format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
    )
}

fn set_options(sql: &Sql, table: &str, options: &str) -> Done<()> {
    let theirs: Option<String> = sql
        .one(
            "SELECT array_to_string(reloptions, ', ') FROM pg_class
             WHERE oid = $1::text::regclass",
            params![table],
            |row| row.get(0),
        )?
        .flatten();
    let names: Vec<&str> = options
        .split(", ")
        .filter_map(|option| option.split_once('=').map(|(name, _)| name))
        .collect();
    let mut back = format!("ALTER TABLE {table} RESET ({})", names.join(", "));
    if let Some(theirs) = theirs {
        let _ = write!(back, "; ALTER TABLE {table} SET ({theirs})");
    }
    undo::act(sql, &format!("ALTER TABLE {table} SET ({options})"), &back)
}
