//! Every setting there is, declared once: `gymtext config`, `docs/SETTINGS.md` and
//! `settings.example.toml` are made from this table, and a key that is not in it is refused by name.

pub use super::group::Group;

/// How a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is.
    Plain,
    /// Only that it is set.
    Secret,
    /// People's numbers: masked.
    Numbers,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Its name, the same in the environment and in the file.
    pub name: &'static str,
    /// Its heading.
    pub group: Group,
    /// What it means, one or two sentences.
    pub meaning: &'static str,
    /// Its default, as it would be written; `None` means not set.
    pub default: Option<&'static str>,
    /// How it is shown.
    pub shown: Shown,
    /// A value as an example, as TOML.
    pub example: &'static str,
}

/// The declaration of a setting by its name.
pub fn find(name: &str) -> Option<&'static Declared> {
    SETTINGS.iter().find(|declared| declared.name == name)
}

const fn plain(
    group: Group,
    name: &'static str,
    default: Option<&'static str>,
    example: &'static str,
    meaning: &'static str,
) -> Declared {
    Declared {
        name,
        group,
        meaning,
        default,
        shown: Shown::Plain,
        example,
    }
}

const fn secret(
    group: Group,
    name: &'static str,
    example: &'static str,
    meaning: &'static str,
) -> Declared {
    Declared {
        name,
        group,
        meaning,
        default: None,
        shown: Shown::Secret,
        example,
    }
}

const fn numbers(
    group: Group,
    name: &'static str,
    example: &'static str,
    meaning: &'static str,
) -> Declared {
    Declared {
        name,
        group,
        meaning,
        default: None,
        shown: Shown::Numbers,
        example,
    }
}

const fn seconds(
    name: &'static str,
    default: Option<&'static str>,
    example: &'static str,
    meaning: &'static str,
) -> Declared {
    plain(Group::Times, name, default, example, meaning)
}

/// All of them, grouped.
#[rustfmt::skip]
pub const SETTINGS: &[Declared] = &[
    plain(Group::Database, "DATABASE_URL", Some("sqlite://gymtext-data/gymtext.db"), "\"sqlite://gymtext-data/gymtext.db\"",
        "The database: `sqlite://PATH`, relative to where the service is started unless PATH begins with `/`, for one process; or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, for any number of them; `?sslmode=require` after it encrypts the way there and checks the server's certificate, by the authority of `&sslrootcert=FILE` if one is named."),

    plain(Group::Web, "PUBLIC_URL", None, "\"https://coach.example\"",
        "The address at which Twilio and people reach this service, as Twilio is given it: signatures are checked against it. `https`, or `http` on this machine."),
    plain(Group::Web, "GYMTEXT_ADDR", Some("127.0.0.1:8080"), "\"0.0.0.0:8080\"",
        "Where the outer listener stands: webhooks, API, health."),
    plain(Group::Web, "GYMTEXT_INNER_ADDR", Some("127.0.0.1:9090"), "\"127.0.0.1:9090\"",
        "Where the inner listener stands: metrics and readiness. It asks nobody who they are, so keep it private."),
    secret(Group::Web, "GYMTEXT_API_KEY", "\"a long random text\"",
        "A first key for `/api/v1`, sent as `Authorization: Bearer …`; at least 16 characters. Without one the API refuses every call."),
    plain(Group::Web, "GYMTEXT_WEBHOOKS_PRIVATE", Some("no"), "\"loopback\"",
        "Whether endpoints that events are told to may be elsewhere than on the public internet: `no`; `loopback`, on this machine, also without https; `yes`, anywhere this machine reaches, also without https. Addresses are judged after their names were looked up."),
    secret(Group::Web, "CRON_SECRET", "\"a long random text\"",
        "Lets an outside scheduler call `/api/cron/…` with `Authorization: Bearer …`. The built-in scheduler needs none."),
    numbers(Group::Web, "ADMIN_PHONE_NUMBERS", "[\"+15005550009\"]",
        "Numbers of the people who run this, in E.164 form, separated by commas: they log in to the console (`/admin`) by a texted code, as owners, and ask others in. Not set closes the console."),
    plain(Group::Web, "ADMIN_TOTP", Some("optional"), "\"required\"",
        "The second factor of the team, a code by an app after the texted one: `optional`, everybody sets it up for themselves or not; `required`, whoever has none reaches nothing in the console but the page to set it up."),
    numbers(Group::Web, "ADMIN_TOTP_RESET", "[\"+15005550009\"]",
        "Numbers of the team whose second factor is taken off when the service starts, for somebody who lost app and recovery codes and has nobody to ask. Take them out again once they are in: it is done at every start."),
    plain(Group::Web, "GYMTEXT_PROGRAMME", Some("everyday"), "\"everyday\"",
        "The programme of members who were given no other; `gymtext programs list` shows those there are."),
    plain(Group::Web, "GYMTEXT_SERVICE_NAME", Some("GymText"), "\"GymText\"",
        "The name the service gives itself in texts; carriers want it in confirmations and HELP answers."),
    plain(Group::Web, "GYMTEXT_JOIN_COUNTRIES", None, "\"US,CA,BR\"",
        "Countries, two letters each, separated by commas, whose phones may join on `/join` and log in on `/me` by a texted code. A code costs an SMS, and numbers of some countries are made to earn from that: name those you have members in. Not set closes both pages. On many nodes set it once all are of this version: older ones do not know this kind of message."),
    plain(Group::Web, "GYMTEXT_CODES_PER_DAY", Some("1000"), "1000",
        "How many codes may be texted within a day, in all."),
    plain(Group::Web, "GYMTEXT_CODES_PER_COUNTRY", Some("500"), "500",
        "How many codes may be texted within a day to the numbers of one country."),
    plain(Group::Web, "GYMTEXT_CLIENT_ADDRESS_HEADER", None, "\"x-forwarded-for\"",
        "The header in which your proxy writes where a request came from; its last address is believed. Codes are counted by it. Not set takes the address of the connection: behind a proxy that is the proxy's own, for everybody."),

    plain(Group::Web, "GYMTEXT_PRIVACY_FOLDER", None, "\"privacy\"",
        "A folder with your own privacy page, `en.md`, `es.md`, `pt.md`, in place of the one that is shipped; a language without a file keeps ours. `#` and `##` are headings, `-` begins a line of a list, `{service}`, `{kept}` and `{model}` are filled in: `{kept}`, alone in a line, with how long texts are kept as it is set, `{model}` with what a language model sees, where one is asked."),

    plain(Group::Twilio, "GYMTEXT_PROVIDER", Some("twilio"), "\"twilio\"",
        "Who carries messages: `twilio`, or `local`, which writes them down and sends nothing."),
    plain(Group::Twilio, "TWILIO_ACCOUNT_SID", None, "\"AC00000000000000000000000000000000\"",
        "The account: `AC` and 32 hexadecimal digits."),
    secret(Group::Twilio, "TWILIO_AUTH_TOKEN", "\"the account's auth token\"",
        "The account's primary auth token: it signs webhooks, and is the password of our calls."),
    secret(Group::Twilio, "TWILIO_AUTH_TOKEN_SECONDARY", "\"the secondary auth token\"",
        "During a rotation: webhooks signed with this token are believed too."),
    plain(Group::Twilio, "TWILIO_PHONE_NUMBER", None, "\"+15005550006\"",
        "Our number for SMS, in E.164 form."),
    plain(Group::Twilio, "TWILIO_API_URL", None, "\"http://127.0.0.1:8090\"",
        "One base URL instead of Twilio's own for api, content and messaging, so that `gymtext sandbox` can stand in."),
    plain(Group::Twilio, "GYMTEXT_KEYWORDS_SMS", Some("provider"), "\"provider\"",
        "Who answers STOP, START and HELP by SMS: `provider` (Twilio's default) or `service`."),

    plain(Group::Whatsapp, "WHATSAPP_ENABLED", Some("false"), "true",
        "Whether WhatsApp is used at all."),
    plain(Group::Whatsapp, "WHATSAPP_PHONE_NUMBER", None, "\"+15005550007\"",
        "Our WhatsApp sender, in E.164 form; `whatsapp:` before it does no harm."),
    plain(Group::Whatsapp, "WHATSAPP_TEMPLATE_DAILY_WORKOUT", None, "\"HX00000000000000000000000000000001\"",
        "Content id of the approved template that knocks with the daily workout: `HX` and 32 hexadecimal digits. Variables: 1 name, 2 day."),
    plain(Group::Whatsapp, "WHATSAPP_TEMPLATE_WEEKLY_CHECKIN", None, "\"HX00000000000000000000000000000002\"",
        "The same for the weekly check-in. Variables: 1 name."),
    plain(Group::Whatsapp, "WHATSAPP_TEMPLATE_WELCOME", None, "\"HX00000000000000000000000000000003\"",
        "The same for the welcome. Variables: 1 name."),
    plain(Group::Whatsapp, "WHATSAPP_TEMPLATE_SUBSCRIPTION_REMINDER", None, "\"HX00000000000000000000000000000004\"",
        "The same for the subscription reminder. Variables: 1 name."),
    plain(Group::Whatsapp, "GYMTEXT_TEMPLATE_LANGUAGE", Some("en"), "\"en\"",
        "The language these four templates were approved in."),
    plain(Group::Whatsapp, "GYMTEXT_TEMPLATES", None, "\"templates\"",
        "A folder of template files that replace those that are shipped, by name, or stand beside them. Judged at start; `gymtext templates lint` says what is wrong."),
    plain(Group::Whatsapp, "GYMTEXT_TEMPLATES_EVERY", Some("300"), "300",
        "How often, in seconds, the provider is asked how its templates stand: approved, paused, moved to another category; and how our number on WhatsApp does: offline, its quality, how many people it may reach."),
    plain(Group::Whatsapp, "GYMTEXT_WHATSAPP_ROLLOUT", Some("100"), "25",
        "For how many percent of members WhatsApp is on, 0 to 100; always the same members."),
    plain(Group::Whatsapp, "GYMTEXT_WHATSAPP_COHORTS", None, "\"team, beta\"",
        "Groups, separated by commas, for whose members WhatsApp is on whatever the percentage. `gymtext members change` and the API put members into one."),
    plain(Group::Whatsapp, "GYMTEXT_KEYWORDS_WHATSAPP", Some("service"), "\"service\"",
        "Who answers STOP, START and HELP on WhatsApp: `service`, or `provider` where Advanced Opt-Out does."),
    plain(Group::Whatsapp, "GYMTEXT_WHATSAPP_PAIR_EVERY", Some("6"), "6",
        "WhatsApp takes one message every so many seconds for each pair of numbers, after a small burst; 0 leaves that to the provider."),
    plain(Group::Whatsapp, "GYMTEXT_WHATSAPP_PER_SECOND", Some("80"), "80",
        "How many messages a second WhatsApp takes from our number, shared by all nodes: 80 unless it was raised; 0 leaves that to the provider."),
    plain(Group::Whatsapp, "GYMTEXT_WHATSAPP_PEOPLE", None, "2000",
        "How many different people WhatsApp lets us write to within 24 hours outside a session window, all numbers of the portfolio together: 250, 2000, 10000, 100000. Whoever comes after them waits until there is room. The smaller one of this and what the provider tells counts; without both the provider says when it is too many."),

    secret(Group::Email, "GYMTEXT_SMTP_URL", "\"smtps://user:password@mail.example:465\"",
        "The mail server: `smtps://…` encrypts from the start, `smtp://…` by STARTTLS, and not at all only to this machine. User and password percent-encoded. Without it nothing goes by e-mail."),
    plain(Group::Email, "GYMTEXT_EMAIL_FROM", None, "\"Coach <coach@example.com>\"",
        "Whom e-mail comes from; it must be an address the mail server lets us use."),

    plain(Group::Sending, "GYMTEXT_DEFAULT_CHANNEL", Some("sms"), "\"sms\"",
        "The channel of members without a preference: `sms` or `whatsapp`."),
    plain(Group::Sending, "GYMTEXT_DEFAULT_LOCALE", Some("en"), "\"en\"",
        "The language of members whose own has no template."),
    numbers(Group::Sending, "GYMTEXT_ALLOW_LIST", "[\"+15005550010\"]",
        "For staging: the only numbers that may be written to. Not set means everybody; set but empty is refused."),
    plain(Group::Sending, "GYMTEXT_CALLS_MAX", Some("96"), "96",
        "How many calls to the provider may be open at once, 1 to 4096."),
    plain(Group::Sending, "GYMTEXT_ATTEMPTS_MAX", Some("5"), "5",
        "How many attempts a message has, 1 to 50; waiting for a slow provider costs none."),
    plain(Group::Sending, "GYMTEXT_SMS_PER_SECOND", None, "10",
        "The pace of our SMS number, segments a second, fractions allowed. Not set leaves the pace to the provider's own queue."),
    plain(Group::Sending, "GYMTEXT_SMART_ENCODING", Some("true"), "true",
        "Whether curly quotes and the like may be folded to plain ones where that saves SMS segments."),
    plain(Group::Sending, "GYMTEXT_COUNTRY_CHANNELS", None, "\"BR:whatsapp, MX:whatsapp\"",
        "The channel of members without a preference, by the country of their number, where it is not GYMTEXT_DEFAULT_CHANNEL. Consent is asked for as always: where it lacks, the next channel takes it."),
    plain(Group::Sending, "GYMTEXT_QUIET_HOURS", Some("21-8"), "\"21-8, FR:20-10\"",
        "The hours of a member's day in which workouts, check-ins, reminders, broadcasts and consent requests wait: from, and until. The workout comes at the hour they chose all the same; answers, codes, welcomes, system messages and what is critical go. Countries that want others follow, by their two letters; `off` is none. Which hours a country's law wants is a question for a lawyer."),
    plain(Group::Sending, "GYMTEXT_FREQUENCY_CAPS", Some("broadcast:4/1d"), "\"broadcast:2/1d, broadcast:5/7d\"",
        "How many messages of a kind a member gets within so many hours (`h`) or days (`d`, at most 31). One too many waits for room, and is not sent where that comes after its end. Answers, codes, consent requests and knocks cannot be capped; what is critical goes, and what goes on by another channel counts once. `off` is none."),
    plain(Group::Sending, "GYMTEXT_BUDGET", Some("off"), "\"20 USD/day, 400 USD/month\"",
        "What all messages together may cost in a day or a month of UTC, in the currency of the rate cards. When it is spent, what nobody waits for is held until the next one begins, or until it is raised; answers, codes and what is critical go. What no rate card prices counts as nothing. Nodes that send at once may go over it by a batch each."),
    plain(Group::Sending, "GYMTEXT_RATES", None, "\"rates.csv\"",
        "A file of rate cards in place of those that are shipped; `gymtext rates --shipped` prints those to start from. A line that cannot be understood is refused at start, by its number."),
    plain(Group::Sending, "GYMTEXT_DOUBLE_OPT_IN", None, "\"DE,AT,CH\"",
        "Countries, two letters each, separated by commas, whose people confirm an opt-in for SMS or WhatsApp by a reply: they are asked once, and nothing else goes out until they say yes. Which countries want that is a question for a lawyer, so none is set."),
    plain(Group::Sending, "GYMTEXT_RETAIN_EVENTS_DAYS", Some("30"), "30",
        "How many days what happened is kept that everybody has passed: for webhooks, `GET /api/v1/events`, and telling again. 7 or more; `0` keeps it for good."),
    plain(Group::Sending, "GYMTEXT_RETAIN_BODIES", Some("keep"), "\"365d, inbound=90d, welcome=keep\"",
        "How long the words of messages are kept: days for all, and others for kinds, or for what members write (`inbound`); at least 7. Older words are removed, a little at a time; that a message was sent, when, and how stays on record. Never removed is what still waits, may go on by another channel, is not answered, or waits for a person to decide. Removed words come back from no backup of ours; `/privacy` tells members what is set. Codes are gone within a day."),
    plain(Group::Sending, "GYMTEXT_FALLBACK", None, "\"critical=300, daily_workout=7200, broadcast=failure\"",
        "When another channel takes over, where it differs from the defaults: for each kind the seconds without a proof of delivery, `failure` or `never`; `critical` for all urgent messages. Defaults: critical=300, daily_workout=7200, weekly_checkin=21600, subscription_reminder=21600, welcome=failure, system=failure, all others never."),

    seconds("GYMTEXT_BURST_GAP", Some("4"), "3",
        "How long more is waited for after each message of a member, so that what belongs together is answered together; `0` answers each one alone and at once. Taps are never waited for."),
    seconds("GYMTEXT_BURST_LONGEST", Some("12"), "10",
        "The longest that the first of such messages waits, whatever comes."),
    seconds("GYMTEXT_HAND_OVER", Some("43200"), "14400",
        "How long a person keeps a conversation after their last word. Then the coach's rules answer again what is written from then on; what was written before goes on waiting for a person."),
    seconds("GYMTEXT_START_GRACE", Some("2"), "2",
        "G: from the stored decision to send to the first byte sent; later it is not sent."),
    seconds("GYMTEXT_PROVIDER_DEADLINE", Some("10"), "10",
        "D: the longest a call to the provider takes, connecting included."),
    seconds("GYMTEXT_LEASE", Some("30"), "30",
        "L: how long a begun attempt may stay without an outcome. At least start grace + provider deadline + 5."),
    seconds("GYMTEXT_VALIDITY", None, "900",
        "V: how long an SMS may wait at the provider. Not set takes the kind's own: 15 minutes, 5 for replies."),
    seconds("GYMTEXT_QUIET_PERIOD", None, "1200",
        "Q: how long an attempt without an answer waits for evidence before its kind decides. Not set means V + 5 minutes."),
    seconds("GYMTEXT_RECEIPT_WAIT", Some("600"), "600",
        "How long a lane waits for the receipt of its last message before it goes on; no longer than until another channel takes over."),
    seconds("GYMTEXT_WINDOW_MARGIN", Some("120"), "120",
        "WhatsApp's 24 hours count as over this early."),
    seconds("GYMTEXT_FREE_ENTRY", Some("259200"), "259200",
        "How long WhatsApp messages to somebody who came by an advertisement are free of Meta's charge, from our answer on. Only estimates depend on it: Meta's pages say 72 hours, and since September 2026 up to 7 days."),
    seconds("GYMTEXT_SWEEP_EVERY", Some("60"), "60",
        "How often the service looks for what was left behind."),
    seconds("GYMTEXT_PRICE_WAIT", Some("900"), "900",
        "How long after a message went out the provider is first asked what it charged; then four times as long, and so on, five times in all. 0 never asks."),

    plain(Group::Log, "GYMTEXT_LOG", Some("info"), "\"info,gymtext=debug\"",
        "How much is logged: `error`, `warn`, `info`, `debug`, `trace`, also by module."),
    plain(Group::Log, "GYMTEXT_LOG_FORMAT", Some("auto"), "\"json\"",
        "`text`, `json`, or `auto`: text on a terminal, JSON elsewhere."),
    plain(Group::Log, "OTEL_EXPORTER_OTLP_ENDPOINT", None, "\"http://127.0.0.1:4318\"",
        "A collector of traces that speaks OTLP over HTTP with JSON; `/v1/traces` is added. Not set means no traces."),
    secret(Group::Log, "OTEL_EXPORTER_OTLP_HEADERS", "\"api-key=…\"",
        "Headers the collector wants: `name=value`, with commas between several, values percent-encoded."),
    plain(Group::Log, "OTEL_SERVICE_NAME", Some("gymtext"), "\"gymtext\"",
        "What this service is called in traces."),
    plain(Group::Log, "OTEL_TRACES_SAMPLER_ARG", Some("1"), "0.1",
        "The share of messages whose traces are kept, from 0 to 1. A message's trace is kept whole or not at all, on all nodes."),

    plain(Group::Answers, "GYMTEXT_COACH", Some("rules"), "\"model\"",
        "Who answers what the coach's rules do not understand: `rules` leaves it to a person; `model` asks a language model first, which is sent what members write. A key alone turns nothing on."),
    secret(Group::Answers, "OPENAI_API_KEY", "\"sk-…\"", "Key of the language model."),
    plain(Group::Answers, "OPENAI_BASE_URL", None, "\"https://api.openai.com/v1\"",
        "Where the language model is reached: any endpoint that speaks OpenAI's Chat Completions. Not set means OpenAI."),
    plain(Group::Answers, "GYMTEXT_COACH_MODEL", None, "\"gpt-4.1-mini\"",
        "The model's name, as its endpoint calls it. It has to be able to use tools."),
    plain(Group::Answers, "GYMTEXT_COACH_PROMPT", None, "\"prompts/coach-2.md\"",
        "A file with what the model is told first. Not set takes the prompt in the binary. `gymtext coach replay` shows what a new one changes."),
    plain(Group::Answers, "GYMTEXT_COACH_TIMEOUT", Some("20"), "20",
        "How long the model may take, in seconds, waiting for its turn included; then a person has to look."),
    plain(Group::Answers, "GYMTEXT_COACH_BUDGET", Some("20"), "20",
        "How often the model is asked for one member on one of their days; then a person has to look."),
    plain(Group::Answers, "GYMTEXT_COACH_CALLS", Some("8"), "8",
        "How many turns of the model are under way at once in one process; more wait."),

    plain(Group::Billing, "GYMTEXT_SUBSCRIPTIONS", Some("false"), "true",
        "Whether members pay: workouts and the weekly question then come only to whom a subscription or a trial serves. On many nodes turn it on once all are of this version."),
    secret(Group::Billing, "STRIPE_SECRET_KEY", "\"sk_test_…\"",
        "Stripe's secret key, or a restricted one that may write checkout sessions, portal sessions and subscriptions."),
    secret(Group::Billing, "STRIPE_WEBHOOK_SECRET", "\"whsec_…\"",
        "Signs Stripe's webhooks; the address to give Stripe is `PUBLIC_URL/api/stripe/webhook`, with the events of customer.subscription, invoice.paid, invoice.payment_failed and checkout.session.completed."),
    secret(Group::Billing, "STRIPE_WEBHOOK_SECRET_SECONDARY", "\"whsec_…\"",
        "During a rotation: webhooks signed with this secret are believed too."),
    plain(Group::Billing, "STRIPE_PRICE_ID", None, "\"price_…\"",
        "The recurring price of a subscription, as Stripe calls it."),
    plain(Group::Billing, "STRIPE_API_URL", None, "\"http://127.0.0.1:8090\"",
        "A base URL instead of Stripe's own, so that `gymtext sandbox` can stand in."),
    plain(Group::Billing, "GYMTEXT_SUBSCRIPTION_GRACE_DAYS", Some("3"), "3",
        "How many days somebody is still served whose payment did not go through, or of whose renewal Stripe has not told yet; 0 to 60."),
    plain(Group::Billing, "GYMTEXT_TRIAL_DAYS", Some("0"), "7",
        "How many days somebody is served from joining on before they pay, 0 to 365. They pay for nothing before these are over."),
    plain(Group::Billing, "GYMTEXT_RENEWAL_REMINDER_DAYS", Some("3"), "3",
        "How many days before a renewal its member is reminded, 0 to 30; 0 reminds nobody."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_declared_once_and_groups_stand_together() {
        let mut names: Vec<_> = SETTINGS.iter().map(|declared| declared.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SETTINGS.len());
        assert!(SETTINGS.is_sorted_by_key(|declared| declared.group));
    }
}
