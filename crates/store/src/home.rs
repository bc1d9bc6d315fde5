//! Where a database is at home (G33): a copy of it must not send. A database remembers, as keyed
//! prints, the homes an operator has confirmed; opened anywhere else it is served and sends
//! nothing (docs/decisions/0011).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use domain::Timestamp;

/// What a process knows of where it runs, before it has seen the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// This machine.
    pub machine: String,
    /// The provider's account messages go out on.
    pub account: String,
}

/// The four things a home is known by. They are shown to the operator who stands there and are never
/// stored as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// SQLite: the machine. PostgreSQL: the server's own identifier.
    pub host: String,
    /// SQLite: the file's path. PostgreSQL: host and port as this process addresses them.
    pub place: String,
    /// SQLite: which file it is, whatever its name. PostgreSQL: which database of the server.
    pub body: String,
    /// The provider's account.
    pub account: String,
}

impl Home {
    /// The four under a key: what a database keeps. The same value gives another print in each part.
    pub fn prints(&self, key: &[u8; 32]) -> Prints {
        let parts = [&self.host, &self.place, &self.body, &self.account];
        let names = ["host", "place", "body", "account"];
        let mut prints = [[0; 32]; 4];
        for ((print, name), part) in prints.iter_mut().zip(names).zip(parts) {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
                continue; // any length of key is taken
            };
            mac.update(format!("gymtext home {name}\0{part}").as_bytes());
            print.copy_from_slice(&mac.finalize().into_bytes());
        }
        Prints(prints)
    }
}

/// A home as a database keeps it: host, place, body, account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prints(pub [[u8; 32]; 4]);

impl Prints {
    /// Which of the four are the same.
    pub fn same_as(&self, other: &Self) -> [bool; 4] {
        let mut same = [false; 4];
        for ((same, own), other) in same.iter_mut().zip(self.0).zip(other.0) {
            *same = own == other;
        }
        same
    }
}

/// What a database says of itself, as `instance.guard` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Just made: where it is opened first is its home.
    New,
    /// It has homes, or waits for one to be confirmed.
    Armed,
    /// It is a backup or a copy, and was never confirmed anywhere.
    Copied,
    /// It was found to be older than what was last open in its place.
    Restored,
    /// A copy into it was begun and not finished.
    Copying,
}

impl Guard {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Armed => "armed",
            Self::Copied => "copied",
            Self::Restored => "restored",
            Self::Copying => "copying",
        }
    }

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        [
            Self::New,
            Self::Armed,
            Self::Copied,
            Self::Restored,
            Self::Copying,
        ]
        .into_iter()
        .find(|guard| guard.as_str() == word)
    }
}

/// Why a process sends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Held {
    /// Its database was confirmed elsewhere.
    Elsewhere = 1,
    /// Its database is a copy that was confirmed nowhere.
    Copied = 2,
    /// Its database is older than what was last open in its place.
    Restored = 3,
    /// A copy into its database was not finished.
    Copying = 4,
    /// Its database is at home here, and what was written to us while it was not is not read to its end yet.
    Unread = 5,
}

impl Held {
    /// In a sentence, with what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Elsewhere => {
                "this database was confirmed at another home, so this may be a copy: nothing is \
                 sent from here until `gymtext home confirm`"
            }
            Self::Copied => {
                "this database is a backup or a copy: nothing is sent from here until `gymtext \
                 home confirm`"
            }
            Self::Restored => {
                "this database is older than what was last open in its place: nothing is sent from \
                 here until `gymtext home confirm`"
            }
            Self::Copying => {
                "a copy into this database was not finished: run the same `gymtext migrate copy` \
                 again"
            }
            Self::Unread => {
                "this is the home of the database now, and the provider's list of what was written to \
                 us meanwhile is not read to its end yet: nothing is sent before it is, which happens \
                 by itself as soon as the provider answers"
            }
        }
    }

    /// Whether the database is at home here all the same: lanes are this process's, and it reads the lists.
    pub const fn is_at_home(self) -> bool {
        match self {
            Self::Elsewhere | Self::Copied | Self::Restored | Self::Copying => false,
            Self::Unread => true,
        }
    }

    /// By its number; `None` for 0 and for what is none.
    pub(crate) const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Elsewhere),
            2 => Some(Self::Copied),
            3 => Some(Self::Restored),
            4 => Some(Self::Copying),
            5 => Some(Self::Unread),
            _ => None,
        }
    }
}

/// Whether a database that says this of itself may send from a home that is, or is not, one of its
/// own. One that is new has been confirmed before it is asked.
pub const fn judge(guard: Guard, is_home: bool) -> Option<Held> {
    match guard {
        Guard::Copying => Some(Held::Copying),
        _ if is_home => None,
        Guard::New | Guard::Armed => Some(Held::Elsewhere),
        Guard::Copied => Some(Held::Copied),
        Guard::Restored => Some(Held::Restored),
    }
}

/// How a home is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confirm {
    /// Its other homes stay: this is another name of the same database.
    pub also: bool,
    /// What recurs and was due before is made, as after any outage. Otherwise it is not, where this was no home before:
    /// whoever served this history meanwhile may have sent it.
    pub catches_up: bool,
}

impl Confirm {
    /// Whether this was no home before, by what the database said of itself and the homes it knew: somebody else may have served
    /// this history meanwhile.
    pub fn comes_home(guard: Guard, here: &Prints, known: &[Prints]) -> bool {
        guard != Guard::New && !known.contains(here)
    }

    /// Whether what recurs is this home's from now on; otherwise that stays as it is. One more home is excused where it is
    /// another name of a database that is at home: on the same host, and the same there. A copy or a restored backup is not.
    pub fn begins_now(self, guard: Guard, here: &Prints, known: &[Prints]) -> bool {
        let another_name = self.also
            && guard == Guard::Armed
            && known
                .iter()
                .any(|home| matches!(home.same_as(here), [true, _, true, _]));
        !self.catches_up && !another_name && Self::comes_home(guard, here, known)
    }
}

/// A confirmed home, compared with where one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownHome {
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// Whether host, place, body and account are the same here.
    pub same: [bool; 4],
}

/// What an operator is shown.
#[derive(Clone, Debug)]
pub struct View {
    /// Where they stand.
    pub here: Home,
    /// What the database says of itself.
    pub guard: Guard,
    /// Its homes, the oldest first.
    pub known: Vec<KnownHome>,
    /// Whether the providers' lists are not read to their ends since somebody came home.
    pub unread: bool,
}

impl View {
    /// Why nothing is sent from here; `None` when it is. A new database has its home where it is
    /// opened first.
    pub fn held(&self) -> Option<Held> {
        match self.guard {
            Guard::New => None,
            guard => judge(guard, self.known.iter().any(|home| home.same == [true; 4]))
                .or(self.unread.then_some(Held::Unread)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(place: &str) -> Home {
        Home {
            host: "one machine".into(),
            place: place.into(),
            body: "inode 7".into(),
            account: "AC1".into(),
        }
    }

    #[test]
    fn prints_tell_homes_apart_part_by_part_and_need_the_key() {
        let (here, there) = (home("/a"), home("/b"));
        let key = [1; 32];
        let same = here.prints(&key).same_as(&there.prints(&key));
        assert_eq!(same, [true, false, true, true]);
        let other_key = here.prints(&[2; 32]);
        assert_eq!(here.prints(&key).same_as(&other_key), [false; 4]);
        let twins = Home {
            place: here.host.clone(),
            ..home("")
        };
        let Prints([host, place, _, _]) = twins.prints(&key);
        assert_ne!(host, place, "the same text in two parts");
    }

    #[test]
    fn one_more_home_is_excused_only_where_it_is_another_name_of_the_same_database() {
        use Guard::{Armed, Copied, New, Restored};
        let key = [1; 32];
        let here = home("/a").prints(&key);
        let another_name = home("/b").prints(&key);
        let another_body = Home {
            body: "inode 8".into(),
            ..home("/a")
        };
        let another_host = Home {
            host: "another machine".into(),
            ..home("/a")
        };
        let (another_body, another_host) = (another_body.prints(&key), another_host.prints(&key));
        let plain = Confirm::default();
        let also = Confirm {
            also: true,
            ..plain
        };
        let catching_up = Confirm {
            catches_up: true,
            ..also
        };
        for (how, guard, known, begins) in [
            (plain, New, vec![], false),
            (plain, Armed, vec![here], false),
            (plain, Armed, vec![another_name], true),
            (also, Armed, vec![another_name], false),
            (also, Armed, vec![another_host, another_name], false),
            (also, Armed, vec![another_body], true),
            (also, Armed, vec![another_host], true),
            (also, Armed, vec![], true),
            (also, Copied, vec![], true),
            (also, Restored, vec![], true),
            (also, Restored, vec![another_name], true),
            (catching_up, Restored, vec![], false),
        ] {
            let said = how.begins_now(guard, &here, &known);
            assert_eq!(said, begins, "{how:?} {guard:?} {}", known.len());
        }
    }

    #[test]
    fn only_a_home_sends_and_an_unfinished_copy_never() {
        use Guard::{Armed, Copied, Copying, New, Restored};
        for (guard, is_home, held) in [
            (Armed, true, None),
            (Armed, false, Some(Held::Elsewhere)),
            (New, false, Some(Held::Elsewhere)),
            (Copied, false, Some(Held::Copied)),
            (Restored, false, Some(Held::Restored)),
            (Copying, true, Some(Held::Copying)),
            (Copying, false, Some(Held::Copying)),
        ] {
            assert_eq!(judge(guard, is_home), held, "{guard:?} {is_home}");
            assert_eq!(Guard::of(guard.as_str()), Some(guard));
            assert_eq!(held.and_then(|held| Held::of(held as u8)), held);
        }
    }
}
