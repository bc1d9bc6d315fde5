//! Messages: handing them in one by one, many at once or with the provider's answer, reading them,
//! taking them back.

pub(crate) mod answer;
pub(crate) mod batch;
pub(crate) mod blocks;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod draft;
pub(crate) mod immediate;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod retry;
