//! What a database that is given back does not take along is said before: all that people said or made since.

use store_postgres::migrate;
use test_postgres::{database, run};

const ANA: &str = "00000000-0000-4000-8000-000000000001";

/// Rows as the service writes them, and what is said of them.
const LOST: &[(&str, &str)] = &[
    (
        "INSERT INTO consents (channel, address, purpose, state, version, changed_at, source)
           VALUES ('sms', '+14155551001', 'all', 'opted_out', 1, now(), 'member')",
        "1 addresses that said stop",
    ),
    (
        "INSERT INTO consents (channel, address, purpose, state, version, changed_at, source)
           VALUES ('sms', '+14155551002', 'all', 'opted_in', 1, now(), 'member')",
        "1 consents given since",
    ),
    (
        "INSERT INTO consent_ledger (channel, address, purpose, event, own_act, state, version, source, actor, at)
           VALUES ('sms', '+14155551001', 'all', 'stop', true, 'opted_out', 1, 'member', 'member', now())",
        "1 lines of who agreed to what",
    ),
    (
        "INSERT INTO erased_addresses (hash, erased_at) VALUES ('x', now())",
        "1 addresses of erased people",
    ),
    (
        "INSERT INTO switches (scope, reason, actor, since) VALUES ('all', 'a flood', 'Joana', now())",
        "1 kill switches",
    ),
    (
        "INSERT INTO pauses (user_id, from_date) VALUES ('ANA', '2026-01-01');
         INSERT INTO pauses (user_id, from_date, until_date) VALUES ('ANA', '2025-01-01', '2025-01-09')",
        "1 holidays",
    ),
    (
        "INSERT INTO broadcasts (id, name, state, revision, content, filter, schedule, stages, created_at, created_by,
           changed_at, changed_by) VALUES ('ANA', 'Summer', 'scheduled', 1, '', '', '', '', now(), 'Joana', now(), 'Joana')",
        "1 broadcasts that are not over",
    ),
    (
        "INSERT INTO conversations (client_id, keeper, kept_since, kept_until)
           VALUES ('ANA', 'Joana', now(), now() + interval '1 hour')",
        "1 conversations",
    ),
    (
        "INSERT INTO subscriptions (id, user_id, customer, state, period_start, period_end, cancels, made_at, told_at)
           VALUES ('sub_1', 'ANA', 'cus_1', 'active', now(), now(), false, now(), now())",
        "1 subscriptions",
    ),
    (
        "INSERT INTO programme_versions (slug, version, files, saved_by, saved_at, change)
           VALUES ('hers', 1, '{}', 'Joana', now(), 1)",
        "1 versions of programmes",
    ),
    (
        "INSERT INTO enrolments (user_id, began_at, programme, started_on) VALUES ('ANA', now(), 'hers', '2026-01-01')",
        "1 programmes that members were put on",
    ),
    (
        "INSERT INTO logged_sets (user_id, message_id, position, done_on, exercise, sets, logged_at)
           VALUES ('ANA', 'ANA', 0, '2026-01-01', 'Squats', 3, now())",
        "1 sets",
    ),
    (
        "INSERT INTO member_notes (id, user_id, author, text, written_at) VALUES ('ANA', 'ANA', 'Joana', 'A knee.', now())",
        "1 notes",
    ),
    (
        "INSERT INTO segments (id, name, filter, created_at, created_by, changed_at)
           VALUES ('ANA', 'New', '', now(), 'Joana', now())",
        "1 segments",
    ),
    (
        "INSERT INTO operators (id, phone, name, role, made_at, made_by)
           VALUES ('ANA', '+14155550150', 'Joana', 'owner', now(), 'Joana')",
        "1 people of the team",
    ),
    (
        "UPDATE user_profiles SET locale = 'pt' WHERE user_id = 'ANA'",
        "1 members with a language",
    ),
];

#[test]
fn everything_that_people_said_or_made_since_is_counted_and_before_that_nothing() {
    let database = database().unwrap();
    let address = &database.address;
    for part in [
        include_str!("../../../fixtures/plan.sql"),
        include_str!("../../../fixtures/plan_whatsapp.sql"),
        include_str!("../../../fixtures/plan_surroundings.sql"),
        include_str!("../../../fixtures/plan_rows.sql"),
    ] {
        run(address, part).unwrap();
    }
    migrate::take_over(address, |_, _| false).unwrap();
    let losses = || migrate::losses(address, u32::MAX).unwrap();
    assert!(losses().is_empty(), "{:#?}", losses());
    for (at, (rows, said)) in LOST.iter().enumerate() {
        run(address, &rows.replace("ANA", ANA)).unwrap();
        let told = losses();
        assert!(
            told.iter().any(|loss| loss.starts_with(said)),
            "{said}: {told:#?}"
        );
        assert_eq!(told.len(), at + 1, "{said}: {told:#?}");
    }
}

#[test]
fn a_message_for_later_is_counted_because_it_would_go_at_once() {
    let database = database().unwrap();
    let address = &database.address;
    for part in [
        include_str!("../../../fixtures/plan.sql"),
        include_str!("../../../fixtures/plan_whatsapp.sql"),
    ] {
        run(address, part).unwrap();
    }
    let ana = format!(
        "INSERT INTO users (id, name, phone_number) VALUES ('{ANA}', 'Ana', '+14155551001')"
    );
    run(address, &ana).unwrap();
    migrate::take_over(address, |_, _| false).unwrap();
    let later = "INSERT INTO messages (seq, id, client_id, direction, content, kind, queue_name, not_before, created_at)
        VALUES (7, 'ANA', 'ANA', 'outbound', 'Tomorrow', 'system', 'default', now() + interval '1 day', now());
      INSERT INTO message_queues (sequence_number, id, message_id, client_id, lane, priority, created_at, queue_name,
          shard, status)
        VALUES (7, 'ANA', 'ANA', 'ANA', 1, 1, now(), 'default', 1, 'held')";
    run(address, &later.replace("ANA", ANA)).unwrap();
    let losses = migrate::losses(address, u32::MAX).unwrap();
    assert!(
        losses
            .iter()
            .any(|loss| loss.starts_with("1 messages that are to go later")),
        "{losses:?}"
    );
}
