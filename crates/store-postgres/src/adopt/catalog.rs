//! What the server's catalog says of a table: its columns, constraints and indexes.

use crate::fault::Done;
use crate::sql::{Sql, params};

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// Its type as `CREATE TABLE` takes it.
    pub(super) kind: String,
    /// The name of its type alone.
    pub(super) type_name: String,
    /// What sort of type it is: `b` for a plain one, `e` for an enum, `d` for a domain.
    pub(super) sort: String,
    /// Whether it is never null.
    pub(super) not_null: bool,
    /// That as a constraint with its name, as `ALTER TABLE` takes it: since PostgreSQL 18 it is one.
    pub(super) not_null_as: Option<String>,
    /// What it is when nothing is said.
    pub(super) default: Option<String>,
    /// Whether the server makes its value.
    pub(super) generated: bool,
    /// Whether it counts by itself.
    pub(super) identity: bool,
    /// The most characters it takes, where there is a limit.
    pub(super) characters: Option<i64>,
}

/// A constraint.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    /// Its name.
    pub(super) name: String,
    /// The table it stands on, as an identifier.
    pub(super) table: String,
    /// `p`, `u`, `f`, `c`, `x`: a key, what is unique, what points elsewhere, a check, what excludes.
    pub(super) kind: String,
    /// As `ADD CONSTRAINT` takes it.
    pub(super) definition: String,
    /// The names of its columns.
    pub(super) columns: Vec<String>,
    /// What somebody wrote about it.
    pub(super) comment: Option<String>,
}

/// Columns of a table in their order.
pub(super) fn columns(sql: &Sql, table: &str) -> Done<Vec<Column>> {
    sql.all(
        "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), t.typname::text,
           t.typtype::text, a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '',
           a.attidentity <> '',
           CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4
             THEN (a.atttypmod - 4)::bigint END,
           (SELECT format('ADD CONSTRAINT %I %s', c.conname, pg_get_constraintdef(c.oid))
            FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'n'
              AND c.conkey = ARRAY[a.attnum])
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum",
        params![table],
        |row| {
            Ok(Column {
                name: row.get(0)?,
                kind: row.get(1)?,
                type_name: row.get(2)?,
                sort: row.get(3)?,
                not_null: row.get(4)?,
                default: row.get(5)?,
                generated: row.get(6)?,
                identity: row.get(7)?,
                characters: row.get(8)?,
                not_null_as: row.get(9)?,
            })
        },
    )
}

/// Constraints of a table, or, `incoming`, of others that point at it. Those that are known of the column (since
/// PostgreSQL 18 every NOT NULL is one, too) and those of triggers are none here.
pub(super) fn constraints(sql: &Sql, table: &str, incoming: bool) -> Done<Vec<Constraint>> {
    let whose = if incoming {
        "c.confrelid"
    } else {
        "c.conrelid"
    };
    let all = sql.all(
        &format!(
            "SELECT c.conname::text, c.conrelid::regclass::text, c.contype::text,
               pg_get_constraintdef(c.oid),
               (SELECT string_agg(a.attname::text, chr(31)) FROM pg_attribute a
                WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)),
               obj_description(c.oid, 'pg_constraint')
             FROM pg_constraint c
             WHERE {whose} = $1::text::regclass AND c.contype IN ('p', 'u', 'f', 'c', 'x')
               AND c.conparentid = 0
             ORDER BY c.conname"
        ),
        params![table],
        |row| {
            let columns: Option<String> = row.get(4)?;
            Ok(Constraint {
                name: row.get(0)?,
                table: row.get(1)?,
                kind: row.get(2)?,
                definition: row.get(3)?,
                columns: columns
                    .unwrap_or_default()
                    .split('\u{1f}')
                    .map(str::to_owned)
                    .collect(),
                comment: row.get(5)?,
            })
        },
    )?;
    Ok(all)
}

/// Names and definitions of the indexes of a table that no constraint made.
pub(super) fn indexes(sql: &Sql, table: &str) -> Done<Vec<(String, String)>> {
    sql.all(
        "SELECT c.relname::text, pg_get_indexdef(c.oid) FROM pg_index i
         JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = $1::text::regclass
           AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid
             AND k.contype IN ('p', 'u', 'x'))
         ORDER BY c.relname",
        params![table],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Whether a full unique index on exactly these columns stands on the table.
pub(super) fn is_unique(sql: &Sql, table: &str, columns: &[&str]) -> Done<bool> {
    let found = sql.one(
        "SELECT 1 FROM pg_index i WHERE i.indrelid = $1::text::regclass AND i.indisunique
           AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
           AND (SELECT string_agg(a.attname::text, ',' ORDER BY a.attname) FROM pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)) = $2::text",
        params![table, sorted(columns)],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

fn sorted(columns: &[&str]) -> String {
    let mut columns = columns.to_vec();
    columns.sort_unstable();
    columns.join(",")
}
