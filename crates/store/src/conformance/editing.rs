//! Versions of programmes, who follows them, and what became of templates.

use std::collections::BTreeMap;

use domain::MemberId;
use jiff::civil::date;

use super::world::World;
use crate::ops::{Enrol, EraseMember, RecordTemplates, SaveProgramme, SaveProgrammeAnswer};
use crate::questions::{
    FollowerCounts, FollowersOf, ProgrammeOfVersion, ProgrammeVersions, Programmes, TemplateEvents,
};
use crate::records::{ProgrammeRecord, TemplateRecord};

fn save(w: &World, words: &str, publish: bool, revision: Option<i64>) -> SaveProgramme {
    SaveProgramme {
        slug: "legs".into(),
        files: BTreeMap::from([("en".into(), words.into())]),
        by: "coach".into(),
        publish,
        base: None,
        revision,
        beside_draft: false,
        at: w.now(),
    }
}

fn saved(version: u32) -> SaveProgrammeAnswer {
    SaveProgrammeAnswer::Saved { version }
}

async fn newest(w: &World) -> ProgrammeRecord {
    let kept = w.ask(Programmes::default()).await.programmes;
    let kept = kept.expect("asked for the first time");
    kept.last().cloned().expect("a programme")
}

pub(super) async fn who_did_not_see_the_newest_draft_does_not_write_over_it(w: World) -> World {
    assert_eq!(w.submit(save(&w, "one", false, Some(0))).await, saved(1));
    let seen = newest(&w).await.revision;
    assert_eq!(
        w.submit(save(&w, "two", false, Some(seen))).await,
        saved(1),
        "a draft is written over"
    );
    let stale = SaveProgrammeAnswer::Stale { version: 1 };
    assert_eq!(w.submit(save(&w, "mine", false, Some(seen))).await, stale);
    assert_eq!(w.submit(save(&w, "mine", true, Some(0))).await, stale);
    let seen = newest(&w).await;
    assert_eq!(seen.files.get("en").map(String::as_str), Some("two"));
    let now = Some(seen.revision);
    assert_eq!(w.submit(save(&w, "mine", true, now)).await, saved(1));
    w
}

pub(super) async fn versions_stay_with_their_words(mut w: World) -> World {
    w.submit(save(&w, "one", true, None)).await;
    w.pass(60);
    w.submit(save(&w, "two", false, None)).await;
    let beside = SaveProgramme {
        beside_draft: true,
        ..save(&w, "one", true, None)
    };
    assert_eq!(
        w.submit(beside).await,
        saved(3),
        "what was written meanwhile stays"
    );
    w.reopen().await;
    let asked = |before, limit| ProgrammeVersions {
        slug: "legs".into(),
        before,
        limit,
    };
    let all = w.ask(asked(None, 9)).await;
    let short: Vec<_> = all
        .iter()
        .map(|one| (one.version, one.published_at.is_some()))
        .collect();
    assert_eq!(short, [(3, true), (2, false), (1, true)]);
    assert_eq!(all[0].saved_by, "coach");
    assert_eq!(
        (all[0].saved_at, all[0].published_at),
        (w.now(), Some(w.now()))
    );
    let page = w.ask(asked(Some(3), 1)).await;
    assert_eq!(
        page.first().map(|one| (one.version, page.len())),
        Some((2, 1))
    );
    let of = |version| ProgrammeOfVersion {
        slug: "legs".into(),
        version,
    };
    let two = w.ask(of(2)).await.expect("the draft");
    assert_eq!(two.files.get("en").map(String::as_str), Some("two"));
    assert_eq!(w.ask(of(4)).await, None);
    assert_eq!(newest(&w).await.version, 3);
    w
}

pub(super) async fn followers_are_counted_and_listed_by_what_they_follow(w: World) -> World {
    let mut all = Vec::new();
    for name in ["Ana", "Ben", "Cleo", "Dan"] {
        all.push(w.member(name, &[]).await.profile.id);
    }
    let first = w.ask(FollowerCounts).await;
    assert_eq!(first.iter().map(|(_, count)| count).sum::<u64>(), 4);
    let enrol = |member, programme: &str| Enrol {
        member,
        programme: programme.into(),
        started_on: date(2026, 11, 23),
        at: w.now(),
    };
    for (member, programme) in all.iter().zip(["legs", "arms", "legs", "legs"]) {
        w.submit(enrol(*member, programme)).await;
    }
    let count = |programme: &str, count| (programme.to_owned(), count);
    assert_eq!(
        w.ask(FollowerCounts).await,
        [count("arms", 1), count("legs", 3)]
    );
    let listed = async |names: &[&str], after, limit| -> Vec<MemberId> {
        let asked = FollowersOf {
            programmes: names.iter().map(|name| (*name).to_owned()).collect(),
            after,
            limit,
        };
        let found = w.ask(asked).await;
        found.iter().map(|member| member.profile.id).collect()
    };
    let mut legs = [all[0], all[2], all[3]];
    legs.sort_by_key(|id| *id.as_bytes());
    assert_eq!(listed(&["legs"], None, 2).await, legs[..2]);
    assert_eq!(listed(&["legs"], Some(legs[1]), 2).await, legs[2..]);
    let mut whole = all.clone();
    whole.sort_by_key(|id| *id.as_bytes());
    assert_eq!(listed(&["arms", "legs"], None, 9).await, whole);
    assert_eq!(
        listed(&["arms", "legs"], Some(whole[0]), 2).await,
        whole[1..3]
    );
    assert!(listed(&[], None, 9).await.is_empty());
    let id = all[1];
    assert!(w.submit(EraseMember { id, at: w.now() }).await);
    assert_eq!(w.ask(FollowerCounts).await, [count("legs", 3)]);
    assert!(listed(&["arms"], None, 9).await.is_empty());
    w
}

pub(super) async fn what_became_of_a_template_is_kept(mut w: World) -> World {
    let record = async |w: &World, template: TemplateRecord| {
        let (templates, at) = (vec![template], w.now());
        w.submit(RecordTemplates { templates, at }).await
    };
    let pending = w.template("HX1", "pending");
    record(&w, pending.clone()).await;
    let first = w.now();
    w.pass(60);
    record(&w, pending.clone()).await;
    let rejected = TemplateRecord {
        status: "rejected".into(),
        category: "MARKETING".into(),
        reason: "TAG_CONTENT_MISMATCH".into(),
        ..pending.clone()
    };
    record(&w, rejected).await;
    w.reopen().await;
    let asked = |limit| TemplateEvents {
        name: pending.name.clone(),
        limit,
    };
    let told = w.ask(asked(9)).await;
    let short: Vec<_> = told
        .iter()
        .map(|one| (one.at, one.change.detail(), &*one.reason))
        .collect();
    let of = |words: &str| format!("{} {} {words}", pending.name, pending.language);
    let why = "TAG_CONTENT_MISMATCH";
    assert_eq!(
        short,
        [
            (w.now(), of("UTILITY → MARKETING"), why),
            (w.now(), of("pending → rejected"), why),
            (first, of("new → pending"), ""),
        ]
    );
    assert_eq!(told[0].edition, pending.edition);
    assert_eq!(w.ask(asked(1)).await.len(), 1);
    w
}
