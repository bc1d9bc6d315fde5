//! Conversations, and what waits in them.

use domain::{MemberId, MessageId, Timestamp};
use store::questions::{AnswerDue, ConversationOf, Conversations, TurnOf, Unanswered};
use store::records::{
    AnswersDue, ConversationRecord, ConversationState, ConversationsPage, InboundStanding,
    KeeperRecord, LOOKED_AT, LeftRecord, Member, NeedRecord, TurnRecord, UnansweredInbound,
    WITH_PERSON,
};
use store::{Seq, Shard, Shards};

use crate::columns::{
    instant, instant_opt, member_id, message_id, message_id_opt, private, text, word, word_opt,
};
use crate::fault::Done;
use crate::read::{all, lists, one};
use crate::sql::{Row, Sql, params};

/// The most messages of one member that are looked at together.
const OF_ONE_MEMBER: u32 = 32;

/// How many that wait are read first where some are others' to answer, …
const READ_FIRST: usize = 32;

/// … and at a time from then on.
const READ_AT_ONCE: usize = 1_000;

/// The most that is listed of what waits for a person in one conversation.
const NEEDS: u32 = 20;

/// See [`store::questions::Unanswered`].
pub(crate) fn unanswered(c: &Sql, q: &Unanswered) -> Done<Vec<UnansweredInbound>> {
    let due = waiting_in(c, q.shards, Some(q.at), q.limit)?;
    let mut members: Vec<MemberId> = due.into_iter().map(|(_, member)| member).collect();
    members.sort_unstable();
    members.dedup();
    let mut waiting = Vec::with_capacity(members.len());
    for member in members {
        if let Some(member) = crate::rows::member(c, member)? {
            waiting.extend(waiting_of(c, &member, q.at)?);
        }
    }
    waiting.sort_unstable_by_key(|one| one.seq);
    Ok(waiting)
}

/// What waits for its answer by rule in these shards and is due by then, or at any time: the first so many. What a model is
/// being asked about does not; it does again when nobody may be asking any more.
fn waiting_in(
    c: &Sql,
    shards: Shards,
    by: Option<Timestamp>,
    limit: u32,
) -> Done<Vec<(Timestamp, MemberId)>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // Where all of them are asked about nothing is read that is not wanted.
    let mut page = if shards == Shards::ALL {
        limit
    } else {
        limit.max(READ_FIRST)
    };
    let mut found = Vec::new();
    let (mut at, mut seq) = (Timestamp::EPOCH, 0_i64);
    loop {
        let rows = all(
            c,
            "SELECT coalesce(answer_from, created_at), seq, client_id FROM messages m
             WHERE unanswered AND left_to IS NULL
               AND (coalesce(answer_from, created_at), seq) > ($1, $2)
               AND coalesce(answer_from, created_at) <= coalesce($3, 'infinity'::timestamptz)
               AND NOT EXISTS (SELECT 1 FROM coach_turns t WHERE t.user_id = m.client_id
                 AND t.channel = m.channel_used AND t.until > coalesce($3, '-infinity'::timestamptz))
             ORDER BY coalesce(answer_from, created_at), seq LIMIT $4",
            params![
                at.as_micros(),
                seq,
                by.map(Timestamp::as_micros),
                i64::try_from(page).unwrap_or(i64::MAX)
            ],
            |row| {
                let member = member_id(row, 2, "messages.client_id")?;
                Ok((instant(row, 0)?, row.get::<i64>(1)?, member))
            },
        )?;
        let is_last = rows.len() < page;
        for (due, number, member) in rows {
            (at, seq) = (due, number);
            if shards.contains(Shard::of(member)) {
                found.push((due, member));
            }
        }
        if is_last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
        page = READ_AT_ONCE;
    }
}

fn waiting_of(c: &Sql, member: &Member, at: Timestamp) -> Done<Vec<UnansweredInbound>> {
    let id = member.profile.id;
    let keeper = keeper(c, id)?;
    let left = left(c, id)?;
    all(
        c,
        "SELECT seq, id, channel_used, content, button, created_at,
           (SELECT o.seq FROM messages o WHERE o.client_id = m.client_id AND o.blocks IS NOT NULL
              AND o.channel_used = m.channel_used AND o.seq < m.seq
              AND o.blocks LIKE '{\"choices\":%' ORDER BY o.seq DESC LIMIT 1) AS offer
         FROM messages m WHERE client_id = $1 AND unanswered AND left_to IS NULL
           AND NOT EXISTS (SELECT 1 FROM coach_turns t WHERE t.user_id = m.client_id
             AND t.channel = m.channel_used AND t.until > $3)
         ORDER BY m.seq LIMIT $2",
        params![id.as_bytes(), OF_ONE_MEMBER, at.as_micros()],
        |row| {
            Ok(UnansweredInbound {
                seq: Seq(row.get(0)?),
                id: message_id(row, 1, "messages.id")?,
                member: member.clone(),
                channel: word(row, 2, "messages.channel_used")?,
                text: private(row, 3, "messages.content")?,
                button: row.get(4)?,
                received_at: instant(row, 5)?,
                offer: match row.get::<Option<i64>>(6)? {
                    None => None,
                    Some(seq) => lists::offer(c, seq)?,
                },
                keeper: keeper.clone(),
                left: left.clone(),
            })
        },
    )
}

/// See [`store::questions::AnswerDue`]. What a model is being asked about is due when nobody may be asking any more.
pub(crate) fn due(c: &Sql, q: AnswerDue) -> Done<AnswersDue> {
    let first = waiting_in(c, q.shards, None, 1)?.pop();
    let asking = all(
        c,
        "SELECT t.until, t.user_id FROM coach_turns t WHERE t.until IS NOT NULL
           AND EXISTS (SELECT 1 FROM messages m WHERE m.client_id = t.user_id
             AND m.channel_used = t.channel AND unanswered AND left_to IS NULL)
         ORDER BY t.until",
        params![],
        |row| Ok((instant(row, 0)?, member_id(row, 1, "coach_turns.user_id")?)),
    )?;
    let asking = asking
        .into_iter()
        .find(|(_, member)| q.shards.contains(Shard::of(*member)));
    Ok(AnswersDue {
        answer: [first, asking]
            .into_iter()
            .flatten()
            .map(|(at, _)| at)
            .min(),
        hand_over_end: one(
            c,
            "SELECT kept_until FROM conversations ORDER BY kept_until LIMIT 1",
            params![],
            |row| instant(row, 0),
        )?,
    })
}

/// See [`store::questions::TurnOf`].
pub(crate) fn turn_of(c: &Sql, q: TurnOf) -> Done<Option<TurnRecord>> {
    let read = |row: &Row| {
        Ok(TurnRecord {
            message: message_id(row, 0, "coach_turns.message_id")?,
            began_at: instant(row, 1)?,
            asked: row.get(2)?,
            outcome: row.get(3)?,
            prompt: row.get(4)?,
            model: row.get(5)?,
            tokens_in: row.get(6)?,
            tokens_out: row.get(7)?,
            millis: row.get(8)?,
        })
    };
    one(
        c,
        "SELECT message_id, began_at, asked, outcome, prompt, model, coalesce(tokens_in, 0),
           coalesce(tokens_out, 0), coalesce(millis, 0)
         FROM coach_turns WHERE message_id = $1 OR answer_id = $1 LIMIT 1",
        params![q.message.as_bytes()],
        read,
    )
}

fn keeper(c: &Sql, member: MemberId) -> Done<Option<KeeperRecord>> {
    one(
        c,
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

fn left(c: &Sql, member: MemberId) -> Done<Vec<LeftRecord>> {
    all(
        c,
        "SELECT left_to, bool_or(unanswered IS NOT NULL),
           max(CASE WHEN answer_id IS NOT NULL THEN created_at END)
         FROM messages WHERE client_id = $1 AND left_to IS NOT NULL GROUP BY left_to ORDER BY left_to COLLATE \"C\"",
        params![member.as_bytes()],
        |row| {
            Ok(LeftRecord {
                why: text(row, 0, "messages.left_to")?.to_owned(),
                is_open: row.get(1)?,
                replied_at: instant_opt(row, 2)?,
            })
        },
    )
}

/// See [`store::questions::Conversations`].
pub(crate) fn conversations(c: &Sql, q: &Conversations) -> Done<ConversationsPage> {
    let (from, after) = match (q.after, q.state) {
        (Some((from, member)), _) => (from, member),
        (None, ConversationState::All | ConversationState::Failed) => {
            (i64::MAX, MemberId::from_bytes([0; 16]))
        }
        (None, _) => (i64::MIN, MemberId::from_bytes([0; 16])),
    };
    let sql = match q.state {
        ConversationState::Unanswered => {
            "SELECT m.seq, m.client_id, m.channel_used, p.locale, p.programme FROM messages m
             JOIN users u ON u.id = m.client_id AND u.erased_at IS NULL
             JOIN user_profiles p ON p.user_id = u.id
             WHERE m.unanswered AND m.seq > $1 AND NOT EXISTS (SELECT 1 FROM messages e
               WHERE e.client_id = m.client_id AND e.unanswered AND e.seq < m.seq)
             ORDER BY m.seq LIMIT $2"
        }
        ConversationState::NeedsPerson => {
            "SELECT m.seq, m.client_id, m.channel_used, p.locale, p.programme FROM messages m
             JOIN users u ON u.id = m.client_id AND u.erased_at IS NULL
             JOIN user_profiles p ON p.user_id = u.id
             WHERE m.unanswered AND m.left_to IS NOT NULL AND m.left_to <> 'with_person'
               AND m.seq > $1 AND NOT EXISTS (SELECT 1 FROM messages e
               WHERE e.client_id = m.client_id AND e.unanswered AND e.left_to IS NOT NULL
                 AND e.left_to <> 'with_person' AND e.seq < m.seq)
               AND NOT EXISTS (SELECT 1 FROM conversations k WHERE k.client_id = m.client_id)
             ORDER BY m.seq LIMIT $2"
        }
        ConversationState::WithPerson => {
            "SELECT k.kept_since, k.client_id, (SELECT m.channel_used FROM messages m
               WHERE m.client_id = k.client_id AND m.direction = 'inbound' ORDER BY m.seq DESC LIMIT 1),
               p.locale, p.programme FROM conversations k
             JOIN users u ON u.id = k.client_id AND u.erased_at IS NULL
             JOIN user_profiles p ON p.user_id = u.id
             WHERE (k.kept_since, k.client_id) > ($1, $2)
             ORDER BY k.kept_since, k.client_id LIMIT $3"
        }
        ConversationState::Failed => {
            "SELECT d.seq, m.client_id, m.channel_used, p.locale, p.programme
             FROM dead_letters d JOIN messages m ON m.seq = d.seq
             JOIN users u ON u.id = m.client_id AND u.erased_at IS NULL
             JOIN user_profiles p ON p.user_id = u.id
             WHERE d.left_at IS NULL AND d.status IN ('failed', 'undelivered') AND d.seq < $1
               AND NOT EXISTS (SELECT 1 FROM messages e JOIN dead_letters l ON l.seq = e.seq
                 WHERE e.client_id = m.client_id AND e.seq > d.seq AND l.left_at IS NULL
                   AND l.status IN ('failed', 'undelivered'))
             ORDER BY d.seq DESC LIMIT $2"
        }
        ConversationState::All => {
            "SELECT m.seq, m.client_id, m.channel_used, p.locale, p.programme FROM messages m
             JOIN users u ON u.id = m.client_id AND u.erased_at IS NULL
             JOIN user_profiles p ON p.user_id = u.id
             WHERE m.direction = 'inbound' AND m.seq < $1 AND NOT EXISTS (SELECT 1 FROM messages e
               WHERE e.client_id = m.client_id AND e.direction = 'inbound' AND e.seq > m.seq)
             ORDER BY m.seq DESC LIMIT $2"
        }
    };
    let bound = if q.only.is_all() { q.limit } else { LOOKED_AT };
    let read = |row: &Row| {
        let channel = word_opt(row, 2, "messages.channel_used")?;
        let locale = text(row, 3, "user_profiles.locale")?;
        let is_meant = q
            .only
            .means(channel, locale, text(row, 4, "user_profiles.programme")?);
        let cursor = (row.get::<i64>(0)?, member_id(row, 1, "messages.client_id")?);
        Ok((cursor, is_meant))
    };
    // Differs because every parameter has to occur: the member is a key only where instants may be the same.
    let looked_at = if q.state == ConversationState::WithPerson {
        all(c, sql, params![from, after.as_bytes(), bound], read)?
    } else {
        all(c, sql, params![from, bound], read)?
    };
    let wanted = usize::try_from(q.limit).unwrap_or(usize::MAX);
    let meant: Vec<_> = looked_at
        .iter()
        .filter(|(_, is_meant)| *is_meant)
        .take(wanted)
        .collect();
    let is_short = meant.len() < wanted && looked_at.len() == bound as usize;
    let mut found = Vec::with_capacity(meant.len());
    for ((at, member), _) in &meant {
        found.extend(conversation(c, *member, *at)?);
    }
    Ok(ConversationsPage {
        found,
        further: looked_at
            .last()
            .filter(|_| is_short)
            .map(|(cursor, _)| *cursor),
    })
}

/// See [`store::questions::ConversationOf`].
pub(crate) fn of(c: &Sql, q: ConversationOf) -> Done<Option<ConversationRecord>> {
    conversation(c, q.member, 0)
}

fn conversation(c: &Sql, member: MemberId, at: i64) -> Done<Option<ConversationRecord>> {
    let Some(record) = crate::rows::member(c, member)? else {
        return Ok(None);
    };
    let heard_at = one(
        c,
        "SELECT created_at FROM messages WHERE client_id = $1 AND direction = 'inbound'
         ORDER BY seq DESC LIMIT 1",
        params![member.as_bytes()],
        |row| instant(row, 0),
    )?;
    let said_at = one(
        c,
        "SELECT last_delivery_attempt_at FROM messages WHERE client_id = $1
           AND direction = 'outbound' AND last_delivery_attempt_at IS NOT NULL
         ORDER BY seq DESC LIMIT 1",
        params![member.as_bytes()],
        |row| instant(row, 0),
    )?;
    let (waiting, waiting_since) = one(
        c,
        "SELECT count(*), min(created_at) FROM messages WHERE client_id = $1 AND unanswered",
        params![member.as_bytes()],
        |row| Ok((row.get::<i64>(0)?, instant_opt(row, 1)?)),
    )?
    .unwrap_or_default();
    let needs = all(
        c,
        "SELECT left_to, id, created_at FROM messages WHERE client_id = $1 AND unanswered
           AND left_to IS NOT NULL AND left_to <> $2 ORDER BY seq LIMIT $3",
        params![member.as_bytes(), WITH_PERSON, NEEDS],
        |row| {
            Ok(NeedRecord {
                why: text(row, 0, "messages.left_to")?.to_owned(),
                message: message_id(row, 1, "messages.id")?,
                since: instant(row, 2)?,
            })
        },
    )?;
    Ok(Some(ConversationRecord {
        member: record,
        heard_at,
        said_at,
        waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        waiting_since,
        needs,
        keeper: keeper(c, member)?,
        cursor: (at, member),
    }))
}

/// How an inbound message stands.
pub(crate) fn standing(c: &Sql, id: MessageId) -> Done<Option<InboundStanding>> {
    one(
        c,
        "SELECT unanswered IS NOT NULL, left_to, answered_at, answered_by, answer_id FROM messages
         WHERE id = $1 AND direction = 'inbound'",
        params![id.as_bytes()],
        |row| {
            Ok(InboundStanding {
                waits: row.get(0)?,
                left_to: row.get(1)?,
                answered_at: instant_opt(row, 2)?,
                answered_by: row.get(3)?,
                answer: message_id_opt(row, 4, "messages.answer_id")?,
            })
        },
    )
}
