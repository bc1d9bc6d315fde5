//! What each operation writes: one file for each area.

mod accept;
mod act;
mod addresses;
mod audience;
mod begin;
mod broadcasts;
mod cancel;
mod checked;
mod coach_turns;
pub(crate) mod consent;
mod conversations;
mod copies;
mod costs;
mod dead_letters;
mod effects;
mod elapse;
mod erase;
mod hold;
mod idempotency;
mod inbound;
mod integrations;
mod joining;
mod limits;
mod lists;
mod logins;
mod members;
mod notes;
mod operators;
pub(crate) mod parking;
pub(crate) mod place;
mod prices;
mod programmes;
pub(crate) mod receipt;
mod redact;
mod rollout;
mod second_factors;
mod settle;
mod standing;
mod standings;
mod subscriptions;
mod suppressions;
mod switches;
mod templates;
mod training;

use store::{Answer, Op};

use crate::fault::Done;
use crate::lease;
use crate::tx::Tx;

/// Applies one operation inside the open transaction.
pub(crate) fn apply(tx: &mut Tx<'_>, op: &Op) -> Done<Answer> {
    Ok(match op {
        Op::CreateMember(op) => Answer::CreateMember(Box::new(members::create(tx, op)?)),
        Op::CreateMembers(op) => Answer::CreateMembers(Box::new(members::create_many(tx, op)?)),
        Op::UpdateMember(op) => Answer::UpdateMember(Box::new(members::update(tx, op)?)),
        Op::MoveMember(op) => Answer::MoveMember(Box::new(members::move_to(tx, op)?)),
        Op::EraseMember(op) => Answer::EraseMember(Box::new(erase::erase(tx, op)?)),
        Op::ChangeConsent(op) => {
            Answer::ChangeConsent(Box::new(consent::change(tx, &op.entry, op.at)?))
        }
        Op::ImportSuppressions(op) => {
            Answer::ImportSuppressions(Box::new(suppressions::import(tx, op)?))
        }
        Op::Accept(op) => Answer::Accept(Box::new(accept::accept(tx, op)?)),
        Op::Begin(op) => Answer::Begin(Box::new(begin::begin(tx, op)?)),
        Op::Settle(op) => Answer::Settle(Box::new(settle::settle(tx, op)?)),
        Op::Hold(op) => Answer::Hold(Box::new(hold::hold(tx, op)?)),
        Op::Suppress(op) => Answer::Suppress(Box::new(hold::suppress(tx, op)?)),
        Op::Replan(op) => Answer::Replan(Box::new(hold::replan(tx, op)?)),
        Op::Elapse(op) => Answer::Elapse(Box::new(elapse::elapse(tx, op)?)),
        Op::Receipt(op) => Answer::Receipt(Box::new(receipt::receive(tx, op)?)),
        Op::RecordInbound(op) => Answer::RecordInbound(Box::new(inbound::record(tx, op)?)),
        Op::AnswerInbound(op) => Answer::AnswerInbound(Box::new(inbound::answer(tx, op)?)),
        Op::ForAnswer(op) => Answer::ForAnswer(Box::new(inbound::for_answer(tx, op, apply)?)),
        Op::BeginTurn(op) => Answer::BeginTurn(Box::new(coach_turns::begin(tx, op)?)),
        Op::KeepTurn(op) => Answer::KeepTurn(Box::new(coach_turns::keep(tx, op)?)),
        Op::TakeConversation(op) => {
            Answer::TakeConversation(Box::new(conversations::take(tx, op)?))
        }
        Op::HandBack(op) => Answer::HandBack(Box::new(conversations::hand_back(tx, op)?)),
        Op::EndHandOvers(op) => Answer::EndHandOvers(Box::new(conversations::end(tx, **op)?)),
        Op::AnswerByPerson(op) => Answer::AnswerByPerson(Box::new(conversations::answer(tx, op)?)),
        Op::Cancel(op) => Answer::Cancel(Box::new(cancel::cancel(tx, op)?)),
        Op::Retry(op) => Answer::Retry(Box::new(cancel::retry(tx, op)?)),
        Op::WorkDeadLetters(op) => Answer::WorkDeadLetters(Box::new(dead_letters::work(tx, op)?)),
        Op::KeepNote(op) => Answer::KeepNote(Box::new(notes::keep(tx, op)?)),
        Op::RemoveNote(op) => Answer::RemoveNote(Box::new(notes::remove(tx, **op)?)),
        Op::WatchDelivery(op) => {
            tx.watch(op);
            Answer::WatchDelivery(Box::new(()))
        }
        Op::SetSwitch(op) => Answer::SetSwitch(Box::new(switches::set(tx, op)?)),
        Op::SetRollout(op) => Answer::SetRollout(Box::new(rollout::set(tx, op)?)),
        Op::PruneEvents(op) => Answer::PruneEvents(Box::new(rollout::prune(tx, op)?)),
        Op::RecordSenders(op) => Answer::RecordSenders(Box::new(standings::record(tx, op)?)),
        Op::RecordTemplates(op) => Answer::RecordTemplates(Box::new(templates::record(tx, op)?)),
        Op::RecordCopies(op) => Answer::RecordCopies(Box::new(copies::record(tx, op)?)),
        Op::RecordPrices(op) => Answer::RecordPrices(Box::new(prices::record(tx, op)?)),
        Op::SaveProgramme(op) => Answer::SaveProgramme(Box::new(programmes::save(tx, op)?)),
        Op::Enrol(op) => Answer::Enrol(Box::new(programmes::enrol(tx, op)?)),
        Op::LogWork(op) => Answer::LogWork(Box::new(training::log(tx, op)?)),
        Op::SetPauses(op) => Answer::SetPauses(Box::new(programmes::set_pauses(tx, op)?)),
        Op::NoteOccurrences(op) => Answer::NoteOccurrences(Box::new(programmes::note(tx, op)?)),
        Op::NoteChecked(op) => Answer::NoteChecked(Box::new(checked::note(tx, **op)?)),
        Op::NoteListsRead(op) => {
            lists::note(tx, op)?;
            Answer::NoteListsRead(Box::new(()))
        }
        Op::SlowDown(op) => Answer::SlowDown(Box::new(limits::slow_down(tx, op)?)),
        Op::CountSends(op) => Answer::CountSends(Box::new(limits::count_sends(tx, op)?)),
        Op::ReachPeople(op) => Answer::ReachPeople(Box::new(limits::reach(tx, op)?)),
        Op::OpenCode(op) => Answer::OpenCode(Box::new(logins::open(tx, op)?)),
        Op::SpendTry(op) => Answer::SpendTry(Box::new(logins::spend_try(tx, op)?)),
        Op::UseCode(op) => Answer::UseCode(Box::new(logins::use_up(tx, op)?)),
        Op::EndCodes(op) => Answer::EndCodes(Box::new(logins::end_old(tx, op)?)),
        Op::OpenSession(op) => Answer::OpenSession(Box::new(logins::open_session(tx, op)?)),
        Op::UseSession(op) => Answer::UseSession(Box::new(logins::use_session(tx, op)?)),
        Op::EndSessions(op) => Answer::EndSessions(Box::new(logins::end_sessions(tx, op)?)),
        Op::SaveOperator(op) => Answer::SaveOperator(Box::new(operators::save(tx, op)?)),
        Op::RemoveOperator(op) => Answer::RemoveOperator(Box::new(operators::remove(tx, **op)?)),
        Op::OpenOperatorSession(op) => {
            Answer::OpenOperatorSession(Box::new(operators::open_session(tx, op)?))
        }
        Op::EndOperatorSessions(op) => {
            Answer::EndOperatorSessions(Box::new(operators::end_sessions(tx, **op)?))
        }
        Op::KeepSecondFactor(op) => {
            Answer::KeepSecondFactor(Box::new(second_factors::keep(tx, op)?))
        }
        Op::ConfirmSecondFactor(op) => {
            Answer::ConfirmSecondFactor(Box::new(second_factors::confirm(tx, op)?))
        }
        Op::DropSecondFactor(op) => {
            Answer::DropSecondFactor(Box::new(second_factors::remove(tx, **op)?))
        }
        Op::RenewRecovery(op) => Answer::RenewRecovery(Box::new(second_factors::renew(tx, op)?)),
        Op::SpendFactorTry(op) => {
            Answer::SpendFactorTry(Box::new(second_factors::spend_try(tx, **op)?))
        }
        Op::OpenOperatorEntry(op) => {
            Answer::OpenOperatorEntry(Box::new(second_factors::open_entry(tx, op)?))
        }
        Op::EnterWithFactor(op) => {
            Answer::EnterWithFactor(Box::new(second_factors::enter(tx, op)?))
        }
        Op::OpenLook(op) => Answer::OpenLook(Box::new(second_factors::open_look(tx, op)?)),
        Op::EndLook(op) => Answer::EndLook(Box::new(second_factors::end_look(tx, **op)?)),
        Op::SaveEndpoint(op) => Answer::SaveEndpoint(Box::new(integrations::save(tx, op)?)),
        Op::RemoveEndpoint(op) => Answer::RemoveEndpoint(Box::new(integrations::remove(tx, **op)?)),
        Op::MoveEndpoint(op) => Answer::MoveEndpoint(Box::new(integrations::move_to(tx, **op)?)),
        Op::RepeatDelivery(op) => Answer::RepeatDelivery(Box::new(integrations::repeat(tx, op)?)),
        Op::NoteDeliveries(op) => Answer::NoteDeliveries(Box::new(integrations::note(tx, op)?)),
        Op::SaveKey(op) => Answer::SaveKey(Box::new(integrations::save_key(tx, op)?)),
        Op::RevokeKey(op) => Answer::RevokeKey(Box::new(integrations::revoke_key(tx, **op)?)),
        Op::UseKey(op) => {
            integrations::use_key(tx, **op)?;
            Answer::UseKey(Box::new(()))
        }
        Op::Audited(op) => Answer::Audited(Box::new(operators::audited(tx, op, apply)?)),
        Op::SaveSegment(op) => Answer::SaveSegment(Box::new(audience::save(tx, op)?)),
        Op::DeleteSegment(op) => Answer::DeleteSegment(Box::new(audience::delete(tx, **op)?)),
        Op::SaveBroadcast(op) => Answer::SaveBroadcast(Box::new(broadcasts::save(tx, op)?)),
        Op::MoveBroadcast(op) => Answer::MoveBroadcast(Box::new(broadcasts::move_on(tx, op)?)),
        Op::TakeAudience(op) => Answer::TakeAudience(Box::new(broadcasts::take_audience(tx, op)?)),
        Op::MakeBroadcast(op) => Answer::MakeBroadcast(Box::new(broadcasts::make(tx, op)?)),
        Op::HearBilling(op) => Answer::HearBilling(Box::new(subscriptions::hear(tx, op)?)),
        Op::KeepSubscription(op) => {
            Answer::KeepSubscription(Box::new(subscriptions::keep(tx, op)?))
        }
        Op::SettleBilling(op) => {
            subscriptions::settle(tx, op)?;
            Answer::SettleBilling(Box::new(()))
        }
        Op::OpenCheckout(op) => Answer::OpenCheckout(Box::new(subscriptions::open(tx, op)?)),
        Op::KeepCheckout(op) => {
            Answer::KeepCheckout(Box::new(subscriptions::keep_checkout(tx, op)?))
        }
        Op::RemindRenewal(op) => Answer::RemindRenewal(Box::new(subscriptions::remind(tx, op)?)),
        Op::Redact(op) => Answer::Redact(Box::new(redact::redact(tx, op)?)),
        Op::Tidy(op) => Answer::Tidy(Box::new(switches::tidy(tx, op)?)),
        Op::Beat(op) => Answer::Beat(Box::new(lease::beat(tx, op)?)),
    })
}
