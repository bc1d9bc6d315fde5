//! Members who go from one channel to another: because they ask for it, or because nothing reaches them on
//! WhatsApp. Nobody's consent changes by it, and none is assumed.

use domain::{Channel, ConsentState, Content, Kind, Purpose, Timestamp};
use policy::conversation::moving::{Moved, moved};
use policy::moving::is_not_there;
use policy::outbound::{by_itself, is_on};
use store::StoreError;
use store::ops::MoveMember;
use store::questions::ConsentsOf;
use store::records::{ConsentRecord, MessageFacts, NewMember, UnansweredInbound};

use crate::facts::of_member;
use crate::{Draft, Engine};

impl Engine {
    /// What is said to somebody who asks to be written to on a channel, and whether it is done.
    pub(crate) async fn asked_for(
        &self,
        inbound: &UnansweredInbound,
        channel: Channel,
    ) -> Result<(String, bool), StoreError> {
        let profile = &inbound.member.profile;
        let service = &self.inner.settings.service_name;
        let told = |what| moved(what, channel, service, &profile.locale);
        let sender = self.inner.senders.on(channel);
        let (Some(sender), Some(handle)) = (sender, inbound.member.handle(channel)) else {
            return Ok((told(Moved::NotOffered), false));
        };
        let standing = self.standing();
        let rolled_back = channel == Channel::Whatsapp && standing.is_rolled_back();
        if rolled_back || is_on(channel, &of_member(profile), &standing.planner).is_err() {
            return Ok((told(Moved::NotOffered), false));
        }
        let consents = ConsentsOf {
            addresses: vec![(channel, handle)],
        };
        let consents = self.ask().question(consents).await?;
        Ok(if consents.iter().any(is_opted_in) {
            (told(Moved::AskedFor), true)
        } else if channel == inbound.channel {
            (told(Moved::NoConsentHere), false)
        } else {
            let number = sender.handle.as_str();
            (told(Moved::NoConsentThere(number)), false)
        })
    }

    /// Moves somebody to SMS who has turned out not to be on WhatsApp, and tells them there. Decided from what
    /// is stored, whenever something for them is planned: a crash in between loses nothing.
    pub(crate) fn moves_to_sms(&self, facts: &MessageFacts, now: Timestamp) -> Option<MoveMember> {
        let failures = || {
            facts
                .unreachable
                .iter()
                .filter(|(channel, _)| *channel == Channel::Whatsapp)
                .map(|(_, at)| *at)
        };
        let newest = failures().max()?;
        let member = facts.member.as_ref()?;
        if !is_not_there(failures(), now) || !self.wants_whatsapp(&member.profile) {
            return None;
        }
        let handle = member.handle(Channel::Sms)?;
        let agreed = facts.consents.iter().any(|consent| {
            consent.channel == Channel::Sms && consent.handle == handle && is_opted_in(consent)
        });
        self.inner.senders.on(Channel::Sms).filter(|_| agreed)?;
        let service = &self.inner.settings.service_name;
        let locale = &member.profile.locale;
        let words = moved(Moved::NotReached, Channel::Sms, service, locale);
        let notice = Content::text_only(&words).ok().map(|content| {
            let mut draft = Draft::new(facts.message.member, content);
            draft.kind = Kind::System;
            draft.queue = "notices".parse().unwrap_or_default();
            draft.channel = Some(Channel::Sms);
            draft.occasion = Some(format!("moved:sms:{}", newest.as_micros()));
            Box::new(self.new_message(draft))
        });
        Some(MoveMember {
            member: facts.message.member,
            to: Channel::Sms,
            why: "not_on_whatsapp".into(),
            notice,
            at: now,
        })
    }

    /// Beside what is being sent: whoever is not moved now is moved with their next message.
    pub(crate) fn move_soon(&self, moves: MoveMember) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            if let Err(error) = engine.inner.committer.submit(moves).await {
                tracing::warn!(%error, "a member could not be moved to SMS yet");
            }
        });
    }

    /// Whether anything of theirs goes by WhatsApp first.
    fn wants_whatsapp(&self, member: &NewMember) -> bool {
        let settings = &self.inner.settings.planner;
        Kind::ALL.iter().any(|kind| {
            let (first, _) = by_itself(*kind, &of_member(member), settings);
            first == Channel::Whatsapp
        })
    }
}

fn is_opted_in(consent: &ConsentRecord) -> bool {
    consent.purpose == Purpose::All && consent.state == ConsentState::OptedIn
}
