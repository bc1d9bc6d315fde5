//! When a member's day is, by columns of theirs that are none of ours: the time zone, and the hour of what comes each day. Read
//! when a database is taken over, and written back when it is given back.

use std::fmt::Write as _;

use domain::MemberId;
use jiff::tz::TimeZone;

use super::catalog::{self, Column};
use super::{Adoption, exists, ident, undo};
use crate::columns::member_id;
use crate::fault::Done;
use crate::sql::{Sql, Value, params};

/// Where a profile says nothing else.
const ZONE: &str = "UTC";

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
}

impl Columns {
    /// As they were when the database was taken over, which is asked until it is given back.
    fn read(sql: &Sql) -> Done<Self> {
        let mut columns = Self {
            zones: Vec::new(),
            has_zone: !is_added(sql, "time_zone")?,
            hour: None,
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
        if is_added(sql, "preferred_send_hour")? {
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

/// Whether a column of profiles is ours alone, so that no value of theirs stands in it.
fn is_added(sql: &Sql, name: &str) -> Done<bool> {
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

/// Runs a statement that is given the names.
fn run(sql: &Sql, names: &[(String, String)], statement: &str) -> Done<u64> {
    let (said, called): (Vec<_>, Vec<_>) = names
        .iter()
        .map(|(said, name)| (Value::Text(said), Value::Text(name)))
        .unzip();
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
