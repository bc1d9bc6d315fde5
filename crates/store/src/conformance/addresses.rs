//! Members who go from one address to another: what they agreed to stays behind, and is forgotten with them.

use domain::{Channel, CodeFor, ConsentEvent, ConsentState, Content, Handle, Kind, PhoneNumber};

use super::acts::entry;
use super::world::World;
use crate::ops::{
    BeginAnswer, ChangeConsent, EraseMember, OpenSession, Proved, SpendTry, UpdateMember,
    UpdateMemberAnswer, UseSession,
};
use crate::questions::{AccountOf, ConsentsOf, LedgerOf, SessionOf};
use crate::records::{Member, MemberChanges, NewCode, NewMessage, NewSession};

const OTHER: &str = "+14155552699";

fn phone(number: &str) -> PhoneNumber {
    number.parse().expect("a number")
}

fn moves(w: &World, member: &Member, to: &str, proved: Option<Proved>) -> UpdateMember {
    UpdateMember {
        id: member.profile.id,
        changes: MemberChanges {
            phone: Some((phone(to), Some("US".into()))),
            ..MemberChanges::default()
        },
        proved: proved.map(Box::new),
        at: w.now(),
    }
}

async fn state(w: &World, channel: Channel, number: &str) -> ConsentState {
    let addresses = vec![(channel, Handle::Phone(phone(number)))];
    let found = w.ask(ConsentsOf { addresses }).await;
    found.first().map_or(ConsentState::Unknown, |one| one.state)
}

/// What tells the old address, as the engine makes it.
fn farewell(w: &World, member: &Member) -> (NewCode, NewMessage) {
    let id = w.ids().member();
    let code = NewCode {
        id,
        purpose: CodeFor::Farewell,
        member: Some(member.profile.id),
        channel: Channel::Sms,
        handle: Handle::Phone(member.profile.phone.clone()),
        country: "US".into(),
        network: String::new(),
        locale: "en".into(),
        browser: [7; 32],
        salt: [1; 16],
        hash: [2; 32],
        expires_at: w.after(3_600),
    };
    let message = NewMessage {
        id: w.ids().message(),
        member: id,
        kind: Kind::LoginCode,
        queue: "codes".parse().expect("a queue"),
        channel: Some(Channel::Sms),
        critical: false,
        content: Content::text_only("Another number was given").expect("words"),
        not_before: None,
        expires_at: Some(w.after(3_600)),
        in_reply_to: None,
        occasion: None,
        knocks_for: None,
        attempts_max: 3,
    };
    (code, message)
}

pub(super) async fn consent_stays_with_the_address_that_is_left(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms, Channel::Whatsapp]).await;
    let old = ana.profile.phone.as_e164().to_owned();
    // What was decided for the old number is not begun after it was left.
    let waiting = w.workout(&ana).await;
    let (seq, begin) = (waiting.seq, w.begin_of(waiting, &ana, Channel::Sms).await);
    let proved = Proved {
        consents: vec![entry(
            Channel::Sms,
            &Handle::Phone(phone(OTHER)),
            ConsentEvent::OptIn,
        )],
        farewell: Some(farewell(&w, &ana)),
    };
    let moved = w.submit(moves(&w, &ana, OTHER, Some(proved))).await;
    assert!(matches!(moved, UpdateMemberAnswer::Updated(_)));
    let begun = w.submit(begin).await;
    assert!(matches!(begun, BeginAnswer::FactsMoved(_)), "{begun:?}");
    for channel in [Channel::Sms, Channel::Whatsapp] {
        assert_eq!(state(&w, channel, &old).await, ConsentState::Unknown);
    }
    assert_eq!(state(&w, Channel::Sms, OTHER).await, ConsentState::OptedIn);
    assert_eq!(
        state(&w, Channel::Whatsapp, OTHER).await,
        ConsentState::Unknown
    );
    let facts = w.facts(seq).await.expect("its place");
    let now = facts.member.expect("Ana").profile.phone;
    assert_eq!(now, phone(OTHER), "planned for the number in force");
    // The word to the old number is somebody's who is nobody, and no code.
    let last = w.places().await.pop().expect("the farewell");
    let facts = w.facts(last.seq).await.expect("its place");
    assert_eq!(
        facts.member.expect("its addressee").profile.phone,
        ana.profile.phone
    );
    let tried = SpendTry {
        purpose: CodeFor::Login,
        browser: [7; 32],
        tries_max: 5,
        at: w.now(),
    };
    assert!(w.submit(tried).await.is_none());
    // Whoever has the old number next has agreed to nothing.
    let mut next = w.somebody("Ben");
    next.phone = phone(&old);
    w.create(next, Vec::new()).await;
    assert_eq!(state(&w, Channel::Sms, &old).await, ConsentState::Unknown);
    w
}

pub(super) async fn an_address_of_somebody_else_is_not_taken(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    let theirs = ben.profile.phone.as_e164().to_owned();
    let proved = Some(Proved::default());
    let refused = w.submit(moves(&w, &ana, &theirs, proved.clone())).await;
    assert!(matches!(refused, UpdateMemberAnswer::PhoneTaken(id) if id == ben.profile.id));
    let on_whatsapp = |number: Option<&str>| UpdateMember {
        id: ana.profile.id,
        changes: MemberChanges {
            whatsapp_number: Some(number.map(phone)),
            ..MemberChanges::default()
        },
        proved: proved.clone().map(Box::new),
        at: w.now(),
    };
    let refused = w.submit(on_whatsapp(Some(&theirs))).await;
    assert!(matches!(refused, UpdateMemberAnswer::PhoneTaken(id) if id == ben.profile.id));
    let UpdateMemberAnswer::Updated(now) = w.submit(on_whatsapp(Some(OTHER))).await else {
        panic!("a free one is taken");
    };
    assert_eq!(now.whatsapp_number, Some(phone(OTHER)));
    let taken = w.submit(moves(&w, &ben, OTHER, proved.clone())).await;
    assert!(
        matches!(taken, UpdateMemberAnswer::PhoneTaken(_)),
        "it is Ana's on WhatsApp"
    );
    let UpdateMemberAnswer::Updated(now) = w.submit(on_whatsapp(None)).await else {
        panic!("one can do without it");
    };
    assert_eq!(now.whatsapp_number, None);
    w
}

pub(super) async fn addresses_that_were_theirs_go_with_them(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let old = Handle::Phone(ana.profile.phone.clone());
    let stop = ChangeConsent {
        entry: entry(Channel::Whatsapp, &old, ConsentEvent::OptOut),
        at: w.now(),
    };
    w.submit(stop).await;
    w.submit(moves(&w, &ana, OTHER, None)).await;
    let account = |at| AccountOf {
        member: ana.profile.id,
        at,
    };
    let before = w.ask(account(w.now())).await;
    let mut channels: Vec<_> = before.former.iter().map(|one| one.channel).collect();
    channels.sort_unstable();
    assert_eq!(channels, [Channel::Sms, Channel::Whatsapp]);
    assert!(before.former.iter().all(|one| one.handle == old));
    w.pass(60);
    let erase = EraseMember {
        id: ana.profile.id,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    assert!(w.ask(account(w.now())).await.former.is_empty());
    let addresses = vec![
        (Channel::Sms, old.clone()),
        (Channel::Whatsapp, old.clone()),
    ];
    let lines = w
        .ask(LedgerOf {
            addresses: addresses.clone(),
        })
        .await;
    assert_eq!(lines.len(), 0, "{lines:?}");
    assert_eq!(w.ask(ConsentsOf { addresses }).await.len(), 0);
    // Their stop is remembered as a hash.
    let mut again = w.somebody("Ana");
    again.phone = ana.profile.phone.clone();
    w.create(again, Vec::new()).await;
    let number = ana.profile.phone.as_e164();
    assert_eq!(
        state(&w, Channel::Whatsapp, number).await,
        ConsentState::OptedOut
    );
    assert_eq!(state(&w, Channel::Sms, number).await, ConsentState::Unknown);
    w
}

pub(super) async fn a_session_tells_when_it_was_used(w: World) -> World {
    let ana = w.member("Ana", &[]).await;
    let (member, opened_at) = (ana.profile.id, w.now());
    let session = NewSession {
        key: [1; 32],
        member,
        expires_at: w.after(86_400),
    };
    let open = OpenSession {
        session,
        at: w.now(),
    };
    assert!(w.submit(open).await);
    w.pass(7_200);
    let used = UseSession {
        key: [1; 32],
        at: w.now(),
    };
    assert!(w.submit(used).await);
    let nobodys = UseSession {
        key: [2; 32],
        at: w.now(),
    };
    assert!(!w.submit(nobodys).await);
    let asked = SessionOf {
        key: [1; 32],
        at: w.now(),
    };
    let found = w.ask(asked).await.expect("a session");
    assert_eq!((found.opened_at, found.used_at), (opened_at, w.now()));
    let at = w.now();
    let account = w.ask(AccountOf { member, at }).await;
    assert_eq!(account.sessions, [found]);
    let at = w.after(86_400);
    assert!(w.ask(AccountOf { member, at }).await.sessions.is_empty());
    w
}
