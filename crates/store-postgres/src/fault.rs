//! What goes wrong below, in the words of `StoreError`.

use postgres_protocol::message::backend::ErrorResponseBody;
use store::StoreError;
use tokio_postgres::error::SqlState;

use crate::wire::next_of;

/// A fault while applying or answering: PostgreSQL's, or one we found ourselves before writing.
#[derive(Debug)]
pub(crate) enum Fault {
    /// PostgreSQL refused; what the transaction holds may be half of an operation.
    Refused(Refusal),
    /// The connection broke, or was not made.
    Lost,
    /// A value that does not fit: nothing was said.
    Unfit(String),
    /// Found while reading: nothing of the operation was written.
    Found(StoreError),
}

/// What PostgreSQL says when it refuses. Its detail may hold values and is not kept.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The code of the standard, or PostgreSQL's own.
    pub(crate) code: SqlState,
    /// In words.
    message: String,
    /// Whether somebody else has an e-mail address that is to be had once.
    is_of_an_email: bool,
}

impl Refusal {
    pub(crate) fn read(body: &ErrorResponseBody) -> Done<Self> {
        let mut refusal = Self {
            code: SqlState::from_code(""),
            message: String::new(),
            is_of_an_email: false,
        };
        let (mut table, mut detail) = (String::new(), String::new());
        let mut fields = body.fields();
        while let Some(field) = next_of(&mut fields)? {
            let value = || String::from_utf8_lossy(field.value_bytes());
            match field.type_() {
                b'C' => refusal.code = SqlState::from_code(&value()),
                b'M' => refusal.message = value().into_owned(),
                b't' => table = value().into_owned(),
                b'D' => detail = value().into_owned(),
                _ => {}
            }
        }
        refusal.is_of_an_email = is_of_an_email(&refusal.code, &table, &detail);
        Ok(refusal)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<std::io::Error> for Fault {
    /// Of writing what is to be said: it is too long, or has a zero byte in it.
    fn from(error: std::io::Error) -> Self {
        Self::Unfit(error.to_string())
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let why = std::error::Error::source(&error);
        if let Some(refusal) = error.as_db_error() {
            Self::Refused(Refusal {
                code: refusal.code().clone(),
                message: refusal.message().to_owned(),
                is_of_an_email: is_of_an_email(
                    refusal.code(),
                    refusal.table().unwrap_or_default(),
                    refusal.detail().unwrap_or_default(),
                ),
            })
        } else if error.is_closed()
            || why.is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        {
            Self::Lost
        } else {
            let why = why.map_or_else(String::new, ToString::to_string);
            Self::Unfit(format!("{error}: {why}"))
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Found(error)
    }
}

impl Fault {
    /// The code PostgreSQL refused with.
    pub(crate) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            Self::Lost | Self::Unfit(_) | Self::Found(_) => None,
        }
    }

    /// Whether the database itself is in trouble, so that no neighbour would fare better.
    pub(crate) fn is_of_the_whole(&self) -> bool {
        match self {
            Self::Lost => true,
            Self::Unfit(_) => false,
            Self::Found(error) => matches!(error, StoreError::Unavailable(_)),
            Self::Refused(Refusal { code, .. }) => {
                is_lost(code)
                    || is_of_the_machine(code)
                    || [
                        SqlState::READ_ONLY_SQL_TRANSACTION,
                        SqlState::QUERY_CANCELED,
                    ]
                    .contains(code)
            }
        }
    }

    /// Whether the connection is of no use any more. What was sent on it and not answered may have been
    /// done or not.
    pub(crate) fn is_a_lost_connection(&self) -> bool {
        match self {
            Self::Lost => true,
            Self::Unfit(_) => false,
            Self::Found(error) => matches!(error, StoreError::Unavailable(_)),
            Self::Refused(refusal) => is_lost(&refusal.code),
        }
    }

    /// Whether somebody else holds a lock for longer than we wait.
    pub(crate) fn is_a_foreign_lock(&self) -> bool {
        self.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
    }

    /// Whether what was to be made had just been made by somebody else: `IF NOT EXISTS` looks before the
    /// other has committed.
    pub(crate) fn is_made_already(&self) -> bool {
        self.code().is_some_and(|code| {
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
        self.code().is_some_and(|code| {
            // A key that was free when we looked: looking again finds whose it is.
            *code == SqlState::UNIQUE_VIOLATION
                || *code == SqlState::T_R_DEADLOCK_DETECTED
                || *code == SqlState::T_R_SERIALIZATION_FAILURE
        })
    }
}

/// Whether a refusal says that a member has this e-mail address: the plan's database has a constraint for it, and may
/// have an index on `lower(email)` beside it. In every language the detail names the key as `(key)=(value)`.
fn is_of_an_email(code: &SqlState, table: &str, detail: &str) -> bool {
    let key = || detail.split_once(")=(").map_or("", |(key, _)| key);
    *code == SqlState::UNIQUE_VIOLATION && table == "users" && key().contains("email")
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
            Fault::Refused(refusal) => refused(&refusal),
            Fault::Unfit(why) => StoreError::Statement(why),
            Fault::Lost => {
                StoreError::Unavailable("the connection to PostgreSQL is lost or not made".into())
            }
        }
    }
}

/// PostgreSQL's code as one of ours.
fn refused(refusal: &Refusal) -> StoreError {
    let code = &refusal.code;
    if refusal.is_of_an_email {
        return StoreError::EmailTaken;
    }
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
        other => StoreError::Statement(format!("{} ({other})", refusal.message)),
    }
}

/// A column that holds what it should not.
pub(crate) fn corrupt(place: &str, what: &str) -> Fault {
    Fault::Found(StoreError::Corrupt(format!("{place}: {what}")))
}

/// The result of everything inside this crate.
pub(crate) type Done<T> = Result<T, Fault>;
