//! A message that follows another one which did not arrive (GUARANTEES 2.7).

use domain::{Channel, ConsentState, Kind};

use super::rows::{Change, rows};
use super::world::{World, with};

#[test]
fn what_follows_a_message_that_did_not_arrive_goes_elsewhere_or_nowhere() {
    rows(&[
        (
            "after WhatsApp",
            |w| w.tried = vec![Channel::Whatsapp],
            "send text by sms",
        ),
        (
            "after both",
            |w| w.tried = vec![Channel::Whatsapp, Channel::Sms],
            "suppressed, no_channel",
        ),
        (
            "it arrived after all",
            |w| {
                w.tried = vec![Channel::Whatsapp];
                w.arrived = true;
            },
            "cancelled, arrived_elsewhere",
        ),
        (
            "they said stop where it was sent",
            |w| {
                w.tried = vec![Channel::Whatsapp];
                w.whatsapp.1 = ConsentState::OptedOut;
            },
            "suppressed, opted_out",
        ),
        (
            "they said stop where it was sent, and it is critical",
            |w| {
                w.tried = vec![Channel::Whatsapp];
                w.whatsapp.1 = ConsentState::OptedOut;
                w.critical = true;
            },
            "send text by sms",
        ),
        (
            "nothing is known of the other channel",
            |w| {
                w.tried = vec![Channel::Whatsapp];
                w.sms.1 = ConsentState::Unknown;
            },
            "suppressed, consent_unknown",
        ),
    ]);
}

#[test]
fn only_what_could_go_on_elsewhere_is_watched() {
    let goes_on = |change: Change| with(change).judge().goes_on;
    assert!(goes_on(|_| {}), "WhatsApp now, SMS is there");
    assert!(!goes_on(|w| w.sms.1 = ConsentState::Unknown), "no consent");
    assert!(!goes_on(|w| w.sms_sender = None), "no number of ours");
    assert!(!goes_on(|w| w.kind = Kind::Broadcast), "not said twice");
    assert!(!goes_on(|w| w.wish = Some(Channel::Whatsapp)), "asked for");
    assert!(goes_on(|w| {
        w.wish = Some(Channel::Whatsapp);
        w.critical = true;
    }));
    let tried = |w: &mut World| w.tried = vec![Channel::Sms];
    assert!(!goes_on(tried), "it came from there");
}
