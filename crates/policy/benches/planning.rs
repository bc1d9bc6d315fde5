//! What planning one message costs on one core, without I/O (DESIGN 6: 5 µs). `cargo bench -p gymtext-policy` prints
//! the fastest and the middle of many rounds for three members: one text, one workout by WhatsApp, one knock.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the machine's clock and says what it found"
)]

use std::hint::black_box;
use std::time::Instant;

use domain::{
    Address, Channel, ConsentState, Content, Currency, Handle, Kind, MemberId, Money, ProviderName,
    QueueName, Seconds, SessionWindow, Timestamp,
};
use policy::budget::{Period, Purse};
use policy::outbound::{
    AddressFacts, AddressLimits, Chain, Facts, KillSwitches, MemberFacts, MessageFacts,
    OpenQuestion, SenderFacts, SenderState, Settings, TemplateFacts, decide,
};
use policy::templates::Category;

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);
const ROUNDS: usize = 200;
const EACH: u32 = 2_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = || "+14155552671".parse();
    let (sms, whatsapp) = (Address::sms(number()?), Address::whatsapp(number()?));
    let ours = Handle::Phone("+14155550100".parse()?);
    let content = Content::text_only(
        "Good morning! 3 rounds: 10 squats, 10 push-ups, 200 m run. Rest a minute between rounds. Reply DONE when you are.",
    )?;
    let queue = QueueName::default();
    let switches = KillSwitches::default();
    let settings = Settings {
        whatsapp_enabled: true,
        quiet_hours: "21-8".parse().unwrap_or_default(),
        caps: "daily_workout:3/1d".parse().unwrap_or_default(),
        ..Settings::default()
    };
    // Under a cap and a budget, with room in both.
    let counted = [NOW - Seconds::new(100_000), NOW - Seconds::new(20_000)];
    let purses = [Purse {
        period: Period::Day,
        left: Money::from_micros(9_000_000, Currency::USD),
        until: Period::Day.ends(NOW),
    }];
    let variables: Vec<Box<str>> = vec!["1".into(), "2".into()];
    let templates: Vec<TemplateFacts<'_>> = ["daily_workout", "weekly_checkin", "welcome"]
        .iter()
        .flat_map(|name| ["en", "es", "pt"].map(|language| (*name, language)))
        .map(|(name, language)| TemplateFacts {
            name,
            provider_template_id: "HX1",
            language,
            edition: "e1",
            approved: true,
            category: Some(Category::Utility),
            variables: &variables,
            declared: &[],
            backup: None,
            body: Some("Hi {{1}}! Your workout for {{2}} is ready."),
            version: 1,
        })
        .collect();
    let sender = |channel, provider| SenderFacts {
        channel,
        provider,
        handle: &ours,
        state: SenderState::Ready,
        version: 1,
    };
    let senders = [
        sender(Channel::Sms, ProviderName::Twilio),
        sender(Channel::Whatsapp, ProviderName::Whatsapp),
    ];
    let open = Some(SessionWindow {
        ends_at: NOW + Seconds::new(3_600),
    });
    for (name, preferred, window) in [
        ("a text by SMS", Channel::Sms, None),
        ("a text by WhatsApp", Channel::Whatsapp, open),
        ("a knock", Channel::Whatsapp, None),
    ] {
        let address = |address, window| AddressFacts {
            address,
            consent: ConsentState::OptedIn,
            open: OpenQuestion::Nothing,
            marketing_stopped: false,
            consent_version: 1,
            window,
            window_version: 1,
            free_entry: domain::FreeEntry::default(),
            unreachable: false,
            limits: AddressLimits::default(),
        };
        let addresses = [address(&sms, None), address(&whatsapp, window)];
        let facts = Facts {
            message: MessageFacts {
                kind: Kind::DailyWorkout,
                queue: &queue,
                critical: false,
                channel_wish: None,
                content: &content,
                not_before: None,
                expires_at: Some(NOW + Seconds::new(43_200)),
                cancel_requested: false,
                in_reply_to: None,
                chain: Chain::default(),
                counted: &counted,
                knocked_at: None,
                attempts_used: 0,
                attempts_max: 5,
            },
            member: MemberFacts {
                id: MemberId::from_bytes([7; 16]),
                name: "Ana",
                erased: false,
                preferred_channel: Some(preferred),
                preferences: domain::Preferences::default(),
                cohort: None,
                locale: "es-MX",
                country: Some("US"),
                time_zone: Some("America/Chicago"),
                chosen_hour: Some(6),
            },
            addresses: &addresses,
            senders: &senders,
            templates: &templates,
            switches: &switches,
            purses: &purses,
            settings: &settings,
        };
        let mut each: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let began = Instant::now();
                for _ in 0..EACH {
                    black_box(decide(black_box(&facts), NOW));
                }
                began.elapsed().as_secs_f64() * 1e6 / f64::from(EACH)
            })
            .collect();
        each.sort_by(f64::total_cmp);
        let (fastest, middle) = (each.first(), each.get(ROUNDS / 2));
        if let (Some(fastest), Some(middle)) = (fastest, middle) {
            println!("{name}: fastest {fastest:.2} µs, middle {middle:.2} µs");
        }
    }
    Ok(())
}
