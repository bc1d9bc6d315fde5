//! One connection, used from one thread: statements prepared once, values as the operations have
//! them, written and read by the type of their column.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::time::Duration;

use bytes::{BufMut as _, BytesMut};
use futures_util::future::join_all;
use rustc_hash::FxHashMap;
use store::StoreError;
use tokio::runtime::Runtime;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Statement};

use crate::fault::{Done, Fault, corrupt};
use crate::reach::Reach;
use crate::session::{Address, by_key, connect};

/// Microseconds from 1970 to 2000, where PostgreSQL counts from.
const FROM_1970_TO_2000: i64 = 946_684_800_000_000;

/// Prepared statements a connection keeps: more than there are, filters of lists included.
const STATEMENTS_MAX: usize = 512;

/// How long an answer may take, unless somebody asks for more: the server ends a statement before
/// (`statement_timeout`), so nobody is on the other end of this connection any more.
const ANSWER_MAX: Duration = Duration::from_secs(12);

/// Transactions for which plans are kept.
const PLANS_LAST: u32 = 512;

/// A value of ours: instants as microseconds since 1970, ids as their bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Ints(&'a [i64]),
    List(&'a [Value<'a>]),
}

/// Anything that is a value.
pub(crate) trait AsValue {
    fn value(&self) -> Value<'_>;
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl AsValue for $number {
            fn value(&self) -> Value<'_> {
                Value::Int(i64::from(*self))
            }
        }
    )+};
}
numbers!(i64, i32, u8, u16, u32);

impl AsValue for bool {
    fn value(&self) -> Value<'_> {
        Value::Bool(*self)
    }
}
impl AsValue for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}
impl AsValue for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}
impl AsValue for Box<str> {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}
impl AsValue for [i64] {
    fn value(&self) -> Value<'_> {
        Value::Ints(self)
    }
}
impl AsValue for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}
impl<const N: usize> AsValue for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}
impl AsValue for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}
impl<T: AsValue + ?Sized> AsValue for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}
impl<T: AsValue> AsValue for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, AsValue::value)
    }
}

/// Values of a statement, in its order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::AsValue::value(&$value)),*]
    };
}
pub(crate) use params;

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (*self, kind) {
            (Value::Null, _) => return Ok(IsNull::Yes),
            (Value::Bool(value), &Type::BOOL) => out.put_u8(u8::from(value)),
            (Value::Int(value), &Type::INT8) => out.put_i64(value),
            (Value::Int(value), &Type::INT4) => out.put_i32(value.try_into()?),
            (Value::Int(value), &Type::INT2) => out.put_i16(value.try_into()?),
            (Value::Int(value), &Type::TIMESTAMPTZ) => out.put_i64(since_2000(value)),
            (Value::Text(value), &Type::JSONB) => {
                out.put_u8(1);
                out.put_slice(without_nul_in_json(value).as_bytes());
            }
            (Value::Text(value), &Type::TEXT | &Type::VARCHAR | &Type::NAME | &Type::UNKNOWN) => {
                out.put_slice(without_nul(value).as_bytes());
            }
            (Value::Bytes(value), &Type::UUID) if value.len() == 16 => out.put_slice(value),
            (Value::Bytes(value), &Type::BYTEA) => out.put_slice(value),
            (Value::Ints(value), &Type::INT8_ARRAY) => return value.to_sql(kind, out),
            (Value::List(values), kind) => list_to_sql(values, kind, out)?,
            (value, _) => {
                let found = match value {
                    Value::Bool(_) => "a flag",
                    Value::Int(_) => "a number",
                    Value::Text(_) => "a text",
                    Value::Bytes(_) => "bytes",
                    Value::Ints(_) => "numbers",
                    Value::List(_) => "a list",
                    Value::Null => "nothing",
                };
                return Err(format!("{found} where the statement wants {kind}").into());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true // judged by `to_sql`, which knows the value too
    }

    to_sql_checked!();
}

/// Where PostgreSQL's instants begin and end, in microseconds since 2000: 4713 BC, and far beyond any that
/// can be asked for.
const INSTANTS: std::ops::RangeInclusive<i64> =
    -211_813_488_000_000_000..=9_223_371_331_199_999_999;

/// One that PostgreSQL has no room for becomes its first or last.
fn since_2000(since_1970: i64) -> i64 {
    since_1970
        .saturating_sub(FROM_1970_TO_2000)
        .clamp(*INSTANTS.start(), *INSTANTS.end())
}

/// PostgreSQL's texts hold every character but one, which is replaced: what a provider sends must not be
/// refused for good because of it.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same where it is written as JSON writes it.
fn without_nul_in_json(json: &str) -> Cow<'_, str> {
    const NUL: &str = "\\u0000";
    if !json.contains(NUL) {
        return Cow::Borrowed(json);
    }
    let mut cleaned = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        cleaned.push_str(before);
        if let Some(after) = escape.strip_prefix(NUL) {
            cleaned.push_str("\\ufffd");
            rest = after;
            continue;
        }
        // A backslash and what it escapes, so that an escaped backslash escapes nothing.
        let length = escape.chars().take(2).map(char::len_utf8).sum();
        let (kept, after) = escape.split_at(length);
        cleaned.push_str(kept);
        rest = after;
    }
    cleaned.push_str(rest);
    Cow::Owned(cleaned)
}

/// An array of one dimension: dimensions, whether there may be nulls, the elements' type, their count,
/// the first one's number, then each with its length.
fn list_to_sql(
    values: &[Value<'_>],
    kind: &Type,
    out: &mut BytesMut,
) -> Result<(), Box<dyn Error + Sync + Send>> {
    let Kind::Array(element) = kind.kind() else {
        return Err(format!("a list where the statement wants {kind}").into());
    };
    out.put_i32(1);
    out.put_i32(1);
    out.put_u32(element.oid());
    out.put_i32(values.len().try_into()?);
    out.put_i32(1);
    for value in values {
        let at = out.len();
        out.put_i32(-1);
        if let IsNull::No = value.to_sql(element, out)? {
            let length: i32 = (out.len() - at - 4).try_into()?;
            if let Some(place) = out.get_mut(at..at + 4) {
                place.copy_from_slice(&length.to_be_bytes());
            }
        }
    }
    Ok(())
}

/// What stands in a column.
enum Found<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> FromSql<'a> for Found<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::BOOL => Self::Bool(bool::from_sql(kind, raw)?),
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(kind, raw)?.into()),
            Type::TIMESTAMPTZ => Self::Int(i64::from_be_bytes(raw.try_into()?) + FROM_1970_TO_2000),
            Type::UUID | Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row of an answer.
#[derive(Debug)]
pub(crate) struct Row(tokio_postgres::Row);

/// A type a column can be read as.
pub(crate) trait FromColumn<'r>: Sized {
    fn from_column(row: &'r Row, at: usize) -> Done<Self>;
}

impl Row {
    /// The column at this place.
    pub(crate) fn get<'r, T: FromColumn<'r>>(&'r self, at: usize) -> Done<T> {
        T::from_column(self, at)
    }

    fn found(&self, at: usize) -> Done<Found<'_>> {
        self.0.try_get(at).map_err(Fault::from)
    }

    /// Whether nothing stands there.
    pub(crate) fn is_null(&self, at: usize) -> Done<bool> {
        Ok(matches!(self.found(at)?, Found::Null))
    }

    fn strange(&self, at: usize) -> Fault {
        let name = self.0.columns().get(at).map_or("?", |column| column.name());
        corrupt(name, "of another kind than expected")
    }
}

macro_rules! number_columns {
    ($($number:ty),+) => {$(
        impl<'r> FromColumn<'r> for $number {
            fn from_column(row: &'r Row, at: usize) -> Done<Self> {
                match row.found(at)? {
                    Found::Int(value) => value.try_into().map_err(|_| row.strange(at)),
                    _ => Err(row.strange(at)),
                }
            }
        }
    )+};
}
number_columns!(i64, u8, u16, u32, u64);

impl<'r> FromColumn<'r> for bool {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Bool(value) => Ok(value),
            _ => Err(row.strange(at)),
        }
    }
}

impl<'r> FromColumn<'r> for &'r str {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Text(value) => Ok(value),
            _ => Err(row.strange(at)),
        }
    }
}

impl<'r> FromColumn<'r> for String {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        <&str>::from_column(row, at).map(str::to_owned)
    }
}

impl<'r> FromColumn<'r> for &'r [u8] {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Bytes(value) => Ok(value),
            _ => Err(row.strange(at)),
        }
    }
}

impl<'r, T: FromColumn<'r>> FromColumn<'r> for Option<T> {
    fn from_column(row: &'r Row, at: usize) -> Done<Self> {
        match row.found(at)? {
            Found::Null => Ok(None),
            _ => T::from_column(row, at).map(Some),
        }
    }
}

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

/// A connection and the runtime that drives it.
pub(crate) struct Sql {
    runtime: Runtime,
    client: Client,
    reach: Reach,
    /// Whether an answer is still on the line that nobody waits for any more.
    given_up: Cell<bool>,
    answer_max: Cell<Duration>,
    statements: RefCell<FxHashMap<Box<str>, Statement>>,
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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                StoreError::Unavailable(format!("no runtime for a connection ({})", error.kind()))
            })?;
        let client = runtime.block_on(async {
            tokio::select! {
                biased;
                connected = connect(&line.address) => connected,
                error = line.reach.away() => Err(error.into()),
            }
        })?;
        Ok(Self {
            runtime,
            client,
            reach: line.reach.clone(),
            given_up: Cell::new(false),
            answer_max: Cell::new(ANSWER_MAX),
            statements: RefCell::default(),
            planned: Cell::new(0),
        })
    }

    /// Whether the connection is known to be gone, or of no use any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.given_up.get() || self.client.is_closed()
    }

    /// Waits for an answer, but not for a server that is away.
    fn wait<T>(&self, asked: impl Future<Output = T>) -> Done<T> {
        let answered = self.runtime.block_on(async {
            tokio::select! {
                biased;
                answer = asked => Ok(answer),
                error = self.reach.away() => Err(error),
                () = tokio::time::sleep(self.answer_max.get()) => {
                    Err(StoreError::Unavailable("PostgreSQL did not answer in time".into()))
                }
            }
        });
        match answered {
            Ok(answer) => {
                self.reach.is_alive();
                Ok(answer)
            }
            Err(error) => {
                self.given_up.set(true);
                Err(error.into())
            }
        }
    }

    /// Called between transactions: throws the plans away now and then. One that was made while a table
    /// was empty would go on reading all of it; the server plans again only after it has analysed.
    pub(crate) fn plan_again(&self) -> Done<()> {
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
        Ok(self.wait(self.client.batch_execute(sql))??)
    }

    fn prepared(&self, sql: &str) -> Done<Statement> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wait(self.client.prepare(sql))??;
        let mut statements = self.statements.borrow_mut();
        if statements.len() < STATEMENTS_MAX {
            statements.insert(sql.into(), statement.clone());
        }
        Ok(statement)
    }

    /// Runs a statement and answers how many rows it changed.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Done<u64> {
        let statement = self.prepared(sql)?;
        let values = as_dyn(values);
        Ok(self.wait(self.client.execute(&statement, &values))??)
    }

    /// The answer of one.
    pub(crate) fn ask(&self, query: &Query<'_>) -> Done<Vec<Row>> {
        self.rows(query.text, &query.values)
    }

    /// Sends all of these before the first is answered. After one that fails the others fail too, as
    /// their transaction has; a COMMIT among them takes everything back.
    pub(crate) fn pipeline(&self, queries: &[Query<'_>]) -> Done<Vec<Vec<Row>>> {
        let statements = queries
            .iter()
            .map(|query| self.prepared(query.text))
            .collect::<Done<Vec<_>>>()?;
        let answers = queries
            .iter()
            .zip(&statements)
            .map(|(query, statement)| async move {
                let values = as_dyn(&query.values);
                self.client.query(statement, &values).await
            });
        // All of them, so that nothing is left on the line.
        let answers = self.wait(join_all(answers))?;
        answers
            .into_iter()
            .map(|rows| Ok(rows?.into_iter().map(Row).collect()))
            .collect()
    }

    fn rows(&self, sql: &str, values: &[Value<'_>]) -> Done<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let values = as_dyn(values);
        let rows = self.wait(self.client.query(&statement, &values))??;
        Ok(rows.into_iter().map(Row).collect())
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

fn as_dyn<'a>(values: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}
