//! What can happen, and how it is drawn: people who agreed to this or that, and a list of steps that can be
//! read, repeated, and made shorter.

use std::fmt;

use domain::Channel;
use serde_json::{Value, json};
use stories::chance::Chance;

use crate::restraint::Bounds;
use crate::scenes::scene;

/// How many people a history has.
const PEOPLE: u64 = 3;

/// The templates of the shipped files that messages are sent with or behind.
pub(crate) const TEMPLATES: [&str; 5] = [
    "daily_workout",
    "daily_workout_backup",
    "weekly_checkin",
    "subscription_reminder",
    "welcome",
];

/// Somebody, as they join.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) name: &'static str,
    pub(crate) number: String,
    pub(crate) sms: bool,
    pub(crate) whatsapp: bool,
    pub(crate) prefers: Option<Channel>,
    pub(crate) locale: &'static str,
    pub(crate) zone: &'static str,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agreed = match (self.sms, self.whatsapp) {
            (true, true) => "SMS and WhatsApp",
            (true, false) => "SMS",
            (false, true) => "WhatsApp",
            (false, false) => "nothing",
        };
        let prefers = self.prefers.map_or("no channel", Channel::as_str);
        write!(
            f,
            "{} {} in {} ({}) agreed to {agreed} and prefers {prefers}",
            self.name, self.number, self.zone, self.locale
        )
    }
}

/// What a message is to be.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// From 1; the text holds it.
    pub(crate) number: usize,
    pub(crate) kind: &'static str,
    pub(crate) channel: Option<Channel>,
    pub(crate) templated: bool,
    pub(crate) choices: bool,
    pub(crate) critical: bool,
}

impl Wish {
    /// What only this message says.
    pub(crate) fn words(&self) -> String {
        format!("Set number {} of the plan.", self.number)
    }

    /// As the API takes it.
    pub(crate) fn fields(&self, name: &str) -> Value {
        let mut fields = json!({"kind": self.kind, "critical": self.critical});
        let mut set = |name: &str, value: Value| {
            if let Some(fields) = fields.as_object_mut() {
                fields.insert(name.to_owned(), value);
            }
        };
        if self.templated {
            let variables = match self.kind {
                "subscription_reminder" => json!({"1": name, "2": "12 May"}),
                _ => json!({"1": name}),
            };
            set("template", json!(self.kind));
            set("variables", variables);
        }
        if self.choices {
            let buttons = json!([{"id": "yes", "title": "Done"}, {"id": "no", "title": "Not yet"}]);
            set(
                "blocks",
                json!([{"type": "text", "text": self.words()}, {"type": "buttons", "buttons": buttons}]),
            );
        } else if !self.templated || self.number.is_multiple_of(2) {
            set("content", json!(self.words()));
        }
        if let Some(channel) = self.channel {
            set("channel", json!(channel.as_str()));
        }
        fields
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(usize, Wish),
    Cancel(usize),
    Says(usize, Channel, &'static str),
    Taps(usize),
    /// So many seconds.
    Passes(u32),
    /// Somebody of the team writes down a consent.
    Consent(usize, Channel, bool),
    /// A template in all its languages: approved, paused, rejected, or in another category.
    Template(&'static str, Value),
    Carrier(Value),
    Handset(usize, &'static str, bool),
    Blocks(usize, Channel, bool),
    Switch(&'static str, bool),
}

/// A step, and whether the next one waits until nothing is under way.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) step: Step,
    pub(crate) settles: bool,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Step::Send(who, wish) => {
                let channel = wish.channel.map_or("any channel", Channel::as_str);
                write!(
                    f,
                    "message {} to person {who}: {}, {channel}{}{}{}",
                    wish.number,
                    wish.kind,
                    if wish.templated {
                        ", by its template"
                    } else {
                        ""
                    },
                    if wish.choices { ", with buttons" } else { "" },
                    if wish.critical { ", critical" } else { "" },
                )
            }
            Step::Cancel(number) => write!(f, "message {number} is taken back"),
            Step::Says(who, channel, words) => {
                write!(f, "person {who} says {words:?} by {}", channel.as_str())
            }
            Step::Taps(who) => write!(f, "person {who} taps the newest button"),
            Step::Passes(seconds) => write!(f, "{seconds} s pass"),
            Step::Consent(who, channel, yes) => {
                let what = if *yes { "agrees to" } else { "withdraws" };
                write!(f, "person {who} {what} {} on a form", channel.as_str())
            }
            Step::Template(name, what) => write!(f, "template {name} becomes {what}"),
            Step::Carrier(faults) => write!(f, "the carrier: {faults}"),
            Step::Handset(who, what, is) => write!(f, "the phone of person {who}: {what} {is}"),
            Step::Blocks(who, channel, is) => {
                let what = if *is {
                    "blocks us on"
                } else {
                    "lets us back on"
                };
                write!(f, "person {who} {what} {}", channel.as_str())
            }
            Step::Switch(scope, on) => {
                write!(
                    f,
                    "the switch of {scope} is turned {}",
                    if *on { "on" } else { "off" }
                )
            }
        }?;
        f.write_str(if self.settles {
            ""
        } else {
            ", and at the same time"
        })
    }
}

/// All of a history.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    pub(crate) people: Vec<Who>,
    /// Whether the carrier answers STOP by SMS, as a long code's does, or leaves that to us.
    pub(crate) carrier_answers: bool,
    /// What it has to keep to.
    pub(crate) bounds: Bounds,
    pub(crate) moments: Vec<Moment>,
}

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, who) in self.people.iter().enumerate() {
            writeln!(f, "  person {number}: {who}")?;
        }
        let owner = if self.carrier_answers {
            "the carrier"
        } else {
            "the service"
        };
        writeln!(f, "  STOP by SMS is answered by {owner}")?;
        for (setting, value) in self.bounds.settings() {
            writeln!(f, "  {setting} is {value}")?;
        }
        for moment in &self.moments {
            writeln!(f, "  {moment}")?;
        }
        Ok(())
    }
}

pub(crate) fn one_of<T: Copy>(chance: &mut Chance, list: &[T]) -> Option<T> {
    let at = chance.below(u64::try_from(list.len()).unwrap_or(1));
    list.get(usize::try_from(at).unwrap_or(0)).copied()
}

pub(crate) fn often(chance: &mut Chance, percent: u64) -> bool {
    chance.below(100) < percent
}

const BOTH: [Channel; 2] = [Channel::Sms, Channel::Whatsapp];

fn person(number: usize, chance: &mut Chance) -> Option<Who> {
    let name = ["Ana", "James", "Lucía"].get(number).copied()?;
    let country = one_of(
        chance,
        &[
            "+1415555100",
            "+1415555100",
            "+5511961234",
            "+3461200000",
            "+44791112345",
        ],
    )?;
    // Numbers of these countries have different lengths.
    let number = match country {
        "+5511961234" => format!("{country}00{number}"),
        _ => format!("{country}{number}"),
    };
    Some(Who {
        name,
        number,
        sms: often(chance, 65),
        whatsapp: often(chance, 75),
        prefers: one_of(
            chance,
            &[
                None,
                Some(Channel::Sms),
                Some(Channel::Whatsapp),
                Some(Channel::Whatsapp),
            ],
        )?,
        locale: one_of(chance, &["en", "es-MX", "pt-BR", "fr"])?,
        zone: one_of(
            chance,
            &[
                "America/Chicago",
                "Europe/Madrid",
                "Asia/Kolkata",
                "Pacific/Apia",
            ],
        )?,
    })
}

fn wish(number: usize, chance: &mut Chance) -> Option<Wish> {
    let kind = one_of(
        chance,
        &[
            "daily_workout",
            "daily_workout",
            "weekly_checkin",
            "welcome",
            "subscription_reminder",
            "system",
            "broadcast",
        ],
    )?;
    let has_template = ["weekly_checkin", "welcome", "subscription_reminder"].contains(&kind);
    let templated = has_template && often(chance, 60);
    Some(Wish {
        number,
        kind,
        channel: one_of(
            chance,
            &[
                None,
                None,
                None,
                Some(Channel::Sms),
                Some(Channel::Whatsapp),
            ],
        )?,
        templated,
        choices: !templated && often(chance, 20),
        critical: often(chance, 15),
    })
}

fn faults(chance: &mut Chance) -> Option<Value> {
    let code = one_of(
        chance,
        &[
            "63016", "63024", "63003", "63005", "30003", "30007", "21610", "63014", "63041",
            "63049", "20003",
        ],
    )?;
    Some(match chance.below(12) {
        0..=2 => json!({}),
        3..=5 => json!({"errors": {code: 0.8}}),
        6 => json!({"http_429_rate": 0.7, "retry_after_seconds": 2}),
        7 => json!({"http_5xx_before_rate": 0.5, "http_5xx_after_rate": 0.4}),
        8 => json!({"cut_connection_before_rate": 0.5, "cut_connection_after_rate": 0.4}),
        9 => json!({"drop_callback_rate": 0.7}),
        10 => {
            json!({"duplicate_callback_rate": 0.6, "reorder_callback_rate": 0.6, "callback_before_answer_rate": 0.4})
        }
        _ => json!({"failed_at_once_rate": 0.6, "latency_ms": 5}),
    })
}

fn step(sent: &mut usize, chance: &mut Chance) -> Option<Step> {
    let who = usize::try_from(chance.below(PEOPLE)).ok()?;
    let channel = one_of(chance, &BOTH)?;
    Some(match chance.below(100) {
        0..=31 => {
            *sent += 1;
            Step::Send(who, wish(*sent, chance)?)
        }
        32..=33 => {
            let number = usize::try_from(chance.below(4)).ok()?;
            Step::Cancel(sent.saturating_sub(number))
        }
        34..=53 => Step::Says(
            who,
            channel,
            one_of(
                chance,
                &[
                    "hello",
                    "ready",
                    "How many squats?",
                    "1",
                    "STOP",
                    "stop texting me",
                    "START",
                    "HELP",
                    "too many texts",
                ],
            )?,
        ),
        54..=57 => Step::Taps(who),
        58..=73 => Step::Passes(one_of(
            chance,
            &[7, 301, 1_300, 3_700, 7_300, 21_600, 43_200, 86_100, 86_400],
        )?),
        74..=78 => Step::Consent(who, channel, often(chance, 50)),
        79..=84 => Step::Template(
            one_of(chance, &TEMPLATES)?,
            match chance.below(5) {
                0 => json!({"status": "paused"}),
                1 => json!({"status": "rejected", "rejection_reason": "a story"}),
                2 => json!({"category": "MARKETING"}),
                _ => json!({"status": "reinstated", "category": "UTILITY"}),
            },
        ),
        85..=91 => Step::Carrier(faults(chance)?),
        92..=94 => Step::Handset(
            who,
            one_of(chance, &["online", "whatsapp", "read_receipts"])?,
            often(chance, 50),
        ),
        95..=96 => Step::Blocks(who, channel, often(chance, 60)),
        _ => Step::Switch(
            one_of(
                chance,
                &[
                    "all",
                    "channel:whatsapp",
                    "channel:sms",
                    "kind:daily_workout",
                ],
            )?,
            often(chance, 45),
        ),
    })
}

impl Plot {
    /// The history of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let people = (0..usize::try_from(PEOPLE).unwrap_or(0))
            .filter_map(|number| person(number, &mut chance))
            .collect();
        let carrier_answers = often(&mut chance, 50);
        let length = usize::try_from(16 + chance.below(24)).unwrap_or(16);
        let mut sent = 0;
        let mut moments = Vec::new();
        while moments.len() < length {
            if often(&mut chance, 8) {
                let who = usize::try_from(chance.below(PEOPLE)).unwrap_or(0);
                moments.extend(scene(who, &mut sent, &mut chance));
            } else if let Some(step) = step(&mut sent, &mut chance) {
                let settles = often(&mut chance, 70);
                moments.push(Moment { step, settles });
            }
        }
        let bounds = Bounds {
            night: often(&mut chance, 40),
            cap: often(&mut chance, 40),
            budget: one_of(&mut chance, &[None, None, Some(150), Some(600)]).flatten(),
        };
        Self {
            people,
            carrier_answers,
            bounds,
            moments,
        }
    }
}
