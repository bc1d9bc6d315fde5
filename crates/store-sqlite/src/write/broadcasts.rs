//! The same words to many: what they are to be, whom they mean, and their messages, made once for each.

use domain::{BroadcastId, Timestamp};
use rusqlite::params;
use store::ops::{
    AcceptRefusal, Made, MakeBroadcast, MoveBroadcast, MoveBroadcastAnswer, SaveBroadcast,
    SaveBroadcastAnswer, TakeAudience,
};
use store::records::{BroadcastRecord, BroadcastStanding};

use crate::columns::micros;
use crate::fault::{Done, corrupt};
use crate::read::{BROADCAST, read_broadcast};
use crate::tx::{Event, Tx};
use crate::write::idempotency::{self, Key};
use crate::write::{accept, switches};

fn by_id(tx: &Tx<'_>, id: BroadcastId) -> Done<Option<BroadcastRecord>> {
    let mut statement = tx.prepared(&format!("{BROADCAST} WHERE id = ?1"))?;
    let mut rows = statement.query([id.as_bytes()])?;
    rows.next()?.map(read_broadcast).transpose()
}

fn known(tx: &Tx<'_>, id: BroadcastId) -> Done<Box<BroadcastRecord>> {
    let record = by_id(tx, id)?.ok_or_else(|| corrupt("broadcasts.id", "not there"))?;
    Ok(Box::new(record))
}

fn tell(tx: &mut Tx<'_>, id: BroadcastId, word: &str, at: Timestamp) -> Done<()> {
    tx.event(&Event {
        at,
        kind: "broadcast.changed",
        member: None,
        message: None,
        detail: &format!("{id} {word}"),
    })
}

/// See [`store::Op::SaveBroadcast`].
pub(crate) fn save(tx: &mut Tx<'_>, op: &SaveBroadcast) -> Done<SaveBroadcastAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(SaveBroadcastAnswer::KeyReused),
            Key::Known(answer) => {
                let id: [u8; 16] = answer
                    .try_into()
                    .map_err(|_| corrupt("idempotency_keys.answer", "not 16 bytes"))?;
                return Ok(SaveBroadcastAnswer::Saved {
                    record: known(tx, BroadcastId::from_bytes(id))?,
                    replayed: true,
                });
            }
        }
    }
    let revision = match (op.base, by_id(tx, op.id)?) {
        (None, _) => 1,
        (Some(_), None) => return Ok(SaveBroadcastAnswer::Unknown),
        (Some(base), Some(now)) => {
            if now.revision != base || now.standing != BroadcastStanding::DRAFT {
                return Ok(SaveBroadcastAnswer::Stale(Box::new(now)));
            }
            base + 1
        }
    };
    let plan = &op.plan;
    let (template, variables) = accept::template_columns(&plan.content);
    tx.run(
        "INSERT INTO broadcasts (id, name, state, revision, content, media, template, variables, blocks,
           channel, filter, schedule, stages, created_at, created_by, changed_at, changed_by)
         VALUES (?1, ?2, 'draft', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?13, ?14)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, revision = excluded.revision,
           content = excluded.content, media = excluded.media, template = excluded.template,
           variables = excluded.variables, blocks = excluded.blocks, channel = excluded.channel,
           filter = excluded.filter, schedule = excluded.schedule, stages = excluded.stages,
           changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        params![
            op.id.as_bytes(),
            plan.name,
            revision,
            plan.content.text().as_str(),
            store::content::media_json(&plan.content),
            template,
            variables,
            store::content::blocks_json(&plan.content),
            plan.channel.map(domain::Channel::as_str),
            store::audience::written(&plan.filter),
            store::broadcasts::when_json(&plan.when),
            store::broadcasts::stages_json(&plan.stages),
            op.at.as_micros(),
            op.by
        ],
    )?;
    if let Some(key) = &op.idempotency {
        idempotency::keep(tx, key, op.id.as_bytes(), op.at)?;
    }
    tell(tx, op.id, "draft", op.at)?;
    Ok(SaveBroadcastAnswer::Saved {
        record: known(tx, op.id)?,
        replayed: false,
    })
}

/// See [`store::Op::MoveBroadcast`].
pub(crate) fn move_on(tx: &mut Tx<'_>, op: &MoveBroadcast) -> Done<MoveBroadcastAnswer> {
    let Some(now) = by_id(tx, op.id)? else {
        return Ok(MoveBroadcastAnswer::Unknown);
    };
    if now.standing != op.from || now.revision != op.revision {
        return Ok(MoveBroadcastAnswer::Stale(Box::new(now)));
    }
    let to = &op.to;
    tx.run(
        "UPDATE broadcasts SET state = ?2, starts_at = ?3, started_at = ?4, stage = ?5, stage_at = ?6,
           held_state = ?7, why = ?8, winds_up = ?9, ended_at = ?10 WHERE id = ?1",
        params![
            op.id.as_bytes(),
            to.state.as_str(),
            micros(to.starts_at),
            micros(to.started_at),
            to.stage,
            micros(to.stage_at),
            to.held.map(domain::BroadcastState::as_str),
            to.why,
            to.winds_up,
            micros(to.ended_at)
        ],
    )?;
    if let Some(switch) = &op.switch {
        switches::set(tx, switch)?;
    }
    tell(tx, op.id, to.state.as_str(), op.at)?;
    Ok(MoveBroadcastAnswer::Moved(known(tx, op.id)?))
}

/// See [`store::Op::TakeAudience`].
pub(crate) fn take_audience(tx: &mut Tx<'_>, op: &TakeAudience) -> Done<bool> {
    let waits = by_id(tx, op.id)?.is_some_and(|now| {
        now.standing.state == domain::BroadcastState::Running
            && now.audience_at.is_none()
            && now.audience_after == op.after
    });
    if !waits {
        return Ok(false);
    }
    let mut count = 0_i64;
    for (member, position) in &op.members {
        let taken = tx.run(
            "INSERT INTO broadcast_members (broadcast_id, user_id, position) VALUES (?1, ?2, ?3)
             ON CONFLICT (broadcast_id, user_id) DO NOTHING",
            params![op.id.as_bytes(), member.as_bytes(), position],
        )?;
        count += i64::from(taken > 0);
    }
    tx.run(
        "UPDATE broadcasts SET audience = audience + ?2, audience_after = coalesce(?3, audience_after),
           audience_at = ?4 WHERE id = ?1",
        params![
            op.id.as_bytes(),
            count,
            op.up_to.as_ref().map(domain::MemberId::as_bytes),
            op.is_whole.then_some(op.at.as_micros())
        ],
    )?;
    if op.is_whole {
        tell(tx, op.id, "audience", op.at)?;
    }
    Ok(true)
}

/// See [`store::Op::MakeBroadcast`].
pub(crate) fn make(tx: &mut Tx<'_>, op: &MakeBroadcast) -> Done<Option<Made>> {
    let runs = by_id(tx, op.id)?.is_some_and(|now| {
        now.standing.state == domain::BroadcastState::Running
            && now.standing.stage == op.stage
            && now.taken == op.taken
    });
    if !runs {
        return Ok(None);
    }
    let mut made = Made {
        messages: 0,
        passed_over: 0,
    };
    for message in &op.messages {
        let claimed = tx.run(
            "UPDATE broadcast_members SET stage = ?3
             WHERE broadcast_id = ?1 AND user_id = ?2 AND stage IS NULL",
            params![op.id.as_bytes(), message.member.as_bytes(), op.stage],
        )?;
        if claimed == 0 {
            continue;
        }
        let (seq, why) = match accept::one(tx, message, op.at)? {
            Ok(accepted) => (Some(accepted.seq.0), None),
            Err(AcceptRefusal::UnknownMember) => (None, Some("erased")),
            Err(AcceptRefusal::OccasionTaken(_)) => (None, Some("sent_before")),
        };
        made.messages += u32::from(seq.is_some());
        made.passed_over += u32::from(seq.is_none());
        tx.run(
            "UPDATE broadcast_members SET seq = ?3, why = ?4 WHERE broadcast_id = ?1 AND user_id = ?2",
            params![op.id.as_bytes(), message.member.as_bytes(), seq, why],
        )?;
    }
    for (member, why) in &op.passed_over {
        let passed = tx.run(
            "UPDATE broadcast_members SET stage = ?3, why = ?4
             WHERE broadcast_id = ?1 AND user_id = ?2 AND stage IS NULL",
            params![op.id.as_bytes(), member.as_bytes(), op.stage, why],
        )?;
        made.passed_over += u32::from(passed > 0);
    }
    tx.run(
        "UPDATE broadcasts SET taken = taken + ?2 WHERE id = ?1",
        params![op.id.as_bytes(), made.messages + made.passed_over],
    )?;
    tell(tx, op.id, "progress", op.at)?;
    Ok(Some(made))
}
