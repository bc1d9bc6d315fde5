//! Looking into a database beside the store: statements, first columns, and what `pg_dump` says.

use std::process::Command;

use anyhow::Context as _;

use crate::cluster::binaries;

/// Runs statements one after the other. Blocks.
pub fn run(address: &str, statements: &str) -> anyhow::Result<()> {
    ask(address, statements).map(drop)
}

/// The first column of every row of a query; `NULL` where there is nothing. Blocks.
pub fn rows(address: &str, query: &str) -> anyhow::Result<Vec<String>> {
    ask(address, query)
}

/// The schema as `pg_dump` writes it, without the tables whose names match `without`. Blocks.
pub fn schema(address: &str, without: &str) -> anyhow::Result<String> {
    let dumped = Command::new(binaries()?.join("pg_dump"))
        .args(["--schema-only", "--exclude-table", without, address])
        .output()
        .context("pg_dump")?;
    anyhow::ensure!(
        dumped.status.success(),
        "pg_dump: {}",
        String::from_utf8_lossy(&dumped.stderr)
    );
    // Newer ones write a random word against injected commands at the beginning and the end.
    let text = String::from_utf8(dumped.stdout)?;
    let lines = text.lines().filter(|line| {
        !line.starts_with("--")
            && !line.starts_with("\\restrict")
            && !line.starts_with("\\unrestrict")
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Does something while nobody else of the server does such a thing. Blocks.
pub(crate) fn alone<T: Send>(
    address: &str,
    work: impl FnOnce() -> anyhow::Result<T> + Send,
) -> anyhow::Result<T> {
    let alone = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let _held = runtime.block_on(async {
            let client = crate::connect(address).await?;
            client.batch_execute("SELECT pg_advisory_lock(1)").await?;
            anyhow::Ok(client)
        })?;
        work()
    };
    std::thread::scope(|scope| scope.spawn(alone).join())
        .unwrap_or_else(|_| anyhow::bail!("what was to be done alone panicked"))
}

/// On a thread of its own: tests call it from within their runtimes.
fn ask(address: &str, statements: &str) -> anyhow::Result<Vec<String>> {
    let (address, statements) = (address.to_owned(), statements.to_owned());
    let asked = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&address, tokio_postgres::NoTls).await?;
            let driving = tokio::spawn(connection);
            let mut found = Vec::new();
            for message in client.simple_query(&statements).await? {
                if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                    found.push(row.get(0).unwrap_or("NULL").to_owned());
                }
            }
            drop(client);
            driving.await??;
            anyhow::Ok(found)
        })
    });
    asked
        .join()
        .map_err(|_| anyhow::anyhow!("the thread that asks panicked"))?
        .context("a statement of a test")
}
