//! A copy of the database does not send (G33): copied on its server, or reached by another name.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::Timestamp;
use store::home::{Confirm, Held, Here};
use store::ops::{Beat, BeatAnswer, NoteListsRead, Operation};
use store::{Apply, Ownership};
use store_postgres::{Options, PostgresStore, PostgresWriter, home};
use test_postgres::{Database, rows};

fn here() -> Here {
    Here {
        machine: "machine one".into(),
        account: "AC1".into(),
    }
}

const ALSO: Confirm = Confirm {
    also: true,
    catches_up: false,
};

const CATCHING_UP: Confirm = Confirm {
    also: false,
    catches_up: true,
};

struct Node {
    writer: PostgresWriter,
    ownership: std::sync::Arc<Ownership>,
}

impl Node {
    fn open(address: &str, name: &str) -> Self {
        let options = Options {
            name: name.into(),
            ..Options::default()
        };
        let (writer, _, ownership) = PostgresStore::open(address, &options).unwrap();
        Self { writer, ownership }
    }

    fn guarded(address: &str, name: &str, here: &Here) -> (Self, Option<Held>) {
        let mut node = Self::open(address, name);
        let held = node.writer.guard(here).unwrap();
        (node, held)
    }

    fn beat(&mut self) -> BeatAnswer {
        let beat = Beat {
            claims: true,
            at: Timestamp::from_seconds(1_795_000_000),
        };
        let mut answers = self
            .writer
            .apply(&[beat.into_op()], &mut Vec::new())
            .unwrap();
        Beat::from_answer(answers.pop().unwrap().unwrap()).unwrap()
    }

    /// Every provider's list was read to its end, for this homecoming.
    fn reads_the_lists(&mut self, homecoming: u32) {
        let read = NoteListsRead {
            homecoming: Some(homecoming),
            ..NoteListsRead::default()
        };
        let told = self.writer.apply(&[read.into_op()], &mut Vec::new());
        told.unwrap().pop().unwrap().unwrap();
    }

    /// Beats until it holds this many shards: letting go takes more than one.
    fn comes_to(&mut self, shards: u32) -> BeatAnswer {
        for _ in 0..10 {
            let answer = self.beat();
            if answer.shards == shards {
                return answer;
            }
        }
        panic!("{} shards", self.ownership.shards().count());
    }
}

fn at_home() -> (Database, String) {
    let database = test_postgres::database().unwrap();
    let address = database.address.clone();
    let (mut first, held) = Node::guarded(&address, "first", &here());
    assert_eq!(held, None, "where it is opened first");
    assert_eq!(first.beat().shards, 64);
    (database, address)
}

#[test]
fn a_database_copied_on_its_server_is_held_and_takes_no_lane() {
    let (database, address) = at_home();
    let copy = database.copied().unwrap();
    let (mut node, held) = Node::guarded(&copy.address, "first", &here());
    assert_eq!(held, Some(Held::Elsewhere));
    let answer = node.beat();
    assert_eq!((answer.shards, answer.held), (0, Some(Held::Elsewhere)));
    assert_eq!(node.ownership.epoch().0, 0, "it is no node");
    home::confirm(&copy.address, &here(), Confirm::default()).unwrap();
    let answer = node.beat();
    // It has its lanes, and so somebody reads the lists.
    assert_eq!((answer.shards, answer.held), (64, Some(Held::Unread)));
    let (mut second, held) = Node::guarded(&copy.address, "second", &here());
    assert_eq!(held, Some(Held::Unread), "whoever comes to it, too");
    node.reads_the_lists(1);
    assert_eq!((node.beat().held, second.beat().held), (None, None));
    home::forget(&copy.address).unwrap();
    home::confirm(&copy.address, &here(), ALSO).unwrap();
    node.reads_the_lists(1);
    assert_eq!(node.beat().held, Some(Held::Unread), "that was the last");
    second.reads_the_lists(2);
    assert_eq!((node.beat().held, second.beat().held), (None, None));
    let (_, held) = Node::guarded(&address, "first", &here());
    assert_eq!(held, None, "the original goes on");
}

#[test]
fn another_name_of_the_same_server_is_another_home_until_it_is_one_too() {
    let (_database, address) = at_home();
    let elsewhere = Here {
        machine: "machine two".into(),
        ..here()
    };
    let (mut other, held) = Node::guarded(&address, "second", &elsewhere);
    assert_eq!(held, Some(Held::Elsewhere));
    assert_eq!(other.beat().shards, 0);
    home::confirm(&address, &elsewhere, ALSO).unwrap();
    let (mut first, held) = Node::guarded(&address, "first", &here());
    assert_eq!(held, Some(Held::Unread), "for as long as that takes");
    assert_eq!(first.comes_to(64).nodes, 1, "the other is none yet");
    first.reads_the_lists(1);
    assert_eq!(other.beat().held, None);
    // Both send: they share the lanes.
    first.comes_to(32);
    other.comes_to(32);
}

#[test]
fn a_node_whose_home_was_moved_gives_its_lanes_to_the_others() {
    let (_database, address) = at_home();
    let (mut old, _) = Node::guarded(&address, "old", &here());
    old.comes_to(0); // the first one's lease still runs
    let moved = Here {
        machine: "machine two".into(),
        ..here()
    };
    let (mut first, _) = Node::guarded(&address, "first", &here());
    first.comes_to(32);
    old.comes_to(32);
    home::confirm(&address, &moved, Confirm::default()).unwrap();
    assert_eq!(first.comes_to(0).held, Some(Held::Elsewhere));
    assert_eq!(old.comes_to(0).held, Some(Held::Elsewhere));
    let (mut new, held) = Node::guarded(&address, "new", &moved);
    assert_eq!(held, Some(Held::Unread));
    assert_eq!(new.beat().shards, 64, "nobody else counts as a node");
}

#[test]
fn many_nodes_that_open_a_new_database_at_once_are_all_at_home() {
    let database = test_postgres::database().unwrap();
    let nodes: Vec<_> = (0..8)
        .map(|number| {
            let address = database.address.clone();
            std::thread::spawn(move || {
                Node::guarded(&address, &format!("node {number}"), &here()).1
            })
        })
        .collect();
    for node in nodes {
        assert_eq!(node.join().unwrap(), None);
    }
    let view = home::look(&database.address, &here()).unwrap();
    assert_eq!(view.known.len(), 1);
}

/// Whether what recurs is this home's from an instant on, and how many seconds ago that was.
fn recurs_from(database: &Database) -> Option<f64> {
    let ago = "SELECT extract(epoch FROM clock_timestamp() - recurs_from) FROM instance";
    let told = rows(&database.address, ago).unwrap();
    told.first().unwrap().parse().ok()
}

#[test]
fn what_recurs_is_a_new_homes_from_its_confirmation_unless_it_is_said_to_catch_up() {
    let (database, address) = at_home();
    home::confirm(&address, &here(), Confirm::default()).unwrap();
    assert_eq!(recurs_from(&database), None, "it was at home here");
    let copy = database.copied().unwrap();
    home::confirm(&copy.address, &here(), Confirm::default()).unwrap();
    assert!(recurs_from(&copy).is_some_and(|ago| ago < 60.0));
    home::confirm(&copy.address, &here(), CATCHING_UP).unwrap();
    assert!(recurs_from(&copy).is_some(), "as it was");
    let copy = database.copied().unwrap();
    home::confirm(&copy.address, &here(), CATCHING_UP).unwrap();
    assert_eq!(recurs_from(&copy), None, "nobody else has served it");
}

#[test]
fn one_more_home_is_excused_where_it_is_another_name_of_the_database_and_not_where_it_is_a_copy() {
    let (database, address) = at_home();
    let elsewhere = Here {
        machine: "machine two".into(),
        ..here()
    };
    home::confirm(&address, &elsewhere, ALSO).unwrap();
    assert_eq!(recurs_from(&database), None, "another name of it");
    let copy = database.copied().unwrap();
    home::confirm(&copy.address, &here(), ALSO).unwrap();
    assert!(recurs_from(&copy).is_some(), "a copy with its homes");
    // As a dump is where its original was.
    let copy = database.copied().unwrap();
    copy.execute("DELETE FROM homes; UPDATE instance SET guard = 'copied'")
        .unwrap();
    home::confirm(&copy.address, &here(), ALSO).unwrap();
    assert!(recurs_from(&copy).is_some(), "a backup");
    home::forget(&address).unwrap();
    home::confirm(&address, &here(), ALSO).unwrap();
    assert!(recurs_from(&database).is_some(), "it was put back");
}
