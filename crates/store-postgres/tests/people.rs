//! Several nodes that take room for people at the same instant: never more than there is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Barrier;

use domain::{Channel, Handle, Timestamp};
use store::committer::Apply as _;
use store::ops::{Operation, ReachPeople};
use store_postgres::{Options, PostgresStore, PostgresWriter};

const AT: Timestamp = Timestamp::from_seconds(1_795_000_000);

const NODES: usize = 4;

/// For all nodes together.
const MAX: u32 = 50;

fn open(address: &str, name: &str) -> PostgresWriter {
    let options = Options {
        name: name.into(),
        ..Options::default()
    };
    PostgresStore::open(address, &options).unwrap().0
}

fn person(node: usize, number: usize) -> Handle {
    Handle::Phone(format!("+1415555{node}{number:03}").parse().unwrap())
}

/// Asks for three people at a time until a turn of its own finds no room; answers how many it got.
fn takes_what_it_can(writer: &mut PostgresWriter, node: usize) -> usize {
    let (mut got, mut refused) = (0, 0);
    for batch in 0.. {
        let handles: Vec<Handle> = (0..3).map(|n| person(node, batch * 3 + n)).collect();
        let asked = ReachPeople {
            channel: Channel::Whatsapp,
            handles,
            max: MAX,
            since: Timestamp::from_seconds(0),
            at: AT,
        };
        let answers = writer.apply(&[asked.into_op()], &mut Vec::new()).unwrap();
        let answer = answers.into_iter().next().unwrap().unwrap();
        let may = ReachPeople::from_answer(answer).unwrap();
        got += may.iter().filter(|may| **may).count();
        // Refused may mean that it was another's turn.
        refused = if may.contains(&true) { 0 } else { refused + 1 };
        if refused == 20 || batch == 300 {
            break;
        }
    }
    got
}

#[test]
fn nodes_that_ask_at_the_same_instant_get_no_more_than_there_is() {
    let database = test_postgres::database().unwrap();
    let _ = open(&database.address, "first");
    let start = Barrier::new(NODES);
    let got: Vec<usize> = std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..NODES)
            .map(|node| {
                let (start, address) = (&start, &database.address);
                scope.spawn(move || {
                    let mut writer = open(address, &format!("node-{node}"));
                    start.wait();
                    takes_what_it_can(&mut writer, node)
                })
            })
            .collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    assert_eq!(got.iter().sum::<usize>(), MAX as usize, "{got:?}");
}
