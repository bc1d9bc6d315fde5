//! Counting what is about to be sent, where a cap counts its kind: before its attempt begins, in a transaction, so that
//! two messages of one member that are planned at once do not both take the last place.

use std::collections::HashMap;

use domain::{Kind, MessageId, Timestamp};
use policy::outbound::Decision;
use rustc_hash::FxHashSet;
use store::ops::{CountSends, Send};
use store::records::MessageFacts;
use store::{Seq, StoreError};

use super::used::Used;
use crate::Engine;
use crate::facts::Standing;
use crate::legs::{self, Before};

impl Engine {
    /// Counts these messages as sent, as far as they are to be, and answers for which there is no room after all.
    pub(crate) async fn count_sends(
        &self,
        facts: &[Option<MessageFacts>],
        before: &HashMap<MessageId, Before>,
        (standing, used): (&Standing, &Used),
        now: Timestamp,
    ) -> Result<FxHashSet<Seq>, StoreError> {
        let wanted = self.what_is_counted(facts, before, (standing, used), now);
        if wanted.is_empty() {
            return Ok(FxHashSet::default());
        }
        let (seqs, sends): (Vec<Seq>, Vec<Send>) = wanted.into_iter().unzip();
        let counted = CountSends { sends, at: now };
        let counted = self.inner.committer.submit(counted).await?;
        let refused = seqs.into_iter().zip(counted).filter(|(_, fits)| !fits);
        Ok(refused.map(|(seq, _)| seq).collect())
    }

    fn what_is_counted(
        &self,
        facts: &[Option<MessageFacts>],
        before: &HashMap<MessageId, Before>,
        (standing, used): (&Standing, &Used),
        now: Timestamp,
    ) -> Vec<(Seq, Send)> {
        let caps = &self.inner.settings.planner.caps;
        let is_capped = |kind: Kind| caps.of(kind).next().is_some();
        let mut capped = facts
            .iter()
            .flatten()
            .filter(|facts| is_capped(facts.message.kind))
            .peekable();
        if capped.peek().is_none() {
            return Vec::new();
        }
        let around = self.surroundings(standing, used, now);
        let mut wanted = Vec::new();
        for facts in capped {
            let message = &facts.message;
            let chain = before.get(&message.id);
            let chain = chain.map(Before::chain).unwrap_or_default();
            // What goes whatever was sent is counted all the same.
            let is_free = message.critical || !chain.tried.is_empty();
            let judgement = self.judge(facts, &around, chain, now);
            if matches!(judgement.decision, Decision::Send(_)) {
                let limits = caps.of(message.kind).filter(|_| !is_free);
                let send = Send {
                    member: message.member,
                    kind: message.kind,
                    message: message.id,
                    root: legs::root_of(message),
                    limits: limits.map(|cap| (cap.most, now - cap.within)).collect(),
                };
                wanted.push((facts.seq, send));
            }
        }
        wanted
    }
}
