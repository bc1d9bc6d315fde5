//! Their users become members: numbers are read, and profiles completed. Consent is `adopt::consent`'s.

use std::fmt::Write as _;

use domain::{Handle, MemberId, PhoneNumber};
use rustc_hash::FxHashMap;

use super::examine::count;
use super::{Adoption, catalog, days, undo};
use crate::columns::member_id;
use crate::fault::Done;
use crate::sql::{Sql, params};

/// What needs no reading.
const IN_SHAPE: &str = r"'^\+[0-9]{7,15}$'";

/// A number somebody wrote in another way.
struct Written {
    member: MemberId,
    found: Option<String>,
    reading: Result<String, String>,
}

/// Numbers that several users would have, each as the list of these users.
pub(super) fn shared_numbers(sql: &Sql) -> Done<Vec<String>> {
    let mut owners: FxHashMap<String, Vec<String>> = FxHashMap::default();
    for written in written(sql)? {
        if let Ok(number) = written.reading {
            let owners = owners.entry(number).or_default();
            owners.push(uuid(written.member));
        }
    }
    let mut shared = sql.all(
        &format!(
            "SELECT string_agg(id::text, ', ' ORDER BY id) FROM users
             WHERE phone_number::text ~ {IN_SHAPE} GROUP BY phone_number::text
             HAVING count(*) > 1 ORDER BY 1 LIMIT 10"
        ),
        params![],
        |row| row.get::<String>(0),
    )?;
    for (number, mut of) in owners {
        of.extend(sql.all(
            "SELECT id::text FROM users WHERE phone_number::text = $1::text",
            params![number],
            |row| row.get::<String>(0),
        )?);
        if of.len() > 1 {
            shared.push(of.join(", "));
        }
    }
    Ok(shared)
}

/// Users whose number is not in the shape we keep, with how it reads.
fn written(sql: &Sql) -> Done<Vec<Written>> {
    let columns = catalog::columns(sql, "users")?;
    let has_country = columns
        .iter()
        .any(|column| column.name == "country" && column.type_name != "jsonb");
    let country = if has_country { "country::text" } else { "NULL" };
    sql.all(
        &format!(
            "SELECT id, phone_number::text, {country} FROM users
             WHERE phone_number IS NULL OR phone_number::text !~ {IN_SHAPE} ORDER BY id"
        ),
        params![],
        |row| {
            let found: Option<String> = row.get(1)?;
            let country: Option<String> = row.get(2)?;
            Ok(Written {
                member: member_id(row, 0, "users.id")?,
                reading: read(found.as_deref().unwrap_or(""), country.as_deref()),
                found,
            })
        },
    )
}

/// A number as a person or a provider's library wrote it, in E.164; or why it is none.
fn read(text: &str, country: Option<&str>) -> Result<String, String> {
    let text = text.trim();
    let text = text.strip_prefix("whatsapp:").unwrap_or(text);
    if let Ok(number) = text.parse::<PhoneNumber>() {
        return Ok(number.as_e164().to_owned());
    }
    PhoneNumber::from_input(text, country)
        .map(|parsed| parsed.number.as_e164().to_owned())
        .map_err(|why| why.code().to_owned())
}

/// Takes them over; columns have our types by now.
pub(super) fn take(sql: &Sql, present: &[&str], adoption: &mut Adoption) -> Done<()> {
    adoption.users = sql_count(sql, "SELECT count(*) FROM users")?;
    numbers(sql, adoption)?;
    if present.contains(&"user_profiles") {
        whatsapp_numbers(sql, adoption)?;
        preferences(sql)?;
    }
    profiles(sql, adoption)?;
    days::take(sql, adoption)?;
    sql.run(
        "INSERT INTO counters (node, topic, word, value)
         SELECT 0, 'members', 'all', count(*) FROM users WHERE erased_at IS NULL",
        params![],
    )?;
    Ok(())
}

fn numbers(sql: &Sql, adoption: &mut Adoption) -> Done<()> {
    for written in written(sql)? {
        let id = written.member.as_bytes();
        match written.reading {
            Ok(number) => {
                remember(
                    sql,
                    "users",
                    written.member,
                    "phone_number",
                    written.found.as_deref(),
                    Some(&number),
                )?;
                adoption.numbers_rewritten += 1;
            }
            Err(why) => {
                sql.run(
                    "INSERT INTO adopted_members (user_id, why) VALUES ($1, $2)",
                    params![id, why],
                )?;
                adoption.without_number.push((written.member, why));
            }
        }
    }
    // A number that is none may stand with several: none of them has an address.
    let twice = sql.all(
        "SELECT u.id, u.phone_number FROM users u JOIN adopted_members a ON a.user_id = u.id
         WHERE u.phone_number IN (SELECT phone_number FROM users GROUP BY phone_number
           HAVING count(*) > 1)",
        params![],
        |row| {
            Ok((
                member_id(row, 0, "users.id")?,
                row.get::<Option<String>>(1)?,
            ))
        },
    )?;
    for (member, found) in twice {
        remember(sql, "users", member, "phone_number", found.as_deref(), None)?;
    }
    undo::write(sql, ("users", "id"), "phone_number")?;
    // Nobody to write to: as if erased for everything that looks for members, but with what they have.
    sql.batch(
        "UPDATE users SET erased_at = now() WHERE id IN (SELECT user_id FROM adopted_members)",
    )
}

fn remember(
    sql: &Sql,
    table: &str,
    member: MemberId,
    column: &str,
    was: Option<&str>,
    became: Option<&str>,
) -> Done<()> {
    sql.run(
        "INSERT INTO adopted_values (relation, row_id, column_name, was, became)
         VALUES ($1, $2, $3, $4, $5)",
        params![table, member.as_bytes(), column, was, became],
    )?;
    Ok(())
}

/// Addresses on WhatsApp: the prefix goes, and what is none goes. Who wrote one without its country is read
/// as in `numbers`, by the country of the user: a number that is written so is one of where they are.
fn whatsapp_numbers(sql: &Sql, adoption: &mut Adoption) -> Done<()> {
    let odd = sql.all(
        &format!(
            "SELECT p.user_id, p.whatsapp_number, u.country
             FROM user_profiles p LEFT JOIN users u ON u.id = p.user_id
             WHERE p.whatsapp_number IS NOT NULL AND p.whatsapp_number !~ {IN_SHAPE}
             ORDER BY p.user_id"
        ),
        params![],
        |row| {
            Ok((
                member_id(row, 0, "user_profiles.user_id")?,
                row.get::<String>(1)?,
                row.get::<Option<String>>(2)?,
            ))
        },
    )?;
    for (member, found, country) in odd {
        let reading = read_whatsapp(&found, country.as_deref());
        let becomes = reading.as_ref().ok();
        if becomes != Some(&found) {
            remember(
                sql,
                "user_profiles",
                member,
                "whatsapp_number",
                Some(&found),
                becomes.map(String::as_str),
            )?;
        }
        // Where nothing stands, WhatsApp is at the number there is (`adopt::consent` looks for the same).
        let says_nothing = found.chars().all(|c| " \t\r\n".contains(c));
        if let (Err(why), false) = (reading, says_nothing) {
            adoption.unread_whatsapp.push((member, why));
        }
    }
    undo::write(sql, ("user_profiles", "user_id"), "whatsapp_number")
}

/// An address on WhatsApp, or why it is none.
fn read_whatsapp(text: &str, country: Option<&str>) -> Result<String, String> {
    let bare = text.trim();
    let bare = bare.strip_prefix("whatsapp:").unwrap_or(bare);
    match bare.parse::<Handle>() {
        Ok(handle @ (Handle::Phone(_) | Handle::ScopedUser(_))) => Ok(handle.as_str().to_owned()),
        Ok(Handle::Email(_) | Handle::Member(_) | Handle::Service) | Err(_) => read(bare, country),
    }
}

/// Words for providers we do not know are no preference.
fn preferences(sql: &Sql) -> Done<()> {
    let of = ("user_profiles", "user_id");
    undo::change(
        sql,
        of,
        "preferred_messaging_provider",
        "CASE lower(preferred_messaging_provider) WHEN 'sms' THEN 'twilio'
           WHEN 'twilio' THEN 'twilio' WHEN 'whatsapp' THEN 'whatsapp' WHEN 'email' THEN 'email'
           WHEN 'websocket' THEN 'websocket' END",
        "preferred_messaging_provider NOT IN ('twilio', 'whatsapp', 'email', 'websocket')",
    )?;
    undo::change(
        sql,
        of,
        "preferred_send_hour",
        "8",
        "preferred_send_hour NOT BETWEEN 0 AND 23",
    )?;
    Ok(())
}

/// Everybody has a profile.
fn profiles(sql: &Sql, adoption: &mut Adoption) -> Done<()> {
    adoption.profiles = sql_count(sql, "SELECT count(*) FROM user_profiles")?;
    sql.batch(
        "INSERT INTO adopted_profiles (user_id)
         SELECT id FROM users u WHERE NOT EXISTS
           (SELECT 1 FROM user_profiles p WHERE p.user_id = u.id)",
    )?;
    adoption.profiles_made = sql.run(
        "INSERT INTO user_profiles (user_id) SELECT user_id FROM adopted_profiles",
        params![],
    )?;
    Ok(())
}

pub(super) fn sql_count(sql: &Sql, query: &str) -> Done<u64> {
    Ok(u64::try_from(count(sql, query)?).unwrap_or(0))
}

/// An id as their tables show it.
pub(super) fn uuid(member: MemberId) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in member.as_bytes().iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}
