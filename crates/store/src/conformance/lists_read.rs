//! How far the providers' lists of inbound messages were read.

use domain::{Channel, Handle, Timestamp};

use super::World;
use crate::ops::NoteListsRead;
use crate::questions::ListsRead;
use crate::records::ListMark;

fn mark(channel: Channel, sender: &str, read_to: Timestamp) -> ListMark {
    let sender: Handle = sender.parse().expect("a number");
    ListMark {
        channel,
        sender,
        read_to,
    }
}

pub(super) async fn up_to_when_a_list_was_read_is_kept_for_each_of_our_numbers(
    mut w: World,
) -> World {
    let kept = async |w: &World| w.ask(ListsRead).await.marks;
    assert_eq!(kept(&w).await, []);
    let (first, later) = (w.now(), w.after(3_600));
    let sms = |read_to| mark(Channel::Sms, "+14155550100", read_to);
    let whatsapp = |read_to| mark(Channel::Whatsapp, "+14155550100", read_to);
    let other = |read_to| mark(Channel::Sms, "+14155550101", read_to);
    let note = async |w: &World, marks: Vec<ListMark>, only_new| {
        w.submit(NoteListsRead {
            marks,
            only_new,
            homecoming: None,
        })
        .await;
    };
    note(&w, vec![sms(first), whatsapp(first)], false).await;
    assert_eq!(kept(&w).await, [sms(first), whatsapp(first)]);
    note(&w, vec![sms(later)], false).await;
    w.reopen().await;
    assert_eq!(kept(&w).await, [sms(later), whatsapp(first)]);
    // From when on reading begins is said of those that are new.
    note(&w, vec![sms(first), other(first)], true).await;
    assert_eq!(kept(&w).await, [sms(later), other(first), whatsapp(first)]);
    // A clock that was ahead.
    note(&w, vec![sms(first)], false).await;
    assert_eq!(kept(&w).await, [sms(first), other(first), whatsapp(first)]);
    w
}

/// A homecoming is beside all operations: it is a home that is confirmed, and a new database has none.
pub(super) async fn a_new_database_has_no_list_to_read_first(w: World) -> World {
    assert_eq!(w.ask(ListsRead).await.unread_for, None);
    w.submit(NoteListsRead {
        homecoming: Some(7),
        ..NoteListsRead::default()
    })
    .await;
    assert_eq!(w.ask(ListsRead).await.unread_for, None);
    w
}
