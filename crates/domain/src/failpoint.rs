//! Named points at which a test may make the process die, to see that nothing is lost or doubled
//! (GUARANTEES 4). Unarmed, a point costs one relaxed load. Armed only by `app`, from
//! `GYMTEXT_ABORT_AT=<point>:<count>`.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use crate::channel::words;

words! {
    /// Where the process may die.
    Point {
        /// Messages are about to be committed.
        AcceptBeforeCommit = "accept_before_commit",
        /// Messages are committed, the caller has not heard.
        AcceptAfterCommit = "accept_after_commit",
        /// A head of a lane was claimed.
        Claimed = "claimed",
        /// An attempt is begun, no byte was written.
        Begun = "begun",
        /// A connection to the provider stands, no byte of the request was written.
        Connected = "connected",
        /// The request was handed to the connection.
        Written = "written",
        /// The provider has answered, nothing is stored of it.
        Answered = "answered",
        /// The settlement is committed.
        Settled = "settled",
        /// A webhook's effects are about to be committed.
        WebhookBeforeCommit = "webhook_before_commit",
        /// A webhook's effects are committed, the provider has not heard.
        WebhookAfterCommit = "webhook_after_commit",
        /// A timer of a place is about to be run.
        Sweep = "sweep",
        /// What a model decided is done, and the member is not answered yet.
        CoachActed = "coach_acted",
        /// An endpoint was told an event, and that is not kept yet.
        EndpointTold = "endpoint_told",
        /// A recurring message is about to be enqueued.
        Occurrence = "occurrence",
        /// Occurrences that were missed are about to be noted.
        Missed = "missed",
        /// Somebody is about to be erased; the second time, they are and nobody has heard.
        Erasure = "erasure",
        /// Messages of a broadcast are about to be made; the second time, they are.
        Broadcast = "broadcast",
        /// A migration is about to be committed; the second time, it is.
        Migration = "migration",
        /// A batch of a copy is about to be committed; the second time, it is.
        Copy = "copy",
    }
}

static ARMED: AtomicUsize = AtomicUsize::new(0);
static LEFT: AtomicI64 = AtomicI64::new(0);

/// Dies at the `count`-th time `point` is passed, counted from 1.
pub fn arm(point: Point, count: u32) {
    LEFT.store(i64::from(count.max(1)), Ordering::SeqCst);
    ARMED.store(point as usize + 1, Ordering::SeqCst);
}

/// Whether a test has armed anything.
#[inline]
pub fn is_armed() -> bool {
    ARMED.load(Ordering::Relaxed) != 0
}

/// Passes a point.
#[inline]
pub fn pass(point: Point) {
    if ARMED.load(Ordering::Relaxed) == point as usize + 1
        && LEFT.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}
