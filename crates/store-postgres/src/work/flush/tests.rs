//! How the server finds the rows that are changed.

use super::*;
use crate::session::Address;
use crate::sql::{Line, Row, params};
use crate::{Options, PostgresStore};

/// Places are few whenever nobody is written to, and that is when the server looks at them; the next
/// broadcast must not walk all of them for each batch.
#[test]
fn places_that_were_counted_while_there_were_none_are_changed_by_their_keys() {
    let database = test_postgres::database().unwrap();
    let (writer, _reader, _) = PostgresStore::open(&database.address, &Options::default()).unwrap();
    drop(writer);
    for statement in [
        "INSERT INTO message_queues (sequence_number, id, message_id, client_id, shard, lane, priority,
           created_at, queue_name)
         SELECT number, id, id, id, 0, 0, 1, now(), 'default'
         FROM (SELECT generate_series(1, 2000) AS number, gen_random_uuid() AS id) AS new",
        "DELETE FROM message_queues WHERE sequence_number > 2",
        "VACUUM ANALYZE message_queues",
    ] {
        database.execute(statement).unwrap();
    }
    let sql = Line::to(Address::parse(&database.address).unwrap())
        .connect()
        .unwrap();
    let seqs: Vec<_> = (1..=10).map(Value::Int).collect();
    let nothing = [Value::Null; 10];
    let mut values = vec![Value::List(&seqs)];
    values.resize(9, Value::List(&nothing));
    let line = |row: &Row| row.get::<String>(0);
    let plan = sql
        .all(&format!("EXPLAIN {PLACES}"), &values, line)
        .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Cond: (sequence_number = "), "{plan}");
    let gone = format!("EXPLAIN {GONE_PLACES}");
    let plan = sql
        .all(&gone, params![[1_i64, 2].as_slice()], line)
        .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Cond: (sequence_number = "), "{plan}");
}
