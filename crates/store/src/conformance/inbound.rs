//! What members write (G3, G14, G15, G24).

use domain::{
    Channel, ConsentEvent, ConsentState, DeliveryStatus, Direction, FreeEntry, Kind, PlaceState,
    Seconds, SessionWindow,
};

use super::acts::waiting;
use super::world::World;
use crate::lane::Shards;
use crate::notice::Notice;
use crate::ops::{AnswerInbound, Hold, Operation as _, RecordInbound, RecordInboundAnswer};
use crate::questions::{ConsentsOf, LastInbound, Messages, Unanswered, WindowsOf};
use crate::records::InboundEffects;

pub(super) async fn an_inbound_message_is_stored_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut inbound = w.inbound(&ana, Channel::Sms, "How many sets?");
    inbound.media = vec![("https://example.com/a.jpg".into(), "image/jpeg".into())];
    let record = |inbound: &crate::records::NewInbound| RecordInbound {
        inbound: inbound.clone(),
        effects: InboundEffects::default(),
    };
    let answer = w.submit(record(&inbound)).await;
    assert!(matches!(
        answer,
        RecordInboundAnswer::Recorded { member: Some(id), .. } if id == ana.profile.id
    ));
    let first = inbound.id;
    inbound.id = w.ids().message();
    let answer = w.submit(record(&inbound)).await;
    assert!(matches!(answer, RecordInboundAnswer::Repeated));
    inbound.account = "AC2".into();
    let answer = w.submit(record(&inbound)).await;
    assert!(
        matches!(answer, RecordInboundAnswer::Recorded { .. }),
        "another account's id is another id"
    );
    let found = w
        .ask(Messages {
            direction: Some(Direction::Inbound),
            limit: 10,
            ..Messages::default()
        })
        .await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].id, first);
    assert_eq!(found[1].text.as_str(), "How many sets?");
    assert_eq!(found[1].media, ["https://example.com/a.jpg"]);
    assert_eq!(found[1].from, ana.handle(Channel::Sms));
    assert_eq!(found[1].kind, None);
    w
}

pub(super) async fn a_window_moves_forward_only(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let handle = ana.handle(Channel::Whatsapp).expect("a number");
    let ends = async |w: &World| {
        w.ask(WindowsOf {
            handles: vec![handle.clone()],
        })
        .await[0]
            .window
            .ends_at
    };
    w.writes(&ana, Channel::Whatsapp, "hi", None).await;
    let first = ends(&w).await;
    assert_eq!(first, w.now() + Seconds::new(24 * 3_600));
    let mut late = w.inbound(&ana, Channel::Whatsapp, "an hour ago");
    late.received_at = w.now();
    w.submit(RecordInbound {
        inbound: late,
        effects: InboundEffects {
            window: Some(SessionWindow {
                ends_at: first - Seconds::new(3_600),
            }),
            ..InboundEffects::default()
        },
    })
    .await;
    assert_eq!(ends(&w).await, first);
    w.pass(10);
    w.writes(&ana, Channel::Whatsapp, "again", None).await;
    assert_eq!(ends(&w).await, first + Seconds::new(10));
    w
}

pub(super) async fn who_came_by_an_advertisement_is_free_from_the_first_answer_on(
    w: World,
) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let handle = ana.handle(Channel::Whatsapp).expect("a number");
    let entry = async |w: &World| {
        let handles = vec![handle.clone()];
        w.ask(WindowsOf { handles }).await[0].free_entry
    };
    let comes = async |w: &World| {
        let inbound = w.inbound(&ana, Channel::Whatsapp, "I saw your advertisement");
        let effects = InboundEffects {
            window: Some(SessionWindow::opened_by(None, w.now())),
            free_entry: Some(w.after(86_400)),
            ..InboundEffects::default()
        };
        w.submit(RecordInbound { inbound, effects }).await;
    };
    // The answers of one moment are settled one after the other: the first one opens it.
    let answers = async |w: &World, name: &str, ends_in: u32| {
        let message = w.accept(w.message(&ana, Kind::ChatReply)).await;
        let begin = w.begin_of(message, &ana, Channel::Whatsapp).await;
        let attempt = begin.attempt;
        w.submit(begin).await;
        let mut settle = w.settle_of(message.seq, attempt, w.taken(name));
        settle.effects.free_until = Some(w.after(ends_in));
        w.submit(settle).await;
        w.receipt(attempt, DeliveryStatus::Delivered).await;
        w.after(ends_in)
    };
    w.writes(&ana, Channel::Whatsapp, "hi", None).await;
    assert_eq!(entry(&w).await, FreeEntry::default());
    answers(&w, "WA1", 100).await;
    assert_eq!(entry(&w).await, FreeEntry::default(), "no advertisement");
    comes(&w).await;
    let pending = FreeEntry {
        answer_by: Some(w.after(86_400)),
        free_until: None,
    };
    assert_eq!(entry(&w).await, pending);
    let until = answers(&w, "WA2", 300_000).await;
    let opened = FreeEntry {
        answer_by: None,
        free_until: Some(until),
    };
    assert_eq!(entry(&w).await, opened);
    w.pass(60);
    answers(&w, "WA3", 300_000).await;
    assert_eq!(entry(&w).await, opened, "a second answer moves nothing");
    let message = w.accept(w.message(&ana, Kind::ChatReply)).await;
    let facts = w.facts(message.seq).await.expect("it has a place");
    assert_eq!(facts.windows[0].free_entry, opened);
    comes(&w).await;
    assert_eq!(entry(&w).await.answer_by, Some(w.after(86_400)));
    assert_eq!(entry(&w).await.free_until, Some(until));
    w
}

pub(super) async fn stop_by_keyword_silences_in_the_same_breath(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let waits = w.workout(&ana).await;
    let mut other = w.message(&ana, Kind::Broadcast);
    other.queue = "other".parse().expect("a queue");
    let open = w.accept(other).await;
    let attempt = w.begin(open, &ana).await;
    let (_, change, _) = w
        .writes(&ana, Channel::Sms, "STOP", Some(ConsentEvent::OptOut))
        .await;
    let change = change.expect("a consent change");
    assert_eq!(change.record.state, ConsentState::OptedOut);
    assert_eq!(change.suppressed, [waits.id]);
    assert_eq!(change.begun, [attempt]);
    assert_eq!(
        w.detail(waits.id).await.record.status,
        DeliveryStatus::Suppressed
    );
    let consents = w
        .ask(ConsentsOf {
            addresses: vec![(Channel::Sms, ana.handle(Channel::Sms).expect("a number"))],
        })
        .await;
    assert_eq!(consents[0].source, "sms_keyword");
    assert_eq!(
        consents[0].wording.as_ref().map(domain::Text::as_str),
        Some("STOP")
    );
    let (_, change, _) = w
        .writes(&ana, Channel::Sms, "START", Some(ConsentEvent::Start))
        .await;
    let change = change.expect("a consent change");
    assert_eq!(change.record.state, ConsentState::OptedIn);
    assert_eq!(
        w.status(waits).await,
        DeliveryStatus::Suppressed,
        "START revives nothing"
    );
    w
}

pub(super) async fn a_stop_in_the_chat_silences_every_channel_it_names(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms, Channel::Whatsapp]).await;
    let anywhere = w.workout(&ana).await;
    let mut by_sms = w.message(&ana, Kind::System);
    by_sms.channel = Some(Channel::Sms);
    let by_sms = w.accept(by_sms).await;
    let address = |channel| (channel, ana.handle(channel).expect("an address"));
    let addresses = [Channel::Web, Channel::Sms, Channel::Whatsapp].map(address);
    let mut inbound = w.inbound(&ana, Channel::Web, "STOP");
    inbound.to = domain::Handle::Service;
    let stop = RecordInbound {
        inbound,
        effects: InboundEffects {
            consent: Some(ConsentEvent::OptOut),
            also_stops: addresses.iter().skip(1).cloned().collect(),
            ..InboundEffects::default()
        },
    };
    let RecordInboundAnswer::Recorded {
        member, consent, ..
    } = w.submit(stop.clone()).await
    else {
        panic!("a new message");
    };
    assert_eq!(member, Some(ana.profile.id));
    let change = consent.expect("a stop");
    assert_eq!(change.record.channel, Channel::Web);
    assert_eq!(change.suppressed.len(), 2);
    for message in [anywhere, by_sms] {
        assert!(change.suppressed.contains(&message.id));
        assert_eq!(w.status(message).await, DeliveryStatus::Suppressed);
    }
    let states = async |w: &World| {
        let addresses = addresses.to_vec();
        let all = w.ask(ConsentsOf { addresses }).await;
        let all = all
            .into_iter()
            .filter(|one| one.purpose == domain::Purpose::All);
        all.map(|one| (one.state, one.version)).collect::<Vec<_>>()
    };
    let stopped = states(&w).await;
    assert_eq!(stopped.len(), 3);
    assert!(
        stopped
            .iter()
            .all(|(state, _)| *state == ConsentState::OptedOut)
    );
    let again = w.submit(stop).await;
    assert!(matches!(again, RecordInboundAnswer::Repeated));
    assert_eq!(states(&w).await, stopped, "a repeat changes nothing");
    w
}

pub(super) async fn a_reply_releases_what_was_held_for_it(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let (knocked, quiet) = (w.workout(&ana).await, w.workout(&ana).await);
    for (message, released_by_reply) in [(knocked, true), (quiet, false)] {
        w.submit(Hold {
            seq: message.seq,
            epoch: w.epoch(),
            until: w.after(3_600),
            why: "held".into(),
            released_by_reply,
            decision: "{}".into(),
            knock: None,
            at: w.now(),
        })
        .await;
    }
    w.notices().await;
    let (_, _, released) = w.writes(&ana, Channel::Whatsapp, "ready", None).await;
    assert_eq!(released, 1);
    assert_eq!(waiting(&w.notices().await, knocked.seq), Some(None));
    assert_eq!(w.state(knocked).await, Some(PlaceState::Waiting));
    assert_eq!(w.state(quiet).await, Some(PlaceState::Held));
    w
}

pub(super) async fn what_a_reply_releases_may_be_its_answer(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let yes = |provider_id: &str, w: &World| {
        let mut inbound = w.inbound(&ana, Channel::Whatsapp, "yes");
        inbound.provider_message_id = provider_id.into();
        let window = SessionWindow::opened_by(None, inbound.received_at);
        RecordInbound {
            inbound,
            effects: InboundEffects {
                window: Some(window),
                needs_answer: true,
                release_answers: true,
                keeps_held: false,
                ..InboundEffects::default()
            },
        }
    };
    let knocked = w.workout(&ana).await;
    w.submit(Hold {
        seq: knocked.seq,
        epoch: w.epoch(),
        until: w.after(3_600),
        why: "held".into(),
        released_by_reply: true,
        decision: "{}".into(),
        knock: None,
        at: w.now(),
    })
    .await;
    w.submit(yes("SMfirst", &w)).await;
    assert!(
        w.ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL
        })
        .await
        .is_empty()
    );
    // With nothing released there is nothing that answers it.
    w.submit(yes("SMsecond", &w)).await;
    assert_eq!(
        w.ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL
        })
        .await
        .len(),
        1
    );
    w
}

pub(super) async fn inbound_messages_of_one_batch_do_what_single_ones_do(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Whatsapp]).await;
    let handle = ana.handle(Channel::Whatsapp).expect("a number");
    let knocked = w.workout(&ana).await;
    let hold = Hold {
        seq: knocked.seq,
        epoch: w.epoch(),
        until: w.after(3_600),
        why: "held".into(),
        released_by_reply: true,
        decision: "{}".into(),
        knock: None,
        at: w.now(),
    };
    let says = |id: &str, seconds: u32| {
        let mut inbound = w.inbound(&ana, Channel::Whatsapp, "yes");
        inbound.provider_message_id = id.into();
        let at = inbound.received_at + Seconds::new(seconds);
        let effects = InboundEffects {
            window: Some(SessionWindow::opened_by(None, at)),
            needs_answer: true,
            ..InboundEffects::default()
        };
        RecordInbound { inbound, effects }
    };
    let mut stranger = says("SMstranger", 0);
    stranger.inbound.from = "+14155559999".parse().expect("a number");
    let ops = vec![
        hold.into_op(),
        says("SMlater", 60).into_op(),
        says("SMlater", 90).into_op(),
        stranger.into_op(),
        says("SMearlier", 30).into_op(),
    ];
    w.note_use("Hold");
    w.note_use("RecordInbound");
    let answers = w.committer().submit_all(ops).await;
    let recorded: Vec<_> = answers
        .expect("the store works")
        .into_iter()
        .filter_map(|answer| RecordInbound::from_answer(answer.expect("an answer")))
        .map(|answer| match answer {
            RecordInboundAnswer::Recorded {
                member, released, ..
            } => Some((member.is_some(), released)),
            RecordInboundAnswer::Repeated => None,
        })
        .collect();
    assert_eq!(
        recorded,
        [Some((true, 1)), None, Some((false, 0)), Some((true, 0))]
    );
    assert_eq!(w.state(knocked).await, Some(PlaceState::Waiting));
    assert_eq!(
        w.ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL
        })
        .await
        .len(),
        2
    );
    let windows = w
        .ask(WindowsOf {
            handles: vec![handle],
        })
        .await;
    let opened = windows[0].window.ends_at;
    assert_eq!(opened, w.now() + Seconds::new(24 * 3_600 + 60));
    w
}

/// The longest business-scoped user id fits (facts/twilio.md 4.4): 2 letters, `.ENT.` and 128 characters.
pub(super) async fn the_longest_address_is_kept_whole(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let mut inbound = w.inbound(&ana, Channel::Whatsapp, "STOP");
    let handle: domain::Handle = format!("US.ENT.{}", "a1".repeat(64))
        .parse()
        .expect("a scoped user");
    inbound.from = handle.clone();
    let effects = InboundEffects {
        consent: Some(ConsentEvent::OptOut),
        ..InboundEffects::default()
    };
    let answer = w.submit(RecordInbound { inbound, effects }).await;
    assert!(matches!(answer, RecordInboundAnswer::Recorded { .. }));
    let addresses = vec![(Channel::Whatsapp, handle)];
    let consents = w.ask(ConsentsOf { addresses }).await;
    assert_eq!(consents[0].state, ConsentState::OptedOut);
    w
}

pub(super) async fn a_stranger_is_heard_and_can_say_stop(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let mut inbound = w.inbound(&ana, Channel::Sms, "STOP");
    let handle: domain::Handle = "+14155559999".parse().expect("a number");
    inbound.from = handle.clone();
    let record = || RecordInbound {
        inbound: inbound.clone(),
        effects: InboundEffects {
            consent: Some(ConsentEvent::OptOut),
            ..InboundEffects::default()
        },
    };
    let answer = w.submit(record()).await;
    let RecordInboundAnswer::Recorded {
        member, consent, ..
    } = answer
    else {
        panic!("recorded, not {answer:?}");
    };
    assert_eq!(member, None);
    let consent = consent.expect("a consent change");
    assert_eq!(consent.record.state, ConsentState::OptedOut);
    assert!(matches!(
        w.submit(record()).await,
        RecordInboundAnswer::Repeated
    ));
    let consents = w
        .ask(ConsentsOf {
            addresses: vec![(Channel::Sms, handle)],
        })
        .await;
    assert_eq!(consents[0].version, 1, "a repeated keyword changes nothing");
    let last = w
        .ask(LastInbound {
            channel: Channel::Sms,
        })
        .await;
    assert_eq!(last, Some(w.now()));
    w
}

pub(super) async fn an_inbound_message_is_answered_once(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.notices().await;
    let (id, _, _) = w.writes(&ana, Channel::Sms, "How many sets?", None).await;
    assert!(w.notices().await.contains(&Notice::Inbound));
    let waiting = w
        .ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL,
        })
        .await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].id, id);
    assert_eq!(waiting[0].text.as_str(), "How many sets?");
    assert_eq!(waiting[0].member.profile.id, ana.profile.id);
    for first in [true, false] {
        let mut reply = w.message(&ana, Kind::ChatReply);
        reply.in_reply_to = Some(id);
        let answered = w
            .submit(AnswerInbound::with(id, vec![reply], w.now()))
            .await;
        assert_eq!(answered, first);
    }
    assert_eq!(
        w.ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL
        })
        .await
        .len(),
        0
    );
    assert_eq!(w.places().await.len(), 1, "one reply");
    w
}

pub(super) async fn a_reply_knows_the_channel_it_was_asked_on(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (id, _, _) = w.writes(&ana, Channel::Whatsapp, "hello", None).await;
    let mut reply = w.message(&ana, Kind::ChatReply);
    reply.in_reply_to = Some(id);
    w.submit(AnswerInbound::with(id, vec![reply], w.now()))
        .await;
    let place = w.places().await[0].seq;
    let facts = w.facts(place).await.expect("it has a place");
    assert_eq!(facts.reply_channel, Some(Channel::Whatsapp));
    assert_eq!(facts.windows.len(), 1);
    w
}
