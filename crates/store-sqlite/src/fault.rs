//! What goes wrong below, in the words of `StoreError`.

use rusqlite::ErrorCode;
use store::StoreError;

/// A fault while applying or answering: SQLite's, or one we found ourselves before writing.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A statement failed; what the transaction holds may be half of an operation.
    Sql(rusqlite::Error),
    /// Found while reading: nothing of the operation was written.
    Found(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Found(error)
    }
}

impl Fault {
    /// Whether the database itself is in trouble, so that no neighbour would fare better.
    pub(crate) fn is_of_the_whole(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::OutOfMemory
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
            )
        )
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Found(error) => error,
            Fault::Sql(error) => store_error(&error),
        }
    }
}

/// SQLite's code as one of ours. Its text names tables and columns, never values.
pub(crate) fn store_error(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            StoreError::Unavailable("the disk is full; free some space".into())
        }
        Some(ErrorCode::SystemIoFailure) => {
            StoreError::Unavailable("the disk could not be read or written".into())
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Unavailable("another program holds a lock on the database file".into())
        }
        Some(ErrorCode::ReadOnly) => {
            StoreError::Unavailable("the database file cannot be written".into())
        }
        Some(ErrorCode::CannotOpen) => {
            StoreError::Unavailable("the database file cannot be opened".into())
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt("the file is damaged or not a SQLite database".into())
        }
        _ => StoreError::Statement(error.to_string()),
    }
}

/// A column that holds what it should not.
pub(crate) fn corrupt(place: &str, what: &str) -> Fault {
    Fault::Found(StoreError::Corrupt(format!("{place}: {what}")))
}

/// The result of everything inside this crate.
pub(crate) type Done<T> = Result<T, Fault>;
