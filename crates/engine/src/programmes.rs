//! Programmes: those in the binary, and those a coach saved, which take the place of one of the same name.
//! The store is the truth; what was read is kept as long as nothing changed.

mod followers;
mod look;
mod versions;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::Timestamp;
pub use followers::{Follower, NextDay};
pub use look::{KnockLook, Look};
pub use policy::programme::finding::{Finding, Severity};
pub use policy::programme::read::is_slug;
pub use policy::programme::read::{Reading, read};
use policy::programme::shipped;
pub use policy::programme::{AtEnd, Course, Days, Programme, WEEK};
use store::StoreError;
use store::ops::{SaveProgramme, SaveProgrammeAnswer};
use store::questions::Programmes;
use store::records::ProgrammeRecord;

pub use versions::ProgrammeVersion;

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

    /// The same with other words of one programme.
    fn trying(&self, programme: Programme) -> Self {
        let mut offered = self.offered.clone();
        let version = offered.get(&programme.slug).map_or(0, |one| one.version);
        offered.insert(programme.slug.clone(), Offered { programme, version });
        Self {
            offered,
            default: self.default.clone(),
            ..Self::default()
        }
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
    /// What somebody has seen who saw this; 0 for the one in the binary.
    pub revision: i64,
    /// Who saved it, and when; `None` for the one in the binary.
    pub saved: Option<(String, Timestamp)>,
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
        let saved = library.saved(slug).map(ProgrammeText::of);
        Ok(saved.or_else(|| shipped_text(slug)))
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
        self.keep_programme(SaveProgramme {
            base,
            ..self.to_save(slug, files, by.to_owned(), publish)
        })
        .await
    }

    async fn keep_programme(&self, save: SaveProgramme) -> Result<Saving, EngineError> {
        self.refuse_while_draining()?;
        let Reading {
            programme,
            findings,
        } = read(&save.slug, &save.files);
        if programme.is_none() {
            return Ok(Saving::Refused(findings));
        }
        let action = if save.publish {
            "programme.publish"
        } else {
            "programme.draft"
        };
        let note = Note::of(action, save.slug.clone());
        Ok(match self.submit(save, || note).await? {
            SaveProgrammeAnswer::Saved { version } => Saving::Saved { version, findings },
            SaveProgrammeAnswer::Stale { version } => Saving::Stale { version },
        })
    }
}

/// The texts in the binary.
fn shipped_text(slug: &str) -> Option<ProgrammeText> {
    let shipped = shipped::FILES.iter().find(|files| files.slug == slug)?;
    let files = shipped.by_language();
    let reading = read(slug, &files);
    Some(ProgrammeText {
        files,
        version: 0,
        is_published: true,
        revision: 0,
        saved: None,
        reading,
    })
}
