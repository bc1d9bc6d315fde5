//! Rows as cells, in the order of a table's key.

use store::copying::tables::{Kind, Table};
use store::copying::{Cell, Cells};

use crate::fault::{Done, corrupt};
use crate::sql::{Row, Sql, Value, params};

/// How many rows there are.
pub(super) fn count(sql: &Sql, table: &Table) -> Done<u64> {
    let count = format!("SELECT count(*) FROM {}", from(table));
    Ok(sql.one(&count, params![], |row| row.get(0))?.unwrap_or(0))
}

/// The next rows after a key.
pub(super) fn rows(
    sql: &Sql,
    table: &Table,
    after: Option<&[Cell]>,
    limit: u32,
) -> Done<Vec<Cells>> {
    let key = table.key.join(", ");
    let after = after.unwrap_or_default();
    let behind = if after.is_empty() {
        String::new()
    } else {
        let marks: Vec<_> = (1..=after.len()).map(|at| format!("${at}")).collect();
        format!("WHERE ({key}) > ({})", marks.join(", "))
    };
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| match column.kind {
            Kind::Json => format!("{}::text", column.name),
            Kind::Id | Kind::Instant | Kind::Flag | Kind::Number | Kind::Text | Kind::Bytes => {
                column.name.to_owned()
            }
        })
        .collect();
    let select = format!(
        "SELECT {} FROM {} {behind} ORDER BY {key} LIMIT {limit}",
        columns.join(", "),
        from(table)
    );
    let values: Vec<Value<'_>> = after.iter().map(value).collect();
    sql.all(&select, &values, |row| cells(row, table))
}

/// Counts of all nodes are one.
fn from(table: &Table) -> String {
    match table.name {
        "counters" => {
            "(SELECT topic, word, sum(value)::bigint AS value FROM counters GROUP BY topic, word) counters"
                .into()
        }
        "costs" => {
            "(SELECT day, channel, currency, sum(estimated)::bigint AS estimated,
                sum(awaiting)::bigint AS awaiting, sum(awaiting_attempts)::bigint AS awaiting_attempts,
                sum(charged)::bigint AS charged, sum(charged_attempts)::bigint AS charged_attempts
              FROM costs GROUP BY day, channel, currency) costs"
                .into()
        }
        "activity" => {
            "(SELECT hour, channel, what, sum(count)::bigint AS count
              FROM activity GROUP BY hour, channel, what) activity"
                .into()
        }
        name => name.into(),
    }
}

/// A cell as a value, but for flags, which need their kind.
pub(super) fn value(cell: &Cell) -> Value<'_> {
    match cell {
        Cell::Null => Value::Null,
        Cell::Number(number) => Value::Int(*number),
        Cell::Text(text) => Value::Text(text),
        Cell::Bytes(bytes) => Value::Bytes(bytes),
    }
}

fn cells(row: &Row, table: &Table) -> Done<Cells> {
    table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| cell(row, at, column.kind))
        .collect()
}

fn cell(row: &Row, at: usize, kind: Kind) -> Done<Cell> {
    if row.is_null(at)? {
        return Ok(Cell::Null);
    }
    Ok(match kind {
        Kind::Number | Kind::Instant => Cell::Number(row.get(at)?),
        Kind::Flag => Cell::Number(row.get::<bool>(at)?.into()),
        Kind::Text => Cell::Text(row.get(at)?),
        Kind::Json => Cell::json(row.get(at)?).ok_or_else(|| corrupt("jsonb", "no JSON"))?,
        Kind::Id | Kind::Bytes => Cell::Bytes(row.get::<&[u8]>(at)?.to_vec()),
    })
}

/// All columns of all tables of our schema.
pub(super) fn schema(sql: &Sql) -> Done<Vec<(String, String)>> {
    sql.all(
        "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
           AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
        params![],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
