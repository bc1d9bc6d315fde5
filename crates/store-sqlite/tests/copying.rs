//! What is declared to be copied is what the tables have (`store::copying::tables`).

use rusqlite::Connection;
use store::copying::tables::{TABLES, Which, is_left_out};
use store::copying::{Kind, LeftOut};
use store_sqlite::migrate;

#[test]
fn every_column_is_copied_or_left_out_with_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    migrate::up(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT t.name, c.name, c.type FROM sqlite_master t, pragma_table_xinfo(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
        )
        .unwrap();
    let schema: Vec<(String, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (table, column, kind) in &schema {
        let full = format!("{table}.{column}");
        if is_left_out(Which::Sqlite, table) || is_left_out(Which::Sqlite, &full) {
            continue;
        }
        let declared = TABLES
            .iter()
            .find(|known| known.name == table)
            .and_then(|known| known.columns.iter().find(|known| known.name == column))
            .unwrap_or_else(|| panic!("{full} is neither copied nor left out"));
        let expected = match declared.kind {
            Kind::Id | Kind::Bytes => "BLOB",
            Kind::Instant | Kind::Flag | Kind::Number => "INTEGER",
            Kind::Text | Kind::Json => "TEXT",
        };
        assert_eq!(kind, expected, "{full}");
    }
    let has = |table: &str, column: Option<&str>| {
        schema
            .iter()
            .any(|(t, c, _)| t == table && column.is_none_or(|column| c == column))
    };
    for table in TABLES {
        for column in table.columns {
            assert!(
                has(table.name, Some(column.name)),
                "{}.{}",
                table.name,
                column.name
            );
        }
        let key: Vec<_> = table
            .columns
            .iter()
            .map(|column| column.name)
            .filter(|name| table.key.contains(name))
            .collect();
        assert_eq!(key, table.key, "the key stands in the order of the columns");
    }
    for LeftOut { name, why, .. } in store::copying::tables::LEFT_OUT
        .iter()
        .filter(|left| left.which == Which::Sqlite)
    {
        let (table, column) = name
            .split_once('.')
            .map_or((*name, None), |(t, c)| (t, Some(c)));
        assert!(has(table, column), "{name} is left out and is not there");
        assert!(!why.is_empty());
    }
}
