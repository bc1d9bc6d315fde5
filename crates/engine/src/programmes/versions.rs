//! Versions of a programme: listed, read, and kept by whoever saw what was there before.

use std::collections::BTreeMap;

use policy::programme::read::read;
use store::StoreError;
use store::ops::SaveProgramme;
use store::questions::{ProgrammeOfVersion, ProgrammeVersions};
pub use store::records::ProgrammeVersion;

use super::{ProgrammeText, Saving, shipped_text};
use crate::{Engine, EngineError};

impl Engine {
    /// Versions that were saved, the newest first.
    pub async fn programme_versions(
        &self,
        slug: &str,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<ProgrammeVersion>, EngineError> {
        let asked = ProgrammeVersions {
            slug: slug.to_owned(),
            before,
            limit,
        };
        Ok(self.ask().question(asked).await?)
    }

    /// A version with its words; 0 is the one in the binary.
    pub async fn programme_of_version(
        &self,
        slug: &str,
        version: u32,
    ) -> Result<Option<ProgrammeText>, StoreError> {
        if version == 0 {
            return Ok(shipped_text(slug));
        }
        let asked = ProgrammeOfVersion {
            slug: slug.to_owned(),
            version,
        };
        let found = self.ask().question(asked).await?;
        Ok(found.map(|record| ProgrammeText::of(&record)))
    }

    /// The words that are followed now.
    pub async fn programme_in_force(
        &self,
        slug: &str,
    ) -> Result<Option<ProgrammeText>, StoreError> {
        let library = self.programmes().await?;
        let Some(offered) = library.get(slug) else {
            return Ok(None);
        };
        self.programme_of_version(&offered.programme.slug, offered.version)
            .await
    }

    /// Keeps what somebody wrote who saw this revision. A draft of somebody else stays, as a version of its own.
    pub async fn write_programme(
        &self,
        slug: &str,
        files: BTreeMap<String, String>,
        seen: i64,
        publish: bool,
    ) -> Result<Saving, EngineError> {
        let by = self.actor_name();
        let newest = self.programmes().await?.saved(slug).cloned();
        let others = newest.is_some_and(|one| one.published_at.is_none() && one.saved_by != by);
        self.keep_programme(SaveProgramme {
            beside_draft: others,
            revision: Some(seen),
            ..self.to_save(slug, files, by, publish)
        })
        .await
    }

    /// Makes a version what is followed, anew. A draft there is stays, as a version of its own.
    pub async fn publish_programme(
        &self,
        slug: &str,
        version: u32,
        seen: i64,
    ) -> Result<Saving, EngineError> {
        let unknown = || EngineError::UnknownProgramme(slug.chars().take(60).collect());
        let found = self.programme_of_version(slug, version).await?;
        let text = found.ok_or_else(unknown)?;
        let newest = self.programmes().await?.saved(slug).cloned();
        let is_newest = newest.is_none_or(|one| one.version == version);
        self.keep_programme(SaveProgramme {
            beside_draft: !is_newest,
            revision: Some(seen),
            ..self.to_save(slug, text.files, self.actor_name(), true)
        })
        .await
    }

    pub(super) fn to_save(
        &self,
        slug: &str,
        files: BTreeMap<String, String>,
        by: String,
        publish: bool,
    ) -> SaveProgramme {
        SaveProgramme {
            slug: slug.to_owned(),
            files,
            by,
            publish,
            base: None,
            revision: None,
            beside_draft: false,
            at: self.now(),
        }
    }
}

impl ProgrammeText {
    pub(super) fn of(record: &store::records::ProgrammeRecord) -> Self {
        Self {
            files: record.files.clone(),
            version: record.version,
            is_published: record.published_at.is_some(),
            revision: record.revision,
            saved: Some((record.saved_by.clone(), record.saved_at)),
            reading: read(&record.slug, &record.files),
        }
    }
}
