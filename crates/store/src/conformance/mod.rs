//! What every store must do, told as small stories. A store's tests call
//! [`conformance_tests!`](crate::conformance_tests) with a way to open a fresh database, and get one
//! test for each story; one more checks that every operation and every question has a story.
//!
//! Deliberately not here: anything only one database has (its migrations, its locks, its speed).

#![expect(
    clippy::indexing_slicing,
    clippy::option_option,
    reason = "stories are tests: what is missing should fail them, where it is missing"
)]

mod accepting;
mod acts;
mod addresses;
mod audience;
mod beginning;
mod broadcasts;
mod calling_back;
mod choosing;
mod coach_turns;
mod consents;
mod conversations;
mod copies;
mod crashes;
mod desk;
mod edges;
mod editing;
mod frequency;
mod inbound;
mod integrations;
mod joining;
mod ledger;
mod legs;
mod limits;
mod lists;
mod lists_read;
mod logins;
mod members;
mod moving;
mod operators;
mod parking;
mod prices;
mod programmes;
mod races;
mod receipts;
mod recurring;
mod redacting;
mod rollout;
mod second_factors;
mod settling;
mod subscriptions;
mod timers;
mod world;

use crate::ops::Op;
use crate::questions::{BoxFuture, Request};

use world::World;
pub use world::{Harness, Opened};

/// One story.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name, a claim.
    pub name: &'static str,
    /// The operations and questions it is about; it fails if it does not use them.
    pub covers: &'static [&'static str],
    run: fn(World) -> BoxFuture<'static, World>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! suite {
    (($d:tt) $($area:ident { $($name:ident covers [$($covered:ident)*];)+ })+) => {
        /// All stories.
        pub const CASES: &[Case] = &[$($(Case {
            name: stringify!($name),
            covers: &[$(stringify!($covered)),*],
            run: |world| Box::pin($area::$name(world)),
        },)+)+];

        /// One test for each story, and one that none is missing. `$harness` makes a harness over
        /// a fresh, empty database each time it is evaluated.
        #[macro_export]
        macro_rules! conformance_tests {
            ($d harness:expr) => {
                $($(
                    #[test]
                    fn $name() {
                        $crate::conformance::run(stringify!($name), Box::new($d harness));
                    }
                )+)+

                #[test]
                fn every_operation_and_every_question_has_a_story() {
                    assert_eq!($crate::conformance::uncovered(), Vec::<&str>::new());
                }
            };
        }
    };
}

suite! {
    ($)
    members {
        a_member_reads_back_as_created covers [CreateMember MemberById Members];
        a_taken_number_names_its_owner covers [CreateMember UpdateMember];
        the_same_key_makes_one_member covers [CreateMember];
        changes_touch_only_what_they_name covers [UpdateMember MemberById];
        members_list_newest_first_and_by_number covers [Members];
        an_erased_member_leaves_no_words covers [EraseMember MemberById MessageById Accept NamesOf];
        an_opted_out_address_outlives_its_member covers [EraseMember CreateMember ConsentsOf ChangeConsent];
        due_members_are_those_of_the_zone_and_hour_without_the_occasion covers [DueMembers TimeZones MadeAt Accept];
    }
    joining {
        many_join_at_once_and_who_has_a_number_is_named covers [CreateMembers OwnersOf ConsentsOf LedgerOf StatsNow];
        the_same_key_makes_many_once covers [CreateMembers];
        who_is_known_of_before_stays_stopped_among_many covers [CreateMembers EraseMember ImportSuppressions ConsentsOf];
        what_follows_in_one_batch_finds_those_who_joined covers [CreateMember RecordInbound ChangeConsent];
        of_many_who_are_made_each_is_kept_in_the_log covers [Audited AuditLog];
    }
    copies {
        what_a_provider_has_of_an_erased_member_is_to_be_deleted_there covers [EraseMember RecordCopies CopiesToDelete StatsNow];
        an_attempt_under_way_is_named_once_its_id_is_known covers [EraseMember Settle CopiesToDelete];
    }
    programmes {
        a_draft_is_written_over_and_what_is_followed_is_not covers [SaveProgramme Programmes];
        who_did_not_see_the_newest_version_does_not_write_over_it covers [SaveProgramme Programmes];
        programmes_are_told_only_when_they_changed covers [SaveProgramme Programmes];
        a_member_follows_one_programme_at_a_time covers [Enrol RhythmsOf TrainingOf MemberById];
        holidays_are_kept_as_they_were_last_told covers [SetPauses RhythmsOf TrainingOf];
        what_a_message_logged_is_kept_once_and_goes_with_its_member covers [LogWork TrainingOf EraseMember];
        an_occurrence_ends_once covers [NoteOccurrences TrainingOf DueMembers];
        what_a_member_followed_goes_with_them_and_old_ends_go covers [Enrol SetPauses NoteOccurrences EraseMember Tidy TrainingOf];
    }
    lists_read {
        up_to_when_a_list_was_read_is_kept_for_each_of_our_numbers covers [NoteListsRead ListsRead];
        a_new_database_has_no_list_to_read_first covers [NoteListsRead ListsRead];
    }
    recurring {
        who_is_due_is_told_page_by_page_among_so_many covers [DueMembers NoteOccurrences];
        up_to_when_occurrences_were_looked_through_never_moves_back covers [NoteChecked CheckedTo];
        since_when_what_recurs_is_ours_moves_by_no_operation covers [RecursFrom];
        only_whoever_has_the_lanes_notes_that_it_looked covers [NoteChecked CheckedTo];
    }
    editing {
        who_did_not_see_the_newest_draft_does_not_write_over_it covers [SaveProgramme Programmes];
        versions_stay_with_their_words covers [SaveProgramme ProgrammeVersions ProgrammeOfVersion];
        followers_are_counted_and_listed_by_what_they_follow covers [FollowerCounts FollowersOf Enrol EraseMember];
        what_became_of_a_template_is_kept covers [RecordTemplates TemplateEvents];
    }
    consents {
        consent_follows_the_table covers [ChangeConsent ConsentsOf];
        every_change_raises_the_version covers [ChangeConsent ConsentsOf];
        stop_ends_what_waits_to_that_address covers [ChangeConsent MessageById];
        stop_leaves_what_may_go_elsewhere covers [ChangeConsent MessageById];
        stop_spares_its_own_confirmation covers [ChangeConsent FactsOf];
        stop_names_what_is_already_begun covers [ChangeConsent Begin];
        a_marketing_stop_moves_the_version_that_begin_compares covers [ChangeConsent Begin];
    }
    ledger {
        the_ledger_tells_what_when_and_where_it_is_proven covers [LedgerOf ChangeConsent];
        what_opens_an_address_comes_too_late_after_a_stop_that_was_said_later covers [RecordInbound ConsentsOf LedgerOf];
        who_was_erased_as_stopped_is_not_opened_by_what_is_found_late covers [RecordInbound EraseMember];
        a_yes_from_before_the_question_confirms_nothing covers [RecordInbound ChangeConsent];
        a_confirmation_is_asked_for_once_and_given_by_a_reply covers [ChangeConsent RecordInbound ConsentsOf];
        who_stopped_is_not_asked_to_confirm covers [ChangeConsent Messages];
        a_doubt_waits_for_a_person_and_moves_the_version covers [RecordInbound Attentions Begin];
        an_imported_stop_holds_for_members_and_for_who_signs_up_later covers [ImportSuppressions CreateMember];
        the_suppression_list_is_paged_and_says_since_when covers [Suppressions ImportSuppressions];
        the_same_key_imports_once covers [ImportSuppressions];
    }
    accepting {
        an_accepted_message_has_a_place_and_a_notice covers [Accept FactsOf Places MessageById];
        numbers_grow_in_the_order_of_acceptance covers [Accept Places];
        an_unknown_member_refuses_only_its_own_message covers [Accept];
        an_occasion_is_taken_once covers [Accept];
        the_same_key_gives_the_same_answer covers [Accept];
        the_same_key_with_another_body_stores_nothing covers [Accept StatsNow];
        facts_hold_all_that_was_said covers [Accept FactsOf];
    }
    beginning {
        begin_marks_the_attempt_and_occupies_the_lane covers [Begin MessageById];
        begin_wants_the_next_number covers [Begin];
        begin_refuses_when_consent_moved covers [Begin ChangeConsent];
        begin_refuses_when_the_window_closed covers [Begin RecordInbound WindowsOf];
        begin_refuses_when_a_switch_moved covers [Begin SetSwitch Switches];
        begin_refuses_when_a_template_moved covers [Begin RecordTemplates Switches];
        an_old_epoch_begins_nothing covers [Begin];
    }
    settling {
        acceptance_waits_for_the_receipt covers [Settle MessageById];
        a_refusal_for_now_goes_back_into_the_lane covers [Settle FactsOf];
        attempts_are_used_up covers [Settle MessageById];
        a_refusal_that_counts_nothing_uses_no_attempt covers [Settle FactsOf];
        a_refusal_for_good_frees_the_lane covers [Settle MessageById];
        no_answer_is_unconfirmed covers [Settle MessageById];
        an_old_fence_keeps_good_news_as_evidence covers [Settle MessageById];
        an_old_fence_drops_bad_news covers [Settle MessageById];
        a_second_settle_changes_nothing covers [Settle];
        an_opt_out_by_the_provider_is_a_stop covers [Settle ConsentsOf];
        a_closed_window_is_closed covers [Settle WindowsOf];
        an_unreachable_address_is_known covers [Settle FactsOf];
    }
    receipts {
        receipts_give_the_same_status_in_any_order covers [Receipt MessageById];
        a_repeated_receipt_changes_nothing covers [Receipt];
        a_receipt_before_the_answer_counts covers [Receipt Settle MessageById];
        delivered_frees_the_lane covers [Receipt];
        a_failure_by_receipt_ends_or_goes_again covers [Receipt FactsOf];
        evidence_ends_an_unconfirmed_place covers [Receipt MessageById];
        a_sent_receipt_on_an_unconfirmed_place_waits_for_more covers [Receipt FactsOf];
        evidence_calls_back_a_waiting_repeat covers [Receipt Elapse];
        arrival_and_failure_of_one_attempt_are_a_conflict covers [Receipt MessageById];
        an_unknown_word_is_kept_and_changes_nothing covers [Receipt MessageById];
        a_receipt_by_the_providers_id_finds_its_attempt covers [Receipt];
        a_late_failure_ends_a_message_whose_lane_went_on covers [Receipt Elapse];
    }
    parking {
        a_receipt_nobody_knows_is_parked_and_applied_later covers [Receipt Settle MessageById];
        a_receipt_of_an_attempt_that_never_was_is_parked covers [Receipt];
        tidy_removes_what_is_past_keeping covers [Tidy Receipt Accept];
    }
    prices {
        a_price_is_kept_and_the_newest_counts covers [RecordPrices MessageById EventsAfter];
        what_has_no_price_yet_is_asked_for_when_it_is_due covers [RecordPrices PricesToAsk];
        how_far_was_asked_only_grows_and_survives_a_reopening covers [RecordPrices PricesToAsk];
        what_messages_cost_is_counted_by_day_channel_and_currency covers [Begin RecordPrices StatsNow CostsSince];
        what_the_provider_does_not_have_costs_nothing covers [Begin Settle Receipt StatsNow];
    }
    limits {
        a_slowdown_outlives_its_process_and_only_grows covers [SlowDown LimitsSince];
        whoever_was_reached_is_known_by_when covers [ReachPeople LimitsSince];
        no_more_people_are_reached_than_a_day_allows covers [ReachPeople];
        limits_go_when_they_are_old_and_with_their_member covers [ReachPeople SlowDown Tidy EraseMember LimitsSince];
    }
    frequency {
        no_more_is_counted_than_a_cap_allows covers [CountSends CountedSends];
        what_ends_badly_counts_no_more_and_a_chain_counts_once covers [CountSends CountedSends Settle];
        counts_go_when_they_are_old_and_with_their_member covers [CountSends CountedSends Tidy EraseMember];
    }
    logins {
        a_code_goes_to_a_number_that_is_nobodys covers [OpenCode SpendTry FactsOf];
        a_code_is_used_once_and_its_words_go covers [OpenCode UseCode MessageById];
        a_code_has_five_tries_ten_minutes_and_one_browser covers [SpendTry UseCode EndCodes];
        only_the_newest_code_of_an_address_is_one covers [OpenCode SpendTry UseCode];
        codes_are_counted_by_address_network_country_and_day covers [OpenCode];
        a_stop_ends_a_code_on_its_way covers [OpenCode ChangeConsent MessageById];
        a_stop_names_a_code_that_is_begun covers [OpenCode ChangeConsent Begin];
        an_erased_members_stop_holds_for_codes covers [OpenCode EraseMember];
        codes_go_when_they_count_no_longer_and_with_their_number covers [OpenCode EraseMember Tidy Messages];
        a_session_is_somebodys_until_it_ends covers [OpenSession SessionOf EndSessions UpdateMember EraseMember Tidy];
    }
    addresses {
        consent_stays_with_the_address_that_is_left covers [UpdateMember Begin SpendTry ConsentsOf FactsOf];
        an_address_of_somebody_else_is_not_taken covers [UpdateMember];
        addresses_that_were_theirs_go_with_them covers [UpdateMember AccountOf EraseMember LedgerOf];
        a_session_tells_when_it_was_used covers [UseSession SessionOf AccountOf];
    }
    audience {
        a_segment_is_saved_changed_and_deleted covers [SaveSegment DeleteSegment Segments];
        the_same_key_saves_one_segment covers [SaveSegment Segments];
        an_audience_is_whom_all_conditions_mean covers [MembersMatching CountMatching];
        an_audience_knows_who_agreed_and_who_wrote covers [MembersMatching CountMatching EraseMember];
    }
    broadcasts {
        a_draft_is_edited_by_whoever_saw_it_last covers [SaveBroadcast BroadcastById Broadcasts];
        the_same_key_makes_one_broadcast covers [SaveBroadcast];
        a_broadcast_moves_on_only_from_how_it_was_seen covers [MoveBroadcast Switches];
        an_audience_is_taken_page_by_page_and_once covers [TakeAudience BroadcastNext];
        each_member_has_one_message_of_a_broadcast_ever covers [MakeBroadcast BroadcastMembers BroadcastProgress EraseMember];
        two_who_make_the_same_stage_make_no_more_than_it_has covers [MakeBroadcast BroadcastById];
        nothing_is_made_of_a_broadcast_that_is_paused covers [MakeBroadcast MoveBroadcast];
        what_came_of_a_broadcast_is_counted covers [BroadcastProgress BroadcastPlaces Cancel];
    }
    operators {
        who_is_of_the_team_logs_in_until_they_are_not covers [SaveOperator RemoveOperator Operators OpenOperatorSession OperatorSessionOf EndOperatorSessions Tidy];
        a_change_and_what_is_kept_of_it_are_one covers [Audited AuditLog];
        what_was_kept_of_a_member_goes_with_them covers [Audited AuditLog EraseMember];
        members_are_found_by_what_they_are_called_or_reached_at covers [FindMembers EraseMember];
    }
    second_factors {
        a_factor_is_a_draft_until_a_code_confirms_it covers [KeepSecondFactor ConfirmSecondFactor DropSecondFactor SecondFactorOf SecondFactors OpenOperatorSession];
        a_code_of_a_factor_lets_one_in_once covers [OpenOperatorEntry OperatorEntryOf EnterWithFactor RenewRecovery DropSecondFactor Tidy];
        tries_of_a_factor_are_counted_until_their_time_is_over covers [SpendFactorTry RemoveOperator];
        a_look_lasts_no_longer_than_its_session_and_its_time covers [OpenLook EndLook LookOf EndOperatorSessions SaveOperator EraseMember Tidy];
    }
    rollout {
        a_rollout_is_kept_moves_the_version_and_goes_back covers [SetRollout RolloutNow Switches];
        begin_refuses_when_a_rollout_moved covers [SetRollout Begin];
        who_agreed_to_whatsapp_is_told_page_by_page covers [RolloutMembers];
        the_outbox_is_pruned_page_by_page_and_keeps_its_newest covers [PruneEvents EventsPruned EventsAfter];
        nothing_is_pruned_that_somebody_is_still_to_read covers [PruneEvents NoteDeliveries RecordPrices];
    }
    integrations {
        an_endpoint_reads_back_and_its_line_moves_only_from_where_it_was covers [SaveEndpoint Endpoints NoteDeliveries MoveEndpoint RemoveEndpoint];
        the_line_of_one_that_is_stopped_stays_where_it_is covers [SaveEndpoint NoteDeliveries];
        what_was_put_aside_is_tried_again_when_it_is_due covers [NoteDeliveries Deliveries DeliveriesDue RepeatDelivery MoveEndpoint Tidy];
        a_key_holds_until_it_is_revoked covers [SaveKey ApiKeys UseKey RevokeKey];
        what_waits_in_the_outbox_is_known_at_once covers [EventsWaiting];
        events_are_found_by_when_they_were covers [EventBefore EventsAfter];
    }
    desk {
        what_ended_badly_is_told_by_why_until_it_ends_otherwise covers [DeadCounts DeadLetters Receipt Retry Tidy];
        a_group_is_tried_again_page_by_page_and_never_twice covers [WorkDeadLetters Settle DeadCounts];
        what_is_left_is_off_the_list_until_it_fails_again covers [WorkDeadLetters Retry EraseMember DeadCounts];
        what_waits_is_told_by_what_it_waits_for covers [WaitingNow Accept];
        notes_are_the_teams_and_go_with_their_member covers [KeepNote RemoveNote NotesOf EraseMember];
    }
    redacting {
        old_words_go_once_and_by_what_they_are_for covers [Redact MessageById];
        what_still_has_something_to_do_keeps_its_words covers [Redact ChangeConsent AnswerInbound];
        much_that_waits_keeps_nobody_elses_words covers [Redact AnswerInbound];
    }
    subscriptions {
        what_was_told_last_is_kept_in_any_order covers [KeepSubscription SubscriptionsOf];
        an_event_is_heard_once_and_asked_about_until_it_is_answered covers [HearBilling SettleBilling BillingToDo KeepSubscription Tidy];
        a_page_to_pay_on_is_made_once covers [OpenCheckout KeepCheckout CheckoutOf];
        a_renewal_is_reminded_of_once covers [RemindRenewal BillingToDo];
        whoever_is_erased_pays_no_more covers [EraseMember KeepSubscription OpenCheckout SettleBilling];
    }
    timers {
        a_lane_waits_for_a_receipt_only_so_long covers [Elapse FactsOf];
        a_held_place_returns_when_it_is_due covers [Hold Elapse FactsOf];
        a_hold_can_be_begun_when_due_and_not_before covers [Hold Begin];
        a_knock_goes_out_beside_the_held_body_once covers [Hold MessageById];
        a_repeat_is_flagged_and_only_for_kinds_that_allow_it covers [Elapse FactsOf MessageById];
        a_place_left_begun_by_an_earlier_process_is_unconfirmed covers [Elapse FactsOf];
        a_suppressed_place_keeps_its_reason covers [Suppress MessageById];
        an_old_epoch_holds_and_suppresses_nothing covers [Hold Suppress Elapse];
    }
    inbound {
        an_inbound_message_is_stored_once covers [RecordInbound Messages];
        a_window_moves_forward_only covers [RecordInbound WindowsOf];
        who_came_by_an_advertisement_is_free_from_the_first_answer_on covers [RecordInbound Settle WindowsOf FactsOf];
        stop_by_keyword_silences_in_the_same_breath covers [RecordInbound ConsentsOf MessageById];
        a_stop_in_the_chat_silences_every_channel_it_names covers [RecordInbound ConsentsOf MessageById];
        a_reply_releases_what_was_held_for_it covers [RecordInbound Hold FactsOf];
        what_a_reply_releases_may_be_its_answer covers [RecordInbound Hold Unanswered];
        inbound_messages_of_one_batch_do_what_single_ones_do covers [RecordInbound Hold WindowsOf Unanswered];
        the_longest_address_is_kept_whole covers [RecordInbound ConsentsOf];
        a_stranger_is_heard_and_can_say_stop covers [RecordInbound ConsentsOf LastInbound];
        an_inbound_message_is_answered_once covers [AnswerInbound Unanswered];
        a_reply_knows_the_channel_it_was_asked_on covers [AnswerInbound FactsOf];
    }
    coach_turns {
        what_a_model_is_asked_about_is_nobody_elses_meanwhile covers [BeginTurn KeepTurn AnswerInbound Unanswered AnswerDue TurnOf];
        what_was_decided_before_a_crash_is_done_and_not_asked_again covers [BeginTurn KeepTurn Tidy];
        a_day_has_so_many_turns_and_a_person_goes_first covers [BeginTurn KeepTurn TakeConversation EraseMember TurnOf];
    }
    conversations {
        a_burst_is_looked_at_when_it_is_due_and_answered_whole_or_not covers [RecordInbound AnswerDue Unanswered AnswerInbound];
        what_waits_is_found_by_the_shards_of_who_wrote_it covers [AnswerDue Unanswered];
        what_goes_with_an_answer_is_done_while_it_waits covers [ForAnswer];
        what_is_left_to_a_person_waits_and_is_told_of_once covers [AnswerInbound ConversationOf StatsNow Unanswered];
        conversations_are_listed_by_who_waits_for_whom covers [Conversations TakeConversation EraseMember];
        while_a_person_keeps_it_the_rules_are_silent covers [TakeConversation HandBack AnswerInbound];
        a_hand_over_that_ends_by_itself_leaves_what_waits_to_people covers [EndHandOvers AnswerDue ConversationOf];
        two_people_and_the_rules_answer_once covers [AnswerByPerson AnswerInbound];
    }
    choosing {
        blocks_are_kept_with_their_message covers [Accept FactsOf MessageById];
        the_newest_offer_of_the_channel_comes_with_the_answer covers [Unanswered];
        a_choice_is_kept_as_if_it_had_been_tapped covers [AnswerInbound MessageById];
        a_choice_skips_moves_or_releases_what_waits covers [AnswerInbound FactsOf];
    }
    calling_back {
        what_waits_can_be_cancelled covers [Cancel MessageById];
        what_is_begun_cannot_be_cancelled_but_goes_no_second_time covers [Cancel Settle];
        what_is_cancelled_in_the_open_goes_no_second_time_whatever_is_heard covers [Cancel Elapse Receipt];
        what_ended_badly_can_be_retried covers [Retry FactsOf];
        what_arrived_cannot_be_retried covers [Retry];
    }
    moving {
        wishes_for_topics_are_kept_one_by_one covers [CreateMember UpdateMember MemberById FactsOf Members];
        a_member_is_moved_and_told_once covers [MoveMember MemberById FactsOf Hold];
        what_is_held_for_certain_reasons_waits_again_page_by_page covers [Replan Hold FactsOf];
        two_failures_of_an_address_are_told_apart covers [Settle FactsOf];
        who_asks_for_a_channel_is_tried_there_again covers [AnswerInbound MemberById FactsOf];
    }
    legs {
        deliveries_are_watched_until_nobody_needs_to covers [WatchDelivery DueWatches];
        a_message_is_found_by_its_occasion covers [Accept ByOccasion AsAccepted];
    }
    lists {
        messages_are_filtered_and_paged covers [Messages];
        messages_are_found_by_the_words_of_the_api covers [Messages];
        stats_count_what_is_there covers [StatsNow];
        what_happens_is_counted_by_the_hour covers [Receipt RecordInbound ActivitySince];
        events_come_in_order_without_gaps covers [EventsAfter];
        switches_are_listed_with_their_version covers [SetSwitch Switches];
        templates_tell_of_what_changed_and_only_of_that covers [RecordTemplates Templates EventsAfter];
        how_our_numbers_stand_is_kept_and_moves_the_version covers [RecordSenders SenderStandings Switches EventsAfter];
        the_last_inbound_is_told_by_channel covers [LastInbound];
        attempts_are_listed_page_by_page covers [AttemptsAfter];
        receipts_are_listed_page_by_page covers [ReceiptsAfter];
    }
    edges {
        a_nul_in_a_text_fails_nothing covers [RecordInbound Receipt Messages MessageById];
        the_largest_numbers_are_kept covers [Settle Receipt MessageById AttemptsAfter ReceiptsAfter];
        instants_far_away_are_kept covers [Accept MessageById FactsOf];
        long_texts_of_any_script_are_kept covers [RecordInbound Messages];
        texts_are_told_apart_and_ordered_by_their_bytes covers [SetSwitch Switches Accept];
        nothing_and_an_empty_text_are_two_things covers [CreateMember MemberById SetSwitch];
        lists_end_where_nothing_is_left covers [Messages Members Places EventsAfter AttemptsAfter ReceiptsAfter Unanswered DueMembers];
        facts_come_in_the_order_asked_for covers [FactsOf ConsentsOf WindowsOf];
        receipts_of_one_instant_stay_in_the_order_heard covers [Receipt MessageById ReceiptsAfter];
    }
    races {
        two_callers_with_one_key_make_one_message covers [Accept];
        one_inbound_brought_twice_at_once_is_stored_once covers [RecordInbound Messages];
        stop_and_begin_at_once_never_both_win covers [RecordInbound Begin];
        one_bad_operation_does_not_fail_its_neighbours covers [Accept];
        two_begins_of_one_place_begin_it_once covers [Begin];
    }
    crashes {
        what_was_answered_survives_a_reopening covers [Accept FactsOf];
        a_key_keeps_its_answer_across_a_reopening covers [Accept];
        a_beat_keeps_the_lanes covers [Beat Begin];
        a_reopening_raises_the_epoch covers [Begin];
        what_has_arrived_is_not_sent_again covers [Elapse Settle Receipt];
        parked_receipts_survive_a_reopening covers [Receipt Settle];
        switches_and_their_version_survive_a_reopening covers [SetSwitch Switches Begin];
    }
}

/// Runs one story over a fresh database.
///
/// # Panics
///
/// When the story does not come true, or does not use what it says it is about.
pub fn run(name: &str, harness: Box<dyn Harness>) {
    let case = CASES
        .iter()
        .find(|case| case.name == name)
        .expect("the suite has this story");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = (case.run)(World::open(harness).await).await;
        for name in case.covers {
            assert!(
                world.has_used(name),
                "{} says it is about {name} and does not use it",
                case.name
            );
        }
        world.close();
    });
}

/// Operations and questions without a story.
pub fn uncovered() -> Vec<&'static str> {
    Op::NAMES
        .iter()
        .chain(Request::NAMES)
        .filter(|name| !CASES.iter().any(|case| case.covers.contains(name)))
        .copied()
        .collect()
}
