//! Rows as cells, in the order of a table's key.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params_from_iter};
use store::copying::tables::{Kind, Table};
use store::copying::{Cell, Cells};

use super::Bound;
use crate::fault::{Done, corrupt};

/// How many rows there are.
pub(super) fn count(connection: &Connection, table: &Table) -> Done<u64> {
    let count = format!("SELECT count(*) FROM {}", table.name);
    let rows: i64 = connection.query_row(&count, [], |row| row.get(0))?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// The next rows after a key.
pub(super) fn rows(
    connection: &Connection,
    table: &Table,
    after: Option<&[Cell]>,
    limit: u32,
) -> Done<Vec<Cells>> {
    let key = table.key.join(", ");
    let from = after.map_or_else(String::new, |after| {
        format!("WHERE ({key}) > ({})", vec!["?"; after.len()].join(", "))
    });
    let select = format!(
        "SELECT {} FROM {} {from} ORDER BY {key} LIMIT {limit}",
        table.list(),
        table.name
    );
    let mut statement = connection.prepare_cached(&select)?;
    let mut rows = statement.query(params_from_iter(
        after.unwrap_or_default().iter().map(Bound),
    ))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(cells(row, table)?);
    }
    Ok(found)
}

fn cells(row: &Row<'_>, table: &Table) -> Done<Cells> {
    table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            cell(row.get_ref(at)?, column.kind).ok_or_else(|| {
                corrupt(
                    &format!("{}.{}", table.name, column.name),
                    "of another kind than expected",
                )
            })
        })
        .collect()
}

fn cell(value: ValueRef<'_>, kind: Kind) -> Option<Cell> {
    Some(match (value, kind) {
        (ValueRef::Null, _) => Cell::Null,
        (ValueRef::Integer(number @ (0 | 1)), Kind::Flag)
        | (ValueRef::Integer(number), Kind::Number | Kind::Instant) => Cell::Number(number),
        (ValueRef::Text(text), Kind::Text) => {
            Cell::Text(std::str::from_utf8(text).ok()?.to_owned())
        }
        (ValueRef::Text(text), Kind::Json) => Cell::json(std::str::from_utf8(text).ok()?)?,
        (ValueRef::Blob(bytes), Kind::Id) if bytes.len() == 16 => Cell::Bytes(bytes.to_vec()),
        (ValueRef::Blob(bytes), Kind::Bytes) => Cell::Bytes(bytes.to_vec()),
        _ => return None,
    })
}

/// All columns of all tables that are somebody's.
pub(super) fn schema(connection: &Connection) -> Done<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT t.name, c.name FROM sqlite_master t, pragma_table_xinfo(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY t.name, c.cid",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
