//! Choices: kept with the message that offers them, found again with the answer, and done to what
//! waits.

use domain::content::{Choice, Choices, Location, Media, Rich};
use domain::{Channel, Content, DeliveryStatus, Kind, PlaceState, Seconds};

use super::World;
use crate::lane::Shards;
use crate::ops::{Accepted, Act, ActWhat, AnswerInbound, Chosen};
use crate::questions::Unanswered;
use crate::records::{Member, OfferRecord};

fn offer() -> Content {
    let all = ["Start workout", "Skip today"].map(|title| {
        Choice::button(Some(&title.to_lowercase().replace(' ', "_")), title).expect("a button")
    });
    let rich = Rich {
        choices: Some(Choices::buttons(all.into()).expect("two buttons")),
        places: vec![Location::new(37.5, -122.25, Some("Gym"), None).expect("a place")],
        ..Rich::default()
    };
    let url = "https://a.example/squat".parse().expect("an address");
    let media = Media::declared(url, None, Some("video/mp4"), Some(9_000)).expect("a film");
    Content::of("Ready?".into(), vec![media], None, rich).expect("a content")
}

async fn offers(w: &World, to: &Member) -> Accepted {
    let mut message = w.message(to, Kind::System);
    message.content = offer();
    let accepted = w.accept(message).await;
    let attempt = w.begin(accepted, to).await;
    w.settle(
        accepted.seq,
        attempt,
        w.taken(&format!("SM{}", accepted.id)),
    )
    .await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    accepted
}

async fn offered(w: &World) -> Vec<Option<OfferRecord>> {
    let waiting = w
        .ask(Unanswered {
            at: w.now(),
            limit: 10,
            shards: Shards::ALL,
        })
        .await;
    waiting.into_iter().map(|one| one.offer).collect()
}

pub(super) async fn blocks_are_kept_with_their_message(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let mut message = w.message(&ana, Kind::System);
    message.content = offer();
    let with = w.accept(message).await;
    let without = w.workout(&ana).await;
    let facts = w.facts(with.seq).await.expect("it has a place");
    assert_eq!(facts.message.content, offer());
    assert_eq!(
        w.detail(with.id).await.record.blocks.as_ref(),
        offer().rich()
    );
    let plain = w.facts(without.seq).await.expect("it has a place");
    assert_eq!(plain.message.content.rich(), None);
    assert_eq!(w.detail(without.id).await.record.blocks, None);
    w
}

pub(super) async fn the_newest_offer_of_the_channel_comes_with_the_answer(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.writes(&ana, Channel::Sms, "before", None).await;
    offers(&w, &ana).await;
    w.pass(60);
    let newest = offers(&w, &ana).await;
    let at = w.now();
    w.pass(60);
    w.writes(&ana, Channel::Sms, "2", None).await;
    w.writes(&ana, Channel::Whatsapp, "2", None).await;
    let found = offered(&w).await;
    let expected = OfferRecord {
        message: newest.id,
        choices: offer().choices().expect("it has some").clone(),
        status: DeliveryStatus::Delivered,
        offered_at: at,
        is_last_said: true,
    };
    assert_eq!(found, [None, Some(expected), None]);
    // Something else was said since: the offer stands, and is not the last word any more.
    let (_, attempt) = w.sent(&ana, "SMlater").await;
    w.receipt(attempt, DeliveryStatus::Delivered).await;
    let found = offered(&w).await;
    assert!(found[1].as_ref().is_some_and(|offer| !offer.is_last_said));
    w
}

pub(super) async fn a_choice_is_kept_as_if_it_had_been_tapped(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let offer = offers(&w, &ana).await;
    let (id, _, _) = w.writes(&ana, Channel::Sms, "1", None).await;
    let answer = AnswerInbound {
        chosen: Some(Chosen {
            id: "start_workout".into(),
            offer: Some(offer.id),
        }),
        dismissed: Some("done".into()),
        ..AnswerInbound::with(id, Vec::new(), w.now())
    };
    assert!(w.submit(answer).await);
    let detail = w.detail(id).await;
    assert_eq!(detail.record.button.as_deref(), Some("start_workout"));
    assert_eq!(detail.record.in_reply_to, Some(offer.id));
    w
}

pub(super) async fn a_choice_skips_moves_or_releases_what_waits(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let act = |what| Act {
        kind: Kind::DailyWorkout,
        before: w.after(3_600),
        what,
    };
    let acts = async |what: ActWhat| {
        let (id, _, _) = w.writes(&ana, Channel::Sms, "a choice", None).await;
        let mut reply = w.message(&ana, Kind::ChatReply);
        reply.occasion = Some(format!("done:{id}"));
        let mut otherwise = w.message(&ana, Kind::ChatReply);
        otherwise.occasion = Some(format!("nothing:{id}"));
        let (done, nothing) = (reply.id, otherwise.id);
        let answer = AnswerInbound {
            act: Some(act(what)),
            otherwise: vec![otherwise],
            ..AnswerInbound::with(id, vec![reply], w.now())
        };
        assert!(w.submit(answer).await);
        let places: Vec<_> = w.places().await.iter().map(|place| place.message).collect();
        (places.contains(&done), places.contains(&nothing))
    };
    let waits = w.workout(&ana).await;
    let mut tomorrow = w.message(&ana, Kind::DailyWorkout);
    tomorrow.not_before = Some(w.after(20 * 3_600));
    let tomorrow = w.accept(tomorrow).await;
    let mut expiring = w.message(&ana, Kind::System);
    expiring.expires_at = Some(w.after(60));
    let other = w.accept(expiring).await;

    let to = w.after(1_800);
    let later = ActWhat::Move {
        to,
        until: to + Seconds::new(600),
        why: "moved".into(),
    };
    assert_eq!(acts(later).await, (true, false));
    let facts = w.facts(waits.seq).await.expect("it waits");
    assert_eq!((facts.place, facts.due), (PlaceState::Waiting, Some(to)));
    assert_eq!(facts.message.not_before, Some(to));
    assert_eq!(facts.held_why.as_deref(), Some("moved"));

    assert_eq!(acts(ActWhat::Release).await, (true, false));
    let facts = w.facts(waits.seq).await.expect("it waits");
    assert_eq!((facts.due, facts.message.not_before), (None, None));

    let skip = || ActWhat::Skip {
        why: "skipped".into(),
    };
    assert_eq!(acts(skip()).await, (true, false));
    let record = w.detail(waits.id).await.record;
    assert_eq!(record.status, DeliveryStatus::Suppressed);
    assert_eq!(record.reason.as_deref(), Some("skipped"));
    assert_eq!(acts(skip()).await, (false, true), "nothing was left");
    for untouched in [tomorrow, other] {
        assert_eq!(w.state(untouched).await, Some(PlaceState::Waiting));
    }
    w
}
