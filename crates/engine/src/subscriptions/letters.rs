//! What members are written about their plan. Consent, channel and template are judged where everything is
//! (`policy::outbound`): a letter about money is no exception.

use std::collections::BTreeMap;

use domain::{Content, Kind, TemplateUse, Text, Timestamp};
use jiff::civil::Date;
use policy::letters::{day_of_month, payment_failed, plan_ended, renewal};
use policy::schedule::zone;
use policy::subscription::Letter;
use store::StoreError;
use store::records::{Member, NewMessage, SubscriptionRecord};

use crate::{Draft, Engine, EngineError};

use super::Billing;

impl Engine {
    /// The letter about a change, as a message that is not stored yet.
    pub(super) async fn letter(
        &self,
        billing: &Billing,
        letter: Letter,
        member: &Member,
        about: &SubscriptionRecord,
    ) -> Result<Box<NewMessage>, EngineError> {
        let profile = &member.profile;
        let (name, locale) = (profile.name.as_str(), profile.locale.as_str());
        let service = &self.inner.settings.service_name;
        let (text, template, occasion) = match letter {
            Letter::PaymentFailed => {
                let until = local(member, about.period_start + billing.terms.grace);
                let link = format!("{}/me", billing.public_url);
                (
                    payment_failed(name, service, until, &link, locale),
                    template("payment_failed", name, Some(until), locale),
                    format!("payment_failed:{}:{}", about.id, about.period_start),
                )
            }
            Letter::Ended => {
                let link = self.checkout_link(profile.id).await?;
                (
                    plan_ended(name, service, &link, locale),
                    template("plan_ended", name, None, locale),
                    format!("plan_ended:{}", about.id),
                )
            }
        };
        let mut draft = draft_of(member, &text, template)?;
        draft.occasion = Some(occasion);
        Ok(Box::new(self.new_message(draft)))
    }

    /// The reminder that a plan will be renewed.
    pub(super) fn renewal(
        &self,
        billing: &Billing,
        member: &Member,
        about: &SubscriptionRecord,
    ) -> Result<Box<NewMessage>, EngineError> {
        let profile = &member.profile;
        let (name, locale) = (profile.name.as_str(), profile.locale.as_str());
        let date = local(member, about.period_end);
        let link = format!("{}/me", billing.public_url);
        let service = &self.inner.settings.service_name;
        let text = renewal(name, service, date, &link, locale);
        let template = template("subscription_reminder", name, Some(date), locale);
        let mut draft = draft_of(member, &text, template)?;
        draft.occasion = Some(format!("renewal:{}:{}", about.id, about.period_end));
        // After it, it would be wrong.
        draft.expires_at = Some(about.period_end);
        Ok(Box::new(self.new_message(draft)))
    }
}

/// A letter with this text, and its template where that is needed.
fn draft_of(
    member: &Member,
    text: &str,
    template: Option<TemplateUse>,
) -> Result<Draft, EngineError> {
    let content = Content::new(Text::new(text), Vec::new(), template).map_err(|error| {
        StoreError::Unavailable(format!("no letter about a plan could be made: {error}"))
    })?;
    let mut draft = Draft::new(member.profile.id, content);
    // Nobody is woken about money: it has quiet hours.
    draft.kind = Kind::SubscriptionReminder;
    draft.queue = "billing".parse().unwrap_or_default();
    Ok(draft)
}

/// The date where a member lives.
fn local(member: &Member, at: Timestamp) -> Date {
    let zone = zone(&member.profile.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_jiff().to_zoned(zone).date()
}

/// Its template on WhatsApp: the member's first name, and a date where it has one.
fn template(kind: &str, name: &str, date: Option<Date>, locale: &str) -> Option<TemplateUse> {
    let first = name.split_whitespace().next().unwrap_or(".");
    let date = date.map(|date| day_of_month(date, locale));
    let values = [Some(first.to_owned()), date].into_iter().flatten();
    let values: BTreeMap<Box<str>, Text> = values
        .zip(1..)
        .map(|(value, number): (String, usize)| (number.to_string().into(), Text::from(value)))
        .collect();
    TemplateUse::new(kind, values).ok()
}
