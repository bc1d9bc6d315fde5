//! Conversations that a person takes, answers in and hands back. What answers a message, whoever does, looks in the
//! same transaction whether somebody else has (G24).

use domain::{MemberId, MessageId, Timestamp};
use store::ops::{
    AnswerByPerson, AnswerByPersonAnswer, EndHandOvers, HandBack, HandBackAnswer, TakeAnswer,
    TakeConversation,
};
use store::records::{KeeperRecord, LEFT_WAITING, WITH_PERSON};

use crate::columns::{instant, member_id, message_id, text};
use crate::fault::Done;
use crate::sql::params;
use crate::tx::{Event, Tx};
use crate::write::accept;
use crate::write::idempotency::{self, Key};
use crate::write::inbound::heard_of;

/// How many hand-overs end in one go.
const ENDED_AT_ONCE: u32 = 500;

/// An inbound message, as far as answering it is concerned.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) id: MessageId,
    pub(crate) seq: i64,
    pub(crate) member: MemberId,
    pub(crate) waits: bool,
    pub(crate) left_to: Option<String>,
    pub(crate) is_answered: bool,
    pub(crate) answered_by: Option<String>,
}

/// Looks one up, and holds it: differs because another node may answer it at the same time.
pub(crate) fn heard(tx: &Tx<'_>, id: MessageId) -> Done<Option<Heard>> {
    tx.one(
        "SELECT seq, client_id, unanswered IS NOT NULL, left_to, answered_at IS NOT NULL, answered_by
         FROM messages WHERE id = $1 AND direction = 'inbound' FOR NO KEY UPDATE",
        params![id.as_bytes()],
        |row| {
            Ok(Heard {
                id,
                seq: row.get(0)?,
                member: member_id(row, 1, "messages.client_id")?,
                waits: row.get(2)?,
                left_to: row.get(3)?,
                is_answered: row.get(4)?,
                answered_by: row.get(5)?,
            })
        },
    )
}

/// The person who keeps a conversation.
pub(crate) fn keeper(tx: &Tx<'_>, member: MemberId) -> Done<Option<KeeperRecord>> {
    tx.one(
        "SELECT keeper, kept_since, kept_until FROM conversations WHERE client_id = $1",
        params![member.as_bytes()],
        |row| {
            Ok(KeeperRecord {
                name: text(row, 0, "conversations.keeper")?.to_owned(),
                since: instant(row, 1)?,
                until: instant(row, 2)?,
            })
        },
    )
}

/// Waits for whoever else is taking, handing back or answering in this conversation, and keeps them waiting until this
/// transaction ends: differs because another node may be doing it at the same time.
pub(crate) fn alone(tx: &Tx<'_>, member: MemberId) -> Done<bool> {
    let found = tx.one(
        "SELECT 1 FROM users WHERE id = $1 AND erased_at IS NULL FOR NO KEY UPDATE",
        params![member.as_bytes()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Whose an inbound message is.
pub(crate) fn writer_of(tx: &Tx<'_>, id: MessageId) -> Done<Option<MemberId>> {
    tx.one(
        "SELECT client_id FROM messages WHERE id = $1 AND direction = 'inbound'",
        params![id.as_bytes()],
        |row| member_id(row, 0, "messages.client_id"),
    )
}

/// Counts one message less among those that wait.
pub(crate) fn waits_no_more(tx: &mut Tx<'_>, heard: &Heard) {
    if heard.waits {
        let word = if heard.left_to.is_some() {
            "left"
        } else {
            "unanswered"
        };
        tx.count("inbound", word, -1);
    }
}

/// See [`store::Op::TakeConversation`].
pub(crate) fn take(tx: &mut Tx<'_>, op: &TakeConversation) -> Done<Option<TakeAnswer>> {
    if !alone(tx, op.member)? {
        return Ok(None);
    }
    let known = keeper(tx, op.member)?;
    let is_theirs = known.as_ref().is_some_and(|keeper| keeper.name == op.by);
    if let Some(other) = &known
        && !is_theirs
        && !op.takes_over
    {
        return Ok(Some(TakeAnswer::KeptBy(other.clone())));
    }
    let taken = match known.filter(|_| is_theirs) {
        Some(keeper) => KeeperRecord {
            until: keeper.until.max(op.until),
            ..keeper
        },
        None => KeeperRecord {
            name: op.by.clone(),
            since: op.at,
            until: op.until,
        },
    };
    tx.run(
        "INSERT INTO conversations (client_id, keeper, kept_since, kept_until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (client_id) DO UPDATE SET keeper = excluded.keeper,
           kept_since = excluded.kept_since, kept_until = excluded.kept_until",
        params![
            op.member.as_bytes(),
            taken.name,
            taken.since.as_micros(),
            taken.until.as_micros()
        ],
    )?;
    if !is_theirs {
        tell(tx, "conversation.taken", op.member, &op.by, op.at);
        heard_of(tx, op.member);
    }
    Ok(Some(TakeAnswer::Taken(taken)))
}

/// See [`store::Op::HandBack`].
pub(crate) fn hand_back(tx: &mut Tx<'_>, op: &HandBack) -> Done<Option<HandBackAnswer>> {
    if !alone(tx, op.member)? {
        return Ok(None);
    }
    let id = op.member.as_bytes();
    let was_kept = tx.run(
        "DELETE FROM conversations WHERE client_id = $1",
        params![id],
    )? > 0;
    let to_rules = tx.run(
        "UPDATE messages SET left_to = NULL, answer_from = NULL
         WHERE client_id = $1 AND unanswered AND left_to = $2",
        params![id, WITH_PERSON],
    )?;
    let closed = tx.all(
        "SELECT id FROM messages
         WHERE client_id = $1 AND unanswered AND left_to IS NOT NULL AND left_to <> $2 ORDER BY seq",
        params![id, LEFT_WAITING],
        |row| message_id(row, 0, "messages.id"),
    )?;
    for message in &closed {
        tx.run(
            "UPDATE messages SET unanswered = NULL, answered_at = $2, reason = 'handed_back',
               answered_by = $3 WHERE id = $1",
            params![message.as_bytes(), op.at.as_micros(), op.by],
        )?;
    }
    let count = |found: u64| i64::try_from(found).unwrap_or(i64::MAX);
    let ended = u64::try_from(closed.len()).unwrap_or(u64::MAX);
    tx.count("inbound", "left", -count(to_rules) - count(ended));
    tx.count("inbound", "unanswered", count(to_rules));
    tell(tx, "conversation.handed_back", op.member, &op.by, op.at);
    heard_of(tx, op.member);
    Ok(Some(HandBackAnswer {
        was_kept,
        to_rules: u32::try_from(to_rules).unwrap_or(u32::MAX),
        closed,
    }))
}

/// See [`store::Op::EndHandOvers`]. Looked at again once nobody else can be at it: differs because another node may have
/// ended it, or somebody gone on with it there.
pub(crate) fn end(tx: &mut Tx<'_>, op: EndHandOvers) -> Done<u32> {
    let over = tx.all(
        "SELECT client_id FROM conversations WHERE kept_until <= $1 ORDER BY kept_until LIMIT $2",
        params![op.at.as_micros(), ENDED_AT_ONCE],
        |row| member_id(row, 0, "conversations.client_id"),
    )?;
    let mut ended = 0;
    for member in over {
        alone(tx, member)?;
        let id = member.as_bytes();
        let still_over = tx.one(
            "DELETE FROM conversations WHERE client_id = $1 AND kept_until <= $2
             RETURNING keeper, kept_until",
            params![id, op.at.as_micros()],
            |row| {
                let by = text(row, 0, "conversations.keeper")?.to_owned();
                Ok((by, instant(row, 1)?))
            },
        )?;
        let Some((by, until)) = still_over else {
            continue;
        };
        ended += 1;
        // What was written to a person is not the rules' to act on hours later.
        let unseen = tx.run(
            "UPDATE messages SET left_to = $2 WHERE client_id = $1 AND unanswered
               AND left_to IS NULL AND created_at < $3",
            params![id, LEFT_WAITING, until.as_micros()],
        )?;
        tx.run(
            "UPDATE messages SET left_to = $2 WHERE client_id = $1 AND unanswered AND left_to = $3",
            params![id, LEFT_WAITING, WITH_PERSON],
        )?;
        let unseen = i64::try_from(unseen).unwrap_or(i64::MAX);
        tx.count("inbound", "unanswered", -unseen);
        tx.count("inbound", "left", unseen);
        tell(tx, "conversation.ended", member, &by, op.at);
    }
    Ok(ended)
}

/// See [`store::Op::AnswerByPerson`].
pub(crate) fn answer(tx: &mut Tx<'_>, op: &AnswerByPerson) -> Done<AnswerByPersonAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(AnswerByPersonAnswer::KeyReused),
            Key::Known(answer) => {
                let results = idempotency::results(&answer)?;
                return Ok(AnswerByPersonAnswer::Done {
                    accepted: results.into_iter().find_map(Result::ok),
                    replayed: true,
                });
            }
        }
    }
    if let Some(first) = op.inbound.first()
        && let Some(member) = writer_of(tx, *first)?
    {
        alone(tx, member)?;
    }
    let mut all = Vec::with_capacity(op.inbound.len());
    let mut member = op.reply.as_ref().map(|reply| reply.member);
    for id in &op.inbound {
        let found = heard(tx, *id)?;
        let Some(found) = found.filter(|found| member.is_none_or(|known| known == found.member))
        else {
            return Ok(AnswerByPersonAnswer::Unknown(*id));
        };
        member = Some(found.member);
        all.push(found);
    }
    let kept = match member {
        Some(member) => keeper(tx, member)?,
        None => None,
    };
    let is_theirs = kept.as_ref().is_some_and(|keeper| keeper.name == op.by);
    if !op.anyway {
        if let Some(other) = kept.filter(|_| !is_theirs) {
            return Ok(AnswerByPersonAnswer::KeptBy(other));
        }
        if let Some(before) = all.iter().find(|heard| heard.is_answered) {
            return Ok(AnswerByPersonAnswer::AnsweredBefore {
                inbound: before.id,
                by: before.answered_by.clone(),
            });
        }
    }
    let accepted = match &op.reply {
        None => None,
        Some(reply) => {
            let Ok(accepted) = accept::one(tx, reply, op.at)? else {
                // Erased meanwhile: what they wrote is gone with them.
                let first = op.inbound.first().copied().unwrap_or(reply.id);
                return Ok(AnswerByPersonAnswer::Unknown(first));
            };
            Some(accepted)
        }
    };
    let reply = accepted.map(|accepted| accepted.id);
    for heard in all.iter().filter(|heard| !heard.is_answered) {
        tx.run(
            "UPDATE messages SET unanswered = NULL, answered_at = $2, reason = $3, answered_by = $4,
               answer_id = $5 WHERE seq = $1",
            params![
                heard.seq,
                op.at.as_micros(),
                op.why,
                op.by,
                reply.as_ref().map(MessageId::as_bytes)
            ],
        )?;
        waits_no_more(tx, heard);
        tx.event(&Event {
            at: op.at,
            kind: "message.answered",
            member: Some(heard.member),
            message: Some(heard.id),
            detail: op.why.as_deref().unwrap_or(""),
        });
    }
    if let Some(member) = member.filter(|_| is_theirs) {
        tx.run(
            "UPDATE conversations SET kept_until = greatest(kept_until, $2) WHERE client_id = $1",
            params![member.as_bytes(), op.until.as_micros()],
        )?;
    }
    if let (Some(key), Some(accepted)) = (&op.idempotency, accepted) {
        idempotency::keep(tx, key, &idempotency::packed(&[Ok(accepted)]), op.at)?;
    }
    Ok(AnswerByPersonAnswer::Done {
        accepted,
        replayed: false,
    })
}

fn tell(tx: &mut Tx<'_>, kind: &'static str, member: MemberId, by: &str, at: Timestamp) {
    tx.event(&Event {
        at,
        kind,
        member: Some(member),
        message: None,
        detail: by,
    });
}
