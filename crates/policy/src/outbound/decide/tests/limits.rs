//! Rows about limits of the provider: what waits at one address, what goes elsewhere.

use domain::{Channel, Kind, Seconds};

use super::rows::rows;
use super::world::NOW;
use crate::outbound::{Reason, Wait};

#[test]
fn limits_of_one_address() {
    fn wait(why: Reason, seconds: u32) -> Wait {
        let until = NOW + Seconds::new(seconds);
        Wait { until, why }
    }
    rows(&[
        (
            "too fast for the person",
            |w| w.limits.anything = Some(wait(Reason::PairTooFast, 4)),
            "hold, pair_too_fast",
        ),
        (
            "that is over",
            |w| w.limits.anything = Some(wait(Reason::PairTooFast, 0)),
            "send text by whatsapp",
        ),
        (
            "who wrote a while ago is none of the people that are counted",
            |w| w.limits.outside_window = Some(wait(Reason::PeopleLimit, 60)),
            "send text by whatsapp",
        ),
        (
            "the others are",
            |w| {
                w.window = None;
                w.limits.outside_window = Some(wait(Reason::PeopleLimit, 60));
            },
            "hold, people_limit",
        ),
        (
            "room that comes after its end is none",
            |w| {
                w.window = None;
                w.expires_at = Some(NOW + Seconds::new(60));
                w.limits.outside_window = Some(wait(Reason::PeopleLimit, 60));
            },
            "send text by sms",
        ),
        (
            "and where there is no other channel it waits all the same",
            |w| {
                w.window = None;
                w.expires_at = Some(NOW + Seconds::new(60));
                w.wish = Some(Channel::Whatsapp);
                w.limits.outside_window = Some(wait(Reason::NewPeoplePaused, 60));
            },
            "hold, new_people_paused",
        ),
        (
            "what has knocked is counted already",
            |w| {
                w.window = None;
                w.knocked_at = Some(NOW);
                w.limits.outside_window = Some(wait(Reason::PeopleLimit, 60));
            },
            "hold, behind_knock",
        ),
        (
            "a cap on marketing is none on workouts",
            |w| w.limits.marketing = Some(wait(Reason::MarketingCapped, 60)),
            "send text by whatsapp",
        ),
        (
            "but it is on broadcasts",
            |w| {
                w.kind = Kind::Broadcast;
                w.limits.marketing = Some(wait(Reason::MarketingCapped, 60));
            },
            "hold, marketing_capped",
        ),
        (
            "a limit of WhatsApp is none of SMS",
            |w| {
                w.wish = Some(Channel::Sms);
                w.limits.outside_window = Some(wait(Reason::PeopleLimit, 60));
            },
            "send text by sms",
        ),
    ]);
}
