//! Whether a program works on a database that a newer one has migrated (docs/decisions/0012). Each migration
//! says which programs go on working beside it, and the database remembers that: the older program, which
//! does not know the migration, reads it there.

use crate::error::StoreError;

/// An applied migration this program does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The oldest program that works on the database after it, by the newest migration that program knows.
    pub oldest_program: i64,
}

/// Refuses what a program that knows the migrations up to `ours` cannot work on.
pub fn refuse_breaking(unknown: &[Unknown], ours: i64) -> Result<(), StoreError> {
    match unknown.iter().find(|one| one.oldest_program > ours) {
        None => Ok(()),
        Some(one) => Err(StoreError::Unavailable(format!(
            "a newer version of this program changed its tables so that this one does not work on them any \
             more (migration {} `{}`); start the newer version, or take the migration back with it: \
             `gymtext migrate down`",
            one.version, one.name
        ))),
    }
}

/// Refuses to change tables below migrations of a newer program: it alone knows what they rest on.
pub fn refuse_any(unknown: &[Unknown]) -> Result<(), StoreError> {
    match unknown.last() {
        None => Ok(()),
        Some(one) => Err(StoreError::Unavailable(format!(
            "it was migrated by a newer version of this program (migration {} `{}`); use that one to change \
             its tables",
            one.version, one.name
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(version: i64, oldest_program: i64) -> Unknown {
        Unknown {
            version,
            name: format!("number_{version}"),
            oldest_program,
        }
    }

    #[test]
    fn a_program_works_beside_what_was_only_added() {
        assert!(refuse_breaking(&[], 3).is_ok());
        assert!(refuse_breaking(&[unknown(4, 1), unknown(5, 3)], 3).is_ok());
    }

    #[test]
    fn what_breaks_it_is_named() {
        let refusal = refuse_breaking(&[unknown(4, 1), unknown(5, 4)], 3).unwrap_err();
        let refusal = refusal.to_string();
        assert!(refusal.contains("migration 5 `number_5`"), "{refusal}");
        assert!(refusal.contains("start the newer version"), "{refusal}");
    }

    #[test]
    fn only_the_newer_program_changes_tables_below_its_own() {
        assert!(refuse_any(&[]).is_ok());
        let refusal = refuse_any(&[unknown(4, 1)]).unwrap_err().to_string();
        assert!(refusal.contains("migration 4 `number_4`"), "{refusal}");
    }
}
