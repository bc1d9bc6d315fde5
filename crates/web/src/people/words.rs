//! What the pages for people say, in the languages we write ourselves. Each word of one language has its like in
//! the others, or it does not compile.

mod en;
mod es;
mod pt;

use engine::joining::Language;

macro_rules! words {
    ($($name:ident),+ $(,)?) => {
        /// Everything the pages say.
        #[derive(Debug)]
        pub(super) struct Words { $(pub(super) $name: &'static str),+ }
    };
}

words! {
    join_title, join_lead, member_already, log_in, join, about_you, your_training, may_we, may_we_hint,
    name, country, phone, phone_hint, language, programme, hour, time_zone, next_one, next_is,     send_code, mend, code_title, code_lead, code, confirm, another_code, back, no_code, wrong_code,
    no_longer, six_digits, too_many, not_there, not_mobile, phone_wrong, phone_fine, name_wrong,
    choose_one, consent_needed, unknown_number, login_title, login_lead, not_member, hello,
    welcome_note, confirm_note, saved, today, coming, rest_day, paused, not_begun, finished,
    no_workout, save, channels, first_choice, as_first, no_wish, daily_workouts, weekly_checkins,
    chat_responses, system_notifications, consents, opted_in, opted_out, asked, never_asked, stop_it,
    allow_it, history, holiday, holiday_hint, from, until, away_since, away_until, go_away, am_back,
    date_wrong, messages, no_messages, you, log_out, log_out_all, closed_title, closed, foreign_title,
    foreign, foreign_do, trouble_title, trouble, trouble_do, start_over, plan, plan_none,
    plan_trialing, plan_active, plan_past_due, plan_past_due_over, plan_cancelled, plan_ended,
    begin_plan, begin_again, manage_plan, manage_hint, no_plan, paid_note, unpaid_note, pay_title,
    pay_lead, pay_hint, pay_later, link_over_title, link_over, link_over_do, email, email_wrong, email_hint, whatsapp_number, whatsapp_hint, same_as_phone, none_yet, addresses,
    new_phone_hint, change_it, remove_it, send_the_code, taken, code_lead_email, code_lead_whatsapp,
    no_code_email, no_code_whatsapp, no_consent_moves, logged, no_exercise, no_logged,
    privacy, redacted, seen_by_model, kept_all, kept_always, kept_days, kept_inbound, kept_news,
    chat_title, chat_back, chat_open, chat_lead, chat_empty, chat_label, chat_send, chat_hint, chat_lost, chat_over,
    chat_unsent, chat_too_many, chat_too_long, chat_blank, chat_gone, chat_stopped, chat_start, chat_file,
    tick_kept, tick_waiting, tick_sent, tick_delivered, tick_read, tick_failed, web_first,
}

/// The words of a language.
pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &en::WORDS,
        Language::Spanish => &es::WORDS,
        Language::Portuguese => &pt::WORDS,
    }
}
