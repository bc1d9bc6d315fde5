//! Storing messages with their places (G1, G2).

use domain::{DeliveryStatus, PlaceState, Timestamp};
use store::ops::{Accept, AcceptAnswer, AcceptRefusal, Accepted};
use store::records::NewMessage;
use store::{LaneKey, Notice, Seq};

use crate::columns::micros;
use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::work::{NewOutbound, NewPlace};
use crate::write::idempotency::{self, Key};
use crate::write::place::Place;

/// See [`store::Op::Accept`].
pub(crate) fn accept(tx: &mut Tx<'_>, op: &Accept) -> Done<AcceptAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(AcceptAnswer::KeyReused),
            Key::Known(answer) => {
                return Ok(AcceptAnswer::Accepted {
                    results: idempotency::results(&answer)?,
                    replayed: true,
                });
            }
        }
    }
    let mut results = Vec::with_capacity(op.messages.len());
    for message in &op.messages {
        results.push(one(tx, message, op.at)?);
    }
    // A call that stores nothing only asks whether it was answered before.
    if let Some(key) = &op.idempotency
        && !op.messages.is_empty()
    {
        idempotency::keep(tx, key, &idempotency::packed(&results), op.at)?;
    }
    Ok(AcceptAnswer::Accepted {
        results,
        replayed: false,
    })
}

/// Stores one message, or says why not.
pub(crate) fn one(
    tx: &mut Tx<'_>,
    message: &NewMessage,
    at: Timestamp,
) -> Done<Result<Accepted, AcceptRefusal>> {
    if !tx.is_member(message.member)? {
        return Ok(Err(AcceptRefusal::UnknownMember));
    }
    if let Some(occasion) = &message.occasion
        && let Some(earlier) = tx.occasion(message.member, occasion)?
    {
        return Ok(Err(AcceptRefusal::OccasionTaken(earlier)));
    }
    store(tx, message, at).map(Ok)
}

/// Stores a message that nothing speaks against.
pub(super) fn store(tx: &mut Tx<'_>, message: &NewMessage, at: Timestamp) -> Done<Accepted> {
    let seq = tx.next_seq()?;
    if let Some(occasion) = &message.occasion {
        tx.add_occasion(message.member, occasion, message.id);
    }
    let lane = LaneKey::of(message.member, &message.queue);
    let priority = message.kind.priority();
    let place = Place {
        seq,
        message: message.id,
        member: message.member,
        lane,
        priority,
        state: PlaceState::Waiting,
        due: message.not_before,
        begun: 0,
        counted: 0,
        max: message.attempts_max,
        epoch: 0,
        cancel: false,
        possible_repeat: false,
    };
    tx.add_outbound(
        outbound(message, seq, at),
        NewPlace {
            place,
            created_at: at.as_micros(),
            queue: message.queue.as_str().to_owned(),
        },
    );
    tx.count("place", PlaceState::Waiting.as_str(), 1);
    tx.count("status", DeliveryStatus::Pending.as_str(), 1);
    tx.count("kind", message.kind.as_str(), 1);
    tx.event(&Event {
        at,
        kind: "message.accepted",
        member: Some(message.member),
        message: Some(message.id),
        detail: message.kind.as_str(),
    });
    tx.notify(Notice::Waiting {
        lane,
        seq: Seq(seq),
        priority,
        due: message.not_before,
    });
    Ok(Accepted {
        id: message.id,
        seq: Seq(seq),
    })
}

/// The columns `template` and `variables` of a content.
pub(super) fn template_columns(content: &domain::Content) -> (Option<String>, Option<String>) {
    let Some(used) = content.template() else {
        return (None, None);
    };
    let variables: serde_json::Map<String, serde_json::Value> = used
        .variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.as_str().into()))
        .collect();
    let variables = serde_json::Value::Object(variables).to_string();
    (Some(used.name.to_string()), Some(variables))
}

fn outbound(message: &NewMessage, seq: i64, at: Timestamp) -> NewOutbound {
    let content = &message.content;
    let (template, variables) = template_columns(content);
    let media = store::content::media_json(content);
    NewOutbound {
        seq,
        id: message.id,
        member: message.member,
        kind: message.kind,
        queue: message.queue.as_str().to_owned(),
        channel: message.channel,
        created_at: at.as_micros(),
        critical: message.critical,
        attempts_max: message.attempts_max,
        not_before: micros(message.not_before),
        expires_at: micros(message.expires_at),
        in_reply_to: message.in_reply_to,
        knocks_for: message.knocks_for,
        occasion: message.occasion.clone(),
        template,
        variables,
        media,
        blocks: store::content::blocks_json(content),
        content: content.text().as_str().to_owned(),
    }
}
