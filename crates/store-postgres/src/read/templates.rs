//! How templates stand at the provider.

use store::records::TemplateRecord;

use super::all;
use crate::columns::{instant, text};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// See [`store::questions::Templates`].
pub(crate) fn templates(c: &Sql) -> Done<Vec<TemplateRecord>> {
    all(
        c,
        // Differs because an order of texts is the database's own unless it is named.
        "SELECT provider_template_id, name, language, edition, status, category, category_asked,
           reason, body, variables, created_at, changed_at
         FROM templates ORDER BY created_at DESC, provider_template_id COLLATE \"C\"",
        params![],
        |row| {
            Ok(TemplateRecord {
                provider_template_id: row.get(0)?,
                name: row.get(1)?,
                language: row.get(2)?,
                edition: row.get(3)?,
                status: row.get(4)?,
                category: row.get(5)?,
                category_asked: row.get(6)?,
                reason: row.get(7)?,
                body: row.get(8)?,
                variables: text(row, 9, "templates.variables")?
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
                created_at: instant(row, 10)?,
                changed_at: instant(row, 11)?,
            })
        },
    )
}
