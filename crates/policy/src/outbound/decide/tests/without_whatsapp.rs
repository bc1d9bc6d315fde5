//! What would go by WhatsApp while nothing goes there: rolled back by an operator, or not switched on at all.

use domain::{Channel, ConsentState, Content, Kind, Text};

use super::rows::rows;
use super::world::template;

#[test]
fn what_would_go_by_whatsapp_goes_by_sms_or_waits_for_the_way_back() {
    rows(&[
        (
            "rolled back",
            |w| w.switches.rolled_back = true,
            "send text by sms",
        ),
        (
            "rolled back, and the caller wants WhatsApp",
            |w| {
                w.switches.rolled_back = true;
                w.wish = Some(Channel::Whatsapp);
            },
            "send text by sms",
        ),
        (
            "rolled back, and the question came by WhatsApp",
            |w| {
                w.switches.rolled_back = true;
                w.kind = Kind::ChatReply;
                w.reply_to = Some(Channel::Whatsapp);
            },
            "send text by sms",
        ),
        (
            "rolled back, and the words are a template's",
            |w| {
                w.switches.rolled_back = true;
                w.window = None;
                let wanted = Some(template("daily_workout", &["1", "2"]));
                w.content = Content::new(Text::default(), vec![], wanted).unwrap();
            },
            "send text by sms",
        ),
        (
            "rolled back, and no consent for SMS",
            |w| {
                w.switches.rolled_back = true;
                w.sms.1 = ConsentState::Unknown;
            },
            "hold, rolled_back",
        ),
        (
            "rolled back, and a stop on SMS",
            |w| {
                w.switches.rolled_back = true;
                w.sms.1 = ConsentState::OptedOut;
            },
            "hold, rolled_back",
        ),
        (
            "rolled back, and a stop on WhatsApp",
            |w| {
                w.switches.rolled_back = true;
                w.whatsapp.1 = ConsentState::OptedOut;
            },
            "suppressed, opted_out",
        ),
        (
            "rolled back, and no consent at all",
            |w| {
                w.switches.rolled_back = true;
                w.sms.1 = ConsentState::Unknown;
                w.whatsapp.1 = ConsentState::Unknown;
            },
            "suppressed, consent_unknown",
        ),
        (
            "rolled back, and a knock",
            |w| {
                w.switches.rolled_back = true;
                w.kind = Kind::Knock;
                w.wish = Some(Channel::Whatsapp);
            },
            "suppressed, rolled_back",
        ),
        (
            "rolled back, and the word for a stop on WhatsApp",
            |w| {
                w.switches.rolled_back = true;
                w.kind = Kind::KeywordReply;
                w.wish = Some(Channel::Whatsapp);
                w.reply_to = Some(Channel::Whatsapp);
            },
            "hold, rolled_back",
        ),
        (
            "WhatsApp off, and the caller wants WhatsApp",
            |w| {
                w.settings.whatsapp_enabled = false;
                w.wish = Some(Channel::Whatsapp);
            },
            "send text by sms",
        ),
    ]);
}
