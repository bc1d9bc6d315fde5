//! Whoever of the team looks as a member: what they see is the member's, with a banner that says so; whatever would change
//! something is refused (docs/decisions/0037).
//!
//! Absent on purpose: a session of the member's, and the live line of the chat, which are the member's being there.

use axum::response::Response;
use domain::Seconds;
use engine::joining::Language;
use engine::logins::Session;
use engine::looking::Look;
use http::header::REFERRER_POLICY;
use http::{HeaderMap, HeaderValue, StatusCode};
use store::records::SessionRecord;
use ui::{Banner, Link};

use super::cookies::Cookie;
use super::guard::{LoggedIn, form_token};
use super::page;
use crate::State;

/// Where a look is ended.
pub(crate) const END: &str = "/admin/looking/end";

/// How long a browser keeps a look's secret: longer than it holds, so that one that is over is said to be over, and nobody takes
/// the next page for the look's.
pub(crate) const COOKIE_LASTS: Seconds = Seconds::new(12 * 3_600);

/// Whoever looks with this browser. One whose look is over is told so, once.
pub(super) async fn with(state: &State, headers: &HeaderMap) -> Result<Option<LoggedIn>, Response> {
    let Some(secret) = Cookie::Looking.read(state, headers) else {
        return Ok(None);
    };
    let Some(session) = Cookie::Console.read(state, headers) else {
        return Err(over(state));
    };
    match state.engine().look(&secret, &session).await {
        Ok(Some(look)) => {
            let banner = banner(&look, form_token(&session));
            let record = SessionRecord {
                member: look.member.profile.id,
                opened_at: look.opened_at,
                used_at: look.opened_at,
                expires_at: look.expires_at,
            };
            let session = Session {
                member: look.member,
                record,
            };
            Ok(Some(LoggedIn {
                session,
                secret,
                banner: Some(banner),
            }))
        }
        Ok(None) => Err(over(state)),
        Err(error) => Err(super::trouble(state, Language::English, error)),
    }
}

fn banner(look: &Look, token: String) -> Banner {
    let member = look.member.profile.name.as_str();
    let member = if member.is_empty() {
        look.member.profile.phone.as_e164()
    } else {
        member
    };
    let until = look.expires_at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    Banner {
        text: format!(
            "{}, you see this as {member} does, until {:02}:{:02} UTC. You can look, and change nothing.",
            look.operator.name,
            until.hour(),
            until.minute()
        ),
        action: END.to_owned(),
        label: "End it".to_owned(),
        token,
    }
}

/// What is answered to whoever looks and would change something.
pub(super) fn refused(state: &State, look: LoggedIn) -> Response {
    let mut page = page(state, "Nothing was changed", Language::English);
    page.nav = Vec::new();
    page.banner = look.banner;
    let id = look.session.record.member;
    let mut response = ui::error_page(
        StatusCode::FORBIDDEN,
        page,
        "You look at this as a member does; only the member changes something here.",
        "Hour, channel and programme you change on their page in the console, and you write to them in their conversation. Consent, \
         addresses and payments are theirs alone.",
        Link::new("Their page in the console", format!("/admin/members/{id}")),
    );
    // The banner's form tells where it comes from.
    let policy = HeaderValue::from_static("same-origin");
    response.headers_mut().insert(REFERRER_POLICY, policy);
    response
}

fn over(state: &State) -> Response {
    let mut page = page(state, "This is over", Language::English);
    page.nav = Vec::new();
    let mut response = ui::error_page(
        StatusCode::GONE,
        page,
        "You looked as a member, and the time for it is over.",
        "Begin again from their page in the console, or go on as yourself.",
        Link::new("To the console", "/admin/members"),
    );
    Cookie::Looking.forget(state, response.headers_mut());
    response
}
