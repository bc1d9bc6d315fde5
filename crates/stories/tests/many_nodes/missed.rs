//! What was missed is looked for once, whoever has the shards: a node that dies over it leaves the rest to the other, and
//! one that joins looks at nothing again (docs/decisions/0043).

use domain::failpoint::Point;
use serde_json::Value;
use stories::binary::Setup;
use stories::fleet::Fleet;
use stories::{stopwatch, tick};
use tokio_postgres::NoTls;

/// As short as the rules allow: G + D + 5 s.
const LEASE: &str = "8";

/// Longer than a dead node's shards take to be taken over and looked through.
const PATIENCE: u64 = 40;

/// How many shards were looked through, and the fewest and the most occurrences a member has that ended without a message.
const STANDING: &str = "
    SELECT (SELECT count(*) FROM checked_occurrences), min(ends), max(ends) FROM
      (SELECT count(o.occasion) AS ends FROM users u LEFT JOIN occurrences o ON o.user_id = u.id GROUP BY u.id) AS each";

/// As if they had joined three days ago, and nobody had looked since.
const EARLIER: &str = "UPDATE users SET created_at = created_at - interval '3 days';
    DELETE FROM checked_occurrences; DELETE FROM occurrences";

/// The looks a node tells of in its log: how many dates, for how many shards.
fn looks(node: &Setup) -> anyhow::Result<Vec<(u64, u64)>> {
    let log = std::fs::read_to_string(node.data.join("service.log"))?;
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let number = |line: &Value, name: &str| line.get(name).and_then(Value::as_u64);
    Ok(lines
        .filter_map(|line: Value| Some((number(&line, "dates")?, number(&line, "shards")?)))
        .collect())
}

async fn standing(fleet: &Fleet) -> anyhow::Result<(i64, i64, i64)> {
    let (client, connection) =
        tokio_postgres::connect(&fleet.load.setup.database.url, NoTls).await?;
    let connected = tokio::spawn(connection);
    let row = client.query_one(STANDING, &[]).await?;
    drop(client);
    connected.await??;
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_for_what_was_missed_outlives_its_node_and_is_not_repeated_by_the_next()
-> anyhow::Result<()> {
    let mut fleet = Fleet::of(2)
        .await?
        .with("GYMTEXT_START_GRACE", "1")
        .with("GYMTEXT_PROVIDER_DEADLINE", "2")
        .with("GYMTEXT_LEASE", LEASE)
        .with("GYMTEXT_LOG", "info,engine::recurring::missed=debug");
    let (first, second) = (fleet.node(0)?.clone(), fleet.node(1)?.clone());
    fleet.front.leave_out(second.addr, true);
    let service = first.start().await?;
    fleet.load.let_them_join().await?;
    assert!(service.terminate().await?.success());
    let database = fleet.load.setup.database.clone();
    tokio::task::spawn_blocking(move || database.execute(EARLIER)).await??;

    // It notes what was missed of one date, and dies over the next.
    let armed = first
        .clone()
        .with("GYMTEXT_ABORT_AT", &format!("{}:2", Point::Missed));
    assert!(!armed.launch()?.ended().await?.success());
    let (shards, fewest, most) = standing(&fleet).await?;
    assert_eq!(shards, 0, "it did not come to its end");
    assert!(fewest == most && most > 0, "{fewest} to {most}");

    let other = second.start().await?;
    let since = stopwatch();
    let (mut shards, mut fewest, mut more) = (0, 0, 0);
    while shards < 64 && since.elapsed().as_secs() < PATIENCE {
        (shards, fewest, more) = standing(&fleet).await?;
        tick().await;
    }
    assert_eq!(shards, 64, "{}", second.log_tail());
    assert!(
        fewest == more && more > most,
        "{fewest} to {more}, after {most}"
    );

    // The first comes back and takes its share.
    let before = looks(&first)?.len();
    let service = first.start().await?;
    fleet.share_out(&[0, 1]).await?;
    let since = stopwatch();
    let again = loop {
        let all = looks(&first)?;
        let new = all.get(before..).unwrap_or_default().to_vec();
        if new.iter().any(|(_, shards)| *shards == 32) {
            break new;
        }
        assert!(since.elapsed().as_secs() < PATIENCE, "{}", first.log_tail());
        tick().await;
    };
    assert!(again.iter().all(|(dates, _)| *dates == 0), "{again:?}");
    assert_eq!(standing(&fleet).await?, (64, fewest, more));
    Fleet::end(vec![service, other]).await
}
