//! Cells as rows: a batch in one statement, a column in one parameter.

use domain::{MemberId, Timestamp};
use store::Shard;
use store::copying::tables::{Kind, TABLES, Table};
use store::copying::{Cell, Cells, Marks};

use super::read::value;
use crate::fault::{Done, corrupt};
use crate::sql::{Sql, Value, params};

/// Stores these rows.
pub(super) fn insert(sql: &Sql, table: &Table, rows: &[Cells]) -> Done<()> {
    let mut columns: Vec<Vec<Value<'_>>> = Vec::with_capacity(table.columns.len() + 1);
    for (at, column) in table.columns.iter().enumerate() {
        let values = rows.iter().map(|row| match row.get(at) {
            Some(Cell::Number(number)) if column.kind == Kind::Flag => {
                Ok(Value::Bool(*number != 0))
            }
            Some(Cell::Text(text)) if text.contains('\0') => Err(corrupt(
                &format!("{}.{}", table.name, column.name),
                "a text with a NUL, which PostgreSQL cannot keep; mend it in the source",
            )),
            Some(cell) => Ok(value(cell)),
            None => Ok(Value::Null),
        });
        columns.push(values.collect::<Done<_>>()?);
    }
    let mut types: Vec<&str> = table
        .columns
        .iter()
        .map(|column| list_of(column.kind))
        .collect();
    let (mut more, mut made) = (String::new(), String::new());
    let mut names = table.list();
    if table.name == "message_queues" {
        columns.push(shards(table, rows)?);
        types.push("integer[]");
        more = ", id".into();
        made = ", message_id".into();
        names.push_str(", shard");
    } else if ["counters", "costs", "activity"].contains(&table.name) {
        more = ", node".into();
        made = ", 0".into();
    }
    let marks: Vec<_> = types
        .iter()
        .enumerate()
        .map(|(at, kind)| format!("${}::{kind}", at + 1))
        .collect();
    let statement = format!(
        "INSERT INTO {} ({names}{more}) OVERRIDING SYSTEM VALUE
         SELECT {names}{made} FROM unnest({}) AS new({names})",
        table.name,
        marks.join(", ")
    );
    let lists: Vec<Value<'_>> = columns.iter().map(|column| Value::List(column)).collect();
    sql.run(&statement, &lists)?;
    Ok(())
}

const fn list_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Id => "uuid[]",
        Kind::Instant => "timestamptz[]",
        Kind::Flag => "boolean[]",
        Kind::Number => "bigint[]",
        Kind::Text => "text[]",
        Kind::Json => "jsonb[]",
        Kind::Bytes => "bytea[]",
    }
}

/// The shards of the members of these places.
fn shards<'a>(table: &Table, rows: &[Cells]) -> Done<Vec<Value<'a>>> {
    let at = table.at("client_id");
    rows.iter()
        .map(|row| {
            let member = at.and_then(|at| row.get(at)).and_then(|cell| match cell {
                Cell::Bytes(bytes) => <[u8; 16]>::try_from(bytes.as_slice()).ok(),
                Cell::Null | Cell::Number(_) | Cell::Text(_) => None,
            });
            let member = member
                .map(MemberId::from_bytes)
                .ok_or_else(|| corrupt("message_queues.client_id", "not 16 bytes"))?;
            Ok(Value::Int(Shard::of(member).number().into()))
        })
        .collect()
}

/// What follows from the rows. It may be repeated.
pub(super) fn settle(sql: &Sql, marks: &Marks) -> Done<()> {
    sql.all(
        "SELECT setval('messages_seq', coalesce(max(seq), 1), max(seq) IS NOT NULL) FROM messages",
        params![],
        |_| Ok(()),
    )?;
    for (table, column) in identities(sql)? {
        sql.all(
            &format!(
                "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 1),
                   max({column}) IS NOT NULL) FROM {table}"
            ),
            params![],
            |_| Ok(()),
        )?;
    }
    sql.run(
        // To whose account came what a database was taken over with is not known.
        "INSERT INTO inbound_keys (provider, account, provider_message_id, channel, received_at)
         SELECT provider, coalesce(account, ''), provider_message_id, channel_used, created_at
         FROM messages WHERE direction = 'inbound' AND provider IS NOT NULL
           AND provider_message_id IS NOT NULL AND channel_used IS NOT NULL
         UNION ALL
         SELECT provider, account, provider_message_id, channel, received_at FROM stranger_messages
         ON CONFLICT DO NOTHING",
        params![],
    )?;
    // Events of this database must be numbered above those that were copied, and all of these be
    // below what a reader takes for settled.
    sql.run(
        "UPDATE instance SET switches_version = $1, hash_key = $2, recurs_from = $3, events_from = greatest(0,
           (SELECT coalesce(max(id), 0) >> 20 FROM events) + 1 - pg_current_xact_id()::text::bigint)",
        params![
            marks.switches_version,
            marks.hash_key,
            marks.recurs_from.map(Timestamp::as_micros)
        ],
    )?;
    Ok(())
}

/// Columns that number themselves: the next number must be above those that were copied.
fn identities(sql: &Sql) -> Done<Vec<(String, String)>> {
    let found: Vec<(String, String)> = sql.all(
        "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = current_schema()::regnamespace AND a.attidentity <> ''
           AND NOT a.attisdropped",
        params![],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(found
        .into_iter()
        .filter(|(table, _)| TABLES.iter().any(|known| known.name == table))
        .collect())
}
