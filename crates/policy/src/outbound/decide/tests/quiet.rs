//! Rows about quiet hours: it is nine in the evening where Ana lives.

use domain::{Channel, Kind, Seconds};

use super::rows::rows;
use super::world::{NOW, World, with};
use crate::outbound::Decision;

fn at_night(world: &mut World) {
    world.settings.quiet_hours = "21-8".parse().unwrap();
}

#[test]
fn at_night_nothing_goes_that_was_not_asked_for_just_now() {
    rows(&[
        ("a workout waits", at_night, "hold, quiet_hours"),
        (
            "at the hour she chose it goes",
            |w| {
                at_night(w);
                w.chosen_hour = Some(21);
            },
            "send text by whatsapp",
        ),
        (
            "a workout she moved to this hour goes",
            |w| {
                at_night(w);
                w.not_before = Some(NOW);
            },
            "send text by whatsapp",
        ),
        (
            "news that were to go at night do not",
            |w| {
                at_night(w);
                w.kind = Kind::Broadcast;
                w.not_before = Some(NOW);
            },
            "hold, quiet_hours",
        ),
        (
            "that hour is for workouts alone",
            |w| {
                at_night(w);
                w.chosen_hour = Some(21);
                w.kind = Kind::Broadcast;
            },
            "hold, quiet_hours",
        ),
        (
            "an answer goes",
            |w| {
                at_night(w);
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Whatsapp);
            },
            "send text by whatsapp",
        ),
        (
            "what is urgent goes",
            |w| {
                at_night(w);
                w.critical = true;
            },
            "send text by whatsapp",
        ),
        (
            "nobody is knocked at",
            |w| {
                at_night(w);
                w.window = None;
            },
            "hold, quiet_hours",
        ),
        (
            "her country may have none",
            |w| {
                w.settings.quiet_hours = "21-8, US:off".parse().unwrap();
            },
            "send text by whatsapp",
        ),
        (
            "an operator's switch is told first",
            |w| {
                at_night(w);
                w.switches.everything = true;
            },
            "hold, everything_switched_off",
        ),
    ]);
}

#[test]
fn it_waits_for_the_morning_or_its_own_end() {
    let until = |expires_in: Option<u32>| {
        let world = with(|w| {
            at_night(w);
            w.expires_at = expires_in.map(|seconds| NOW + Seconds::new(seconds));
        });
        match world.judge().decision {
            Decision::Hold { until, .. } => until,
            other => panic!("{other:?}"),
        }
    };
    // Who chose six is up at six.
    assert_eq!(until(None), NOW + Seconds::new(9 * 3600));
    assert_eq!(until(Some(3600)), NOW + Seconds::new(3600));
}
