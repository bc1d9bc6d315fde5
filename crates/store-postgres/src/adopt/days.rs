//! When a member's day is, by columns of theirs that are none of ours: the time zone, and the hour of what comes each day. Read
//! when a database is taken over, and written back when it is given back.

use std::fmt::Write as _;

use domain::MemberId;
use jiff::tz::TimeZone;

use super::catalog::{self, Column};
use super::give_back::NOT_AS_IT_IS;
use super::{Adoption, exists, failed, ident, undo};
use crate::columns::member_id;
use crate::fault::Done;
use crate::sql::{Sql, Value, params};

/// Where a profile says nothing else.
const ZONE: &str = "UTC";
const HOUR: u8 = 8;

/// Columns that may name a time zone, besides the one of profiles that is ours. Of several that can be read the first counts.
const ZONES: [(&str, &str); 3] = [
    ("user_profiles", "timezone"),
    ("users", "time_zone"),
    ("users", "timezone"),
];

/// The columns of theirs that are read.
struct Columns {
    /// Those that may name a time zone, the first that can be read counts.
    zones: Vec<(&'static str, Column)>,
    /// Whether profiles had our column for it already; it is among `zones` then.
    has_zone: bool,
    /// The one with the hour, where profiles had none.
    hour: Option<Column>,
    /// Whether profiles had our column for it already.
    has_hour: bool,
}

impl Columns {
    /// As they were when the database was taken over, which is asked until it is given back.
    fn read(sql: &Sql) -> Done<Self> {
        let mut columns = Self {
            zones: Vec::new(),
            has_zone: !is_added(sql, "time_zone")?,
            hour: None,
            has_hour: !is_added(sql, "preferred_send_hour")?,
        };
        let users = catalog::columns(sql, "users")?;
        let profiles = catalog::columns(sql, "user_profiles")?;
        let of = |table: &str, name: &str| {
            let columns = if table == "users" { &users } else { &profiles };
            let mut known = columns.iter().filter(|column| !column.generated);
            known.find(|column| column.name == name).cloned()
        };
        let ours = columns.has_zone.then_some(("user_profiles", "time_zone"));
        for (table, name) in ours.into_iter().chain(ZONES) {
            let text = of(table, name).filter(|column| {
                ["text", "varchar", "bpchar", "citext"].contains(&column.type_name.as_str())
            });
            columns.zones.extend(text.map(|column| (table, column)));
        }
        if !columns.has_hour {
            columns.hour = of("users", "preferred_send_hour")
                .filter(|column| column.type_name.starts_with("int"));
        }
        Ok(columns)
    }

    /// The name of each time zone that is said anywhere and can be read, as it is said and as it is called.
    fn names(&self, sql: &Sql) -> Done<Vec<(String, String)>> {
        let mut names = Vec::new();
        for (table, column) in &self.zones {
            let said = sql.all(
                &format!(
                    "SELECT DISTINCT {name}::text FROM {table} WHERE {name} IS NOT NULL",
                    name = ident(&column.name)
                ),
                params![],
                |row| row.get::<String>(0),
            )?;
            names.extend(said.into_iter().filter_map(|said| {
                let name = read(&said)?;
                Some((said, name))
            }));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// A query of what is read for everybody: `user_id`, `zone` where one can be read, `hour` where there is one, and whether
    /// anything is `said` of a zone. `$1` and `$2` are the names.
    fn query(&self) -> String {
        let mut joined = String::new();
        let (mut zones, mut said) = (vec!["NULL".to_owned()], vec!["NULL".to_owned()]);
        for (at, (table, column)) in self.zones.iter().enumerate() {
            let name = ident(&column.name);
            let value = if *table == "users" {
                format!("u.{name}::text")
            } else {
                // A profile that was made says nothing.
                format!("(CASE WHEN made.user_id IS NULL THEN p.{name}::text END)")
            };
            let _ = write!(joined, " LEFT JOIN names n{at} ON n{at}.said = {value}");
            zones.push(format!("n{at}.name"));
            said.push(format!("nullif(btrim({value}, E' \\t\\r\\n'), '')"));
        }
        let hour = self.hour.as_ref().map_or_else(
            || "NULL::integer".to_owned(),
            |_| {
                "CASE WHEN u.preferred_send_hour BETWEEN 0 AND 23 THEN u.preferred_send_hour END"
                    .to_owned()
            },
        );
        format!(
            "WITH names AS (SELECT unnest($1::text[]) AS said, unnest($2::text[]) AS name)
             SELECT p.user_id, coalesce({}) AS zone, ({hour})::integer AS hour,
               coalesce({}) IS NOT NULL AS said
             FROM user_profiles p JOIN users u ON u.id = p.user_id
             LEFT JOIN adopted_profiles made ON made.user_id = p.user_id{joined}",
            zones.join(", "),
            said.join(", ")
        )
    }
}

/// Whether a member came since. Who had no such instant was given that of the take-over itself.
const SINCE: &str = "u.created_at > (SELECT applied_at FROM schema_migrations WHERE version = 1)";

impl Columns {
    /// A query of what was said since, where their columns do not say it: `user_id`, and `zone` or `hour` or both. Parameters as
    /// in [`Self::query`].
    fn since(&self) -> String {
        let differs = |ours: &str, read: &str, otherwise: &str, stays: bool| {
            if stays {
                return "false".to_owned();
            }
            format!(
                "({ours} IS DISTINCT FROM coalesce({read}, {otherwise}) OR {read} IS NULL AND {SINCE})"
            )
        };
        let zone = differs(
            "p.time_zone",
            "read.zone",
            &format!("'{ZONE}'"),
            self.has_zone,
        );
        let hour = differs(
            "p.preferred_send_hour",
            "read.hour",
            &HOUR.to_string(),
            self.has_hour,
        );
        format!(
            "SELECT p.user_id, CASE WHEN {zone} THEN p.time_zone END AS zone,
               CASE WHEN {hour} THEN p.preferred_send_hour END AS hour
             FROM user_profiles p JOIN users u ON u.id = p.user_id
             JOIN ({}) AS read ON read.user_id = p.user_id
             WHERE u.erased_at IS NULL AND ({zone} OR {hour})",
            self.query()
        )
    }
}

/// Whether a column of profiles is ours alone, so that no value of theirs stands in it.
pub(super) fn is_added(sql: &Sql, name: &str) -> Done<bool> {
    let added = sql.one(
        "SELECT 1 FROM adopted_undo WHERE statement = 'DROP TABLE user_profiles'
           OR statement = 'ALTER TABLE user_profiles DROP COLUMN ' || $1::text",
        params![ident(name)],
        |_| Ok(()),
    )?;
    Ok(added.is_some())
}

/// A time zone as a person wrote it, by its name in the running service; `None` where that knows none.
fn read(said: &str) -> Option<String> {
    let said = said.trim();
    let zone = TimeZone::get(said).ok().filter(|zone| !zone.is_unknown())?;
    let name = zone.iana_name().unwrap_or(said);
    // Some have two names: it stays as they call it.
    let name = if name.eq_ignore_ascii_case(said) {
        name
    } else {
        said
    };
    Some(name.to_owned())
}

/// As parameters.
fn lists(names: &[(String, String)]) -> (Vec<Value<'_>>, Vec<Value<'_>>) {
    let pairs = names.iter();
    pairs
        .map(|(said, name)| (Value::Text(said), Value::Text(name)))
        .unzip()
}

/// Runs a statement that is given the names.
fn run(sql: &Sql, names: &[(String, String)], statement: &str) -> Done<u64> {
    let (said, called) = lists(names);
    sql.run(statement, &[Value::List(&said), Value::List(&called)])
}

/// Takes them into profiles, which everybody has by now. Whoever has no zone that can be read has one of which nobody knows
/// whether it is theirs.
pub(super) fn take(sql: &Sql, adoption: &mut Adoption) -> Done<()> {
    let columns = Columns::read(sql)?;
    let (names, read) = (columns.names(sql)?, columns.query());
    if !columns.zones.is_empty() {
        run(
            sql,
            &names,
            &format!(
                "INSERT INTO adopted_zones (user_id, why)
                 SELECT user_id, CASE WHEN said THEN 'unknown_zone' ELSE 'empty' END
                 FROM ({read}) AS read WHERE zone IS NULL"
            ),
        )?;
    }
    if columns.has_zone {
        run(
            sql,
            &names,
            &format!(
                "INSERT INTO adopted_values (relation, row_id, column_name, was, became)
                 SELECT 'user_profiles', p.user_id, 'time_zone', p.time_zone, coalesce(read.zone, '{ZONE}')
                 FROM user_profiles p JOIN ({read}) AS read ON read.user_id = p.user_id
                 WHERE p.time_zone IS DISTINCT FROM coalesce(read.zone, '{ZONE}')"
            ),
        )?;
        undo::write(sql, ("user_profiles", "user_id"), "time_zone")?;
    } else {
        run(
            sql,
            &names,
            &format!(
                "UPDATE user_profiles p SET time_zone = read.zone FROM ({read}) AS read
                 WHERE read.user_id = p.user_id AND read.zone IS NOT NULL"
            ),
        )?;
    }
    if columns.hour.is_some() {
        run(
            sql,
            &names,
            &format!(
                "UPDATE user_profiles p SET preferred_send_hour = read.hour FROM ({read}) AS read
                 WHERE read.user_id = p.user_id AND read.hour IS NOT NULL"
            ),
        )?;
    }
    adoption.unread_zones = unread(sql)?;
    Ok(())
}

fn unread(sql: &Sql) -> Done<Vec<(MemberId, String)>> {
    sql.all(
        "SELECT user_id, why FROM adopted_zones ORDER BY user_id",
        params![],
        |row| Ok((member_id(row, 0, "adopted_zones.user_id")?, row.get(1)?)),
    )
}

/// Whoever lives in a zone nobody knows is on holiday until somebody says otherwise: what comes at eight would come at night.
/// Said in the transaction that makes the table of holidays. Their today may be a day before ours.
pub(crate) fn pause_the_unread(sql: &Sql) -> Done<()> {
    if exists(sql, "adopted_zones")? {
        sql.batch(
            "INSERT INTO pauses (user_id, from_date)
             SELECT user_id, to_char((now() AT TIME ZONE 'UTC')::date - 1, 'YYYY-MM-DD')
             FROM adopted_zones ON CONFLICT DO NOTHING",
        )?;
    }
    Ok(())
}

/// Writes what was said since where their columns have room for it.
pub(super) fn give_back(sql: &Sql) -> Done<()> {
    let columns = Columns::read(sql)?;
    sql.batch("CREATE TABLE adopted_new_days (user_id uuid PRIMARY KEY, zone text, hour integer)")?;
    let since = columns.since();
    run(
        sql,
        &columns.names(sql)?,
        &format!("INSERT INTO adopted_new_days {since}"),
    )?;
    if !columns.has_zone {
        for (table, column) in &columns.zones {
            let fits = column.characters.map_or_else(String::new, |characters| {
                format!(" AND length(d.zone) <= {characters}")
            });
            write_back(sql, table, &column.name, "zone", &fits)?;
        }
    }
    if let Some(column) = &columns.hour {
        write_back(sql, "users", &column.name, "hour", "")?;
    }
    sql.batch("DROP TABLE adopted_new_days")
}

fn write_back(sql: &Sql, table: &str, column: &str, what: &str, fits: &str) -> Done<()> {
    let statement = format!(
        "UPDATE {table} SET {} = d.{what} FROM adopted_new_days d
         WHERE d.user_id = {table}.{} AND d.{what} IS NOT NULL{fits}",
        ident(column),
        undo::key_of(table)
    );
    sql.batch(&statement)
        .map_err(|fault| failed(fault, NOT_AS_IT_IS, &statement))
}

/// How many members have a time zone or an hour for which their columns have no room.
pub(super) fn lost(sql: &Sql) -> Done<i64> {
    let columns = Columns::read(sql)?;
    let room = if columns
        .zones
        .iter()
        .any(|(_, one)| one.characters.is_none())
    {
        "false".to_owned()
    } else {
        let widest = columns.zones.iter().filter_map(|(_, one)| one.characters);
        format!("length(zone) > {}", widest.max().unwrap_or(0))
    };
    let hour = if columns.hour.is_some() {
        "false"
    } else {
        "hour IS NOT NULL"
    };
    let names = columns.names(sql)?;
    let (said, called) = lists(&names);
    let lost = sql.one(
        &format!(
            "SELECT count(*) FROM ({}) AS since WHERE coalesce({room}, false) OR {hour}",
            columns.since()
        ),
        &[Value::List(&said), Value::List(&called)],
        |row| row.get(0),
    )?;
    Ok(lost.unwrap_or(0))
}
