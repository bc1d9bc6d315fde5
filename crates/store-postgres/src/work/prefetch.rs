//! The beginning of a transaction: what the operations of a batch are going to look at is read in one go, or
//! in two where messages are named by ids whose numbers are not known. It is only a head start: what is not
//! read here is read when it is asked for.

use domain::{Channel, MemberId, MessageId};
use rustc_hash::FxHashMap;
use store::Op;
use store::records::{ConsentEntry, NewMessage, Opens};

use super::Work;
use super::heard::Asked;
use super::joining::Joining;
use super::keys::Keys;
use super::queries::{self, channels, texts, uuids};
use crate::columns::{attempt_key, message_id};
use crate::fault::Done;
use crate::recall::Beside;
use crate::sql::{Query, Row, Value};
use crate::tx::Tx;
use crate::write::receipt;
use crate::{mailbox, recall};

/// What a batch will ask for.
#[derive(Debug, Default)]
struct Wanted<'a> {
    /// Messages by number.
    seqs: Vec<i64>,
    /// Of these, those whose places are looked at.
    places: Vec<i64>,
    /// Of these, those that an attempt is to begin for.
    beginning: Vec<i64>,
    /// Messages whose number is not known, the number of the attempt, and whether places are looked at.
    ids: Vec<(MessageId, u8, bool)>,
    /// Attempts by number.
    attempts: Vec<i64>,
    /// Attempts a receipt is about, by number.
    heard: Vec<i64>,
    consents: Vec<(Channel, &'a str)>,
    windows: Vec<(&'a str, &'a str)>,
    members: Vec<MemberId>,
    occasions: Vec<(MemberId, &'a str)>,
    /// How many messages are to be stored.
    messages: usize,
    /// The inbound messages.
    inbound: Asked<'a>,
    /// Beside whom all of it is done.
    beside: Beside,
}

impl<'a> Wanted<'a> {
    fn of(tx: &Tx<'_>, ops: &'a [Op]) -> Self {
        let mut wanted = Self {
            inbound: Asked::of(ops),
            beside: Beside::of(ops),
            ..Self::default()
        };
        for op in ops {
            match op.plain() {
                Op::Accept(op) => wanted.accepting(&op.messages),
                Op::MakeBroadcast(op) => wanted.accepting(&op.messages),
                Op::Begin(op) => {
                    wanted.place(op.seq.0);
                    wanted.beginning.push(op.seq.0);
                    wanted.consents.push((op.channel, op.to.as_str()));
                    if op.expected.window_ends_at.is_some() {
                        wanted.windows.push((op.to.as_str(), op.from.as_str()));
                    }
                }
                Op::Settle(op) => {
                    wanted.place(op.seq.0);
                    let key = attempt_key(op.seq.0, op.attempt.number);
                    wanted.attempts.push(key);
                }
                Op::Hold(op) => wanted.place(op.seq.0),
                Op::Suppress(op) => wanted.place(op.seq.0),
                Op::Elapse(op) => wanted.place(op.seq.0),
                Op::Receipt(op) => {
                    let is_end = op.status.is_some_and(receipt::ends);
                    match op.attempt {
                        Some(id) => match tx.memory.numbers.of(id.message) {
                            Some(seq) => wanted.hear(attempt_key(seq, id.number), is_end),
                            None => wanted.ids.push((id.message, id.number, is_end)),
                        },
                        None => {
                            if let Some(key) = tx.memory.recent.find(&op.provider_message_id) {
                                wanted.hear(key, is_end);
                            }
                        }
                    }
                }
                // One of a member needs a number; a gap in them does no harm.
                Op::RecordInbound(_) | Op::OpenCode(_) => wanted.messages += 1,
                // They ask for themselves, all of a batch at once: see `joining`.
                Op::CreateMember(op) => wanted.asking(&op.consents),
                Op::CreateMembers(op) => {
                    for (_, consents) in &op.members {
                        wanted.asking(consents);
                    }
                }
                Op::UpdateMember(_)
                | Op::MoveMember(_)
                | Op::Replan(_)
                | Op::EraseMember(_)
                | Op::ChangeConsent(_)
                | Op::ImportSuppressions(_)
                | Op::AnswerInbound(_)
                | Op::ForAnswer(_)
                | Op::BeginTurn(_)
                | Op::KeepTurn(_)
                | Op::TakeConversation(_)
                | Op::HandBack(_)
                | Op::EndHandOvers(_)
                | Op::AnswerByPerson(_)
                | Op::Cancel(_)
                | Op::Retry(_)
                | Op::WorkDeadLetters(_)
                | Op::KeepNote(_)
                | Op::RemoveNote(_)
                | Op::WatchDelivery(_)
                | Op::SetSwitch(_)
                | Op::SetRollout(_)
                | Op::PruneEvents(_)
                | Op::RecordTemplates(_)
                | Op::RecordSenders(_)
                | Op::RecordCopies(_)
                | Op::RecordPrices(_)
                | Op::SaveProgramme(_)
                | Op::Enrol(_)
                | Op::SetPauses(_)
                | Op::LogWork(_)
                | Op::NoteOccurrences(_)
                | Op::NoteChecked(_)
                | Op::NoteListsRead(_)
                | Op::SlowDown(_)
                | Op::ReachPeople(_)
                | Op::CountSends(_)
                | Op::SpendTry(_)
                | Op::UseCode(_)
                | Op::EndCodes(_)
                | Op::OpenSession(_)
                | Op::UseSession(_)
                | Op::EndSessions(_)
                | Op::SaveOperator(_)
                | Op::RemoveOperator(_)
                | Op::OpenOperatorSession(_)
                | Op::EndOperatorSessions(_)
                | Op::KeepSecondFactor(_)
                | Op::ConfirmSecondFactor(_)
                | Op::DropSecondFactor(_)
                | Op::RenewRecovery(_)
                | Op::SpendFactorTry(_)
                | Op::OpenOperatorEntry(_)
                | Op::EnterWithFactor(_)
                | Op::OpenLook(_)
                | Op::EndLook(_)
                | Op::SaveEndpoint(_)
                | Op::RemoveEndpoint(_)
                | Op::MoveEndpoint(_)
                | Op::RepeatDelivery(_)
                | Op::NoteDeliveries(_)
                | Op::SaveKey(_)
                | Op::RevokeKey(_)
                | Op::UseKey(_)
                | Op::Audited(_)
                | Op::SaveSegment(_)
                | Op::DeleteSegment(_)
                | Op::SaveBroadcast(_)
                | Op::MoveBroadcast(_)
                | Op::TakeAudience(_)
                | Op::HearBilling(_)
                | Op::KeepSubscription(_)
                | Op::SettleBilling(_)
                | Op::OpenCheckout(_)
                | Op::KeepCheckout(_)
                | Op::RemindRenewal(_)
                | Op::Redact(_)
                | Op::Tidy(_)
                | Op::Beat(_) => {}
            }
        }
        wanted
    }

    /// What storing messages asks for.
    fn accepting(&mut self, messages: &'a [NewMessage]) {
        self.messages += messages.len();
        self.members.extend(messages.iter().map(|one| one.member));
        let occasions = messages.iter().filter_map(|one| {
            let occasion = one.occasion.as_deref()?;
            Some((one.member, occasion))
        });
        self.occasions.extend(occasions);
    }

    /// What first consents ask for: some are to be confirmed by a message.
    fn asking(&mut self, consents: &[ConsentEntry]) {
        let asks = |entry: &&ConsentEntry| matches!(entry.opens, Some(Opens::Request(_)));
        self.messages += consents.iter().filter(asks).count();
    }

    /// What looks at this place asks for: its message is locked before.
    fn place(&mut self, seq: i64) {
        self.seqs.push(seq);
        self.places.push(seq);
    }

    /// What a receipt of this attempt asks for.
    fn hear(&mut self, key: i64, is_end: bool) {
        let seq = key >> 8;
        if is_end {
            self.place(seq);
        } else {
            self.seqs.push(seq);
        }
        self.heard.push(key);
    }

    /// The values of the questions, as columns.
    fn lists(&self) -> Lists<'_> {
        let having = self.occasions.iter();
        Lists {
            consent_channels: channels(&self.consents),
            consent_addresses: texts(self.consents.iter().map(|(_, address)| *address)),
            window_addresses: texts(self.windows.iter().map(|(address, _)| *address)),
            window_senders: texts(self.windows.iter().map(|(_, sender)| *sender)),
            members: uuids(&self.members, MemberId::as_bytes),
            having: having
                .map(|(member, _)| Value::Bytes(member.as_bytes()))
                .collect(),
            occasions: texts(self.occasions.iter().map(|(_, name)| *name)),
        }
    }

    /// The questions. Members are locked before messages, as by whoever changes a consent, and what belongs to
    /// a message is read once that is locked.
    fn questions<'q>(&'q self, lists: &'q Lists<'q>) -> [Option<Query<'q>>; 10] {
        let beginning = &self.beginning;
        [
            (!beginning.is_empty()).then(|| queries::steady_of_places(beginning)),
            (!self.seqs.is_empty()).then(|| queries::messages(&self.seqs)),
            (!self.places.is_empty()).then(|| queries::places(&self.places)),
            (!self.attempts.is_empty()).then(|| queries::attempts(&self.attempts)),
            (!self.heard.is_empty()).then(|| queries::receipts(&self.heard)),
            (!self.consents.is_empty())
                .then(|| queries::consents(&lists.consent_channels, &lists.consent_addresses)),
            (!self.windows.is_empty())
                .then(|| queries::windows(&lists.window_addresses, &lists.window_senders)),
            (!self.members.is_empty()).then(|| queries::members(&lists.members)),
            (!self.occasions.is_empty())
                .then(|| queries::occasions(&lists.having, &lists.occasions)),
            (self.messages > 0).then(|| queries::numbers(self.messages)),
        ]
    }

    /// Takes the answers in.
    fn take(
        &self,
        work: &mut Work,
        asked: [bool; 10],
        answers: impl Iterator<Item = Vec<Row>>,
    ) -> Done<()> {
        let mut answers = answers;
        let [
            steady,
            messages,
            places,
            attempts,
            receipts,
            consents,
            windows,
            members,
            occasions,
            numbers,
        ] = asked.map(|asked| {
            if asked {
                answers.next().unwrap_or_default()
            } else {
                Vec::new()
            }
        });
        let heard: Vec<_> = answers.collect();
        work.take_steady(&steady)?;
        work.take_messages(&self.seqs, &messages)?;
        work.take_places(&self.places, &places)?;
        work.take_attempts(&self.attempts, &attempts)?;
        work.take_receipts(&self.heard, &receipts)?;
        work.take_consents(&self.consents, &consents)?;
        work.take_windows(&self.windows, &windows)?;
        work.take_members(&self.members, &members)?;
        self.inbound.take(work, &heard)?;
        work.take_occasions(&self.occasions, &occasions)?;
        work.take_numbers(&numbers)
    }
}

/// Values of the questions.
#[derive(Debug)]
struct Lists<'a> {
    consent_channels: Vec<Value<'a>>,
    consent_addresses: Vec<Value<'a>>,
    window_addresses: Vec<Value<'a>>,
    window_senders: Vec<Value<'a>>,
    members: Vec<Value<'a>>,
    having: Vec<Value<'a>>,
    occasions: Vec<Value<'a>>,
}

impl Tx<'_> {
    /// Begins the transaction: asks whether this node still is one, takes out what other nodes left for its
    /// lanes, and reads what these operations will ask for.
    pub(crate) fn start(&mut self, ops: &[Op]) -> Done<()> {
        let mut wanted = Wanted::of(self, ops);
        let runs = mailbox::Runs::of(self.memory.ownership.shards());
        self.work().joining = Joining::of(ops);
        self.work().keys = Keys::of(ops);
        let first = [
            Query::new("BEGIN", &[]),
            recall::query(&self.memory.ownership, wanted.beside),
            mailbox::query(&runs),
        ];
        if wanted.ids.is_empty() {
            return self.read(wanted, first.into());
        }
        let mut queries = Vec::from(first);
        let ids: Vec<MessageId> = wanted.ids.iter().map(|(id, ..)| *id).collect();
        let values = uuids(&ids, MessageId::as_bytes);
        queries.push(queries::numbers_of(&values));
        let mut answers = self.sql.pipeline(&queries)?.into_iter().skip(1);
        let mut next = || answers.next().unwrap_or_default();
        let (recalled, left) = (next(), next());
        self.take_first(&recalled, &left, wanted.beside)?;
        let mut numbers: FxHashMap<MessageId, i64> = FxHashMap::default();
        for row in next() {
            numbers.insert(message_id(&row, 0, "messages.id")?, row.get(1)?);
        }
        for (id, number, is_end) in std::mem::take(&mut wanted.ids) {
            match numbers.get(&id) {
                Some(seq) => wanted.hear(attempt_key(*seq, number), is_end),
                None => {
                    self.work().seqs.insert(id, None);
                }
            }
        }
        self.read(wanted, Vec::new())
    }

    /// Reads what is wanted, after these questions of the beginning if there are any.
    fn read(&mut self, mut wanted: Wanted<'_>, first: Vec<Query<'_>>) -> Done<()> {
        wanted.heard.sort_unstable();
        wanted.heard.dedup();
        wanted.attempts.extend(&wanted.heard);
        let lists = wanted.lists();
        let questions = wanted.questions(&lists);
        let asked = questions.each_ref().map(Option::is_some);
        let mut all: Vec<Query<'_>> = questions.into_iter().flatten().collect();
        all.extend(wanted.inbound.queries());
        if first.is_empty() {
            if all.is_empty() {
                return Ok(());
            }
            let answers = self.sql.pipeline(&all)?;
            return wanted.take(&mut self.work(), asked, answers.into_iter());
        }
        let mut queries = first;
        let begun = queries.len();
        queries.append(&mut all);
        let mut answers = self.sql.pipeline(&queries)?.into_iter().skip(1);
        let mut next = || answers.next().unwrap_or_default();
        let (recalled, left) = (next(), next());
        if self.take_first(&recalled, &left, wanted.beside)? {
            return wanted.take(&mut self.work(), asked, answers);
        }
        // The transaction was begun anew, and holds nothing yet.
        let again = queries.split_off(begun);
        if again.is_empty() {
            return Ok(());
        }
        let answers = self.sql.pipeline(&again)?;
        wanted.take(&mut self.work(), asked, answers.into_iter())
    }

    /// Takes in what a transaction asks first; `false` when it was begun anew.
    fn take_first(&mut self, recalled: &[Row], left: &[Row], beside: Beside) -> Done<bool> {
        if recall::take(self, recalled)? {
            mailbox::take(self, left)?;
            return Ok(true);
        }
        // Fenced: what was taken out is another node's now.
        self.sql.batch("ROLLBACK; BEGIN")?;
        let recalled = self
            .sql
            .ask(&recall::query(&self.memory.ownership, beside))?;
        recall::take(self, &recalled)?;
        Ok(false)
    }
}
