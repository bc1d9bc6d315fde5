//! What is left of somebody in the database: every value of every table is looked at.

use stories::world::World;
use tokio_postgres::NoTls;

/// The tables that hold any of these words, each with the word.
pub(super) async fn of(world: &World, words: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
    let url = &world.database().url;
    match url.strip_prefix("sqlite://") {
        Some(file) => in_a_file(file, words),
        None => on_a_server(url, words).await,
    }
}

fn in_a_file(file: &str, words: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
    let connection = rusqlite::Connection::open(file)?;
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                let value = match row.get_ref(column)? {
                    rusqlite::types::ValueRef::Text(bytes)
                    | rusqlite::types::ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
                    _ => continue,
                };
                for word in words.iter().filter(|word| value.contains(**word)) {
                    found.push((table.clone(), (*word).to_owned()));
                }
            }
        }
    }
    Ok(found)
}

async fn on_a_server(url: &str, words: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let _driver = tokio::spawn(connection);
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                  WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let mut found = Vec::new();
    for row in client.query(tables, &[]).await? {
        let table: String = row.get(0);
        for word in words {
            let holds =
                format!("SELECT 1 FROM {table} t WHERE position($1 in t::text) > 0 LIMIT 1");
            if client.query_opt(&holds, &[word]).await?.is_some() {
                found.push((table.clone(), (*word).to_owned()));
            }
        }
    }
    Ok(found)
}
