//! A newer program migrates the database under nodes of this one, which go on working and can be started
//! again, until a migration says that they cannot (docs/decisions/0012).

use serde_json::json;
use stories::fleet::Fleet;
use stories::reckoning::reckon;
use stories::tell;

/// What a newer program might add: a column with a default to every table, and a table of its own.
const ADDITIVE: &str = "
    DO $$ DECLARE found record; BEGIN
      FOR found IN SELECT tablename FROM pg_tables
        WHERE schemaname = current_schema() AND tablename <> 'schema_migrations'
      LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN of_a_newer_program text NOT NULL DEFAULT ''''', found.tablename);
      END LOOP;
    END $$;
    CREATE TABLE moods (id bigint PRIMARY KEY, mood text NOT NULL);
    INSERT INTO schema_migrations (version, name, checksum, oldest_program) VALUES (9000, 'moods', '', 1)";

/// What a newer program might say of a change that this one does not survive.
const BREAKING: &str = "INSERT INTO schema_migrations (version, name, checksum, oldest_program)
    VALUES (9001, 'no_more_queues', '', 9001)";

/// How often a migration that lost against the nodes' own transactions is tried.
const TRIES: usize = 20;

async fn migrate(address: &str, statements: &'static str) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        let address = address.to_owned();
        // Whoever waits for it waits no longer than a transaction of the service may take.
        let all = format!("BEGIN; SET LOCAL lock_timeout = '2s'; {statements}; COMMIT");
        let done = tokio::task::spawn_blocking(move || test_postgres::run(&address, &all)).await?;
        tries += 1;
        if done.is_ok() || tries == TRIES {
            return done;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_go_on_beside_a_migration_that_only_adds_and_refuse_one_that_breaks_them()
-> anyhow::Result<()> {
    let mut fleet = Fleet::of(2).await?;
    let mut services = fleet.start().await?;
    fleet.load.let_them_join().await?;
    fleet.load.carrier_fails(&json!({"latency_ms": 5})).await?;
    let address = fleet.load.setup.database.url.clone();
    let (pressed, migrated) = tokio::join!(fleet.load.press_on(48), migrate(&address, ADDITIVE));
    pressed?;
    migrated?;
    fleet.load.press_on(24).await?;
    // One after the other is started again, as in any restart.
    for number in 0..2 {
        let node = fleet.node(number)?.clone();
        fleet.front.leave_out(node.addr, true);
        let ended = services.remove(0).terminate().await?;
        assert!(ended.success(), "{ended}");
        services.push(node.start().await?);
        fleet.front.leave_out(node.addr, false);
        fleet.share_out(&[0, 1]).await?;
        fleet.load.press_on(12).await?;
    }
    fleet.load.is_quiet().await?;
    let reckoning = reckon(&fleet.load).await?;
    tell(&reckoning.to_string());
    assert_eq!(reckoning.marked, 0);

    migrate(&address, BREAKING).await?;
    let node = fleet.node(1)?.clone();
    let ended = services.remove(1).terminate().await?;
    assert!(ended.success(), "{ended}");
    let refused = node.launch()?.ended().await?;
    assert!(!refused.success());
    let why = node.log_tail();
    assert!(why.contains("migration 9001 `no_more_queues`"), "{why}");
    assert!(why.contains("start the newer version"), "{why}");
    Fleet::end(services).await
}
