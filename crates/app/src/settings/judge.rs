//! Settings judged together: what each needs of the others before the service may start.

use domain::{Channel, Kind, Seconds};

use super::{Carrier, CoachEngine, Problem, Settings};

/// What the lease must leave for clocks and scheduling besides the grace and the deadline.
const LEASE_MARGIN: Seconds = Seconds::new(5);

pub(super) fn together(
    settings: &Settings,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) {
    times(settings, problems, warnings);
    if settings.twilio.carrier == Carrier::Twilio {
        twilio(settings, problems);
    } else {
        warnings.push(Problem::of(
            "GYMTEXT_PROVIDER",
            "is `local`: messages are written down and nobody gets them",
            "Set it to `twilio` to send.",
        ));
    }
    whatsapp(settings, problems, warnings);
    web(settings, problems, warnings);
    billing(settings, problems);
    answers(settings, problems);
}

fn answers(settings: &Settings, problems: &mut Vec<Problem>) {
    let answers = &settings.answers;
    if answers.engine == CoachEngine::Rules {
        return;
    }
    if answers.model.is_none() {
        once(
            problems,
            "GYMTEXT_COACH_MODEL",
            "is not set, and GYMTEXT_COACH says that a model answers",
            "Set it to the model's name as its endpoint calls it, or GYMTEXT_COACH to rules.",
        );
    }
    if answers.api_key.is_none() && answers.base_url.is_none() {
        once(
            problems,
            "OPENAI_API_KEY",
            "is not set, and neither is OPENAI_BASE_URL: OpenAI answers nobody without a key",
            "Set the key, or the address of a model of your own.",
        );
    }
    if !(Seconds::from_millis(100)..=Seconds::new(120)).contains(&answers.patience) {
        problems.push(Problem::of(
            "GYMTEXT_COACH_TIMEOUT",
            "is not from 0.1 to 120 seconds",
            "Members wait so long at most before a person has to look; 20 is a good value.",
        ));
    }
}

fn billing(settings: &Settings, problems: &mut Vec<Problem>) {
    let billing = &settings.billing;
    if !billing.enabled {
        return;
    }
    for (name, is_set, what) in [
        (
            "STRIPE_SECRET_KEY",
            billing.secret_key.is_some(),
            "the secret key of the Stripe account",
        ),
        (
            "STRIPE_WEBHOOK_SECRET",
            billing.webhook_secret.is_some(),
            "the signing secret of the webhook at PUBLIC_URL/api/stripe/webhook",
        ),
        (
            "STRIPE_PRICE_ID",
            billing.price_id.is_some(),
            "the recurring price of a subscription",
        ),
    ] {
        if !is_set {
            once(
                problems,
                name,
                "is not set, and GYMTEXT_SUBSCRIPTIONS says that members pay",
                &format!("Set it to {what}, or GYMTEXT_SUBSCRIPTIONS to false."),
            );
        }
    }
}

/// Adds a problem unless that setting has one already: one that could not be read is not missing too.
fn once(problems: &mut Vec<Problem>, name: &'static str, what: &str, remedy: &str) {
    if !problems.iter().any(|problem| problem.setting == Some(name)) {
        problems.push(Problem::of(name, what, remedy));
    }
}

fn times(settings: &Settings, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
    let times = &settings.times;
    let least = times.start_grace + times.provider_deadline + LEASE_MARGIN;
    if times.lease < least {
        problems.push(Problem::of(
            "GYMTEXT_LEASE",
            format!(
                "is {} s, shorter than start grace {} s + provider deadline {} s + 5 s: an attempt could be given \
                 up while it is still being made",
                times.lease.as_f64(),
                times.start_grace.as_f64(),
                times.provider_deadline.as_f64()
            ),
            format!("Make it at least {}, or the other two shorter.", least.as_f64()),
        ));
    }
    for (name, value) in [
        ("GYMTEXT_START_GRACE", times.start_grace),
        ("GYMTEXT_PROVIDER_DEADLINE", times.provider_deadline),
        ("GYMTEXT_SWEEP_EVERY", times.sweep_every),
        ("GYMTEXT_RECEIPT_WAIT", times.receipt_wait),
        ("GYMTEXT_QUIET_PERIOD", times.quiet_period),
    ] {
        if value == Seconds::ZERO {
            problems.push(Problem::of(
                name,
                "is 0",
                "Write a number of seconds above 0.",
            ));
        }
    }
    if times.quiet_period < times.validity.unwrap_or(Seconds::new(15 * 60)) {
        warnings.push(Problem::of(
            "GYMTEXT_QUIET_PERIOD",
            "is shorter than an SMS may wait at the provider",
            "A message whose outcome is unknown may be repeated while the first is still on its way; leave it out \
             outside of tests.",
        ));
    }
    if times.window_margin >= Seconds::new(24 * 3600) {
        problems.push(Problem::of(
            "GYMTEXT_WINDOW_MARGIN",
            "is as long as the window itself, so that no free text could ever be sent",
            "120 is a good value.",
        ));
    }
}

fn twilio(settings: &Settings, problems: &mut Vec<Problem>) {
    let twilio = &settings.twilio;
    let try_out = "Or try the service without an account: `gymtext demo`.";
    if twilio.account_sid.is_none() {
        once(
            problems,
            "TWILIO_ACCOUNT_SID",
            "is not set",
            &format!("Copy it from the front page of the Twilio console. {try_out}"),
        );
    }
    if twilio.auth_token.is_none() {
        once(
            problems,
            "TWILIO_AUTH_TOKEN",
            "is not set",
            "Copy it from the front page of the Twilio console; an API key cannot stand in, webhooks are signed with it.",
        );
    }
    if twilio.number.is_none() && settings.whatsapp.number.is_none() {
        once(
            problems,
            "TWILIO_PHONE_NUMBER",
            "is not set, and neither is WHATSAPP_PHONE_NUMBER: there is no number to send from",
            "Set the number you bought, in E.164 form.",
        );
    }
    let stand_in = twilio
        .api_url
        .as_deref()
        .is_some_and(|url| url.starts_with("http://"));
    if settings.web.public_url.is_none() && !stand_in {
        once(
            problems,
            "PUBLIC_URL",
            "is not set: Twilio could not reach this service, and its signatures could not be checked",
            "Set the https address at which Twilio reaches it, such as https://coach.example.",
        );
    }
    if let (Some(first), Some(second)) = (&twilio.auth_token, &twilio.auth_token_secondary)
        && first == second
    {
        problems.push(Problem::of(
            "TWILIO_AUTH_TOKEN_SECONDARY",
            "is the same as TWILIO_AUTH_TOKEN",
            "Leave it out once a rotation is over.",
        ));
    }
}

fn whatsapp(settings: &Settings, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
    let whatsapp = &settings.whatsapp;
    if !whatsapp.enabled {
        if settings.sending.default_channel == Channel::Whatsapp {
            problems.push(Problem::of(
                "GYMTEXT_DEFAULT_CHANNEL",
                "is `whatsapp` while WhatsApp is off",
                "Set WHATSAPP_ENABLED to `true`, or the channel to `sms`.",
            ));
        }
        return;
    }
    if whatsapp.number.is_none() {
        once(
            problems,
            "WHATSAPP_PHONE_NUMBER",
            "is not set while WHATSAPP_ENABLED is true",
            "Set your WhatsApp sender's number in E.164 form, or turn WhatsApp off.",
        );
    }
    let missing: Vec<&str> = [
        Kind::DailyWorkout,
        Kind::WeeklyCheckin,
        Kind::Welcome,
        Kind::SubscriptionReminder,
    ]
    .into_iter()
    .filter(|kind| whatsapp.templates.iter().all(|(known, _)| known != kind))
    .map(Kind::as_str)
    .collect();
    if !missing.is_empty() {
        warnings.push(Problem::general(
            format!(
                "no WHATSAPP_TEMPLATE_… names a template for {}",
                missing.join(", ")
            ),
            "Those of the files are used once they are approved: `gymtext templates submit` asks for it, and `list` tells. Until then these go by SMS or wait, outside the 24 hours after a member wrote.",
        ));
    }
    let mut ids: Vec<&str> = whatsapp
        .templates
        .iter()
        .map(|(_, sid)| sid.as_str())
        .collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
        warnings.push(Problem::general(
            "two WHATSAPP_TEMPLATE_… settings have the same id",
            "Each kind needs a template of its own, or members read the wrong one.",
        ));
    }
}

fn web(settings: &Settings, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
    let web = &settings.web;
    if web.addr == web.inner_addr && web.addr.port() != 0 {
        problems.push(Problem::of(
            "GYMTEXT_INNER_ADDR",
            "is the same as GYMTEXT_ADDR",
            "Give the inner listener a port of its own.",
        ));
    }
    if !web.inner_addr.ip().is_loopback() {
        warnings.push(Problem::of(
            "GYMTEXT_INNER_ADDR",
            "is not on this machine only, and the inner listener asks nobody who they are",
            "Use 127.0.0.1, or make sure that only your own network reaches it.",
        ));
    }
    if web.api_key.is_none() {
        warnings.push(Problem::of(
            "GYMTEXT_API_KEY",
            "is not set: the API refuses every call",
            "Make one: openssl rand -hex 24",
        ));
    }
    if settings.sending.allow_list.is_some() {
        warnings.push(Problem::of(
            "GYMTEXT_ALLOW_LIST",
            "is set: nobody else is written to",
            "Remove it in production.",
        ));
    }
}
