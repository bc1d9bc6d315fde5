//! Programmes, who follows which, and occurrences without a message.

use std::collections::BTreeMap;

use domain::work::{Each, Weight, WeightUnit, Work};
use domain::{MemberId, MessageId, Seconds};
use jiff::civil::{Date, date};

use super::world::World;
use crate::ops::{
    Enrol, EraseMember, LogWork, NoteOccurrences, SaveProgramme, SaveProgrammeAnswer, SetPauses,
    Tidy,
};
use crate::questions::{DueMembers, MemberById, Programmes, RhythmsOf, TrainingOf};
use crate::records::{OccurrenceEnd, ProgrammeRecord, Rhythm, TrainingRecord};

fn save(w: &World, slug: &str, words: &str, publish: bool, base: Option<u32>) -> SaveProgramme {
    SaveProgramme {
        slug: slug.into(),
        files: BTreeMap::from([
            ("en".into(), words.into()),
            ("es".into(), "Hola “tú” \\ \n".into()),
        ]),
        by: "coach".into(),
        publish,
        base,
        revision: None,
        beside_draft: false,
        at: w.now(),
    }
}

async fn kept(w: &World) -> Vec<ProgrammeRecord> {
    w.ask(Programmes::default())
        .await
        .programmes
        .expect("asked for the first time")
}

fn short(record: &ProgrammeRecord) -> (&str, u32, &str, bool) {
    let words = record.files.get("en").map_or("", String::as_str);
    (
        &record.slug,
        record.version,
        words,
        record.published_at.is_some(),
    )
}

pub(super) async fn a_draft_is_written_over_and_what_is_followed_is_not(mut w: World) -> World {
    let saved = |version| SaveProgrammeAnswer::Saved { version };
    assert_eq!(
        w.submit(save(&w, "legs", "one", false, Some(0))).await,
        saved(1)
    );
    assert_eq!(
        w.submit(save(&w, "legs", "two", false, Some(1))).await,
        saved(1)
    );
    assert_eq!(
        w.submit(save(&w, "legs", "three", true, None)).await,
        saved(1)
    );
    w.pass(5);
    assert_eq!(
        w.submit(save(&w, "legs", "three", true, Some(1))).await,
        saved(1),
        "the same words"
    );
    assert_eq!(
        w.submit(save(&w, "legs", "four", false, Some(1))).await,
        saved(2)
    );
    assert_eq!(w.submit(save(&w, "arms", "up", true, None)).await, saved(1));
    w.reopen().await;
    let all = kept(&w).await;
    assert_eq!(
        all.iter().map(short).collect::<Vec<_>>(),
        [
            ("arms", 1, "up", true),
            ("legs", 1, "three", true),
            ("legs", 2, "four", false)
        ]
    );
    let last = all.last().expect("three");
    assert_eq!((last.saved_by.as_str(), last.saved_at), ("coach", w.now()));
    assert_eq!(
        last.files.get("es").map(String::as_str),
        Some("Hola “tú” \\ \n")
    );
    // Published, the draft is what is followed, and the one before it is history.
    assert_eq!(
        w.submit(save(&w, "legs", "five", true, Some(2))).await,
        saved(2)
    );
    let all = kept(&w).await;
    assert_eq!(
        all.iter().map(short).collect::<Vec<_>>(),
        [("arms", 1, "up", true), ("legs", 2, "five", true)]
    );
    w
}

pub(super) async fn who_did_not_see_the_newest_version_does_not_write_over_it(w: World) -> World {
    w.submit(save(&w, "legs", "one", true, None)).await;
    w.submit(save(&w, "legs", "two", false, Some(1))).await;
    let stale = SaveProgrammeAnswer::Stale { version: 2 };
    assert_eq!(
        w.submit(save(&w, "legs", "mine", true, Some(1))).await,
        stale
    );
    assert_eq!(
        w.submit(save(&w, "legs", "mine", false, Some(0))).await,
        stale
    );
    assert_eq!(
        kept(&w).await.last().map(short),
        Some(("legs", 2, "two", false))
    );
    w
}

pub(super) async fn programmes_are_told_only_when_they_changed(w: World) -> World {
    let empty = w.ask(Programmes::default()).await;
    assert_eq!(empty.programmes, Some(Vec::new()));
    let known = |known| Programmes { known: Some(known) };
    assert_eq!(w.ask(known(empty.stamp)).await.programmes, None);
    w.submit(save(&w, "legs", "one", false, None)).await;
    let first = w.ask(known(empty.stamp)).await;
    assert_eq!(first.programmes.as_ref().map(Vec::len), Some(1));
    assert_eq!(w.ask(known(first.stamp)).await.programmes, None);
    w.submit(save(&w, "legs", "two", false, None)).await;
    assert!(
        w.ask(known(first.stamp)).await.programmes.is_some(),
        "a draft written over is a change"
    );
    w
}

async fn rhythm(w: &World, members: &[MemberId]) -> Vec<Rhythm> {
    w.ask(RhythmsOf {
        members: members.to_vec(),
    })
    .await
}

fn enrol(w: &World, member: MemberId, programme: &str, started_on: Date) -> Enrol {
    Enrol {
        member,
        programme: programme.into(),
        started_on,
        at: w.now(),
    }
}

pub(super) async fn a_member_follows_one_programme_at_a_time(w: World) -> World {
    let (ana, ben) = (
        w.member("Ana", &[]).await.profile.id,
        w.member("Ben", &[]).await.profile.id,
    );
    let (monday, friday) = (date(2026, 11, 23), date(2026, 11, 27));
    assert!(w.submit(enrol(&w, ana, "legs", monday)).await);
    let first = w.now();
    w.pass(60);
    assert!(w.submit(enrol(&w, ana, "arms", friday)).await);
    let nobody = MemberId::from_bytes([9; 16]);
    assert!(!w.submit(enrol(&w, nobody, "legs", monday)).await);
    let following = Rhythm {
        enrolment: Some(("arms".into(), friday)),
        pauses: Vec::new(),
    };
    assert_eq!(
        rhythm(&w, &[ben, ana, nobody]).await,
        [Rhythm::default(), following, Rhythm::default()]
    );
    let training = w
        .ask(TrainingOf {
            member: ana,
            limit: 9,
        })
        .await;
    let told: Vec<_> = training
        .enrolments
        .iter()
        .map(|one| {
            (
                one.programme.as_str(),
                one.started_on,
                one.began_at,
                one.ended_at,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("arms", friday, w.now(), None),
            ("legs", monday, first, Some(w.now()))
        ]
    );
    let member = w.ask(MemberById { id: ana }).await.expect("a member");
    assert_eq!(member.profile.programme, "arms");
    // Twice in one instant: the later one.
    assert!(w.submit(enrol(&w, ana, "mobility", friday)).await);
    assert_eq!(
        w.ask(TrainingOf {
            member: ana,
            limit: 9
        })
        .await
        .enrolments
        .len(),
        2
    );
    w
}

pub(super) async fn holidays_are_kept_as_they_were_last_told(w: World) -> World {
    let ana = w.member("Ana", &[]).await.profile.id;
    let pauses = vec![
        (date(2026, 12, 1), Some(date(2026, 12, 9))),
        (date(2027, 1, 1), None),
    ];
    let set = |pauses: &[(Date, Option<Date>)], member| SetPauses {
        member,
        pauses: pauses.to_vec(),
        at: w.now(),
    };
    let back: Vec<_> = pauses.iter().rev().copied().collect();
    assert!(w.submit(set(&back, ana)).await);
    assert_eq!(
        rhythm(&w, &[ana]).await,
        [Rhythm {
            enrolment: None,
            pauses: pauses.clone()
        }]
    );
    assert!(w.submit(set(&pauses[..1], ana)).await);
    assert_eq!(
        w.ask(TrainingOf {
            member: ana,
            limit: 1
        })
        .await
        .pauses,
        pauses[..1]
    );
    assert!(!w.submit(set(&pauses, MemberId::from_bytes([9; 16]))).await);
    w
}

pub(super) async fn what_a_message_logged_is_kept_once_and_goes_with_its_member(w: World) -> World {
    let ana = w.member("Ana", &[]).await.profile.id;
    let work = |exercise: &str, each, weight| Work {
        exercise: exercise.into(),
        sets: 4,
        each,
        weight,
    };
    let squats = work(
        "Squats “deep”",
        Each::Reps(5),
        Some(Weight {
            hundredths: 7750,
            unit: Some(WeightUnit::Kilograms),
        }),
    );
    let heavy = Weight {
        hundredths: 8000,
        unit: None,
    };
    let unnamed = work("", Each::Reps(8), Some(heavy));
    let plank = work("Plank", Each::Seconds(45), None);
    let log = |member, message: u8, work: &[&Work]| LogWork {
        member,
        message: MessageId::from_bytes([message; 16]),
        done_on: date(2026, 11, 27),
        work: work.iter().map(|work| (*work).clone()).collect(),
        at: w.now(),
    };
    assert!(w.submit(log(ana, 1, &[&squats, &plank])).await);
    let first = w.now();
    w.pass(60);
    // Told again after a crash, in other words.
    assert!(w.submit(log(ana, 1, &[&unnamed, &plank])).await);
    assert!(w.submit(log(ana, 2, &[&unnamed])).await);
    assert!(
        !w.submit(log(MemberId::from_bytes([9; 16]), 3, &[&plank]))
            .await
    );
    let asked = TrainingOf {
        member: ana,
        limit: 9,
    };
    let told: Vec<_> = w
        .ask(asked)
        .await
        .logged
        .into_iter()
        .map(|one| (one.message, one.work, one.logged_at))
        .collect();
    let message = |message: u8| MessageId::from_bytes([message; 16]);
    assert_eq!(
        told,
        [
            (message(2), unnamed, w.now()),
            (message(1), squats, first),
            (message(1), plank, first),
        ]
    );
    w.submit(EraseMember {
        id: ana,
        at: w.now(),
    })
    .await;
    assert_eq!(w.ask(asked).await.logged, []);
    w
}

fn end(w: &World, member: MemberId, day: u32, why: &str) -> OccurrenceEnd {
    OccurrenceEnd {
        member,
        occasion: format!("daily_workout:2026-11-{day}"),
        due_at: w.after(day),
        why: why.into(),
    }
}

pub(super) async fn an_occurrence_ends_once(w: World) -> World {
    let (ana, ben) = (w.member("Ana", &[]).await, w.member("Ben", &[]).await);
    let note = |ends: Vec<OccurrenceEnd>| NoteOccurrences { ends, at: w.now() };
    let rest = end(&w, ana.profile.id, 20, "rest_day");
    assert_eq!(w.submit(note(vec![rest.clone()])).await, 1);
    let again = end(&w, ana.profile.id, 20, "missed");
    let next = end(&w, ana.profile.id, 21, "paused");
    assert_eq!(w.submit(note(vec![again, next.clone()])).await, 1);
    let training = w
        .ask(TrainingOf {
            member: ana.profile.id,
            limit: 9,
        })
        .await;
    assert_eq!(training.occurrences, [next, rest.clone()]);
    let one = w
        .ask(TrainingOf {
            member: ana.profile.id,
            limit: 1,
        })
        .await;
    assert_eq!(one.occurrences.len(), 1);
    // Whoever has an end is not due any more.
    let due = w
        .ask(DueMembers {
            time_zone: ana.profile.time_zone.clone(),
            hours: None,
            occasion: rest.occasion,
            joined_by: w.now(),
            after: None,
            limit: 9,
            among: 9,
        })
        .await;
    let ids: Vec<_> = due.members.iter().map(|one| one.profile.id).collect();
    assert_eq!(ids, [ben.profile.id]);
    assert_eq!(w.submit(note(Vec::new())).await, 0);
    w
}

pub(super) async fn what_a_member_followed_goes_with_them_and_old_ends_go(w: World) -> World {
    let (ana, ben) = (
        w.member("Ana", &[]).await.profile.id,
        w.member("Ben", &[]).await.profile.id,
    );
    let monday = date(2026, 11, 23);
    for member in [ana, ben] {
        w.submit(enrol(&w, member, "legs", monday)).await;
        w.submit(SetPauses {
            member,
            pauses: vec![(monday, None)],
            at: w.now(),
        })
        .await;
        let ends = vec![end(&w, member, 20, "rest_day")];
        w.submit(NoteOccurrences { ends, at: w.now() }).await;
    }
    assert!(
        w.submit(EraseMember {
            id: ana,
            at: w.now()
        })
        .await
    );
    let training = w
        .ask(TrainingOf {
            member: ana,
            limit: 9,
        })
        .await;
    assert_eq!(training, TrainingRecord::default());
    let tidy = |days: u32| Tidy {
        at: w.now() + Seconds::new(days * 24 * 3600),
    };
    assert_eq!(w.submit(tidy(60)).await, 0);
    assert_eq!(w.submit(tidy(61)).await, 1);
    let training = w
        .ask(TrainingOf {
            member: ben,
            limit: 9,
        })
        .await;
    assert_eq!(
        (
            training.occurrences.len(),
            training.enrolments.len(),
            training.pauses.len()
        ),
        (0, 1, 1)
    );
    w
}
