//! A database of the plan whose words are types of its own: it is taken over, and what came since goes back into
//! those types, or is refused by name.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::{Kind, Seconds};
use store_postgres::migrate;
use test_postgres::{Database, rows, run, schema};

/// Every migration, the newest first.
const ALL: u32 = u32::MAX;

const PLAN: &str = include_str!("../../../fixtures/plan.sql");
const WHATSAPP: &str = include_str!("../../../fixtures/plan_whatsapp.sql");
const SURROUNDINGS: &str = include_str!("../../../fixtures/plan_surroundings.sql");
const ROWS: &str = include_str!("../../../fixtures/plan_rows.sql");

/// The queue's word becomes one of a type.
const QUEUE: &str =
    "CREATE TYPE qs AS ENUM ('pending', 'processing', 'sent', 'delivered', 'failed');
     ALTER TABLE message_queues ALTER status DROP DEFAULT,
       ALTER status TYPE qs USING status::text::qs, ALTER status SET DEFAULT 'pending'";

/// All other words become words of types.
const OTHERS: &str = "CREATE TYPE carrier AS ENUM ('twilio', 'whatsapp');
     CREATE TYPE way AS ENUM ('inbound', 'outbound');
     CREATE TYPE \"Outcome\" AS ENUM ('pending', 'queued', 'sent', 'delivered', 'failed');
     CREATE TYPE land AS ENUM ('US', 'DE');
     CREATE TYPE queue AS ENUM ('chat', 'default');
     ALTER TABLE users ADD COLUMN country land NOT NULL DEFAULT 'US';
     ALTER TABLE user_profiles ALTER preferred_messaging_provider DROP DEFAULT,
       ALTER preferred_messaging_provider TYPE carrier USING preferred_messaging_provider::text::carrier,
       ALTER preferred_messaging_provider SET DEFAULT 'twilio',
       ALTER preferred_messaging_provider SET NOT NULL;
     ALTER TABLE messages ALTER direction TYPE way USING direction::text::way,
       ALTER provider DROP DEFAULT, ALTER provider TYPE carrier USING provider::text::carrier,
       ALTER provider SET DEFAULT 'twilio', ALTER delivery_status DROP DEFAULT,
       ALTER delivery_status TYPE \"Outcome\" USING delivery_status::text::\"Outcome\",
       ALTER delivery_status SET DEFAULT 'pending';
     ALTER TABLE message_queues ALTER queue_name TYPE queue USING queue_name::text::queue";

/// Ana, with a text each way and one that waits.
const ANA: &str = "INSERT INTO users (id, name, phone_number)
       VALUES ('00000000-0000-4000-8000-000000000001', 'Ana', '+14155551001');
     INSERT INTO user_profiles (id, user_id, created_at)
       SELECT id, id, '2025-01-01 00:00:00+00' FROM users;
     INSERT INTO messages (id, client_id, direction, content, delivery_status, created_at)
       SELECT '00000000-0000-4000-8000-000000000101', id, 'inbound', 'Hello', 'delivered',
         '2025-04-01 00:00:00+00' FROM users;
     INSERT INTO messages (id, client_id, direction, content, delivery_status, created_at)
       SELECT '00000000-0000-4000-8000-000000000102', id, 'outbound', 'Hello Ana', 'queued', now() FROM users;
     INSERT INTO message_queues (id, client_id, queue_name, sequence_number, message_id, created_at)
       SELECT '00000000-0000-4000-8000-000000000201', id, 'chat', 1,
         '00000000-0000-4000-8000-000000000102', now() FROM users";

/// What came since: a member who said nothing of themselves, a text to Ana that a carrier has, and a place that
/// waits behind it.
const SINCE: &str = "INSERT INTO users (id, name, phone_number, created_at, updated_at)
       VALUES ('00000000-0000-4000-8000-000000000002', 'Ben', '+14155551002', now(), now());
     UPDATE users SET country = NULL WHERE name = 'Ben';
     INSERT INTO user_profiles (user_id, preferred_messaging_provider)
       VALUES ('00000000-0000-4000-8000-000000000002', NULL);
     INSERT INTO messages (seq, id, client_id, direction, content, delivery_status, created_at)
       SELECT nextval('messages_seq'), id::uuid, '00000000-0000-4000-8000-000000000001', 'outbound', 'More', word,
         now()
       FROM (VALUES ('00000000-0000-4000-8000-000000000301', 'accepted'),
         ('00000000-0000-4000-8000-000000000302', 'pending')) AS since (id, word);
     INSERT INTO message_queues (sequence_number, message_id, id, shard, client_id, lane, priority, queue_name,
       created_at, status)
       SELECT seq, id, id, 0, client_id, 1, 1, 'chat', now(),
         CASE delivery_status WHEN 'accepted' THEN 'awaiting_receipt' ELSE 'waiting' END
       FROM messages WHERE content = 'More'";

fn made_of(parts: &[&str]) -> Database {
    let database = test_postgres::database().unwrap();
    for part in parts {
        run(&database.address, part).unwrap();
    }
    database
}

fn take_over(address: &str) -> Result<(), String> {
    let done = migrate::take_over(address, |text, _| text.trim() == "stop.");
    done.map(|done| assert!(done.adopted.is_some()))
        .map_err(|why| why.to_string())
}

/// The shape and what the four tables hold.
fn state(address: &str) -> (String, Vec<String>) {
    let all = "SELECT 'u ' || t::text FROM users t UNION ALL SELECT 'p ' || t::text FROM user_profiles t
       UNION ALL SELECT 'm ' || t::text FROM messages t UNION ALL SELECT 'q ' || t::text FROM message_queues t
       ORDER BY 1";
    (shape(address), rows(address, all).unwrap())
}

fn shape(address: &str) -> String {
    schema(address, "schema_migrations").unwrap()
}

/// Giving it back is refused; the refusal. Everything is as before.
fn refused(address: &str) -> String {
    let before = state(address);
    let refusal = migrate::down(address, ALL).unwrap_err().to_string();
    assert!(refusal.contains("nothing was changed"), "{refusal}");
    let applied = migrate::status(address).unwrap();
    assert!(applied.iter().all(|line| line.applied_at.is_some()));
    assert_eq!(state(address), before);
    refusal
}

#[test]
fn a_queue_whose_words_are_a_type_goes_there_and_back() {
    let database = made_of(&[PLAN, WHATSAPP, QUEUE, SURROUNDINGS, ROWS]);
    let address = &database.address;
    let before = state(address);
    take_over(address).unwrap();
    migrate::down(address, ALL).unwrap();
    assert_eq!(state(address), before);
    // What an operator decided is written in words of the type, and so is what came since.
    take_over(address).unwrap();
    let a_day = |_: Kind| Seconds::new(24 * 3600);
    let released = migrate::release_held(address, a_day).unwrap().released;
    let discarded = migrate::discard_held(address).unwrap();
    assert_eq!((released.len(), discarded.len()), (4, 4));
    run(
        address,
        "INSERT INTO message_queues (sequence_number, message_id, id, shard, client_id, lane, priority, queue_name,
           created_at, status)
         SELECT 1000, id, '00000000-0000-4000-8000-000000000499', 0, client_id, 1, 1, 'chat', now(), 'begun'
         FROM messages WHERE id = '00000000-0000-4000-8000-000000000102'",
    )
    .unwrap();
    migrate::down(address, ALL).unwrap();
    assert_eq!(shape(address), before.0);
    assert_eq!(
        rows(
            address,
            "SELECT string_agg(right(id::text, 3) || status, ' ' ORDER BY id) FROM message_queues
             WHERE right(id::text, 3) < '410' OR right(id::text, 3) > '412'"
        )
        .unwrap(),
        [
            "401pending 402pending 403pending 404pending 405failed 406pending 407processing 408failed 409failed \
             413failed 499sent"
        ]
    );
}

#[test]
fn words_of_all_types_go_there_and_back() {
    let database = made_of(&[PLAN, WHATSAPP, QUEUE, OTHERS, ANA]);
    let address = &database.address;
    let before = state(address);
    take_over(address).unwrap();
    run(address, SINCE).unwrap();
    migrate::down(address, ALL).unwrap();
    let after = state(address);
    assert_eq!(after.0, before.0);
    assert!(
        before.1.iter().all(|row| after.1.contains(row)),
        "{after:#?}"
    );
    // Where nothing was said there stands what stands there by itself.
    assert_eq!(
        rows(
            address,
            "SELECT country || ' ' || preferred_messaging_provider FROM users u
             JOIN user_profiles p ON p.user_id = u.id WHERE name = 'Ben'"
        )
        .unwrap(),
        ["US twilio"]
    );
    assert_eq!(
        rows(
            address,
            "SELECT m.delivery_status || ' ' || q.status || ' ' || q.queue_name FROM messages m
             JOIN message_queues q ON q.message_id = m.id WHERE m.content = 'More' ORDER BY m.id"
        )
        .unwrap(),
        ["queued sent chat", "pending pending chat"]
    );
}

#[test]
fn a_word_that_a_type_does_not_have_is_refused_by_name() {
    for (less, more, named) in [
        (
            "ALTER TYPE qs RENAME VALUE 'pending' TO 'queued'",
            "",
            "message_queues.status was a qs, which has no word 'pending'",
        ),
        (
            "ALTER TYPE qs RENAME VALUE 'sent' TO 'gone'",
            "",
            "message_queues.status was a qs, which has no word 'sent'",
        ),
        (
            "",
            "UPDATE message_queues SET queue_name = 'daily'",
            "message_queues.queue_name was a queue, which has no word 'daily'",
        ),
        (
            "",
            "UPDATE messages SET provider = 'local' WHERE content = 'More'",
            "messages.provider was a carrier, which has no word 'local' (2 rows)",
        ),
        (
            "",
            "UPDATE messages SET delivery_status = 'anew' WHERE content = 'More'",
            "messages.delivery_status was a \"Outcome\", which has no word 'anew'",
        ),
        (
            "",
            "UPDATE user_profiles SET preferred_messaging_provider = 'email'",
            "user_profiles.preferred_messaging_provider was a carrier, which has no word 'email'",
        ),
        (
            "",
            "UPDATE users SET country = 'FR' WHERE name = 'Ben'",
            "users.country was a land, which has no word 'FR'",
        ),
    ] {
        let database = made_of(&[PLAN, WHATSAPP, QUEUE, OTHERS, ANA, less]);
        let address = &database.address;
        let shape_before = shape(address);
        take_over(address).unwrap();
        run(address, SINCE).unwrap();
        run(address, more).unwrap();
        let refusal = refused(address);
        assert!(refusal.contains(named), "{named}: {refusal}");
        let (before, how) = refusal.split_once("ALTER TYPE ").unwrap();
        assert!(!before.contains("ALTER TYPE"), "one word: {refusal}");
        // As it says: the type gets the word, and all goes back.
        let (how, _) = how.split_once(')').unwrap();
        run(address, &format!("ALTER TYPE {how}")).unwrap();
        migrate::down(address, ALL).unwrap();
        assert_eq!(
            shape(address).lines().count(),
            shape_before.lines().count() + 1,
            "the word alone"
        );
    }
}

#[test]
fn what_an_operator_decided_needs_its_word_too() {
    let less = "ALTER TYPE qs RENAME VALUE 'failed' TO 'broken'";
    let database = made_of(&[PLAN, WHATSAPP, QUEUE, ANA, less]);
    let address = &database.address;
    take_over(address).unwrap();
    assert_eq!(migrate::discard_held(address).unwrap().len(), 1);
    let refusal = refused(address);
    let named = "message_queues.status was a qs, which has no word 'failed'";
    assert!(refusal.contains(named), "{refusal}");
}

#[test]
fn a_direction_that_could_never_be_written_back_is_not_taken() {
    let one_way = "CREATE TYPE way AS ENUM ('inbound');
         ALTER TABLE messages ALTER direction TYPE way USING direction::text::way";
    let database = made_of(&[PLAN, WHATSAPP, one_way]);
    let before = shape(&database.address);
    let refusal = take_over(&database.address).unwrap_err();
    let named = "messages.direction is a way, which has no word 'outbound'";
    assert!(refusal.contains(named), "{refusal}");
    assert_eq!(shape(&database.address), before);
}

#[test]
fn what_hangs_on_such_a_column_reads_on_and_comes_back() {
    let around = "CREATE INDEX waiting_idx ON message_queues (created_at) WHERE status = 'pending';
         CREATE INDEX open_idx ON message_queues (id) WHERE status IN ('pending', 'processing');
         CREATE INDEX bad_idx ON messages (id) WHERE delivery_status = 'failed';
         CREATE VIEW waits AS SELECT id, status FROM message_queues WHERE status <> 'failed';
         ALTER TABLE message_queues ADD CHECK (status <> 'failed' OR error_message IS NOT NULL)";
    let database = made_of(&[PLAN, WHATSAPP, QUEUE, OTHERS, ANA, around]);
    let address = &database.address;
    let before = state(address);
    take_over(address).unwrap();
    rows(address, "SELECT id FROM waits").unwrap();
    migrate::down(address, ALL).unwrap();
    assert_eq!(state(address), before);
}
