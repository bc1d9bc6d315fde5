//! Taking over a database of the plan, deciding about its queue, and giving it back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::{Channel, Kind, MemberId, MessageId, ProviderName, Seconds, Timestamp};
use store::ops::{EraseMember, RecordInbound, RecordInboundAnswer};
use store::records::{InboundEffects, NewInbound};
use store::{Answer, Apply, Op, StoreError};
use store_postgres::migrate::{self, Applied, EntryState};
use store_postgres::{Options, PostgresStore};
use test_postgres::{Database, rows, run, schema};

/// Every migration, the newest first.
const ALL: u32 = u32::MAX;

const PLAN: &str = include_str!("../../../fixtures/plan.sql");
const WHATSAPP: &str = include_str!("../../../fixtures/plan_whatsapp.sql");
const SURROUNDINGS: &str = include_str!("../../../fixtures/plan_surroundings.sql");
const ROWS: &str = include_str!("../../../fixtures/plan_rows.sql");

/// A database of the plan with people in it.
fn plan() -> Database {
    made_of(&[PLAN, WHATSAPP, SURROUNDINGS, ROWS])
}

fn made_of(parts: &[&str]) -> Database {
    let database = test_postgres::database().unwrap();
    for part in parts {
        run(&database.address, part).unwrap();
    }
    database
}

/// Everything the four tables hold, and what hangs on them.
fn contents(address: &str) -> Vec<String> {
    let mut all = Vec::new();
    for table in [
        "users",
        "user_profiles",
        "messages",
        "message_queues",
        "queue_audit",
        "touched",
        "conversation_length",
        "queue_now",
        "numbers_by_length",
    ] {
        let query = format!("SELECT '{table} ' || t::text FROM {table} t ORDER BY 1");
        all.extend(rows(address, &query).unwrap());
    }
    all
}

fn shape(address: &str) -> String {
    schema(address, "schema_migrations").unwrap()
}

fn one(address: &str, query: &str) -> String {
    rows(address, query).unwrap().join(" ")
}

fn taken_over(address: &str) -> Result<Applied, StoreError> {
    migrate::take_over(address, |text, _| text.trim() == "stop.")
}

fn a_day(_: Kind) -> Seconds {
    Seconds::new(24 * 3600)
}

#[test]
fn a_database_of_the_plan_is_taken_over_and_given_back_without_a_scratch() {
    let database = plan();
    let address = &database.address;
    let (shape_before, before) = (shape(address), contents(address));
    // Twice: what is left of the first time must not hinder the second.
    for _ in 0..2 {
        let adopted = taken_over(address).unwrap().adopted.unwrap();
        assert_eq!(
            (adopted.users, adopted.profiles, adopted.profiles_made),
            (9, 8, 1)
        );
        assert_eq!((adopted.messages, adopted.entries), (22, 13));
        assert_eq!((adopted.held, adopted.unconfirmed), (8, 3), "{adopted:?}");
        assert_eq!(adopted.numbers_rewritten, 2);
        assert_eq!(adopted.unread_zones.len(), 1, "Mars/Olympus");
        assert_eq!(adopted.without_number.len(), 1);
        assert_eq!(adopted.without_number[0].1, "not_a_number");
        // Nothing of theirs was touched by their own triggers, and their views still read.
        assert_eq!(one(address, "SELECT count(*) FROM touched"), "0");
        assert_eq!(
            one(
                address,
                "SELECT messages FROM conversation_length WHERE name = 'Ana'"
            ),
            "12"
        );
        assert!(migrate::down(address, ALL).unwrap() > 0);
        assert_eq!(shape(address), shape_before);
        assert_eq!(contents(address), before);
    }
}

#[test]
fn the_plan_before_its_second_migration_is_taken_over_too() {
    let database = made_of(&[PLAN]);
    let address = &database.address;
    run(
        address,
        "INSERT INTO users (name, phone_number) VALUES ('Ana', '+14155551001')",
    )
    .unwrap();
    let shape_before = shape(address);
    let adopted = taken_over(address).unwrap().adopted.unwrap();
    assert_eq!((adopted.users, adopted.profiles_made), (1, 1));
    assert_eq!(
        one(
            address,
            "SELECT time_zone || preferred_send_hour FROM user_profiles"
        ),
        "America/New_York8"
    );
    migrate::down(address, ALL).unwrap();
    assert_eq!(shape(address), shape_before);
    assert_eq!(one(address, "SELECT count(*) FROM user_profiles"), "0");
}

#[test]
fn what_must_not_be_empty_is_called_as_before() {
    // PostgreSQL keeps the name since version 18.
    let (unnamed, named) = (
        "phone_number varchar(20) NOT NULL",
        "phone_number varchar(20) CONSTRAINT has_phone NOT NULL",
    );
    let database = made_of(&[&PLAN.replace(unnamed, named), WHATSAPP, SURROUNDINGS, ROWS]);
    let address = &database.address;
    let before = shape(address);
    taken_over(address).unwrap();
    migrate::down(address, ALL).unwrap();
    assert_eq!(shape(address), before);
}

#[test]
fn a_database_that_was_taken_over_has_our_shape() {
    let (database, fresh) = (plan(), test_postgres::database().unwrap());
    taken_over(&database.address).unwrap();
    migrate::up(&fresh.address).unwrap();
    let query = "SELECT format('%s.%s %s %s %s', c.relname, a.attname,
           format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
         UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = 'public'
           AND indexname NOT LIKE '%pkey' AND indexname NOT LIKE '%key'";
    let theirs = rows(&database.address, query).unwrap();
    let differing: Vec<String> = rows(&fresh.address, query)
        .unwrap()
        .into_iter()
        .filter(|line| !theirs.contains(line))
        .collect();
    // What they fill in by themselves, they may go on filling in.
    let expected: Vec<&String> = differing
        .iter()
        .filter(|line| !line.contains(".id ") && !line.contains("_at timestamp"))
        .collect();
    assert!(expected.is_empty(), "{expected:#?}");
}

#[test]
fn consent_is_unknown_unless_flag_and_date_prove_it() {
    let database = plan();
    let adopted = taken_over(&database.address).unwrap().adopted.unwrap();
    // Ben by his number, Ivy by her own on WhatsApp. Not Cleo (no date), Dan (said stop since), Gus (no
    // number).
    assert_eq!((adopted.opted_in, adopted.opt_ins_without_proof), (2, 3));
    assert_eq!(
        rows(
            &database.address,
            "SELECT channel || ' ' || address || ' ' || state || ' ' || source FROM consents
             ORDER BY 1"
        )
        .unwrap(),
        [
            "whatsapp +14155551002 opted_in adopted",
            "whatsapp +1415555199 opted_in adopted"
        ]
    );
    assert_eq!(
        one(
            &database.address,
            "SELECT count(*) FROM consent_ledger WHERE wording LIKE '%2025-03-0%'"
        ),
        "2"
    );
}

#[test]
fn what_cannot_be_served_is_refused_by_name_and_nothing_changes() {
    for (change, named) in [
        (
            "ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'x'; ALTER TABLE users ALTER plan DROP DEFAULT",
            "users.plan is NOT NULL",
        ),
        (
            "ALTER TABLE users RENAME phone_number TO phone",
            "users has no column phone_number",
        ),
        (
            "DROP TABLE message_queues, messages CASCADE; CREATE TABLE messages (id bigint PRIMARY KEY, client_id uuid, direction text, content text, created_at timestamptz)",
            "messages.id is bigint",
        ),
        (
            "UPDATE users SET phone_number = '+1 415 555 1001' WHERE name = 'Cleo'",
            "one number belongs to several users",
        ),
        (
            "ALTER TABLE user_profiles DROP CONSTRAINT user_profiles_user_id_key; INSERT INTO user_profiles (id, user_id, created_at) VALUES (gen_random_uuid(), '00000000-0000-4000-8000-000000000001', now())",
            "more than one profile",
        ),
        (
            "UPDATE messages SET direction = 'sideways' WHERE id::text LIKE '%201'",
            "neither inbound nor outbound",
        ),
        (
            "CREATE TABLE events (id int)",
            "already something called events",
        ),
        (
            "ALTER TABLE messages RENAME COLUMN metadata TO meta; ALTER TABLE messages ADD COLUMN metadata json",
            "messages.metadata is json",
        ),
        ("CREATE POLICY own ON users USING (true)", "the policy own"),
        (
            "CREATE INDEX users_email ON users (id, email)",
            "another index called users_email",
        ),
    ] {
        let database = plan();
        run(&database.address, change).unwrap();
        let shape_before = shape(&database.address);
        let refusal = taken_over(&database.address).unwrap_err().to_string();
        assert!(refusal.contains(named), "{change}: {refusal}");
        assert!(!refusal.contains("+1"), "no numbers: {refusal}");
        assert_eq!(shape(&database.address), shape_before, "{change}");
    }
}

#[test]
fn a_node_that_starts_takes_nothing_over_by_itself() {
    let database = plan();
    let before = shape(&database.address);
    let refused = PostgresStore::open(&database.address, &Options::default());
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("gymtext migrate up")
    );
    assert_eq!(shape(&database.address), before);
}

#[test]
fn released_entries_come_into_their_lanes_in_order_and_once() {
    let database = plan();
    let address = &database.address;
    taken_over(address).unwrap();
    assert_eq!(one(address, "SELECT count(*) FROM message_queues"), "0");
    let listed = migrate::held_entries(address).unwrap();
    let count = |state| listed.iter().filter(|entry| entry.state == state).count();
    assert_eq!(
        (count(EntryState::Held), count(EntryState::Unconfirmed)),
        (8, 3)
    );
    let done = migrate::release_held(address, a_day).unwrap();
    assert_eq!((done.released.len(), done.kept.len()), (4, 4), "{done:#?}");
    assert_eq!(
        rows(
            address,
            "SELECT m.content FROM message_queues q JOIN messages m ON m.seq = q.sequence_number
             WHERE q.queue_name = 'chat' ORDER BY q.sequence_number"
        )
        .unwrap(),
        ["First of Ben", "Second of Ben"]
    );
    assert_eq!(one(address, "SELECT count(*) FROM lane_notices"), "4");
    assert!(
        migrate::release_held(address, a_day)
            .unwrap()
            .released
            .is_empty()
    );
    assert_eq!(one(address, "SELECT count(*) FROM message_queues"), "4");
    let discarded = migrate::discard_held(address).unwrap();
    assert_eq!(discarded.len(), 4);
    assert_eq!(
        one(
            address,
            "SELECT count(*) FROM messages WHERE reason = 'discarded' AND delivery_status = 'cancelled'"
        ),
        "3"
    );
    // Back in the old shape: what waits, waits; nothing that was ended waits again.
    migrate::down(address, ALL).unwrap();
    assert_eq!(
        one(
            address,
            "SELECT string_agg(right(id::text, 3) || status, ' ' ORDER BY id) FROM message_queues WHERE right(id::text, 3) < '410' OR message_id IS NULL"
        ),
        "401pending 402pending 403pending 404pending 405failed 406pending 407processing 408failed 409failed 413failed"
    );
}

/// Giving it back is refused; the refusal. Every migration is still applied, and all rows are still there.
fn refused(address: &str) -> String {
    let state = || {
        let ours = "SELECT c::text FROM consents c UNION ALL SELECT l::text FROM consent_ledger l
           UNION ALL SELECT a::text FROM adopted_message_queues a ORDER BY 1";
        let tables = (shape(address), contents(address));
        (tables, rows(address, ours).unwrap())
    };
    let before = state();
    let refusal = migrate::down(address, ALL).unwrap_err().to_string();
    assert!(refusal.contains("nothing was changed"), "{refusal}");
    let applied = migrate::status(address).unwrap();
    let gone: Vec<_> = applied
        .iter()
        .filter(|line| line.applied_at.is_none())
        .collect();
    assert!(gone.is_empty(), "taken back all the same: {gone:?}");
    assert_eq!(state(), before);
    refusal
}

#[test]
fn what_the_old_shape_cannot_hold_is_refused_by_row() {
    let database = plan();
    let address = &database.address;
    taken_over(address).unwrap();
    let number = |value: &str| {
        let change = format!(
            "UPDATE user_profiles SET whatsapp_number = {value} WHERE user_id::text LIKE '%0002'"
        );
        run(address, &change).unwrap();
    };
    number("'US.13491208655302741918aaaaaaaaaaaa'");
    let refusal = refused(address);
    assert!(
        refusal.contains("user_profiles.whatsapp_number"),
        "{refusal}"
    );
    assert!(refusal.contains("000000000002"), "{refusal}");
    number("NULL");
    assert!(migrate::down(address, ALL).unwrap() > 0);
}

#[test]
fn it_is_not_given_back_under_a_node_that_runs() {
    let database = plan();
    let address = &database.address;
    taken_over(address).unwrap();
    run(
        address,
        "INSERT INTO nodes (epoch, name, lease_until, started_at)
         VALUES (7, 'north', clock_timestamp() + interval '1 hour', clock_timestamp());
         UPDATE shards SET owner = 7 WHERE shard = 3",
    )
    .unwrap();
    let refusal = refused(address);
    assert!(refusal.contains("1 nodes are running"), "{refusal}");
    run(address, "UPDATE shards SET owner = NULL").unwrap();
    assert!(migrate::down(address, ALL).unwrap() > 0);
}

#[test]
fn a_check_of_theirs_that_no_longer_holds_is_refused_by_name() {
    let database = plan();
    let address = &database.address;
    let check = "ALTER TABLE messages ADD CONSTRAINT short CHECK (length(content) < 6000)";
    run(address, check).unwrap();
    let shape_before = shape(address);
    taken_over(address).unwrap();
    let content = |value: &str| {
        let change = format!("UPDATE messages SET content = {value} WHERE id::text LIKE '%0201'");
        run(address, &change).unwrap();
    };
    content("repeat('long', 2000)");
    let refusal = refused(address);
    assert!(refusal.contains("short"), "{refusal}");
    content("'short again'");
    migrate::down(address, ALL).unwrap();
    assert_eq!(shape(address), shape_before);
}

/// One operation on the database, by a node of its own.
fn apply(address: &str, op: Op) -> Answer {
    let options = Options {
        take_over: true,
        ..Options::default()
    };
    let (mut writer, _reader, _ownership) = PostgresStore::open(address, &options).unwrap();
    let mut answers = writer.apply(&[op], &mut Vec::new()).unwrap();
    let answer = answers.pop().unwrap().unwrap();
    // It leaves in order.
    run(address, "UPDATE shards SET owner = NULL").unwrap();
    answer
}

fn inbound(provider_message_id: &str) -> Op {
    let at = Timestamp::from_seconds(1_795_003_200);
    Op::RecordInbound(Box::new(RecordInbound {
        inbound: NewInbound {
            id: MessageId::from_bytes([9; 16]),
            provider: ProviderName::Twilio,
            account: "AC1".into(),
            provider_message_id: provider_message_id.into(),
            channel: Channel::Sms,
            from: "+14155551001".parse().unwrap(),
            to: "+14155550199".parse().unwrap(),
            text: "How many squats?".into(),
            media: Vec::new(),
            button: None,
            metadata: "{}".into(),
            received_at: at,
        },
        effects: InboundEffects::default(),
    }))
}

#[test]
fn what_a_provider_told_before_is_not_heard_again() {
    let database = plan();
    taken_over(&database.address).unwrap();
    let told = "SM99000000000000000000000000000201";
    for (id, is_new) in [(told, false), ("SM98", true)] {
        let Answer::RecordInbound(answer) = apply(&database.address, inbound(id)) else {
            panic!("the answer to another operation");
        };
        let recorded = matches!(*answer, RecordInboundAnswer::Recorded { .. });
        assert_eq!(recorded, is_new, "{id}");
    }
}

#[test]
fn an_erased_member_leaves_nothing_beside_either_and_none_comes_back() {
    let database = plan();
    let address = &database.address;
    taken_over(address).unwrap();
    let eve = [0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 5];
    let kept = "SELECT count(*) FROM adopted_values WHERE row_id::text LIKE '%0005'";
    assert_ne!(one(address, kept), "0");
    apply(
        address,
        Op::EraseMember(Box::new(EraseMember {
            id: MemberId::from_bytes(eve),
            at: Timestamp::from_seconds(1_795_003_200),
        })),
    );
    assert_eq!(one(address, kept), "0");
    // Their column must not be empty: something stands there that is nobody's number.
    migrate::down(address, ALL).unwrap();
    assert_eq!(
        one(
            address,
            "SELECT phone_number FROM users WHERE id::text LIKE '%0005'"
        ),
        "none:000000000000"
    );
}
