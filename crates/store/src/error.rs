//! What can go wrong with a store itself. What an operation may answer (taken, moved, too late) is
//! part of its answer, not an error.

/// A fault of the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or is shutting down: nothing was written, try again.
    #[error("the database cannot be used right now: {0}")]
    Unavailable(String),
    /// The queue in front of it is full: nothing was written, try again in a moment.
    #[error("too much is waiting to be written; try again in a moment")]
    Busy,
    /// A row that should not exist: table, column and what was found.
    #[error("the database holds something it should not: {0}")]
    Corrupt(String),
    /// Another process owns this database now: this one must not write any more.
    #[error("another process has taken over this database")]
    Fenced,
    /// Another member has this e-mail address, and the database allows each only once, as one that was taken over from
    /// the plan does: nothing was written.
    #[error("another member has this e-mail address, and this database allows each only once")]
    EmailTaken,
    /// A statement failed.
    #[error("the database refused a statement: {0}")]
    Statement(String),
}
