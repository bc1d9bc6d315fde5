//! Members: making, reading, changing, erasing and exporting them, their consents, and what they would be sent.

pub(crate) mod answer;
pub(crate) mod batch;
pub(crate) mod certificate;
pub(crate) mod consents;
pub(crate) mod create;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod fields;
pub(crate) mod list;
pub(crate) mod plan;
mod preferences;
pub(crate) mod read;
pub(crate) mod subscription;
pub(crate) mod training;
pub(crate) mod update;

pub(crate) use fields::cohort;
