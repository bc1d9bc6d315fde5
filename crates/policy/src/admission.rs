//! What is checked before a message is stored. The shape of values was checked when they were
//! parsed; here they are judged against each other and against what we know.

use domain::content::Choices;
use domain::{Channel, Content, Kind, Seconds, Text, Timestamp};

use crate::keywords::{Keyword, recognise};
use crate::outbound::TemplateFacts;

/// How far ahead a message may be scheduled.
pub const AHEAD_MAX: Seconds = Seconds::new(366 * 24 * 3600);

/// How long a message of this kind is worth sending when its caller says nothing: what is older
/// ends as expired, visibly (our own choice). Recurring messages end with their day instead.
pub const fn lifetime(kind: Kind) -> Seconds {
    const HOUR: u32 = 3_600;
    match kind {
        Kind::KeywordReply => Seconds::new(300),
        Kind::LoginCode => crate::login::VALID,
        Kind::System => Seconds::new(12 * HOUR),
        Kind::DailyWorkout | Kind::ChatReply | Kind::Knock => Seconds::new(24 * HOUR),
        Kind::WeeklyCheckin | Kind::SubscriptionReminder => Seconds::new(48 * HOUR),
        Kind::Broadcast => Seconds::new(72 * HOUR),
        Kind::Welcome | Kind::ConsentRequest => Seconds::new(7 * 24 * HOUR),
    }
}

/// A message as the caller described it.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// What it is for.
    pub kind: Kind,
    /// What it says.
    pub content: &'a Content,
    /// The channel asked for.
    pub channel_wish: Option<Channel>,
    /// Not earlier than this.
    pub not_before: Option<Timestamp>,
    /// Not later than this.
    pub expires_at: Option<Timestamp>,
}

/// Why a message is refused before it is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No template of that name.
    #[error("there is no template called `{name}`; known are: {known}")]
    UnknownTemplate {
        /// The name given.
        name: Box<str>,
        /// The names we know, separated by commas; `none` when there are none.
        known: Box<str>,
    },
    /// A variable is missing.
    #[error("the template `{name}` needs a value for `{variable}`")]
    MissingVariable {
        /// The template.
        name: Box<str>,
        /// The variable.
        variable: Box<str>,
    },
    /// A variable that the template does not have.
    #[error("the template `{name}` has no variable `{variable}`")]
    UnknownVariable {
        /// The template.
        name: Box<str>,
        /// The variable.
        variable: Box<str>,
    },
    /// A value that is not of its variable's kind.
    #[error("the value of `{variable}` in the template `{name}` cannot be sent: {why}")]
    InvalidVariable {
        /// The template.
        name: Box<str>,
        /// The variable.
        variable: Box<str>,
        /// What is wrong with the value.
        why: &'static str,
    },
    /// It would expire before it may be sent.
    #[error("`expires_at` must be later than `not_before`")]
    ExpiresBeforeStart,
    /// It has expired already.
    #[error("`expires_at` must lie in the future")]
    ExpiredAlready,
    /// Too far away.
    #[error("`not_before` may lie at most 366 days ahead")]
    TooFarAhead,
    /// A choice that would be taken for a keyword: whoever answers it by SMS would be opted in, or told how to stop.
    #[error(
        "the choice `{title}` would be read as {keyword}, which every member may write at any time; give it other words"
    )]
    ChoiceIsKeyword {
        /// Its title.
        title: Box<str>,
        /// What it would be read as.
        keyword: &'static str,
    },
    /// Callers do not send these themselves.
    #[error("messages of kind `{kind}` are made by the service itself")]
    ReservedKind {
        /// The kind.
        kind: Kind,
    },
    /// A template without a text cannot go there.
    #[error(
        "the channel `{channel}` carries no templates, and the template `{name}` has no text of its own; give `content` as well"
    )]
    ChannelCannotCarry {
        /// The channel.
        channel: Channel,
        /// The template.
        name: Box<str>,
    },
}

impl Refusal {
    /// A stable word for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownTemplate { .. } => "unknown_template",
            Self::MissingVariable { .. } => "missing_variable",
            Self::UnknownVariable { .. } => "unknown_variable",
            Self::InvalidVariable { .. } => "invalid_variable",
            Self::ExpiresBeforeStart => "expires_before_start",
            Self::ExpiredAlready => "expired_already",
            Self::TooFarAhead => "too_far_ahead",
            Self::ChoiceIsKeyword { .. } => "choice_is_keyword",
            Self::ReservedKind { .. } => "reserved_kind",
            Self::ChannelCannotCarry { .. } => "channel_cannot_carry",
        }
    }

    /// The variable it is about, if it is about one.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::MissingVariable { variable, .. }
            | Self::UnknownVariable { variable, .. }
            | Self::InvalidVariable { variable, .. } => Some(variable),
            Self::UnknownTemplate { .. }
            | Self::ExpiresBeforeStart
            | Self::ExpiredAlready
            | Self::TooFarAhead
            | Self::ChoiceIsKeyword { .. }
            | Self::ReservedKind { .. }
            | Self::ChannelCannotCarry { .. } => None,
        }
    }

    /// The field of the request it is about.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownTemplate { .. } => "template",
            Self::MissingVariable { .. }
            | Self::UnknownVariable { .. }
            | Self::InvalidVariable { .. } => "variables",
            Self::ExpiresBeforeStart | Self::ExpiredAlready => "expires_at",
            Self::TooFarAhead => "not_before",
            Self::ChoiceIsKeyword { .. } => "blocks",
            Self::ReservedKind { .. } => "kind",
            Self::ChannelCannotCarry { .. } => "channel",
        }
    }
}

/// Checks a message that a caller wants to have stored; `templates` is the whole registry. A
/// template that is not approved at the moment is no reason to refuse: it may be when its time
/// comes.
pub fn check(
    proposal: &Proposal<'_>,
    templates: &[TemplateFacts<'_>],
    now: Timestamp,
) -> Result<(), Refusal> {
    match proposal.kind {
        kind @ (Kind::Knock | Kind::KeywordReply | Kind::ConsentRequest | Kind::LoginCode) => {
            return Err(Refusal::ReservedKind { kind });
        }
        Kind::DailyWorkout
        | Kind::WeeklyCheckin
        | Kind::Welcome
        | Kind::SubscriptionReminder
        | Kind::ChatReply
        | Kind::System
        | Kind::Broadcast => {}
    }
    check_times(proposal, now)?;
    check_choices(proposal.content)?;
    check_template(proposal, templates)
}

/// START and HELP are obeyed wherever they are written (facts/twilio.md 6.1), so no choice can be called that. A choice
/// that says stop is one: however it is chosen, it is a stop.
fn check_choices(content: &Content) -> Result<(), Refusal> {
    for choice in content.choices().map(Choices::all).unwrap_or_default() {
        for text in [choice.title(), choice.id()] {
            let keyword = match recognise(text, None) {
                Keyword::Start => "START",
                Keyword::Help => "HELP",
                Keyword::Stop | Keyword::Ambiguous(_) | Keyword::None => continue,
            };
            return Err(Refusal::ChoiceIsKeyword {
                title: choice.title().into(),
                keyword,
            });
        }
    }
    Ok(())
}

fn check_times(proposal: &Proposal<'_>, now: Timestamp) -> Result<(), Refusal> {
    if let Some(expires_at) = proposal.expires_at {
        if expires_at <= now {
            return Err(Refusal::ExpiredAlready);
        }
        if proposal.not_before.is_some_and(|start| expires_at <= start) {
            return Err(Refusal::ExpiresBeforeStart);
        }
    }
    if proposal
        .not_before
        .is_some_and(|start| start > now + AHEAD_MAX)
    {
        return Err(Refusal::TooFarAhead);
    }
    Ok(())
}

fn check_template(proposal: &Proposal<'_>, templates: &[TemplateFacts<'_>]) -> Result<(), Refusal> {
    let Some(wanted) = proposal.content.template() else {
        return Ok(());
    };
    let name = &wanted.name;
    let mut named = templates.iter().filter(|t| t.name == &**name).peekable();
    let Some(first) = named.peek() else {
        let mut known: Vec<&str> = templates.iter().map(|t| t.name).collect();
        known.sort_unstable();
        known.dedup();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        return Err(Refusal::UnknownTemplate {
            name: name.clone(),
            known: known.into(),
        });
    };
    // An older wording, or one known by its id alone, may have other variables: any one will do.
    let fits = |t: &&TemplateFacts<'_>| {
        t.variables.len() == wanted.variables.len()
            && t.variables.iter().all(|v| wanted.variables.contains_key(v))
    };
    let chosen = templates
        .iter()
        .filter(|t| t.name == &**name)
        .find(fits)
        .unwrap_or(first);
    if let Some(missing) = chosen
        .variables
        .iter()
        .find(|v| !wanted.variables.contains_key(*v))
    {
        return Err(Refusal::MissingVariable {
            name: name.clone(),
            variable: missing.clone(),
        });
    }
    if let Some(unknown) = wanted
        .variables
        .keys()
        .find(|v| !chosen.variables.contains(v))
    {
        return Err(Refusal::UnknownVariable {
            name: name.clone(),
            variable: unknown.clone(),
        });
    }
    for (declared, variable) in chosen.declared.iter().zip(chosen.variables) {
        let value = wanted.variables.get(variable).map_or("", Text::as_str);
        if let Some(why) = declared.kind.refuses(value) {
            return Err(Refusal::InvalidVariable {
                name: name.clone(),
                variable: variable.clone(),
                why,
            });
        }
    }
    let content = proposal.content;
    let has_body = content.has_body();
    match proposal.channel_wish {
        Some(channel @ (Channel::Sms | Channel::Email | Channel::Web))
            if !has_body && named.all(|t| t.body.is_none()) =>
        {
            Err(Refusal::ChannelCannotCarry {
                channel,
                name: name.clone(),
            })
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::TemplateUse;

    use super::*;
    use crate::templates::{Variable, VariableKind};

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn check_with(
        content: &Content,
        change: impl FnOnce(&mut Proposal<'_>),
    ) -> Result<(), Refusal> {
        let variables = ["1".into(), "2".into()];
        let templates = [TemplateFacts {
            name: "daily_workout",
            provider_template_id: "HX1",
            language: "en",
            edition: "",
            approved: false,
            category: None,
            variables: &variables,
            declared: &[
                Variable {
                    name: "name".into(),
                    kind: VariableKind::Name,
                },
                Variable {
                    name: "day".into(),
                    kind: VariableKind::Day,
                },
            ],
            backup: None,
            body: None,
            version: 1,
        }];
        let mut proposal = Proposal {
            kind: Kind::DailyWorkout,
            content,
            channel_wish: None,
            not_before: None,
            expires_at: None,
        };
        change(&mut proposal);
        check(&proposal, &templates, NOW)
    }

    fn template(name: &str, variables: &[&str]) -> Content {
        let values: BTreeMap<_, _> = variables
            .iter()
            .map(|v| ((*v).into(), Text::from("x")))
            .collect();
        Content::new(
            Text::default(),
            Vec::new(),
            Some(TemplateUse::new(name, values).unwrap()),
        )
        .unwrap()
    }

    #[test]
    fn times_must_make_sense() {
        let text = Content::text_only("Hi").unwrap();
        let hour = Seconds::new(3600);
        let code = |not_before: Option<Timestamp>, expires_at: Option<Timestamp>| {
            check_with(&text, |p| {
                (p.not_before, p.expires_at) = (not_before, expires_at);
            })
            .map_err(|refusal| refusal.code())
        };
        assert_eq!(code(None, None), Ok(()));
        assert_eq!(code(Some(NOW), Some(NOW + hour)), Ok(()));
        assert_eq!(code(None, Some(NOW)), Err("expired_already"));
        assert_eq!(
            code(Some(NOW + hour), Some(NOW + hour)),
            Err("expires_before_start")
        );
        assert_eq!(
            code(Some(NOW + AHEAD_MAX + hour), None),
            Err("too_far_ahead")
        );
    }

    #[test]
    fn templates_must_be_known_and_filled() {
        let code =
            |content: &Content| check_with(content, |_| {}).map_err(|refusal| refusal.code());
        assert_eq!(code(&template("daily_workout", &["1", "2"])), Ok(()));
        assert_eq!(
            code(&template("daily_workout", &["1"])),
            Err("missing_variable")
        );
        assert_eq!(
            code(&template("daily_workout", &["1", "2", "3"])),
            Err("unknown_variable")
        );
        let odd = Content::new(
            Text::default(),
            Vec::new(),
            Some(
                TemplateUse::new(
                    "daily_workout",
                    BTreeMap::from([("1".into(), "42".into()), ("2".into(), "Monday".into())]),
                )
                .unwrap(),
            ),
        )
        .unwrap();
        assert_eq!(code(&odd), Err("invalid_variable"));
        assert_eq!(
            check_with(&odd, |_| {}).unwrap_err().to_string(),
            "the value of `1` in the template `daily_workout` cannot be sent: it is a name, and has no letter"
        );
        let unknown = check_with(&template("nope", &[]), |_| {}).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "there is no template called `nope`; known are: daily_workout"
        );
    }

    #[test]
    fn a_template_without_words_does_not_fit_an_sms() {
        let content = template("daily_workout", &["1", "2"]);
        let refusal = check_with(&content, |p| p.channel_wish = Some(Channel::Sms)).unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.field()),
            ("channel_cannot_carry", "channel")
        );
    }

    #[test]
    fn callers_do_not_knock() {
        let text = Content::text_only("Hi").unwrap();
        let refusal = check_with(&text, |p| p.kind = Kind::Knock).unwrap_err();
        assert_eq!(refusal.code(), "reserved_kind");
    }
}
