//! Somebody who proved their phone becomes a member: what they agreed to, then the welcome.

use domain::{ConsentState, Content, Kind, MemberId, Timestamp};
pub use policy::language::{Language, weekday};
pub use policy::schedule::zone as time_zone;
use policy::schedule::{Recurrence, outlook};
use store::questions::LedgerOf;
use store::records::{ConsentEntry, Member, NewMember};

use crate::members::addresses_of;
use crate::{Draft, Engine, EngineError};

/// The source of consents that people give on our own page.
pub const JOIN_PAGE: &str = "join_page";

impl Engine {
    /// When a member of this time zone and hour would get their next workout, by the schedule itself. `None` where it
    /// is no time zone.
    pub fn next_daily(&self, zone: &str, hour: u8) -> Option<Timestamp> {
        let zone = time_zone(zone).ok()?;
        let next = outlook(Recurrence::Daily { hour }, &zone, self.now(), None).next?;
        Some(next.due_at)
    }

    /// Makes a member of whoever proved that this phone is theirs, and welcomes them where they agreed to be
    /// written to. Where their country wants a reply first, the welcome waits for it. Somebody who is a member
    /// already is answered as they are: nothing of theirs changes.
    pub async fn join(
        &self,
        new: NewMember,
        consents: Vec<ConsentEntry>,
    ) -> Result<Member, EngineError> {
        let phone = new.phone.clone();
        match self.create_member(new, consents, None).await {
            Ok((member, _)) => {
                self.welcome_if_agreed(&member).await;
                Ok(member)
            }
            Err(EngineError::PhoneTaken(_)) => self
                .member_with(&phone)
                .await?
                .ok_or(EngineError::UnknownMember),
            Err(error) => Err(error),
        }
    }

    /// A yes to "did you sign up?" of somebody who joined on our page is followed by the welcome.
    pub(crate) async fn welcome_after_yes(&self, id: MemberId) {
        let Ok(Some(member)) = self
            .ask()
            .question(store::questions::MemberById { id })
            .await
        else {
            return;
        };
        let addresses = addresses_of(&member);
        let Ok(lines) = self.ask().question(LedgerOf { addresses }).await else {
            return;
        };
        if lines.iter().any(|line| line.entry.source == JOIN_PAGE) {
            self.welcome_if_agreed(&member).await;
        }
    }

    /// The welcome, once. One that cannot be stored is logged: they are a member all the same.
    async fn welcome_if_agreed(&self, member: &Member) {
        match self.welcome(member).await {
            Ok(()) => {}
            Err(error) => {
                tracing::error!(member.id = %member.profile.id, %error, "a welcome could not be stored");
            }
        }
    }

    async fn welcome(&self, member: &Member) -> Result<(), EngineError> {
        // Whom no plan serves yet is welcomed when one does.
        if !self.is_served(member).await? {
            return Ok(());
        }
        let view = self.member(member.profile.id).await?;
        let agreed = |state: ConsentState| state == ConsentState::OptedIn;
        if !view.consents.iter().any(|consent| agreed(consent.state)) {
            return Ok(());
        }
        let profile = &member.profile;
        let service = &self.inner.settings.service_name;
        let words = policy::letters::welcome(profile.name.as_str(), service, &profile.locale);
        let content = Content::text_only(&words).map_err(|error| {
            store::StoreError::Unavailable(format!("no welcome could be made: {error}"))
        })?;
        let mut draft = Draft::new(profile.id, content);
        draft.kind = Kind::Welcome;
        draft.occasion = Some("welcome".into());
        self.accept_own(draft).await
    }
}
