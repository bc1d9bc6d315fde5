//! A connection to PostgreSQL for one thread, which says something and waits for what is answered. Statements that
//! are said together have one Sync behind them: the server answers them together too, and neither side is woken for
//! each of them (docs/decisions/0040).

mod socket;
mod startup;

use std::io::{self, ErrorKind};
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::backend::{CommandCompleteBody, DataRowBody, Message};
use postgres_protocol::message::frontend;
use store::StoreError;
use tokio::time::Instant;

use crate::fault::{Done, Fault, Refusal};
use crate::reach::Reach;
use socket::Socket;

/// How much is taken from the socket at once: several times what the server hands out at once.
const EAR: usize = 32 * 1024;

/// Room for what is said that is kept for the next time.
const KEPT: usize = 256 * 1024;

/// How long somebody waits, and when they stop waiting before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience<'a> {
    reach: &'a Reach,
    until: Instant,
}

impl<'a> Patience<'a> {
    /// For so long, but not for a server that is away.
    pub(crate) fn of(reach: &'a Reach, long: Duration) -> Self {
        Self {
            reach,
            until: Instant::now() + long,
        }
    }

    /// What is left of it.
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// An equal part of what is left of it, where so many may have to do with that: one that is silent leaves the others
    /// theirs.
    fn part(&self, among: usize) -> Self {
        Self {
            reach: self.reach,
            until: Instant::now() + part_of(self.left(), among),
        }
    }

    /// Refuses once there is none left.
    fn check(&self) -> Done<()> {
        self.reach.check()?;
        if self.left().is_zero() {
            return Err(StoreError::Unavailable("PostgreSQL did not answer in time".into()).into());
        }
        Ok(())
    }
}

/// An equal part of a time, among so many that are still to be tried.
pub(crate) fn part_of(left: Duration, among: usize) -> Duration {
    left / u32::try_from(among).unwrap_or(u32::MAX).max(1)
}

/// What a statement was answered.
#[derive(Default)]
pub(crate) struct Answer {
    /// Its rows.
    pub(crate) rows: Vec<DataRowBody>,
    /// How many rows it changed, or found.
    pub(crate) count: u64,
}

/// What the server says before it is ready again: an answer to each statement, or what it refuses.
pub(crate) type Answers = Result<Vec<Answer>, Refusal>;

/// The connection. A fault of any of its functions means that nobody knows any more what is answered to what: it
/// is of no use from then on.
pub(crate) struct Wire {
    socket: Socket,
    /// What is to be said.
    out: BytesMut,
    /// What was heard and not looked at yet.
    heard: BytesMut,
    ear: Box<[u8]>,
}

impl Wire {
    fn on(socket: Socket) -> Self {
        Self {
            socket,
            out: BytesMut::new(),
            heard: BytesMut::new(),
            ear: vec![0; EAR].into(),
        }
    }

    /// Where what is to be said is put.
    pub(crate) fn out(&mut self) -> &mut BytesMut {
        &mut self.out
    }

    /// Says what is to be said.
    pub(crate) fn say(&mut self, patience: &Patience<'_>) -> Done<()> {
        let mut said = 0;
        while said < self.out.len() {
            match self.socket.say(self.out.get(said..).unwrap_or_default()) {
                Ok(0) => return Err(Fault::Lost),
                Ok(length) => said += length,
                Err(error) if is_a_pause(&error) => {
                    patience.check()?;
                    // It may not listen before it is listened to.
                    self.listen()?;
                }
                Err(_) => return Err(Fault::Lost),
            }
        }
        loop {
            match self.socket.flush() {
                Ok(()) => break,
                Err(error) if is_a_pause(&error) => patience.check()?,
                Err(_) => return Err(Fault::Lost),
            }
        }
        if self.out.capacity() > KEPT {
            self.out = BytesMut::new();
        }
        self.out.clear();
        Ok(())
    }

    /// Takes what there is to be heard, if it does not take too long; whether there was anything.
    fn listen(&mut self) -> Done<bool> {
        match self.socket.hear(&mut self.ear) {
            Ok(0) => Err(Fault::Lost),
            Ok(length) => {
                let heard = self.ear.get(..length).unwrap_or_default();
                self.heard.extend_from_slice(heard);
                Ok(true)
            }
            Err(error) if is_a_pause(&error) => Ok(false),
            Err(_) => Err(Fault::Lost),
        }
    }

    /// What is said next by the server.
    fn hear(&mut self, patience: &Patience<'_>) -> Done<Message> {
        loop {
            if let Some(message) = Message::parse(&mut self.heard).map_err(garbled)? {
                return Ok(message);
            }
            if !self.listen()? {
                patience.check()?;
            }
        }
    }

    /// What is answered to everything that was said, until the server is ready again. After one statement that is
    /// refused it passes over the others.
    pub(crate) fn answers(&mut self, patience: &Patience<'_>) -> Done<Answers> {
        let mut answers = Vec::new();
        let mut rows = Vec::new();
        let mut refusal = None;
        loop {
            // One that says why it goes, and goes.
            let message = match (self.hear(patience), refusal.take()) {
                (Err(_), Some(refusal)) => return Err(Fault::Refused(refusal)),
                (message, known) => {
                    refusal = known;
                    message?
                }
            };
            match message {
                Message::DataRow(row) => rows.push(row),
                Message::CommandComplete(body) => answers.push(Answer {
                    rows: std::mem::take(&mut rows),
                    count: count(&body),
                }),
                Message::EmptyQueryResponse => answers.push(Answer::default()),
                Message::ErrorResponse(body) => refusal = Some(Refusal::read(&body)?),
                Message::ReadyForQuery(_) => {
                    return Ok(match refusal {
                        None => Ok(answers),
                        Some(refusal) => Err(refusal),
                    });
                }
                other => unasked(&other)?,
            }
        }
    }

    /// Statements without values, one after the other.
    pub(crate) fn batch(&mut self, text: &str, patience: &Patience<'_>) -> Done<Answers> {
        self.out.clear();
        frontend::query(text, &mut self.out).map_err(garbled)?;
        self.say(patience)?;
        self.answers(patience)
    }

    /// What is known of a prepared statement: its parameters' types, and its columns.
    pub(crate) fn description(
        &mut self,
        patience: &Patience<'_>,
    ) -> Done<Result<Description, Refusal>> {
        let mut description = Description::default();
        let mut refusal = None;
        loop {
            match self.hear(patience)? {
                Message::ParameterDescription(body) => {
                    let mut types = body.parameters();
                    while let Some(oid) = next_of(&mut types)? {
                        description.parameters.push(oid);
                    }
                }
                Message::RowDescription(body) => {
                    let mut fields = body.fields();
                    while let Some(field) = next_of(&mut fields)? {
                        let column = (field.name().to_owned(), field.type_oid());
                        description.columns.push(column);
                    }
                }
                Message::ErrorResponse(body) => refusal = Some(Refusal::read(&body)?),
                Message::ReadyForQuery(_) => {
                    return Ok(match refusal {
                        None => Ok(description),
                        Some(refusal) => Err(refusal),
                    });
                }
                other => unasked(&other)?,
            }
        }
    }
}

impl Drop for Wire {
    /// Says goodbye, if that is still heard.
    fn drop(&mut self) {
        let mut bye = BytesMut::new();
        frontend::terminate(&mut bye);
        let _ = self.socket.say(&bye);
        let _ = self.socket.flush();
    }
}

/// Parameters' types and columns, by the numbers of their types.
#[derive(Debug, Default)]
pub(crate) struct Description {
    pub(crate) parameters: Vec<u32>,
    pub(crate) columns: Vec<(String, u32)>,
}

/// The next of what a message lists.
pub(crate) fn next_of<I>(items: &mut I) -> Done<Option<I::Item>>
where
    I: fallible_iterator::FallibleIterator<Error = io::Error>,
{
    items.next().map_err(garbled)
}

/// Nothing came in a moment, or nothing was taken.
fn is_a_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// What is said without having been asked for, or says only that something was done.
fn unasked(message: &Message) -> Done<()> {
    match message {
        Message::ParseComplete
        | Message::BindComplete
        | Message::CloseComplete
        | Message::NoData
        | Message::RowDescription(_)
        | Message::ParameterStatus(_)
        | Message::NoticeResponse(_)
        | Message::NotificationResponse(_) => Ok(()),
        _ => Err(garbled("it said what was not asked")),
    }
}

/// What is said makes no sense: nobody can tell what became of what was asked, as after a connection that broke.
pub(crate) fn garbled(what: impl std::fmt::Display) -> Fault {
    StoreError::Unavailable(format!("PostgreSQL is not understood: {what}")).into()
}

/// The last word of `INSERT 0 5`, `UPDATE 5` or `SELECT 5`; nothing else counts anything.
fn count(body: &CommandCompleteBody) -> u64 {
    let tag = body.tag().unwrap_or_default();
    let last = tag.rsplit(' ').next().unwrap_or_default();
    last.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::session::Address;

    /// Somebody who takes connections and is no PostgreSQL, and where.
    fn stranger() -> (UnixListener, Address, tempfile::TempDir) {
        let here = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(here.path().join(".s.PGSQL.5432")).unwrap();
        let socket = here.path().display().to_string().replace('/', "%2F");
        let address = Address::parse(&format!("postgres://me@{socket}/gym")).unwrap();
        (listener, address, here)
    }

    #[test]
    fn what_makes_no_sense_is_as_good_as_a_connection_that_broke() {
        let (listener, address, _here) = stranger();
        let saying = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            // It goes only after it was spoken to, and heard.
            socket.read_exact(&mut [0; 8]).unwrap();
            socket.write_all(b"?\0\0\0\x04").unwrap();
            socket
        });
        let reach = Reach::default();
        let patience = Patience::of(&reach, Duration::from_mins(10));
        let fault = Wire::connect(&address, &patience).map(drop).unwrap_err();
        drop(saying.join().unwrap());
        assert!(fault.is_a_lost_connection() && fault.is_of_the_whole());
        let why = StoreError::from(fault).to_string();
        assert!(why.contains("not understood"), "{why}");
    }

    #[test]
    fn who_is_still_to_be_tried_shares_what_is_left() {
        let of = |left, among| part_of(Duration::from_millis(left), among).as_millis();
        assert_eq!(
            [of(1_200, 3), of(800, 2), of(400, 1)],
            [400; 3],
            "all are silent"
        );
        assert_eq!(
            [of(1_200, 2), of(1_190, 1)],
            [600, 1_190],
            "the first refused"
        );
        assert_eq!(of(1_200, 0), 1_200);
    }

    #[test]
    fn who_waits_for_a_server_hears_that_it_is_away() {
        let (_says_nothing, address, _here) = stranger();
        let reach = Reach::default();
        reach.is_away("it is gone");
        let patience = Patience::of(&reach, Duration::from_mins(10));
        let waited = Wire::connect(&address, &patience).map(drop);
        let why = StoreError::from(waited.unwrap_err()).to_string();
        assert!(why.contains("it is gone"), "{why}");
        reach.is_back();
        let patience = Patience::of(&reach, Duration::ZERO);
        let waited = Wire::connect(&address, &patience).map(drop);
        let why = StoreError::from(waited.unwrap_err()).to_string();
        assert!(why.contains("in time"), "{why}");
    }
}
