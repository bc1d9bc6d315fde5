//! Who works in the console, and what stands before every change: a session, a form of ours with its token, a role.

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{PhoneNumber, Role, Secret};
use engine::Engine;
use engine::audit::Actor;
use engine::team::{OperatorRecord, OperatorSession};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;
use ui::{Link, Page};

use super::{closed, factor, page, refused, trouble};
use crate::State;
use crate::body;
use crate::people::{Cookie, form_token, is_our_own};

/// The first page of the settings.
const SETTINGS: &str = "/admin/switches";

/// What is said to members: one place to go to.
const CONTENT: &str = super::programmes::HOME;

/// Somebody of the team who is logged in. Everybody else is asked to log in.
#[derive(Debug)]
pub(super) struct OnDuty {
    pub(super) session: OperatorSession,
    pub(super) secret: Secret,
}

impl OnDuty {
    /// Who.
    pub(super) fn operator(&self) -> &OperatorRecord {
        &self.session.operator
    }

    /// What each of their forms carries: it hangs on their cookie, which no other page can read.
    pub(super) fn token(&self) -> String {
        form_token(&self.secret)
    }

    /// Whether they may do what needs a role.
    pub(super) fn may(&self, needed: Role) -> bool {
        self.operator().role.may(needed)
    }

    /// What whoever may not do this is answered.
    pub(super) fn refusal(&self, role: Role, back: &str) -> Option<Response> {
        if self.may(role) {
            return None;
        }
        let own = self.operator().role;
        Some(refused(
            StatusCode::FORBIDDEN,
            &format!("This needs the role {role}; yours is {own}."),
            "Nothing was changed. An owner changes roles under Team.",
            back,
        ))
    }

    /// The frame of a page. Settings are one place to go to, with their pages side by side, and so is what is said to members;
    /// owners have more settings.
    pub(super) fn page(&self, title: impl Into<String>, current: &str) -> Page {
        let mut settings = vec![
            Link::new("Switches", SETTINGS),
            Link::new("Team", "/admin/team"),
            Link::new("Log", "/admin/audit"),
            Link::new("In force", "/admin/settings"),
            Link::new("Second factor", factor::PATH),
        ];
        if self.may(Role::Owner) {
            settings.push(Link::new("Webhooks", "/admin/webhooks"));
            settings.push(Link::new("API keys", "/admin/keys"));
        }
        let content = [
            Link::new("Programmes", CONTENT),
            Link::new("Templates", "/admin/templates"),
        ];
        if content.iter().any(|link| link.href == current) {
            page(title, CONTENT).with_beside(content, current)
        } else if settings.iter().any(|link| link.href == current) {
            page(title, SETTINGS).with_beside(settings, current)
        } else {
            page(title, current)
        }
    }

    /// A number as they may see it: viewers see its ends.
    pub(super) fn number(&self, number: &PhoneNumber) -> String {
        if self.may(Role::Coach) {
            number.as_e164().to_owned()
        } else {
            number.masked()
        }
    }

    /// The engine, acting for them.
    pub(super) fn engine(&self, state: &State) -> Engine {
        state.engine().acting_as(Actor::of(self.operator()))
    }
}

/// Whether somebody has to set up their second factor before this page. They can do that, and log out.
fn must_set_up(state: &State, session: &OperatorSession, path: &str) -> bool {
    let is_open = [factor::PATH, "/admin/logout"].contains(&path);
    state.engine().requires_factor() && !session.has_factor && !is_open
}

impl FromRequestParts<State> for OnDuty {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        if !state.engine().has_console() {
            return Err(closed());
        }
        let to_login = || Redirect::to("/admin/login").into_response();
        let Some(secret) = Cookie::Console.read(state, &parts.headers) else {
            return Err(to_login());
        };
        match state.engine().console_session(&secret).await {
            Ok(Some(session)) if must_set_up(state, &session, parts.uri.path()) => {
                Err(Redirect::to(factor::PATH).into_response())
            }
            Ok(Some(session)) => Ok(Self { session, secret }),
            Ok(None) => Err(to_login()),
            Err(error) => Err(trouble(error, "/admin")),
        }
    }
}

/// A form that somebody on duty sent from a page of ours, of at most so many KiB.
#[derive(Debug)]
pub(super) struct Posted<T, const KIB_MAX: usize = 32> {
    pub(super) on_duty: OnDuty,
    pub(super) form: T,
}

impl<T: DeserializeOwned, const KIB_MAX: usize> FromRequest<State> for Posted<T, KIB_MAX> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Self, Response> {
        let (mut parts, sent) = request.into_parts();
        let on_duty = OnDuty::from_request_parts(&mut parts, state).await?;
        if !is_our_own(state, &parts.headers) {
            return Err(foreign());
        }
        let bytes = body::read(sent, KIB_MAX * 1024)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let token = form_urlencoded::parse(&bytes)
            .find(|(name, _)| name == "token")
            .map(|(_, token)| token.into_owned())
            .unwrap_or_default();
        if !bool::from(on_duty.token().as_bytes().ct_eq(token.as_bytes())) {
            return Err(foreign());
        }
        let mut again = Request::new(axum::body::Body::from(bytes));
        if let Some(kind) = parts.headers.get(CONTENT_TYPE) {
            again.headers_mut().insert(CONTENT_TYPE, kind.clone());
        }
        *again.method_mut() = http::Method::POST;
        let form = Form::<T>::from_request(again, &()).await;
        let Form(form) = form.map_err(|_| foreign())?;
        Ok(Self { on_duty, form })
    }
}

impl<T, const KIB_MAX: usize> Posted<T, KIB_MAX> {
    /// What whoever may not do this is answered.
    pub(super) fn refusal(&self, role: Role, back: &str) -> Option<Response> {
        self.on_duty.refusal(role, back)
    }
}

/// What is answered to a form that is none of ours.
pub(super) fn foreign() -> Response {
    refused(
        StatusCode::FORBIDDEN,
        "This did not come from a page of the console.",
        "Nothing was changed. Open the page again and send it from there.",
        "/admin",
    )
}
