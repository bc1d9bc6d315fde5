//! What a form costs on its channel (facts/whatsapp.md 2, facts/twilio.md 12).

use domain::{Channel, Currency, Money, Timestamp};

use super::super::decision::Form;
use super::super::facts::{AddressFacts, Facts};
use super::Ready;
use crate::pricing::{Estimate, Item, NoPrice};
use crate::templates::Category;

/// What a message of this form costs this member. Cheap: a few look-ups, nothing allocated.
pub(in super::super) fn price(
    facts: &Facts<'_>,
    address: &AddressFacts<'_>,
    ready: &Ready,
    now: Timestamp,
) -> Estimate {
    let cards = &facts.settings.rate_cards;
    let country = facts.member.country;
    match address.address.channel {
        Channel::Sms => match (&ready.form, &ready.segments) {
            (_, Some(segments)) => cards.sms(country, segments.count, now),
            (Form::Text { .. }, None) => cards.mms(country, now),
            (Form::Template { .. } | Form::Interactive { .. } | Form::Location { .. }, None) => {
                Estimate::Unknown(NoPrice::NoRate)
            }
        },
        Channel::Whatsapp if ready.form.is_free() => whatsapp(facts, address, Item::Service, now),
        Channel::Whatsapp => template(facts, address, ready.category, now),
        Channel::Email => Estimate::Unknown(NoPrice::NoRate),
        // Our own page.
        Channel::Web => Estimate::Known {
            amount: Money::from_micros(0, Currency::USD),
            as_of: now,
        },
    }
}

/// What a WhatsApp template of this category costs.
pub(in super::super) fn template(
    facts: &Facts<'_>,
    address: &AddressFacts<'_>,
    category: Option<Category>,
    now: Timestamp,
) -> Estimate {
    let is_open = address.window.is_some_and(|window| now < window.ends_at);
    let item = match category {
        Some(Category::Utility) if is_open => Item::UtilityInWindow,
        Some(Category::Utility) => Item::Utility,
        Some(Category::Marketing) => Item::Marketing,
        Some(Category::Authentication) => Item::Authentication,
        None => return Estimate::Unknown(NoPrice::CategoryUnknown),
    };
    whatsapp(facts, address, item, now)
}

fn whatsapp(facts: &Facts<'_>, address: &AddressFacts<'_>, item: Item, now: Timestamp) -> Estimate {
    let number = address.address.handle.as_str();
    let cards = &facts.settings.rate_cards;
    if address.free_entry.is_free(now) {
        return cards.whatsapp_free_entry(number, facts.member.country, now);
    }
    cards.whatsapp(number, facts.member.country, item, now)
}
