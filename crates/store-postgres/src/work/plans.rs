//! How the server finds the rows of the statements that run for every message: by their keys, whatever it
//! knows of the tables. It plans while they are young, and again only after hundreds of transactions, or it has
//! looked at places while there were none; a plan that walks an index for each row would make the next broadcast
//! crawl. Bitmaps are not among the ways: they go through all that is gone from a table of many comings and goings.

use serde_json::Value as Json;
use store::Shards;

use super::heard::Asked;
use super::{flush, joining, keys, messages, queries};
use crate::read::facts;
use crate::session::Address;
use crate::sql::{Line, Row, Sql, Value};
use crate::{Options, PostgresStore, mailbox};

/// Tables of which any row will do, or that have one.
const WITHOUT_A_KEY: [&str; 3] = ["instance", "parked_receipts", "unreachable_addresses"];

/// Rows of every table, as many as asked for.
const FILL: &str = "
    TRUNCATE users, user_profiles, messages, message_queues, attempts, receipts, consents,
      session_windows, occasions, delivery_watches, dead_letters, unreachable_addresses, inbound_keys,
      lane_notices CASCADE;
    INSERT INTO users (id, phone_number, name, email, created_at, updated_at)
      SELECT md5(n::text)::uuid, n::text, n::text, n::text, now(), now() FROM generate_series(1, ROWS) n;
    INSERT INTO user_profiles (user_id, whatsapp_number) SELECT id, phone_number FROM users;
    INSERT INTO messages (seq, id, client_id, direction, created_at, content)
      SELECT name::bigint, id, id, 'outbound', now(), '' FROM users;
    INSERT INTO message_queues (sequence_number, id, message_id, client_id, shard, lane, priority,
        created_at, queue_name)
      SELECT seq, id, id, id, seq % 64, seq, 1, now(), 'default' FROM messages;
    INSERT INTO attempts (id, channel, provider, sender, address, begun_at, decision)
      SELECT seq * 256 + 1, 'sms', 'twilio', '', '', now(), '' FROM messages;
    INSERT INTO receipts (id, word, received_at) SELECT id * 256, 'sent', now() FROM attempts;
    INSERT INTO consents (channel, address, purpose, state, version, changed_at, source)
      SELECT 'sms', name, 'all', 'opted_in', 1, now(), '' FROM users;
    INSERT INTO session_windows (address, sender, ends_at) SELECT name, '', now() FROM users;
    INSERT INTO occasions (client_id, occasion, message_id) SELECT id, '', id FROM users;
    INSERT INTO delivery_watches (message_id, due) SELECT id, now() FROM users;
    INSERT INTO dead_letters (seq, status, ended_at) SELECT seq, 'failed', now() FROM messages;
    INSERT INTO unreachable_addresses (channel, address, at) SELECT 'sms', name, now() FROM users;
    INSERT INTO inbound_keys (provider, account, provider_message_id, channel, received_at)
      SELECT 'twilio', '', name, 'sms', now() FROM users;
    INSERT INTO lane_notices (shard, what, lane, seq, priority)
      SELECT seq % 64, 'waiting', seq, seq, 1 FROM messages;
    ANALYZE;";

/// Has the connection know the statements of the hot path.
fn prepare(sql: &Sql) {
    let (numbers, ids) = ([1_i64], [Value::Bytes(&[0; 16])]);
    let texts = [Value::Text("")];
    let asked = Asked::of(&[]);
    let runs = mailbox::Runs::of(Shards::ALL);
    let mut all = asked.all_queries();
    all.extend([
        mailbox::query(&runs),
        queries::steady_of_places(&numbers),
        queries::steady(&ids),
        queries::messages(&numbers),
        queries::numbers_of(&ids),
        queries::places(&numbers),
        queries::attempts(&numbers),
        queries::receipts(&numbers),
        queries::consents(&texts, &texts),
        queries::windows(&texts, &texts),
        queries::members(&ids),
        queries::occasions(&ids, &texts),
    ]);
    sql.pipeline(&all).unwrap();
    let texts = flush::CHANGING
        .iter()
        .chain(&messages::STATEMENTS)
        .chain(&facts::STATEMENTS)
        .chain(&joining::ASKING)
        .chain(&[keys::ASK]);
    for (number, text) in texts.enumerate() {
        sql.batch(&format!("PREPARE hot{number} AS {text}"))
            .unwrap();
    }
}

/// The statements the connection knows, as it is asked to run them.
fn prepared(sql: &Sql) -> Vec<(String, String)> {
    let known = "SELECT statement, format('EXECUTE %I', name) || CASE
           WHEN cardinality(parameter_types) = 0 THEN ''
           ELSE '(' || array_to_string(array_fill('NULL'::text, ARRAY[cardinality(parameter_types)]),
             ', ') || ')' END
         FROM pg_prepared_statements WHERE statement NOT LIKE '%pg_prepared_statements%'";
    let read = |row: &Row| Ok((row.get(0)?, row.get(1)?));
    sql.all(known, &[], read).unwrap()
}

/// What of this plan reads a table without a key, or by a bitmap.
fn not_by_its_key(node: &Json, found: &mut Vec<String>) {
    let word = |name: &str| node.get(name).and_then(Json::as_str).unwrap_or_default();
    let relation = word("Relation Name");
    let is_bad = match word("Node Type") {
        "Seq Scan" => !WITHOUT_A_KEY.contains(&relation),
        "Index Scan" | "Index Only Scan" => word("Index Cond").is_empty(),
        "Bitmap Heap Scan" => true,
        _ => false,
    };
    if is_bad {
        found.push(format!(
            "{} of {relation} {}",
            word("Node Type"),
            word("Index Name")
        ));
    }
    for inner in node
        .get("Plans")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        not_by_its_key(inner, found);
    }
}

#[test]
fn rows_are_found_by_their_keys_whatever_is_known_of_the_tables() {
    let database = test_postgres::database().unwrap();
    let (writer, _reader, _) = PostgresStore::open(&database.address, &Options::default()).unwrap();
    drop(writer);
    let sql = Line::to(Address::parse(&database.address).unwrap())
        .connect()
        .unwrap();
    prepare(&sql);
    let all = prepared(&sql);
    assert!(all.len() > 25, "{}", all.len());
    let check = |what: &str| {
        sql.batch("DISCARD PLANS").unwrap();
        for (statement, execute) in &all {
            let explain = format!("EXPLAIN (FORMAT JSON) {execute}");
            let read = |row: &Row| row.get::<String>(0);
            let plan = sql.one(&explain, &[], read).unwrap().unwrap();
            let plan: Json = serde_json::from_str(&plan).unwrap();
            let mut found = Vec::new();
            not_by_its_key(plan.pointer("/0/Plan").unwrap(), &mut found);
            assert!(
                found.is_empty(),
                "{what}: {found:?} in {statement}\n{plan:#}"
            );
        }
    };
    check("never looked at");
    for rows in [0, 1, 2, 100, 5_000] {
        let fill = FILL.replace("ROWS", &rows.to_string());
        database.execute(&fill).unwrap();
        check(&format!("{rows} rows"));
    }
    // Looked at while there were none, and grown since.
    database.execute(&FILL.replace("ROWS", "5000")).unwrap();
    database
        .execute("DELETE FROM message_queues WHERE sequence_number > 2")
        .unwrap();
    database.execute("VACUUM ANALYZE message_queues").unwrap();
    check("places that are gone");
}
