//! Why: each reason has a stable code for machines and a sentence for a coach.

use std::fmt;

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $sentence:literal);+ $(;)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// A stable word for machines.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The reason with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.code() == code)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $sentence),+ })
            }
        }
    };
}

reasons! {
    /// Why a message is held or suppressed, or a channel passed over.
    Reason {
        /// The member was erased.
        Erased = "erased", "the member asked to be forgotten";
        /// Called back.
        CancelRequested = "cancel_requested", "somebody took it back before it left";
        /// Too late.
        Expired = "expired", "its time was over before it could be sent";
        /// All attempts were used.
        AttemptsUsedUp = "attempts_used_up", "every attempt it had was used up";
        /// Too early.
        NotYet = "not_yet", "it is not to be sent before a certain time";
        /// The member sleeps.
        QuietHours = "quiet_hours", "it is night where the member lives, and they did not ask for it just now";
        /// Enough of these for now.
        FrequencyCap = "frequency_cap", "as many messages of this kind have gone to the member as they get in such a time; it goes when there is room, if it still may by then";
        /// No money left.
        BudgetSpent = "budget_spent", "what is left of the budget does not pay for it; it goes when the next day or month of the budget begins, or the budget is raised";
        /// Everything is switched off.
        EverythingSwitchedOff = "everything_switched_off", "an operator has switched off all sending";
        /// Its kind is switched off.
        KindSwitchedOff = "kind_switched_off", "an operator has switched off messages of this kind";
        /// Its queue is switched off.
        QueueSwitchedOff = "queue_switched_off", "an operator has switched off this queue";
        /// Its channel is switched off.
        ChannelSwitchedOff = "channel_switched_off", "an operator has switched off this channel";
        /// Staging protects people.
        NotOnAllowList = "not_on_allow_list", "this installation writes only to addresses on its list";
        /// No address.
        NoAddress = "no_address", "the member has no address on this channel";
        /// Nothing known of consent.
        ConsentUnknown = "consent_unknown", "the member has not agreed to be written to here";
        /// They agreed before they were asked to.
        AlreadyConfirmed = "already_confirmed", "the member has agreed meanwhile, so there is nothing to confirm";
        /// What they wrote may mean stop.
        ConsentInDoubt = "consent_in_doubt", "the member wrote what may mean stop, and nobody has decided yet";
        /// Said stop.
        OptedOut = "opted_out", "the member said stop";
        /// Said stop to marketing.
        MarketingStopped = "marketing_stopped", "the member stopped marketing here, and this is marketing";
        /// Known not to arrive.
        Unreachable = "unreachable", "messages to this address are known not to arrive";
        /// WhatsApp is off.
        WhatsappDisabled = "whatsapp_disabled", "WhatsApp is not switched on for this service";
        /// Everything goes by SMS instead.
        RolledBack = "rolled_back", "an operator has taken everything back from WhatsApp to SMS for now";
        /// Not in the rollout.
        OutsideRollout = "outside_rollout", "WhatsApp is not switched on for this member yet";
        /// We have no number there.
        NoSender = "no_sender", "we have no number on this channel";
        /// Our number is stopped.
        SenderStopped = "sender_stopped", "our number on this channel is stopped until somebody acts";
        /// Our number is too fast.
        SenderThrottled = "sender_throttled", "our number on this channel has to slow down";
        /// The day's number of people is reached.
        PeopleLimit = "people_limit", "as many people as WhatsApp lets us reach within a day have been reached; this one's turn comes when room is free";
        /// The provider lets us reach nobody new.
        NewPeoplePaused = "new_people_paused", "the provider lets us write to nobody at the moment who has not written to us within a day";
        /// Too fast for one person.
        PairTooFast = "pair_too_fast", "messages to this member came too fast for the provider";
        /// Their marketing cap.
        MarketingCapped = "marketing_capped", "the provider has chosen to deliver no marketing to this member for a day";
        /// No window, no template.
        WindowClosed = "window_closed", "the member has not written for a day, and no template can say this";
        /// The named template is unknown in any language that fits.
        NoTemplate = "no_template", "there is no such template in a language that fits";
        /// It is not approved.
        TemplateNotApproved = "template_not_approved", "the template is not approved at the moment";
        /// It counts as marketing, and they get none here.
        TemplateIsMarketing = "template_is_marketing", "the template counts as marketing, and marketing does not reach this member on WhatsApp";
        /// Variables lack.
        TemplateVariables = "template_variables", "the template's variables are not all given";
        /// The knock is on the way.
        BehindKnock = "behind_knock", "WhatsApp wants an answer of theirs first: a template asked for it, and this follows when they answer";
        /// Nothing left to say in this form.
        NothingToSay = "nothing_to_say", "this channel cannot carry what the message holds";
        /// The text is over the limit of the channel.
        TooLong = "too_long", "the text is longer than this channel carries";
        /// Skipped by the member.
        SkippedByMember = "skipped_by_member", "the member chose to skip it";
        /// Put off by the member.
        Rescheduled = "rescheduled", "the member chose another time for it";
        /// An earlier message of the chain went here.
        TriedBefore = "tried_before", "the same was sent here before and is not known to have arrived";
        /// It has arrived by another channel.
        ArrivedElsewhere = "arrived_elsewhere", "the same has arrived by another channel meanwhile";
        /// No channel was left.
        NoChannel = "no_channel", "the member has no channel that may carry it";
    }
}

reasons! {
    /// Why a message has the form it has on WhatsApp.
    FormReason {
        /// Free text, within the session window.
        WindowOpen = "window_open", "the member wrote here less than a day ago, so free text may go";
        /// A template.
        ApprovedTemplate = "approved_template", "an approved template may go at any time";
    }
}

reasons! {
    /// Why WhatsApp is on for a member while it is not on for all.
    Rollout {
        /// By their group.
        Cohort = "in_cohort", "the member is in a group for which WhatsApp is switched on";
        /// By the percentage.
        Percentage = "in_rollout", "the member is among those for whom WhatsApp is switched on already";
    }
}

reasons! {
    /// Why a channel was looked at.
    Choice {
        /// It answers what the member wrote there.
        AnsweredWhereAsked = "answered_where_asked", "the member wrote here";
        /// A knock: it opens the window for what waits behind it.
        OpensWindow = "opens_window", "the member has not written here for a day, so an approved template asks them to answer; what waits follows when they do";
        /// The caller named it.
        CallersWish = "callers_wish", "this channel was asked for";
        /// The member prefers it.
        MembersPreference = "members_preference", "the member prefers this channel";
        /// The member prefers it for this topic.
        TopicPreference = "topic_preference", "the member prefers this channel for messages of this sort";
        /// It is the default of their country.
        CountryDefault = "country_default", "it is the default channel in the member's country";
        /// It is the default.
        DefaultChannel = "default_channel", "it is the default channel";
        /// What is left.
        Fallback = "fallback", "the channels before it could not carry the message";
    }
}
