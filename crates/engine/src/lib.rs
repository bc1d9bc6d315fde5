//! The use cases: accept, dispatch, receive, settle, sweep, answer, and what recurs. It asks
//! `policy` what to do, tells the store, and calls providers; it knows neither axum, nor SQL, nor a
//! particular provider or database.
//!
//! Absent on purpose: rules (they are in `policy`), and any state that would be lost with the
//! process. What is kept in memory here — lanes, buckets, waiters — is rebuilt from the store.

pub mod accept;
pub mod addresses;
pub mod answer;
pub mod audience;
pub mod audit;
pub mod broadcasts;
pub mod chat;
pub mod coach;
pub mod consents;
pub mod conversations;
pub mod costs;
pub mod dead_letters;
pub mod draft;
pub mod error;
pub mod explain;
pub mod health;
pub mod joining;
pub mod keys;
pub mod legs;
pub mod limits;
mod lists;
pub mod logins;
pub mod looking;
pub mod members;
pub mod notes;
pub mod numbers;
pub mod parts;
pub mod plan;
pub mod programmes;
pub mod receive;
pub mod recurring;
pub mod redacting;
pub mod rollback;
pub mod rollout;
pub mod second_factor;
pub mod subscriptions;
pub mod team;
pub mod together;
pub mod training;

mod beat;
mod choosing;
mod coaching;
mod copies;
mod dispatch;
mod facts;
mod in_flight;
mod journal;
mod moving;
mod pace;
mod prices;
mod pruning;
mod receipts;
mod scheduler;
mod senders;
mod settle;
mod shapes;
mod standing;
mod sweep;
pub mod switches;
pub mod templates;
mod traces;
pub mod waiting;
pub mod webhooks;
mod work_log;
mod worker;

use std::sync::Arc;

pub use draft::Draft;
pub use error::EngineError;
pub use health::{Health, Node};
pub use parts::{KeywordOwner, Parts, SenderSetting, Settings, TemplateSetting, notices};

use parts::Inner;

/// The service. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
    /// Who changes something through this handle; nobody where the service does by itself.
    pub(crate) actor: Option<Arc<audit::Actor>>,
    /// What is being answered through this handle.
    pub(crate) answering: Option<store::ops::AnswerTo>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// The clock everything here reads.
    pub fn clock(&self) -> &Arc<dyn domain::Clock> {
        &self.inner.clock
    }

    /// Makes ids.
    pub fn ids(&self) -> &domain::Ids {
        &self.inner.ids
    }

    /// Asks the store.
    pub fn ask(&self) -> &(dyn store::Ask + 'static) {
        self.inner.ask.as_ref()
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Whether this process still does what one of all is to do: a round of it may be long, and another's by now.
    pub(crate) fn acts_for_all(&self) -> bool {
        self.inner.ownership.has_the_first()
            && self.held().is_none()
            && !self.inner.stop.is_cancelled()
    }

    /// Changes whenever the outbox has new rows; the number itself means nothing.
    pub fn outbox_changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.inner.outbox.subscribe()
    }
}
