//! Kill switches: what an operator has stopped, and our own numbers that a provider's answer
//! stopped. What they hold waits; nothing is lost and nobody's consent changes (GUARANTEES 2.9).

use domain::{Channel, Kind, QueueName};
use store::ops::SetSwitch;
use store::records::SwitchRecord;

use crate::audit::Note;
use crate::senders::stop_scope;
use crate::{Engine, EngineError};

impl Engine {
    /// The switches that are on.
    pub async fn switches(&self) -> Result<Vec<SwitchRecord>, EngineError> {
        Ok(self.ask().question(store::questions::Switches).await?.1)
    }

    /// Turns a kill switch on or off. What waits for it goes on by itself soon after it is off.
    pub async fn set_switch(
        &self,
        scope: &str,
        on: bool,
        reason: &str,
        actor: &str,
    ) -> Result<(), EngineError> {
        // One of an unknown scope can still be turned off: it may come from another version.
        if on && !self.is_scope(scope) {
            return Err(EngineError::UnknownScope {
                known: self.scopes(),
            });
        }
        let operation = SetSwitch {
            scope: scope.into(),
            on,
            reason: reason.into(),
            actor: actor.into(),
            at: self.now(),
        };
        let action = if on { "switch.on" } else { "switch.off" };
        self.submit(operation, || Note::of(action, scope).after(reason))
            .await?;
        self.load_switches().await?;
        if scope == crate::rollback::SCOPE {
            self.replan_after(on).await?;
        }
        Ok(())
    }

    fn is_scope(&self, scope: &str) -> bool {
        match scope.split_once(':') {
            None => scope == "all",
            Some(_) if scope == crate::rollback::SCOPE => true,
            Some(("channel", word)) => word.parse::<Channel>().is_ok(),
            Some(("kind", word)) => word.parse::<Kind>().is_ok(),
            Some(("queue", word)) => word.parse::<QueueName>().is_ok(),
            Some(("sender", _)) => self
                .inner
                .senders
                .all()
                .iter()
                .any(|sender| stop_scope(sender) == scope),
            Some(_) => false,
        }
    }

    /// The scopes there are, for people.
    fn scopes(&self) -> String {
        let senders: Vec<String> = self.inner.senders.all().iter().map(stop_scope).collect();
        format!(
            "`all`, `channel:<channel>`, `kind:<kind>`, `queue:<name>`, `{}`, `{}`",
            crate::rollback::SCOPE,
            senders.join("`, `")
        )
    }
}
