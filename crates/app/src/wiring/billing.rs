//! Who takes payments, from the settings.

use domain::Secret;
use engine::subscriptions::{Billing, Terms};
use providers::Stripe;
use providers::http::Limits;

use crate::settings::Settings;

/// Connections to whoever takes payments: one question at a time, and people who want to pay.
const CONNECTIONS_MAX: usize = 16;

/// Who takes payments; `None` where nobody pays.
pub(super) fn billing(settings: &Settings) -> anyhow::Result<Option<Billing>> {
    let set = &settings.billing;
    let (true, Some(secret_key), Some(price)) = (set.enabled, &set.secret_key, &set.price_id)
    else {
        return Ok(None);
    };
    let stripe = Stripe::new(&providers::stripe::Settings {
        secret_key: secret_key.clone(),
        api_url: set.api_url.clone(),
        limits: Limits {
            connections_max: CONNECTIONS_MAX,
            deadline: settings.times.provider_deadline.to_duration(),
            ..Limits::default()
        },
    })?;
    Ok(Some(Billing {
        stripe,
        price: price.clone(),
        terms: Terms {
            grace: set.grace,
            trial: set.trial,
        },
        remind: set.remind,
        public_url: settings.public_url(),
    }))
}

/// What may have signed its webhooks.
pub(super) fn webhook_secrets(settings: &Settings) -> Vec<Secret> {
    let set = &settings.billing;
    let secrets = [&set.webhook_secret, &set.webhook_secret_secondary];
    secrets.into_iter().flatten().cloned().collect()
}
