//! The JSON API under `/api/v1`, one file per call. [`routes`] is the table the router and the
//! test of the API's description are made from.

pub(crate) mod attention;
pub(crate) mod broadcasts;
pub(crate) mod conversations;
pub(crate) mod events;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod programmes;
pub(crate) mod rollback;
pub(crate) mod rollout;
pub(crate) mod schedules;
pub(crate) mod segments;
pub(crate) mod stats;
pub(crate) mod suppressions;
pub(crate) mod switches;
pub(crate) mod templates;
pub(crate) mod webhooks;

use axum::routing::{MethodRouter, delete, get, patch, post, put};

use crate::State;
use crate::{cron, docs, health};

/// One route: its path, its methods as the description must have them, its handlers.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "compared with the description"))]
    pub(crate) methods: &'static [&'static str],
    pub(crate) handlers: MethodRouter<State>,
}

fn route(
    path: &'static str,
    methods: &'static [&'static str],
    handlers: MethodRouter<State>,
) -> Route {
    Route {
        path,
        methods,
        handlers,
    }
}

/// Everything that the API's description describes.
pub(crate) fn routes() -> Vec<Route> {
    use broadcasts as b;
    use members as m;
    use messages as n;
    vec![
        route(
            "/api/v1/members",
            &["get", "post"],
            get(m::list::list).post(m::create::create),
        ),
        route("/api/v1/members/batch", &["post"], post(m::batch::batch)),
        route(
            "/api/v1/members/{id}",
            &["delete", "get", "patch"],
            get(m::read::read)
                .merge(patch(m::update::update))
                .merge(delete(m::erase::erase)),
        ),
        route(
            "/api/v1/members/{id}/consents/{channel}",
            &["put"],
            put(m::consents::change),
        ),
        route(
            "/api/v1/members/{id}/consent-certificate",
            &["get"],
            get(m::certificate::certificate),
        ),
        route(
            "/api/v1/members/{id}/consent-certificate/page",
            &["get"],
            get(m::certificate::page),
        ),
        route(
            "/api/v1/members/{id}/export",
            &["get"],
            get(m::export::export),
        ),
        route(
            "/api/v1/members/{id}/training",
            &["get"],
            get(m::training::read),
        ),
        route(
            "/api/v1/members/{id}/enrolment",
            &["put"],
            put(m::training::enrol),
        ),
        route(
            "/api/v1/members/{id}/pauses",
            &["put"],
            put(m::training::pause),
        ),
        route(
            "/api/v1/members/{id}/subscription",
            &["get"],
            get(m::subscription::read),
        ),
        route(
            "/api/v1/members/{id}/checkout",
            &["post"],
            post(m::subscription::checkout),
        ),
        route(
            "/api/v1/members/{id}/conversation/take",
            &["post"],
            post(conversations::take),
        ),
        route(
            "/api/v1/members/{id}/conversation/hand-back",
            &["post"],
            post(conversations::hand_back),
        ),
        route("/api/v1/conversations", &["get"], get(conversations::list)),
        route(
            "/api/v1/messages/{id}/dismiss",
            &["post"],
            post(conversations::dismiss),
        ),
        route("/api/v1/members/{id}/plan", &["get"], get(m::plan::plan)),
        route(
            "/api/v1/messages",
            &["get", "post"],
            get(n::list::list).post(n::create::create),
        ),
        route("/api/v1/messages/batch", &["post"], post(n::batch::batch)),
        route(
            "/api/v1/messages/immediate",
            &["post"],
            post(n::immediate::immediate),
        ),
        route("/api/v1/messages/{id}", &["get"], get(n::read::read)),
        route(
            "/api/v1/messages/{id}/cancel",
            &["post"],
            post(n::cancel::cancel),
        ),
        route(
            "/api/v1/messages/{id}/retry",
            &["post"],
            post(n::retry::retry),
        ),
        route("/api/v1/attention", &["get"], get(attention::list)),
        route("/api/v1/attention/{id}", &["post"], post(attention::decide)),
        route(
            "/api/v1/suppressions",
            &["get", "post"],
            get(suppressions::list).post(suppressions::import),
        ),
        route("/api/v1/programmes", &["get"], get(programmes::list)),
        route(
            "/api/v1/programmes/{slug}",
            &["get", "put"],
            get(programmes::read).put(programmes::write),
        ),
        route(
            "/api/v1/broadcasts",
            &["get", "post"],
            get(b::drafts::list).post(b::drafts::create),
        ),
        route(
            "/api/v1/broadcasts/{id}",
            &["get", "patch"],
            get(b::drafts::read).merge(patch(b::drafts::edit)),
        ),
        route(
            "/api/v1/broadcasts/{id}/members",
            &["get"],
            get(b::members::members),
        ),
        route(
            "/api/v1/broadcasts/{id}/estimate",
            &["post"],
            post(b::estimate::estimate),
        ),
        route(
            "/api/v1/broadcasts/{id}/start",
            &["post"],
            post(b::acts::start),
        ),
        route(
            "/api/v1/broadcasts/{id}/next-stage",
            &["post"],
            post(b::acts::next_stage),
        ),
        route(
            "/api/v1/broadcasts/{id}/pause",
            &["post"],
            post(b::acts::pause),
        ),
        route(
            "/api/v1/broadcasts/{id}/resume",
            &["post"],
            post(b::acts::resume),
        ),
        route(
            "/api/v1/broadcasts/{id}/cancel",
            &["post"],
            post(b::acts::cancel),
        ),
        route(
            "/api/v1/broadcasts/{id}/test",
            &["post"],
            post(b::acts::test),
        ),
        route(
            "/api/v1/segments",
            &["get", "post"],
            get(segments::list).post(segments::create),
        ),
        route(
            "/api/v1/segments/{id}",
            &["delete", "get", "patch"],
            get(segments::read)
                .merge(patch(segments::change))
                .merge(delete(segments::remove)),
        ),
        route(
            "/api/v1/segments/{id}/members",
            &["get"],
            get(segments::members),
        ),
        route("/api/v1/limits", &["get"], get(limits::list)),
        route("/api/v1/stats", &["get"], get(stats::stats)),
        route(
            "/api/v1/rollback",
            &["get", "post"],
            get(rollback::preview).post(rollback::roll_back),
        ),
        route(
            "/api/v1/rollout",
            &["get", "put"],
            get(rollout::show).put(rollout::change),
        ),
        route("/api/v1/schedules/run", &["post"], post(schedules::run)),
        route("/api/v1/switches", &["get"], get(switches::list)),
        route("/api/v1/switches/{scope}", &["put"], put(switches::change)),
        route("/api/v1/templates", &["get"], get(templates::list)),
        route(
            "/api/v1/templates/submit",
            &["post"],
            post(templates::submit),
        ),
        route("/api/v1/templates/sync", &["post"], post(templates::sync)),
        route(
            "/api/v1/keys",
            &["get", "post"],
            get(keys::list).post(keys::create),
        ),
        route("/api/v1/keys/{id}", &["delete"], delete(keys::revoke)),
        route(
            "/api/v1/webhooks",
            &["get", "post"],
            get(webhooks::list).post(webhooks::create),
        ),
        route(
            "/api/v1/webhooks/{id}",
            &["delete", "get", "patch"],
            get(webhooks::read)
                .merge(patch(webhooks::update))
                .merge(delete(webhooks::remove)),
        ),
        route(
            "/api/v1/webhooks/{id}/rotate",
            &["post"],
            post(webhooks::rotate),
        ),
        route(
            "/api/v1/webhooks/{id}/test",
            &["post"],
            post(webhooks::deliveries::test),
        ),
        route(
            "/api/v1/webhooks/{id}/replay",
            &["post"],
            post(webhooks::deliveries::replay),
        ),
        route(
            "/api/v1/webhooks/{id}/deliveries",
            &["get"],
            get(webhooks::deliveries::list),
        ),
        route("/api/v1/events", &["get"], get(events::events)),
        route("/api/v1/openapi.json", &["get"], get(docs::document::serve)),
        route("/api/health", &["get"], get(health::health)),
        route(
            "/api/cron/daily-messages",
            &["get", "post"],
            get(cron::daily).post(cron::daily),
        ),
        route(
            "/api/cron/weekly-messages",
            &["get", "post"],
            get(cron::weekly).post(cron::weekly),
        ),
        route(
            "/api/cron/check-stalled-queues",
            &["get", "post"],
            get(cron::stalled).post(cron::stalled),
        ),
    ]
}
