//! The beginning of a transaction: what the operations of a batch are going to look at is read in three
//! goes. It is only a head start: what is not read here is read when it is asked for.

use domain::{Channel, MemberId, MessageId};
use store::Op;
use store::records::NewMessage;

use super::heard::Asked;
use super::queries::{self, channels, texts, uuids};
use crate::columns::{attempt_key, member_id};
use crate::fault::Done;
use crate::sql::{Query, Value};
use crate::tx::Tx;
use crate::{mailbox, recall};

/// What a batch will ask for.
#[derive(Debug, Default)]
struct Wanted<'a> {
    /// Messages by number.
    seqs: Vec<i64>,
    /// Of these, those that an attempt is to begin for.
    beginning: Vec<i64>,
    /// Messages by id, and the number of the attempt.
    ids: Vec<(MessageId, u8)>,
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
}

impl<'a> Wanted<'a> {
    fn of(tx: &Tx<'_>, ops: &'a [Op]) -> Self {
        let mut wanted = Self {
            inbound: Asked::of(ops),
            ..Self::default()
        };
        for op in ops {
            match op.plain() {
                Op::Accept(op) => wanted.accepting(&op.messages),
                Op::MakeBroadcast(op) => wanted.accepting(&op.messages),
                Op::Begin(op) => {
                    wanted.seqs.push(op.seq.0);
                    wanted.beginning.push(op.seq.0);
                    wanted.consents.push((op.channel, op.to.as_str()));
                    if op.expected.window_ends_at.is_some() {
                        wanted.windows.push((op.to.as_str(), op.from.as_str()));
                    }
                }
                Op::Settle(op) => {
                    wanted.seqs.push(op.seq.0);
                    let key = attempt_key(op.seq.0, op.attempt.number);
                    wanted.attempts.push(key);
                }
                Op::Hold(op) => wanted.seqs.push(op.seq.0),
                Op::Suppress(op) => wanted.seqs.push(op.seq.0),
                Op::Elapse(op) => wanted.seqs.push(op.seq.0),
                Op::Receipt(op) => match op.attempt {
                    Some(id) => wanted.ids.push((id.message, id.number)),
                    None => {
                        if let Some(key) = tx.memory.recent.find(&op.provider_message_id) {
                            wanted.seqs.push(key >> 8);
                            wanted.heard.push(key);
                        }
                    }
                },
                // One of a member needs a number; a gap in them does no harm.
                Op::RecordInbound(_) | Op::OpenCode(_) => wanted.messages += 1,
                Op::CreateMember(_)
                | Op::UpdateMember(_)
                | Op::MoveMember(_)
                | Op::Replan(_)
                | Op::EraseMember(_)
                | Op::ChangeConsent(_)
                | Op::ImportSuppressions(_)
                | Op::AnswerInbound(_)
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
}

impl Tx<'_> {
    /// Begins the transaction: asks whether this node still is one, takes out what other nodes left for its
    /// lanes, and reads what these operations will ask for. Members are locked before messages, as by
    /// whoever changes a consent.
    pub(crate) fn start(&mut self, ops: &[Op]) -> Done<()> {
        let mut wanted = Wanted::of(self, ops);
        let members = self.first_look(&wanted)?;
        self.hold_all(&mut wanted, &members)?;
        self.read_all(&mut wanted)
    }

    fn first_look(&mut self, wanted: &Wanted<'_>) -> Done<Vec<MemberId>> {
        let shards = mailbox::shards(self);
        let mut queries = vec![Query::new("BEGIN", &[])];
        queries.extend(recall::queries(&self.memory.ownership));
        queries.push(mailbox::query(&shards));
        if !wanted.beginning.is_empty() {
            queries.push(queries::members_of_places(&wanted.beginning));
        }
        let mut answers = self.sql.pipeline(&queries)?.into_iter().skip(1);
        let mut next = || answers.next().unwrap_or_default();
        if !recall::take(self, &next(), &next())? {
            // Fenced: what was taken out is another node's now.
            self.sql.batch("ROLLBACK; BEGIN")?;
            let [node, instance] = recall::queries(&self.memory.ownership);
            let (node, instance) = (self.sql.ask(&node)?, self.sql.ask(&instance)?);
            recall::take(self, &node, &instance)?;
            return Ok(Vec::new());
        }
        mailbox::take(self, &next())?;
        let mut members = next()
            .iter()
            .map(|row| member_id(row, 0, "message_queues.client_id"))
            .collect::<Done<Vec<_>>>()?;
        members.sort_unstable();
        Ok(members)
    }

    fn hold_all(&self, wanted: &mut Wanted<'_>, members: &[MemberId]) -> Done<()> {
        let ids: Vec<MessageId> = wanted.ids.iter().map(|(id, _)| *id).collect();
        let member_ids = uuids(members, MemberId::as_bytes);
        let message_ids = uuids(&ids, MessageId::as_bytes);
        let mut queries = Vec::new();
        if !members.is_empty() {
            queries.push(queries::steady(&member_ids));
        }
        if !wanted.seqs.is_empty() || !ids.is_empty() {
            queries.push(queries::messages(&wanted.seqs, &message_ids));
        }
        if queries.is_empty() {
            return Ok(());
        }
        let answers = self.sql.pipeline(&queries)?;
        let mut work = self.work();
        work.steady.extend(members);
        let rows = answers.last().map_or(&[][..], Vec::as_slice);
        work.take_messages(&wanted.seqs, &ids, rows)?;
        for (id, number) in &wanted.ids {
            if let Some(Some(seq)) = work.seqs.get(id) {
                wanted.seqs.push(*seq);
                wanted.heard.push(attempt_key(*seq, *number));
            }
        }
        Ok(())
    }

    fn read_all(&self, wanted: &mut Wanted<'_>) -> Done<()> {
        wanted.heard.sort_unstable();
        wanted.heard.dedup();
        wanted.attempts.extend(&wanted.heard);
        let consent_channels = channels(&wanted.consents);
        let consent_addresses = texts(wanted.consents.iter().map(|(_, address)| *address));
        let window_addresses = texts(wanted.windows.iter().map(|(address, _)| *address));
        let window_senders = texts(wanted.windows.iter().map(|(_, sender)| *sender));
        let member_ids = uuids(&wanted.members, MemberId::as_bytes);
        let having: Vec<Value<'_>> = wanted
            .occasions
            .iter()
            .map(|(member, _)| Value::Bytes(member.as_bytes()))
            .collect();
        let occasions = texts(wanted.occasions.iter().map(|(_, name)| *name));
        let all = [
            (!wanted.seqs.is_empty()).then(|| queries::places(&wanted.seqs)),
            (!wanted.attempts.is_empty()).then(|| queries::attempts(&wanted.attempts)),
            (!wanted.heard.is_empty()).then(|| queries::receipts(&wanted.heard)),
            (!wanted.consents.is_empty())
                .then(|| queries::consents(&consent_channels, &consent_addresses)),
            (!wanted.windows.is_empty())
                .then(|| queries::windows(&window_addresses, &window_senders)),
            (!wanted.members.is_empty()).then(|| queries::members(&member_ids)),
            (!wanted.occasions.is_empty()).then(|| queries::occasions(&having, &occasions)),
            (wanted.messages > 0).then(|| queries::numbers(wanted.messages)),
        ];
        let asked = all.each_ref().map(Option::is_some);
        let mut queries: Vec<Query<'_>> = wanted.inbound.queries();
        queries.extend(all.into_iter().flatten());
        if queries.is_empty() {
            return Ok(());
        }
        let mut answers = self.sql.pipeline(&queries)?.into_iter();
        let heard: Vec<_> = answers.by_ref().take(wanted.inbound.count).collect();
        let [
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
        let mut work = self.work();
        work.take_places(&wanted.seqs, &places)?;
        work.take_attempts(&wanted.attempts, &attempts)?;
        work.take_receipts(&wanted.heard, &receipts)?;
        work.take_consents(&wanted.consents, &consents)?;
        work.take_windows(&wanted.windows, &windows)?;
        work.take_members(&wanted.members, &members)?;
        wanted.inbound.take(&mut work, &heard)?;
        work.take_occasions(&wanted.occasions, &occasions)?;
        work.take_numbers(&numbers)
    }
}
