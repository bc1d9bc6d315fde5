//! Views, triggers and indexes with expressions on the tables: PostgreSQL changes no column under the
//! first two, and rewrites the third. They are taken off for the moment and put back as they were, with
//! owner, rights, comments and state. What each was before stands in `adopted_dependents`: over wider
//! columns the server writes the same words differently.

use super::written::as_written;
use super::{enums, exists, failed, ident, undo};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// What was taken off.
#[derive(Debug, Default)]
pub(super) struct Dependents {
    /// Statements that bring all back, in their order.
    back: Vec<String>,
    /// Of each thing that has a definition: the query that shows it, and what it was.
    shown: Vec<(String, String)>,
}

/// Indexes with expressions or conditions, of no constraint.
const INDEXES: &str = "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
       quote_literal(obj_description(i.indexrelid, 'pg_class'))
     FROM pg_index i WHERE (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)
       AND i.indrelid = ANY(string_to_array($1::text, ',')::regclass[])
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
     ORDER BY 1";

/// Views over the tables and over each other, the innermost first.
const VIEWS: &str = "WITH RECURSIVE found (oid, depth) AS (
       SELECT r.ev_class, 1 FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
       WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
         AND d.refobjid = ANY(string_to_array($1::text, ',')::regclass[])
         AND r.ev_class <> d.refobjid
       UNION
       SELECT r.ev_class, f.depth + 1 FROM found f
       JOIN pg_depend d ON d.refobjid = f.oid AND d.classid = 'pg_rewrite'::regclass
         AND d.refclassid = 'pg_class'::regclass
       JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> f.oid
       WHERE f.depth < 64)
     SELECT oid, max(depth) AS depth FROM found GROUP BY oid";

/// What stands in the way and cannot be put back by us: rules on tables, and policies.
pub(super) fn problems(sql: &Sql, present: &[&str]) -> Done<Vec<String>> {
    let tables = present.join(",");
    let mut problems = sql.all(
        &format!(
            "SELECT c.oid::regclass::text FROM ({VIEWS}) v JOIN pg_class c ON c.oid = v.oid
             WHERE c.relkind NOT IN ('v', 'm') ORDER BY 1"
        ),
        params![tables],
        |row| {
            Ok(format!(
                "a rule of the table {} reads it: take the rule off (DROP RULE) and make it again \
                 afterwards",
                row.get::<String>(0)?
            ))
        },
    )?;
    problems.extend(sql.all(
        "SELECT polname::text, polrelid::regclass::text FROM pg_policy
         WHERE polrelid = ANY(string_to_array($1::text, ',')::regclass[]) ORDER BY 1",
        params![tables],
        |row| {
            Ok(format!(
                "the policy {} of {} hides rows from whoever does not own the table: take it off \
                 (DROP POLICY) first",
                row.get::<String>(0)?,
                row.get::<String>(1)?
            ))
        },
    )?);
    Ok(problems)
}

/// Takes views and triggers off. Columns of these types are texts when they come back.
pub(super) fn take_off(sql: &Sql, present: &[&str], kinds: &[String]) -> Done<Dependents> {
    let tables = present.join(",");
    let mut found = Dependents::default();
    let mut drops = Vec::new();
    for (name, definition, comment) in indexes(sql, &tables)? {
        let shown = format!(
            "SELECT pg_get_indexdef('{}'::regclass)",
            name.replace('\'', "''")
        );
        found.back.push(original(sql, &shown, &definition, kinds)?);
        found.shown.push((shown, definition));
        if let Some(comment) = comment {
            found
                .back
                .push(format!("COMMENT ON INDEX {name} IS {comment}"));
        }
        drops.push(format!("DROP INDEX {name}"));
    }
    for view in views(sql, &tables, kinds)? {
        drops.push(view.drop);
        found.back.extend(view.back);
        found.shown.push(view.shown);
    }
    drops.reverse();
    let triggers = sql.all(
        "SELECT quote_ident(t.tgname), t.tgrelid::regclass::text, pg_get_triggerdef(t.oid),
           t.tgenabled::text, quote_literal(obj_description(t.oid, 'pg_trigger'))
         FROM pg_trigger t WHERE NOT t.tgisinternal
           AND t.tgrelid = ANY(string_to_array($1::text, ',')::regclass[])
         ORDER BY t.tgrelid, t.tgname",
        params![tables],
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<String>(1)?,
                row.get::<String>(2)?,
                row.get::<String>(3)?,
                row.get::<Option<String>>(4)?,
            ))
        },
    )?;
    for (name, table, definition, state, comment) in triggers {
        drops.push(format!("DROP TRIGGER {name} ON {table}"));
        let shown = format!(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger
             WHERE tgrelid = '{table}'::regclass AND quote_ident(tgname) = '{}'",
            name.replace('\'', "''")
        );
        found.back.push(original(sql, &shown, &definition, kinds)?);
        found.shown.push((shown, definition));
        let state = match state.as_str() {
            "D" => Some("DISABLE TRIGGER"),
            "R" => Some("ENABLE REPLICA TRIGGER"),
            "A" => Some("ENABLE ALWAYS TRIGGER"),
            _ => None,
        };
        if let Some(state) = state {
            found
                .back
                .push(format!("ALTER TABLE {table} {state} {name}"));
        }
        if let Some(comment) = comment {
            found
                .back
                .push(format!("COMMENT ON TRIGGER {name} ON {table} IS {comment}"));
        }
    }
    for drop in drops {
        sql.batch(&drop)?;
    }
    Ok(found)
}

impl Dependents {
    /// Puts everything back; what cannot be is named in a refusal that begins so.
    pub(super) fn put_back(&self, sql: &Sql, why: &str) -> Done<()> {
        for statement in &self.back {
            sql.batch(statement)
                .map_err(|fault| failed(fault, why, statement))?;
        }
        Ok(())
    }

    /// Writes down what each was before, and how it shows now that it stands over our columns.
    pub(super) fn remember(&self, sql: &Sql) -> Done<()> {
        for (shown, was) in &self.shown {
            sql.run(
                &format!(
                    "INSERT INTO adopted_dependents (shown_by, was, became)
                     SELECT $1, $2, ({shown})"
                ),
                params![shown, was],
            )?;
        }
        Ok(())
    }
}

/// A definition as it was before the database was taken over, if nobody has changed it since.
fn original(sql: &Sql, shown: &str, now: &str, kinds: &[String]) -> Done<String> {
    let was = if exists(sql, "adopted_dependents")? {
        sql.one(
            "SELECT was FROM adopted_dependents WHERE shown_by = $1 AND became = $2",
            params![shown, now],
            |row| row.get::<String>(0),
        )?
    } else {
        None
    };
    Ok(match was {
        Some(was) => as_written(&was),
        None => enums::over_texts(&as_written(now), kinds),
    })
}

fn indexes(sql: &Sql, tables: &str) -> Done<Vec<(String, String, Option<String>)>> {
    // Ours go by a step of their own.
    let steps = if exists(sql, "adopted_undo")? {
        undo::statements(sql)?
    } else {
        Vec::new()
    };
    let mut found: Vec<(String, String, Option<String>)> =
        sql.all(INDEXES, params![tables], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    found.retain(|(name, ..)| !steps.contains(&format!("DROP INDEX {}", ident(name))));
    Ok(found)
}

struct View {
    drop: String,
    back: Vec<String>,
    shown: (String, String),
}

fn views(sql: &Sql, tables: &str, kinds: &[String]) -> Done<Vec<View>> {
    let found = sql.all(
        &format!(
            "SELECT c.oid::bigint, c.oid::regclass::text, c.relkind = 'm', c.relispopulated,
               array_to_string(c.reloptions, ', '), pg_get_viewdef(c.oid),
               quote_ident(pg_get_userbyid(c.relowner)), c.relacl IS NOT NULL,
               quote_literal(obj_description(c.oid, 'pg_class'))
             FROM ({VIEWS}) v JOIN pg_class c ON c.oid = v.oid ORDER BY v.depth, c.relname"
        ),
        params![tables],
        |row| {
            Ok((
                row.get::<i64>(0)?,
                Face {
                    name: row.get(1)?,
                    materialized: row.get(2)?,
                    populated: row.get(3)?,
                    options: row.get(4)?,
                    definition: row.get(5)?,
                    owner: row.get(6)?,
                    has_rights: row.get(7)?,
                    comment: row.get(8)?,
                },
            ))
        },
    )?;
    found
        .into_iter()
        .map(|(oid, face)| view(sql, oid, &face, kinds))
        .collect()
}

struct Face {
    name: String,
    materialized: bool,
    populated: bool,
    options: Option<String>,
    definition: String,
    owner: String,
    has_rights: bool,
    comment: Option<String>,
}

fn view(sql: &Sql, oid: i64, face: &Face, kinds: &[String]) -> Done<View> {
    let name = &face.name;
    let what = if face.materialized {
        "MATERIALIZED VIEW"
    } else {
        "VIEW"
    };
    let options = face
        .options
        .as_ref()
        .map_or_else(String::new, |options| format!(" WITH ({options})"));
    let shown = format!(
        "SELECT pg_get_viewdef('{}'::regclass)",
        name.replace('\'', "''")
    );
    let definition = original(sql, &shown, &face.definition, kinds)?;
    let definition = definition.trim_end().trim_end_matches(';');
    let empty = if face.materialized && !face.populated {
        " WITH NO DATA"
    } else {
        ""
    };
    let mut back = vec![
        format!("CREATE {what} {name}{options} AS {definition}{empty}"),
        format!("ALTER {what} {name} OWNER TO {}", face.owner),
    ];
    let list = |text: &str| sql.all(text, params![oid], |row| row.get::<String>(0));
    if face.has_rights {
        back.push(format!("REVOKE ALL ON {name} FROM {}", face.owner));
        back.extend(list(
            "SELECT format('GRANT %s ON %s TO %s%s', x.privilege_type, c.oid::regclass,
               CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END,
               CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
             FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = $1::bigint::oid",
        )?);
    }
    if let Some(comment) = &face.comment {
        back.push(format!("COMMENT ON {what} {name} IS {comment}"));
    }
    back.extend(list(
        "SELECT format('COMMENT ON COLUMN %s.%I IS %L', $1::bigint::oid::regclass, a.attname,
           d.description)
         FROM pg_description d JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
         WHERE d.classoid = 'pg_class'::regclass AND d.objoid = $1::bigint::oid AND d.objsubid > 0",
    )?);
    back.extend(list(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::bigint::oid",
    )?);
    back.extend(list(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger
         WHERE tgrelid = $1::bigint::oid AND NOT tgisinternal",
    )?);
    Ok(View {
        drop: format!("DROP {what} {name}"),
        back,
        shown: (shown, face.definition.clone()),
    })
}
