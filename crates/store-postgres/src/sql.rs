//! One connection, used from one thread: statements prepared once, values as the operations have
//! them, written and read by the type of their column.

mod row;
mod value;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use postgres_protocol::message::frontend::{self, BindError};
use rustc_hash::FxHashMap;
use tokio_postgres::types::Type;

use crate::fault::{Done, Fault};
use crate::reach::Reach;
use crate::session::{Address, by_key, connect};
use crate::wire::{Answer, Answers, Patience, Wire, garbled};

use row::Column;
pub(crate) use row::Row;
pub(crate) use value::{AsValue, Value, params, without_nul};

/// Microseconds from 1970 to 2000, where PostgreSQL counts from.
const FROM_1970_TO_2000: i64 = 946_684_800_000_000;

/// Prepared statements a connection keeps: more than there are, filters of lists included.
const STATEMENTS_MAX: usize = 512;

/// How long an answer may take, unless somebody asks for more: the server ends a statement before
/// (`statement_timeout`), so nobody is on the other end of this connection any more.
const ANSWER_MAX: Duration = Duration::from_secs(12);

/// Transactions for which plans are kept.
const PLANS_LAST: u32 = 512;

/// A statement and its values.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    text: &'a str,
    values: Vec<Value<'a>>,
}

impl<'a> Query<'a> {
    pub(crate) fn new(text: &'a str, values: &[Value<'a>]) -> Self {
        Self {
            text,
            values: values.to_vec(),
        }
    }
}

/// Where the database is, and whether it can be reached.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Where.
    pub(crate) address: Address,
    /// Whether.
    pub(crate) reach: Reach,
}

impl Line {
    /// To there; nothing is known of it yet.
    pub(crate) fn to(address: Address) -> Self {
        Self {
            address,
            reach: Reach::default(),
        }
    }

    /// Connects for statements that look rows up by their keys.
    pub(crate) fn connect(&self) -> Done<Sql> {
        let sql = Sql::connect(self)?;
        sql.batch(&by_key("SET", "off"))?;
        sql.batch("SET plan_cache_mode = force_generic_plan")?;
        Ok(sql)
    }
}

/// A statement the server knows by a name.
#[derive(Debug)]
struct Prepared {
    name: String,
    parameters: Vec<Type>,
    columns: Arc<[Column]>,
}

/// A connection and what the server knows on it.
pub(crate) struct Sql {
    wire: RefCell<Wire>,
    reach: Reach,
    /// Whether it is of no use any more: it is gone, or an answer is still on the line that nobody waits for.
    is_lost: Cell<bool>,
    answer_max: Cell<Duration>,
    statements: RefCell<FxHashMap<Box<str>, Arc<Prepared>>>,
    /// Statements prepared so far.
    names: Cell<u32>,
    /// Transactions since the plans were made.
    planned: Cell<u32>,
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sql")
    }
}

impl Sql {
    /// Connects, with the settings of a session; refused while the server is known to be away.
    pub(crate) fn connect(line: &Line) -> Done<Self> {
        line.reach.check()?;
        Ok(Self {
            wire: RefCell::new(connect(&line.address, &line.reach)?),
            reach: line.reach.clone(),
            is_lost: Cell::new(false),
            answer_max: Cell::new(ANSWER_MAX),
            statements: RefCell::default(),
            names: Cell::new(0),
            planned: Cell::new(0),
        })
    }

    /// Whether the connection is known to be gone, or of no use any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.get()
    }

    /// Says something and waits for an answer, but not for a server that is away.
    fn talk<T>(&self, talk: impl FnOnce(&mut Wire, &Patience<'_>) -> Done<T>) -> Done<T> {
        if self.is_lost.get() {
            return Err(Fault::Lost);
        }
        let patience = Patience::of(&self.reach, self.answer_max.get());
        let said = talk(&mut self.wire.borrow_mut(), &patience);
        match &said {
            Ok(_) => self.reach.is_alive(),
            Err(_) => self.is_lost.set(true),
        }
        said
    }

    /// Called between transactions: throws the plans away now and then. One that was made while a table
    /// was empty would go on reading all of it; the server plans again only after it has analysed.
    pub(crate) fn plan_again(&self) -> Done<()> {
        if self.statements.borrow().len() >= STATEMENTS_MAX {
            self.batch("DEALLOCATE ALL")?;
            self.statements.borrow_mut().clear();
        }
        let planned = self.planned.get() + 1;
        self.planned.set(planned % PLANS_LAST);
        if planned == PLANS_LAST {
            self.batch("DISCARD PLANS")?;
        }
        Ok(())
    }

    /// From now on the server may take this long for a statement.
    pub(crate) fn answers_within(&self, answer_max: Duration) {
        self.answer_max.set(answer_max);
    }

    /// Does something whose statements may take longer than any other.
    pub(crate) fn patiently<T>(&self, answer_max: Duration, work: impl FnOnce() -> T) -> T {
        let usual = self.answer_max.replace(answer_max);
        let done = work();
        self.answer_max.set(usual);
        done
    }

    /// Statements without values, one after the other.
    pub(crate) fn batch(&self, sql: &str) -> Done<()> {
        self.talk(|wire, patience| wire.batch(sql, patience))??;
        Ok(())
    }

    fn prepared(&self, sql: &str) -> Done<Arc<Prepared>> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(Arc::clone(statement));
        }
        let name = format!("s{}", self.names.replace(self.names.get().wrapping_add(1)));
        let description = self.talk(|wire, patience| {
            let out = wire.out();
            out.clear();
            frontend::parse(&name, sql, [], out)?;
            frontend::describe(b'S', &name, out)?;
            frontend::sync(out);
            wire.say(patience)?;
            wire.description(patience)
        })??;
        // Types that a database made for itself are read as texts.
        let kind = |oid| Type::from_oid(oid).unwrap_or(Type::UNKNOWN);
        let columns = description.columns.into_iter().map(|(name, oid)| Column {
            name,
            kind: kind(oid),
        });
        let statement = Arc::new(Prepared {
            name,
            parameters: description.parameters.into_iter().map(kind).collect(),
            columns: columns.collect(),
        });
        let mut statements = self.statements.borrow_mut();
        statements.insert(sql.into(), Arc::clone(&statement));
        Ok(statement)
    }

    /// Sends all of these before the first is answered, as one.
    fn ask_all(&self, asked: &[(&Prepared, &[Value<'_>])]) -> Done<Vec<Answer>> {
        {
            let mut wire = self.wire.borrow_mut();
            let out = wire.out();
            out.clear();
            for (statement, values) in asked {
                // Nothing of it has been said yet: the connection is as good as before.
                bind(statement, values, out).inspect_err(|_| out.clear())?;
                frontend::execute("", 0, out)?;
            }
            frontend::sync(out);
        }
        let answers: Answers = self.talk(|wire, patience| {
            wire.say(patience)?;
            wire.answers(patience)
        })?;
        let answers = answers?;
        if answers.len() == asked.len() {
            Ok(answers)
        } else {
            self.is_lost.set(true);
            Err(garbled("it answered another number of statements"))
        }
    }

    /// Runs a statement and answers how many rows it changed.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Done<u64> {
        let statement = self.prepared(sql)?;
        let answers = self.ask_all(&[(&statement, values)])?;
        Ok(answers.first().map_or(0, |answer| answer.count))
    }

    /// The answer of one.
    pub(crate) fn ask(&self, query: &Query<'_>) -> Done<Vec<Row>> {
        self.rows(query.text, &query.values)
    }

    /// Sends all of these before the first is answered. After one that fails the others are not looked at any more,
    /// not even a COMMIT or a ROLLBACK among them: whoever is in a transaction still is.
    pub(crate) fn pipeline(&self, queries: &[Query<'_>]) -> Done<Vec<Vec<Row>>> {
        let statements = queries
            .iter()
            .map(|query| self.prepared(query.text))
            .collect::<Done<Vec<_>>>()?;
        let asked: Vec<_> = queries
            .iter()
            .zip(&statements)
            .map(|(query, statement)| (&**statement, &*query.values))
            .collect();
        let answers = self.ask_all(&asked)?;
        answers
            .iter()
            .zip(&statements)
            .map(|(answer, statement)| rows(answer, statement))
            .collect()
    }

    fn rows(&self, sql: &str, values: &[Value<'_>]) -> Done<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let answers = self.ask_all(&[(&statement, values)])?;
        answers
            .first()
            .map_or_else(|| Ok(Vec::new()), |answer| rows(answer, &statement))
    }

    /// All rows of a query.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row) -> Done<T>,
    ) -> Done<Vec<T>> {
        self.rows(sql, values)?.iter().map(read).collect()
    }

    /// The first row of a query, if there is one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row) -> Done<T>,
    ) -> Done<Option<T>> {
        self.rows(sql, values)?.first().map(read).transpose()
    }
}

/// The rows of an answer.
fn rows(answer: &Answer, of: &Prepared) -> Done<Vec<Row>> {
    let rows = answer.rows.iter();
    rows.map(|row| Row::read(row, &of.columns)).collect()
}

/// Writes a statement's values, all in their binary form, and asks for its columns in theirs.
fn bind(statement: &Prepared, values: &[Value<'_>], out: &mut bytes::BytesMut) -> Done<()> {
    const BINARY: i16 = 1;
    let parameters = &statement.parameters;
    if parameters.len() != values.len() {
        return Err(Fault::Unfit(format!(
            "a statement wants {} values and was given {}",
            parameters.len(),
            values.len()
        )));
    }
    frontend::bind(
        "",
        &statement.name,
        [BINARY],
        values.iter().zip(parameters),
        |(value, kind), out| value.write(kind, out),
        [BINARY],
        out,
    )
    .map_err(|error| match error {
        BindError::Conversion(why) => Fault::Unfit(why.to_string()),
        BindError::Serialization(why) => why.into(),
    })
}
