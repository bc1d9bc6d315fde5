//! Pages on which somebody pays, and on which they manage what they pay.
//!
//! That one is needed is stored first, with the key under which it is made: whoever asks again, after a crash or on
//! another node, gets the same page, so nobody has two open ones and pays twice.

use domain::{Channel, Content, Kind, MemberId, MessageId, Seconds, Timestamp};
use policy::subscription::Standing;
use providers::stripe::NewCheckout;
use store::ops::{HearBilling, KeepCheckout, OpenCheckout};
use store::questions::{CheckoutOf, MemberById};
use store::records::{CheckoutRecord, Member};

use crate::audit::Note;
use crate::logins::hex;
use crate::{Draft, Engine, EngineError};

use super::Billing;

/// How long a link holds that begins a plan. Its page is made when it is opened, and made again when that is over.
const LINK_LASTS: Seconds = Seconds::new(7 * 86_400);

/// Stripe takes no end of a trial that is nearer than this.
const TRIAL_MIN: Seconds = Seconds::new(48 * 3600);

impl Engine {
    /// The address of a page on which a member can be paid for.
    pub async fn checkout(&self, id: MemberId) -> Result<String, EngineError> {
        self.refuse_while_draining()?;
        self.refuse_while_held()?;
        let billing = self.billing()?;
        let member = self.ask().question(MemberById { id }).await?;
        let member = member.ok_or(EngineError::UnknownMember)?;
        let known = self.subscriptions_of(&member).await?;
        let is_tried = matches!(known.standing, Some(Standing::Trialing { .. }));
        if known.standing.is_some_and(Standing::is_running)
            || (is_tried && has_stripe_trial(&known.all))
        {
            return Err(EngineError::Subscribed);
        }
        let mut spent = None;
        // A page may be spent: it was paid and we have not heard, or the settings have changed since it was made.
        for _ in 0..2 {
            let open = self.open_checkout(id, spent).await?;
            let now = self.now();
            if let Some((url, until)) = &open.page
                && *until > now
            {
                return Ok(url.clone());
            }
            let new = new_checkout(billing, &member, known.customer(), known.standing, now);
            let key = format!("checkout:{}:{}", open.token, open.turn);
            let made = match billing.stripe.checkout(&new, &key, now).await {
                Err(error) if error.is_another_body() => None,
                other => other?,
            };
            let Some((url, until)) = made else {
                spent = Some(open.turn);
                continue;
            };
            let kept = KeepCheckout {
                member: id,
                turn: open.turn,
                url: url.clone(),
                until,
            };
            self.inner.committer.submit(kept).await?;
            return Ok(url);
        }
        Err(providers::stripe::StripeError::NoAnswer {
            why: "it makes no page that can be used".into(),
        }
        .into())
    }

    async fn open_checkout(
        &self,
        member: MemberId,
        spent: Option<u32>,
    ) -> Result<CheckoutRecord, EngineError> {
        let token: [u8; 16] = self.random()?;
        let open = OpenCheckout {
            member,
            token: hex(&token),
            lasts: LINK_LASTS,
            spent,
            at: self.now(),
        };
        let note = || Note::of_member("member.checkout", member);
        let open = self.submit(open, note).await?;
        open.ok_or(EngineError::UnknownMember)
    }

    /// A short link that begins a plan. Whoever has it may pay for this member, and sees nothing of theirs.
    pub(crate) async fn checkout_link(&self, member: MemberId) -> Result<String, EngineError> {
        let billing = self.billing()?;
        let open = self.open_checkout(member, None).await?;
        Ok(format!("{}/pay/{}", billing.public_url, open.token))
    }

    /// The page that such a link opens; `None` when it holds no more.
    pub async fn checkout_by(&self, token: &str) -> Result<Option<String>, EngineError> {
        self.billing()?;
        let token = token.to_owned();
        let Some(open) = self.ask().question(CheckoutOf { token }).await? else {
            return Ok(None);
        };
        if open.opened_at + LINK_LASTS <= self.now() {
            return Ok(None);
        }
        match self.checkout(open.member).await {
            Ok(url) => Ok(Some(url)),
            Err(EngineError::Subscribed | EngineError::UnknownMember) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The address of a page on which a member sees their invoices, and changes or ends what they pay.
    pub async fn portal(&self, member: &Member) -> Result<String, EngineError> {
        self.refuse_while_draining()?;
        let billing = self.billing()?;
        let known = self.subscriptions_of(member).await?;
        let customer = known.customer().ok_or(EngineError::NeverSubscribed)?;
        let key: [u8; 16] = self.random()?;
        let key = format!("portal:{}", hex(&key));
        let back = format!("{}/me", billing.public_url);
        let locale = language(&member.profile.locale);
        Ok(billing.stripe.portal(customer, &back, locale, &key).await?)
    }

    /// Somebody comes back from a page to pay on: how the subscription stands is asked at once, and again
    /// when Stripe tells of it.
    pub async fn came_back(&self, session: &str) -> Result<(), EngineError> {
        self.refuse_while_draining()?;
        let billing = self.billing()?;
        let Some(subscription) = billing.stripe.paid(session).await? else {
            return Ok(());
        };
        let hear = HearBilling {
            event: None,
            kind: "came_back".into(),
            subscription: subscription.clone(),
            at: self.now(),
        };
        self.inner.committer.submit(hear).await?;
        self.read_subscription(billing, &subscription, None).await
    }

    /// START is consent, and has been recorded. Whoever no plan serves is told how to begin one, on the channel they wrote
    /// on. It asks nobody but our own store, and a failure is logged: START itself stands.
    pub(crate) async fn offer_plan(&self, id: MemberId, inbound: MessageId, channel: Channel) {
        if !self.takes_payments() {
            return;
        }
        let offered = async {
            let Some(member) = self.ask().question(MemberById { id }).await? else {
                return Ok(());
            };
            let known = self.subscriptions_of(&member).await?;
            if known.is_served || known.standing.is_some_and(Standing::is_running) {
                return Ok(());
            }
            let link = self.checkout_link(id).await?;
            let (name, locale) = (member.profile.name.as_str(), &member.profile.locale);
            let service = &self.inner.settings.service_name;
            let words = policy::letters::plan_needed(name, service, &link, locale);
            let Ok(content) = Content::text_only(&words) else {
                return Ok(());
            };
            let mut draft = Draft::new(id, content);
            draft.kind = Kind::KeywordReply;
            draft.queue = "keywords".parse().unwrap_or_default();
            draft.channel = Some(channel);
            draft.in_reply_to = Some(inbound);
            draft.occasion = Some(format!("plan_needed:{inbound}"));
            draft.expires_at = Some(self.now() + Seconds::new(3_600));
            self.accept_own(draft).await
        };
        let offered: Result<(), EngineError> = offered.await;
        if let Err(error) = offered {
            tracing::error!(member.id = %id, %error, "a member who wrote START could not be told how to begin a plan");
        }
    }
}

/// A trial of ours is no subscription; one of Stripe's is.
fn has_stripe_trial(all: &[store::records::SubscriptionRecord]) -> bool {
    all.iter()
        .any(|one| one.state == domain::SubscriptionState::Trialing)
}

fn new_checkout(
    billing: &Billing,
    member: &Member,
    customer: Option<&str>,
    standing: Option<Standing>,
    now: Timestamp,
) -> NewCheckout {
    let profile = &member.profile;
    // Whoever pays while their trial runs loses none of its days.
    let trial_end = match standing {
        Some(Standing::Trialing { until }) if until > now + TRIAL_MIN => Some(until),
        _ => None,
    };
    NewCheckout {
        member: profile.id.to_string(),
        price: billing.price.clone(),
        customer: customer.map(str::to_owned),
        email: profile.email.clone(),
        trial_end,
        success_url: format!(
            "{}/me/paid?session_id={{CHECKOUT_SESSION_ID}}",
            billing.public_url
        ),
        cancel_url: format!("{}/me?told=unpaid", billing.public_url),
        locale: language(&profile.locale).to_owned(),
    }
}

/// A language Stripe has pages in.
fn language(locale: &str) -> &'static str {
    policy::language::Language::of(locale).tag()
}
