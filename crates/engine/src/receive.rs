//! What members write: stored once with all it causes in one transaction, then acknowledged (G3,
//! G14, G24). The handler records; answering happens at the worker's own pace.

use domain::{
    Channel, ConsentEvent, Content, FreeEntry, Handle, Kind, MemberId, ProviderName, SessionWindow,
};
use policy::burst::{Heard, looked_at_from};
use policy::choices::{Action, action};
use policy::keywords::{Keyword, recognise};
use policy::moving::wished;
use policy::opt_in::{CONFIRM_WITHIN, is_yes};
use providers::Inbound;
use providers::webhook::OptOut;
use store::ops::{ConsentChange, RecordInbound, RecordInboundAnswer};
use store::records::{InboundEffects, NewInbound};

use tokio::sync::oneshot;

use crate::facts::without_nul;
use crate::parts::KeywordOwner;
use crate::{Draft, Engine, EngineError};

/// The words Twilio answers by itself on a default sender, whole message, any case
/// (facts/twilio.md 6.1).
const PROVIDER_KEYWORDS: &[&str] = &[
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "START",
    "YES",
    "UNSTOP",
    "HELP",
    "INFO",
];

/// What came of an inbound message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Stored.
    Stored,
    /// It had been stored before; nothing changed.
    Repeated,
    /// Not a message we keep.
    Ignored {
        /// For people.
        why: &'static str,
    },
}

impl Engine {
    /// Takes in one inbound message. After a STOP this returns when no request to that address can
    /// start any more (G14); `committed` hears of the commit, which comes before that.
    pub async fn receive_inbound(
        &self,
        provider: ProviderName,
        inbound: Inbound,
        committed: Option<oneshot::Sender<()>>,
    ) -> Result<Received, EngineError> {
        let (Some(from), Some(to)) = (inbound.from.address(), inbound.to.address()) else {
            return Ok(Received::Ignored {
                why: "its sender is not an address that can be answered",
            });
        };
        let now = self.now();
        let (channel, handle, sender) = (from.channel, from.handle.clone(), to.handle.clone());
        let text = shown_text(&inbound);
        let payload = payload_of(&inbound);
        let keyword = match inbound.opt_out {
            Some(OptOut::Stop) => Keyword::Stop,
            Some(OptOut::Start) => Keyword::Start,
            Some(OptOut::Help) => Keyword::Help,
            None => recognise(&text, payload.as_deref()),
        };
        let provider_answers = inbound.opt_out.is_some() || self.provider_answers(channel, &text);
        let wanted = action(payload.as_deref(), &text);
        let doubt = match keyword {
            // One of our own choices says what it means.
            Keyword::Ambiguous(why) if wanted.is_none() => Some(why),
            Keyword::Ambiguous(_)
            | Keyword::Stop
            | Keyword::Start
            | Keyword::Help
            | Keyword::None => None,
        };
        let effects = InboundEffects {
            doubt: doubt.map(|why| why.code().to_owned()),
            also_stops: if keyword == Keyword::Stop {
                self.stops_with(from).await?
            } else {
                Vec::new()
            },
            confirms_since: (keyword == Keyword::None && is_yes(&text))
                .then(|| now - CONFIRM_WITHIN),
            consent: match keyword {
                Keyword::Stop => Some(ConsentEvent::OptOut),
                Keyword::Start => Some(ConsentEvent::Start),
                Keyword::Help | Keyword::None | Keyword::Ambiguous(_) => None,
            },
            window: (channel == Channel::Whatsapp)
                .then(|| SessionWindow::opened_by(inbound.at, now)),
            free_entry: (channel == Channel::Whatsapp && inbound.referral.is_some())
                .then(|| FreeEntry::answer_by(inbound.at, now)),
            needs_answer: match keyword {
                Keyword::None => true,
                Keyword::Ambiguous(_) => doubt.is_none(),
                Keyword::Stop | Keyword::Start | Keyword::Help => false,
            },
            answer_from: Some(looked_at_from(
                Heard {
                    at: now,
                    tapped: payload.is_some(),
                },
                self.inner.settings.burst,
            )),
            release_answers: keyword == Keyword::None
                && (policy::conversation::intent(&text)
                    .is_content_with_what_waits(payload.is_some())
                    || wanted == Some(Action::StartWorkout)),
            keeps_held: keeps_held(wanted) || wished(&text).is_some_and(|other| other != channel),
            said_at: inbound.at.map(|at| at.min(now)),
        };
        let id = self.inner.ids.message();
        let record = RecordInbound {
            inbound: NewInbound {
                id,
                provider,
                account: inbound.account.to_string(),
                provider_message_id: inbound.provider_message_id.to_string(),
                channel,
                from: handle.clone(),
                to: sender,
                text: text.into(),
                media: inbound
                    .media
                    .iter()
                    .map(|media| {
                        (
                            media.url.to_string(),
                            media.content_type.as_deref().unwrap_or_default().to_owned(),
                        )
                    })
                    .collect(),
                button: payload,
                metadata: metadata(&inbound),
                received_at: now,
            },
            effects,
        };
        match self.inner.committer.submit(record).await? {
            RecordInboundAnswer::Repeated => Ok(Received::Repeated),
            RecordInboundAnswer::Recorded {
                member, consent, ..
            } => {
                self.trace_inbound(id, channel, (now, self.now()));
                if let Some(committed) = committed {
                    // Whoever asked may have stopped listening; the message is stored all the same.
                    let _ = committed.send(());
                }
                if let Some(change) = &consent {
                    self.wait_for_begun(&change.begun).await;
                }
                // One that was found late, after a later stop, has changed nothing.
                if let (Some(member), Keyword::Start, Some(_)) = (member, keyword, &consent) {
                    self.start_ends_holiday(member).await;
                    self.offer_plan(member, id, channel).await;
                }
                if let (Some(member), false) = (member, provider_answers) {
                    let said = said(keyword, id, consent.as_deref());
                    self.confirm(member, id, channel, &handle, said, consent.as_deref())
                        .await;
                    if said == Said::Yes {
                        self.welcome_after_yes(member).await;
                    }
                }
                Ok(Received::Stored)
            }
        }
    }

    /// Whether the provider answers this text on this channel by itself.
    fn provider_answers(&self, channel: Channel, text: &str) -> bool {
        let owned = self
            .inner
            .senders
            .on(channel)
            .is_some_and(|sender| sender.keywords == KeywordOwner::Provider);
        owned
            && PROVIDER_KEYWORDS
                .iter()
                .any(|word| text.trim().eq_ignore_ascii_case(word))
    }

    /// The one confirmation of a keyword (G14): keyed by address and consent version, so a repeated
    /// STOP is not confirmed twice. A failure to store it is logged, not told: STOP itself stands.
    pub(crate) async fn confirm(
        &self,
        member: MemberId,
        inbound: domain::MessageId,
        channel: Channel,
        handle: &Handle,
        said: Said,
        consent: Option<&ConsentChange>,
    ) {
        let locale = match self
            .ask()
            .question(store::questions::MemberById { id: member })
            .await
        {
            Ok(Some(member)) => member.profile.locale,
            Ok(None) | Err(_) => self.inner.settings.planner.default_locale.to_string(),
        };
        let service = &self.inner.settings.service_name;
        let text = match said {
            Said::Keyword(Keyword::Stop) if channel == Channel::Web => {
                Some(policy::conversation::stopped_everywhere(service, &locale))
            }
            Said::Keyword(keyword) => {
                policy::conversation::keyword_reply(keyword, service, &locale)
            }
            Said::Yes => Some(policy::conversation::opted_in(service, &locale)),
            Said::Nothing => None,
        };
        let Some(text) = text else {
            return;
        };
        let Ok(content) = Content::text_only(&text) else {
            return;
        };
        let occasion = match consent {
            Some(change) => format!(
                "keyword:{channel}:{}:{}",
                handle.as_str(),
                change.record.version
            ),
            None => format!("keyword:{inbound}"),
        };
        let mut draft = Draft::new(member, content);
        draft.kind = Kind::KeywordReply;
        draft.queue = "keywords".parse().unwrap_or_default();
        draft.channel = Some(channel);
        draft.in_reply_to = Some(inbound);
        draft.occasion = Some(occasion);
        // G14: within five minutes of the STOP, or not at all.
        draft.expires_at = Some(self.now() + domain::Seconds::new(300));
        if let Err(error) = self.accept_own(draft).await {
            tracing::error!(%error, "the confirmation of a keyword could not be stored");
        }
    }

    /// Accepts a message of a kind that callers may not use.
    pub(crate) async fn accept_own(&self, draft: Draft) -> Result<(), EngineError> {
        let accept = store::ops::Accept {
            messages: vec![self.new_message(draft)],
            idempotency: None,
            at: self.now(),
        };
        self.inner.committer.submit(accept).await?;
        Ok(())
    }
}

/// What there is to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A keyword, or what may be one.
    Keyword(Keyword),
    /// Yes, to whether they signed up.
    Yes,
    /// Nothing, or nothing new.
    Nothing,
}

/// What an inbound message said, by what it changed. What may mean stop is asked about once, and not
/// at all of somebody who has stopped.
fn said(keyword: Keyword, id: domain::MessageId, consent: Option<&ConsentChange>) -> Said {
    match keyword {
        Keyword::None if consent.is_some() => Said::Yes,
        Keyword::None => Said::Nothing,
        Keyword::Ambiguous(_) => {
            let doubt = consent.and_then(|change| change.record.open.doubt.as_ref());
            if doubt.is_some_and(|doubt| doubt.message == Some(id)) {
                Said::Keyword(keyword)
            } else {
                Said::Nothing
            }
        }
        // It came too late, after a stop that was said later.
        Keyword::Start if consent.is_none() => Said::Nothing,
        Keyword::Stop | Keyword::Start | Keyword::Help => Said::Keyword(keyword),
    }
}

/// Whether somebody asks for something else than that what waits be sent now. It is done when they are
/// answered; it must not leave meanwhile.
const fn keeps_held(wanted: Option<Action>) -> bool {
    match wanted {
        Some(Action::SkipToday | Action::Reschedule | Action::Later { .. } | Action::Stop) => true,
        Some(Action::StartWorkout) | None => false,
    }
}

/// What a person said: their text, or the title of what they tapped, or the place they sent.
fn shown_text(inbound: &Inbound) -> String {
    let text = without_nul(&inbound.text);
    if !text.trim().is_empty() {
        return text.into_owned();
    }
    if let Some(title) = inbound
        .button
        .as_ref()
        .and_then(|button| button.text.as_ref())
    {
        return without_nul(title).into_owned();
    }
    if let Some(list) = &inbound.list {
        return without_nul(list.title.as_ref().unwrap_or(&list.id)).into_owned();
    }
    text.into_owned()
}

fn payload_of(inbound: &Inbound) -> Option<String> {
    let button = inbound
        .button
        .as_ref()
        .and_then(|button| button.payload.as_ref());
    let payload = button.or_else(|| inbound.list.as_ref().map(|list| &list.id))?;
    Some(without_nul(payload).into_owned())
}

/// What else the provider told, for people to look at.
fn metadata(inbound: &Inbound) -> String {
    let text =
        |text: &Option<domain::Text>| text.as_ref().map(|text| without_nul(text).into_owned());
    let location = inbound.location.as_ref().map(|place| {
        serde_json::json!({
            "latitude": place.latitude, "longitude": place.longitude,
            "address": text(&place.address), "label": text(&place.label),
        })
    });
    serde_json::json!({
        "profile_name": text(&inbound.profile_name),
        "location": location,
        "forwarded": inbound.forwarded,
        "replied_to": inbound.replied_to,
        "message_type": inbound.message_type,
        "from_country": inbound.from_country,
        "referral": inbound.referral.as_ref().map(|referral| serde_json::json!({
            "headline": text(&referral.headline), "source_id": text(&referral.source_id),
        })),
    })
    .to_string()
}
