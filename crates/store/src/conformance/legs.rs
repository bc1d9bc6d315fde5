//! What a fallback chain needs: who is to be looked at again, and which message stands for which.

use domain::{Channel, Kind};

use super::world::World;
use crate::ops::WatchDelivery;
use crate::questions::{AsAccepted, ByOccasion, DueWatches};

pub(super) async fn deliveries_are_watched_until_nobody_needs_to(mut w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let (first, second) = (w.workout(&ana).await, w.workout(&ana).await);
    let watch = async |w: &World, message, due| w.submit(WatchDelivery { message, due }).await;
    let due = async |w: &World, at, limit| w.ask(DueWatches { at, limit }).await;
    watch(&w, first.id, Some(w.after(600))).await;
    watch(&w, second.id, Some(w.after(60))).await;
    assert!(due(&w, w.after(59), 10).await.is_empty());
    assert_eq!(due(&w, w.after(60), 10).await, [second.id]);
    assert_eq!(due(&w, w.after(600), 10).await, [second.id, first.id]);
    assert_eq!(due(&w, w.after(600), 1).await, [second.id]);
    // Looked at, and to be looked at again later; and of the other nothing more is expected.
    watch(&w, second.id, Some(w.after(900))).await;
    watch(&w, first.id, None).await;
    watch(&w, first.id, None).await;
    w.reopen().await;
    assert!(due(&w, w.after(600), 10).await.is_empty());
    assert_eq!(due(&w, w.after(900), 10).await, [second.id]);
    w
}

pub(super) async fn a_message_is_found_by_its_occasion(w: World) -> World {
    let (ana, ben) = (
        w.member("Ana", &[Channel::Sms]).await,
        w.member("Ben", &[Channel::Sms]).await,
    );
    let mut message = w.message(&ana, Kind::DailyWorkout);
    message.critical = true;
    message.occasion = Some("leg:1:2".into());
    let given = message.clone();
    let accepted = w.accept(message).await;
    let found = async |member, occasions: &[&str]| {
        let occasions = occasions.iter().map(ToString::to_string).collect();
        w.ask(ByOccasion { member, occasions }).await
    };
    let asked = ["leg:1:3", "leg:1:2"];
    assert_eq!(
        found(ana.profile.id, &asked).await,
        [None, Some(accepted.id)]
    );
    assert_eq!(found(ben.profile.id, &asked).await, [None, None]);
    assert!(found(ana.profile.id, &[]).await.is_empty());
    let kept = w.ask(AsAccepted { id: accepted.id }).await;
    let kept = kept.expect("it was accepted");
    assert_eq!(format!("{kept:?}"), format!("{given:?}"));
    assert_eq!(kept.content, given.content);
    assert_eq!(kept.occasion, given.occasion);
    let id = w.ids().message();
    assert!(w.ask(AsAccepted { id }).await.is_none());
    w
}
