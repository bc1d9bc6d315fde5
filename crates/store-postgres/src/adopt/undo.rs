//! The way back, written down step by step: statements in `adopted_undo`, values in `adopted_values`.

use super::{NOT_TAKEN, failed};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// What adoption remembers. It goes when the database is given back.
pub(super) fn prepare(sql: &Sql) -> Done<()> {
    sql.batch(
        "CREATE TABLE adopted_undo (
           step bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
           statement text NOT NULL);
         CREATE TABLE adopted_values (
           relation text NOT NULL,
           row_id uuid NOT NULL,
           column_name text NOT NULL,
           was text,
           became text,
           PRIMARY KEY (relation, column_name, row_id));
         CREATE INDEX adopted_values_row ON adopted_values (row_id);
         -- Types that were narrower: what is longer cannot be given back.
         CREATE TABLE adopted_widths (
           relation text NOT NULL,
           column_name text NOT NULL,
           characters integer NOT NULL);
         -- Types of which columns were whose words are texts now.
         CREATE TABLE adopted_enums (
           relation text NOT NULL,
           column_name text NOT NULL,
           kind text NOT NULL);
         -- Members who cannot be written to, and profiles that were made.
         CREATE TABLE adopted_members (user_id uuid PRIMARY KEY, why text NOT NULL);
         CREATE TABLE adopted_profiles (user_id uuid PRIMARY KEY);
         -- Members whose time zone cannot be read.
         CREATE TABLE adopted_zones (user_id uuid PRIMARY KEY, why text NOT NULL);
         -- Views, triggers and indexes as they showed before and after.
         CREATE TABLE adopted_dependents (
           shown_by text PRIMARY KEY,
           was text NOT NULL,
           became text);
         CREATE TABLE adopted_facts (name text PRIMARY KEY, value bigint NOT NULL);",
    )
}

/// Runs a statement and writes down what undoes it.
pub(super) fn act(sql: &Sql, statement: &str, undo: &str) -> Done<()> {
    sql.batch(statement)
        .map_err(|fault| failed(fault, NOT_TAKEN, statement))?;
    note(sql, undo)
}

/// Writes down a statement of the way back.
pub(super) fn note(sql: &Sql, undo: &str) -> Done<()> {
    sql.run(
        "INSERT INTO adopted_undo (statement) VALUES ($1)",
        params![undo],
    )?;
    Ok(())
}

/// Changes one column of the rows that meet a condition, and keeps what stood there. A column may be
/// changed once.
pub(super) fn change(
    sql: &Sql,
    (table, key): (&str, &str),
    column: &str,
    becomes: &str,
    condition: &str,
) -> Done<u64> {
    let changed = sql.run(
        &format!(
            "INSERT INTO adopted_values (relation, row_id, column_name, was, became)
             SELECT '{table}', {key}, '{column}', {column}::text, ({becomes})::text
             FROM {table} WHERE {condition}"
        ),
        params![],
    )?;
    if changed > 0 {
        write(sql, (table, key), column)?;
    }
    Ok(changed)
}

/// Writes what was noted for a column into the rows.
pub(super) fn write(sql: &Sql, (table, key): (&str, &str), column: &str) -> Done<()> {
    let kind = kind_of(sql, table, column)?;
    sql.run(
        &format!(
            "UPDATE {table} t SET {column} = v.became::{kind} FROM adopted_values v
             WHERE v.relation = '{table}' AND v.column_name = '{column}' AND v.row_id = t.{key}"
        ),
        params![],
    )?;
    Ok(())
}

/// Puts back every value that is still what adoption made of it.
pub(super) fn restore_values(sql: &Sql) -> Done<()> {
    let columns = sql.all(
        "SELECT relation, column_name, bool_or(was IS NULL) FROM adopted_values
         GROUP BY relation, column_name",
        params![],
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<String>(1)?,
                row.get::<bool>(2)?,
            ))
        },
    )?;
    for (table, column, any_null) in columns {
        if any_null {
            sql.batch(&format!(
                "ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"
            ))?;
        }
        let kind = kind_of(sql, &table, &column)?;
        let key = key_of(&table);
        sql.run(
            &format!(
                "UPDATE {table} t SET {column} = v.was::{kind} FROM adopted_values v
                 WHERE v.relation = '{table}' AND v.column_name = '{column}' AND v.row_id = t.{key}
                   AND t.{column}::text IS NOT DISTINCT FROM v.became"
            ),
            params![],
        )?;
    }
    Ok(())
}

/// The column by which `adopted_values` finds a row.
pub(super) fn key_of(table: &str) -> &'static str {
    if table == "user_profiles" {
        "user_id"
    } else {
        "id"
    }
}

fn kind_of(sql: &Sql, table: &str, column: &str) -> Done<String> {
    let kind = sql.one(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = $1::text::regclass AND attname = $2::text",
        params![table, column],
        |row| row.get(0),
    )?;
    Ok(kind.unwrap_or_else(|| "text".into()))
}

/// Statements of the way back, the last step first.
pub(super) fn statements(sql: &Sql) -> Done<Vec<String>> {
    sql.all(
        "SELECT statement FROM adopted_undo ORDER BY step DESC",
        params![],
        |row| row.get(0),
    )
}
