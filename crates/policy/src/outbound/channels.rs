//! Which channels, in which order (DESIGN 4.2). Whether one of them may be used is for `decide`.

use domain::{Channel, Kind, MemberId, Topic};

use crate::fallback::Rule;

use super::facts::{Facts, MemberFacts, Settings};
use super::reason::{Choice, Reason, Rollout};

/// At most this many channels are looked at.
const CHANNELS_MAX: usize = Channel::ALL.len();

/// The channels to look at, best first.
///
/// An answer goes where the question was asked, from the web chat perhaps on to a phone, and a channel the caller named is not exchanged for
/// another: only a critical message goes on from there, or one to WhatsApp where nothing goes by WhatsApp any
/// more. All others begin with the member's
/// preference or the default and may go on to SMS or WhatsApp. A code goes to the address
/// it proves, and nowhere else.
pub(super) fn in_order(facts: &Facts<'_>) -> impl Iterator<Item = (Channel, Choice)> {
    let message = &facts.message;
    let (first, because, alone) = match (message.in_reply_to, message.channel_wish) {
        (Some(asked), _) if message.kind.is_reply() => {
            let alone = !leaves_the_chat(asked, facts);
            (asked, Choice::AnsweredWhereAsked, alone)
        }
        // On WhatsApp only inside a window: outside of one it wants a template of a category of its own (decision 0028).
        _ if message.kind == Kind::LoginCode => {
            let to = message.channel_wish.unwrap_or(Channel::Sms);
            (to, Choice::CallersWish, true)
        }
        (_, Some(wish)) if message.kind == Kind::Knock => (wish, Choice::OpensWindow, true),
        (_, Some(wish)) => (wish, Choice::CallersWish, true),
        (_, None) => {
            let (first, because) = by_itself(message.kind, &facts.member, facts.settings);
            (first, because, false)
        }
    };
    let alone = alone && !goes_on_without_whatsapp(first, facts);
    let rest: &[Channel] = match (message.critical, alone) {
        (true, _) => &[Channel::Whatsapp, Channel::Sms, Channel::Email],
        (false, true) => &[],
        (false, false) => &[Channel::Sms, Channel::Whatsapp],
    };
    std::iter::once((first, because))
        .chain(
            rest.iter()
                .filter(move |c| **c != first)
                .map(|c| (*c, Choice::Fallback)),
        )
        .take(CHANNELS_MAX)
}

/// Whether an answer in the web chat that nobody looks at may go on from there: where an operator says after how long
/// (docs/decisions/0030).
fn leaves_the_chat(asked: Channel, facts: &Facts<'_>) -> bool {
    let message = &facts.message;
    let rule = facts.settings.fallback.of(message.kind, message.critical);
    asked == Channel::Web && message.kind == Kind::ChatReply && rule != Rule::Never
}

/// Whether what was to go by WhatsApp alone goes by SMS because nothing goes by WhatsApp any more: what is said is
/// neutral, and a question must not stay without an answer. A knock would open nothing there, and a word about a
/// channel's consent belongs to that channel.
fn goes_on_without_whatsapp(first: Channel, facts: &Facts<'_>) -> bool {
    let off = !facts.settings.whatsapp_enabled || facts.switches.rolled_back;
    let belongs_there = matches!(
        facts.message.kind,
        Kind::Knock | Kind::KeywordReply | Kind::ConsentRequest | Kind::LoginCode
    );
    first == Channel::Whatsapp && off && !belongs_there
}

/// The channel that comes first where nobody asked for one: the wish for this topic, else the preferred channel,
/// else that of the country, else the default.
pub fn by_itself(kind: Kind, member: &MemberFacts<'_>, settings: &Settings) -> (Channel, Choice) {
    let wish = Topic::of(kind).and_then(|topic| member.preferences.of(topic));
    if let Some(wish) = wish {
        return (wish, Choice::TopicPreference);
    }
    if let Some(preferred) = member.preferred_channel {
        return (preferred, Choice::MembersPreference);
    }
    let of_country = member.country.and_then(|country| {
        let mut listed = settings.country_channels.iter();
        listed.find(|(one, _)| one.eq_ignore_ascii_case(country))
    });
    match of_country {
        Some((_, channel)) => (*channel, Choice::CountryDefault),
        None => (settings.default_channel, Choice::DefaultChannel),
    }
}

/// Whether a channel is switched on for this member.
pub fn is_on(
    channel: Channel,
    member: &MemberFacts<'_>,
    settings: &Settings,
) -> Result<(), Reason> {
    if channel != Channel::Whatsapp {
        Ok(())
    } else if !settings.whatsapp_enabled {
        Err(Reason::WhatsappDisabled)
    } else if in_cohort(member, settings) || in_rollout(member.id, settings) {
        Ok(())
    } else {
        Err(Reason::OutsideRollout)
    }
}

/// Why a channel is on for this member, where it is not on for all.
pub(super) fn rollout(
    channel: Channel,
    member: &MemberFacts<'_>,
    settings: &Settings,
) -> Option<Rollout> {
    if channel != Channel::Whatsapp || settings.whatsapp_rollout_percent >= 100 {
        None
    } else if in_cohort(member, settings) {
        Some(Rollout::Cohort)
    } else if in_rollout(member.id, settings) {
        Some(Rollout::Percentage)
    } else {
        None
    }
}

/// Whether this member is in a group that has WhatsApp whatever the percentage.
fn in_cohort(member: &MemberFacts<'_>, settings: &Settings) -> bool {
    member.cohort.is_some_and(|cohort| {
        let mut cohorts = settings.whatsapp_cohorts.iter();
        cohorts.any(|listed| **listed == *cohort)
    })
}

/// Whether the percentage has WhatsApp on for this member: the same members at every decision and on every node, and
/// a higher percentage only adds members.
pub(super) fn in_rollout(member: MemberId, settings: &Settings) -> bool {
    // FNV-1a, then a finaliser for its weak low bits; only spread is asked of it.
    let hash = member
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    hash % 100 < u64::from(settings.whatsapp_rollout_percent)
}
