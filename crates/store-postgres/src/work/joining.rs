//! Members to be, for all of a batch at once: whose their numbers are, whether anything is known of their addresses, and the
//! rows of those of whom nothing is.
//!
//! Nobody else is locked out of a number that is free: two nodes that take the same one wait for each other at its key,
//! in the order of the numbers, and the later one is tried again. The same holds for consents, which are added and never
//! written over here.

use std::collections::VecDeque;

use domain::{Channel, ConsentState, Handle, MemberId, Purpose, Timestamp};
use rustc_hash::FxHashMap;
use store::Op;
use store::records::{AuditEntry, ConsentEntry, ConsentRecord, NewMember};

use super::Work;
use super::queries::texts;
use crate::columns::member_id;
use crate::fault::Done;
use crate::sql::{Query, Row, Value};
use crate::tx::Tx;
use crate::write::consent::erased_hash;

/// How many are asked about again once what was known had to be forgotten.
const AGAIN: usize = 128;

/// How the claim of a member to be to their number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This member has it.
    Owned(MemberId),
    /// Nobody has it, nor their e-mail address, and nothing is known of either.
    Fresh,
    /// Nobody has it, but something is known: it has to be looked at closer.
    Touched,
}

/// What is known of addresses.
#[derive(Debug, Default)]
pub(crate) struct Known {
    phones: FxHashMap<String, Claim>,
    /// Whether nothing is known of an e-mail address.
    emails: FxHashMap<String, bool>,
}

impl Known {
    /// How this one stands, if they were asked about.
    fn of(&self, new: &NewMember) -> Option<Claim> {
        let phone = *self.phones.get(new.phone.as_e164())?;
        let email = match &new.email {
            None => true,
            Some(email) => *self.emails.get(email)?,
        };
        Some(match phone {
            Claim::Fresh if !email => Claim::Touched,
            phone => phone,
        })
    }

    /// They are a member from now on.
    fn made(&mut self, new: &NewMember) {
        let phone = new.phone.as_e164().to_owned();
        self.phones.insert(phone, Claim::Owned(new.id));
        if let Some(email) = &new.email {
            self.emails.insert(email.clone(), false);
        }
    }
}

/// A member to be who is still to come in this batch.
#[derive(Clone, Debug)]
struct Wish {
    phone: String,
    email: Option<String>,
}

impl Wish {
    fn of(new: &NewMember) -> Self {
        Self {
            phone: new.phone.as_e164().to_owned(),
            email: new.email.clone(),
        }
    }
}

/// A new member's row, and when they opted in on WhatsApp.
#[derive(Debug)]
pub(crate) struct NewUser {
    pub(crate) member: NewMember,
    pub(crate) at: Timestamp,
    pub(crate) whatsapp_since: Option<Timestamp>,
}

/// A line of the ledger of consents.
#[derive(Debug)]
pub(crate) struct NewLine {
    pub(crate) entry: ConsentEntry,
    pub(crate) state: ConsentState,
    pub(crate) version: u32,
    pub(crate) at: Timestamp,
}

/// Who joins in this transaction.
#[derive(Debug, Default)]
pub(super) struct Joining {
    /// Those still to come, in the order of the operations.
    waiting: VecDeque<Wish>,
    /// Whether they have been asked about once.
    asked: bool,
    known: Known,
    pub(super) users: Vec<NewUser>,
    pub(super) consents: Vec<ConsentRecord>,
    pub(super) lines: Vec<NewLine>,
    pub(super) audits: Vec<(AuditEntry, Timestamp)>,
}

impl Joining {
    /// Those whom these operations are to make.
    pub(super) fn of(ops: &[Op]) -> Self {
        let mut waiting = VecDeque::new();
        for op in ops {
            match op.plain() {
                Op::CreateMember(op) => waiting.push_back(Wish::of(&op.member)),
                Op::CreateMembers(op) => {
                    waiting.extend(op.members.iter().map(|(member, _)| Wish::of(member)));
                }
                _ => {}
            }
        }
        Self {
            waiting,
            ..Self::default()
        }
    }

    /// Forgets what may have been changed.
    pub(super) fn forget(&mut self) {
        self.known = Known::default();
    }

    /// The rows are written.
    pub(super) fn is_written(&mut self) {
        self.users.clear();
        self.consents.clear();
        self.lines.clear();
        self.audits.clear();
    }

    /// Whom to ask about, this one first.
    fn next(&mut self, new: &NewMember) -> Vec<Wish> {
        let is_first = |wish: &Wish| wish.phone == new.phone.as_e164() && wish.email == new.email;
        if !self.waiting.front().is_some_and(is_first) {
            return vec![Wish::of(new)];
        }
        let count = if self.asked { AGAIN } else { usize::MAX };
        self.asked = true;
        self.waiting.iter().take(count).cloned().collect()
    }
}

/// The addresses that are asked about, as columns.
#[derive(Debug)]
struct Addresses<'a> {
    phones: Vec<Value<'a>>,
    emails: Vec<Value<'a>>,
    /// All of them, with the channels they are on.
    channels: Vec<Value<'a>>,
    all: Vec<Value<'a>>,
    /// As they are kept once their member is erased.
    hashes: Vec<Value<'a>>,
}

impl<'a> Addresses<'a> {
    fn of(wishes: &'a [Wish], hashes: &'a FxHashMap<Vec<u8>, &'a str>) -> Self {
        let emails = || wishes.iter().filter_map(|wish| wish.email.as_deref());
        let pairs = wishes.iter().flat_map(on_channels);
        let (channels, all) = pairs
            .map(|(channel, address)| (Value::Text(channel.as_str()), Value::Text(address)))
            .unzip();
        Self {
            phones: texts(wishes.iter().map(|wish| wish.phone.as_str())),
            emails: texts(emails()),
            channels,
            all,
            hashes: hashes.keys().map(|hash| Value::Bytes(hash)).collect(),
        }
    }

    /// Who has a number; and which of the addresses are somebody's otherwise, or known.
    fn queries(&self) -> [Query<'_>; 6] {
        let pairs = [Value::List(&self.channels), Value::List(&self.all)];
        [
            Query::new(OWNERS, &[Value::List(&self.phones)]),
            Query::new(WHATSAPP, &[Value::List(&self.phones)]),
            Query::new(EMAILS, &[Value::List(&self.emails)]),
            Query::new(CONSENTS, &pairs),
            Query::new(CODES, &[Value::List(&self.all)]),
            Query::new(ERASED, &[Value::List(&self.hashes)]),
        ]
    }
}

const OWNERS: &str = "SELECT u.phone_number, u.id FROM (SELECT unnest($1::text[]) AS address) AS of
     CROSS JOIN LATERAL (SELECT phone_number, id FROM users
       WHERE phone_number = of.address OFFSET 0) AS u";

const WHATSAPP: &str = "SELECT p.whatsapp_number FROM (SELECT unnest($1::text[]) AS address) AS of
     CROSS JOIN LATERAL (SELECT whatsapp_number FROM user_profiles
       WHERE whatsapp_number = of.address OFFSET 0) AS p";

const EMAILS: &str = "SELECT u.email FROM (SELECT unnest($1::text[]) AS address) AS of
     CROSS JOIN LATERAL (SELECT email FROM users WHERE email = of.address OFFSET 0) AS u";

const CONSENTS: &str = "SELECT c.address
     FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS address) AS of
     CROSS JOIN LATERAL (SELECT address FROM consents
       WHERE channel = of.channel AND address = of.address OFFSET 0) AS c";

const CODES: &str = "SELECT l.address FROM (SELECT unnest($1::text[]) AS address) AS of
     CROSS JOIN LATERAL (SELECT address FROM login_codes WHERE address = of.address OFFSET 0) AS l";

const ERASED: &str = "SELECT e.hash FROM (SELECT unnest($1::bytea[]) AS hash) AS of
     CROSS JOIN LATERAL (SELECT hash FROM erased_addresses WHERE hash = of.hash OFFSET 0) AS e";

/// The statements that ask, for whoever looks at their plans.
#[cfg(test)]
pub(super) const ASKING: [&str; 6] = [OWNERS, WHATSAPP, EMAILS, CONSENTS, CODES, ERASED];

/// The addresses of one on the channels that may be agreed to before they are a member.
fn on_channels(wish: &Wish) -> impl Iterator<Item = (Channel, &str)> {
    let phone = wish.phone.as_str();
    let email = wish.email.as_deref();
    [(Channel::Sms, phone), (Channel::Whatsapp, phone)]
        .into_iter()
        .chain(email.map(|email| (Channel::Email, email)))
}

impl Work {
    /// Takes the answers in.
    fn take_standings(
        &mut self,
        wishes: &[Wish],
        hashes: &FxHashMap<Vec<u8>, &str>,
        answers: &[Vec<Row>],
    ) -> Done<()> {
        let known = &mut self.joining.known;
        for wish in wishes {
            known.phones.insert(wish.phone.clone(), Claim::Fresh);
            if let Some(email) = &wish.email {
                known.emails.insert(email.clone(), true);
            }
        }
        let [owners, others @ .., erased] = answers else {
            return Ok(());
        };
        let mut touch = |address: &str| {
            if let Some(standing) = known.phones.get_mut(address) {
                *standing = Claim::Touched;
            }
            if let Some(is_fresh) = known.emails.get_mut(address) {
                *is_fresh = false;
            }
        };
        for row in others.iter().flatten() {
            touch(row.get(0)?);
        }
        for row in erased {
            if let Some(address) = hashes.get(row.get::<&[u8]>(0)?) {
                touch(address);
            }
        }
        for row in owners {
            let owner = member_id(row, 1, "users.id")?;
            known.phones.insert(row.get(0)?, Claim::Owned(owner));
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// How the number of a member to be stands. Whoever else is to be made in this batch is asked about with them.
    pub(crate) fn standing(&self, new: &NewMember) -> Done<Claim> {
        let known = self.work().joining.known.of(new);
        let standing = if let Some(standing) = known {
            standing
        } else {
            self.ask_about(new)?;
            let known = self.work().joining.known.of(new);
            known.unwrap_or(Claim::Touched)
        };
        let mut work = self.work();
        let waiting = &mut work.joining.waiting;
        waiting.pop_front_if(|wish| wish.phone == new.phone.as_e164() && wish.email == new.email);
        Ok(standing)
    }

    fn ask_about(&self, new: &NewMember) -> Done<()> {
        // Who was made before them in this transaction is found, too.
        self.flush()?;
        let wishes = self.work().joining.next(new);
        let mut hashes = FxHashMap::default();
        for (channel, address) in wishes.iter().flat_map(on_channels) {
            let handle = match channel {
                Channel::Email => Handle::Email(address.into()),
                _ => Handle::Phone(address.parse().map_err(|_| unread())?),
            };
            for purpose in Purpose::ALL {
                let hash = erased_hash(self, channel, &handle, *purpose)?;
                hashes.insert(hash, address);
            }
        }
        let addresses = Addresses::of(&wishes, &hashes);
        let answers = self.sql.pipeline(&addresses.queries())?;
        self.work().take_standings(&wishes, &hashes, &answers)
    }

    /// Adds a member of whose addresses nothing is known, with their consents and the lines that made them.
    pub(crate) fn add_member(
        &self,
        user: NewUser,
        consents: Vec<ConsentRecord>,
        lines: Vec<NewLine>,
    ) {
        let mut work = self.work();
        let work = &mut *work;
        work.joining.known.made(&user.member);
        for record in &consents {
            // Whoever asked for the version before finds this one.
            let versions = work.consents.entry(record.channel).or_default();
            versions.insert(record.handle.as_str().to_owned(), record.version);
        }
        work.heard.somebody_came(user.member.phone.as_e164());
        if let Some(email) = &user.member.email {
            work.heard.somebody_came(email);
        }
        work.joining.users.push(user);
        work.joining.consents.extend(consents);
        work.joining.lines.extend(lines);
        work.pending = true;
    }

    /// Says before the rows are added that this is a member, whose occasions are all free.
    pub(crate) fn will_be_member(&self, member: MemberId) {
        self.work().members.insert(member, true);
    }

    /// What is known of the others, while one is made by statements that change nothing of it.
    pub(crate) fn set_standings_aside(&self) -> Known {
        std::mem::take(&mut self.work().joining.known)
    }

    /// And back, once they are made.
    pub(crate) fn take_standings_back(&self, mut known: Known, made: &NewMember) {
        known.made(made);
        self.work().joining.known = known;
    }

    /// Adds a line to what is kept of changes.
    pub(crate) fn add_audit(&self, entry: AuditEntry, at: Timestamp) {
        let mut work = self.work();
        work.joining.audits.push((entry, at));
        work.pending = true;
    }
}

fn unread() -> crate::fault::Fault {
    crate::fault::corrupt("users.phone_number", "no number")
}
