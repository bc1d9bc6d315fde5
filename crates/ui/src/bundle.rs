//! Files in the binary, served under one prefix with addresses that never go stale.
//!
//! The address holds a hash over *all* files of the bundle, not of the one: scripts may import each other and styles
//! may name fonts by relative paths, and every one of them is still cached for ever and replaced together.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

/// How much of the hash stands in addresses: 16 hex digits.
const VERSION_BYTES: usize = 8;

/// Files embedded in the binary and the prefix they are served under.
#[derive(Debug)]
pub struct Bundle {
    prefix: &'static str,
    version: String,
    files: BTreeMap<String, File>,
}

struct File {
    bytes: Bytes,
    content_type: HeaderValue,
    etag: HeaderValue,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File")
            .field("bytes", &self.bytes.len())
            .field("content_type", &self.content_type)
            .field("etag", &self.etag)
            .finish()
    }
}

impl Bundle {
    /// Takes all files that `E` embeds, to be served under `prefix` (which starts with `/` and ends without one).
    ///
    /// Meant for a `static LazyLock<Bundle>`.
    pub fn of<E: RustEmbed>(prefix: &'static str) -> Self {
        let mut all = Folded::default();
        let mut files = BTreeMap::new();
        let mut names: Vec<_> = E::iter().collect();
        names.sort();
        for name in names {
            let Some(file) = E::get(&name) else { continue };
            let hash = file.metadata.sha256_hash();
            all.add(name.as_bytes());
            all.add(&hash);
            let content_type = with_charset(file.metadata.mimetype());
            let etag = HeaderValue::from_str(&format!("\"{}\"", hex(hash.iter().take(16))));
            files.insert(
                name.into_owned(),
                File {
                    bytes: match file.data {
                        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                        Cow::Owned(bytes) => Bytes::from(bytes),
                    },
                    content_type: HeaderValue::from_str(&content_type)
                        .unwrap_or(HeaderValue::from_static("application/octet-stream")),
                    etag: etag.unwrap_or(HeaderValue::from_static("\"\"")),
                },
            );
        }
        Self {
            prefix,
            version: hex(all.0.to_be_bytes().iter().take(VERSION_BYTES)),
            files,
        }
    }

    /// The address of a file, with the bundle's hash in it.
    ///
    /// A file that does not exist is a mistake in a template: the address then answers 404, and debug builds stop here.
    pub fn url(&self, path: &str) -> String {
        debug_assert!(
            self.files.contains_key(path),
            "no file {path} in the bundle of {}",
            self.prefix
        );
        format!("{}/{}/{path}", self.prefix, self.version)
    }

    /// Serves the files: with the hash of now, cacheable for ever; under any other hash, or under none, to be asked for
    /// again each time (an `ETag` makes that cheap).
    pub fn router(&'static self) -> Router {
        let route = format!("{}/{{*path}}", self.prefix);
        Router::new().route(
            &route,
            get(
                move |Path(path): Path<String>, headers: HeaderMap| async move {
                    self.answer(&path, &headers)
                },
            ),
        )
    }

    fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        let (version, rest) = path.split_once('/').unwrap_or(("", path));
        let found = if let Some(file) = self.files.get(path) {
            Some((file, false))
        } else {
            self.files
                .get(rest)
                .map(|file| (file, version == self.version))
        };
        let Some((file, current)) = found else {
            return (StatusCode::NOT_FOUND, "There is no such file.").into_response();
        };
        let cache = if current {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let known = headers
            .get(IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok());
        let mut response = if known.is_some_and(|known| names(known, &file.etag)) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(file.bytes.clone()).into_response()
        };
        let answer = response.headers_mut();
        answer.insert(CONTENT_TYPE, file.content_type.clone());
        answer.insert(ETAG, file.etag.clone());
        answer.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        answer.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

/// Whether an `If-None-Match` names this tag, also in its weak form (a compressing proxy weakens it).
fn names(known: &str, etag: &HeaderValue) -> bool {
    known
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag.as_bytes() == etag.as_bytes())
}

fn with_charset(mime: &str) -> String {
    if mime.starts_with("text/") && !mime.contains("charset") {
        format!("{mime}; charset=utf-8")
    } else {
        mime.to_owned()
    }
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    bytes.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// FNV-1a over names and content hashes: it only has to differ when one of them does.
struct Folded(u64);

impl Default for Folded {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Folded {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests;
