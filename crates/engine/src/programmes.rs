//! Programmes: those in the binary, and those a coach saved, which take the place of one of the same name.
//! The store is the truth; what was read is kept as long as nothing changed.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

pub use policy::programme::finding::{Finding, Severity};
use policy::programme::read::{Reading, read};
use policy::programme::shipped;
pub use policy::programme::{AtEnd, Course, Days, Programme};
use store::StoreError;
use store::ops::{SaveProgramme, SaveProgrammeAnswer};
use store::questions::Programmes;
use store::records::ProgrammeRecord;

use crate::audit::Note;
use crate::{Engine, EngineError};

/// What members of old databases follow: the default one.
const UNNAMED: &str = "default";

/// A programme members may follow.
#[derive(Clone, Debug)]
pub struct Offered {
    /// It.
    pub programme: Programme,
    /// Its version; 0 is the one in the binary.
    pub version: u32,
}

/// All programmes, and what a coach has in hand.
#[derive(Debug, Default)]
pub struct Library {
    stamp: Option<i64>,
    offered: BTreeMap<String, Offered>,
    /// Versions of coaches, as saved.
    saved: Vec<ProgrammeRecord>,
    default: String,
}

impl Library {
    pub(crate) fn of(stamp: i64, saved: Vec<ProgrammeRecord>, default: &str) -> Self {
        let mut offered: BTreeMap<_, _> = shipped::all()
            .iter()
            .map(|programme| {
                let programme = programme.clone();
                (
                    programme.slug.clone(),
                    Offered {
                        programme,
                        version: 0,
                    },
                )
            })
            .collect();
        for record in saved.iter().filter(|record| record.published_at.is_some()) {
            if let Some(programme) = read(&record.slug, &record.files).programme {
                let version = record.version;
                offered.insert(record.slug.clone(), Offered { programme, version });
            } else {
                tracing::error!(
                    programme = record.slug,
                    version = record.version,
                    "a saved programme cannot be read; the one in the binary, or the default one, takes its place"
                );
            }
        }
        Self {
            stamp: Some(stamp),
            offered,
            saved,
            default: default.to_owned(),
        }
    }

    /// All that members may follow, by name.
    pub fn offered(&self) -> impl Iterator<Item = &Offered> {
        self.offered.values()
    }

    /// One of them.
    pub fn get(&self, slug: &str) -> Option<&Offered> {
        self.offered.get(self.named(slug))
    }

    /// The one a member follows: the default one when theirs is gone.
    pub fn followed(&self, slug: &str) -> Option<&Offered> {
        let default = || self.offered.get(&self.default);
        let shipped = || self.offered.get(shipped::DEFAULT);
        self.get(slug).or_else(default).or_else(shipped)
    }

    /// What a programme is called by, for those that were never named.
    pub fn named<'a>(&'a self, slug: &'a str) -> &'a str {
        if slug == UNNAMED { &self.default } else { slug }
    }

    /// The names under which members follow one: its own, and the one they were given by default.
    pub fn names_of(&self, slug: &str) -> Vec<String> {
        let mut names = vec![slug.to_owned()];
        if slug == self.default {
            names.push(UNNAMED.to_owned());
        }
        names
    }

    /// What a coach saved last of one: the draft, or else the version in force.
    pub fn saved(&self, slug: &str) -> Option<&ProgrammeRecord> {
        self.saved.iter().rfind(|record| record.slug == slug)
    }

    /// All drafts.
    pub fn drafts(&self) -> impl Iterator<Item = &ProgrammeRecord> {
        self.saved
            .iter()
            .filter(|record| record.published_at.is_none())
    }
}

/// What was read last.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    library: RwLock<Arc<Library>>,
}

/// A programme as it stands: its texts, and what is to be said about them.
#[derive(Clone, Debug)]
pub struct ProgrammeText {
    /// Its texts by language.
    pub files: BTreeMap<String, String>,
    /// Its version; 0 is the one in the binary.
    pub version: u32,
    /// Whether members follow it.
    pub is_published: bool,
    /// What the rules say.
    pub reading: Reading,
}

/// What became of a programme that was sent.
#[derive(Clone, Debug)]
pub enum Saving {
    /// It is this version.
    Saved {
        /// Which.
        version: u32,
        /// What may still be mended.
        findings: Vec<Finding>,
    },
    /// It cannot be used; nothing was stored.
    Refused(Vec<Finding>),
    /// Somebody saved another version since.
    Stale {
        /// The newest.
        version: u32,
    },
}

impl Engine {
    /// The programmes as they are now.
    pub async fn programmes(&self) -> Result<Arc<Library>, StoreError> {
        let held = {
            let shelf = &self.inner.shelf.library;
            Arc::clone(&shelf.read().unwrap_or_else(PoisonError::into_inner))
        };
        let kept = self
            .ask()
            .question(Programmes { known: held.stamp })
            .await?;
        let Some(saved) = kept.programmes else {
            return Ok(held);
        };
        let library = Library::of(kept.stamp, saved, &self.inner.settings.programme);
        let library = Arc::new(library);
        let mut shelf = self
            .inner
            .shelf
            .library
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *shelf = Arc::clone(&library);
        Ok(library)
    }

    /// The texts of a programme: the draft where there is one, else what is followed.
    pub async fn programme_text(&self, slug: &str) -> Result<Option<ProgrammeText>, StoreError> {
        let library = self.programmes().await?;
        let slug = library.named(slug);
        if let Some(record) = library.saved(slug) {
            return Ok(Some(ProgrammeText {
                files: record.files.clone(),
                version: record.version,
                is_published: record.published_at.is_some(),
                reading: read(slug, &record.files),
            }));
        }
        let shipped = shipped::FILES.iter().find(|files| files.slug == slug);
        Ok(shipped.map(|files| {
            let files = files.by_language();
            let reading = read(slug, &files);
            ProgrammeText {
                files,
                version: 0,
                is_published: true,
                reading,
            }
        }))
    }

    /// Saves a programme. One that cannot be used is refused, as a draft too: its coach has the findings at once.
    pub async fn save_programme(
        &self,
        slug: &str,
        files: BTreeMap<String, String>,
        by: &str,
        base: Option<u32>,
        publish: bool,
    ) -> Result<Saving, EngineError> {
        self.refuse_while_draining()?;
        let Reading {
            programme,
            findings,
        } = read(slug, &files);
        if programme.is_none() {
            return Ok(Saving::Refused(findings));
        }
        let save = SaveProgramme {
            slug: slug.to_owned(),
            files,
            by: by.to_owned(),
            publish,
            base,
            at: self.now(),
        };
        let action = if publish {
            "programme.publish"
        } else {
            "programme.draft"
        };
        Ok(match self.submit(save, || Note::of(action, slug)).await? {
            SaveProgrammeAnswer::Saved { version } => Saving::Saved { version, findings },
            SaveProgrammeAnswer::Stale { version } => Saving::Stale { version },
        })
    }
}
