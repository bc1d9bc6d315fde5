//! Who is meant when the same words go to many: pages and counts of an audience, and audiences that were saved.

use domain::audience::Filter;
use domain::{MemberId, SegmentId, Timestamp};
use store::ops::{DeleteSegment, SaveSegment, SaveSegmentAnswer};
use store::questions::{CountMatching, MembersMatching, Segments};
use store::records::Idempotency;
pub use store::records::{AudienceCount, AudienceMember, SegmentRecord};

use crate::audit::Note;
use crate::{Engine, EngineError};

/// How many are asked for at once.
const PAGE: u32 = 1_000;

/// Some of an audience.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudiencePage {
    /// Who, in the order of their ids.
    pub members: Vec<AudienceMember>,
    /// Whom the next page begins after; `None` when these are the last.
    pub next: Option<MemberId>,
}

/// What of a segment may be changed.
#[derive(Clone, Debug, Default)]
pub struct SegmentChanges {
    /// A new name.
    pub name: Option<String>,
    /// New conditions.
    pub filter: Option<Filter>,
}

impl Engine {
    /// Some of an audience, after this one: at most `limit`, and fewer only at its end.
    pub async fn audience(
        &self,
        filter: &Filter,
        after: Option<MemberId>,
        limit: u32,
    ) -> Result<AudiencePage, EngineError> {
        let now = self.now();
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let filter = self.in_words_of_members(filter).await?;
        let mut page = AudiencePage {
            members: Vec::new(),
            next: after,
        };
        while page.members.len() < wanted {
            let asked = if filter.is_served.is_some() {
                PAGE.max(limit)
            } else {
                limit
            };
            let (found, last) = self.looked_at(&filter, page.next, asked, now).await?;
            let room = wanted - page.members.len();
            let is_cut = found.len() > room;
            page.members.extend(found.into_iter().take(room));
            page.next = if is_cut {
                page.members.last().map(|one| one.id)
            } else {
                last
            };
            if is_cut || last.is_none() {
                break;
            }
        }
        Ok(page)
    }

    /// Whom the conditions mean among the next `limit` that a store knows, and after whom it goes on.
    async fn looked_at(
        &self,
        filter: &Filter,
        after: Option<MemberId>,
        limit: u32,
        at: Timestamp,
    ) -> Result<(Vec<AudienceMember>, Option<MemberId>), EngineError> {
        let question = MembersMatching {
            filter: filter.clone(),
            at,
            after,
            limit,
        };
        let mut found = self.ask().question(question).await?;
        let is_full = u32::try_from(found.len()).is_ok_and(|length| length == limit);
        let last = found.last().filter(|_| is_full).map(|one| one.id);
        if let Some(wanted) = filter.is_served {
            let joined = found.iter().map(|one| (one.id, one.joined_at)).collect();
            let mut served = self.served_since(joined).await?.into_iter();
            found.retain(|_| served.next() == Some(wanted));
        }
        Ok((found, last))
    }

    /// How many an audience has now. Whether a plan serves somebody is judged one by one, so this reads all of them
    /// where it is asked.
    pub async fn audience_count(&self, filter: &Filter) -> Result<AudienceCount, EngineError> {
        let at = self.now();
        let filter = self.in_words_of_members(filter).await?;
        if filter.is_served.is_none() {
            return Ok(self.ask().question(CountMatching { filter, at }).await?);
        }
        let mut count = AudienceCount::default();
        let mut after = None;
        loop {
            let (found, last) = self.looked_at(&filter, after, PAGE, at).await?;
            for one in &found {
                let language = one.locale.split('-').next().unwrap_or("");
                let language = language.to_ascii_lowercase();
                count.add(one.preferred_channel, &language, one.window_open, 1);
            }
            after = last;
            if after.is_none() {
                return Ok(count);
            }
        }
    }

    /// The default programme is called so by those who were given none.
    async fn in_words_of_members(&self, filter: &Filter) -> Result<Filter, EngineError> {
        let mut filter = filter.clone();
        if !filter.programmes.is_empty() {
            let library = self.programmes().await?;
            let names = filter.programmes.iter();
            filter.programmes = names
                .flat_map(|slug| library.names_of(slug))
                .map(Into::into)
                .collect();
        }
        Ok(filter)
    }

    /// Saved audiences, by name.
    pub async fn segments(&self) -> Result<Vec<SegmentRecord>, EngineError> {
        Ok(self.ask().question(Segments).await?)
    }

    /// One of them.
    pub async fn segment(&self, id: SegmentId) -> Result<SegmentRecord, EngineError> {
        let all = self.segments().await?;
        let mut all = all.into_iter();
        all.find(|one| one.id == id)
            .ok_or(EngineError::UnknownSegment)
    }

    /// Saves an audience under a name; whether an earlier call with the same key is answered again.
    pub async fn save_segment(
        &self,
        name: String,
        filter: Filter,
        key: Option<Idempotency>,
    ) -> Result<(SegmentRecord, bool), EngineError> {
        let at = self.now();
        let segment = SegmentRecord {
            id: self.inner.ids.segment(),
            name,
            filter,
            created_at: at,
            created_by: self.actor_name(),
            changed_at: at,
        };
        self.keep_segment(segment, key, "segment.save", String::new())
            .await
    }

    /// Changes a saved audience. Broadcasts that were made of it keep what they have.
    pub async fn change_segment(
        &self,
        id: SegmentId,
        changes: SegmentChanges,
    ) -> Result<SegmentRecord, EngineError> {
        let known = self.segment(id).await?;
        let before = told(&known);
        let segment = SegmentRecord {
            name: changes.name.unwrap_or(known.name),
            filter: changes.filter.unwrap_or(known.filter),
            ..known
        };
        let (segment, _) = self
            .keep_segment(segment, None, "segment.change", before)
            .await?;
        Ok(segment)
    }

    async fn keep_segment(
        &self,
        segment: SegmentRecord,
        idempotency: Option<Idempotency>,
        action: &'static str,
        before: String,
    ) -> Result<(SegmentRecord, bool), EngineError> {
        let (id, after) = (segment.id, told(&segment));
        let save = SaveSegment {
            segment,
            idempotency,
            at: self.now(),
        };
        let note = || Note::of(action, id.to_string()).before(before).after(after);
        match self.submit(save, note).await? {
            SaveSegmentAnswer::Saved { segment, replayed } => Ok((*segment, replayed)),
            SaveSegmentAnswer::NameTaken(other) => Err(EngineError::SegmentNameTaken(other)),
            SaveSegmentAnswer::KeyReused => Err(EngineError::KeyReused),
        }
    }

    /// Deletes a saved audience. Broadcasts that were made of it keep what they have.
    pub async fn delete_segment(&self, id: SegmentId) -> Result<(), EngineError> {
        let known = self.segment(id).await?;
        let note = || Note::of("segment.delete", id.to_string()).before(told(&known));
        if self.submit(DeleteSegment { id }, note).await? {
            Ok(())
        } else {
            Err(EngineError::UnknownSegment)
        }
    }

    /// Who changes something through this handle, by name.
    pub(crate) fn actor_name(&self) -> String {
        self.actor
            .as_ref()
            .map_or_else(|| "service".to_owned(), |actor| actor.name.clone())
    }
}

/// A segment in the audit log.
fn told(segment: &SegmentRecord) -> String {
    format!(
        "{} {}",
        segment.name,
        store::audience::written(&segment.filter)
    )
}
