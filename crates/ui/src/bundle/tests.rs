//! The assets as a browser meets them, and the vendored files as they were published.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::*;

async fn get_path(path: &str, if_none_match: Option<&str>) -> Response {
    let mut request = Request::get(path);
    if let Some(tag) = if_none_match {
        request = request.header(IF_NONE_MATCH, tag);
    }
    crate::assets_router()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

fn header(response: &Response, name: http::HeaderName) -> &str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_file_under_its_hash_is_cached_for_ever() {
    let response = get_path(&crate::asset("base.css"), None).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        header(&response, CACHE_CONTROL),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header(&response, CONTENT_TYPE), "text/css; charset=utf-8");
    assert_eq!(header(&response, X_CONTENT_TYPE_OPTIONS), "nosniff");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, std::fs::read("assets/base.css").unwrap());
}

#[tokio::test]
async fn types_are_those_that_browsers_insist_on() {
    for (path, expected) in [
        ("ui.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("fonts/inter-latin.woff2", "font/woff2"),
    ] {
        assert_eq!(
            header(&get_path(&crate::asset(path), None).await, CONTENT_TYPE),
            expected
        );
    }
}

#[tokio::test]
async fn another_hash_or_none_is_served_but_asked_for_again() {
    for path in ["/assets/base.css", "/assets/0123456789abcdef/base.css"] {
        let response = get_path(path, None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, CACHE_CONTROL), "no-cache");
    }
}

#[tokio::test]
async fn a_known_etag_is_answered_without_a_body() {
    let tag = header(&get_path("/assets/base.css", None).await, ETAG).to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let response = get_path("/assets/base.css", Some(&known)).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert!(
            response
                .into_body()
                .collect()
                .await
                .unwrap()
                .to_bytes()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn paths_lead_nowhere_else() {
    for path in [
        "/assets/",
        "/assets/nothing.css",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/assets//etc",
    ] {
        assert_eq!(
            get_path(path, None).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[derive(serde::Deserialize)]
struct Manifest {
    file: Vec<Vendored>,
}

#[derive(serde::Deserialize)]
struct Vendored {
    path: String,
    package: String,
    version: String,
    licence: String,
    sha256: String,
}

#[test]
fn vendored_files_are_as_published() {
    let manifest: Manifest =
        toml::from_str(&std::fs::read_to_string("vendor.toml").unwrap()).unwrap();
    for file in &manifest.file {
        let bytes = std::fs::read(&file.path).unwrap();
        assert_eq!(
            hex(Sha256::digest(&bytes).iter()),
            file.sha256,
            "{} was changed",
            file.path
        );
        assert!(!file.package.is_empty() && !file.version.is_empty() && !file.licence.is_empty());
    }
    let listed = |path: &str| manifest.file.iter().any(|file| file.path == path);
    for folder in ["icons", "assets/fonts"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(listed(&path), "{path} is missing from vendor.toml");
        }
    }
}
