//! The shape to reach: our first migration, run in a schema of its own. Tables the plan does not have
//! move from there into ours; those it has only show what theirs must become.

use super::catalog::{self, Column, Constraint};
use super::{TABLES, undo};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// Where it is run.
const ASIDE: &str = "gymtext_wanted";

/// One of our tables.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) constraints: Vec<Constraint>,
    /// Names and definitions, without a schema.
    pub(super) indexes: Vec<(String, String)>,
    /// Such as `fillfactor=50`.
    pub(super) options: Option<String>,
}

/// What the first migration makes.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The tables of the plan as we have them.
    pub(super) tables: Vec<Table>,
    /// Names of everything else it makes.
    pub(super) others: Vec<String>,
}

impl Wanted {
    /// The table of this name.
    pub(super) fn tables<'a>(&'a self, present: &'a [&str]) -> impl Iterator<Item = &'a Table> {
        self.tables
            .iter()
            .filter(move |table| present.contains(&table.name))
    }
}

/// Runs it aside, and reads it.
pub(super) fn make(sql: &Sql, first: &str) -> Done<Wanted> {
    let path: String = sql
        .one("SELECT current_setting('search_path')", params![], |row| {
            row.get(0)
        })?
        .unwrap_or_default();
    sql.batch(&format!(
        "CREATE SCHEMA {ASIDE}; SET LOCAL search_path = {ASIDE}"
    ))?;
    sql.batch(first)?;
    sql.run(
        "SELECT set_config('search_path', $1::text, true)",
        params![path],
    )?;
    let mut tables = Vec::new();
    for name in TABLES {
        tables.push(read(sql, name)?);
    }
    let others = sql.all(
        "SELECT c.relname::text FROM pg_class c
         LEFT JOIN pg_index i ON i.indexrelid = c.oid
         LEFT JOIN pg_class t ON t.oid = i.indrelid
         WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'S', 'i')
           AND coalesce(t.relname, c.relname) NOT IN
             ('users', 'user_profiles', 'messages', 'message_queues')
         ORDER BY c.relname",
        params![ASIDE],
        |row| row.get(0),
    )?;
    Ok(Wanted { tables, others })
}

fn read(sql: &Sql, name: &'static str) -> Done<Table> {
    let aside = format!("{ASIDE}.{name}");
    let options = sql
        .one(
            "SELECT array_to_string(reloptions, ', ') FROM pg_class
             WHERE oid = $1::text::regclass",
            params![aside],
            |row| row.get(0),
        )?
        .flatten();
    Ok(Table {
        name,
        columns: catalog::columns(sql, &aside)?,
        constraints: catalog::constraints(sql, &aside, false)?,
        indexes: catalog::indexes(sql, &aside)?
            .into_iter()
            .map(|(name, definition)| (name, definition.replace(&format!("{ASIDE}."), "")))
            .collect(),
        options,
    })
}

/// Moves what is not in the way into our schema, and drops the rest.
pub(super) fn settle(sql: &Sql, present: &[&str]) -> Done<()> {
    for name in present {
        sql.batch(&format!("DROP TABLE {ASIDE}.{name}"))?;
    }
    let here: String = sql
        .one("SELECT quote_ident(current_schema())", params![], |row| {
            row.get(0)
        })?
        .unwrap_or_default();
    let moving = sql.all(
        "SELECT c.relname::text, c.relkind::text FROM pg_class c
         WHERE c.relnamespace = $1::text::regnamespace AND (c.relkind = 'r' OR c.relkind = 'S'
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
             AND d.objid = c.oid AND d.deptype IN ('i', 'a')))
         ORDER BY c.relkind DESC, c.relname",
        params![ASIDE],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
    )?;
    for (name, kind) in moving {
        let what = if kind == "S" { "SEQUENCE" } else { "TABLE" };
        undo::act(
            sql,
            &format!("ALTER {what} {ASIDE}.{name} SET SCHEMA {here}"),
            &format!("DROP {what} {name}"),
        )?;
    }
    sql.batch(&format!("DROP SCHEMA {ASIDE}"))
}
