//! What goes wrong below, in the words of `StoreError`.

use store::StoreError;
use tokio_postgres::error::SqlState;

/// A fault while applying or answering: PostgreSQL's, or one we found ourselves before writing.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A statement failed, or the connection did; what the transaction holds may be half of an
    /// operation.
    Sql(tokio_postgres::Error),
    /// Found while reading: nothing of the operation was written.
    Found(StoreError),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
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
        match self {
            Self::Found(error) => matches!(error, StoreError::Unavailable(_)),
            Self::Sql(error) => match error.code() {
                None => is_connection(error),
                Some(code) => {
                    is_lost(code)
                        || is_of_the_machine(code)
                        || [
                            SqlState::READ_ONLY_SQL_TRANSACTION,
                            SqlState::QUERY_CANCELED,
                        ]
                        .contains(code)
                }
            },
        }
    }

    /// Whether the connection is of no use any more. What was sent on it and not answered may have been
    /// done or not.
    pub(crate) fn is_a_lost_connection(&self) -> bool {
        match self {
            Self::Found(error) => matches!(error, StoreError::Unavailable(_)),
            Self::Sql(error) => error.code().map_or_else(|| is_connection(error), is_lost),
        }
    }

    /// Whether somebody else holds a lock for longer than we wait.
    pub(crate) fn is_a_foreign_lock(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
    }

    /// Whether what was to be made had just been made by somebody else: `IF NOT EXISTS` looks before the
    /// other has committed.
    pub(crate) fn is_made_already(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        error.code().is_some_and(|code| {
            [
                SqlState::UNIQUE_VIOLATION,
                SqlState::DUPLICATE_TABLE,
                SqlState::DUPLICATE_OBJECT,
            ]
            .contains(code)
        })
    }

    /// Whether the same batch may work when it is tried again: it lost against another node.
    pub(crate) fn is_a_lost_race(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        error.code().is_some_and(|code| {
            // A key that was free when we looked: looking again finds whose it is.
            *code == SqlState::UNIQUE_VIOLATION
                || *code == SqlState::T_R_DEADLOCK_DETECTED
                || *code == SqlState::T_R_SERIALIZATION_FAILURE
        })
    }
}

/// Whether it is the connection that failed, rather than a value or an answer on it.
fn is_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || std::error::Error::source(error)
            .and_then(|why| why.downcast_ref::<std::io::Error>())
            .is_some()
}

/// Codes that say that the connection is or will be gone: class 57P and class 08.
fn is_lost(code: &SqlState) -> bool {
    code.code().starts_with("57P") || code.code().starts_with("08") || code.code() == "25P03"
}

/// Codes that say that the server's machine has run out of something, or its disk fails: classes 53 and 58.
fn is_of_the_machine(code: &SqlState) -> bool {
    code.code().starts_with("53") || code.code().starts_with("58")
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Found(error) => error,
            Fault::Sql(error) => store_error(&error),
        }
    }
}

/// PostgreSQL's code as one of ours. Its detail may hold values and is never shown.
pub(crate) fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let Some(refusal) = error.as_db_error() else {
        if is_connection(error) {
            return StoreError::Unavailable(
                "the connection to PostgreSQL is lost or not made".into(),
            );
        }
        let why = std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
        return StoreError::Statement(format!("{error}: {why}"));
    };
    let code = refusal.code();
    match code.code() {
        "53100" => StoreError::Unavailable("the database's disk is full; free some space".into()),
        "53300" => StoreError::Unavailable(
            "PostgreSQL has no connection left; raise max_connections or start fewer nodes".into(),
        ),
        "55P03" => StoreError::Unavailable(
            "somebody holds a lock on the database's tables for longer than we wait".into(),
        ),
        "57014" => StoreError::Unavailable("a statement took too long and was stopped".into()),
        "28P01" | "28000" => {
            StoreError::Unavailable("PostgreSQL refuses the user or the password".into())
        }
        "3D000" => StoreError::Unavailable("there is no such database on this server".into()),
        "25006" => StoreError::Unavailable(
            "this PostgreSQL only reads (a standby?); give the address of the primary".into(),
        ),
        _ if is_lost(code) => {
            StoreError::Unavailable("PostgreSQL ended the connection or is shutting down".into())
        }
        _ if is_of_the_machine(code) => {
            StoreError::Unavailable("the database's machine has run out of something".into())
        }
        "XX001" | "XX002" => StoreError::Corrupt("PostgreSQL finds its own files damaged".into()),
        other => StoreError::Statement(format!("{} ({other})", refusal.message())),
    }
}

/// A column that holds what it should not.
pub(crate) fn corrupt(place: &str, what: &str) -> Fault {
    Fault::Found(StoreError::Corrupt(format!("{place}: {what}")))
}

/// The result of everything inside this crate.
pub(crate) type Done<T> = Result<T, Fault>;
