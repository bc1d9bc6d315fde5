//! Who is meant when the same words go to many.

use std::collections::BTreeMap;

use domain::audience::Filter;
use domain::{Channel, MemberId};

use super::World;
use crate::ops::{DeleteSegment, EraseMember, SaveSegment, SaveSegmentAnswer};
use crate::questions::{CountMatching, MembersMatching, Segments};
use crate::records::{AudienceCount, Idempotency, Member, SegmentRecord};

const DAY: u32 = 86_400;

fn segment(w: &World, name: &str, filter: Filter) -> SegmentRecord {
    SegmentRecord {
        id: w.ids().segment(),
        name: name.into(),
        filter,
        created_at: w.now(),
        created_by: "Joana".into(),
        changed_at: w.now(),
    }
}

fn save(w: &World, segment: &SegmentRecord, key: Option<&str>) -> SaveSegment {
    SaveSegment {
        segment: segment.clone(),
        idempotency: key.map(|key| Idempotency {
            scope: "first".into(),
            key: key.into(),
            fingerprint: [u8::try_from(segment.name.len()).unwrap_or(0); 32],
        }),
        at: w.now(),
    }
}

fn saved(segment: &SegmentRecord, replayed: bool) -> SaveSegmentAnswer {
    SaveSegmentAnswer::Saved {
        segment: Box::new(segment.clone()),
        replayed,
    }
}

fn speaks(languages: &[&str]) -> Filter {
    Filter {
        languages: languages.iter().map(|one| (*one).into()).collect(),
        ..Filter::default()
    }
}

pub(super) async fn a_segment_is_saved_changed_and_deleted(w: World) -> World {
    let brazil = segment(&w, "Portuguese", speaks(&["pt"]));
    let all = segment(&w, "All", Filter::default());
    for one in [&brazil, &all] {
        assert_eq!(w.submit(save(&w, one, None)).await, saved(one, false));
    }
    assert_eq!(w.ask(Segments).await, [all.clone(), brazil.clone()]);
    let taken = SegmentRecord {
        name: "All".into(),
        ..brazil.clone()
    };
    let answer = w.submit(save(&w, &taken, None)).await;
    assert_eq!(answer, SaveSegmentAnswer::NameTaken(all.id));
    w.pass(1);
    let changed = SegmentRecord {
        name: "Brazil".into(),
        filter: speaks(&["pt-br"]),
        created_by: "Pedro".into(),
        ..brazil.clone()
    };
    let now = SegmentRecord {
        created_by: "Joana".into(),
        changed_at: w.now(),
        ..changed.clone()
    };
    let answer = w.submit(save(&w, &changed, None)).await;
    assert_eq!(answer, saved(&now, false));
    assert!(w.submit(DeleteSegment { id: all.id }).await);
    assert!(!w.submit(DeleteSegment { id: all.id }).await);
    assert_eq!(w.ask(Segments).await, [now]);
    w
}

pub(super) async fn the_same_key_saves_one_segment(w: World) -> World {
    let first = segment(&w, "All", Filter::default());
    let answer = w.submit(save(&w, &first, Some("k"))).await;
    assert_eq!(answer, saved(&first, false));
    let again = segment(&w, "All", Filter::default());
    let answer = w.submit(save(&w, &again, Some("k"))).await;
    assert_eq!(answer, saved(&first, true));
    let other = segment(&w, "Some", Filter::default());
    let answer = w.submit(save(&w, &other, Some("k"))).await;
    assert_eq!(answer, SaveSegmentAnswer::KeyReused);
    assert_eq!(w.ask(Segments).await.len(), 1);
    w
}

/// Everybody of an audience, page by page, and that the count says the same.
async fn meant(w: &World, filter: &Filter) -> Vec<MemberId> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = w
            .ask(MembersMatching {
                filter: filter.clone(),
                at: w.now(),
                after,
                limit: 2,
            })
            .await;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        found.extend(page.iter().map(|one| one.id));
    }
    let counted = count(w, filter).await;
    assert_eq!(counted.total, found.len() as u64, "{filter:?}");
    found
}

async fn count(w: &World, filter: &Filter) -> AudienceCount {
    w.ask(CountMatching {
        filter: filter.clone(),
        at: w.now(),
    })
    .await
}

fn ids(members: &[&Member]) -> Vec<MemberId> {
    members.iter().map(|member| member.profile.id).collect()
}

pub(super) async fn an_audience_is_whom_all_conditions_mean(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    w.pass(60);
    let mut bia = w.somebody("Bia");
    bia.locale = "pt-BR".into();
    bia.country = Some("BR".into());
    bia.time_zone = "America/Sao_Paulo".into();
    bia.programme = "mobility".into();
    bia.preferred_channel = Some(Channel::Whatsapp);
    let bia = w.create(bia, Vec::new()).await;
    let mut caio = w.somebody("Caio");
    caio.locale = "pt".into();
    let caio = w.create(caio, Vec::new()).await;
    let set = |one: &str| std::collections::BTreeSet::from([one.into()]);
    let any = Filter::default;
    for (filter, expected) in [
        (any(), ids(&[&ana, &bia, &caio])),
        (speaks(&["pt"]), ids(&[&bia, &caio])),
        (speaks(&["pt-br", "en"]), ids(&[&ana, &bia])),
        (
            Filter {
                countries: set("BR"),
                ..any()
            },
            ids(&[&bia]),
        ),
        (
            Filter {
                time_zones: set("America/New_York"),
                ..speaks(&["pt"])
            },
            ids(&[&caio]),
        ),
        (
            Filter {
                programmes: set("mobility"),
                ..any()
            },
            ids(&[&bia]),
        ),
        (
            Filter {
                preferred_channels: [Channel::Whatsapp].into(),
                ..any()
            },
            ids(&[&bia]),
        ),
        (
            Filter {
                joined_before: Some(bia.created_at),
                ..any()
            },
            ids(&[&ana]),
        ),
        (
            Filter {
                joined_from: Some(bia.created_at),
                ..any()
            },
            ids(&[&bia, &caio]),
        ),
    ] {
        assert_eq!(meant(&w, &filter).await, expected, "{filter:?}");
    }
    let expected = AudienceCount {
        total: 3,
        by_channel: BTreeMap::from([(None, 2), (Some(Channel::Whatsapp), 1)]),
        by_language: BTreeMap::from([("en".into(), 1), ("pt".into(), 2)]),
        windows_open: 0,
    };
    assert_eq!(count(&w, &any()).await, expected);
    w
}

pub(super) async fn an_audience_knows_who_agreed_and_who_wrote(w: World) -> World {
    let ana = w.member("Ana", &[Channel::Sms]).await;
    let bia = w.member("Bia", &[Channel::Whatsapp]).await;
    let caio = w.stranger_to_consent("Caio").await;
    let agreed = |channels: &[Channel]| Filter {
        opted_in: channels.iter().copied().collect(),
        ..Filter::default()
    };
    assert_eq!(meant(&w, &agreed(&[Channel::Sms])).await, ids(&[&ana]));
    let either = agreed(&[Channel::Sms, Channel::Whatsapp]);
    assert_eq!(meant(&w, &either).await, ids(&[&ana, &bia]));

    w.writes(&bia, Channel::Whatsapp, "Good morning", None)
        .await;
    let open = |is_open| Filter {
        window_open: Some(is_open),
        ..Filter::default()
    };
    assert_eq!(meant(&w, &open(true)).await, ids(&[&bia]));
    assert_eq!(count(&w, &Filter::default()).await.windows_open, 1);
    w.pass(3 * DAY);
    assert_eq!(meant(&w, &open(false)).await, ids(&[&ana, &bia, &caio]));
    let heard = |days| Filter {
        heard_within_days: Some(days),
        ..Filter::default()
    };
    let silent = |days| Filter {
        silent_for_days: Some(days),
        ..Filter::default()
    };
    assert_eq!(meant(&w, &heard(4)).await, ids(&[&bia]));
    assert_eq!(meant(&w, &heard(2)).await, []);
    assert_eq!(meant(&w, &silent(4)).await, ids(&[&ana, &caio]));
    w.submit(EraseMember {
        id: ana.profile.id,
        at: w.now(),
    })
    .await;
    let left = meant(&w, &Filter::default()).await;
    assert_eq!(left, ids(&[&bia, &caio]));
    w
}
