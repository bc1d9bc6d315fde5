//! Codes that prove whose phone it is, and who is logged in (G34, G35).

use domain::{
    Channel, CodeFor, ConsentEvent, Content, DeliveryStatus, Handle, Kind, MemberId, PhoneNumber,
    PlaceState, Seconds,
};

use super::acts::entry;
use super::world::World;
use crate::ops::{
    ChangeConsent, CreateMember, EndCodes, EndSessions, EraseMember, OpenCode, OpenCodeAnswer,
    OpenSession, SpendTry, Tidy, UpdateMember, UseCode,
};
use crate::questions::{MessageById, Messages, SessionOf};
use crate::records::{CodeCeilings, CodeToTry, MemberChanges, NewCode, NewMessage, NewSession};

const NUMBER: &str = "+14155552671";
const VALID: u32 = 600;
const DAY: u32 = 24 * 3_600;

fn phone(number: &str) -> PhoneNumber {
    number.parse().expect("a number")
}

fn code(w: &World, number: &str, browser: u8) -> OpenCode {
    let id = w.ids().member();
    let text = Content::text_only("123456 is your code").expect("words");
    let message = NewMessage {
        id: w.ids().message(),
        member: id,
        kind: Kind::LoginCode,
        queue: "codes".parse().expect("a queue"),
        channel: Some(Channel::Sms),
        critical: false,
        content: text,
        not_before: None,
        expires_at: Some(w.after(VALID)),
        in_reply_to: None,
        occasion: None,
        knocks_for: None,
        attempts_max: 3,
    };
    OpenCode {
        code: NewCode {
            id,
            purpose: CodeFor::Login,
            member: None,
            channel: Channel::Sms,
            handle: Handle::Phone(phone(number)),
            country: "US".into(),
            network: format!("198.51.100.{browser}/24"),
            locale: "pt-BR".into(),
            browser: [browser; 32],
            salt: [1; 16],
            hash: [2; 32],
            expires_at: w.after(VALID),
        },
        message,
        ceilings: CodeCeilings {
            hour_from: w.now() - Seconds::new(3_600),
            day_from: w.now() - Seconds::new(DAY),
            address_per_hour: 3,
            network_per_hour: 4,
            country_per_day: 50,
            per_day: 60,
        },
        at: w.now(),
    }
}

async fn opened(w: &World, number: &str, browser: u8) -> OpenCode {
    let open = code(w, number, browser);
    assert_eq!(w.submit(open.clone()).await, OpenCodeAnswer::Opened);
    open
}

async fn tried(w: &World, browser: u8) -> Option<CodeToTry> {
    w.submit(SpendTry {
        purpose: CodeFor::Login,
        browser: [browser; 32],
        tries_max: 5,
        at: w.now(),
    })
    .await
}

async fn used(w: &World, id: MemberId) -> bool {
    w.submit(UseCode { id, at: w.now() }).await
}

async fn text_of(w: &World, open: &OpenCode) -> String {
    let detail = w.detail(open.message.id).await;
    detail.record.text.as_str().to_owned()
}

pub(super) async fn a_code_goes_to_a_number_that_is_nobodys(w: World) -> World {
    let open = opened(&w, NUMBER, 1).await;
    let places = w.places().await;
    assert_eq!(places.len(), 1);
    let facts = w.facts(places[0].seq).await.expect("its place");
    let addressee = facts.member.expect("somebody has that phone");
    assert_eq!(addressee.profile.phone, phone(NUMBER));
    assert_eq!(addressee.profile.locale, "pt-BR");
    assert!(facts.consents.is_empty());
    assert!(w.member_now(open.code.id).await.is_none(), "no member");
    let found = tried(&w, 1).await.expect("a code to try");
    assert_eq!(
        (found.id, found.handle, found.salt, found.hash, found.left),
        (
            open.code.id,
            Handle::Phone(phone(NUMBER)),
            [1; 16],
            [2; 32],
            4
        )
    );
    w
}

pub(super) async fn a_code_is_used_once_and_its_words_go(w: World) -> World {
    let open = opened(&w, NUMBER, 1).await;
    assert!(text_of(&w, &open).await.contains("123456"));
    assert!(used(&w, open.code.id).await);
    assert!(!used(&w, open.code.id).await);
    assert!(tried(&w, 1).await.is_none());
    assert_eq!(text_of(&w, &open).await, "");
    let detail = w.detail(open.message.id).await;
    assert_eq!(detail.record.status, DeliveryStatus::Cancelled);
    w
}

pub(super) async fn a_code_has_five_tries_ten_minutes_and_one_browser(w: World) -> World {
    let open = opened(&w, NUMBER, 1).await;
    assert!(tried(&w, 2).await.is_none(), "another browser");
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(tried(&w, 1).await.map(|found| found.left), Some(left));
    }
    assert!(tried(&w, 1).await.is_none(), "a sixth try");
    let next = opened(&w, NUMBER, 1).await;
    w.pass(VALID - 1);
    assert!(tried(&w, 1).await.is_some());
    w.pass(1);
    assert!(tried(&w, 1).await.is_none(), "its time is over");
    assert!(!used(&w, next.code.id).await);
    assert_eq!(w.submit(EndCodes { at: w.now() }).await, 1);
    assert_eq!(w.submit(EndCodes { at: w.now() }).await, 0);
    for open in [open, next] {
        assert_eq!(text_of(&w, &open).await, "");
    }
    assert!(w.places().await.is_empty(), "nothing is sent any more");
    w
}

pub(super) async fn only_the_newest_code_of_an_address_is_one(w: World) -> World {
    let first = opened(&w, NUMBER, 1).await;
    w.pass(1);
    let second = opened(&w, NUMBER, 2).await;
    assert!(tried(&w, 1).await.is_none());
    assert!(!used(&w, first.code.id).await);
    assert_eq!(text_of(&w, &first).await, "");
    assert_eq!(w.places().await.len(), 1, "the first is called back");
    assert_eq!(tried(&w, 2).await.expect("the newest").id, second.code.id);
    // A code of another number takes nothing from it.
    opened(&w, "+14155552699", 3).await;
    assert!(used(&w, second.code.id).await);
    w
}

pub(super) async fn codes_are_counted_by_address_network_country_and_day(mut w: World) -> World {
    let ask = async |w: &World, number: &str, browser: u8, change: fn(&mut OpenCode)| {
        let mut open = code(w, number, browser);
        change(&mut open);
        w.submit(open).await
    };
    let as_it_is = |_: &mut OpenCode| ();
    for browser in 1..=3 {
        assert_eq!(
            ask(&w, NUMBER, browser, as_it_is).await,
            OpenCodeAnswer::Opened
        );
        w.pass(60);
    }
    w.reopen().await;
    let full = OpenCodeAnswer::AddressCeiling;
    assert_eq!(ask(&w, NUMBER, 4, as_it_is).await, full);
    w.pass(3_600 - 180);
    assert_eq!(
        ask(&w, NUMBER, 4, as_it_is).await,
        OpenCodeAnswer::Opened,
        "the first was an hour ago"
    );
    assert_eq!(ask(&w, NUMBER, 4, as_it_is).await, full);
    for n in 0..4 {
        let number = format!("+1415555268{n}");
        assert_eq!(ask(&w, &number, 9, as_it_is).await, OpenCodeAnswer::Opened);
    }
    assert_eq!(
        ask(&w, "+14155552690", 9, as_it_is).await,
        OpenCodeAnswer::NetworkCeiling
    );
    let few_of_a_country = |open: &mut OpenCode| open.ceilings.country_per_day = 8;
    assert_eq!(
        ask(&w, "+14155552690", 8, few_of_a_country).await,
        OpenCodeAnswer::CountryCeiling
    );
    let few = |open: &mut OpenCode| {
        open.ceilings.per_day = 8;
        open.code.country = "BR".into();
    };
    assert_eq!(
        ask(&w, "+14155552690", 8, few).await,
        OpenCodeAnswer::Ceiling
    );
    w
}

pub(super) async fn a_stop_ends_a_code_on_its_way(w: World) -> World {
    let waiting = opened(&w, NUMBER, 1).await;
    let handle = Handle::Phone(phone(NUMBER));
    let stop = ChangeConsent {
        entry: entry(Channel::Sms, &handle, ConsentEvent::OptOut),
        at: w.now(),
    };
    let change = w.submit(stop).await;
    assert_eq!(change.suppressed, [waiting.message.id]);
    let next = opened(&w, NUMBER, 1).await;
    let detail = w
        .ask(MessageById {
            id: next.message.id,
        })
        .await;
    let record = detail.expect("it is kept").record;
    assert_eq!(record.status, DeliveryStatus::Suppressed);
    assert!(w.places().await.is_empty());
    assert!(tried(&w, 1).await.is_some(), "who asked cannot tell");
    w
}

pub(super) async fn a_stop_names_a_code_that_is_begun(w: World) -> World {
    let open = opened(&w, NUMBER, 1).await;
    let place = w.places().await[0].clone();
    let facts = w.facts(place.seq).await.expect("its place");
    let to = facts.member.expect("somebody has that phone");
    let accepted = crate::ops::Accepted {
        id: open.message.id,
        seq: place.seq,
    };
    let attempt = w.begin(accepted, &to).await;
    assert_eq!(w.state(accepted).await, Some(PlaceState::Begun));
    let handle = Handle::Phone(phone(NUMBER));
    let stop = ChangeConsent {
        entry: entry(Channel::Sms, &handle, ConsentEvent::OptOut),
        at: w.now(),
    };
    assert_eq!(w.submit(stop).await.begun, [attempt]);
    w
}

pub(super) async fn an_erased_members_stop_holds_for_codes(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.consent(&ana, Channel::Sms, ConsentEvent::OptOut).await;
    let erase = EraseMember {
        id: ana.profile.id,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    let open = opened(&w, ana.profile.phone.as_e164(), 1).await;
    assert_eq!(
        w.detail(open.message.id).await.record.status,
        DeliveryStatus::Suppressed
    );
    w
}

pub(super) async fn codes_go_when_they_count_no_longer_and_with_their_number(w: World) -> World {
    let of_stranger = opened(&w, "+14155552690", 1).await;
    let mut new = w.somebody("Ana");
    new.phone = phone(NUMBER);
    let create = CreateMember {
        member: new.clone(),
        consents: Vec::new(),
        idempotency: None,
        at: w.now(),
    };
    w.submit(create).await;
    let hers = opened(&w, NUMBER, 2).await;
    let erase = EraseMember {
        id: new.id,
        at: w.now(),
    };
    assert!(w.submit(erase).await);
    assert!(tried(&w, 2).await.is_none(), "forgotten with her number");
    assert_eq!(text_of(&w, &hers).await, "");
    w.pass(25 * 3_600);
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 0, "it counts");
    w.pass(1);
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 1);
    assert_eq!(text_of(&w, &of_stranger).await, "");
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 0, "nothing is left");
    let all = w
        .ask(Messages {
            limit: 10,
            ..Messages::default()
        })
        .await;
    assert!(
        all.iter()
            .all(|one| one.text.as_str().is_empty() && one.to.is_none())
    );
    w
}

pub(super) async fn a_session_is_somebodys_until_it_ends(w: World) -> World {
    let (ana, ben) = (w.member("Ana", &[]).await, w.member("Ben", &[]).await);
    let open = async |member: MemberId, key: u8| {
        w.submit(OpenSession {
            session: NewSession {
                key: [key; 32],
                member,
                expires_at: w.after(DAY),
            },
            at: w.now(),
        })
        .await
    };
    let who = async |key: u8| {
        let session = w
            .ask(SessionOf {
                key: [key; 32],
                at: w.now(),
            })
            .await;
        session.map(|session| session.member)
    };
    let (a, b) = (ana.profile.id, ben.profile.id);
    for (member, key) in [(a, 1), (a, 2), (a, 3), (b, 4), (b, 5)] {
        assert!(open(member, key).await);
    }
    assert!(!open(w.ids().member(), 6).await, "nobody");
    assert_eq!((who(1).await, who(4).await), (Some(a), Some(b)));
    assert_eq!((who(6).await, who(7).await), (None, None));
    let end = async |member, only: Option<u8>| {
        let only = only.map(|key| [key; 32]);
        w.submit(EndSessions { member, only }).await
    };
    assert_eq!(end(b, Some(1)).await, 0, "that is not Ben's");
    assert_eq!(end(a, Some(1)).await, 1);
    assert_eq!((who(1).await, who(2).await), (None, Some(a)));
    assert_eq!(end(a, None).await, 2);
    assert_eq!((who(2).await, who(3).await), (None, None));
    let moved = UpdateMember {
        id: b,
        changes: MemberChanges {
            phone: Some((phone("+14155552699"), Some("US".into()))),
            ..MemberChanges::default()
        },
        proved: None,
        at: w.now(),
    };
    w.submit(moved).await;
    assert_eq!(who(4).await, None, "another number proves nothing");
    assert!(open(b, 8).await);
    w.pass(DAY);
    assert_eq!(who(8).await, None, "its time is over");
    assert!(open(b, 9).await);
    assert_eq!(w.submit(Tidy { at: w.now() }).await, 1);
    let erase = EraseMember { id: b, at: w.now() };
    assert!(w.submit(erase).await);
    assert_eq!(who(9).await, None);
    w
}
