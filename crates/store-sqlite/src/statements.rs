//! The statements of one transaction, found by where their text stands in the program. The connection's own cache
//! reads the whole text to find one, and again to put it back, which for short statements costs as much as running them.

use std::cell::RefCell;

use rusqlite::{CachedStatement, Connection};
use rustc_hash::FxHashMap;

use crate::fault::Done;

/// Where a text stands, and how long it is.
type Place = (usize, usize);

/// Statements that nobody uses at the moment. What is dropped goes back to the connection.
#[derive(Default)]
pub(crate) struct Statements<'a>(RefCell<FxHashMap<Place, CachedStatement<'a>>>);

impl std::fmt::Debug for Statements<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Statements")
    }
}

impl<'a> Statements<'a> {
    /// A statement, for one use.
    pub(crate) fn take(
        &self,
        connection: &'a Connection,
        sql: &'static str,
    ) -> Done<CachedStatement<'a>> {
        match self.0.borrow_mut().remove(&place_of(sql)) {
            Some(statement) => Ok(statement),
            None => Ok(connection.prepare_cached(sql)?),
        }
    }

    /// Keeps a statement that has run for its next use. One that failed need not come back.
    pub(crate) fn put_back(&self, sql: &'static str, statement: CachedStatement<'a>) {
        self.0.borrow_mut().insert(place_of(sql), statement);
    }
}

/// The text is part of the program: nothing else can come to stand there.
fn place_of(sql: &'static str) -> Place {
    (sql.as_ptr().addr(), sql.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "SELECT ?1 + 1";
    const TWO: &str = "SELECT ?1 + 2";

    fn asked(statements: &Statements<'_>, of: &mut CachedStatement<'_>, sql: &str) -> i64 {
        assert!(statements.0.borrow().len() < 3, "{sql}");
        of.query_row([40], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_statement_is_found_by_its_text_and_one_in_use_is_not_lent_twice() {
        let connection = Connection::open_in_memory().unwrap();
        let statements = Statements::default();
        let mut one = statements.take(&connection, ONE).unwrap();
        let mut again = statements.take(&connection, ONE).unwrap();
        let mut two = statements.take(&connection, TWO).unwrap();
        assert_eq!(asked(&statements, &mut one, ONE), 41);
        assert_eq!(asked(&statements, &mut again, ONE), 41);
        assert_eq!(asked(&statements, &mut two, TWO), 42);
        statements.put_back(ONE, one);
        statements.put_back(ONE, again);
        statements.put_back(TWO, two);
        assert_eq!(statements.0.borrow().len(), 2);
        let mut two = statements.take(&connection, TWO).unwrap();
        assert_eq!(asked(&statements, &mut two, TWO), 42);
    }
}
