//! Our own numbers, who carries them, and the templates, from the settings.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::{Channel, Clock, Handle, Kind, PhoneNumber, ProviderName, Seconds};
use engine::{KeywordOwner, SenderSetting, TemplateSetting};
use policy::pacing::Rate;
use providers::http::Limits;
use providers::{Local, Provider, SenderHost, Smtp, StatusCallback, TemplateHost, Twilio, WebChat};

use crate::settings::{Carrier, Keywords, Settings};

/// How many messages a pair of numbers may exchange at once on WhatsApp after a pause: well below
/// the 45 that Meta lends (facts/whatsapp.md 1.7).
const PAIR_BURST: u32 = 10;

/// How many SMS may leave at once after a pause, where our number has a pace of its own.
const SMS_BURST: u32 = 3;

/// Connections kept free for asking the provider, besides those that send.
const CONNECTIONS_SPARE: usize = 8;

/// Who carries messages.
pub(crate) struct Carriers {
    /// Our numbers.
    pub(crate) senders: Vec<SenderSetting>,
    /// Who keeps templates.
    pub(crate) template_host: Arc<dyn TemplateHost>,
    /// Who knows how our numbers stand.
    pub(crate) sender_host: Arc<dyn SenderHost>,
    /// The local provider, when it carries: its receipts must be fetched.
    pub(crate) local: Option<Arc<Local>>,
}

/// Everybody who carries messages: of phone numbers, a mail server where there is one, and our own page.
pub(crate) fn carriers(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Carriers> {
    let mut carriers = of_numbers(settings, clock)?;
    carriers.senders.extend(mail(settings));
    carriers.senders.push(web_chat());
    Ok(carriers)
}

/// Our address for e-mail.
fn mail(settings: &Settings) -> Option<SenderSetting> {
    let server = settings.email.clone()?;
    let address: &str = server.from().email.as_ref();
    let handle = Handle::Email(address.into());
    let unsubscribe = format!("{}/email/unsubscribe/", settings.public_url());
    let deadline = settings.times.provider_deadline.to_duration();
    Some(SenderSetting {
        channel: Channel::Email,
        provider: ProviderName::Smtp,
        handle,
        keywords: KeywordOwner::Service,
        carrier: Arc::new(Smtp::new(server, &unsubscribe, deadline)),
        callback: None,
    })
}

/// Ourselves in the web chat.
fn web_chat() -> SenderSetting {
    SenderSetting {
        channel: Channel::Web,
        provider: ProviderName::Websocket,
        handle: Handle::Service,
        keywords: KeywordOwner::Service,
        carrier: Arc::new(WebChat),
        callback: None,
    }
}

fn of_numbers(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Carriers> {
    match settings.twilio.carrier {
        Carrier::Twilio => {
            let twilio = Arc::new(twilio(settings)?);
            let public_url = settings.public_url();
            let callback = |path: &str| Some(StatusCallback::new(&format!("{public_url}{path}")));
            let sms = settings.twilio.number.as_ref().map(|number| SenderSetting {
                callback: callback("/api/twilio/status"),
                ..sender(
                    settings,
                    Channel::Sms,
                    ProviderName::Twilio,
                    number,
                    Arc::clone(&twilio) as _,
                )
            });
            let whatsapp = settings
                .whatsapp
                .number
                .as_ref()
                .map(|number| SenderSetting {
                    callback: callback("/api/whatsapp/status"),
                    ..sender(
                        settings,
                        Channel::Whatsapp,
                        ProviderName::Whatsapp,
                        number,
                        Arc::clone(&twilio) as _,
                    )
                });
            let whatsapp = whatsapp.filter(|_| settings.whatsapp.enabled);
            Ok(Carriers {
                senders: sms.into_iter().chain(whatsapp).collect(),
                template_host: Arc::clone(&twilio) as _,
                sender_host: twilio,
                local: None,
            })
        }
        Carrier::Local => {
            let local = Arc::new(Local::new(Arc::clone(clock)));
            // Without numbers of our own, made-up ones: nobody is called by them.
            let made_up: PhoneNumber =
                "+15005550006".parse().context("a made-up number is none")?;
            let number = settings.twilio.number.as_ref().unwrap_or(&made_up);
            let whatsapp = settings.whatsapp.number.as_ref().unwrap_or(number);
            let mut senders = vec![sender(
                settings,
                Channel::Sms,
                ProviderName::Local,
                number,
                Arc::clone(&local) as _,
            )];
            if settings.whatsapp.enabled {
                senders.push(sender(
                    settings,
                    Channel::Whatsapp,
                    ProviderName::Local,
                    whatsapp,
                    Arc::clone(&local) as _,
                ));
            }
            Ok(Carriers {
                senders,
                template_host: Arc::clone(&local) as _,
                sender_host: Arc::clone(&local) as _,
                local: Some(local),
            })
        }
    }
}

fn sender(
    settings: &Settings,
    channel: Channel,
    provider: ProviderName,
    number: &PhoneNumber,
    carrier: Arc<dyn Provider>,
) -> SenderSetting {
    let owner = if channel == Channel::Whatsapp {
        settings.whatsapp.keywords
    } else {
        settings.twilio.keywords
    };
    SenderSetting {
        channel,
        provider,
        handle: Handle::Phone(number.clone()),
        keywords: match owner {
            // The local provider answers nobody.
            Keywords::Provider if provider != ProviderName::Local => KeywordOwner::Provider,
            Keywords::Provider | Keywords::Service => KeywordOwner::Service,
        },
        carrier,
        callback: None,
    }
}

/// The Twilio client of these settings.
pub(crate) fn twilio(settings: &Settings) -> anyhow::Result<Twilio> {
    let sid = settings
        .twilio
        .account_sid
        .as_deref()
        .context("TWILIO_ACCOUNT_SID is not set")?;
    let token = settings
        .twilio
        .auth_token
        .clone()
        .context("TWILIO_AUTH_TOKEN is not set")?;
    let mut account = providers::twilio::Settings::new(sid, token);
    account.api_url = settings.twilio.api_url.as_deref().map(Into::into);
    account.limits = Limits {
        connections_max: settings.sending.calls_max + CONNECTIONS_SPARE,
        deadline: settings.times.provider_deadline.to_duration(),
        idle: Duration::from_secs(30),
    };
    Ok(Twilio::new(&account)?)
}

/// The four templates of the settings. Their words are the operator's; these are their variables.
pub(crate) fn templates(settings: &Settings) -> Vec<TemplateSetting> {
    settings
        .whatsapp
        .templates
        .iter()
        .map(|(kind, sid)| TemplateSetting {
            name: kind.as_str().to_owned(),
            provider_template_id: sid.clone(),
            language: settings.whatsapp.template_language.clone(),
            approved: true,
            variables: variables(*kind),
            body: None,
        })
        .collect()
}

fn variables(kind: Kind) -> Vec<Box<str>> {
    match kind {
        Kind::DailyWorkout => vec!["1".into(), "2".into()],
        _ => vec!["1".into()],
    }
}

/// The engine's settings.
pub(crate) fn engine_settings(settings: &Settings) -> engine::Settings {
    let sending = &settings.sending;
    let rate = |every: Seconds, burst| Rate { every, burst };
    engine::Settings {
        start_grace: settings.times.start_grace,
        lease: settings.times.lease,
        validity: settings.times.validity,
        quiet_period: settings.times.quiet_period,
        receipt_wait: settings.times.receipt_wait,
        sweep_every: settings.times.sweep_every,
        price_wait: settings.times.price_wait,
        free_entry: settings.times.free_entry,
        templates_every: settings.whatsapp.templates_every,
        calls_max: sending.calls_max,
        attempts_max: sending.attempts_max,
        burst: policy::burst::Pace {
            gap: settings.times.burst.0,
            longest: settings.times.burst.1,
        },
        hand_over: settings.times.hand_over,
        coach: engine::coach::CoachSettings {
            patience: settings.answers.patience.to_duration(),
            budget: settings.answers.budget,
        },
        service_name: settings.web.service_name.clone(),
        programme: settings.web.programme.clone(),
        double_opt_in: sending.double_opt_in.clone(),
        budget: sending.budget,
        retention: sending.retention.clone(),
        events_kept: sending.events_kept,
        rates: sending
            .sms_every
            .map(|every| (Channel::Sms, rate(every, SMS_BURST)))
            .into_iter()
            .chain(settings.whatsapp.every.map(|every| {
                // A second's worth at once.
                let a_second = Seconds::new(1).as_micros() / every.as_micros().max(1);
                let burst = u32::try_from(a_second).unwrap_or(u32::MAX).max(1);
                (Channel::Whatsapp, rate(every, burst))
            }))
            .collect::<BTreeMap<_, _>>(),
        whatsapp_pair: settings
            .whatsapp
            .pair_every
            .map(|every| rate(every, PAIR_BURST)),
        whatsapp_people: settings.whatsapp.people,
        codes: engine::logins::CodeSettings {
            countries: settings.web.joining.countries.clone(),
            ceilings: policy::login::Ceilings {
                per_day: settings.web.joining.codes_per_day,
                country_per_day: settings.web.joining.codes_per_country,
                ..policy::login::Ceilings::default()
            },
        },
        admins: settings.web.admins.clone(),
        factor_required: settings.web.factor_required,
        webhook_reach: settings.web.webhook_reach,
        planner: policy::outbound::Settings {
            whatsapp_enabled: settings.whatsapp.enabled,
            whatsapp_rollout_percent: settings.whatsapp.rollout_percent,
            whatsapp_cohorts: settings.whatsapp.cohorts.clone(),
            country_channels: sending.country_channels.clone(),
            quiet_hours: sending.quiet_hours.clone(),
            caps: sending.caps.clone(),
            default_channel: sending.default_channel,
            default_locale: sending.default_locale.as_str().into(),
            provider_deadline: settings.times.provider_deadline,
            window_margin: settings.times.window_margin,
            fallback: sending.fallback.clone(),
            smart_encoding: sending.smart_encoding,
            allow_list: sending
                .allow_list
                .as_ref()
                .map(|numbers| numbers.iter().cloned().map(Handle::Phone).collect()),
            ..policy::outbound::Settings::default()
        },
    }
}
