//! Lists, counts and the outbox.

use domain::sender::{SenderQuality, SenderStatus};
use domain::{Channel, DeliveryStatus, Kind, Seconds};

use super::world::{SENDER, World};
use crate::ops::{Cancel, Hold, RecordSenders, RecordTemplates, SetSwitch};
use crate::questions::{
    ActivitySince, AttemptsAfter, EventsAfter, LastInbound, Messages, ReceiptsAfter,
    SenderStandings, StatsNow, Switches, Templates,
};
use crate::records::{EventRecord, SenderStanding, TemplateChange, TemplateRecord};

pub(super) async fn messages_are_filtered_and_paged(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let first = w.workout(&ana).await;
    let second = w.accept(w.message(&ana, Kind::System)).await;
    let third = w.workout(&ben).await;
    w.sent(&ben, "SM1").await;
    let ask = async |q: Messages| {
        let found = w.ask(q).await;
        found.into_iter().map(|m| m.id).collect::<Vec<_>>()
    };
    let all = || Messages {
        limit: 10,
        ..Messages::default()
    };
    assert_eq!(ask(all()).await.len(), 4);
    let of_ana = Messages {
        member: Some(ana.profile.id),
        ..all()
    };
    assert_eq!(ask(of_ana.clone()).await, [second.id, first.id]);
    let next = Messages {
        before: Some(second.seq),
        ..of_ana
    };
    assert_eq!(ask(next).await, [first.id]);
    let workouts = Messages {
        kind: Some(Kind::DailyWorkout),
        before: Some(third.seq),
        ..all()
    };
    assert_eq!(ask(workouts).await, [first.id]);
    let by_sms = Messages {
        channel: Some(Channel::Sms),
        ..all()
    };
    assert_eq!(ask(by_sms).await.len(), 1);
    let two = Messages {
        limit: 2,
        ..Messages::default()
    };
    assert_eq!(ask(two).await.len(), 2);
    w
}

pub(super) async fn messages_are_found_by_the_words_of_the_api(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let queued = w.workout(&ana).await;
    let held = w.workout(&ana).await;
    w.submit(Hold {
        seq: held.seq,
        epoch: w.epoch(),
        until: w.after(60),
        why: "quiet_hours".into(),
        released_by_reply: false,
        decision: "{}".into(),
        knock: None,
        at: w.now(),
    })
    .await;
    let sending = w.workout(&ana).await;
    w.begin(sending, &ana).await;
    let (accepted, _) = w.sent(&ana, "SM1").await;
    let (delivered, attempt) = w.sent(&ana, "SM2").await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    for (word, id) in [
        ("queued", queued.id),
        ("held", held.id),
        ("sending", sending.id),
        ("accepted", accepted.id),
        ("delivered", delivered.id),
    ] {
        let found = w
            .ask(Messages {
                status: Some(word.into()),
                limit: 10,
                ..Messages::default()
            })
            .await;
        assert_eq!(found.len(), 1, "{word}");
        assert_eq!(found[0].id, id, "{word}");
    }
    let none = w
        .ask(Messages {
            status: Some("nonsense".into()),
            limit: 10,
            ..Messages::default()
        })
        .await;
    assert!(none.is_empty());
    w
}

pub(super) async fn stats_count_what_is_there(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.workout(&ana).await;
    w.pass(30);
    w.accept(w.message(&ana, Kind::System)).await;
    let (_, attempt) = w.sent(&ana, "SM1").await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    let unconfirmed = w.workout(&ana).await;
    let attempt = w.begin(unconfirmed, &ana).await;
    w.settle(unconfirmed.seq, attempt, w.silence()).await;
    w.writes(&ana, Channel::Sms, "hello", None).await;
    w.pass(30);
    let stats = w.ask(StatsNow { at: w.now() }).await;
    assert_eq!(stats.waiting, 2);
    assert_eq!(stats.held, 0);
    assert_eq!(stats.unconfirmed, 1);
    assert_eq!(stats.members, 1);
    assert_eq!(stats.unanswered, 1);
    assert_eq!(stats.oldest_waiting, Some(Seconds::new(60)));
    assert_eq!(
        stats.by_status,
        [
            (DeliveryStatus::Pending, 2),
            (DeliveryStatus::Unconfirmed, 1),
            (DeliveryStatus::Delivered, 1)
        ]
    );
    assert_eq!(stats.by_channel, [(Channel::Sms, 1)]);
    assert_eq!(stats.by_kind, [(Kind::DailyWorkout, 3), (Kind::System, 1)]);
    w
}

pub(super) async fn events_come_in_order_without_gaps(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (message, attempt) = w.sent(&ana, "SM1").await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    let after = async |after, limit| w.ask(EventsAfter { after, limit }).await;
    let whole = EventsAfter {
        after: Some(0),
        limit: 100,
    };
    let all = w
        .ask_until(whole, |all| {
            all.iter().any(|event| event.detail == "delivered")
        })
        .await;
    assert!(all.is_sorted_by(|a, b| a.id < b.id));
    let of_message: Vec<_> = all
        .iter()
        .filter(|event| event.message == Some(message.id))
        .map(|event| (event.kind.as_str(), event.detail.as_str()))
        .collect();
    assert_eq!(
        of_message,
        [
            ("message.accepted", "daily_workout"),
            ("message.status", "accepted"),
            ("message.status", "delivered")
        ]
    );
    let newest = after(None, 1).await;
    assert_eq!(newest.len(), 1);
    assert_eq!(newest[0].id, all[all.len() - 1].id);
    let page = after(Some(all[0].id), 1).await;
    assert_eq!(page[0].id, all[1].id);
    assert!(after(Some(newest[0].id), 10).await.is_empty());
    w
}

pub(super) async fn switches_are_listed_with_their_version(w: World) -> World {
    let set = async |scope: &str, on| {
        w.submit(SetSwitch {
            scope: scope.into(),
            on,
            reason: "trouble".into(),
            actor: "operator:eve".into(),
            at: w.now(),
        })
        .await
    };
    let (before, none) = w.ask(Switches).await;
    assert!(none.is_empty());
    let first = set("all", true).await;
    let second = set("kind:broadcast", true).await;
    assert!(before < first && first < second);
    let (version, on) = w.ask(Switches).await;
    assert_eq!(version, second);
    assert_eq!(on.len(), 2);
    assert_eq!(on[0].reason, "trouble");
    let third = set("all", false).await;
    let (version, on) = w.ask(Switches).await;
    assert_eq!(version, third);
    assert_eq!(on.len(), 1);
    assert_eq!(on[0].scope, "kind:broadcast");
    w
}

pub(super) async fn how_our_numbers_stand_is_kept_and_moves_the_version(mut w: World) -> World {
    assert_eq!(w.ask(SenderStandings).await, []);
    let (before, _) = w.ask(Switches).await;
    let standing = |w: &World, quality, people| SenderStanding {
        channel: Channel::Whatsapp,
        sender: SENDER.parse().expect("a number"),
        status: SenderStatus::Online,
        quality,
        people,
        reason: String::new(),
        changed_at: w.now(),
    };
    let record = async |w: &World, senders: Vec<SenderStanding>| {
        let at = w.now();
        w.submit(RecordSenders { senders, at }).await
    };
    let good = standing(&w, SenderQuality::High, Some(2_000));
    let told = record(&w, vec![good.clone()]).await;
    assert_eq!(told.as_slice(), std::slice::from_ref(&good));
    let (first, _) = w.ask(Switches).await;
    assert!(first > before);
    // The same again is nothing new, and keeps its time.
    w.pass(60);
    let again = standing(&w, SenderQuality::High, Some(2_000));
    assert_eq!(record(&w, vec![again]).await, []);
    assert_eq!(w.ask(Switches).await.0, first);
    assert_eq!(w.ask(SenderStandings).await, [good]);
    let mut bad = standing(&w, SenderQuality::Low, None);
    bad.status = SenderStatus::Offline;
    bad.reason = "too many reports".into();
    record(&w, vec![bad.clone()]).await;
    assert!(w.ask(Switches).await.0 > first);
    // What was not told of stays as it is.
    record(&w, Vec::new()).await;
    w.reopen().await;
    assert_eq!(w.ask(SenderStandings).await, [bad]);
    let question = EventsAfter {
        after: Some(0),
        limit: 100,
    };
    let of_senders = |events: &[EventRecord]| -> Vec<String> {
        let events = events.iter().filter(|event| event.kind == "sender.changed");
        events.map(|event| event.detail.clone()).collect()
    };
    let events = w
        .ask_until(question, |events| of_senders(events).len() == 2)
        .await;
    assert_eq!(
        of_senders(&events),
        [
            "whatsapp online, quality high, 2000 people a day",
            "whatsapp offline, quality low"
        ]
    );
    w
}

pub(super) async fn templates_tell_of_what_changed_and_only_of_that(w: World) -> World {
    assert!(w.ask(Templates).await.is_empty());
    let record = async |templates| {
        let at = w.now();
        w.submit(RecordTemplates { templates, at }).await
    };
    let said = |changes: &[TemplateChange]| -> Vec<String> {
        changes
            .iter()
            .map(|change| format!("{} {}", change.what.as_str(), change.detail()))
            .collect()
    };
    let pending = w.template("HX1", "pending");
    let changes = record(vec![pending.clone()]).await;
    assert_eq!(said(&changes), ["status daily_workout pt_BR new → pending"]);
    w.pass(60);
    let moved = TemplateRecord {
        status: "approved".into(),
        category: "MARKETING".into(),
        ..pending.clone()
    };
    let other = TemplateRecord {
        category: String::new(),
        category_asked: String::new(),
        ..w.template("HX2", "paused")
    };
    let changes = record(vec![moved.clone(), other.clone()]).await;
    assert_eq!(
        said(&changes),
        [
            "status daily_workout pt_BR pending → approved",
            "category daily_workout pt_BR UTILITY → MARKETING",
            "status daily_workout pt_BR new → paused"
        ]
    );
    w.pass(60);
    assert!(record(vec![moved.clone(), other.clone()]).await.is_empty());
    let kept = w.ask(Templates).await;
    let ids: Vec<_> = kept.iter().map(|one| &*one.provider_template_id).collect();
    assert_eq!(ids, ["HX2", "HX1"], "the newest first");
    assert!(!kept[1].differs_from(&moved) && !kept[0].differs_from(&other));
    assert_eq!(kept[1].created_at, pending.created_at);
    assert!(kept[1].changed_at > kept[1].created_at);
    // A fingerprint that was not known before is no news for anybody, and is kept.
    let named = TemplateRecord {
        edition: "ffff".into(),
        ..moved
    };
    assert!(record(vec![named]).await.is_empty());
    assert_eq!(w.ask(Templates).await[1].edition, "ffff");
    let told = |events: &Vec<EventRecord>| -> Vec<String> {
        events
            .iter()
            .filter(|event| event.kind.starts_with("template."))
            .map(|event| event.kind.clone())
            .collect()
    };
    let whole = EventsAfter {
        after: Some(0),
        limit: 100,
    };
    let events = w.ask_until(whole, |events| told(events).len() >= 4).await;
    assert_eq!(
        told(&events),
        [
            "template.status",
            "template.status",
            "template.category",
            "template.status"
        ]
    );
    w
}

pub(super) async fn the_last_inbound_is_told_by_channel(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let last = async |channel| w.ask(LastInbound { channel }).await;
    assert_eq!(last(Channel::Sms).await, None);
    w.writes(&ana, Channel::Sms, "one", None).await;
    let first = w.now();
    w.pass(5);
    w.writes(&ana, Channel::Whatsapp, "two", None).await;
    assert_eq!(last(Channel::Sms).await, Some(first));
    assert_eq!(last(Channel::Whatsapp).await, Some(w.now()));
    w
}

pub(super) async fn attempts_are_listed_page_by_page(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (_, delivered) = w.sent(&ana, "SM1").await;
    w.receipt(delivered, DeliveryStatus::Delivered).await;
    let silent = w.workout(&ana).await;
    let unanswered = w.begin(silent, &ana).await;
    w.settle(silent.seq, unanswered, w.silence()).await;
    let open = w.workout(&ana).await;
    let begun = w.begin(open, &ana).await;
    let page = async |after, limit| w.ask(AttemptsAfter { after, limit }).await;
    let all = page(0, 10).await;
    let found: Vec<_> = all.iter().map(|line| (line.attempt, line.status)).collect();
    assert_eq!(
        found,
        [
            (delivered, DeliveryStatus::Delivered),
            (unanswered, DeliveryStatus::Unconfirmed),
            (begun, DeliveryStatus::Pending),
        ]
    );
    assert_eq!(all[0].provider_message_id.as_deref(), Some("SM1"));
    assert_eq!(all[0].channel, Channel::Sms);
    assert!(all[0].settled_at.is_some() && all[2].settled_at.is_none());
    assert!(all.iter().all(|line| !line.possible_repeat));
    let first = page(0, 2).await;
    assert_eq!(first, all[..2]);
    assert_eq!(page(first[1].cursor, 2).await, all[2..]);
    assert!(page(all[2].cursor, 2).await.is_empty());
    w
}

pub(super) async fn receipts_are_listed_page_by_page(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (_, first) = w.sent(&ana, "SM1").await;
    let (_, second) = w.sent(&ana, "SM2").await;
    w.receipt(second, DeliveryStatus::Delivered).await;
    w.receipt(first, DeliveryStatus::Sent).await;
    w.receipt(first, DeliveryStatus::Delivered).await;
    let page = async |after, limit| w.ask(ReceiptsAfter { after, limit }).await;
    let all = page(0, 10).await;
    let found: Vec<_> = all.iter().map(|line| (line.attempt, line.status)).collect();
    assert_eq!(
        found,
        [
            (first, Some(DeliveryStatus::Sent)),
            (first, Some(DeliveryStatus::Delivered)),
            (second, Some(DeliveryStatus::Delivered)),
        ]
    );
    assert_eq!(page(0, 1).await, all[..1]);
    assert_eq!(page(all[0].cursor, 10).await, all[1..]);
    assert!(page(all[2].cursor, 10).await.is_empty());
    w
}

pub(super) async fn what_happens_is_counted_by_the_hour(w: World) -> World {
    use crate::activity::{ActivityKey, Happening, hour_of};
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let first = hour_of(w.now());
    let counted = async |hour| {
        let all = w.ask(ActivitySince { hour }).await;
        let on_sms = all.iter().all(|(key, _)| key.channel == Some(Channel::Sms));
        assert!(on_sms, "{all:?}");
        let short = all.into_iter();
        short
            .map(|(key, count): (ActivityKey, i64)| (key.hour - first, key.what, count))
            .collect::<Vec<_>>()
    };
    let (_, arrives) = w.sent(&ana, "SM1").await;
    let (_, is_read) = w.sent(&ana, "SM2").await;
    let (_, fails) = w.sent(&ana, "SM3").await;
    w.writes(&ana, Channel::Sms, "hello", None).await;
    w.receipt(arrives, DeliveryStatus::Delivered).await;
    w.pass(7_200);
    w.receipt(is_read, DeliveryStatus::Read).await;
    w.receipt(is_read, DeliveryStatus::Delivered).await;
    w.receipt(fails, DeliveryStatus::Undelivered).await;
    let later = [
        (2, Happening::Arrived, 1),
        (2, Happening::Failed, 1),
        (2, Happening::Read, 1),
    ];
    let all = [
        &[(0, Happening::Arrived, 1), (0, Happening::Heard, 1)],
        &later[..],
    ]
    .concat();
    assert_eq!(counted(first).await, all);
    assert_eq!(counted(first + 1).await, later);
    assert_eq!(counted(first + 3).await, []);
    // What had no channel yet counts, too.
    w.pass(7_200);
    let never = w.workout(&ana).await;
    w.submit(Cancel {
        id: never.id,
        at: w.now(),
    })
    .await;
    let all = w.ask(ActivitySince { hour: first + 3 }).await;
    let withheld = ActivityKey {
        hour: first + 4,
        channel: None,
        what: Happening::Withheld,
    };
    assert_eq!(all, [(withheld, 1)]);
    w
}
