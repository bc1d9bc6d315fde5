//! Consent is taken over where their columns prove it: a flag, the date that belongs to it, a number that can
//! be read, and nothing that was written since and speaks against it. What speaks against it is no fact but a rule, and is told by
//! whoever takes over ([`Against`]). Consent for SMS has no column.

use domain::MemberId;
use rustc_hash::FxHashSet;

use super::Adoption;
use super::people::sql_count;
use crate::columns::member_id;
use crate::fault::Done;
use crate::sql::{AsValue as _, Sql, Value, params};

/// Whether a text, or the payload of a button that was tapped, speaks against the consent of who wrote it.
pub type Against = fn(text: &str, button: Option<&str>) -> bool;

/// Texts that are read at once: a few megabytes at most.
const TEXTS_AT_ONCE: u16 = 1_000;

/// Who agreed to WhatsApp by flag and date, and at which address. A number that was there and was not read is
/// another than the one for texts: nobody is known to agree for that. The table goes at the end.
const CLAIMS: &str = "CREATE TABLE adopted_claims AS
     SELECT p.user_id, coalesce(p.whatsapp_number, u.phone_number) AS address,
       p.whatsapp_opt_in_date AS since
     FROM user_profiles p JOIN users u ON u.id = p.user_id
     WHERE p.whatsapp_opt_in AND u.erased_at IS NULL AND p.whatsapp_opt_in_date <= now()
       AND NOT EXISTS (SELECT 1 FROM adopted_values v WHERE v.relation = 'user_profiles'
         AND v.column_name = 'whatsapp_number' AND v.row_id = p.user_id
         AND v.became IS NULL AND btrim(v.was, E' \\t\\r\\n') <> '');
     ALTER TABLE adopted_claims ADD PRIMARY KEY (user_id)";

/// What they, or others who have their address, wrote since. A text without a date may have been written since.
const WRITTEN: &str = "DECLARE adopted_texts NO SCROLL CURSOR FOR
     SELECT c.user_id, coalesce(m.content, ''), m.button
     FROM adopted_claims c
     JOIN (SELECT user_id AS holder, address FROM adopted_claims
           UNION SELECT id, phone_number FROM users
           UNION SELECT user_id, whatsapp_number FROM user_profiles WHERE whatsapp_number IS NOT NULL) AS held
       ON held.address = c.address
     JOIN messages m ON m.client_id = held.holder
     WHERE m.direction = 'inbound' AND (m.created_at IS NULL OR m.created_at >= c.since)";

/// Takes it over; numbers are read by now.
pub(super) fn take(sql: &Sql, against: Against, adoption: &mut Adoption) -> Done<()> {
    sql.batch(CLAIMS)?;
    withdraw(sql, &contradicted(sql, against)?)?;
    adoption.opted_in = sql.run(
        "INSERT INTO consents (channel, address, purpose, state, version, changed_at, source, wording)
         SELECT DISTINCT ON (address) 'whatsapp', address, 'all', 'opted_in', 1, since, 'adopted',
           'user_profiles.whatsapp_opt_in was true, whatsapp_opt_in_date '
             || to_char(since, 'YYYY-MM-DD HH24:MI:SS') || ' UTC'
         FROM adopted_claims ORDER BY address, since",
        params![],
    )?;
    sql.batch(
        "INSERT INTO consent_ledger (channel, address, purpose, event, own_act, state, version,
           source, wording, actor, at)
         SELECT channel, address, purpose, 'opt_in', false, state, version, source, wording,
           'migration', changed_at FROM consents ORDER BY changed_at",
    )?;
    adoption.opt_ins_without_proof = sql_count(
        sql,
        "SELECT count(*) FROM user_profiles p JOIN users u ON u.id = p.user_id
         WHERE p.whatsapp_opt_in
           AND NOT EXISTS (SELECT 1 FROM adopted_claims c WHERE c.user_id = p.user_id)",
    )?;
    sql.batch("DROP TABLE adopted_claims")
}

/// Who wrote something since that speaks against it. There may be very many texts: they come by a cursor,
/// some at a time.
fn contradicted(sql: &Sql, against: Against) -> Done<FxHashSet<MemberId>> {
    sql.batch(WRITTEN)?;
    let fetch = format!("FETCH {TEXTS_AT_ONCE} FROM adopted_texts");
    let mut found = FxHashSet::default();
    loop {
        let texts = sql.all(&fetch, params![], |row| {
            let member = member_id(row, 0, "messages.client_id")?;
            if !found.contains(&member) && against(row.get(1)?, row.get(2)?) {
                found.insert(member);
            }
            Ok(())
        })?;
        if texts.len() < usize::from(TEXTS_AT_ONCE) {
            break;
        }
    }
    sql.batch("CLOSE adopted_texts")?;
    Ok(found)
}

/// Nobody is known to agree at an address of somebody who may have said no.
fn withdraw(sql: &Sql, members: &FxHashSet<MemberId>) -> Done<()> {
    let members: Vec<Value<'_>> = members.iter().map(|id| id.as_bytes().value()).collect();
    sql.run(
        "DELETE FROM adopted_claims WHERE address IN
           (SELECT address FROM adopted_claims WHERE user_id = ANY($1::uuid[]))",
        &[Value::List(&members)],
    )?;
    Ok(())
}
