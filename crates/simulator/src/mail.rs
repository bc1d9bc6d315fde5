//! Letters: e-mail that came to this sandbox by SMTP, kept beside the messages of the phones.
//!
//! A letter belongs to a phone by the phone's e-mail address. Nothing is relayed, nobody logs in, and nothing is
//! encrypted: it is for this machine only.

mod decode;
mod read;
mod server;
mod session;

use std::collections::VecDeque;
use std::sync::Arc;

use domain::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::dates::iso_8601_millis;
use crate::observe::{Change, LedgerLine, Verdict};
use crate::sid::Sid;
use crate::simulator::Simulator;

/// How many letters are remembered; the oldest are forgotten first.
const LETTERS_MAX: usize = 1_000;

/// What a mail server may do to a letter, by the first part of the address, or what follows its `+`:
/// `later@…` and `maria+later@…` alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// `nobody`: no such mailbox.
    Nobody,
    /// `later`: not now.
    Later,
    /// `full`: no room.
    Full,
    /// `silent`: the letter is taken, and the connection breaks before anything is said.
    Silent,
}

impl Fault {
    fn of(address: &str) -> Option<Self> {
        let name = address.split('@').next().unwrap_or_default();
        let word = name.rsplit('+').next().unwrap_or_default();
        match word.to_ascii_lowercase().as_str() {
            "nobody" => Some(Self::Nobody),
            "later" => Some(Self::Later),
            "full" => Some(Self::Full),
            "silent" => Some(Self::Silent),
            _ => None,
        }
    }
}

/// A letter as it came.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) sid: Sid,
    at: Timestamp,
    /// Whom the server was told it is from and for.
    mail_from: String,
    to: Vec<String>,
    read: read::Read,
    bytes: usize,
}

impl Letter {
    /// Its `Message-ID`, without the brackets.
    pub(crate) fn message_id(&self) -> Option<&str> {
        let id = self.read.header("message-id")?.trim();
        Some(id.trim_start_matches('<').trim_end_matches('>'))
    }

    pub(crate) fn is_to(&self, address: &str) -> bool {
        self.to.iter().any(|own| own.eq_ignore_ascii_case(address))
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// As the control API and a handset show it; `phone` is whose it is, where somebody's.
    pub(crate) fn show(&self, phone: Option<&str>) -> Value {
        let header = |name: &str| self.read.header(name);
        json!({
            "id": self.sid.to_string(),
            "direction": "in",
            "channel": "email",
            "phone": phone,
            // As mail programs show it: the quotes around a name are no part of it.
            "from": header("from").unwrap_or(&self.mail_from).replace('"', ""),
            "to": self.to.join(", "),
            "mail_from": self.mail_from,
            "subject": header("subject").unwrap_or_default(),
            "body": self.read.text,
            "message_id": header("message-id"),
            "unsubscribe": self.unsubscribe(),
            "headers": self.read.headers.iter().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
            "bytes": self.bytes,
            "status": "delivered",
            "at": iso_8601_millis(self.at),
        })
    }

    /// Where one press ends this (RFC 8058), if it says so.
    pub(crate) fn unsubscribe(&self) -> Option<&str> {
        let post = self.read.header("list-unsubscribe-post")?;
        if !post
            .trim()
            .eq_ignore_ascii_case("List-Unsubscribe=One-Click")
        {
            return None;
        }
        let places = self.read.header("list-unsubscribe")?.split(',');
        places
            .map(|place| place.trim().trim_start_matches('<').trim_end_matches('>'))
            .find(|place| place.starts_with("http"))
    }
}

/// The letters, numbered on over the whole life of the sandbox.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    kept: VecDeque<(u64, Letter)>,
    came: u64,
}

impl Letters {
    fn push(&mut self, letter: Letter) -> u64 {
        if self.kept.len() >= LETTERS_MAX {
            self.kept.pop_front();
        }
        self.came += 1;
        self.kept.push_back((self.came, letter));
        self.came
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Letter> {
        let first = self.kept.front()?.0;
        let place = usize::try_from(number.checked_sub(first)?).ok()?;
        self.kept.get(place).map(|(_, letter)| letter)
    }

    pub(crate) fn find(&self, sid: Sid) -> Option<&Letter> {
        self.iter().find(|letter| letter.sid == sid)
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Letter> {
        self.kept.iter().map(|(_, letter)| letter)
    }

    /// Forgets all; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }
}

impl Simulator {
    /// A letter has come whole: it is kept, told, and written into the ledger before anybody is answered.
    fn take_letter(&self, mail_from: &str, to: &[String], bytes: &[u8]) {
        let at = self.now();
        let read = read::Read::of(bytes);
        let last = {
            let mut state = self.state();
            let letter = Letter {
                sid: state.sid(*b"EM"),
                at,
                mail_from: mail_from.to_owned(),
                to: to.to_vec(),
                bytes: bytes.len(),
                read,
            };
            let line = LedgerLine {
                at,
                attempt: letter.message_id().and_then(attempt_of).map(Into::into),
                verdict: Verdict::Accepted,
                http: None,
                code: None,
                sid: Some(letter.sid),
                to: to.join(", ").into(),
                body_hash: Sha256::digest(&letter.read.text).into(),
            };
            state.ledger.push(line);
            state.counts.letters += 1;
            let number = state.letters.push(letter);
            state.changes.push(Change::Letter(number))
        };
        self.tell(last);
    }

    /// An address that is not taken: its code and words, which are in the ledger from now on.
    fn refuse_letter(&self, to: &str, code: u16) {
        let line = LedgerLine {
            at: self.now(),
            attempt: None,
            verdict: Verdict::Refused,
            http: None,
            code: Some(u32::from(code)),
            sid: None,
            to: to.into(),
            body_hash: Sha256::digest("").into(),
        };
        let mut state = self.state();
        state.ledger.push(line);
        state.counts.letters_refused += 1;
    }

    /// The phone with this e-mail address.
    pub(crate) fn owner_of(state: &crate::state::State, letter: &Letter) -> Option<Arc<str>> {
        let mut phones = state.phones.iter();
        let owner = phones.find(|phone| {
            let address = phone.email.as_deref();
            address.is_some_and(|address| letter.is_to(address))
        });
        owner.map(|phone| Arc::clone(&phone.number))
    }
}

/// The part of a `Message-ID` that names the attempt.
fn attempt_of(message_id: &str) -> Option<&str> {
    message_id.split('@').next().filter(|own| !own.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_what_happens_to_its_letters() {
        for (address, fault) in [
            ("maria@home.example", None),
            ("nobody@home.example", Some(Fault::Nobody)),
            ("maria+later@home.example", Some(Fault::Later)),
            ("FULL@home.example", Some(Fault::Full)),
            ("maria+silent@home.example", Some(Fault::Silent)),
            ("nobody.else@home.example", None),
        ] {
            assert_eq!(Fault::of(address), fault, "{address}");
        }
    }
}
