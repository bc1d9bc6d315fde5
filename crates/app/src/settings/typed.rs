//! From what was written to what is meant, setting by setting.

use std::net::SocketAddr;

use domain::{Channel, Kind, Seconds, Secret};
use policy::quiet_hours::QuietHours;
use providers::http::Reach;
use providers::smtp::{Server, ServerError};

use super::reader::Reader;
use super::{
    Answers, Billing, Carrier, CoachEngine, Database, Joining, Keywords, Log, LogFormat, Sending,
    Settings, Times, Twilio, Web, Whatsapp,
};

/// The shortest key that may guard the API.
const KEY_CHARACTERS_MIN: usize = 16;

pub(super) fn read(reader: &mut Reader) -> Settings {
    Settings {
        database: database(reader),
        guarded: true,
        web: web(reader),
        twilio: twilio(reader),
        whatsapp: whatsapp(reader),
        email: email(reader),
        sending: sending(reader),
        times: times(reader),
        log: log(reader),
        answers: answers(reader),
        billing: billing(reader),
        shown: Vec::new(),
    }
}

fn answers(reader: &mut Reader) -> Answers {
    let engines = [("rules", CoachEngine::Rules), ("model", CoachEngine::Model)];
    let calls = reader.whole("GYMTEXT_COACH_CALLS", 1, 256).unwrap_or(8);
    Answers {
        engine: reader.choice("GYMTEXT_COACH", &engines).unwrap_or_default(),
        api_key: reader.secret("OPENAI_API_KEY"),
        base_url: url(reader, "OPENAI_BASE_URL"),
        model: reader.text("GYMTEXT_COACH_MODEL"),
        prompt_file: reader.text("GYMTEXT_COACH_PROMPT").map(Into::into),
        patience: reader
            .seconds("GYMTEXT_COACH_TIMEOUT")
            .unwrap_or(Seconds::new(20)),
        budget: reader
            .whole("GYMTEXT_COACH_BUDGET", 0, 10_000)
            .unwrap_or(20),
        calls_max: usize::try_from(calls).unwrap_or(8),
    }
}

fn billing(reader: &mut Reader) -> Billing {
    let mut days = |name, most, default| {
        let days = reader.whole(name, 0, most).unwrap_or(default);
        Seconds::new(days * 86_400)
    };
    let (grace, trial, remind) = (
        days("GYMTEXT_SUBSCRIPTION_GRACE_DAYS", 60, 3),
        days("GYMTEXT_TRIAL_DAYS", 365, 0),
        days("GYMTEXT_RENEWAL_REMINDER_DAYS", 30, 3),
    );
    Billing {
        enabled: reader.flag("GYMTEXT_SUBSCRIPTIONS"),
        secret_key: reader.secret("STRIPE_SECRET_KEY"),
        webhook_secret: reader.secret("STRIPE_WEBHOOK_SECRET"),
        webhook_secret_secondary: reader.secret("STRIPE_WEBHOOK_SECRET_SECONDARY"),
        price_id: reader.text("STRIPE_PRICE_ID"),
        api_url: url(reader, "STRIPE_API_URL"),
        grace,
        trial,
        remind,
    }
}

fn database(reader: &mut Reader) -> Database {
    let text = reader.text("DATABASE_URL").unwrap_or_default();
    Database::read(&text).unwrap_or_else(|(what, remedy)| {
        reader.problem("DATABASE_URL", &what, remedy);
        Database::Sqlite("gymtext-data/gymtext.db".into())
    })
}

impl Database {
    /// An address as `DATABASE_URL` has it, or what is wrong with it and how it is written.
    fn read(text: &str) -> Result<Self, (String, &'static str)> {
        let path = match text.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path).to_owned(),
            Some(("postgres" | "postgresql", _)) => {
                return match store_postgres::check_address(text) {
                    Ok(()) => Ok(Self::Postgres(Secret::new(text))),
                    Err(why) => Err((why, "Write `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.")),
                };
            }
            _ => {
                return Err((
                    "is not an address of a database this version knows".into(),
                    "Write `sqlite://PATH`, such as sqlite://gymtext-data/gymtext.db, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.",
                ));
            }
        };
        if path.is_empty() || path == ":memory:" || path.contains(['?', '#']) || path.ends_with('/')
        {
            return Err((
                "does not name a file".into(),
                "Write `sqlite://PATH` with the path of a file, and nothing after it.",
            ));
        }
        Ok(Self::Sqlite(path.into()))
    }

    /// An address given on a command line. What is wrong is said without repeating it: it may hold a
    /// password.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::read(text).map_err(|(what, remedy)| format!("the address {what}. {remedy}"))
    }
}

fn web(reader: &mut Reader) -> Web {
    let address = "Write an IP address and a port, such as 127.0.0.1:8080.";
    let programme = reader.text("GYMTEXT_PROGRAMME").unwrap_or_default();
    if !policy::programme::read::is_slug(&programme) {
        reader.problem(
            "GYMTEXT_PROGRAMME",
            "is not what a programme is called",
            "Lower-case letters, digits and dashes, such as everyday.",
        );
    }
    let service_name = reader.text("GYMTEXT_SERVICE_NAME").unwrap_or_default();
    if service_name.is_empty()
        || service_name.chars().count() > 40
        || service_name.chars().any(char::is_control)
    {
        reader.problem(
            "GYMTEXT_SERVICE_NAME",
            "has 1 to 40 letters",
            "Choose a shorter name.",
        );
    }
    let api_key = reader.secret("GYMTEXT_API_KEY");
    let cron_secret = reader.secret("CRON_SECRET");
    for (name, secret) in [("GYMTEXT_API_KEY", &api_key), ("CRON_SECRET", &cron_secret)] {
        if secret
            .as_ref()
            .is_some_and(|secret| secret.expose().chars().count() < KEY_CHARACTERS_MIN)
        {
            reader.problem(
                name,
                format!("is shorter than {KEY_CHARACTERS_MIN} characters, which can be guessed"),
                "Make one: openssl rand -hex 24",
            );
        }
    }
    Web {
        public_url: url(reader, "PUBLIC_URL"),
        addr: reader
            .parsed("GYMTEXT_ADDR", address)
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
        inner_addr: reader
            .parsed("GYMTEXT_INNER_ADDR", address)
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9090))),
        api_key,
        cron_secret,
        webhook_reach: reader
            .choice(
                "GYMTEXT_WEBHOOKS_PRIVATE",
                &[
                    ("no", Reach::PublicOnly),
                    ("loopback", Reach::PublicOrHere),
                    ("yes", Reach::Anywhere),
                ],
            )
            .unwrap_or(Reach::PublicOnly),
        admins: reader.numbers("ADMIN_PHONE_NUMBERS").unwrap_or_default(),
        factor_required: reader
            .choice("ADMIN_TOTP", &[("optional", false), ("required", true)])
            .unwrap_or_default(),
        factor_reset: reader.numbers("ADMIN_TOTP_RESET").unwrap_or_default(),
        service_name,
        programme,
        joining: joining(reader),
    }
}

fn twilio(reader: &mut Reader) -> Twilio {
    let auth_token = reader.secret("TWILIO_AUTH_TOKEN");
    let auth_token_secondary = reader.secret("TWILIO_AUTH_TOKEN_SECONDARY");
    Twilio {
        carrier: reader
            .choice(
                "GYMTEXT_PROVIDER",
                &[("twilio", Carrier::Twilio), ("local", Carrier::Local)],
            )
            .unwrap_or(Carrier::Twilio),
        account_sid: reader.sid(
            "TWILIO_ACCOUNT_SID",
            "AC",
            "the front page of the Twilio console",
        ),
        auth_token,
        auth_token_secondary,
        number: reader.number("TWILIO_PHONE_NUMBER"),
        api_url: url(reader, "TWILIO_API_URL"),
        keywords: keywords(reader, "GYMTEXT_KEYWORDS_SMS", Keywords::Provider),
    }
}

fn keywords(reader: &mut Reader, name: &'static str, default: Keywords) -> Keywords {
    reader
        .choice(
            name,
            &[
                ("provider", Keywords::Provider),
                ("service", Keywords::Service),
            ],
        )
        .unwrap_or(default)
}

fn whatsapp(reader: &mut Reader) -> Whatsapp {
    let templates = [
        ("WHATSAPP_TEMPLATE_DAILY_WORKOUT", Kind::DailyWorkout),
        ("WHATSAPP_TEMPLATE_WEEKLY_CHECKIN", Kind::WeeklyCheckin),
        ("WHATSAPP_TEMPLATE_WELCOME", Kind::Welcome),
        (
            "WHATSAPP_TEMPLATE_SUBSCRIPTION_REMINDER",
            Kind::SubscriptionReminder,
        ),
    ]
    .into_iter()
    .filter_map(|(name, kind)| {
        reader
            .sid(
                name,
                "HX",
                "the Content Template Builder of the Twilio console",
            )
            .map(|sid| (kind, sid))
    })
    .collect();
    let percent = reader
        .whole("GYMTEXT_WHATSAPP_ROLLOUT", 0, 100)
        .unwrap_or(100);
    Whatsapp {
        enabled: reader.flag("WHATSAPP_ENABLED"),
        number: reader.number("WHATSAPP_PHONE_NUMBER"),
        templates,
        template_language: language(reader, "GYMTEXT_TEMPLATE_LANGUAGE"),
        template_folder: reader.text("GYMTEXT_TEMPLATES").map(Into::into),
        templates_every: reader
            .seconds("GYMTEXT_TEMPLATES_EVERY")
            .unwrap_or(Seconds::new(300)),
        rollout_percent: u8::try_from(percent).unwrap_or(100),
        cohorts: reader
            .text("GYMTEXT_WHATSAPP_COHORTS")
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|cohort| !cohort.is_empty())
            .map(Into::into)
            .collect(),
        keywords: keywords(reader, "GYMTEXT_KEYWORDS_WHATSAPP", Keywords::Service),
        pair_every: reader
            .seconds("GYMTEXT_WHATSAPP_PAIR_EVERY")
            .filter(|every| *every > Seconds::ZERO),
        every: pace(reader, "GYMTEXT_WHATSAPP_PER_SECOND"),
        people: reader.whole("GYMTEXT_WHATSAPP_PEOPLE", 1, 10_000_000),
    }
}

/// So many a second, as one every so long; `None` for 0, which leaves the pace to the provider.
fn pace(reader: &mut Reader, name: &'static str) -> Option<Seconds> {
    let per_second = reader.parsed::<f64>(name, "Write a number such as 10 or 0.5.")?;
    if per_second.classify() == std::num::FpCategory::Zero {
        return None;
    }
    let every = (per_second > 0.0)
        .then(|| Seconds::from_f64(per_second.recip()))
        .flatten()
        .filter(|every| *every > Seconds::ZERO);
    if every.is_none() {
        let next = "Write a number above 0, or 0 to leave it to the provider.";
        reader.problem(name, "is not a pace", next);
    }
    every
}

fn language(reader: &mut Reader, name: &'static str) -> String {
    let text = reader.text(name).unwrap_or_default();
    let fine = (2..=35).contains(&text.len())
        && text
            .split(['-', '_'])
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()));
    if fine {
        return text;
    }
    reader.problem(
        name,
        "is not a language tag",
        "Write one such as `en`, `es` or `pt-BR`.",
    );
    "en".into()
}

fn sending(reader: &mut Reader) -> Sending {
    let allow_list = if reader.is_set("GYMTEXT_ALLOW_LIST") {
        let list = reader.numbers("GYMTEXT_ALLOW_LIST").unwrap_or_default();
        if list.is_empty() {
            reader.problem(
                "GYMTEXT_ALLOW_LIST",
                "is set and names nobody",
                "Remove it to write to everybody, or name the numbers that may be written to.",
            );
        }
        Some(list)
    } else {
        None
    };
    let sms_every = pace(reader, "GYMTEXT_SMS_PER_SECOND");
    Sending {
        default_channel: reader
            .choice(
                "GYMTEXT_DEFAULT_CHANNEL",
                &[("sms", Channel::Sms), ("whatsapp", Channel::Whatsapp)],
            )
            .unwrap_or(Channel::Sms),
        default_locale: language(reader, "GYMTEXT_DEFAULT_LOCALE"),
        allow_list,
        calls_max: reader
            .whole("GYMTEXT_CALLS_MAX", 1, 4096)
            .map_or(96, |n| n as usize),
        attempts_max: reader
            .whole("GYMTEXT_ATTEMPTS_MAX", 1, 50)
            .and_then(|n| u8::try_from(n).ok())
            .unwrap_or(policy::retry::ATTEMPTS_MAX),
        sms_every,
        rates_file: reader.text("GYMTEXT_RATES").map(Into::into),
        fallback: reader
            .parsed(
                "GYMTEXT_FALLBACK",
                "Write kinds with seconds, `failure` or `never`: `daily_workout=3600, broadcast=failure, critical=120`.",
            )
            .unwrap_or_default(),
        smart_encoding: reader.flag("GYMTEXT_SMART_ENCODING"),
        country_channels: country_channels(reader, "GYMTEXT_COUNTRY_CHANNELS"),
        quiet_hours: quiet_hours(reader, "GYMTEXT_QUIET_HOURS"),
        caps: reader
            .parsed(
                "GYMTEXT_FREQUENCY_CAPS",
                "Write kinds with how many within how long, such as `broadcast:4/1d, daily_workout:2/12h`; or off.",
            )
            .unwrap_or_default(),
        budget: reader
            .parsed(
                "GYMTEXT_BUDGET",
                "Write an amount, a currency and a period, such as `20 USD/day, 400 USD/month`; or off.",
            )
            .unwrap_or_default(),
        double_opt_in: countries(reader, "GYMTEXT_DOUBLE_OPT_IN"),
        events_kept: super::events::kept(reader, "GYMTEXT_RETAIN_EVENTS_DAYS"),
        retention: reader
            .parsed(
                "GYMTEXT_RETAIN_BODIES",
                "Write days, and others for kinds: `365d, inbound=90d, welcome=keep`.",
            )
            .unwrap_or_default(),
    }
}

fn joining(reader: &mut Reader) -> Joining {
    let header = reader.text("GYMTEXT_CLIENT_ADDRESS_HEADER");
    let is_header = |name: &String| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if header.as_ref().is_some_and(|name| !is_header(name)) {
        reader.problem(
            "GYMTEXT_CLIENT_ADDRESS_HEADER",
            "is not the name of a header",
            "Write the one your proxy sets, such as x-forwarded-for.",
        );
    }
    let most = policy::login::Ceilings::default();
    Joining {
        countries: countries(reader, "GYMTEXT_JOIN_COUNTRIES"),
        codes_per_day: reader
            .whole("GYMTEXT_CODES_PER_DAY", 1, 1_000_000)
            .unwrap_or(most.per_day),
        codes_per_country: reader
            .whole("GYMTEXT_CODES_PER_COUNTRY", 1, 1_000_000)
            .unwrap_or(most.country_per_day),
        client_header: header
            .filter(is_header)
            .map(|name| name.to_ascii_lowercase()),
        privacy_folder: reader.text("GYMTEXT_PRIVACY_FOLDER").map(Into::into),
    }
}

/// Countries with the channel of their people, separated by commas: `BR:whatsapp,MX:whatsapp`.
fn country_channels(reader: &mut Reader, name: &'static str) -> Vec<(Box<str>, Channel)> {
    let text = reader.text(name).unwrap_or_default();
    let written = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    let read: Vec<Option<(Box<str>, Channel)>> = written
        .map(|one| {
            let (country, channel) = one.split_once(':')?;
            let country = country.trim();
            let fits = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
            let channel = channel.trim().parse::<Channel>().ok().filter(|_| fits)?;
            Some((country.to_ascii_uppercase().into(), channel))
        })
        .collect();
    if read.contains(&None) {
        reader.problem(
            name,
            "names something that is no country with a channel",
            "Write two letters by ISO 3166 and a channel for each, such as BR:whatsapp,MX:whatsapp.",
        );
    }
    read.into_iter().flatten().collect()
}

/// Spans of hours: `21-8, FR:20-10`.
fn quiet_hours(reader: &mut Reader, name: &'static str) -> QuietHours {
    let text = reader.text(name).unwrap_or_default();
    let read = text.parse::<QuietHours>();
    if let Err(no_span) = &read {
        reader.problem(
            name,
            format!("cannot be understood: {no_span}"),
            "Write two whole hours, such as 21-8; a country that wants others after it, such as 21-8,FR:20-10,BR:off; or off.",
        );
    }
    read.unwrap_or_default()
}

/// Countries, separated by commas.
fn countries(reader: &mut Reader, name: &'static str) -> Vec<Box<str>> {
    let text = reader.text(name).unwrap_or_default();
    let written = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    let (known, unknown): (Vec<_>, Vec<_>) = written.partition(|country| {
        country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    if !unknown.is_empty() {
        reader.problem(
            name,
            "names something that is no country",
            "Write their two letters by ISO 3166, such as DE,AT,CH.",
        );
    }
    known
        .into_iter()
        .map(|country| country.to_ascii_uppercase().into())
        .collect()
}

fn email(reader: &mut Reader) -> Option<Server> {
    let url = reader.secret("GYMTEXT_SMTP_URL");
    let from = reader.text("GYMTEXT_EMAIL_FROM");
    let (url, from) = match (url, from) {
        (None, None) => return None,
        (Some(url), Some(from)) => (url, from),
        (Some(_), None) => {
            reader.problem(
                "GYMTEXT_EMAIL_FROM",
                "is not set, and GYMTEXT_SMTP_URL is",
                "Name the address e-mail comes from.",
            );
            return None;
        }
        (None, Some(_)) => {
            reader.problem(
                "GYMTEXT_SMTP_URL",
                "is not set, and GYMTEXT_EMAIL_FROM is",
                "Name the mail server, or remove the address.",
            );
            return None;
        }
    };
    let server = Server::new(&url, &from);
    if let Err(error) = &server {
        let (name, mend) = match error {
            ServerError::Url => (
                "GYMTEXT_SMTP_URL",
                "Write `smtps://user:password@host:465`, user and password percent-encoded.",
            ),
            ServerError::From => (
                "GYMTEXT_EMAIL_FROM",
                "Write an address such as `Coach <coach@example.com>`.",
            ),
        };
        reader.problem(name, "cannot be used", mend);
    }
    server.ok()
}

fn times(reader: &mut Reader) -> Times {
    let validity = reader.seconds("GYMTEXT_VALIDITY");
    // facts/twilio.md: ValidityPeriod is 1 to 36,000 seconds.
    if validity.is_some_and(|v| !(Seconds::new(1)..=Seconds::new(36_000)).contains(&v)) {
        reader.problem(
            "GYMTEXT_VALIDITY",
            "is outside what Twilio takes",
            "Write 1 to 36000 seconds.",
        );
    }
    let five_minutes = Seconds::new(300);
    let quiet_period = reader
        .seconds("GYMTEXT_QUIET_PERIOD")
        .unwrap_or_else(|| validity.unwrap_or(Seconds::new(15 * 60)) + five_minutes);
    let mut or = |name, default| reader.seconds(name).unwrap_or(Seconds::new(default));
    Times {
        start_grace: or("GYMTEXT_START_GRACE", 2),
        provider_deadline: or("GYMTEXT_PROVIDER_DEADLINE", 10),
        lease: or("GYMTEXT_LEASE", 30),
        validity,
        quiet_period,
        receipt_wait: or("GYMTEXT_RECEIPT_WAIT", 600),
        window_margin: or("GYMTEXT_WINDOW_MARGIN", 120),
        burst: (or("GYMTEXT_BURST_GAP", 4), or("GYMTEXT_BURST_LONGEST", 12)),
        hand_over: or("GYMTEXT_HAND_OVER", 43_200),
        sweep_every: or("GYMTEXT_SWEEP_EVERY", 60),
        price_wait: or("GYMTEXT_PRICE_WAIT", 900),
        free_entry: or("GYMTEXT_FREE_ENTRY", 259_200),
    }
}

fn log(reader: &mut Reader) -> Log {
    let filter = reader.text("GYMTEXT_LOG").unwrap_or_else(|| "info".into());
    if let Err(error) = filter.parse::<tracing_subscriber::filter::EnvFilter>() {
        reader.problem(
            "GYMTEXT_LOG",
            format!("is not understood: {error}"),
            "Write `info`, or `warn,gymtext=debug`.",
        );
    }
    Log {
        filter,
        traces: super::traces::traces(reader),
        format: reader
            .choice(
                "GYMTEXT_LOG_FORMAT",
                &[
                    ("auto", LogFormat::Auto),
                    ("text", LogFormat::Text),
                    ("json", LogFormat::Json),
                ],
            )
            .unwrap_or(LogFormat::Auto),
    }
}

/// A base address: `https`, or `http` on this machine; no user, query or fragment. Without the
/// slash at its end.
fn url(reader: &mut Reader, name: &'static str) -> Option<String> {
    let text = reader.text(name)?;
    match base_url(&text) {
        Ok(url) => Some(url),
        Err(why) => {
            reader.problem(name, why, "Write an address such as https://coach.example.");
            None
        }
    }
}

fn base_url(text: &str) -> Result<String, &'static str> {
    let uri: http::Uri = text.parse().map_err(|_| "is not an address")?;
    let authority = uri
        .authority()
        .ok_or("is not a whole address: it needs `https://` and a host")?;
    if authority.as_str().contains('@') {
        return Err("has a user or password in it");
    }
    if text.contains(['?', '#']) {
        return Err("has a query or a fragment");
    }
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let here = host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") if here => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") => Err(
            "is `http` to another machine, where everybody on the way can read along; it has to be `https`",
        ),
        _ => Err("is neither `https` nor `http`"),
    }
}
