//! The server is shown a password in whichever way it wants to see it, and who has none, or a wrong one, hears so.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use store_postgres::migrate;
use test_postgres::{Cluster, run};

/// A server on which `coach` has a database and the password `iron and rest`.
fn server(how: &str) -> Cluster {
    let server = Cluster::start_with_passwords(how).unwrap();
    let owner = format!("{}/postgres", server.server());
    let kept = if how == "md5" { "md5" } else { "scram-sha-256" };
    run(
        &owner,
        &format!(
            "SET password_encryption = '{kept}'; CREATE ROLE coach LOGIN PASSWORD 'iron and rest'"
        ),
    )
    .unwrap();
    run(&owner, "CREATE DATABASE gym OWNER coach").unwrap();
    server
}

fn open_as(server: &Cluster, user: &str) -> Result<(), String> {
    let address = server.server().replace("postgres@", &format!("{user}@"));
    migrate::up(&format!("{address}/gym"))
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn a_password_is_shown_in_each_of_the_ways_a_server_wants_it() {
    for how in ["scram-sha-256", "md5", "password"] {
        let server = server(how);
        let refused = open_as(&server, "coach:wrong").unwrap_err();
        assert!(refused.contains("the password"), "{how}: {refused}");
        let missing = open_as(&server, "coach").unwrap_err();
        assert!(missing.contains("none in its address"), "{how}: {missing}");
        open_as(&server, "coach:iron%20and%20rest").unwrap();
    }
}
