//! What the ledger proves, what is open about a consent, and the lists of others.

use domain::{Channel, ConsentEvent, ConsentState, Handle, Kind, Purpose, Seconds, Timestamp};

use super::acts::entry;
use super::world::World;
use crate::ops::{
    BeginAnswer, ChangeConsent, ConsentChange, CreateMember, EraseMember, ImportSuppressions,
    ImportSuppressionsAnswer, MovedFact, RecordInbound, RecordInboundAnswer,
};
use crate::questions::{Attentions, ConsentsOf, LedgerOf, Messages, Suppressions};
use crate::records::{
    ConsentEntry, ConsentRecord, Idempotency, InboundEffects, Member, Opens, Proof,
};

async fn consent_now(w: &World, channel: Channel, handle: &Handle) -> Option<ConsentRecord> {
    w.ask(ConsentsOf {
        addresses: vec![(channel, handle.clone())],
    })
    .await
    .into_iter()
    .find(|record| record.purpose == Purpose::All)
}

pub(super) async fn the_ledger_tells_what_when_and_where_it_is_proven(w: World) -> World {
    let ana = w.stranger_to_consent("Ana").await;
    let handle = ana.handle(Channel::Sms).expect("a number");
    let mut shown = entry(Channel::Sms, &handle, ConsentEvent::OptIn);
    shown.proof = Proof {
        wording_version: Some("2026-11".into()),
        evidence: Some("form:42".into()),
        said_at: None,
    };
    let first = w.now();
    w.submit(ChangeConsent {
        entry: shown,
        at: first,
    })
    .await;
    w.pass(60);
    w.writes(&ana, Channel::Sms, "STOP", Some(ConsentEvent::OptOut))
        .await;
    let mut other = entry(Channel::Whatsapp, &handle, ConsentEvent::OptIn);
    other.purpose = Purpose::Marketing;
    w.submit(ChangeConsent {
        entry: other,
        at: w.now(),
    })
    .await;
    let lines = w
        .ask(LedgerOf {
            addresses: vec![(Channel::Sms, handle.clone())],
        })
        .await;
    assert_eq!(lines.len(), 2, "of this address and channel only");
    let (shown, stop) = (&lines[0], &lines[1]);
    assert_eq!((shown.at, shown.state), (first, ConsentState::OptedIn));
    assert_eq!(
        shown.entry.proof.wording_version.as_deref(),
        Some("2026-11")
    );
    assert_eq!(shown.entry.proof.evidence.as_deref(), Some("form:42"));
    assert_eq!(shown.entry.source, "join_page");
    assert_eq!(stop.entry.event, ConsentEvent::OptOut);
    assert_eq!((stop.at, stop.state), (w.now(), ConsentState::OptedOut));
    assert!(stop.version > shown.version);
    assert!(stop.entry.own_act);
    let evidence = stop.entry.proof.evidence.as_deref().expect("a message");
    assert!(evidence.starts_with("twilio:SM"), "{evidence}");
    w
}

/// Somebody gives a number as theirs, where a reply has to prove it.
async fn signs_up(w: &World, member: &Member) -> ConsentChange {
    let handle = member.handle(Channel::Sms).expect("a number");
    let mut request = w.message(member, Kind::ConsentRequest);
    request.channel = Some(Channel::Sms);
    request.occasion = Some("opt_in:sms".into());
    let mut asked = entry(Channel::Sms, &handle, ConsentEvent::OptInAsked);
    asked.opens = Some(Opens::Request(Box::new(request)));
    w.submit(ChangeConsent {
        entry: asked,
        at: w.now(),
    })
    .await
}

/// What comes of a yes to whatever was asked at this instant or later.
async fn says_yes(w: &World, member: &Member, since: Timestamp) -> Option<ConsentChange> {
    let answer = w
        .submit(RecordInbound {
            inbound: w.inbound(member, Channel::Sms, "Yes"),
            effects: InboundEffects {
                confirms_since: Some(since),
                needs_answer: true,
                ..InboundEffects::default()
            },
        })
        .await;
    match answer {
        RecordInboundAnswer::Recorded { consent, .. } => consent.map(|change| *change),
        RecordInboundAnswer::Repeated => panic!("a new inbound message"),
    }
}

pub(super) async fn a_confirmation_is_asked_for_once_and_given_by_a_reply(w: World) -> World {
    let ana = w.stranger_to_consent("Ana").await;
    let handle = ana.handle(Channel::Sms).expect("a number");
    assert!(says_yes(&w, &ana, w.now()).await.is_none(), "to nothing");
    let asked = signs_up(&w, &ana).await;
    assert_eq!(asked.record.state, ConsentState::Unknown);
    assert_eq!(asked.record.open.asked_at, Some(w.now()));
    let first = w.now();
    w.pass(60);
    let again = signs_up(&w, &ana).await;
    assert_eq!(again.record.open.asked_at, Some(first));
    let requests = w
        .ask(Messages {
            kind: Some(Kind::ConsentRequest),
            limit: 10,
            ..Messages::default()
        })
        .await;
    assert_eq!(requests.len(), 1, "asked once");
    let late = first + Seconds::new(1);
    assert!(says_yes(&w, &ana, late).await.is_none(), "to something old");
    let yes = says_yes(&w, &ana, first).await.expect("a confirmation");
    assert_eq!(yes.record.state, ConsentState::OptedIn);
    assert_eq!(yes.record.source, "sms_reply");
    let now = consent_now(&w, Channel::Sms, &handle).await.expect("known");
    assert_eq!(now.open.asked_at, None);
    w
}

pub(super) async fn who_stopped_is_not_asked_to_confirm(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    let asked = signs_up(&w, &ana).await;
    assert_eq!(asked.record.state, ConsentState::OptedOut);
    assert_eq!(asked.record.open.asked_at, None);
    let requests = w
        .ask(Messages {
            kind: Some(Kind::ConsentRequest),
            limit: 10,
            ..Messages::default()
        })
        .await;
    assert!(requests.is_empty());
    w
}

async fn doubts(w: &World, member: &Member, text: &str) -> Option<ConsentChange> {
    let answer = w
        .submit(RecordInbound {
            inbound: w.inbound(member, Channel::Sms, text),
            effects: InboundEffects {
                doubt: Some("perhaps_stop".into()),
                ..InboundEffects::default()
            },
        })
        .await;
    match answer {
        RecordInboundAnswer::Recorded { consent, .. } => consent.map(|change| *change),
        RecordInboundAnswer::Repeated => panic!("a new inbound message"),
    }
}

pub(super) async fn a_doubt_waits_for_a_person_and_moves_the_version(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let handle = ana.handle(Channel::Sms).expect("a number");
    let message = w.workout(&ana).await;
    let begin = w.begin_of(message, &ana, Channel::Sms).await;
    doubts(&w, &ana, "too many texts").await.expect("a doubt");
    let since = w.now();
    assert_eq!(
        w.submit(begin).await,
        BeginAnswer::FactsMoved(MovedFact::Consent)
    );
    w.pass(60);
    doubts(&w, &ana, "really too many").await.expect("a doubt");
    let waiting = w.ask(Attentions { limit: 10 }).await;
    assert_eq!(waiting.len(), 1, "one for each address");
    assert_eq!(waiting[0].member, ana.profile.id);
    assert_eq!(waiting[0].state, ConsentState::OptedIn);
    assert_eq!(waiting[0].doubt.since, since, "the first one stays");
    assert_eq!(waiting[0].doubt.why, "perhaps_stop");
    assert_eq!(waiting[0].text.as_str(), "too many texts");
    let mut decided = entry(Channel::Sms, &handle, ConsentEvent::NoStop);
    decided.own_act = false;
    let change = w
        .submit(ChangeConsent {
            entry: decided,
            at: w.now(),
        })
        .await;
    assert_eq!(change.record.state, ConsentState::OptedIn);
    assert!(w.ask(Attentions { limit: 10 }).await.is_empty());
    // What a stranger writes is nobody's to decide.
    let mut ben = ana.clone();
    ben.profile.phone = "+14155559990".parse().expect("a number");
    assert!(doubts(&w, &ben, "too many texts").await.is_none());
    w
}

fn line(w: &World, address: &str) -> (ConsentEntry, Timestamp) {
    let handle = address.parse().expect("an address");
    let mut line = entry(Channel::Sms, &handle, ConsentEvent::OptOut);
    line.own_act = false;
    line.source = "old_system".into();
    (line, w.now() - Seconds::new(86_400))
}

fn import(w: &World, lines: &[&str], key: Option<&str>) -> ImportSuppressions {
    ImportSuppressions {
        lines: lines.iter().map(|address| line(w, address)).collect(),
        idempotency: key.map(|key| Idempotency {
            scope: "test".into(),
            key: key.into(),
            fingerprint: [u8::try_from(lines.len()).unwrap_or(0); 32],
        }),
        at: w.now(),
    }
}

pub(super) async fn an_imported_stop_holds_for_members_and_for_who_signs_up_later(
    w: World,
) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let waiting = w.workout(&ana).await;
    let mut ben = w.somebody("Ben");
    ben.phone = "+14155559991".parse().expect("a number");
    let known = ana.profile.phone.as_e164().to_owned();
    let lines = [known.as_str(), "+14155559991"];
    let answer = w.submit(import(&w, &lines, None)).await;
    let ImportSuppressionsAnswer::Listed { added, .. } = answer else {
        panic!("no key was given");
    };
    assert_eq!(added, 2);
    assert_eq!(w.status(waiting).await, domain::DeliveryStatus::Suppressed);
    let handle = Handle::Phone(ben.phone.clone());
    let mut opts_in = entry(Channel::Sms, &handle, ConsentEvent::OptIn);
    opts_in.own_act = false;
    w.submit(CreateMember {
        member: ben,
        consents: vec![opts_in],
        idempotency: None,
        at: w.now(),
    })
    .await;
    let now = consent_now(&w, Channel::Sms, &handle).await.expect("known");
    assert_eq!(now.state, ConsentState::OptedOut);
    let answer = w.submit(import(&w, &lines, None)).await;
    assert!(
        matches!(answer, ImportSuppressionsAnswer::Listed { added: 0, .. }),
        "they are there already"
    );
    w
}

pub(super) async fn the_suppression_list_is_paged_and_says_since_when(w: World) -> World {
    let lines = ["+14155559991", "+14155559992", "+14155559993"];
    w.submit(import(&w, &lines, None)).await;
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    let mut reopened = entry(
        Channel::Sms,
        &"+14155559992".parse().expect("a number"),
        ConsentEvent::Start,
    );
    reopened.own_act = true;
    w.submit(ChangeConsent {
        entry: reopened,
        at: w.now(),
    })
    .await;
    let first = w.ask(Suppressions { after: 0, limit: 2 }).await;
    let since = w.now() - Seconds::new(86_400);
    assert_eq!(first.len(), 2);
    assert_eq!(first[0].handle.as_str(), lines[0]);
    assert_eq!(
        (first[0].since, first[0].source.as_str()),
        (since, "old_system")
    );
    assert_eq!(
        first[1].handle.as_str(),
        lines[2],
        "who came back is not on it"
    );
    let rest = w
        .ask(Suppressions {
            after: first[1].id,
            limit: 2,
        })
        .await;
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].handle, ana.handle(Channel::Sms).expect("a number"));
    assert_eq!(rest[0].since, w.now());
    w
}

pub(super) async fn the_same_key_imports_once(w: World) -> World {
    let two = ["+14155559991", "+14155559992"];
    let first = w.submit(import(&w, &two, Some("k"))).await;
    assert!(matches!(
        first,
        ImportSuppressionsAnswer::Listed {
            added: 2,
            replayed: false,
            ..
        }
    ));
    let again = w.submit(import(&w, &two, Some("k"))).await;
    assert!(matches!(
        again,
        ImportSuppressionsAnswer::Listed {
            added: 2,
            replayed: true,
            ..
        }
    ));
    let other = w.submit(import(&w, &two[..1], Some("k"))).await;
    assert_eq!(other, ImportSuppressionsAnswer::KeyReused);
    w
}

/// What somebody wrote at some instant, as a list shows it later; answers whether it changed their consent.
async fn found_late(w: &World, member: &Member, event: ConsentEvent, said_at: Timestamp) -> bool {
    let answer = w
        .submit(RecordInbound {
            inbound: w.inbound(member, Channel::Sms, event.as_str()),
            effects: InboundEffects {
                consent: Some(event),
                said_at: Some(said_at),
                ..InboundEffects::default()
            },
        })
        .await;
    match answer {
        RecordInboundAnswer::Recorded { consent, .. } => consent.is_some(),
        RecordInboundAnswer::Repeated => panic!("a new inbound message"),
    }
}

pub(super) async fn what_opens_an_address_comes_too_late_after_a_stop_that_was_said_later(
    w: World,
) -> World {
    use ConsentEvent::{OptOut, Start};
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let handle = ana.handle(Channel::Sms).expect("a number");
    let state = async || consent_now(&w, Channel::Sms, &handle).await.expect("known");
    let began = w.now();
    let minute = |minute: u32| began + Seconds::new(60 * minute);
    w.pass(3_600);
    // A stop is obeyed however old it is, and goes by when it was said.
    assert!(found_late(&w, &ana, OptOut, minute(10)).await);
    assert_eq!(state().await.state, ConsentState::OptedOut);
    let stopped = state().await;
    for too_late in [minute(9), minute(10)] {
        assert!(!found_late(&w, &ana, Start, too_late).await);
        assert_eq!(state().await, stopped, "nothing of it has changed");
    }
    let addresses = vec![(Channel::Sms, handle.clone())];
    let lines = w.ask(LedgerOf { addresses }).await;
    let last = lines.last().expect("a line");
    assert_eq!(
        (last.entry.event, last.state),
        (Start, ConsentState::OptedOut)
    );
    assert_eq!(last.entry.proof.said_at, Some(minute(10)));
    assert_eq!((last.version, last.at), (stopped.version, w.now()));
    assert!(found_late(&w, &ana, Start, minute(11)).await);
    assert_eq!(state().await.state, ConsentState::OptedIn);
    // One that was heard when it was said, without a provider's time, and one that somebody entered.
    w.consent(&ana, Channel::Sms, OptOut).await;
    assert!(!found_late(&w, &ana, Start, minute(12)).await);
    w.pass(60);
    assert!(found_late(&w, &ana, Start, w.now()).await);
    // One that is older than the stop before the last start.
    assert!(!found_late(&w, &ana, Start, minute(5)).await);
    assert_eq!(state().await.state, ConsentState::OptedIn);
    // A stop that is older than the last start.
    assert!(found_late(&w, &ana, OptOut, minute(11)).await);
    assert_eq!(state().await.state, ConsentState::OptedOut);
    w
}

pub(super) async fn who_was_erased_as_stopped_is_not_opened_by_what_is_found_late(
    w: World,
) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    let erased = w.now();
    w.submit(EraseMember {
        id: ana.profile.id,
        at: erased,
    })
    .await;
    let handle = ana.handle(Channel::Sms).expect("a number");
    w.pass(60);
    assert!(!found_late(&w, &ana, ConsentEvent::Start, erased).await);
    let known = consent_now(&w, Channel::Sms, &handle).await;
    assert!(known.is_none_or(|known| known.state != ConsentState::OptedIn));
    assert!(found_late(&w, &ana, ConsentEvent::Start, w.now()).await);
    w
}

pub(super) async fn a_yes_from_before_the_question_confirms_nothing(w: World) -> World {
    let ana = w.stranger_to_consent("Ana").await;
    let before = w.now();
    w.pass(60);
    signs_up(&w, &ana).await;
    let asked = w.now();
    w.pass(60);
    let yes = async |said_at| {
        let effects = InboundEffects {
            confirms_since: Some(before),
            said_at: Some(said_at),
            ..InboundEffects::default()
        };
        let inbound = w.inbound(&ana, Channel::Sms, "Yes");
        match w.submit(RecordInbound { inbound, effects }).await {
            RecordInboundAnswer::Recorded { consent, .. } => consent.is_some(),
            RecordInboundAnswer::Repeated => panic!("a new inbound message"),
        }
    };
    assert!(!yes(before).await && !yes(asked).await);
    assert!(yes(w.now()).await);
    w
}
