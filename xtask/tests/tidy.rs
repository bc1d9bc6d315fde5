//! The house rules hold: `cargo xtask tidy`, as a test.

use std::process::Command;

#[test]
fn the_house_is_tidy() {
    let run = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("tidy")
        .output()
        .expect("xtask starts");
    assert!(
        run.status.success(),
        "{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}
