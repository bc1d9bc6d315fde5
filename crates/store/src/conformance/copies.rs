//! What providers keep of erased members.

use domain::{Channel, MemberId};

use super::world::World;
use crate::ops::{CopyTold, EraseMember, RecordCopies};
use crate::questions::{CopiesToDelete, StatsNow};
use crate::records::ProviderCopy;

async fn to_delete(w: &World) -> Vec<ProviderCopy> {
    let (at, limit) = (w.now(), 10);
    let mut due = w.ask(CopiesToDelete { at, limit }).await;
    due.sort_by_key(|copy| copy.provider_message_id.clone());
    due
}

async fn erase(w: &World, id: MemberId) {
    assert!(w.submit(EraseMember { id, at: w.now() }).await);
}

/// Keeps that a copy is gone, or when it is asked for again.
async fn told(w: &World, copy: &ProviderCopy, again_in: Option<u32>) -> u32 {
    let told = CopyTold {
        copy: copy.id.clone(),
        asked: copy.asked + 1,
        ask_at: again_in.map(|seconds| w.after(seconds)),
    };
    w.submit(RecordCopies { told: vec![told] }).await
}

async fn counted(w: &World) -> u64 {
    w.ask(StatsNow { at: w.now() }).await.provider_copies
}

pub(super) async fn what_a_provider_has_of_an_erased_member_is_to_be_deleted_there(
    w: World,
) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let ben = w.member("Ben", &[Channel::Sms]).await;
    w.sent(&ana, "SM1").await;
    w.sent(&ben, "SM2").await;
    w.writes(&ana, Channel::Sms, "Done", None).await;
    let refused = w.workout(&ana).await;
    let attempt = w.begin(refused, &ana).await;
    let outcome = World::refused(domain::DeliveryStatus::Failed);
    w.settle(refused.seq, attempt, outcome).await;
    assert_eq!(to_delete(&w).await, [], "nobody is erased");
    erase(&w, ana.profile.id).await;
    let due = to_delete(&w).await;
    let names = due
        .iter()
        .filter_map(|one| one.provider_message_id.as_deref());
    let names: Vec<_> = names.collect();
    assert_eq!(
        due.len(),
        2,
        "what went out and what came, not what was refused: {due:?}"
    );
    assert_eq!(names[0], "SM1");
    assert!(names[1].starts_with("SMmsg_"), "{names:?}");
    assert!(
        due.iter()
            .all(|one| one.erased_at == w.now() && one.asked == 0)
    );
    assert_eq!(counted(&w).await, 2);
    // One is gone; the other is refused for now.
    assert_eq!(told(&w, &due[0], None).await, 1);
    assert_eq!(told(&w, &due[0], None).await, 0, "once");
    assert_eq!(told(&w, &due[1], Some(60)).await, 0);
    assert_eq!(to_delete(&w).await, []);
    assert_eq!(counted(&w).await, 1);
    w.pass(60);
    let again = to_delete(&w).await;
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].asked, &again[0].id), (1, &due[1].id));
    w
}

pub(super) async fn an_attempt_under_way_is_named_once_its_id_is_known(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let message = w.workout(&ana).await;
    let attempt = w.begin(message, &ana).await;
    erase(&w, ana.profile.id).await;
    let due = to_delete(&w).await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].provider_message_id, None, "nobody knows yet");
    w.settle(message.seq, attempt, w.taken("SM9")).await;
    let due = to_delete(&w).await;
    assert_eq!(due[0].provider_message_id.as_deref(), Some("SM9"));
    w
}
