//! What is declared to be copied is what the tables have (`store::copying::tables`).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use store::copying::tables::{LEFT_OUT, TABLES, Which, is_left_out};
use store::copying::{Kind, LeftOut};
use store_postgres::migrate;

async fn schema(address: &str) -> Vec<(String, String, String)> {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .query(
            "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

#[test]
fn every_column_is_copied_or_left_out_with_a_reason() {
    let database = test_postgres::database().unwrap();
    migrate::up(&database.address).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let schema = runtime.block_on(schema(&database.address));
    for (table, column, kind) in &schema {
        let full = format!("{table}.{column}");
        if is_left_out(Which::Postgres, table) || is_left_out(Which::Postgres, &full) {
            continue;
        }
        let declared = TABLES
            .iter()
            .find(|known| known.name == table)
            .and_then(|known| known.columns.iter().find(|known| known.name == column))
            .unwrap_or_else(|| panic!("{full} is neither copied nor left out"));
        let expected: &[&str] = match declared.kind {
            Kind::Id => &["uuid"],
            Kind::Bytes => &["bytea"],
            Kind::Instant => &["timestamp with time zone"],
            Kind::Flag => &["boolean"],
            Kind::Number => &["integer", "bigint"],
            Kind::Text => &["text"],
            Kind::Json => &["jsonb"],
        };
        assert!(expected.contains(&kind.as_str()), "{full} is {kind}");
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
    }
    for LeftOut { name, .. } in LEFT_OUT.iter().filter(|left| left.which == Which::Postgres) {
        let (table, column) = name
            .split_once('.')
            .map_or((*name, None), |(t, c)| (t, Some(c)));
        assert!(has(table, column), "{name} is left out and is not there");
    }
}
