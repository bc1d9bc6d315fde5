//! Giving a database back: what came since goes into the old shape as far as that holds it, values that
//! had to change return, and every step of the adoption is undone, the last one first. All of it happens in
//! the transaction that takes every newer migration back, so whatever is refused here leaves all applied.

use super::examine::count;
use super::old_words::{self, ENTRIES, NEW_PLACE, PLACE};
use super::{TABLES, catalog, days, dependents, enums, exists, failed, ident, refused, undo};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// How every refusal begins.
pub(super) const NOT_AS_IT_IS: &str = "it cannot be given back as it is; nothing was changed:";

/// Everything that stands in the way and can be known before anything is done. From here to the end of the
/// transaction nobody else writes into the four tables, and no node joins.
pub(crate) fn refuse_to_give_back(sql: &Sql) -> Done<()> {
    // Asked before the tables are locked, so that a refusal is no burden on the nodes that run.
    refuse(&running(sql)?)?;
    sql.batch(
        "SET LOCAL statement_timeout = '1h'; SET LOCAL idle_in_transaction_session_timeout = '10min'",
    )?;
    sql.batch(&format!(
        "LOCK TABLE {}, nodes IN ACCESS EXCLUSIVE MODE",
        TABLES.join(", ")
    ))?;
    let mut problems = running(sql)?;
    problems.extend(too_long(sql)?);
    problems.extend(enums::lacking(sql)?);
    refuse(&problems)
}

/// Gives it back, inside the transaction that takes the first migration back and has asked before
/// whether it may.
pub(crate) fn give_back(sql: &Sql) -> Done<()> {
    let dependents = dependents::take_off(sql, &TABLES, &[])?;
    entries(sql)?;
    old_words::write(sql)?;
    days::give_back(sql)?;
    made_profiles(sql)?;
    undo::restore_values(sql)?;
    for statement in undo::statements(sql)? {
        sql.batch(&statement)
            .map_err(|fault| failed(fault, NOT_AS_IT_IS, &statement))?;
    }
    sql.batch(
        "DROP TABLE adopted_undo, adopted_values, adopted_widths, adopted_members, adopted_profiles,
           adopted_facts, adopted_dependents, adopted_new_places;
         DROP TABLE IF EXISTS adopted_enums, adopted_zones, adopted_message_queues",
    )?;
    dependents.put_back(sql, NOT_AS_IT_IS)
}

fn refuse(problems: &[String]) -> Done<()> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(refused(NOT_AS_IT_IS, problems))
    }
}

/// Nodes that are running.
fn running(sql: &Sql) -> Done<Vec<String>> {
    let nodes = count(
        sql,
        // One that has left in order has let go of its shards.
        "SELECT count(*) FROM nodes n WHERE n.lease_until > clock_timestamp()
           AND EXISTS (SELECT 1 FROM shards s WHERE s.owner = n.epoch)",
    )?;
    if nodes == 0 {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{nodes} nodes are running on it: stop them (a node that was killed counts until its lease is \
         over)"
    )])
}

/// Values that are longer than their old columns.
fn too_long(sql: &Sql) -> Done<Vec<String>> {
    let mut problems = Vec::new();
    let widths = sql.all(
        "SELECT relation, column_name, characters::bigint FROM adopted_widths
         ORDER BY relation, column_name",
        params![],
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<String>(1)?,
                row.get::<i64>(2)?,
            ))
        },
    )?;
    for (table, column, characters) in widths {
        // Rows of the queue are set aside as they were.
        let name = ident(&column);
        let key = undo::key_of(&table);
        let long = sql.all(
            &format!(
                "SELECT {key}::text FROM {table} WHERE length({name}) > $1
                   AND NOT EXISTS (SELECT 1 FROM adopted_values v WHERE v.relation = '{table}'
                     AND v.column_name = '{column}' AND v.row_id = {table}.{key}
                     AND v.became IS NOT DISTINCT FROM {table}.{name})
                 ORDER BY 1 LIMIT 10"
            ),
            params![characters],
            |row| row.get::<String>(0),
        )?;
        if !long.is_empty() {
            problems.push(format!(
                "{table}.{column} held {characters} characters, and these rows have more (up to ten \
                 are named): {}: shorten or remove what stands there",
                long.join(", ")
            ));
        }
    }
    Ok(problems)
}

/// Open places become entries of the old queue, in the types it has for its words.
fn entries(sql: &Sql) -> Done<()> {
    let adopted = exists(sql, "adopted_message_queues")?;
    let theirs = if adopted {
        catalog::columns(sql, "adopted_message_queues")?
    } else {
        Vec::new()
    };
    let cast = |name: &str| {
        let column = theirs.iter().find(|column| column.name == name);
        column
            .filter(|column| enums::is_one(column))
            .map_or_else(String::new, |column| format!("::{}", column.kind))
    };
    let (status, queue, error) = (cast("status"), cast("queue_name"), cast("error_message"));
    if adopted {
        // What operators did with their entries, and what became of it.
        sql.batch(&format!(
            "UPDATE adopted_message_queues t SET status = e.word{status} FROM ({ENTRIES}) e
             WHERE e.id = t.id"
        ))?;
    }
    let (is_new, highest) = if adopted {
        (
            NEW_PLACE,
            format!(
                "coalesce((SELECT max(a.sequence_number) FROM adopted_message_queues a
                   WHERE a.client_id = q.client_id AND a.queue_name = q.queue_name{queue}), 0)"
            ),
        )
    } else {
        ("true", "0".to_owned())
    };
    sql.batch(&format!(
        "CREATE TABLE adopted_new_places AS
         SELECT q.id, q.client_id, q.queue_name{queue} AS queue_name,
           ({highest} + row_number() OVER (PARTITION BY q.client_id, q.queue_name
             ORDER BY q.sequence_number))::integer AS sequence_number,
           q.message_id, ({PLACE}){status} AS status,
           q.retry_count, q.max_retries, q.error_message{error} AS error_message, q.created_at
         FROM message_queues q WHERE {is_new};
         DELETE FROM message_queues"
    ))
}

/// Profiles that were made go, unless somebody has said something in them that the old shape holds.
fn made_profiles(sql: &Sql) -> Done<()> {
    sql.batch(
        "DELETE FROM user_profiles p USING adopted_profiles a WHERE p.user_id = a.user_id
           AND NOT p.whatsapp_opt_in AND p.whatsapp_number IS NULL
           AND p.preferred_messaging_provider IS NOT DISTINCT FROM 'twilio'",
    )
}
