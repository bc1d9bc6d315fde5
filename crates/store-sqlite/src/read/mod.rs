//! What each question reads: one file for each area.

mod audience;
mod broadcasts;
mod consents;
mod conversations;
mod copies;
mod desk;
mod detail;
mod editing;
mod facts;
pub(crate) mod integrations;
mod ledger;
pub(crate) mod limits;
mod lists;
pub(crate) mod lists_read;
mod logins;
mod members;
mod messages;
mod operators;
mod outbound;
mod prices;
mod programmes;
pub(crate) mod recurring;
mod rollout;
pub(crate) mod second_factors;
pub(crate) mod standings;
pub(crate) mod subscriptions;
pub(crate) mod templates;
mod watches;

pub(crate) use audience::read_segment;
pub(crate) use broadcasts::{BROADCAST, read_broadcast};
pub(crate) use lists::switches;

use rusqlite::{Connection, Params, Row};
use store::questions::{Reply, Request};

use crate::fault::Done;

/// Answers one question from one state of the database.
pub(crate) fn answer(connection: &Connection, request: &Request) -> Done<Reply> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let reply = ask(connection, request);
    connection.prepare_cached("COMMIT")?.execute([])?;
    reply
}

fn ask(c: &Connection, request: &Request) -> Done<Reply> {
    Ok(match request {
        Request::FactsOf(q) => Reply::FactsOf(Box::new(facts::facts_of(c, q)?)),
        Request::Places(q) => Reply::Places(Box::new(lists::places(c, q)?)),
        Request::MessageById(q) => Reply::MessageById(Box::new(detail::message_by_id(c, q)?)),
        Request::AsAccepted(q) => Reply::AsAccepted(Box::new(watches::as_accepted(c, *q)?)),
        Request::ByOccasion(q) => Reply::ByOccasion(Box::new(watches::by_occasion(c, q)?)),
        Request::MadeAt(q) => Reply::MadeAt(Box::new(watches::made_at(c, q)?)),
        Request::DueWatches(q) => Reply::DueWatches(Box::new(watches::due(c, *q)?)),
        Request::Messages(q) => Reply::Messages(Box::new(messages::messages(c, q)?)),
        Request::MemberById(q) => Reply::MemberById(Box::new(crate::rows::member(c, q.id)?)),
        Request::OwnersOf(q) => Reply::OwnersOf(Box::new(members::owners_of(c, q)?)),
        Request::NamesOf(q) => Reply::NamesOf(Box::new(members::names_of(c, q)?)),
        Request::Members(q) => Reply::Members(Box::new(members::members(c, q)?)),
        Request::ConsentsOf(q) => Reply::ConsentsOf(Box::new(members::consents_of(c, q)?)),
        Request::LedgerOf(q) => Reply::LedgerOf(Box::new(consents::ledger_of(c, q)?)),
        Request::Suppressions(q) => Reply::Suppressions(Box::new(consents::suppressions(c, q)?)),
        Request::Attentions(q) => Reply::Attentions(Box::new(consents::attentions(c, *q)?)),
        Request::WindowsOf(q) => Reply::WindowsOf(Box::new(members::windows_of(c, q)?)),
        Request::StatsNow(q) => Reply::StatsNow(Box::new(lists::stats(c, q)?)),
        Request::EventsAfter(q) => Reply::EventsAfter(Box::new(lists::events_after(c, q)?)),
        Request::EventsWaiting(q) => Reply::EventsWaiting(Box::new(lists::events_waiting(c, *q)?)),
        Request::Unanswered(q) => Reply::Unanswered(Box::new(conversations::unanswered(c, q)?)),
        Request::AnswerDue(q) => Reply::AnswerDue(Box::new(conversations::due(c, *q)?)),
        Request::TurnOf(q) => Reply::TurnOf(Box::new(conversations::turn_of(c, *q)?)),
        Request::Conversations(q) => {
            Reply::Conversations(Box::new(conversations::conversations(c, q)?))
        }
        Request::ConversationOf(q) => Reply::ConversationOf(Box::new(conversations::of(c, *q)?)),
        Request::Switches(_) => Reply::Switches(Box::new(lists::switches(c)?)),
        Request::RolloutNow(_) => Reply::RolloutNow(Box::new(rollout::now(c)?)),
        Request::RolloutMembers(q) => Reply::RolloutMembers(Box::new(rollout::members(c, *q)?)),
        Request::EventsPruned(_) => Reply::EventsPruned(Box::new(rollout::pruned(c)?)),
        Request::CopiesToDelete(q) => Reply::CopiesToDelete(Box::new(copies::to_delete(c, *q)?)),
        Request::SenderStandings(_) => Reply::SenderStandings(Box::new(standings::standings(c)?)),
        Request::Templates(_) => Reply::Templates(Box::new(templates::templates(c)?)),
        Request::DueMembers(q) => Reply::DueMembers(Box::new(recurring::due_members(c, q)?)),
        Request::TimeZones(_) => Reply::TimeZones(Box::new(recurring::time_zones(c)?)),
        Request::RecursFrom(_) => Reply::RecursFrom(Box::new(recurring::recurs_from(c)?)),
        Request::CheckedTo(_) => Reply::CheckedTo(Box::new(recurring::checked_to(c)?)),
        Request::LastInbound(q) => Reply::LastInbound(Box::new(lists::last_inbound(c, *q)?)),
        Request::ListsRead(_) => Reply::ListsRead(Box::new(lists_read::kept(c)?)),
        Request::AttemptsAfter(q) => Reply::AttemptsAfter(Box::new(ledger::attempts(c, *q)?)),
        Request::ReceiptsAfter(q) => Reply::ReceiptsAfter(Box::new(ledger::receipts(c, *q)?)),
        Request::Programmes(q) => Reply::Programmes(Box::new(programmes::programmes(c, *q)?)),
        Request::ProgrammeVersions(q) => {
            Reply::ProgrammeVersions(Box::new(editing::versions(c, q)?))
        }
        Request::ProgrammeOfVersion(q) => {
            Reply::ProgrammeOfVersion(Box::new(editing::of_version(c, q)?))
        }
        Request::FollowerCounts(_) => Reply::FollowerCounts(Box::new(editing::counts(c)?)),
        Request::FollowersOf(q) => Reply::FollowersOf(Box::new(editing::followers(c, q)?)),
        Request::TemplateEvents(q) => Reply::TemplateEvents(Box::new(editing::events(c, q)?)),
        Request::RhythmsOf(q) => Reply::RhythmsOf(Box::new(programmes::rhythms_of(c, q)?)),
        Request::TrainingOf(q) => Reply::TrainingOf(Box::new(programmes::training_of(c, *q)?)),
        Request::SubscriptionsOf(q) => Reply::SubscriptionsOf(Box::new(subscriptions::of(c, q)?)),
        Request::BillingToDo(q) => Reply::BillingToDo(Box::new(subscriptions::to_do(c, *q)?)),
        Request::WaitingNow(q) => Reply::WaitingNow(Box::new(desk::waiting(c, *q)?)),
        Request::DeadCounts(q) => Reply::DeadCounts(Box::new(desk::dead_counts(c, *q)?)),
        Request::DeadLetters(q) => Reply::DeadLetters(Box::new(desk::dead_letters(c, q)?)),
        Request::NotesOf(q) => Reply::NotesOf(Box::new(desk::notes(c, *q)?)),
        Request::CheckoutOf(q) => Reply::CheckoutOf(Box::new(subscriptions::checkout_of(c, q)?)),
        Request::Operators(_) => Reply::Operators(Box::new(operators::team(c)?)),
        Request::OperatorSessionOf(q) => {
            Reply::OperatorSessionOf(Box::new(operators::session(c, *q)?))
        }
        Request::SecondFactorOf(q) => Reply::SecondFactorOf(Box::new(second_factors::of(c, *q)?)),
        Request::SecondFactors(_) => Reply::SecondFactors(Box::new(second_factors::everybody(c)?)),
        Request::OperatorEntryOf(q) => {
            Reply::OperatorEntryOf(Box::new(second_factors::entry(c, *q)?))
        }
        Request::LookOf(q) => Reply::LookOf(Box::new(second_factors::look(c, *q)?)),
        Request::AuditLog(q) => Reply::AuditLog(Box::new(operators::audit(c, *q)?)),
        Request::Endpoints(_) => Reply::Endpoints(Box::new(integrations::endpoints(c)?)),
        Request::Deliveries(q) => Reply::Deliveries(Box::new(integrations::deliveries(c, *q)?)),
        Request::DeliveriesDue(q) => Reply::DeliveriesDue(Box::new(integrations::due(c, *q)?)),
        Request::EventBefore(q) => Reply::EventBefore(Box::new(integrations::event_before(c, *q)?)),
        Request::ApiKeys(_) => Reply::ApiKeys(Box::new(integrations::keys(c)?)),
        Request::FindMembers(q) => Reply::FindMembers(Box::new(operators::find(c, q)?)),
        Request::SessionOf(q) => Reply::SessionOf(Box::new(logins::session(c, q)?)),
        Request::CountedSends(q) => Reply::CountedSends(Box::new(limits::counted_sends(c, q)?)),
        Request::ActivitySince(q) => Reply::ActivitySince(Box::new(lists::activity(c, q.hour)?)),
        Request::CostsSince(q) => Reply::CostsSince(Box::new(lists::costs(c, q.day)?)),
        Request::AccountOf(q) => Reply::AccountOf(Box::new(logins::account(c, q)?)),
        Request::Segments(_) => Reply::Segments(Box::new(audience::segments(c)?)),
        Request::MembersMatching(q) => Reply::MembersMatching(Box::new(audience::matching(c, q)?)),
        Request::CountMatching(q) => Reply::CountMatching(Box::new(audience::count(c, q)?)),
        Request::Broadcasts(q) => Reply::Broadcasts(Box::new(broadcasts::broadcasts(c, *q)?)),
        Request::BroadcastById(q) => Reply::BroadcastById(Box::new(broadcasts::by_id(c, q.id)?)),
        Request::BroadcastNext(q) => Reply::BroadcastNext(Box::new(broadcasts::next(c, *q)?)),
        Request::BroadcastMembers(q) => {
            Reply::BroadcastMembers(Box::new(broadcasts::members(c, q)?))
        }
        Request::BroadcastProgress(q) => {
            Reply::BroadcastProgress(Box::new(broadcasts::progress(c, *q)?))
        }
        Request::BroadcastPlaces(q) => Reply::BroadcastPlaces(Box::new(broadcasts::places(c, *q)?)),
        Request::LimitsSince(q) => Reply::LimitsSince(Box::new(limits::since(c, *q)?)),
        Request::PricesToAsk(q) => Reply::PricesToAsk(Box::new(prices::to_ask(c, *q)?)),
    })
}

/// All rows of a query.
pub(crate) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Done<T>,
) -> Done<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The first row of a query, if there is one.
pub(crate) fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Done<T>,
) -> Done<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    match rows.next()? {
        Some(row) => read(row).map(Some),
        None => Ok(None),
    }
}
