//! How templates stand at the provider.

use store::ops::RecordTemplates;
use store::records::{TemplateChange, TemplateRecord};

use crate::fault::Done;
use crate::read::templates;
use crate::sql::params;
use crate::tx::{Event, Tx};
use crate::write::switches::move_version;

/// See [`store::Op::RecordTemplates`].
pub(crate) fn record(tx: &mut Tx<'_>, op: &RecordTemplates) -> Done<Vec<TemplateChange>> {
    // Differs because two nodes may ask the provider at once: one of them tells what changed.
    tx.run(
        "LOCK TABLE templates IN SHARE ROW EXCLUSIVE MODE",
        params![],
    )?;
    let kept = templates::templates(tx.apart())?;
    let mut changes = Vec::new();
    let mut moved = false;
    for template in &op.templates {
        let id = &template.provider_template_id;
        let before = kept.iter().find(|one| one.provider_template_id == *id);
        if before.is_some_and(|before| !template.differs_from(before)) {
            continue;
        }
        moved = true;
        let told = template.changes_since(before);
        for change in &told {
            keep(tx, template, change, op)?;
        }
        changes.extend(told);
        write(tx, template, op)?;
    }
    for change in &changes {
        tx.event(&Event {
            at: op.at,
            kind: change.what.event(),
            member: None,
            message: None,
            detail: &change.detail(),
        });
    }
    if moved {
        move_version(tx)?;
    }
    Ok(changes)
}

fn write(tx: &Tx<'_>, template: &TemplateRecord, op: &RecordTemplates) -> Done<()> {
    tx.run(
        "INSERT INTO templates (provider_template_id, name, language, edition, status, category,
           category_asked, reason, body, variables, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
         ON CONFLICT (provider_template_id) DO UPDATE SET name = excluded.name,
           language = excluded.language, edition = excluded.edition, status = excluded.status,
           category = excluded.category, category_asked = excluded.category_asked,
           reason = excluded.reason, body = excluded.body, variables = excluded.variables,
           changed_at = excluded.changed_at",
        params![
            &template.provider_template_id,
            &template.name,
            &template.language,
            &template.edition,
            &template.status,
            &template.category,
            &template.category_asked,
            &template.reason,
            &template.body,
            template.variables.join(" "),
            op.at.as_micros()
        ],
    )?;
    Ok(())
}

/// Two of the same within one microsecond are one: the later.
fn keep(
    tx: &Tx<'_>,
    template: &TemplateRecord,
    change: &TemplateChange,
    op: &RecordTemplates,
) -> Done<()> {
    tx.run(
        "INSERT INTO template_changes (provider_template_id, at, what, name, language, edition, was,
           became, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (provider_template_id, at, what) DO UPDATE SET became = excluded.became,
           reason = excluded.reason",
        params![
            &template.provider_template_id,
            op.at.as_micros(),
            change.what.as_str(),
            &template.name,
            &template.language,
            &template.edition,
            &change.before,
            &change.now,
            &template.reason
        ],
    )?;
    Ok(())
}
