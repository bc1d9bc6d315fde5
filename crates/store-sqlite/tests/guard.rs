//! A copy of the file does not send (G33): whatever way it came to stand where it stands.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use store::Apply;
use store::home::{Confirm, Held, Here};
use store::ops::{Beat, NoteListsRead, Operation, SetSwitch};
use store_sqlite::{Options, SqliteStore, SqliteWriter, home};

const KEY: [u8; 32] = [7; 32];

const ALSO: Confirm = Confirm {
    also: true,
    catches_up: false,
};

const CATCHING_UP: Confirm = Confirm {
    also: false,
    catches_up: true,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + seconds)
}

fn here() -> Here {
    Here {
        machine: "machine one".into(),
        account: "AC1".into(),
    }
}

fn open(path: &Path) -> SqliteWriter {
    let options = Options {
        hash_key: KEY,
        migrate: true,
    };
    SqliteStore::open(path, &options).unwrap().0
}

/// Opens it, asks whether it may send, and closes it again.
fn held_at(path: &Path, here: &Here) -> Option<Held> {
    open(path).guard(here, at(0)).unwrap()
}

fn beat(writer: &mut SqliteWriter) -> (u32, Option<Held>) {
    let beat = Beat {
        claims: true,
        at: at(1),
    };
    let mut answers = writer.apply(&[beat.into_op()], &mut Vec::new()).unwrap();
    let answer = Beat::from_answer(answers.pop().unwrap().unwrap()).unwrap();
    (answer.shards, answer.held)
}

/// Every provider's list was read to its end, for this homecoming.
fn reads_the_lists(writer: &mut SqliteWriter, homecoming: u32) {
    let read = NoteListsRead {
        homecoming: Some(homecoming),
        ..NoteListsRead::default()
    };
    writer.apply(&[read.into_op()], &mut Vec::new()).unwrap();
}

/// A database that was opened twice at its first home; its directory must be kept.
fn at_home() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gymtext.db");
    assert_eq!(held_at(&path, &here()), None, "where it is opened first");
    assert_eq!(held_at(&path, &here()), None, "and again");
    (directory, path)
}

fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("db.lock")
}

#[test]
fn a_file_copied_to_another_path_is_held() {
    let (directory, path) = at_home();
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    assert_eq!(held_at(&copy, &here()), Some(Held::Elsewhere));
    assert_eq!(held_at(&path, &here()), None, "the original goes on");
}

#[test]
fn a_file_that_was_moved_is_held_and_one_reached_by_a_link_is_not() {
    let (directory, path) = at_home();
    let link = directory.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(held_at(&link, &here()), None);
    let moved = directory.path().join("moved.db");
    fs::rename(&path, &moved).unwrap();
    assert_eq!(held_at(&moved, &here()), Some(Held::Elsewhere));
}

#[test]
fn another_machine_or_another_account_is_another_home() {
    let (_directory, path) = at_home();
    let machine = Here {
        machine: "machine two".into(),
        ..here()
    };
    let account = Here {
        account: "AC2".into(),
        ..here()
    };
    assert_eq!(held_at(&path, &machine), Some(Held::Elsewhere));
    assert_eq!(held_at(&path, &account), Some(Held::Elsewhere));
    assert_eq!(held_at(&path, &here()), None);
}

#[test]
fn another_file_under_the_same_name_is_held_though_nothing_stands_beside_it() {
    let (directory, path) = at_home();
    let aside = directory.path().join("aside.db");
    fs::copy(&path, &aside).unwrap();
    fs::remove_file(&path).unwrap();
    fs::remove_file(lock_of(&path)).unwrap();
    fs::copy(&aside, &path).unwrap();
    assert_eq!(held_at(&path, &here()), Some(Held::Elsewhere));
}

/// `cp` into a file that is there keeps everything about it but what it holds.
#[test]
fn an_older_state_written_over_the_file_is_held() {
    let (directory, path) = at_home();
    let aside = directory.path().join("aside.db");
    fs::copy(&path, &aside).unwrap();
    assert_eq!(held_at(&path, &here()), None, "it goes on meanwhile");
    fs::write(&path, fs::read(&aside).unwrap()).unwrap();
    assert_eq!(held_at(&path, &here()), Some(Held::Restored));
    assert_eq!(
        held_at(&path, &here()),
        Some(Held::Restored),
        "and stays so over a restart"
    );
    home::confirm(&path, &KEY, &here(), Confirm::default(), at(2)).unwrap();
    assert_eq!(held_at(&path, &here()), Some(Held::Unread));
}

/// What somebody's own backup takes while the service runs, as `VACUUM INTO` and the snapshot of a disk do.
fn taken_aside(path: &Path, aside: &Path) {
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute("VACUUM INTO ?1", [aside.to_string_lossy()])
        .unwrap();
}

fn puts_back(aside: &Path, path: &Path) {
    fs::write(path, fs::read(aside).unwrap()).unwrap();
    for beside in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(path.with_extension(beside));
    }
}

fn something_happens(writer: &mut SqliteWriter) {
    let switch = SetSwitch {
        scope: "all".into(),
        on: true,
        reason: "a test".into(),
        actor: "a test".into(),
        at: at(1),
    };
    writer.apply(&[switch.into_op()], &mut Vec::new()).unwrap();
}

#[test]
fn a_state_of_the_same_run_is_held_where_something_happened_since() {
    let (directory, path) = at_home();
    let aside = directory.path().join("aside.db");
    let mut writer = open(&path);
    something_happens(&mut writer);
    taken_aside(&path, &aside);
    drop(writer);
    puts_back(&aside, &path);
    assert_eq!(held_at(&path, &here()), None, "nothing is missing in it");

    let aside = directory.path().join("another.db");
    let mut writer = open(&path);
    taken_aside(&path, &aside);
    something_happens(&mut writer);
    drop(writer);
    puts_back(&aside, &path);
    assert_eq!(held_at(&path, &here()), Some(Held::Restored));
}

/// The process that was killed notes nothing at its end: what stands beside the file is at most a moment old.
#[test]
fn a_state_of_a_run_that_was_killed_is_held() {
    let (directory, path) = at_home();
    let aside = directory.path().join("aside.db");
    let mut writer = open(&path);
    taken_aside(&path, &aside);
    let noted = fs::read(lock_of(&path)).unwrap();
    something_happens(&mut writer);
    let killed = (0..3_000_000).find_map(|_| {
        std::thread::yield_now();
        let beside = fs::read(lock_of(&path)).unwrap();
        (beside != noted).then_some(beside)
    });
    drop(writer);
    puts_back(&aside, &path);
    fs::write(lock_of(&path), killed.unwrap()).unwrap();
    assert_eq!(held_at(&path, &here()), Some(Held::Restored));
}

#[test]
fn a_new_file_where_another_was_is_at_home() {
    let (_directory, path) = at_home();
    fs::remove_file(&path).unwrap();
    assert_eq!(held_at(&path, &here()), None);
}

#[test]
fn whoever_waits_notices_a_confirmation_and_whoever_sends_that_it_was_taken_back() {
    let (directory, path) = at_home();
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    let mut waiting = open(&copy);
    assert_eq!(
        waiting.guard(&here(), at(0)).unwrap(),
        Some(Held::Elsewhere)
    );
    assert_eq!(beat(&mut waiting), (0, Some(Held::Elsewhere)));
    home::confirm(&copy, &KEY, &here(), Confirm::default(), at(1)).unwrap();
    assert_eq!(beat(&mut waiting), (0, Some(Held::Unread)));
    reads_the_lists(&mut waiting, 1);
    assert_eq!(beat(&mut waiting), (64, None));
    home::forget(&copy).unwrap();
    assert_eq!(beat(&mut waiting), (0, Some(Held::Elsewhere)));
}

#[test]
fn each_homecoming_is_held_until_the_lists_were_read_for_it() {
    let (directory, path) = at_home();
    let confirm = |path: &Path, how| home::confirm(path, &KEY, &here(), how, at(1)).unwrap();
    confirm(&path, Confirm::default());
    assert_eq!(held_at(&path, &here()), None, "it was at home here");
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    confirm(&copy, CATCHING_UP);
    // It does not matter who is started when, and how often.
    assert_eq!(held_at(&copy, &here()), Some(Held::Unread));
    assert_eq!(held_at(&copy, &here()), Some(Held::Unread));
    confirm(&copy, Confirm::default());
    let mut writer = open(&copy);
    assert_eq!(writer.guard(&here(), at(2)).unwrap(), Some(Held::Unread));
    reads_the_lists(&mut writer, 1);
    assert_eq!(beat(&mut writer), (64, None));
    // What was read for an earlier one counts no more.
    home::forget(&copy).unwrap();
    confirm(&copy, ALSO);
    reads_the_lists(&mut writer, 1);
    assert_eq!(beat(&mut writer), (0, Some(Held::Unread)));
    reads_the_lists(&mut writer, 2);
    assert_eq!(beat(&mut writer), (64, None));
}

#[test]
fn a_home_is_moved_or_one_more_is_added_and_each_is_compared() {
    let (_directory, path) = at_home();
    let elsewhere = Here {
        machine: "machine two".into(),
        ..here()
    };
    home::confirm(&path, &KEY, &elsewhere, ALSO, at(5)).unwrap();
    let view = home::look(&path, &KEY, &elsewhere).unwrap();
    assert_eq!(view.held(), Some(Held::Unread), "the lists are read first");
    let same: Vec<_> = view.known.iter().map(|known| known.same).collect();
    assert_eq!(same, [[false, true, true, true], [true; 4]]);
    home::confirm(&path, &KEY, &elsewhere, Confirm::default(), at(6)).unwrap();
    let view = home::look(&path, &KEY, &here()).unwrap();
    assert_eq!(view.held(), Some(Held::Elsewhere), "it has moved");
    assert_eq!(view.known.len(), 1);
}

#[test]
fn the_prints_do_not_tell_where_it_was() {
    let (_directory, path) = at_home();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let held = fs::read(&path).unwrap();
    for secret in ["machine one", "AC1", &path.display().to_string()] {
        assert!(
            !held
                .windows(secret.len())
                .any(|window| window == secret.as_bytes()),
            "{secret}"
        );
    }
}

fn recurs_from(path: &Path) -> Option<i64> {
    let file = rusqlite::Connection::open(path).unwrap();
    file.query_row("SELECT recurs_from FROM instance", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn what_recurs_is_a_new_homes_from_its_confirmation_unless_it_is_said_to_catch_up() {
    let (directory, path) = at_home();
    home::confirm(&path, &KEY, &here(), Confirm::default(), at(3)).unwrap();
    assert_eq!(recurs_from(&path), None, "it was at home here");
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    home::confirm(&copy, &KEY, &here(), Confirm::default(), at(5)).unwrap();
    assert_eq!(recurs_from(&copy), Some(at(5).as_micros()));
    home::confirm(&copy, &KEY, &here(), Confirm::default(), at(6)).unwrap();
    assert_eq!(recurs_from(&copy), Some(at(5).as_micros()), "said twice");
    home::confirm(&copy, &KEY, &here(), CATCHING_UP, at(7)).unwrap();
    assert_eq!(recurs_from(&copy), Some(at(5).as_micros()), "as it was");
    fs::copy(&path, &copy).unwrap();
    home::confirm(&copy, &KEY, &here(), CATCHING_UP, at(8)).unwrap();
    assert_eq!(recurs_from(&copy), None, "nobody else has served it");
}

#[test]
fn one_more_home_is_excused_where_it_is_another_name_of_the_file_and_not_where_it_is_a_copy() {
    let (directory, path) = at_home();
    let name = directory.path().join("name.db");
    fs::rename(&path, &name).unwrap();
    let path = name;
    home::confirm(&path, &KEY, &here(), ALSO, at(3)).unwrap();
    assert_eq!(recurs_from(&path), None, "another name of it");
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    home::confirm(&copy, &KEY, &here(), ALSO, at(4)).unwrap();
    assert_eq!(recurs_from(&copy), Some(at(4).as_micros()), "a copy");

    // An older state, written over the file.
    let aside = directory.path().join("aside.db");
    fs::copy(&path, &aside).unwrap();
    let held = held_at(&path, &here());
    assert_eq!(held, Some(Held::Unread), "it goes on meanwhile");
    fs::write(&path, fs::read(&aside).unwrap()).unwrap();
    assert_eq!(held_at(&path, &here()), Some(Held::Restored));
    home::confirm(&path, &KEY, &here(), ALSO, at(5)).unwrap();
    assert_eq!(recurs_from(&path), Some(at(5).as_micros()), "put back");

    // One of which it was said that it is at home nowhere.
    home::forget(&copy).unwrap();
    home::confirm(&copy, &KEY, &here(), ALSO, at(6)).unwrap();
    assert_eq!(recurs_from(&copy), Some(at(6).as_micros()), "forgotten");
}
