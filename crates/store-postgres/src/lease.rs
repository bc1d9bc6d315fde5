//! Being a node: registering, beating, taking up shards, giving them back (docs/decisions/0009). Who is a node and
//! whose a shard is is not worked on by any other operation, so that a beat among many leaves what they read.

use domain::{Seconds, Timestamp};
use store::home::Held;
use store::ops::{Beat, BeatAnswer};
use store::{Epoch, Notice, Seq, Shard, Shards};

use crate::columns::{instant, instant_opt, lane_out, priority, word};
use crate::fault::Done;
use crate::home;
use crate::sql::params;
use crate::tx::Tx;
use crate::write::parking;
use domain::PlaceState;

/// A machine whose clock is further from the database's than this claims nothing (G28).
const CLOCK_OFF_MAX: Seconds = Seconds::new(30);

/// For this part of a lease whoever beats again after its own had run out takes nobody else for dead: after the database was
/// away for longer than a lease all have run out, and the first to come back must not fence the others, whose
/// attempts are open.
const SPARED: i64 = 8;

/// How long a node is one without a beat, in microseconds.
fn lease(tx: &Tx<'_>) -> i64 {
    i64::try_from(tx.memory.lease.as_micros()).unwrap_or(i64::MAX)
}

/// See [`store::Op::Beat`].
pub(crate) fn beat(tx: &mut Tx<'_>, op: &Beat) -> Done<BeatAnswer> {
    let held = held(tx)?;
    let lease = lease(tx);
    let mut epoch = tx.memory.ownership.epoch();
    let beaten = tx.apart().one(
        "UPDATE nodes SET lease_until = clock_timestamp() + $2::bigint * interval '1 microsecond'
         FROM (SELECT lease_until < clock_timestamp() AS had_run_out FROM nodes
           WHERE epoch = $1 FOR UPDATE) AS before
         WHERE epoch = $1
         RETURNING had_run_out, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        params![epoch.0, lease],
        |row| Ok((row.get::<bool>(0)?, row.get::<i64>(1)?)),
    )?;
    if let Some((true, now)) = beaten {
        // Nobody has fenced it meanwhile: whatever kept it from beating kept the others, too.
        tx.memory.spares_until = now + lease / SPARED;
    }
    let clock_off = clock_off(tx)?;
    let is_home = held.is_none_or(Held::is_at_home);
    let claims = op.claims && clock_off.is_none() && is_home;
    if beaten.is_none() {
        if epoch.0 != 0 {
            tx.lose_all();
        }
        if !claims {
            remove_the_dead(tx, Epoch(0))?;
            return answer(tx, clock_off, held);
        }
        epoch = register(tx)?;
        tx.memory.ownership.set(epoch, Shards::NONE);
    }
    let nodes = remove_the_dead(tx, epoch)?;
    let wanted = if claims {
        u32::from(store::SHARDS).div_ceil(nodes.max(1))
    } else {
        0
    };
    let free = free_shards(tx)?;
    take(tx, epoch, wanted, &free)?;
    give_back(tx, epoch, wanted)?;
    if !claims && tx.memory.ownership.shards() == Shards::NONE {
        withdraw(tx, epoch)?;
    }
    parking::look_again(tx)?;
    answer(tx, clock_off, held)
}

/// Whether the database is at home here (G33). Asked at each beat: a name may lead to another server
/// since, and an operator may have confirmed this one, or another.
fn held(tx: &Tx<'_>) -> Done<Option<Held>> {
    let Some((here, address)) = &tx.memory.here else {
        return Ok(None);
    };
    let home = home::of(tx.apart(), address, here)?.prints(&tx.memory.hash_key);
    home::standing(tx.apart(), &home)
}

/// Is a node no longer: one that claims nothing must not count where the others reckon their share.
fn withdraw(tx: &mut Tx<'_>, epoch: Epoch) -> Done<()> {
    tx.apart()
        .run("DELETE FROM nodes WHERE epoch = $1", params![epoch.0])?;
    tx.memory.ownership.set(Epoch(0), Shards::NONE);
    tx.memory.told_others = true;
    Ok(())
}

/// Becomes a node with an epoch nobody had. One that bears its name has ended: it stood where this one
/// stands now.
fn register(tx: &Tx<'_>) -> Done<Epoch> {
    tx.apart().run(
        "DELETE FROM nodes WHERE name = $1",
        params![tx.memory.name.as_str()],
    )?;
    let lease = lease(tx);
    let epoch = tx.apart().one(
        "INSERT INTO nodes (epoch, name, lease_until, started_at)
         VALUES (nextval('epochs'), $1, clock_timestamp() + $2::bigint * interval '1 microsecond',
           clock_timestamp()) RETURNING epoch",
        params![tx.memory.name.as_str(), lease],
        |row| row.get(0),
    )?;
    Ok(Epoch(epoch.unwrap_or(0)))
}

/// Becomes a node, fences every other whatever its lease says, and takes all shards: for a database
/// that is known to be nobody else's.
pub(crate) fn take_over(tx: &mut Tx<'_>) -> Done<()> {
    let epoch = register(tx)?;
    tx.run("DELETE FROM nodes WHERE epoch <> $1", params![epoch.0])?;
    tx.run("UPDATE shards SET owner = $1", params![epoch.0])?;
    tx.run("DELETE FROM lane_notices", params![])?;
    tx.memory.ownership.set(epoch, Shards::ALL);
    Ok(())
}

/// Fences the nodes whose lease has run out, unless they are spared for now; answers how many are left.
fn remove_the_dead(tx: &Tx<'_>, epoch: Epoch) -> Done<u32> {
    // A clock of the database that was ahead and is set back spares nobody.
    let lease = lease(tx);
    tx.apart().run(
        "DELETE FROM nodes WHERE epoch IN (SELECT epoch FROM nodes
           WHERE lease_until < clock_timestamp() AND epoch <> $1
             AND NOT clock_timestamp() BETWEEN to_timestamp(($2::bigint - $3::bigint) / 1000000.0)
               AND to_timestamp($2::bigint / 1000000.0) FOR UPDATE SKIP LOCKED)",
        params![epoch.0, tx.memory.spares_until, lease / SPARED],
    )?;
    let nodes = count_nodes(tx)?;
    Ok(nodes.unwrap_or(1))
}

fn count_nodes(tx: &Tx<'_>) -> Done<Option<u32>> {
    tx.apart()
        .one("SELECT count(*) FROM nodes", params![], |row| row.get(0))
}

/// Shards without a living owner, with the one they had; 0 for none.
fn free_shards(tx: &Tx<'_>) -> Done<Vec<(i64, i64)>> {
    tx.apart().all(
        "SELECT s.shard, coalesce(s.owner, 0) FROM shards s LEFT JOIN nodes n ON n.epoch = s.owner
         WHERE n.epoch IS NULL ORDER BY s.shard",
        params![],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Takes free shards up to a fair share, and tells of the places that are in them.
///
/// A shard is taken from the owner it was seen to have: another node may have taken it since, and that
/// node may be so young that this statement does not see it among the living.
fn take(tx: &mut Tx<'_>, epoch: Epoch, wanted: u32, free: &[(i64, i64)]) -> Done<()> {
    let mine = tx.memory.ownership.shards();
    let room = wanted.saturating_sub(mine.count());
    if room == 0 || free.is_empty() {
        return Ok(());
    }
    let (seen, owners): (Vec<i64>, Vec<i64>) = free.iter().copied().unzip();
    let taken = tx.all(
        "UPDATE shards SET owner = $1 WHERE shard IN (
           SELECT s.shard FROM shards s
             JOIN unnest($2::bigint[], $3::bigint[]) AS seen (shard, owner)
               ON seen.shard = s.shard AND seen.owner = coalesce(s.owner, 0)
           ORDER BY s.shard LIMIT $4 FOR UPDATE OF s SKIP LOCKED)
         RETURNING shard",
        params![epoch.0, seen.as_slice(), owners.as_slice(), i64::from(room)],
        |row| row.get::<u8>(0),
    )?;
    let taken = taken
        .into_iter()
        .filter_map(Shard::new)
        .fold(Shards::NONE, Shards::with);
    let all = Shards::from_bits(mine.bits() | taken.bits());
    tx.memory.ownership.set(epoch, all);
    // What is told of them by rows is in their places already.
    let numbers: Vec<i64> = taken.iter().map(|shard| shard.number().into()).collect();
    tx.run(
        "DELETE FROM lane_notices WHERE shard = ANY($1::bigint[])",
        params![numbers.as_slice()],
    )?;
    tell_places(tx, &numbers)
}

/// Tells of every place in these shards, in the order of their numbers.
fn tell_places(tx: &mut Tx<'_>, shards: &[i64]) -> Done<()> {
    let notices = tx.all(
        "SELECT sequence_number, lane, priority, status, due, clock_timestamp()
         FROM message_queues WHERE shard = ANY($1::bigint[]) ORDER BY sequence_number",
        params![shards],
        |row| {
            let (seq, lane) = (Seq(row.get(0)?), lane_out(row.get(1)?));
            let state: PlaceState = word(row, 3, "message_queues.status")?;
            let due = instant_opt(row, 4)?;
            Ok(match state {
                PlaceState::Waiting | PlaceState::Held => Notice::Waiting {
                    lane,
                    seq,
                    priority: priority(row, 2)?,
                    due,
                },
                // Left begun by whoever had it: looked at at once.
                PlaceState::Begun
                | PlaceState::Unconfirmed
                | PlaceState::AwaitingReceipt
                | PlaceState::Ended => Notice::Occupied {
                    lane,
                    seq,
                    until: Some(due.unwrap_or(Timestamp::from_micros(0))),
                },
            })
        },
    )?;
    for notice in notices {
        tx.notify(notice);
    }
    Ok(())
}

/// Lets go of what is more than a fair share: first nothing begins there any more, and once nothing
/// of ours is open the shard is free.
fn give_back(tx: &mut Tx<'_>, epoch: Epoch, wanted: u32) -> Done<()> {
    let mine = tx.memory.ownership.shards();
    let staying = mine.without(tx.memory.leaving);
    let too_many = staying.count().saturating_sub(wanted);
    let chosen = staying
        .iter()
        .take(usize::try_from(too_many).unwrap_or(usize::MAX))
        .fold(Shards::NONE, Shards::with);
    if chosen != Shards::NONE {
        tx.memory.leaving = Shards::from_bits(tx.memory.leaving.bits() | chosen.bits());
        // Seen by the next transaction: until then what was claimed may still be begun.
        tx.notify(Notice::Lost(chosen));
        return Ok(());
    }
    if tx.memory.leaving == Shards::NONE {
        return Ok(());
    }
    let busy = tx.all(
        "SELECT DISTINCT shard FROM message_queues WHERE status = 'begun' AND epoch = $1",
        params![epoch.0],
        |row| row.get::<u8>(0),
    )?;
    let busy = busy
        .into_iter()
        .filter_map(Shard::new)
        .fold(Shards::NONE, Shards::with);
    let let_go = tx.memory.leaving.without(busy);
    let numbers: Vec<i64> = let_go.iter().map(|shard| shard.number().into()).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    tx.run(
        "UPDATE shards SET owner = NULL WHERE owner = $1 AND shard = ANY($2::bigint[])",
        params![epoch.0, numbers.as_slice()],
    )?;
    tx.memory.leaving = tx.memory.leaving.without(let_go);
    tx.memory.ownership.set(epoch, mine.without(let_go));
    tx.memory.told_others = true;
    Ok(())
}

/// By how much this machine's clock is ahead of the database's, if that is too much.
fn clock_off(tx: &Tx<'_>) -> Done<Option<Seconds>> {
    let Some(database) = database_now(tx)? else {
        return Ok(None);
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "it is this machine's clock that is judged here, and nothing else goes by it"
    )]
    let own = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .unwrap_or(0);
    let off = Timestamp::from_micros(own).since(database);
    Ok((off.as_micros().abs() > CLOCK_OFF_MAX.as_micros()).then_some(off))
}

fn database_now(tx: &Tx<'_>) -> Done<Option<Timestamp>> {
    tx.apart()
        .one("SELECT clock_timestamp()", params![], |row| instant(row, 0))
}

fn answer(tx: &Tx<'_>, clock_off: Option<Seconds>, held: Option<Held>) -> Done<BeatAnswer> {
    Ok(BeatAnswer {
        shards: tx.memory.ownership.shards().count(),
        nodes: count_nodes(tx)?.unwrap_or(0),
        database_now: database_now(tx)?,
        clock_off,
        held,
    })
}
