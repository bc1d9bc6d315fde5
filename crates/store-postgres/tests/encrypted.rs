//! The way to the server is encrypted when its address says so, and the server is who it says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use store_postgres::{Options, PostgresStore, migrate};
use tempfile::NamedTempFile;
use test_postgres::Cluster;

/// For `localhost`, signed by itself, with a key everybody knows.
const CERTIFICATE: &[u8] = include_bytes!("../../providers/src/http/fixtures/localhost.der");
const KEY: &[u8] = include_bytes!("../../providers/src/http/fixtures/localhost.key.der");

fn pem(kind: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}

fn server() -> Cluster {
    Cluster::start_encrypted(&pem("CERTIFICATE", CERTIFICATE), &pem("PRIVATE KEY", KEY)).unwrap()
}

/// The file `sslrootcert` names.
fn authority() -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(pem("CERTIFICATE", CERTIFICATE).as_bytes())
        .unwrap();
    file
}

fn open(address: &str) -> Result<(), String> {
    migrate::up(address).map_err(|error| error.to_string())?;
    PostgresStore::open(address, &Options::default())
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn a_store_is_opened_over_tls_and_every_connection_of_it_is_encrypted() {
    let server = server();
    server.database().unwrap();
    let authority = authority();
    let place = format!(
        "postgres://postgres@{}/gymtext",
        server.encrypted_at().unwrap()
    );
    let trusted = authority.path().display();

    let address = format!("{place}?sslmode=verify-full&sslrootcert={trusted}");
    migrate::up(&address).unwrap();
    let store = PostgresStore::open(&address, &Options::default()).unwrap();
    let connections = || {
        test_postgres::rows(
            &format!("{}/gymtext", server.server()),
            "SELECT ssl::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
               WHERE application_name = 'gymtext'",
        )
        .unwrap()
    };
    // The one that listens is made beside.
    let both = (0..500).map(|_| connections()).find(|all| all.len() >= 2);
    let connections = both.expect("it writes and listens");
    drop(store);
    assert!(
        connections.iter().all(|encrypted| encrypted == "true"),
        "{connections:?}"
    );
}

#[test]
fn a_server_whose_certificate_nobody_known_has_signed_is_not_talked_to() {
    let server = server();
    server.database().unwrap();
    let place = format!(
        "postgres://postgres@{}/gymtext",
        server.encrypted_at().unwrap()
    );
    open(&format!("{place}?sslmode=require")).unwrap_err();
}

#[test]
fn a_server_with_another_name_than_its_certificate_is_not_talked_to() {
    let server = server();
    server.database().unwrap();
    let authority = authority();
    let place = server
        .encrypted_at()
        .unwrap()
        .replace("localhost", "127.0.0.1");
    let trusted = authority.path().display();
    open(&format!(
        "postgres://postgres@{place}/gymtext?sslmode=verify-ca&sslrootcert={trusted}"
    ))
    .unwrap_err();
}

#[test]
fn a_server_that_wants_tls_is_not_reached_without_it() {
    let server = server();
    server.database().unwrap();
    let place = format!(
        "postgres://postgres@{}/gymtext",
        server.encrypted_at().unwrap()
    );
    open(&place).unwrap_err();
}
